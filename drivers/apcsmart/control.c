#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/apcsmart/apcsmart.h"

#define AGAIN_MS	1300	/* between the two bytes of a command that counts only twice, with the peek 1.5 s */

const struct option smart_options[] = {
	{ "cable", "940-0024C", false, "of a serial port: 940-0024C, or 940-0095B, which wants RTS down" },
	{ "sdtype", "0", false, "how shutdown.return is done: 0, 1, 4 or 5" },
	{ "awd", "000", false, "6 minutes each: the delay of waking up after a shutdown with '@'" },
	{ "cshdelay", "3.5", false, "seconds between U and S with sdtype 4" },
	{ NULL, NULL, false, NULL }
};

/* -- options ------------------------------------------------------------------------------ */

static bool
is_digits(const char *s, size_t most)
{
	size_t	 n = strspn(s, "0123456789");

	return n > 0 && n <= most && s[n] == '\0';
}

/* In ms; false: not from 0 to 9.9 s. */
static bool
read_delay(const char *text, unsigned *ms)
{
	struct value	 v = value_from_text(text);
	int64_t		 n = value_scaled(&v, 3);

	if (v.type != V_NUMBER || n < 0 || n > 9900)
		return false;
	*ms = (unsigned)n;
	return true;
}

/* Where the cable is of no matter, the wires are as every program leaves them that knows nothing of it. */
static bool
read_cable(const struct unit *u, unsigned *raised)
{
	static const struct { const char *cable; unsigned raised; } cables[] = {
		{ "940-0024C", SERIAL_DTR | SERIAL_RTS }, { "940-0095B", SERIAL_DTR },
	};
	size_t	 i;

	for (i = 0; i < nitems(cables); i++)
		if (strcmp(cables[i].cable, unit_option(u, "cable")) == 0) {
			*raised = cables[i].raised;
			return true;
		}
	return false;
}

void
smart_line(const struct unit *u, struct serial_line *line)
{
	*line = (struct serial_line){ .speed = 2400, .bits = 8, .stop = 1, .parity = 'N' };
	read_cable(u, &line->raised);
}

char *
smart_check(const struct unit *u)
{
	const char	*type = unit_option(u, "sdtype");
	unsigned	 ms;

	if (!read_cable(u, &ms))
		return xasprintf("cable=%s: it wants 940-0024C or 940-0095B; for simple signalling there is the driver contact",
		    unit_option(u, "cable"));
	if (strlen(type) != 1 || strchr("0145", *type) == NULL)
		return xasprintf("sdtype=%s: it wants 0, 1, 4 or 5; other forms are the commands load.off and shutdown.stayoff",
		    type);
	if (!is_digits(unit_option(u, "awd"), 3))
		return xasprintf("awd=%s: it wants one to three digits", unit_option(u, "awd"));
	if (!read_delay(unit_option(u, "cshdelay"), &ms))
		return xasprintf("cshdelay=%s: it wants seconds from 0 to 9.9", unit_option(u, "cshdelay"));
	return NULL;
}

/* -- what the unit can do ---------------------------------------------------------------------- */

bool
smart_shown(const struct smart_variable *v, const char *answer, char room[SMART_VALUE_MAX])
{
	size_t	 i;

	if (!smart_value(v->form, answer, room))
		return false;
	for (i = 0; i < v->nwords; i++)
		if (strcmp(v->words[i].from, room) == 0)
			snprintf(room, SMART_VALUE_MAX, "%s", v->words[i].to);
	return true;
}

bool
smart_takes_text(const struct smart *m, const struct smart_use *use)
{
	return use->v->text && (!m->lists || letters_have(&m->letters, '-'));
}

static void
offer_choices(struct smart *m, const struct smart_use *use)
{
	char		(*rooms)[SMART_VALUE_MAX] = xcalloc(use->nchoices, sizeof(*rooms));
	const char	**enums = xcalloc(use->nchoices, sizeof(*enums));
	struct settable	 st = { .var = use->v->var, .maxlen = SMART_VALUE_MAX, .enums = enums };
	size_t		 i;

	for (i = 0; i < use->nchoices; i++)
		if (smart_shown(use->v, use->choices[i], rooms[st.nenums]))
			enums[st.nenums] = rooms[st.nenums], st.nenums++;
	unit_settable(m->unit, &st);
	free(enums);
	free(rooms);
}

static bool
can(const struct smart *m, const struct smart_command *c)
{
	if (c->how == HOW_RETURN)
		return letters_have(&m->letters, 'S') || letters_have(&m->letters, '@');
	return letters_have(&m->letters, c->send);
}

void
smart_offer(struct smart *m)
{
	size_t	 i;

	unit_forget_traits(m->unit);
	for (i = 0; i < m->profile->ncommands; i++)
		if (can(m, &m->profile->commands[i]))
			unit_command(m->unit, m->profile->commands[i].name);
	for (i = 0; i < m->nuses; i++) {
		if (m->uses[i].nchoices > 0)
			offer_choices(m, &m->uses[i]);
		else if (smart_takes_text(m, &m->uses[i]))
			unit_settable(m->unit, &(struct settable){ .var = m->uses[i].v->var, .maxlen = TEXT_BYTES });
	}
}

/* -- how a request ends --------------------------------------------------------------------------- */

void
smart_finish(struct smart *m, enum result result, const char *detail)
{
	struct request	*request = m->request;

	m->request = NULL;
	m->use = NULL;
	m->op = SMART_IDLE;
	free(m->first);
	m->first = NULL;
	smart_look(m);
	request_done(request, result, detail);
}

bool
smart_is_ok(const char *answer)
{
	return strcmp(answer, "OK") == 0 || strcmp(answer, "*") == 0;
}

void
smart_refused(struct smart *m, enum result result, const char *answer)
{
	if (result != R_DONE)
		smart_finish(m, R_TIMEOUT, NULL);
	else if (strcmp(answer, "NA") == 0)
		smart_finish(m, R_FAILED, "the unit does not know it");
	else
		smart_finish(m, R_FAILED, smart_refuses(answer) ? "the unit refuses" : "the unit answers something else");
}

static void
on_outcome(struct smart *m, enum result result, char *answer)
{
	if ((result == R_DONE && smart_is_ok(answer)) || (result == R_TIMEOUT && m->command->silent))
		smart_finish(m, R_DONE, NULL);
	else
		smart_refused(m, result, answer);
}

/* -- bytes that count once, or twice ---------------------------------------------------------------- */

static void
on_first_of_two(struct smart *m, enum result result, char *answer)
{
	char	 bytes[2];

	m->late = false;			/* silence is what it should be */
	if (result == R_DONE)
		smart_refused(m, result, answer);
	else
		smart_ask(m, bytes, letter_bytes(m->command->send, bytes), HEAR_SHUTDOWN, SMART_MS, AGAIN_MS, on_outcome);
}

static void
send_command(struct smart *m)
{
	char	 bytes[2];
	size_t	 n = letter_bytes(m->command->send, bytes);

	if (m->command->how == HOW_TWICE)
		smart_ask(m, bytes, n, HEAR_SHUTDOWN, PEEK_MS, 0, on_first_of_two);
	else
		smart_ask(m, bytes, n, HEAR_ANSWER, ANSWER_MS, 0, on_outcome);
}

/* A byte that toggles is sent only when it leads to what is wanted. */
static void
on_state(struct smart *m, enum result result, char *answer)
{
	const struct smart_command	*c = m->command;
	unsigned			 status;

	if (result != R_DONE || !smart_status(answer, &status))
		smart_finish(m, R_TIMEOUT, "the unit does not tell its status");
	else if ((status & c->unless) != 0 || (status & c->only) != c->only)
		smart_finish(m, R_DONE, "it is so already");
	else
		send_command(m);
}

/* -- shutdowns that return --------------------------------------------------------------------------- */

/*
 * S: off now and on again with mains, on battery only.  '@': off, and on again
 * with mains, but not before so many times 6 minutes.  cs: U makes the unit
 * run on battery first.
 */
enum shutdown { SHUTDOWN_SOFT, SHUTDOWN_GRACE, SHUTDOWN_SOFT_ELSE_GRACE, SHUTDOWN_SIMULATED };

static void	send_grace(struct smart *);

static void
on_soft(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && smart_is_ok(answer))
		smart_finish(m, R_DONE, NULL);
	else if (m->steps == SHUTDOWN_SOFT_ELSE_GRACE && letters_have(&m->letters, '@'))
		send_grace(m);
	else
		smart_refused(m, result, answer);
}

static void
send_soft(struct smart *m, unsigned pause_ms)
{
	smart_ask(m, "S", 1, HEAR_SHUTDOWN, SMART_MS, pause_ms, on_soft);
}

static void
on_simulated(struct smart *m, enum result result, char *answer)
{
	unsigned	 ms = 0;

	if (result == R_DONE && smart_refuses(answer)) {
		smart_refused(m, result, answer);
		return;
	}
	read_delay(unit_option(m->unit, "cshdelay"), &ms);
	send_soft(m, ms);
}

/* Half of a command must not wait for what is asked next. */
static void
on_aborted(struct smart *m, enum result result, char *answer)
{
	smart_finish(m, R_FAILED, "the unit does not take '@' with that number");
}

static void
on_grace(struct smart *m, enum result result, char *answer)
{
	if (result == R_DONE && smart_is_ok(answer))
		smart_finish(m, R_DONE, NULL);
	else
		smart_ask(m, "Y", 1, HEAR_ANSWER, SMART_MS, 0, on_aborted);
}

static void
on_grace_begun(struct smart *m, enum result result, char *answer)
{
	size_t	 i, n = strlen(m->digits);

	m->late = false;
	if (result == R_DONE) {
		smart_refused(m, result, answer);
		return;
	}
	for (i = 0; i + 1 < n; i++)
		stream_ask(unit_stream(m->unit), &(struct exchange){ .send = &m->digits[i], .len = 1, .pause_ms = BYTE_MS });
	smart_ask(m, &m->digits[i], 1, HEAR_SHUTDOWN, SMART_MS, BYTE_MS, on_grace);
}

static void
send_grace(struct smart *m)
{
	smart_ask(m, "@", 1, HEAR_SHUTDOWN, PEEK_MS, 0, on_grace_begun);
}

static enum shutdown
choose_shutdown(const struct smart *m, unsigned status)
{
	const char	*how = request_value(m->request);
	char		 type = *unit_option(m->unit, "sdtype");
	bool		 on_line = (status & SMART_OL) != 0;

	if (how != NULL && *how != '\0')
		return strcmp(how, "cs") == 0 ? SHUTDOWN_SIMULATED : SHUTDOWN_GRACE;
	if (type == '4')
		return SHUTDOWN_SIMULATED;
	if (!letters_have(&m->letters, '@'))
		return SHUTDOWN_SOFT;
	if (type == '5' || !letters_have(&m->letters, 'S') || on_line)
		return SHUTDOWN_GRACE;
	return type == '1' ? SHUTDOWN_SOFT_ELSE_GRACE : SHUTDOWN_SOFT;
}

/* One that does not tell its status is near its end. */
static void
on_state_before_shutdown(struct smart *m, enum result result, char *answer)
{
	unsigned	 status;
	enum shutdown	 how;

	if (result != R_DONE || !smart_status(answer, &status))
		status = SMART_OB | SMART_LB;
	how = choose_shutdown(m, status);
	m->steps = how;
	if (how == SHUTDOWN_GRACE)
		send_grace(m);
	else if (how == SHUTDOWN_SIMULATED && (status & SMART_OL) != 0)
		smart_ask(m, "U", 1, HEAR_ANSWER, SMART_MS, 0, on_simulated);
	else
		send_soft(m, 0);
}

/* Three of them; two where that many were asked for. */
static void
put_digits(struct smart *m, const char *digits)
{
	size_t	 n = strlen(digits), want = n == 2 ? 2 : 3;

	memset(m->digits, '0', want);
	memcpy(m->digits + want - n, digits, n);
	m->digits[want] = '\0';
}

static void
start_return(struct smart *m)
{
	const char	*how = request_value(m->request);

	put_digits(m, unit_option(m->unit, "awd"));
	if (how == NULL || *how == '\0' || strcmp(how, "cs") == 0) {
		smart_ask(m, "Q", 1, HEAR_ANSWER, SMART_MS, 0, on_state_before_shutdown);
		return;
	}
	if (strncmp(how, "at:", 3) != 0 || !is_digits(how + 3, 3)) {
		smart_finish(m, R_INVALID, "it takes nothing, cs, or at: and one to three digits");
		return;
	}
	put_digits(m, how + 3);
	smart_ask(m, "Q", 1, HEAR_ANSWER, SMART_MS, 0, on_state_before_shutdown);
}

static void
start_command(struct smart *m)
{
	const struct smart_profile	*p = m->profile;
	const char			*value = request_value(m->request);
	size_t				 i;

	for (i = 0; i < p->ncommands; i++)
		if (p->commands[i].name == request_name(m->request) && can(m, &p->commands[i]))
			break;
	m->command = &p->commands[i];
	if (i == p->ncommands)
		smart_finish(m, R_UNKNOWN, NULL);
	else if (m->command->how == HOW_RETURN)
		start_return(m);
	else if (value != NULL && *value != '\0')
		smart_finish(m, R_INVALID, "it takes no value");
	else if (m->command->unless != 0 || m->command->only != 0)
		smart_ask_letter(m, 'Q', on_state);
	else
		send_command(m);
}

void
smart_control(struct smart *m)
{
	m->steps = 0;
	if (request_kind(m->request) == REQUEST_COMMAND)
		start_command(m);
	else
		smart_set(m);
}
