#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "test/bench/nutload.h"

/*
 * UPGRADING: STARTTLS was sent; SHAKING: its handshake is on the way.
 * PROBING: a connection counts as up only when one NETVER was answered, since
 * the kernel accepts for a server that never does.
 */
enum state { DEAD, CONNECTING, UPGRADING, SHAKING, PROBING, RUNNING };

struct connection {
	struct load	*load;
	int		 fd;
	enum state	 state;
	bool		 wants_write;
	uint64_t	 opened;
	struct question	*questions;	/* a ring of load->depth */
	int		 first, count;
	struct buf	 in, out;	/* in clear */
	struct tls	*tls;		/* NULL: in clear */
	struct buf	 sealed;	/* what leaves when it is not */
};

struct connection *
connection_new(struct load *load)
{
	struct connection	*connection = xcalloc(1, sizeof(*connection));

	connection->load = load;
	connection->fd = -1;
	connection->questions = xcalloc((size_t)load->depth, sizeof(*connection->questions));
	return connection;
}

static void
shut(struct connection *connection)
{
	struct load	*load = connection->load;

	if (connection->state != DEAD && connection->state != RUNNING)
		load->connecting--;
	if (connection->state == RUNNING)
		load->running--;
	connection->state = DEAD;
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	connection->first = connection->count = 0;
	connection->wants_write = false;
	buf_clear(&connection->in);
	buf_clear(&connection->out);
	buf_clear(&connection->sealed);
	tls_free(connection->tls);
	connection->tls = NULL;
}

void
connection_free(struct connection *connection)
{
	shut(connection);
	buf_free(&connection->in);
	buf_free(&connection->out);
	buf_free(&connection->sealed);
	free(connection->questions);
	free(connection);
}

bool
connection_dead(const struct connection *connection)
{
	return connection->state == DEAD;
}

bool
connection_open(struct connection *connection)
{
	struct load		*load = connection->load;
	struct epoll_event	 event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = connection };
	int			 one = 1;

	connection->opened = stats_now();
	connection->fd = socket(load->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
	    (connect(connection->fd, (struct sockaddr *)&load->address, load->address_len) < 0 &&
	    errno != EINPROGRESS)) {
		load_complain(load, "connect: %s", strerror(errno));
		load->refused++;
		shut(connection);
		return false;
	}
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event);
	connection->wants_write = true;
	connection->state = CONNECTING;
	load->connecting++;
	return true;
}

/* The connection is over; a new one takes its place. */
static void
again(struct connection *connection)
{
	shut(connection);
	if (!connection->load->stopping && !connection_open(connection))
		connection->load->dead++;	/* the main loop tries a little later */
}

static void
lost(struct connection *connection, const char *why)
{
	if (!connection->load->stopping) {
		connection->load->closed++;
		load_complain(connection->load, "the server closed a connection (%s)", why);
	}
	again(connection);
}

static void
want_write(struct connection *connection, bool wanted)
{
	struct epoll_event	event = { .events = EPOLLIN, .data.ptr = connection };

	if (connection->wants_write == wanted)
		return;
	connection->wants_write = wanted;
	if (wanted)
		event.events |= EPOLLOUT;
	epoll_ctl(connection->load->epoll, EPOLL_CTL_MOD, connection->fd, &event);
}

/* False: the connection was lost. */
static bool
flush(struct connection *connection)
{
	struct buf	*out = connection->tls != NULL ? &connection->sealed : &connection->out;
	ssize_t		 n;

	if (connection->tls != NULL && connection->out.len > 0 && tls_ready(connection->tls)) {
		tls_put(connection->tls, buf_bytes(&connection->out), connection->out.len, out);
		buf_clear(&connection->out);
	}
	while (out->len > 0) {
		n = send(connection->fd, buf_bytes(out), out->len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			lost(connection, strerror(errno));
			return false;
		}
		connection->load->bytes += (uint64_t)n;
		buf_eat(out, (size_t)n);
	}
	want_write(connection, out->len > 0);
	return true;
}

static enum question_kind
pick(struct load *load)
{
	unsigned	drawn = (unsigned)load_random(load, (int)load->weight);
	int		kind = 0;

	while (drawn >= load->weights[kind])
		drawn -= load->weights[kind++];
	return (enum question_kind)kind;
}

static void
ask(struct connection *connection, uint64_t due)
{
	struct load	*load = connection->load;
	struct question	*question;
	char		 text[QUESTION_MAX];
	int		 device = load_random(load, load->ndevices);

	question = &connection->questions[(connection->first + connection->count++) % load->depth];
	question->kind = pick(load);
	question->device = load->devices[device];
	question->variable = load->variables[load_random(load, load->nvariables)];
	question->expected = question->kind == ASK_LISTUPS ? &load->devices_listed : &load->lines[device];
	question->lines = -1;
	question->user = load->user;
	question->password = load->password;
	question->step = 0;
	question->asked = due != 0 ? due : stats_now();
	buf_put(&connection->out, text, question_print(question, text));
}

bool
connection_ask(struct connection *connection, uint64_t due)
{
	if (connection->state != RUNNING || connection->count == connection->load->depth)
		return false;
	ask(connection, due);
	flush(connection);
	return true;
}

void
connection_fill(struct connection *connection)
{
	if (connection->state != RUNNING)
		return;
	while (connection->load->rate <= 0 && connection->count < connection->load->depth)
		ask(connection, 0);
	flush(connection);
}

static void
begin_running(struct connection *connection)
{
	struct load	*load = connection->load;

	load->connecting--;
	load->running++;
	load->opened++;
	connection->state = RUNNING;
	if (load->cycles) {
		ask(connection, connection->opened);
		flush(connection);
	} else if (load->all_up)
		connection_fill(connection);
}

/* The way is open, in clear or sealed. */
static void
begin_asking(struct connection *connection)
{
	if (connection->load->cycles) {
		begin_running(connection);
		return;
	}
	connection->state = PROBING;
	buf_puts(&connection->out, "NETVER\n");
	flush(connection);
}

static void
connected(struct connection *connection)
{
	struct load	*load = connection->load;
	int		 error = 0;
	socklen_t	 len = sizeof(error);

	getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		load_complain(load, "connect: %s", strerror(error));
		load->refused++;
		again(connection);
	} else if (load->tls != NULL) {
		connection->state = UPGRADING;
		buf_puts(&connection->out, "STARTTLS\n");
		flush(connection);
	} else {
		begin_asking(connection);
	}
}

static void
begin_handshake(struct connection *connection)
{
	connection->state = SHAKING;
	connection->tls = tls_new(connection->load->tls, NULL);
	tls_start(connection->tls, &connection->sealed);
	flush(connection);
}

static void
judge(struct connection *connection, struct question *question, enum verdict verdict, const char *line)
{
	struct load	*load = connection->load;

	switch (verdict) {
	case VERDICT_DONE:
		if (load->measuring)
			stats_add(&load->latency, stats_now() - question->asked);
		return;
	case VERDICT_ERR:
		load->errors++;
		break;
	case VERDICT_SHORT:
		load->shorts++;
		break;
	default:
		load->malformed++;
	}
	load_complain(load, "%s of %s answered: %s", question_name(question->kind), question->device, line);
}

/* One line came.  False: the connection is another one now. */
static bool
take_line(struct connection *connection, const char *line)
{
	struct load	*load = connection->load;
	struct question	*question = &connection->questions[connection->first];
	enum verdict	 verdict;
	char		 text[QUESTION_MAX];

	if (connection->state == UPGRADING) {
		if (strcmp(line, "OK STARTTLS") == 0) {
			begin_handshake(connection);
			return true;
		}
		load->errors++;
		load_complain(load, "STARTTLS: %s", line);
		lost(connection, line);
		return false;
	}
	if (connection->state == PROBING) {
		begin_running(connection);
		return connection->state == RUNNING;
	}
	if (connection->count == 0) {
		load->malformed++;
		load_complain(load, "unasked for: %s", line);
		return true;
	}
	verdict = question_check(question, line);
	if (verdict == VERDICT_MORE)
		return true;
	if (verdict == VERDICT_NEXT) {
		buf_put(&connection->out, text, question_print(question, text));
		return true;
	}
	judge(connection, question, verdict, line);
	connection->first = (connection->first + 1) % load->depth;
	connection->count--;
	if (load->cycles) {
		again(connection);
		return false;
	}
	if (!load->stopping && load->rate <= 0)
		ask(connection, 0);
	return true;
}

static bool
take_lines(struct connection *connection)
{
	struct buf	*in = &connection->in;
	char		*start = (char *)buf_bytes(in), *end = start + in->len, *line = start, *lf;

	while ((lf = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		*lf = '\0';
		if (!take_line(connection, line))
			return false;
		line = lf + 1;
	}
	buf_eat(in, (size_t)(line - start));
	return true;
}

/* False: the server spoke no TLS. */
static bool
unseal(struct connection *connection, const void *bytes, size_t len)
{
	bool	shaking = connection->state == SHAKING;

	if (tls_take(connection->tls, bytes, len, &connection->in, &connection->sealed) == TLS_FAILED) {
		lost(connection, tls_error(connection->tls));
		return false;
	}
	if (shaking && tls_ready(connection->tls))
		begin_asking(connection);
	return true;
}

static void
readable(struct connection *connection)
{
	const size_t	room = 65536;
	struct buf	sealed = { 0 };
	ssize_t		n;

	do {
		struct buf	*in = connection->tls != NULL ? &sealed : &connection->in;

		n = recv(connection->fd, buf_reserve(in, room), room, 0);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			lost(connection, n < 0 ? strerror(errno) : "end of file");
			break;
		}
		connection->load->bytes += (uint64_t)n;
		if (connection->tls == NULL)
			buf_grew(in, (size_t)n);
		else if (!unseal(connection, buf_bytes(&sealed), (size_t)n))
			break;
		if (!take_lines(connection))
			break;
	} while ((size_t)n == room);
	buf_free(&sealed);
	if (connection->out.len + connection->sealed.len > 0)
		flush(connection);
}

void
connection_event(struct connection *connection, unsigned events)
{
	if (connection->state == DEAD)
		return;
	if (connection->state == CONNECTING) {
		if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
			connected(connection);
		return;
	}
	if ((events & EPOLLOUT) && !flush(connection))
		return;
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		readable(connection);
}

uint64_t
connection_oldest(const struct connection *connection)
{
	if (connection->state == DEAD)
		return 0;
	if (connection->load->cycles)
		return connection->opened;
	return connection->count > 0 ? connection->questions[connection->first].asked : 0;
}
