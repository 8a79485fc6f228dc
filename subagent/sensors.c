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

struct kind {
	enum sensor_type	 type;
	unsigned		 precision;
	const char		*units;
};

static const struct kind
	volts_ac = { SENSOR_VOLTS_AC, 1, "volts AC" }, volts_dc = { SENSOR_VOLTS_DC, 2, "volts DC" },
	amperes = { SENSOR_AMPERES, 2, "amperes" }, watts = { SENSOR_WATTS, 0, "watts" },
	hertz = { SENSOR_HERTZ, 2, "hertz" }, celsius = { SENSOR_CELSIUS, 1, "degrees Celsius" },
	humidity = { SENSOR_PERCENT_RH, 1, "percent RH" }, percent = { SENSOR_OTHER, 1, "percent" };

/* Numbers in use are never given to another sensor: they are entPhysicalIndex. */
static const struct single {
	uint32_t		 part;
	const struct kind	*kind;
	const char		*what;
	const struct value	*(*get)(const struct readings *);
	const char		*name;		/* of the reading, where nothing gets it */
	const struct value	*(*believe)(const struct value *);
} singles[] = {
	{ 1, &volts_dc, "battery voltage", NULL, "battery.voltage", rfc1628_positive },
	{ 2, &amperes, "battery current", values_battery_current, NULL, NULL },
	{ 3, &celsius, "battery temperature", values_battery_temperature, NULL, NULL },
	{ 4, &percent, "battery charge", rfc1628_charge, NULL, NULL },
	{ 5, &celsius, "temperature", NULL, "ups.temperature", NULL },
	{ 6, &celsius, "ambient temperature", NULL, "ambient.temperature", NULL },
	{ 7, &humidity, "ambient humidity", NULL, "ambient.humidity", rfc1628_positive },
	{ 8, &hertz, "output frequency", values_output_frequency, NULL, NULL },
	{ 9, &hertz, "bypass frequency", NULL, "input.bypass.frequency", rfc1628_frequency },
};

/* Line 1 has the number after the base. */
static const struct line_sensor {
	uint32_t			 base;
	const struct kind		*kind;
	const struct line_values	*values;
	const char			*place, *quantity;
} line_sensors[] = {
	{ 10, &hertz, &lines_input_frequency, "input", "frequency" },
	{ 20, &volts_ac, &lines_input_voltage, "input", "voltage" },
	{ 30, &amperes, &lines_input_current, "input", "current" },
	{ 40, &watts, &lines_input_power, "input", "power" },
	{ 50, &volts_ac, &lines_output_voltage, "output", "voltage" },
	{ 60, &amperes, &lines_output_current, "output", "current" },
	{ 70, &watts, &lines_output_power, "output", "power" },
	{ 80, &percent, &lines_output_load, "output", "load" },
	{ 90, &volts_ac, &lines_bypass_voltage, "bypass", "voltage" },
	{ 100, &amperes, &lines_bypass_current, "bypass", "current" },
	{ 110, &watts, &lines_bypass_power, "bypass", "power" },
};

/* "ambient.2.temperature": the number in the name times the step is added to the base. */
static const struct numbered_sensor {
	uint32_t		 base, step, max;
	const char		*prefix, *rest, *quantity;
	const struct kind	*kind;
	const struct value	*(*believe)(const struct value *);
} numbered_sensors[] = {
	{ 200, 4, 199, "ambient.", "temperature", "temperature", &celsius, NULL },
	{ 201, 4, 199, "ambient.", "humidity", "humidity", &humidity, rfc1628_positive },
	{ 1000, 8, 1000, "outlet.", "voltage", "voltage", &volts_ac, rfc1628_voltage },
	{ 1001, 8, 1000, "outlet.", "current", "current", &amperes, rfc1628_positive },
	{ 1002, 8, 1000, "outlet.", "realpower", "power", &watts, rfc1628_positive },
};

static void __attribute__((__format__(__printf__, 5, 6)))
add(struct list *l, uint32_t part, const struct kind *kind, const struct value *v, const char *fmt, ...)
{
	struct sensor	*s;
	va_list		 ap;

	if (v == NULL || v->type != V_NUMBER || l->n == SENSORS_MAX)
		return;
	l->at = array_room(l->at, l->n, &l->room, sizeof(*l->at));
	s = &l->at[l->n++];
	*s = (struct sensor){ .part = part, .type = kind->type, .precision = kind->precision,
	    .units = kind->units, .value = *v };
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

static void
add_if_numbered(struct list *l, const struct reading *reading)
{
	const struct numbered_sensor	*s;
	const char			*name = var_name(reading->var);
	const struct value		*v = &reading->value;
	unsigned long			 number;
	char				*end;

	for (s = numbered_sensors; s < numbered_sensors + nitems(numbered_sensors); s++) {
		size_t	 len = strlen(s->prefix);

		if (strncmp(name, s->prefix, len) != 0 || name[len] < '1' || name[len] > '9')
			continue;
		number = strtoul(name + len, &end, 10);
		if (*end != '.' || strcmp(end + 1, s->rest) != 0 || number > s->max)
			continue;
		if (s->believe != NULL)
			v = s->believe(v);
		add(l, s->base + s->step * (uint32_t)number, s->kind, v, "%.*s %lu %s", (int)len - 1, s->prefix,
		    number, s->quantity);
		return;
	}
}

static int
by_part(const void *a, const void *b)
{
	const struct sensor	*one = a, *other = b;

	return one->part < other->part ? -1 : one->part > other->part;
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
		add_if_numbered(&l, snapshot_at(device_now(d), i));
	if (l.n > 1)
		qsort(l.at, l.n, sizeof(*l.at), by_part);
	*n = l.n;
	return l.at;
}
