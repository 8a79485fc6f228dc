#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "subagent/about.h"
#include "test/unit/dump.h"
#include "test/unit/fleet_stage.h"

/* BUSBAR-MIB of PDUs, transfer switches and sensors, without an snmpd. */

#define UNIT		BUSBAR "4.1.1."
#define INLET		BUSBAR "4.2.1."
#define PHASE		BUSBAR "4.3.1."
#define BRANCH		BUSBAR "4.4.1."
#define OUTLET		BUSBAR "4.5.1."
#define GROUP		BUSBAR "4.6.1."
#define MEMBER		BUSBAR "4.7.1."
#define ATS		BUSBAR "5.1.1."
#define SOURCE		BUSBAR "5.2.1."
#define AMBIENT		BUSBAR "6.1.1."
#define THRESHOLD	BUSBAR "7.1.1."
#define CONTROL		BUSBAR "8.1.1."

static void
names_say_what_they_are_about(void **state)
{
	static const struct { const char *name; enum thing thing; uint32_t item, sub; const char *rest; } rows[] = {
		{ "input.voltage", THING_INPUT, 0, 0, "voltage" },
		{ "input.2.voltage", THING_INLET, 2, 0, "voltage" },
		{ "input.0.voltage", THING_INPUT, 0, 0, "voltage" },
		{ "input.L1.current", THING_PHASE, 0, LINE_L1, "current" },
		{ "input.L2-N.voltage", THING_PHASE, 0, LINE_L2, "voltage" },
		{ "input.3.L3-L1.voltage", THING_PHASE, 3, LINE_L3_L1, "voltage" },
		{ "input.N.current", THING_PHASE, 0, LINE_N, "current" },
		{ "input.L4.current", THING_INPUT, 0, 0, "L4.current" },
		{ "outlet.count", THING_OUTLETS, 0, 0, "count" },
		{ "outlet.0.current", THING_OUTLETS, 0, 0, "current" },
		{ "outlet.12.current.status", THING_OUTLET, 12, 0, "current.status" },
		{ "outlet.10000.current", THING_OUTLETS, 0, 0, "10000.current" },
		{ "outlet.99999999999999999999.current", THING_OUTLETS, 0, 0, "99999999999999999999.current" },
		{ "outlet.group.3.name", THING_GROUP, 3, 0, "name" },
		{ "outlet.group.count", THING_OUTLETS, 0, 0, "count" },
		{ "ambient.temperature", THING_SENSOR, 0, 0, "temperature" },
		{ "ambient.4.humidity.high", THING_SENSOR, 4, 0, "humidity.high" },
		{ "ambient.contacts.1.status", THING_CONTACT, 0, 1, "status" },
		{ "ambient.4.contacts.2.name", THING_CONTACT, 4, 2, "name" },
		{ "feed.2.source", THING_FEED, 2, 0, "source" },
		{ "feed.count", THING_OTHER, 0, 0, "feed.count" },
		{ "output.voltage", THING_OTHER, 0, 0, "output.voltage" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct about	 a = about_of(rows[i].name);

		assert_int_equal(a.thing, rows[i].thing);
		if (strcmp(rows[i].rest, a.rest) != 0)
			fail_msg("%s: %s", rows[i].name, a.rest);
		if (a.thing != THING_OUTLETS && a.thing != THING_INPUT)
			assert_int_equal(a.item, rows[i].item);
		if (a.thing == THING_PHASE || a.thing == THING_CONTACT)
			assert_int_equal(a.sub, rows[i].sub);
	}
}

static const struct vector {
	const char		*said;
	enum device_state	 state;
	const char		*prefix, *expected;
} vectors[] = {
	/* the unit */
	{ ".type: pdu\noutlet.count: 24\ninput.phases: 1\ninput.realpower: 1234.5\ninput.power: 1300\n"
	    "input.powerfactor: 0.951\ninput.energy: 9876543210123\ninput.current.nominal: 16\noutlet.1.status: on\n"
	    "outlet.1.switchable: yes\noutlet.2.current: 0.5\nambient.temperature: 20\noutlet.coldstart: last\n"
	    "outlet.delay.sequence: 0.25\ndevice.psu.2.status: failed\ninput.realpower.maximum: 2000", DEVICE_FRESH, UNIT,
	    "1.1=1|2.1=1|3.1=0|4.1=24|5.1=0|6.1=1|7.1=1|8.1=1|9.1=16000|10.1=-|11.1=1235|12.1=1300|13.1=951|"
	    "14.1=9876543210123|15.1=-|16.1=2000|19.1=3|20.1=-|21.1=250|22.1=\"@\"|23.1=--" },
	{ ".type: pdu\ninput.L1.realpower: 100\ninput.L2.realpower: 200.6\ninput.L3.realpower: 1\ninput.phases: 3",
	    DEVICE_FRESH, UNIT, "2.1=3|11.1=302|12.1=-" },
	{ ".type: pdu\ninput.L1.realpower: 100\ninput.L2.current: 2", DEVICE_FRESH, UNIT, "11.1=-" },
	{ ".type: pdu\ninput.realpower: 5\ninput.energy: 7", DEVICE_STALE, UNIT, "1.1=1|11.1=-|14.1=7" },
	{ ".type: ups\ninput.realpower: 5\noutlet.1.status: on", DEVICE_FRESH, UNIT, "1.1=-|11.1=-" },
	/* inlets and their lines */
	{ ".type: pdu\ninput.voltage: 230.4\ninput.current: 3.25\ninput.frequency: 49.95\ninput.realpower: 700\n"
	    "input.voltage.status: good\ninput.current.status: warning-high\ninput.load: 20.3\ninput.name: A\n"
	    "input.feed.desc: other\ninput.voltage.nominal: 230\ninput.energy: 5", DEVICE_FRESH, INLET,
	    "2.1.1=\"A\"|6.1.1=230000|8.1.1=500|9.1.1=700|13.1.1=5|1.1.1=--|2.1.2=-" },
	{ ".type: pdu\ninput.voltage: 230.4\ninput.current: 3.25\ninput.voltage.status: good\n"
	    "input.current.status: warning-high\ninput.load: 20.3", DEVICE_FRESH, PHASE,
	    "2.1.1.1=230400|3.1.1.1=3|4.1.1.1=3250|5.1.1.1=4|7.1.1.1=203|2.1.1.2=-|2.1.1=-|2.1.1.1.1=-" },
	{ ".type: pdu\ninput.phases: 3\ninput.voltage: 999\ninput.L1-N.voltage: 230\ninput.L2.voltage: 231\n"
	    "input.L3-L1.voltage: 400\ninput.N.current: 0.5\ninput.L3.energy: 12", DEVICE_FRESH, PHASE,
	    "2.1.1.1=230000|2.1.1.2=231000|2.1.1.3=-|2.1.1.7=400000|4.1.1.4=500|14.1.1.3=12" },
	{ ".type: pdu\ninput.1.voltage: 230\ninput.2.voltage: 231\ninput.voltage: 9\ninput.2.L1.current: 3",
	    DEVICE_FRESH, PHASE, "2.1.1.1=-|2.1.2.1=-|4.1.2.1=3000" },
	{ ".type: pdu\ninput.1.voltage: 230\ninput.2.voltage: 231\ninput.voltage: 9", DEVICE_FRESH, PHASE,
	    "2.1.1.1=230000|2.1.2.1=231000" },
	/* branches and groups */
	{ ".type: pdu\noutlet.group.1.type: breaker2pole\noutlet.group.1.name: Circuit A\noutlet.group.1.id: 1\n"
	    "outlet.group.1.current: 1.5\noutlet.group.1.current.status: good\noutlet.group.1.breaker.status: tripped\n"
	    "outlet.group.1.count: 21\noutlet.group.1.phase: L1-L2\noutlet.group.1.voltage: 237.75\n"
	    "outlet.group.2.type: user-defined\noutlet.group.2.status: mixed\noutlet.group.2.members: 4 1",
	    DEVICE_FRESH, BRANCH, "2.1.1=\"Circuit A\"|3.1.1=2|5.1.1=5|6.1.1=3|8.1.1=1500|9.1.1=3|11.1.1=237750|"
	    "15.1.1=21|2.1.2=-|3.1.2=-" },
	{ ".type: pdu\noutlet.group.2.type: user-defined\noutlet.group.2.name: web\noutlet.group.2.status: mixed\n"
	    "outlet.group.2.members: 4 1", DEVICE_FRESH, GROUP, "2.1.2=\"web\"|3.1.2=1|4.1.2=2|5.1.2=3" },
	{ ".type: pdu\noutlet.group.2.type: user-defined\noutlet.group.2.members: 4 1", DEVICE_FRESH, MEMBER,
	    "2.1.2.1=1|3.1.2.1=4|3.1.2.2=1|3.1.2.3=-" },
	{ ".type: pdu\noutlet.group.2.type: user-defined\noutlet.7.groupid: 2\noutlet.12.groupid: 2\noutlet.1.groupid: 1",
	    DEVICE_FRESH, MEMBER, "3.1.2.1=7|3.1.2.2=12|3.1.2.3=-" },
	/* outlets */
	{ ".type: pdu\noutlet.3.name: db1\noutlet.3.desc: Outlet 3\noutlet.3.status: on\noutlet.3.type: C13\n"
	    "outlet.3.switchable: yes\noutlet.3.current: 1.234\noutlet.3.realpower: 250\noutlet.3.power: 280\n"
	    "outlet.3.powerfactor: 0.89\noutlet.3.energy: 4294967296\noutlet.3.current.status: good\n"
	    "outlet.3.delay.start: 5\noutlet.3.delay.shutdown: -1\noutlet.3.coldstart: off\noutlet.3.groupid: 2\n"
	    "outlet.3.phase: L3\noutlet.3.voltage: 230\noutlet.3.current.nominal: 10\n.outlet.3.critical: yes",
	    DEVICE_FRESH, OUTLET, "2.1.3=\"db1\"|3.1.3=\"Outlet 3\"|4.1.3=\"C13\"|5.1.3=-|6.1.3=2|7.1.3=3|8.1.3=10000|"
	    "10.1.3=2|12.1.3=230000|13.1.3=1234|14.1.3=250|15.1.3=280|16.1.3=890|18.1.3=4294967296|20.1.3=3|21.1.3=5|"
	    "22.1.3=-1|24.1.3=2|27.1.3=1|2.1.4=-|11.1.3=--" },
	{ ".type: ups\noutlet.1.desc: Main\noutlet.1.status: off\noutlet.2.id: 2", DEVICE_FRESH, OUTLET,
	    "2.1.1=\"Main\"|10.1.1=1|2.1.2=\"2\"|10.1.2=8|27.1.1=2" },
	{ ".type: pdu\noutlet.1.name: a\noutlet.1.status: on\noutlet.1.current: 2\noutlet.1.energy: 4", DEVICE_STALE,
	    OUTLET, "2.1.1=\"a\"|10.1.1=8|13.1.1=-|18.1.1=4" },
	{ ".type: pdu\noutlet.1.status: on\n.outlet.1.pending: load.off.delay 5020500", DEVICE_FRESH, OUTLET, "10.1.1=3" },
	{ ".type: pdu\noutlet.1.status: on\noutlet.1.switchable: yes\n.outlet.1.pending: load.off.delay 5020500\n"
	    ".outlet.1.last: pending load.off.delay 1700000000 nut admin@192.0.2.1", DEVICE_FRESH, CONTROL,
	    "1.1.1=5|2.1.1=-1|4.1.1=21|5.1.1=6|6.1.1=\"nut admin@192.0.2.1\"" },
	{ ".type: pdu\noutlet.1.status: on\noutlet.1.switchable: yes\n.outlet.1.lock: 77", DEVICE_FRESH, CONTROL, "3.1.1=77" },
	{ ".type: pdu\noutlet.1.status: on\noutlet.1.switchable: yes\noutlet.2.status: on\n"
	    ".outlet.1.last: timedOut load.cycle 1700000000 agentx", DEVICE_FRESH, CONTROL,
	    "1.1.1=0|4.1.1=0|5.1.1=5|6.1.1=\"agentx\"|1.1.2=-" },
	/* transfer switches */
	{ ".type: ats\ninput.source: 2.00\ninput.source.preferred: A\ninput.1.voltage: 229.3\ninput.2.voltage: 245.4\n"
	    "input.2.voltage.status: warning-high\ninput.1.frequency: 50\noutput.voltage: 230.4\noutput.current: 0.5\n"
	    "input.source.redundancy: lost\ninput.phase.shift: -3.5\ninput.transfer.count: 7", DEVICE_FRESH, ATS,
	    "1.1=2|2.1=1|3.1=2|4.1=7|7.1=-35|9.1=230400|10.1=500|11.1=-" },
	{ ".type: ats\ninput.1.voltage: 229.3\ninput.2.voltage: 245.4\ninput.2.voltage.status: warning-high\n"
	    "input.1.frequency: 50", DEVICE_FRESH, SOURCE, "3.1.1=229300|3.1.2=245400|4.1.1=500|4.1.2=-|5.1.2=3" },
	{ ".type: pdu\ninput.source: 1\ninput.1.voltage: 230", DEVICE_FRESH, ATS, "1.1=-" },
	/* sensors */
	{ ".type: ups\nambient.temperature: 23.94\nambient.humidity: 40\nambient.temperature.status: warning-high\n"
	    "ambient.2.temperature: -5\nambient.2.name: cold aisle\nambient.2.present: yes\n"
	    "ambient.2.temperature.minimum: -7.5\nambient.2.contacts.1.status: open\n"
	    "ambient.2.contacts.1.config: normal-closed\nambient.2.contacts.1.name: door\nambient.3.water: clear",
	    DEVICE_FRESH, AMBIENT, "2.1.1=1|4.1.1=239|5.1.1=4|2.1.2=2|4.1.2=400|3.1.1=-|4.1.201=-50|3.1.201=\"cold aisle\"|"
	    "6.1.201=1|7.1.201=-75|2.1.221=3|3.1.221=\"door\"|4.1.221=1|5.1.221=5|2.1.304=4|4.1.304=0|5.1.304=3" },
	{ ".type: pdu\nambient.contacts.1.status: open", DEVICE_FRESH, AMBIENT, "2.1.21=3|4.1.21=1|5.1.21=-" },
	{ ".type: pdu\nambient.temperature: 20", DEVICE_STALE, AMBIENT, "2.1.1=1|4.1.1=-" },
	/* loads */
	{ ".type: other\ndevice.type: load\nfeed.count: 2\nfeed.needed: 1\nfeed.alive: 1\nfeed.redundancy: reduced\n"
	    "feed.1.source: pdu1:3\nfeed.1.status: good\nfeed.2.source: ups1\nfeed.2.status: off", DEVICE_FRESH,
	    BUSBAR, "2.1.1.3.1=7|9.1.1.1.1=2|9.1.1.2.1=1|9.1.1.3.1=1|9.1.1.4.1=2|9.2.1.2.1.1=\"pdu1\"|9.2.1.3.1.1=\"3\"|"
	    "9.2.1.4.1.1=1|9.2.1.2.1.2=\"ups1\"|9.2.1.3.1.2=-|9.2.1.4.1.2=4" },
	{ ".type: other", DEVICE_FRESH, BUSBAR, "2.1.1.3.1=6|9.1.1.1.1=-" },
	{ ".type: pdu\noutlet.1.name: a\n.outlet.1.name: written", DEVICE_FRESH, OUTLET, "2.1.1=\"written\"" },
	/* entities: outlets, breakers and inlets, with their sensors in them */
	{ ".type: pdu\noutlet.3.name: db1\noutlet.3.current: 1.25\noutlet.4.status: on\noutlet.group.2.type: breaker1pole\n"
	    "outlet.group.2.realpower: 50\ninput.2.voltage: 230\ninput.powerfactor: 0.955\ninput.phases: 3\n"
	    "input.realpower: 900\nambient.2.fan: 1200", DEVICE_FRESH, PHYSICAL,
	    "2.11031=\"db1\"|4.11031=10000|5.11031=13|6.11031=3|7.11031=\"u outlet 3\"|16.11031=2|3.11031=0.0|"
	    "2.11025=\"outlet 3 current\"|4.11025=11031|5.11025=8|6.11025=2|7.11025=\"u outlet 3 current\"|"
	    "2.11039=\"outlet 4\"|9.11031=-|7.19123=\"u branch 2\"|4.19118=19123|7.19118=\"u branch 2 power\"|"
	    "7.10163=\"u inlet 2\"|4.10156=10163|7.10156=\"u inlet 2 voltage\"|4.10132=10000|4.10210=10000|"
	    "7.10133=\"u input total power\"|2.11047=-" },
	{ ".type: pdu\noutlet.3.current: 1.25\noutlet.group.2.realpower: 50\ninput.2.voltage: 230\ninput.powerfactor: 0.955\n"
	    "ambient.2.fan: 1200\ninput.power: 1000", DEVICE_FRESH, SENSOR,
	    "1.11025=5|3.11025=2|4.11025=125|5.11025=1|6.11025=\"amperes\"|1.11031=-|5.11031=-|4.19118=50|4.10156=2300|"
	    "1.10132=1|3.10132=3|4.10132=955|6.10132=\"power factor\"|1.10210=10|4.10210=1200|4.10131=1000" },
	{ ".type: pdu\noutlet.3.current: 1.25\noutlet.1000.current: 2\noutlet.group.110.current: 3\n"
	    "outlet.group.111.current: 3", DEVICE_STALE, SENSOR, "1.11025=5|4.11025=-|5.11025=2|1.19001=5|1.19981=5|1.19989=-" },
	/* limits */
	{ ".type: pdu\noutlet.3.current.high.critical: 10\noutlet.3.current.high.warning: 8.5\noutlet.3.current.status: good\n"
	    "outlet.4.current.status: good\nambient.2.temperature.high: 50\nambient.2.temperature.high.critical: 60\n"
	    "ambient.3.temperature.low: 5\ninput.voltage.low.warning: 190\ninput.voltage.status: critical-low\n"
	    "outlet.group.1.current.high.warning: 12.8", DEVICE_FRESH, THRESHOLD,
	    "6.1.4.3.2=8500|7.1.4.3.2=10000|9.1.4.3.2=3|9.1.4.4.2=-|7.1.5.201.7=600|4.1.5.301.7=50|5.1.2.11.1=190000|"
	    "9.1.2.11.1=1|6.1.3.1.2=12800|9.1.3.1.2=6|4.1.4.3.2=-" },
	{ ".type: ups\ninput.voltage.high.critical: 300\nambient.temperature.high: 40", DEVICE_FRESH, THRESHOLD,
	    "7.1.2.11.1=-|7.1.1.1.1=-|7.1.5.1.7=400" },
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
		walk(t);
		tree_free(t);
		model_free(m);
	}
}

/* GETNEXT between instances of several numbers, also from OIDs that no instance can have. */
static void
test_next(void **state)
{
	static const struct { const char *from, *expected; } steps[] = {
		{ PHASE "2", PHASE "2.1.1.1" },
		{ PHASE "2.1", PHASE "2.1.1.1" },
		{ PHASE "2.1.1.1", PHASE "2.1.1.2" },
		{ PHASE "2.1.1.2.0", PHASE "2.5.1.1" },
		{ PHASE "2.1.1.256", PHASE "2.5.1.1" },
		{ PHASE "2.1.16777216.1", PHASE "2.5.1.1" },
		{ PHASE "2.1.4294967295.4294967295", PHASE "2.5.1.1" },
		{ PHASE "2.4.9.9", PHASE "2.5.1.1" },
		{ PHASE "2.5.1.1", OUTLET "2.5.9" },
		{ PHASE "2.4294967295.4294967295.4294967295", OUTLET "2.5.9" },
		{ OUTLET "2.5.4294967295", OUTLET "9.5.9" },
		{ THRESHOLD "1", THRESHOLD "7.5.4.9.2" },
		{ THRESHOLD "7.5.4.9.2", THRESHOLD "9.5.4.9.2" },
		{ THRESHOLD "7.5.4.9", THRESHOLD "7.5.4.9.2" },
		{ THRESHOLD "7.5.4.1048576.1", THRESHOLD "9.5.4.9.2" },
		{ THRESHOLD "7.5.16", THRESHOLD "9.5.4.9.2" },
		{ THRESHOLD "9.5.4.9.2", "-" },
	};
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	size_t		 i;

	device(m, "b", 1, DEVICE_FRESH, ".type: pdu\ninput.L1.voltage: 230\ninput.L2.voltage: 230\ninput.phases: 3");
	device(m, "a", 5, DEVICE_FRESH, ".type: pdu\ninput.voltage: 230\noutlet.9.name: x\noutlet.9.current.high.critical: 3");
	for (i = 0; i < nitems(steps); i++)
		check_next(t, steps[i].from, false, NULL, steps[i].expected);
	tree_free(t);
	model_free(m);
}

/* Every dump of a PDU or transfer switch that the field has given us. */
static void
test_recorded_devices(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	unsigned	 index = 0;
	size_t		 n;

	tree_entities(t, true);
	if (dumps_load_others(m, NULL) == 0) {
		tree_free(t);
		model_free(m);
		skip();
	}
	for (struct device *d = model_next(m, NULL); d != NULL; d = model_next(m, d)) {
		struct update		*u = update_continue(d);
		const struct value	*type = update_get(u, VAR_DEVICE_TYPE);

		update_put(u, var_intern(REMARK_INDEX), value_number(++index, 0));
		update_put_text(u, var_intern(REMARK_TYPE), type->text);
		update_commit(u);
	}
	n = walk(t);
	print_message("%zu devices, %zu objects\n", model_size(m), n);
	assert_true(n > model_size(m) * 100);
	tree_free(t);
	model_free(m);
}

/* -- a large one ------------------------------------------------------------------------------ */

static char *
large_pdu(void)
{
	static const char	 lines[][3] = { "L1", "L2", "L3" };
	struct buf		 b = { 0 };
	unsigned		 i;
	char			*text;

	buf_printf(&b, ".type: pdu\ndevice.mfr: Example\ndevice.model: 3P48\ndevice.serial: 1\nups.status: OL\n"
	    "outlet.count: 48\noutlet.group.count: 6\ninput.phases: 3\ninput.realpower: 7000\ninput.energy: 123456789\n"
	    "ambient.1.temperature: 22.5\nambient.1.humidity: 40\nambient.2.temperature: 23\nambient.2.humidity: 41\n");
	for (i = 0; i < 3; i++)
		buf_printf(&b, "input.%s.voltage: 230.%u\ninput.%s.current: 10.2%u\ninput.%s.realpower: 2300\n"
		    "input.%s.power: 2400\ninput.%s.powerfactor: 0.96\ninput.%s.energy: 1234567\n"
		    "input.%s.current.status: good\n", lines[i], i, lines[i], i, lines[i], lines[i], lines[i], lines[i],
		    lines[i]);
	for (i = 1; i <= 6; i++)
		buf_printf(&b, "outlet.group.%u.type: breaker1pole\noutlet.group.%u.name: Breaker %u\n"
		    "outlet.group.%u.current: 3.5\noutlet.group.%u.breaker.status: closed\n", i, i, i, i, i);
	for (i = 1; i <= 48; i++)
		buf_printf(&b, "outlet.%u.desc: Outlet %u\noutlet.%u.status: on\noutlet.%u.switchable: yes\n"
		    "outlet.%u.current: 1.%02u\noutlet.%u.realpower: 2%02u\noutlet.%u.power: 2%02u\noutlet.%u.energy: 9876%02u\n"
		    "outlet.%u.current.status: good\noutlet.%u.current.high.critical: 10\n", i, i, i, i, i, i, i, i, i, i, i, i, i, i);
	text = xstrdup(buf_text(&b));
	buf_free(&b);
	return text;
}

static void
test_large(void **state)
{
	enum { DEVICES = 40 };
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	char		*text = large_pdu(), *changed = xasprintf("%soutlet.1.current: 9\n", text), name[16];
	uint32_t	 at[OID_MAX_LEN];
	struct object	 o;
	struct mallinfo2 before = mallinfo2(), after;
	double		 began, first, again, changing;
	size_t		 n, readings, bytes;
	unsigned	 i;

	tree_entities(t, true);
	for (i = 1; i <= DEVICES; i++) {
		snprintf(name, sizeof(name), "pdu%u", i);
		device(m, name, i, DEVICE_FRESH, text);
	}
	readings = snapshot_size(device_now(model_find(m, "pdu1", 4)));
	began = seconds();
	n = plain_walk(t);
	first = seconds() - began;
	began = seconds();
	assert_int_equal(plain_walk(t), n);
	again = seconds() - began;
	after = mallinfo2();
	bytes = (after.uordblks - before.uordblks) / DEVICES;
	began = seconds();
	for (i = 0; i < 200; i++) {
		device(m, "pdu7", 7, DEVICE_FRESH, i % 2 ? text : changed);
		assert_true(tree_next(t, "", 0, parse(OUTLET "13.7.0", at), false, (struct oid){ 0 }, &at_1000_s, &o));
	}
	changing = seconds() - began;
	assert_int_equal(o.number, 1010);
	print_message("a PDU of 48 outlets: %zu readings, %zu objects, %zu bytes; walk %.0f us (first %.0f us), "
	    "%.0f us for a change and its object\n", readings, n / DEVICES, bytes, again * 1e6 / DEVICES,
	    first * 1e6 / DEVICES, changing * 1e6 / 200);
	assert_true(readings > 450);
	assert_true(bytes <= 64 * 1024);	/* 0 where the allocator does not count */
	free(text);
	free(changed);
	tree_free(t);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(names_say_what_they_are_about),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_recorded_devices),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
