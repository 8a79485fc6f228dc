#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include <sys/types.h>

#include "core/events.h"
#include "core/kept.h"
#include "core/settings.h"

/*
 * The engine's side of the store role: has it started, hands values and
 * events over to it, hears what is safe.  Nothing here waits, but for
 * keeper_await().
 */
struct keeper;
struct role;

struct keeper	*keeper_new(struct loop *, struct model *, bool alone);
void		 keeper_free(struct keeper *);	/* NULL is fine; ends the role */
void		 keeper_apply(struct keeper *, const struct settings *);
/* At the start: turns the loop until all that was kept is loaded, 2 s at most. */
void		 keeper_await(struct keeper *);
struct kept	*keeper_kept(struct keeper *);
struct events	*keeper_events(struct keeper *);
/* Who sends notifications; NULL: nobody. */
void		 keeper_notify_by(struct keeper *, struct role *);
void		 keeper_hear(struct keeper *, const char *word, const char *text);	/* what it says */
void		 keeper_ended(struct keeper *, pid_t, int status);	/* a child was reaped: was it the store? */

uint64_t	 keeper_ask(void *keeper, const struct journal_ask *);	/* its number, never 0 */
void		 keeper_forget(void *keeper, uint64_t number);	/* 0 is fine */

#endif
