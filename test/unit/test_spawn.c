/* A role is this very program, started anew: it finds its socket, and nothing else of ours. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/spawn.h"
#include "test/unit/unit.h"

/* What the role says of itself. */
struct told {
	char		 name[16];
	unsigned	 open;		/* descriptors above its socket */
};

static int
be_the_role(const char *name)
{
	struct told	 told = { .open = 0 };
	int		 fd;

	snprintf(told.name, sizeof(told.name), "%s", name);
	for (fd = ROLE_FD + 1; fd < 1024; fd++)
		told.open += fcntl(fd, F_GETFD) != -1;
	return write(ROLE_FD, &told, sizeof(told)) == (ssize_t)sizeof(told) ? 7 : 1;
}

static void
a_role_inherits_its_socket_alone(void **state)
{
	struct told	 told;
	pid_t		 pid;
	int		 fd, i, leaks[20], status;

	for (i = 0; i < 20; i++)	/* a shell that leaks, a library that does not close on exec */
		assert_int_not_equal(leaks[i] = dup(STDERR_FILENO), -1);
	assert_int_not_equal(fd = spawn_role("some", &pid), -1);
	assert_int_equal(read(fd, &told, sizeof(told)), sizeof(told));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_string_equal(told.name, "some");
	assert_int_equal(told.open, 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	for (i = 0; i < 20; i++)
		close(leaks[i]);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(a_role_inherits_its_socket_alone),
	};
	const char		*role = getenv(ROLE_VARIABLE);

	return role != NULL ? be_the_role(role) : cmocka_run_group_tests(tests, NULL, NULL);
}
