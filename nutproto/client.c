/* Connections: one read, one batch of answers, one write. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "core/mem.h"
#include "nutproto/client.h"
#include "nutproto/crowd.h"
#include "nutproto/session.h"
#include "nutproto/transport.h"

#define SHAKES		4	/* steps of handshakes in one turn: each is up to a millisecond of arithmetic */
#define TURN		8	/* batches of SESSION_FULL that one client gets before others have their turn */

#define PROBE_AFTER_S	20	/* without a word from a host: is it there? */
#define PROBE_EVERY_S	10
#define PROBES		3

TAILQ_HEAD(queue, client);

struct client {
	TAILQ_ENTRY(client) entry;
	struct queue	*queue;		/* where it is */
	struct clients	*all;
	struct session	 session;
	struct transport transport;
	struct io	*io;
	int64_t		 active;	/* when a byte last went either way */
	struct buf	 in;		/* come, not answered yet */
	struct buf	 out;		/* answers that the socket does not take yet */
	bool		 busy;		/* there is more to answer in what has come */
	bool		 eof;		/* nothing more will come */
};

struct clients {
	struct desk	*desk;
	struct loop	*loop;
	struct queue	 guests, hosts;	/* hosts are logged in; the longest silent first */
	size_t		 n;
	struct crowd	*crowd;		/* where they are from */
	struct timer	*sweep;
	struct timer	*next_turn;
	unsigned	 shakes;	/* in this turn */
	struct buf	 in, out;	/* of this turn; most clients need no buffers of their own */
};

/* -- life ------------------------------------------------------------------------------- */

static void
drop(struct client *c)
{
	TAILQ_REMOVE(c->queue, c, entry);
	c->all->n--;
	crowd_leave(c->all->crowd, &c->session.from);
	io_free(c->io);
	session_free(&c->session);
	transport_close(&c->transport);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* There are answers that the socket does not take yet. */
static bool
waits(const struct client *c)
{
	return c->out.len > 0 || transport_waits(&c->transport);
}

/* A host whose power is gone says no farewell, and others wait for it to have gone. */
static void
probe(int fd)
{
	const int	 on = 1, idle = PROBE_AFTER_S, every = PROBE_EVERY_S, probes = PROBES;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

/* Something went between us.  Who is logged in is a host. */
static void
touch(struct client *c)
{
	struct queue	*queue = c->session.login.ups != NULL ? &c->all->hosts : &c->all->guests;

	c->active = loop_now(c->all->loop);
	TAILQ_REMOVE(c->queue, c, entry);
	if (queue != c->queue && queue == &c->all->hosts)
		probe(c->transport.fd);
	c->queue = queue;
	TAILQ_INSERT_TAIL(c->queue, c, entry);
}

static bool
was_silent(const struct client *c)
{
	return loop_now(c->all->loop) - c->active >= CLIENT_SILENT_MS;
}

static void
drop_silent(struct client *c)
{
	char	 room[FROM_TEXT_MAX];

	refusals_note(c->all->desk->refusals, REFUSED_SILENT, from_text(&c->session.from, room),
	    c->session.username);
	drop(c);
}

/* Closes who was silent for too long, and comes again when the next one may have been. */
static void
on_sweep(void *arg)
{
	struct clients	*all = arg;
	struct client	*c, *next;
	int64_t		 left = CLIENT_SILENT_MS;

	while ((c = TAILQ_FIRST(&all->guests)) != NULL && was_silent(c))
		drop_silent(c);
	if (c != NULL)
		left = CLIENT_SILENT_MS - (loop_now(all->loop) - c->active);
	for (c = TAILQ_FIRST(&all->hosts); c != NULL && was_silent(c); c = next) {
		next = TAILQ_NEXT(c, entry);
		if (waits(c))
			drop_silent(c);
	}
	if (all->n > 0)
		timer_set(all->sweep, left);
}

/* -- bytes in and out --------------------------------------------------------------------- */

/* Sends from the buffer; what is left stays in it.  false: the client is gone. */
static bool
transmit(struct client *c, struct buf *b)
{
	ssize_t	 n = transport_send(&c->transport, b);

	if (n > 0)
		touch(c);
	return n != -1;
}

/*
 * Answers what has come, until all is answered, the client does not read, or
 * its turn is over.  Returns how many of the bytes are done with; -1: the
 * client is gone.
 */
static ssize_t
answer(struct client *c, char *bytes, size_t len)
{
	struct buf	*out = &c->all->out;
	size_t		 done = 0;
	unsigned	 turn = TURN;

	do {
		buf_clear(out);
		done += session_take(&c->session, len == 0 ? bytes : bytes + done, len - done, out);
		c->busy = out->len >= SESSION_FULL;
		if (!transmit(c, out))
			return -1;
		buf_put(&c->out, buf_bytes(out), out->len);
	} while (c->busy && !waits(c) && --turn > 0);
	return (ssize_t)done;
}

/* Answers what had come before. */
static bool
answer_rest(struct client *c)
{
	ssize_t	 done = answer(c, (char *)buf_bytes(&c->in), c->in.len);

	if (done == -1)
		return false;
	buf_eat(&c->in, (size_t)done);
	if (c->in.len == 0)
		buf_free(&c->in);
	return true;
}

/* Answers what came just now, with nothing waiting before it: in place. */
static bool
answer_new(struct client *c)
{
	struct buf	*in = &c->all->in;
	ssize_t		 done = answer(c, (char *)buf_bytes(in), in->len);

	if (done == -1)
		return false;
	buf_eat(in, (size_t)done);
	buf_put(&c->in, buf_bytes(in), in->len);
	return true;
}

/* -- TLS ------------------------------------------------------------------------------------ */

/* After its OK has gone out in clear.  false: meanwhile a reload has taken the certificate away. */
static bool
start_tls(struct client *c)
{
	if (c->session.tls != SESSION_STARTING || c->transport.tls != NULL)
		return true;
	if (c->all->desk->tls == NULL)
		return false;
	buf_free(&c->in);
	transport_secure(&c->transport, c->all->desk->tls);
	return true;
}

static void
on_next_turn(void *arg)
{
	struct clients	*all = arg;

	all->shakes = 0;
}

/* A flood of handshakes takes turns with everybody else: what is left is ready in the next one still. */
static bool
may_go_on(struct client *c)
{
	struct clients	*all = c->all;

	if (c->session.tls != SESSION_STARTING || c->transport.tls == NULL)
		return true;
	if (all->shakes == SHAKES)
		return false;
	if (all->shakes++ == 0)
		timer_set(all->next_turn, 0);
	return true;
}

/* The first that comes by TLS: the handshake is done. */
static void
recognize(struct client *c)
{
	if (c->session.tls != SESSION_STARTING)
		return;
	c->session.tls = SESSION_SECURE;
	c->session.verified = tls_verified(c->transport.tls);
	c->session.peer = tls_peer(c->transport.tls);
}

static void
tell_failure(struct client *c, const char *why)
{
	char	 room[FROM_TEXT_MAX];
	char	*text = xasprintf("%s (%s)", why, tls_version_name(c->transport.tls));

	refusals_explain(c->all->desk->refusals, REFUSED_HANDSHAKE, from_text(&c->session.from, room), text);
	free(text);
}

/* -- turns ---------------------------------------------------------------------------------- */

static bool
receive(struct client *c)
{
	bool	 waiting = c->in.len > 0;
	ssize_t	 n;

	buf_clear(&c->all->in);
	n = transport_receive(&c->transport, waiting ? &c->in : &c->all->in);
	if (n == -1 && errno == EPROTO)
		tell_failure(c, tls_error(c->transport.tls));
	if (n == -1)
		return errno == EAGAIN;
	if (n == 0 && c->session.tls == SESSION_STARTING && !tls_ready(c->transport.tls))
		tell_failure(c, "the client broke it off");
	c->eof = n == 0 || c->transport.ended;
	if (n == 0)
		return true;
	recognize(c);
	touch(c);
	return waiting ? answer_rest(c) : answer_new(c);
}

static bool
flush(struct client *c)
{
	if (!transmit(c, &c->out))
		return false;
	if (waits(c))
		return true;
	buf_free(&c->out);
	return !c->busy || answer_rest(c);
}

/* What is next, once everything that can be answered now is. */
static void
settle(struct client *c, bool lives)
{
	if (!lives)
		drop(c);
	else if (waits(c) || c->busy)
		io_want(c->io, IO_WRITE);
	else if (session_waits(&c->session))
		io_want(c->io, 0);
	else if (c->eof || c->session.ended || !start_tls(c))
		drop(c);
	else
		io_want(c->io, IO_READ);
}

static void
on_ready(int fd, unsigned what, void *arg)
{
	struct client	*c = arg;

	if (may_go_on(c))
		settle(c, what & IO_WRITE ? flush(c) : receive(c));
}

/* The session waits no more.  It may be its last word. */
static void
on_wake(void *arg)
{
	struct client	*c = arg;

	if (!waits(c))
		settle(c, answer_rest(c));
}

/* -- all of them ---------------------------------------------------------------------------- */

struct clients *
clients_new(struct desk *desk)
{
	struct clients	*all = xcalloc(1, sizeof(*all));

	all->desk = desk;
	all->loop = desk->loop;
	all->crowd = crowd_new();
	TAILQ_INIT(&all->guests);
	TAILQ_INIT(&all->hosts);
	all->sweep = timer_new(all->loop, on_sweep, all);
	all->next_turn = timer_new(all->loop, on_next_turn, all);
	return all;
}

void
clients_free(struct clients *all)
{
	struct client	*c;

	while ((c = TAILQ_FIRST(&all->guests)) != NULL || (c = TAILQ_FIRST(&all->hosts)) != NULL)
		drop(c);
	timer_free(all->sweep);
	timer_free(all->next_turn);
	crowd_free(all->crowd);
	buf_free(&all->in);
	buf_free(&all->out);
	free(all);
}

void
clients_add(struct clients *all, int fd, const struct from *from)
{
	struct client	*c = xcalloc(1, sizeof(*c));

	transport_init(&c->transport, fd);
	c->all = all;
	c->active = loop_now(all->loop);
	session_init(&c->session, all->desk, from, on_wake, c);
	c->io = io_new(all->loop, fd, IO_READ, on_ready, c);
	c->queue = &all->guests;
	TAILQ_INSERT_TAIL(c->queue, c, entry);
	all->n++;
	crowd_join(all->crowd, from);
	if (!timer_running(all->sweep))
		timer_set(all->sweep, CLIENT_SILENT_MS);
}

size_t
clients_count(const struct clients *all)
{
	return all->n;
}

size_t
clients_from(const struct clients *all, const struct from *from)
{
	return crowd_count(all->crowd, from);
}

bool
clients_make_room(struct clients *all, const struct from *from)
{
	struct client	*c;
	char		 room[FROM_TEXT_MAX];

	TAILQ_FOREACH(c, &all->guests, entry) {
		if (loop_now(all->loop) - c->active < CLIENT_IDLE_MS)
			return false;
		if (from == NULL || crowd_same(&c->session.from, from))
			break;
	}
	if (c == NULL)
		return false;
	refusals_note(all->desk->refusals, REFUSED_EVICTED, from_text(&c->session.from, room), NULL);
	drop(c);
	return true;
}
