#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "daemon/spawn.h"

#define EXIT_NOT_STARTED	111
#define BACK_OFF_LAST_MS	10000
#define LONG_LIFE_MS		60000	/* who lived that long starts anew at once */

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

int
spawn_names(void *unused)
{
	pid_t	 pid;

	return spawn_role(NAMES_ROLE, &pid);
}

/* The first death is answered at once: clients wait at the door. */
int64_t
spawn_delay(struct spawn_rhythm *r, int64_t now)
{
	int64_t	 delay;

	if (now - r->born > LONG_LIFE_MS)
		r->back_off = 0;
	delay = r->back_off;
	r->back_off = delay == 0 ? 100 : delay * 2;
	if (r->back_off > BACK_OFF_LAST_MS)
		r->back_off = BACK_OFF_LAST_MS;
	return delay;
}

void
spawn_log_end(const char *name, int status)
{
	if (WIFSIGNALED(status))
		log_warning(name, "the role was ended by signal %d", WTERMSIG(status));
	else
		log_warning(name, "the role ended with code %d", WEXITSTATUS(status));
}

/* One that waits in the kernel does not even hear SIGKILL: it is left behind. */
static bool
ended_within(pid_t pid, int ms)
{
	const struct timespec	 moment = { .tv_nsec = 10000000 };

	for (; ms > 0; ms -= 10) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

void
spawn_await(pid_t pid)
{
	if (pid <= 0 || ended_within(pid, 1000))
		return;
	kill(pid, SIGKILL);
	ended_within(pid, 1000);
}
