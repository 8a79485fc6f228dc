/* Outlets: a command from its beginning to its end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/outlets-inside.h"

#define RETRY_MS	5000		/* of the second half of a cycle */
#define RETRIES		12

/* -- how one ends ---------------------------------------------------------------------- */

void
outlet_note(struct outlet *o, enum outlet_result result, enum outlet_command command, const char *origin)
{
	char	*copy = xstrdup(origin);

	free(o->last_origin);
	o->last_origin = copy;
	o->last = command;
	o->last_result = result;
	o->last_time = o->outlets->calls->wall(o->outlets->arg);
}

void
outlet_tell(const struct outlet *o, bool asked, enum result result, const char *detail)
{
	struct outlets	*all = o->outlets;

	if (all->calls->tell != NULL)
		all->calls->tell(all->arg, o->number, o->command, o->origin, asked, result, detail);
}

void
outlet_answer(struct outlet *o, enum result result, const char *detail)
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

void
outlet_end(struct outlet *o, enum result result, const char *detail)
{
	struct outlets	*all = o->outlets;

	timer_stop(o->timer);
	o->phase = PHASE_IDLE;
	outlet_note(o, outlet_result_of(result), o->command, o->origin);
	log_info(all->device, "outlet %u: %s by %s: %s%s%s", o->number,
	    outlet_command_word(o->command), o->origin, result_text(result),
	    detail != NULL ? ", " : "", detail != NULL ? detail : "");
	outlet_tell(o, false, result, detail);
	forget_kept(o);
	o->command = OUTLET_NONE;
	outlet_answer(o, result, detail);
	if (!all->closing)
		all->calls->publish(all->arg);
}

/* -- what is kept ------------------------------------------------------------------------ */

/* "COMMAND PHASE DUE CONFIRMED ORIGIN": DUE in s since 1970. */
char *
outlet_kept_text(const struct outlet *o, const char *phase, int64_t left_ms)
{
	int64_t	 due = o->outlets->calls->wall(o->outlets->arg) + (left_ms + 999) / 1000;

	return xasprintf("%s %s %" PRId64 " %d %s", outlet_command_word(o->command), phase, due,
	    o->confirmed, o->origin);
}

void
outlet_on_kept(enum result result, const char *detail, void *arg)
{
	struct outlet	*o = arg;
	int64_t		 left;
	char		*said;

	if (o->phase != PHASE_KEEPING)
		return;
	if (result != R_DONE) {
		said = xasprintf("it cannot be kept until it is due%s%s", detail != NULL ? ": " : "",
		    detail != NULL ? detail : "");
		outlet_end(o, R_FAILED, said);
		free(said);
		return;
	}
	left = o->due - loop_now(o->outlets->loop);
	said = xasprintf("it is due in %" PRId64 " s", left <= 0 ? 0 : (left + 500) / 1000);
	log_info(o->outlets->device, "outlet %u: %s by %s: accepted, %s", o->number,
	    outlet_command_word(o->command), o->origin, said);
	outlet_enter(o, PHASE_DELAY);
	outlet_answer(o, R_DONE, said);
	free(said);
}

static void
on_forgotten(enum result result, const char *detail, void *arg)
{
	struct outlet	*o = arg;
	result_fn	*fn = o->fn;
	char		*why;

	if (o->phase != PHASE_FORGETTING)
		return;
	why = xasprintf("cancelled by %s", o->canceller);
	free(o->canceller);
	o->canceller = NULL;
	o->fn = NULL;
	outlet_end(o, R_FAILED, why);
	free(why);
	if (fn == NULL)
		return;
	if (result == R_DONE)
		fn(R_DONE, NULL, o->fn_arg);
	else
		fn(R_FAILED, "it is cancelled, but may be on disk still, and then a restart brings it back", o->fn_arg);
}

void
outlet_forget(struct outlet *o, const char *origin, result_fn *fn, void *arg)
{
	struct outlets	*all = o->outlets;
	char		*why = xasprintf("cancelled by %s", origin);

	timer_stop(o->timer);
	o->phase = PHASE_FORGETTING;
	free(o->canceller);
	o->canceller = xstrdup(origin);
	outlet_answer(o, R_FAILED, why);
	free(why);
	o->fn = fn;
	o->fn_arg = arg;
	all->calls->keep(all->arg, o->number, NULL, on_forgotten, o);
}

/* -- steps ------------------------------------------------------------------------------- */

/* Of a cycle that we count, the second half comes whatever became of the first: nothing is left off. */
static void
half_failed(struct outlet *o, enum result result, const char *detail)
{
	if (outlet_base_of(o->command) != OUTLET_CYCLE || o->own_cycle || o->phase == PHASE_SEE_ON) {
		outlet_end(o, result, detail);
		return;
	}
	o->trouble = result;
	outlet_enter(o, PHASE_REST);
}

static void
on_sent(enum result result, const char *detail, void *arg)
{
	struct outlet	*o = arg;
	enum phase	 phase = o->phase;

	if (phase == PHASE_IDLE)	/* abandoned meanwhile */
		return;
	if (result == R_DONE) {
		outlet_enter(o, phase + 1);
	} else if (phase == PHASE_SEND_ON && outlet_base_of(o->command) == OUTLET_CYCLE && ++o->tries < RETRIES &&
	    !o->outlets->closing) {
		o->phase = PHASE_REST;
		timer_set(o->timer, RETRY_MS);
	} else if (phase == PHASE_SEND_OFF && result == R_TIMEOUT) {
		half_failed(o, result, detail);
	} else {
		outlet_end(o, result, detail);
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

void
outlet_enter(struct outlet *o, enum phase phase)
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
		if (outlet_base_of(o->command) == OUTLET_CYCLE) {
			text = outlet_kept_text(o, "rest", (int64_t)o->rest * 1000);
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

void
outlet_begin(struct outlet *o)
{
	struct outlets	*all = o->outlets;
	enum outlet_command	 base = outlet_base_of(o->command);

	o->tries = 0;
	o->trouble = R_DONE;
	o->due = loop_now(all->loop);
	if (base == OUTLET_ON)
		outlet_enter(o, PHASE_SEND_ON);
	else if (base == OUTLET_CYCLE && o->own_cycle)
		outlet_enter(o, PHASE_SEND_CYCLE);
	else
		outlet_enter(o, PHASE_SEND_OFF);
}

/* Its time has come; the world may be another one than when it was asked for. */
static void
begin_delayed(struct outlet *o)
{
	struct outlets	*all = o->outlets;
	char		*why;
	enum result	 result = outlets_judge(all, o->number, outlet_cuts_power(o->command),
			    o->confirmed, &why);

	if (result == R_DONE) {
		forget_kept(o);
		outlet_begin(o);
		return;
	}
	outlet_end(o, result, why);
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

void
outlet_on_timer(void *arg)
{
	struct outlet	*o = arg;

	if (o->phase == PHASE_DELAY)
		begin_delayed(o);
	else if (o->phase == PHASE_REST)
		outlet_enter(o, PHASE_SEND_ON);
	else if (loop_now(o->outlets->loop) >= o->deadline)
		give_up(o);
	else {
		timer_set(o->timer, OUTLET_LOOK_MS);
		o->outlets->calls->look(o->outlets->arg);
	}
}

/* -- looking ------------------------------------------------------------------------------- */

static void
look(struct outlet *o, const struct snapshot *s)
{
	bool	 on = o->phase == PHASE_SEE_ON || o->phase == PHASE_SEE_BACK;
	int	 state = outlet_shown_state(s, o->number);

	o->looked = true;
	o->shown |= state >= 0;
	if (state < 0 || (state == 1) != on)
		return;
	if (o->phase == PHASE_SEE_DIP)
		outlet_enter(o, PHASE_SEE_BACK);
	else if (o->phase == PHASE_SEE_OFF && outlet_base_of(o->command) == OUTLET_CYCLE)
		outlet_enter(o, PHASE_REST);
	else
		outlet_end(o, o->trouble, o->trouble == R_DONE ? NULL : "it is on, but was never seen off");
}

/*
 * What ends is published, and what it waited for goes on, perhaps as far as the
 * next news of the device: then these here are old, and all has been looked at.
 */
void
outlets_seen(struct outlets *all, const struct snapshot *s, bool polled)
{
	struct outlet	*o, *next;
	unsigned	 news;

	if (!polled)
		return;
	news = ++all->news;
	snapshot_hold(s);
	for (o = TAILQ_FIRST(&all->list); o != NULL && all->news == news; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o->phase == PHASE_SEE_OFF || o->phase == PHASE_SEE_ON || o->phase == PHASE_SEE_DIP ||
		    o->phase == PHASE_SEE_BACK)
			look(o, s);
	}
	snapshot_release(s);
}
