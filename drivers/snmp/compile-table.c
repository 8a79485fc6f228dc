/* Tables of a profile: columns, and the columns that help to read them. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"

/* -- columns --------------------------------------------------------------------------- */

static bool
same_pattern(const struct snmp_pattern *a, const struct snmp_pattern *b)
{
	size_t	i;

	if (a->narcs != b->narcs || oid_compare(a->root, b->root) != 0)
		return false;
	for (i = 0; i < a->narcs; i++)
		if (a->arcs[i].kind != b->arcs[i].kind || a->arcs[i].number != b->arcs[i].number)
			return false;
	return true;
}

static struct snmp_column *
add_column(struct compile *c, struct snmp_table *t)
{
	struct snmp_column	*col;

	t->columns = array_room(t->columns, t->ncolumns, &c->columns_room, sizeof(*t->columns));
	col = &t->columns[t->ncolumns];
	*col = (struct snmp_column){ .group = (uint16_t)t->ncolumns, .digits = NO_COLUMN, .magnitude = NO_COLUMN,
	    .exponent = NO_COLUMN, .unit = NO_COLUMN, .when = { .column = NO_COLUMN }, .valid = { .column = NO_COLUMN },
	    .reading = { .object = NO_OBJECT, .unit = NO_OBJECT, .lines = LINES_NONE, .read = READ_NUMBER, .times = 1 } };
	t->ncolumns++;
	return col;
}

/* The number of the help that reads this; t->columns moves. */
static uint16_t
add_help(struct compile *c, const struct fields *f, const struct conf_value *oid, struct snmp_table *t)
{
	struct snmp_pattern	 at;
	size_t			 i;

	if (!fields_pattern(f, oid, &at))
		return NO_COLUMN;
	for (i = 0; i < t->ncolumns; i++)
		if (t->columns[i].kind == COLUMN_HELP && same_pattern(&t->columns[i].at, &at)) {
			free((void *)at.root.ids);
			return (uint16_t)i;
		}
	*add_column(c, t) = (struct snmp_column){ .kind = COLUMN_HELP, .at = at, .group = (uint16_t)i };
	return (uint16_t)i;
}

static uint16_t
compile_help(struct compile *c, const struct fields *f, const char *name, struct snmp_table *t)
{
	const struct conf_item	*it = fields_find(f, name);

	if (it == NULL)
		return NO_COLUMN;
	if (it->section || it->nvalues != 1) {
		conf_error(c->errors, it->place, "%s wants one OID", name);
		return NO_COLUMN;
	}
	return add_help(c, f, &it->values[0], t);
}

/* when = {OID, 1, 2}; unless says the contrary. */
static struct snmp_condition
compile_condition(struct compile *c, const struct fields *f, const char *name, const char *contrary,
    struct snmp_table *t)
{
	const struct conf_item	*it = fields_find(f, name);
	struct snmp_condition	 cond = { .column = NO_COLUMN };
	size_t			 i;

	if (it == NULL && contrary != NULL) {
		it = fields_find(f, contrary);
		cond.not = true;
	}
	if (it == NULL)
		return cond;
	if (it->section || it->nvalues < 2) {
		conf_error(c->errors, it->place, "%s wants an OID and the numbers: {OID, 1, 2}", it->name);
		return cond;
	}
	cond.column = add_help(c, f, &it->values[0], t);
	cond.numbers = xcalloc(it->nvalues, sizeof(*cond.numbers));
	for (i = 1; i < it->nvalues; i++)
		if (fields_integer(f, it->values[i].text, it->values[i].place, &cond.numbers[cond.n]))
			cond.n++;
	return cond;
}

/* unit = OID of a scalar is for all rows, and one with letters for each its own. */
static void
compile_column_unit(struct compile *c, const struct fields *f, struct snmp_table *t, size_t i)
{
	const struct conf_item	*unit = fields_find(f, "unit"), *units = fields_find(f, "units");
	uint16_t		 help;

	if (unit == NULL || unit->nvalues != 1 || units == NULL || !fields_has_letter(&unit->values[0])) {
		compile_unit(c, f, &t->columns[i].reading);
		return;
	}
	help = compile_help(c, f, "unit", t);
	t->columns[i].unit = help;
	compile_words(c, units, &t->columns[i].reading);
}

static void
compile_helps(struct compile *c, const struct fields *f, struct snmp_table *t, size_t i)
{
	uint16_t	digits = compile_help(c, f, "digits", t), magnitude = compile_help(c, f, "magnitude", t);
	uint16_t	exponent = compile_help(c, f, "exponent", t);

	t->columns[i].digits = digits;
	t->columns[i].magnitude = magnitude;
	t->columns[i].exponent = exponent;
	compile_column_unit(c, f, t, i);
}

/* -- names ------------------------------------------------------------------------------- */

/* "input.Ln.current" of the only line is input.current. */
static char *
name_alone(const char *name)
{
	const char	*line = strstr(name, "Ln");
	const char	*rest;

	if (line == NULL)
		return NULL;
	rest = strchr(line, '.');
	return xasprintf("%.*s%s", (int)(line - name), name, rest == NULL ? "" : rest + 1);
}

static void
compile_name(const struct compile *c, const struct fields *f, const struct conf_item *it, struct snmp_column *col)
{
	const char	*alone;

	col->name = xstrdup(it->title->text);
	if (!fields_text(f, "alone", &alone))
		col->alone = name_alone(col->name);
	else if (strcmp(alone, "no") != 0)
		col->alone = xstrdup(alone);
	if (strlen(col->name) > SNMP_NAME_MAX)
		conf_error(c->errors, it->place, "a name has at most %d bytes", SNMP_NAME_MAX);
}

/* -- the table -------------------------------------------------------------------------------- */

static void
compile_reading_column(struct compile *c, const struct fields *f, struct snmp_table *t, size_t i)
{
	static const char *const	words[] = { "no", "yes", NULL };
	unsigned			often = 0;
	struct snmp_column		*col = &t->columns[i];
	struct snmp_condition		valid;

	fields_choice(f, "often", words, &often);
	col->often = often == 1;
	compile_kind(c, f, col->name, &col->reading);
	compile_absent(c, f, &col->reading);
	compile_set(f, &col->reading);
	compile_helps(c, f, t, i);
	valid = compile_condition(c, f, "valid", NULL, t);
	t->columns[i].valid = valid;
}

static void
compile_command_column(struct compile *c, const struct fields *f, struct snmp_column *col)
{
	col->kind = COLUMN_COMMAND;
	compile_step_type(f, &col->step);
	compile_operand(c, f, &col->step);
	if (col->step.operand == OPERAND_SAME)
		conf_error(c->errors, f->section->place, "same is not for tables");
}

static uint16_t
group_of(const struct snmp_table *t, size_t i)
{
	size_t	k;

	for (k = 0; k < i; k++)
		if (t->columns[k].name != NULL && t->columns[k].kind == t->columns[i].kind &&
		    strcmp(t->columns[k].name, t->columns[i].name) == 0)
			return t->columns[k].group;
	return (uint16_t)i;
}

static void
compile_column(struct compile *c, const struct conf_item *it, const struct conf_value *oid, struct snmp_table *t)
{
	struct fields		 f = compile_fields(c, it);
	struct snmp_pattern	 at;
	struct snmp_condition	 when;
	size_t			 i = t->ncolumns;

	if (!fields_pattern(&f, oid, &at))
		return;
	add_column(c, t)->at = at;
	compile_name(c, &f, it, &t->columns[i]);
	if (strcmp(it->name, "command") == 0)
		compile_command_column(c, &f, &t->columns[i]);
	else
		compile_reading_column(c, &f, t, i);
	t->columns[i].group = group_of(t, i);
	when = compile_condition(c, &f, "when", "unless", t);
	t->columns[i].when = when;
}

static void
compile_columns(struct compile *c, const struct conf_item *it, struct snmp_table *t)
{
	static const char *const	known[] = { "oid", "type", "scale", "values", "absent", "unit", "units", "value",
					    "default", "often", "digits", "magnitude", "exponent", "when", "unless", "valid",
					    "alone", "set", "maxlen", "min", "max", NULL };
	struct fields			f = compile_fields(c, it);
	const struct conf_item		*oid = fields_find(&f, "oid");
	size_t				i;

	if (!compile_titled(c, it))
		return;
	fields_check(&f, known);
	if (oid == NULL || oid->section || oid->nvalues == 0)
		conf_error(c->errors, it->place, "a column wants a name and an oid with n for the row");
	for (i = 0; oid != NULL && i < oid->nvalues; i++)
		compile_column(c, it, &oid->values[i], t);
}

void
compile_table(struct compile *c, const struct conf_item *section)
{
	static const char *const	known[] = { "variable", "command", "unit", "number", "when", "unless", NULL };
	struct fields			f = compile_fields(c, section);
	struct snmp_profile		*p = c->p;
	struct snmp_table		t = { .ncolumns = 0 };
	size_t				i;

	if (!compile_titled(c, section) || compile_given(c, "table", section->title->text))
		return;
	fields_check(&f, known);
	c->columns_room = 0;
	for (i = 0; i < section->nitems; i++)
		if (section->items[i].section)
			compile_columns(c, &section->items[i], &t);
	t.unit = compile_help(c, &f, "unit", &t);
	t.number = compile_help(c, &f, "number", &t);
	t.when = compile_condition(c, &f, "when", "unless", &t);
	if (t.ncolumns > UINT8_MAX || p->ntables == UINT8_MAX)
		conf_error(c->errors, section->place, "a table has at most %d columns", UINT8_MAX);
	p->tables = array_room(p->tables, p->ntables, &c->tables_room, sizeof(*p->tables));
	p->tables[p->ntables++] = t;
}

void
compile_free_table(struct snmp_table *t)
{
	struct snmp_column	*col;
	size_t			 i;

	for (i = 0; i < t->ncolumns; i++) {
		col = &t->columns[i];
		free(col->name);
		free(col->alone);
		free((void *)col->at.root.ids);
		free((void *)col->step.ref.ids);
		free(col->step.text);
		free(col->when.numbers);
		free(col->valid.numbers);
		compile_free_reading(&col->reading);
	}
	free(t->columns);
	free(t->when.numbers);
}
