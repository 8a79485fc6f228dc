/*
 * The verbs of the protocol: RFC 9271 section 4.2, and the order in which
 * upsd checks what a request says.
 */

#include <string.h>
#include <strings.h>

#include "config.h"
#include "core/mem.h"
#include "nutproto/commands.h"
#include "nutproto/replies.h"

#define PRODUCT		PACKAGE_NAME " " PACKAGE_VERSION " - NUT protocol " PROTOCOL
#define PROTOCOL	"1.3"

struct call {
	struct session		*session;
	const char *const	*words;		/* the verb and what follows; n of them */
	size_t			 n;
	struct buf		*out;
};

typedef void verb_fn(const struct call *);

/* A verb, or the second word of GET or LIST. */
struct verb {
	const char	*word;
	size_t		 least, most;		/* words with and before this one included */
	verb_fn		*run;
	enum { ANYBODY, USER } who;	/* USER: told a user name and a password before */
};
#define ANY		((size_t)-1)

void
command_error(struct buf *out, const char *what)
{
	buf_puts(out, "ERR ");
	buf_puts(out, what);
	buf_putc(out, '\n');
}

static void
error(const struct call *c, const char *what)
{
	command_error(c->out, what);
}

static const struct verb *
find_verb(const struct verb *verbs, const char *word)
{
	for (; verbs->word != NULL; verbs++)
		if (strcasecmp(verbs->word, word) == 0)
			return verbs;
	return NULL;
}

/* -- what a request is about --------------------------------------------------------- */

/* The UPS of the third word, or NULL after an error. */
static struct ups *
named_ups(const struct call *c, const char *name)
{
	struct ups	*ups = upses_find(c->session->upses, name);

	if (ups == NULL)
		error(c, "UNKNOWN-UPS");
	return ups;
}

/* The same, when what is known of it is current. */
static struct ups *
current_ups(const struct call *c, const char *name)
{
	struct ups	*ups = named_ups(c, name);

	if (ups == NULL)
		return NULL;
	switch (device_state(ups->device)) {
	case DEVICE_FRESH:
		return ups;
	case DEVICE_WAITING:
		error(c, "DRIVER-NOT-CONNECTED");
		return NULL;
	case DEVICE_STALE:
		break;
	}
	error(c, "DATA-STALE");
	return NULL;
}

/* The reading of the fourth word, or NULL after an error. */
static const struct reading *
named_reading(const struct call *c, struct ups **ups)
{
	const struct reading	*r;

	*ups = current_ups(c, c->words[2]);
	if (*ups == NULL)
		return NULL;
	r = snapshot_lookup(device_now((*ups)->device), c->words[3], strlen(c->words[3]));
	if (r == NULL)
		error(c, "VAR-NOT-SUPPORTED");
	return r;
}

static const struct settable *
settable_of(const struct ups *ups, const struct reading *r)
{
	return traits_settable(device_traits(ups->device), r->var);
}

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
	error(c, "INVALID-ARGUMENT");
}

/* -- GET ----------------------------------------------------------------------------------- */

static const struct {
	const char	*name, *value;
} server_variables[] = {
	{ "server.info", PRODUCT },
	{ "server.version", PACKAGE_VERSION },
};

/* The server's own variables are there for any UPS, known or not; others of that kind for none. */
static void
get_server_var(const struct call *c)
{
	size_t	 i;

	if (!reply_names(c->words[2])) {
		error(c, "UNKNOWN-UPS");
		return;
	}
	for (i = 0; i < nitems(server_variables); i++) {
		if (strcasecmp(server_variables[i].name, c->words[3]) != 0)
			continue;
		answer(c, "VAR", server_variables[i].value);
		return;
	}
	error(c, "VAR-NOT-SUPPORTED");
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
	r = named_reading(c, &ups);
	if (r != NULL && !reply_reading(c->out, "VAR", ups, c->words[2], c->words[3], r))
		error(c, "INVALID-ARGUMENT");
}

static void
get_type(const struct call *c)
{
	const struct reading	*r;
	struct ups		*ups;

	r = named_reading(c, &ups);
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

	if (current_ups(c, c->words[2]) == NULL)
		return;
	if (!reply_names(c->words[3]) || strchr(c->words[3], '\'') != NULL) {
		error(c, "INVALID-ARGUMENT");
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
	struct ups	*ups = named_ups(c, c->words[2]);
	const char	*text;
	char		 room[VALUE_TEXT_MAX];

	if (ups == NULL)
		return;
	text = upses_description(c->session->upses, ups, room);
	reply_text(c->out, "UPSDESC", c->words[2], NULL, text == NULL ? "Unavailable" : text);
}

/* Nobody can log in: no user can have the right to. */
static void
get_numlogins(const struct call *c)
{
	if (named_ups(c, c->words[2]) != NULL)
		buf_printf(c->out, "NUMLOGINS %s 0\n", c->words[2]);
}

/* Off for everybody, so nobody has an id. */
static void
get_tracking(const struct call *c)
{
	if (c->n > 2)
		error(c, "FEATURE-NOT-CONFIGURED");
	else
		buf_puts(c->out, "OFF\n");
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
	reply_list_ups(c->out, c->session->upses);
}

static void
list_var(const struct call *c)
{
	struct ups	*ups = current_ups(c, c->words[2]);

	if (ups != NULL)
		reply_list_var(c->out, ups, c->words[2]);
}

static void
list_rw(const struct call *c)
{
	struct ups	*ups = current_ups(c, c->words[2]);

	if (ups != NULL)
		reply_list_rw(c->out, ups, c->words[2]);
}

static void
list_cmd(const struct call *c)
{
	struct ups	*ups = current_ups(c, c->words[2]);

	if (ups != NULL)
		reply_list_cmd(c->out, ups, c->words[2]);
}

/* Who is logged in: nobody, see get_numlogins(). */
static void
list_client(const struct call *c)
{
	if (named_ups(c, c->words[2]) != NULL)
		buf_printf(c->out, "BEGIN LIST CLIENT %s\nEND LIST CLIENT %s\n",
		    c->words[2], c->words[2]);
}

static void
list_enum(const struct call *c)
{
	struct ups		*ups;
	const struct reading	*r = named_reading(c, &ups);

	if (r != NULL)
		reply_list_enum(c->out, c->words[2], c->words[3], settable_of(ups, r));
}

static void
list_range(const struct call *c)
{
	struct ups		*ups;
	const struct reading	*r = named_reading(c, &ups);

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

/* -- verbs --------------------------------------------------------------------------------- */

static void
run_verb(const struct call *c, const struct verb *v)
{
	if (v->who == USER && c->session->username == NULL)
		error(c, "USERNAME-REQUIRED");
	else if (v->who == USER && c->session->password == NULL)
		error(c, "PASSWORD-REQUIRED");
	else if (c->n < v->least || c->n > v->most)
		error(c, "INVALID-ARGUMENT");
	else
		v->run(c);
}

static void
run_second(const struct call *c, const struct verb *verbs)
{
	const struct verb	*v = find_verb(verbs, c->words[1]);

	if (v == NULL)
		error(c, "INVALID-ARGUMENT");
	else
		run_verb(c, v);
}

static void
run_get(const struct call *c)
{
	run_second(c, get_verbs);
}

static void
run_list(const struct call *c)
{
	run_second(c, list_verbs);
}

static void
run_ver(const struct call *c)
{
	buf_puts(c->out, PRODUCT "\n");
}

static void
run_netver(const struct call *c)
{
	buf_puts(c->out, PROTOCOL "\n");
}

static void
run_username(const struct call *c)
{
	if (c->session->username != NULL) {
		error(c, "ALREADY-SET-USERNAME");
		return;
	}
	c->session->username = xstrdup(c->words[1]);
	buf_puts(c->out, "OK\n");
}

static void
run_password(const struct call *c)
{
	if (c->session->password != NULL) {
		error(c, "ALREADY-SET-PASSWORD");
		return;
	}
	c->session->password = xstrdup(c->words[1]);
	buf_puts(c->out, "OK\n");
}

static void
run_logout(const struct call *c)
{
	buf_puts(c->out, "OK Goodbye\n");
	c->session->ended = true;
}

static void
run_starttls(const struct call *c)
{
	error(c, "FEATURE-NOT-CONFIGURED");
}

/*
 * What acts wants a user with the right to it, and there are none; but what
 * is wrong with the request itself is said first.
 */
static void
refuse_ups(const struct call *c)
{
	if (named_ups(c, c->words[1]) != NULL)
		error(c, "ACCESS-DENIED");
}

static void
refuse_set(const struct call *c)
{
	bool	 tracking = strcasecmp(c->words[1], "TRACKING") == 0;

	if (tracking && (strcasecmp(c->words[2], "ON") == 0 || strcasecmp(c->words[2], "OFF") == 0))
		error(c, "ACCESS-DENIED");
	else if (tracking || c->n < 5 || strcasecmp(c->words[1], "VAR") != 0)
		error(c, "INVALID-ARGUMENT");
	else if (current_ups(c, c->words[2]) != NULL)
		error(c, "ACCESS-DENIED");
}

static void
refuse_instcmd(const struct call *c)
{
	struct ups	*ups = current_ups(c, c->words[1]);
	enum var	 command;

	if (ups == NULL)
		return;
	command = var_find(c->words[2], strlen(c->words[2]));
	if (!traits_can(device_traits(ups->device), command))
		error(c, "CMD-NOT-SUPPORTED");
	else
		error(c, "ACCESS-DENIED");
}

static void	run_help(const struct call *);

static const struct verb verbs[] = {
	{ "GET", 2, ANY, run_get, ANYBODY },
	{ "LIST", 2, ANY, run_list, ANYBODY },
	{ "VER", 1, 1, run_ver, ANYBODY },
	{ "NETVER", 1, 1, run_netver, ANYBODY },
	{ "PROTVER", 1, 1, run_netver, ANYBODY },
	{ "HELP", 1, 1, run_help, ANYBODY },
	{ "USERNAME", 2, 2, run_username, ANYBODY },
	{ "PASSWORD", 2, 2, run_password, ANYBODY },
	{ "STARTTLS", 1, ANY, run_starttls, ANYBODY },
	{ "LOGOUT", 1, 1, run_logout, ANYBODY },
	{ "LOGIN", 2, 2, refuse_ups, USER },
	{ "PRIMARY", 2, 2, refuse_ups, USER },
	{ "MASTER", 2, 2, refuse_ups, USER },
	{ "FSD", 2, 2, refuse_ups, USER },
	{ "SET", 3, ANY, refuse_set, USER },
	{ "INSTCMD", 3, ANY, refuse_instcmd, USER },
	{ .word = NULL }
};

/* What needs no user: nobody has the right to the others. */
static void
run_help(const struct call *c)
{
	const struct verb	*v;

	buf_puts(c->out, "Commands:");
	for (v = verbs; v->word != NULL; v++)
		if (v->who == ANYBODY)
			buf_printf(c->out, " %s", v->word);
	buf_putc(c->out, '\n');
}

void
command_run(struct session *s, const char *const *words, size_t n, struct buf *out)
{
	const struct call	 c = { .session = s, .words = words, .n = n, .out = out };
	const struct verb	*v = n == 0 ? NULL : find_verb(verbs, words[0]);

	if (v == NULL)
		error(&c, "UNKNOWN-COMMAND");
	else
		run_verb(&c, v);
}
