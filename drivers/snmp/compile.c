#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"
#include "drivers/snmp/fields.h"

/* What one layer has given, so that the next need not. */
struct given {
	const char	*kind, *title;
	size_t		 layer;
};

struct compile {
	struct snmp_profile	*p;
	struct conf_errors	*errors;
	const struct conf_item	*layer;
	size_t			 nlayer;
	bool			 fallback;
	struct given		*given;
	size_t			 ngiven, given_room;
	const char		**titles;	/* of each reading that is a status */
	size_t			 titles_room;
	size_t			 objects_room, readings_room, alarms_room, commands_room, tables_room;
};

static struct fields
fields_of(const struct compile *c, const struct conf_item *section)
{
	return (struct fields){ section, c->layer, c->errors };
}

/* True when an earlier layer said it; otherwise remembers that this one does. */
static bool
is_given(struct compile *c, const char *kind, const char *title)
{
	size_t	i;

	for (i = 0; i < c->ngiven; i++)
		if (strcmp(c->given[i].kind, kind) == 0 && strcmp(c->given[i].title, title) == 0)
			return c->given[i].layer < c->nlayer;
	c->given = array_room(c->given, c->ngiven, &c->given_room, sizeof(*c->given));
	c->given[c->ngiven++] = (struct given){ kind, title, c->nlayer };
	return false;
}

/* A fallback's readings are not replaced but come after those of the same name. */
static bool
is_replaced(struct compile *c, const struct conf_item *it)
{
	return !c->fallback && is_given(c, it->name, it->title->text);
}

static bool
wants_title(struct compile *c, const struct conf_item *it)
{
	if (it->title != NULL)
		return true;
	conf_error(c->errors, it->place, "a %s wants a name: %s NAME { ... }", it->name, it->name);
	return false;
}

/* -- objects --------------------------------------------------------------------------- */

/* Takes the OID over. */
static uint32_t
add_object(struct compile *c, struct oid oid)
{
	struct snmp_profile	*p = c->p;
	size_t			 i;

	for (i = 0; i < p->nobjects; i++)
		if (oid_compare(p->objects[i].oid, oid) == 0) {
			free((void *)oid.ids);
			return (uint32_t)i;
		}
	p->objects = array_room(p->objects, p->nobjects, &c->objects_room, sizeof(*p->objects));
	p->objects[p->nobjects] = (struct snmp_object){ oid };
	return (uint32_t)p->nobjects++;
}

/* -- enumerations ------------------------------------------------------------------------ */

/* values { 3 = OL  6 = {"OL BOOST", "a text for ups.alarm"} } */
static void
compile_word(struct compile *c, const struct fields *f, const struct conf_item *it, struct snmp_reading *r)
{
	struct snmp_word	*w = &r->words[r->nwords];

	if (it->section || it->nvalues == 0 || it->nvalues > (r->read == READ_STATUS ? 2 : 1)) {
		conf_error(c->errors, it->place, "%s wants one value", it->name);
		return;
	}
	if (!fields_integer(f, it->name, it->place, &w->raw))
		return;
	r->nwords++;
	if (r->read != READ_STATUS) {
		w->text = xstrdup(it->values[0].text);
		return;
	}
	fields_meaning(f, &it->values[0], &w->meaning);
	if (it->nvalues == 2)
		w->meaning.alarm = xstrdup(it->values[1].text);
}

static void
compile_words(struct compile *c, const struct conf_item *values, struct snmp_reading *r)
{
	struct fields	f = fields_of(c, values);
	size_t		i, k;

	if (!values->section || values->nitems == 0) {
		conf_error(c->errors, values->place, "values wants a section: values { 1 = yes  2 = no }");
		return;
	}
	r->words = xcalloc(values->nitems, sizeof(*r->words));
	for (i = 0; i < values->nitems; i++) {
		for (k = 0; k < i && strcmp(values->items[k].name, values->items[i].name) != 0; k++)
			;
		if (k < i)
			conf_error(c->errors, values->items[i].place, "%s stands twice here", values->items[i].name);
		else
			compile_word(c, &f, &values->items[i], r);
	}
}

/* -- what a reading is ------------------------------------------------------------------- */

static void
compile_absent(struct compile *c, const struct fields *f, struct snmp_reading *r)
{
	const struct conf_item	*it = fields_find(f, "absent");
	size_t			 i;

	if (it == NULL || it->nvalues == 0)
		return;
	r->absent = xcalloc(it->nvalues, sizeof(*r->absent));
	for (i = 0; i < it->nvalues; i++)
		if (fields_integer(f, it->values[i].text, it->values[i].place, &r->absent[r->nabsent]))
			r->nabsent++;
}

static void
compile_range(const struct fields *f, struct snmp_reading *r)
{
	struct range	range;
	bool		min = fields_decimal(f, "min", &range.min), max = fields_decimal(f, "max", &range.max);

	if (!min && !max)
		return;
	if (!min || !max || value_compare(&range.min, &range.max) > 0) {
		conf_error(f->errors, f->section->place, "min and max go together, the smaller first");
		return;
	}
	r->ranges = xcalloc(1, sizeof(*r->ranges));
	r->ranges[r->nranges++] = range;
}

static void
compile_set(const struct fields *f, struct snmp_reading *r)
{
	static const char *const	ways[] = { "no", "integer", "gauge", "timeticks", "string", NULL };
	unsigned			way = SET_NOT;
	int64_t				maxlen = 63;

	fields_choice(f, "set", ways, &way);
	r->set_as = (enum snmp_set_as)way;
	fields_number(f, "maxlen", &maxlen);
	if (maxlen < 1 || maxlen > 255)
		conf_error(f->errors, f->section->place, "maxlen wants 1 to 255");
	r->maxlen = (unsigned)maxlen;
	compile_range(f, r);
}

/* unit = OID of what says in which unit a temperature is; its values are words. */
static void
compile_unit(struct compile *c, const struct fields *f, struct snmp_reading *r)
{
	const struct conf_item	*unit = fields_find(f, "unit"), *values = fields_find(f, "units");
	struct oid		 oid;

	r->unit = NO_OBJECT;
	if (unit == NULL && values == NULL)
		return;
	if (r->read != READ_NUMBER || unit == NULL || unit->nvalues != 1 || values == NULL) {
		conf_error(c->errors, f->section->place,
		    "unit = OID and units { 1 = celsius  2 = fahrenheit } go together, for a number");
		return;
	}
	if (fields_oid(f, &unit->values[0], 0, &oid))
		r->unit = add_object(c, oid);
	compile_words(c, values, r);
}

static void
compile_kind(struct compile *c, const struct fields *f, const char *name, struct snmp_reading *r)
{
	static const char *const	kinds[] = { "number", "text", "date-mdy", NULL };
	static const enum snmp_read	reads[] = { READ_NUMBER, READ_TEXT, READ_DATE_MDY };
	const struct conf_item		*values = fields_find(f, "values");
	const struct var_info		*info = var_info(name);
	struct value			 scale;
	unsigned			 kind = info == NULL ? r->line == 0 && fields_find(f, "scale") == NULL :
					    info->type == VAR_TYPE_TEXT;

	fields_choice(f, "type", kinds, &kind);
	r->read = reads[kind];
	r->times = 1;
	if (values != NULL) {
		r->read = READ_WORD;
		compile_words(c, values, r);
	}
	if (!fields_decimal(f, "scale", &scale))
		return;
	if (r->read != READ_NUMBER)
		conf_error(c->errors, f->section->place, "scale is for numbers, and %s is none", name);
	if (scale.digits == 0 || scale.scale > 9)
		conf_error(c->errors, f->section->place, "scale wants a factor such as 60 or 0.1");
	else
		r->times = scale.digits, r->scale = scale.scale;
}

/* -- which reading it is -------------------------------------------------------------------- */

static const struct domain {
	const char	*prefix, *word;
} domains[] = {
	[LINES_INPUT] = { "input.", "input" },
	[LINES_BYPASS] = { "input.bypass.", "bypass" },
	[LINES_OUTPUT] = { "output.", "output" },
};

static enum snmp_lines
lines_of_name(const char *name)
{
	if (strncmp(name, "input.bypass.", 13) == 0)
		return LINES_BYPASS;
	return strncmp(name, "input.", 6) == 0 ? LINES_INPUT : LINES_OUTPUT;
}

/* "input.phases" and its like count lines. */
static enum snmp_lines
lines_counted(const char *name)
{
	char		*counts;
	enum snmp_lines	 l;

	for (l = 0; l < LINES_NONE; l++) {
		counts = xasprintf("%sphases", domains[l].prefix);
		if (strcmp(counts, name) == 0) {
			free(counts);
			return l;
		}
		free(counts);
	}
	return LINES_NONE;
}

/* "input.Lx-N.voltage" of line 2 is input.L2-N.voltage, and of the only line input.voltage. */
static char *
line_name(const char *name, unsigned line, bool alone)
{
	const char	*x = strstr(name, "Lx"), *rest;
	char		*copy;

	if (x == NULL)
		return NULL;
	if (!alone) {
		copy = xasprintf("%.*sL%u%s", (int)(x - name), name, line, x + 2);
		if ((x = strstr(copy, "-Lx")) != NULL)
			copy[x - copy + 2] = (char)('1' + line % 3);
		return copy;
	}
	rest = strchr(x, '.');
	return xasprintf("%.*s%s", (int)(x - name), name, rest == NULL ? "" : rest + 1);
}

/* Readings of one variable, and states of one title, are a group. */
static bool
is_of_group(const struct compile *c, size_t i, const struct snmp_reading *r, const char *title)
{
	if (r->var != VAR_NONE)
		return c->p->readings[i].var == r->var;
	return c->titles[i] != NULL && strcmp(c->titles[i], title) == 0;
}

static void
add_reading(struct compile *c, const struct snmp_reading *r, const char *title)
{
	struct snmp_profile	*p = c->p;
	size_t			 i;

	for (i = 0; i < p->nreadings && !is_of_group(c, i, r, title); i++)
		;
	c->titles = array_room(c->titles, p->nreadings, &c->titles_room, sizeof(*c->titles));
	c->titles[p->nreadings] = r->var == VAR_NONE ? title : NULL;
	p->readings = array_room(p->readings, p->nreadings, &c->readings_room, sizeof(*p->readings));
	p->readings[p->nreadings] = *r;
	p->readings[p->nreadings++].group = (uint32_t)i;
}

/* One reading for each OID of the list: where several are given, the first that answers wins. */
static void
compile_objects(struct compile *c, const struct fields *f, const char *name, const struct snmp_reading *like)
{
	const struct conf_item	*oids = fields_find(f, "oid");
	struct snmp_reading	 r;
	struct oid		 oid;
	size_t			 i;

	for (i = 0; oids != NULL && i < oids->nvalues; i++) {
		if (!fields_oid(f, &oids->values[i], like->line, &oid))
			continue;
		r = *like;
		r.fallback = c->fallback;
		r.var = r.read == READ_STATUS ? VAR_NONE : var_intern(name);
		r.object = add_object(c, oid);
		if (r.read == READ_STATUS)
			compile_words(c, fields_find(f, "values"), &r);
		else
			compile_kind(c, f, name, &r);
		compile_unit(c, f, &r);
		compile_absent(c, f, &r);
		compile_set(f, &r);
		add_reading(c, &r, name);
	}
}

static void
compile_constant(struct compile *c, const char *name, const char *text, bool often)
{
	struct snmp_reading	r = { .var = var_intern(name), .read = READ_CONSTANT, .object = NO_OBJECT,
				    .lines = LINES_NONE, .often = often, .text = xstrdup(text), .unit = NO_OBJECT };

	add_reading(c, &r, name);
}

static void
compile_variable(struct compile *c, const struct conf_item *it, bool often)
{
	static const char *const	known[] = { "oid", "is", "type", "scale", "values", "absent", "set",
					    "maxlen", "min", "max", "unit", "units", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_reading		r = { .often = often };
	const char			*text;

	if (!wants_title(c, it) || is_replaced(c, it))
		return;
	fields_check(&f, known);
	r.lines = lines_counted(it->title->text);
	if (fields_find(&f, "oid") == NULL && fields_find(&f, "is") == NULL)
		conf_error(c->errors, it->place, "%s wants oid = OID or is = TEXT", it->title->text);
	compile_objects(c, &f, it->title->text, &r);
	if (fields_text(&f, "is", &text))
		compile_constant(c, it->title->text, text, often);
}

static void
compile_line(struct compile *c, const struct conf_item *it, bool often)
{
	static const char *const	known[] = { "oid", "type", "scale", "values", "absent", "phases",
					    "alone", NULL };
	static const char *const	phases[] = { "input", "bypass", "output", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_reading		r = { .often = often };
	const char			*only = NULL;
	unsigned			which;
	char				*name;

	if (!wants_title(c, it) || is_replaced(c, it))
		return;
	fields_check(&f, known);
	if (strstr(it->title->text, "Lx") == NULL || fields_find(&f, "oid") == NULL) {
		conf_error(c->errors, it->place, "a line wants a name with Lx in it, and an oid with x for the line");
		return;
	}
	which = lines_of_name(it->title->text);
	fields_choice(&f, "phases", phases, &which);
	r.lines = (enum snmp_lines)which;
	fields_text(&f, "alone", &only);
	for (r.line = 1; r.line <= 3; r.line++) {
		name = line_name(it->title->text, r.line, false);
		compile_objects(c, &f, name, &r);
		free(name);
	}
	if (only != NULL && strcmp(only, "no") == 0)
		return;
	r.line = 1;
	r.alone = true;
	name = only != NULL ? xstrdup(only) : line_name(it->title->text, 1, true);
	compile_objects(c, &f, name, &r);
	free(name);
}

static void
compile_status(struct compile *c, const struct conf_item *it, bool often)
{
	static const char *const	known[] = { "oid", "values", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_reading		r = { .often = often, .read = READ_STATUS, .lines = LINES_NONE };

	if (!wants_title(c, it) || is_replaced(c, it))
		return;
	fields_check(&f, known);
	if (fields_find(&f, "oid") == NULL || fields_find(&f, "values") == NULL)
		conf_error(c->errors, it->place, "a status wants oid = OID and values { ... }");
	else
		compile_objects(c, &f, it->title->text, &r);
}

static void
compile_readings(struct compile *c, const struct conf_item *section, bool often)
{
	static const char *const	known[] = { "variable", "line", "status", NULL };
	struct fields			f = fields_of(c, section);
	const struct conf_item		*it;

	fields_check(&f, known);
	for (it = section->items; it < section->items + section->nitems; it++) {
		if (strcmp(it->name, "variable") == 0)
			compile_variable(c, it, often);
		else if (strcmp(it->name, "line") == 0)
			compile_line(c, it, often);
		else if (strcmp(it->name, "status") == 0)
			compile_status(c, it, often);
	}
}

/* -- alarms ------------------------------------------------------------------------------- */

static void
compile_alarm(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "means", "text", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_profile		*p = c->p;
	struct snmp_alarm		a = { .meaning = { .tokens = 0 } };
	const struct conf_item		*means;
	const char			*text;

	if (!wants_title(c, it) || is_given(c, "alarm", it->title->text))
		return;
	fields_check(&f, known);
	if (!fields_oid(&f, it->title, 0, &a.oid))
		return;
	means = fields_find(&f, "means");
	if (means != NULL && means->nvalues == 1)
		fields_meaning(&f, &means->values[0], &a.meaning);
	if (fields_text(&f, "text", &text))
		a.meaning.alarm = xstrdup(text);
	p->alarms = array_room(p->alarms, p->nalarms, &c->alarms_room, sizeof(*p->alarms));
	p->alarms[p->nalarms++] = a;
}

static void
compile_alarms(struct compile *c, const struct conf_item *section)
{
	static const char *const	known[] = { "column", "count", "alarm", NULL };
	struct fields			f = fields_of(c, section);
	const struct conf_item		*column = fields_find(&f, "column"), *count = fields_find(&f, "count");
	struct oid			oid;
	size_t				i;

	fields_check(&f, known);
	if (c->fallback && c->p->alarm_column.len > 0)
		return;
	if (column == NULL || column->nvalues != 1)
		conf_error(c->errors, section->place, "alarms wants column = OID of what tells which alarm a row is");
	else if (c->p->alarm_column.len == 0)
		fields_oid(&f, &column->values[0], 0, &c->p->alarm_column);
	if (count != NULL && count->nvalues == 1 && c->p->alarm_count == NO_OBJECT &&
	    fields_oid(&f, &count->values[0], 0, &oid))
		c->p->alarm_count = add_object(c, oid);
	for (i = 0; i < section->nitems; i++)
		if (strcmp(section->items[i].name, "alarm") == 0)
			compile_alarm(c, &section->items[i]);
}

/* -- commands ------------------------------------------------------------------------------ */

static const char *const		step_types[] = { "integer", "gauge", "timeticks", "string", "oid", NULL };
static const enum varbind_type	step_varbinds[] = { VB_INTEGER, VB_UNSIGNED, VB_TIMETICKS, VB_OCTETS, VB_OID };

static void
compile_operand(struct compile *c, const struct fields *f, struct snmp_step *s)
{
	const struct conf_item	*value = fields_find(f, "value");

	if (value == NULL || value->nvalues != 1) {
		conf_error(c->errors, f->section->place, "%s wants a value: a number, argument or same", f->section->name);
		return;
	}
	if (strcmp(value->values[0].text, "argument") == 0)
		s->operand = OPERAND_ARGUMENT;
	else if (strcmp(value->values[0].text, "same") == 0)
		s->operand = OPERAND_SAME;
	else if (s->type == VB_OID)
		fields_oid(f, &value->values[0], 0, &s->ref);
	else if (s->type == VB_OCTETS)
		s->text = xstrdup(value->values[0].text);
	else
		fields_integer(f, value->values[0].text, value->values[0].place, &s->number);
	fields_number(f, "default", &s->number);
	if (s->operand != OPERAND_GIVEN && (s->type == VB_OID || s->type == VB_OCTETS))
		conf_error(c->errors, value->place, "argument and same are for numbers");
}

static void
compile_step(struct compile *c, const struct fields *f, const struct conf_value *oid, struct snmp_command *cmd)
{
	struct snmp_step	*s;
	unsigned		 type = 0;

	if (cmd->nsteps == SNMP_STEPS_MAX) {
		conf_error(c->errors, f->section->place, "a command has at most %d steps", SNMP_STEPS_MAX);
		return;
	}
	cmd->steps = xreallocarray(cmd->steps, cmd->nsteps + 1, sizeof(*cmd->steps));
	s = &cmd->steps[cmd->nsteps];
	*s = (struct snmp_step){ .operand = OPERAND_GIVEN };
	if (!fields_oid(f, oid, 0, &s->oid))
		return;
	cmd->nsteps++;
	fields_choice(f, "type", step_types, &type);
	s->type = step_varbinds[type];
	compile_operand(c, f, s);
}

static void
compile_steps(struct compile *c, const struct conf_item *it, struct snmp_command *cmd)
{
	static const char *const	known[] = { "type", "value", "default", NULL };
	struct fields			f;
	size_t				i;

	for (i = 0; i < it->nitems; i++) {
		if (strcmp(it->items[i].name, "set") != 0 || !wants_title(c, &it->items[i]))
			continue;
		f = fields_of(c, &it->items[i]);
		fields_check(&f, known);
		compile_step(c, &f, it->items[i].title, cmd);
	}
}

static void
compile_command(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "oid", "type", "value", "default", "set", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_profile		*p = c->p;
	const struct conf_item		*oid = fields_find(&f, "oid");
	struct snmp_command		cmd = { .steps = NULL };

	if (!wants_title(c, it) || is_given(c, "command", it->title->text))
		return;
	fields_check(&f, known);
	cmd.name = var_intern(it->title->text);
	if (oid != NULL && oid->nvalues == 1)
		compile_step(c, &f, &oid->values[0], &cmd);
	compile_steps(c, it, &cmd);
	if (cmd.nsteps == 0)
		conf_error(c->errors, it->place, "%s wants oid = OID and value = ..., or set OID { value = ... }",
		    it->title->text);
	p->commands = array_room(p->commands, p->ncommands, &c->commands_room, sizeof(*p->commands));
	p->commands[p->ncommands++] = cmd;
}

/* -- tables ------------------------------------------------------------------------------------ */

static bool
compile_column_oid(const struct fields *f, struct snmp_column *col)
{
	const struct conf_item	*oid = fields_find(f, "oid");
	struct conf_value	 part;
	const char		*n;
	char			*text;
	bool			 right;

	n = oid == NULL || oid->nvalues != 1 ? NULL : strstr(oid->values[0].text, ".n");
	if (n == NULL || (n[2] != '\0' && n[2] != '.') || strstr(col->name, ".n.") == NULL) {
		conf_error(f->errors, f->section->place, "a column wants a name and an oid with n for the row");
		return false;
	}
	part = oid->values[0];
	part.text = text = xstrndup(part.text, (size_t)(n - part.text));
	right = fields_oid(f, &part, 0, &col->root);
	free(text);
	part.text = n + 3;
	if (right && n[2] == '.')
		right = fields_oid(f, &part, 0, &col->rest);
	return right;
}

static void
compile_column(struct compile *c, const struct conf_item *it, struct snmp_table *t)
{
	static const char *const	known[] = { "oid", "type", "scale", "values", "absent", "unit", "units",
					    "value", "default", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_column		*col = &t->columns[t->ncolumns];
	unsigned			 type = 0;

	if (!wants_title(c, it))
		return;
	fields_check(&f, known);
	col->name = xstrdup(it->title->text);
	col->command = strcmp(it->name, "command") == 0;
	t->ncolumns++;
	col->reading = (struct snmp_reading){ .object = NO_OBJECT, .unit = NO_OBJECT, .lines = LINES_NONE };
	if (!compile_column_oid(&f, col))
		return;
	if (col->command) {
		fields_choice(&f, "type", step_types, &type);
		col->step.type = step_varbinds[type];
		compile_operand(c, &f, &col->step);
		if (col->step.operand == OPERAND_SAME)
			conf_error(c->errors, it->place, "same is not for tables");
		return;
	}
	compile_kind(c, &f, col->name, &col->reading);
	compile_absent(c, &f, &col->reading);
	compile_unit(c, &f, &col->reading);
}

static void
compile_table(struct compile *c, const struct conf_item *section)
{
	static const char *const	known[] = { "variable", "command", NULL };
	struct fields			f = fields_of(c, section);
	struct snmp_profile		*p = c->p;
	struct snmp_table		*t;
	size_t				 i;

	if (!wants_title(c, section) || is_given(c, "table", section->title->text))
		return;
	fields_check(&f, known);
	p->tables = array_room(p->tables, p->ntables, &c->tables_room, sizeof(*p->tables));
	t = &p->tables[p->ntables++];
	*t = (struct snmp_table){ .columns = xcalloc(section->nitems + 1, sizeof(*t->columns)) };
	for (i = 0; i < section->nitems; i++)
		if (section->items[i].section)
			compile_column(c, &section->items[i], t);
}

/* -- the profile ------------------------------------------------------------------------------ */

static void
compile_oids(struct compile *c, const char *name, struct oid **oids, size_t *n)
{
	struct fields		 f = fields_of(c, c->layer);
	const struct conf_item	*it = fields_find(&f, name);
	size_t			 i;

	if (it == NULL || it->section || *n > 0)
		return;
	*oids = xcalloc(it->nvalues, sizeof(**oids));
	for (i = 0; i < it->nvalues; i++)
		if (fields_oid(&f, &it->values[i], 0, &(*oids)[*n]))
			++*n;
}

static void
compile_head(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "title", "type", "order", "like", "also", "sysobjectid", "probe",
					    "roots", "often", "seldom", "alarms", "command", "table", NULL };
	static const char *const	types[] = { "ups", "pdu", "ats", "scd", "psu", "other", NULL };
	struct fields			f = fields_of(c, it);
	struct snmp_profile		*p = c->p;
	const char			*text;
	unsigned			 type;

	fields_check(&f, known);
	if (c->fallback)
		return;
	if (p->title == NULL && fields_text(&f, "title", &text))
		p->title = xstrdup(text);
	if (p->type == NULL && fields_choice(&f, "type", types, &type))
		p->type = xstrdup(types[type]);
	if (p->order == INT64_MIN)
		fields_number(&f, "order", &p->order);
	/* Who is like another is not recognised by what that one is recognised by. */
	if (strcmp(it->title->text, p->name) != 0)
		return;
	compile_oids(c, "sysobjectid", &p->sysobjectids, &p->nsysobjectids);
	compile_oids(c, "probe", &p->probes, &p->nprobes);
}

static void
compile_layer(struct compile *c)
{
	const struct conf_item	*it;

	compile_head(c, c->layer);
	for (it = c->layer->items; it < c->layer->items + c->layer->nitems; it++) {
		if (!it->section)
			continue;
		if (strcmp(it->name, "often") == 0 || strcmp(it->name, "seldom") == 0)
			compile_readings(c, it, it->name[0] == 'o');
		else if (strcmp(it->name, "alarms") == 0)
			compile_alarms(c, it);
		else if (strcmp(it->name, "command") == 0)
			compile_command(c, it);
		else if (strcmp(it->name, "table") == 0)
			compile_table(c, it);
	}
}

static void
check_whole(const struct compile *c, const struct conf_item *it)
{
	if (c->p->nprobes == 0)
		conf_error(c->errors, it->place, "profile %s wants probe = OID of an object that only such a device has",
		    c->p->name);
	if (c->p->nreadings == 0)
		conf_error(c->errors, it->place, "profile %s reads nothing", c->p->name);
}

struct snmp_profile *
compile_profile(const struct compile_layers *layers, struct conf_errors *errors)
{
	struct compile	c = { .errors = errors };

	c.p = xcalloc(1, sizeof(*c.p));
	c.p->name = xstrdup(layers->at[0].profile->title->text);
	c.p->order = INT64_MIN;
	c.p->alarm_count = NO_OBJECT;
	for (c.nlayer = 0; c.nlayer < layers->n; c.nlayer++) {
		c.layer = layers->at[c.nlayer].profile;
		c.fallback = layers->at[c.nlayer].fallback;
		compile_layer(&c);
	}
	free(c.given);
	free(c.titles);
	check_whole(&c, layers->at[0].profile);
	if (c.p->title == NULL)
		c.p->title = xstrdup(c.p->name);
	if (c.p->type == NULL)
		c.p->type = xstrdup("ups");
	if (c.p->order == INT64_MIN)
		c.p->order = 100;
	return c.p;
}

/* -- the end ------------------------------------------------------------------------------------ */

static void
free_reading(struct snmp_reading *r)
{
	size_t	i;

	for (i = 0; i < r->nwords; i++) {
		free(r->words[i].text);
		free(r->words[i].meaning.alarm);
	}
	free(r->words);
	free(r->absent);
	free(r->ranges);
	free(r->text);
}

static void
free_command(struct snmp_command *cmd)
{
	size_t	i;

	for (i = 0; i < cmd->nsteps; i++) {
		free((void *)cmd->steps[i].oid.ids);
		free((void *)cmd->steps[i].ref.ids);
		free(cmd->steps[i].text);
	}
	free(cmd->steps);
}

static void
free_table(struct snmp_table *t)
{
	size_t	i;

	for (i = 0; i < t->ncolumns; i++) {
		free(t->columns[i].name);
		free((void *)t->columns[i].root.ids);
		free((void *)t->columns[i].rest.ids);
		free((void *)t->columns[i].step.ref.ids);
		free(t->columns[i].step.text);
		free_reading(&t->columns[i].reading);
	}
	free(t->columns);
}

static void
free_oids(struct oid *oids, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		free((void *)oids[i].ids);
	free(oids);
}

void
compile_free(struct snmp_profile *p)
{
	size_t	i;

	for (i = 0; i < p->nobjects; i++)
		free((void *)p->objects[i].oid.ids);
	for (i = 0; i < p->nreadings; i++)
		free_reading(&p->readings[i]);
	for (i = 0; i < p->nalarms; i++) {
		free((void *)p->alarms[i].oid.ids);
		free(p->alarms[i].meaning.alarm);
	}
	for (i = 0; i < p->ncommands; i++)
		free_command(&p->commands[i]);
	for (i = 0; i < p->ntables; i++)
		free_table(&p->tables[i]);
	free(p->tables);
	free_oids(p->sysobjectids, p->nsysobjectids);
	free_oids(p->probes, p->nprobes);
	free((void *)p->alarm_column.ids);
	free(p->objects);
	free(p->readings);
	free(p->alarms);
	free(p->commands);
	free(p->name);
	free(p->title);
	free(p->type);
	free(p);
}
