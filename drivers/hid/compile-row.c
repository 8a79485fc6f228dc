#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/compile.h"
#include "drivers/hid/state.h"

static const char *const form_words[] = {
	[FORM_NUMBER] = "number", [FORM_STRING] = "string", [FORM_TEMPERATURE] = "temperature",
	[FORM_DATE] = "date", [FORM_DATE_BCD] = "date-bcd", [FORM_POWER] = "unknown-power",
	[FORM_THIRDS] = "two-thirds", [FORM_TENTHS] = "tenths", [FORM_SECONDS] = "minutes-seconds",
	[FORM_SECONDS_OFF] = "minutes-seconds-off", [FORM_MINUTES] = "swapped-minutes",
	[FORM_THERMISTOR] = "thermistor", [FORM_END] = NULL,
};

static struct fields
fields_of(const struct compile *c, const struct conf_item *section)
{
	return (struct fields){ section, c->layer, c->errors };
}

static bool
read_path(struct compile *c, const struct fields *f, struct hid_path *out)
{
	const struct conf_item	*it = fields_find(f, "path");

	if (it != NULL && !it->section && it->nvalues == 1)
		return usages_path(&c->own, c->standard, &it->values[0], out, c->errors);
	conf_error(c->errors, f->section->place, "a %s wants path = where its value stands, as UPS.Input.Voltage",
	    f->section->name);
	return false;
}

static bool
read_yes(const struct fields *f, const char *name)
{
	static const char *const	words[] = { "no", "yes", NULL };
	unsigned			yes = 0;

	fields_choice(f, name, words, &yes);
	return yes == 1;
}

static bool
read_small(const struct fields *f, const char *name, int64_t max, int64_t *out)
{
	int64_t	n;

	if (!fields_number(f, name, &n))
		return false;
	if (n < 0 || n > max) {
		conf_error(f->errors, fields_find(f, name)->place, "%s: %lld is not within 0 to %lld", name, (long long)n,
		    (long long)max);
		return false;
	}
	*out = n;
	return true;
}

static struct hid_row *
add_row(struct compile *c, struct hid_row row)
{
	struct hid_profile	*p = c->p;

	p->rows = array_room(p->rows, p->nrows, &c->rows_room, sizeof(*p->rows));
	p->rows[p->nrows] = row;
	return &p->rows[p->nrows++];
}

static enum hid_when
read_when(const struct fields *f)
{
	static const char *const	words[] = { "often", "seldom", "once", NULL };
	unsigned			when = WHEN_SELDOM;

	fields_choice(f, "poll", words, &when);
	return (enum hid_when)when;
}

/* -- words ------------------------------------------------------------------------ */

static bool
read_raw(const struct fields *f, const struct conf_item *it, struct hid_word *w)
{
	w->other = strcmp(it->name, "other") == 0;
	return w->other || fields_integer(f, it->name, it->place, &w->raw);
}

static void
tell_state(const struct compile *c, const struct conf_item *it, const char *bad)
{
	conf_error(c->errors, it->place, "\"%.*s\" is no state; online, overload and -overload are some",
	    (int)strcspn(bad, " "), bad);
}

/* values { 1 = disabled  other = enabled } */
static void
read_texts(struct compile *c, const struct fields *f, struct hid_row *row)
{
	const struct conf_item	*values = fields_find(f, "values"), *it;
	struct hid_word		 w;

	if (values == NULL)
		return;
	row->words = xcalloc(values->nitems + 1, sizeof(*row->words));
	for (it = values->items; it < values->items + values->nitems; it++) {
		w = (struct hid_word){ .raw = 0 };
		if (it->section || it->nvalues != 1)
			conf_error(c->errors, it->place, "%s wants one value", it->name);
		else if (read_raw(f, it, &w)) {
			w.text = xstrdup(it->values[0].text);
			row->words[row->nwords++] = w;
		}
	}
}

/* -- variables ----------------------------------------------------------------------- */

static void
read_number(struct compile *c, const struct fields *f, struct hid_row *row)
{
	const char	*factor;
	int64_t		 n;
	unsigned	 form = row->form;

	fields_choice(f, "as", form_words, &form);
	row->form = (enum hid_form)form;
	fields_decimal(f, "scale", &row->times);
	fields_decimal(f, "max", &row->max);
	if (read_small(f, "decimals", 9, &n))
		row->decimals = (int8_t)n;
	if (read_small(f, "mask", UINT32_MAX, &n))
		row->mask = (uint64_t)n;
	if (read_small(f, "shift", 31, &n))
		row->shift = (unsigned)n;
	if (fields_text(f, "factor", &factor))
		row->factor = compile_hid_factor(c, factor, fields_find(f, "factor")->place);
}

void
compile_hid_variable(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "path", "poll", "as", "scale", "factor", "decimals", "max", "mask", "shift",
					    "values", "set", "maxlen", "offer", "value", "step", NULL };
	struct fields			f = fields_of(c, it);
	struct hid_row			row = { .factor = NO_FACTOR, .decimals = -1, .times = value_number(1, 0) };
	const char			*text;
	int64_t				n;

	fields_check(&f, known);
	if (it->title == NULL) {
		conf_error(c->errors, it->place, "a %s wants a name: %s NAME { ... }", it->name, it->name);
		return;
	}
	if (!read_path(c, &f, &row.path))
		return;
	row.var = var_intern(it->title->text);
	row.kept = strcmp(it->name, "keep") == 0;
	row.when = read_when(&f);
	read_number(c, &f, &row);
	if (read_small(&f, "maxlen", 255, &n))
		row.maxlen = (unsigned)n;
	if (read_small(&f, "step", 86400, &n))
		row.step = n;
	if (fields_text(&f, "value", &text))
		row.value = value_from_text(text);
	row.settable = row.kept || read_yes(&f, "set");
	row.offered = read_yes(&f, "offer");
	read_texts(c, &f, &row);
	if (row.value.text != NULL)
		row.value.text = xstrdup(row.value.text);
	add_row(c, row);
}

/* status PATH { 1 = online  0 = offline }, with poll, mask, shift and unless among them */
void
compile_hid_status(struct compile *c, const struct conf_item *section)
{
	static const char *const	settings[] = { "poll", "mask", "shift", "unless", NULL };
	struct fields			f = fields_of(c, section);
	struct hid_row			row = { .factor = NO_FACTOR, .decimals = -1, .times = value_number(1, 0) };
	const struct conf_item		*it;
	const char			*bad, *unless;
	struct hid_word			w;
	size_t				i;

	if (section->title == NULL ||
	    !usages_path(&c->own, c->standard, section->title, &row.path, c->errors))
		return;
	row.when = read_when(&f);
	read_number(c, &f, &row);
	if (fields_text(&f, "unless", &unless) && !states_parse(unless, &row.unless, &w.end, &bad))
		tell_state(c, section, bad);
	row.words = xcalloc(section->nitems + 1, sizeof(*row.words));
	for (it = section->items; it < section->items + section->nitems; it++) {
		for (i = 0; settings[i] != NULL && strcmp(settings[i], it->name) != 0; i++)
			;
		w = (struct hid_word){ .raw = 0 };
		if (settings[i] != NULL || !read_raw(&f, it, &w))
			continue;
		if (it->section || it->nvalues != 1)
			conf_error(c->errors, it->place, "%s wants one value", it->name);
		else if (!states_parse(it->values[0].text, &w.begin, &w.end, &bad))
			tell_state(c, it, bad);
		else
			row.words[row.nwords++] = w;
	}
	add_row(c, row);
}

/* alarm PATH { 1 = "text of ups.alarm" } */
void
compile_hid_alarm(struct compile *c, const struct conf_item *section)
{
	struct fields		 f = fields_of(c, section);
	struct hid_row		 row = { .factor = NO_FACTOR, .decimals = -1, .times = value_number(1, 0), .alarm = true };
	const struct conf_item	*it;
	struct hid_word		 w;

	if (section->title == NULL ||
	    !usages_path(&c->own, c->standard, section->title, &row.path, c->errors))
		return;
	row.when = WHEN_SELDOM;
	row.words = xcalloc(section->nitems + 1, sizeof(*row.words));
	for (it = section->items; it < section->items + section->nitems; it++) {
		w = (struct hid_word){ .raw = 0 };
		if (it->section || it->nvalues != 1 || !read_raw(&f, it, &w))
			continue;
		w.text = xstrdup(it->values[0].text);
		row.words[row.nwords++] = w;
	}
	add_row(c, row);
}

/* -- commands ---------------------------------------------------------------------------- */

void
compile_hid_command(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "path", "value", "argument", "as", NULL };
	struct fields			f = fields_of(c, it);
	struct hid_profile		*p = c->p;
	struct hid_command		cmd = { .form = FORM_NUMBER };
	unsigned			form = FORM_NUMBER;

	fields_check(&f, known);
	if (it->title == NULL) {
		conf_error(c->errors, it->place, "a command wants a name: command NAME { ... }");
		return;
	}
	if (!read_path(c, &f, &cmd.path))
		return;
	if (!fields_decimal(&f, "value", &cmd.value)) {
		if (fields_find(&f, "value") == NULL)
			conf_error(c->errors, it->place, "a command wants value = the number that is written");
		return;
	}
	fields_choice(&f, "as", form_words, &form);
	cmd.form = (enum hid_form)form;
	cmd.argument = read_yes(&f, "argument");
	cmd.name = var_intern(it->title->text);
	p->commands = array_room(p->commands, p->ncommands, &c->commands_room, sizeof(*p->commands));
	p->commands[p->ncommands++] = cmd;
}
