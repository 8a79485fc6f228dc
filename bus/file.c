#include "bus/file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/notify.h"
#include "core/buf.h"
#include "core/mem.h"

#define SETTLE_MS	250	/* a file that is being written or replaced is looked at no sooner */
#define BLIND_MS	1000	/* how often to look where the kernel tells nothing */

struct file {
	char		*path;
	struct notify	*notify;
	struct timer	*look;
	struct buf	 text;		/* the content while up */
	char		*why;		/* while not up; NULL before the first look */
	bool		 up;
	uint64_t	 version;
	void		(*changed)(void *, bool, const char *);
	void		*arg;
};

/* Reads the whole into buf; NULL, or what is wrong, malloc'd. */
static char *
file_read(const char *path, struct buf *buf)
{
	int		 fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat	 st;
	char		*why = NULL;
	ssize_t		 n;

	if (fd == -1)
		return xasprintf("%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1)
		why = xasprintf("%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		why = xasprintf("%s: not a regular file", path);
	while (why == NULL) {
		n = read(fd, buf_reserve(buf, 16384), 16384);
		if (n == 0)
			break;
		if (n == -1)
			why = xasprintf("%s: %s", path, strerror(errno));
		else
			buf_grew(buf, (size_t)n);
		if (buf->len > FILE_MAX_SIZE)
			why = xasprintf("%s: larger than %d KiB", path, FILE_MAX_SIZE / 1024);
	}
	close(fd);
	return why;
}

/* Takes the content; false when it is what it was. */
static bool
file_take(struct file *file, struct buf *text)
{
	bool	same = file->up && text->len == file->text.len &&
	    (text->len == 0 || memcmp(buf_bytes(text), buf_bytes(&file->text), text->len) == 0);

	if (same) {
		buf_free(text);
		return false;
	}
	buf_free(&file->text);
	file->text = *text;
	free(file->why);
	file->why = NULL;
	file->up = true;
	file->version++;
	return true;
}

/* Takes the reason; false when it is what it was. */
static bool
file_fail(struct file *file, char *why)
{
	bool	same = !file->up && file->why != NULL && strcmp(file->why, why) == 0;

	free(file->why);
	file->why = why;
	file->up = false;
	buf_free(&file->text);
	return !same;
}

/* The owner may close the file from within changed(): nothing is touched after it. */
static void
file_look(void *arg)
{
	struct file	*file = arg;
	struct buf	 text = { 0 };
	char		*why;

	notify_renew(file->notify);
	if (notify_blind(file->notify))
		timer_set(file->look, BLIND_MS);
	why = file_read(file->path, &text);
	if (why == NULL) {
		if (file_take(file, &text))
			file->changed(file->arg, true, NULL);
		return;
	}
	buf_free(&text);
	if (file_fail(file, why))
		file->changed(file->arg, false, file->why);
}

static void
file_news(void *arg, enum news news)
{
	struct file	*file = arg;

	if (news == NEWS_NOW)
		timer_set(file->look, 0);
	else if (!timer_running(file->look) || timer_left(file->look) > SETTLE_MS)
		timer_set(file->look, SETTLE_MS);
}

static void *
file_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct file	*file;

	if (settings->port == NULL || *settings->port == '\0') {
		*why = xasprintf("%s wants the path of a file as its port", driver->name);
		return NULL;
	}
	file = xcalloc(1, sizeof *file);
	file->path = xstrdup(settings->port);
	file->changed = changed;
	file->arg = arg;
	file->look = timer_new(loop, file_look, file);
	file->notify = notify_new(loop, file->path, file_news, file);
	timer_set(file->look, 0);
	return file;
}

static void
file_close(void *handle)
{
	struct file	*file = handle;

	notify_free(file->notify);
	timer_free(file->look);
	buf_free(&file->text);
	free(file->why);
	free(file->path);
	free(file);
}

const char *
file_text(struct file *file, size_t *len, const char **why)
{
	if (!file->up) {
		*why = file->why != NULL ? file->why : "not looked at yet";
		return NULL;
	}
	*len = file->text.len;
	return buf_text(&file->text);
}

uint64_t
file_version(const struct file *file)
{
	return file->version;
}

const struct wire_backend file_wire = {
	.wire = WIRE_FILE,
	.name = "file",
	.open = file_open,
	.close = file_close,
};
