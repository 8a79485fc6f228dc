#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/outlets.h"
#include "core/remarks.h"

#define RETRY_MS	5000		/* of the second half of a cycle */
#define RETRIES		12

enum phase {
	PHASE_IDLE, PHASE_KEEPING, PHASE_DELAY,
	PHASE_SEND_OFF, PHASE_SEE_OFF, PHASE_REST, PHASE_SEND_ON, PHASE_SEE_ON,
	PHASE_SEND_CYCLE, PHASE_SEE_DIP, PHASE_SEE_BACK
};

/* One that was commanded since we started. */
struct outlet {
	TAILQ_ENTRY(outlet)	 entry;
	struct outlets		*outlets;
	unsigned		 number;
	enum phase		 phase;
	enum outlet_command	 command;	/* what was asked */
	bool			 confirmed;
	bool			 own_cycle;	/* the device's; else we count */
	bool			 shown;		/* it has shown some state since the last step */
	bool			 looked;	/* there was news of the device since */
	int64_t			 due, deadline;	/* ms */
	unsigned		 rest;		/* s, between off and on */
	unsigned		 tries;
	enum result		 trouble;	/* of the first half of a cycle; R_DONE: none */
	struct timer		*timer;
	char			*origin;
	result_fn		*fn;		/* of who waits for the outcome; NULL: nobody */
	void			*fn_arg;
	enum outlet_command	 last;
	enum outlet_result	 last_result;
	int64_t			 last_time;
	char			*last_origin;
};

struct outlets {
	struct loop			*loop;
	const struct outlets_calls	*calls;
	void				*arg;
	const char			*device;
	const struct outlet_settings	*settings;
	size_t				 nsettings;
	unsigned			*numbers;	/* of the configured ones; 0: the device has no such */
	bool				 told;		/* the log knows which it has not */
	bool				 closing;
	TAILQ_HEAD(, outlet)		 list;
};

static void	enter(struct outlet *, enum phase);

/* -- finding ------------------------------------------------------------------------ */

static struct outlet *
find(const struct outlets *all, unsigned number)
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

/* on, off or cycle, whenever it acts. */
static enum outlet_command
base_of(enum outlet_command command)
{
	return command >= OUTLET_DELAYED_ON && command <= OUTLET_DELAYED_CYCLE ?
	    command - OUTLET_DELAYED_ON + OUTLET_ON : command;
}

static bool
is_delayed(enum outlet_command command)
{
	return base_of(command) != command;
}

static bool
can(const struct traits *traits, unsigned number, enum outlet_command command)
{
	return traits_can(traits, outlet_command_var(number, command));
}

static bool
switchable(const struct traits *traits, unsigned number, enum outlet_command command)
{
	bool	 on = can(traits, number, OUTLET_ON), off = can(traits, number, OUTLET_OFF);

	switch (base_of(command)) {
	case OUTLET_ON:
		return on;
	case OUTLET_OFF:
		return off;
	case OUTLET_CYCLE:
		return (on && off) || can(traits, number, OUTLET_CYCLE);
	default:
		return on || off;
	}
}

/* -- how one ends ---------------------------------------------------------------------- */

static void
note(struct outlet *o, enum outlet_result result, enum outlet_command command, const char *origin)
{
	char	*copy = xstrdup(origin);

	free(o->last_origin);
	o->last_origin = copy;
	o->last = command;
	o->last_result = result;
	o->last_time = o->outlets->calls->wall(o->outlets->arg);
}

static void
answer(struct outlet *o, enum result result, const char *detail)
{
	result_fn	*fn = o->fn;

	o->fn = NULL;
	if (fn != NULL)
		fn(result, detail, o->fn_arg);
}

static void
forget_kept(struct outlet *o)
{
	struct outlets	*all = o->outlets;

	if (!all->closing)
		all->calls->keep(all->arg, o->number, NULL, NULL, NULL);
}

static void
end(struct outlet *o, enum result result, const char *detail)
{
	struct outlets	*all = o->outlets;

	timer_stop(o->timer);
	o->phase = PHASE_IDLE;
	note(o, outlet_result_of(result), o->command, o->origin);
	log_info(all->device, "outlet %u: %s by %s: %s%s%s", o->number,
	    outlet_command_word(o->command), o->origin, result_text(result),
	    detail != NULL ? ", " : "", detail != NULL ? detail : "");
	forget_kept(o);
	o->command = OUTLET_NONE;
	answer(o, result, detail);
	if (!all->closing)
		all->calls->publish(all->arg);
}

/* -- what is kept ------------------------------------------------------------------------ */

/* "COMMAND PHASE DUE CONFIRMED ORIGIN": DUE in s since 1970. */
static char *
kept_text(const struct outlet *o, const char *phase, int64_t left_ms)
{
	int64_t	 due = o->outlets->calls->wall(o->outlets->arg) + (left_ms + 999) / 1000;

	return xasprintf("%s %s %" PRId64 " %d %s", outlet_command_word(o->command), phase, due,
	    o->confirmed, o->origin);
}

static void
on_kept(enum result result, const char *detail, void *arg)
{
	struct outlet	*o = arg;
	int64_t		 left;
	char		*said;

	if (o->phase != PHASE_KEEPING)
		return;
	if (result != R_DONE) {
		end(o, R_GONE, "it cannot be kept until it is due");
		return;
	}
	left = o->due - loop_now(o->outlets->loop);
	said = xasprintf("it is due in %" PRId64 " s", left <= 0 ? 0 : (left + 500) / 1000);
	enter(o, PHASE_DELAY);
	answer(o, R_DONE, said);
	free(said);
}

/* -- steps ------------------------------------------------------------------------------- */

/* Of a cycle that we count, the second half comes whatever became of the first: nothing is left off. */
static void
half_failed(struct outlet *o, enum result result, const char *detail)
{
	if (base_of(o->command) != OUTLET_CYCLE || o->own_cycle || o->phase == PHASE_SEE_ON) {
		end(o, result, detail);
		return;
	}
	o->trouble = result;
	enter(o, PHASE_REST);
}

static void
on_sent(enum result result, const char *detail, void *arg)
{
	struct outlet	*o = arg;
	enum phase	 phase = o->phase;

	if (result == R_DONE) {
		enter(o, phase + 1);
	} else if (phase == PHASE_SEND_ON && base_of(o->command) == OUTLET_CYCLE && ++o->tries < RETRIES &&
	    !o->outlets->closing) {
		o->phase = PHASE_REST;
		timer_set(o->timer, RETRY_MS);
	} else if (phase == PHASE_SEND_OFF && result == R_TIMEOUT) {
		half_failed(o, result, detail);
	} else {
		end(o, result, detail);
	}
}

static void
send(struct outlet *o, enum outlet_command command)
{
	struct outlets	*all = o->outlets;

	all->calls->send(all->arg, outlet_command_var(o->number, command), o->origin, on_sent, o);
}

static void
see(struct outlet *o, int64_t limit)
{
	o->shown = o->looked = false;
	o->deadline = loop_now(o->outlets->loop) + limit;
	timer_set(o->timer, OUTLET_LOOK_MS);
}

static void
enter(struct outlet *o, enum phase phase)
{
	struct outlets	*all = o->outlets;
	int64_t		 now = loop_now(all->loop);
	char		*text;

	o->phase = phase;
	switch (phase) {
	case PHASE_DELAY:
		timer_set(o->timer, o->due > now ? o->due - now : 0);
		break;
	case PHASE_SEND_OFF:
		/* The power must come back even if we die behind the first half. */
		if (base_of(o->command) == OUTLET_CYCLE) {
			text = kept_text(o, "rest", (int64_t)o->rest * 1000);
			all->calls->keep(all->arg, o->number, text, NULL, NULL);
			free(text);
		}
		send(o, OUTLET_OFF);
		return;
	case PHASE_SEND_ON:
		send(o, OUTLET_ON);
		return;
	case PHASE_SEND_CYCLE:
		send(o, OUTLET_CYCLE);
		return;
	case PHASE_REST:
		o->due = now + (int64_t)o->rest * 1000;
		timer_set(o->timer, o->due - now);
		break;
	case PHASE_SEE_BACK:
		see(o, OUTLET_BACK_MS);
		return;
	default:
		see(o, OUTLET_SEEN_MS);
		return;
	}
	all->calls->publish(all->arg);
}

static void
begin(struct outlet *o)
{
	struct outlets	*all = o->outlets;
	enum outlet_command	 base = base_of(o->command);

	o->tries = 0;
	o->trouble = R_DONE;
	o->due = loop_now(all->loop);
	if (base == OUTLET_ON)
		enter(o, PHASE_SEND_ON);
	else if (base == OUTLET_CYCLE && o->own_cycle)
		enter(o, PHASE_SEND_CYCLE);
	else
		enter(o, PHASE_SEND_OFF);
}

/* Its time has come; the world may be another one than when it was asked for. */
static void
begin_delayed(struct outlet *o)
{
	struct outlets	*all = o->outlets;
	char		*why = o->confirmed || base_of(o->command) == OUTLET_ON ? NULL :
			    all->calls->objection(all->arg, o->number);

	if (why == NULL) {
		forget_kept(o);
		begin(o);
		return;
	}
	end(o, R_CONFIRM, why);
	free(why);
}

static void
give_up(struct outlet *o)
{
	static const char *const	 still[] = {
		[PHASE_SEE_OFF] = "the device still shows it on", [PHASE_SEE_ON] = "the device still shows it off",
		[PHASE_SEE_DIP] = "the device never showed it off", [PHASE_SEE_BACK] = "the device still shows it off",
	};

	if (o->shown)
		half_failed(o, R_FAILED, still[o->phase]);
	else
		half_failed(o, R_TIMEOUT, o->looked ? "the device shows no state of it" :
		    "there was no news of the device");
}

static void
on_timer(void *arg)
{
	struct outlet	*o = arg;

	if (o->phase == PHASE_DELAY)
		begin_delayed(o);
	else if (o->phase == PHASE_REST)
		enter(o, PHASE_SEND_ON);
	else if (loop_now(o->outlets->loop) >= o->deadline)
		give_up(o);
	else {
		timer_set(o->timer, OUTLET_LOOK_MS);
		o->outlets->calls->look(o->outlets->arg);
	}
}

/* -- looking ------------------------------------------------------------------------------- */

/* 1: on, 0: off, -1: it does not say. */
static int
shown_state(const struct snapshot *s, unsigned number)
{
	char		 name[64];
	int		 len = snprintf(name, sizeof(name), "outlet.%u.status", number);
	const char	*text = snapshot_text(s, var_find(name, (size_t)len));

	if (text == NULL)
		return -1;
	return strcasecmp(text, "on") == 0 ? 1 : strcasecmp(text, "off") == 0 ? 0 : -1;
}

static void
look(struct outlet *o, const struct snapshot *s)
{
	bool	 on = o->phase == PHASE_SEE_ON || o->phase == PHASE_SEE_BACK;
	int	 state = shown_state(s, o->number);

	o->looked = true;
	o->shown |= state >= 0;
	if (state < 0 || (state == 1) != on)
		return;
	if (o->phase == PHASE_SEE_DIP)
		enter(o, PHASE_SEE_BACK);
	else if (o->phase == PHASE_SEE_OFF && base_of(o->command) == OUTLET_CYCLE)
		enter(o, PHASE_REST);
	else
		end(o, o->trouble, o->trouble == R_DONE ? NULL : "it is on, but was never seen off");
}

void
outlets_seen(struct outlets *all, const struct snapshot *s, bool polled)
{
	struct outlet	*o, *next;

	for (o = TAILQ_FIRST(&all->list); polled && o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o->phase == PHASE_SEE_OFF || o->phase == PHASE_SEE_ON || o->phase == PHASE_SEE_DIP ||
		    o->phase == PHASE_SEE_BACK)
			look(o, s);
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
	    o->phase == PHASE_KEEPING;
}

static enum result
check(const struct outlets *all, const struct traits *traits, bool fresh, const struct ask *ask, char **why)
{
	unsigned		 number;
	enum outlet_command	 command = outlet_command_of(ask->name, &number), base = base_of(command);
	const struct outlet	*o = find(all, number);
	int64_t			 seconds;
	enum result		 result = outlets_judge(all, number, base == OUTLET_OFF || base == OUTLET_CYCLE,
				    ask->confirm, why);

	if (result == R_DENIED)
		return R_DENIED;
	if (!fresh)
		return R_GONE;
	if (!switchable(traits, number, command))
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
	return is_delayed(command) && !all->calls->able(all->arg) ? R_GONE : R_DONE;
}

/* -- taking ---------------------------------------------------------------------------------- */

static struct outlet *
outlet_new(struct outlets *all, unsigned number)
{
	struct outlet	*o = xcalloc(1, sizeof(*o));

	o->outlets = all;
	o->number = number;
	o->timer = timer_new(all->loop, on_timer, o);
	TAILQ_INSERT_TAIL(&all->list, o, entry);
	return o;
}

static void
configure(struct outlet *o, const struct traits *traits)
{
	const struct outlet_settings	*s = settings_of(o->outlets, o->number);

	o->rest = s != NULL && s->cycle_off > 0 ? s->cycle_off : OUTLET_CYCLE_OFF;
	o->own_cycle = can(traits, o->number, OUTLET_CYCLE) && (s == NULL || s->cycle_off == 0);
}

static void
cancel(struct outlet *o, const struct ask *ask, result_fn *fn, void *arg)
{
	char	*detail;

	if (o == NULL || o->phase == PHASE_IDLE) {
		fn(R_DONE, "nothing was pending", arg);
		return;
	}
	detail = xasprintf("cancelled by %s", ask->origin);
	end(o, R_FAILED, detail);
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
	note(o, OUTLET_PENDING, o->command, o->origin);
	if (!is_delayed(o->command)) {
		begin(o);
		return;
	}
	takes_delay(ask, o->command, &seconds);
	if (seconds < 0)
		seconds = usual_delay(o, now);
	o->due = loop_now(all->loop) + seconds * 1000;
	o->phase = PHASE_KEEPING;
	text = kept_text(o, "delay", seconds * 1000);
	all->calls->keep(all->arg, o->number, text, on_kept, o);
	free(text);
}

bool
outlets_take(const struct outlets *all, const struct traits *traits, enum var command)
{
	unsigned		 number;
	enum outlet_command	 which = outlet_command_of(command, &number);

	return which != OUTLET_NONE && (which == OUTLET_CANCEL || !traits_can(traits, command) ||
	    switchable(traits, number, which));
}

void
outlets_ask(struct outlets *all, const struct traits *traits, const struct snapshot *now, bool fresh,
    const struct ask *ask, result_fn *fn, void *arg)
{
	unsigned		 number;
	enum outlet_command	 command = outlet_command_of(ask->name, &number);
	struct outlet		*o = find(all, number);
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
	off = shown_state(now, number) == 0;
	o->own_cycle = o->own_cycle && !(off && switchable(traits, number, OUTLET_ON));
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

/* -- what is said ------------------------------------------------------------------------------ */

static bool
is_called(const struct update *u, unsigned number, const char *label)
{
	static const char *const	 names[] = { "id", "name", "desc", "designator" };
	const struct value		*v;
	char				 name[64], room[VALUE_TEXT_MAX];
	size_t				 i;
	int				 len;

	for (i = 0; i < nitems(names); i++) {
		len = snprintf(name, sizeof(name), "outlet.%u.%s", number, names[i]);
		v = update_get(u, var_find(name, (size_t)len));
		if (v != NULL && strcasecmp(value_text(v, room), label) == 0)
			return true;
	}
	return false;
}

/* The number of a configured outlet: its label, or that of the outlet which the device calls so. */
static unsigned
resolve(const struct traits *traits, const struct update *u, const char *label)
{
	unsigned	 number = 0, last = 0;
	const char	*rest;
	char		*end;
	size_t		 i;

	if (strspn(label, "0123456789") == strlen(label)) {
		number = (unsigned)strtoul(label, &end, 10);
		return number <= OUTLET_MAX ? number : 0;
	}
	for (i = 0; i < traits_commands(traits); i++) {
		number = outlet_number(var_name(traits_command(traits, i)), &rest);
		if (number != 0 && number != last && is_called(u, number, label))
			return number;
		last = number;
	}
	return 0;
}

static void
remark(struct update *u, unsigned number, const char *what, const char *text)
{
	update_put_text(u, var_internf(REMARK_OUTLET "%u.%s", number, what), text);
}

static void
put_configured(struct outlets *all, const struct traits *traits, struct update *u)
{
	const struct outlet_settings	*o;
	size_t				 i;

	for (i = 0; i < all->nsettings; i++) {
		o = &all->settings[i];
		all->numbers[i] = resolve(traits, u, o->label);
		if (all->numbers[i] == 0)
			continue;
		if (o->name != NULL)
			update_put(u, var_internf("outlet.%u.name", all->numbers[i]),
			    (struct value){ .type = V_TEXT, .text = o->name });
		if (o->critical)
			remark(u, all->numbers[i], REMARK_OUTLET_CRITICAL, "yes");
		if (!o->writable)
			remark(u, all->numbers[i], REMARK_OUTLET_READONLY, "yes");
	}
}

/* A label that is misspelt protects nothing: the log says so, once the device has said what it has. */
static void
tell_missing(struct outlets *all)
{
	size_t	 i;

	for (i = 0; i < all->nsettings && !all->told; i++)
		if (all->numbers[i] == 0)
			log_warning(all->device, "outlet %s: the device has none that is called so",
			    all->settings[i].label);
	all->told = true;
}

static void
put_active(const struct outlet *o, struct update *u)
{
	char	*text;

	if (o->phase != PHASE_IDLE) {
		text = outlet_pending_text(o->command, o->due);
		remark(u, o->number, REMARK_OUTLET_PENDING, text);
		free(text);
	}
	if (o->last != OUTLET_NONE) {
		text = outlet_last_text(o->last_result, o->last, o->last_time, o->last_origin);
		remark(u, o->number, REMARK_OUTLET_LAST, text);
		free(text);
	}
}

/* An outlet that can be put on and off can be cycled, and all of it later. */
static void
offer(const struct traits *traits, struct update *u)
{
	unsigned		 number, command;
	enum outlet_command	 which;
	size_t			 i;

	for (i = 0; i < traits_commands(traits); i++) {
		which = outlet_command_of(traits_command(traits, i), &number);
		if (which != OUTLET_ON && which != OUTLET_OFF && which != OUTLET_CYCLE)
			continue;
		for (command = OUTLET_ON; command < OUTLET_CANCEL; command++)
			if (base_of(command) == which ||
			    (base_of(command) == OUTLET_CYCLE && switchable(traits, number, OUTLET_CYCLE)))
				update_command(u, outlet_command_var(number, command));
		update_command(u, outlet_command_var(number, OUTLET_CANCEL));
	}
}

void
outlets_put(struct outlets *all, const struct traits *traits, struct update *u)
{
	const struct outlet	*o;

	put_configured(all, traits, u);
	if (update_get_state(u) == DEVICE_FRESH)
		tell_missing(all);
	if (update_get_state(u) != DEVICE_WAITING)
		offer(traits, u);
	TAILQ_FOREACH(o, &all->list, entry)
		put_active(o, u);
}

/* -- life ----------------------------------------------------------------------------------------- */

struct outlets *
outlets_new(struct loop *loop, const struct outlets_calls *calls, void *arg)
{
	struct outlets	*all = xcalloc(1, sizeof(*all));

	*all = (struct outlets){ .loop = loop, .calls = calls, .arg = arg };
	TAILQ_INIT(&all->list);
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
		answer(o, R_TIMEOUT, "the device was removed; nobody knows whether it was done");
		TAILQ_REMOVE(&all->list, o, entry);
		timer_free(o->timer);
		free(o->origin);
		free(o->last_origin);
		free(o);
	}
	free(all->numbers);
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
		all->numbers[i] = resolve(NULL, NULL, settings[i].label);
}

static enum outlet_command
command_named(const char *word)
{
	char			*name = xasprintf("outlet.1.%s", word);
	unsigned		 number;
	enum outlet_command	 command = outlet_command_of(var_intern(name), &number);

	free(name);
	return command;
}

/* Both halves of time: what is still to come goes on, what is too late is said to have failed. */
static void
go_on(struct outlet *o, bool resting, int64_t left)
{
	if (!resting && left >= 0 && left <= OUTLET_DELAY_MAX) {
		o->due = loop_now(o->outlets->loop) + left * 1000;
		enter(o, PHASE_DELAY);
	} else if (resting && left >= -OUTLET_LATE_MAX && left <= OUTLET_DELAY_MAX) {
		o->phase = PHASE_REST;
		o->due = loop_now(o->outlets->loop) + (left < 0 ? 0 : left * 1000);
		timer_set(o->timer, left < 0 ? 0 : left * 1000);
	} else {
		end(o, R_FAILED, resting ? "busbard was away; the outlet is off" :
		    "busbard was away when it was due, so it was not done");
	}
}

void
outlets_restore(struct outlets *all, unsigned number, const char *text)
{
	struct outlet	*o;
	char		 word[32], phase[16];
	int64_t		 due;
	int		 confirmed, at = 0;

	if (sscanf(text, "%31s %15s %" SCNd64 " %d %n", word, phase, &due, &confirmed, &at) != 4 || at == 0 ||
	    command_named(word) == OUTLET_NONE || find(all, number) != NULL)
		return;
	o = outlet_new(all, number);
	o->command = command_named(word);
	o->confirmed = confirmed != 0;
	o->origin = xstrdup(text + at);
	o->rest = OUTLET_CYCLE_OFF;
	note(o, OUTLET_PENDING, o->command, o->origin);
	go_on(o, strcmp(phase, "rest") == 0, due - all->calls->wall(all->arg));
}
