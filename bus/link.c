#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/link.h"
#include "core/buf.h"
#include "core/mem.h"

#define READS_A_TURN	16
#define QUEUE_MAX	(4 * LINK_MESSAGE_MAX)	/* not yet taken by a TCP peer */

struct link {
	struct loop	*loop;
	bool		 tcp, up;
	int		 fd;			/* -1: could not be opened */
	struct io	*io;
	struct timer	*timer;			/* says up or down in a turn of its own */
	struct buf	 in, out;		/* TCP only */
	const char	*why;			/* it could not be opened */
	const struct link_events *events;
	void		*arg;
	bool		*freed;			/* set while events are told */
};

/* -- ports -------------------------------------------------------------------------- */

static const struct scheme {
	const char	*prefix;
	bool		 tcp;
	int		 family;
} schemes[] = {
	{ "udp:",	false,	AF_UNSPEC },
	{ "udp4:",	false,	AF_INET },
	{ "udp6:",	false,	AF_INET6 },
	{ "tcp:",	true,	AF_UNSPEC },
	{ "tcp4:",	true,	AF_INET },
	{ "tcp6:",	true,	AF_INET6 },
	{ "",		false,	AF_UNSPEC },
};

static const char *
find_scheme(const char *text, const struct scheme **scheme)
{
	size_t	 i;

	for (i = 0; strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) != 0; i++)
		;
	*scheme = &schemes[i];
	return text + strlen(schemes[i].prefix);
}

static bool
copy_service(struct link_port *port, const char *text)
{
	size_t	 digits = strspn(text, "0123456789");
	long	 n = digits > 0 && digits < sizeof(port->service) ? strtol(text, NULL, 10) : 0;

	if (text[digits] != '\0' || n < 1 || n > 65535)
		return false;
	snprintf(port->service, sizeof(port->service), "%ld", n);
	return true;
}

/* HOST, HOST:PORT, [V6], [V6]:PORT, or V6 alone */
bool
link_port_split(struct link_port *port, const char *text)
{
	const char	*host = text, *end, *colon = strrchr(text, ':');
	size_t		 len;

	if (*text == '[') {
		host = text + 1;
		if ((end = strchr(host, ']')) == NULL || (end[1] != ':' && end[1] != '\0'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else {
		if (colon != NULL && strchr(text, ':') != colon)
			colon = NULL;
		end = colon != NULL ? colon : text + strlen(text);
	}
	len = (size_t)(end - host);
	if (len == 0 || len >= sizeof(port->host))
		return false;
	memcpy(port->host, host, len);
	port->host[len] = '\0';
	return colon == NULL || copy_service(port, colon + 1);
}

bool
link_port_parse(const char *text, struct link_port *port, char **why)
{
	const struct scheme	*scheme;
	const char		*rest = find_scheme(text, &scheme);
	size_t			 len;

	*port = (struct link_port){ .tcp = scheme->tcp, .family = scheme->family, .service = "161" };
	if (link_port_split(port, rest)) {
		len = strspn(port->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%");
		if (port->host[len] == '\0')
			return true;
	}
	*why = xasprintf("\"%s\" is no SNMP port; \"udp:192.0.2.10:161\", \"udp6:[2001:db8::1]:161\", "
	    "\"tcp:HOST:161\" and \"replay:FILE\" are", text);
	return false;
}

bool
link_address_parse(const struct link_port *port, const char *host, struct link_address *address)
{
	struct addrinfo	 hints = { .ai_family = port->family, .ai_socktype = port->tcp ? SOCK_STREAM : SOCK_DGRAM,
			    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo	*found;

	if (getaddrinfo(host, port->service, &hints, &found) != 0)
		return false;
	memcpy(&address->sa, found->ai_addr, found->ai_addrlen);
	address->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* -- telling: the link may be freed by whoever is told --------------------------------- */

static bool
tell_message(struct link *l, const uint8_t *bytes, size_t len)
{
	bool	 freed = false;

	l->freed = &freed;
	l->events->message(l->arg, bytes, len);
	if (!freed)
		l->freed = NULL;
	return !freed;
}

static bool
tell_unreached(struct link *l, int error)
{
	bool	 freed = false;

	l->freed = &freed;
	l->events->unreached(l->arg, strerror(error));
	if (!freed)
		l->freed = NULL;
	return !freed;
}

static void
broken(struct link *l, const char *why)
{
	io_free(l->io);
	l->io = NULL;
	l->up = false;
	l->events->down(l->arg, why);
}

/* -- datagrams -------------------------------------------------------------------------- */

static bool
transient(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void
read_datagrams(struct link *l)
{
	uint8_t	 bytes[LINK_MESSAGE_MAX];
	ssize_t	 n;
	int	 i;

	for (i = 0; i < READS_A_TURN; i++) {
		n = recv(l->fd, bytes, sizeof(bytes), 0);
		if (n == -1 && transient(errno))
			return;
		if (n == -1 ? !tell_unreached(l, errno) : !tell_message(l, bytes, (size_t)n))
			return;
	}
}

/* -- a stream ------------------------------------------------------------------------------ */

ssize_t
link_frame(const uint8_t *p, size_t len)
{
	size_t	 octets, size = 0, i;

	if (len < 1)
		return 0;
	if (p[0] != 0x30)
		return -1;
	if (len < 2)
		return 0;
	if (p[1] < 0x80)
		return 2 + p[1];
	octets = p[1] & 0x7f;
	if (octets == 0 || octets > 4)
		return -1;
	if (len < 2 + octets)
		return 0;
	for (i = 0; i < octets; i++)
		size = size << 8 | p[2 + i];
	size += 2 + octets;
	return size <= LINK_MESSAGE_MAX ? (ssize_t)size : -1;
}

static void
read_stream(struct link *l)
{
	ssize_t	 n, frame;

	n = recv(l->fd, buf_reserve(&l->in, 4096), 4096, 0);
	if (n == -1 && transient(errno))
		return;
	if (n <= 0) {
		broken(l, n == 0 ? "the agent closed the connection" : strerror(errno));
		return;
	}
	buf_grew(&l->in, (size_t)n);
	while ((frame = link_frame(buf_bytes(&l->in), l->in.len)) > 0 && (size_t)frame <= l->in.len) {
		if (!tell_message(l, buf_bytes(&l->in), (size_t)frame))
			return;
		buf_eat(&l->in, (size_t)frame);
	}
	if (frame < 0)
		broken(l, "the agent sends what is no SNMP message");
}

static void
write_stream(struct link *l)
{
	ssize_t	 n;

	if (l->out.len > 0) {
		n = send(l->fd, buf_bytes(&l->out), l->out.len, MSG_NOSIGNAL);
		if (n == -1 && !transient(errno)) {
			broken(l, strerror(errno));
			return;
		}
		if (n > 0)
			buf_eat(&l->out, (size_t)n);
	}
	io_want(l->io, IO_READ | (l->out.len > 0 ? IO_WRITE : 0));
}

static void
connected(struct link *l)
{
	int		 error = 0;
	socklen_t	 len = sizeof(error);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		broken(l, strerror(error));
		return;
	}
	l->up = true;
	io_want(l->io, IO_READ);
	l->events->up(l->arg);
}

/* -- both ------------------------------------------------------------------------------------- */

static void
on_io(int fd, unsigned what, void *arg)
{
	struct link	*l = arg;

	if (!l->tcp)
		read_datagrams(l);
	else if (!l->up)
		connected(l);
	else if (what & IO_WRITE)
		write_stream(l);
	else
		read_stream(l);
}

static void
on_timer(void *arg)
{
	struct link	*l = arg;

	if (l->why != NULL) {
		broken(l, l->why);
		return;
	}
	l->up = true;
	l->events->up(l->arg);
}

bool
link_send(struct link *l, const uint8_t *bytes, size_t len)
{
	if (len > LINK_MESSAGE_MAX)
		return false;
	if (!l->up)
		return true;
	if (!l->tcp)
		return send(l->fd, bytes, len, MSG_NOSIGNAL) != -1 || errno != EMSGSIZE;
	if (l->out.len + len <= QUEUE_MAX)
		buf_put(&l->out, bytes, len);
	io_want(l->io, IO_READ | IO_WRITE);
	return true;
}

static void
open_socket(struct link *l, const struct link_address *address)
{
	int	 type = (l->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;

	if ((l->fd = socket(address->sa.ss_family, type, 0)) == -1) {
		l->why = strerror(errno);
		return;
	}
	if (connect(l->fd, (const struct sockaddr *)&address->sa, address->len) == -1 && errno != EINPROGRESS) {
		l->why = strerror(errno);
		return;
	}
	l->io = io_new(l->loop, l->fd, l->tcp ? IO_WRITE : IO_READ, on_io, l);
}

struct link *
link_new(struct loop *loop, bool tcp, const struct link_address *address, const struct link_events *events, void *arg)
{
	struct link	*l = xcalloc(1, sizeof(*l));

	*l = (struct link){ .loop = loop, .tcp = tcp, .fd = -1, .events = events, .arg = arg };
	l->timer = timer_new(loop, on_timer, l);
	open_socket(l, address);
	if (!tcp || l->why != NULL)
		timer_set(l->timer, 0);
	return l;
}

void
link_free(struct link *l)
{
	if (l == NULL)
		return;
	if (l->freed != NULL)
		*l->freed = true;
	io_free(l->io);
	timer_free(l->timer);
	buf_free(&l->in);
	buf_free(&l->out);
	if (l->fd != -1)
		close(l->fd);
	free(l);
}
