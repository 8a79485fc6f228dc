/* The control socket: what happened, by the journal, and what happens. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/line.h"
#include "core/mem.h"
#include "ctl/session-inside.h"

/* -- the journal: step by step, as the client takes it -------------------------------- */

#define EVENTS_STEP	500

static void
on_event(void *arg, uint64_t serial, const struct event *e)
{
	struct session	*s = arg;
	size_t		 i;

	s->events.after = serial;
	s->nrows++;
	buf_printf(&s->out, "EVENT %" PRIu64 " %" PRId64 " %s ", serial, e->time, event_facts(e->kind)->word);
	line_quote(&s->out, e->device);
	for (i = 0; i < FIELDS_MAX && e->fields[i].name != NULL; i++) {
		buf_printf(&s->out, " %s ", e->fields[i].name);
		line_quote(&s->out, e->fields[i].value);
	}
	buf_putc(&s->out, '\n');
}

static void
on_events_end(void *arg, uint64_t trimmed, const char *why)
{
	struct session	*s = arg;

	s->question = 0;
	s->step = why == NULL && s->nrows == s->events.most;
	s->waiting = s->step;
	if (why != NULL)
		session_error(s, "%s", why);
	else if (!s->step && trimmed > 0)
		buf_printf(&s->out, "DROPPED %" PRIu64 "\n", trimmed);
	if (why == NULL && !s->step)
		session_ok(s);
	session_go_on(s);
}

void
session_next_step(struct session *s)
{
	s->step = false;
	s->waiting = true;
	s->nrows = 0;
	s->question = s->world->ask_journal(s->world->journal_arg, &s->events);
}

void
session_ask_events(struct session *s, const char **words, size_t n)
{
	if (s->world->journal_arg == NULL) {
		session_error(s, "there is no journal");
		return;
	}
	free(s->watched);
	s->watched = xstrdup(n > 2 ? words[2] : "");
	s->events = (struct journal_ask){ .since = strtoll(words[1], NULL, 10) * 1000, .most = EVENTS_STEP,
	    .device = s->watched, .row = on_event, .end = on_events_end, .arg = s };
	session_next_step(s);
}

/* -- watching --------------------------------------------------------------------------- */

static void
say_difference(struct session *s, const char *device, const struct reading *before,
    const struct reading *now)
{
	char	old[VALUE_TEXT_MAX], new[VALUE_TEXT_MAX];

	if (var_hidden(before != NULL ? before->var : now->var))
		return;
	if (before == NULL)
		session_say(s, "NEW", device, var_name(now->var), value_text(&now->value, new), NULL);
	else if (now == NULL)
		session_say(s, "GONE", device, var_name(before->var), value_text(&before->value, old), NULL);
	else if (!value_equal(&before->value, &now->value))
		session_say(s, "CHANGE", device, var_name(now->var), value_text(&before->value, old),
		    value_text(&now->value, new), NULL);
}

/* Both are in the same order. */
static void
say_differences(struct session *s, const char *device, const struct snapshot *before,
    const struct snapshot *now)
{
	size_t			 i = 0, j = 0;
	const struct reading	*b, *n;
	int			 order;

	while (i < snapshot_size(before) || j < snapshot_size(now)) {
		b = i < snapshot_size(before) ? snapshot_at(before, i) : NULL;
		n = j < snapshot_size(now) ? snapshot_at(now, j) : NULL;
		order = b == NULL ? 1 : n == NULL ? -1 : var_compare(b->var, n->var);
		say_difference(s, device, order <= 0 ? b : NULL, order >= 0 ? n : NULL);
		i += order <= 0;
		j += order >= 0;
	}
}

static void
on_change(const struct change *change, void *arg)
{
	struct session	*s = arg;
	const char	*device = device_name(change->device);

	if (device_is_group(change->device) || (s->watched != NULL && strcasecmp(s->watched, device) != 0))
		return;
	if (change->events & EV_ADDED)
		session_say(s, "ADDED", device, NULL);
	if (change->events & EV_STATE)
		session_say(s, "LINK", device, session_link(s, change->device), NULL);
	if (change->events & EV_REMOVED)
		session_say(s, "REMOVED", device, NULL);
	else if (change->events & (EV_CHANGED | EV_ADDED))
		say_differences(s, device, change->before, change->after);
	if (s->out.len > SESSION_BEHIND_MAX) {
		watch_cancel(s->watch);
		s->watch = NULL;
		s->closing = true;
		session_error(s, "changes come faster than they are read");
	}
	if (s->out.len > 0)
		io_want(s->io, (s->eof || s->closing ? 0 : IO_READ) | IO_WRITE);
	if (s->out.len > 0 && !timer_running(s->idle))
		timer_set(s->idle, SESSION_IDLE_MS);
}

void
session_ask_watch(struct session *s, const char **words, size_t n)
{
	if (n > 1 && session_device(s, words[1]) == NULL)
		return;
	free(s->watched);
	s->watched = n > 1 ? xstrdup(words[1]) : NULL;
	s->watch = model_watch(s->world->model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED,
	    on_change, s);
	session_ok(s);
}

