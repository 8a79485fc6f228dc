/* GET and LIST, as RFC 9271 has them. */

#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "nutproto/commands.h"
#include "nutproto/read.h"
#include "nutproto/replies.h"

/*
 * An answer about a name that the client made up.  Our own texts are never
 * cut: it is the name that is too long.
 */
static void
answer(const struct call *c, const char *kind, const char *text)
{
	size_t	 before = c->out->len;

	if (reply_text(c->out, kind, c->words[2], c->words[3], text))
		return;
	c->out->len = before;
	call_error(c, "INVALID-ARGUMENT");
}

static const struct settable *
settable_of(const struct ups *ups, const struct reading *r)
{
	return traits_settable(device_traits(ups->device), r->var);
}

/* -- GET ----------------------------------------------------------------------------------- */

static const struct {
	const char	*name, *value;
} server_variables[] = {
	{ "server.info", COMMAND_PRODUCT },
	{ "server.version", PACKAGE_VERSION },
};

/* The server's own variables are there for any UPS, known or not; others of that kind for none. */
static void
get_server_var(const struct call *c)
{
	size_t	 i;

	if (!reply_names(c->words[2])) {
		call_error(c, "UNKNOWN-UPS");
		return;
	}
	for (i = 0; i < nitems(server_variables); i++) {
		if (strcasecmp(server_variables[i].name, c->words[3]) != 0)
			continue;
		answer(c, "VAR", server_variables[i].value);
		return;
	}
	call_error(c, "VAR-NOT-SUPPORTED");
}

static void
get_var(const struct call *c)
{
	const struct reading	*r;
	struct ups		*ups;

	if (strncasecmp(c->words[3], "server.", 7) == 0) {
		get_server_var(c);
		return;
	}
	r = call_reading(c, &ups);
	if (r == NULL)
		return;
	if (!reply_reading(c->out, "VAR", ups, c->words[2], c->words[3], r))
		call_error(c, "INVALID-ARGUMENT");
	else if (r->var == VAR_UPS_STATUS)
		login_has_read(c->session->desk->logins, &c->session->login, ups);
}

static void
get_type(const struct call *c)
{
	const struct reading	*r;
	struct ups		*ups;

	r = call_reading(c, &ups);
	if (r != NULL)
		reply_type(c->out, c->words[2], c->words[3], r, settable_of(ups, r));
}

/*
 * A name need not be the device's, but it must be one: PyNUT on Python 3 asks
 * for b'load.off', quotes and all.
 */
static void
describe(const struct call *c, const char *kind)
{
	const struct var_info	*info;

	if (call_current_ups(c, c->words[2]) == NULL)
		return;
	if (!reply_names(c->words[3]) || strchr(c->words[3], '\'') != NULL) {
		call_error(c, "INVALID-ARGUMENT");
		return;
	}
	info = var_info(c->words[3]);
	answer(c, kind, info == NULL ? "Description unavailable" : info->text);
}

static void
get_desc(const struct call *c)
{
	describe(c, "DESC");
}

static void
get_cmddesc(const struct call *c)
{
	describe(c, "CMDDESC");
}

static void
get_upsdesc(const struct call *c)
{
	struct ups	*ups = call_ups(c, c->words[2]);
	const char	*text;
	char		 room[VALUE_TEXT_MAX];

	if (ups == NULL)
		return;
	text = upses_description(c->session->desk->upses, ups, room);
	reply_text(c->out, "UPSDESC", c->words[2], NULL, text == NULL ? "Unavailable" : text);
}

/* Also when the data are stale: a primary that hears an error takes its secondaries for gone. */
static void
get_numlogins(const struct call *c)
{
	const struct ups	*ups = call_ups(c, c->words[2]);

	if (ups != NULL)
		buf_printf(c->out, "NUMLOGINS %s %u\n", c->words[2], logins_count(ups));
}

/* Who may set anything may also see what became of it. */
static void
get_tracking(const struct call *c)
{
	struct session			*s = c->session;
	const struct user_settings	*user;

	if (c->n < 3) {
		buf_puts(c->out, s->tracking ? "ON\n" : "OFF\n");
		return;
	}
	if (!s->tracking) {
		call_error(c, "FEATURE-NOT-CONFIGURED");
		return;
	}
	if (!call_proven(c))
		return;
	user = session_user(s);
	buf_printf(c->out, "%s\n", tracking_status(s->desk->trackings, c->words[2],
	    (user->actions & ACTION_SET) != 0 ? NULL : user->name));
}

static const struct verb get_verbs[] = {
	{ "VAR", 4, ANY, get_var, ANYBODY },
	{ "TYPE", 4, ANY, get_type, ANYBODY },
	{ "DESC", 4, ANY, get_desc, ANYBODY },
	{ "CMDDESC", 4, ANY, get_cmddesc, ANYBODY },
	{ "UPSDESC", 3, ANY, get_upsdesc, ANYBODY },
	{ "NUMLOGINS", 3, ANY, get_numlogins, ANYBODY },
	{ "TRACKING", 2, ANY, get_tracking, ANYBODY },
	{ .word = NULL }
};

/* -- LIST ---------------------------------------------------------------------------------- */

static void
list_ups(const struct call *c)
{
	reply_list_ups(c->out, c->session->desk->upses);
}

static void
list_var(const struct call *c)
{
	struct ups	*ups = call_current_ups(c, c->words[2]);

	if (ups == NULL)
		return;
	reply_list_var(c->out, ups, c->words[2]);
	login_has_read(c->session->desk->logins, &c->session->login, ups);
}

static void
list_rw(const struct call *c)
{
	struct ups	*ups = call_current_ups(c, c->words[2]);

	if (ups != NULL)
		reply_list_rw(c->out, ups, c->words[2]);
}

static void
list_cmd(const struct call *c)
{
	struct ups	*ups = call_current_ups(c, c->words[2]);

	if (ups != NULL)
		reply_list_cmd(c->out, ups, c->words[2]);
}

static void
list_client(const struct call *c)
{
	const struct ups	*ups = call_ups(c, c->words[2]);
	const struct login	*l;
	char			 room[FROM_TEXT_MAX];

	if (ups == NULL)
		return;
	buf_printf(c->out, "BEGIN LIST CLIENT %s\n", c->words[2]);
	TAILQ_FOREACH(l, &ups->logins.list, entry)
		buf_printf(c->out, "CLIENT %s %s\n", c->words[2], from_text(&l->session->from, room));
	buf_printf(c->out, "END LIST CLIENT %s\n", c->words[2]);
}

static void
list_enum(const struct call *c)
{
	struct ups		*ups;
	const struct reading	*r = call_reading(c, &ups);

	if (r != NULL)
		reply_list_enum(c->out, c->words[2], c->words[3], settable_of(ups, r));
}

static void
list_range(const struct call *c)
{
	struct ups		*ups;
	const struct reading	*r = call_reading(c, &ups);

	if (r != NULL)
		reply_list_range(c->out, c->words[2], c->words[3], settable_of(ups, r));
}

static const struct verb list_verbs[] = {
	{ "UPS", 2, ANY, list_ups, ANYBODY },
	{ "VAR", 3, ANY, list_var, ANYBODY },
	{ "RW", 3, ANY, list_rw, ANYBODY },
	{ "CMD", 3, ANY, list_cmd, ANYBODY },
	{ "CLIENT", 3, ANY, list_client, ANYBODY },
	{ "ENUM", 4, ANY, list_enum, ANYBODY },
	{ "RANGE", 4, ANY, list_range, ANYBODY },
	{ .word = NULL }
};

/* -- both ---------------------------------------------------------------------------------- */

void
read_get(const struct call *c)
{
	call_verb(c, get_verbs, c->words[1], "INVALID-ARGUMENT");
}

void
read_list(const struct call *c)
{
	call_verb(c, list_verbs, c->words[1], "INVALID-ARGUMENT");
}
