/*
 * The driver host: one unit's life.  A unit does one thing at a time (start,
 * a poll, a push, a command); each begins in unit_begin() and ends in
 * unit_end(), and unit_continue() decides what comes next.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"

#define START_LIMIT_MS		120000	/* a driver that has not ended by then is started anew */
#define POLL_LIMIT_MS		120000
#define BACK_OFF_FIRST_MS	1000
#define BACK_OFF_LAST_MS	30000

static void	on_limit(void *);

/* -- time: rhythm and back-off ----------------------------------------------------- */

/* A number below n that is the same at every start and differs between devices: spreads their polls. */
static int64_t
spread(const struct unit *u, unsigned salt, int64_t n)
{
	const char	*s;
	uint32_t	 h = 2166136261u + salt;

	for (s = u->settings->name; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	h ^= h >> 15;
	return n <= 0 ? 0 : (int64_t)(h % (uint64_t)n);
}

static int64_t
back_off(const struct unit *u)
{
	int64_t	 ms = BACK_OFF_FIRST_MS;
	unsigned i;

	for (i = 1; i < u->failures && ms < BACK_OFF_LAST_MS; i++)
		ms *= 2;
	if (ms > BACK_OFF_LAST_MS)
		ms = BACK_OFF_LAST_MS;
	return ms - ms / 4 + spread(u, u->failures, ms / 2);
}

/* The rhythm goes on as planned; a poll that took longer than its interval leaves the device some rest. */
static int64_t
next_due(const struct unit *u, int64_t due, int64_t interval)
{
	int64_t	 now = loop_now(u->host->loop);

	due += interval;
	if (due < now)
		due = now + interval / 10;
	return due;
}

/* -- operations ------------------------------------------------------------------------ */

static const char *const op_words[] = {
	[OP_NONE] = "nothing", [OP_START] = "start", [OP_QUICK] = "poll", [OP_FULL] = "full poll",
	[OP_PUSH] = "push", [OP_COMMAND] = "command",
};

void
unit_begin(struct unit *u, enum unit_op op, int64_t limit_ms)
{
	struct target	*t;

	assert(u->op == OP_NONE && !u->in_call);
	u->op = op;
	u->began = loop_now(u->host->loop);
	u->ended = false;
	u->current = unit_own(u);
	TAILQ_FOREACH(t, &u->targets, entry)
		t->over = false;
	timer_stop(u->next);
	timer_set(u->limit, limit_ms);
	u->in_call = true;
}

static void
stop_driver(struct unit *u)
{
	if (u->state == NULL)
		return;
	if (u->driver->stop != NULL)
		u->driver->stop(u);
	if (u->backend != NULL && u->backend->forget != NULL && u->wire != NULL)
		u->backend->forget(u->wire);
	free(u->state);
	u->state = NULL;
	u->ready = u->woken = u->restart = false;
	timer_stop(u->wake);
	timer_stop(u->limit);
}

static void
void_rounds(struct unit *u)
{
	struct target	*t;

	TAILQ_FOREACH(t, &u->targets, entry) {
		round_void(t->round);
		t->touched = false;
	}
}

/* What is in progress ends without its driver. */
static void
abandon(struct unit *u, const char *why)
{
	bool	 command = u->op == OP_COMMAND;

	stop_driver(u);
	u->op = OP_NONE;
	void_rounds(u);
	if (command)
		unit_drop_requests(u, NULL, why);
}

/* One line when trouble lasts, one when it is over. */
void
unit_tell_trouble(struct unit *u)
{
	if (!u->told)
		log_warning(u->settings->name, "%s; trying on", u->why != NULL ? u->why : "no news from it");
	u->told = true;
}

/* Who carries what this role shows says it to people. */
static void
unit_show_why(struct unit *u)
{
	struct target	*t;

	if (u->host->bare)
		TAILQ_FOREACH(t, &u->targets, entry)
			target_publish_bare(t);
}

static void
note_failure(struct unit *u, const char *why)
{
	bool	 first = u->why == NULL;

	u->failures++;
	if (why != u->why) {
		free(u->why);
		u->why = xstrdup(why);
		unit_show_why(u);
	}
	if (first && !u->ready)
		unit_tell_trouble(u);
	else
		log_debug(u->settings->name, "%s (%u in a row)", u->why, u->failures);
}

static void
note_success(struct unit *u)
{
	if (u->told)
		log_info(u->settings->name, "answers again");
	u->told = false;
	u->failures = 0;
	if (u->why == NULL)
		return;
	free(u->why);
	u->why = NULL;
	unit_show_why(u);
}

static void
rounds_end(struct unit *u, enum round_kind kind)
{
	struct target	*t, *next;

	for (t = TAILQ_FIRST(&u->targets); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (t->over || (!t->touched && (t->suffix != NULL || kind == ROUND_PUSH)))
			round_void(t->round);
		else
			target_end_round(t, kind);
	}
}

static void
start_ended(struct unit *u, bool well)
{
	int64_t	 now = loop_now(u->host->loop);

	if (!well) {
		stop_driver(u);
		timer_set(u->next, back_off(u));
		return;
	}
	u->ready = true;
	u->full_now = true;
	u->in_phase = false;
	u->quick_due = u->full_due = now;
}

static void
poll_ended(struct unit *u, bool full, bool well)
{
	if (well) {
		note_success(u);
		rounds_end(u, full ? ROUND_FULL : ROUND_QUICK);
	} else {
		void_rounds(u);
	}
	u->quick_due = next_due(u, u->quick_due, u->settings->poll_ms);
	/* All start at once; from here on a thousand devices poll spread over the interval. */
	if (!u->in_phase)
		u->quick_due -= spread(u, 1, u->settings->poll_ms);
	u->in_phase = true;
	if (!full)
		return;
	/* After one that failed a quick one comes first: a device may stumble over the full ones alone. */
	u->full_due = well ? next_due(u, u->full_due, u->settings->poll_full_ms) :
	    u->quick_due + u->settings->poll_ms;
	if (well)
		u->full_now = false;
}

static void
push_ended(struct unit *u, bool well)
{
	if (well)
		rounds_end(u, ROUND_PUSH);
	else
		void_rounds(u);
}

static void
finish(struct unit *u)
{
	enum unit_op	 op = u->op;
	bool		 well = u->well;

	u->op = OP_NONE;
	u->ended = false;
	timer_stop(u->limit);
	if (op == OP_START)
		start_ended(u, well);
	else if (op == OP_QUICK || op == OP_FULL)
		poll_ended(u, op == OP_FULL, well);
	else if (op == OP_PUSH)
		push_ended(u, well);
	unit_continue(u);
}

void
unit_end(struct unit *u, bool well)
{
	assert(u->op != OP_NONE && !u->ended);
	u->well = well;
	u->ended = true;
	if (!u->in_call)
		finish(u);
}

/* A push is optional: a driver that woke up for nothing need not end it. */
void
unit_call_ended(struct unit *u)
{
	u->in_call = false;
	if (u->op == OP_PUSH && !u->ended) {
		u->well = false;
		u->ended = true;
	}
	if (u->ended)
		finish(u);
}

static void
on_limit(void *arg)
{
	struct unit	*u = arg;

	if (u->carrier != NULL) {
		hosted_limit(u);
		return;
	}
	log_error(u->settings->name, "the driver has not ended its %s after %lld s, starting it anew",
	    op_words[u->op], (long long)(loop_now(u->host->loop) - u->began) / 1000);
	note_failure(u, "the driver hung");
	abandon(u, "the driver hung");
	timer_set(u->next, back_off(u));
	unit_continue(u);
}

static void
begin_start(struct unit *u)
{
	u->state = xcalloc(1, u->driver->size + 1);
	unit_begin(u, OP_START, START_LIMIT_MS);
	u->driver->start(u);
	unit_call_ended(u);
}

static void
begin_poll(struct unit *u, bool full)
{
	/* A rhythm that begins now is shifted, so that a thousand devices do not poll at once. */
	if (u->quick_due == 0 || u->quick_due > loop_now(u->host->loop))
		u->quick_due = loop_now(u->host->loop);
	unit_begin(u, full ? OP_FULL : OP_QUICK, POLL_LIMIT_MS);
	u->driver->poll(u, full);
	unit_call_ended(u);
}

static void
begin_push(struct unit *u)
{
	u->woken = false;
	unit_begin(u, OP_PUSH, POLL_LIMIT_MS);
	u->driver->woken(u);
	unit_call_ended(u);
}

static void
continue_ready(struct unit *u)
{
	int64_t	 now = loop_now(u->host->loop);
	int64_t	 due = u->full_now ? u->quick_due : u->full_due < u->quick_due ? u->full_due : u->quick_due;

	if (u->woken && u->driver->woken != NULL)
		begin_push(u);
	else if (!TAILQ_EMPTY(&u->requests))
		unit_run_request(u);
	else if (now >= due)
		begin_poll(u, u->full_now || now >= u->full_due);
	else
		timer_set(u->next, due - now);
}

void
unit_continue(struct unit *u)
{
	if (u->carrier != NULL)
		hosted_continue(u);
	if (u->op != OP_NONE || u->in_call || !u->up)
		return;
	if (u->restart) {
		stop_driver(u);
		timer_set(u->next, back_off(u));
	}
	if (u->ready)
		continue_ready(u);
	else if (!timer_running(u->next))
		begin_start(u);
}

void
unit_poll_soon(struct unit *u, bool full)
{
	u->quick_due = loop_now(u->host->loop);
	u->full_now |= full;
}

/* -- the wire ------------------------------------------------------------------------------ */

static void
on_wire(void *arg, bool up, const char *why)
{
	struct unit	*u = arg;

	if (up && u->up) {
		u->woken = true;
		/* What made a start fail may have been just that. */
		if (!u->ready)
			timer_stop(u->next);
	}
	if (!up) {
		note_failure(u, why != NULL ? why : "the wire is down");
		abandon(u, u->why);
		unit_drop_requests(u, NULL, u->why);
		timer_stop(u->next);
	}
	u->up = up;
	unit_continue(u);
}

bool
driver_speaks_on(const struct driver *d, enum wire wire)
{
	const enum wire	*also;

	for (also = d->also; also != NULL && *also != WIRE_NONE; also++)
		if (*also == wire)
			return true;
	return d->wire == wire;
}

const struct wire_backend *
host_backend(const struct host *h, const struct driver *d, const struct device_settings *s)
{
	const struct wire_backend	*b, *other = NULL;
	size_t				 i;

	for (i = 0; (b = h->backends[i]) != NULL; i++) {
		if (!driver_speaks_on(d, b->wire))
			continue;
		if (b->means != NULL && b->means(s->port))
			return b;
		if (other == NULL || b->means == NULL)
			other = b;
	}
	return other;
}

static const struct driver *
driver_of(const struct host *h, const char *name, const void **knowledge)
{
	size_t	 i;

	for (i = 0; h->drivers[i] != NULL; i++)
		if (strcmp(h->drivers[i]->name, name) == 0) {
			*knowledge = h->knowledge[i];
			return h->drivers[i];
		}
	return NULL;
}

void
unit_choose_driver(struct unit *u)
{
	u->driver = driver_of(u->host, u->settings->driver, &u->knowledge);
	assert(u->driver != NULL);		/* settings_load() has seen to it */
}

void
unit_open(struct unit *u)
{
	struct serial_line	 line = { 0 };
	char			*why = NULL;

	u->backend = host_backend(u->host, u->driver, u->settings);
	u->carrier = carrier_of(u->host, u->backend == NULL ? NULL : u->backend->role);
	if (u->carrier != NULL) {
		hosted_open(u);
		return;
	}
	/* Spread the first starts over a moment, so that a thousand devices do not open at once. */
	timer_set(u->next, spread(u, 0, u->host->settings->ndevices / 8 + 1));
	if (u->backend == NULL) {
		u->up = u->driver->wire == WIRE_NONE;
		return;
	}
	u->wire = u->backend->open(u->host->loop, u->settings, u->driver, on_wire, u, &why);
	if (u->wire == NULL) {
		log_error(u->settings->name, "%s", why != NULL ? why : "the port cannot be opened");
		free(u->why);
		u->why = why;
		return;
	}
	if (u->backend->wire == WIRE_SERIAL) {
		u->driver->line(u, &line);
		u->backend->line(u->wire, &line);
	}
}

void
unit_close(struct unit *u)
{
	abandon(u, "the device is being reconfigured");
	unit_drop_requests(u, NULL, "the device is being reconfigured");
	if (u->wire != NULL)
		u->backend->close(u->wire);
	u->wire = NULL;
	u->carrier = NULL;
	u->up = u->ready = false;
	u->failures = 0;
	free(u->why);
	u->why = NULL;
	timer_stop(u->next);
}

/* -- life ------------------------------------------------------------------------------------ */

static void
on_next(void *arg)
{
	unit_continue(arg);
}

static void
on_wake(void *arg)
{
	struct unit	*u = arg;

	u->woken = true;
	unit_continue(u);
}

struct unit *
unit_new(struct host *h, const struct device_settings *settings)
{
	struct unit	*u = xcalloc(1, sizeof(*u));

	u->host = h;
	u->settings = settings;
	TAILQ_INIT(&u->targets);
	TAILQ_INIT(&u->requests);
	u->next = timer_new(h->loop, on_next, u);
	u->wake = timer_new(h->loop, on_wake, u);
	u->limit = timer_new(h->loop, on_limit, u);
	u->expiry = timer_new(h->loop, unit_expire_requests, u);
	TAILQ_INSERT_TAIL(&h->units, u, entry);
	unit_choose_driver(u);
	unit_adopt(u);
	return u;
}

void
unit_free(struct unit *u)
{
	struct target	*t;

	unit_close(u);
	while ((t = TAILQ_LAST(&u->targets, target_list)) != NULL)
		target_free(t);
	timer_free(u->next);
	timer_free(u->wake);
	timer_free(u->limit);
	timer_free(u->expiry);
	TAILQ_REMOVE(&u->host->units, u, entry);
	unit_forget_refused(u);
	free(u->why);
	free(u);
}

/* -- what a driver calls ------------------------------------------------------------------------ */

void *
unit_state(struct unit *u)
{
	return u->state;
}

const void *
unit_knowledge(const struct unit *u)
{
	return u->knowledge;
}

const char *
unit_name(const struct unit *u)
{
	return u->settings->name;
}

const char *
unit_option(const struct unit *u, const char *name)
{
	const struct option	*o;
	size_t			 i;

	for (i = 0; i < u->settings->options.n; i++)
		if (strcmp(u->settings->options.at[i].name, name) == 0)
			return u->settings->options.at[i].value;
	for (o = u->driver->options; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o->dflt;
	return NULL;
}

bool
unit_estimates(const struct unit *u)
{
	return u->settings->estimates;
}

const char *
unit_profile(const struct unit *u)
{
	return u->settings->profile;
}

enum wire
unit_wire(const struct unit *u)
{
	return u->backend == NULL ? WIRE_NONE : u->backend->wire;
}

struct peer *
unit_peer(struct unit *u)
{
	return unit_wire(u) == WIRE_SNMP ? u->wire : NULL;
}

struct stream *
unit_stream(struct unit *u)
{
	return unit_wire(u) == WIRE_STREAM || unit_wire(u) == WIRE_SERIAL ? u->wire : NULL;
}

struct file *
unit_file(struct unit *u)
{
	return unit_wire(u) == WIRE_FILE ? u->wire : NULL;
}

struct usb *
unit_usb(struct unit *u)
{
	return unit_wire(u) == WIRE_USB ? u->wire : NULL;
}

struct hid *
unit_hid(struct unit *u)
{
	return unit_wire(u) == WIRE_HID ? u->wire : NULL;
}

int64_t
unit_now(const struct unit *u)
{
	return loop_now(u->host->loop);
}

void
unit_wake(struct unit *u, int64_t ms)
{
	if (ms < 0)
		timer_stop(u->wake);
	else
		timer_set(u->wake, ms);
}

void
unit_ready(struct unit *u)
{
	assert(u->op == OP_START);
	unit_end(u, true);
}

void
unit_done(struct unit *u)
{
	assert(u->op == OP_QUICK || u->op == OP_FULL || u->op == OP_PUSH);
	unit_end(u, true);
}

void
unit_fail(struct unit *u, const char *fmt, ...)
{
	va_list	 ap;
	char	*why;

	va_start(ap, fmt);
	why = xvasprintf(fmt, ap);
	va_end(ap);
	note_failure(u, why);
	free(why);
	unit_end(u, false);
}

void
unit_restart(struct unit *u)
{
	u->restart = true;
	u->failures++;		/* one that is another each time is not asked ever faster */
	if (u->op == OP_NONE)
		unit_continue(u);
	else if (u->op != OP_COMMAND && !u->ended)
		unit_end(u, false);
}

void
unit_log(const struct unit *u, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_at(LOG_LEVEL_INFO, u->settings->name, fmt, ap);
	va_end(ap);
}

void
unit_debug(const struct unit *u, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_at(u->settings->debug > 0 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, u->settings->name, fmt, ap);
	va_end(ap);
}
