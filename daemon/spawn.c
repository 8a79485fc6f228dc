#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "daemon/spawn.h"

#define EXIT_NOT_STARTED	111

static _Noreturn void
be_the_role(const char *name, int fd)
{
	char	*title = xasprintf("busbard: %s", name);
	char	*argv[] = { title, NULL };

	if (fd == ROLE_FD)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, ROLE_FD) == -1)
		_exit(EXIT_NOT_STARTED);
	closefrom(ROLE_FD + 1);		/* what we were started with need not close on exec */
	setenv(ROLE_VARIABLE, name, 1);
	execv("/proc/self/exe", argv);
	_exit(EXIT_NOT_STARTED);
}

int
spawn_role(const char *name, pid_t *pid)
{
	int	 ends[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	if ((*pid = fork()) == 0)
		be_the_role(name, ends[1]);
	e = errno;
	close(ends[1]);
	if (*pid > 0)
		return ends[0];
	*pid = 0;
	close(ends[0]);
	errno = e;
	return -1;
}

int
spawn_resolver(void *unused)
{
	pid_t	 pid;

	return spawn_role(RESOLVE_ROLE, &pid);
}
