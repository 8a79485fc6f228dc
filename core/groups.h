#ifndef CORE_GROUPS_H
#define CORE_GROUPS_H

#include "core/kept.h"
#include "core/loads.h"
#include "core/outlet.h"

/*
 * Outlets of several devices, switched one after the other.  The interval is
 * between the beginnings: a member that hangs does not hold up the others.
 * One that fails does not either; the outcome, when the last has ended, says
 * which did.
 *
 * Whether it has to be confirmed is asked once, for all members together:
 * two feeds of one load may each be spared, but not both.
 */
struct groups;

struct groups	*groups_new(struct loop *, struct model *, const struct loads *);
void		 groups_free(struct groups *);		/* what runs ends as R_TIMEOUT */
/*
 * Where a sequence under way is noted, so that one which ended with busbard is told now, and not gone on
 * with: nobody knows what it would do to the site of today.  NULL: nowhere.
 */
void		 groups_keep(struct groups *, struct kept *);
void		 groups_apply(struct groups *, const struct settings *);	/* borrowed until the next call */

void		 groups_events(struct groups *, struct events *);	/* where it tells what happens; borrowed, or NULL */

/*
 * command: "load.off" and the others of core/outlet.h; ask's kind and name
 * are not used.  False: there is no such group, and the result_fn is not
 * called; else it is, once, perhaps at once: R_UNKNOWN no such command,
 * R_CONFIRM, R_BUSY while the group is being switched, R_FAILED when a member
 * failed.  load.cancel ends the sequence as well.
 */
bool		 groups_ask(struct groups *, const char *group, const char *command, const struct ask *,
		    result_fn *, void *arg);
uint64_t	 groups_refused(const struct groups *, enum result);	/* how often so far, for that */
void		 groups_forget(struct groups *, void *arg);	/* whoever asked with it no longer listens */

/* Told when a command of a group is begun and when it has ended; one listener, NULL: none. */
struct group_news {
	enum outlet_command	 command;	/* never OUTLET_CANCEL */
	bool			 ended;
	enum result		 result;	/* when it has */
	const char		*origin, *detail;	/* detail NULL: there is none */
};
typedef void	 group_news_fn(void *arg, const char *group, const struct group_news *);
void		 groups_on_news(struct groups *, group_news_fn *, void *arg);

#endif
