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

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID		77	/* the session id that our master gives */
#define TURNS_MAX	5000	/* of the loop, until something must have happened */

struct fixture {
	struct loop	*loop;
	struct session	*session;
	struct tree	*tree;
	int		 master;	/* our end; -1: not connected */
	int		 dial_error;	/* the master cannot be reached, and why */
	unsigned	 dials;
	struct buf	 in;		/* what the session sent */
	struct pdu	 pdu;		/* the last one that came, its payload in in */
	size_t		 eat;		/* bytes of it */
	struct buf	 log;
};

static const uint32_t fake_root[] = { FAKE_ROOT };
static const struct module modules[] = { { { fake_root, FAKE_ROOT_LEN }, "FAKE-MIB" } };

static void
hang_up(struct fixture *f)
{
	if (f->master != -1)
		close(f->master);
	f->master = -1;
	buf_clear(&f->in);
	f->eat = 0;
}

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
	hang_up(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	f->master = fds[0];
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

	f->master = -1;
	f->loop = loop_new_virtual();
	f->tree = fake_tree_new(3, 4);
	f->session = session_new(f->loop, "unix:/nowhere", &user, f);
	session_serve(f->session, (const char *const[]){ "" }, 1, 10);
	log_to(keep_log, f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	session_free(f->session);
	log_to(NULL, NULL);
	hang_up(f);
	loop_free(f->loop);
	fake_tree_free(f->tree);
	buf_free(&f->in);
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

static ssize_t
drain(struct fixture *f)
{
	ssize_t n = recv(f->master, buf_reserve(&f->in, 65536), 65536, 0);

	if (n > 0)
		buf_grew(&f->in, (size_t)n);
	return n;
}

static void
send_bytes(struct fixture *f, const void *bytes, size_t len)
{
	ssize_t n;

	while ((n = send(f->master, bytes, len, MSG_NOSIGNAL)) == -1 && errno == EAGAIN)
		assert_true(loop_once(f->loop, 0));
	assert_int_equal(n, len);
}

/* The next PDU of the session; when none has come yet the loop is run until one does. */
static void
next_pdu(struct fixture *f)
{
	buf_eat(&f->in, f->eat);
	f->eat = 0;
	for (unsigned i = 0; i < TURNS_MAX; i++) {
		assert_true(f->master == -1 || drain(f) != 0);
		if (f->in.len > 0 && pdu_frame(buf_bytes(&f->in), f->in.len, &f->pdu) == PDU_WHOLE) {
			f->eat = PDU_HEADER_LEN + f->pdu.len;
			return;
		}
		/* Only when there is nothing to be read: each turn may be one in which time goes on. */
		assert_true(loop_once(f->loop, 0));
	}
	fail_msg("the session sends nothing");
}

static void
expect(struct fixture *f, enum pdu_type type)
{
	next_pdu(f);
	assert_int_equal(f->pdu.type, type);
	assert_true(f->pdu.flags & PDU_NETWORK_BYTE_ORDER);
}

/* Answers the PDU that came last. */
static void
respond(struct fixture *f, uint32_t uptime, unsigned error)
{
	struct pdu head = f->pdu;
	struct buf out = { 0 };
	size_t begin;

	head.type = PDU_RESPONSE;
	head.flags = 0;
	head.session = ID;
	begin = pdu_begin(&out, &head, NULL);
	pdu_put_u32(&out, uptime);
	pdu_put_u32(&out, (uint32_t)error << 16);
	pdu_end(&out, begin);
	send_bytes(f, buf_bytes(&out), out.len);
	buf_free(&out);
}

static void
accept_open(struct fixture *f)
{
	expect(f, PDU_OPEN);
	respond(f, 100, PDU_OK);
	expect(f, PDU_ADD_AGENT_CAPS);
	respond(f, 100, PDU_OK);
}

static void
accept_context(struct fixture *f, const char *name)
{
	for (unsigned i = 0; i < (name[0] == '\0' ? 1 : 2); i++) {
		struct pdu_reader reader;
		const char *context;
		size_t len;

		expect(f, PDU_REGISTER);
		assert_int_equal(f->pdu.session, ID);
		reader = pdu_read(&f->pdu);
		context = pdu_read_context(&reader, &f->pdu, &len);
		assert_int_equal(len, strlen(name));
		assert_memory_equal(context, name, len);
		respond(f, 100, PDU_OK);
	}
}

static void
await_up(struct fixture *f)
{
	for (unsigned i = 0; !session_up(f->session); i++) {
		assert_true(i < TURNS_MAX);
		assert_true(loop_once(f->loop, 0));
	}
}

static void
connect_up(struct fixture *f)
{
	accept_open(f);
	accept_context(f, "");
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

	expect(f, PDU_RESPONSE);
	assert_int_equal(f->pdu.packet, packet);
	reader = pdu_read(&f->pdu);
	pdu_read_u32(&reader);
	assert_int_equal(pdu_read_u32(&reader), 0);
	pdu_read_object(&reader, &object, ids, ref);
	assert_false(reader.bad);
	assert_int_equal(object.number, 2003);
}

static unsigned
response_error(const struct fixture *f)
{
	struct pdu_reader reader = pdu_read(&f->pdu);

	pdu_read_u32(&reader);
	return pdu_read_u16(&reader);
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

	session_serve(f->session, contexts, nitems(contexts), 10);
	accept_open(f);
	for (size_t i = 0; i < nitems(contexts); i++) {
		assert_false(session_up(f->session));
		accept_context(f, contexts[i]);
	}
	await_up(f);
	assert_int_equal(logged(f, "connected to master at unix:/nowhere with 3 contexts"), 1);
}

static void
test_uptime(void **state)
{
	struct fixture *f = *state;

	connect_up(f);
	assert_int_equal(session_uptime(f->session), 100);
	run(f, 700);
	assert_in_range(session_uptime(f->session), 170, 205);
	expect(f, PDU_PING);
	respond(f, UINT32_MAX - 9, PDU_OK);
	while (session_uptime(f->session) < 1000)
		loop_once(f->loop, 0);
	run(f, 300);		/* it wraps as TimeTicks do */
	assert_true(session_uptime(f->session) < 100 || session_uptime(f->session) > UINT32_MAX - 10);
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
	send_bytes(f, buf_bytes(&out), out.len);
	expect_answer(f, 8);
	send_bytes(f, little, sizeof little);
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
	send_bytes(f, buf_bytes(&out), out.len);
	assert_true(loop_once(f->loop, 0));
	buf_clear(&f->in);
	f->eat = 0;
	assert_true(drain(f) > 50 * PDU_HEADER_LEN);
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
		send_bytes(f, buf_bytes(&out), cut);
		loop_once(f->loop, 0);
		send_bytes(f, buf_bytes(&out) + cut, out.len - cut);
		expect_answer(f, 1);
		expect_answer(f, 2);
	}
	for (size_t i = 0; i < out.len; i++) {
		send_bytes(f, buf_bytes(&out) + i, 1);
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
	send_bytes(f, buf_bytes(&out), out.len);
	expect(f, PDU_RESPONSE);
	assert_int_equal(response_error(f), PDU_NOT_OPEN);
	assert_int_equal(f->pdu.session, ID + 1);
	send_bytes(f, unknown, sizeof unknown);
	expect(f, PDU_RESPONSE);
	assert_int_equal(response_error(f), PDU_PARSE_ERROR);

	/* Responses to nothing change nothing. */
	send_bytes(f, response, sizeof response);
	send_bytes(f, empty_response, sizeof empty_response);
	buf_clear(&out);
	put_get(&out, ID, 9);
	send_bytes(f, buf_bytes(&out), out.len);
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
		expect(f, PDU_PING);
		respond(f, 1, PDU_OK);
		run(f, 100);
		buf_clear(&f->log);
		send_bytes(f, cases[i].bytes, cases[i].len);
		while (session_up(f->session))
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
	send_bytes(f, buf_bytes(&out), out.len / 2);	/* in the middle of a PDU */
	hang_up(f);
	expect_new_connection(f);
	assert_int_equal(logged(f, "lost master at unix:/nowhere: "), 1);

	run(f, 1100);
	send_bytes(f, close_pdu, sizeof close_pdu);
	while (session_up(f->session))
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

	expect(f, PDU_OPEN);
	hang_up(f);
	expect(f, PDU_OPEN);
	respond(f, 0, PDU_OPEN_FAILED);
	run(f, 0);
	hang_up(f);
	expect(f, PDU_OPEN);
	respond(f, 0, PDU_OK);
	expect(f, PDU_ADD_AGENT_CAPS);
	hang_up(f);
	accept_open(f);
	expect(f, PDU_REGISTER);
	hang_up(f);
	connect_up(f);
	assert_int_equal(logged(f, "no master"), 1);
}

static void
test_silent(void **state)
{
	struct fixture *f = *state;
	int64_t since;

	expect(f, PDU_OPEN);
	since = loop_now(f->loop);
	while (f->dials == 1)
		assert_true(loop_once(f->loop, 0));
	assert_in_range(loop_now(f->loop) - since, 5000, 5100);
	assert_int_equal(logged(f, "no master at unix:/nowhere: it does not answer"), 1);

	connect_up(f);
	expect(f, PDU_PING);
	since = loop_now(f->loop);
	while (session_up(f->session))
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
	expect(f, PDU_PING);
	run(f, 4000);
	respond(f, 600, PDU_OK);
	run(f, 4000);
	expect(f, PDU_PING);
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

	session_serve(f->session, both, 3, 10);
	accept_open(f);
	accept_context(f, "");
	accept_context(f, "a");
	accept_context(f, "b");
	session_serve(f->session, one, 2, 10);
	expect(f, PDU_PING);		/* and no Unregister before */
	respond(f, 1, PDU_OK);
	session_serve(f->session, both, 3, 10);
	expect(f, PDU_PING);		/* nor a Register */
	respond(f, 1, PDU_OK);
	session_serve(f->session, more, 4, 10);
	accept_context(f, "c");

	/* A new session knows only what is wanted. */
	session_serve(f->session, one, 2, 10);
	hang_up(f);
	accept_open(f);
	accept_context(f, "");
	accept_context(f, "b");
	await_up(f);
	expect(f, PDU_PING);
}

static void
test_too_many(void **state)
{
	static const char *const four[] = { "", "a", "b", "c" };
	struct fixture *f = *state;

	assert_false(session_serve(f->session, four, 4, 3));
	accept_open(f);
	accept_context(f, "");
	accept_context(f, "a");
	accept_context(f, "b");
	await_up(f);
	assert_true(session_serve(f->session, four, 3, 3));
	assert_true(session_serve(f->session, four, 4, 4));
	accept_context(f, "c");
}

static void
refuse_all(struct fixture *f)
{
	accept_open(f);
	expect(f, PDU_REGISTER);
	respond(f, 100, PDU_DUPLICATE_REGISTRATION);
	for (unsigned i = 0; i < 2; i++) {
		expect(f, PDU_REGISTER);
		respond(f, 100, PDU_DUPLICATE_REGISTRATION);
	}
	await_up(f);
}

static void
test_refused(void **state)
{
	static const char *const contexts[] = { "", "ups1" };
	struct fixture *f = *state;

	session_serve(f->session, contexts, 2, 10);
	refuse_all(f);
	assert_int_equal(logged(f, "refuses a registration in context \"\": duplicateRegistration"), 1);
	hang_up(f);
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
	assert_true(session_serve(f->session, names, N, N));
	accept_open(f);
	for (unsigned i = 0; i < N; i++)
		accept_context(f, names[i]);
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
		ssize_t n = send(f->master, buf_bytes(&out), out.len, MSG_NOSIGNAL);

		assert_true(n == -1 || n == (ssize_t)out.len);
		sent += n > 0 ? (size_t)n : 0;
		assert_true(loop_once(f->loop, 0));
	}
	assert_int_equal(logged(f, "does not read its answers"), 1);

	/* It reads again: what was kept arrives whole, and the session goes on. */
	for (;;) {
		next_pdu(f);
		if (f->pdu.type == PDU_PING)
			break;
		assert_int_equal(f->pdu.type, PDU_RESPONSE);
		answers++;
	}
	assert_in_range(answers * 60, 1u << 20, 2u << 20);
	respond(f, 1, PDU_OK);
	buf_clear(&out);
	put_get(&out, ID, last = 4711);
	send_bytes(f, buf_bytes(&out), out.len);
	expect_answer(f, last);
	assert_int_equal(f->dials, 1);
	buf_free(&out);
}

static void
test_end(void **state)
{
	struct fixture *f = *state;

	connect_up(f);
	session_free(f->session);
	f->session = NULL;
	buf_eat(&f->in, f->eat);
	f->eat = 0;
	drain(f);
	assert_int_equal(pdu_frame(buf_bytes(&f->in), f->in.len, &f->pdu), PDU_WHOLE);
	assert_int_equal(f->pdu.type, PDU_CLOSE);
	assert_int_equal(f->pdu.session, ID);
	assert_int_equal(f->pdu.payload[0], PDU_REASON_SHUTDOWN);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open), TEST(test_uptime), TEST(test_get), TEST(test_pipelined), TEST(test_split),
		TEST(test_rude_requests), TEST(test_garbage), TEST(test_closed), TEST(test_closed_early),
		TEST(test_silent), TEST(test_hung), TEST(test_retries), TEST(test_contexts), TEST(test_too_many),
		TEST(test_refused), TEST(test_many_contexts), TEST(test_never_reads), TEST(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
