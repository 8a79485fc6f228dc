/* A scripted AgentX master. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/mem.h"
#include "test/unit/master.h"

#include <sys/socket.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void
master_hang_up(struct master *master)
{
	if (master->fd != -1)
		close(master->fd);
	master->fd = -1;
	buf_clear(&master->in);
	master->eat = 0;
}

void
master_free(struct master *master)
{
	master_hang_up(master);
	buf_free(&master->in);
}

ssize_t
master_drain(struct master *master)
{
	ssize_t n = recv(master->fd, buf_reserve(&master->in, 65536), 65536, 0);

	if (n > 0)
		buf_grew(&master->in, (size_t)n);
	return n;
}

void
master_send(struct master *master, const void *bytes, size_t len)
{
	ssize_t n;

	while ((n = send(master->fd, bytes, len, MSG_NOSIGNAL)) == -1 && errno == EAGAIN)
		assert_true(loop_once(master->loop, 0));
	assert_int_equal(n, len);
}

void
master_next(struct master *master)
{
	buf_eat(&master->in, master->eat);
	master->eat = 0;
	for (unsigned i = 0; i < MASTER_TURNS_MAX; i++) {
		assert_true(master->fd == -1 || master_drain(master) != 0);
		if (master->in.len > 0 &&
		    pdu_frame(buf_bytes(&master->in), master->in.len, &master->pdu) == PDU_WHOLE) {
			master->eat = PDU_HEADER_LEN + master->pdu.len;
			return;
		}
		/* Only when there is nothing to be read: each turn may be one in which time goes on. */
		assert_true(loop_once(master->loop, 0));
	}
	fail_msg("the session sends nothing");
}

void
master_expect(struct master *master, enum pdu_type type)
{
	master_next(master);
	assert_int_equal(master->pdu.type, type);
	assert_true(master->pdu.flags & PDU_NETWORK_BYTE_ORDER);
}

void
master_respond(struct master *master, uint32_t uptime, unsigned error)
{
	struct pdu head = master->pdu;
	struct buf out = { 0 };
	size_t begin;

	head.type = PDU_RESPONSE;
	head.flags = 0;
	head.session = MASTER_SESSION_ID;
	begin = pdu_begin(&out, &head, NULL);
	pdu_put_u32(&out, uptime);
	pdu_put_u32(&out, (uint32_t)error << 16);
	pdu_end(&out, begin);
	master_send(master, buf_bytes(&out), out.len);
	buf_free(&out);
}

unsigned
master_error(const struct master *master)
{
	struct pdu_reader reader = pdu_read(&master->pdu);

	pdu_read_u32(&reader);
	return pdu_read_u16(&reader);
}

void
master_accept_open(struct master *master, unsigned caps)
{
	master_expect(master, PDU_OPEN);
	master_respond(master, 100, PDU_OK);
	while (caps-- > 0) {
		master_expect(master, PDU_ADD_AGENT_CAPS);
		master_respond(master, 100, PDU_OK);
	}
}

void
master_accept_context(struct master *master, const char *name, unsigned roots)
{
	while (roots-- > 0) {
		struct pdu_reader reader;
		const char *context;
		size_t len;

		master_expect(master, PDU_REGISTER);
		assert_int_equal(master->pdu.session, MASTER_SESSION_ID);
		reader = pdu_read(&master->pdu);
		context = pdu_read_context(&reader, &master->pdu, &len);
		assert_int_equal(len, strlen(name));
		assert_memory_equal(context, name, len);
		master_respond(master, 100, PDU_OK);
	}
}
