/*
 * Dialogues of test/nut/: readings in, lines in and out.
 *
 *	device NAME [waiting|stale]	a device; what follows is about it
 *	NAME: VALUE			a reading
 *	command NAME			a command that it has
 *	settable NAME MAXLEN [enum WORD ...] [range MIN MAX]
 *	| TEXT				a line of busbar.conf: the users; before any device
 *	engine WORD			what requests end with: done, or a word of results[]
 *	client				a new client (the first comes by itself)
 *	> LINE				a request, its LF is added
 *	>> BYTES			likewise without an LF; \n \r \t \\ and \xNN are what they say
 *	< LINE				what must come back: every line, and no other; @VERSION@ is ours
 *	asked TEXT			what the engine must have been asked, in order
 *	closed				the session must have ended
 *	# TEXT				a comment
 *
 * Each is run request by request, all of a client's bytes in one piece, and
 * byte by byte; and again with passwords that take their time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "config.h"
#include "core/line.h"
#include "core/mem.h"
#include "core/update.h"
#include "nutproto/commands.h"
#include "nutproto/session.h"
#include "test/nut_stand.h"

enum pace { BY_REQUEST, AT_ONCE, BY_BYTE };

struct talk {
	const char	*file;
	unsigned	 line;
	enum pace	 pace;
	int64_t		 verdict_ms;
	struct buf	 users;
	struct update	*update;
	struct stand	 stand;
	bool		 standing;
	struct session	 session;
	struct buf	 in, out, want, asked;
};

static const struct {
	const char	*word;
	enum result	 result;
} results[] = {
	{ "done", R_DONE }, { "unknown", R_UNKNOWN }, { "readonly", R_READONLY }, { "invalid", R_INVALID },
	{ "too-long", R_TOO_LONG }, { "denied", R_DENIED }, { "confirm", R_CONFIRM }, { "busy", R_BUSY },
	{ "failed", R_FAILED }, { "timeout", R_TIMEOUT }, { "gone", R_GONE },
};

/* -- a client ---------------------------------------------------------------------- */

/* As the listener does: what was not taken is given again with more. */
static void
feed(struct talk *t)
{
	struct buf	 pending = {0}, out = {0};
	size_t		 step = t->pace == BY_BYTE ? 1 : t->in.len, n, done;

	while (t->in.len > 0 || pending.len > 0 || session_waits(&t->session)) {
		if (session_waits(&t->session))
			stand_wait(&t->stand, t->verdict_ms);
		n = t->in.len < step ? t->in.len : step;
		buf_put(&pending, buf_bytes(&t->in), n);
		buf_eat(&t->in, n);
		buf_clear(&out);
		done = session_take(&t->session, (char *)buf_bytes(&pending), pending.len, &out);
		assert_true(done <= pending.len);
		buf_eat(&pending, done);
		buf_put(&t->out, buf_bytes(&out), out.len);
		if (n == 0 && done == 0 && !session_waits(&t->session))
			break;
	}
	buf_put(&t->in, buf_bytes(&pending), pending.len);
	buf_free(&pending);
	buf_free(&out);
}

/* Ids of requests are random. */
static void
hide_ids(char *text)
{
	for (; (text = strstr(text, "OK TRACKING ")) != NULL; text += 12)
		memset(text + 12, '?', strcspn(text + 12, "\n"));
}

static void
compare_one(struct talk *t, const char *what, struct buf *out, struct buf *wanted)
{
	const char	*have = buf_text(out), *want = buf_text(wanted);

	hide_ids((char *)(uintptr_t)have);
	if (strcmp(have, want) != 0)
		fail_msg("%s:%u: pace %d: %s\nhave:\n%swant:\n%s", t->file, t->line, (int)t->pace, what,
		    have, want);
	buf_clear(out);
	buf_clear(wanted);
}

static void
compare(struct talk *t)
{
	feed(t);
	compare_one(t, "replies", &t->out, &t->want);
}

static void
on_wake(void *arg)
{
}

static void
begin_client(struct talk *t)
{
	if (t->update != NULL) {
		update_commit(t->update);
		t->update = NULL;
	}
	session_init(&t->session, &t->stand.desk, &(struct from){ .address = { 192, 0, 2, 1 } }, on_wake, t);
}

static void
end_client(struct talk *t)
{
	compare(t);
	session_free(&t->session);
	buf_clear(&t->in);
	stand_wait(&t->stand, 0);
	compare_one(t, "asked", &t->stand.asks, &t->asked);
}

static void
stand_up(struct talk *t)
{
	if (t->standing)
		return;
	stand_init(&t->stand, buf_text(&t->users));
	t->stand.verdict_ms = t->verdict_ms;
	t->standing = true;
	begin_client(t);
}

/* -- the lines of a file --------------------------------------------------------------- */

static void
add_device(struct talk *t, const char *words)
{
	char	 name[64], state[16] = "fresh";

	stand_up(t);
	sscanf(words, "%63s %15s", name, state);
	if (t->update != NULL)
		update_commit(t->update);
	t->update = update_begin(model_add(t->stand.model, name));
	update_state(t->update, strcmp(state, "waiting") == 0 ? DEVICE_WAITING :
	    strcmp(state, "stale") == 0 ? DEVICE_STALE : DEVICE_FRESH);
}

static void
add_settable(struct talk *t, char *line)
{
	const char	*words[16];
	size_t		 i, n = line_split(line, strlen(line), words, nitems(words));
	struct range	 range;
	struct settable	 s = { .var = var_intern(words[0]), .maxlen = (unsigned)atoi(words[1]) };

	assert_in_range(n, 2, nitems(words));
	for (i = 2; i < n; i++) {
		if (strcmp(words[i], "enum") == 0) {
			s.enums = &words[i + 1];
			s.nenums = n - i - 1;
			break;
		}
		if (strcmp(words[i], "range") == 0) {
			range.min = value_from_text(words[++i]);
			range.max = value_from_text(words[++i]);
			s.ranges = &range;
			s.nranges = 1;
		}
	}
	update_settable(t->update, &s);
}

static void
put_escaped(struct buf *b, const char *p)
{
	unsigned	 byte;

	for (; *p != '\0'; p++) {
		if (*p != '\\') {
			buf_putc(b, *p);
			continue;
		}
		switch (*++p) {
		case 'n': buf_putc(b, '\n'); break;
		case 'r': buf_putc(b, '\r'); break;
		case 't': buf_putc(b, '\t'); break;
		case 'x':
			assert_int_equal(sscanf(p + 1, "%2x", &byte), 1);
			buf_putc(b, (char)byte);
			p += 2;
			break;
		default: buf_putc(b, *p);
		}
	}
}

static void
send_request(struct talk *t, const char *line)
{
	if (t->pace == BY_REQUEST)
		compare(t);
	if (line[0] == '>')
		put_escaped(&t->in, line + 1 + (line[1] == ' '));
	else
		buf_printf(&t->in, "%s\n", line + (line[0] == ' '));
}

static void
expect(struct talk *t, const char *line)
{
	const char	*at = strstr(line, "@VERSION@");

	if (at == NULL)
		buf_printf(&t->want, "%s\n", line);
	else
		buf_printf(&t->want, "%.*s" PACKAGE_VERSION "%s\n", (int)(at - line), line, at + 9);
}

static void
set_engine(struct talk *t, const char *word)
{
	size_t	 i;

	for (i = 0; i < nitems(results); i++)
		if (strcmp(results[i].word, word) == 0)
			break;
	assert_true(i < nitems(results));
	stand_up(t);
	compare(t);
	t->stand.result = results[i].result;
}

static void
take(struct talk *t, char *line)
{
	char	*colon;

	if (*line == '\0' || *line == '#')
		return;
	if (*line == '|') {
		buf_printf(&t->users, "%s\n", line + 1);
		return;
	}
	stand_up(t);
	if (*line == '>') {
		send_request(t, line + 1);
	} else if (*line == '<') {
		expect(t, line + 1 + (line[1] == ' '));
	} else if (strcmp(line, "client") == 0) {
		end_client(t);
		begin_client(t);
	} else if (strncmp(line, "engine ", 7) == 0) {
		set_engine(t, line + 7);
	} else if (strncmp(line, "asked ", 6) == 0) {
		buf_printf(&t->asked, "%s\n", line + 6);
	} else if (strcmp(line, "closed") == 0) {
		compare(t);
		assert_true(t->session.ended);
	} else if (strncmp(line, "device ", 7) == 0) {
		add_device(t, line + 7);
	} else if (strncmp(line, "command ", 8) == 0) {
		update_command(t->update, var_intern(line + 8));
	} else if (strncmp(line, "settable ", 9) == 0) {
		add_settable(t, line + 9);
	} else if ((colon = strstr(line, ": ")) != NULL) {
		*colon = '\0';
		update_put_text(t->update, var_intern(line), colon + 2);
	} else {
		fail_msg("%s:%u: what is '%s'?", t->file, t->line, line);
	}
	if (t->update != NULL && (*line == '>' || *line == '<')) {
		update_commit(t->update);
		t->update = NULL;
	}
}

static void
run_file(const char *path, enum pace pace, int64_t verdict_ms)
{
	struct talk	 t = { .file = path, .pace = pace, .verdict_ms = verdict_ms };
	char		 line[8192];
	FILE		*f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		t.line++;
		line[strcspn(line, "\n")] = '\0';
		take(&t, line);
	}
	end_client(&t);
	fclose(f);
	stand_free(&t.stand);
	buf_free(&t.users);
	buf_free(&t.in);
	buf_free(&t.out);
	buf_free(&t.want);
	buf_free(&t.asked);
}

static const char *
folder(void)
{
	static char	 path[512];

	snprintf(path, sizeof(path), "%s/test/nut", getenv("srcdir") == NULL ? "." : getenv("srcdir"));
	return path;
}

static void
test_talks(void **state)
{
	struct dirent	*e;
	DIR		*d = opendir(folder());
	size_t		 n = 0, len;
	char		*path;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 5, ".talk") != 0)
			continue;
		path = xasprintf("%s/%s", folder(), e->d_name);
		for (enum pace pace = BY_REQUEST; pace <= BY_BYTE; pace++) {
			run_file(path, pace, 0);
			run_file(path, pace, 300);
		}
		free(path);
		n++;
	}
	closedir(d);
	assert_true(n >= 5);
}

/* -- what a file cannot say ---------------------------------------------------------------- */

static struct device *
add_ups(struct model *m, const char *name, const char *status)
{
	struct device	*d = model_add(m, name);
	struct update	*u = update_begin(d);

	update_put_text(u, VAR_UPS_STATUS, status);
	update_state(u, DEVICE_FRESH);
	update_commit(u);
	return d;
}

static struct model *
begin_stand(struct stand *stand)
{
	stand_init(stand, "");
	return stand->model;
}

static const char *
ask(struct stand *stand, const char *request, struct buf *out)
{
	struct session	 s;
	char		*bytes = xstrdup(request);
	size_t		 len = strlen(bytes);

	session_init(&s, &stand->desk, &(struct from){ .v6 = false }, on_wake, NULL);
	buf_clear(out);
	assert_int_equal(session_take(&s, bytes, len, out), len);
	session_free(&s);
	free(bytes);
	return buf_text(out);
}

/* What is prepared follows the device, and every asker's spelling. */
static void
test_prepared(void **state)
{
	struct stand	 stand;
	struct model	*m = begin_stand(&stand);
	struct device	*d = add_ups(m, "ups1", "OL");
	struct update	*u;
	struct buf	 out = {0};
	unsigned	 i;

	for (i = 0; i < 3; i++) {
		assert_string_equal(ask(&stand, "LIST VAR ups1\n", &out), "BEGIN LIST VAR ups1\n"
		    "VAR ups1 ups.status \"OL\"\nEND LIST VAR ups1\n");
		assert_string_equal(ask(&stand, "LIST VAR UPS1\n", &out), "BEGIN LIST VAR UPS1\n"
		    "VAR UPS1 ups.status \"OL\"\nEND LIST VAR UPS1\n");
	}
	u = update_continue(d);
	update_put_text(u, VAR_UPS_STATUS, "OB");
	update_commit(u);
	assert_string_equal(ask(&stand, "LIST VAR UPS1\n", &out), "BEGIN LIST VAR UPS1\n"
	    "VAR UPS1 ups.status \"OB\"\nEND LIST VAR UPS1\n");
	assert_string_equal(ask(&stand, "LIST UPS\n", &out), "BEGIN LIST UPS\n"
	    "UPS ups1 \"Description unavailable\"\nEND LIST UPS\n");
	add_ups(m, "ups0", "OL");
	u = update_continue(d);
	update_put_text(u, var_intern(".description"), "42");
	update_put_text(u, var_intern(".aliases"), "rack QNAP");
	update_commit(u);
	assert_string_equal(ask(&stand, "LIST UPS\n", &out), "BEGIN LIST UPS\n"
	    "UPS ups0 \"Description unavailable\"\nUPS ups1 \"42\"\nEND LIST UPS\n");
	assert_string_equal(ask(&stand, "GET VAR qnap ups.status\n", &out), "VAR qnap ups.status \"OB\"\n");
	u = update_continue(d);
	update_put_text(u, var_intern(".aliases"), "rack");
	update_commit(u);
	assert_string_equal(ask(&stand, "GET VAR qnap ups.status\n", &out), "ERR UNKNOWN-UPS\n");
	assert_string_equal(ask(&stand, "GET UPSDESC rack\n", &out), "UPSDESC rack \"42\"\n");
	model_remove(d);
	assert_string_equal(ask(&stand, "GET UPSDESC rack\n", &out), "ERR UNKNOWN-UPS\n");
	assert_string_equal(ask(&stand, "LIST UPS\n", &out), "BEGIN LIST UPS\n"
	    "UPS ups0 \"Description unavailable\"\nEND LIST UPS\n");
	buf_free(&out);
	stand_free(&stand);
}

static void
test_many_names(void **state)
{
	struct stand	 stand;
	struct model	*m = begin_stand(&stand);
	struct buf	 out = {0};
	char		 text[64], want[64];
	unsigned	 i;

	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "dev%u", i);
		add_ups(m, text, "OL");
	}
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "GET VAR DEV%u ups.status\n", i);
		snprintf(want, sizeof(want), "VAR DEV%u ups.status \"OL\"\n", i);
		assert_string_equal(ask(&stand, text, &out), want);
	}
	buf_free(&out);
	stand_free(&stand);
}

/* Answers wait: no more requests are taken than the client can be sent answers for. */
static void
test_full(void **state)
{
	struct stand	 stand;
	struct model	*m = begin_stand(&stand);
	struct buf	 in = {0}, out = {0};
	struct session	 s;
	size_t		 i, done, answers = 0;

	add_ups(m, "ups1", "OL");
	session_init(&s, &stand.desk, &(struct from){ .v6 = false }, on_wake, NULL);
	for (i = 0; i < 5000; i++)
		buf_puts(&in, "GET VAR ups1 ups.status\n");
	while (in.len > 0) {
		done = session_take(&s, (char *)buf_bytes(&in), in.len, &out);
		assert_true(done > 0);
		assert_true(out.len < SESSION_FULL + 512);
		assert_int_equal(session_take(&s, (char *)buf_bytes(&in) + done, in.len - done, &out),
		    out.len < SESSION_FULL ? in.len - done : 0);
		buf_eat(&in, done);
		for (i = 0; i < out.len; i++)
			answers += buf_bytes(&out)[i] == '\n';
		buf_clear(&out);
	}
	assert_int_equal(answers, 5000);
	session_free(&s);
	buf_free(&in);
	buf_free(&out);
	stand_free(&stand);
}

/* Of a line that is too long, one error, however long it is. */
static void
test_long_line(void **state)
{
	struct stand	 stand;
	struct buf	 in = {0}, out = {0};
	size_t		 i;

	begin_stand(&stand);
	for (i = 0; i < SESSION_LINE_MAX - 5; i++)
		buf_putc(&in, ' ');
	buf_puts(&in, "VER\n");		/* just fits */
	ask(&stand, buf_text(&in), &out);
	assert_string_equal(buf_text(&out), COMMAND_PRODUCT "\n");
	buf_clear(&in);
	for (i = 0; i < 5000; i++)
		buf_putc(&in, '"');
	buf_puts(&in, "\nPROTVER\n");
	assert_string_equal(ask(&stand, buf_text(&in), &out), "ERR INVALID-ARGUMENT\n1.3\n");
	buf_clear(&in);
	buf_putc(&in, '"');		/* never closed: swallows lines, but not for ever */
	for (i = 0; i < 1200 / 8; i++)
		buf_puts(&in, "PROTVER\n");
	ask(&stand, buf_text(&in), &out);
	assert_memory_equal(buf_text(&out), "ERR INVALID-ARGUMENT\n1.3\n", 25);
	buf_free(&in);
	buf_free(&out);
	stand_free(&stand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_prepared),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests_name("nut session", tests, NULL, NULL);
}
