/* What a battery may hold, of a UPS that does not tell. */
#include "test/unit/unit.h"

#include "drivers/megatec/estimate.h"

static const struct estimate_from nothing = { -1, -1, -1, -1, -1, -1, -1, false, 0 };

static int64_t
rounded(double n)
{
	return (int64_t)(n < 0 ? n - 0.5 : n + 0.5);
}

static void
options_make_sense_or_are_refused(void **state)
{
	static const struct { const char *points, *charge, *idle; bool right; } rows[] = {
		{ "240,100,720,50", NULL, NULL, true }, { "240,100,720,50", "3600", "20", true }, { NULL, NULL, NULL, true },
		{ "720,50,240,100", NULL, NULL, false }, { "240,100,720", NULL, NULL, false },
		{ "240,100,720,50,", NULL, NULL, false }, { "240,100,720,100", NULL, NULL, false },
		{ "240,200,720,50", NULL, NULL, false }, { "0,100,720,50", NULL, NULL, false },
		{ "nan,100,720,50", NULL, NULL, false }, { NULL, "0", NULL, false }, { NULL, "x", NULL, false },
		{ NULL, NULL, "0", false }, { NULL, NULL, "101", false }, { NULL, NULL, "1x", false },
	};
	struct estimate	 e;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++)
		if (estimate_begin(&e, rows[i].points, rows[i].charge, rows[i].idle) != rows[i].right)
			fail_msg("%s, %s, %s", rows[i].points, rows[i].charge, rows[i].idle);
}

static void
charge_is_where_the_voltage_is(void **state)
{
	static const struct { double volts, nominal, low, high, packs; int64_t percent; } rows[] = {
		{ 13.0, 12, -1, -1, -1, 100 }, { 14.0, 12, -1, -1, -1, 100 }, { 10.4, 12, -1, -1, -1, 0 },
		{ 9.7, 12, -1, -1, -1, 0 }, { 11.7, 12, -1, -1, -1, 50 },
		{ 2.0, 24, -1, -1, -1, 62 },		/* of a cell of twelve: 24 V between 20.8 and 26 */
		{ 13.0, 24, -1, -1, 2, 100 },
		{ 26.0, -1, 20, 28, -1, 75 }, { 26.0, 24, 22, 30, -1, 50 },
		{ 26.0, -1, -1, -1, -1, -1 }, { -1, 24, -1, -1, -1, -1 }, { 26.0, 24, 28, 20, -1, -1 },
		{ 0.01, 24, -1, -1, -1, -1 },		/* no number of parts fits */
	};
	struct estimate_from	 f = nothing;
	struct estimate		 e;
	size_t			 i;

	for (i = 0; i < nitems(rows); i++) {
		f.volts = rows[i].volts;
		f.nominal = rows[i].nominal;
		f.low = rows[i].low;
		f.high = rows[i].high;
		f.packs = rows[i].packs;
		estimate_begin(&e, NULL, NULL, NULL);
		if (rounded(estimate_charge(&e, &f)) != rows[i].percent)
			fail_msg("%g of %g: not %d", f.volts, f.nominal, (int)rows[i].percent);
	}
	/* Half the voltage is an empty battery, not two. */
	f = (struct estimate_from){ 12.5, 12, -1, -1, -1, -1, -1, false, 0 };
	estimate_begin(&e, NULL, NULL, NULL);
	assert_int_equal(rounded(estimate_charge(&e, &f)), 81);
	f.volts = 6;
	assert_int_equal(rounded(estimate_charge(&e, &f)), 0);
}

static void
runtime_goes_through_both_points(void **state)
{
	struct estimate		 e;
	struct estimate_from	 f = nothing;

	f.charge = 100;
	f.load = 100;
	assert_true(estimate_begin(&e, "240,100,720,50", NULL, NULL));
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 240);
	f.load = 50;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 720);
	f.charge = 50;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 360);
	f.load = 0;			/* never less than idleload */
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 1200);
	f.load = -1;
	assert_true(estimate_runtime(&e, &f) < 0);
	assert_true(estimate_begin(&e, NULL, NULL, NULL));
	f.load = 50;
	assert_true(estimate_runtime(&e, &f) < 0);
}

/* Without a charge it begins with the voltage, and counts the time on battery and on line. */
static void
runtime_is_used_up_and_comes_back(void **state)
{
	struct estimate		 e;
	struct estimate_from	 f = nothing;

	assert_true(estimate_begin(&e, "240,100,720,50", "2400", NULL));
	f.volts = 13.8;
	f.nominal = 12;
	f.load = 100;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 240);
	f.now = 60000;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 180);
	f.volts = 11.05;		/* a quarter */
	f.now = 61000;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 60);
	f.volts = 13.8;
	f.online = true;
	f.now = 361000;			/* 300 s of 2400 for the whole */
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 90);
	f.now = 100000000;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 240);
	f.online = false;
	f.now = 200000000;
	assert_int_equal(rounded(estimate_runtime(&e, &f)), 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(options_make_sense_or_are_refused),
		cmocka_unit_test(charge_is_where_the_voltage_is),
		cmocka_unit_test(runtime_goes_through_both_points),
		cmocka_unit_test(runtime_is_used_up_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
