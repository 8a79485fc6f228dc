/* Exact decimals: text in, text out, rounding. */
#include "core/value.h"
#include "test/unit/unit.h"

static void
every_text_comes_back(void **state)
{
	static const char *const texts[] = {
		"0", "-0", "230.4", "014", "0764", "+5", "-12.50", "9223372036854775807",
		"-9223372036854775807", "9223372036854775808", "0.000000000000000001",
		"0.0000000000000000001", "1e3", ".5", "5.", "", " ", "-", ".", "OL CHRG", "12 V", "1.2.3",
		"00.0", "-0.5", "--5",
	};
	char	 room[VALUE_TEXT_MAX];
	size_t	 i;

	for (i = 0; i < nitems(texts); i++) {
		struct value	 v = value_from_text(texts[i]);

		assert_string_equal(value_text(&v, room), texts[i]);
	}
}

static void
numbers_and_texts_are_told_apart(void **state)
{
	static const struct { const char *text; enum value_type type; int64_t digits; unsigned scale; } rows[] = {
		{ "230.4", V_NUMBER, 2304, 1 },
		{ "014", V_NUMBER, 14, 0 },
		{ "+5", V_NUMBER, 5, 0 },
		{ ".5", V_NUMBER, 5, 1 },
		{ "-0.5", V_NUMBER, -5, 1 },
		{ "1e3", V_TEXT, 0, 0 },
		{ "", V_TEXT, 0, 0 },
		{ "9223372036854775808", V_TEXT, 0, 0 },
		{ "0.0000000000000000001", V_TEXT, 0, 0 },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct value	 v = value_from_text(rows[i].text);

		assert_int_equal(v.type, rows[i].type);
		if (v.type != V_NUMBER)
			continue;
		assert_int_equal(v.digits, rows[i].digits);
		assert_int_equal(v.scale, rows[i].scale);
	}
}

static void
rounding_is_half_away_from_zero(void **state)
{
	static const struct { const char *text; unsigned scale; int64_t round, floor, ceil; } rows[] = {
		{ "229.5", 0, 230, 229, 230 },
		{ "229.4", 0, 229, 229, 230 },
		{ "-229.5", 0, -230, -230, -229 },
		{ "-229.4", 0, -229, -230, -229 },
		{ "49.95", 1, 500, 499, 500 },
		{ "27.25", 1, 273, 272, 273 },
		{ "-0.5", 0, -1, -1, 0 },
		{ "5", 3, 5000, 5000, 5000 },
		{ "9223372036854775807", 1, INT64_MAX, INT64_MAX, INT64_MAX },
		{ "-9223372036854775807", 1, INT64_MIN, INT64_MIN, INT64_MIN },
		{ "0", 40, 0, 0, 0 },
		{ "OL", 1, 0, 0, 0 },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct value	 v = value_from_text(rows[i].text);

		assert_int_equal(value_scaled(&v, rows[i].scale), rows[i].round);
		assert_int_equal(value_floor(&v, rows[i].scale), rows[i].floor);
		assert_int_equal(value_ceil(&v, rows[i].scale), rows[i].ceil);
	}
}

static void
comparing_and_multiplying_are_exact(void **state)
{
	struct value	 a = value_from_text("0.30"), b = value_from_text("0.3"), product;
	char		 room[VALUE_TEXT_MAX];

	assert_int_equal(value_compare(&a, &b), 0);
	assert_false(value_equal(&a, &b));		/* they print differently */
	b = value_from_text("-7");
	assert_int_equal(value_compare(&a, &b), 1);
	product = value_times(&a, 6, 1);
	assert_string_equal(value_text(&product, room), "0.180");
	a = value_number(INT64_MAX, 0);
	assert_int_equal(value_times(&a, 2, 0).type, V_NONE);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_text_comes_back),
		cmocka_unit_test(numbers_and_texts_are_told_apart),
		cmocka_unit_test(rounding_is_half_away_from_zero),
		cmocka_unit_test(comparing_and_multiplying_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
