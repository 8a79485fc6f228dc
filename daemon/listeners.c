#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "daemon/listeners.h"

#define RETRY_MS	2000
#define BACKLOG		4096	/* the kernel cuts it to net.core.somaxconn */

struct socket {
	char	*address;
	int	 fd;			/* -1: not yet */
	bool	 wanted, told;
};

struct listeners {
	struct socket	*sockets;
	size_t		 n, room;
	struct listener	*open;
	size_t		 nopen;
	struct timer	*retry;
	void		(*changed)(void *);
	void		*arg;
};

/* -- one socket -------------------------------------------------------------------- */

/* "127.0.0.1:3493" or "[::1]:3493"; NULL with errno or a message. */
static struct addrinfo *
parse_address(const char *address, const char **why)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo	*found = NULL;
	char		*copy = xstrdup(address), *host = copy, *port = strrchr(copy, ':');
	int		 e = EAI_NONAME;

	if (port != NULL) {
		*port++ = '\0';
		if (*host == '[' && host[strlen(host) - 1] == ']') {
			host[strlen(host) - 1] = '\0';
			host++;
		}
		e = getaddrinfo(*host == '*' || *host == '\0' ? NULL : host, port, &hints, &found);
	}
	free(copy);
	if (e != 0)
		*why = gai_strerror(e);
	return e == 0 ? found : NULL;
}

static int
listen_on(const struct addrinfo *a)
{
	int	 fd, on = 1;

	if ((fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

/* True when it is open now and was not before. */
static bool
try_open(struct socket *s)
{
	const char	*why = NULL;
	struct addrinfo	*a = parse_address(s->address, &why);

	if (a != NULL && (s->fd = listen_on(a)) == -1)
		why = strerror(errno);
	if (a != NULL)
		freeaddrinfo(a);
	if (s->fd != -1) {
		log_info("nut", "listening on %s", s->address);
		return true;
	}
	if (!s->told)
		log_error("nut", "cannot listen on %s: %s; trying again", s->address, why);
	s->told = true;
	return false;
}

/* -- all of them ---------------------------------------------------------------------- */

static void
close_unwanted(struct listeners *l)
{
	size_t	 i;

	for (i = l->n; i-- > 0;) {
		struct socket	*s = &l->sockets[i];

		if (s->wanted)
			continue;
		if (s->fd != -1) {
			close(s->fd);
			log_info("nut", "no longer listening on %s", s->address);
		}
		free(s->address);
		memmove(s, s + 1, (--l->n - i) * sizeof(*s));
	}
}

static bool
open_missing(struct listeners *l)
{
	bool	 any = false, missing = false;
	size_t	 i;

	for (i = 0; i < l->n; i++) {
		if (l->sockets[i].fd == -1)
			any |= try_open(&l->sockets[i]);
		missing |= l->sockets[i].fd == -1;
	}
	if (missing)
		timer_set(l->retry, RETRY_MS);
	else
		timer_stop(l->retry);
	return any;
}

static void
list_open(struct listeners *l)
{
	size_t	 i;

	free(l->open);
	l->open = xcalloc(l->n, sizeof(*l->open));
	l->nopen = 0;
	for (i = 0; i < l->n; i++)
		if (l->sockets[i].fd != -1)
			l->open[l->nopen++] = (struct listener){ l->sockets[i].fd, l->sockets[i].address };
}

static void
on_retry(void *arg)
{
	struct listeners	*l = arg;

	if (!open_missing(l))
		return;
	list_open(l);
	l->changed(l->arg);
}

static void
want(struct listeners *l, const char *address)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->sockets[i].address, address) == 0) {
			l->sockets[i].wanted = true;
			return;
		}
	l->sockets = array_room(l->sockets, l->n, &l->room, sizeof(*l->sockets));
	l->sockets[l->n++] = (struct socket){ .address = xstrdup(address), .fd = -1, .wanted = true };
}

struct listeners *
listeners_new(struct loop *loop, void (*changed)(void *), void *arg)
{
	struct listeners	*l = xcalloc(1, sizeof(*l));

	l->changed = changed;
	l->arg = arg;
	l->retry = timer_new(loop, on_retry, l);
	return l;
}

void
listeners_apply(struct listeners *l, const struct strings *addresses)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		l->sockets[i].wanted = false;
	for (i = 0; i < addresses->n; i++)
		want(l, addresses->at[i]);
	close_unwanted(l);
	open_missing(l);
	list_open(l);
}

void
listeners_free(struct listeners *l)
{
	static const struct strings	 none;

	if (l == NULL)
		return;
	listeners_apply(l, &none);
	timer_free(l->retry);
	free(l->sockets);
	free(l->open);
	free(l);
}

const struct listener *
listeners_now(const struct listeners *l, size_t *n)
{
	*n = l->nopen;
	return l->open;
}
