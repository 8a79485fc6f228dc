/*
 * The session with the master agent.
 */

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "subagent/places.h"
#include "subagent/session.h"

#define SUBJECT		"agentx"

#define RETRY_FIRST_MS	50
#define RETRY_LAST_MS	800	/* back within a second of the master's return */
#define CHECK_MS	1000	/* how often an open session is looked after */
#define ANSWER_MS	5000	/* the master has this long for an answer */
#define TELL_AGAIN_MS	60000	/* a new reason for the same outage is told this late */

#define READ_LEN	32768	/* answered in one go: a few ms */
#define REGISTER_LEN	65536	/* registrations wait while so much is unsent */
#define OUT_LEN_MAX	(1u << 20)	/* requests are dropped while so much is unsent */

enum state {
	STATE_AWAY,		/* no socket; the timer retries */
	STATE_DIALLING,		/* the socket is on its way */
	STATE_OPENING,		/* Open is sent */
	STATE_OPEN
};

/*
 * Our packet ids say what was asked, so that an answer needs no search: the
 * kind in the upper bits, below it which context and which of its roots.
 */
enum asked { ASKED_OPEN = 1, ASKED_CAPS, ASKED_PING, ASKED_REGISTER, ASKED_NOTIFY };
#define KIND_SHIFT	28
_Static_assert(SESSION_WHICH_MAX == (1u << KIND_SHIFT) - 1, "what may be asked fits below its kind");
#define PLACE_SHIFT	4
#define PLACES_MAX	((1u << (KIND_SHIFT - PLACE_SHIFT)) - SESSION_KEPT_MAX)
_Static_assert(SESSION_ROOTS_MAX <= 1 << PLACE_SHIFT, "a root fits below its context");

struct session {
	struct loop			*loop;
	char				*address;
	const struct session_user	*user;
	void				*arg;

	enum state	 state;
	int		 fd;
	struct io	*io;
	struct timer	*timer;
	struct buf	 in, out;

	uint32_t	 id;			/* h.sessionID, the master's choice */
	uint32_t	 uptime;		/* res.sysUpTime ... */
	int64_t		 uptime_at;		/* ... of this time */
	int64_t		 heard_at;		/* any PDU of the master's */
	int64_t		 answered_at;		/* its last answer, or when we began to wait for one */
	int64_t		 opened_at;
	size_t		 awaited;		/* answers that are due */
	size_t		 dropped;		/* requests, because it did not read */
	int64_t		 retry_ms;

	struct places	 places;
	size_t		 nregistered;		/* places whose registrations were sent */
	size_t		 refused;		/* of this connection's registrations */

	/* What was logged, so that only changes are. */
	bool		 announced;		/* this connection */
	char		*outage;		/* why the master is away */
	int64_t		 outage_at;
	char		*refusal;
};

static void	check(void *);
static void	ready(int, unsigned, void *);

/* -- losing the master ------------------------------------------------------------- */

static void
tell_outage(struct session *session, const char *why)
{
	int64_t now = loop_now(session->loop);
	bool lost = session->announced;

	if (!lost && session->outage != NULL &&
	    (strcmp(session->outage, why) == 0 || now - session->outage_at < TELL_AGAIN_MS)) {
		log_debug(SUBJECT, "no master at %s: %s", session->address, why);
		return;
	}
	free(session->outage);
	session->outage = xstrdup(why);
	session->outage_at = now;
	log_warning(SUBJECT, "%s %s: %s", lost ? "lost master at" : "no master at", session->address, why);
}

static void
hang_up(struct session *session)
{
	io_free(session->io);
	session->io = NULL;
	if (session->fd != -1)
		close(session->fd);
	session->fd = -1;
	buf_free(&session->in);
	buf_free(&session->out);
	session->awaited = session->dropped = session->refused = 0;
	if (session->state == STATE_OPEN && session->user->ended != NULL)
		session->user->ended(session->arg);
	session->state = STATE_AWAY;
}

/* Ends the connection and sets out for the next one. */
static void
lose(struct session *session, const char *why)
{
	/* A master that falls at once, again and again, is not hurried. */
	if (session->state == STATE_OPEN && loop_now(session->loop) - session->opened_at > CHECK_MS)
		session->retry_ms = RETRY_FIRST_MS;
	tell_outage(session, why);
	hang_up(session);
	session->announced = false;
	session->nregistered = 0;
	places_prune(&session->places);		/* nothing is registered any more */
	timer_set(session->timer, session->retry_ms);
	session->retry_ms += session->retry_ms / 8;
	if (session->retry_ms > RETRY_LAST_MS)
		session->retry_ms = RETRY_LAST_MS;
}

/* -- sending ---------------------------------------------------------------------- */

static size_t
ask(struct session *session, enum pdu_type type, enum asked kind, size_t which, const char *context)
{
	const struct pdu head = {
		.type = type, .session = session->id,
		.packet = (uint32_t)kind << KIND_SHIFT | (uint32_t)which,
		.flags = context != NULL && context[0] != '\0' ? PDU_NON_DEFAULT_CONTEXT : 0,
	};

	if (session->awaited++ == 0)
		session->answered_at = loop_now(session->loop);
	return pdu_begin(&session->out, &head, context);
}

static void
ask_open(struct session *session)
{
	const struct oid none = { NULL, 0 };
	size_t begin;

	session->id = 0;
	begin = ask(session, PDU_OPEN, ASKED_OPEN, 0, NULL);
	pdu_put_u8x4(&session->out, 0, 0, 0, 0);	/* the master's own time-out */
	pdu_put_oid(&session->out, none, false);
	pdu_put_octets(&session->out, session->user->description, strlen(session->user->description));
	pdu_end(&session->out, begin);
}

static void
ask_caps(struct session *session)
{
	for (size_t i = 0; i < session->user->nmodules; i++) {
		const struct module *module = &session->user->modules[i];
		size_t begin = ask(session, PDU_ADD_AGENT_CAPS, ASKED_CAPS, i, NULL);

		pdu_put_oid(&session->out, module->id, false);
		pdu_put_octets(&session->out, module->text, strlen(module->text));
		pdu_end(&session->out, begin);
	}
}

static void
ask_ping(struct session *session)
{
	pdu_end(&session->out, ask(session, PDU_PING, ASKED_PING, 0, NULL));
}

static void
ask_register(struct session *session, size_t number)
{
	const char *context = session->places.at[number].name;
	struct oid roots[SESSION_ROOTS_MAX];
	size_t n = session->user->roots(session->arg, context, roots, SESSION_ROOTS_MAX);

	for (size_t i = 0; i < n; i++) {
		size_t begin = ask(session, PDU_REGISTER, ASKED_REGISTER, number << PLACE_SHIFT | i, context);

		/* The default priority, the master's own time-out, no range. */
		pdu_put_u8x4(&session->out, 0, 127, 0, 0);
		pdu_put_oid(&session->out, roots[i], false);
		pdu_end(&session->out, begin);
	}
}

/* All pipelined, but no more at once than the socket takes: a request need not stand behind thousands. */
static void
register_more(struct session *session)
{
	if (session->state != STATE_OPEN)
		return;
	while (session->nregistered < session->places.n && session->out.len < REGISTER_LEN)
		ask_register(session, session->nregistered++);
}

/* As much as the socket takes; the rest when it is ready for more. */
static void
flush(struct session *session)
{
	ssize_t n;

	while (session->out.len > 0) {
		n = send(session->fd, buf_bytes(&session->out), session->out.len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno != EAGAIN && errno != EWOULDBLOCK) {
			lose(session, strerror(errno));
			return;
		}
		if (n == -1)
			break;
		buf_eat(&session->out, (size_t)n);
		register_more(session);
	}
	if (session->out.len == 0 && session->out.room > REGISTER_LEN)
		buf_free(&session->out);
	io_want(session->io, session->out.len > 0 ? IO_READ | IO_WRITE : IO_READ);
}

/* -- answers to us ------------------------------------------------------------------ */

static void
announce(struct session *session)
{
	size_t n;

	if (session->announced || session->awaited > 0 || session->nregistered < session->places.n)
		return;
	session->announced = true;
	free(session->outage);
	session->outage = NULL;
	n = session->places.nwanted;
	log_info(SUBJECT, "connected to master at %s with %zu context%s", session->address, n, n == 1 ? "" : "s");
	if (session->user->up != NULL)
		session->user->up(session->arg);
}

/* The first refusal stands for all; the same one again, at a reconnect, is nothing new. */
static void
refused(struct session *session, const char *what, const char *context, unsigned error)
{
	char *text;

	if (session->refused++ > 0)
		return;
	text = xasprintf("master refuses %s in context \"%s\": %s; the rest is served", what, context,
	    pdu_error_text(error));
	if (session->refusal != NULL && strcmp(session->refusal, text) == 0) {
		free(text);
		return;
	}
	free(session->refusal);
	session->refusal = text;
	log_warning(SUBJECT, "%s", text);
}

static void
opened(struct session *session, const struct pdu *pdu, uint32_t which, unsigned error)
{
	if (session->state != STATE_OPENING)
		return;
	if (error != PDU_OK) {
		lose(session, pdu_error_text(error));
		return;
	}
	session->id = pdu->session;
	session->state = STATE_OPEN;
	session->opened_at = loop_now(session->loop);
	timer_set(session->timer, CHECK_MS);
	ask_caps(session);
	register_more(session);
}

static void
caps_added(struct session *session, const struct pdu *pdu, uint32_t which, unsigned error)
{
	if (error != PDU_OK && which < session->user->nmodules)
		refused(session, session->user->modules[which].text, "", error);
}

static void
pinged(struct session *session, const struct pdu *pdu, uint32_t which, unsigned error)
{
	if (error != PDU_OK)
		lose(session, pdu_error_text(error));
}

/* Another subagent may have it, or the master itself. */
static void
tell_refusal(struct session *session, const char *context, struct oid root, unsigned error)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < root.len; i++)
		buf_printf(&text, "%s%u", i > 0 ? "." : "", root.ids[i]);
	refused(session, buf_text(&text), context, error);
	buf_free(&text);
}

static void
registered(struct session *session, const struct pdu *pdu, uint32_t which, unsigned error)
{
	size_t number = which >> PLACE_SHIFT, root = which & (SESSION_ROOTS_MAX - 1);
	struct oid roots[SESSION_ROOTS_MAX];
	const char *context;

	if (error == PDU_NOT_OPEN) {
		lose(session, pdu_error_text(error));
		return;
	}
	if (number >= session->places.n)
		return;
	context = session->places.at[number].name;
	if (error == PDU_OK && (context[0] != '\0' || session->user->registered == NULL))
		return;
	if (root >= session->user->roots(session->arg, context, roots, SESSION_ROOTS_MAX))
		return;
	if (context[0] == '\0' && session->user->registered != NULL)
		session->user->registered(session->arg, roots[root], error == PDU_OK);
	if (error != PDU_OK)
		tell_refusal(session, context, roots[root], error);
}

static void
notified(struct session *session, const struct pdu *pdu, uint32_t which, unsigned error)
{
	if (error == PDU_NOT_OPEN)
		lose(session, pdu_error_text(error));
	else if (session->user->notified != NULL)
		session->user->notified(session->arg, which, error);
}

static void
answered(struct session *session, const struct pdu *pdu)
{
	static void (*const kinds[])(struct session *, const struct pdu *, uint32_t, unsigned) = {
		[ASKED_OPEN] = opened,
		[ASKED_CAPS] = caps_added,
		[ASKED_PING] = pinged,
		[ASKED_REGISTER] = registered,
		[ASKED_NOTIFY] = notified,
	};
	struct pdu_reader reader = pdu_read(pdu);
	uint32_t uptime = pdu_read_u32(&reader);
	unsigned error = pdu_read_u16(&reader);
	uint32_t kind = pdu->packet >> KIND_SHIFT;

	if (reader.bad || session->awaited == 0 || kind >= nitems(kinds) || kinds[kind] == NULL ||
	    (session->state == STATE_OPEN && pdu->session != session->id)) {
		log_debug(SUBJECT, "an answer to nothing that was asked");
		return;
	}
	session->awaited--;
	session->answered_at = loop_now(session->loop);
	session->uptime = uptime;
	session->uptime_at = loop_now(session->loop);
	kinds[kind](session, pdu, pdu->packet & SESSION_WHICH_MAX, error);
	if (session->state == STATE_OPEN)
		announce(session);
}

/* -- requests ----------------------------------------------------------------------- */

static void
closed(struct session *session, const struct pdu *pdu)
{
	struct pdu_reader reader = pdu_read(pdu);
	unsigned reason = pdu->len >= 4 ? reader.at[0] : 0;
	char *why = xasprintf("closed by the master, %s", pdu_close_text(reason));

	lose(session, why);
	free(why);
}

static void
requested(struct session *session, const struct pdu *pdu)
{
	/*
	 * A master that asks and does not read: it is drained all the same, or
	 * both would wait for each other.
	 */
	if (session->out.len > OUT_LEN_MAX) {
		if (session->dropped++ == 0)
			log_warning(SUBJECT, "master does not read its answers; dropping requests");
		return;
	}
	if (session->state != STATE_OPEN || pdu->session != session->id) {
		pdu_respond_error(&session->out, pdu_respond(&session->out, pdu), PDU_NOT_OPEN, 0);
		return;
	}
	session->user->answer(session->arg, pdu, &session->out);
}

static void
take_pdu(struct session *session, const struct pdu *pdu)
{
	if (pdu->type == PDU_RESPONSE)
		answered(session, pdu);
	else if (pdu->type == PDU_CLOSE)
		closed(session, pdu);
	else
		requested(session, pdu);
}

/* Everything that has come whole is answered, in one write. */
static void
take_all(struct session *session)
{
	enum pdu_framing framing = PDU_WHOLE;
	struct pdu pdu;

	while (session->fd != -1 && session->in.len > 0) {
		framing = pdu_frame(buf_bytes(&session->in), session->in.len, &pdu);
		if (framing != PDU_WHOLE)
			break;
		session->heard_at = loop_now(session->loop);
		take_pdu(session, &pdu);
		if (session->fd != -1)
			buf_eat(&session->in, PDU_HEADER_LEN + pdu.len);
	}
	if (session->fd != -1 && framing == PDU_GARBAGE)
		lose(session, "it does not speak AgentX");
}

/* -- the socket ----------------------------------------------------------------------- */

static void
receive(struct session *session)
{
	uint8_t *room = buf_reserve(&session->in, READ_LEN);
	ssize_t n = recv(session->fd, room, READ_LEN, 0);

	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		lose(session, n == 0 ? "it closed the connection" : strerror(errno));
		return;
	}
	buf_grew(&session->in, (size_t)n);
	take_all(session);
}

/* The socket has arrived, or failed to. */
static void
arrived(struct session *session)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(session->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		lose(session, strerror(error));
		return;
	}
	session->state = STATE_OPENING;
	ask_open(session);
}

static void
ready(int fd, unsigned what, void *arg)
{
	struct session *session = arg;

	if (session->state == STATE_DIALLING)
		arrived(session);
	else if (what & IO_READ)
		receive(session);
	if (session->fd != -1)
		flush(session);
}

static void
set_out(struct session *session)
{
	session->fd = session->user->dial(session->arg);
	if (session->fd == -1) {
		/* a hung master's queue of connections is full */
		lose(session, errno == EAGAIN ? "it takes no connections" : strerror(errno));
		return;
	}
	session->state = STATE_DIALLING;
	session->io = io_new(session->loop, session->fd, IO_WRITE, ready, session);
	timer_set(session->timer, ANSWER_MS);
}

/* The session's clock: when away to set out again, when open to look after it. */
static void
check(void *arg)
{
	struct session *session = arg;
	int64_t now = loop_now(session->loop);

	if (session->state == STATE_AWAY) {
		set_out(session);
		return;
	}
	if (session->state != STATE_OPEN || (session->awaited > 0 && now - session->answered_at >= ANSWER_MS)) {
		lose(session, "it does not answer");
		return;
	}
	if (session->awaited == 0 && now - session->heard_at >= CHECK_MS)
		ask_ping(session);
	timer_set(session->timer, CHECK_MS);
	flush(session);
}

/* -- the outside -------------------------------------------------------------------------- */

struct session *
agentx_session_new(struct loop *loop, const char *address, const struct session_user *user, void *arg)
{
	struct session *session = xcalloc(1, sizeof *session);

	session->loop = loop;
	session->address = xstrdup(address);
	session->user = user;
	session->arg = arg;
	session->fd = -1;
	session->retry_ms = RETRY_FIRST_MS;
	session->timer = timer_new(loop, check, session);
	timer_set(session->timer, 0);
	return session;
}

/* The master is told if its socket takes it at once. */
static void
say_close(struct session *session)
{
	const struct pdu head = { .type = PDU_CLOSE, .session = session->id };
	size_t begin = pdu_begin(&session->out, &head, NULL);

	pdu_put_u8x4(&session->out, PDU_REASON_SHUTDOWN, 0, 0, 0);
	pdu_end(&session->out, begin);
	send(session->fd, buf_bytes(&session->out), session->out.len, MSG_NOSIGNAL);
}

void
agentx_session_free(struct session *session)
{
	if (session == NULL)
		return;
	if (session->state == STATE_OPEN)
		say_close(session);
	hang_up(session);
	timer_free(session->timer);
	places_free(&session->places);
	free(session->outage);
	free(session->refusal);
	free(session->address);
	free(session);
}

bool
agentx_session_serve(struct session *session, const char *const *contexts, size_t n, size_t max)
{
	bool all = true;

	places_want_none(&session->places);
	for (size_t i = 0; i < n; i++)
		all &= places_want(&session->places, contexts[i], max < PLACES_MAX ? max : PLACES_MAX);
	if (session->nregistered == 0)
		places_prune(&session->places);
	else if (session->places.n - session->places.nwanted > SESSION_KEPT_MAX)
		lose(session, "to forget the contexts of devices that are gone");
	register_more(session);
	if (session->state == STATE_OPEN)
		flush(session);
	return all;
}

void
agentx_session_respond(struct session *session, const struct pdu *request, enum pdu_error error, size_t index)
{
	size_t begin;

	if (session->state != STATE_OPEN || request->session != session->id)
		return;
	begin = pdu_respond(&session->out, request);
	if (error == PDU_OK)
		pdu_end(&session->out, begin);
	else
		pdu_respond_error(&session->out, begin, error, index);
	io_want(session->io, IO_READ | IO_WRITE);	/* sent in this turn's place for it */
}

void
agentx_session_notify(struct session *session, uint32_t which, const char *context, const struct buf *varbinds)
{
	size_t begin = ask(session, PDU_NOTIFY, ASKED_NOTIFY, which & SESSION_WHICH_MAX, context);

	buf_put(&session->out, buf_bytes(varbinds), varbinds->len);
	pdu_end(&session->out, begin);
	io_want(session->io, IO_READ | IO_WRITE);	/* sent in this turn's place for it */
}

bool
agentx_session_up(const struct session *session)
{
	return session->announced;
}

uint32_t
agentx_session_uptime(const struct session *session)
{
	return session->uptime + (uint32_t)((loop_now(session->loop) - session->uptime_at) / 10);
}
