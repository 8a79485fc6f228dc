#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/flags.h"
#include "core/mem.h"
#include "core/rfc1628.h"
#include "core/status.h"
#include "test/unit/dump.h"

/* The rules of RFC 1628's states, one row a case, then all recorded devices. */

static struct readings
readings_from(struct model *m, enum device_state state, const char *text)
{
	struct device	*d = model_add(m, "u");
	struct update	*u = update_begin(d);

	dump_put(u, text);
	update_state(u, state);
	update_commit(u);
	return readings_of_device(d);
}

static void
test_status_words(void **state)
{
	char		 room[STATUS_TEXT_MAX];
	unsigned	 all = (1u << STATUS_WORDS) - 1;

	assert_int_equal(status_parse(NULL), 0);
	assert_int_equal(status_parse(""), 0);
	assert_int_equal(status_parse("OL CHRG"), STATUS_OL | STATUS_CHRG);
	assert_int_equal(status_parse("  CHRG   NEW OL  "), STATUS_OL | STATUS_CHRG);
	assert_int_equal(status_parse("OLD ol OVERLOAD O"), 0);
	assert_int_equal(status_parse("BY TIP"), STATUS_BYPASS | STATUS_TEST);
	assert_string_equal(status_text(STATUS_LB | STATUS_OB, room), "OB LB");
	assert_string_equal(status_text(0, room), "");
	assert_int_equal(status_parse(status_text(all, room)), all);
}

static void
test_flag_words(void **state)
{
	enum flag	 flag;

	for (flag = FLAG_NONE + 1; flag < FLAG_END; flag++) {
		assert_non_null(flag_text(flag));
		assert_int_equal(flag_find(flag_word(flag), strlen(flag_word(flag))), flag);
	}
	assert_int_equal(flag_find("fan", 3), FLAG_NONE);
	assert_int_equal(flags_parse(NULL), 0);
	assert_int_equal(flags_parse("  fan-failure what battery-bad "),
	    FLAG_BIT(FLAG_FAN_FAILURE) | FLAG_BIT(FLAG_BATTERY_BAD));
}

static const struct {
	const char	*said;
	unsigned	 battery, source;
} states[] = {
	{ "", BATTERY_UNKNOWN, SOURCE_OTHER },
	{ "ups.status: WAIT", BATTERY_UNKNOWN, SOURCE_OTHER },
	{ "ups.status: OL WAIT", BATTERY_NORMAL, SOURCE_OTHER },
	{ "ups.status: NEW", BATTERY_UNKNOWN, SOURCE_OTHER },
	{ "battery.charge: 50", BATTERY_NORMAL, SOURCE_OTHER },
	{ "battery.runtime: 50", BATTERY_NORMAL, SOURCE_OTHER },
	{ "ups.status: OL", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: CHRG OL", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: OFF OL", BATTERY_NORMAL, SOURCE_NONE },
	{ "ups.status: OB OFF BYPASS", BATTERY_NORMAL, SOURCE_NONE },
	{ "ups.status: OB BYPASS", BATTERY_NORMAL, SOURCE_BYPASS },
	{ "ups.status: OB CAL", BATTERY_NORMAL, SOURCE_BATTERY },
	{ "ups.status: OB BOOST", BATTERY_NORMAL, SOURCE_BATTERY },
	{ "ups.status: OL BOOST", BATTERY_NORMAL, SOURCE_BOOSTER },
	{ "ups.status: OL TRIM", BATTERY_NORMAL, SOURCE_REDUCER },
	{ "ups.status: TRIM", BATTERY_NORMAL, SOURCE_REDUCER },
	{ "ups.status: OL ECO", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: OL ECO\n.options: derive-load eco-as-bypass", BATTERY_NORMAL, SOURCE_BYPASS },
	{ "ups.status: OL\n.options: eco-as-bypass", BATTERY_NORMAL, SOURCE_NORMAL },
	/* depleted */
	{ "ups.status: OL\n.flags: depleted", BATTERY_DEPLETED, SOURCE_NORMAL },
	{ "ups.status: OL DEPLETED", BATTERY_DEPLETED, SOURCE_NORMAL },
	{ "ups.status: OL\n.flags: no-battery", BATTERY_DEPLETED, SOURCE_NORMAL },
	{ "ups.status: OL\n.flags: no-battery\nbattery.charge: 0", BATTERY_DEPLETED, SOURCE_NORMAL },
	{ "ups.status: OL\n.flags: no-battery\nbattery.charge: 100", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: OL ALARM\nups.alarm: No battery installed!", BATTERY_DEPLETED, SOURCE_NORMAL },
	{ "ups.status: OB\nbattery.charge: 0", BATTERY_DEPLETED, SOURCE_BATTERY },
	{ "ups.status: OB FSD", BATTERY_DEPLETED, SOURCE_BATTERY },
	{ "ups.status: OL FSD", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: OL LB\nbattery.charge: 0\nbattery.runtime: 60", BATTERY_DEPLETED, SOURCE_NORMAL },
	/* on mains a charge of 0 without a runtime is not reported */
	{ "ups.status: OL LB\nbattery.charge: 0", BATTERY_LOW, SOURCE_NORMAL },
	{ "ups.status: OL\nbattery.charge: 0\nbattery.runtime: 0", BATTERY_NORMAL, SOURCE_NORMAL },
	/* low */
	{ "ups.status: OL LB", BATTERY_LOW, SOURCE_NORMAL },
	{ "ups.status: OL\n.flags: low-battery", BATTERY_LOW, SOURCE_NORMAL },
	{ "ups.status: OB\nbattery.runtime: 120\nbattery.runtime.low: 120", BATTERY_LOW, SOURCE_BATTERY },
	{ "ups.status: OB\nbattery.runtime: 121\nbattery.runtime.low: 120", BATTERY_NORMAL, SOURCE_BATTERY },
	{ "ups.status: OL\nbattery.runtime: 1\nbattery.runtime.low: 120", BATTERY_NORMAL, SOURCE_NORMAL },
	{ "ups.status: OB\nbattery.charge: 10\nbattery.charge.low: 10.0", BATTERY_LOW, SOURCE_BATTERY },
	{ "ups.status: OB\nbattery.charge: 10.1\nbattery.charge.low: 10", BATTERY_NORMAL, SOURCE_BATTERY },
	{ "ups.status: OB\nbattery.runtime: 65535\nbattery.runtime.low: 99999", BATTERY_NORMAL, SOURCE_BATTERY },
	{ "ups.status: OL RB HB", BATTERY_NORMAL, SOURCE_NORMAL },
};

static void
test_states(void **state)
{
	size_t	 i;

	for (i = 0; i < nitems(states); i++) {
		struct model	*m = model_new();
		struct readings	 r = readings_from(m, DEVICE_FRESH, states[i].said);

		if (rfc1628_battery_status(&r) != states[i].battery ||
		    rfc1628_output_source(&r) != states[i].source)
			fail_msg("\"%s\": battery %u source %u", states[i].said,
			    rfc1628_battery_status(&r), rfc1628_output_source(&r));
		r.state = DEVICE_STALE;
		assert_int_equal(rfc1628_battery_status(&r), BATTERY_UNKNOWN);
		assert_int_equal(rfc1628_output_source(&r), SOURCE_OTHER);
		assert_int_equal(rfc1628_alarms(&r), FLAG_BIT(FLAG_COMMUNICATIONS_LOST));
		model_free(m);
	}
}

static const struct {
	const char	*said;
	int		 alarms[8];	/* ends with 0 */
} alarms[] = {
	{ "ups.status: OL CHRG\nbattery.charge: 97.6\nbattery.runtime: 1799", { 0 } },
	{ "ups.status: OB DISCHRG LB\nbattery.charge: 12\nbattery.runtime: 45", { 2, 3, 6 } },
	{ "ups.status: ALARM OL BYPASS\nups.alarm: Fan failure!", { 9, 16 } },
	{ "ups.status: OL OFF", { 14 } },
	{ "ups.status: BOOST OL RB", { 1 } },
	{ "ups.status: OB TEST", { 2 } },
	{ "ups.status: OB CAL", { 2, 27 } },
	{ "ups.status: OL HB", { 26 } },
	{ "ups.status: OL OVER OVERHEAT", { 5, 8 } },
	{ "ups.status: OL COMMFAULT", { 18 } },
	{ "ups.status: OL FSD", { 22 } },
	{ "ups.status: OB FSD", { 2, 4, 6, 22 } },
	/* values */
	{ "ups.status: OL\nups.load: 100", { 0 } },
	{ "ups.status: OL\nups.load: 100.5", { 8 } },
	{ "ups.status: OL\nups.load: 81\nups.load.high: 80", { 8 } },
	{ "ups.status: OL\nups.load: 101\nups.load.high: 0", { 8 } },
	{ "ups.status: OL\nups.load: 300", { 0 } },
	{ "ups.status: OL\nups.timer.shutdown: 30", { 22 } },
	{ "ups.status: OL\nups.timer.shutdown: 5", { 22 } },
	{ "ups.status: OL\nups.timer.shutdown: 4", { 23 } },
	{ "ups.status: OL\nups.timer.shutdown: 0", { 0 } },
	{ "ups.status: OL\nups.timer.shutdown: -1", { 0 } },
	{ "ups.status: OL\nups.timer.shutdown: 65535", { 0 } },
	{ "ups.status: OL\nups.test.result: Done and error", { 19 } },
	{ "ups.status: OL\ninput.voltage: 170\ninput.transfer.low: 180", { 6 } },
	{ "ups.status: OL\ninput.voltage: 170\ninput.transfer.low: 180\ninput.phases: 3", { 0 } },
	{ "ups.status: OL\ninput.voltage: 0\ninput.transfer.low: 180", { 0 } },
	{ "ups.status: OL\ninput.voltage: 230\ninput.transfer.high: 0", { 0 } },
	{ "ups.status: OL\ninput.voltage: 270\ninput.transfer.high: 264.0", { 6 } },
	{ "ups.status: OL\ninput.voltage.status: critical-low", { 6 } },
	{ "ups.status: OL\ninput.frequency.status: out-of-range", { 6 } },
	{ "ups.status: OL\ninput.voltage.status: warning-low", { 0 } },
	{ "ups.status: OL\ninput.L2.voltage.status: critical-high", { 6 } },
	{ "ups.status: OL\ninput.current.status: critical-high", { 0 } },
	/* flags */
	{ "ups.status: OL\n.flags: fan-failure fuse-failure bypass-bad", { 10, 16, 17 } },
	{ "ups.status: OL OFF\n.flags: ups-off-as-requested", { 12 } },
	{ "ups.status: OL OFF\n.flags: output-off-as-requested", { 11 } },
	{ "ups.status: OL\n.flags: no-battery", { 4 } },
	{ "ups.status: OL\n.flags: no-battery\nbattery.charge: 100", { 0 } },
	{ "ups.status: OL\n.flags: high-battery load-low", { 26, 28 } },
	/* the fixed texts of usbhid-ups */
	{ "ups.status: ALARM OL\nups.alarm: Replace battery!", { 1 } },
	{ "ups.status: ALARM OL\nups.alarm: Shutdown imminent!", { 23 } },
	{ "ups.status: ALARM OL\nups.alarm: No battery installed!", { 4 } },
	{ "ups.status: ALARM OL\nups.alarm: No battery installed!\nbattery.charge: 100", { 0 } },
	{ "ups.status: ALARM OL\nups.alarm: Battery voltage too low!", { 3 } },
	{ "ups.status: ALARM OL\nups.alarm: Battery voltage too high!", { 26 } },
	{ "ups.status: ALARM OL\nups.alarm: Battery charger fail!", { 13 } },
	{ "ups.status: ALARM OL\nups.alarm: Temperature too high!", { 5 } },
	{ "ups.status: ALARM OL\nups.alarm: Internal UPS fault!", { 18 } },
	{ "ups.status: ALARM OL\nups.alarm: Awaiting power!", { 21 } },
	{ "ups.status: ALARM OL\nups.alarm: Automatic bypass mode!", { 9 } },
	{ "ups.status: ALARM OL\nups.alarm: Manual bypass mode!", { 9 } },
	/* several, and others */
	{ "ups.status: ALARM OL\nups.alarm: Fan failure! Replace battery!", { 1, 16 } },
	{ "ups.status: ALARM OL\nups.alarm: [FUSE-FAULT] [inverter_fault]", { 7, 17 } },
	{ "ups.status: ALARM OL\nups.alarm: Battery bad! Building alarm!", { 1, 18 } },
	{ "ups.status: ALARM OL\nups.alarm: Bypass not available! Internal failure!", { 10, 18 } },
	{ "ups.status: OL\nups.alarm: 0", { 0 } },
	{ "ups.status: OL ALARM", { 18 } },
	{ "ups.status: OL ALARM RB", { 1 } },
	{ "ups.status: OL ALARM\nups.alarm: Charger is unwell\n.flags: charger-failed", { 13 } },
};

static void
test_alarms(void **state)
{
	size_t	 i, j;

	for (i = 0; i < nitems(alarms); i++) {
		struct model	*m = model_new();
		struct readings	 r = readings_from(m, DEVICE_FRESH, alarms[i].said);
		uint64_t	 expected = 0, is = rfc1628_alarms(&r);

		for (j = 0; alarms[i].alarms[j] != 0; j++)
			expected |= FLAG_BIT(alarms[i].alarms[j]);
		if (is != expected)
			fail_msg("\"%s\": alarms %#llx, not %#llx", alarms[i].said,
			    (unsigned long long)is, (unsigned long long)expected);
		model_free(m);
	}
}

static const struct {
	const char		*text;
	enum test_summary	 summary;
} results[] = {
	{ "", TEST_NONE_INITIATED }, { "No test initiated", TEST_NONE_INITIATED },
	{ "no test performed", TEST_NONE_INITIATED }, { "NO", TEST_NONE_INITIATED },
	{ "0", TEST_NONE_INITIATED }, { "Unknown", TEST_NONE_INITIATED }, { "Never", TEST_NONE_INITIATED },
	{ "Test not started", TEST_NONE_INITIATED },
	{ "In progress", TEST_IN_PROGRESS }, { "Test running", TEST_IN_PROGRESS }, { "Started", TEST_IN_PROGRESS },
	{ "Aborted", TEST_ABORTED }, { "cancelled", TEST_ABORTED }, { "InvalidTest", TEST_ABORTED },
	{ "Stopped", TEST_ABORTED }, { "Done and warning", TEST_DONE_WARNING },
	{ "Done and error", TEST_DONE_ERROR }, { "Failed", TEST_DONE_ERROR }, { "Battery bad", TEST_DONE_ERROR },
	{ "BT", TEST_DONE_ERROR }, { "NG", TEST_DONE_ERROR },
	{ "Done and passed", TEST_DONE_PASS }, { "Ok", TEST_DONE_PASS }, { "GOOD", TEST_DONE_PASS },
	{ "Passed, Source: Internal", TEST_DONE_PASS }, { "Marvellous", TEST_DONE_WARNING },
};

static void
test_results(void **state)
{
	struct model	*m = model_new();
	struct readings	 r;
	size_t		 i;

	for (i = 0; i < nitems(results); i++)
		if (rfc1628_test_result(results[i].text) != results[i].summary)
			fail_msg("\"%s\" is %u", results[i].text, rfc1628_test_result(results[i].text));
	r = readings_from(m, DEVICE_FRESH, "ups.status: OL\nups.test.result: Ok");
	assert_int_equal(rfc1628_test_summary(&r), TEST_DONE_PASS);
	r.status |= STATUS_CAL;
	assert_int_equal(rfc1628_test_summary(&r), TEST_IN_PROGRESS);
	r.state = DEVICE_STALE;
	assert_int_equal(rfc1628_test_summary(&r), TEST_DONE_PASS);
	model_free(m);
}

/* Battery boards of small computers are not among the recorded UPSes that the specification counts. */
static bool
is_board(const struct device *d)
{
	const char	*type = snapshot_text(device_now(d), VAR_DEVICE_TYPE);

	return type != NULL && strcmp(type, "HAT") == 0;
}

/*
 * spec/ups-mib.md counts 705 dumps with one "other" and one "unknown" more:
 * a dump without any status, charge or runtime that is marked as no UPS.
 */
static void
test_recorded_devices(void **state)
{
	struct model	*m = model_new();
	unsigned	 battery[8] = { 0 }, source[8] = { 0 }, test[8] = { 0 }, n = 0;
	struct device	*d;

	if (dumps_load(m, NULL) == 0) {
		model_free(m);
		skip();
	}
	for (d = model_next(m, NULL); d != NULL; d = model_next(m, d)) {
		struct readings	 r = readings_of_device(d);

		if (is_board(d))
			continue;
		n++;
		battery[rfc1628_battery_status(&r)]++;
		source[rfc1628_output_source(&r)]++;
		if (readings_get(&r, VAR_UPS_TEST_RESULT) != NULL) {
			char	 room[VALUE_TEXT_MAX];

			test[rfc1628_test_result(readings_text(&r, VAR_UPS_TEST_RESULT, room))]++;
		}
	}
	assert_int_equal(n, 704);
	assert_int_equal(source[SOURCE_NORMAL], 640);
	assert_int_equal(source[SOURCE_BATTERY], 24);
	assert_int_equal(source[SOURCE_NONE], 14);
	assert_int_equal(source[SOURCE_BYPASS], 8);
	assert_int_equal(source[SOURCE_REDUCER], 8);
	assert_int_equal(source[SOURCE_BOOSTER], 6);
	assert_int_equal(source[SOURCE_OTHER], 4);
	assert_int_equal(battery[BATTERY_NORMAL], 692);
	assert_int_equal(battery[BATTERY_LOW], 9);
	assert_int_equal(battery[BATTERY_DEPLETED], 1);
	assert_int_equal(battery[BATTERY_UNKNOWN], 2);
	assert_int_equal(test[TEST_DONE_PASS], 98);
	assert_int_equal(test[TEST_ABORTED], 8);
	assert_int_equal(test[TEST_IN_PROGRESS], 3);
	assert_int_equal(test[TEST_DONE_WARNING], 2);
	assert_int_equal(test[TEST_DONE_ERROR], 1);
	assert_int_equal(test[TEST_NONE_INITIATED], 103);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_status_words),
		cmocka_unit_test(test_flag_words),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_alarms),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_recorded_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
