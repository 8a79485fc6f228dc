#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/megatec.h"

/* Questions, and what came of them. */

struct megatec_asked *
megatec_find_asked(struct megatec *m, const struct megatec_ask *ask)
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
	a->message = NULL;
	if (message != NULL) {
		a->message = xmalloc(len + 1);
		memcpy(a->message, message, len);
		a->message[len] = '\0';
	}
	a->len = len;
}

enum megatec_reply
megatec_judge(const struct megatec *m, const struct megatec_ask *ask, const struct megatec_asked *a, char **text)
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

bool
megatec_remember(struct megatec *m, const struct megatec_ask *ask, const char *text)
{
	const struct megatec_sink	 sink = { put_nothing, option_of, m->unit };
	struct megatec_state		 state = { 0 };

	return megatec_decode(ask, text, &m->memory, &state, &sink);
}

static bool	on_reply(void *, enum result, char *, size_t);

static void
send_question(struct megatec *m)
{
	m->asked[m->now].echoed = false;
	megatec_say(m, m->asked[m->now].sent, on_reply);
}

void
megatec_question(struct megatec *m, const struct megatec_ask *ask, struct megatec_asked *a)
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
	megatec_go_on(m);
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

	m->rest_ms = result != R_DONE ? REST_MS : 0;
	keep_message(a, result == R_DONE ? message : NULL, len);
	reply = megatec_judge(m, m->ask, a, &text);
	if (reply == REPLY_ECHO && result == R_DONE) {
		a->echoed = true;
		return true;			/* on an echoing line the reply follows */
	}
	if (reply == REPLY_GOOD && !megatec_remember(m, m->ask, text) && m->chosen)
		reply = REPLY_BROKEN;
	free(text);
	if (reply == REPLY_GOOD)
		m->line_echoes = a->echoed;
	if (reply == REPLY_BROKEN && ++m->tries < tries(m, a, result)) {
		m->rest_ms = REST_MS;
		send_question(m);
		return false;
	}
	end_question(m, reply == REPLY_GOOD);
	return false;
}

bool
megatec_leaves_out(const struct megatec *m, const struct megatec_ask *ask)
{
	const char	*option = ask->unless_option == NULL ? NULL : unit_option(m->unit, ask->unless_option);

	return option != NULL && strcmp(option, "yes") == 0;
}
