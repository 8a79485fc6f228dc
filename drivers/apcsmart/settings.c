#include <string.h>

#include "core/mem.h"
#include "drivers/apcsmart/apcsmart.h"

#define CHOICES_MAX	32	/* steps to a choice */

/* -- a choice ----------------------------------------------------------------------------------- */

static void	on_choice(struct smart *, enum result, char *);

static void
on_next_choice(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && smart_is_ok(answer))
		smart_ask_letter(m, m->use->v->ask, on_choice);
	else
		smart_refused(m, result, answer);
}

/* Each '-' goes to the next choice of what was read before, round and round. */
static void
on_choice(struct smart *m, enum result result, char *answer)
{
	if (result != R_DONE || !smart_fits(m->use->v, answer))
		smart_refused(m, result, answer);
	else if (strcmp(answer, m->wanted) == 0)
		smart_finish(m, R_DONE, NULL);
	else if (m->steps == CHOICES_MAX || (m->first != NULL && strcmp(answer, m->first) == 0))
		smart_finish(m, R_FAILED, "the unit does not come to that choice");
	else {
		if (m->first == NULL)
			m->first = xstrdup(answer);
		m->steps++;
		smart_ask(m, "-", 1, HEAR_ANSWER, ANSWER_MS, 0, on_next_choice);
	}
}

static void
start_choice(struct smart *m)
{
	char	 room[SMART_VALUE_MAX];
	size_t	 i;

	m->wanted = NULL;
	for (i = 0; i < m->use->nchoices && m->wanted == NULL; i++)
		if (smart_shown(m->use->v, m->use->choices[i], room) && strcmp(room, request_value(m->request)) == 0)
			m->wanted = m->use->choices[i];
	if (m->wanted == NULL)
		smart_finish(m, R_INVALID, NULL);
	else
		smart_ask_letter(m, m->use->v->ask, on_choice);
}

/* -- a text ------------------------------------------------------------------------------------- */

static void
on_read_back(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && strcmp(answer, m->wanted) == 0)
		smart_finish(m, R_DONE, NULL);
	else
		smart_finish(m, result == R_DONE ? R_FAILED : result, "the unit does not show it afterwards");
}

static void
on_text_taken(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && smart_is_ok(answer))
		smart_ask_letter(m, m->use->v->ask, on_read_back);
	else
		smart_refused(m, result, answer);
}

static void
on_text_begun(struct smart *m, enum result result, char *answer)
{
	char	 bytes[TEXT_BYTES];
	size_t	 i;

	m->late = false;
	if (result == R_DONE) {
		smart_refused(m, result, answer);
		return;
	}
	memset(bytes, '\r', sizeof(bytes));
	memcpy(bytes, m->wanted, strlen(m->wanted));
	for (i = 0; i + 1 < sizeof(bytes); i++)
		stream_ask(unit_stream(m->unit), &(struct exchange){ .send = &bytes[i], .len = 1, .pause_ms = BYTE_MS });
	smart_ask(m, &bytes[i], 1, HEAR_ANSWER, ANSWER_MS, BYTE_MS, on_text_taken);
}

static void
on_text(struct smart *m, enum result result, char *answer)
{
	if (result != R_DONE)
		smart_refused(m, result, answer);
	else if (strcmp(answer, m->wanted) == 0)
		smart_finish(m, R_DONE, NULL);
	else
		smart_ask(m, "-", 1, HEAR_ANSWER, PEEK_MS, 0, on_text_begun);
}

/* What is an alert, or is cut off, could not be read back. */
static bool
is_text(const char *s)
{
	size_t	 n = strlen(s);

	if (n == 0 || n > TEXT_BYTES || s[0] == ' ' || s[n - 1] == ' ' || smart_refuses(s))
		return false;
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || is_alert(*s) || *s == '|' || *s == '&')
			return false;
	return true;
}

static void
start_text(struct smart *m)
{
	m->wanted = request_value(m->request);
	if (is_text(m->wanted))
		smart_ask_letter(m, m->use->v->ask, on_text);
	else
		smart_finish(m, R_INVALID, "it takes one to eight letters and digits");
}

void
smart_set(struct smart *m)
{
	struct smart_use	*use = m->uses;

	while (use < m->uses + m->nuses && use->v->var != request_name(m->request))
		use++;
	if (use == m->uses + m->nuses) {
		smart_finish(m, R_UNKNOWN, NULL);
		return;
	}
	m->use = use;
	if (request_value(m->request) == NULL)
		smart_finish(m, R_INVALID, NULL);
	else if (use->nchoices > 0)
		start_choice(m);
	else if (smart_takes_text(m, use))
		start_text(m);
	else
		smart_finish(m, R_READONLY, NULL);
}
