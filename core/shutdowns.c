/* Orders to go off or on: what is asked, what is shown, and what goes on after a restart. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/shutdowns-inside.h"

/* -- what is asked -------------------------------------------------------------------- */

#define NO_DELAY	(-1)	/* of a command: as the device has it */

struct order {
	enum order_kind	 kind;
	bool		 cancel;
	enum var	 command;	/* VAR_NONE: whatever does it */
	int64_t		 seconds;
	const char	*value;		/* of a command, where it is no time: borrowed */
	bool		 system, restart;
};

static const struct {
	enum var	 name;
	enum order_kind	 kind;
	bool		 cancel, restart;
} commands[] = {
	{ CMD_SHUTDOWN_RETURN,	ORDER_OFF, false, true },
	{ CMD_SHUTDOWN_STAYOFF,	ORDER_OFF, false, false },
	{ CMD_LOAD_OFF_DELAY,	ORDER_OFF, false, false },
	{ CMD_SHUTDOWN_STOP,	ORDER_OFF, true, false },
	{ CMD_LOAD_ON_DELAY,	ORDER_ON, false, false },
};

bool
shutdowns_take(const struct shutdowns *s, enum var command)
{
	size_t	 i;

	for (i = 0; i < nitems(commands); i++)
		if (commands[i].name == command)
			return traits_can(s->calls->traits(s->arg), command);
	return false;
}

static bool
read_seconds(const char *text, int64_t max, int64_t *seconds)
{
	struct value	 v = value_from_text(text);

	*seconds = v.digits;
	return v.type == V_NUMBER && v.scale == 0 && v.digits >= -1 && v.digits <= max;
}

/* A value that is no time is passed on: only the driver knows what it means. */
static bool
read_command(const struct shutdowns *s, const struct ask *ask, struct order *o)
{
	size_t	 i;

	for (i = 0; i < nitems(commands) - 1 && commands[i].name != ask->name; i++)
		;
	*o = (struct order){ .kind = commands[i].kind, .cancel = commands[i].cancel, .command = commands[i].name,
	    .seconds = NO_DELAY, .restart = commands[i].restart };
	if (o->cancel || ask->value == NULL || *ask->value == '\0')
		return true;
	if (s->calls->timing(s->arg, ask->name) != TIMING_VALUE) {
		o->value = ask->value;
		return true;
	}
	if (!read_seconds(ask->value, SHUTDOWN_MAX, &o->seconds))
		return false;
	o->cancel = o->seconds < 0;
	return true;
}

/* "SECONDS output|system on|off" (core/model.h). */
static bool
read_timer(const struct ask *ask, struct order *o)
{
	char	 seconds[16] = "", type[8] = "output", restart[8] = "on";

	*o = (struct order){ .kind = ORDER_OFF };
	while (o->kind < ORDER_REBOOT && job_timer(o->kind) != ask->name)
		o->kind++;
	if (job_timer(o->kind) != ask->name || ask->value == NULL ||
	    sscanf(ask->value, "%15s %7s %7s", seconds, type, restart) < 1 ||
	    !read_seconds(seconds, o->kind == ORDER_REBOOT ? REBOOT_MAX : SHUTDOWN_MAX, &o->seconds))
		return false;
	o->cancel = o->seconds < 0;
	o->system = strcmp(type, "system") == 0;
	o->restart = strcmp(restart, "on") == 0;
	return true;
}

/* -- taking one back --------------------------------------------------------------------- */

static bool
is_fresh(const struct shutdowns *s)
{
	return s->calls->readings(s->arg).state == DEVICE_FRESH;
}

/* Whether there is something that only the device can stop. */
static bool
device_counts(const struct shutdowns *s, const struct job *j, enum order_kind kind)
{
	struct readings		 r = s->calls->readings(s->arg);
	const struct value	*v = readings_number(&r, job_timer(kind));

	if (j->phase == JOB_SENDING || j->phase == JOB_GIVEN)
		return true;
	return j->phase == JOB_IDLE && v != NULL && v->digits > 0 && value_scaled(v, 0) != 65535;
}

/* R_DONE with a plan; one that is empty needs nothing of the device. */
static enum result
plan_cancel(const struct shutdowns *s, enum order_kind kind, struct plan *p)
{
	const struct job	*j = kind == ORDER_OFF ? &s->off : &s->on;
	bool			 device = device_counts(s, j, kind);

	*p = (struct plan){ .n = 0 };
	/* The power is off already, and what is left is its way back. */
	if (s->on.kind == ORDER_REBOOT && s->on.phase != JOB_IDLE && kind != ORDER_OFF)
		return R_BUSY;
	if (kind == ORDER_REBOOT)
		return device ? R_BUSY : R_DONE;
	if (device && !is_fresh(s))
		return R_GONE;
	if (is_fresh(s) && (kind == ORDER_OFF || device) && plan_stop(s, kind, p))
		return R_DONE;
	return device ? R_BUSY : R_DONE;
}

static void
drop(struct job *j, const char *how, const char *origin)
{
	char	*said;

	if (j->phase == JOB_IDLE)
		return;
	said = xasprintf("%s by %s", how, origin);
	log_info(j->all->device, "%s by %s %s", job_word(j), j->origin, said);
	job_close(j, R_FAILED, said);
	free(said);
}

static void
cancelled(struct shutdowns *s, enum order_kind kind, const char *origin)
{
	if (kind != ORDER_REBOOT)
		drop(kind == ORDER_OFF ? &s->off : &s->on, "cancelled", origin);
	if (kind == ORDER_OFF && s->cut.open && loop_now(s->loop) < s->cut.due)
		s->cut.open = false;
	s->calls->publish(s->arg);
}

/* On its way to the device. */
struct stopping {
	struct shutdowns	*all;
	enum order_kind		 kind;
	unsigned		 serial;	/* of the order that is to be stopped */
	bool			 given;		/* it stands until the device has stopped it */
	char			*origin;
	result_fn		*fn;
	void			*arg;
};

static void
on_stopped(enum result result, const char *detail, void *arg)
{
	struct stopping		*stopping = arg;
	const struct job	*j = stopping->kind == ORDER_OFF ? &stopping->all->off : &stopping->all->on;

	if (result == R_DONE && stopping->given && j->serial == stopping->serial)
		cancelled(stopping->all, stopping->kind, stopping->origin);
	stopping->fn(result, detail, stopping->arg);
	free(stopping->origin);
	free(stopping);
}

static void
cancel(struct shutdowns *s, const struct order *o, const struct ask *ask, struct plan *p, result_fn *fn, void *arg)
{
	const struct job	*j = o->kind == ORDER_OFF ? &s->off : &s->on;
	bool			 given = j->phase == JOB_GIVEN && p->n > 0;
	struct stopping		*stopping;

	if (!given)
		cancelled(s, o->kind, ask->origin);
	if (p->n == 0) {
		fn(R_DONE, NULL, arg);
		return;
	}
	stopping = xcalloc(1, sizeof(*stopping));
	*stopping = (struct stopping){ s, o->kind, j->serial, given, xstrdup(ask->origin), fn, arg };
	s->calls->send(s->arg, REQUEST_COMMAND, p->steps[0].name, p->steps[0].value, ask->origin, on_stopped, stopping);
}

/* -- asking ---------------------------------------------------------------------------------- */

static enum result
make_plan(const struct shutdowns *s, const struct order *o, struct plan *p)
{
	if (o->cancel)
		return plan_cancel(s, o->kind, p);
	if (o->command != VAR_NONE)
		return plan_command(s, o->command, o->seconds, o->value, p);
	if (o->kind == ORDER_OFF)
		return plan_off(s, o->seconds, o->system, o->restart, p);
	return o->kind == ORDER_ON ? plan_on(s, o->seconds, p) : plan_reboot(s, o->seconds, p);
}

static void
take(struct shutdowns *s, const struct order *o, const struct ask *ask, struct plan *p, result_fn *fn, void *arg)
{
	struct job	*j = o->kind == ORDER_OFF ? &s->off : &s->on;

	drop(j, "replaced", ask->origin);
	free(j->origin);
	j->origin = xstrdup(ask->origin);
	j->kind = o->kind;
	j->plan = *p;
	*p = (struct plan){ .n = 0 };
	j->seconds = o->seconds;
	j->system = o->system;
	j->restart = o->restart || o->kind == ORDER_REBOOT;
	j->fn = fn;
	j->fn_arg = arg;
	job_begin(j);
}

/* Busbard would count on beyond the time at which the device goes off for the order before. */
static bool
comes_too_late(const struct shutdowns *s, const struct order *o, const struct plan *p)
{
	return o->kind == ORDER_OFF && !o->cancel && s->off.phase == JOB_GIVEN && p->pause < p->n &&
	    loop_now(s->loop) + o->seconds * 1000 > s->off.due;
}

void
shutdowns_ask(struct shutdowns *s, const struct ask *ask, result_fn *fn, void *arg)
{
	struct plan	 p = { .n = 0 };
	struct order	 o;
	enum result	 result;

	if (!(ask->kind == REQUEST_TIMER ? read_timer(ask, &o) : read_command(s, ask, &o))) {
		fn(R_INVALID, "it wants a number of seconds", arg);
		return;
	}
	result = make_plan(s, &o, &p);
	if (result == R_DONE && comes_too_late(s, &o, &p) && !plan_stop_first(s, &p))
		result = R_BUSY;
	if (result == R_DONE && !o.cancel && !is_fresh(s))
		result = R_GONE;
	if (result != R_DONE || ask->test)
		fn(result, result == R_INVALID ? "the device has no way to do it so at this time" : NULL, arg);
	else if (o.cancel)
		cancel(s, &o, ask, &p, fn, arg);
	else
		take(s, &o, ask, &p, fn, arg);
	plan_clear(&p);
}

void
shutdowns_note(struct shutdowns *s, enum var command)
{
	static const struct { enum var command; bool restart, delayed; } cutting[] = {
		{ CMD_LOAD_OFF, false, false }, { CMD_LOAD_OFF_DELAY, false, true },
		{ CMD_SHUTDOWN_STAYOFF, false, true }, { CMD_SHUTDOWN_RETURN, true, true },
		{ CMD_SHUTDOWN_REBOOT, true, false }, { CMD_SHUTDOWN_REBOOT_GRACEFUL, true, false },
	};
	size_t	 i;

	if (s->off.phase == JOB_SENDING || s->on.phase == JOB_SENDING)
		return;
	for (i = 0; i < nitems(cutting); i++)
		if (cutting[i].command == command)
			s->cut = (struct cut){ .open = true, .restart = cutting[i].restart,
			    .due = loop_now(s->loop) +
			    (cutting[i].delayed ? plan_own_delay(s, command) * 1000 : 0) };
}

void
shutdowns_logins_gone(struct shutdowns *s)
{
	if (s->off.phase == JOB_COUNTING && s->off.hosts)
		timer_set(s->off.timer, 0);
}

/* -- life ------------------------------------------------------------------------------------------ */

static void
on_tick(void *arg)
{
	struct shutdowns	*s = arg;

	s->calls->publish(s->arg);
}

static void
job_init(struct shutdowns *s, struct job *j, const char *which)
{
	j->all = s;
	j->which = which;
	j->timer = timer_new(s->loop, job_on_timer, j);
}

struct shutdowns *
shutdowns_new(struct loop *loop, const struct shutdowns_calls *calls, void *arg)
{
	struct shutdowns	*s = xcalloc(1, sizeof(*s));

	*s = (struct shutdowns){ .loop = loop, .calls = calls, .arg = arg };
	job_init(s, &s->off, "off");
	job_init(s, &s->on, "on");
	s->tick = timer_new(loop, on_tick, s);
	return s;
}

static void
job_free(struct job *j)
{
	job_answer(j, R_TIMEOUT, "the device was removed; nobody knows whether it was done");
	plan_clear(&j->plan);
	timer_free(j->timer);
	free(j->origin);
}

void
shutdowns_free(struct shutdowns *s)
{
	if (s == NULL)
		return;
	s->closing = true;
	job_free(&s->off);
	job_free(&s->on);
	timer_free(s->tick);
	free(s);
}

void
shutdowns_settings(struct shutdowns *s, const char *device, const struct shutdowns_settings *settings)
{
	s->device = device;
	s->settings = *settings;
}

/* Why it does not go on, or NULL. */
static const char *
objection(const struct shutdowns *s, const struct job *j, const char *boot, int64_t left, enum outlets_device device)
{
	if (j->kind != ORDER_OFF) {
		if (device == OUTLETS_OTHER)
			return "the device is another one";
		return left < -OUTLET_LATE_MAX ? "busbard was away when it was due" : NULL;
	}
	if (device != OUTLETS_SAME)
		return "the device is another one than when it was asked for, so it was not done";
	if (strcmp(boot, s->calls->boot(s->arg)) != 0)
		return "the host was started again meanwhile, so it was not done";
	return left < 0 ? "busbard was away when it was due, so it was not done" : NULL;
}

/* "KIND DUE BOOT SYSTEM RESTART COMMAND ORIGIN" */
void
shutdowns_restore(struct shutdowns *s, const char *which, const char *text, enum outlets_device device)
{
	struct job	*j = strcmp(which, "off") == 0 ? &s->off : &s->on;
	int		 kind, system, restart, at = 0;
	char		 boot[64], command[64];
	const char	*why;
	int64_t		 due, left;
	enum var	 name;

	if (sscanf(text, "%d %" SCNd64 " %63s %d %d %63s %n", &kind, &due, boot, &system, &restart, command, &at) != 6 ||
	    at == 0 || kind < ORDER_OFF || kind > ORDER_REBOOT || (kind == ORDER_OFF) != (j == &s->off) ||
	    j->phase != JOB_IDLE || (name = var_find(command, strlen(command))) == VAR_NONE)
		return;
	left = due - s->calls->wall(s->arg);
	j->kind = (enum order_kind)kind;
	j->system = system != 0;
	j->restart = restart != 0;
	free(j->origin);
	j->origin = xstrdup(text + at);
	j->seconds = 0;
	j->hosts = false;
	plan_add(&j->plan, REQUEST_COMMAND, name, NULL);
	j->plan.pause = 0;
	why = objection(s, j, boot, left, device);
	if (why != NULL || left > SHUTDOWN_MAX) {
		job_end(j, R_FAILED, why);
		return;
	}
	j->due = loop_now(s->loop) + (left > 0 ? left : 0) * 1000;
	job_go_on(j);
}

void
shutdowns_abandon(struct shutdowns *s, enum outlets_device device, const char *why)
{
	if (device == OUTLETS_SAME)
		return;
	if (s->off.phase != JOB_IDLE)
		job_end(&s->off, R_FAILED, why);
	if (s->on.phase != JOB_IDLE && device == OUTLETS_OTHER)
		job_end(&s->on, R_FAILED, why);
	if (device == OUTLETS_OTHER)
		s->cut.open = false;
}
