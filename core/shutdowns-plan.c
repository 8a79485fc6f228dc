/* Orders to go off or on: which requests of the driver make them true. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/shutdowns-inside.h"
#include "core/status.h"

/* -- plans ------------------------------------------------------------------------- */

void
plan_clear(struct plan *p)
{
	size_t	 i;

	for (i = 0; i < p->n; i++)
		free(p->steps[i].value);
	*p = (struct plan){ .n = 0 };
}

void
plan_add(struct plan *p, enum request_kind kind, enum var name, const char *value)
{
	p->steps[p->n++] = (struct step){ kind, name, value == NULL ? NULL : xstrdup(value) };
	p->pause = p->n;
}

static void
add_timed(struct plan *p, enum var command, int64_t seconds)
{
	char	*text = xasprintf("%" PRId64, seconds);

	plan_add(p, REQUEST_COMMAND, command, text);
	free(text);
	p->given = seconds > 0 ? seconds : 0;
}

/* -- what the device can be told ----------------------------------------------------- */

static bool
can(const struct shutdowns *s, enum var command)
{
	return traits_can(s->calls->traits(s->arg), command);
}

static bool
is_timed(const struct shutdowns *s, enum var command)
{
	return can(s, command) && s->calls->timing(s->arg, command) == TIMING_VALUE;
}

/* Where a command takes its time from, when none comes with it; VAR_NONE: nothing that is known. */
static enum var
setting_of(const struct shutdowns *s, enum var command)
{
	static const struct { enum var command, setting; } settings[] = {
		{ CMD_LOAD_OFF_DELAY, VAR_UPS_DELAY_SHUTDOWN }, { CMD_SHUTDOWN_RETURN, VAR_UPS_DELAY_SHUTDOWN },
		{ CMD_SHUTDOWN_STAYOFF, VAR_UPS_DELAY_SHUTDOWN }, { CMD_LOAD_ON_DELAY, VAR_UPS_DELAY_START },
		{ CMD_SHUTDOWN_REBOOT, VAR_UPS_DELAY_START },
	};
	size_t	 i;

	for (i = 0; i < nitems(settings); i++)
		if (settings[i].command == command && s->calls->timing(s->arg, command) == TIMING_SETTING)
			return settings[i].setting;
	return VAR_NONE;
}

int64_t
plan_own_delay(const struct shutdowns *s, enum var command)
{
	struct readings		 r = s->calls->readings(s->arg);
	const struct value	*v = readings_number(&r, setting_of(s, command));
	int64_t			 seconds = v == NULL ? 0 : value_ceil(v, 0);

	return seconds < 0 ? 0 : seconds;
}

/* The setting that makes it so many seconds or, where the device is coarse, more; false: it cannot be set so. */
static bool
add_setting(const struct shutdowns *s, struct plan *p, enum var setting, int64_t seconds)
{
	const struct settable	*settable = traits_settable(s->calls->traits(s->arg), setting);
	struct value		 want = value_number(seconds, 0), taken;
	char			*text = settable == NULL ? NULL : settable_number(settable, want, false);
	bool			 fits;

	taken = value_from_text(text);
	fits = text != NULL && taken.type == V_NUMBER && value_compare(&taken, &want) >= 0 &&
	    settable_takes(settable, text) == R_DONE;
	if (fits) {
		plan_add(p, REQUEST_SET, setting, text);
		p->given = value_ceil(&taken, 0);
	}
	free(text);
	return fits;
}

/* The device counts; never a 0, by which some stop what counts. */
static bool
give(const struct shutdowns *s, struct plan *p, enum var command, int64_t seconds)
{
	int64_t	 given;

	if (!can(s, command))
		return false;
	if (is_timed(s, command)) {
		add_timed(p, command, seconds > 0 ? seconds : 1);
		return true;
	}
	if (setting_of(s, command) == VAR_NONE || !add_setting(s, p, setting_of(s, command), seconds))
		return false;
	given = p->given;
	plan_add(p, REQUEST_COMMAND, command, NULL);
	p->given = given;
	return true;
}

bool
plan_tell(const struct shutdowns *s, struct plan *p, enum var command)
{
	if (!can(s, command))
		return false;
	if (is_timed(s, command)) {
		add_timed(p, command, 1);
		return true;
	}
	plan_add(p, REQUEST_COMMAND, command, NULL);
	p->given = plan_own_delay(s, command);
	return true;
}

static bool
count(const struct shutdowns *s, struct plan *p, enum var command)
{
	if (!plan_tell(s, p, command))
		return false;
	p->pause = 0;
	return true;
}

/* -- going off -------------------------------------------------------------------------- */

#define WAYS_MAX	3

/* The commands that cut power in one manner, the best first: where the device counts, and where busbard does. */
struct ways {
	enum var	 given[WAYS_MAX], counted[WAYS_MAX];
};

static const struct ways	 returning = { { CMD_SHUTDOWN_RETURN }, { CMD_SHUTDOWN_RETURN } };
static const struct ways	 whole = { { CMD_SHUTDOWN_STAYOFF }, { CMD_SHUTDOWN_STAYOFF } };
static const struct ways	 staying = {
	{ CMD_LOAD_OFF_DELAY, CMD_SHUTDOWN_STAYOFF },
	{ CMD_LOAD_OFF, CMD_LOAD_OFF_DELAY, CMD_SHUTDOWN_STAYOFF },
};

static bool
go(const struct shutdowns *s, struct plan *p, const struct ways *ways, int64_t seconds)
{
	size_t	 i;

	if (seconds == 0 && ways->counted[0] == CMD_LOAD_OFF && plan_tell(s, p, CMD_LOAD_OFF))
		return true;
	for (i = 0; i < WAYS_MAX && ways->given[i] != VAR_NONE; i++)
		if (give(s, p, ways->given[i], seconds))
			return true;
	for (i = 0; i < WAYS_MAX && ways->counted[i] != VAR_NONE; i++)
		if (count(s, p, ways->counted[i]))
			return true;
	return false;
}

/* The device itself decides whether it comes back with the mains. */
static bool
returns_by_itself(const struct shutdowns *s, const struct readings *r)
{
	char	 room[VALUE_TEXT_MAX];

	return traits_settable(s->calls->traits(s->arg), VAR_UPS_START_AUTO) != NULL ||
	    strcmp(readings_text(r, VAR_UPS_START_AUTO, room), "yes") == 0;
}

/*
 * What upsShutdownType and upsAutoRestart make of it.  On mains "restart" is
 * for a power failure that is not there: the device stays off until somebody
 * starts it, unless it can do no other and may come back at once.
 */
enum result
plan_off(const struct shutdowns *s, int64_t seconds, bool system, bool restart, struct plan *p)
{
	struct readings	 r = s->calls->readings(s->arg);
	bool		 battery = (r.status & STATUS_OB) != 0, done;

	*p = (struct plan){ .n = 0 };
	if (!can(s, CMD_LOAD_OFF) && !can(s, CMD_LOAD_OFF_DELAY) && !can(s, CMD_SHUTDOWN_STAYOFF) &&
	    !can(s, CMD_SHUTDOWN_RETURN))
		return R_UNKNOWN;
	if (restart && battery)
		done = go(s, p, &returning, seconds) || (returns_by_itself(s, &r) && go(s, p, &staying, seconds));
	else if (restart)
		done = go(s, p, &staying, seconds) ||
		    (s->settings.restart_on_mains && go(s, p, &returning, seconds));
	else
		done = go(s, p, system ? &whole : &staying, seconds);
	return done ? R_DONE : R_INVALID;
}

/* -- coming on, and both ------------------------------------------------------------------- */

enum result
plan_on(const struct shutdowns *s, int64_t seconds, struct plan *p)
{
	*p = (struct plan){ .n = 0 };
	if (seconds > 0 && give(s, p, CMD_LOAD_ON_DELAY, seconds))
		return R_DONE;
	return count(s, p, CMD_LOAD_ON) || count(s, p, CMD_LOAD_ON_DELAY) ? R_DONE : R_UNKNOWN;
}

/*
 * One command, by which nothing stays off if we die; else the way back on
 * first, which does nothing while it is on; else busbard counts between the two.
 */
enum result
plan_reboot(const struct shutdowns *s, int64_t seconds, struct plan *p)
{
	int64_t	 given;

	*p = (struct plan){ .n = 0 };
	if (is_timed(s, CMD_SHUTDOWN_REBOOT))
		return give(s, p, CMD_SHUTDOWN_REBOOT, seconds) ? R_DONE : R_UNKNOWN;
	if (can(s, CMD_LOAD_OFF) && is_timed(s, CMD_LOAD_ON_DELAY)) {
		add_timed(p, CMD_LOAD_ON_DELAY, seconds > 0 ? seconds : 1);
		plan_add(p, REQUEST_COMMAND, CMD_LOAD_OFF, NULL);
		return R_DONE;
	}
	if (give(s, p, CMD_SHUTDOWN_REBOOT, seconds))
		return R_DONE;
	if (can(s, CMD_LOAD_OFF) && can(s, CMD_LOAD_ON)) {
		plan_add(p, REQUEST_COMMAND, CMD_LOAD_OFF, NULL);
		plan_add(p, REQUEST_COMMAND, CMD_LOAD_ON, NULL);
		p->pause = 1;
		return R_DONE;
	}
	if (can(s, CMD_SHUTDOWN_RETURN) && add_setting(s, p, VAR_UPS_DELAY_START, seconds)) {
		given = p->given;
		plan_tell(s, p, CMD_SHUTDOWN_RETURN);
		p->given += given;
		return R_DONE;
	}
	return can(s, CMD_SHUTDOWN_REBOOT) || can(s, CMD_SHUTDOWN_RETURN) ? R_INVALID : R_UNKNOWN;
}

/* -- by name, and back ------------------------------------------------------------------------ */

enum result
plan_command(const struct shutdowns *s, enum var command, int64_t seconds, const char *value, struct plan *p)
{
	*p = (struct plan){ .n = 0 };
	if (!can(s, command))
		return R_UNKNOWN;
	if (seconds >= 0) {
		add_timed(p, command, seconds);
		return R_DONE;
	}
	plan_add(p, REQUEST_COMMAND, command, value);
	p->given = plan_own_delay(s, command);
	return R_DONE;
}

bool
plan_stop(const struct shutdowns *s, enum order_kind kind, struct plan *p)
{
	enum var	 timed = kind == ORDER_OFF ? CMD_LOAD_OFF_DELAY : CMD_LOAD_ON_DELAY;

	*p = (struct plan){ .n = 0 };
	if (kind == ORDER_OFF && can(s, CMD_SHUTDOWN_STOP))
		plan_add(p, REQUEST_COMMAND, CMD_SHUTDOWN_STOP, NULL);
	else if (is_timed(s, timed))
		add_timed(p, timed, -1);
	return p->n > 0;
}

/* Steps of a plan come behind the one that stops what the device counts. */
bool
plan_stop_first(const struct shutdowns *s, struct plan *p)
{
	struct plan	 stop;

	if (!plan_stop(s, ORDER_OFF, &stop))
		return false;
	memmove(&p->steps[1], &p->steps[0], p->n * sizeof(p->steps[0]));
	p->steps[0] = stop.steps[0];
	p->n++;
	p->pause++;
	return true;
}
