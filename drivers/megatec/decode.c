#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/megatec/decode.h"
#include "drivers/megatec/number.h"

#define FIELD_MAX	128

/* -- memory ----------------------------------------------------------------------- */

static struct megatec_known *
find_known(const struct megatec_memory *m, enum var var)
{
	size_t	i;

	for (i = 0; i < m->n; i++)
		if (m->at[i].var == var)
			return &m->at[i];
	return NULL;
}

const char *
memory_get(const struct megatec_memory *m, enum var var)
{
	const struct megatec_known	*k = find_known(m, var);

	return k == NULL ? NULL : k->text;
}

void
memory_put(struct megatec_memory *m, enum var var, const char *text)
{
	struct megatec_known	*k = find_known(m, var);

	if (k == NULL) {
		if (text == NULL || m->n == MEMORY_MAX)
			return;
		m->at = array_room(m->at, m->n, &m->room, sizeof(*m->at));
		k = &m->at[m->n++];
		*k = (struct megatec_known){ var, NULL };
	}
	if (k->text == text)
		return;
	free(k->text);
	k->text = text == NULL ? NULL : xstrdup(text);
}

void
memory_free(struct megatec_memory *m)
{
	size_t	i;

	for (i = 0; i < m->n; i++)
		free(m->at[i].text);
	free(m->at);
	*m = (struct megatec_memory){ .n = 0 };
}

static bool
holds(const struct megatec_memory *m, const struct megatec_condition *c)
{
	const char	*text = memory_get(m, c->var);
	size_t		 i;

	for (i = 0; i < c->nwords; i++)
		if (text != NULL && strcmp(c->words[i], text) == 0)
			return !c->no;
	return c->no;
}

bool
memory_holds(const struct megatec_memory *m, const struct megatec_conditions *cs)
{
	size_t	i;

	for (i = 0; i < cs->n; i++)
		if (!holds(m, &cs->at[i]))
			return false;
	return true;
}

/* -- states ------------------------------------------------------------------------ */

#define BIT(w)	(UINT32_C(1) << (w))

void
megatec_add(struct megatec_state *s, const struct megatec_meaning *m)
{
	size_t	i;

	if (m->words & BIT(WORD_OL))
		s->words &= ~BIT(WORD_OB);
	if (m->words & BIT(WORD_OB))
		s->words &= ~BIT(WORD_OL);
	s->words |= m->words;
	s->flags |= m->flags;
	if (m->alarm == NULL || s->nalarms == nitems(s->alarms))
		return;
	for (i = 0; i < s->nalarms; i++)
		if (strcmp(s->alarms[i], m->alarm) == 0)
			return;
	s->alarms[s->nalarms++] = m->alarm;
}

/* -- a field's text -------------------------------------------------------------------- */

static const char *
find_field(const char *s, char split, unsigned n, size_t *len)
{
	for (; n > 0; n--) {
		/* Blanks in a row are one; a comma ends a field that may be empty. */
		while (split == ' ' && *s == ' ')
			s++;
		*len = strcspn(s, (char [2]){ split, '\0' });
		if (n == 1)
			return s;
		s += *len;
		if (*s == '\0')
			return NULL;
		s++;
	}
	*len = strlen(s);
	return s;
}

/* False: the reply does not reach there. */
static bool
find_text(const struct megatec_ask *ask, const struct megatec_place *place, const char *reply, char out[FIELD_MAX])
{
	const char	*s = reply;
	size_t		 len = strlen(reply), n;

	if (place->field > 0) {
		/* The first character is no part of the first field. */
		s = find_field(reply + (ask->first != '\0' && *reply == ask->first), ask->split, place->field, &len);
		if (s == NULL)
			return false;
	}
	if (place->from >= len)
		return false;
	n = len - place->from;
	if (place->to != TO_THE_END && place->to - place->from + 1 < n)
		n = place->to - place->from + 1;
	/* A place of fixed width that is cut off says nothing. */
	if (place->to != TO_THE_END && place->field == 0 && place->from + n <= place->to && n == 0)
		return false;
	if (n >= FIELD_MAX)
		n = FIELD_MAX - 1;
	memcpy(out, s + place->from, n);
	out[n] = '\0';
	return true;
}

/* Without blanks and # at both ends; "" when that is all. */
static char *
trim(char *s)
{
	size_t	len;

	s += strspn(s, " #");
	for (len = strlen(s); len > 0 && (s[len - 1] == ' ' || s[len - 1] == '#'); len--)
		;
	s[len] = '\0';
	return s;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

/* -- readings ------------------------------------------------------------------------ */

struct decoding {
	const struct megatec_ask	*ask;
	const char			*reply;
	struct megatec_memory		*memory;
	struct megatec_state		*state;
	const struct megatec_sink	*sink;
};

static const struct megatec_row *
find_row(const struct megatec_reading *r, const char *raw)
{
	size_t	i;

	for (i = 0; i < r->nrows; i++)
		if (strcmp(r->rows[i].raw, raw) == 0)
			return &r->rows[i];
	return NULL;
}

/* "" and NULL say nothing. */
static void
put(const struct decoding *d, enum var var, const char *text)
{
	if (text != NULL && *text == '\0')
		text = NULL;
	memory_put(d->memory, var, text);
	if (text != NULL && !var_hidden(var))
		d->sink->put(d->sink->arg, var, text);
}

/* What a state or a word says; false: it is none of those that are known. */
static bool
take_row(const struct decoding *d, const struct megatec_reading *r, const char *raw)
{
	const struct megatec_row	*row = find_row(r, raw);

	if (row == NULL)
		return false;
	if (r->var == VAR_NONE)
		megatec_add(d->state, &row->meaning);
	else
		put(d, r->var, row->text);
	return true;
}

static bool
take_letters(const struct decoding *d, const struct megatec_reading *r, const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
		take_row(d, r, (char [2]){ *s, '\0' });
	if (r->lacking != NULL && strpbrk(text, r->lacking) == NULL)
		take_row(d, r, "none");
	return true;
}

static bool
take_bits(const struct decoding *d, const struct megatec_reading *r, const char *text)
{
	char	place[24];
	size_t	i;

	for (i = 0; text[i] != '\0'; i++) {
		snprintf(place, sizeof(place), "%zu", i);
		if (text[i] == '1')
			take_row(d, r, place);
	}
	return true;
}

/* EpashcDbroegfl: p, a, s, h and c are enabled. */
static bool
take_letter(const struct decoding *d, const struct megatec_reading *r, const char *text)
{
	char	side = '\0';

	for (; *text != '\0'; text++) {
		if (*text == 'E' || *text == 'D')
			side = *text;
		else if (*text == r->letter && side != '\0')
			return take_row(d, r, (char [2]){ side, '\0' });
	}
	return false;
}

/*
 * The bypass bit of Q1 is also that of a boost or trim, told apart by what the
 * output is to the input.  On battery there is no input to compare with.
 */
static bool
take_bypass(const struct decoding *d, const struct megatec_reading *r, const char *text)
{
	struct value	 in = value_from_text(memory_get(d->memory, VAR_INPUT_VOLTAGE));
	struct value	 out = value_from_text(memory_get(d->memory, VAR_OUTPUT_VOLTAGE));
	int64_t		 vi, vo;

	if (strcmp(text, "0") == 0)
		return true;
	if (strcmp(text, "1") != 0)
		return false;
	if (in.type != V_NUMBER || out.type != V_NUMBER || !(d->state->words & BIT(WORD_OL)))
		return true;
	vi = value_scaled(&in, 2);
	vo = value_scaled(&out, 2);
	if (vi <= 0 || vi > 100000 || vo > 100000 || vo * 100 < vi * 50 || vo * 100 >= vi * 150)
		return true;
	take_row(d, r, vo * 100 < vi * 95 ? "trim" : vo * 100 < vi * 105 ? "same" : "boost");
	return true;
}

static bool
take_status(const struct decoding *d, const struct megatec_reading *r, char *text)
{
	switch (r->form) {
	case FORM_LETTERS:
		return take_letters(d, r, text);
	case FORM_BITS:
		return take_bits(d, r, text);
	case FORM_LETTER:
		return take_letter(d, r, text);
	case FORM_BYPASS:
		return take_bypass(d, r, text);
	default:
		return take_row(d, r, trim(text));
	}
}

static bool
take_text(const struct decoding *d, const struct megatec_reading *r, char *text)
{
	char	 whole[2 * FIELD_MAX];

	text = trim(text);
	if (*text == '\0' || !is_printable(text))
		return false;
	snprintf(whole, sizeof(whole), "%s%s", r->prefix == NULL ? "" : r->prefix, text);
	put(d, r->var, whole);
	return true;
}

static bool
take_date(const struct decoding *d, const struct megatec_reading *r, const char *text)
{
	char	 date[24];

	if (strlen(text) != 8 || strspn(text, "0123456789") != 8 || strncmp(text + 4, "01", 2) < 0 ||
	    strncmp(text + 4, "12", 2) > 0 || strncmp(text + 6, "01", 2) < 0 || strncmp(text + 6, "31", 2) > 0)
		return false;
	snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", text, text + 4, text + 6);
	put(d, r->var, date);
	return true;
}

static bool
take_number(const struct decoding *d, const struct megatec_reading *r, char *text)
{
	char		 room[VALUE_TEXT_MAX];
	struct value	 v;

	if (!number_read(r, trim(text), &v) || !number_factors(r, d->memory, &v))
		return false;
	put(d, r->var, value_text(&v, room));
	return true;
}

static bool
take(const struct decoding *d, const struct megatec_reading *r, char *text)
{
	if (r->var == VAR_NONE)
		return take_status(d, r, text);
	switch (r->form) {
	case FORM_TEXT:
		return take_text(d, r, text);
	case FORM_WORD:
		return take_row(d, r, trim(text));
	case FORM_LETTER:
		return take_letter(d, r, text);
	case FORM_DATE:
		return take_date(d, r, trim(text));
	case FORM_LETTERS:
	case FORM_BITS:
	case FORM_BYPASS:
		return false;
	default:
		return take_number(d, r, text);
	}
}

void
megatec_forget_what(const struct megatec_ask *ask, struct megatec_memory *memory)
{
	size_t	i;

	for (i = 0; i < ask->nreadings; i++)
		if (ask->readings[i].var != VAR_NONE)
			memory_put(memory, ask->readings[i].var, NULL);
}

bool
megatec_decode(const struct megatec_ask *ask, const char *text, struct megatec_memory *memory,
    struct megatec_state *state, const struct megatec_sink *sink)
{
	const struct decoding		 d = { ask, text, memory, state, sink };
	const struct megatec_reading	*r;
	const char			*option;
	char				 field[FIELD_MAX];
	bool				 whole = true, took;
	size_t				 i;

	/* What it said before is no longer known, should it not say it now. */
	megatec_forget_what(ask, memory);
	for (i = 0; i < ask->nreadings; i++) {
		r = &ask->readings[i];
		option = r->unless_option == NULL ? NULL : sink->option(sink->arg, r->unless_option);
		if ((option != NULL && strcmp(option, "yes") == 0) || !memory_holds(memory, &r->only))
			continue;
		took = find_text(ask, &r->place, text, field) && take(&d, r, field);
		whole &= took || !r->must;
	}
	return whole;
}
