#ifndef BUS_RESOLVE_H
#define BUS_RESOLVE_H

#include "core/loop.h"

/*
 * Names to addresses, and users and groups to their numbers, in a process of
 * its own: getaddrinfo() and getpwnam() may wait for many seconds, and do so
 * there.  Between the two is one socket with lines: "KIND NAME" there ("4",
 * "6" or "*" of an address, "u", "g"), "= ANSWER" or "! WHY" back.
 */
#define RESOLVE_NONE	"there is none"		/* the why of a user or group that this host does not have */

/* The process: serves the socket until it is closed; the value is its exit status. */
int	resolve_main(int fd);

struct resolver;
struct lookup;
/* Called once, in a later turn; the answer is numeric, or NULL and why says why not. */
typedef void lookup_fn(void *arg, const char *answer, const char *why);

/*
 * start() gives the near end of a socket to a new process (-1: it cannot), is
 * called at the first question, and again when a process hung or went away;
 * closing that socket ends the process.
 */
struct resolver	*resolver_new(struct loop *, int (*start)(void *), void *arg);
void		 resolver_free(struct resolver *);	/* nobody is called back; cancel lookups before */
struct lookup	*resolver_ask(struct resolver *, const char *name, int family, lookup_fn *, void *arg);
struct lookup	*resolver_ask_id(struct resolver *, const char *name, bool group, lookup_fn *, void *arg);
void		 lookup_cancel(struct lookup *);	/* before its answer; NULL is fine */

/* The one of this process, which wires ask; NULL: names cannot be used. */
void		 resolver_use(struct resolver *);
struct resolver	*resolver_used(void);

#endif
