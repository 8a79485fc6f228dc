/* The nut role: who may connect, and how many. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "nutproto/client.h"

#define ACCEPT_TURN	512	/* connections taken before others have their turn */
#define PAUSE_MS	200	/* without accepting, when the system has no descriptors left */

struct server {
	struct loop	*loop;
	const struct nut_settings *settings;
	struct upses	*upses;
	struct clients	*clients;
	struct io	**ports;
	size_t		 nports;
	struct timer	*pause;
	bool		 full, starved;		/* said in the log */
};

/* -- accepting ------------------------------------------------------------------------- */

static bool
allowed(const struct server *s, const struct sockaddr_storage *from)
{
	const struct sockaddr_in	*v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6	*v6 = (const struct sockaddr_in6 *)from;

	if (from->ss_family == AF_INET)
		return networks_have(&s->settings->allow, (const uint8_t *)&v4->sin_addr, false);
	return from->ss_family == AF_INET6 &&
	    networks_have(&s->settings->allow, v6->sin6_addr.s6_addr, true);
}

/* Whether there is room for one more, perhaps in the place of an idle client. */
static bool
has_room(struct server *s)
{
	size_t	 n = clients_count(s->clients), most = s->settings->max_connections;

	if (n < most) {
		s->full = s->full && n > most - most / 8;
		return true;
	}
	if (clients_make_room(s->clients))
		return true;
	if (!s->full)
		log_warning("nut", "all of max-connections = %zu are in use; refusing further clients", most);
	s->full = true;
	return false;
}

static void
admit(struct server *s, int fd, const struct sockaddr_storage *from)
{
	if (allowed(s, from) && has_room(s))
		clients_add(s->clients, fd);
	else
		close(fd);
}

static void
pause_ports(struct server *s, bool paused)
{
	size_t	 i;

	for (i = 0; i < s->nports; i++)
		io_want(s->ports[i], paused ? 0 : IO_READ);
}

static void
on_pause_over(void *arg)
{
	pause_ports(arg, false);
}

/* Whether to go on accepting after accept(2) failed. */
static bool
survive(struct server *s, int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return false;
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		return true;		/* that connection is gone; the next may be well */
	if (clients_make_room(s->clients))
		return true;
	if (!s->starved)
		log_warning("nut", "cannot accept clients: %s", strerror(error));
	s->starved = true;
	pause_ports(s, true);
	timer_set(s->pause, PAUSE_MS);
	return false;
}

static void
on_connect(int port, unsigned what, void *arg)
{
	struct server		*s = arg;
	struct sockaddr_storage	 from;
	socklen_t		 len;
	unsigned		 i;
	int			 fd;

	for (i = 0; i < ACCEPT_TURN; i++) {
		len = sizeof(from);
		fd = accept4(port, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			s->starved = false;
			admit(s, fd, &from);
		} else if (!survive(s, errno)) {
			return;
		}
	}
}

/* -- the role --------------------------------------------------------------------------- */

static void
close_ports(struct server *s)
{
	while (s->nports > 0)
		io_free(s->ports[--s->nports]);
	free(s->ports);
	s->ports = NULL;
	timer_stop(s->pause);
}

static void
open_ports(struct server *s, const struct publish *p)
{
	size_t	 i;
	int	 fd;

	s->settings = &p->settings->nut;
	s->ports = xcalloc(p->nlisteners, sizeof(*s->ports));
	for (i = 0; i < p->nlisteners; i++) {
		fd = p->listeners[i].fd;
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		s->ports[s->nports++] = io_new(s->loop, fd, IO_READ, on_connect, s);
	}
}

static void *
start(const struct publish *p)
{
	struct server	*s = xcalloc(1, sizeof(*s));

	s->loop = p->loop;
	s->upses = upses_new(p->model);
	s->clients = clients_new(p->loop, s->upses);
	s->pause = timer_new(p->loop, on_pause_over, s);
	open_ports(s, p);
	return s;
}

/* Clients that are there stay, even where they could not come in any more. */
static void
reload(void *state, const struct publish *p)
{
	close_ports(state);
	open_ports(state, p);
}

static void
stop(void *state)
{
	struct server	*s = state;

	close_ports(s);
	timer_free(s->pause);
	clients_free(s->clients);
	upses_free(s->upses);
	free(s);
}

const struct publisher nut_publisher = {
	.name = "nut",
	.start = start,
	.reload = reload,
	.stop = stop
};
