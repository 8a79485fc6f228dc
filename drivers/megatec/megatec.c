#include "drivers/megatec/megatec.h"

#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/megatec/driver.h"

static void	go_on(struct megatec *);

/* -- questions and what came of them ---------------------------------------------------- */

/* NULL: it cannot be asked, since it needs what is not known. */
static struct megatec_asked *
find_asked(struct megatec *m, const struct megatec_ask *ask)
{
	char	*text = megatec_compose(ask->send, &m->memory, 0, NULL);
	size_t	 i;

	if (text == NULL)
		return NULL;
	for (i = 0; i < m->nasked; i++)
		if (m->asked[i].crc == m->profile->crc && strcmp(m->asked[i].sent, text) == 0) {
			free(text);
			return &m->asked[i];
		}
	m->asked = array_room(m->asked, m->nasked, &m->asked_room, sizeof(*m->asked));
	m->asked[m->nasked] = (struct megatec_asked){ .sent = text, .crc = m->profile->crc };
	return &m->asked[m->nasked++];
}

static void
keep_message(struct megatec_asked *a, const char *message, size_t len)
{
	free(a->message);
	a->message = message == NULL ? NULL : xstrndup(message, 0);
	if (message != NULL) {
		a->message = xreallocarray(a->message, len + 1, 1);
		memcpy(a->message, message, len);
		a->message[len] = '\0';
	}
	a->len = len;
}

/* What the message is to this profile; a good one's content is *text, malloc'd. */
static enum megatec_reply
judge(const struct megatec *m, const struct megatec_ask *ask, const struct megatec_asked *a, char **text)
{
	if (a->message == NULL)
		return a->echoed ? REPLY_ECHO : REPLY_BROKEN;
	return megatec_reply(m->profile, ask, a->sent, a->message, a->len, text);
}

static void
put_nothing(void *arg, enum var var, const char *text)
{
}

static const char *
option_of(void *arg, const char *name)
{
	return unit_option(arg, name);
}

/* Only remembers. */
static bool
remember(struct megatec *m, const struct megatec_ask *ask, const char *text)
{
	const struct megatec_sink	 sink = { put_nothing, option_of, m->unit };
	struct megatec_state		 state = { 0 };

	return megatec_decode(ask, text, &m->memory, &state, &sink);
}

static bool	on_reply(void *, enum result, char *, size_t);

static void
send_question(struct megatec *m)
{
	struct megatec_asked	*a = &m->asked[m->now];
	size_t			 len;
	char			*bytes = megatec_seal(m->profile, a->sent, &len);

	a->echoed = false;
	stream_ask(unit_stream(m->unit), &(struct exchange){ .send = bytes, .len = len, .frame = frame_cr,
	    .pause_ms = m->unanswered ? REST_MS : 0, .timeout_ms = ANSWER_MS, .done = on_reply, .arg = m });
	m->unanswered = false;
	free(bytes);
}

static void
question(struct megatec *m, const struct megatec_ask *ask, struct megatec_asked *a)
{
	m->ask = ask;
	m->now = (size_t)(a - m->asked);
	m->tries = 0;
	send_question(m);
}

static void
end_question(struct megatec *m, bool good)
{
	struct megatec_asked	*a = &m->asked[m->now];

	a->asked = a->round = true;
	a->ever |= good;
	a->misses = good ? 0 : a->misses + 1;
	if (m->chosen && a->ever && a->misses == HOPELESS)
		megatec_forget_what(m->ask, &m->memory);
	go_on(m);
}

/*
 * A broken reply is worth more than silence, and silence more where there was
 * a reply once, or where nothing was heard at all yet.
 */
static unsigned
tries(const struct megatec *m, const struct megatec_asked *a, enum result result)
{
	bool	 heard = m->chosen;
	size_t	 i;

	if (result == R_DONE)
		return TRIES;
	for (i = 0; i < m->nasked; i++)
		heard |= m->asked[i].ever || m->asked[i].message != NULL || m->asked[i].echoed;
	return a->ever || !heard ? TRIES - 1 : 1;
}

static bool
on_reply(void *arg, enum result result, char *message, size_t len)
{
	struct megatec		*m = arg;
	struct megatec_asked	*a = &m->asked[m->now];
	enum megatec_reply	 reply;
	char			*text = NULL;

	m->unanswered = result != R_DONE;
	keep_message(a, result == R_DONE ? message : NULL, len);
	reply = judge(m, m->ask, a, &text);
	if (reply == REPLY_ECHO && result == R_DONE) {
		a->echoed = true;
		return true;			/* on an echoing line the reply follows */
	}
	if (reply == REPLY_GOOD && !remember(m, m->ask, text) && m->chosen)
		reply = REPLY_BROKEN;
	free(text);
	if (reply == REPLY_GOOD)
		m->line_echoes = a->echoed;
	if (reply == REPLY_BROKEN && ++m->tries < tries(m, a, result)) {
		m->unanswered = true;
		send_question(m);
		return false;
	}
	end_question(m, reply == REPLY_GOOD);
	return false;
}

/* -- which dialect ------------------------------------------------------------------------- */

static void
start_trial(struct megatec *m, const struct megatec_profile *p)
{
	while (p != NULL && !p->automatic && !m->forced)
		p = p->next;
	m->profile = p;
	m->claim = 0;
	memory_free(&m->memory);
}

static void
give_up(struct megatec *m)
{
	bool	 silent = true;
	size_t	 i;

	for (i = 0; i < m->nasked; i++)
		silent &= m->asked[i].message == NULL && !m->asked[i].echoed;
	if (silent)
		unit_fail(m->unit, "nothing answers");
	else if (m->forced)
		unit_fail(m->unit, "what answers does not speak as profile %s says", unit_profile(m->unit));
	else
		unit_fail(m->unit, "what answers speaks no dialect that is known");
}

static void
choose(struct megatec *m)
{
	size_t	 i;

	m->chosen = true;
	for (i = 0; i < m->nasked; i++)
		m->asked[i].misses = 0;
	unit_log(m->unit, "speaks %s", m->profile->title != NULL ? m->profile->title : m->profile->name);
	unit_type(m->unit, m->profile->scd ? "scd" : "ups");
	megatec_begin_settings(m);
	unit_ready(m->unit);
}

/* Whether the reply to a claim's question is one of this dialect. */
static bool
claims(struct megatec *m, const struct megatec_ask *ask, const struct megatec_asked *a)
{
	char			*text = NULL;
	enum megatec_reply	 reply = judge(m, ask, a, &text);
	bool			 right = reply == REPLY_GOOD && remember(m, ask, text);

	free(text);
	return right || (reply == REPLY_REFUSED && ask->may_refuse);
}

/* An option that leaves a question out leaves its claim out. */
static bool
is_left_out(const struct megatec *m, const struct megatec_ask *ask)
{
	const char	*option = ask->unless_option == NULL ? NULL : unit_option(m->unit, ask->unless_option);

	return option != NULL && strcmp(option, "yes") == 0;
}

static void
go_on_trying(struct megatec *m)
{
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;

	while (m->profile != NULL) {
		if (m->claim == m->profile->nclaims) {
			choose(m);
			return;
		}
		ask = megatec_ask_find(m->profile, m->profile->claims[m->claim]);
		a = is_left_out(m, ask) ? NULL : find_asked(m, ask);
		if (a != NULL && !a->asked) {
			question(m, ask, a);
			return;
		}
		if (a == NULL || claims(m, ask, a))
			m->claim++;
		else
			start_trial(m, m->forced ? NULL : m->profile->next);
	}
	give_up(m);
}

/* -- rounds ------------------------------------------------------------------------------------ */

static bool
is_due(struct megatec *m, const struct megatec_ask *ask, struct megatec_asked **a)
{
	if (ask->when != WHEN_QUICK && !m->full)
		return false;
	if (is_left_out(m, ask) || !memory_holds(&m->memory, &ask->only))
		return false;
	*a = find_asked(m, ask);
	if (*a == NULL || (!(*a)->ever && (*a)->misses >= HOPELESS))
		return false;
	if (ask->when == WHEN_ONCE && (*a)->ever && (*a)->message != NULL) {
		(*a)->round = true;
		return false;
	}
	return true;
}

static bool
is_essential(const struct megatec *m, const struct megatec_ask *ask)
{
	size_t	 i;

	for (i = 0; i < m->profile->nclaims; i++)
		if (strcmp(m->profile->claims[i], ask->send) == 0)
			return ask->when == WHEN_QUICK;
	return false;
}

/* Of two replies that say the same the first in the profile counts. */
struct said {
	struct unit	*unit;
	enum var	 vars[MEMORY_MAX];
	size_t		 n;
};

static void
put_reading(void *arg, enum var var, const char *text)
{
	struct said	*said = arg;
	size_t		 i;

	for (i = 0; i < said->n; i++)
		if (said->vars[i] == var)
			return;
	if (said->n < MEMORY_MAX)
		said->vars[said->n++] = var;
	unit_put_text(said->unit, var, text);
}

static const char *
option_of_said(void *arg, const char *name)
{
	return unit_option(((const struct said *)arg)->unit, name);
}

static void
put_state(struct unit *u, const struct megatec_state *s)
{
	enum megatec_word	 w;
	enum flag		 f;
	size_t			 i;

	for (w = 0; w < WORD_END; w++)
		if (s->words & UINT32_C(1) << w)
			unit_status(u, megatec_word(w));
	for (f = FLAG_NONE + 1; f < FLAG_END; f++)
		if (s->flags & FLAG_BIT(f))
			unit_flag(u, flag_word(f));
	for (i = 0; i < s->nalarms; i++)
		unit_alarm(u, s->alarms[i]);
}

static void
publish(struct megatec *m)
{
	struct said			 said = { .unit = m->unit };
	const struct megatec_sink	 sink = { put_reading, option_of_said, &said };
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;
	struct megatec_state		 state = { 0 };
	char				*text;
	size_t				 i;

	megatec_count_packs(m);
	for (i = 0; i < m->profile->nasks; i++) {
		ask = &m->profile->asks[i];
		if ((ask->when != WHEN_QUICK && !m->full) || !memory_holds(&m->memory, &ask->only))
			continue;
		a = find_asked(m, ask);
		if (a == NULL || !a->round || judge(m, ask, a, &text) != REPLY_GOOD)
			continue;
		megatec_decode(ask, text, &m->memory, &state, &sink);
		free(text);
	}
	put_state(m->unit, &state);
	for (i = 0; m->full && i < m->profile->nconstants; i++)
		unit_put_text(m->unit, m->profile->constants[i].var, m->profile->constants[i].text);
	if (m->full)
		megatec_put_settings(m);
	megatec_offer(m);
	unit_done(m->unit);
}

static void
go_on_asking(struct megatec *m)
{
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;

	if (m->ask != NULL && m->asked[m->now].misses > 0 && is_essential(m, m->ask)) {
		unit_fail(m->unit, m->asked[m->now].message == NULL ? "no reply to %s" : "no good reply to %s",
		    m->asked[m->now].sent);
		return;
	}
	while (m->next < m->profile->nasks) {
		ask = &m->profile->asks[m->next++];
		if (is_due(m, ask, &a)) {
			question(m, ask, a);
			return;
		}
	}
	publish(m);
}

static void
go_on(struct megatec *m)
{
	if (m->chosen)
		go_on_asking(m);
	else
		go_on_trying(m);
}

/* -- life ------------------------------------------------------------------------------------------ */

static void
megatec_start(struct unit *unit)
{
	struct megatec				*m = unit_state(unit);
	const struct megatec_knowledge		*k = unit_knowledge(unit);
	const char				*name = unit_profile(unit);

	m->unit = unit;
	m->forced = strcmp(name, "auto") != 0;
	start_trial(m, m->forced ? megatec_profile_find(k, name) : k->first);
	go_on_trying(m);
}

static void
megatec_poll(struct unit *unit, bool full)
{
	struct megatec	*m = unit_state(unit);
	size_t		 i;

	m->full = full;
	m->next = 0;
	m->ask = NULL;
	for (i = 0; i < m->nasked; i++)
		m->asked[i].round = false;
	go_on_asking(m);
}

static void
megatec_stop(struct unit *unit)
{
	struct megatec	*m = unit_state(unit);
	size_t		 i;

	for (i = 0; i < m->nasked; i++) {
		free(m->asked[i].sent);
		free(m->asked[i].message);
	}
	free(m->asked);
	free(m->offered);
	free(m->value);
	memory_free(&m->memory);
}

static void *
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return megatec_learn(profiles, n, errors);
}

static void
forget(void *knowledge)
{
	megatec_forget(knowledge);
}

static bool
knows(const void *knowledge, const char *profile)
{
	return megatec_profile_find(knowledge, profile) != NULL;
}

static const struct option options[] = {
	{ "norating", "no", false, "yes: ratings are not asked for (F)" },
	{ "novendor", "no", false, "yes: maker and model are not asked for (I, FW?)" },
	{ "nooutstats", "no", false, "yes: output statistics are not asked for (WA)" },
	{ "ignoresab", "no", false, "yes: the bit \"shutdown active\" says nothing" },
	{ "battery_voltage_reports_one_pack", "no", false, "yes: the voltage told is of one of battery.packs" },
	{ "battery.packs", NULL, false, "how many packs the battery has, where the device does not tell" },
	{ "offdelay", NULL, false, "ups.delay.shutdown to begin with, in seconds" },
	{ "ondelay", NULL, false, "ups.delay.start to begin with, in seconds" },
	{ NULL, NULL, false, NULL }
};

const struct driver megatec_driver = {
	.name = "megatec",
	.title = "Megatec's and Voltronic's protocols, all dialects",
	.wire = WIRE_STREAM,
	.options = options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.size = sizeof(struct megatec),
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.start = megatec_start,
	.poll = megatec_poll,
	.command = megatec_control,
	.stop = megatec_stop,
};
