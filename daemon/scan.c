#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/resolve.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "daemon/backends.h"
#include "daemon/engine.h"
#include "daemon/facts.h"
#include "daemon/scan.h"
#include "daemon/spawn.h"

#define INPUT		"/dev/stdin"
#define LOOK_MS		100

struct scan {
	struct loop		*loop;
	struct settings		*settings;
	struct model		*model;
	struct host		*host;
	struct resolver		*resolver;
	struct timer		*look, *end;
	bool			 slow;
};

/* -- what is said ------------------------------------------------------------------- */

/* Of the devices that a section brings, those that answer. */
static bool
belongs(const struct device *device, const char *section)
{
	size_t	 len = strlen(section);

	return strncmp(device_name(device), section, len) == 0 &&
	    (device_name(device)[len] == '\0' || device_name(device)[len] == '-');
}

static const char *
text_of(const struct snapshot *s, const char *name, const char *other)
{
	const char	*text = snapshot_text(s, var_intern(name));

	return text != NULL || other == NULL ? text : snapshot_text(s, var_intern(other));
}

/* A comment: what it is, for whoever decides on the section that follows. */
static void
print_device(const struct device *device)
{
	static const char *const	 names[][2] = {
		{ "device.mfr", "ups.mfr" }, { "device.model", "ups.model" }, { "device.serial", "ups.serial" },
	};
	const struct snapshot		*s = device_now(device);
	const char			*type = text_of(s, REMARK_TYPE, NULL), *text;
	size_t				 i;

	printf("# %s: %s", device_name(device), type != NULL ? type : "device");
	for (i = 0; i < nitems(names); i++)
		if ((text = text_of(s, names[i][0], names[i][1])) != NULL) {
			fputs(i == 0 ? ", " : " ", stdout);
			for (; *text != '\0'; text++)
				putchar(isprint((unsigned char)*text) ? *text : '?');
		}
	putchar('\n');
}

static void
print_found(const struct scan *s)
{
	size_t		 i;
	bool		 found;
	struct device	*device;

	for (i = 0; i < s->settings->ndevices; i++) {
		found = false;
		for (device = model_next(s->model, NULL); device != NULL; device = model_next(s->model, device)) {
			if (device_state(device) != DEVICE_FRESH || !belongs(device, s->settings->devices[i].name))
				continue;
			print_device(device);
			found = true;
		}
		if (found)
			printf("%s\n", s->settings->devices[i].name);
	}
	fflush(stdout);
}

/* Of one that was asked for by name: what is in the way. */
static void
print_reason(const struct scan *s)
{
	const char	*why = s->settings->ndevices == 1 ? host_why(s->host, s->settings->devices[0].name) : NULL;

	if (why != NULL)
		printf("! %s\n", why);
	fflush(stdout);
}

/* Of each port that does not answer. */
static void
print_reasons(const struct scan *s)
{
	const struct device_settings	*section;
	const struct device		*device;
	const char			*why;
	size_t				 i;

	for (i = 0; i < s->settings->ndevices; i++) {
		section = &s->settings->devices[i];
		device = model_find(s->model, section->name, strlen(section->name));
		if (device != NULL && device_state(device) == DEVICE_FRESH)
			continue;
		why = host_why(s->host, section->name);
		if (why != NULL && strncmp(why, section->port, strlen(section->port)) == 0)
			printf("! %s\n", why);
		else
			printf("! %s: %s\n", section->port, why != NULL ? why : "nothing answers");
	}
	fflush(stdout);
}

/*
 * The sections are made of the command line: what is wrong with one is wrong
 * with all, and in which line of them says nothing to anybody.
 */
static const char *
without_place(const char *mistake)
{
	const char	*text = mistake, *end;

	if (strncmp(text, INPUT ":", strlen(INPUT) + 1) == 0 && (end = strstr(text, ": ")) != NULL)
		text = end + 2;
	if (strncmp(text, "device ", 7) == 0 && (end = strstr(text, ": ")) != NULL)
		text = end + 2;
	return text;
}

static void
print_mistakes(const struct conf_errors *errors)
{
	size_t	 i, j;

	for (i = 0; i < errors->n; i++) {
		for (j = 0; j < i && strcmp(without_place(errors->texts[j]), without_place(errors->texts[i])) != 0; j++)
			;
		if (j == i)
			fprintf(stderr, "busbarctl: %s\n", without_place(errors->texts[i]));
	}
}

/* -- looking ---------------------------------------------------------------------------- */

static bool
all_answer(const struct scan *s)
{
	struct device	*device = model_next(s->model, NULL);

	if (model_size(s->model) < s->settings->ndevices)
		return false;
	for (; device != NULL; device = model_next(s->model, device))
		if (device_state(device) != DEVICE_FRESH)
			return false;
	return true;
}

/* A port that could not be opened, or whose device did not answer the driver's first questions, does not later. */
static bool
all_decided(const struct scan *s)
{
	const struct device_settings	*section;
	const struct device		*device;
	size_t				 i;

	for (i = 0; i < s->settings->ndevices; i++) {
		section = &s->settings->devices[i];
		device = model_find(s->model, section->name, strlen(section->name));
		if ((device == NULL || device_state(device) != DEVICE_FRESH) && host_why(s->host, section->name) == NULL)
			return false;
	}
	return true;
}

static void
on_look(void *arg)
{
	struct scan	*s = arg;

	if (s->slow ? all_decided(s) : all_answer(s))
		loop_stop(s->loop);
	else
		timer_set(s->look, LOOK_MS);
}

static void
on_end(void *arg)
{
	loop_stop(((struct scan *)arg)->loop);
}

/* That most of them do not answer is no news here. */
static void
say_nothing(enum log_level level, const char *line, void *arg)
{
}

static bool
prepare(struct scan *s, struct conf_errors *errors)
{
	struct driver_facts	*facts = facts_of_drivers();

	s->settings = settings_load(INPUT, facts, errors);
	free(facts);
	return engine_learn(s->host, errors) && s->settings != NULL && host_check(s->host, s->settings, errors);
}

int
scan_main(bool slow)
{
	struct scan		 s = { .loop = loop_new(), .slow = slow };
	struct conf_errors	 errors = { 0 };
	bool			 well;

	log_to(say_nothing, NULL);
	s.model = model_new();
	s.resolver = resolver_new(s.loop, spawn_resolver, NULL);
	resolver_use(s.resolver);
	s.host = host_new(s.loop, s.model, drivers, wire_backends);
	well = prepare(&s, &errors);
	print_mistakes(&errors);
	if (well) {
		s.look = timer_new(s.loop, on_look, &s);
		s.end = timer_new(s.loop, on_end, &s);
		host_apply(s.host, s.settings);
		timer_set(s.look, LOOK_MS);
		timer_set(s.end, slow ? SCAN_SLOW_MS : SCAN_MS);
		loop_run(s.loop);
		print_found(&s);
		(slow ? print_reasons : print_reason)(&s);
	}
	timer_free(s.look);
	timer_free(s.end);
	host_free(s.host);
	resolver_use(NULL);
	resolver_free(s.resolver);
	model_free(s.model);
	settings_free(s.settings);
	conf_errors_free(&errors);
	loop_free(s.loop);
	return !well;
}
