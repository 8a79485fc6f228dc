#include "drivers/nut/nut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "drivers/nut/source.h"

/*
 * Another upsd, or busbar, as a source (RFC 9271).  All questions of a round
 * go out together and the answers come in order, so a round over any number
 * of devices costs one round trip, and a few more when devices are new.
 */
#define HANDSHAKE_MS	10000
#define LOGIN_MAX	1024
#define TRACK_FIRST_MS	20	/* between questions how a command ended */
#define TRACK_LAST_MS	500
#define TRACK_MS	10000	/* then nobody knows how it ended */

static const struct option nut_options[] = {
	{ "ups", NULL, false, "the devices wanted, as the server calls them; a single one is this section's own device; default: all" },
	{ "user", NULL, false, "who we are when something is to be set or done" },
	{ "password", NULL, true, "that user's password" },
	{ "tls", "try", false, "yes: only with TLS; try: if the server has it; no: without" },
	{ "ca", NULL, false, "the path of a file: who signs the server's certificate, which then must be good" },
	{ NULL, NULL, false, NULL },
};

/* -- commands and settings ----------------------------------------------------------------------------- */

static bool	track_line(struct nut *, struct errand *, char *, size_t);

static bool
outcome_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL)
		n->result = remote_error(error, &n->detail);
	return true;
}

static const struct verb get_tracking = { NULL, track_line, outcome_end };

static void
ask_outcome(struct nut *n)
{
	talk_ask(n, &get_tracking, n->pause_ms, "GET TRACKING", n->id, NULL);
	n->pause_ms = n->pause_ms * 2 < TRACK_LAST_MS ? n->pause_ms * 2 : TRACK_LAST_MS;
}

static bool
track_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[2];

	if (line_split(line, len, words, nitems(words)) != 1)
		return false;
	if (strcmp(words[0], "SUCCESS") == 0) {
		n->result = R_DONE;
		return true;
	}
	if (strcmp(words[0], "PENDING") != 0)
		return false;
	if (unit_now(n->unit) - n->began < TRACK_MS) {
		ask_outcome(n);
		return true;
	}
	n->result = R_TIMEOUT;
	n->detail = "the server took it, and does not say how it ended";
	return true;
}

/* OK, or OK TRACKING ID */
static bool
action_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[4];
	size_t		 count = line_split(line, len, words, nitems(words));

	if (count < 1 || strcmp(words[0], "OK") != 0)
		return false;
	n->result = R_DONE;
	if (count < 3 || strcmp(words[1], "TRACKING") != 0)
		return true;
	if (strlen(words[2]) >= sizeof(n->id))
		return false;
	snprintf(n->id, sizeof(n->id), "%s", words[2]);
	n->pause_ms = TRACK_FIRST_MS;
	ask_outcome(n);
	return true;
}

static const struct verb action = { NULL, action_line, outcome_end };

static struct remote *
addressee(struct nut *n, const struct request *request)
{
	const char	*name = request_device(request);
	size_t		 i;

	for (i = 0; i < n->n; i++)
		if (name == NULL ? n->remotes[i]->own : strcmp(n->remotes[i]->name, name) == 0)
			return n->remotes[i];
	return NULL;
}

/* A value that would not arrive as it is: control bytes have no way to be written. */
static bool
may_be_sent(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

static void
nut_command(struct unit *unit, struct request *request)
{
	struct nut		*n = unit_state(unit);
	const struct remote	*r = addressee(n, request);
	const char		*name = var_name(request_name(request)), *value = request_value(request);

	if (r == NULL) {
		request_done(request, R_GONE, "the server has no such device");
		return;
	}
	if (value != NULL && (!may_be_sent(value) || strlen(value) > STREAM_SEND_MAX / 4)) {
		request_done(request, R_INVALID, NULL);
		return;
	}
	n->doing = DOING_COMMAND;
	n->request = request;
	n->detail = NULL;
	n->began = unit_now(unit);
	talk_ask(n, &action, 0, request_kind(request) == REQUEST_SET ? "SET VAR" : "INSTCMD", r->name, name,
	    value, NULL);
}

/* -- who we are ------------------------------------------------------------------------------------------ */

static bool
ok_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	return len >= 2 && strncmp(line, "OK", 2) == 0;
}

static bool
login_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL && n->why == NULL)
		n->why = xasprintf("the server does not take our user name and password: %s", error);
	return true;
}

/* A server without it says OK to a command and no more; one that refuses us will refuse commands too. */
static bool
tracking_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL && strcmp(error, "ACCESS-DENIED") == 0)
		unit_log(n->unit, "the server does not know our user; it will refuse commands");
	return true;
}

static const struct verb login = { NULL, ok_line, login_end };
static const struct verb set_tracking = { NULL, ok_line, tracking_end };

/* In the clear only where nobody wants proof of the server. */
static bool
may_be_clear(const struct nut *n)
{
	return strcmp(unit_option(n->unit, "tls"), "yes") != 0 && unit_option(n->unit, "ca") == NULL;
}

static void
log_in(struct nut *n)
{
	const char	*user = unit_option(n->unit, "user"), *password = unit_option(n->unit, "password");

	if (user == NULL)
		return;
	talk_ask(n, &login, 0, "USERNAME", user, NULL);
	talk_ask(n, &login, 0, "PASSWORD", password, NULL);
	talk_ask(n, &set_tracking, 0, "SET TRACKING ON", NULL);
}

static bool
on_secured(void *arg, enum result result, char *why, size_t len)
{
	struct nut	*n = arg;
	char		*text;

	n->securing = false;
	if (result != R_DONE) {
		text = xasprintf("no TLS with the server: %s", result == R_TIMEOUT ? result_text(result) : why);
		talk_give_up(n, result, text);
		free(text);
		return false;
	}
	log_in(n);
	nut_settle(n);
	return false;
}

/* The server agreed, or it has no TLS, which is fine if we only tried. */
static bool
starttls_end(struct nut *n, struct errand *e, const char *error)
{
	if (error == NULL) {
		n->securing = true;
		stream_secure(unit_stream(n->unit), HANDSHAKE_MS, on_secured, n);
	} else if (may_be_clear(n)) {
		log_in(n);
	} else {
		n->why = xasprintf("the server has no TLS: %s", error);
	}
	return true;
}

static const struct verb starttls = { NULL, ok_line, starttls_end };

/* What is wrong with the options, or NULL. */
static const char *
options_mistake(const struct unit *unit)
{
	const char	*user = unit_option(unit, "user"), *password = unit_option(unit, "password");
	const char	*tls = unit_option(unit, "tls");

	if ((user == NULL) != (password == NULL))
		return "options user and password go together";
	if (user != NULL && (strlen(user) > LOGIN_MAX || strlen(password) > LOGIN_MAX))
		return "options user and password have at most 1024 bytes";
	if (strcmp(tls, "no") != 0 && strcmp(tls, "try") != 0 && strcmp(tls, "yes") != 0)
		return "option tls wants yes, try or no";
	return NULL;
}

static void
nut_start(struct unit *unit)
{
	struct nut	*n = unit_state(unit);
	const char	*mistake = options_mistake(unit);

	n->unit = unit;
	n->doing = DOING_START;
	devices_name(n);
	if (mistake != NULL) {
		unit_fail(unit, "%s", mistake);
		return;
	}
	if (strcmp(unit_option(unit, "tls"), "no") != 0 || unit_option(unit, "ca") != NULL)
		talk_ask(n, &starttls, 0, "STARTTLS", NULL);
	else
		log_in(n);
	nut_settle(n);
}

static void
nut_stop(struct unit *unit)
{
	struct nut	*n = unit_state(unit);

	talk_forget(n);
	while (n->n > 0)
		remote_free(n->remotes[--n->n]);
	free(n->remotes);
	buf_free(&n->raw);
	free(n->why);
}

void
nut_settle(struct nut *n)
{
	char	*why;

	if (n->first != NULL || n->securing)
		return;
	if (n->doing == DOING_COMMAND) {
		request_done(n->request, n->result, n->detail);
	} else if ((why = n->why) != NULL) {
		n->why = NULL;
		unit_fail(n->unit, "%s", why);
		free(why);
	} else if (n->doing == DOING_POLL) {
		devices_remove_gone(n);
		unit_done(n->unit);
	} else {
		unit_ready(n->unit);
	}
}

static void
nut_poll(struct unit *unit, bool full)
{
	struct nut	*n = unit_state(unit);

	n->doing = DOING_POLL;
	devices_poll(n, full);
	nut_settle(n);
}

const struct driver nut_driver = {
	.name = "nut",
	.title = "another upsd or busbar (NUT protocol, RFC 9271)",
	.wire = WIRE_STREAM,
	.options = nut_options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.verbatim = true,
	.service = "3493",
	.size = sizeof(struct nut),
	.own = devices_single,
	.start = nut_start,
	.poll = nut_poll,
	.command = nut_command,
	.stop = nut_stop,
};
