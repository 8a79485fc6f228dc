/* The AgentX codec against bytes worked out by hand from RFC 2741. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/mem.h"
#include "subagent/pdu.h"

#define OID(...) ((struct oid){ (const uint32_t[]){ __VA_ARGS__ }, \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) })

static void
assert_bytes(const struct buf *buf, const uint8_t *expected, size_t len)
{
	assert_int_equal(buf->len, len);
	assert_memory_equal(buf_bytes(buf), expected, len);
}

static void
assert_oid(struct oid oid, struct oid expected)
{
	assert_int_equal(oid_compare(oid, expected), 0);
	assert_int_equal(oid.len, expected.len);
}

/* RFC 2741 5.1: 1.3.6.1 and one byte's number after it become a prefix. */
static void
test_oids(void **state)
{
	static const struct {
		uint32_t	ids[8];
		size_t		len;
		bool		include;
		uint8_t		bytes[40];
		size_t		nbytes;
	} cases[] = {
		{ { 0 }, 0, false, { 0, 0, 0, 0 }, 4 },
		{ { 1, 3, 6, 1, 2, 1, 1 }, 7, false,
		    { 2, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1 }, 12 },
		{ { 1, 3, 6, 1, 4, 1, 0xfffffffe }, 7, true,
		    { 2, 4, 1, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe }, 12 },
		{ { 1, 3, 6, 1, 2 }, 5, false, { 0, 2, 0, 0 }, 4 },
		{ { 1, 3, 6, 1 }, 4, false,
		    { 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 1 }, 20 },
		/* 0 and 256 do not fit into the prefix byte */
		{ { 1, 3, 6, 1, 0 }, 5, false,
		    { 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0 }, 24 },
		{ { 1, 3, 6, 1, 256 }, 5, false,
		    { 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 1, 0 }, 24 },
		{ { 2, 999 }, 2, false, { 2, 0, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0xe7 }, 12 },
	};

	for (size_t i = 0; i < nitems(cases); i++) {
		const struct oid oid = { cases[i].ids, cases[i].len };
		struct pdu_reader reader = { .at = cases[i].bytes, .end = cases[i].bytes + cases[i].nbytes,
		    .network = true };
		uint32_t ids[OID_MAX_LEN];
		struct buf buf = { 0 };
		bool include;

		pdu_put_oid(&buf, oid, cases[i].include);
		assert_bytes(&buf, cases[i].bytes, cases[i].nbytes);
		assert_oid(pdu_read_oid(&reader, ids, &include), oid);
		assert_int_equal(include, cases[i].include);
		assert_false(reader.bad);
		assert_ptr_equal(reader.at, reader.end);
		buf_free(&buf);
	}
}

static void
test_long_oids(void **state)
{
	uint32_t ids[OID_MAX_LEN + 5], read[OID_MAX_LEN];
	uint8_t bytes[4 + 4 * (OID_MAX_LEN + 1)] = { OID_MAX_LEN + 1 };
	struct pdu_reader reader = { .at = bytes, .end = bytes + sizeof bytes };
	struct buf buf = { 0 };
	bool include;

	for (size_t i = 0; i < nitems(ids); i++)
		ids[i] = (uint32_t)i;
	pdu_put_oid(&buf, (struct oid){ ids, OID_MAX_LEN }, false);
	assert_int_equal(buf.len, 4 + 4 * OID_MAX_LEN);
	pdu_read_oid(&reader, read, &include);
	assert_true(reader.bad);

	/* 124 numbers are fine, but not after a prefix. */
	reader = (struct pdu_reader){ .at = bytes, .end = bytes + sizeof bytes };
	bytes[0] = OID_MAX_LEN - 4;
	bytes[1] = 2;
	pdu_read_oid(&reader, read, &include);
	assert_true(reader.bad);
	reader = (struct pdu_reader){ .at = bytes, .end = bytes + sizeof bytes };
	bytes[0] = OID_MAX_LEN - 5;
	assert_int_equal(pdu_read_oid(&reader, read, &include).len, OID_MAX_LEN);
	assert_false(reader.bad);
	buf_free(&buf);
}

static void
test_octets(void **state)
{
	static const uint8_t five[] = { 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };
	static const uint8_t empty[] = { 0, 0, 0, 0 };
	static const uint8_t too_long[][8] = {
		{ 0, 0, 0, 5, 'h', 'e', 'l', 'l' },
		{ 0xff, 0xff, 0xff, 0xff, 'h', 'e', 'l', 'l' },
		{ 0xff, 0xff, 0xff, 0xfd, 'h', 'e', 'l', 'l' },
	};
	struct pdu_reader reader = { .at = five, .end = five + sizeof five, .network = true };
	struct buf buf = { 0 };
	size_t len;

	pdu_put_octets(&buf, "hello", 5);
	assert_bytes(&buf, five, sizeof five);
	assert_memory_equal(pdu_read_octets(&reader, &len), "hello", 5);
	assert_int_equal(len, 5);
	assert_false(pdu_more(&reader));
	assert_false(reader.bad);

	buf_clear(&buf);
	pdu_put_octets(&buf, NULL, 0);
	assert_bytes(&buf, empty, sizeof empty);

	for (size_t i = 0; i < nitems(too_long); i++) {
		reader = (struct pdu_reader){ .at = too_long[i], .end = too_long[i] + 8, .network = true };
		assert_null(pdu_read_octets(&reader, &len));
		assert_int_equal(len, 0);
		assert_true(reader.bad);
		assert_int_equal(pdu_read_u32(&reader), 0);	/* and it stays so */
	}
	/* a length whose padding is missing */
	reader = (struct pdu_reader){ .at = five, .end = five + 9, .network = true };
	assert_null(pdu_read_octets(&reader, &len));
	buf_free(&buf);
}

static void
test_frames(void **state)
{
	static const uint8_t ping[] = { 1, 13, 16, 0, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0 };
	static const uint8_t little[] = { 1, 13, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4 };
	uint8_t wrong[sizeof ping];
	struct pdu pdu;

	for (size_t len = 0; len < sizeof ping; len++)
		assert_int_equal(pdu_frame(ping, len, &pdu), PDU_PARTIAL);
	assert_int_equal(pdu_frame(ping, sizeof ping, &pdu), PDU_WHOLE);
	assert_int_equal(pdu.type, PDU_PING);
	assert_int_equal(pdu.session, 9);
	assert_int_equal(pdu.transaction, 8);
	assert_int_equal(pdu.packet, 7);
	assert_int_equal(pdu.len, 0);

	assert_int_equal(pdu_frame(little, sizeof little - 1, &pdu), PDU_PARTIAL);
	assert_int_equal(pdu_frame(little, sizeof little, &pdu), PDU_WHOLE);
	assert_int_equal(pdu.session, 9);
	assert_int_equal(pdu.len, 4);
	assert_memory_equal(pdu.payload, "\1\2\3\4", 4);

	memcpy(wrong, ping, sizeof wrong);
	wrong[0] = 2;			/* version */
	assert_int_equal(pdu_frame(wrong, 1, &pdu), PDU_GARBAGE);
	wrong[0] = 1;
	wrong[19] = 3;			/* no multiple of 4 */
	assert_int_equal(pdu_frame(wrong, sizeof wrong, &pdu), PDU_GARBAGE);
	wrong[16] = 0xff;		/* 4 GiB */
	wrong[19] = 0;
	assert_int_equal(pdu_frame(wrong, sizeof wrong, &pdu), PDU_GARBAGE);
}

static void
test_register(void **state)
{
	/* RFC 2741 6.2.3, with a context: upsObjects in "ups1" */
	static const uint8_t expected[] = {
		1, 3, 0x18, 0,  0, 0, 0, 5,  0, 0, 0, 0,  0, 0, 1, 2,  0, 0, 0, 28,
		0, 0, 0, 4, 'u', 'p', 's', '1',		/* r.context */
		0, 127, 0, 0,				/* time-out, priority, range_subid */
		3, 2, 0, 0,  0, 0, 0, 1,  0, 0, 0, 33,  0, 0, 0, 1,
	};
	const struct pdu head = { .type = PDU_REGISTER, .flags = PDU_NON_DEFAULT_CONTEXT, .session = 5,
	    .packet = 0x102 };
	struct buf buf = { 0 };
	struct pdu pdu;
	struct pdu_reader reader;
	size_t begin, len;

	begin = pdu_begin(&buf, &head, "ups1");
	pdu_put_u8x4(&buf, 0, 127, 0, 0);
	pdu_put_oid(&buf, OID(1, 3, 6, 1, 2, 1, 33, 1), false);
	pdu_end(&buf, begin);
	assert_bytes(&buf, expected, sizeof expected);

	assert_int_equal(pdu_frame(expected, sizeof expected, &pdu), PDU_WHOLE);
	reader = pdu_read(&pdu);
	assert_memory_equal(pdu_read_context(&reader, &pdu, &len), "ups1", 4);
	assert_int_equal(len, 4);
	buf_free(&buf);
}

static void
test_response(void **state)
{
	/* RFC 2741 6.2.16: upsBatteryStatus.0 = 2, upsIdentModel.0 = "M2", one absent instance */
	static const uint8_t expected[] = {
		1, 18, 0x10, 0,  0, 0, 0, 3,  0, 0, 0, 4,  0, 0, 0, 5,  0, 0, 0, 116,
		0, 0, 0, 0,  0, 0, 0, 0,
		0, 2, 0, 0,  6, 2, 0, 0,  0, 0, 0, 1,  0, 0, 0, 33,  0, 0, 0, 1,  0, 0, 0, 2,  0, 0, 0, 1,
		    0, 0, 0, 0,  0, 0, 0, 2,
		0, 4, 0, 0,  6, 2, 0, 0,  0, 0, 0, 1,  0, 0, 0, 33,  0, 0, 0, 1,  0, 0, 0, 1,  0, 0, 0, 2,
		    0, 0, 0, 0,  0, 0, 0, 2, 'M', '2', 0, 0,
		0, 129, 0, 0,  6, 2, 0, 0,  0, 0, 0, 1,  0, 0, 0, 33,  0, 0, 0, 1,  0, 0, 0, 2,  0, 0, 0, 6,
		    0, 0, 0, 0,
	};
	const struct pdu request = { .type = PDU_GET, .flags = PDU_NON_DEFAULT_CONTEXT, .session = 3,
	    .transaction = 4, .packet = 5 };
	const struct object status = { .type = OBJECT_INTEGER, .number = 2 };
	const struct object model = { .type = OBJECT_OCTETS, .bytes = (const uint8_t *)"M2", .len = 2 };
	const struct object absent = { .type = OBJECT_NO_SUCH_INSTANCE };
	struct buf buf = { 0 };
	size_t begin;

	begin = pdu_respond(&buf, &request);
	pdu_put_object(&buf, OID(1, 3, 6, 1, 2, 1, 33, 1, 2, 1, 0), &status);
	pdu_put_object(&buf, OID(1, 3, 6, 1, 2, 1, 33, 1, 1, 2, 0), &model);
	pdu_put_object(&buf, OID(1, 3, 6, 1, 2, 1, 33, 1, 2, 6, 0), &absent);
	pdu_end(&buf, begin);
	assert_bytes(&buf, expected, sizeof expected);

	pdu_respond_error(&buf, begin, PDU_NOT_WRITABLE, 1);
	assert_int_equal(buf.len, 28);
	assert_memory_equal(buf_bytes(&buf) + 16, "\0\0\0\10" "\0\0\0\0" "\0\21\0\1", 12);
	buf_free(&buf);
}

static const uint8_t address[] = { 192, 0, 2, 1 };
static const uint32_t some_ids[] = { 1, 3, 6, 1, 2, 1, 33 };
static const struct object all_types[] = {
	{ .type = OBJECT_INTEGER, .number = (uint64_t)-1 },
	{ .type = OBJECT_INTEGER, .number = INT32_MAX },
	{ .type = OBJECT_OCTETS, .bytes = (const uint8_t *)"abc", .len = 3 },
	{ .type = OBJECT_OCTETS, .bytes = (const uint8_t *)"", .len = 0 },
	{ .type = OBJECT_NULL },
	{ .type = OBJECT_OID, .ref = { some_ids, nitems(some_ids) } },
	{ .type = OBJECT_OID, .ref = { some_ids, 0 } },
	{ .type = OBJECT_ADDRESS, .bytes = address, .len = sizeof address },
	{ .type = OBJECT_COUNTER32, .number = UINT32_MAX },
	{ .type = OBJECT_GAUGE32, .number = 7 },
	{ .type = OBJECT_TIMETICKS, .number = 123456789 },
	{ .type = OBJECT_OPAQUE, .bytes = (const uint8_t *)"\x9f\x78\x04", .len = 3 },
	{ .type = OBJECT_COUNTER64, .number = 0x0123456789abcdef },
	{ .type = OBJECT_NO_SUCH_OBJECT },
	{ .type = OBJECT_NO_SUCH_INSTANCE },
	{ .type = OBJECT_END_OF_MIB_VIEW },
};

static void
test_values(void **state)
{
	for (size_t i = 0; i < nitems(all_types); i++) {
		const struct object *object = &all_types[i];
		uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
		struct pdu_reader reader;
		struct object read;
		struct buf buf = { 0 };

		pdu_put_object(&buf, OID(1, 3, 6, 1, 4, 1, 5), object);
		for (size_t cut = 1; cut <= buf.len; cut++) {
			reader = (struct pdu_reader){ .at = buf_bytes(&buf),
			    .end = buf_bytes(&buf) + buf.len - cut, .network = true };
			pdu_read_object(&reader, &read, ids, ref);
			assert_true(reader.bad);
		}
		reader = (struct pdu_reader){ .at = buf_bytes(&buf), .end = buf_bytes(&buf) + buf.len,
		    .network = true };
		pdu_read_object(&reader, &read, ids, ref);
		assert_false(reader.bad);
		assert_ptr_equal(reader.at, reader.end);
		assert_int_equal(read.type, object->type);
		assert_true(read.number == object->number);
		assert_int_equal(read.len, object->len);
		if (object->len > 0)
			assert_memory_equal(read.bytes, object->bytes, object->len);
		assert_oid(read.ref, object->ref);
		assert_oid(read.oid, OID(1, 3, 6, 1, 4, 1, 5));
		buf_free(&buf);
	}
}

static void
test_little_endian(void **state)
{
	/* Counter64 0x0102030405060708 of 1.3.6.1.2.7: the whole number is turned round (RFC 2741 5.4) */
	static const uint8_t counter[] = { 70, 0, 0, 0, 1, 2, 0, 0, 7, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1 };
	static const uint8_t integer[] = { 2, 0, 0, 0, 1, 2, 0, 0, 7, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff };
	struct pdu_reader reader = { .at = counter, .end = counter + sizeof counter };
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object object;

	pdu_read_object(&reader, &object, ids, ref);
	assert_false(reader.bad);
	assert_int_equal(object.type, OBJECT_COUNTER64);
	assert_true(object.number == 0x0102030405060708);
	assert_oid(object.oid, OID(1, 3, 6, 1, 2, 7));

	reader = (struct pdu_reader){ .at = integer, .end = integer + sizeof integer };
	pdu_read_object(&reader, &object, ids, ref);
	assert_true((int64_t)object.number == -2);
}

static void
test_bad_values(void **state)
{
	static const uint8_t unknown[] = { 0, 3, 0, 0, 0, 0, 0, 0 };
	static const uint8_t huge[] = { 0xff, 0xff, 0, 0, 0, 0, 0, 0 };
	static const uint8_t long_address[] = { 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0 };
	static const struct { const uint8_t *bytes; size_t len; } cases[] = {
		{ unknown, sizeof unknown }, { huge, sizeof huge }, { long_address, sizeof long_address },
	};
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object object;

	for (size_t i = 0; i < nitems(cases); i++) {
		struct pdu_reader reader = { .at = cases[i].bytes, .end = cases[i].bytes + cases[i].len,
		    .network = true };

		pdu_read_object(&reader, &object, ids, ref);
		assert_true(reader.bad);
		assert_false(pdu_more(&reader));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oids),
		cmocka_unit_test(test_long_oids),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_register),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_little_endian),
		cmocka_unit_test(test_bad_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
