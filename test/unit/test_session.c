/* The session against a scripted master, polite and rude, on virtual time. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/log.h"
#include "core/mem.h"
#include "subagent/answer.h"
#include "subagent/session.h"
#include "test/fake_tree.h"
#include "test/unit/master.h"

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID		MASTER_SESSION_ID
#define TURNS_MAX	MASTER_TURNS_MAX

struct fixture {
	struct loop	*loop;
	struct session	*session;
	struct tree	*tree;
	struct master	 master;
	int		 dial_error;	/* the master cannot be reached, and why */
	unsigned	 dials;
	struct buf	 log;
};

static const uint32_t fake_root[] = { FAKE_ROOT };
static const struct module modules[] = { { { fake_root, FAKE_ROOT_LEN }, "FAKE-MIB" } };

static int
fake_dial(void *arg)
{
	struct fixture *f = arg;
	int fds[2];

	f->dials++;
	if (f->dial_error != 0) {
		errno = f->dial_error;
		return -1;
	}
	master_hang_up(&f->master);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	f->master.fd = fds[0];
	return fds[1];
}

static size_t
fake_roots(void *arg, const char *context, struct oid *roots, size_t room)
{
	assert_true(room >= 2);
	roots[0] = (struct oid){ fake_root, FAKE_ROOT_LEN };
	roots[1] = (struct oid){ fake_root, FAKE_ROOT_LEN - 1 };
	return context[0] == '\0' ? 1 : 2;
}

static void
fake_answer(void *arg, const struct pdu *pdu, struct buf *out)
{
	struct fixture *f = arg;
	const struct tree_clock clock = { 0 };

	answer(f->tree, &clock, pdu, out);
}

static const struct session_user user = {
	.description = "a test", .modules = modules, .nmodules = 1,
	.dial = fake_dial, .roots = fake_roots, .answer = fake_answer,
};

static void
keep_log(enum log_level level, const char *line, void *arg)
{
	struct fixture *f = arg;

	if (level != LOG_LEVEL_DEBUG)
		buf_printf(&f->log, "%s\n", line);
}

/* How many lines of the log have the text; the log is empty afterwards. */
static unsigned
logged(struct fixture *f, const char *text)
{
	unsigned n = 0;

	for (const char *at = buf_text(&f->log); (at = strstr(at, text)) != NULL; at++)
		n++;
	buf_clear(&f->log);
	return n;
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);

	f->master.fd = -1;
	f->loop = f->master.loop = loop_new_virtual();
	f->tree = fake_tree_new(3, 4);
	f->session = agentx_session_new(f->loop, "unix:/nowhere", &user, f);
	agentx_session_serve(f->session, (const char *const[]){ "" }, 1, 10);
	log_to(keep_log, f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	agentx_session_free(f->session);
	log_to(NULL, NULL);
	master_free(&f->master);
	loop_free(f->loop);
	fake_tree_free(f->tree);
	buf_free(&f->log);
	free(f);
	return 0;
}

static void
run(struct fixture *f, int64_t ms)
{
	int64_t until = loop_now(f->loop) + ms;

	while (loop_now(f->loop) < until)
		assert_true(loop_once(f->loop, 0));
}

static void
await_up(struct fixture *f)
{
	for (unsigned i = 0; !agentx_session_up(f->session); i++) {
		assert_true(i < TURNS_MAX);
		assert_true(loop_once(f->loop, 0));
	}
}

static void
connect_up(struct fixture *f)
{
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	await_up(f);
}

/* A Get of FAKE_ROOT.2.3. */
static void
put_get(struct buf *buf, uint32_t session, uint32_t packet)
{
	static const uint32_t ids[] = { FAKE_ROOT, 2, 3 };
	const struct pdu head = { .type = PDU_GET, .session = session, .transaction = 5, .packet = packet };
	size_t begin = pdu_begin(buf, &head, NULL);

	pdu_put_oid(buf, (struct oid){ ids, nitems(ids) }, false);
	pdu_put_oid(buf, (struct oid){ NULL, 0 }, false);
	pdu_end(buf, begin);
}

static void
expect_answer(struct fixture *f, uint32_t packet)
{
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct pdu_reader reader;
	struct object object;

	master_expect(&f->master, PDU_RESPONSE);
	assert_int_equal(f->master.pdu.packet, packet);
	reader = pdu_read(&f->master.pdu);
	pdu_read_u32(&reader);
	assert_int_equal(pdu_read_u32(&reader), 0);
	pdu_read_object(&reader, &object, ids, ref);
	assert_false(reader.bad);
	assert_int_equal(object.number, 2003);
}

/* The session has closed its end: within 50 ms it comes again, and then all is as before. */
static void
expect_new_connection(struct fixture *f)
{
	unsigned dials = f->dials;
	int64_t since = loop_now(f->loop);

	for (unsigned i = 0; f->dials == dials; i++) {
		assert_true(i < TURNS_MAX);
		assert_true(loop_once(f->loop, 0));
	}
	assert_true(loop_now(f->loop) - since <= 60);
	connect_up(f);
}

static void
test_open(void **state)
{
	static const char *const contexts[] = { "", "ups1", "ups2" };
	struct fixture *f = *state;

	agentx_session_serve(f->session, contexts, nitems(contexts), 10);
	master_accept_open(&f->master, 1);
	for (size_t i = 0; i < nitems(contexts); i++) {
		assert_false(agentx_session_up(f->session));
		master_accept_context(&f->master, contexts[i], i == 0 ? 1 : 2);
	}
	await_up(f);
	assert_int_equal(logged(f, "connected to master at unix:/nowhere with 3 contexts"), 1);
}

static void
test_uptime(void **state)
{
	struct fixture *f = *state;

	connect_up(f);
	assert_int_equal(agentx_session_uptime(f->session), 100);
	run(f, 700);
	assert_in_range(agentx_session_uptime(f->session), 170, 205);
	master_expect(&f->master, PDU_PING);
	master_respond(&f->master, UINT32_MAX - 9, PDU_OK);
	while (agentx_session_uptime(f->session) < 1000)
		loop_once(f->loop, 0);
	run(f, 300);		/* it wraps as TimeTicks do */
	assert_true(agentx_session_uptime(f->session) < 100 || agentx_session_uptime(f->session) > UINT32_MAX - 10);
}

static void
test_get(void **state)
{
	/* the same Get from a master of the other byte order */
	static const uint8_t little[] = {
		1, 5, 0, 0,  ID, 0, 0, 0,  5, 0, 0, 0,  9, 0, 0, 0,  36, 0, 0, 0,
		7, 4, 0, 0,  1, 0, 0, 0,  0x88, 0x1f, 0, 0,  0x0f, 0x27, 0, 0,  0x0f, 0x27, 0, 0,  1, 0, 0, 0,
		    2, 0, 0, 0,  3, 0, 0, 0,
		0, 0, 0, 0,
	};
	struct fixture *f = *state;
	struct buf out = { 0 };

	connect_up(f);
	put_get(&out, ID, 8);
	master_send(&f->master, buf_bytes(&out), out.len);
	expect_answer(f, 8);
	master_send(&f->master, little, sizeof little);
	expect_answer(f, 9);
	buf_free(&out);
}

/* What comes together is answered together. */
static void
test_pipelined(void **state)
{
	struct fixture *f = *state;
	struct buf out = { 0 };

	connect_up(f);
	for (uint32_t i = 0; i < 50; i++)
		put_get(&out, ID, i);
	master_send(&f->master, buf_bytes(&out), out.len);
	assert_true(loop_once(f->loop, 0));
	buf_clear(&f->master.in);
	f->master.eat = 0;
	assert_true(master_drain(&f->master) > 50 * PDU_HEADER_LEN);
	for (uint32_t i = 0; i < 50; i++)
		expect_answer(f, i);
	buf_free(&out);
}

static void
test_split(void **state)
{
	struct fixture *f = *state;
	struct buf out = { 0 };

	connect_up(f);
	put_get(&out, ID, 1);
	put_get(&out, ID, 2);
	for (size_t cut = 1; cut < out.len; cut++) {
		master_send(&f->master, buf_bytes(&out), cut);
		loop_once(f->loop, 0);
		master_send(&f->master, buf_bytes(&out) + cut, out.len - cut);
		expect_answer(f, 1);
		expect_answer(f, 2);
	}
	for (size_t i = 0; i < out.len; i++) {
		master_send(&f->master, buf_bytes(&out) + i, 1);
		loop_once(f->loop, 0);
	}
	expect_answer(f, 1);
	expect_answer(f, 2);
	buf_free(&out);
}

static void
test_rude_requests(void **state)
{
	static const uint8_t unknown[] = { 1, 99, 16, 0, 0, 0, 0, ID, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0 };
	static const uint8_t response[] = { 1, 18, 16, 0, 0, 0, 0, ID, 0, 0, 0, 1, 0x40, 0, 0, 1, 0, 0, 0, 8,
	    0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t empty_response[] = { 1, 18, 16, 0, 0, 0, 0, ID, 0, 0, 0, 1, 0x30, 0, 0, 0, 0, 0, 0, 0 };
	struct fixture *f = *state;
	struct buf out = { 0 };

	connect_up(f);
	put_get(&out, ID + 1, 8);
	master_send(&f->master, buf_bytes(&out), out.len);
	master_expect(&f->master, PDU_RESPONSE);
	assert_int_equal(master_error(&f->master), PDU_NOT_OPEN);
	assert_int_equal(f->master.pdu.session, ID + 1);
	master_send(&f->master, unknown, sizeof unknown);
	master_expect(&f->master, PDU_RESPONSE);
	assert_int_equal(master_error(&f->master), PDU_PARSE_ERROR);

	/* Responses to nothing change nothing. */
	master_send(&f->master, response, sizeof response);
	master_send(&f->master, empty_response, sizeof empty_response);
	buf_clear(&out);
	put_get(&out, ID, 9);
	master_send(&f->master, buf_bytes(&out), out.len);
	expect_answer(f, 9);
	assert_int_equal(f->dials, 1);
	buf_free(&out);
}

static void
test_garbage(void **state)
{
	static const uint8_t version[] = { 2 };
	static const uint8_t odd[] = { 1, 5, 16, 0, 0, 0, 0, ID, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3 };
	static const uint8_t huge[] = { 1, 5, 16, 0, 0, 0, 0, ID, 0, 0, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xfc };
	static const struct { const uint8_t *bytes; size_t len; } cases[] = {
		{ version, sizeof version }, { odd, sizeof odd }, { huge, sizeof huge },
	};
	struct fixture *f = *state;

	connect_up(f);
	for (size_t i = 0; i < nitems(cases); i++) {
		run(f, 1100);		/* it has stood for a while */
		master_expect(&f->master, PDU_PING);
		master_respond(&f->master, 1, PDU_OK);
		run(f, 100);
		buf_clear(&f->log);
		master_send(&f->master, cases[i].bytes, cases[i].len);
		while (agentx_session_up(f->session))
			assert_true(loop_once(f->loop, 0));
		assert_int_equal(logged(f, "lost master at unix:/nowhere: it does not speak AgentX"), 1);
		expect_new_connection(f);
	}
}

static void
test_closed(void **state)
{
	static const uint8_t close_pdu[] = { 1, 2, 16, 0, 0, 0, 0, ID, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 5, 0, 0, 0 };
	struct fixture *f = *state;
	struct buf out = { 0 };

	connect_up(f);
	run(f, 1100);
	put_get(&out, ID, 8);
	master_send(&f->master, buf_bytes(&out), out.len / 2);	/* in the middle of a PDU */
	master_hang_up(&f->master);
	expect_new_connection(f);
	assert_int_equal(logged(f, "lost master at unix:/nowhere: "), 1);

	run(f, 1100);
	master_send(&f->master, close_pdu, sizeof close_pdu);
	while (agentx_session_up(f->session))
		assert_true(loop_once(f->loop, 0));
	assert_int_equal(logged(f, "closed by the master, it shuts down"), 1);
	expect_new_connection(f);
	buf_free(&out);
}

/* Lost at every point of the way up. */
static void
test_closed_early(void **state)
{
	struct fixture *f = *state;

	master_expect(&f->master, PDU_OPEN);
	master_hang_up(&f->master);
	master_expect(&f->master, PDU_OPEN);
	master_respond(&f->master, 0, PDU_OPEN_FAILED);
	run(f, 0);
	master_hang_up(&f->master);
	master_expect(&f->master, PDU_OPEN);
	master_respond(&f->master, 0, PDU_OK);
	master_expect(&f->master, PDU_ADD_AGENT_CAPS);
	master_hang_up(&f->master);
	master_accept_open(&f->master, 1);
	master_expect(&f->master, PDU_REGISTER);
	master_hang_up(&f->master);
	connect_up(f);
	assert_int_equal(logged(f, "no master"), 1);
}

static void
test_silent(void **state)
{
	struct fixture *f = *state;
	int64_t since;

	master_expect(&f->master, PDU_OPEN);
	since = loop_now(f->loop);
	while (f->dials == 1)
		assert_true(loop_once(f->loop, 0));
	assert_in_range(loop_now(f->loop) - since, 5000, 5100);
	assert_int_equal(logged(f, "no master at unix:/nowhere: it does not answer"), 1);

	connect_up(f);
	master_expect(&f->master, PDU_PING);
	since = loop_now(f->loop);
	while (agentx_session_up(f->session))
		assert_true(loop_once(f->loop, 0));
	assert_in_range(loop_now(f->loop) - since, 5000, 6000);
	assert_int_equal(logged(f, "lost master at unix:/nowhere: it does not answer"), 1);
	expect_new_connection(f);
}

/* A master that hung and goes on is not lost. */
static void
test_hung(void **state)
{
	struct fixture *f = *state;

	connect_up(f);
	master_expect(&f->master, PDU_PING);
	run(f, 4000);
	master_respond(&f->master, 600, PDU_OK);
	run(f, 4000);
	master_expect(&f->master, PDU_PING);
	assert_int_equal(f->dials, 1);
}

static void
test_retries(void **state)
{
	struct fixture *f = *state;
	unsigned first;
	int64_t since;

	f->dial_error = ENOENT;
	run(f, 1000);
	first = f->dials;
	assert_in_range(first, 9, 21);
	run(f, 60000);
	assert_in_range(f->dials - first, 70, 110);
	assert_int_equal(logged(f, "no master"), 1);

	/* A new reason is told, once a minute. */
	f->dial_error = EACCES;
	run(f, 30000);
	assert_int_equal(logged(f, strerror(EACCES)), 1);
	f->dial_error = ENOENT;
	run(f, 20000);
	assert_int_equal(logged(f, "no master"), 0);

	f->dial_error = EAGAIN;
	run(f, 60000);
	assert_int_equal(logged(f, "no master at unix:/nowhere: it takes no connections"), 1);

	f->dial_error = 0;
	since = loop_now(f->loop);
	connect_up(f);
	assert_true(loop_now(f->loop) - since <= 810);
	assert_int_equal(logged(f, "connected"), 1);
}

/* A context that goes is kept, and used again when it comes back. */
static void
test_contexts(void **state)
{
	static const char *const both[] = { "", "a", "b" }, *const one[] = { "", "b" };
	static const char *const more[] = { "", "a", "b", "c" };
	struct fixture *f = *state;

	agentx_session_serve(f->session, both, 3, 10);
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "a", 2);
	master_accept_context(&f->master, "b", 2);
	agentx_session_serve(f->session, one, 2, 10);
	master_expect(&f->master, PDU_PING);		/* and no Unregister before */
	master_respond(&f->master, 1, PDU_OK);
	agentx_session_serve(f->session, both, 3, 10);
	master_expect(&f->master, PDU_PING);		/* nor a Register */
	master_respond(&f->master, 1, PDU_OK);
	agentx_session_serve(f->session, more, 4, 10);
	master_accept_context(&f->master, "c", 2);

	/* A new session knows only what is wanted. */
	agentx_session_serve(f->session, one, 2, 10);
	master_hang_up(&f->master);
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "b", 2);
	await_up(f);
	master_expect(&f->master, PDU_PING);
}

static void
test_too_many(void **state)
{
	static const char *const four[] = { "", "a", "b", "c" };
	struct fixture *f = *state;

	assert_false(agentx_session_serve(f->session, four, 4, 3));
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "a", 2);
	master_accept_context(&f->master, "b", 2);
	await_up(f);
	assert_true(agentx_session_serve(f->session, four, 3, 3));
	assert_true(agentx_session_serve(f->session, four, 4, 4));
	master_accept_context(&f->master, "c", 2);
}

/* Contexts that went, and are still registered, take nobody's place. */
static void
test_renamed(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct fixture *f = *state;

	assert_true(agentx_session_serve(f->session, (const char *const[]){ "", "a" }, 2, 2));
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "a", 2);
	await_up(f);
	for (size_t i = 1; i < nitems(names); i++) {
		assert_true(agentx_session_serve(f->session, (const char *const[]){ "", names[i] }, 2, 2));
		master_accept_context(&f->master, names[i], 2);
	}
	assert_true(agentx_session_serve(f->session, (const char *const[]){ "", "a" }, 2, 2));
	assert_false(agentx_session_serve(f->session, (const char *const[]){ "", "a", "b" }, 3, 2));
}

/* But they are not kept without end: a new session knows only what is wanted. */
static void
test_kept(void **state)
{
	struct fixture *f = *state;
	char name[16];

	agentx_session_serve(f->session, (const char *const[]){ "", "a" }, 2, 2);
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "a", 2);
	await_up(f);
	for (unsigned i = 1; i <= SESSION_KEPT_MAX; i++) {
		snprintf(name, sizeof name, "b%u", i);
		assert_true(agentx_session_serve(f->session, (const char *const[]){ "", name }, 2, 2));
		master_accept_context(&f->master, name, 2);
	}
	assert_int_equal(f->dials, 1);
	assert_true(agentx_session_serve(f->session, (const char *const[]){ "", "c" }, 2, 2));
	master_accept_open(&f->master, 1);
	master_accept_context(&f->master, "", 1);
	master_accept_context(&f->master, "c", 2);
	await_up(f);
	master_expect(&f->master, PDU_PING);
	assert_int_equal(f->dials, 2);
}

static void
refuse_all(struct fixture *f)
{
	master_accept_open(&f->master, 1);
	master_expect(&f->master, PDU_REGISTER);
	master_respond(&f->master, 100, PDU_DUPLICATE_REGISTRATION);
	for (unsigned i = 0; i < 2; i++) {
		master_expect(&f->master, PDU_REGISTER);
		master_respond(&f->master, 100, PDU_DUPLICATE_REGISTRATION);
	}
	await_up(f);
}

static void
test_refused(void **state)
{
	static const char *const contexts[] = { "", "ups1" };
	struct fixture *f = *state;

	agentx_session_serve(f->session, contexts, 2, 10);
	refuse_all(f);
	assert_int_equal(logged(f, " in context \"\": duplicateRegistration; the rest is served"), 1);
	master_hang_up(&f->master);
	refuse_all(f);		/* tried again, and not told again */
	assert_int_equal(logged(f, "refuses"), 0);
}

/* Thousands of contexts go out as the socket takes them. */
static void
test_many_contexts(void **state)
{
	enum { N = 3000 };
	struct fixture *f = *state;
	const char **names = xcalloc(N, sizeof *names);

	names[0] = xstrdup("");
	for (unsigned i = 1; i < N; i++)
		names[i] = xasprintf("device%04u", i);
	assert_true(agentx_session_serve(f->session, names, N, N));
	master_accept_open(&f->master, 1);
	for (unsigned i = 0; i < N; i++)
		master_accept_context(&f->master, names[i], i == 0 ? 1 : 2);
	await_up(f);
	assert_int_equal(logged(f, "with 3000 contexts"), 1);
	assert_int_equal(f->dials, 1);
	for (unsigned i = 0; i < N; i++)
		free((char *)names[i]);
	free(names);
}

/* A master that asks and never reads is drained, and what waits for it is bounded. */
static void
test_never_reads(void **state)
{
	struct fixture *f = *state;
	struct buf out = { 0 };
	size_t sent = 0, answers = 0;
	uint32_t last = 0;

	connect_up(f);
	for (uint32_t i = 0; i < 100; i++)
		put_get(&out, ID, i);
	while (sent < (8u << 20)) {
		ssize_t n = send(f->master.fd, buf_bytes(&out), out.len, MSG_NOSIGNAL);

		assert_true(n == -1 || n == (ssize_t)out.len);
		sent += n > 0 ? (size_t)n : 0;
		assert_true(loop_once(f->loop, 0));
	}
	assert_int_equal(logged(f, "does not read its answers"), 1);

	/* It reads again: what was kept arrives whole, and the session goes on. */
	for (;;) {
		master_next(&f->master);
		if (f->master.pdu.type == PDU_PING)
			break;
		assert_int_equal(f->master.pdu.type, PDU_RESPONSE);
		answers++;
	}
	assert_in_range(answers * 60, 1u << 20, 2u << 20);
	master_respond(&f->master, 1, PDU_OK);
	buf_clear(&out);
	put_get(&out, ID, last = 4711);
	master_send(&f->master, buf_bytes(&out), out.len);
	expect_answer(f, last);
	assert_int_equal(f->dials, 1);
	buf_free(&out);
}

static void
test_end(void **state)
{
	struct fixture *f = *state;

	connect_up(f);
	agentx_session_free(f->session);
	f->session = NULL;
	buf_eat(&f->master.in, f->master.eat);
	f->master.eat = 0;
	master_drain(&f->master);
	assert_int_equal(pdu_frame(buf_bytes(&f->master.in), f->master.in.len, &f->master.pdu), PDU_WHOLE);
	assert_int_equal(f->master.pdu.type, PDU_CLOSE);
	assert_int_equal(f->master.pdu.session, ID);
	assert_int_equal(f->master.pdu.payload[0], PDU_REASON_SHUTDOWN);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open), TEST(test_uptime), TEST(test_get), TEST(test_pipelined), TEST(test_split),
		TEST(test_rude_requests), TEST(test_garbage), TEST(test_closed), TEST(test_closed_early),
		TEST(test_silent), TEST(test_hung), TEST(test_retries), TEST(test_contexts), TEST(test_too_many),
		TEST(test_renamed), TEST(test_kept), TEST(test_refused), TEST(test_many_contexts), TEST(test_never_reads), TEST(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
