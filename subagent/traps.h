#ifndef SUBAGENT_TRAPS_H
#define SUBAGENT_TRAPS_H

#include "core/loop.h"
#include "core/model.h"
#include "subagent/session.h"
#include "subagent/tree.h"

/*
 * Notifications on their way to the master, in order.  Each is handed over
 * in an AgentX Notify and is done when the master has answered it; what a
 * session that ended left without an answer goes out again in the next one.
 * TRAPS_WINDOW may wait for an answer, and beyond a burst of so many no more
 * than TRAPS_STEP leave in TRAPS_STEP_MS: receivers of UDP lose what comes faster.
 */
#define TRAPS_WINDOW	32
#define TRAPS_STEP	16
#define TRAPS_STEP_MS	20

struct traps;

/* done: the master has it, or will never take it. */
struct traps	*traps_new(struct loop *, struct model *, const struct tree *, void (*done)(void *arg, uint64_t serial),
		    void *arg);
void		 traps_free(struct traps *);		/* NULL is fine */
void		 traps_by(struct traps *, struct session *);	/* borrowed; NULL: nobody */
/* "SERIAL LINE", the line as core/event.h has it. */
void		 traps_add(struct traps *, const char *text);
void		 traps_go_on(struct traps *);		/* the session may have opened */
void		 traps_answered(struct traps *, uint32_t which, unsigned error);
void		 traps_session_ended(struct traps *);

#endif
