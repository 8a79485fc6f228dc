#ifndef DAEMON_SPAWN_H
#define DAEMON_SPAWN_H

#include <sys/types.h>

#define ROLE_FD		3		/* where a role finds its socket to the engine */
#define ROLE_VARIABLE	"BUSBAR_ROLE"	/* the environment variable that makes busbard a role */
#define RESOLVE_ROLE	"resolve"	/* looks names up: getaddrinfo may wait for many seconds */

/*
 * Starts this very program anew as the role of that name: fork, then exec, so
 * that it inherits nothing but its socket.  Returns our end, or -1 with errno.
 */
int	spawn_role(const char *name, pid_t *pid);
/* For resolver_new() (bus/resolve.h).  Our end of its socket is all that holds it; who reaps children takes its remains. */
int	spawn_resolver(void *unused);

#endif
