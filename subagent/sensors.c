#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/rfc1628.h"
#include "subagent/lines.h"
#include "subagent/sensors.h"
#include "subagent/values.h"

struct list {
	const struct device	*device;
	struct readings		 r;
	struct sensor		*at;
	size_t			 n, room;
};

const struct sensor_scale sensor_scales[SENSOR_KINDS] = {
	[KIND_VOLTS_AC] = { SENSOR_VOLTS_AC, 1, "volts AC" }, [KIND_VOLTS_DC] = { SENSOR_VOLTS_DC, 2, "volts DC" },
	[KIND_AMPERES] = { SENSOR_AMPERES, 2, "amperes" }, [KIND_WATTS] = { SENSOR_WATTS, 0, "watts" },
	[KIND_HERTZ] = { SENSOR_HERTZ, 2, "hertz" }, [KIND_CELSIUS] = { SENSOR_CELSIUS, 1, "degrees Celsius" },
	[KIND_HUMIDITY] = { SENSOR_PERCENT_RH, 1, "percent RH" }, [KIND_PERCENT] = { SENSOR_OTHER, 1, "percent" },
	[KIND_VOLT_AMPERES] = { SENSOR_OTHER, 0, "volt-amperes" },
	[KIND_POWER_FACTOR] = { SENSOR_OTHER, 3, "power factor" }, [KIND_RPM] = { SENSOR_RPM, 0, "turns a minute" },
};

/* Of several lines: that of one is the line's own. */
static const struct value *
total_power(const struct readings *r)
{
	const struct value	*phases = readings_number(r, readings_var("input.phases"));

	return phases != NULL && value_scaled(phases, 0) > 1 ? readings_number(r, readings_var("input.realpower")) :
	    NULL;
}

/* Numbers in use are never given to another sensor: they are entPhysicalIndex. */
static const struct single {
	uint32_t		 part;
	enum sensor_kind	 kind;
	const char		*what;
	const struct value	*(*get)(const struct readings *);
	const char		*name;		/* of the reading, where nothing gets it */
	const struct value	*(*believe)(const struct value *);
} singles[] = {
	{ 1, KIND_VOLTS_DC, "battery voltage", NULL, "battery.voltage", rfc1628_positive },
	{ 2, KIND_AMPERES, "battery current", values_battery_current, NULL, NULL },
	{ 3, KIND_CELSIUS, "battery temperature", values_battery_temperature, NULL, NULL },
	{ 4, KIND_PERCENT, "battery charge", rfc1628_charge, NULL, NULL },
	{ 5, KIND_CELSIUS, "temperature", NULL, "ups.temperature", NULL },
	{ 6, KIND_CELSIUS, "ambient temperature", NULL, "ambient.temperature", NULL },
	{ 7, KIND_HUMIDITY, "ambient humidity", NULL, "ambient.humidity", rfc1628_positive },
	{ 8, KIND_HERTZ, "output frequency", values_output_frequency, NULL, NULL },
	{ 9, KIND_HERTZ, "bypass frequency", NULL, "input.bypass.frequency", rfc1628_frequency },
	{ 131, KIND_VOLT_AMPERES, "input apparent power", NULL, "input.power", rfc1628_positive },
	{ 132, KIND_POWER_FACTOR, "input power factor", NULL, "input.powerfactor", rfc1628_positive },
	{ 133, KIND_WATTS, "input total power", total_power, NULL, rfc1628_positive },
};

/* Line 1 has the number after the base. */
static const struct line_sensor {
	uint32_t			 base;
	enum sensor_kind		 kind;
	const struct line_values	*values;
	const char			*place, *quantity;
} line_sensors[] = {
	{ 10, KIND_HERTZ, &lines_input_frequency, "input", "frequency" },
	{ 20, KIND_VOLTS_AC, &lines_input_voltage, "input", "voltage" },
	{ 30, KIND_AMPERES, &lines_input_current, "input", "current" },
	{ 40, KIND_WATTS, &lines_input_power, "input", "power" },
	{ 50, KIND_VOLTS_AC, &lines_output_voltage, "output", "voltage" },
	{ 60, KIND_AMPERES, &lines_output_current, "output", "current" },
	{ 70, KIND_WATTS, &lines_output_power, "output", "power" },
	{ 80, KIND_PERCENT, &lines_output_load, "output", "load" },
	{ 90, KIND_VOLTS_AC, &lines_bypass_voltage, "bypass", "voltage" },
	{ 100, KIND_AMPERES, &lines_bypass_current, "bypass", "current" },
	{ 110, KIND_WATTS, &lines_bypass_power, "bypass", "power" },
};

/*
 * Blocks of eight numbers: what is numbered itself (the last of them), and
 * its sensors.
 */
enum { BLOCK = 8, ITSELF = 7 };
enum { INLETS = 140, INLETS_MAX = 6, OUTLETS = 1000, OUTLETS_MAX = 1000, BRANCHES = 9100, BRANCHES_MAX = 110 };

static const struct block {
	uint32_t	 base, max;
	const char	*prefix, *called;	/* of readings; of the thing */
	const char	*labels[3];		/* what it is called by people, below its prefix and number */
} blocks[] = {
	{ INLETS, INLETS_MAX, "input.", "inlet", { "name", "feed.desc" } },
	{ OUTLETS, OUTLETS_MAX, "outlet.", "outlet", { "name", "desc", "designator" } },
	{ BRANCHES, BRANCHES_MAX, "outlet.group.", "branch", { "name", "desc", "id" } },
};

/* "ambient.2.temperature": the number in the name times the step is added to the base. */
static const struct numbered_sensor {
	uint32_t		 base, step, max;
	const char		*prefix, *rest, *what, *quantity;
	enum sensor_kind	 kind;
	const struct value	*(*believe)(const struct value *);
} numbered_sensors[] = {
	{ 200, 4, 199, "ambient.", "temperature", "ambient", "temperature", KIND_CELSIUS, NULL },
	{ 201, 4, 199, "ambient.", "humidity", "ambient", "humidity", KIND_HUMIDITY, rfc1628_positive },
	{ 202, 4, 199, "ambient.", "fan", "ambient", "fan", KIND_RPM, rfc1628_positive },
	{ OUTLETS, BLOCK, OUTLETS_MAX, "outlet.", "voltage", "outlet", "voltage", KIND_VOLTS_AC, rfc1628_voltage },
	{ OUTLETS + 1, BLOCK, OUTLETS_MAX, "outlet.", "current", "outlet", "current", KIND_AMPERES, rfc1628_positive },
	{ OUTLETS + 2, BLOCK, OUTLETS_MAX, "outlet.", "realpower", "outlet", "power", KIND_WATTS, rfc1628_positive },
	{ BRANCHES, BLOCK, BRANCHES_MAX, "outlet.group.", "voltage", "branch", "voltage", KIND_VOLTS_AC,
	    rfc1628_voltage },
	{ BRANCHES + 1, BLOCK, BRANCHES_MAX, "outlet.group.", "current", "branch", "current", KIND_AMPERES,
	    rfc1628_positive },
	{ BRANCHES + 2, BLOCK, BRANCHES_MAX, "outlet.group.", "realpower", "branch", "power", KIND_WATTS,
	    rfc1628_positive },
	{ INLETS, BLOCK, INLETS_MAX, "input.", "voltage", "inlet", "voltage", KIND_VOLTS_AC, rfc1628_voltage },
	{ INLETS + 1, BLOCK, INLETS_MAX, "input.", "current", "inlet", "current", KIND_AMPERES, rfc1628_positive },
	{ INLETS + 2, BLOCK, INLETS_MAX, "input.", "realpower", "inlet", "power", KIND_WATTS, rfc1628_positive },
	{ INLETS + 3, BLOCK, INLETS_MAX, "input.", "frequency", "inlet", "frequency", KIND_HERTZ, rfc1628_frequency },
};

struct containment
sensors_containment(uint32_t part)
{
	const struct block	*b;
	uint32_t		 offset;

	for (b = blocks; b < blocks + nitems(blocks); b++) {
		offset = part - b->base;
		if (part < b->base + BLOCK || part >= b->base + BLOCK * (b->max + 1))
			continue;
		if (offset % BLOCK == ITSELF)
			return (struct containment){ PART_CHASSIS, offset / BLOCK, false, b->called, offset / BLOCK };
		return (struct containment){ part - offset % BLOCK + ITSELF, offset % BLOCK + 1, true, NULL, 0 };
	}
	return (struct containment){ PART_CHASSIS, part, true, NULL, 0 };
}

static void __attribute__((__format__(__printf__, 5, 6)))
add(struct list *l, uint32_t part, enum sensor_kind kind, const struct value *v, const char *fmt, ...)
{
	struct sensor	*s;
	va_list		 ap;

	if (v == NULL || v->type != V_NUMBER || l->n == SENSORS_MAX)
		return;
	l->at = array_room(l->at, l->n, &l->room, sizeof(*l->at));
	s = &l->at[l->n++];
	*s = (struct sensor){ .part = part, .kind = kind, .value = *v };
	va_start(ap, fmt);
	vsnprintf(s->what, sizeof(s->what), fmt, ap);
	va_end(ap);
}

static void
add_singles(struct list *l)
{
	const struct single	*s;
	const struct value	*v;

	for (s = singles; s < singles + nitems(singles); s++) {
		v = s->get != NULL ? s->get(&l->r) : readings_number(&l->r, readings_var("%s", s->name));
		if (v != NULL && s->believe != NULL)
			v = s->believe(v);
		add(l, s->part, s->kind, v, "%s", s->what);
	}
}

/* What stands for all lines alike is one sensor. */
static void
add_each_line(struct list *l, const struct line_sensor *s, const struct lines *lines)
{
	const char		*name = s->values->whole;
	const struct value	*whole = name == NULL ? NULL : readings_get(&l->r, readings_var("%s", name)), *v;
	struct value		 room;
	unsigned		 line;

	for (line = 1; line <= lines->rows; line++) {
		v = lines_value(&l->r, s->values, lines, line, &room);
		if (v != NULL && v == whole && line > 1)
			continue;
		if (lines->phases == 1 || v == whole)
			add(l, s->base + line, s->kind, v, "%s %s", s->place, s->quantity);
		else
			add(l, s->base + line, s->kind, v, "%s L%u %s", s->place, line, s->quantity);
	}
}

static void
add_lines(struct list *l, const struct lines lines[LINES_KINDS])
{
	const struct line_sensor	*s;

	for (s = line_sensors; s < line_sensors + nitems(line_sensors); s++)
		add_each_line(l, s, &lines[s->values->kind]);
}

/* "outlet.12.current" with the prefix "outlet.": 12, and the rest behind the dot; 0: it is not of that sort. */
static uint32_t
number_in(const char *name, const char *prefix, uint32_t max, const char **rest)
{
	size_t		 len = strlen(prefix);
	unsigned long	 number;
	char		*end;

	if (strncmp(name, prefix, len) != 0 || name[len] < '1' || name[len] > '9')
		return 0;
	number = strtoul(name + len, &end, 10);
	*rest = end + 1;
	return *end == '.' && number <= max ? (uint32_t)number : 0;
}

static void
add_if_numbered(struct list *l, const struct reading *reading)
{
	const struct numbered_sensor	*s;
	const struct value		*v = &reading->value;
	const char			*rest;
	uint32_t			 number;

	for (s = numbered_sensors; s < numbered_sensors + nitems(numbered_sensors); s++) {
		number = number_in(var_name(reading->var), s->prefix, s->max, &rest);
		if (number == 0 || strcmp(rest, s->rest) != 0)
			continue;
		if (s->believe != NULL)
			v = s->believe(v);
		add(l, s->base + s->step * number, s->kind, v, "%s %u %s", s->what, number, s->quantity);
		return;
	}
}

static void
add_itself(struct list *l, const struct block *b, uint32_t number)
{
	static const struct value	 nothing = { .type = V_NUMBER };
	uint32_t			 part = b->base + BLOCK * number + ITSELF;
	char				 room[VALUE_TEXT_MAX];
	const char			*label = "";
	size_t				 i;

	if (l->n > 0 && l->at[l->n - 1].part == part)
		return;
	for (i = 0; *label == '\0' && i < nitems(b->labels) && b->labels[i] != NULL; i++)
		label = readings_text(&l->r, readings_var("%s%u.%s", b->prefix, number, b->labels[i]), room);
	if (*label != '\0')
		add(l, part, KIND_NO_SENSOR, &nothing, "%s", label);
	else
		add(l, part, KIND_NO_SENSOR, &nothing, "%s %u", b->called, number);
}

/* Names are in order, so that those of one thing follow each other; what comes twice all the same is dropped later. */
static void
add_if_thing(struct list *l, const struct reading *reading)
{
	const struct block	*b;
	const char		*rest;
	uint32_t		 number;

	for (b = blocks; b < blocks + nitems(blocks); b++)
		if ((number = number_in(var_name(reading->var), b->prefix, b->max, &rest)) > 0)
			add_itself(l, b, number);
}

static int
by_part(const void *a, const void *b)
{
	const struct sensor	*one = a, *other = b;

	return one->part < other->part ? -1 : one->part > other->part;
}

static size_t
drop_doubles(struct list *l)
{
	size_t	 i, n = 0;

	for (i = 0; i < l->n; i++)
		if (n == 0 || l->at[n - 1].part != l->at[i].part)
			l->at[n++] = l->at[i];
	return n;
}

struct sensor *
sensors_of(const struct device *d, size_t *n)
{
	struct list	 l = { .device = d, .r = readings_of_device(d) };
	struct lines	 lines[LINES_KINDS];
	unsigned	 kind;
	size_t		 i;

	for (kind = 0; kind < LINES_KINDS; kind++)
		lines[kind] = lines_of(d, &l.r, kind);
	add_singles(&l);
	add_lines(&l, lines);
	for (i = 0; i < snapshot_size(device_now(d)); i++)
		add_if_thing(&l, snapshot_at(device_now(d), i));
	for (i = 0; i < snapshot_size(device_now(d)); i++)
		add_if_numbered(&l, snapshot_at(device_now(d), i));
	if (l.n > 1)
		qsort(l.at, l.n, sizeof(*l.at), by_part);
	*n = drop_doubles(&l);
	return l.at;
}
