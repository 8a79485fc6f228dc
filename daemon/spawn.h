#ifndef DAEMON_SPAWN_H
#define DAEMON_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#define ROLE_FD		3		/* where a role finds its socket to the engine */
#define ROLE_VARIABLE	"BUSBAR_ROLE"	/* the environment variable that makes busbard a role */
#define RESOLVE_ROLE	"resolve"	/* looks names up: getaddrinfo may wait for many seconds */
#define NAMES_ROLE	"names"		/* likewise, users and groups, and ends */

/*
 * Starts this very program anew as the role of that name: fork, then exec, so
 * that it inherits nothing but its socket.  Returns our end, or -1 with errno.
 */
int	spawn_role(const char *name, pid_t *pid);
/* For resolver_new() (bus/resolve.h).  Our end of its socket is all that holds it; who reaps children takes its remains. */
int	spawn_resolver(void *unused);
int	spawn_names(void *unused);	/* likewise, for users and groups: it comes and goes */
/* Its end of the socket is closed: it has a second to go by itself.  0: nobody. */
void	spawn_await(pid_t pid);
void	spawn_log_end(const char *name, int status);	/* as waitpid() gives it */

/* When one that died is started again: at once, then ever later, at once again after a long life. */
struct spawn_rhythm {
	int64_t	 born, back_off;	/* ms */
};
int64_t	spawn_delay(struct spawn_rhythm *, int64_t now);

#endif
