/* Outlets: what is refused, what is taken, and what goes on after a restart. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/outlets-inside.h"
#include "core/traits.h"

/* -- finding ------------------------------------------------------------------------ */

struct outlet *
outlets_find(const struct outlets *all, unsigned number)
{
	struct outlet	*o;

	TAILQ_FOREACH(o, &all->list, entry)
		if (o->number == number)
			return o;
	return NULL;
}

static const struct outlet_settings *
settings_of(const struct outlets *all, unsigned number)
{
	size_t	 i;

	for (i = 0; i < all->nsettings; i++)
		if (all->numbers[i] == number)
			return &all->settings[i];
	return NULL;
}

static bool
is_delayed(enum outlet_command command)
{
	return outlet_base_of(command) != command;
}

bool
outlets_can(const struct traits *traits, unsigned number, enum outlet_command command)
{
	return traits_can(traits, outlet_command_var(number, command));
}

bool
outlets_switchable(const struct traits *traits, unsigned number, enum outlet_command command)
{
	bool	 on = outlets_can(traits, number, OUTLET_ON), off = outlets_can(traits, number, OUTLET_OFF);

	switch (outlet_base_of(command)) {
	case OUTLET_ON:
		return on;
	case OUTLET_OFF:
		return off;
	case OUTLET_CYCLE:
		return (on && off) || outlets_can(traits, number, OUTLET_CYCLE);
	default:
		return on || off;
	}
}

/* -- policy --------------------------------------------------------------------------------- */

enum result
outlets_judge(const struct outlets *all, unsigned outlet, bool off, bool confirm, char **why)
{
	const struct outlet_settings	*s;
	size_t				 i;

	*why = NULL;
	for (i = 0; i < all->nsettings; i++) {
		s = &all->settings[i];
		if (outlet != 0 && all->numbers[i] != outlet)
			continue;
		if (!s->writable) {
			*why = xasprintf("outlet %s is not to be switched", s->label);
			return R_DENIED;
		}
		if (off && !confirm && s->critical) {
			*why = xasprintf("outlet %s", s->label);
			return R_CONFIRM;
		}
	}
	if (off && !confirm && (*why = all->calls->objection(all->arg, outlet)) != NULL)
		return R_CONFIRM;
	return R_DONE;
}

static bool
takes_delay(const struct ask *ask, enum outlet_command command, int64_t *seconds)
{
	struct value	 v = value_from_text(ask->value);

	*seconds = -1;
	if (ask->value == NULL || *ask->value == '\0')
		return true;
	if (!is_delayed(command) || v.type != V_NUMBER || v.scale != 0 || v.digits < 0 || v.digits > OUTLET_DELAY_MAX)
		return false;
	*seconds = v.digits;
	return true;
}

static bool
is_sending(const struct outlet *o)
{
	return o->phase == PHASE_SEND_OFF || o->phase == PHASE_SEND_ON || o->phase == PHASE_SEND_CYCLE ||
	    o->phase == PHASE_FORGETTING;
}

/* What would not survive a power cut is not taken. */
static enum result
check_keeping(const struct outlets *all, char **why)
{
	const char	*unable = all->calls->unable(all->arg);

	if (unable == NULL)
		return R_DONE;
	*why = xasprintf("it cannot be kept until it is due: %s", unable);
	return R_FAILED;
}

static enum result
check(const struct outlets *all, const struct traits *traits, bool fresh, const struct ask *ask, char **why)
{
	unsigned		 number;
	enum outlet_command	 command = outlet_command_of(ask->name, &number);
	const struct outlet	*o = outlets_find(all, number);
	int64_t			 seconds;
	enum result		 result = outlets_judge(all, number, outlet_cuts_power(command),
				    ask->confirm, why);

	if (result == R_DENIED)
		return R_DENIED;
	if (!fresh)
		return R_GONE;
	if (!outlets_switchable(traits, number, command))
		return R_UNKNOWN;
	if (!takes_delay(ask, command, &seconds))
		return R_INVALID;
	if (result != R_DONE)
		return result;
	if (command == OUTLET_CANCEL)
		return o != NULL && is_sending(o) ? R_BUSY : R_DONE;
	if (o != NULL && o->phase != PHASE_IDLE) {
		*why = xasprintf("%s of %s pends; cancel it first", outlet_command_word(o->command), o->origin);
		return R_BUSY;
	}
	return is_delayed(command) ? check_keeping(all, why) : R_DONE;
}

/* -- taking ---------------------------------------------------------------------------------- */

static struct outlet *
outlet_new(struct outlets *all, unsigned number)
{
	struct outlet	*o = xcalloc(1, sizeof(*o));

	o->outlets = all;
	o->number = number;
	o->timer = timer_new(all->loop, outlet_on_timer, o);
	TAILQ_INSERT_TAIL(&all->list, o, entry);
	return o;
}

static void
configure(struct outlet *o, const struct traits *traits)
{
	const struct outlet_settings	*s = settings_of(o->outlets, o->number);

	o->rest = s != NULL && s->cycle_off > 0 ? s->cycle_off : OUTLET_CYCLE_OFF;
	o->own_cycle = outlets_can(traits, o->number, OUTLET_CYCLE) && (s == NULL || s->cycle_off == 0);
}

static void
cancel(struct outlet *o, const struct ask *ask, result_fn *fn, void *arg)
{
	char	*detail;

	if (o == NULL || o->phase == PHASE_IDLE) {
		fn(R_DONE, "nothing was pending", arg);
		return;
	}
	if (o->phase == PHASE_KEEPING || o->phase == PHASE_DELAY) {
		outlet_forget(o, ask->origin, fn, arg);
		return;
	}
	detail = xasprintf("cancelled by %s", ask->origin);
	outlet_end(o, R_FAILED, detail);
	free(detail);
	fn(R_DONE, NULL, arg);
}

/* The device's own delay, where it has one. */
static int64_t
usual_delay(const struct outlet *o, const struct snapshot *now)
{
	bool			 on = o->command == OUTLET_DELAYED_ON;
	char			 name[64];
	int			 len = snprintf(name, sizeof(name), "outlet.%u.delay.%s", o->number,
				    on ? "start" : "shutdown");
	const struct value	*v = snapshot_get(now, var_find(name, (size_t)len));

	if (v != NULL && v->type == V_NUMBER && v->digits >= 0 && value_scaled(v, 0) <= OUTLET_DELAY_MAX)
		return value_scaled(v, 0);
	return on ? OUTLET_DELAY_ON : OUTLET_DELAY_OFF;
}

static void
take(struct outlet *o, const struct ask *ask, const struct snapshot *now, result_fn *fn, void *arg)
{
	struct outlets	*all = o->outlets;
	int64_t		 seconds;
	char		*text;

	free(o->origin);
	o->origin = xstrdup(ask->origin);
	o->confirmed = ask->confirm;
	o->fn = fn;
	o->fn_arg = arg;
	outlet_note(o, OUTLET_PENDING, o->command, o->origin);
	outlet_tell(o, true, R_DONE, NULL);
	if (!is_delayed(o->command)) {
		outlet_begin(o);
		return;
	}
	takes_delay(ask, o->command, &seconds);
	if (seconds < 0)
		seconds = usual_delay(o, now);
	o->due = loop_now(all->loop) + seconds * 1000;
	o->phase = PHASE_KEEPING;
	text = outlet_kept_text(o, "delay", seconds * 1000);
	all->calls->keep(all->arg, o->number, text, outlet_on_kept, o);
	free(text);
}

bool
outlets_take(const struct outlets *all, const struct traits *traits, enum var command)
{
	unsigned		 number;
	enum outlet_command	 which = outlet_command_of(command, &number);

	return which != OUTLET_NONE && (which == OUTLET_CANCEL || !traits_can(traits, command) ||
	    outlets_switchable(traits, number, which));
}

void
outlets_ask(struct outlets *all, const struct traits *traits, const struct snapshot *now, bool fresh,
    const struct ask *ask, result_fn *fn, void *arg)
{
	unsigned		 number;
	enum outlet_command	 command = outlet_command_of(ask->name, &number);
	struct outlet		*o = outlets_find(all, number);
	bool			 off;
	char			*why = NULL;
	enum result		 result = check(all, traits, fresh, ask, &why);

	if (result != R_DONE || ask->test) {
		fn(result, why, arg);
		free(why);
		return;
	}
	free(why);
	if (command == OUTLET_CANCEL) {
		cancel(o, ask, fn, arg);
		return;
	}
	if (o == NULL)
		o = outlet_new(all, number);
	o->command = command;
	configure(o, traits);
	/* What is off already comes on after the wait: that needs our counting. */
	off = outlet_shown_state(now, number) == 0;
	o->own_cycle = o->own_cycle && !(off && outlets_switchable(traits, number, OUTLET_ON));
	take(o, ask, now, fn, arg);
	all->calls->publish(all->arg);
}

bool
outlets_busy(const struct outlets *all)
{
	const struct outlet	*o;

	TAILQ_FOREACH(o, &all->list, entry)
		if (o->phase != PHASE_IDLE)
			return true;
	return false;
}

/* -- life ----------------------------------------------------------------------------------------- */

struct outlets *
outlets_new(struct loop *loop, const struct outlets_calls *calls, void *arg)
{
	struct outlets	*all = xcalloc(1, sizeof(*all));

	*all = (struct outlets){ .loop = loop, .calls = calls, .arg = arg };
	TAILQ_INIT(&all->list);
	all->tick = timer_new(loop, outlets_on_tick, all);
	return all;
}

void
outlets_free(struct outlets *all)
{
	struct outlet	*o;

	if (all == NULL)
		return;
	all->closing = true;
	while ((o = TAILQ_FIRST(&all->list)) != NULL) {
		outlet_answer(o, R_TIMEOUT, "the device was removed; nobody knows whether it was done");
		TAILQ_REMOVE(&all->list, o, entry);
		timer_free(o->timer);
		free(o->origin);
		free(o->canceller);
		free(o->last_origin);
		free(o);
	}
	timer_free(all->tick);
	free(all->numbers);
	free(all->offers);
	traits_release(all->from);
	free(all);
}

void
outlets_settings(struct outlets *all, const char *device, const struct outlet_settings *settings, size_t n)
{
	size_t	 i;

	all->device = device;
	all->settings = settings;
	all->nsettings = n;
	all->told = false;
	all->numbers = xreallocarray(all->numbers, n + 1, sizeof(*all->numbers));
	for (i = 0; i < n; i++)
		all->numbers[i] = outlets_resolve(NULL, NULL, settings[i].label);
}

/* Both halves of time: what is still to come goes on, what is too late is said to have failed. */
static void
go_on(struct outlet *o, bool resting, int64_t left)
{
	if (!resting && left >= 0 && left <= OUTLET_DELAY_MAX) {
		o->due = loop_now(o->outlets->loop) + left * 1000;
		outlet_enter(o, PHASE_DELAY);
	} else if (resting && left >= -OUTLET_LATE_MAX && left <= OUTLET_DELAY_MAX) {
		o->phase = PHASE_REST;
		o->due = loop_now(o->outlets->loop) + (left < 0 ? 0 : left * 1000);
		timer_set(o->timer, left < 0 ? 0 : left * 1000);
	} else {
		outlet_end(o, R_FAILED, resting ? "busbard was away; the outlet is off" :
		    "busbard was away when it was due, so it was not done");
	}
}

void
outlets_restore(struct outlets *all, unsigned number, const char *text, enum outlets_device device)
{
	struct outlet	*o;
	char		 word[32], phase[16];
	int64_t		 due;
	int		 confirmed, at = 0;
	bool		 resting;

	if (sscanf(text, "%31s %15s %" SCNd64 " %d %n", word, phase, &due, &confirmed, &at) != 4 || at == 0 ||
	    outlet_command_named(word) == OUTLET_NONE || outlets_find(all, number) != NULL)
		return;
	o = outlet_new(all, number);
	o->command = outlet_command_named(word);
	o->confirmed = confirmed != 0;
	o->origin = xstrdup(text + at);
	o->rest = OUTLET_CYCLE_OFF;
	outlet_note(o, OUTLET_PENDING, o->command, o->origin);
	resting = strcmp(phase, "rest") == 0;
	if (device == OUTLETS_SAME || (device == OUTLETS_SAME_PLACE && resting))
		go_on(o, resting, due - all->calls->wall(all->arg));
	else
		outlet_end(o, R_FAILED, resting ? "the device is another one; at the one before it may still be off" :
		    "the device is another one than when it was asked for, so it was not done");
}

/* The way back on of a cycle whose first half was begun. */
static bool
is_second_half(const struct outlet *o)
{
	return outlet_base_of(o->command) == OUTLET_CYCLE && o->phase != PHASE_KEEPING &&
	    o->phase != PHASE_DELAY && o->phase != PHASE_FORGETTING;
}

void
outlets_abandon(struct outlets *all, enum outlets_device device, const char *why)
{
	struct outlet	*o;

	TAILQ_FOREACH(o, &all->list, entry)
		if (o->phase != PHASE_IDLE && device != OUTLETS_SAME &&
		    !(device == OUTLETS_SAME_PLACE && is_second_half(o)))
			outlet_end(o, R_FAILED, why);
}
