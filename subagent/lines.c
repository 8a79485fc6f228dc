#include <string.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/lines.h"

#define LINES_MAX	3

static const char *const prefixes[LINES_KINDS] = {
	[LINES_INPUT] = "input", [LINES_OUTPUT] = "output", [LINES_BYPASS] = "input.bypass"
};

const struct line_values lines_input_frequency = {
	LINES_INPUT, { "frequency" }, .whole = "input.frequency", .believe = rfc1628_frequency,
	.scale = 1, .max = INT32_MAX
};
const struct line_values lines_input_voltage = {
	LINES_INPUT, { "voltage" }, .between = true, .believe = rfc1628_voltage, .max = INT32_MAX
};
const struct line_values lines_input_current = {
	LINES_INPUT, { "current" }, .scale = 1, .max = INT32_MAX
};
const struct line_values lines_input_power = {
	LINES_INPUT, { "realpower" }, .max = INT32_MAX
};
const struct line_values lines_output_voltage = {
	LINES_OUTPUT, { "voltage" }, .between = true, .believe = rfc1628_voltage, .max = INT32_MAX
};
const struct line_values lines_output_current = {
	LINES_OUTPUT, { "current" }, .scale = 1, .max = INT32_MAX
};
/* Never ups.power: that is apparent power. */
const struct line_values lines_output_power = {
	LINES_OUTPUT, { "realpower" }, .single = "ups.realpower", .derived = true, .max = INT32_MAX
};
const struct line_values lines_output_load = {
	LINES_OUTPUT, { "power.percent", "load" }, .whole = "ups.load", .believe = rfc1628_load,
	.max = 200
};
const struct line_values lines_bypass_voltage = {
	LINES_BYPASS, { "voltage" }, .between = true, .believe = rfc1628_voltage, .max = INT32_MAX
};
const struct line_values lines_bypass_current = {
	LINES_BYPASS, { "current" }, .scale = 1, .max = INT32_MAX
};
const struct line_values lines_bypass_power = {
	LINES_BYPASS, { "realpower" }, .max = INT32_MAX
};

static const struct line_values *const columns[] = {
	&lines_input_frequency, &lines_input_voltage, &lines_input_current, &lines_input_power,
	&lines_output_voltage, &lines_output_current, &lines_output_power, &lines_output_load,
	&lines_bypass_voltage, &lines_bypass_current, &lines_bypass_power,
};

static const struct value *
believed(const struct readings *r, const struct line_values *c, enum var var)
{
	const struct value	*v = readings_number(r, var);

	return v != NULL && c->believe != NULL ? c->believe(v) : v;
}

/* What has the number of the line in its name. */
static const struct value *
own_value(const struct readings *r, const struct line_values *c, unsigned line)
{
	const char		*prefix = prefixes[c->kind];
	const struct value	*v = NULL;
	size_t			 i;

	for (i = 0; i < nitems(c->names) && c->names[i] != NULL && v == NULL; i++) {
		v = believed(r, c, readings_var("%s.L%u-N.%s", prefix, line, c->names[i]));
		if (v == NULL)
			v = believed(r, c, readings_var("%s.L%u.%s", prefix, line, c->names[i]));
	}
	if (v == NULL && c->between)
		v = believed(r, c, readings_var("%s.L%u-L%u.%s", prefix, line, line % LINES_MAX + 1,
		    c->names[0]));
	return v;
}

/* Load times rating: a calculation, so only where the operator asks for it. */
static const struct value *
derived_power(const struct readings *r, struct value *room)
{
	const struct value	*load = rfc1628_load(readings_number(r, VAR_UPS_LOAD));
	const struct value	*rating = readings_number(r, VAR_UPS_REALPOWER_NOMINAL);

	if (load == NULL || rating == NULL ||
	    !readings_has_word(r, var_intern(REMARK_OPTIONS), "derive-load"))
		return NULL;
	*room = value_times(rating, value_scaled(load, 1), 3);
	return room;
}

static const struct value *
single_value(const struct readings *r, const struct line_values *c, const struct lines *l,
    struct value *room)
{
	const struct value	*v = NULL;
	size_t			 i;

	for (i = 0; i < nitems(c->names) && c->names[i] != NULL && v == NULL; i++)
		v = believed(r, c, readings_var("%s.%s", prefixes[c->kind], c->names[i]));
	if (v == NULL && c->single != NULL)
		v = believed(r, c, readings_var("%s", c->single));
	if (v == NULL && l->named)
		v = own_value(r, c, 1);
	if (v == NULL && c->derived)
		v = derived_power(r, room);
	return v;
}

const struct value *
lines_value(const struct readings *r, const struct line_values *c, const struct lines *l,
    unsigned line, struct value *room)
{
	const struct value	*v = NULL;

	if (l->phases == 1)
		v = single_value(r, c, l, room);
	else if (l->named)
		v = own_value(r, c, line);
	return v == NULL && c->whole != NULL ? believed(r, c, readings_var("%s", c->whole)) : v;
}

static bool
has_line(const struct readings *r, enum lines_kind kind, const struct lines *l, unsigned line)
{
	struct value	 room;
	size_t		 i;

	for (i = 0; i < nitems(columns); i++)
		if (columns[i]->kind == kind && lines_value(r, columns[i], l, line, &room) != NULL)
			return true;
	return false;
}

static bool
has_own(const struct readings *r, enum lines_kind kind, unsigned line)
{
	size_t	 i;

	for (i = 0; i < nitems(columns); i++)
		if (columns[i]->kind == kind && own_value(r, columns[i], line) != NULL)
			return true;
	return false;
}

/* One look at all names spares most devices a search for each name that a line could have. */
static bool
names_lines(const struct device *d, enum lines_kind kind)
{
	const struct snapshot	*s = device_now(d);
	size_t			 len = strlen(prefixes[kind]), i;

	for (i = 0; i < snapshot_size(s); i++) {
		const char	*name = var_name(snapshot_at(s, i)->var);

		if (strncmp(name, prefixes[kind], len) == 0 && strncmp(name + len, ".L", 2) == 0)
			return true;
	}
	return false;
}

/* What the device says, else as many as it has values for. */
static unsigned
phases_of(const struct readings *r, enum lines_kind kind, bool named)
{
	const struct value	*v = readings_number(r, readings_var("%s.phases", prefixes[kind]));
	int64_t			 said = v == NULL ? 0 : value_scaled(v, 0);
	unsigned		 line;

	if (said >= 1 && said <= LINES_MAX)
		return (unsigned)said;
	for (line = LINES_MAX; named && line > 1; line--)
		if (has_own(r, kind, line))
			return line;
	return 1;
}

/* A line of which nothing is known is no row, unless one after it is. */
struct lines
lines_of(const struct device *d, const struct readings *r, enum lines_kind kind)
{
	struct lines	 l = { .named = names_lines(d, kind) };

	l.phases = phases_of(r, kind, l.named);
	for (l.rows = l.phases; l.rows > 0; l.rows--)
		if (has_line(r, kind, &l, l.rows))
			break;
	return l;
}
