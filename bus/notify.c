#include "bus/notify.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

#define NOW_MASK	(IN_CLOSE_WRITE | IN_MOVED_TO)
#define LOST_MASK	(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)
#define FOLDER_MASK	(NOW_MASK | IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | \
			    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define TARGET_MASK	(IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

/* The inotify instance of a loop. */
struct notifier {
	struct loop	*loop;
	int		 fd;		/* -1: the kernel gave none */
	struct io	*io;
	struct notify	*first;		/* its users; freed with the last one */
	struct notifier	*next;
};

struct notify {
	struct notifier	*notifier;
	char		*path, *folder;
	const char	*name;		/* in path */
	int		 folder_wd;	/* of the folder, or of the deepest one above it that exists; -1: none */
	bool		 deep;		/* folder_wd is that of the folder itself */
	int		 target_wd;	/* of what path links to; -1: it is no link */
	notify_fn	*fn;
	void		*arg;
	struct notify	*next;
};

/* One for each loop that has any: the only way to share it, since a wire knows no other wire. */
static struct notifier	*notifiers;

static bool
notify_uses(const struct notify *n, int wd)
{
	return n->folder_wd == wd || n->target_wd == wd;
}

static void
notify_event(struct notify *n, const struct inotify_event *event)
{
	bool	ours = event->len == 0 || strcmp(event->name, n->name) == 0;

	if (event->mask & IN_Q_OVERFLOW) {
		n->fn(n->arg, NEWS_NOW);
		return;
	}
	if (!notify_uses(n, event->wd))
		return;
	if (event->mask & LOST_MASK) {
		if (event->wd == n->target_wd)
			n->target_wd = -1;
		else
			n->folder_wd = -1;
		n->fn(n->arg, NEWS_SOON);
		return;
	}
	/* Another entry matters where it may be a folder on the way, or a link that ours goes through. */
	if (ours || !n->deep || n->target_wd != -1)
		n->fn(n->arg, event->mask & NOW_MASK ? NEWS_NOW : NEWS_SOON);
}

static void
notifier_readable(int fd, unsigned what, void *arg)
{
	struct notifier	*notifier = arg;
	char		 room[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)]
			    __attribute__((__aligned__(__alignof__(struct inotify_event))));
	ssize_t		 len = read(fd, room, sizeof room);
	const char	*at;
	struct notify	*n;

	for (at = room; len > 0 && at < room + len; ) {
		const struct inotify_event	*event = (const void *)at;

		for (n = notifier->first; n != NULL; n = n->next)
			notify_event(n, event);
		at += sizeof *event + event->len;
	}
}

static struct notifier *
notifier_get(struct loop *loop)
{
	struct notifier	*notifier;

	for (notifier = notifiers; notifier != NULL; notifier = notifier->next)
		if (notifier->loop == loop)
			return notifier;
	notifier = xcalloc(1, sizeof *notifier);
	notifier->loop = loop;
	notifier->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (notifier->fd != -1)
		notifier->io = io_new(loop, notifier->fd, IO_READ, notifier_readable, notifier);
	notifier->next = notifiers;
	notifiers = notifier;
	return notifier;
}

static void
notifier_free(struct notifier *notifier)
{
	struct notifier	**at;

	for (at = &notifiers; *at != notifier; at = &(*at)->next)
		;
	*at = notifier->next;
	io_free(notifier->io);
	if (notifier->fd != -1)
		close(notifier->fd);
	free(notifier);
}

/* Gives a watch back that nobody else has: the kernel gives one watch for one inode. */
static void
notify_leave(struct notify *n, int *wd)
{
	const struct notify	*other;
	int			 old = *wd;

	*wd = -1;
	if (old == -1)
		return;
	for (other = n->notifier->first; other != NULL; other = other->next)
		if (notify_uses(other, old))
			return;
	inotify_rm_watch(n->notifier->fd, old);
}

static void
notify_take(struct notify *n, int *wd, int got)
{
	if (got != *wd)
		notify_leave(n, wd);
	*wd = got;
}

/* "a/b" becomes "a", "a" becomes ".", "/a" becomes "/".  False: there is nothing above. */
static bool
path_up(char *path)
{
	char	*slash = strrchr(path, '/');

	if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
		return false;
	if (slash == NULL)
		strcpy(path, ".");	/* a path is at least one byte long */
	else if (slash == path)
		path[1] = '\0';
	else
		*slash = '\0';
	return true;
}

/* Watches the folder, or the deepest one above it that is there. */
static void
notify_watch_folder(struct notify *n)
{
	char	*path = xstrdup(n->folder);
	int	 got;

	n->deep = true;
	while ((got = inotify_add_watch(n->notifier->fd, path, FOLDER_MASK)) == -1 &&
	    (errno == ENOENT || errno == ENOTDIR) && path_up(path))
		n->deep = false;
	notify_take(n, &n->folder_wd, got);
	free(path);
}

static void
notify_watch_target(struct notify *n)
{
	struct stat	st;
	int		got = -1;

	if (lstat(n->path, &st) == 0 && S_ISLNK(st.st_mode))
		got = inotify_add_watch(n->notifier->fd, n->path, TARGET_MASK);
	notify_take(n, &n->target_wd, got);
}

void
notify_renew(struct notify *n)
{
	struct stat	st;
	int		tries;

	if (n->notifier->fd == -1)
		return;
	/* A folder may come between the look for it and the watch above it. */
	for (tries = 0; tries < 8 && (n->folder_wd == -1 || !n->deep); tries++) {
		notify_watch_folder(n);
		if (!n->deep && stat(n->folder, &st) != 0)
			break;
	}
	notify_watch_target(n);
}

bool
notify_blind(const struct notify *n)
{
	return n->folder_wd == -1;
}

struct notify *
notify_new(struct loop *loop, const char *path, notify_fn *fn, void *arg)
{
	struct notify	*n = xcalloc(1, sizeof *n);
	const char	*slash = strrchr(path, '/');

	n->notifier = notifier_get(loop);
	n->path = xstrdup(path);
	n->folder = xstrdup(path);
	path_up(n->folder);
	n->name = n->path + (slash == NULL ? 0 : slash + 1 - path);
	n->folder_wd = n->target_wd = -1;
	n->fn = fn;
	n->arg = arg;
	n->next = n->notifier->first;
	n->notifier->first = n;
	return n;
}

void
notify_free(struct notify *n)
{
	struct notify	**at;

	if (n == NULL)
		return;
	for (at = &n->notifier->first; *at != n; at = &(*at)->next)
		;
	*at = n->next;
	notify_leave(n, &n->folder_wd);
	notify_leave(n, &n->target_wd);
	if (n->notifier->first == NULL)
		notifier_free(n->notifier);
	free(n->path);
	free(n->folder);
	free(n);
}
