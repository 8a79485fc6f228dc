#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "snmp_stage.h"

#define UPS	"1.3.6.1.2.1.33.1."

static void		*knowledge;

/* A healthy UPS with one line. */
static const char *const	healthy[] = {
	"1.3.6.1.2.1.1.1.0|4|Card 1.0",
	"1.3.6.1.2.1.1.2.0|6|1.3.6.1.2.1.33",
	"1.3.6.1.2.1.1.3.0|67|100000",
	"1.3.6.1.2.1.1.5.0|4|name",
	"1.3.6.1.2.1.1.6.0|4|  Rack 4 ",
	UPS "1.1.0|4|ACME", UPS "1.2.0|4|Model 5",
	UPS "2.1.0|2|2", UPS "2.3.0|2|42", UPS "2.4.0|2|97", UPS "2.5.0|2|273", UPS "2.6.0|2|-15", UPS "2.7.0|2|-273",
	UPS "3.2.0|2|1", UPS "3.3.1.2.1|2|499", UPS "3.3.1.3.1|2|231",
	UPS "4.1.0|2|3", UPS "4.2.0|2|500", UPS "4.3.0|2|1", UPS "4.4.1.2.1|2|230", UPS "4.4.1.5.1|2|33",
	UPS "6.1.0|66|0",
	UPS "7.1.0|6|1.3.6.1.2.1.33.1.7.7.1", UPS "7.2.0|2|5", UPS "7.3.0|2|6",
	UPS "8.1.0|2|1", UPS "8.2.0|2|-1", UPS "8.3.0|2|-1", UPS "8.4.0|2|-1", UPS "8.5.0|2|1",
	UPS "9.7.0|2|2", UPS "9.8.0|2|2",
	NULL
};

static void
fill(struct agent *a, const char *const *lines)
{
	*a = (struct agent){ .result = R_DONE };
	for (; *lines != NULL; lines++)
		assert_true(agent_line(a, *lines));
	agent_sort(a);
}

static void
begin(struct unit *u, struct agent *a, const char *profile)
{
	fill(a, healthy);
	stage_begin(u, &snmp_driver, knowledge, profile, a);
	stage_start(u);
}

static void
end(struct unit *u, struct agent *a)
{
	stage_end(u);
	agent_free(a);
}

#define assert_reading(u, name, text)	do {				\
	assert_non_null(stage_get((u), (name)));			\
	assert_string_equal(stage_get((u), (name)), (text));		\
} while (0)

/* -- polls ------------------------------------------------------------------------------ */

static void
a_full_poll_reads_everything(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	assert_int_equal(u.outcome, READY);
	assert_string_equal(u.type, "ups");
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	assert_string_equal(stage_text(&u.status), "OL");
	assert_reading(&u, "ups.mfr", "ACME");
	assert_reading(&u, "battery.runtime", "2520");
	assert_reading(&u, "battery.voltage", "27.3");
	assert_reading(&u, "battery.current", "-1.5");
	assert_reading(&u, "input.frequency", "49.9");
	assert_reading(&u, "input.voltage", "231");
	assert_reading(&u, "ups.load", "33");
	assert_reading(&u, "ups.beeper.status", "enabled");
	assert_reading(&u, "ups.timer.shutdown", "-1");
	assert_reading(&u, "device.location", "Rack 4");
	assert_null(stage_get(&u, "battery.temperature"));	/* -273 */
	assert_null(stage_get(&u, "input.L1-N.voltage"));
	assert_null(stage_get(&u, "output.L1.power.percent"));
	end(&u, &a);
}

/* A card that lies, or a profile with a wrong scale: no charge of 5,000,000 % reaches a client. */
static void
what_no_quantity_can_be_is_left_out(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	agent_line(&a, UPS "2.3.0|2|2000000000");
	agent_line(&a, UPS "2.4.0|2|5000000");
	agent_line(&a, UPS "3.3.1.2.1|2|499000");
	agent_line(&a, UPS "4.4.1.5.1|70|9223372036854775000");
	agent_sort(&a);
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	assert_null(stage_get(&u, "battery.runtime"));
	assert_null(stage_get(&u, "battery.charge"));
	assert_null(stage_get(&u, "input.frequency"));
	assert_null(stage_get(&u, "ups.load"));
	assert_reading(&u, "input.voltage", "231");
	end(&u, &a);
}

/* Or it would be lost and found for ever, with three lines in the log each time. */
static void
an_agent_with_names_and_no_states_stays_found(void **state)
{
	static const char *const	 names[] = {
		"1.3.6.1.2.1.1.2.0|6|1.3.6.1.2.1.33", "1.3.6.1.2.1.1.3.0|67|100000",
		UPS "1.1.0|4|ACME", UPS "1.2.0|4|Model 5", NULL
	};
	struct agent	a;
	struct unit	u;

	fill(&a, names);
	stage_begin(&u, &snmp_driver, knowledge, "auto", &a);
	stage_start(&u);
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	stage_poll(&u, false);
	assert_int_equal(u.outcome, DONE);
	assert_string_equal(stage_text(&u.status), "");
	end(&u, &a);
}

static void
a_quick_poll_asks_only_for_what_is_there(void **state)
{
	struct agent	a;
	struct unit	u;
	unsigned	full, i;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	full = a.asked;
	stage_poll(&u, false);
	assert_true(a.asked < 25 && a.asked < full);
	assert_reading(&u, "battery.charge", "97");
	assert_null(stage_get(&u, "ups.mfr"));

	agent_line(&a, UPS "3.3.1.4.1|2|12");		/* comes later */
	agent_sort(&a);
	stage_poll(&u, false);
	assert_null(stage_get(&u, "input.current"));
	for (i = 0; i < 4 && stage_get(&u, "input.current") == NULL; i++)
		stage_poll(&u, true);		/* some absent ones each time */
	assert_reading(&u, "input.current", "1.2");
	stage_poll(&u, false);
	assert_reading(&u, "input.current", "1.2");
	end(&u, &a);
}

static void
three_lines_are_shown_as_three(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	agent_line(&a, UPS "3.2.0|2|3");
	agent_line(&a, UPS "3.3.1.3.2|2|232");
	agent_line(&a, UPS "3.3.1.3.3|2|65535");
	agent_sort(&a);
	stage_poll(&u, true);
	assert_reading(&u, "input.L1-N.voltage", "231");
	assert_reading(&u, "input.L2-N.voltage", "232");
	assert_null(stage_get(&u, "input.L3-N.voltage"));
	assert_null(stage_get(&u, "input.voltage"));
	assert_reading(&u, "output.voltage", "230");
	end(&u, &a);
}

static void
types_may_be_wrong(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	agent_line(&a, UPS "2.4.0|4| 98 ");
	agent_line(&a, UPS "2.5.0|4|27.3");
	agent_line(&a, UPS "4.1.0|4|5");
	agent_line(&a, UPS "1.2.0|4x|0001ff02");
	agent_line(&a, UPS "1.1.0|4x|41434d450000d3a2");
	agent_line(&a, UPS "4.4.1.2.1|5|");
	agent_line(&a, UPS "4.4.1.5.1|6|1.3.6.1.4.1.1.9.0");
	agent_line(&a, "1.3.6.1.4.1.1.9.0|2|44");
	agent_sort(&a);
	stage_poll(&u, true);
	assert_reading(&u, "battery.charge", "98");
	assert_reading(&u, "battery.voltage", "2.73");
	assert_string_equal(stage_text(&u.status), "OB");
	assert_reading(&u, "ups.model", "00 01 FF 02");
	assert_reading(&u, "ups.mfr", "ACME");
	assert_reading(&u, "ups.load", "44");
	assert_null(stage_get(&u, "output.voltage"));
	end(&u, &a);
}

/* -- tables and units ------------------------------------------------------------------ */

#define XUPS	"1.3.6.1.4.1.534.1."
#define EMP	"1.3.6.1.4.1.534.6.8.1."

static const char *const	outlets[] = {
	"1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.534.1",
	XUPS "1.2.0|4|9PX", XUPS "4.5.0|2|3",
	XUPS "12.2.1.1.1|2|1", XUPS "12.2.1.1.2|2|2",
	XUPS "12.2.1.2.1|2|1", XUPS "12.2.1.2.2|2|2",
	XUPS "12.2.1.3.1|2|-1", XUPS "12.2.1.3.2|2|-1",
	EMP "2.5.0|2|2", EMP "2.3.1.3.1.1|2|770", EMP "2.3.1.3.1.2|2|1",
	NULL
};

static void
rows_become_readings_and_commands(void **state)
{
	struct agent	a;
	struct unit	u;

	fill(&a, outlets);
	stage_begin(&u, &snmp_driver, knowledge, "auto", &a);
	stage_start(&u);
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	assert_reading(&u, "outlet.1.status", "on");
	assert_reading(&u, "outlet.2.status", "off");
	assert_reading(&u, "ambient.1.temperature", "25.0");	/* 77 F */
	assert_true(stage_has_word(&u.commands, "outlet.2.load.off.delay"));
	assert_false(stage_has_word(&u.commands, "outlet.2.load.on"));
	agent_writable(&a, XUPS "12.2.1.3.2");
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "outlet.2.load.off.delay", "45"), R_DONE);
	assert_int_equal(agent_find(&a, XUPS "12.2.1.3.2")->number, 45);
	assert_int_equal(agent_find(&a, XUPS "12.2.1.3.1")->number, -1);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "outlet.1.load.off", NULL), R_FAILED);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "outlet.3.load.off", NULL), R_UNKNOWN);
	agent_line(&a, EMP "2.5.0|2|7");		/* a unit that nobody knows */
	stage_poll(&u, true);
	assert_null(stage_get(&u, "ambient.1.temperature"));
	end(&u, &a);
}

/* -- alarms ---------------------------------------------------------------------------------- */

static void
alarms_become_words_flags_and_texts(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	assert_int_equal(a.walks, 0);
	agent_line(&a, UPS "6.1.0|66|3");
	agent_line(&a, UPS "6.2.1.2.4|6|1.3.6.1.2.1.33.1.6.3.1");
	agent_line(&a, UPS "6.2.1.2.7|6|1.3.6.1.2.1.33.1.6.3.16");
	agent_line(&a, UPS "6.2.1.2.9|6|1.3.6.1.4.1.99.1");
	agent_sort(&a);
	stage_poll(&u, false);
	assert_int_equal(a.walks, 1);
	assert_string_equal(stage_text(&u.status), "OL RB");
	assert_string_equal(stage_text(&u.flags), "battery-bad fan-failure");
	assert_string_equal(stage_text(&u.alarms), "[Replace battery][Fan failure][Alarm 1.3.6.1.4.1.99.1]");
	agent_line(&a, UPS "6.1.0|66|0");
	stage_poll(&u, false);
	assert_string_equal(stage_text(&u.flags), "");
	end(&u, &a);
}

static void
the_worse_word_holds(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	agent_line(&a, UPS "4.1.0|2|5");
	agent_line(&a, UPS "2.1.0|2|4");
	stage_poll(&u, true);
	assert_string_equal(stage_text(&u.status), "OB LB");
	assert_string_equal(stage_text(&u.flags), "depleted");
	end(&u, &a);
}

/* -- recognition ------------------------------------------------------------------------------- */

static void
an_unknown_agent_is_told(void **state)
{
	static const char *const	router[] = {
		"1.3.6.1.2.1.1.1.0|4|Router", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1", NULL };
	struct agent			a;
	struct unit			u;

	fill(&a, router);
	stage_begin(&u, &snmp_driver, knowledge, "auto", &a);
	stage_start(&u);
	assert_int_equal(u.outcome, FAILED);
	assert_non_null(strstr(u.why, "1.3.6.1.4.1.9.1"));
	assert_non_null(strstr(u.why, "\"Router\""));
	assert_non_null(strstr(u.why, "profile = "));
	end(&u, &a);
}

static void
a_profile_can_be_named(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "ietf");
	assert_int_equal(u.outcome, READY);
	end(&u, &a);
	begin(&u, &a, "nonsuch");
	assert_int_equal(u.outcome, FAILED);
	assert_string_equal(u.why, "there is no profile nonsuch");
	end(&u, &a);
}

static void
silence_and_emptiness_fail(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	a.result = R_TIMEOUT;
	stage_poll(&u, true);
	assert_int_equal(u.outcome, FAILED);
	agent_free(&a);
	stage_poll(&u, true);
	assert_int_equal(u.outcome, FAILED);
	end(&u, &a);
}

static void
another_device_starts_anew(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	agent_line(&a, "1.3.6.1.2.1.1.3.0|67|100500");
	stage_poll(&u, false);
	assert_int_equal(u.outcome, DONE);
	agent_line(&a, "1.3.6.1.2.1.1.3.0|67|20");
	stage_poll(&u, false);
	assert_int_equal(u.outcome, RESTART);
	end(&u, &a);
	begin(&u, &a, "auto");
	agent_line(&a, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1");
	stage_poll(&u, true);
	assert_int_equal(u.outcome, RESTART);
	end(&u, &a);
}

/* -- commands and settings ------------------------------------------------------------------------ */

static void
only_what_is_there_is_offered(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	assert_true(stage_has_word(&u.commands, "shutdown.return"));
	assert_true(stage_has_word(&u.settables, "device.location"));
	assert_false(stage_has_word(&u.settables, "input.transfer.low"));
	assert_int_equal(stage_ask(&u, REQUEST_SET, "input.transfer.low", "180"), R_READONLY);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "bypass.start", NULL), R_UNKNOWN);
	assert_int_equal(a.sets, 0);
	end(&u, &a);
}

static int64_t
number_at(const struct agent *a, const char *oid)
{
	return agent_find(a, oid)->number;
}

static void
a_test_takes_the_lock_along(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "test.battery.start.quick", NULL), R_FAILED);
	agent_writable(&a, UPS "7.1.0");
	agent_writable(&a, UPS "7.2.0");
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "test.battery.start.quick", NULL), R_DONE);
	assert_int_equal(agent_find(&a, UPS "7.1.0")->ref.ids[10], 4);
	assert_int_equal(number_at(&a, UPS "7.2.0"), 5);
	end(&u, &a);
}

static void
arguments_are_checked(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	agent_writable(&a, UPS "8.1.0");
	agent_writable(&a, UPS "8.2.0");
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "load.off.delay", "soon"), R_INVALID);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "load.off.delay", "-2"), R_INVALID);
	assert_int_equal(number_at(&a, UPS "8.2.0"), -1);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "load.off.delay", "90"), R_DONE);
	assert_int_equal(number_at(&a, UPS "8.2.0"), 90);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "load.off.delay", NULL), R_DONE);
	assert_int_equal(number_at(&a, UPS "8.2.0"), 20);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "shutdown.stop", NULL), R_DONE);
	assert_int_equal(number_at(&a, UPS "8.2.0"), -1);
	end(&u, &a);
}

static void
settings_go_out_as_the_device_counts(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a, "auto");
	stage_poll(&u, true);
	agent_writable(&a, UPS "9.7.0");
	agent_writable(&a, UPS "8.5.0");
	agent_writable(&a, "1.3.6.1.2.1.1.6.0");
	assert_int_equal(stage_ask(&u, REQUEST_SET, "battery.runtime.low", "300"), R_DONE);
	assert_int_equal(number_at(&a, UPS "9.7.0"), 5);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "battery.runtime.low", "290"), R_INVALID);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "battery.runtime.low", "long"), R_INVALID);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "ups.start.auto", "no"), R_DONE);
	assert_int_equal(number_at(&a, UPS "8.5.0"), 2);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "ups.start.auto", "maybe"), R_INVALID);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "device.location", "Rack 5"), R_DONE);
	assert_string_equal((const char *)agent_find(&a, "1.3.6.1.2.1.1.6.0")->bytes, "Rack 5");
	stage_poll(&u, true);
	assert_reading(&u, "battery.runtime.low", "300");
	assert_reading(&u, "device.location", "Rack 5");
	end(&u, &a);
}

static int
setup(void **state)
{
	knowledge = stage_learn();
	return 0;
}

static int
teardown(void **state)
{
	snmp_driver.forget(knowledge);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_full_poll_reads_everything),
		cmocka_unit_test(an_agent_with_names_and_no_states_stays_found),
		cmocka_unit_test(what_no_quantity_can_be_is_left_out),
		cmocka_unit_test(a_quick_poll_asks_only_for_what_is_there),
		cmocka_unit_test(three_lines_are_shown_as_three),
		cmocka_unit_test(types_may_be_wrong),
		cmocka_unit_test(rows_become_readings_and_commands),
		cmocka_unit_test(alarms_become_words_flags_and_texts),
		cmocka_unit_test(the_worse_word_holds),
		cmocka_unit_test(an_unknown_agent_is_told),
		cmocka_unit_test(a_profile_can_be_named),
		cmocka_unit_test(silence_and_emptiness_fail),
		cmocka_unit_test(another_device_starts_anew),
		cmocka_unit_test(only_what_is_there_is_offered),
		cmocka_unit_test(a_test_takes_the_lock_along),
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(settings_go_out_as_the_device_counts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
