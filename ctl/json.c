#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "ctl/show.h"

/*
 * list: an array of objects; show: one object of texts, as NUT has them;
 * watch and events: one object a line; the others: one object with the
 * result, the reason and the mistakes.
 */
struct show {
	const char	*verb;
	json_t		*all;		/* array or object; NULL: each record was printed */
};

/* A byte that is no UTF-8 cannot be said in JSON. */
static json_t *
json_text(const char *text)
{
	json_t	*json = json_string(text);
	char	*copy, *to;

	if (json != NULL)
		return json;
	copy = to = xcalloc(strlen(text) + 1, 3);
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x80)
			*to++ = *text;
		else
			to = stpcpy(to, "\xef\xbf\xbd");
	}
	json = json_string(copy);
	free(copy);
	return json;
}

static json_t *
json_number(const char *text)
{
	char		*end;
	double		 number = strtod(text, &end);

	if (*text == '\0')
		return json_null();
	if (*end != '\0' || text[strspn(text, "0123456789.+-eE")] != '\0')
		return json_text(text);
	return strpbrk(text, ".eE") == NULL ? json_integer((json_int_t)number) : json_real(number);
}

static json_t *
json_maybe(const char *text)
{
	return *text == '\0' ? json_null() : json_text(text);
}

static void
json_print(const json_t *json, size_t flags)
{
	json_dumpf(json, stdout, flags | JSON_REAL_PRECISION(15));
	putchar('\n');
	fflush(stdout);
}

static json_t *
json_time(time_t when)
{
	char		text[40];

	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", localtime(&when));
	return json_string(text);
}

/* -- records ---------------------------------------------------------------------- */

/* What each word of a record is called; one that begins with # is a number. */
static const struct {
	const char	*record;
	const char	*event;		/* of watch; NULL: none */
	const char	*members[8];
} records[] = {
	{ "DEVICE", NULL, { "name", "type", "link", "status", "#charge", "#runtime", "#load" } },
	{ "NEW", "new", { "device", "variable", "now" } },
	{ "CHANGE", "change", { "device", "variable", "before", "now" } },
	{ "GONE", "gone", { "device", "variable", "before" } },
	{ "LINK", "link", { "device", "link" } },
	{ "ADDED", "added", { "device" } },
	{ "REMOVED", "removed", { "device" } },
};

static json_t *
json_members(const char *const *members, const char **words, size_t n)
{
	json_t	*object = json_object();
	size_t	 i;

	for (i = 0; members[i] != NULL && i + 1 < n; i++) {
		if (*members[i] == '#')
			json_object_set_new(object, members[i] + 1, json_number(words[i + 1]));
		else if (strcmp(words[0], "DEVICE") == 0)
			json_object_set_new(object, members[i], json_maybe(words[i + 1]));
		else
			json_object_set_new(object, members[i], json_text(words[i + 1]));
	}
	return object;
}

static void
json_row(struct show *show, size_t i, const char **words, size_t n)
{
	json_t	*object = json_members(records[i].members, words, n);

	if (records[i].event == NULL) {
		json_array_append_new(show->all, object);
		return;
	}
	json_object_set_new(object, "event", json_string(records[i].event));
	json_object_set_new(object, "time", json_time(time(NULL)));
	json_print(object, JSON_COMPACT);
	json_decref(object);
}

static struct show *
json_begin(const char *verb)
{
	struct show	*show = xcalloc(1, sizeof *show);

	show->verb = verb;
	if (strcmp(verb, "list") == 0)
		show->all = json_array();
	else if (strcmp(verb, "watch") != 0 && strcmp(verb, "events") != 0)
		show->all = json_object();
	return show;
}

static void
json_mistake(struct show *show, const char *text)
{
	json_t	*mistakes = json_object_get(show->all, "mistakes");

	if (mistakes == NULL) {
		mistakes = json_array();
		json_object_set_new(show->all, "mistakes", mistakes);
	}
	json_array_append_new(mistakes, json_text(text));
}

static json_t *
json_time_ms(long long ms)
{
	time_t		when = (time_t)(ms / 1000);
	const struct tm	*tm = localtime(&when);
	char		clock[40], zone[16], text[64];

	strftime(clock, sizeof clock, "%Y-%m-%dT%H:%M:%S", tm);
	strftime(zone, sizeof zone, "%z", tm);
	snprintf(text, sizeof text, "%s.%03d%s", clock, (int)(ms % 1000), zone);
	return json_string(text);
}

/* serial time kind device name value ... */
static void
json_event(const char **words, size_t n)
{
	json_t	*object = json_object(), *fields = json_object();
	size_t	 i;

	json_object_set_new(object, "serial", json_number(words[1]));
	json_object_set_new(object, "time", json_time_ms(strtoll(words[2], NULL, 10)));
	json_object_set_new(object, "event", json_text(words[3]));
	json_object_set_new(object, "device", json_maybe(words[4]));
	for (i = 5; i + 1 < n; i += 2)
		json_object_set_new(fields, words[i], json_text(words[i + 1]));
	json_object_set_new(object, "fields", fields);
	json_print(object, JSON_COMPACT);
	json_decref(object);
}

static void
json_dropped(const char *count)
{
	json_t	*object = json_object();

	json_object_set_new(object, "dropped", json_number(count));
	json_print(object, JSON_COMPACT);
	json_decref(object);
}

static void
json_record(struct show *show, const char **words, size_t n)
{
	size_t	i;

	if (strcmp(words[0], "VAR") == 0 && n >= 3)
		json_object_set_new(show->all, words[1], json_text(words[2]));
	else if (strcmp(words[0], "MISTAKE") == 0 && n >= 2)
		json_mistake(show, words[1]);
	else if (strcmp(words[0], "EVENT") == 0 && n >= 5)
		json_event(words, n);
	else if (strcmp(words[0], "DROPPED") == 0 && n >= 2)
		json_dropped(words[1]);
	for (i = 0; i < nitems(records); i++)
		if (strcmp(records[i].record, words[0]) == 0)
			json_row(show, i, words, n);
}

/* -- the end ------------------------------------------------------------------------ */

static bool
json_shows_result(const struct show *show)
{
	return show->all != NULL && strcmp(show->verb, "list") != 0 && strcmp(show->verb, "show") != 0;
}

static void
json_end(struct show *show, const char *reason)
{
	if (json_shows_result(show)) {
		json_object_set_new(show->all, "result", json_string(reason == NULL ? "done" : "failed"));
		if (reason != NULL)
			json_object_set_new(show->all, "reason", json_text(reason));
	}
	if (show->all != NULL && (reason == NULL || json_shows_result(show)))
		json_print(show->all, JSON_INDENT(1));
	if (reason != NULL)
		fprintf(stderr, "busbarctl: %s\n", reason);
	json_decref(show->all);
	free(show);
}

const struct shower show_json = { json_begin, json_record, json_end };
