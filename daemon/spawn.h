#ifndef DAEMON_SPAWN_H
#define DAEMON_SPAWN_H

#include <sys/types.h>

#define ROLE_FD		3		/* where a role finds its socket to the engine */
#define ROLE_VARIABLE	"BUSBAR_ROLE"	/* the environment variable that makes busbard a role */

/*
 * Starts this very program anew as the role of that name: fork, then exec, so
 * that it inherits nothing but its socket.  Returns our end, or -1 with errno.
 */
int	spawn_role(const char *name, pid_t *pid);

#endif
