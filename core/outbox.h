#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "core/event.h"
#include "core/loop.h"

/*
 * Notifications that snmpd has not acknowledged yet, in the engine.  At most
 * one of a kind, device and object goes out in OUTBOX_PACE_MS: the next waits,
 * nothing is lost; but a pair that cancels itself while both wait (core/event.h)
 * is dropped, and of many alike that nobody takes (on battery, every minute) the
 * first and the last are kept.  Those of one device keep their order.  Each is handed over once
 * it is due and safe on disk, or the disk has had OUTBOX_DISK_MS, and stays
 * here until it is acknowledged; OUTBOX_WINDOW may be on their way.
 *
 * At most OUTBOX_MAX wait, for OUTBOX_AGE_MS; then the oldest is given up,
 * and counted.
 */
#define OUTBOX_PACE_MS	5000
#define OUTBOX_DISK_MS	2000
#define OUTBOX_WINDOW	256
#define OUTBOX_MAX	10000
#define OUTBOX_AGE_MS	(7 * 86400 * INT64_C(1000))

struct outbox;

struct outbox_calls {
	void	(*hand)(void *arg, uint64_t serial, const char *text);	/* to the agentx role */
	/* Acknowledged, cancelled or given up: it need not be kept.  Never before it is stored. */
	void	(*end)(void *arg, uint64_t serial);
	void	(*given_up)(void *arg, uint64_t total);	/* one was */
};

struct outbox	*outbox_new(struct loop *, const struct outbox_calls *, void *arg);	/* nobody takes any yet */
void		 outbox_free(struct outbox *);		/* NULL is fine */
/* text: its line, copied.  stored: it comes from the store, after a restart. */
void		 outbox_add(struct outbox *, uint64_t serial, const struct event *, const char *text, bool stored);
void		 outbox_stored(struct outbox *, uint64_t serial);	/* it and all before are safe on disk */
void		 outbox_sent(struct outbox *, uint64_t serial);		/* snmpd has it */
/* Whether somebody takes them; one who came back, or came anew, gets all again that were on their way. */
void		 outbox_taker(struct outbox *, bool there);
bool		 outbox_has(const struct outbox *, uint64_t serial);
size_t		 outbox_waiting(const struct outbox *);

#endif
