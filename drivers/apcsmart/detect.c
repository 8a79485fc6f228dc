#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/apcsmart/apcsmart.h"

/* What the unit is and has: only questions are sent that every smart unit takes for questions. */

#define ENTER_TRIES	5
#define PROBE_MS	500	/* of a letter that may be unknown; those that are known answer within 100 */
#define ESCAPE		"\033"

static void	enter(struct smart *);
static void	try_variables(struct smart *);

static void
give_up(struct smart *m, const char *why)
{
	m->op = SMART_IDLE;
	unit_fail(m->unit, "%s", why);
}

/* -- what can be set ------------------------------------------------------------------------ */

static struct smart_use *
use_of_letter(struct smart *m, letter x)
{
	size_t	 i;

	for (i = 0; i < m->nuses; i++)
		if (m->uses[i].v->ask == x)
			return &m->uses[i];
	return NULL;
}

static void
keep_choices(struct smart_use *use, const struct choices *c)
{
	char	 room[SMART_VALUE_MAX], *text;
	size_t	 i;

	if (use->choices != NULL)
		return;
	use->choices = xcalloc(c->n + 1, sizeof(*use->choices));
	for (i = 0; i < c->n; i++) {
		text = xstrndup(c->texts + i * c->width, c->width);
		smart_tidy(text);
		if (smart_shown(use->v, text, room))
			use->choices[use->nchoices++] = text;
		else
			free(text);
	}
}

static void
finish(struct smart *m)
{
	smart_offer(m);
	unit_type(m->unit, "ups");
	unit_debug(m->unit, "firmware %s, %zu variables", m->firmware, m->nuses);
	m->op = SMART_IDLE;
	m->fresh = true;
	unit_ready(m->unit);
}

static void
on_choices(struct smart *m, enum result result, char *answer)
{
	struct smart_use	*use;
	struct choices		 c;
	size_t			 at = 0, len = strlen(m->firmware);

	if (result != R_DONE && m->tries++ == 0) {
		smart_ask(m, "\x1a", 1, HEAR_CHOICES, LIST_MS, 0, on_choices);
		return;
	}
	while (result == R_DONE && choices_next(answer, m->hearer.len, m->firmware[len - 1], &at, &c)) {
		use = use_of_letter(m, c.letter);
		if (use != NULL)
			keep_choices(use, &c);
	}
	finish(m);
}

/* -- variables ---------------------------------------------------------------------------------- */

/* The answers of several probes have commas between them. */
static bool
fits_parts(const struct smart_variable *v, const char *answer)
{
	char	 part[SMART_VALUE_MAX], room[SMART_VALUE_MAX];
	size_t	 n;

	do {
		n = strcspn(answer, ",");
		if (n >= sizeof(part))
			return false;
		snprintf(part, sizeof(part), "%.*s", (int)n, answer);
		if (!smart_value(FORM_DECIMAL, part, room) || (v->pattern != NULL && !smart_matches(v->pattern, part)))
			return false;
		answer += n;
	} while (*answer++ == ',');
	return true;
}

bool
smart_fits(const struct smart_variable *v, const char *answer)
{
	char	 room[SMART_VALUE_MAX];

	if (v->form == FORM_DECIMALS)
		return fits_parts(v, answer);
	return (v->pattern == NULL || smart_matches(v->pattern, answer)) && smart_value(v->form, answer, room);
}

/* The first that answers has the name, and the letter. */
static bool
is_candidate(struct smart *m, const struct smart_variable *v)
{
	size_t	 i;

	if (!letters_have(&m->letters, v->ask) || (v->with != 0 && !letters_have(&m->letters, v->with)))
		return false;
	for (i = 0; i < m->nuses; i++)
		if (m->uses[i].v->var == v->var || m->uses[i].v->ask == v->ask)
			return false;
	return true;
}

static void
on_tried(struct smart *m, enum result result, char *answer)
{
	const struct smart_variable	*v = &m->profile->variables[m->next];

	if (result != R_DONE && m->listed && m->tries++ == 0) {
		smart_ask_letter(m, v->ask, on_tried);
		return;
	}
	/* One that lists a letter and is silent about it does not know it; two are silence. */
	m->silent = result == R_DONE ? 0 : m->silent + 1;
	if (m->listed && m->silent == 2) {
		give_up(m, "stops answering");
		return;
	}
	if (result == R_DONE && smart_fits(v, answer)) {
		m->uses = xreallocarray(m->uses, m->nuses + 1, sizeof(*m->uses));
		m->uses[m->nuses++] = (struct smart_use){ .v = v, .answer = xstrdup(answer) };
	}
	m->next++;
	try_variables(m);
}

static void
end_variables(struct smart *m)
{
	size_t	 i;

	for (i = 0; i < m->nuses; i++)
		if (strcmp(m->uses[i].v->name, "ups.model") == 0)
			m->model = NULL;
	m->tries = 0;
	if (letters_have(&m->letters, 0x1a))
		smart_ask(m, "\x1a", 1, HEAR_CHOICES, LIST_MS, 0, on_choices);
	else
		finish(m);
}

static void
try_variables(struct smart *m)
{
	char	 bytes[2];

	while (m->next < m->profile->nvariables && !is_candidate(m, &m->profile->variables[m->next]))
		m->next++;
	m->tries = 0;
	if (m->next == m->profile->nvariables) {
		end_variables(m);
		return;
	}
	/* One that lists nothing may be silent about much, and a host that halts has 20 s for all of it. */
	smart_ask(m, bytes, letter_bytes(m->profile->variables[m->next].ask, bytes), HEAR_ANSWER,
	    m->listed ? ANSWER_MS : PROBE_MS, 0, on_tried);
}

/* -- letters -------------------------------------------------------------------------------------- */

static void
take_row(struct smart *m, const struct smart_firmware *row)
{
	m->letters = row->letters;
	m->model = row->model;
	m->listed = row != m->profile->other;
	try_variables(m);
}

static void
on_letters(struct smart *m, enum result result, char *answer)
{
	if (result != R_DONE && m->tries++ == 0) {
		smart_ask(m, "a", 1, HEAR_LETTERS, LIST_MS, 0, on_letters);
		return;
	}
	if (result != R_DONE || !letters_parse(&m->letters, answer, m->hearer.len)) {
		take_row(m, m->profile->other);
		return;
	}
	m->model = m->profile->other->model;
	m->listed = m->lists = true;
	try_variables(m);
}

static void
take_firmware(struct smart *m, const char *text)
{
	const struct smart_firmware	*row;

	snprintf(m->firmware, sizeof(m->firmware), "%s", text);
	row = smart_firmware_find(m->profile, text);
	if (row == NULL && strlen(text) == 2 && isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]))
		row = m->profile->hexadecimal;
	m->next = m->tries = 0;
	if (row != NULL)
		take_row(m, row);
	else
		smart_ask(m, "a", 1, HEAR_LETTERS, LIST_MS, 0, on_letters);
}

static void
on_firmware(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && !smart_refuses(answer))
		take_firmware(m, answer);
	else if (m->tries++ == 0)
		smart_ask_letter(m, 'b', on_firmware);
	else
		give_up(m, "it is in smart mode and does not tell its firmware");
}

/* -- smart mode ------------------------------------------------------------------------------------ */

static void
on_escaped(struct smart *m, enum result result, char *answer)
{
	enter(m);
}

static void
on_entered(struct smart *m, enum result result, char *answer)
{
	m->heard |= result == R_DONE;
	m->echoes = result == R_DONE && strcmp(answer, "YSM") == 0;
	if (result == R_DONE && (m->echoes || strcmp(answer, "SM") == 0)) {
		m->tries = 0;
		smart_ask_letter(m, 'V', on_firmware);
	} else if (++m->tries < ENTER_TRIES)
		smart_ask(m, ESCAPE, 1, HEAR_ANSWER, SMART_MS, 0, on_escaped);
	else
		give_up(m, m->heard ? "what answers does not speak APC's smart protocol" : "nothing answers");
}

static void
enter(struct smart *m)
{
	smart_ask(m, "Y", 1, HEAR_ANSWER, SMART_MS, 0, on_entered);
}

void
smart_detect(struct smart *m)
{
	m->op = SMART_START;
	smart_listen(m);
	enter(m);
}
