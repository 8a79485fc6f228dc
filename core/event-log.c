/* Events that nobody has written down yet, in order. */
#include <stdlib.h>
#include <sys/queue.h>

#include "core/event-log.h"
#include "core/mem.h"

struct held_event {
	STAILQ_ENTRY(held_event) entry;
	uint64_t	 serial;
	char		*text;
};

struct event_log {
	STAILQ_HEAD(, held_event) events;
	size_t		 held;
	uint64_t	 serial, dropped;
	struct held_event *last_found;	/* NULL: none that is still held */
	void		(*added)(void *);
	void		*arg;
};

struct event_log *
event_log_new(uint64_t last_serial)
{
	struct event_log	*l = xcalloc(1, sizeof(*l));

	STAILQ_INIT(&l->events);
	l->serial = last_serial;
	return l;
}

void
event_log_raise(struct event_log *l, uint64_t last_serial)
{
	if (last_serial > l->serial)
		l->serial = last_serial;
}

static void
drop_first(struct event_log *l)
{
	struct held_event	*e = STAILQ_FIRST(&l->events);

	if (l->last_found == e)
		l->last_found = NULL;
	STAILQ_REMOVE_HEAD(&l->events, entry);
	l->held--;
	free(e->text);
	free(e);
}

void
event_log_free(struct event_log *l)
{
	if (l == NULL)
		return;
	while (l->held > 0)
		drop_first(l);
	free(l);
}

void
event_log_on_add(struct event_log *l, void (*added)(void *), void *arg)
{
	l->added = added;
	l->arg = arg;
}

uint64_t
event_log_add(struct event_log *l, const char *text)
{
	struct held_event	*e = xcalloc(1, sizeof(*e));

	if (l->held == EVENTS_HELD) {
		drop_first(l);
		l->dropped++;
	}
	e->serial = ++l->serial;
	e->text = xstrdup(text);
	STAILQ_INSERT_TAIL(&l->events, e, entry);
	l->held++;
	if (l->added != NULL)
		l->added(l->arg);
	return e->serial;
}

const char *
event_log_after(struct event_log *l, uint64_t serial, uint64_t *found)
{
	struct held_event	*e = l->last_found != NULL && l->last_found->serial == serial ?
			    STAILQ_NEXT(l->last_found, entry) : STAILQ_FIRST(&l->events);

	while (e != NULL && e->serial <= serial)
		e = STAILQ_NEXT(e, entry);
	if (e == NULL)
		return NULL;
	l->last_found = e;
	*found = e->serial;
	return e->text;
}

void
event_log_ack(struct event_log *l, uint64_t serial)
{
	while (l->held > 0 && STAILQ_FIRST(&l->events)->serial <= serial)
		drop_first(l);
}

size_t
event_log_held(const struct event_log *l)
{
	return l->held;
}

uint64_t
event_log_dropped(const struct event_log *l)
{
	return l->dropped;
}
