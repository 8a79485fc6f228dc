#include <stdlib.h>
#include <string.h>

#include "core/indexes.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "core/status.h"
#include "subagent/columns.h"
#include "subagent/lines.h"
#include "subagent/values.h"

/*
 * BUSBAR-MIB: one row for each device, and one more for what is a UPS.  What
 * the device does not say is absent, what it said too long ago likewise; only
 * objects with a word of their own for "unknown" always answer.
 */
struct making {
	const struct cells	*to;
	struct readings		 r;
	bool			 fresh;
	struct lines		 lines[LINES_KINDS];
};

struct row {
	enum column		 column;
	void			 (*make)(struct making *, const struct row *);
	enum object_type	 type;		/* of a number */
	unsigned		 scale;		/* digits after the point that the object has */
	int64_t			 min, max;
	bool			 lasting;	/* shown of a stale device, too */
	const struct value	*(*get)(const struct readings *);
	enum var		 vars[2];	/* the first that there is */
	const struct value	*(*believe)(const struct value *);
	const char		*remark;
	const struct line_values *lines;
	int64_t			 (*number)(struct making *);
};

#define TEXT_MAX	64		/* SnmpAdminString (SIZE (0..64)) */
#define LONG_TEXT_MAX	255

static int64_t
clamp(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

static void
add_number(struct making *m, const struct row *row, int64_t n)
{
	objects_add_number(m->to->out, COLUMN_KEY(row->column, 0), row->type, clamp(n, row->min, row->max));
}

/* -- texts ------------------------------------------------------------------------- */

static void
add_text(struct making *m, const struct row *row, const char *text)
{
	char	 clean[LONG_TEXT_MAX];
	size_t	 len = admin_string(text, clean, (size_t)row->max);

	if (len > 0)
		objects_add_text(m->to->out, COLUMN_KEY(row->column, 0), clean, len);
}

static void
make_text(struct making *m, const struct row *row)
{
	char		 room[VALUE_TEXT_MAX];
	enum var	 var = row->remark != NULL ? var_intern(row->remark) : row->vars[0];
	const char	*text = readings_text(&m->r, var, room);

	if (*text == '\0')
		text = readings_text(&m->r, row->vars[1], room);
	if (m->fresh || row->lasting)
		add_text(m, row, text);
}

static void
make_name(struct making *m, const struct row *row)
{
	add_text(m, row, device_name(m->to->device));
}

/* -- numbers --------------------------------------------------------------------------- */

static void
make_value(struct making *m, const struct row *row)
{
	const struct value	*v;

	if (!m->fresh && !row->lasting)
		return;
	if (row->get != NULL)
		v = row->get(&m->r);
	else if ((v = readings_number(&m->r, row->vars[0])) == NULL)
		v = readings_number(&m->r, row->vars[1]);
	if (v != NULL && row->believe != NULL)
		v = row->believe(v);
	if (v != NULL && v->type == V_NUMBER)
		add_number(m, row, value_scaled(v, row->scale));
}

static void
make_number(struct making *m, const struct row *row)
{
	add_number(m, row, row->number(m));
}

/* -- the device -------------------------------------------------------------------------- */

static int64_t
device_type(struct making *m)
{
	enum { OTHER = 6, LOAD = 7 };
	static const char *const	 words[] = { "ups", "pdu", "ats", "scd", "psu" };
	char				 room[VALUE_TEXT_MAX];
	const char			*type = readings_text(&m->r, var_intern(REMARK_TYPE), room);
	size_t				 i;

	for (i = 0; i < nitems(words); i++)
		if (strcmp(type, words[i]) == 0)
			return (int64_t)i + 1;
	return readings_get(&m->r, VAR_FEED_COUNT) != NULL ? LOAD : OTHER;
}

static int64_t
comm_state(struct making *m)
{
	static const int64_t	 states[] = {		/* ok(1) stale(3) absent(4) */
		[DEVICE_WAITING] = 4, [DEVICE_FRESH] = 1, [DEVICE_STALE] = 3
	};

	return states[m->r.state];
}

static int64_t
alarms(struct making *m)
{
	struct alarm	 rows[ALARMS_MAX];

	return (int64_t)values_alarms(&m->r, rows);
}

static const struct value *
poll_interval(const struct readings *r)
{
	return readings_number(r, readings_var("driver.parameter.pollinterval"));
}

/* "COUNT OLD UNREAD", told by the NUT listener; without it nobody knows. */
static void
make_logins(struct making *m, const struct row *row)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = readings_text(&m->r, var_intern(REMARK_LOGINS), room);

	if (*text != '\0')
		add_number(m, row, strtoll(text, NULL, 10));
}

static int64_t
chassis(struct making *m)
{
	return m->to->entities ? (int64_t)m->to->index * INDEX_ENTITIES : 0;
}

/* bbDevStatusBits: the first bit is the highest of the first byte (RFC 3417 8). */
static void
make_status_bits(struct making *m, const struct row *row)
{
	static const unsigned	 bits[] = {
		STATUS_OL, STATUS_OB, STATUS_LB, STATUS_HB, STATUS_RB, STATUS_CHRG, STATUS_DISCHRG,
		STATUS_BYPASS, STATUS_CAL, STATUS_OFF, STATUS_OVER, STATUS_TRIM, STATUS_BOOST, STATUS_FSD,
		STATUS_ALARM, STATUS_WAIT, STATUS_ECO, STATUS_TEST, STATUS_OVERHEAT, STATUS_COMMFAULT,
		STATUS_DEPLETED,
	};
	char		 bytes[(nitems(bits) + 7) / 8] = { 0 };
	size_t		 i;

	if (!m->fresh || readings_get(&m->r, VAR_UPS_STATUS) == NULL)
		return;
	for (i = 0; i < nitems(bits); i++)
		if (m->r.status & bits[i])
			bytes[i / 8] = (char)(bytes[i / 8] | 0x80 >> i % 8);
	objects_add_text(m->to->out, COLUMN_KEY(row->column, 0), bytes, sizeof(bytes));
}

/* -- the UPS ------------------------------------------------------------------------------- */

static int64_t
battery_status(struct making *m)
{
	return rfc1628_battery_status(&m->r);
}

static int64_t
output_source(struct making *m)
{
	return rfc1628_output_source(&m->r);
}

static int64_t
test_result(struct making *m)
{
	return rfc1628_test_summary(&m->r);
}

static int64_t
line_bads(struct making *m)
{
	return values_line_bads(&m->r);
}

/* Nobody knows it of a stale device; 0 would say that mains is back. */
static void
make_seconds_on_battery(struct making *m, const struct row *row)
{
	int64_t	 since = values_time(&m->r, REMARK_ON_BATTERY);

	if (since == 0)
		add_number(m, row, 0);
	else if (m->fresh)
		objects_add_time(m->to->out, COLUMN_KEY(row->column, 0), row->type, TELL_SECONDS_SINCE, since);
}

static void
make_first_line(struct making *m, const struct row *row)
{
	const struct lines	*l = &m->lines[row->lines->kind];
	struct value		 room;
	const struct value	*v = m->fresh && l->rows > 0 ? lines_value(&m->r, row->lines, l, 1, &room) : NULL;

	if (v != NULL)
		add_number(m, row, value_scaled(v, row->scale));
}

/* The line that is loaded most. */
static void
make_worst_line(struct making *m, const struct row *row)
{
	const struct lines	*l = &m->lines[row->lines->kind];
	int64_t			 worst = -1;
	struct value		 room;
	unsigned		 line;

	for (line = 1; m->fresh && line <= l->rows; line++) {
		const struct value	*v = lines_value(&m->r, row->lines, l, line, &room);

		if (v != NULL && value_scaled(v, row->scale) > worst)
			worst = value_scaled(v, row->scale);
	}
	if (worst >= 0)
		add_number(m, row, worst);
}

/* The device's own total, else the sum of its lines if each of them has its own. */
static void
make_output_power(struct making *m, const struct row *row)
{
	const struct lines	*l = &m->lines[LINES_OUTPUT];
	const struct value	*v = rfc1628_positive(readings_number(&m->r, VAR_UPS_REALPOWER));
	struct value		 room;
	int64_t			 sum = 0;
	unsigned		 line;

	if (!m->fresh)
		return;
	if (v == NULL)
		v = rfc1628_positive(readings_number(&m->r, readings_var("output.realpower")));
	if (v != NULL)
		sum = value_scaled(v, 0);
	for (line = 1; v == NULL && line <= l->phases; line++) {
		const struct value	*one = lines_value(&m->r, row->lines, l, line, &room);

		if (one == NULL)
			return;
		sum += clamp(value_scaled(one, 0), 0, INT32_MAX);
	}
	add_number(m, row, sum);
}

static const struct value *
apparent(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_UPS_POWER);

	return v != NULL ? v : readings_number(r, readings_var("output.power"));
}

static void
make_replace_battery(struct making *m, const struct row *row)
{
	bool	 replace = (m->r.status & STATUS_RB) != 0 || (m->r.flags & FLAG_BIT(FLAG_BATTERY_BAD)) != 0;

	if (m->fresh && readings_get(&m->r, VAR_UPS_STATUS) != NULL)
		add_number(m, row, replace ? 1 : 2);
}

/* -- the objects ------------------------------------------------------------------------------ */

#define TEXT		make_text, .lasting = true, .max = TEXT_MAX
#define UNSIGNED	.type = OBJECT_GAUGE32, .max = UINT32_MAX
#define INTEGER		.type = OBJECT_INTEGER, .min = INT32_MIN, .max = INT32_MAX

static const struct row device_rows[] = {
	{ COLUMN_DEV_NAME, make_name, .max = TEXT_MAX },
	{ COLUMN_DEV_TYPE, make_number, INTEGER, .number = device_type },
	{ COLUMN_DEV_DESCR, TEXT, .remark = REMARK_DESCRIPTION, .vars = { 0, VAR_DEVICE_DESCRIPTION } },
	{ COLUMN_DEV_LOCATION, TEXT, .vars = { VAR_DEVICE_LOCATION } },
	{ COLUMN_DEV_CONTACT, TEXT, .vars = { VAR_DEVICE_CONTACT } },
	{ COLUMN_DEV_MFR, TEXT, .vars = { VAR_DEVICE_MFR, VAR_UPS_MFR } },
	{ COLUMN_DEV_MODEL, TEXT, .vars = { VAR_DEVICE_MODEL, VAR_UPS_MODEL } },
	{ COLUMN_DEV_PART, TEXT, .vars = { VAR_DEVICE_PART } },
	{ COLUMN_DEV_SERIAL, TEXT, .vars = { VAR_DEVICE_SERIAL, VAR_UPS_SERIAL } },
	{ COLUMN_DEV_FIRMWARE, TEXT, .vars = { VAR_UPS_FIRMWARE } },
	{ COLUMN_DEV_DRIVER, TEXT, .remark = REMARK_DRIVER },
	{ COLUMN_DEV_PORT, make_text, .lasting = true, .max = LONG_TEXT_MAX, .remark = REMARK_PORT },
	{ COLUMN_DEV_COMM_STATE, make_number, INTEGER, .number = comm_state },
	{ COLUMN_DEV_POLL_INTERVAL, make_value, UNSIGNED, .scale = 3, .lasting = true, .believe = rfc1628_positive,
	    .get = poll_interval },
	{ COLUMN_DEV_STATUS_BITS, make_status_bits, .type = OBJECT_OCTETS },
	{ COLUMN_DEV_STATUS_TEXT, make_text, .max = LONG_TEXT_MAX, .vars = { VAR_UPS_STATUS } },
	{ COLUMN_DEV_ALARM_TEXT, make_text, .max = LONG_TEXT_MAX, .vars = { VAR_UPS_ALARM } },
	{ COLUMN_DEV_ALARMS, make_number, UNSIGNED, .number = alarms },
	{ COLUMN_DEV_NUT_LOGINS, make_logins, UNSIGNED },
	{ COLUMN_DEV_ENT_PHYSICAL_INDEX, make_number, INTEGER, .number = chassis },
};

static const struct row ups_rows[] = {
	{ COLUMN_UPS_BATTERY_STATUS, make_number, INTEGER, .number = battery_status },
	{ COLUMN_UPS_SECONDS_ON_BATTERY, make_seconds_on_battery, UNSIGNED },
	{ COLUMN_UPS_RUNTIME, make_value, UNSIGNED, .get = values_runtime },
	{ COLUMN_UPS_CHARGE, make_value, .type = OBJECT_GAUGE32, .max = 1000, .scale = 1, .get = rfc1628_charge },
	{ COLUMN_UPS_BATTERY_VOLTAGE, make_value, UNSIGNED, .scale = 3, .believe = rfc1628_positive,
	    .vars = { VAR_BATTERY_VOLTAGE } },
	{ COLUMN_UPS_BATTERY_CURRENT, make_value, INTEGER, .scale = 3, .get = values_battery_current },
	{ COLUMN_UPS_BATTERY_TEMPERATURE, make_value, INTEGER, .scale = 1, .get = values_battery_temperature },
	{ COLUMN_UPS_OUTPUT_SOURCE, make_number, INTEGER, .number = output_source },
	{ COLUMN_UPS_OUTPUT_FREQUENCY, make_value, UNSIGNED, .scale = 1, .get = values_output_frequency },
	{ COLUMN_UPS_OUTPUT_LOAD, make_worst_line, .type = OBJECT_GAUGE32, .max = 2000, .scale = 1,
	    .lines = &lines_output_load },
	{ COLUMN_UPS_OUTPUT_POWER, make_output_power, UNSIGNED, .lines = &lines_output_power },
	{ COLUMN_UPS_OUTPUT_APPARENT, make_value, UNSIGNED, .get = apparent, .believe = rfc1628_positive },
	{ COLUMN_UPS_INPUT_VOLTAGE, make_first_line, UNSIGNED, .scale = 3, .lines = &lines_input_voltage },
	{ COLUMN_UPS_INPUT_FREQUENCY, make_first_line, UNSIGNED, .scale = 1, .lines = &lines_input_frequency },
	{ COLUMN_UPS_LINE_BADS, make_number, .type = OBJECT_COUNTER32, .max = UINT32_MAX, .number = line_bads },
	{ COLUMN_UPS_CHARGE_LOW, make_value, .type = OBJECT_GAUGE32, .max = 1000, .scale = 1, .lasting = true,
	    .believe = rfc1628_positive, .vars = { VAR_BATTERY_CHARGE_LOW } },
	{ COLUMN_UPS_RUNTIME_LOW, make_value, UNSIGNED, .lasting = true, .believe = rfc1628_positive,
	    .vars = { VAR_BATTERY_RUNTIME_LOW } },
	{ COLUMN_UPS_TEST_RESULT, make_number, INTEGER, .number = test_result },
	{ COLUMN_UPS_REPLACE_BATTERY, make_replace_battery, INTEGER },
};

void
bbmib_make(const struct cells *to)
{
	struct making	 m = { .to = to, .r = readings_of_device(to->device) };
	unsigned	 kind;
	size_t		 i;

	m.fresh = m.r.state == DEVICE_FRESH;
	for (i = 0; i < nitems(device_rows); i++)
		device_rows[i].make(&m, &device_rows[i]);
	if (device_type(&m) != 1)
		return;
	for (kind = 0; kind < LINES_KINDS; kind++)
		m.lines[kind] = lines_of(to->device, &m.r, kind);
	for (i = 0; i < nitems(ups_rows); i++)
		ups_rows[i].make(&m, &ups_rows[i]);
}
