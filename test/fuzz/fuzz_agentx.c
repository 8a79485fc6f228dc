/*
 * Arbitrary bytes as a master: the first byte chooses between the codec (every
 * PDU that can be read is written again, and must read the same), the answers
 * and a whole session on virtual time.
 */

#include "core/log.h"
#include "core/mem.h"
#include "subagent/answer.h"
#include "subagent/session.h"
#include "test/fake_tree.h"

#include <sys/socket.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURNS	64

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool condition)
{
	if (!condition)
		abort();
}

static void
check_same(const struct object *a, const struct object *b)
{
	check(a->type == b->type && a->number == b->number && a->len == b->len);
	check(a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
	check(a->oid.len == b->oid.len && oid_compare(a->oid, b->oid) == 0);
	check(a->ref.len == b->ref.len && oid_compare(a->ref, b->ref) == 0);
}

/* One varbind, written and read again. */
static void
round_trip(const struct object *object)
{
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct buf buf = { 0 };
	struct pdu_reader reader;
	struct object again;

	pdu_put_object(&buf, object->oid, object);
	reader = (struct pdu_reader){ .at = buf_bytes(&buf), .end = buf_bytes(&buf) + buf.len, .network = true };
	pdu_read_object(&reader, &again, ids, ref);
	check(!reader.bad && reader.at == reader.end);
	check_same(object, &again);
	buf_free(&buf);
}

static void
fuzz_codec(const uint8_t *data, size_t len)
{
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct pdu_reader reader;
	struct object object;
	struct pdu pdu;
	size_t context_len;

	if (pdu_frame(data, len, &pdu) != PDU_WHOLE)
		return;
	reader = pdu_read(&pdu);
	pdu_read_context(&reader, &pdu, &context_len);
	while (pdu_more(&reader)) {
		pdu_read_object(&reader, &object, ids, ref);
		if (!reader.bad)
			round_trip(&object);
	}
}

static void
fuzz_answer(const uint8_t *data, size_t len)
{
	static const struct tree_clock clock = { 0 };
	struct tree *tree = fake_tree_new(2, 3);
	struct buf out = { 0 };
	struct pdu pdu, response;

	if (pdu_frame(data, len, &pdu) == PDU_WHOLE) {
		answer(tree, &clock, &pdu, &out);
		if (out.len > 0) {
			check(pdu_frame(buf_bytes(&out), out.len, &response) == PDU_WHOLE);
			check(response.type == PDU_RESPONSE && response.packet == pdu.packet);
			check(response.len + PDU_HEADER_LEN == out.len);
		}
	}
	buf_free(&out);
	fake_tree_free(tree);
}

/* -- a session ------------------------------------------------------------------ */

struct master {
	struct tree	*tree;
	int		 fd;
};

static int
fuzz_dial(void *arg)
{
	struct master *master = arg;
	int fds[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	if (master->fd != -1)
		close(master->fd);
	master->fd = fds[0];
	return fds[1];
}

static size_t
fuzz_roots(void *arg, const char *context, struct oid *roots, size_t room)
{
	static const uint32_t root[] = { FAKE_ROOT };

	roots[0] = (struct oid){ root, FAKE_ROOT_LEN };
	return 1;
}

static void
fuzz_session_answer(void *arg, const struct pdu *pdu, struct buf *out)
{
	static const struct tree_clock clock = { 0 };
	const struct master *master = arg;

	answer(master->tree, &clock, pdu, out);
}

static void
no_log(enum log_level level, const char *line, void *arg)
{
}

static void
exchange(struct master *master, struct loop *loop, const void *bytes, size_t len)
{
	uint8_t room[4096];

	if (master->fd != -1 && len > 0)
		len = (size_t)send(master->fd, bytes, len, MSG_NOSIGNAL);
	loop_once(loop, 0);
	if (master->fd != -1)
		while (recv(master->fd, room, sizeof room, 0) > 0)
			;
}

/* The master opens the session properly with session id 1, then says what it likes, in pieces. */
static void
fuzz_session(const uint8_t *data, size_t len)
{
	static const struct session_user user = {
		.description = "", .dial = fuzz_dial, .roots = fuzz_roots, .answer = fuzz_session_answer,
	};
	static const uint8_t opened[] = { 1, 18, 16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 8,
	    0, 0, 0, 1, 0, 0, 0, 0 };
	struct master master = { .tree = fake_tree_new(2, 3), .fd = -1 };
	struct loop *loop = loop_new_virtual();
	struct session *session = agentx_session_new(loop, "a fuzzer", &user, &master);

	agentx_session_serve(session, (const char *const[]){ "", "a" }, 2, 2);
	exchange(&master, loop, NULL, 0);	/* dials */
	exchange(&master, loop, NULL, 0);	/* sends Open */
	exchange(&master, loop, opened, sizeof opened);
	for (unsigned turn = 0; turn < TURNS && len > 0; turn++) {
		size_t piece = turn % 7 == 6 ? len : len / 2 + 1;

		exchange(&master, loop, data, piece);
		data += piece;
		len -= piece;
	}
	exchange(&master, loop, NULL, 0);
	agentx_session_free(session);
	loop_free(loop);
	if (master.fd != -1)
		close(master.fd);
	fake_tree_free(master.tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const targets[])(const uint8_t *, size_t) = { fuzz_codec, fuzz_answer, fuzz_session };

	log_to(no_log, NULL);
	if (len > 0)
		targets[data[0] % nitems(targets)](data + 1, len - 1);
	log_to(NULL, NULL);
	return 0;
}
