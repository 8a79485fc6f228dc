#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/mem.h"
#include "core/wire.h"

static void
test_parse(void **state)
{
	static const char *const wrong[] = { "", ".", "1", "1.", "1..3", "1.3.", "1.3.x", "3.1", "1.40", "-1.3",
	    "1.3.4294967296", " 1.3", "1.3 " };
	uint32_t	ids[OID_MAX_LEN];
	size_t		len = 0, i;

	assert_true(oid_parse("1.3.6.1.2.1.33", ids, &len));
	assert_int_equal(len, 7);
	assert_int_equal(ids[6], 33);
	assert_true(oid_parse(".1.3.4294967295", ids, &len));
	assert_int_equal(len, 3);
	assert_int_equal(ids[2], UINT32_MAX);
	assert_true(oid_parse("2.999", ids, &len));
	for (i = 0; i < nitems(wrong); i++)
		assert_false(oid_parse(wrong[i], ids, &len));
}

static void
test_parse_length(void **state)
{
	char		text[4 * OID_MAX_LEN] = "1";
	uint32_t	ids[OID_MAX_LEN];
	size_t		len, i;

	for (i = 1; i < OID_MAX_LEN; i++)
		strcat(text, ".7");
	assert_true(oid_parse(text, ids, &len));
	assert_int_equal(len, OID_MAX_LEN);
	strcat(text, ".7");
	assert_false(oid_parse(text, ids, &len));
}

static void
test_order(void **state)
{
	static const uint32_t a[] = { 1, 3, 6 }, b[] = { 1, 3, 6, 1 }, c[] = { 1, 3, 4294967295 };
	struct oid	      A = { a, 3 }, B = { b, 4 }, C = { c, 3 };

	assert_int_equal(oid_compare(A, A), 0);
	assert_true(oid_compare(A, B) < 0);
	assert_true(oid_compare(B, A) > 0);
	assert_true(oid_compare(B, C) < 0);
	assert_true(oid_compare(C, A) > 0);
	assert_true(oid_below(A, A));
	assert_true(oid_below(A, B));
	assert_false(oid_below(B, A));
	assert_false(oid_below(A, C));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_length),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
