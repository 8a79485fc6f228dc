/* Events that nobody has written down yet, in order. */
#include <stdlib.h>
#include <sys/queue.h>

#include "core/event-log.h"
#include "core/mem.h"

struct event {
	STAILQ_ENTRY(event) entry;
	uint64_t	 serial;
	char		*text;
};

struct event_log {
	STAILQ_HEAD(, event) events;
	size_t		 held;
	uint64_t	 serial, dropped;
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

static void
drop_first(struct event_log *l)
{
	struct event	*e = STAILQ_FIRST(&l->events);

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
	struct event	*e = xcalloc(1, sizeof(*e));

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
event_log_after(const struct event_log *l, uint64_t serial, uint64_t *found)
{
	const struct event	*e;

	STAILQ_FOREACH(e, &l->events, entry)
		if (e->serial > serial) {
			*found = e->serial;
			return e->text;
		}
	return NULL;
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
