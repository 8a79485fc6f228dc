#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/line.h"
#include "core/log.h"
#include "core/mem.h"
#include "ctl/session-inside.h"
#include "ctl/words.h"

/* -- saying ---------------------------------------------------------------------- */

void
session_say(struct session *s, const char *record, ...)
{
	const char	*word;
	va_list		 ap;

	buf_puts(&s->out, record);
	va_start(ap, record);
	while ((word = va_arg(ap, const char *)) != NULL) {
		buf_putc(&s->out, ' ');
		line_quote(&s->out, word);
	}
	va_end(ap);
	buf_putc(&s->out, '\n');
}

void
session_ok(struct session *s)
{
	buf_puts(&s->out, "OK\n");
}

void
session_error(struct session *s, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	session_say(s, "ERR", text, NULL);
	free(text);
}

struct device *
session_device(struct session *s, const char *name)
{
	struct device	*device = model_find(s->world->model, name, strlen(name));

	if (device == NULL)
		session_error(s, "no device %s", name);
	return device;
}

const char *
session_link(const struct session *s, const struct device *device)
{
	static const char *const words[] = {
		[DEVICE_WAITING] = "waiting", [DEVICE_FRESH] = "ok", [DEVICE_STALE] = "stale",
	};

	if (s->world->host == NULL)
		return words[device_state(device)];
	return host_link_text(s->world->host, device);
}

/* -- the line -------------------------------------------------------------------------------- */

static const struct question {
	const char	*verb;
	size_t		 least, most;	/* words, the verb included */
	bool		 changes;	/* needs the right to */
	session_question *ask;
} questions[] = {
	{ "LIST",	1, 1, false, session_ask_list },
	{ "SHOW",	2, 2, false, session_ask_show },
	{ "WATCH",	1, 2, false, session_ask_watch },
	{ "RUN",	4, 5, true, session_ask_run },
	{ "SET",	5, 5, true, session_ask_set },
	{ "FSD",	3, 3, true, session_ask_fsd },
	{ "VIEW",	2, 2, false, session_ask_view },
	{ "RELOAD",	1, 1, true, session_ask_reload },
	{ "SERVER",	1, 1, false, session_ask_server },
	{ "EVENTS",	2, 3, false, session_ask_events },
};

static void
deny(struct session *s, const char **words, size_t n, const char *why)
{
	const struct session_world	*w = s->world;
	char				*more, *text;

	session_error(s, "%s: %s", result_text(R_DENIED), why);
	if (w->refused == NULL || !refused_note(w->refused, loop_now(w->loop)))
		return;
	more = refused_more(w->refused);
	text = xasprintf("may not change anything: %s%s%s%s%s refused%s", words[0], n > 1 ? " " : "",
	    n > 1 ? words[1] : "", n > 2 ? " " : "", n > 2 ? words[2] : "", more);
	log_warning("control", "%s %s", s->origin, text);
	if (w->denied != NULL)
		w->denied(w->denied_arg, s->origin, text);
	free(text);
	free(more);
}

static void
take_question(struct session *s, const char **words, size_t n)
{
	const char	*why;
	size_t		 i;

	for (i = 0; i < nitems(questions); i++)
		if (strcmp(questions[i].verb, words[0]) == 0)
			break;
	if (i == nitems(questions))
		session_error(s, "not a question for this daemon: %s", words[0]);
	else if (n < questions[i].least || n > questions[i].most)
		session_error(s, "%s with %zu words", words[0], n);
	else if (questions[i].changes && (why = s->rights(s->arg, s->fd)) != NULL)
		deny(s, words, n, why);
	else
		questions[i].ask(s, words, n);
}

/* False: no whole line is there. */
static bool
take_line(struct session *s)
{
	size_t		 len = line_length((char *)buf_bytes(&s->in), s->in.len), n;
	const char	*words[WORDS_MAX];

	if (len == 0 && s->in.len < WORDS_LINE_MAX)
		return false;
	if (len == 0 || len > WORDS_LINE_MAX) {
		session_error(s, "a line of more than %d bytes", WORDS_LINE_MAX);
		s->closing = true;
		return false;
	}
	n = line_split((char *)buf_bytes(&s->in), len - 1, words, nitems(words));
	if (n > nitems(words))
		session_error(s, "too many words");
	else if (n > 0)
		take_question(s, words, n);
	buf_eat(&s->in, len);
	return true;
}

/* -- bytes --------------------------------------------------------------------------------------- */

/* False: the connection is broken. */
static bool
write_out(struct session *s)
{
	ssize_t	n;

	while (s->out.len > 0) {
		n = send(s->fd, buf_bytes(&s->out), s->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1)
			return errno == EAGAIN || errno == EINTR;
		buf_eat(&s->out, (size_t)n);
		timer_stop(s->idle);
	}
	return true;
}

static bool
read_in(struct session *s)
{
	ssize_t	n = recv(s->fd, buf_reserve(&s->in, 4096), 4096, MSG_DONTWAIT);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	s->eof |= n == 0;
	buf_grew(&s->in, (size_t)n);
	return true;
}

static unsigned
wanted(const struct session *s)
{
	bool	read = !s->eof && !s->closing && s->in.len < WORDS_LINE_MAX;

	return (read ? IO_READ : 0) | (s->out.len > 0 ? IO_WRITE : 0);
}

static bool
over(const struct session *s)
{
	if (s->watch != NULL)
		return s->eof;
	return s->out.len == 0 && !s->waiting && (s->closing || s->eof);
}

/* False: the connection is broken. */
static bool
answer_all(struct session *s)
{
	do {
		if (!write_out(s))
			return false;
		if (s->out.len == 0 && s->step)
			session_next_step(s);
	} while (s->out.len == 0 && !s->waiting && !s->closing && s->watch == NULL && take_line(s));
	return write_out(s);
}

/* Answers what can be answered; ends the session when it is over. */
void
session_go_on(struct session *s)
{
	if (!answer_all(s) || over(s)) {
		s->gone(s, s->arg);
		return;
	}
	io_want(s->io, wanted(s));
	if ((s->waiting && s->out.len == 0) || (s->watch != NULL && s->out.len == 0))
		timer_stop(s->idle);
	else if (!timer_running(s->idle))
		timer_set(s->idle, SESSION_IDLE_MS);
}

static void
on_ready(int fd, unsigned what, void *arg)
{
	struct session	*s = arg;

	if ((what & IO_READ) && !read_in(s)) {
		s->gone(s, s->arg);
		return;
	}
	if ((what & IO_READ) && s->watch != NULL)
		buf_clear(&s->in);	/* a watcher has nothing more to ask */
	if (what & IO_READ)
		timer_stop(s->idle);
	session_go_on(s);
}

static void
on_idle(void *arg)
{
	struct session	*s = arg;

	s->gone(s, s->arg);
}

struct session *
control_session_new(const struct session_world *world, int fd, const char *origin, session_rights *rights,
    void (*gone)(struct session *, void *), void *arg)
{
	struct session	*s = xcalloc(1, sizeof *s);

	s->world = world;
	s->fd = fd;
	s->origin = xstrdup(origin);
	s->rights = rights;
	s->gone = gone;
	s->arg = arg;
	s->io = io_new(world->loop, fd, IO_READ, on_ready, s);
	s->idle = timer_new(world->loop, on_idle, s);
	timer_set(s->idle, SESSION_IDLE_MS);
	return s;
}

void
control_session_free(struct session *s)
{
	if (s->pending != NULL)
		pending_forget(s->pending);
	if (s->grouped)
		groups_forget(host_groups(s->world->host), s);
	if (s->question != 0)
		s->world->forget_journal(s->world->journal_arg, s->question);
	watch_cancel(s->watch);
	io_free(s->io);
	timer_free(s->idle);
	close(s->fd);
	buf_free(&s->in);
	buf_free(&s->out);
	free(s->origin);
	free(s->watched);
	free(s);
}
