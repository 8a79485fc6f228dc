#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include <sys/types.h>

#include "core/event-log.h"
#include "core/loop.h"
#include "core/publisher.h"

/*
 * A role, seen from the engine: a process of its own (fork, then exec of this
 * very program), fed through a mirror, restarted with a back-off when it dies.
 * With alone, it runs inside the engine on the engine's own model (busbard -1).
 */
struct role;

struct role	*role_new(struct loop *, struct model *, const struct publisher *, bool alone);
void		 role_free(struct role *);	/* ends its process */
/*
 * What it is to show, from now on: starts it, or tells it.  The listeners are
 * lent until the next call; text is the part of the configuration that it may
 * know, settings the same parsed (used when it runs alone).
 */
void		 role_apply(struct role *, const char *text, const struct settings *,
		    const struct listener *, size_t nlisteners);
/* A line to it, if it runs now: whether it does; and what it says by itself (publish.say). */
bool		 role_send(struct role *, const char *word, const char *text);
void		 role_on_line(struct role *, void (*)(void *, const char *word, const char *text), void *arg);
void		 role_on_loss(struct role *, void (*)(void *), void *arg);	/* it died; it will be started again */
/* It is the keeper of these events; acked is told of each acknowledgement, and passes it to the log. */
void		 role_events(struct role *, struct event_log *, void (*acked)(void *, uint64_t), void *arg);
void		 role_ended(struct role *, pid_t, int status);	/* a child was reaped: was it this one's? */
const char	*role_report(const struct role *);	/* its counters and limits, "NAME VALUE" lines; NULL: none yet */
pid_t		 role_pid(const struct role *);	/* 0: none at the moment */

/* The whole life of a role's process, on the mirror at ROLE_FD: returns its exit code. */
int		 role_main(const struct publisher *);

#endif
