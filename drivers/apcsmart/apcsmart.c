#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/apcsmart/apcsmart.h"

#define MISSES_MAX	3	/* of a variable in a row, and it is no longer shown */
#define LOOKS_MAX	3	/* questions after an alert that are not answered; the next poll asks again */
#define FAILURES_MAX	5	/* rounds in a row, and it is recognised anew */

/* -- what is published -------------------------------------------------------------------- */

static const struct {
	unsigned	 bit;
	const char	*word, *flag;
} bits[] = {
	{ SMART_OL, "OL", NULL }, { SMART_OB, "OB", NULL }, { SMART_LB, "LB", NULL },
	{ SMART_RB, "RB", "battery-bad" }, { SMART_OVER, "OVER", "output-overload" }, { SMART_TRIM, "TRIM", NULL },
	{ SMART_BOOST, "BOOST", NULL }, { SMART_CAL, "CAL", "calibration" },
};

static void
put_status(struct smart *m)
{
	size_t	 i;

	for (i = 0; i < nitems(bits); i++) {
		if ((m->status & bits[i].bit) == 0)
			continue;
		unit_status(m->unit, bits[i].word);
		if (bits[i].flag != NULL)
			unit_flag(m->unit, bits[i].flag);
	}
	if (m->status == 0)
		unit_status(m->unit, "OFF");
	if (m->going_off)
		unit_flag(m->unit, "shutdown-imminent");
	m->shown = m->status;
}

/* Of several probes each has a name of its own. */
static void
put_parts(struct unit *u, const struct smart_use *use)
{
	const char	*s = use->answer, *zero = strstr(use->v->name, ".0.");
	char		 part[SMART_VALUE_MAX];
	unsigned	 i;
	size_t		 n;

	for (i = 1; i <= 4; i++) {
		n = strcspn(s, ",");
		snprintf(part, sizeof(part), "%.*s", (int)n, s);
		unit_put_text(u, var_internf("%.*s.%u%s", (int)(zero - use->v->name), use->v->name, i, zero + 2), part);
		if (s[n] == '\0')
			return;
		s += n + 1;
	}
}

static void
put_variable(struct smart *m, const struct smart_use *use)
{
	char	 room[SMART_VALUE_MAX];

	if (use->answer == NULL || (!m->full && use->v->poll != OFTEN))
		return;
	if (use->v->form == FORM_DECIMALS)
		put_parts(m->unit, use);
	else if (smart_shown(use->v, use->answer, room))
		unit_put_text(m->unit, use->v->var, room);
}

static void
publish(struct smart *m)
{
	size_t	 i;

	for (i = 0; i < m->nuses; i++)
		put_variable(m, &m->uses[i]);
	if (m->full)
		unit_put_text(m->unit, VAR_UPS_MFR, "APC");
	if (m->full && m->model != NULL)
		unit_put_text(m->unit, VAR_UPS_MODEL, m->model);
	put_status(m);
	m->failures = 0;
	m->fresh = false;
	m->op = SMART_IDLE;
	unit_done(m->unit);
}

/* -- alerts -------------------------------------------------------------------------------------- */

static void	begin_round(struct smart *);

/*
 * A byte alone may be noise, and one from a cable that was pulled too: it makes
 * us ask, and what is shown is what the unit then says.
 */
static void
on_looked(struct smart *m, enum result result, char *answer)
{
	bool	 good = result == R_DONE && smart_status(answer, &m->status);

	if (m->op == SMART_POLL) {
		begin_round(m);
		return;
	}
	if (m->op == SMART_COMMAND) {
		smart_control(m);
		return;
	}
	if (good && (m->status != m->shown || m->going_off)) {
		m->push = true;
		unit_wake(m->unit, 0);
	}
	m->looks = good ? 0 : m->looks + 1;
	m->news |= m->looks > 0 && m->looks < LOOKS_MAX;
	smart_look(m);
}

static void
ask_status(struct smart *m, smart_fn *then)
{
	m->news = false;
	smart_ask_letter(m, 'Q', then);
}

void
smart_look(struct smart *m)
{
	if (m->news && !m->asking && m->op == SMART_IDLE)
		ask_status(m, on_looked);
}

void
smart_alerted(struct smart *m, char alert)
{
	if (m->op == SMART_START)
		return;
	m->going_off |= alert == '*';
	m->news = true;
	m->looks = 0;
	smart_look(m);
}

static void
apcsmart_woken(struct unit *unit)
{
	struct smart	*m = unit_state(unit);

	if (!m->push)
		return;
	m->push = false;
	put_status(m);
	unit_done(unit);
}

/* -- rounds ---------------------------------------------------------------------------------------- */

static void	next_variable(struct smart *);
static void	on_status(struct smart *, enum result, char *);

static void
fail_round(struct smart *m, const char *why)
{
	m->op = SMART_IDLE;
	if (++m->failures >= FAILURES_MAX)
		unit_restart(m->unit);
	else
		unit_fail(m->unit, "%s", why);
}

/* It may have been switched on again, or another may be in its place. */
static void
on_smart_again(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && strcmp(answer, "SM") == 0)
		ask_status(m, on_status);
	else
		fail_round(m, "it does not tell its status");
}

/* An alert that comes while the round runs ends it at once, with what is known. */
static void
on_status(struct smart *m, enum result result, char *answer)
{
	unsigned	 before = m->status;

	if (result != R_DONE || !smart_status(answer, &m->status)) {
		if (m->tries++ == 0)
			ask_status(m, on_status);
		else if (m->tries == 2)
			smart_ask(m, "Y", 1, HEAR_ANSWER, SMART_MS, 0, on_smart_again);
		else
			fail_round(m, "it does not tell its status");
		return;
	}
	if (m->polled && (m->status != before || m->going_off)) {
		publish(m);
		return;
	}
	m->polled = true;
	m->going_off = m->news && m->going_off;
	next_variable(m);
}

/* Noise does not make another unit of it: it says so twice. */
static bool
is_another(struct smart *m, const struct smart_use *use, const char *answer)
{
	return use->v->identity && use->answer != NULL && strcmp(use->answer, answer) != 0;
}

static void
keep_answer(struct smart_use *use, const char *answer)
{
	free(use->answer);
	use->answer = answer == NULL ? NULL : xstrdup(answer);
	use->misses = 0;
}

static void
on_variable(struct smart *m, enum result result, char *answer)
{
	struct smart_use	*use = &m->uses[m->next];
	bool			 fits = result == R_DONE && smart_fits(use->v, answer);

	if (fits && is_another(m, use, answer)) {
		if (m->tries++ == 0) {
			smart_ask_letter(m, use->v->ask, on_variable);
			return;
		}
		unit_log(m->unit, "another unit is in its place");
		m->op = SMART_IDLE;
		unit_restart(m->unit);
		return;
	}
	m->silent = result == R_TIMEOUT ? m->silent + 1 : 0;
	if (m->silent == 2) {
		fail_round(m, "it stops answering");
		return;
	}
	if (fits)
		keep_answer(use, answer);
	else if ((result == R_DONE && smart_refuses(answer)) || ++use->misses == MISSES_MAX)
		keep_answer(use, NULL);
	m->next++;
	next_variable(m);
}

static bool
is_due(const struct smart *m, const struct smart_use *use)
{
	return !m->fresh && (use->v->poll == OFTEN || (m->full && use->v->poll == SELDOM));
}

static void
next_variable(struct smart *m)
{
	m->tries = 0;
	if (m->news) {
		ask_status(m, on_status);
		return;
	}
	while (m->next < m->nuses && !is_due(m, &m->uses[m->next]))
		m->next++;
	if (m->next < m->nuses)
		smart_ask_letter(m, m->uses[m->next].v->ask, on_variable);
	else
		publish(m);
}

static void
begin_round(struct smart *m)
{
	m->next = 0;
	m->silent = m->tries = 0;
	m->polled = false;
	ask_status(m, on_status);
}

/* -- the driver ------------------------------------------------------------------------------------- */

static void
apcsmart_start(struct unit *unit)
{
	struct smart			*m = unit_state(unit);
	const struct smart_profile	*first = unit_knowledge(unit);

	m->unit = unit;
	m->profile = strcmp(unit_profile(unit), "auto") == 0 ? first : smart_profile_find(first, unit_profile(unit));
	if (m->profile == NULL)
		unit_fail(unit, "no profile is installed");
	else
		smart_detect(m);
}

/* What an alert made us ask is answered first. */
static void
apcsmart_poll(struct unit *unit, bool full)
{
	struct smart	*m = unit_state(unit);

	m->op = SMART_POLL;
	m->full = full;
	if (!m->asking)
		begin_round(m);
}

static void
apcsmart_command(struct unit *unit, struct request *request)
{
	struct smart	*m = unit_state(unit);

	m->op = SMART_COMMAND;
	m->request = request;
	if (!m->asking)
		smart_control(m);
}

static void
apcsmart_stop(struct unit *unit)
{
	struct smart	*m = unit_state(unit);
	size_t		 i, k;

	for (i = 0; i < m->nuses; i++) {
		free(m->uses[i].answer);
		for (k = 0; k < m->uses[i].nchoices; k++)
			free(m->uses[i].choices[k]);
		free(m->uses[i].choices);
	}
	free(m->uses);
	free(m->first);
}

static void *
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return smart_learn(profiles, n, errors);
}

static void
forget(void *knowledge)
{
	smart_forget(knowledge);
}

static bool
knows(const void *knowledge, const char *profile)
{
	return smart_profile_find(knowledge, profile) != NULL;
}

static const enum wire	also[] = { WIRE_SERIAL, WIRE_NONE };

const struct driver apcsmart_driver = {
	.name = "apcsmart",
	.title = "APC's smart protocol, of Smart-UPS and Matrix-UPS",
	.wire = WIRE_STREAM,
	.also = also,
	.options = smart_options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.size = sizeof(struct smart),
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.check = smart_check,
	.line = smart_line,
	.start = apcsmart_start,
	.poll = apcsmart_poll,
	.command = apcsmart_command,
	.woken = apcsmart_woken,
	.stop = apcsmart_stop,
};
