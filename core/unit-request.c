/* The driver host: commands and settings, on their way from who asked to the driver. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/group-view.h"
#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"

#define EXPIRES_MS		10000	/* where the asker does not say */
#define COMMAND_LIMIT_MS	60000
#define REQUESTS_WAITING	64	/* of one unit */

/* -- may it be asked at all ----------------------------------------------------- */

static enum result
check_setting(const struct device *d, const struct ask *ask)
{
	const struct settable	*s = traits_settable(device_traits(d), ask->name);

	if (s == NULL && snapshot_get(device_now(d), ask->name) == NULL)
		return R_UNKNOWN;
	return settable_takes(s, ask->value);
}

static enum result
check(const struct target *t, const struct ask *ask)
{
	if (t == NULL || t->state != DEVICE_FRESH || !t->unit->ready)
		return R_GONE;
	if (t->unit->driver->command == NULL)
		return R_UNKNOWN;
	if (ask->kind == REQUEST_SET)
		return check_setting(t->device, ask);
	return traits_can(device_traits(t->device), ask->name) ? R_DONE : R_UNKNOWN;
}

static size_t
waiting(const struct unit *u)
{
	const struct request	*r;
	size_t			 n = 0;

	TAILQ_FOREACH(r, &u->requests, entry)
		n++;
	return n;
}

/* -- the queue ---------------------------------------------------------------------- */

static void
request_end(struct request *r, enum result result, const char *detail)
{
	const char	*value = r->value == NULL ? "" : r->value;

	if (result == R_FAILED && detail == NULL)
		detail = "the device refused, or did not do it";
	char		*text;

	text = xasprintf("%s%s%s %s: %s%s%s", var_name(r->name), *value != '\0' ? " " : "", value, r->origin,
	    result_text(result), detail != NULL ? ", " : "", detail != NULL ? detail : "");
	/* In a role: the engine, who asked, says it. */
	(r->target->unit->host->bare ? log_debug : log_info)(device_name(r->target->device), "%s", text);
	free(text);
	events_tell(r->target->unit->host->events, EVENT_COMMAND_ENDED, device_name(r->target->device),
	    "command", var_name(r->name), "value", r->value, "origin", r->origin,
	    "result", result_text(result), "detail", detail, NULL);
	r->done(result, detail, r->done_arg);
	free(r->value);
	free(r->origin);
	free(r);
}

static void
watch_expiry(struct unit *u)
{
	struct request	*r;
	int64_t		 first = INT64_MAX;

	TAILQ_FOREACH(r, &u->requests, entry)
		if (r->expires < first)
			first = r->expires;
	if (first == INT64_MAX)
		timer_stop(u->expiry);
	else
		timer_set(u->expiry, first - loop_now(u->host->loop));
}

void
unit_expire_requests(void *arg)
{
	struct unit	*u = arg;
	struct request	*r, *next;

	for (r = TAILQ_FIRST(&u->requests); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (r->expires > loop_now(u->host->loop))
			continue;
		TAILQ_REMOVE(&u->requests, r, entry);
		request_end(r, R_GONE, "not begun in time");
	}
	watch_expiry(u);
}

void
unit_drop_requests(struct unit *u, const struct target *t, const char *detail)
{
	struct request	*r, *next;
	char		*unknown;

	if ((r = u->running) != NULL && (t == NULL || r->target == t)) {
		u->running = NULL;
		if (u->asked != NULL)
			pending_forget(u->asked);
		u->asked = NULL;
		unknown = xasprintf("%s; nobody knows whether it was done", detail);
		request_end(r, R_TIMEOUT, unknown);
		free(unknown);
	}
	for (r = TAILQ_FIRST(&u->requests); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (t != NULL && r->target != t)
			continue;
		TAILQ_REMOVE(&u->requests, r, entry);
		request_end(r, R_GONE, detail);
	}
	watch_expiry(u);
}

/* -- forced shutdown, and what the NUT listener tells: no driver has a part in them ------ */

static void
ask_fsd(struct target *t, const struct ask *ask, struct pending *pending)
{
	int64_t	 now = loop_now(t->unit->host->loop);

	if (ask->kind == REQUEST_FSD)
		fsd_set(t->fsd, ask->origin, now);
	else
		fsd_clear(t->fsd);
	log_warning(device_name(t->device), "forced shutdown %s by %s",
	    ask->kind == REQUEST_FSD ? "set" : "cleared", ask->origin);
	events_tell(t->unit->host->events, ask->kind == REQUEST_FSD ? EVENT_FSD_SET : EVENT_FSD_CLEARED,
	    device_name(t->device), "origin", ask->origin, NULL);
	target_publish(t);
	pending_done(pending, R_DONE, NULL);
}

void
host_tell(struct device *d, const char *name, const char *text, void *arg)
{
	struct host		*h = arg;
	struct target		*t = target_find(h, d);
	struct fsd_logins	 logins;

	if (t == NULL && h->loads != NULL && loads_have(h->loads, d))
		loads_tell(h->loads, d, name, text);
	if (t == NULL || strcmp(name, REMARK_LOGINS) != 0 || !fsd_logins_parse(text, &logins))
		return;
	fsd_note_logins(t->fsd, &logins, loop_now(t->unit->host->loop));
	if (logins.count == 0)
		shutdowns_logins_gone(t->shutdowns);
	free(t->logins);
	t->logins = xstrdup(text);
	target_publish(t);
}

static void
end_pending(enum result result, const char *detail, void *pending)
{
	pending_done(pending, result, detail);
}

void
target_request(struct target *t, const struct ask *ask, result_fn *done, void *arg)
{
	enum result	 result = check(t, ask);
	struct request	*r;

	if (result == R_DONE && waiting(t->unit) >= REQUESTS_WAITING)
		result = R_BUSY;
	if (result != R_DONE || ask->test) {
		done(result, NULL, arg);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	*r = (struct request){ .target = t, .kind = ask->kind, .name = ask->name, .done = done, .done_arg = arg };
	r->value = ask->value == NULL ? NULL : xstrdup(ask->value);
	r->origin = xstrdup(ask->origin);
	r->expires = loop_now(t->unit->host->loop) +
	    (ask->expires_ms > 0 ? ask->expires_ms : EXPIRES_MS);
	events_tell(t->unit->host->events, EVENT_COMMAND_ASKED, device_name(t->device),
	    "command", var_name(r->name), "value", r->value, "origin", r->origin, NULL);
	TAILQ_INSERT_TAIL(&t->unit->requests, r, entry);
	watch_expiry(t->unit);
	unit_continue(t->unit);
}

/* -- refusing ----------------------------------------------------------------------------- */

static void
note_refusal(struct host *h, struct refused *refused, const struct device *d, const struct ask *ask,
    enum result result, const char *why)
{
	char	*more;

	h->refusals[result]++;
	if (!refused_note(&refused[result], loop_now(h->loop)))
		return;
	more = refused_more(&refused[result]);
	log_warning(device_name(d), "%s by %s refused: %s%s%s%s",
	    ask->name == VAR_NONE ? request_kind_word(ask->kind) : var_name(ask->name), ask->origin,
	    result_text(result), why != NULL ? ", " : "", why != NULL ? why : "", more);
	events_tell(h->events, EVENT_COMMAND_REFUSED, device_name(d), "command",
	    ask->name == VAR_NONE ? request_kind_word(ask->kind) : var_name(ask->name), "origin", ask->origin,
	    "result", result_text(result), "detail", why, "more", *more != '\0' ? more : NULL, NULL);
	free(more);
}

void
target_refuse(struct target *t, const struct ask *ask, struct pending *pending, enum result result, const char *why)
{
	note_refusal(t->unit->host, t->refused, t->device, ask, result, why);
	pending_done(pending, result, why);
}

/* Loads take nothing but forced shutdowns; what is neither one nor a group is about to go. */
static void
ask_other(struct host *h, struct device *d, const struct ask *ask, struct pending *pending)
{
	bool		 load = h->loads != NULL && loads_have(h->loads, d);
	enum result	 result = load ? R_UNKNOWN : R_GONE;

	if (load && request_is_fsd(ask->kind)) {
		loads_ask(h->loads, d, ask, pending);
		return;
	}
	if (h->group_views != NULL && group_views_ask(h->group_views, d, ask, pending))
		return;
	if (!ask->quiet)
		note_refusal(h, h->refused, d, ask, result, NULL);
	pending_done(pending, result, NULL);
}

/* As they are called in busbarctl list --server. */
static const char *const refusal_words[] = {
	[R_UNKNOWN] = "unknown", [R_READONLY] = "readonly", [R_INVALID] = "invalid", [R_TOO_LONG] = "too-long",
	[R_DENIED] = "denied", [R_CONFIRM] = "unconfirmed", [R_BUSY] = "busy", [R_FAILED] = "unkept",
	[R_GONE] = "unreachable",
};

void
host_put_refusals(const struct host *h, struct buf *b)
{
	unsigned	 i;

	for (i = 0; i < nitems(refusal_words); i++)
		if (refusal_words[i] != NULL)
			buf_printf(b, "requests.%s %" PRIu64 "\n", refusal_words[i],
			    h->refusals[i] + groups_refused(h->groups, (enum result)i));
}

/* What a publisher only tries is no request yet: it is neither counted nor told. */
static void
ask_driver(struct target *t, const struct ask *ask, struct pending *pending)
{
	struct ask	 real = *ask;
	char		*why = NULL;
	enum result	 result;

	if (ask->kind == REQUEST_COMMAND)
		real.name = target_command_of(t, ask->name);
	result = check(t, &real);
	if (result == R_DONE)
		result = target_judge(t, &real, &why);
	if (result == R_DONE && real.name != ask->name && !ask->test)
		log_info(device_name(t->device), "%s by %s: %s", var_name(ask->name), ask->origin, var_name(real.name));
	if (result == R_DONE)
		target_request(t, &real, end_pending, pending);
	else if (ask->quiet)
		pending_done(pending, result, why);
	else
		target_refuse(t, ask, pending, result, why);
	free(why);
}

void
host_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct host	*h = arg;
	struct target	*t = target_find(h, d);

	/* Who may, and what follows from it, the engine has decided. */
	if (t != NULL && h->bare)
		target_request(t, ask, end_pending, pending);
	else if (t == NULL)
		ask_other(h, d, ask, pending);
	else if (request_is_fsd(ask->kind) && ask->test)
		pending_done(pending, R_DONE, NULL);
	else if (request_is_fsd(ask->kind))
		ask_fsd(t, ask, pending);
	else if (ask->kind == REQUEST_KEEP)
		target_ask_keep(t, ask, pending);
	else if (target_takes_shutdown(t, ask))
		target_ask_shutdown(t, ask, pending);
	else if (ask->kind == REQUEST_COMMAND && target_takes_outlet(t, ask))
		target_ask_outlet(t, ask, pending);
	else
		ask_driver(t, ask, pending);
}

void
unit_take_request(struct unit *u)
{
	struct request	*r = TAILQ_FIRST(&u->requests);

	TAILQ_REMOVE(&u->requests, r, entry);
	watch_expiry(u);
	u->running = r;
}

void
unit_run_request(struct unit *u)
{
	unit_take_request(u);
	unit_begin(u, OP_COMMAND, COMMAND_LIMIT_MS);
	u->current = u->running->target;
	u->driver->command(u, u->running);
	unit_call_ended(u);
}

void
unit_end_request(struct unit *u, enum result result, const char *detail)
{
	struct request	*r = u->running;

	u->running = NULL;
	if (result == R_DONE && r->kind == REQUEST_COMMAND) {
		condition_asked(r->target->condition, r->name);
		shutdowns_note(r->target->shutdowns, r->name);
	}
	request_end(r, result, detail);
}

/* -- what a driver calls ---------------------------------------------------------------- */

const char *
request_device(const struct request *r)
{
	return r->target->suffix;
}

enum request_kind
request_kind(const struct request *r)
{
	return r->kind;
}

enum var
request_name(const struct request *r)
{
	return r->name;
}

const char *
request_value(const struct request *r)
{
	return r->value;
}

void
request_done(struct request *r, enum result result, const char *detail)
{
	struct unit	*u = r->target->unit;

	assert(u->op == OP_COMMAND && u->running == r);
	unit_end_request(u, result, detail);
	if (result == R_DONE)
		unit_poll_soon(u, true);
	unit_end(u, result == R_DONE);
}
