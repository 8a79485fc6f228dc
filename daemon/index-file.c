#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "daemon/index-file.h"

#define SUBJECT		"indexes"
#define FILE_MAX	(64u << 20)	/* INDEX_MAX devices fit several times */
#define LAST_WRITE_MS	2000

struct index_file {
	struct indexes	*indexes;
	struct timer	*soon;		/* one write for all numbers that are given in one turn */
	char		*folder, *path, *temporary;
	pid_t		 writer;	/* 0: none runs */
	bool		 again;		/* something changed since it began */
	bool		 shut;		/* what there is could not be read: it is not replaced */
	int		 error;		/* of the last write, told; 0: it went well */
};

/* -- writing: in the child, of its copy ------------------------------------------------ */

static bool
write_all(int fd, const uint8_t *bytes, size_t len)
{
	ssize_t	 n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = write(fd, bytes, len)) <= 0) {
			if (n == -1 && errno == EINTR)
				n = 0;
			else
				return false;
		}
	return true;
}

static bool
replace(const struct index_file *f, const struct buf *text)
{
	int	 folder = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int	 fd = open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	return folder != -1 && fd != -1 && write_all(fd, buf_bytes(text), text->len) &&
	    fsync(fd) == 0 && close(fd) == 0 && rename(f->temporary, f->path) == 0 &&
	    fsync(folder) == 0;
}

/* It holds none of our sockets, should the disk hang: their other ends must see us go. */
static void
run_writer(const struct index_file *f, const struct buf *text)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	errno = 0;
	_exit(replace(f, text) ? 0 : errno > 0 && errno < 256 ? errno : EIO);
}

/* -- writing: here ------------------------------------------------------------------------ */

static void
note_outcome(struct index_file *f, int error)
{
	if (error != 0 && error != f->error)
		log_error(SUBJECT, "%s cannot be written: %s; new SNMP indexes live in memory and may change "
		    "at the next start", f->path, strerror(error));
	else if (error == 0 && f->error != 0)
		log_info(SUBJECT, "%s is written again", f->path);
	f->error = error;
}

static void
begin_write(void *arg)
{
	struct index_file	*f = arg;
	struct buf		 text = { 0 };

	if (f->shut || (f->again = f->writer != 0))
		return;
	if (mkdir(f->folder, 0755) == -1 && errno != EEXIST) {
		note_outcome(f, errno);
		return;
	}
	indexes_write(f->indexes, &text);
	f->writer = fork();
	if (f->writer == 0)
		run_writer(f, &text);
	if (f->writer == -1) {
		f->writer = 0;
		note_outcome(f, errno);
	}
	buf_free(&text);
}

static void
on_change(void *arg)
{
	struct index_file	*f = arg;

	if (!timer_running(f->soon))
		timer_set(f->soon, 0);
}

bool
index_file_ended(struct index_file *f, pid_t pid, int status)
{
	if (pid != f->writer || pid == 0)
		return false;
	f->writer = 0;
	note_outcome(f, WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
	if (f->again)
		begin_write(f);
	return true;
}

/* -- reading ----------------------------------------------------------------------------------- */

static void
take_text(struct index_file *f, int fd)
{
	struct conf_errors	 errors = { 0 };
	struct buf		 text = { 0 };
	ssize_t			 n = -1;
	size_t			 i;

	while (text.len < FILE_MAX && (n = read(fd, buf_reserve(&text, 65536), 65536)) > 0)
		buf_grew(&text, (size_t)n);
	if (n != 0) {
		log_error(SUBJECT, "%s cannot be read: %s; SNMP indexes live in memory", f->path,
		    n == -1 ? strerror(errno) : "it is too long");
		f->shut = true;
	} else
		indexes_read(f->indexes, f->path, (const char *)buf_bytes(&text), text.len, &errors);
	for (i = 0; i < errors.n; i++)
		log_error(SUBJECT, "%s", errors.texts[i]);
	conf_errors_free(&errors);
	buf_free(&text);
}

static void
read_file(struct index_file *f)
{
	int	 fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd != -1) {
		take_text(f, fd);
		close(fd);
	} else if (errno != ENOENT && errno != ENOTDIR) {
		log_error(SUBJECT, "%s cannot be read: %s; SNMP indexes live in memory", f->path,
		    strerror(errno));
		f->shut = true;
	}
}

/* -- life ----------------------------------------------------------------------------------------- */

struct index_file *
index_file_new(struct loop *loop, const char *folder)
{
	struct index_file	*f = xcalloc(1, sizeof(*f));

	f->folder = xstrdup(folder);
	f->path = xasprintf("%s/indexes", folder);
	f->temporary = xasprintf("%s/indexes.new", folder);
	f->indexes = indexes_new();
	f->soon = timer_new(loop, begin_write, f);
	read_file(f);
	indexes_on_change(f->indexes, on_change, f);
	return f;
}

struct indexes *
index_file_indexes(struct index_file *f)
{
	return f->indexes;
}

/* At the very end there is nobody left who could be kept waiting. */
static void
finish(struct index_file *f)
{
	const struct timespec	 pause = { .tv_nsec = 5000000 };
	int			 status, left;

	if (timer_running(f->soon))
		begin_write(f);
	for (left = LAST_WRITE_MS / 5; f->writer != 0 && left > 0; left--) {
		if (waitpid(f->writer, &status, WNOHANG) != 0)
			index_file_ended(f, f->writer, status);
		else
			nanosleep(&pause, NULL);
	}
}

void
index_file_free(struct index_file *f)
{
	if (f == NULL)
		return;
	finish(f);
	timer_free(f->soon);
	indexes_free(f->indexes);
	free(f->folder);
	free(f->path);
	free(f->temporary);
	free(f);
}
