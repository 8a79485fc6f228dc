#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/megatec.h"

/* -- settings that busbar keeps --------------------------------------------------------- */

/* A delay is what the device will make of it. */
static int64_t
effective(enum var var, int64_t s)
{
	if (var == VAR_UPS_DELAY_SHUTDOWN)
		return megatec_off_seconds(s);
	return var == VAR_UPS_DELAY_START ? megatec_back_seconds(s) : s;
}

static void
keep(struct megatec *m, enum var var, int64_t n)
{
	char	 room[VALUE_TEXT_MAX];
	struct value v = value_number(effective(var, n), 0);

	memory_put(&m->memory, var, value_text(&v, room));
}

/* By how many the voltage that the device tells is to be taken: 1 unless the user says that it is of one pack. */
void
megatec_count_packs(struct megatec *m)
{
	const char	*one = unit_option(m->unit, "battery_voltage_reports_one_pack");
	const char	*packs = memory_get(&m->memory, VAR_BATTERY_PACKS);
	struct value	 v;

	if (packs == NULL)
		packs = unit_option(m->unit, "battery.packs");
	v = value_from_text(packs);
	if (strcmp(one, "yes") != 0 || v.type != V_NUMBER || value_scaled(&v, 0) < 1)
		packs = "1";
	memory_put(&m->memory, var_intern(".packs"), packs);
}

void
megatec_begin_settings(struct megatec *m)
{
	static const struct { enum var var; const char *option; } given[] = {
		{ VAR_UPS_DELAY_SHUTDOWN, "offdelay" }, { VAR_UPS_DELAY_START, "ondelay" },
	};
	const struct megatec_setting	*s;
	struct value			 v;
	size_t				 i, k;

	megatec_count_packs(m);
	for (i = 0; i < m->profile->nsettings; i++) {
		s = &m->profile->settings[i];
		if (s->send != NULL)
			continue;
		keep(m, s->var, s->dflt);
		for (k = 0; k < nitems(given); k++) {
			v = value_from_text(unit_option(m->unit, given[k].option));
			if (s->var == given[k].var && v.type == V_NUMBER && v.digits >= 0)
				keep(m, s->var, value_ceil(&v, 0));
		}
	}
}

void
megatec_put_settings(struct megatec *m)
{
	const struct megatec_setting	*s;
	size_t				 i;

	for (i = 0; i < m->profile->nsettings; i++) {
		s = &m->profile->settings[i];
		if (s->send == NULL)
			unit_put_text(m->unit, s->var, memory_get(&m->memory, s->var));
	}
}

/* -- what the device can do -------------------------------------------------------------------- */

static bool
has_setting(const struct megatec *m, const struct megatec_setting *s)
{
	return memory_holds(&m->memory, &s->only) && memory_get(&m->memory, s->var) != NULL;
}

static void
offer_setting(struct megatec *m, const struct megatec_setting *s)
{
	struct settable	 st = { .var = s->var, .maxlen = s->maxlen, .nranges = s->nranges, .ranges = s->ranges };
	const char	*enums[64];
	size_t		 i;

	for (i = 0; i < s->nrows && i < nitems(enums); i++)
		enums[st.nenums++] = s->rows[i].text;
	st.enums = enums;
	unit_settable(m->unit, &st);
}

void
megatec_offer(struct megatec *m)
{
	const struct megatec_profile	*p = m->profile;
	char				*now = xcalloc(p->ncommands + p->nsettings + 1, 1);
	size_t				 i;

	for (i = 0; i < p->ncommands; i++)
		now[i] = memory_holds(&m->memory, &p->commands[i].only) ? 'y' : 'n';
	for (i = 0; i < p->nsettings; i++)
		now[p->ncommands + i] = has_setting(m, &p->settings[i]) ? 'y' : 'n';
	if (m->offered != NULL && strcmp(m->offered, now) == 0) {
		free(now);
		return;
	}
	unit_forget_traits(m->unit);
	for (i = 0; i < p->ncommands; i++)
		if (now[i] == 'y')
			unit_command(m->unit, p->commands[i].name);
	for (i = 0; i < p->nsettings; i++)
		if (now[p->ncommands + i] == 'y')
			offer_setting(m, &p->settings[i]);
	free(m->offered);
	m->offered = now;
}

/* -- carrying out ----------------------------------------------------------------------------------- */

static void	next_step(struct megatec *);

static void
finish(struct megatec *m, enum result result, const char *detail)
{
	struct request	*rq = m->request;

	m->request = NULL;
	request_done(rq, result, detail);
}

/* A device that takes commands in silence shows by any other reply that it is there. */
static bool
on_sign_of_life(void *arg, enum result result, char *message, size_t len)
{
	struct megatec	*m = arg;

	m->rest_ms = result != R_DONE ? REST_MS : 0;
	if (result != R_DONE) {
		finish(m, R_TIMEOUT, NULL);
		return false;
	}
	m->step++;
	next_step(m);
	return false;
}

static void
look_for_life(struct megatec *m)
{
	const struct megatec_profile	*p = m->profile;
	size_t				 i = 0;

	while (i + 1 < p->nasks && p->asks[i].when != WHEN_QUICK)
		i++;
	megatec_say(m, p->asks[i].send, on_sign_of_life);
}

static bool
accepts(const struct megatec_profile *p, const char *message)
{
	size_t	 i;

	for (i = 0; i < p->naccept; i++)
		if (strncmp(message, p->accept[i], strlen(p->accept[i])) == 0)
			return true;
	return p->silence && *message == '\0';
}

static bool
on_answer(void *arg, enum result result, char *message, size_t len)
{
	static const struct megatec_ask	 none = { .first = '\0' };
	struct megatec			*m = arg;
	enum megatec_reply		 reply;
	char				*text = NULL;

	m->rest_ms = result != R_DONE ? REST_MS : 0;
	if (result != R_DONE) {
		if (m->echoed && !m->line_echoes)
			finish(m, R_FAILED, "the device sends the command back: it does not know it");
		else if (m->profile->silence && result == R_TIMEOUT)
			look_for_life(m);
		else
			finish(m, result, NULL);
		return false;
	}
	reply = megatec_reply(m->profile, &none, m->value, message, len, &text);
	if (reply == REPLY_ECHO) {
		m->echoed = true;
		return true;
	}
	if (len <= 1 && m->profile->silence)
		reply = REPLY_GOOD;
	if (reply == REPLY_GOOD && accepts(m->profile, text == NULL ? "" : text)) {
		m->step++;
		next_step(m);
	} else
		finish(m, R_FAILED, reply == REPLY_REFUSED ? "the device refused" : "the device answered something else");
	free(text);
	return false;
}

static void
send_text(struct megatec *m, char *text)
{
	free(m->value);
	m->value = text;
	m->echoed = false;
	megatec_say(m, text, on_answer);
}

static void
next_step(struct megatec *m)
{
	size_t	 nsteps = m->command != NULL ? m->command->nsends : 1;
	char	*text, *value = NULL;

	if (m->step == nsteps) {
		finish(m, R_DONE, NULL);
		return;
	}
	if (m->command != NULL)
		text = megatec_compose(m->command->sends[m->step], &m->memory, m->argument, NULL);
	else {
		value = megatec_encode(m->setting, request_value(m->request));
		text = value == NULL ? NULL : megatec_compose(m->setting->send, &m->memory, 0, value);
		free(value);
	}
	if (text == NULL)
		finish(m, R_INVALID, NULL);
	else
		send_text(m, text);
}

/* False: the argument is none that the command takes. */
static bool
take_argument(struct megatec *m)
{
	const char	*text = request_value(m->request);
	struct value	 v;

	m->argument = m->command->dflt;
	if (text == NULL || *text == '\0')
		return true;
	v = value_from_text(text);
	if (m->command->max == 0 || v.type != V_NUMBER)
		return false;
	m->argument = value_ceil(&v, 0);
	return m->argument >= m->command->min && m->argument <= m->command->max;
}

static void
start_command(struct megatec *m)
{
	const struct megatec_profile	*p = m->profile;
	size_t				 i;

	for (i = 0; i < p->ncommands; i++)
		if (p->commands[i].name == request_name(m->request) && memory_holds(&m->memory, &p->commands[i].only))
			break;
	if (i == p->ncommands) {
		finish(m, R_UNKNOWN, NULL);
		return;
	}
	m->command = &p->commands[i];
	if (take_argument(m))
		next_step(m);
	else
		finish(m, R_INVALID, "that is no number of seconds that it takes");
}

static void
start_set(struct megatec *m)
{
	const struct megatec_profile	*p = m->profile;
	struct value			 v;
	size_t				 i;

	for (i = 0; i < p->nsettings; i++)
		if (p->settings[i].var == request_name(m->request) && has_setting(m, &p->settings[i]))
			break;
	if (i == p->nsettings || request_value(m->request) == NULL) {
		finish(m, i == p->nsettings ? R_READONLY : R_INVALID, NULL);
		return;
	}
	m->setting = &p->settings[i];
	if (m->setting->send != NULL) {
		next_step(m);
		return;
	}
	v = value_from_text(request_value(m->request));
	if (v.type == V_NUMBER)
		keep(m, m->setting->var, value_ceil(&v, 0));
	finish(m, v.type == V_NUMBER ? R_DONE : R_INVALID, NULL);
}

void
megatec_control(struct unit *unit, struct request *rq)
{
	struct megatec	*m = unit_state(unit);

	m->request = rq;
	m->command = NULL;
	m->setting = NULL;
	m->step = 0;
	if (request_kind(rq) == REQUEST_COMMAND)
		start_command(m);
	else
		start_set(m);
}
