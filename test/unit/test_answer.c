/* A master's requests, answered from a tree of plain numbers. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/mem.h"
#include "subagent/answer.h"
#include "test/fake_tree.h"

#define OID(...) ((struct oid){ (const uint32_t[]){ __VA_ARGS__ }, \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) })
#define NOTHING	((struct oid){ NULL, 0 })

struct fixture {
	struct tree	*tree;
	struct buf	 in, out;
	size_t		 begin;
	struct pdu	 response;
	struct pdu_reader reader;
	unsigned	 error, index;
	struct object	 object;
	uint32_t	 ids[OID_MAX_LEN], ref[OID_MAX_LEN];
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);

	f->tree = fake_tree_new(3, 4);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	fake_tree_free(f->tree);
	buf_free(&f->in);
	buf_free(&f->out);
	free(f);
	return 0;
}

static void
begin(struct fixture *f, enum pdu_type type)
{
	const struct pdu head = { .type = type, .session = 1, .transaction = 2, .packet = 3 };

	buf_clear(&f->in);
	buf_clear(&f->out);
	f->begin = pdu_begin(&f->in, &head, NULL);
}

static void
put_range(struct fixture *f, struct oid from, bool include, struct oid end)
{
	pdu_put_oid(&f->in, from, include);
	pdu_put_oid(&f->in, end, false);
}

/* Sends what was put; true when there was a Response. */
static bool
ask(struct fixture *f)
{
	const struct tree_clock clock = { 0 };
	struct pdu request;

	pdu_end(&f->in, f->begin);
	assert_int_equal(pdu_frame(buf_bytes(&f->in), f->in.len, &request), PDU_WHOLE);
	answer(f->tree, &clock, &request, &f->out);
	if (f->out.len == 0)
		return false;
	assert_int_equal(pdu_frame(buf_bytes(&f->out), f->out.len, &f->response), PDU_WHOLE);
	assert_int_equal(f->response.len + PDU_HEADER_LEN, f->out.len);
	assert_int_equal(f->response.type, PDU_RESPONSE);
	assert_int_equal(f->response.session, 1);
	assert_int_equal(f->response.transaction, 2);
	assert_int_equal(f->response.packet, 3);
	f->reader = pdu_read(&f->response);
	pdu_read_u32(&f->reader);
	f->error = pdu_read_u16(&f->reader);
	f->index = pdu_read_u16(&f->reader);
	return true;
}

static void
expect_number(struct fixture *f, uint32_t column, uint32_t row)
{
	assert_true(pdu_more(&f->reader));
	pdu_read_object(&f->reader, &f->object, f->ids, f->ref);
	assert_false(f->reader.bad);
	assert_int_equal(f->object.type, OBJECT_INTEGER);
	assert_int_equal(f->object.number, column * 1000 + row);
	assert_int_equal(oid_compare(f->object.oid, OID(FAKE_ROOT, column, row)), 0);
}

static void
expect_type(struct fixture *f, enum object_type type, struct oid oid)
{
	assert_true(pdu_more(&f->reader));
	pdu_read_object(&f->reader, &f->object, f->ids, f->ref);
	assert_false(f->reader.bad);
	assert_int_equal(f->object.type, type);
	assert_int_equal(oid_compare(f->object.oid, oid), 0);
}

static void
expect_error(struct fixture *f, unsigned error, unsigned index)
{
	assert_int_equal(f->error, error);
	assert_int_equal(f->index, index);
	assert_int_equal(f->response.len, 8);
}

static void
test_get(void **state)
{
	struct fixture *f = *state;

	begin(f, PDU_GET);
	put_range(f, OID(FAKE_ROOT, 2, 3), false, NOTHING);
	put_range(f, OID(FAKE_ROOT, 2, 9), false, NOTHING);
	put_range(f, OID(FAKE_ROOT, 9, 1), false, NOTHING);
	put_range(f, NOTHING, false, NOTHING);
	put_range(f, OID(FAKE_ROOT, 1, 1), false, NOTHING);
	assert_true(ask(f));
	assert_int_equal(f->error, PDU_OK);
	expect_number(f, 2, 3);
	expect_type(f, OBJECT_NO_SUCH_INSTANCE, OID(FAKE_ROOT, 2, 9));
	expect_type(f, OBJECT_NO_SUCH_OBJECT, OID(FAKE_ROOT, 9, 1));
	expect_type(f, OBJECT_NO_SUCH_OBJECT, NOTHING);
	expect_number(f, 1, 1);
	assert_false(pdu_more(&f->reader));
}

static void
test_next(void **state)
{
	struct fixture *f = *state;

	begin(f, PDU_GET_NEXT);
	put_range(f, OID(FAKE_ROOT), false, NOTHING);
	put_range(f, OID(FAKE_ROOT, 1, 4), false, NOTHING);		/* over the column's end */
	put_range(f, OID(FAKE_ROOT, 1, 4), true, NOTHING);		/* include */
	put_range(f, OID(FAKE_ROOT, 1, 4), false, OID(FAKE_ROOT, 2));	/* not over the range's end */
	put_range(f, OID(FAKE_ROOT, 1, 3), false, OID(FAKE_ROOT, 1, 4));	/* the end is outside */
	put_range(f, OID(FAKE_ROOT, 3, 4), false, NOTHING);
	assert_true(ask(f));
	assert_int_equal(f->error, PDU_OK);
	expect_number(f, 1, 1);
	expect_number(f, 2, 1);
	expect_number(f, 1, 4);
	expect_type(f, OBJECT_END_OF_MIB_VIEW, OID(FAKE_ROOT, 1, 4));
	expect_type(f, OBJECT_END_OF_MIB_VIEW, OID(FAKE_ROOT, 1, 3));
	expect_type(f, OBJECT_END_OF_MIB_VIEW, OID(FAKE_ROOT, 3, 4));
	assert_false(pdu_more(&f->reader));
}

static void
put_bulk(struct fixture *f, uint32_t singles, uint32_t repetitions)
{
	begin(f, PDU_GET_BULK);
	pdu_put_u32(&f->in, singles << 16 | repetitions);
}

static void
test_bulk(void **state)
{
	struct fixture *f = *state;

	put_bulk(f, 1, 3);
	put_range(f, OID(FAKE_ROOT, 3), false, NOTHING);
	put_range(f, OID(FAKE_ROOT, 1, 2), true, NOTHING);
	put_range(f, OID(FAKE_ROOT, 3, 2), false, NOTHING);
	assert_true(ask(f));
	assert_int_equal(f->error, PDU_OK);
	expect_number(f, 3, 1);
	expect_number(f, 1, 2);
	expect_number(f, 3, 3);
	expect_number(f, 1, 3);
	expect_number(f, 3, 4);
	expect_number(f, 1, 4);
	expect_type(f, OBJECT_END_OF_MIB_VIEW, OID(FAKE_ROOT, 3, 4));
	assert_false(pdu_more(&f->reader));
}

/* Ends at the end of everything, or when it grows too large, however much was asked for. */
static void
test_bulk_bounds(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	put_bulk(f, 0, 65535);
	put_range(f, OID(FAKE_ROOT, 3), false, NOTHING);
	assert_true(ask(f));
	for (uint32_t row = 1; row <= 4; row++)
		expect_number(f, 3, row);
	expect_type(f, OBJECT_END_OF_MIB_VIEW, OID(FAKE_ROOT, 3, 4));
	assert_false(pdu_more(&f->reader));

	put_bulk(f, 0, 0);
	put_range(f, OID(FAKE_ROOT, 3), false, NOTHING);
	assert_true(ask(f));
	assert_int_equal(f->response.len, 8);

	fake_tree_free(f->tree);
	f->tree = fake_tree_new(1, 10000);
	put_bulk(f, 0, 65535);
	put_range(f, OID(FAKE_ROOT, 1), false, NOTHING);
	assert_true(ask(f));
	assert_true(f->out.len > 60000 && f->out.len <= 65536);
	while (pdu_more(&f->reader))
		expect_number(f, 1, ++n);
	assert_true(n > 1000);

	put_bulk(f, 0, 1);
	for (unsigned i = 0; i < 2000; i++)
		put_range(f, OID(FAKE_ROOT, 1), false, NOTHING);
	assert_true(ask(f));
	expect_error(f, PDU_GEN_ERR, 1);
}

/* More than the master takes: an error in place of a Response that it would drop. */
static void
test_too_big(void **state)
{
	static const enum pdu_type types[] = { PDU_GET, PDU_GET_NEXT };
	struct fixture *f = *state;

	for (size_t i = 0; i < nitems(types); i++) {
		for (unsigned n = 1000; n <= 4000; n += 3000) {
			begin(f, types[i]);
			for (unsigned varbind = 0; varbind < n; varbind++)
				put_range(f, OID(FAKE_ROOT, 1, 1), types[i] == PDU_GET_NEXT, NOTHING);
			assert_true(ask(f));
			if (n == 4000) {
				expect_error(f, PDU_TOO_BIG, 1);
				continue;
			}
			assert_int_equal(f->error, PDU_OK);
			for (unsigned varbind = 0; varbind < n; varbind++)
				expect_number(f, 1, 1);
			assert_false(pdu_more(&f->reader));
		}
	}
	put_bulk(f, 4000, 1);
	for (unsigned varbind = 0; varbind < 4000; varbind++)
		put_range(f, OID(FAKE_ROOT, 1), false, NOTHING);
	assert_true(ask(f));
	expect_error(f, PDU_TOO_BIG, 1);
}

static void
test_context(void **state)
{
	const struct pdu head = { .type = PDU_GET, .session = 1, .transaction = 2, .packet = 3,
	    .flags = PDU_NON_DEFAULT_CONTEXT };
	struct fixture *f = *state;

	f->begin = pdu_begin(&f->in, &head, "ups1");
	put_range(f, OID(FAKE_ROOT, 2, 3), false, NOTHING);
	assert_true(ask(f));
	expect_number(f, 2, 3);
}

static void
test_malformed(void **state)
{
	static const enum pdu_type types[] = { PDU_GET, PDU_GET_NEXT, PDU_GET_BULK };
	static const enum pdu_type unknown[] = { PDU_OPEN, PDU_REGISTER, PDU_NOTIFY, PDU_PING, PDU_TEST_SET, 0, 19, 255 };
	struct fixture *f = *state;

	for (size_t i = 0; i < nitems(types); i++) {
		begin(f, types[i]);
		if (types[i] == PDU_GET_BULK)
			pdu_put_u32(&f->in, 5);
		put_range(f, OID(FAKE_ROOT, 2, 3), false, NOTHING);
		pdu_put_u32(&f->in, 0xff000000);	/* an OID of 255 numbers */
		assert_true(ask(f));
		expect_error(f, PDU_PARSE_ERROR, 0);
	}
	for (size_t i = 0; i < nitems(unknown); i++) {
		begin(f, unknown[i]);
		assert_true(ask(f));
		expect_error(f, PDU_PARSE_ERROR, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_get, setup, teardown),
		cmocka_unit_test_setup_teardown(test_next, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bulk_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_big, setup, teardown),
		cmocka_unit_test_setup_teardown(test_context, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
