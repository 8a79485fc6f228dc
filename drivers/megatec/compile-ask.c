#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/megatec/compile.h"

/* -- single settings -------------------------------------------------------------- */

struct fields
dialect_fields(const struct compile *c, const struct conf_item *section)
{
	return (struct fields){ section, section, c->errors };
}

void
dialect_text(const struct fields *f, const char *name, char **out)
{
	const char	*text;

	if (fields_text(f, name, &text)) {
		free(*out);
		*out = xstrdup(text);
	}
}

bool
dialect_switch(const struct fields *f, const char *name, bool dflt)
{
	static const char *const	words[] = { "no", "yes", NULL };
	unsigned			choice = dflt;

	fields_choice(f, name, words, &choice);
	return choice == 1;
}

void
dialect_strings(const struct fields *f, const char *name, char ***out, size_t *n)
{
	const struct conf_item	*it = fields_find(f, name);
	size_t			 i;

	if (it == NULL)
		return;
	if (it->section) {
		conf_error(f->errors, it->place, "%s wants = and one word or a list", name);
		return;
	}
	*out = xcalloc(it->nvalues + 1, sizeof(**out));
	for (i = 0; i < it->nvalues; i++)
		(*out)[(*n)++] = xstrdup(it->values[i].text);
}

static void
dialect_number(const struct fields *f, const char *name, unsigned max, unsigned *out)
{
	int64_t	n;

	if (!fields_number(f, name, &n))
		return;
	if (n < 0 || n > max)
		conf_error(f->errors, fields_find(f, name)->place, "%s is a number from 0 to %u", name, max);
	else
		*out = (unsigned)n;
}

/* One character. */
static char
dialect_char(const struct fields *f, const char *name, char dflt)
{
	const char	*text;

	if (!fields_text(f, name, &text))
		return dflt;
	if (strlen(text) == 1)
		return *text;
	conf_error(f->errors, fields_find(f, name)->place, "%s wants one character", name);
	return dflt;
}

/* -- conditions --------------------------------------------------------------------- */

static void
add_conditions(const struct fields *f, const char *kind, bool no, struct megatec_conditions *out)
{
	const struct conf_item		*section = fields_find(f, kind);
	struct megatec_condition	*c;
	size_t				 i, k;

	if (section == NULL)
		return;
	if (!section->section) {
		conf_error(f->errors, section->place, "%s wants { name = {word, word} }", kind);
		return;
	}
	out->at = xreallocarray(out->at, out->n + section->nitems + 1, sizeof(*out->at));
	for (i = 0; i < section->nitems; i++) {
		if (section->items[i].section) {
			conf_error(f->errors, section->items[i].place, "%s wants = and words", section->items[i].name);
			continue;
		}
		c = &out->at[out->n++];
		*c = (struct megatec_condition){ var_intern(section->items[i].name), no, 0, NULL };
		c->words = xcalloc(section->items[i].nvalues + 1, sizeof(*c->words));
		for (k = 0; k < section->items[i].nvalues; k++)
			c->words[c->nwords++] = xstrdup(section->items[i].values[k].text);
	}
}

void
dialect_conditions(const struct fields *f, struct megatec_conditions *out)
{
	add_conditions(f, "only", false, out);
	add_conditions(f, "unless", true, out);
}

void
dialect_free_conditions(struct megatec_conditions *cs)
{
	size_t	i, k;

	for (i = 0; i < cs->n; i++) {
		for (k = 0; k < cs->at[i].nwords; k++)
			free(cs->at[i].words[k]);
		free(cs->at[i].words);
	}
	free(cs->at);
}

/* -- values ---------------------------------------------------------------------------- */

static bool
add_word(const char *word, size_t len, struct megatec_meaning *m)
{
	enum megatec_word	 w;
	enum flag		 flag = flag_find(word, len);

	if (flag != FLAG_NONE) {
		m->flags |= FLAG_BIT(flag);
		return true;
	}
	for (w = 0; w < WORD_END; w++)
		if (strlen(megatec_word(w)) == len && memcmp(megatec_word(w), word, len) == 0) {
			m->words |= UINT32_C(1) << w;
			return true;
		}
	return false;
}

static void
dialect_meaning(const struct fields *f, const struct conf_item *it, struct megatec_meaning *m)
{
	const char	*s;
	size_t		 len;

	for (s = it->values[0].text; *(s += strspn(s, " ")) != '\0'; s += len) {
		len = strcspn(s, " ");
		if (!add_word(s, len, m))
			conf_error(f->errors, it->place, "\"%.*s\" is neither a word of ups.status (OL, OB, LB ...) "
			    "nor a flag (battery-bad, fan-failure ...)", (int)len, s);
	}
	if (it->nvalues > 1 && *it->values[1].text != '\0')
		m->alarm = xstrdup(it->values[1].text);
}

void
dialect_rows(const struct fields *f, bool meanings, struct megatec_row **rows, size_t *n)
{
	const struct conf_item	*section = fields_find(f, "values"), *it;
	struct megatec_row	*row;
	size_t			 i;

	if (section == NULL)
		return;
	if (!section->section) {
		conf_error(f->errors, section->place, "values wants { raw = word ... }");
		return;
	}
	*rows = xcalloc(section->nitems + 1, sizeof(**rows));
	for (i = 0; i < section->nitems; i++) {
		it = &section->items[i];
		if (it->section || it->nvalues < 1 || it->nvalues > (meanings ? 2 : 1)) {
			conf_error(f->errors, it->place, "%s wants %s", it->name,
			    meanings ? "words, or {words, a text for ups.alarm}" : "one text");
			continue;
		}
		row = &(*rows)[(*n)++];
		row->raw = xstrdup(it->name);
		if (meanings)
			dialect_meaning(f, it, &row->meaning);
		else
			row->text = xstrdup(it->values[0].text);
	}
}

void
dialect_free_rows(struct megatec_row *rows, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		free(rows[i].raw);
		free(rows[i].text);
		free(rows[i].meaning.alarm);
	}
	free(rows);
}

/* -- a reading ----------------------------------------------------------------------------- */

/* "12", "1-5", "28-": characters of the reply, or of its field. */
static void
dialect_place(const struct fields *f, struct megatec_place *place)
{
	const char	*text;
	char		*end;
	unsigned long	 from, to;

	place->to = TO_THE_END;
	dialect_number(f, "field", 64, &place->field);
	if (!fields_text(f, "at", &text))
		return;
	from = to = strtoul(text, &end, 10);
	if (end != text && *end == '-')
		to = end[1] == '\0' ? TO_THE_END : strtoul(end + 1, &end, 10);
	if (end == text || (*end != '\0' && to != TO_THE_END) || from > to || from > STREAM_FRAME_MAX) {
		conf_error(f->errors, fields_find(f, "at")->place, "at: \"%s\" is no place; 12, 1-5 and 28- are", text);
		return;
	}
	place->from = (uint32_t)from;
	place->to = (uint32_t)to;
}

static void
dialect_factors(const struct fields *f, const char *name, struct megatec_factor *out, size_t *n)
{
	const struct conf_item	*it = fields_find(f, name);
	size_t			 i;

	if (it == NULL)
		return;
	if (it->section || it->nvalues > FACTORS_MAX) {
		conf_error(f->errors, it->place, "%s wants up to %d numbers or variables", name, FACTORS_MAX);
		return;
	}
	for (i = 0; i < it->nvalues; i++) {
		out[*n].number = value_from_text(it->values[i].text);
		out[*n].number.text = NULL;
		if (out[*n].number.type != V_NUMBER)
			out[*n] = (struct megatec_factor){ .var = var_intern(it->values[i].text) };
		++*n;
	}
}

static void
dialect_form(const struct fields *f, struct megatec_reading *r)
{
	static const char *const words[] = {
		[FORM_NUMBER] = "number", [FORM_TEXT] = "text", [FORM_WORD] = "word", [FORM_LETTERS] = "letters",
		[FORM_BITS] = "bits", [FORM_LETTER] = "letter", [FORM_BYPASS] = "bypass", [FORM_HEX] = "hex",
		[FORM_HEX_PRODUCT] = "hex-product", [FORM_HEX_QUOTIENT] = "hex-quotient",
		[FORM_MINUTES_SECONDS] = "minutes-seconds", [FORM_UPTIME] = "uptime", [FORM_DATE] = "date",
		[FORM_DATE + 1] = NULL,
	};
	unsigned	form;

	if (fields_choice(f, "form", words, &form))
		r->form = (enum megatec_form)form;
	else
		r->form = r->nrows > 0 || r->var == VAR_NONE ? FORM_WORD : FORM_NUMBER;
	if (r->var == VAR_NONE && (r->form < FORM_WORD || r->form > FORM_BYPASS || r->nrows == 0))
		conf_error(f->errors, f->section->place, "a status wants values { ... } and form word, letters, bits, "
		    "letter or bypass");
}

static void
dialect_reading(struct compile *c, const struct conf_item *it, struct megatec_reading *r)
{
	static const char *const known[] = { "at", "field", "form", "decimals", "times", "over", "values", "signed",
					     "must", "letter", "lacking", "prefix", "unless-option", "above",
					     "below", "only", "unless", NULL };
	struct fields		 f = dialect_fields(c, it);
	unsigned		 decimals = 0;

	fields_check(&f, known);
	r->var = strcmp(it->name, "status") == 0 ? VAR_NONE : var_intern(it->title->text);
	dialect_rows(&f, r->var == VAR_NONE, &r->rows, &r->nrows);
	dialect_form(&f, r);
	dialect_place(&f, &r->place);
	dialect_number(&f, "decimals", 6, &decimals);
	r->decimals = (uint8_t)decimals;
	dialect_factors(&f, "times", r->times, &r->ntimes);
	dialect_factors(&f, "over", r->over, &r->nover);
	r->is_signed = dialect_switch(&f, "signed", false);
	r->must = dialect_switch(&f, "must", false);
	r->letter = dialect_char(&f, "letter", '\0');
	dialect_text(&f, "lacking", &r->lacking);
	dialect_text(&f, "prefix", &r->prefix);
	dialect_text(&f, "unless-option", &r->unless_option);
	fields_decimal(&f, "above", &r->above);
	fields_decimal(&f, "below", &r->below);
	dialect_conditions(&f, &r->only);
}

/* -- a question ------------------------------------------------------------------------------ */

static bool
is_reading(const struct conf_item *it)
{
	return it->section && (strcmp(it->name, "value") == 0 || strcmp(it->name, "status") == 0);
}

static void
dialect_readings(struct compile *c, const struct conf_item *section, struct megatec_ask *ask)
{
	size_t	i;

	ask->readings = xreallocarray(ask->readings, ask->nreadings + section->nitems + 1, sizeof(*ask->readings));
	for (i = 0; i < section->nitems; i++) {
		if (!is_reading(&section->items[i]))
			continue;
		if (section->items[i].title == NULL) {
			conf_error(c->errors, section->items[i].place, "a %s wants a name: %s NAME { ... }",
			    section->items[i].name, section->items[i].name);
			continue;
		}
		ask->readings[ask->nreadings] = (struct megatec_reading){ 0 };
		dialect_reading(c, &section->items[i], &ask->readings[ask->nreadings++]);
	}
}

/* The section whose readings it has as well: of this profile or of what that is like, also one that was dropped. */
static void
dialect_borrowed(struct compile *c, const struct fields *f, struct megatec_ask *ask)
{
	const char	*name;
	size_t		 i;

	if (!fields_text(f, "readings-of", &name))
		return;
	for (i = c->nitems; i-- > 0; )
		if (c->items[i] != f->section && strcmp(c->items[i]->name, "ask") == 0 &&
		    strcmp(c->items[i]->title->text, name) == 0) {
			dialect_readings(c, c->items[i], ask);
			return;
		}
	conf_error(c->errors, f->section->place, "readings-of: there is no ask %s", name);
}

void
dialect_ask(struct compile *c, const struct conf_item *it, struct megatec_ask *ask)
{
	static const char *const known[] = { "when", "first", "length", "split", "qs-hex", "may-refuse", "readings-of",
					     "unless-option", "only", "unless", "value", "status", NULL };
	static const char *const whens[] = { "quick", "full", "once", NULL };
	struct fields		 f = dialect_fields(c, it);
	unsigned		 when = WHEN_FULL, length = 0;
	size_t			 i;

	for (i = 0; i < it->nitems; i++)
		if (!is_reading(&it->items[i])) {
			fields_check(&(struct fields){ &(struct conf_item){ .name = it->name, .nitems = 1,
			    .items = &it->items[i] }, it, c->errors }, known);
		}
	fields_choice(&f, "when", whens, &when);
	dialect_number(&f, "length", STREAM_FRAME_MAX, &length);
	*ask = (struct megatec_ask){ .send = xstrdup(it->title->text), .when = (enum megatec_when)when, .length = length,
	    .first = dialect_char(&f, "first", '\0'), .split = dialect_char(&f, "split", ' '),
	    .qs_hex = dialect_switch(&f, "qs-hex", false), .may_refuse = dialect_switch(&f, "may-refuse", false) };
	dialect_text(&f, "unless-option", &ask->unless_option);
	dialect_conditions(&f, &ask->only);
	dialect_borrowed(c, &f, ask);
	dialect_readings(c, it, ask);
}

void
dialect_free_ask(struct megatec_ask *ask)
{
	struct megatec_reading	*r;

	for (r = ask->readings; r != ask->readings + ask->nreadings; r++) {
		dialect_free_rows(r->rows, r->nrows);
		dialect_free_conditions(&r->only);
		free(r->lacking);
		free(r->prefix);
		free(r->unless_option);
	}
	free(ask->readings);
	dialect_free_conditions(&ask->only);
	free(ask->unless_option);
	free(ask->send);
}
