/* What happened, as a struct and as a line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "core/event.h"
#include "core/mem.h"

static const struct event_facts all_facts[EVENT_KINDS] = {
#define EVENT_FACTS(id, word, notified, family, side, object) \
	[EVENT_##id] = { word, notified, family, side, object },
	EVENT_LIST(EVENT_FACTS)
#undef EVENT_FACTS
};

const struct event_facts *
event_facts(enum event_kind kind)
{
	return &all_facts[kind];
}

enum event_kind
event_kind_find(const char *word)
{
	enum event_kind	 kind;

	for (kind = 0; kind < EVENT_KINDS; kind++)
		if (strcmp(all_facts[kind].word, word) == 0)
			break;
	return kind;
}

const char *
event_field(const struct event *e, const char *name)
{
	size_t	 i;

	for (i = 0; i < FIELDS_MAX && e->fields[i].name != NULL; i++)
		if (strcmp(e->fields[i].name, name) == 0)
			return e->fields[i].value;
	return NULL;
}

void
event_write(const struct event *e, struct buf *b)
{
	char	*keep = e->key == NULL || e->keep == NULL ? xstrdup("") : xasprintf("=%s", e->keep);
	size_t	 i;

	buf_printf(b, "%d %" PRId64, all_facts[e->kind].notified && !e->quiet, e->time);
	channel_put_word(b, all_facts[e->kind].word);
	channel_put_word(b, e->device);
	channel_put_word(b, e->key == NULL ? "" : e->key);
	channel_put_word(b, keep);
	for (i = 0; i < FIELDS_MAX && e->fields[i].name != NULL; i++) {
		if (e->fields[i].value == NULL)
			continue;
		channel_put_word(b, e->fields[i].name);
		channel_put_word(b, e->fields[i].value);
	}
	free(keep);
}

bool
event_read(char *line, struct event *e)
{
	const char	*notified = channel_word(&line), *time = channel_word(&line), *kind = channel_word(&line),
			*name, *value;
	size_t		 n;

	*e = (struct event){ .device = channel_word(&line), .key = channel_word(&line), .keep = channel_word(&line) };
	if (e->keep == NULL || (e->kind = event_kind_find(kind)) == EVENT_KINDS)
		return false;
	e->quiet = *notified != '1';
	e->time = strtoll(time, NULL, 10);
	if (*e->key == '\0')
		e->key = NULL;
	e->keep = *e->keep == '=' ? e->keep + 1 : NULL;
	for (n = 0; n < FIELDS_MAX && (name = channel_word(&line)) != NULL; n++) {
		if ((value = channel_word(&line)) == NULL)
			return false;
		e->fields[n] = (struct event_field){ name, value };
	}
	return true;
}
