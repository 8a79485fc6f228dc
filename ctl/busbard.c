#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "ctl/busbard.h"

static char *
path(void)
{
	char	 self[PATH_MAX], *beside;
	ssize_t	 n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return xstrdup(SBINDIR "/busbard");
	self[n] = '\0';
	beside = xasprintf("%s/busbard", dirname(self));
	if (access(beside, X_OK) == 0)
		return beside;
	free(beside);
	return xstrdup(SBINDIR "/busbard");
}

static size_t
count(const char *const *list)
{
	size_t	 n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

/* A NULL-ended list with one more text, which may be NULL, before or behind it.  Malloc'd; the texts are borrowed. */
static char **
with(const char *first, const char *const *list, const char *last)
{
	size_t		  n = count(list), at = 0;
	const char	**all = xcalloc(n + 3, sizeof(*all));

	if (first != NULL)
		all[at++] = first;
	memcpy(all + at, list, n * sizeof(*all));
	all[at + n] = last;
	return (char **)(uintptr_t)all;
}

static int
start(const char *program, const struct busbard_run *r, int to, pid_t *pid)
{
	posix_spawn_file_actions_t	 actions;
	char				**argv = with(program, r->args, NULL);
	char				**env = with(NULL, (const char *const *)environ, r->variable);
	int				 error;

	posix_spawn_file_actions_init(&actions);
	if (r->input != -1)
		posix_spawn_file_actions_adddup2(&actions, r->input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, to, r->output);
	if (r->quiet)
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(pid, program, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	free(argv);
	free(env);
	return error;
}

static void
read_lines(FILE *from, const struct busbard_run *r)
{
	char	*line = NULL;
	size_t	 room = 0;
	ssize_t	 n;

	while ((n = getline(&line, &room, from)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		r->line(r->arg, line);
	}
	free(line);
}

static int
run(const char *program, const struct busbard_run *r, int *status)
{
	int	 ends[2], error, how;
	FILE	*from;
	pid_t	 pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	if ((from = fdopen(ends[0], "r")) == NULL) {
		error = errno;
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	fflush(stdout);
	error = start(program, r, ends[1], &pid);
	close(ends[1]);
	if (error == 0)
		read_lines(from, r);
	fclose(from);
	if (error == 0 && waitpid(pid, &how, 0) == -1)
		error = errno;
	if (error == 0)
		*status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
	return error;
}

char *
busbard_run(const struct busbard_run *r, int *status)
{
	char	*program = path();
	int	 error = run(program, r, status);
	char	*why = error == 0 ? NULL : xasprintf("%s: %s", program, strerror(error));

	free(program);
	return why;
}
