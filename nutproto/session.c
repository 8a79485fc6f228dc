/* Requests out of a client's bytes, and answers that keep within the protocol's lines. */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/mem.h"
#include "nutproto/commands.h"
#include "nutproto/replies.h"
#include "nutproto/session.h"
#include "nutproto/users.h"

struct held {
	size_t	 n;			/* words there were */
	char	*words[COMMAND_WORDS];
};

const char *
from_text(const struct from *from, char room[FROM_TEXT_MAX])
{
	if (inet_ntop(from->v6 ? AF_INET6 : AF_INET, from->address, room, FROM_TEXT_MAX) == NULL)
		*room = '\0';
	return room;
}

void
session_init(struct session *s, struct desk *desk, const struct from *from, void (*wake)(void *), void *arg)
{
	*s = (struct session){ .desk = desk, .from = *from, .wake = wake, .arg = arg };
}

static void
drop_held(struct session *s)
{
	size_t	 i;

	for (i = 0; s->held != NULL && i < nitems(s->held->words); i++)
		free(s->held->words[i]);
	free(s->held);
	s->held = NULL;
}

/* What it has asked for goes on; the engine's answer is not heard. */
void
session_free(struct session *s)
{
	login_end(s->desk->logins, &s->login);
	if (s->proof != NULL)
		s->desk->prover.forget(s->proof);
	if (s->pending != NULL)
		pending_forget(s->pending);
	timer_free(s->patience);
	drop_held(s);
	free(s->username);
	free(s->password);
}

bool
session_waits(const struct session *s)
{
	return (s->held != NULL && s->proven == ASKED) || (s->asking && s->answer == NULL);
}

void
session_end(struct session *s)
{
	s->ended = true;
	s->wake(s->arg);
}

/* -- who it is ------------------------------------------------------------------------- */

static void
on_verdict(bool right, void *arg)
{
	struct session	*s = arg;
	bool		 later = s->proof != NULL;
	char		 room[FROM_TEXT_MAX];

	s->proof = NULL;
	s->proven = right ? PROVEN : WRONG;
	if (!right)
		refusals_note(s->desk->refusals, REFUSED_PASSWORD, from_text(&s->from, room), s->username);
	if (later)
		s->wake(s->arg);
}

bool
session_may_name_user(const struct session *s)
{
	switch (s->desk->settings->nut.require) {
	case REQUIRE_NONE:
		return true;
	case REQUIRE_TLS:
		return s->tls == SESSION_SECURE;
	case REQUIRE_CERTIFICATE:
		break;
	}
	return s->tls == SESSION_SECURE && s->verified;
}

/* Whom the client's certificate names.  A password, or another name, is judged in its place. */
static const struct user_settings *
certified_user(const struct session *s)
{
	const struct settings		*settings = s->desk->settings;
	const struct user_settings	*user;

	if (s->peer == NULL || s->password != NULL ||
	    (s->username != NULL && strcmp(s->username, s->peer) != 0))
		return NULL;
	user = users_find(settings, s->peer);
	return user != NULL && users_accept(settings, user, s->from.address, s->from.v6) ? user : NULL;
}

bool
session_has_name(const struct session *s)
{
	return s->username != NULL || certified_user(s) != NULL;
}

bool
session_has_proof(const struct session *s)
{
	return s->password != NULL || certified_user(s) != NULL;
}

const struct user_settings *
session_user(struct session *s)
{
	const struct desk		*desk = s->desk;
	const struct user_settings	*user = certified_user(s);

	if (user != NULL) {
		if (s->username == NULL)
			s->username = xstrdup(user->name);
		return user;
	}
	if (s->username == NULL || s->password == NULL)
		return NULL;		/* a certificate that has ceased to be enough */
	if (s->proven == UNPROVEN || (s->proven != ASKED && s->edition != desk->edition)) {
		s->proven = ASKED;
		s->edition = desk->edition;
		s->proof = desk->prover.begin(desk->prover.arg, s->username, s->password, &s->from,
		    on_verdict, s);
	}
	return s->proven == PROVEN ? users_find(desk->settings, s->username) : NULL;
}

/* -- what the engine says ------------------------------------------------------------------ */

static const char *
answer_to(const struct session *s, enum result result)
{
	return s->answers[result] != NULL ? s->answers[result] : s->answers[R_FAILED];
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct session	*s = arg;
	bool		 later = s->pending != NULL;

	s->pending = NULL;
	s->answer = answer_to(s, result);
	if (later)
		s->wake(s->arg);
}

static void
on_impatience(void *arg)
{
	struct session	*s = arg;

	if (s->pending == NULL)
		return;
	pending_forget(s->pending);
	s->pending = NULL;
	s->answer = s->impatient;
	s->wake(s->arg);
}

static void
say_answer(struct session *s, struct buf *out)
{
	buf_puts(out, s->answer);
	buf_putc(out, '\n');
	s->asking = false;
	s->answer = NULL;
	timer_free(s->patience);
	s->patience = NULL;
}

void
session_ask(struct session *s, struct device *device, const struct ask *ask, const char *const *answers,
    const char *impatient, struct buf *out)
{
	struct pending	*pending;

	s->asking = true;
	s->answers = answers;
	s->impatient = impatient;
	pending = device_ask(device, ask, on_result, s);
	if (s->answer != NULL) {
		say_answer(s, out);
		return;
	}
	s->pending = pending;
	s->patience = timer_new(s->desk->loop, on_impatience, s);
	timer_set(s->patience, SESSION_ENGINE_MS);
}

/* -- requests ---------------------------------------------------------------------------------- */

/* No more requests: what may still come is none. */
static bool
over(const struct session *s)
{
	return s->ended || s->tls == SESSION_STARTING;
}

/*
 * Names that a client makes up are echoed, so its own spelling can make a
 * line too long.  Lists hold no such names.
 */
static void
check_length(struct buf *out, size_t before)
{
	if (out->len - before <= REPLY_LINE_MAX)
		return;
	if (memchr(buf_bytes(out) + before, '\n', REPLY_LINE_MAX) != NULL)
		return;
	out->len = before;
	command_error(out, "INVALID-ARGUMENT");
}

static void
run(struct session *s, const char *const *words, size_t n, struct buf *out)
{
	size_t	 before = out->len;

	command_run(s, words, n, out);
	check_length(out, before);
}

static void
hold(struct session *s, const char *const *words, size_t n)
{
	size_t	 i;

	s->held = xcalloc(1, sizeof(*s->held));
	s->held->n = n;
	for (i = 0; i < n && i < COMMAND_WORDS; i++)
		s->held->words[i] = xstrdup(words[i]);
}

static void
take_line(struct session *s, char *line, size_t len, struct buf *out)
{
	const char	*words[COMMAND_WORDS];
	size_t		 n = line_split(line, len, words, COMMAND_WORDS);

	run(s, words, n, out);
	if (s->proven == ASKED)
		hold(s, words, n);
}

/* Answers the request that waited, or lets it wait on. */
static void
resume(struct session *s, struct buf *out)
{
	if (s->answer != NULL)
		say_answer(s, out);
	if (s->held == NULL || s->proven == ASKED)
		return;
	run(s, (const char *const *)s->held->words, s->held->n, out);
	if (s->proven != ASKED)		/* it would be, if the settings were others again */
		drop_held(s);
}

/* Past the LF of a line that was too long.  Returns what it ate. */
static size_t
skip(struct session *s, const char *bytes, size_t len)
{
	const char	*lf = memchr(bytes, '\n', len);

	if (lf == NULL)
		return len;
	s->skipping = false;
	return (size_t)(lf + 1 - bytes);
}

size_t
session_take(struct session *s, char *bytes, size_t len, struct buf *out)
{
	size_t	 done = 0, n, most;

	if (!s->ended)
		resume(s, out);
	while (done < len && !over(s) && !session_waits(s) && out->len < SESSION_FULL) {
		if (s->skipping) {
			done += skip(s, bytes + done, len - done);
			continue;
		}
		most = len - done < SESSION_LINE_MAX ? len - done : SESSION_LINE_MAX;
		n = line_length(bytes + done, most);
		if (n > 0) {
			take_line(s, bytes + done, n - 1, out);
			done += n;
		} else if (most == SESSION_LINE_MAX) {
			command_error(out, "INVALID-ARGUMENT");
			s->skipping = true;
			done += most;
		} else {
			break;
		}
	}
	return over(s) ? len : done;
}
