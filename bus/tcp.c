#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "bus/link.h"
#include "bus/resolve.h"
#include "bus/tcp.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/stream.h"
#include "core/tls.h"

#define CONNECT_MS	10000
#define AGAIN_FIRST_MS	500
#define AGAIN_LAST_MS	15000
#define STEADY_MS	30000	/* a connection that lasted that long was a good one */
#define READ_SIZE	16384	/* a turn: lists of a dozen devices, some 3 ms */
#define BACKLOG_MAX	(512 * 1024)	/* not yet taken by the peer */
#define CA_SIZE_MAX	(1024 * 1024)

/* Of a peer that is silent and asked nothing, the kernel finds out within a minute. */
#define KEEP_IDLE_S	30
#define KEEP_INTERVAL_S	10
#define KEEP_COUNT	3
#define UNTAKEN_MS	20000

struct tcp {
	struct loop	*loop;
	struct stream	*stream;
	struct link_port port;
	int		 fd;			/* -1: closed */
	struct io	*io;
	struct timer	*timer;			/* connects, or gives up connecting */
	struct lookup	*lookup;		/* of the host's name, in progress */
	bool		 up;
	int64_t		 since;			/* ms, of up */
	unsigned	 again_ms, salt;
	struct buf	 out, plain;
	struct tls_context *context;		/* NULL: not needed yet */
	bool		 verify;
	struct tls	*tls;			/* NULL: in the clear */
	bool		 secured;		/* the stream knows that it is there */
	void		(*changed)(void *, bool, const char *);
	void		*arg;
};

/* -- down, and on from there -------------------------------------------------------- */

/* Doubled from loss to loss, and not the same for all: a hundred clients must not come back at once. */
static int64_t
next_delay(struct tcp *t)
{
	int64_t	 ms;

	if (t->up && loop_now(t->loop) - t->since >= STEADY_MS)
		t->again_ms = AGAIN_FIRST_MS;
	ms = t->again_ms;
	t->again_ms = t->again_ms * 2 < AGAIN_LAST_MS ? t->again_ms * 2 : AGAIN_LAST_MS;
	t->salt = t->salt * 1103515245u + 12345u;
	return ms - ms / 4 + (t->salt >> 16) % (unsigned)(ms / 2);
}

static void
close_socket(struct tcp *t)
{
	io_free(t->io);
	t->io = NULL;
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	tls_free(t->tls);
	t->tls = NULL;
	t->secured = false;
	buf_clear(&t->out);
}

static void
lost(struct tcp *t, const char *why)
{
	char	*text = xasprintf("%s:%s: %s", t->port.host, t->port.service, why);

	timer_set(t->timer, next_delay(t));
	close_socket(t);
	t->up = false;
	stream_down(t->stream);
	t->changed(t->arg, false, text);
	free(text);
}

/* -- up -------------------------------------------------------------------------------- */

static void
set_option(int fd, int level, int option, int value)
{
	/* Only makes the best of a connection that works without it as well. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static void
connected(struct tcp *t)
{
	int		 error = 0;
	socklen_t	 len = sizeof(error);

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		lost(t, strerror(error));
		return;
	}
	timer_stop(t->timer);
	io_want(t->io, IO_READ);
	t->up = true;
	t->since = loop_now(t->loop);
	stream_up(t->stream);
	t->changed(t->arg, true, NULL);
}

/* -- TLS --------------------------------------------------------------------------------- */

/* A server that shows no proof is taken as well when nobody said which proof it needs. */
static struct tls_context *
make_context(const char *ca, char **why)
{
	const struct tls_options options = { .ca = ca, .min = TLS_1_2,
	    .verify = ca != NULL ? TLS_VERIFY_PEER : TLS_VERIFY_NONE };
	struct tls_mistake	 mistake;
	struct tls_context	*context = tls_client(&options, &mistake);

	if (context == NULL)
		*why = xasprintf("ca: %s", mistake.text);
	return context;
}

static bool
tcp_secure(void *line)
{
	struct tcp	*t = line;
	char		*why = NULL;

	if (t->context == NULL)
		t->context = make_context(NULL, &why);
	free(why);
	if (t->context == NULL || t->tls != NULL)
		return false;
	t->tls = tls_new(t->context, t->verify ? t->port.host : NULL);
	tls_start(t->tls, &t->out);
	io_want(t->io, IO_READ | IO_WRITE);
	return true;
}

/* False: as with read_some(). */
static bool
take_secret(struct tcp *t, const uint8_t *bytes, size_t len)
{
	enum tls_result	 result = tls_take(t->tls, bytes, len, &t->plain, &t->out);

	if (!t->secured && (tls_ready(t->tls) || result != TLS_FINE)) {
		t->secured = true;
		if (!stream_secured(t->stream, tls_ready(t->tls) ? NULL : tls_error(t->tls)))
			return false;
	}
	if (t->plain.len > 0 && !stream_feed(t->stream, buf_bytes(&t->plain), t->plain.len))
		return false;
	buf_clear(&t->plain);
	if (result != TLS_FINE && tls_ready(t->tls)) {
		lost(t, result == TLS_ENDED ? "the peer closed the connection" : tls_error(t->tls));
		return false;
	}
	return true;
}

/* -- bytes ------------------------------------------------------------------------------- */

/* False: the connection is lost, and nothing of it may be touched any more. */
static bool
read_some(struct tcp *t)
{
	uint8_t	 bytes[READ_SIZE];
	ssize_t	 n = recv(t->fd, bytes, sizeof(bytes), 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		lost(t, n == 0 ? "the peer closed the connection" : strerror(errno));
		return false;
	}
	return t->tls != NULL ? take_secret(t, bytes, (size_t)n) : stream_feed(t->stream, bytes, (size_t)n);
}

static void
write_some(struct tcp *t)
{
	ssize_t	 n;

	if (t->out.len > 0) {
		n = send(t->fd, buf_bytes(&t->out), t->out.len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			lost(t, strerror(errno));
			return;
		}
		if (n > 0)
			buf_eat(&t->out, (size_t)n);
	}
	io_want(t->io, t->out.len > 0 ? IO_READ | IO_WRITE : IO_READ);
}

static void
on_io(int fd, unsigned what, void *arg)
{
	struct tcp	*t = arg;

	if (!t->up) {
		connected(t);
		return;
	}
	if ((what & IO_READ) != 0 && !read_some(t))
		return;
	write_some(t);
}

static void
open_socket(struct tcp *t, const struct link_address *address)
{
	t->fd = socket(address->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd == -1) {
		lost(t, strerror(errno));
		return;
	}
	set_option(t->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(t->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(t->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_option(t->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set_option(t->fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	set_option(t->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNTAKEN_MS);
	if (connect(t->fd, (const struct sockaddr *)&address->sa, address->len) == -1 && errno != EINPROGRESS) {
		lost(t, strerror(errno));
		return;
	}
	t->io = io_new(t->loop, t->fd, IO_WRITE, on_io, t);
	timer_set(t->timer, CONNECT_MS);
}

static void
on_address(void *arg, const char *text, const char *why)
{
	struct tcp		*t = arg;
	struct link_address	 address;

	t->lookup = NULL;
	if (text == NULL)
		lost(t, why);
	else if (link_address_parse(&t->port, text, &address))
		open_socket(t, &address);
	else
		lost(t, "its name has no address of that kind");
}

/* A name is looked up for each connection anew: it may have moved. */
static void
on_timer(void *arg)
{
	struct tcp		*t = arg;
	struct link_address	 address;

	if (t->fd != -1)
		lost(t, "no answer");
	else if (link_address_parse(&t->port, t->port.host, &address))
		open_socket(t, &address);
	else if (resolver_used() == NULL)
		lost(t, "names are not looked up here; use a numeric address");
	else
		t->lookup = resolver_ask(resolver_used(), t->port.host, t->port.family, on_address, t);
}

/* -- what the stream asks for ------------------------------------------------------------- */

static bool
tcp_send(void *line, const void *bytes, size_t len)
{
	struct tcp	*t = line;

	if (t->out.len + len > BACKLOG_MAX)
		return false;
	if (t->tls == NULL)
		buf_put(&t->out, bytes, len);
	else if (!tls_ready(t->tls) || !tls_put(t->tls, bytes, len, &t->out))
		return false;
	io_want(t->io, IO_READ | IO_WRITE);
	return true;
}

static void
tcp_drop(void *line, const char *why)
{
	lost(line, why);
}

static void
tcp_free(void *line)
{
	struct tcp	*t = line;

	lookup_cancel(t->lookup);
	close_socket(t);
	timer_free(t->timer);
	tls_context_free(t->context);
	buf_free(&t->out);
	buf_free(&t->plain);
	free(t);
}

static const struct stream_ops tcp_ops = {
	.send = tcp_send, .drop = tcp_drop, .secure = tcp_secure, .free = tcp_free,
};

/* -- the backend ---------------------------------------------------------------------------- */

static bool
parse_port(const char *text, const char *service, struct link_port *port, char **why)
{
	const char	*rest = strncmp(text, "tcp:", 4) == 0 ? text + 4 : text;

	*port = (struct link_port){ .tcp = true, .family = AF_UNSPEC };
	if (service != NULL)
		snprintf(port->service, sizeof(port->service), "%s", service);
	if (link_port_split(port, rest) && *port->service != '\0')
		return true;
	*why = xasprintf("\"%s\" is no TCP port; \"192.0.2.10:%s\" and \"[2001:db8::1]:%s\" are", text,
	    service != NULL ? service : "4001", service != NULL ? service : "4001");
	return false;
}

static const char *
find_option(const struct device_settings *settings, const char *name)
{
	size_t	 i;

	for (i = 0; i < settings->options.n; i++)
		if (strcmp(settings->options.at[i].name, name) == 0)
			return settings->options.at[i].value;
	return NULL;
}

/* Whom the server's certificate must be from, where the driver's option says so. */
static bool
read_ca(struct tcp *t, const char *path, char **why)
{
	struct buf	 text = { 0 };
	size_t		 n;
	FILE		*f;

	if (path == NULL)
		return true;
	if ((f = fopen(path, "re")) == NULL) {
		*why = xasprintf("ca: %s: %s", path, strerror(errno));
		return false;
	}
	while (text.len <= CA_SIZE_MAX && (n = fread(buf_reserve(&text, 16384), 1, 16384, f)) > 0)
		buf_grew(&text, n);
	if (ferror(f) || text.len > CA_SIZE_MAX)
		*why = xasprintf("ca: %s: %s", path, ferror(f) ? strerror(errno) : "too large");
	else
		t->context = make_context(buf_text(&text), why);
	t->verify = true;
	fclose(f);
	buf_free(&text);
	return t->context != NULL;
}

static void *
tcp_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct link_port port;
	struct tcp	*t;
	const char	*c;

	if (!parse_port(settings->port, driver->service, &port, why))
		return NULL;
	t = xcalloc(1, sizeof(*t));
	*t = (struct tcp){ .loop = loop, .port = port, .fd = -1, .again_ms = AGAIN_FIRST_MS,
	    .changed = changed, .arg = arg };
	if (!read_ca(t, find_option(settings, "ca"), why)) {
		free(t);
		return NULL;
	}
	for (c = settings->name; *c != '\0'; c++)
		t->salt = t->salt * 31 + (unsigned char)*c;
	t->timer = timer_new(loop, on_timer, t);
	timer_set(t->timer, 0);
	return t->stream = stream_new(loop, &tcp_ops, t);
}

static char *
tcp_check(const struct device_settings *settings, const struct driver *driver)
{
	struct link_port port;
	char		*why = NULL;

	return parse_port(settings->port, driver->service, &port, &why) ? NULL : why;
}

static void
tcp_forget(void *handle)
{
	stream_forget(handle);
}

static void
tcp_close(void *handle)
{
	stream_free(handle);
}

const struct wire_backend tcp_wire = {
	.wire = WIRE_STREAM,
	.name = "tcp",
	.open = tcp_open,
	.check = tcp_check,
	.forget = tcp_forget,
	.close = tcp_close,
};
