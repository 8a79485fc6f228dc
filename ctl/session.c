#include "ctl/session.h"

#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/line.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "ctl/words.h"

struct session {
	const struct session_world *world;
	int		 fd;
	char		*origin;
	session_rights	*rights;
	void		(*gone)(struct session *, void *);
	void		*arg;

	struct io	*io;
	struct timer	*idle;
	struct buf	 in, out;
	bool		 eof;		/* nothing more is asked */
	bool		 closing;	/* over when out is written */
	bool		 waiting;	/* for the outcome of a request */
	bool		 asking;	/* within device_ask() */
	bool		 grouped;	/* of a group */
	struct pending	*pending;
	struct watch	*watch;
	char		*watched;	/* NULL: all devices */
	struct journal_ask events;	/* of the journal: where we are */
	uint64_t	 question;	/* its number; 0: none is open */
	unsigned	 nrows;		/* of this step */
	bool		 step;		/* the next one is due once these are written */
};

static void	session_go_on(struct session *);

/* -- saying ---------------------------------------------------------------------- */

/* A record: its first word as it is, the others, up to a NULL, in quotes. */
static void __attribute__((__sentinel__))
say(struct session *s, const char *record, ...)
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

static void
say_ok(struct session *s)
{
	buf_puts(&s->out, "OK\n");
}

static void __attribute__((__format__(__printf__, 2, 3)))
say_error(struct session *s, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	say(s, "ERR", text, NULL);
	free(text);
}

static const char *
link_text(const struct session *s, const struct device *device)
{
	static const char *const words[] = {
		[DEVICE_WAITING] = "waiting", [DEVICE_FRESH] = "ok", [DEVICE_STALE] = "stale",
	};

	if (s->world->host == NULL)
		return words[device_state(device)];
	return host_link_text(s->world->host, device);
}

/* -- questions -------------------------------------------------------------------- */

static struct device *
find_device(struct session *s, const char *name)
{
	struct device	*device = model_find(s->world->model, name, strlen(name));

	if (device == NULL)
		say_error(s, "no device %s", name);
	return device;
}

static const char *
text_of(const struct snapshot *now, enum var var, char room[VALUE_TEXT_MAX])
{
	const struct value	*value = snapshot_get(now, var);

	return value == NULL ? "" : value_text(value, room);
}

/* As NUT clients are told: a forced shutdown comes before what the device says. */
static char *
status_of(const struct snapshot *now, const char *said)
{
	bool	fsd = snapshot_get(now, var_intern(REMARK_FSD)) != NULL;

	return xasprintf("%s%s", fsd ? "FSD " : "", said);
}

static void
say_device(struct session *s, const struct device *device)
{
	bool			 fresh = device_state(device) == DEVICE_FRESH;
	const struct snapshot	*all = device_now(device), *now = fresh ? all : NULL;
	char			 charge[VALUE_TEXT_MAX], runtime[VALUE_TEXT_MAX], load[VALUE_TEXT_MAX],
				 type[VALUE_TEXT_MAX], room[VALUE_TEXT_MAX];
	char			*status = status_of(now, text_of(now, VAR_UPS_STATUS, room));

	say(s, "DEVICE", device_name(device), text_of(all, var_intern(REMARK_TYPE), type),
	    link_text(s, device), status,
	    text_of(now, VAR_BATTERY_CHARGE, charge), text_of(now, VAR_BATTERY_RUNTIME, runtime),
	    text_of(now, VAR_UPS_LOAD, load), NULL);
	free(status);
}

static void
say_reading(struct session *s, const struct snapshot *now, const struct reading *r)
{
	char	 room[VALUE_TEXT_MAX], *status = NULL;

	if (r->var == VAR_UPS_STATUS)
		status = status_of(now, value_text(&r->value, room));
	say(s, "VAR", var_name(r->var), status != NULL ? status : value_text(&r->value, room), NULL);
	free(status);
}

static void
ask_list(struct session *s, const char **words, size_t n)
{
	const struct device	*device = NULL;

	while ((device = model_next(s->world->model, device)) != NULL)
		if (!device_is_group(device))
			say_device(s, device);
	say_ok(s);
}

static void
ask_show(struct session *s, const char **words, size_t n)
{
	const struct device	*device = find_device(s, words[1]);
	const struct snapshot	*now;
	const struct reading	*reading;
	size_t			 i;

	if (device == NULL)
		return;
	if (device_state(device) != DEVICE_FRESH) {
		say_error(s, "%s is %s", device_name(device), link_text(s, device));
		return;
	}
	now = device_now(device);
	for (i = 0; i < snapshot_size(now); i++) {
		reading = snapshot_at(now, i);
		if (!var_hidden(reading->var))
			say_reading(s, now, reading);
	}
	say_ok(s);
}

/* Whether the outlet of a view is there; else that is said. */
static bool
has_outlet(struct session *s, const struct device *device, const char *label, unsigned outlet)
{
	struct outlet_range	 range = outlet_range(device_now(device), device_traits(device), outlet);

	if (outlet != 0 && range.has)
		return true;
	if (range.first != 0)
		say_error(s, "%s has no outlet %s; its outlets are %u to %u", device_name(device), label,
		    range.first, range.last);
	else if (device_state(device) == DEVICE_WAITING)
		say_error(s, "%s has not said yet which outlets it has", device_name(device));
	else
		say_error(s, "%s has no outlets", device_name(device));
	return false;
}

static void
say_view(struct session *s, const struct device *device, const char *label)
{
	const struct value	*index = snapshot_get(device_now(device), var_intern(REMARK_INDEX));
	unsigned		 outlet = label == NULL ? 0 : feed_outlet(device_now(device), label);
	char			 room[VALUE_TEXT_MAX], number[16];

	if (index == NULL) {
		say_error(s, "%s has no number", device_name(device));
		return;
	}
	if (label != NULL && !has_outlet(s, device, label, outlet))
		return;
	snprintf(number, sizeof(number), "%u", outlet);
	say(s, "VIEW", device_name(device), value_text(index, room), label == NULL ? NULL : number, NULL);
	say_ok(s);
}

/* Of a name that no device has, the group. */
static const struct device *
find_viewed(struct session *s, const char *name, bool whole)
{
	char			*group = xasprintf(GROUP_PREFIX "%s", name);
	const struct device	*device = whole && model_find(s->world->model, name, strlen(name)) == NULL ?
				    model_find(s->world->model, group, strlen(group)) : NULL;

	free(group);
	return device != NULL ? device : find_device(s, name);
}

static void
ask_view(struct session *s, const char **words, size_t n)
{
	const char		*label;
	size_t			 len = feed_parse(words[1], &label);
	char			*name = xstrndup(words[1], len);
	const struct device	*device = find_viewed(s, name, label == NULL);

	free(name);
	if (device != NULL)
		say_view(s, device, label);
}

/* text: "NAME VALUE" lines. */
static void
say_counters(struct session *s, const char *text)
{
	char	*copy = xstrdup(text), *rest = copy, *line, *value;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if ((value = strchr(line, ' ')) == NULL)
			continue;
		*value++ = '\0';
		say(s, "VAR", line, value, NULL);
	}
	free(copy);
}

static void
ask_server(struct session *s, const char **words, size_t n)
{
	const char	*listener = s->world->server == NULL ? NULL : s->world->server(s->world->server_arg);
	struct buf	 own = { 0 };

	if (listener != NULL)
		say_counters(s, listener);
	if (s->world->refused != NULL)
		buf_printf(&own, "control.denied %" PRIu64 "\n", s->world->refused->n);
	if (s->world->host != NULL)
		host_put_refusals(s->world->host, &own);
	say_counters(s, buf_text(&own));
	buf_free(&own);
	say_ok(s);
}

static void
ask_reload(struct session *s, const char **words, size_t n)
{
	struct conf_errors	errors = { 0 };
	bool			well = s->world->reload(s->world->reload_arg, &errors);
	size_t			i;

	for (i = 0; i < errors.n; i++)
		say(s, "MISTAKE", errors.texts[i], NULL);
	conf_errors_free(&errors);
	if (well)
		say_ok(s);
	else
		say_error(s, "the configuration is wrong; everything goes on as before");
}

/* -- commands and settings ---------------------------------------------------------- */

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct session	*s = arg;

	s->waiting = s->grouped = false;
	s->pending = NULL;
	if (result == R_DONE)
		say_ok(s);
	else if (detail == NULL || *detail == '\0')
		say_error(s, "%s", result_text(result));
	else
		say_error(s, "%s: %s", result_text(result), detail);
	if (!s->asking)
		session_go_on(s);
}

/* Groups are nobody's devices: only a command can be given to one.  False: there is none of that name. */
static bool
ask_group(struct session *s, const char *name, const char *command, const struct ask *ask)
{
	bool	there;

	if (s->world->host == NULL)
		return false;
	s->waiting = s->asking = true;
	there = groups_ask(host_groups(s->world->host), name, command, ask, on_result, s);
	s->asking = false;
	s->grouped = there && s->waiting;
	if (!there)
		s->waiting = false;
	return there;
}

/* The outcome may come at once. */
static void
begin_request(struct session *s, struct device *device, const struct ask *ask)
{
	struct pending	*pending;

	s->waiting = s->asking = true;
	pending = device_ask(device, ask, on_result, s);
	s->asking = false;
	if (s->waiting)
		s->pending = pending;
}

static void
ask_request(struct session *s, enum request_kind kind, const char **words, size_t n)
{
	struct device	*device = model_find(s->world->model, words[2], strlen(words[2]));
	struct ask	 ask = { .kind = kind, .value = n > 4 ? words[4] : NULL, .origin = s->origin,
	    .confirm = strcmp(words[1], "yes") == 0 };

	if (device == NULL && kind == REQUEST_COMMAND && ask_group(s, words[2], words[3], &ask))
		return;
	if (find_device(s, words[2]) == NULL)
		return;
	ask.name = var_find(words[3], strlen(words[3]));
	if (ask.name == VAR_NONE || var_hidden(ask.name)) {
		say_error(s, "%s has no %s %s", device_name(device),
		    kind == REQUEST_COMMAND ? "command" : "variable", words[3]);
		return;
	}
	begin_request(s, device, &ask);
}

static void
ask_run(struct session *s, const char **words, size_t n)
{
	ask_request(s, REQUEST_COMMAND, words, n);
}

static void
ask_set(struct session *s, const char **words, size_t n)
{
	ask_request(s, REQUEST_SET, words, n);
}

static void
ask_fsd(struct session *s, const char **words, size_t n)
{
	bool		 clear = strcmp(words[1], "clear") == 0;
	struct device	*device = find_device(s, words[2]);
	struct ask	 ask = { .kind = clear ? REQUEST_FSD_CLEAR : REQUEST_FSD, .name = VAR_NONE,
	    .origin = s->origin };

	if (!clear && strcmp(words[1], "set") != 0)
		say_error(s, "a forced shutdown is set or cleared");
	else if (device != NULL)
		begin_request(s, device, &ask);
}

/* -- the journal: step by step, as the client takes it -------------------------------- */

#define EVENTS_STEP	500

static void
on_event(void *arg, uint64_t serial, const struct event *e)
{
	struct session	*s = arg;
	size_t		 i;

	s->events.after = serial;
	s->nrows++;
	buf_printf(&s->out, "EVENT %" PRIu64 " %" PRId64 " %s ", serial, e->time, event_facts(e->kind)->word);
	line_quote(&s->out, e->device);
	for (i = 0; i < FIELDS_MAX && e->fields[i].name != NULL; i++) {
		buf_printf(&s->out, " %s ", e->fields[i].name);
		line_quote(&s->out, e->fields[i].value);
	}
	buf_putc(&s->out, '\n');
}

static void
on_events_end(void *arg, uint64_t trimmed, const char *why)
{
	struct session	*s = arg;

	s->question = 0;
	s->step = why == NULL && s->nrows == s->events.most;
	s->waiting = s->step;
	if (why != NULL)
		say_error(s, "%s", why);
	else if (!s->step && trimmed > 0)
		buf_printf(&s->out, "DROPPED %" PRIu64 "\n", trimmed);
	if (why == NULL && !s->step)
		say_ok(s);
	session_go_on(s);
}

static void
next_step(struct session *s)
{
	s->step = false;
	s->waiting = true;
	s->nrows = 0;
	s->question = s->world->ask_journal(s->world->journal_arg, &s->events);
}

static void
ask_events(struct session *s, const char **words, size_t n)
{
	if (s->world->journal_arg == NULL) {
		say_error(s, "there is no journal");
		return;
	}
	free(s->watched);
	s->watched = xstrdup(n > 2 ? words[2] : "");
	s->events = (struct journal_ask){ .since = strtoll(words[1], NULL, 10) * 1000, .most = EVENTS_STEP,
	    .device = s->watched, .row = on_event, .end = on_events_end, .arg = s };
	next_step(s);
}

/* -- watching --------------------------------------------------------------------------- */

static void
say_difference(struct session *s, const char *device, const struct reading *before,
    const struct reading *now)
{
	char	old[VALUE_TEXT_MAX], new[VALUE_TEXT_MAX];

	if (var_hidden(before != NULL ? before->var : now->var))
		return;
	if (before == NULL)
		say(s, "NEW", device, var_name(now->var), value_text(&now->value, new), NULL);
	else if (now == NULL)
		say(s, "GONE", device, var_name(before->var), value_text(&before->value, old), NULL);
	else if (!value_equal(&before->value, &now->value))
		say(s, "CHANGE", device, var_name(now->var), value_text(&before->value, old),
		    value_text(&now->value, new), NULL);
}

/* Both are in the same order. */
static void
say_differences(struct session *s, const char *device, const struct snapshot *before,
    const struct snapshot *now)
{
	size_t			 i = 0, j = 0;
	const struct reading	*b, *n;
	int			 order;

	while (i < snapshot_size(before) || j < snapshot_size(now)) {
		b = i < snapshot_size(before) ? snapshot_at(before, i) : NULL;
		n = j < snapshot_size(now) ? snapshot_at(now, j) : NULL;
		order = b == NULL ? 1 : n == NULL ? -1 : var_compare(b->var, n->var);
		say_difference(s, device, order <= 0 ? b : NULL, order >= 0 ? n : NULL);
		i += order <= 0;
		j += order >= 0;
	}
}

static void
on_change(const struct change *change, void *arg)
{
	struct session	*s = arg;
	const char	*device = device_name(change->device);

	if (device_is_group(change->device) || (s->watched != NULL && strcasecmp(s->watched, device) != 0))
		return;
	if (change->events & EV_ADDED)
		say(s, "ADDED", device, NULL);
	if (change->events & EV_STATE)
		say(s, "LINK", device, link_text(s, change->device), NULL);
	if (change->events & EV_REMOVED)
		say(s, "REMOVED", device, NULL);
	else if (change->events & (EV_CHANGED | EV_ADDED))
		say_differences(s, device, change->before, change->after);
	if (s->out.len > SESSION_BEHIND_MAX) {
		watch_cancel(s->watch);
		s->watch = NULL;
		s->closing = true;
		say_error(s, "changes come faster than they are read");
	}
	if (s->out.len > 0)
		io_want(s->io, (s->eof || s->closing ? 0 : IO_READ) | IO_WRITE);
	if (s->out.len > 0 && !timer_running(s->idle))
		timer_set(s->idle, SESSION_IDLE_MS);
}

static void
ask_watch(struct session *s, const char **words, size_t n)
{
	if (n > 1 && find_device(s, words[1]) == NULL)
		return;
	free(s->watched);
	s->watched = n > 1 ? xstrdup(words[1]) : NULL;
	s->watch = model_watch(s->world->model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED,
	    on_change, s);
	say_ok(s);
}

/* -- the line -------------------------------------------------------------------------------- */

static const struct question {
	const char	*verb;
	size_t		 least, most;	/* words, the verb included */
	bool		 changes;	/* needs the right to */
	void		(*ask)(struct session *, const char **words, size_t n);
} questions[] = {
	{ "LIST",	1, 1, false, ask_list },
	{ "SHOW",	2, 2, false, ask_show },
	{ "WATCH",	1, 2, false, ask_watch },
	{ "RUN",	4, 5, true, ask_run },
	{ "SET",	5, 5, true, ask_set },
	{ "FSD",	3, 3, true, ask_fsd },
	{ "VIEW",	2, 2, false, ask_view },
	{ "RELOAD",	1, 1, true, ask_reload },
	{ "SERVER",	1, 1, false, ask_server },
	{ "EVENTS",	2, 3, false, ask_events },
};

static void
deny(struct session *s, const char **words, size_t n, const char *why)
{
	const struct session_world	*w = s->world;
	char				*more, *text;

	say_error(s, "%s: %s", result_text(R_DENIED), why);
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
		say_error(s, "not a question for this daemon: %s", words[0]);
	else if (n < questions[i].least || n > questions[i].most)
		say_error(s, "%s with %zu words", words[0], n);
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
		say_error(s, "a line of more than %d bytes", WORDS_LINE_MAX);
		s->closing = true;
		return false;
	}
	n = line_split((char *)buf_bytes(&s->in), len - 1, words, nitems(words));
	if (n > nitems(words))
		say_error(s, "too many words");
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
			next_step(s);
	} while (s->out.len == 0 && !s->waiting && !s->closing && s->watch == NULL && take_line(s));
	return write_out(s);
}

/* Answers what can be answered; ends the session when it is over. */
static void
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
