#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "core/indexes.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "subagent/tree.h"
#include "test/unit/dump.h"
#include "test/unit/fleet_stage.h"

/* BUSBAR-MIB, ENTITY-MIB and ENTITY-SENSOR-MIB without an snmpd: all devices in the default context. */

static const struct vector {
	const char		*said;
	enum device_state	 state;
	const char		*prefix, *expected;
} vectors[] = {
	/* the device, in fine units and without what nobody said */
	{ "ups.status: OL CHRG", DEVICE_FRESH, DEVICE, "2.1=\"u\"|3.1=1|4.1=-|5.1=-|7.1=-|9.1=-|14.1=1|17.1=-|"
	    "21.1=\"OL CHRG\"|22.1=-|23.1=0|24.1=-|25.1=10000|1.1=--|15.1=--|26.1=--" },
	{ "ups.status: OL", DEVICE_STALE, DEVICE, "14.1=3|20.1=-|21.1=-|23.1=0" },
	{ ".type: pdu", DEVICE_WAITING, DEVICE, "3.1=2|14.1=4|20.1=-" },
	{ ".type: toaster", DEVICE_FRESH, DEVICE, "3.1=6" },
	{ "device.mfr: Gr\303\274n\nups.model: M\ndevice.part: P\nups.serial: 0042\nups.firmware: 1.0\n"
	    "device.location: L\ndevice.contact: C\n.description: D\n.driver: snmp\n.port: udp:192.0.2.1\n"
	    "driver.parameter.pollinterval: 2.5\n.logins: 3 1 0\n.alarms: 3 2 0, 4 26 0\nups.alarm: Fan!",
	    DEVICE_STALE, DEVICE, "4.1=\"D\"|5.1=\"L\"|6.1=\"C\"|7.1=\"Gr\303\274n\"|8.1=\"M\"|9.1=\"P\"|"
	    "10.1=\"0042\"|11.1=\"1.0\"|12.1=\"snmp\"|13.1=\"udp:192.0.2.1\"|17.1=2500|22.1=-|23.1=2|24.1=3" },
	{ "device.mfr: 1234567890123456789012345678901234567890123456789012345678901234567890\n"
	    "ups.model: 12345678901234567890123456789012345678901234567890123456789012\303\274\303\274\n"
	    "ups.firmware: a\377b\tc", DEVICE_FRESH, DEVICE,
	    "7.1=\"1234567890123456789012345678901234567890123456789012345678901234\"|"
	    "8.1=\"12345678901234567890123456789012345678901234567890123456789012\303\274\"|11.1=\"a?b c\"" },
	/* the UPS */
	{ "ups.status: OL CHRG RB\nbattery.charge: 97.64\nbattery.runtime: 1799\nbattery.voltage: 27.255\n"
	    "battery.current: -1.26\nbattery.temperature: 20.55\noutput.frequency: 49.95\nups.load: 40.5\n"
	    "ups.realpower: 300\nups.power: 500\ninput.voltage: 229.5\ninput.frequency: 50\n.input.bads: 7\n"
	    "battery.charge.low: 20\nbattery.runtime.low: 120\nups.test.result: Done and passed", DEVICE_FRESH, UPS,
	    "1.1=2|2.1=0|3.1=1799|4.1=976|5.1=27255|6.1=-1260|7.1=206|8.1=3|9.1=500|10.1=405|11.1=300|12.1=500|"
	    "13.1=229500|14.1=500|15.1=7|16.1=200|17.1=120|18.1=1|19.1=1|20.1=--" },
	{ "ups.status: OL\nbattery.charge: 97\nbattery.runtime: 60\nups.load: 4\nups.realpower: 3\n"
	    "battery.charge.low: 20\ninput.voltage: 230", DEVICE_STALE, UPS,
	    "1.1=1|3.1=-|4.1=-|8.1=1|10.1=-|11.1=-|13.1=-|15.1=0|16.1=200|18.1=6|19.1=-" },
	{ "ups.status: OB\n.battery.since: 4990500", DEVICE_FRESH, UPS, "2.1=9|8.1=5|19.1=2" },
	{ "ups.status: OB\n.battery.since: 4990500", DEVICE_STALE, UPS, "2.1=-" },
	{ "output.phases: 3\noutput.L1.realpower: 100\noutput.L2.realpower: 200\noutput.L3.realpower: 50.4\n"
	    "output.L1.power.percent: 10\noutput.L2.power.percent: 20.4\noutput.L3.power.percent: 5", DEVICE_FRESH, UPS,
	    "10.1=204|11.1=350" },
	{ "output.phases: 3\noutput.L1.realpower: 100\noutput.L3.realpower: 50", DEVICE_FRESH, UPS, "11.1=-" },
	{ "battery.charge: 150.1\nbattery.runtime: 65535\nups.load: 562020", DEVICE_FRESH, UPS, "3.1=-|4.1=-|10.1=-" },
	{ ".type: pdu\nups.status: OL", DEVICE_FRESH, UPS, "1.1=-|15.1=-|19.1=-" },
	/* entities */
	{ "device.mfr: APC\nups.model: Smart-UPS\nups.serial: S1\nups.firmware: F\nbattery.voltage: 27\n.context: yes",
	    DEVICE_FRESH, PHYSICAL, "2.10000=\"APC Smart-UPS\"|3.10000=0.0|4.10000=0|5.10000=3|6.10000=-1|7.10000=\"u\"|"
	    "8.10000=--|9.10000=\"F\"|11.10000=\"S1\"|12.10000=\"APC\"|13.10000=\"Smart-UPS\"|16.10000=1|"
	    "2.10001=\"battery voltage\"|4.10001=10000|5.10001=8|6.10001=1|7.10001=\"u battery voltage\"|"
	    "9.10001=-|16.10001=2|2.10002=-|2.1=-|2.20000=-" },
	{ ".context: yes", DEVICE_FRESH, LOGICAL, "2.1=\"u\"|3.1=1.3.6.1.2.1.33|7.1=\"\"|8.1=\"u\"|5.1=--" },
	{ ".type: pdu", DEVICE_FRESH, LOGICAL, "2.1=-|8.1=-" },
	{ ".context: yes", DEVICE_FRESH, "1.3.6.1.2.1.47.1.3.1.1.1.", "1.10000=10000|1.10001=-|1=-|2.20000=-" },
	/* sensors: type, scale (units), precision, value, status */
	{ "battery.voltage: 27.25\nbattery.current: -1.255\nbattery.temperature: 20.55\nbattery.charge: 97.5\n"
	    "ups.temperature: 31\nambient.temperature: 22\nambient.humidity: 45.2\noutput.frequency: 49.95\n"
	    "input.voltage: 230.4\ninput.frequency: 50\ninput.current: 1.5\noutput.voltage: 231\nups.load: 40\n"
	    "ups.realpower: 300", DEVICE_FRESH, SENSOR,
	    "1.10001=4|2.10001=9|3.10001=2|4.10001=2725|5.10001=1|6.10001=\"volts DC\"|1.10002=5|4.10002=-126|"
	    "1.10003=8|3.10003=1|4.10003=206|1.10004=1|4.10004=975|6.10004=\"percent\"|1.10005=8|4.10005=310|"
	    "4.10006=220|1.10007=9|4.10007=452|1.10008=7|3.10008=2|4.10008=4995|1.10021=3|3.10021=1|4.10021=2304|"
	    "4.10011=5000|4.10031=150|1.10051=3|4.10051=2310|1.10071=6|3.10071=0|4.10071=300|4.10081=400|4.10022=-|"
	    "1.10000=-|7.10001=--" },
	{ "battery.voltage: 27.25", DEVICE_STALE, SENSOR, "1.10001=4|4.10001=-|5.10001=2" },
	{ "battery.voltage: 99999999999", DEVICE_FRESH, SENSOR, "4.10001=1000000000" },
	{ "input.phases: 3\ninput.L1-N.voltage: 230\ninput.L2-N.voltage: 231\ninput.L3-N.voltage: 232\ninput.frequency: 50\n"
	    "output.phases: 3\nups.load: 40\noutput.L2.load: 30", DEVICE_FRESH,
	    PHYSICAL, "7.10011=\"u input frequency\"|7.10012=-|7.10081=\"u output load\"|"
	    "7.10082=\"u output L2 load\"|7.10083=-|7.10021=\"u input L1 voltage\"|7.10023=\"u input L3 voltage\"" },
	{ ".type: pdu\noutlet.3.current: 1.25\noutlet.10.realpower: 20\nambient.2.temperature: 21.5\noutlet.0.current: 1\n"
	    "outlet.1001.current: 1\noutlet.current: 4\noutlet.3.current.high: 4", DEVICE_FRESH, PHYSICAL,
	    "7.11025=\"u outlet 3 current\"|7.11082=\"u outlet 10 power\"|7.10208=\"u ambient 2 temperature\"|"
	    "7.11001=-|7.19009=-" },
	{ ".type: pdu\noutlet.3.current: 1.25\nambient.2.temperature: 21.5", DEVICE_FRESH, SENSOR,
	    "4.11025=125|4.10208=215" },
};

static void
test_vectors(void **state)
{
	size_t	 i;

	for (i = 0; i < nitems(vectors); i++) {
		struct model	*m = model_new();
		struct tree	*t = tree_new(m);

		tree_entities(t, true);
		device(m, "u", 1, vectors[i].state, vectors[i].said);
		check(t, vectors[i].prefix, vectors[i].expected);
		tree_free(t);
		model_free(m);
	}
}

static void
test_status_bits(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	uint32_t	 ids[OID_MAX_LEN];
	struct object	 o;

	device(m, "u", 1, DEVICE_FRESH, "ups.status: OL RB BYPASS DEPLETED");
	assert_true(tree_get(t, "", 0, parse(DEVICE "20.1", ids), &at_1000_s, &o));
	assert_int_equal(o.len, 3);
	assert_memory_equal(o.bytes, "\x89\x00\x08", 3);
	tree_free(t);
	model_free(m);
}

static void
test_scalars(void **state)
{
	struct model	*m = model_new();
	struct tree	*t;
	struct device	*d = device(m, "a", 5, DEVICE_FRESH, ".alarms: 1 2 0, 2 3 0");

	device(m, "b", 2, DEVICE_FRESH, ".alarms: 1 2 0");
	device(m, "c", 0, DEVICE_FRESH, ".alarms: 1 2 0");	/* without a number it is not shown */
	t = tree_new(m);
	check(t, BUSBAR, "1.1.0=\"" PACKAGE_STRING "\"|1.4.0=2|1.5.0=3|1.4=-|1.4.1=-|1.4.0.0=-|1.2.0=--");
	device(m, "a", 5, DEVICE_FRESH, "ups.status: OL");
	check(t, BUSBAR, "1.4.0=2|1.5.0=1");
	model_remove(d);
	check(t, BUSBAR, "1.4.0=1|1.5.0=1");
	tree_free(t);
	model_free(m);
}

static void
test_entities_not_served(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct oid	 roots[4];

	device(m, "u", 1, DEVICE_FRESH, "battery.voltage: 27\n.context: yes");
	check(t, "", PHYSICAL "2.10000=--|" SENSOR "4.10001=--|" DEVICE "25.1=0");
	tree_entities(t, true);
	check(t, "", PHYSICAL "2.10000=\"u\"|" SENSOR "4.10001=2700|" DEVICE "25.1=10000");
	/* the master has it from another subagent: our rows are seen by nobody */
	assert_int_equal(tree_roots(t, "", roots, 4), 4);
	tree_registered(t, roots[1], false);
	check(t, DEVICE, "25.1=0");
	tree_registered(t, roots[3], true);
	check(t, DEVICE, "25.1=0");
	tree_registered(t, roots[1], true);
	check(t, DEVICE, "25.1=10000");
	tree_entities(t, false);
	check(t, "", PHYSICAL "2.10000=--|" SENSOR "4.10001=--|" DEVICE "25.1=0");
	tree_free(t);
	model_free(m);
}

/* entLastChangeTime moves when a row comes, goes or is called something else, and never with a value. */
static void
test_last_change(void **state)
{
	static const char	 when[] = "1.3.6.1.2.1.47.1.4.1.0";
	struct model		*m = model_new();
	struct tree		*t = tree_new(m);
	struct device		*d;
	char			 room[600];

	tree_entities(t, true);
	assert_string_equal(show(t, when, room), "0");
	d = device(m, "u", 1, DEVICE_FRESH, "ups.status: OL\nbattery.voltage: 27");
	tree_settle(t, 4100000);
	assert_string_equal(show(t, when, room), "10000");
	device(m, "u", 1, DEVICE_FRESH, "ups.status: OB\nbattery.voltage: 26");
	tree_settle(t, 4200000);
	assert_string_equal(show(t, when, room), "10000");
	device(m, "u", 1, DEVICE_FRESH, "ups.status: OB\nbattery.voltage: 26\n.battery.since: 1");	/* no entity */
	tree_settle(t, 4250000);
	assert_string_equal(show(t, when, room), "10000");
	device(m, "u", 1, DEVICE_FRESH, "ups.status: OB\nbattery.voltage: 26\nups.temperature: 20");
	tree_settle(t, 4300000);
	assert_string_equal(show(t, when, room), "30000");
	device(m, "u", 1, DEVICE_FRESH, "ups.status: OB\nbattery.voltage: 26\nups.temperature: 20\nups.serial: 1");
	tree_settle(t, 4400000);
	device(m, "u", 1, DEVICE_FRESH, "ups.status: OB\nbattery.voltage: 26\nups.temperature: 20\nups.serial: 2");
	tree_settle(t, 4500000);
	assert_string_equal(show(t, when, room), "50000");
	model_remove(d);
	tree_settle(t, 4600000);
	assert_string_equal(show(t, when, room), "60000");
	tree_settle(t, 4700000);
	assert_string_equal(show(t, when, room), "60000");
	tree_free(t);
	model_free(m);
}

/* -- GETNEXT --------------------------------------------------------------------- */

static void
test_next(void **state)
{
	static const struct {
		const char	*from;
		bool		 include;
		const char	*end, *expected;
	} steps[] = {
		{ "1.3.6.1.2.1.34", false, NULL, PHYSICAL "2.20000" },
		{ "1.3.6.1.2.1.33.1.99", false, "1.3.6.1.2.1.33.2", "-" },
		{ PHYSICAL "2.20000", true, NULL, PHYSICAL "2.20000" },
		{ PHYSICAL "2.20000", false, NULL, PHYSICAL "2.20001" },
		{ PHYSICAL "2.20000.0", true, NULL, PHYSICAL "2.20001" },
		{ PHYSICAL "2.20001", false, NULL, PHYSICAL "2.70000" },
		{ PHYSICAL "2.69999", false, NULL, PHYSICAL "2.70000" },
		{ PHYSICAL "2.70000", false, NULL, PHYSICAL "3.20000" },
		{ PHYSICAL "2.4294967295", false, NULL, PHYSICAL "3.20000" },
		{ PHYSICAL "2", false, NULL, PHYSICAL "2.20000" },
		{ PHYSICAL "1.5", false, NULL, PHYSICAL "2.20000" },
		{ PHYSICAL "8.5", false, NULL, PHYSICAL "11.20000" },
		{ PHYSICAL "99", false, NULL, LOGICAL "2.2" },
		{ LOGICAL "2.2", false, NULL, LOGICAL "3.2" },
		{ LOGICAL "8.2", false, NULL, "1.3.6.1.2.1.47.1.3.1.1.1.2.20000" },
		{ "1.3.6.1.2.1.47.1.3.1.1.1.2", false, NULL, "1.3.6.1.2.1.47.1.3.1.1.1.2.20000" },
		{ "1.3.6.1.2.1.47.1.3.1.1.1.2.19999.3", false, NULL, "1.3.6.1.2.1.47.1.3.1.1.1.2.20000" },
		{ "1.3.6.1.2.1.47.1.3.1.1.1.2.20000", true, NULL, "1.3.6.1.2.1.47.1.3.1.1.1.2.20000" },
		{ "1.3.6.1.2.1.47.1.3.1.1.1.2.20000", false, NULL, "1.3.6.1.2.1.47.1.4.1.0" },
		{ "1.3.6.1.2.1.47.1.3.1.1.1.2.20001", false, "1.3.6.1.2.1.47.1.4", "-" },
		{ "1.3.6.1.2.1.47.1.4.1", false, NULL, "1.3.6.1.2.1.47.1.4.1.0" },
		{ "1.3.6.1.2.1.47.1.4.1.0", false, NULL, SENSOR "1.20001" },
		{ SENSOR "6.20001", false, NULL, BUSBAR "1.1.0" },
		{ SENSOR "6.20001", false, "1.3.6.1.2.1.99.2", "-" },
		{ BUSBAR "1.5.0", false, NULL, DEVICE "2.2" },
		{ DEVICE "2.0", false, NULL, DEVICE "2.2" },
		{ DEVICE "2.2", true, NULL, DEVICE "2.2" },
		{ DEVICE "2.2", false, NULL, DEVICE "2.7" },
		{ DEVICE "2.2.9", true, NULL, DEVICE "2.7" },
		{ DEVICE "2.7", false, NULL, DEVICE "3.2" },
		{ DEVICE "25.7", false, NULL, UPS "1.2" },
		{ UPS "19.2", false, NULL, BUSBAR "4.1.1.1.7" },
		{ UPS "20", false, NULL, BUSBAR "4.1.1.1.7" },
		{ BUSBAR "4.1.1.1.7", false, BUSBAR "4.1.1.2", "-" },
		{ BUSBAR "4.1.1.1.4294967295", false, NULL, BUSBAR "4.1.1.2.7" },
		{ BUSBAR "99", false, NULL, "-" },
		{ "2.0", false, NULL, "-" },
	};
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	size_t		 i;

	tree_entities(t, true);
	device(m, "z", 2, DEVICE_FRESH, "ups.status: OL\nbattery.voltage: 27\n.context: yes\nups.serial: 1");
	device(m, "a", 7, DEVICE_FRESH, ".type: pdu");
	for (i = 0; i < nitems(steps); i++)
		check_next(t, steps[i].from, steps[i].include, steps[i].end, steps[i].expected);
	tree_free(t);
	model_free(m);
}

static void
test_recorded_devices(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	unsigned	 index = 0;
	size_t		 n;

	tree_entities(t, true);
	if (dumps_load(m, NULL) == 0) {
		tree_free(t);
		model_free(m);
		skip();
	}
	for (struct device *d = model_next(m, NULL); d != NULL; d = model_next(m, d)) {
		struct update	*u = update_continue(d);

		/* neither the order of names nor that of arrival */
		update_put(u, var_intern(REMARK_INDEX), value_number(++index % 2 ? index : INDEX_MAX - index, 0));
		update_put_text(u, var_intern(REMARK_TYPE), "ups");
		update_commit(u);
	}
	n = walk(t);
	print_message("%zu devices, %zu objects\n", model_size(m), n);
	assert_true(n > model_size(m) * 40);
	tree_free(t);
	model_free(m);
}

/* Devices come, go, change their mind and share numbers; the walk is always in order. */
static void
test_comings_and_goings(void **state)
{
	static const char *const	 texts[] = {
		"ups.status: OL", "ups.status: OB LB\nbattery.charge: 3\n.context: yes", ".type: pdu\noutlet.4.current: 1",
		"input.phases: 3\ninput.L2.voltage: 230\noutput.L3.power.percent: 5\n.alarms: 1 2 3, 4 5 6",
		"ups.load: 1e3\nups.power: -5\nbattery.voltage: nan\nups.temperature: -300",
	};
	struct model			*m = model_new();
	struct tree			*t = tree_new(m);
	unsigned			 round, seed = 6933;
	char				 name[8];

	tree_entities(t, true);
	for (round = 0; round < 600; round++) {
		unsigned	 which = (unsigned)rand_r(&seed) % 12, index = (unsigned)rand_r(&seed) % 14;
		struct device	*d;

		snprintf(name, sizeof(name), "d%u", which);
		d = model_find(m, name, strlen(name));
		if (d != NULL && rand_r(&seed) % 4 == 0)
			model_remove(d);
		else
			device(m, name, index, round % 3 ? DEVICE_FRESH : DEVICE_STALE,
			    texts[(unsigned)rand_r(&seed) % nitems(texts)]);
		tree_settle(t, round);
		tree_entities(t, round % 50 > 10);
		assert_true(walk(t) >= 3);
	}
	tree_free(t);
	model_free(m);
}

/* -- how long it takes ----------------------------------------------------------------- */

/* A thousand devices, one of which changes before each object that is asked for: only it is made again. */
static void
test_thousand(void **state)
{
	static const char	 text[] = "device.mfr: Example\nups.model: Rack\nups.serial: 1\nups.status: OL\n"
				    "battery.charge: 97\nbattery.runtime: 1800\nbattery.voltage: 27.2\nups.load: 30\n"
				    "input.voltage: 230\ninput.frequency: 50\noutput.voltage: 230\nups.realpower: 300\n"
				    "ups.temperature: 25\n.context: yes";
	struct model		*m = model_new();
	struct tree		*t = tree_new(m);
	uint32_t		 at[OID_MAX_LEN];
	struct object		 o;
	double			 began, first, again, changing;
	size_t			 n, i;
	char			 name[16];

	tree_entities(t, true);
	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "ups%zu", i);
		device(m, name, (unsigned)i, DEVICE_FRESH, text);
	}
	began = seconds();
	n = plain_walk(t);
	first = seconds() - began;
	began = seconds();
	assert_int_equal(plain_walk(t), n);
	again = seconds() - began;
	began = seconds();
	for (i = 0; i < 1000; i++) {
		device(m, "ups500", 500, DEVICE_FRESH, i % 2 ? "ups.status: OL" : "ups.status: OB");
		assert_true(tree_next(t, "", 0, parse(DEVICE "21.499", at), false, (struct oid){ 0 }, &at_1000_s, &o));
		assert_int_equal(o.len, 2);
	}
	changing = seconds() - began;
	print_message("1000 devices: %zu objects, %.0f ns each (first walk %.0f ns), %.1f us for a change and its object\n",
	    n, again * 1e9 / (double)n, first * 1e9 / (double)n, changing * 1e3);
	/* making all anew at each change would take a thousand times as long */
	assert_true(changing < 50 * first + 1);
	tree_free(t);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_status_bits),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_entities_not_served),
		cmocka_unit_test(test_last_change),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_recorded_devices),
		cmocka_unit_test(test_comings_and_goings),
		cmocka_unit_test(test_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
