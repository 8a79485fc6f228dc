#ifndef DAEMON_MEMBERS_H
#define DAEMON_MEMBERS_H

#include <sys/types.h>

#include "core/loop.h"
#include "core/settings.h"

/*
 * The users and groups of the control section, by their numbers.  A directory
 * service may take long to tell these, so that a process of its own asks it
 * (bus/resolve.h), once the names have changed or whenever they are applied.
 * Meanwhile, and while the service fails, a name stays who it was.
 */
struct members;

/* start: gives a socket to such a process, as resolver_new() has it. */
struct members	*members_new(struct loop *, int (*start)(void *), void *arg);
void		 members_free(struct members *);	/* NULL is fine */
void		 members_apply(struct members *, const struct strings *users, const struct strings *groups);

bool		 members_user(const struct members *, uid_t);
bool		 members_group(const struct members *, gid_t);
bool		 members_asking(const struct members *);	/* not all is known yet */

#define MEMBERS_RETRY_MS	60000	/* after the service has failed */

#endif
