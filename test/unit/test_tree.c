#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "subagent/tree.h"
#include "test/unit/dump.h"

/* UPS-MIB without an snmpd: what a device says in, what a walk and a GET tell out. */

static const struct tree_clock at_1000_s = { .now_ms = 5000000, .master_uptime = 100000 };

static struct device *
device(struct model *m, const char *name, enum device_state state, const char *text)
{
	struct device	*d = model_find(m, name, strlen(name));
	struct update	*u = update_begin(d != NULL ? d : (d = model_add(m, name)));

	dump_put(u, text);
	update_put_text(u, var_intern(REMARK_CONTEXT), "yes");
	update_state(u, state);
	update_commit(u);
	return d;
}

static bool
get(struct tree *t, const char *context, const char *dotted, struct object *o)
{
	uint32_t	 ids[OID_MAX_LEN];
	size_t		 len;

	assert_true(oid_parse(dotted, ids, &len));
	return tree_get(t, context, strlen(context), (struct oid){ ids, len }, &at_1000_s, o);
}

/* An object below upsObjects as text: "230", "\"APC\"", "-" when absent. */
static const char *
show(struct tree *t, const char *suffix, char room[300])
{
	struct object	 o;
	char		*dotted = xasprintf("1.3.6.1.2.1.33.1.%s", suffix), *to = room;
	size_t		 i;

	if (!get(t, "u", dotted, &o)) {
		assert_int_equal(o.type, OBJECT_NO_SUCH_INSTANCE);
		strcpy(room, "-");
	} else if (o.type == OBJECT_OCTETS)
		snprintf(room, 300, "\"%.*s\"", (int)o.len, (const char *)o.bytes);
	else if (o.type == OBJECT_OID)
		for (i = 0; i < o.ref.len; i++)
			to += sprintf(to, "%s%u", i > 0 ? "." : "", o.ref.ids[i]);
	else
		snprintf(room, 300, "%lld", (long long)(int64_t)o.number);
	free(dotted);
	return room;
}

static const struct vector {
	const char	*said;		/* name: value lines */
	const char	*expected;	/* suffix=value|suffix=value ... */
} vectors[] = {
	/* spec/ups-mib.md 13 */
	{ "ups.status: OL CHRG\nbattery.charge: 97.6\nbattery.runtime: 1799",
	    "2.1.0=2|2.3.0=29|2.4.0=98|4.1.0=3|6.1.0=0" },
	{ "ups.status: OB DISCHRG LB\nbattery.charge: 12\nbattery.runtime: 45", "2.1.0=3|2.3.0=1|4.1.0=5" },
	{ "ups.status: ALARM OL BYPASS\nups.alarm: Fan failure!", "4.1.0=4" },
	{ "ups.status: OL OFF", "4.1.0=2" },
	{ "ups.status: BOOST OL RB", "4.1.0=6" },
	{ "ups.status: OL\nbattery.charge: 0\nbattery.runtime: 0\nbattery.voltage: 432",
	    "2.1.0=2|2.3.0=-|2.4.0=-|2.5.0=4320" },
	{ "battery.charge: 120", "2.4.0=100" },
	{ "battery.charge: 150.1", "2.4.0=-" },
	{ "battery.charge: -1", "2.4.0=-" },
	{ "battery.runtime: 65535", "2.3.0=-" },
	{ "battery.runtime: 3932100", "2.3.0=-" },
	{ "battery.runtime: -60", "2.3.0=-" },
	{ "battery.runtime: 604800", "2.3.0=10080" },
	{ "battery.runtime: 604801", "2.3.0=-" },
	{ "ups.status: OB\nbattery.runtime: 0", "2.3.0=1" },
	{ "ups.status: OB\nbattery.runtime: 59", "2.3.0=1" },
	{ "ups.status: OL\nbattery.runtime: 0", "2.3.0=-" },
	{ "input.voltage: 229.5\ninput.frequency: 49.95", "3.3.1.3.1=230|3.3.1.2.1=500|3.2.0=1" },
	{ "battery.voltage: 27.25", "2.5.0=273" },
	{ "output.phases: 3\noutput.L1.realpower: -4\noutput.L2.realpower: 469\noutput.L3.realpower: -26",
	    "4.4.1.4.1=0|4.4.1.4.2=469|4.4.1.4.3=0|4.3.0=3" },
	{ "ups.load: 562020.0", "4.4.1.5.1=-|4.3.0=0" },
	{ "ups.load: 200", "4.4.1.5.1=200|4.3.0=1" },
	{ "ups.load: 200.1", "4.4.1.5.1=-" },
	{ "ups.timer.shutdown: -1", "8.2.0=-1" },
	{ "ups.timer.shutdown: -60", "8.2.0=-1" },
	{ "ups.timer.shutdown: 65535", "8.2.0=-1" },
	{ "ups.timer.shutdown: 0", "8.2.0=-1" },
	{ "ups.timer.shutdown: 30\nups.timer.start: 90\nups.timer.reboot: 400",
	    "8.2.0=30|8.3.0=90|8.4.0=300" },
	{ "battery.runtime.low: 150", "9.7.0=3" },
	{ "battery.runtime.low: 120", "9.7.0=2" },
	/* nothing known */
	{ "ups.mfr: ", "1.1.0=\"\"|1.2.0=\"\"|1.3.0=\"\"|1.5.0=\"u\"|1.6.0=\"\"|2.1.0=1|2.2.0=0|2.3.0=-|"
	    "2.4.0=-|2.5.0=-|2.6.0=-|2.7.0=-|3.1.0=0|3.2.0=0|3.3.1.3.1=-|4.1.0=1|4.2.0=-|4.3.0=0|5.1.0=-|"
	    "5.2.0=0|6.1.0=0|7.1.0=1.3.6.1.2.1.33.1.7.7.1|7.3.0=6|7.4.0=\"\"|7.5.0=0|7.6.0=0|8.1.0=1|"
	    "8.2.0=-1|8.3.0=-1|8.4.0=-1|8.5.0=1|9.1.0=-|9.7.0=-|9.8.0=-|9.9.0=-" },
	/* texts */
	{ "device.mfr:  APC \nups.mfr: X\nups.model: Smart-UPS 1500", "1.1.0=\"APC\"|1.2.0=\"Smart-UPS 1500\"" },
	{ "ups.mfr: abcdefghijklmnopqrstuvwxyz01234 6789", "1.1.0=\"abcdefghijklmnopqrstuvwxyz01234\"" },
	{ "ups.mfr: Gr\303\274n\tAG", "1.1.0=\"Gr?n AG\"" },
	{ "ups.firmware: 1.0\nups.firmware.aux: 2", "1.3.0=\"1.0 / 2\"" },
	{ "ups.firmware.aux: 2", "1.3.0=\"2\"" },
	{ "ups.id: RackUPS", "1.5.0=\"RackUPS\"" },
	{ ".attached: db1 db2", "1.6.0=\"db1 db2\"" },
	/* battery */
	{ "battery.current: -1.26", "2.6.0=-13" },
	{ "battery.current.total: 3", "2.6.0=30" },
	{ "ups.temperature: 30.5", "2.7.0=-" },
	{ "ups.temperature: 30.5\n.options: battery-temp-from-ups", "2.7.0=31" },
	{ "battery.temperature: -5.5\nups.temperature: 3\n.options: battery-temp-from-ups", "2.7.0=-6" },
	{ "ups.status: OB\n.battery.since: 4990500", "2.2.0=9" },
	/* lines */
	{ "input.phases: 3\ninput.L1-N.voltage: 230\ninput.L2.voltage: 231\ninput.L3-L1.voltage: 400\n"
	    "input.frequency: 50", "3.2.0=3|3.3.1.3.1=230|3.3.1.3.2=231|3.3.1.3.3=400|"
	    "3.3.1.2.1=500|3.3.1.2.2=500|3.3.1.2.3=500" },
	{ "input.L1-N.voltage: 230\ninput.L3-N.voltage: 231", "3.2.0=3|3.3.1.3.2=-" },
	{ "input.phases: 0\ninput.voltage: 120\ninput.L1-L2.voltage: 120", "3.2.0=1|3.3.1.3.1=120" },
	{ "input.voltage: 1000.1\ninput.frequency: 39.9", "3.2.0=0|3.3.1.3.1=-|3.3.1.2.1=-" },
	{ "input.frequency: 0", "3.3.1.2.1=0" },
	{ "input.current: 1.25\ninput.realpower: 250.5", "3.3.1.4.1=13|3.3.1.5.1=251" },
	{ "ups.load: 40\nups.realpower: 300\nups.power: 500", "4.4.1.4.1=300|4.4.1.5.1=40" },
	{ "ups.load: 40\nups.power: 500\nups.realpower.nominal: 900", "4.4.1.4.1=-" },
	{ "ups.load: 40.5\nups.realpower.nominal: 900\n.options: derive-load", "4.4.1.4.1=365" },
	{ "output.phases: 3\nups.load: 40\nups.realpower: 300", "4.3.0=3|4.4.1.5.3=40|4.4.1.4.1=-" },
	{ "output.phases: 3\noutput.L1.power.percent: 10\noutput.L2.load: 20\nups.load: 40",
	    "4.4.1.5.1=10|4.4.1.5.2=20|4.4.1.5.3=40" },
	{ "input.frequency: 50", "4.2.0=-" },
	{ "output.inverter.frequency: 50.04", "4.2.0=500" },
	{ "input.bypass.frequency: 0", "5.1.0=-|5.2.0=0" },
	{ "input.bypass.frequency: 0\ninput.bypass.voltage: 0", "5.1.0=0|5.2.0=1|5.3.1.2.1=0" },
	{ "input.bypass.phases: 3\ninput.bypass.L2-N.voltage: 231\ninput.bypass.L3.realpower: 7",
	    "5.2.0=3|5.3.1.2.2=231|5.3.1.2.1=-|5.3.1.4.3=7" },
	/* alarms */
	{ ".alarms: 3 2 4999000, 4 26 0, 10 16 1000", "6.1.0=3|6.2.1.2.3=1.3.6.1.2.1.33.1.6.3.2|"
	    "6.2.1.3.3=99900|6.2.1.3.4=0|6.2.1.2.10=1.3.6.1.2.1.33.1.6.3.16|6.2.1.3.10=0|6.2.1.2.5=-" },
	/* tests */
	{ "ups.test.result: Done and passed\nups.test.date: 2024/05/06",
	    "7.3.0=1|7.4.0=\"Done and passed, 2024/05/06\"|7.5.0=0|7.6.0=0" },
	{ "ups.status: OL TEST\n.test: 4\n.test.since: 4990000",
	    "7.1.0=1.3.6.1.2.1.33.1.7.7.4|7.3.0=5|7.5.0=99000|7.6.0=1000" },
	{ "ups.test.result: passed\n.test.since: 4990000\n.test.until: 4991000", "7.3.0=1|7.5.0=99000|7.6.0=100" },
	/* configuration */
	{ "ups.start.auto: no", "8.5.0=2" },
	{ "input.voltage.nominal: 230\ninput.frequency.nominal: 50\noutput.voltage.nominal: 2300\n"
	    "output.frequency.nominal: 60.0\nups.power.nominal: 1500\noutput.realpower.nominal: 900.4\n"
	    "ups.beeper.status: muted\ninput.transfer.low: 180\ninput.transfer.high: 264.5",
	    "9.1.0=230|9.2.0=500|9.3.0=-|9.4.0=600|9.5.0=1500|9.6.0=900|9.8.0=3|9.9.0=180|9.10.0=265" },
	{ "ups.beeper.status: 7", "9.8.0=-" },
};

static void
check_vector(const struct vector *v, enum device_state state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	char		*expected = xstrdup(v->expected), *at = NULL, *one, *value, room[300];

	device(m, "u", state, v->said);
	for (one = expected; *one != '\0'; one = at) {
		value = strchr(one, '=') + 1;
		value[-1] = '\0';
		at = value + strcspn(value, "|");
		if (*at != '\0')
			*at++ = '\0';
		if (strcmp(show(t, one, room), value) != 0)
			fail_msg("\"%s\": %s is %s, not %s", v->said, one, room, value);
	}
	free(expected);
	tree_free(t);
	model_free(m);
}

static void
test_vectors(void **state)
{
	size_t	 i;

	for (i = 0; i < nitems(vectors); i++)
		check_vector(&vectors[i], DEVICE_FRESH);
}

static void
test_stale(void **state)
{
	static const struct vector	 stale = { "ups.status: OB LB\nups.mfr: APC\nbattery.charge: 50\n"
	    "battery.runtime: 600\nbattery.voltage: 27\ninput.voltage: 230\nups.load: 20\n"
	    "ups.timer.shutdown: 30\ninput.voltage.nominal: 230\n.battery.since: 4990000\n"
	    "output.frequency: 50\nbattery.temperature: 20\n.input.bads: 3",
	    "1.1.0=\"APC\"|2.1.0=1|2.2.0=-|2.3.0=-|2.4.0=-|2.5.0=-|2.7.0=-|3.1.0=3|3.2.0=1|3.3.1.3.1=-|"
	    "4.1.0=1|4.2.0=-|4.3.0=1|4.4.1.5.1=-|8.2.0=-1|9.1.0=230" };

	check_vector(&stale, DEVICE_STALE);
	check_vector(&stale, DEVICE_WAITING);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
