/* What all verbs check, in upsd's order. */

#include <string.h>
#include <strings.h>

#include "nutproto/call.h"
#include "nutproto/commands.h"

void
call_error(const struct call *c, const char *what)
{
	command_error(c->out, what);
}

static void
run(const struct call *c, const struct verb *v)
{
	if (v->who != ANYBODY && !session_may_name_user(c->session))
		call_error(c, "ACCESS-DENIED");
	else if (v->who == USER && !session_has_name(c->session))
		call_error(c, "USERNAME-REQUIRED");
	else if (v->who == USER && !session_has_proof(c->session))
		call_error(c, "PASSWORD-REQUIRED");
	else if (c->n < v->least || c->n > v->most)
		call_error(c, "INVALID-ARGUMENT");
	else
		v->run(c);
}

void
call_verb(const struct call *c, const struct verb *table, const char *word, const char *other)
{
	const struct verb	*v;

	for (v = table; v->word != NULL; v++) {
		if (strcasecmp(v->word, word) != 0)
			continue;
		run(c, v);
		return;
	}
	call_error(c, other);
}

struct ups *
call_ups(const struct call *c, const char *name)
{
	struct ups	*ups = upses_find(c->session->desk->upses, name);

	if (ups == NULL)
		call_error(c, "UNKNOWN-UPS");
	return ups;
}

struct ups *
call_current_ups(const struct call *c, const char *name)
{
	struct ups	*ups = call_ups(c, name);

	if (ups == NULL)
		return NULL;
	switch (device_state(ups->device)) {
	case DEVICE_FRESH:
		return ups;
	case DEVICE_WAITING:
		call_error(c, "DRIVER-NOT-CONNECTED");
		return NULL;
	case DEVICE_STALE:
		break;
	}
	call_error(c, "DATA-STALE");
	return NULL;
}

const struct reading *
call_reading(const struct call *c, struct ups **ups)
{
	const struct reading	*r;

	*ups = call_current_ups(c, c->words[2]);
	if (*ups == NULL)
		return NULL;
	r = snapshot_lookup(device_now((*ups)->device), c->words[3], strlen(c->words[3]));
	if (r == NULL)
		call_error(c, "VAR-NOT-SUPPORTED");
	return r;
}

bool
call_may(const struct call *c, enum right right, const struct ups *ups, const char *name)
{
	struct session			*s = c->session;
	const struct user_settings	*user = session_user(s);
	char				 room[FROM_TEXT_MAX];

	if (s->proven == ASKED)
		return false;
	if (users_may(user, right, device_name(ups->device), name))
		return true;
	if (user != NULL)	/* a wrong password was noted when it was found to be */
		refusals_note(s->desk->refusals, REFUSED_RIGHT, from_text(&s->from, room), s->username);
	call_error(c, "ACCESS-DENIED");
	return false;
}

bool
call_proven(const struct call *c)
{
	const struct user_settings	*user = session_user(c->session);

	if (user == NULL && c->session->proven != ASKED)
		call_error(c, "ACCESS-DENIED");
	return user != NULL;
}
