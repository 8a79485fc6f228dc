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

int64_t
unit_spread(const struct unit *u, unsigned salt, int64_t n)
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
	return ms - ms / 4 + unit_spread(u, u->failures, ms / 2);
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
void
unit_abandon(struct unit *u, const char *why)
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

/* A device that was never good has no max-age to run out: what it fails by is news at once. */
static bool
is_waiting(struct unit *u)
{
	const struct target	*t = unit_own(u);

	return !u->ready || (t != NULL && t->state == DEVICE_WAITING);
}

void
unit_note_failure(struct unit *u, const char *why)
{
	bool	 first = u->why == NULL;

	u->failures++;
	if (why != u->why) {
		free(u->why);
		u->why = xstrdup(why);
		unit_show_why(u);
	}
	if (first && is_waiting(u))
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
		u->quick_due -= unit_spread(u, 1, u->settings->poll_ms);
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
	unit_note_failure(u, "the driver hung");
	unit_abandon(u, "the driver hung");
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
