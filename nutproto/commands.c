/* The verbs of the protocol (RFC 9271), and those that need no device. */

#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "nutproto/steer.h"
#include "nutproto/commands.h"
#include "nutproto/read.h"

void
command_error(struct buf *out, const char *what)
{
	buf_puts(out, "ERR ");
	buf_puts(out, what);
	buf_putc(out, '\n');
}

static void
run_ver(const struct call *c)
{
	buf_puts(c->out, COMMAND_PRODUCT "\n");
}

static void
run_netver(const struct call *c)
{
	buf_puts(c->out, COMMAND_PROTOCOL "\n");
}

static void
run_username(const struct call *c)
{
	if (c->session->username != NULL) {
		call_error(c, "ALREADY-SET-USERNAME");
		return;
	}
	c->session->username = xstrdup(c->words[1]);
	buf_puts(c->out, "OK\n");
}

static void
run_password(const struct call *c)
{
	if (c->session->password != NULL) {
		call_error(c, "ALREADY-SET-PASSWORD");
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
	struct session	*s = c->session;

	if (s->tls != SESSION_CLEAR) {
		call_error(c, "ALREADY-SSL-MODE");
	} else if (s->desk->tls == NULL) {
		call_error(c, "FEATURE-NOT-CONFIGURED");
	} else {
		buf_puts(c->out, "OK STARTTLS\n");
		s->tls = SESSION_STARTING;
	}
}

static void	run_help(const struct call *);

static const struct verb verbs[] = {
	{ "GET", 2, ANY, read_get, ANYBODY },
	{ "LIST", 2, ANY, read_list, ANYBODY },
	{ "VER", 1, 1, run_ver, ANYBODY },
	{ "NETVER", 1, 1, run_netver, ANYBODY },
	{ "PROTVER", 1, 1, run_netver, ANYBODY },
	{ "HELP", 1, 1, run_help, ANYBODY },
	{ "USERNAME", 2, 2, run_username, NAMER },
	{ "PASSWORD", 2, 2, run_password, NAMER },
	{ "STARTTLS", 1, ANY, run_starttls, ANYBODY },
	{ "LOGOUT", 1, 1, run_logout, ANYBODY },
	{ "LOGIN", 2, 2, steer_login, USER },
	{ "PRIMARY", 2, 2, steer_primary, USER },
	{ "MASTER", 2, 2, steer_master, USER },
	{ "FSD", 2, 2, steer_fsd, USER },
	{ "SET", 3, ANY, steer_set, USER },
	{ "INSTCMD", 3, ANY, steer_instcmd, USER },
	{ .word = NULL }
};

static void
run_help(const struct call *c)
{
	const struct verb	*v;

	buf_puts(c->out, "Commands:");
	for (v = verbs; v->word != NULL; v++)
		buf_printf(c->out, " %s", v->word);
	buf_putc(c->out, '\n');
}

void
command_run(struct session *s, const char *const *words, size_t n, struct buf *out)
{
	const struct call	 c = { .session = s, .words = words, .n = n, .out = out };

	call_verb(&c, verbs, n == 0 ? "" : words[0], "UNKNOWN-COMMAND");
}
