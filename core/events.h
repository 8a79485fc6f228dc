#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "core/event-log.h"
#include "core/event.h"
#include "core/kept.h"
#include "core/outbox.h"

/*
 * Everything that happens, in the engine: numbered, held until the store has
 * it, and, where managers are told, in the outbox until snmpd has it.  Those
 * that the store took too long for are counted, and an event tells how many.
 */
struct events;

/* The calls are the outbox's; both are borrowed. */
struct events	*events_new(struct loop *, struct kept *, const struct outbox_calls *, void *arg);
void		 events_free(struct events *);		/* NULL is fine */
/* Numbers go on from there; before the first event.  Later calls only ever raise them. */
void		 events_begin(struct events *, uint64_t last);
/* Fills in the time, and copies all.  What it keeps holds at once (kept_note()). */
void		 events_note(struct events *, const struct event *);
/* The same, of what has these fields (name, value, ..., NULL): values may be NULL. */
void		 events_tell(struct events *, enum event_kind, const char *device, ...)
		    __attribute__((__sentinel__));
void		 events_acked(struct events *, uint64_t serial);	/* the store has it and all before */
struct event_log *events_log(struct events *);
struct outbox	*events_outbox(struct events *);

/*
 * What the journal has, so many events at most behind that serial, since that
 * time (ms since 1970), of that device ("": any).  row comes for each, end
 * once, both later: why NULL or why there is no answer; trimmed: so many
 * older ones are gone.
 */
struct journal_ask {
	uint64_t	 after;
	int64_t		 since;
	unsigned	 most;
	const char	*device;
	void		(*row)(void *arg, uint64_t serial, const struct event *);
	void		(*end)(void *arg, uint64_t trimmed, const char *why);
	void		*arg;
};

#endif
