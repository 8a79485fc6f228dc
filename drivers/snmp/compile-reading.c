#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"

/* A fallback's readings are not replaced but come after those of the same name. */
static bool
is_replaced(struct compile *c, const struct conf_item *it)
{
	return !c->fallback && compile_given(c, it->name, it->title->text);
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

void
compile_words(struct compile *c, const struct conf_item *values, struct snmp_reading *r)
{
	struct fields	f = compile_fields(c, values);
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

void
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

void
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
void
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
		r->unit = compile_object(c, oid);
	compile_words(c, values, r);
}

void
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
		r.object = compile_object(c, oid);
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
	struct fields			f = compile_fields(c, it);
	struct snmp_reading		r = { .often = often };
	const char			*text;

	if (!compile_titled(c, it) || is_replaced(c, it))
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
	struct fields			f = compile_fields(c, it);
	struct snmp_reading		r = { .often = often };
	const char			*only = NULL;
	unsigned			which;
	char				*name;

	if (!compile_titled(c, it) || is_replaced(c, it))
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
	struct fields			f = compile_fields(c, it);
	struct snmp_reading		r = { .often = often, .read = READ_STATUS, .lines = LINES_NONE };

	if (!compile_titled(c, it) || is_replaced(c, it))
		return;
	fields_check(&f, known);
	if (fields_find(&f, "oid") == NULL || fields_find(&f, "values") == NULL)
		conf_error(c->errors, it->place, "a status wants oid = OID and values { ... }");
	else
		compile_objects(c, &f, it->title->text, &r);
}

void
compile_readings(struct compile *c, const struct conf_item *section, bool often)
{
	static const char *const	known[] = { "variable", "line", "status", NULL };
	struct fields			f = compile_fields(c, section);
	const struct conf_item		*it;
	size_t				 i;

	fields_check(&f, known);
	for (i = 0; i < section->nitems; i++) {
		it = &section->items[i];
		if (strcmp(it->name, "variable") == 0)
			compile_variable(c, it, often);
		else if (strcmp(it->name, "line") == 0)
			compile_line(c, it, often);
		else if (strcmp(it->name, "status") == 0)
			compile_status(c, it, often);
	}
}
