/* Tables of SNMP profiles: chains, helps, surveys; on profiles of the test's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "snmp_stage.h"

#define ACME	"1.3.6.1.4.1.99999."

static const char acme[] =
    "profile acme {\n"
    "    type = pdu  first-unit = 0  probe = acme.1.0\n"
    "    roots { acme = 1.3.6.1.4.1.99999 }\n"
    "    seldom { variable device.mfr { is = ACME } }\n"
    "    table unit { variable device.serial { oid = acme.2.1.u } }\n"
    "    table line {\n"
    "        variable input.Ln.current { oid = acme.3.1.u.n  scale = 0.01 }\n"
    "    }\n"
    "    table outlet {\n"
    "        variable outlet.n.status { oid = acme.4.1.u.k.n  often = yes  values { 0 = off  1 = on } }\n"
    "        variable outlet.n.name   { oid = acme.4.2.u.k.n  set = string  maxlen = 10 }\n"
    "        variable outlet.n.current { oid = acme.4.3.u.k.n  scale = 1  digits = acme.4.4.u.k.n  valid = {acme.4.5.u.k.n, 1} }\n"
    "        command outlet.n.load.off { oid = acme.4.6.u.k.n  value = 0  unless = {acme.4.7.u.k.n, 2} }\n"
    "        command outlet.n.load.off.delay { oid = acme.4.6.u.k.n  value = argument  default = 20  unless = {acme.4.7.u.k.n, 2} }\n"
    "    }\n"
    "    table sensor {\n"
    "        unit = acme.5.1.n  number = acme.5.2.n\n"
    "        variable ambient.n.temperature {\n"
    "            oid = acme.5.3.n  scale = 0.1  when = {acme.5.4.n, 10}\n"
    "            unit = acme.5.5.n  units { 1 = celsius  2 = fahrenheit }\n"
    "        }\n"
    "        variable ambient.n.humidity { oid = acme.5.3.n  when = {acme.5.4.n, 11} }\n"
    "    }\n"
    "    table older { variable outlet.n.status { oid = acme.9.n  values { 0 = on  1 = off } } }\n"
    "}\n";

static const char *const device[] = {
	"1.3.6.1.2.1.1.2.0|6|" "1.3.6.1.4.1.99999", "1.3.6.1.2.1.1.3.0|67|100000", ACME "1.0|2|1",
	/* units 0 and 1; the second has two lines */
	ACME "2.1.0|4|first", ACME "2.1.1|4|second",
	ACME "3.1.0.1|2|150", ACME "3.1.1.1|2|200", ACME "3.1.1.2|2|210",
	/* outlet 1 of the first and of the second bank of unit 0, outlet 1 of unit 1 */
	ACME "4.1.0.1.1|2|1", ACME "4.1.0.2.1|2|0", ACME "4.1.1.1.1|2|1",
	ACME "4.2.0.1.1|4|db1-a", ACME "4.2.0.2.1|4|db2-a", ACME "4.2.1.1.1|4|db1-b",
	ACME "4.3.0.1.1|2|1234", ACME "4.3.0.2.1|2|12", ACME "4.3.1.1.1|2|5",
	ACME "4.4.0.1.1|2|3", ACME "4.4.0.2.1|2|1", ACME "4.4.1.1.1|2|0",
	ACME "4.5.0.1.1|2|1", ACME "4.5.0.2.1|2|2", ACME "4.5.1.1.1|2|1",
	ACME "4.6.0.1.1|2|-1", ACME "4.6.0.2.1|2|-1", ACME "4.6.1.1.1|2|-1",
	ACME "4.7.0.2.1|2|2",
	/* sensors: row 7 is number 1 of unit 1 in Fahrenheit; row 8 of a kind that nobody asks for */
	ACME "5.1.7|2|1", ACME "5.2.7|2|1", ACME "5.3.7|2|680", ACME "5.4.7|2|10", ACME "5.5.7|2|2",
	ACME "5.1.8|2|0", ACME "5.2.8|2|1", ACME "5.3.8|2|44", ACME "5.4.8|2|12", ACME "5.5.8|2|1",
	ACME "5.1.9|2|0", ACME "5.2.9|2|2", ACME "5.3.9|2|55", ACME "5.4.9|2|11", ACME "5.5.9|2|1",
	/* the table that comes last */
	ACME "9.1|2|1", ACME "9.2|2|1", NULL
};

static void	*knowledge;

static void
begin(struct unit *u, struct agent *a)
{
	size_t	i;

	*a = (struct agent){ .result = R_DONE };
	for (i = 0; device[i] != NULL; i++)
		assert_true(agent_line(a, device[i]));
	agent_sort(a);
	stage_begin(u, &snmp_driver, knowledge, "auto", a);
	stage_start(u);
	assert_int_equal(u->outcome, READY);
	stage_poll(u, true);
	assert_int_equal(u->outcome, DONE);
}

static void
end(struct unit *u, struct agent *a)
{
	stage_end(u);
	agent_free(a);
}

static void
expect(const struct unit *u, const char *name, const char *text)
{
	const char	*is = stage_get(u, name);

	if (is == NULL || strcmp(is, text) != 0)
		fail_msg("%s is %s, not %s", name, is == NULL ? "absent" : is, text);
}

static void
units_of_a_chain_are_devices(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a);
	expect(&u, "device.serial", "first");
	expect(&u, "2:device.serial", "second");
	expect(&u, "input.current", "1.50");		/* the only line of the first */
	expect(&u, "input.phases", "1");
	expect(&u, "2:input.L2.current", "2.10");
	expect(&u, "2:input.phases", "2");
	expect(&u, "outlet.1.name", "db1-a");
	expect(&u, "outlet.101.name", "db2-a");		/* of the second bank */
	expect(&u, "outlet.101.status", "off");
	expect(&u, "2:outlet.1.name", "db1-b");
	expect(&u, "2:outlet.count", "1");
	assert_string_equal(stage_text(&u.devices), "2");
	end(&u, &a);
}

static void
helps_say_how_a_value_is_read(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a);
	expect(&u, "outlet.1.current", "1.234");	/* three digits behind the point */
	assert_null(stage_get(&u, "outlet.101.current"));	/* the row says that it is no value */
	expect(&u, "2:outlet.1.current", "5");
	expect(&u, "2:ambient.1.temperature", "20.0");	/* 68.0 degrees Fahrenheit */
	assert_null(stage_get(&u, "ambient.1.temperature"));
	assert_null(stage_get(&u, "ambient.1.humidity"));
	expect(&u, "ambient.2.humidity", "55");
	end(&u, &a);
}

/* What "valid" says is heard each time. */
static void
a_value_that_is_none_any_more_goes(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a);
	agent_line(&a, ACME "4.5.0.1.1|2|2");
	agent_line(&a, ACME "4.5.0.2.1|2|1");
	stage_poll(&u, true);
	assert_null(stage_get(&u, "outlet.1.current"));
	expect(&u, "outlet.101.current", "1.2");
	end(&u, &a);
}

/* The fallback's table has the codes the other way; only what nobody else gives is taken from it. */
static void
the_first_table_wins(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a);
	expect(&u, "outlet.1.status", "on");
	expect(&u, "outlet.2.status", "off");
	end(&u, &a);
}

static void
commands_go_to_their_unit(void **state)
{
	struct agent	a;
	struct unit	u;

	begin(&u, &a);
	agent_writable(&a, ACME "4.6.0.1.1");
	agent_writable(&a, ACME "4.6.1.1.1");
	agent_writable(&a, ACME "4.2.1.1.1");
	assert_true(stage_has_word(&u.commands, "outlet.1.load.off"));
	assert_true(stage_has_word(&u.commands, "2:outlet.1.load.off"));
	assert_false(stage_has_word(&u.commands, "outlet.101.load.off"));	/* not switchable */
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "2:outlet.1.load.off", NULL), R_DONE);
	assert_int_equal(agent_find(&a, ACME "4.6.1.1.1")->number, 0);
	assert_int_equal(agent_find(&a, ACME "4.6.0.1.1")->number, -1);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "outlet.1.load.off.delay", "45"), R_DONE);
	assert_int_equal(agent_find(&a, ACME "4.6.0.1.1")->number, 45);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "outlet.101.load.off", NULL), R_UNKNOWN);
	assert_int_equal(stage_ask(&u, REQUEST_COMMAND, "3:outlet.1.load.off", NULL), R_UNKNOWN);
	assert_true(stage_has_word(&u.settables, "2:outlet.1.name"));
	assert_int_equal(stage_ask(&u, REQUEST_SET, "2:outlet.1.name", "web-b"), R_DONE);
	assert_string_equal((const char *)agent_find(&a, ACME "4.2.1.1.1")->bytes, "web-b");
	assert_int_equal(stage_ask(&u, REQUEST_SET, "2:outlet.1.name", "longer than ten"), R_INVALID);
	assert_int_equal(stage_ask(&u, REQUEST_SET, "2:outlet.1.status", "off"), R_READONLY);
	end(&u, &a);
}

/* -- surveys ------------------------------------------------------------------------------ */

static void
polls_ask_for_what_a_survey_found(void **state)
{
	struct agent	a;
	struct unit	u;
	unsigned	walks;

	begin(&u, &a);
	walks = a.walks;
	stage_poll(&u, false);
	assert_int_equal(a.walks, walks);
	assert_int_equal(a.gets, 3);			/* who it is, its objects, and this one */
	expect(&u, "outlet.1.status", "on");
	expect(&u, "2:outlet.1.status", "on");
	assert_null(stage_get(&u, "outlet.1.name"));
	stage_poll(&u, true);
	assert_int_equal(a.walks, walks);
	expect(&u, "2:outlet.1.name", "db1-b");
	end(&u, &a);
}

/* A unit that is pulled out of the chain is missed by a full poll, and gone with the survey after it. */
static void
a_unit_that_is_gone_is_no_device(void **state)
{
	struct agent	 a;
	struct unit	 u;
	size_t		 i;

	begin(&u, &a);
	for (i = 0; device[i] != NULL; i++)
		if (strstr(device[i], "99999.2.1.1|") != NULL || strstr(device[i], "99999.3.1.1.") != NULL ||
		    strstr(device[i], "99999.4.") == device[i] + strlen("1.3.6.1.4.1."))
			if (strstr(device[i], ".0.1.1|") == NULL && strstr(device[i], ".0.2.1|") == NULL) {
				char	*line = xasprintf("%.*s|5|", (int)strcspn(device[i], "|"), device[i]);

				agent_line(&a, line);
				free(line);
			}
	agent_line(&a, ACME "5.1.7|2|0");
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	assert_string_equal(stage_text(&u.devices), "2");
	stage_poll(&u, true);
	assert_string_equal(stage_text(&u.devices), "");
	expect(&u, "outlet.1.name", "db1-a");
	expect(&u, "ambient.1.temperature", "20.0");	/* the sensor is the first unit's now */
	end(&u, &a);
}

static void
a_row_that_comes_is_found(void **state)
{
	struct agent	a;
	struct unit	u;
	unsigned	i;

	begin(&u, &a);
	agent_line(&a, ACME "4.1.0.1.2|2|1");
	agent_line(&a, ACME "4.2.0.1.2|4|new");
	agent_sort(&a);
	for (i = 0; i < 12 && stage_get(&u, "outlet.2.name") == NULL; i++)
		stage_poll(&u, true);
	expect(&u, "outlet.2.name", "new");
	expect(&u, "outlet.2.status", "on");
	end(&u, &a);
}

/* -- RFC 3433 ------------------------------------------------------------------------------- */

#define SENSOR	"1.3.6.1.2.1.99.1.1.1."

/* Sensor 2 counts in tenths, 3 in thousandths of a unit without digits; 4 is not there. */
static const char *const sensors[] = {
	"1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.4242", "1.3.6.1.2.1.1.3.0|67|100000",
	SENSOR "1.2|2|8", SENSOR "2.2|2|9", SENSOR "3.2|2|1", SENSOR "4.2|2|235", SENSOR "5.2|2|1",
	SENSOR "1.3|2|8", SENSOR "2.3|2|8", SENSOR "3.3|2|0", SENSOR "4.3|2|23500", SENSOR "5.3|2|1",
	SENSOR "1.4|2|8", SENSOR "2.4|2|9", SENSOR "3.4|2|1", SENSOR "4.4|2|211", SENSOR "5.4|2|2",
	SENSOR "1.5|2|9", SENSOR "2.5|2|9", SENSOR "3.5|2|0", SENSOR "4.5|2|41", SENSOR "5.5|2|1",
	SENSOR "1.6|2|6", SENSOR "2.6|2|10", SENSOR "3.6|2|2", SENSOR "4.6|2|151", SENSOR "5.6|2|1",
	SENSOR "1.7|2|10", SENSOR "2.7|2|9", SENSOR "3.7|2|0", SENSOR "4.7|2|7000", SENSOR "5.7|2|1",
	"1.3.6.1.2.1.47.1.1.1.1.7.2|4|Inlet", NULL
};

static void
any_agent_with_sensors_is_heard(void **state)
{
	struct agent	 a = { .result = R_DONE };
	struct unit	 u;
	void		*shipped = stage_learn();
	size_t		 i;

	for (i = 0; sensors[i] != NULL; i++)
		assert_true(agent_line(&a, sensors[i]));
	agent_sort(&a);
	stage_begin(&u, &snmp_driver, shipped, "auto", &a);
	stage_start(&u);
	assert_int_equal(u.outcome, READY);
	stage_poll(&u, true);
	assert_int_equal(u.outcome, DONE);
	expect(&u, "ambient.2.name", "Inlet");
	expect(&u, "ambient.2.temperature", "23.5");
	expect(&u, "ambient.3.temperature", "23.500");
	assert_null(stage_get(&u, "ambient.4.temperature"));
	expect(&u, "ambient.5.humidity", "41");
	expect(&u, "ambient.6.realpower", "1510");	/* kilowatts with two digits */
	end(&u, &a);
	snmp_driver.forget(shipped);
}

static int
setup(void **state)
{
	struct conf_errors	 errors = { 0 };
	struct conf		*conf = conf_parse("acme.conf", acme, strlen(acme), NULL, NULL, &errors);
	const struct conf	*confs[] = { conf };

	assert_non_null(conf);
	knowledge = snmp_driver.learn(confs, 1, &errors);
	if (errors.n > 0)
		fail_msg("%s", errors.texts[0]);
	conf_free(conf);
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
		cmocka_unit_test(units_of_a_chain_are_devices),
		cmocka_unit_test(helps_say_how_a_value_is_read),
		cmocka_unit_test(a_value_that_is_none_any_more_goes),
		cmocka_unit_test(the_first_table_wins),
		cmocka_unit_test(commands_go_to_their_unit),
		cmocka_unit_test(polls_ask_for_what_a_survey_found),
		cmocka_unit_test(a_unit_that_is_gone_is_no_device),
		cmocka_unit_test(a_row_that_comes_is_found),
		cmocka_unit_test(any_agent_with_sensors_is_heard),
	};

	return cmocka_run_group_tests_name("snmp_tables", tests, setup, teardown);
}
