#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "core/flags.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/lines.h"
#include "subagent/upsmib.h"
#include "subagent/values.h"

/*
 * RFC 1628, read side: one row for each object, in the order of their OIDs.
 * A value that the device does not give is absent; only objects with a word
 * of their own for "unknown", texts and counts always answer.
 */
struct making {			/* the objects of one device */
	const struct device	*device;
	struct readings		 r;
	bool			 fresh;		/* measured values may be shown */
	uint32_t		 lock;
	struct lines		 lines[LINES_KINDS];
	struct objects		*out;
};

struct row {
	uint8_t			 group, object, column;	/* column 0: a scalar */
	uint8_t			 type;			/* enum object_type of a number */
	void			 (*make)(struct making *, const struct row *);
	enum var		 vars[2];		/* the first that there is */
	const struct value	*(*believe)(const struct value *);
	unsigned		 scale;			/* digits after the point that the object has */
	int64_t			 min, max;
	const struct line_values *lines;
	int64_t			 (*number)(struct making *);
	const char		*text;			/* constant, joint, or a name outside the record */
};

static uint64_t
key_of(const struct row *row)
{
	return KEY_SCALAR(row->group, row->object);
}

static int64_t
clamp(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

/* -- texts ------------------------------------------------------------------ */

#define TEXT_MAX	255	/* the longest DisplayString */

static void
add_text(struct making *m, const struct row *row, const char *text)
{
	char	 clean[TEXT_MAX];

	objects_add_text(m->out, key_of(row), clean, display_string(text, clean, (size_t)row->max));
}

static void
make_text(struct making *m, const struct row *row)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = readings_text(&m->r, row->vars[0], room);

	if (*text == '\0')
		text = readings_text(&m->r, row->vars[1], room);
	add_text(m, row, text);
}

static void
make_constant(struct making *m, const struct row *row)
{
	add_text(m, row, row->text);
}

/* Two readings in one text, joined where there are both. */
static void
make_joined(struct making *m, const struct row *row)
{
	char		 room[2][VALUE_TEXT_MAX], text[2 * TEXT_MAX];
	const char	*one = readings_text(&m->r, row->vars[0], room[0]);
	const char	*other = readings_text(&m->r, row->vars[1], room[1]);

	snprintf(text, sizeof(text), "%s%s%s", one,
	    *one != '\0' && *other != '\0' ? row->text : "", other);
	add_text(m, row, text);
}

/* What was written over SNMP reads back as it was; false: nothing was. */
static bool
add_written(struct making *m, const struct row *row, const char *remark)
{
	char			 room[VALUE_TEXT_MAX];
	const struct value	*written = readings_get(&m->r, var_intern(remark));
	const char		*text = written == NULL ? "" : value_text(written, room);
	size_t			 len = strlen(text), i;

	if (written == NULL || len > (size_t)row->max)
		return false;
	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	objects_add_text(m->out, key_of(row), text, len);
	return true;
}

static void
make_name(struct making *m, const struct row *row)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*id = readings_text(&m->r, VAR_UPS_ID, room);

	if (!add_written(m, row, REMARK_IDENT_NAME))
		add_text(m, row, id[strspn(id, " ")] != '\0' ? id : device_name(m->device));
}

static void
make_attached(struct making *m, const struct row *row)
{
	char	 room[VALUE_TEXT_MAX];

	if (!add_written(m, row, REMARK_ATTACHED))
		add_text(m, row, readings_text(&m->r, var_intern(REMARK_ATTACHED), room));
}

/* -- numbers ------------------------------------------------------------------ */

static void
add_value(struct making *m, const struct row *row, const struct value *v)
{
	if (row->believe != NULL)
		v = row->believe(v);
	if (v == NULL || v->type != V_NUMBER)
		return;
	objects_add_number(m->out, key_of(row), row->type,
	    clamp(value_scaled(v, row->scale), row->min, row->max));
}

/* What the device was set to, shown in any state. */
static void
make_setting(struct making *m, const struct row *row)
{
	const struct value	*v = readings_number(&m->r, row->vars[0]);

	if (v == NULL)
		v = readings_number(&m->r, row->vars[1]);
	if (v == NULL && row->text != NULL)
		v = readings_number(&m->r, readings_var("%s", row->text));
	add_value(m, row, v);
}

static void
make_measured(struct making *m, const struct row *row)
{
	if (m->fresh)
		make_setting(m, row);
}

/* What always has a number. */
static void
make_number(struct making *m, const struct row *row)
{
	objects_add_number(m->out, key_of(row), row->type,
	    clamp(row->number(m), row->min, row->max));
}

/* -- battery -------------------------------------------------------------------- */

static int64_t
battery_status(struct making *m)
{
	return rfc1628_battery_status(&m->r);
}

/* Nobody knows it of a stale device; 0 would say that mains is back. */
static void
make_seconds_on_battery(struct making *m, const struct row *row)
{
	int64_t	 since = values_time(&m->r, REMARK_ON_BATTERY);

	if (since == 0)
		objects_add_number(m->out, key_of(row), OBJECT_INTEGER, 0);
	else if (m->fresh)
		objects_add_time(m->out, key_of(row), OBJECT_INTEGER, TELL_SECONDS_SINCE, since);
}

/* Whole minutes, 1 at least. */
static void
make_minutes_remaining(struct making *m, const struct row *row)
{
	const struct value	*v = values_runtime(&m->r);

	if (!m->fresh || v == NULL)
		return;
	objects_add_number(m->out, key_of(row), row->type,
	    clamp(value_floor(v, 0) / 60, row->min, row->max));
}

static void
make_charge(struct making *m, const struct row *row)
{
	if (m->fresh)
		add_value(m, row, rfc1628_charge(&m->r));
}

static void
make_battery_temperature(struct making *m, const struct row *row)
{
	if (m->fresh)
		add_value(m, row, values_battery_temperature(&m->r));
}

/* -- lines ------------------------------------------------------------------------ */

static int64_t
line_bads(struct making *m)
{
	return values_line_bads(&m->r);
}

static int64_t
input_lines(struct making *m)
{
	return m->lines[LINES_INPUT].rows;
}

static int64_t
output_lines(struct making *m)
{
	return m->lines[LINES_OUTPUT].rows;
}

static int64_t
bypass_lines(struct making *m)
{
	return m->lines[LINES_BYPASS].rows;
}

static int64_t
output_source(struct making *m)
{
	return rfc1628_output_source(&m->r);
}

/* A frequency of 0 where there is no bypass is a register that nobody fills. */
static void
make_bypass_frequency(struct making *m, const struct row *row)
{
	const struct value	*v = readings_number(&m->r, VAR_INPUT_BYPASS_FREQUENCY);

	if (m->fresh && (v == NULL || v->digits != 0 || m->lines[LINES_BYPASS].rows > 0))
		add_value(m, row, v);
}

static void
make_lines(struct making *m, const struct row *row)
{
	const struct line_values	*values = row->lines;
	const struct lines		*l = &m->lines[values->kind];
	struct value			 room;
	unsigned			 line;

	for (line = 1; m->fresh && line <= l->rows; line++) {
		const struct value	*v = lines_value(&m->r, values, l, line, &room);

		if (v != NULL)
			objects_add_number(m->out, KEY_CELL(row->group, row->object, row->column, line),
			    OBJECT_INTEGER, clamp(value_scaled(v, values->scale), 0, values->max));
	}
}

/* -- alarms ------------------------------------------------------------------------- */

static int64_t
alarms_present(struct making *m)
{
	struct alarm	 alarms[ALARMS_MAX];

	return (int64_t)values_alarms(&m->r, alarms);
}

/* upsWellKnownAlarms, or our own bbAlarmIdentities for what RFC 1628 has no number for. */
static void
make_alarm_identity(struct making *m, const struct row *row)
{
	static const uint32_t	 well_known[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 3 };
	struct alarm		 alarms[ALARMS_MAX];
	uint32_t		 ids[OID_MAX_LEN];
	size_t			 n = values_alarms(&m->r, alarms), i, len;

	for (i = 0; i < n; i++) {
		len = nitems(well_known);
		memcpy(ids, well_known, sizeof(well_known));
		if (alarms[i].identity > FLAG_WELL_KNOWN) {
			oid_parse(ENTERPRISE_OID ".3", ids, &len);
			alarms[i].identity -= FLAG_WELL_KNOWN;
		}
		ids[len++] = alarms[i].identity;
		objects_add_oid(m->out, KEY_CELL(row->group, row->object, row->column, alarms[i].id),
		    (struct oid){ ids, len });
	}
}

static void
make_alarm_time(struct making *m, const struct row *row)
{
	struct alarm	 alarms[ALARMS_MAX];
	size_t		 n = values_alarms(&m->r, alarms), i;

	for (i = 0; i < n; i++)
		objects_add_time(m->out, KEY_CELL(row->group, row->object, row->column, alarms[i].id),
		    OBJECT_TIMETICKS, TELL_UPTIME_AT, alarms[i].since);
}

/* -- tests ----------------------------------------------------------------------------- */

static void
make_test_id(struct making *m, const struct row *row)
{
	const struct value	*v = readings_number(&m->r, var_intern(REMARK_TEST));
	uint32_t		 ids[] = { 1, 3, 6, 1, 2, 1, 33, 1, 7, 7, TEST_NO_TESTS_INITIATED };

	if (v != NULL)
		ids[nitems(ids) - 1] = (uint32_t)value_scaled(v, 0);
	objects_add_oid(m->out, key_of(row), (struct oid){ ids, nitems(ids) });
}

static int64_t
test_lock(struct making *m)
{
	return m->lock;
}

static int64_t
test_summary(struct making *m)
{
	return rfc1628_test_summary(&m->r);
}

/* When the last test began; 0: there was none, or nobody saw it begin. */
static int64_t
test_since(struct making *m)
{
	return rfc1628_test_summary(&m->r) == TEST_NONE_INITIATED ? 0 :
	    values_time(&m->r, REMARK_TEST_START);
}

static void
make_test_start(struct making *m, const struct row *row)
{
	objects_add_time(m->out, key_of(row), OBJECT_TIMETICKS, TELL_UPTIME_AT, test_since(m));
}

static void
make_test_elapsed(struct making *m, const struct row *row)
{
	int64_t	 since = test_since(m), until = values_time(&m->r, REMARK_TEST_END);

	if (since > 0 && until == 0)
		objects_add_time(m->out, key_of(row), OBJECT_INTEGER, TELL_TICKS_SINCE, since);
	else
		objects_add_number(m->out, key_of(row), OBJECT_INTEGER,
		    since == 0 ? 0 : clamp((until - since) / 10, 0, INT32_MAX));
}

/* -- control and configuration -------------------------------------------------------- */

static int64_t
shutdown_type(struct making *m)
{
	return values_shutdown_type(&m->r);
}

/* A 0 is a timer that does not run, but where busbard waits for mains after its end. */
static void
make_timer(struct making *m, const struct row *row)
{
	int64_t	 s = m->fresh ? rfc1628_timer(&m->r, row->vars[0]) : -1;

	if (m->fresh && s < 0 && readings_get(&m->r,
	    readings_var("experimental.%s.counter", var_name(row->vars[0]))) != NULL)
		s = 0;
	objects_add_number(m->out, key_of(row), row->type, clamp(s, row->min, row->max));
}

static int64_t
auto_restart(struct making *m)
{
	return values_auto_restart(&m->r);
}

/* Minutes, rounded up: a threshold told too early is better than one told too late. */
static void
make_low_battery_time(struct making *m, const struct row *row)
{
	const struct value	*v = rfc1628_positive(readings_get(&m->r, VAR_BATTERY_RUNTIME_LOW));
	int64_t			 s = v == NULL ? 0 : value_ceil(v, 0);

	if (v != NULL)
		objects_add_number(m->out, key_of(row), row->type,
		    clamp(s / 60 + (s % 60 > 0), row->min, row->max));
}

static void
make_audible_status(struct making *m, const struct row *row)
{
	static const char *const	 words[] = { "disabled", "enabled", "muted" };
	char				 room[VALUE_TEXT_MAX];
	const char			*text = readings_text(&m->r, VAR_UPS_BEEPER_STATUS, room);
	size_t				 i;

	for (i = 0; i < nitems(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			objects_add_number(m->out, key_of(row), row->type, (int64_t)i + 1);
}

/* -- the objects ------------------------------------------------------------------------ */

#define NOT_NEGATIVE	.type = OBJECT_INTEGER, .min = 0, .max = INT32_MAX
#define POSITIVE	NOT_NEGATIVE, .believe = rfc1628_positive
#define SIGNED		.type = OBJECT_INTEGER, .min = INT32_MIN, .max = INT32_MAX
#define COUNTDOWN	.type = OBJECT_INTEGER, .min = -1, .max = INT32_MAX
#define VOLTS		NOT_NEGATIVE, .believe = rfc1628_voltage
#define TENTHS_HERTZ	NOT_NEGATIVE, .believe = rfc1628_frequency, .scale = 1

static const struct row rows[] = {
	/* ident */
	{ 1, 1, 0, .make = make_text, .vars = { VAR_DEVICE_MFR, VAR_UPS_MFR }, .max = 31 },
	{ 1, 2, 0, .make = make_text, .vars = { VAR_DEVICE_MODEL, VAR_UPS_MODEL }, .max = 63 },
	{ 1, 3, 0, .make = make_joined, .vars = { VAR_UPS_FIRMWARE, VAR_UPS_FIRMWARE_AUX },
	    .text = " / ", .max = 63 },
	{ 1, 4, 0, .make = make_constant, .text = PACKAGE_STRING, .max = 63 },
	{ 1, 5, 0, .make = make_name, .max = 63 },
	{ 1, 6, 0, .make = make_attached, .max = 63 },
	/* battery */
	{ 2, 1, 0, .make = make_number, .number = battery_status, NOT_NEGATIVE },
	{ 2, 2, 0, .make = make_seconds_on_battery },
	{ 2, 3, 0, .make = make_minutes_remaining, .type = OBJECT_INTEGER, .min = 1, .max = INT32_MAX },
	{ 2, 4, 0, .make = make_charge, .type = OBJECT_INTEGER, .min = 0, .max = 100 },
	{ 2, 5, 0, .make = make_measured, .vars = { VAR_BATTERY_VOLTAGE }, POSITIVE, .scale = 1 },
	{ 2, 6, 0, .make = make_measured, .vars = { VAR_BATTERY_CURRENT, VAR_BATTERY_CURRENT_TOTAL },
	    SIGNED, .scale = 1 },
	{ 2, 7, 0, .make = make_battery_temperature, SIGNED },
	/* input */
	{ 3, 1, 0, .make = make_number, .number = line_bads, .type = OBJECT_COUNTER32, .max = UINT32_MAX },
	{ 3, 2, 0, .make = make_number, .number = input_lines, NOT_NEGATIVE },
	{ 3, 3, 2, .make = make_lines, .lines = &lines_input_frequency },
	{ 3, 3, 3, .make = make_lines, .lines = &lines_input_voltage },
	{ 3, 3, 4, .make = make_lines, .lines = &lines_input_current },
	{ 3, 3, 5, .make = make_lines, .lines = &lines_input_power },
	/* output */
	{ 4, 1, 0, .make = make_number, .number = output_source, NOT_NEGATIVE },
	{ 4, 2, 0, .make = make_measured, .vars = { VAR_OUTPUT_FREQUENCY },
	    .text = "output.inverter.frequency", TENTHS_HERTZ },
	{ 4, 3, 0, .make = make_number, .number = output_lines, NOT_NEGATIVE },
	{ 4, 4, 2, .make = make_lines, .lines = &lines_output_voltage },
	{ 4, 4, 3, .make = make_lines, .lines = &lines_output_current },
	{ 4, 4, 4, .make = make_lines, .lines = &lines_output_power },
	{ 4, 4, 5, .make = make_lines, .lines = &lines_output_load },
	/* bypass */
	{ 5, 1, 0, .make = make_bypass_frequency, TENTHS_HERTZ },
	{ 5, 2, 0, .make = make_number, .number = bypass_lines, NOT_NEGATIVE },
	{ 5, 3, 2, .make = make_lines, .lines = &lines_bypass_voltage },
	{ 5, 3, 3, .make = make_lines, .lines = &lines_bypass_current },
	{ 5, 3, 4, .make = make_lines, .lines = &lines_bypass_power },
	/* alarm */
	{ 6, 1, 0, .make = make_number, .number = alarms_present, .type = OBJECT_GAUGE32, .max = UINT32_MAX },
	{ 6, 2, 2, .make = make_alarm_identity },
	{ 6, 2, 3, .make = make_alarm_time },
	/* test */
	{ 7, 1, 0, .make = make_test_id },
	{ 7, 2, 0, .make = make_number, .number = test_lock, NOT_NEGATIVE },
	{ 7, 3, 0, .make = make_number, .number = test_summary, NOT_NEGATIVE },
	{ 7, 4, 0, .make = make_joined, .vars = { VAR_UPS_TEST_RESULT, VAR_UPS_TEST_DATE },
	    .text = ", ", .max = TEXT_MAX },
	{ 7, 5, 0, .make = make_test_start },
	{ 7, 6, 0, .make = make_test_elapsed },
	/* control */
	{ 8, 1, 0, .make = make_number, .number = shutdown_type, NOT_NEGATIVE },
	{ 8, 2, 0, .make = make_timer, .vars = { VAR_UPS_TIMER_SHUTDOWN }, COUNTDOWN },
	{ 8, 3, 0, .make = make_timer, .vars = { VAR_UPS_TIMER_START }, COUNTDOWN },
	{ 8, 4, 0, .make = make_timer, .vars = { VAR_UPS_TIMER_REBOOT }, .type = OBJECT_INTEGER,
	    .min = -1, .max = 300 },
	{ 8, 5, 0, .make = make_number, .number = auto_restart, NOT_NEGATIVE },
	/* configuration */
	{ 9, 1, 0, .make = make_setting, .vars = { VAR_INPUT_VOLTAGE_NOMINAL }, VOLTS },
	{ 9, 2, 0, .make = make_setting, .vars = { VAR_INPUT_FREQUENCY_NOMINAL }, TENTHS_HERTZ },
	{ 9, 3, 0, .make = make_setting, .vars = { VAR_OUTPUT_VOLTAGE_NOMINAL }, VOLTS },
	{ 9, 4, 0, .make = make_setting, .vars = { VAR_OUTPUT_FREQUENCY_NOMINAL }, TENTHS_HERTZ },
	{ 9, 5, 0, .make = make_setting, .vars = { VAR_UPS_POWER_NOMINAL },
	    .text = "output.power.nominal", POSITIVE },
	{ 9, 6, 0, .make = make_setting, .vars = { VAR_UPS_REALPOWER_NOMINAL },
	    .text = "output.realpower.nominal", POSITIVE },
	{ 9, 7, 0, .make = make_low_battery_time, NOT_NEGATIVE },
	{ 9, 8, 0, .make = make_audible_status, NOT_NEGATIVE },
	{ 9, 9, 0, .make = make_setting, .vars = { VAR_INPUT_TRANSFER_LOW }, VOLTS },
	{ 9, 10, 0, .make = make_setting, .vars = { VAR_INPUT_TRANSFER_HIGH }, VOLTS },
};

bool
upsmib_knows(uint64_t key)
{
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		if (rows[i].column == 0 ? key >> 44 == key_of(&rows[i]) >> 44 :
		    key >> 32 == KEY_CELL(rows[i].group, rows[i].object, rows[i].column, 0) >> 32)
			return true;
	}
	return false;
}

void
upsmib_make(const struct device *d, uint32_t lock, struct objects *out)
{
	struct making	 m = { .device = d, .r = readings_of_device(d),
			    .fresh = device_state(d) == DEVICE_FRESH, .lock = lock, .out = out };
	unsigned	 kind;
	size_t		 i;

	for (kind = 0; kind < LINES_KINDS; kind++)
		m.lines[kind] = lines_of(d, &m.r, kind);
	for (i = 0; i < nitems(rows); i++)
		rows[i].make(&m, &rows[i]);
}
