#include "daemon/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/log.h"
#include "core/mem.h"
#include "ctl/session.h"
#include "daemon/members.h"

#define GROUPS_MAX	256	/* of one peer that are looked at */
#define FULL_PAUSE_MS	1000	/* when the process has no descriptor left */

struct control {
	struct session_world world;
	char		*path;
	int		 fd;
	struct io	*io;
	struct timer	*pause;
	struct session	*sessions[CONTROL_CLIENTS_MAX];	/* NULL: free */
	struct members	*members;
	struct refused	 refused;
};

/* -- rights ----------------------------------------------------------------------- */

/* The peer is who it was when it connected. */
static bool
is_member(const struct control *c, int fd)
{
	struct ucred		 peer;
	gid_t			 groups[GROUPS_MAX];
	socklen_t		 len = sizeof peer;
	size_t			 i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	if (peer.uid == geteuid() || members_user(c->members, peer.uid) || members_group(c->members, peer.gid))
		return true;
	len = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return false;
	for (i = 0; i < len / sizeof groups[0]; i++)
		if (members_group(c->members, groups[i]))
			return true;
	return false;
}

static const char *
why_not(void *arg, int fd)
{
	const struct control	*c = arg;

	if (is_member(c, fd))
		return NULL;
	return members_asking(c->members) ? "the users and groups of control are still being looked up; try again" :
	    "you are not among the users and groups of control";
}

static char *
origin_of(int fd)
{
	struct ucred	peer;
	socklen_t	len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return xstrdup("control");
	return xasprintf("control uid %lu", (unsigned long)peer.uid);
}

/* -- clients ------------------------------------------------------------------------ */

static struct session **
place_of(struct control *c, const struct session *session)
{
	size_t	i;

	for (i = 0; i < nitems(c->sessions); i++)
		if (c->sessions[i] == session)
			return &c->sessions[i];
	return NULL;
}

static void
on_gone(struct session *session, void *arg)
{
	*place_of(arg, session) = NULL;
	control_session_free(session);
}

static size_t
places_left(const struct control *c)
{
	size_t	i, n = 0;

	for (i = 0; i < nitems(c->sessions); i++)
		n += c->sessions[i] == NULL;
	return n;
}

/* Those who may only read cannot keep the operator out, however many they are. */
static void
welcome(struct control *c, int fd)
{
	static const char	 full[] = "ERR \"too many clients\"\n";
	struct session		**place = place_of(c, NULL);
	char			*origin;

	if (place == NULL || (places_left(c) <= CONTROL_KEPT && !is_member(c, fd))) {
		(void)send(fd, full, sizeof full - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	origin = origin_of(fd);
	*place = control_session_new(&c->world, fd, origin, why_not, on_gone, c);
	free(origin);
}

static void
on_pause_over(void *arg)
{
	struct control	*c = arg;

	io_want(c->io, IO_READ);
}

static void
on_client(int listening, unsigned what, void *arg)
{
	struct control	*c = arg;
	int		 fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd != -1) {
		welcome(c, fd);
	} else if (errno == EMFILE || errno == ENFILE) {
		log_warning("control", "a client has to wait: %s", strerror(errno));
		io_want(c->io, 0);
		timer_set(c->pause, FULL_PAUSE_MS);
	}
}

/* -- the socket ----------------------------------------------------------------------- */

/* False: somebody answers there. */
static bool
nobody_listens(const struct sockaddr_un *address)
{
	int	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool	answered;

	if (fd == -1)
		return true;
	answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
	close(fd);
	return !answered;
}

/* What a daemon that died left behind is removed; anything else that is there is not. */
static int
listen_on(const char *path, const char **why)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	struct stat		st;
	int			fd;

	if (strlen(path) >= sizeof address.sun_path) {
		*why = "the path is too long for a socket";
		return -1;
	}
	strcpy(address.sun_path, path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (!nobody_listens(&address)) {
			*why = "another busbard runs here";
			return -1;
		}
		unlink(path);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) != -1 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
	    chmod(path, 0666) == 0 && listen(fd, CONTROL_CLIENTS_MAX) == 0)
		return fd;
	*why = strerror(errno);
	if (fd != -1)
		close(fd);
	return -1;
}

struct control *
control_new(struct loop *loop, struct model *model, struct host *host, const char *path,
    int (*resolve)(void *), control_reload *reload, void *arg, struct conf_errors *errors)
{
	struct control	*c;
	const char	*why = NULL;
	int		 fd = listen_on(path, &why);

	if (fd == -1) {
		conf_error(errors, (struct conf_place){ .file = path }, "%s", why);
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->world = (struct session_world){ .loop = loop, .model = model, .host = host,
	    .reload = reload, .reload_arg = arg, .refused = &c->refused };
	c->path = xstrdup(path);
	c->members = members_new(loop, resolve, NULL);
	c->fd = fd;
	c->io = io_new(loop, fd, IO_READ, on_client, c);
	c->pause = timer_new(loop, on_pause_over, c);
	return c;
}

/* A socket file that somebody removed is made again. */
static void
open_again(struct control *c)
{
	struct stat	 st;
	const char	*why = NULL;
	int		 fd;

	if (lstat(c->path, &st) == 0 || errno != ENOENT)
		return;
	if ((fd = listen_on(c->path, &why)) == -1) {
		log_error("control", "%s cannot be made again: %s", c->path, why);
		return;
	}
	io_free(c->io);
	close(c->fd);
	c->fd = fd;
	c->io = io_new(c->world.loop, fd, IO_READ, on_client, c);
	log_info("control", "%s was gone and is made again", c->path);
}

void
control_apply(struct control *c, const struct settings *settings)
{
	open_again(c);
	members_apply(c->members, &settings->control.users, &settings->control.groups);
}

void
control_on_server(struct control *c, const char *(*server)(void *), void *arg)
{
	c->world.server = server;
	c->world.server_arg = arg;
}

void
control_on_denied(struct control *c, void (*denied)(void *, const char *, const char *), void *arg)
{
	c->world.denied = denied;
	c->world.denied_arg = arg;
}

void
control_on_journal(struct control *c, uint64_t (*ask)(void *, const struct journal_ask *),
    void (*forget)(void *, uint64_t), void *arg)
{
	c->world.ask_journal = ask;
	c->world.forget_journal = forget;
	c->world.journal_arg = arg;
}

void
control_free(struct control *c)
{
	size_t	i;

	if (c == NULL)
		return;
	for (i = 0; i < nitems(c->sessions); i++)
		if (c->sessions[i] != NULL)
			control_session_free(c->sessions[i]);
	io_free(c->io);
	timer_free(c->pause);
	unlink(c->path);
	close(c->fd);
	free(c->path);
	members_free(c->members);
	free(c);
}
