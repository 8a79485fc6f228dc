/* What acts, as RFC 9271 has it; the errors come in upsd's order. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "nutproto/steer.h"

/* -- upsmon ---------------------------------------------------------------------------- */

void
steer_login(const struct call *c)
{
	struct session	*s = c->session;
	struct ups	*ups;

	if (s->login.ups != NULL) {
		call_error(c, "ALREADY-LOGGED-IN");
		return;
	}
	ups = call_ups(c, c->words[1]);
	if (ups == NULL || !call_may(c, RIGHT_LOGIN, ups, NULL))
		return;
	login_begin(s->desk->logins, &s->login, ups, s);
	buf_puts(c->out, "OK\n");
}

static void
grant_primary(const struct call *c, const char *answer)
{
	struct ups	*ups = call_ups(c, c->words[1]);

	if (ups != NULL && call_may(c, RIGHT_PRIMARY, ups, NULL))
		buf_puts(c->out, answer);
}

void
steer_primary(const struct call *c)
{
	grant_primary(c, "OK PRIMARY-GRANTED\n");
}

void
steer_master(const struct call *c)
{
	grant_primary(c, "OK MASTER-GRANTED\n");
}

/* -- requests to the engine --------------------------------------------------------------- */

static const char *const fsd_answers[] = {
	[R_DONE] = "OK FSD-SET", [R_FAILED] = "ERR INSTCMD-FAILED",
};

static const char *const command_answers[] = {
	[R_DONE] = "OK", [R_UNKNOWN] = "ERR CMD-NOT-SUPPORTED", [R_DENIED] = "ERR ACCESS-DENIED",
	[R_CONFIRM] = "ERR ACCESS-DENIED", [R_FAILED] = "ERR INSTCMD-FAILED",
	[R_INVALID] = "ERR INVALID-ARGUMENT", [R_GONE] = NULL,
};

static const char *const set_answers[] = {
	[R_DONE] = "OK", [R_UNKNOWN] = "ERR VAR-NOT-SUPPORTED", [R_READONLY] = "ERR READONLY",
	[R_INVALID] = "ERR INVALID-VALUE", [R_TOO_LONG] = "ERR TOO-LONG", [R_DENIED] = "ERR ACCESS-DENIED",
	[R_CONFIRM] = "ERR ACCESS-DENIED", [R_FAILED] = "ERR SET-FAILED", [R_GONE] = NULL,
};

/*
 * Without tracking upsd says OK when the driver has got the request, and its
 * clients wait for 5 s.  Ours hear more when the engine is quick to refuse.
 */
static void
ask(const struct call *c, const struct ups *ups, struct ask *ask, const char *const *answers,
    const char *impatient)
{
	struct session	*s = c->session;
	char		 room[FROM_TEXT_MAX];
	char		*origin = xasprintf("nut %s@%s", s->username, from_text(&s->from, room));

	ask->origin = origin;
	if (s->tracking && ask->kind != REQUEST_FSD)
		buf_printf(c->out, "OK TRACKING %s\n",
		    tracking_ask(s->desk->trackings, ups->device, ask, s->username));
	else
		session_ask(s, ups->device, ask, answers, impatient, c->out);
	free(origin);
}

void
steer_fsd(const struct call *c)
{
	struct ups	*ups = call_ups(c, c->words[1]);
	struct ask	 a = { .kind = REQUEST_FSD };

	/* Only the engine makes it true: without its word there is no OK. */
	if (ups != NULL && call_may(c, RIGHT_FSD, ups, NULL))
		ask(c, ups, &a, fsd_answers, fsd_answers[R_FAILED]);
}

/*
 * The parameter of a command that cuts power may be "confirm", or a delay and
 * "confirm" behind it, in one word or two.  Returns what is left of it, malloc'd.
 */
static char *
take_confirm(const struct call *c, bool *confirm)
{
	static const char	word[] = "confirm";
	char			*value = c->n > 3 ? xstrdup(c->words[3]) : NULL;
	size_t			 len = value == NULL ? 0 : strlen(value), at = sizeof(word) - 1;

	*confirm = c->n > 4 && strcasecmp(c->words[4], word) == 0;
	if (len < at || strcasecmp(value + len - at, word) != 0 || (len > at && value[len - at - 1] != ' '))
		return value;
	*confirm = true;
	for (len -= at; len > 0 && value[len - 1] == ' '; len--)
		;
	value[len] = '\0';
	if (len > 0)
		return value;
	free(value);
	return NULL;
}

void
steer_instcmd(const struct call *c)
{
	struct ups	*ups = call_current_ups(c, c->words[1]);
	struct ask	 a = { .kind = REQUEST_COMMAND };
	char		*value;

	if (ups == NULL)
		return;
	a.name = var_find(c->words[2], strlen(c->words[2]));
	if (!traits_can(device_traits(ups->device), a.name)) {
		call_error(c, "CMD-NOT-SUPPORTED");
	} else if (call_may(c, RIGHT_COMMAND, ups, var_name(a.name))) {
		a.value = value = take_confirm(c, &a.confirm);
		ask(c, ups, &a, command_answers, "OK");
		free(value);
	}
}

/* -- SET ------------------------------------------------------------------------------------- */

static void
set_var(const struct call *c)
{
	struct ups		*ups = call_current_ups(c, c->words[2]);
	const struct reading	*r;
	const struct settable	*settable;
	struct ask		 a = { .kind = REQUEST_SET, .value = c->words[4] };
	enum result		 takes;

	if (ups == NULL || !call_may(c, RIGHT_SET, ups, c->words[3]))
		return;
	r = snapshot_lookup(device_now(ups->device), c->words[3], strlen(c->words[3]));
	settable = r == NULL ? NULL : traits_settable(device_traits(ups->device), r->var);
	takes = r == NULL ? R_UNKNOWN : settable_takes(settable, a.value);
	if (takes != R_DONE) {
		buf_printf(c->out, "%s\n", set_answers[takes]);
		return;
	}
	a.name = r->var;
	ask(c, ups, &a, set_answers, "OK");
}

/* upsd takes any credentials for it. */
static void
set_tracking(const struct call *c)
{
	struct session	*s = c->session;
	bool		 on = strcasecmp(c->words[2], "ON") == 0;

	if (!on && strcasecmp(c->words[2], "OFF") != 0) {
		call_error(c, "INVALID-ARGUMENT");
		return;
	}
	if (!call_proven(c))
		return;
	s->tracking = on;
	buf_puts(c->out, "OK\n");
}

static const struct verb set_verbs[] = {
	{ "VAR", 5, ANY, set_var, USER },
	{ "TRACKING", 3, ANY, set_tracking, USER },
	{ .word = NULL }
};

void
steer_set(const struct call *c)
{
	call_verb(c, set_verbs, c->words[1], "INVALID-ARGUMENT");
}
