#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/flags.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "core/status.h"

/* -- values that are believed ---------------------------------------------- */

static int64_t
tenths(const struct value *v)
{
	return value_scaled(v, 1);
}

static bool
is_zero(const struct value *v)
{
	return v != NULL && v->digits == 0;
}

const struct value *
rfc1628_runtime(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_BATTERY_RUNTIME);
	int64_t			 s;

	if (v == NULL || v->digits < 0)
		return NULL;
	s = value_floor(v, 0);
	/* 65535, in seconds or in minutes: all bits set means unknown */
	return s == 65535 || s == 65535 * 60 || s > 7 * 24 * 3600 ? NULL : v;
}

static const struct value *
charge_as_given(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_BATTERY_CHARGE);

	return v == NULL || v->digits < 0 || tenths(v) > 1500 ? NULL : v;
}

/* On mains a charge of 0 without a runtime is a device that does not report it. */
const struct value *
rfc1628_charge(const struct readings *r)
{
	const struct value	*v = charge_as_given(r), *runtime;

	if (!is_zero(v) || (r->status & STATUS_OL) == 0)
		return v;
	runtime = rfc1628_runtime(r);
	return runtime == NULL || is_zero(runtime) ? NULL : v;
}

const struct value *
rfc1628_positive(const struct value *v)
{
	return v == NULL || v->type != V_NUMBER || v->digits < 0 ? NULL : v;
}

const struct value *
rfc1628_load(const struct value *v)
{
	return rfc1628_positive(v) == NULL || tenths(v) > 2000 ? NULL : v;
}

const struct value *
rfc1628_voltage(const struct value *v)
{
	return rfc1628_positive(v) == NULL || tenths(v) > 10000 ? NULL : v;
}

const struct value *
rfc1628_frequency(const struct value *v)
{
	if (v == NULL || v->type != V_NUMBER)
		return NULL;
	return is_zero(v) || (tenths(v) >= 400 && tenths(v) <= 700) ? v : NULL;
}

int64_t
rfc1628_timer(const struct readings *r, enum var var)
{
	const struct value	*v = readings_number(r, var);
	int64_t			 s = v == NULL ? 0 : value_ceil(v, 0);

	return s <= 0 || s == 65535 ? -1 : s;
}

/* -- the words of ups.alarm ----------------------------------------------------- */

/*
 * What ups.alarm says, without case, '-' and '_' as blanks.  A text may say
 * several things.  One that says nothing known is a fault, unless the driver
 * has raised flags: then those name its faults, and the texts are for people.
 */
static const struct {
	const char	*text;
	enum flag	 alarm;
} texts[] = {
	{ "replace battery", FLAG_BATTERY_BAD },
	{ "battery fault", FLAG_BATTERY_BAD },
	{ "battery bad", FLAG_BATTERY_BAD },
	{ "end of life", FLAG_BATTERY_BAD },
	{ "battery voltage too low", FLAG_LOW_BATTERY },
	{ "battery voltage too high", FLAG_HIGH_BATTERY },
	{ "no battery installed", FLAG_NO_BATTERY },
	{ "temperature", FLAG_TEMPERATURE_BAD },
	{ "overheat", FLAG_TEMPERATURE_BAD },
	{ "input bad", FLAG_INPUT_BAD },
	{ "output short", FLAG_OUTPUT_BAD },
	{ "inverter fault", FLAG_OUTPUT_BAD },
	{ "automatic bypass", FLAG_ON_BYPASS },
	{ "manual bypass", FLAG_ON_BYPASS },
	{ "bypass not available", FLAG_BYPASS_BAD },
	{ "charger fail", FLAG_CHARGER_FAILED },
	{ "fan fail", FLAG_FAN_FAILURE },
	{ "fuse fail", FLAG_FUSE_FAILURE },
	{ "fuse fault", FLAG_FUSE_FAILURE },
	{ "awaiting power", FLAG_AWAITING_POWER },
	{ "shutdown imminent", FLAG_SHUTDOWN_IMMINENT },
};

/* What separates one text of ups.alarm from the next. */
#define ALARM_TEXT_MAX	128
#define ALARM_TEXT_ENDS	"!;[]"

/* Copies up to the end of one text, folded; true when there is a letter in it. */
static bool
fold_alarm(const char *from, size_t len, char to[ALARM_TEXT_MAX])
{
	bool	 letters = false;
	size_t	 i;

	for (i = 0; i < len && i < ALARM_TEXT_MAX - 1; i++) {
		to[i] = from[i] == '-' || from[i] == '_' ? ' ' :
		    (char)tolower((unsigned char)from[i]);
		letters |= isalpha((unsigned char)from[i]) != 0;
	}
	to[i] = '\0';
	return letters;
}

static uint64_t
alarms_of_text(const struct readings *r)
{
	char		 room[VALUE_TEXT_MAX], folded[ALARM_TEXT_MAX];
	const char	*text = readings_text(r, VAR_UPS_ALARM, room);
	uint64_t	 all = 0, here;
	size_t		 i, len;

	for (; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, ALARM_TEXT_ENDS);
		if (!fold_alarm(text, len, folded))
			continue;
		here = 0;
		for (i = 0; i < nitems(texts); i++)
			if (strstr(folded, texts[i].text) != NULL)
				here |= FLAG_BIT(texts[i].alarm);
		if (here == 0 && r->flags == 0)
			here = FLAG_BIT(FLAG_GENERAL_FAULT);
		all |= here;
	}
	return all;
}

/* -- states ------------------------------------------------------------------ */

#define TELLS_NOTHING	(STATUS_WAIT | STATUS_ALARM)

static bool
battery_depleted(const struct readings *r)
{
	const struct value	*given = charge_as_given(r), *charge = rfc1628_charge(r);
	uint64_t		 told = r->flags | alarms_of_text(r);

	if ((told & FLAG_BIT(FLAG_DEPLETED)) != 0 || (r->status & STATUS_DEPLETED) != 0)
		return true;
	/* some devices claim to have no battery while it is fully charged */
	if ((told & FLAG_BIT(FLAG_NO_BATTERY)) != 0 && (given == NULL || is_zero(given)))
		return true;
	if ((r->status & (STATUS_OB | STATUS_LB)) != 0 && is_zero(charge))
		return true;
	return (r->status & STATUS_FSD) != 0 && (r->status & STATUS_OB) != 0;
}

static bool
at_most(const struct value *v, const struct value *limit)
{
	return v != NULL && limit != NULL && value_compare(v, limit) <= 0;
}

static bool
battery_low(const struct readings *r)
{
	if ((r->flags & FLAG_BIT(FLAG_LOW_BATTERY)) != 0 || (r->status & STATUS_LB) != 0)
		return true;
	if ((r->status & STATUS_OB) == 0)
		return false;
	return at_most(rfc1628_runtime(r), readings_number(r, VAR_BATTERY_RUNTIME_LOW)) ||
	    at_most(rfc1628_charge(r), readings_number(r, VAR_BATTERY_CHARGE_LOW));
}

enum battery_status
rfc1628_battery_status(const struct readings *r)
{
	if (r->state != DEVICE_FRESH)
		return BATTERY_UNKNOWN;
	if ((r->status & ~TELLS_NOTHING) == 0 && rfc1628_charge(r) == NULL &&
	    rfc1628_runtime(r) == NULL)
		return BATTERY_UNKNOWN;
	if (battery_depleted(r))
		return BATTERY_DEPLETED;
	return battery_low(r) ? BATTERY_LOW : BATTERY_NORMAL;
}

/* In this order: OL and OB speak of the input, the others of the output. */
static const struct {
	unsigned		 status;
	enum output_source	 source;
} sources[] = {
	{ STATUS_WAIT, SOURCE_OTHER },
	{ STATUS_OFF, SOURCE_NONE },
	{ STATUS_BYPASS, SOURCE_BYPASS },
	{ STATUS_OB, SOURCE_BATTERY },
	{ STATUS_BOOST, SOURCE_BOOSTER },
	{ STATUS_TRIM, SOURCE_REDUCER },
	{ STATUS_OL, SOURCE_NORMAL },
};

enum output_source
rfc1628_output_source(const struct readings *r)
{
	unsigned	 status = r->status;
	size_t		 i;

	if (r->state != DEVICE_FRESH)
		return SOURCE_OTHER;
	if ((status & STATUS_ECO) != 0 &&
	    readings_has_word(r, var_intern(REMARK_OPTIONS), "eco-as-bypass"))
		status |= STATUS_BYPASS;
	for (i = 0; i < nitems(sources); i++)
		if ((status & sources[i].status) != 0)
			return sources[i].source;
	return SOURCE_OTHER;
}

/* -- tests ----------------------------------------------------------------------- */

static const struct {
	const char		*text;
	bool			 whole;		/* as the whole text only */
	enum test_summary	 summary;
} results[] = {
	{ "not started", false, TEST_NONE_INITIATED },
	{ "in progress", false, TEST_IN_PROGRESS },
	{ "running", false, TEST_IN_PROGRESS },
	{ "started", false, TEST_IN_PROGRESS },
	{ "no test", false, TEST_NONE_INITIATED },
	{ "not initiated", false, TEST_NONE_INITIATED },
	{ "never", false, TEST_NONE_INITIATED },
	{ "none", false, TEST_NONE_INITIATED },
	{ "unknown", false, TEST_NONE_INITIATED },
	{ "0", true, TEST_NONE_INITIATED },
	{ "NO", true, TEST_NONE_INITIATED },
	{ "", true, TEST_NONE_INITIATED },
	{ "abort", false, TEST_ABORTED },
	{ "cancel", false, TEST_ABORTED },
	{ "stopped", false, TEST_ABORTED },
	{ "invalid", false, TEST_ABORTED },
	{ "warn", false, TEST_DONE_WARNING },
	{ "fail", false, TEST_DONE_ERROR },
	{ "error", false, TEST_DONE_ERROR },
	{ "bad", false, TEST_DONE_ERROR },
	{ "BT", true, TEST_DONE_ERROR },	/* APC: failed for lack of capacity */
	{ "NG", true, TEST_DONE_ERROR },	/* APC: failed for overload */
	{ "pass", false, TEST_DONE_PASS },
	{ "ok", false, TEST_DONE_PASS },
	{ "good", false, TEST_DONE_PASS },
};

enum test_summary
rfc1628_test_result(const char *text)
{
	size_t	 i;

	for (i = 0; i < nitems(results); i++)
		if (results[i].whole ? strcasecmp(text, results[i].text) == 0 :
		    strcasestr(text, results[i].text) != NULL)
			return results[i].summary;
	return TEST_DONE_WARNING;	/* whoever asks reads the text itself */
}

enum test_summary
rfc1628_test_summary(const struct readings *r)
{
	char	 room[VALUE_TEXT_MAX];

	if (r->state == DEVICE_FRESH && ((r->status & (STATUS_TEST | STATUS_CAL)) != 0 ||
	    (r->flags & FLAG_BIT(FLAG_TEST_IN_PROGRESS)) != 0))
		return TEST_IN_PROGRESS;
	return rfc1628_test_result(readings_text(r, VAR_UPS_TEST_RESULT, room));
}

/* -- the input --------------------------------------------------------------------- */

static bool
says_out_of_range(const struct readings *r, enum var var)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = readings_text(r, var, room);

	return strcasestr(text, "critical") != NULL || strcasestr(text, "out-of-range") != NULL;
}

static bool
line_out_of_range(const struct readings *r, unsigned line)
{
	return says_out_of_range(r, readings_var("input.L%u.voltage.status", line)) ||
	    says_out_of_range(r, readings_var("input.L%u-N.voltage.status", line));
}

static bool
is_set(const struct value *limit)
{
	return limit != NULL && limit->digits > 0;
}

/*
 * Limits are compared on single-phase devices only: with three phases nobody
 * tells whether they are meant to neutral or between lines.  A limit of 0 is
 * not set, and 0 V while the device says that mains is good is not measured.
 */
static bool
beyond_transfer_points(const struct readings *r)
{
	const struct value	*v = rfc1628_voltage(readings_get(r, VAR_INPUT_VOLTAGE));
	const struct value	*low = readings_number(r, VAR_INPUT_TRANSFER_LOW);
	const struct value	*high = readings_number(r, VAR_INPUT_TRANSFER_HIGH);
	const struct value	*phases = readings_number(r, readings_var("input.phases"));

	if (v == NULL || (phases != NULL && value_scaled(phases, 0) > 1))
		return false;
	if (is_zero(v) && (r->status & STATUS_OL) != 0)
		return false;
	return (is_set(low) && value_compare(v, low) < 0) ||
	    (is_set(high) && value_compare(v, high) > 0);
}

bool
rfc1628_input_bad(const struct readings *r)
{
	unsigned	 line;

	if ((r->status & STATUS_OB) != 0 && (r->status & (STATUS_CAL | STATUS_TEST)) == 0)
		return true;
	if ((r->flags & FLAG_BIT(FLAG_INPUT_BAD)) != 0)
		return true;
	if (says_out_of_range(r, VAR_INPUT_VOLTAGE_STATUS) ||
	    says_out_of_range(r, VAR_INPUT_FREQUENCY_STATUS))
		return true;
	for (line = 1; line <= 3; line++)
		if (line_out_of_range(r, line))
			return true;
	return beyond_transfer_points(r);
}

/* -- alarms -------------------------------------------------------------------------- */

static const struct {
	unsigned	 status;
	enum flag	 alarm;
} words[] = {
	{ STATUS_RB, FLAG_BATTERY_BAD },
	{ STATUS_OVERHEAT, FLAG_TEMPERATURE_BAD },
	{ STATUS_OVER, FLAG_OUTPUT_OVERLOAD },
	{ STATUS_BYPASS, FLAG_ON_BYPASS },
	{ STATUS_OFF, FLAG_OUTPUT_OFF },
	{ STATUS_COMMFAULT, FLAG_GENERAL_FAULT },
	{ STATUS_FSD, FLAG_SHUTDOWN_PENDING },
	{ STATUS_HB, FLAG_HIGH_BATTERY },
	{ STATUS_CAL, FLAG_CALIBRATION },
};

static uint64_t
alarms_of_words(unsigned status)
{
	uint64_t	 set = 0;
	size_t		 i;

	for (i = 0; i < nitems(words); i++)
		if ((status & words[i].status) != 0)
			set |= FLAG_BIT(words[i].alarm);
	return set;
}

static uint64_t
alarm_if(bool holds, enum flag alarm)
{
	return holds ? FLAG_BIT(alarm) : 0;
}

static bool
overloaded(const struct readings *r)
{
	const struct value	*load = rfc1628_load(readings_get(r, VAR_UPS_LOAD));
	const struct value	*high = readings_number(r, VAR_UPS_LOAD_HIGH);
	const struct value	 full = value_number(100, 0);

	return load != NULL && value_compare(load, is_set(high) ? high : &full) > 0;
}

/* What follows from states and values. */
static uint64_t
alarms_of_states(const struct readings *r)
{
	enum battery_status	 battery = rfc1628_battery_status(r);
	int64_t			 timer = rfc1628_timer(r, VAR_UPS_TIMER_SHUTDOWN);

	return alarm_if(rfc1628_output_source(r) == SOURCE_BATTERY, FLAG_ON_BATTERY) |
	    alarm_if(battery == BATTERY_LOW, FLAG_LOW_BATTERY) |
	    alarm_if(battery == BATTERY_DEPLETED, FLAG_DEPLETED) |
	    alarm_if(rfc1628_input_bad(r), FLAG_INPUT_BAD) |
	    alarm_if(overloaded(r), FLAG_OUTPUT_OVERLOAD) |
	    alarm_if(rfc1628_test_summary(r) == TEST_DONE_ERROR, FLAG_TEST_FAILED) |
	    alarm_if(timer >= 5, FLAG_SHUTDOWN_PENDING) |
	    alarm_if(timer > 0 && timer < 5, FLAG_SHUTDOWN_IMMINENT);
}

#define AS_REQUESTED \
	(FLAG_BIT(FLAG_OUTPUT_OFF_AS_REQUESTED) | FLAG_BIT(FLAG_UPS_OFF_AS_REQUESTED))

uint64_t
rfc1628_alarms(const struct readings *r)
{
	uint64_t	 set;

	if (r->state != DEVICE_FRESH)
		return alarm_if(r->state == DEVICE_STALE, FLAG_COMMUNICATIONS_LOST);
	set = r->flags | alarms_of_words(r->status) | alarms_of_states(r) |
	    alarms_of_text(r);
	if ((set & AS_REQUESTED) != 0)
		set &= ~FLAG_BIT(FLAG_OUTPUT_OFF);
	if ((r->status & STATUS_ALARM) != 0 && set == 0)
		set = FLAG_BIT(FLAG_GENERAL_FAULT);
	/* a battery that is not there is a depleted one where it is believed */
	return set & ~FLAG_BIT(FLAG_NO_BATTERY);
}
