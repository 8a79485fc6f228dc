#include "drivers/sim/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * What each command does.  A command of an outlet has the name of its
 * outlet's status in front ("outlet.3." of outlet.3.status), one of the whole
 * device has none; most act on either.
 */

#define QUICK_TEST_MS		10000
#define DEEP_TEST_MS		60000
#define CALIBRATION_MS		120000
#define DEFAULT_OFF_S		20		/* NUT's usual defaults of ups.delay.shutdown and .start */
#define DEFAULT_ON_S		30
#define DELAY_MAX_S		(10 * 86400)

struct order {
	struct act	*act;
	enum var	 status;	/* what goes on and off */
	const char	*prefix;	/* of its delays and timers: "ups.", "outlet.3." */
	int		 prefix_len;
	const char	*value;		/* NULL: none */
	int64_t		 now;
	const char	*detail;
};
typedef enum result order_fn(struct order *);

static enum result
order_no(struct order *o, enum result result, const char *why)
{
	o->detail = why;
	return result;
}

static enum var
order_var(const struct order *o, const char *name)
{
	return var_internf("%.*s%s", o->prefix_len, o->prefix, name);
}

/* Seconds in a text, without their fraction; -1: none. */
static int64_t
seconds_of(const char *text)
{
	struct value	value = value_from_text(text);
	int64_t		seconds;

	if (value.type != V_NUMBER)
		return -1;
	seconds = value_floor(&value, 0);
	return seconds > DELAY_MAX_S ? -1 : seconds;
}

/* The command's own delay, else what the device is set to, else the default. */
static bool
order_delay(struct order *o, const char *setting, int64_t dflt, int64_t *ms)
{
	char		 name[256];
	const char	*text;
	int64_t		 seconds;

	if (o->value != NULL && *o->value != '\0') {
		if ((seconds = seconds_of(o->value)) < 0) {
			o->detail = "the delay is in seconds, up to ten days";
			return false;
		}
	} else {
		snprintf(name, sizeof name, "%.*s%s", o->prefix_len, o->prefix, setting);
		text = points_text(&o->act->points, var_find(name, strlen(name)));
		seconds = text == NULL ? -1 : seconds_of(text);
	}
	*ms = (seconds < 0 ? dflt : seconds) * 1000;
	return true;
}

/* How long it stays off: never the command's own delay, which is the time until it goes off. */
static int64_t
order_back(struct order *o)
{
	struct order	without = *o;
	int64_t		ms = 0;

	without.value = NULL;
	order_delay(&without, "delay.start", DEFAULT_ON_S, &ms);
	return ms;
}

static enum result
order_off_later(struct order *o, int64_t in_ms, int64_t back_ms, bool mains)
{
	state_cancel(o->act, DUE_ON, o->status);
	state_later(o->act, &(struct due){ .kind = DUE_OFF, .status = o->status,
	    .timer = order_var(o, "timer.shutdown"), .timer_on = order_var(o, "timer.start"),
	    .at = o->now + in_ms, .back_ms = back_ms, .mains = mains });
	return R_DONE;
}

static enum result
order_load_off(struct order *o)
{
	state_cancel(o->act, DUE_ON, o->status);
	state_cancel(o->act, DUE_OFF, o->status);
	state_test_end(o->act, "Aborted");
	state_switch(o->act, o->status, false);
	return R_DONE;
}

static enum result
order_load_on(struct order *o)
{
	state_cancel(o->act, DUE_ON, o->status);
	state_cancel(o->act, DUE_OFF, o->status);
	state_switch(o->act, o->status, true);
	return R_DONE;
}

static bool
order_stops(const struct order *o)
{
	return o->value != NULL && strcmp(o->value, "-1") == 0;
}

static enum result
order_load_off_delay(struct order *o)
{
	int64_t	ms;

	if (order_stops(o)) {
		state_cancel(o->act, DUE_OFF, o->status);
		return R_DONE;
	}
	if (!order_delay(o, "delay.shutdown", DEFAULT_OFF_S, &ms))
		return R_INVALID;
	return order_off_later(o, ms, -1, false);
}

static enum result
order_load_on_delay(struct order *o)
{
	int64_t	ms;

	if (order_stops(o)) {
		state_cancel(o->act, DUE_ON, o->status);
		return R_DONE;
	}
	if (!order_delay(o, "delay.start", DEFAULT_ON_S, &ms))
		return R_INVALID;
	state_later(o->act, &(struct due){ .kind = DUE_ON, .status = o->status,
	    .timer = order_var(o, "timer.start"), .at = o->now + ms });
	return R_DONE;
}

static enum result
order_cycle(struct order *o)
{
	return order_off_later(o, 0, order_back(o), false);
}

/* The argument is how long it stays off. */
static enum result
order_reboot(struct order *o)
{
	int64_t	ms;

	if (!order_delay(o, "delay.start", DEFAULT_ON_S, &ms))
		return R_INVALID;
	return order_off_later(o, 0, ms, false);
}

static enum result
order_cycle_delay(struct order *o)
{
	int64_t	ms;

	if (!order_delay(o, "delay.shutdown", DEFAULT_OFF_S, &ms))
		return R_INVALID;
	return order_off_later(o, ms, order_back(o), false);
}

static enum result
order_return(struct order *o)
{
	int64_t	ms;

	if (!order_delay(o, "delay.shutdown", DEFAULT_OFF_S, &ms))
		return R_INVALID;
	return order_off_later(o, ms, order_back(o), true);
}

static enum result
order_stop(struct order *o)
{
	state_cancel(o->act, DUE_OFF, o->status);
	return R_DONE;
}

/* -- tests --------------------------------------------------------------------------- */

static enum result
order_test(struct order *o, enum test test, int64_t ms)
{
	if (state_is_off(o->act, VAR_UPS_STATUS))
		return order_no(o, R_FAILED, "the output is off");
	if (!state_mains(o->act))
		return order_no(o, R_FAILED, "it runs on battery");
	if (!state_test(o->act, test, o->now + ms))
		return order_no(o, R_BUSY, "a test runs already");
	return R_DONE;
}

static enum result
order_test_quick(struct order *o)
{
	return order_test(o, TEST_SELF, QUICK_TEST_MS);
}

static enum result
order_test_deep(struct order *o)
{
	return order_test(o, TEST_SELF, DEEP_TEST_MS);
}

/* The argument is the duration. */
static enum result
order_test_for(struct order *o)
{
	int64_t	ms;

	if (!order_delay(o, "test.duration", QUICK_TEST_MS / 1000, &ms))
		return order_no(o, R_INVALID, "the duration is in seconds, up to ten days");
	return order_test(o, TEST_SELF, ms);
}

static enum result
order_calibrate(struct order *o)
{
	return order_test(o, TEST_CALIBRATION, CALIBRATION_MS);
}

static enum result
order_test_stop(struct order *o)
{
	if (!state_test_end(o->act, "Aborted"))
		return order_no(o, R_FAILED, "no test runs");
	return R_DONE;
}

/* -- the rest -------------------------------------------------------------------------- */

static enum result
order_bypass_start(struct order *o)
{
	o->act->bypass = PART_YES;
	return R_DONE;
}

static enum result
order_bypass_stop(struct order *o)
{
	o->act->bypass = PART_NO;
	return R_DONE;
}

static enum result
order_failure_start(struct order *o)
{
	state_test_end(o->act, "Aborted");
	o->act->failure = true;
	return R_DONE;
}

static enum result
order_failure_stop(struct order *o)
{
	o->act->failure = false;
	return R_DONE;
}

/* Older drivers of NUT call it beeper.status. */
static enum var
beeper_var(const struct act *act)
{
	static const char	old[] = "beeper.status";
	enum var		older = var_find(old, sizeof old - 1);

	if (points_file_text(&act->points, VAR_UPS_BEEPER_STATUS) == NULL && older != VAR_NONE &&
	    points_file_text(&act->points, older) != NULL)
		return older;
	return VAR_UPS_BEEPER_STATUS;
}

static enum result
order_beeper(struct order *o, const char *status)
{
	points_make(&o->act->points, beeper_var(o->act), status);
	return R_DONE;
}

static enum result
order_beeper_enable(struct order *o)
{
	return order_beeper(o, "enabled");
}

static enum result
order_beeper_disable(struct order *o)
{
	return order_beeper(o, "disabled");
}

static enum result
order_beeper_mute(struct order *o)
{
	return order_beeper(o, "muted");
}

static enum result
order_beeper_toggle(struct order *o)
{
	const char	*now = points_text(&o->act->points, beeper_var(o->act));

	return order_beeper(o, now != NULL && strcmp(now, "enabled") == 0 ? "disabled" : "enabled");
}

static enum result
order_reset_minmax(struct order *o)
{
	const char	*now = points_text(&o->act->points, VAR_INPUT_VOLTAGE);

	points_make(&o->act->points, VAR_INPUT_VOLTAGE_MINIMUM, now);
	points_make(&o->act->points, VAR_INPUT_VOLTAGE_MAXIMUM, now);
	return R_DONE;
}

/* -- when they make sense --------------------------------------------------------------- */

static bool
file_has(const struct act *act, enum var var)
{
	return points_file_text(&act->points, var) != NULL;
}

static bool
has_output(const struct act *act)
{
	return file_has(act, VAR_UPS_STATUS);
}

static bool
has_battery(const struct act *act)
{
	return has_output(act) && (file_has(act, VAR_BATTERY_CHARGE) ||
	    file_has(act, VAR_BATTERY_VOLTAGE) || file_has(act, VAR_BATTERY_RUNTIME));
}

static bool
has_runtime(const struct act *act)
{
	return has_output(act) && file_has(act, VAR_BATTERY_RUNTIME);
}

static bool
has_beeper(const struct act *act)
{
	return file_has(act, beeper_var(act));
}

static bool
has_minmax(const struct act *act)
{
	return file_has(act, VAR_INPUT_VOLTAGE) && file_has(act, VAR_INPUT_VOLTAGE_MINIMUM) &&
	    file_has(act, VAR_INPUT_VOLTAGE_MAXIMUM);
}

static bool
has_bypass(const struct act *act)
{
	const char	*status = points_file_text(&act->points, VAR_UPS_STATUS);
	size_t		 i;

	if (status == NULL)
		return false;
	if (strstr(status, "BYPASS") != NULL)
		return true;
	for (i = 0; i < act->points.n; i++)
		if (act->points.at[i].file != NULL &&
		    strncmp(var_name(act->points.at[i].var), "input.bypass.", 13) == 0)
			return true;
	return false;
}

static const struct {
	const char	*name;
	order_fn	*run;
	bool		(*sense)(const struct act *);
} orders[] = {
	{ "load.off",			order_load_off,		has_output },
	{ "load.on",			order_load_on,		has_output },
	{ "load.off.delay",		order_load_off_delay,	has_output },
	{ "load.on.delay",		order_load_on_delay,	has_output },
	{ "shutdown.return",		order_return,		has_output },
	{ "shutdown.stayoff",		order_load_off_delay,	has_output },
	{ "shutdown.reboot",		order_reboot,		has_output },
	{ "shutdown.reboot.graceful",	order_cycle_delay,	has_output },
	{ "shutdown.stop",		order_stop,		has_output },
	{ "test.battery.start",		order_test_for,		has_battery },
	{ "test.battery.start.quick",	order_test_quick,	has_battery },
	{ "test.battery.start.deep",	order_test_deep,	has_battery },
	{ "test.battery.stop",		order_test_stop,	has_battery },
	{ "test.failure.start",		order_failure_start,	has_battery },
	{ "test.failure.stop",		order_failure_stop,	has_battery },
	{ "calibrate.start",		order_calibrate,	has_runtime },
	{ "calibrate.stop",		order_test_stop,	has_runtime },
	{ "bypass.start",		order_bypass_start,	has_bypass },
	{ "bypass.stop",		order_bypass_stop,	has_bypass },
	{ "beeper.enable",		order_beeper_enable,	has_beeper },
	{ "beeper.disable",		order_beeper_disable,	has_beeper },
	{ "beeper.mute",		order_beeper_mute,	has_beeper },
	{ "beeper.toggle",		order_beeper_toggle,	has_beeper },
	{ "reset.input.minmax",		order_reset_minmax,	has_minmax },
};

bool
act_timed(const char *name)
{
	static order_fn *const	timed[] = {
		order_load_off_delay, order_load_on_delay, order_return, order_reboot,
	};
	size_t	i, j;

	for (i = 0; i < nitems(orders); i++)
		for (j = 0; strcmp(orders[i].name, name) == 0 && j < nitems(timed); j++)
			if (orders[i].run == timed[j])
				return true;
	return false;
}

/* The names behind "outlet.3." */
static const struct {
	const char	*name;
	order_fn	*run;
} outlet_orders[] = {
	{ "load.off",		order_load_off },
	{ "load.on",		order_load_on },
	{ "load.cycle",		order_cycle },
	{ "load.off.delay",	order_load_off_delay },
	{ "load.on.delay",	order_load_on_delay },
	{ "load.cycle.delay",	order_cycle_delay },
	{ "shutdown.return",	order_return },
};

/*
 * The length of "outlet.3." or "outlet.group.2." when the rest is "status"
 * and the status says on or off, of an outlet that does not say that it
 * cannot be switched; else 0.
 */
static int
outlet_prefix(const struct act *act, const struct point *point)
{
	const char	*name = var_name(point->var), *rest = name, *switchable;
	char		 other[64];
	int		 len;

	if (strncmp(rest, "outlet.", 7) != 0 || point->file == NULL)
		return 0;
	rest += strncmp(rest + 7, "group.", 6) == 0 ? 13 : 7;
	if (*rest < '0' || *rest > '9')
		return 0;
	rest += strspn(rest, "0123456789");
	len = (int)(rest - name) + 1;
	if (strcmp(rest, ".status") != 0 || len > 40 ||
	    (strncasecmp(point->file, "on", 2) != 0 && strncasecmp(point->file, "off", 3) != 0))
		return 0;
	snprintf(other, sizeof other, "%.*sswitchable", len, name);
	switchable = points_file_text(&act->points, var_find(other, strlen(other)));
	if (switchable != NULL && (strcasecmp(switchable, "no") == 0 || strcmp(switchable, "0") == 0))
		return 0;
	return len;
}

/* The outlet that a command's name begins with, or NULL. */
static const struct point *
outlet_of(const struct act *act, const char *command, int *prefix)
{
	const struct point	*point;
	size_t			 i;

	for (i = 0; i < act->points.n; i++) {
		point = &act->points.at[i];
		*prefix = outlet_prefix(act, point);
		if (*prefix > 0 && strncmp(var_name(point->var), command, (size_t)*prefix) == 0)
			return point;
	}
	return NULL;
}

static enum result
order_run(struct order *o, order_fn *run, const char **detail)
{
	enum result	result = run(o);

	*detail = o->detail;
	state_play(o->act, o->now);
	state_show(o->act, o->now);
	return result;
}

static enum result
outlet_command(struct act *act, const char *name, struct order *o, const char **detail)
{
	const struct point	*outlet = outlet_of(act, name, &o->prefix_len);
	size_t			 i;

	if (outlet == NULL)
		return R_UNKNOWN;
	o->status = outlet->var;
	o->prefix = name;
	for (i = 0; i < nitems(outlet_orders); i++)
		if (strcmp(outlet_orders[i].name, name + o->prefix_len) == 0)
			return order_run(o, outlet_orders[i].run, detail);
	return R_UNKNOWN;
}

enum result
act_command(struct act *act, const char *name, const char *value, int64_t now, const char **detail)
{
	struct order	o = { .act = act, .status = VAR_UPS_STATUS, .prefix = "ups.", .prefix_len = 4,
	    .value = value, .now = now };
	size_t		i;

	*detail = NULL;
	for (i = 0; i < nitems(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			return orders[i].sense(act) ? order_run(&o, orders[i].run, detail) : R_UNKNOWN;
	return outlet_command(act, name, &o, detail);
}

void
act_commands(const struct act *act, void (*offer)(void *, const char *), void *arg)
{
	char	name[128];
	size_t	i, j;
	int	len;

	for (i = 0; i < nitems(orders); i++)
		if (orders[i].sense(act))
			offer(arg, orders[i].name);
	for (i = 0; i < act->points.n; i++) {
		len = outlet_prefix(act, &act->points.at[i]);
		for (j = 0; len > 0 && j < nitems(outlet_orders); j++) {
			snprintf(name, sizeof name, "%.*s%s", len, var_name(act->points.at[i].var),
			    outlet_orders[j].name);
			offer(arg, name);
		}
	}
}
