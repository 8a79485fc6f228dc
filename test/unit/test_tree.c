#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
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
	{ "ups.status: OB\nbattery.runtime: 119.6", "2.3.0=1" },
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
	    "6.2.1.2.4=" ENTERPRISE_OID ".3.2|6.2.1.3.3=99900|6.2.1.3.4=0|6.2.1.2.10=1.3.6.1.2.1.33.1.6.3.16|6.2.1.3.10=0|6.2.1.2.5=-" },
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
	{ "battery.voltage: -1\nups.load: -1\nbattery.runtime.low: -1\nups.power.nominal: -1",
	    "2.5.0=-|4.4.1.5.1=-|9.7.0=-|9.5.0=-" },
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

/* -- contexts ------------------------------------------------------------------ */

static void
remark(struct device *d, const char *name, const char *value)
{
	struct update	*u = update_continue(d);

	update_put_text(u, var_intern(name), value);
	update_commit(u);
}

/* The names of the contexts, a comma after each. */
static const char *
contexts(struct tree *t, char room[300])
{
	size_t	 i;

	*room = '\0';
	for (i = 0; i < tree_contexts(t); i++)
		strcat(strcat(room, tree_context(t, i)), ",");
	assert_null(tree_context(t, i));
	return room;
}

static void
test_contexts(void **state)
{
	struct model	*m = model_new();
	struct device	*b = device(m, "b", DEVICE_FRESH, "ups.mfr: B"), *a;
	struct tree	*t = tree_new(m);
	unsigned	 generation = tree_generation(t);
	char		 room[300];
	struct object	 o;

	assert_string_equal(contexts(t, room), ",b,");
	a = device(m, "A", DEVICE_FRESH, "ups.mfr: A");
	device(m, "c", DEVICE_FRESH, "ups.mfr: C");
	assert_string_equal(contexts(t, room), ",A,b,c,");
	assert_int_not_equal(tree_generation(t), generation);
	generation = tree_generation(t);
	remark(b, "ups.model", "M");
	assert_int_equal(tree_generation(t), generation);
	remark(b, REMARK_CONTEXT, "no");
	assert_string_equal(contexts(t, room), ",A,c,");
	assert_false(get(t, "b", "1.3.6.1.2.1.33.1.1.1.0", &o));
	model_remove(a);
	assert_string_equal(contexts(t, room), ",c,");
	assert_false(get(t, "A", "1.3.6.1.2.1.33.1.1.1.0", &o));
	assert_false(get(t, "C", "1.3.6.1.2.1.33.1.1.1.0", &o));
	assert_true(get(t, "c", "1.3.6.1.2.1.33.1.1.1.0", &o));
	tree_free(t);
	model_free(m);
}

/* upsIdentManufacturer in the default context, "-" when it shows no device. */
static char
shown(struct tree *t)
{
	struct object	 o;

	return get(t, "", "1.3.6.1.2.1.33.1.1.1.0", &o) && o.len > 0 ? (char)*o.bytes : '-';
}

static void
test_default_context(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct device	*a = device(m, "a", DEVICE_FRESH, "ups.mfr: A"), *b;
	struct object	 o;

	assert_int_equal(shown(t), '-');
	remark(a, REMARK_DEFAULT, "yes");
	assert_int_equal(shown(t), 'A');
	b = device(m, "b", DEVICE_FRESH, "ups.mfr: B");
	remark(b, REMARK_DEFAULT, "yes");
	assert_int_equal(shown(t), 'A');
	remark(a, "ups.mfr", "X");
	assert_int_equal(shown(t), 'X');
	remark(a, REMARK_DEFAULT, "no");
	assert_int_equal(shown(t), 'B');
	tree_default(t, "A");
	assert_int_equal(shown(t), 'X');
	tree_default(t, "none");
	assert_int_equal(shown(t), '-');
	device(m, "None", DEVICE_FRESH, "ups.mfr: N");
	assert_int_equal(shown(t), 'N');
	tree_default(t, NULL);
	assert_int_equal(shown(t), 'B');
	model_remove(b);
	assert_int_equal(shown(t), '-');
	/* the host's own system group stays the host's */
	remark(a, REMARK_DEFAULT, "yes");
	assert_false(get(t, "", "1.3.6.1.2.1.1.2.0", &o));
	assert_int_equal(o.type, OBJECT_NO_SUCH_OBJECT);
	tree_free(t);
	model_free(m);
}

static void
test_system_group(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct object	 o;

	device(m, "u", DEVICE_FRESH, "device.mfr: APC\nups.model: Smart-UPS\n.description: Rack 4");
	assert_true(get(t, "u", "1.3.6.1.2.1.1.1.0", &o));
	assert_memory_equal(o.bytes, "APC Smart-UPS", o.len);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.2.0", &o));
	assert_int_equal(o.type, OBJECT_OID);
	assert_int_equal(o.ref.len, 7);
	assert_int_equal(o.ref.ids[6], 33);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.3.0", &o));
	assert_int_equal(o.type, OBJECT_TIMETICKS);
	assert_int_equal(o.number, at_1000_s.master_uptime);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.4.0", &o));
	assert_int_equal(o.len, 0);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.5.0", &o));
	assert_memory_equal(o.bytes, "u", o.len);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.6.0", &o));
	assert_memory_equal(o.bytes, "Rack 4", o.len);
	assert_true(get(t, "u", "1.3.6.1.2.1.1.7.0", &o));
	assert_int_equal(o.number, 72);
	assert_false(get(t, "u", "1.3.6.1.2.1.1.8.0", &o));
	tree_free(t);
	model_free(m);
}

static void
test_roots(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct oid	 roots[10];
	uint32_t	 n;

	assert_int_equal(tree_roots(t, "", roots, 10), 2);
	assert_int_equal(roots[0].len, 8);
	assert_int_equal(roots[0].ids[6], 33);
	assert_int_equal(roots[1].ids[5], 1);		/* enterprises */
	tree_entities(t, true);
	assert_int_equal(tree_roots(t, "", roots, 10), 4);
	assert_int_equal(roots[1].ids[6], 47);
	assert_int_equal(roots[2].ids[6], 99);
	assert_int_equal(roots[3].ids[5], 1);
	assert_int_equal(tree_roots(t, "u", roots, 10), 8);
	for (n = 1; n <= 7; n++) {
		assert_int_equal(roots[n].len, 8);
		assert_int_equal(roots[n].ids[6], 1);
		assert_int_equal(roots[n].ids[7], n);
	}
	assert_int_equal(tree_roots(t, "u", roots, 3), 3);
	tree_free(t);
	model_free(m);
}

/* -- GETNEXT -------------------------------------------------------------------- */

static const char *
next(struct tree *t, const char *from, bool include, const char *end, char room[300])
{
	uint32_t	 ids[OID_MAX_LEN], stop[OID_MAX_LEN];
	size_t		 len, stop_len = 0, i;
	struct object	 o;
	char		*to = room;

	assert_true(oid_parse(from, ids, &len));
	if (end != NULL)
		assert_true(oid_parse(end, stop, &stop_len));
	strcpy(room, "-");
	if (!tree_next(t, "u", 1, (struct oid){ ids, len }, include,
	    (struct oid){ stop, stop_len }, &at_1000_s, &o))
		return room;
	for (i = 7; i < o.oid.len; i++)
		to += sprintf(to, ".%u", o.oid.ids[i]);
	return room;
}

static void
test_next(void **state)
{
	static const struct {
		const char	*from;
		bool		 include;
		const char	*end, *expected;	/* below 1.3.6.1.2.1.33, or below system */
	} steps[] = {
		{ "1.3", false, NULL, ".1.0" },
		{ "1.3.6.1.2.1.1.1.0", true, NULL, ".1.0" },
		{ "1.3.6.1.2.1.1.1.0", false, NULL, ".2.0" },
		{ "1.3.6.1.2.1.1.1.0", false, "1.3.6.1.2.1.1.2", "-" },
		{ "1.3.6.1.2.1.1.1.0.0", true, NULL, ".2.0" },
		{ "1.3.6.1.2.1.1.7", false, NULL, ".7.0" },
		{ "1.3.6.1.2.1.1.7.0", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.1.4294967295", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.2.2.1.1", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.33", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.33.0.9", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.33.1.1.1", false, NULL, ".1.1.1.0" },
		{ "1.3.6.1.2.1.33.1.1.1.0", false, NULL, ".1.1.2.0" },
		{ "1.3.6.1.2.1.33.1.1.1.0.7", true, NULL, ".1.1.2.0" },
		{ "1.3.6.1.2.1.33.1.1.1.7", true, NULL, ".1.1.2.0" },
		{ "1.3.6.1.2.1.33.1.3.3", false, "1.3.6.1.2.1.33.1.3.4", ".1.3.3.1.3.1" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3", false, NULL, ".1.3.3.1.3.1" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.0", false, NULL, ".1.3.3.1.3.1" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.1", true, NULL, ".1.3.3.1.3.1" },
		/* one line and only its voltage: exactly one instance */
		{ "1.3.6.1.2.1.33.1.3.3.1.3.1", false, "1.3.6.1.2.1.33.1.3.4", "-" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.1.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.4294967295", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.3.1.300.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.3.16.3.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.3.2", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.400.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.3.4294967295.1", false, NULL, ".1.4.1.0" },
		{ "1.3.6.1.2.1.33.1.6.2", false, "1.3.6.1.2.1.33.1.6.3", ".1.6.2.1.2.2147483647" },
		{ "1.3.6.1.2.1.33.1.6.2.1.2.2147483647", false, NULL, ".1.6.2.1.3.2147483647" },
		{ "1.3.6.1.2.1.33.1.8.5.0", false, NULL, "-" },
		{ "1.3.6.1.2.1.33.1.300", false, NULL, "-" },
		{ "1.3.6.1.2.1.33.2", false, NULL, "-" },
		{ "1.3.6.1.2.1.34", false, NULL, "-" },
		{ "1.3.6.1.3", false, NULL, "-" },
		{ "2.0", false, NULL, "-" },
		{ "0.0", false, NULL, ".1.0" },
	};
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	char		 room[300];
	size_t		 i;

	device(m, "u", DEVICE_FRESH, "input.voltage: 230\n.alarms: 2147483647 9 0");
	for (i = 0; i < nitems(steps); i++)
		if (strcmp(next(t, steps[i].from, steps[i].include, steps[i].end, room),
		    steps[i].expected) != 0)
			fail_msg("after %s comes %s", steps[i].from, room);
	tree_free(t);
	model_free(m);
}

/* RFC 3416: no such object where the MIB has none, no such instance where the device has none. */
static void
test_missing(void **state)
{
	static const struct {
		const char	*oid;
		int		 type;
	} gets[] = {
		{ "1.3.6.1.2.1.33.1.2.3.0", OBJECT_NO_SUCH_INSTANCE },
		{ "1.3.6.1.2.1.33.1.2.1", OBJECT_NO_SUCH_INSTANCE },
		{ "1.3.6.1.2.1.33.1.2.1.1", OBJECT_NO_SUCH_INSTANCE },
		{ "1.3.6.1.2.1.33.1.2.1.0.0", OBJECT_NO_SUCH_INSTANCE },
		{ "1.3.6.1.2.1.33.1.3.3.1.3.2", OBJECT_NO_SUCH_INSTANCE },
		{ "1.3.6.1.2.1.33.1.3.3.1.1.1", OBJECT_NO_SUCH_OBJECT },	/* an index */
		{ "1.3.6.1.2.1.33.1.3.3.1.6.1", OBJECT_NO_SUCH_OBJECT },
		{ "1.3.6.1.2.1.33.1.2.8.0", OBJECT_NO_SUCH_OBJECT },
		{ "1.3.6.1.2.1.33.1.10.1.0", OBJECT_NO_SUCH_OBJECT },
		{ "1.3.6.1.2.1.33.2.1", OBJECT_NO_SUCH_OBJECT },
		{ "1.3.6.1.4.1", OBJECT_NO_SUCH_OBJECT },
	};
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct object	 o;
	size_t		 i;

	device(m, "u", DEVICE_FRESH, "input.voltage: 230");
	for (i = 0; i < nitems(gets); i++) {
		assert_false(get(t, "u", gets[i].oid, &o));
		if ((int)o.type != gets[i].type)
			fail_msg("%s: %d", gets[i].oid, (int)o.type);
	}
	tree_free(t);
	model_free(m);
}

/* What moves with time alone is told anew although nothing changed. */
static void
test_time(void **state)
{
	static const uint32_t	 on_battery[] = { 1, 3, 6, 1, 2, 1, 33, 1, 2, 2, 0 };
	static const uint32_t	 alarm_time[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1, 3, 1 };
	static const struct {
		struct tree_clock	 clock;
		uint64_t		 seconds, ticks;
	} reads[] = {
		{ { 10000, 5000 }, 0, 5000 },
		{ { 10999, 5099 }, 0, 5000 },
		{ { 75000, 11500 }, 65, 5000 },
		{ { 80000, 3000 }, 70, 0 },		/* the master was started again since */
		{ { 9000, 4900 }, 0, 4900 },		/* the mirror runs a little ahead */
	};
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct object	 o;
	size_t		 i;

	device(m, "u", DEVICE_FRESH, "ups.status: OB\n.battery.since: 10000\n.alarms: 1 2 10000");
	for (i = 0; i < nitems(reads); i++) {
		assert_true(tree_get(t, "u", 1, (struct oid){ on_battery, nitems(on_battery) },
		    &reads[i].clock, &o));
		assert_int_equal(o.number, reads[i].seconds);
		assert_true(tree_get(t, "u", 1, (struct oid){ alarm_time, nitems(alarm_time) },
		    &reads[i].clock, &o));
		assert_int_equal(o.number, reads[i].ticks);
	}
	tree_free(t);
	model_free(m);
}

/* -- every device --------------------------------------------------------------- */

#define TEXT	-1	/* as a smallest value: a text of at most so many bytes */
#define NAME	-2	/* an OID */

/* The SYNTAX of each object that can be read. */
static const struct {
	uint8_t			 group, object, column;
	enum object_type	 type;
	int64_t			 min, max;
} syntax[] = {
	{ 1, 1, 0, OBJECT_OCTETS, TEXT, 31 }, { 1, 2, 0, OBJECT_OCTETS, TEXT, 63 },
	{ 1, 3, 0, OBJECT_OCTETS, TEXT, 63 }, { 1, 4, 0, OBJECT_OCTETS, TEXT, 63 },
	{ 1, 5, 0, OBJECT_OCTETS, TEXT, 63 }, { 1, 6, 0, OBJECT_OCTETS, TEXT, 63 },
	{ 2, 1, 0, OBJECT_INTEGER, 1, 4 }, { 2, 2, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 2, 3, 0, OBJECT_INTEGER, 1, INT32_MAX }, { 2, 4, 0, OBJECT_INTEGER, 0, 100 },
	{ 2, 5, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 2, 6, 0, OBJECT_INTEGER, INT32_MIN, INT32_MAX },
	{ 2, 7, 0, OBJECT_INTEGER, INT32_MIN, INT32_MAX },
	{ 3, 1, 0, OBJECT_COUNTER32, 0, UINT32_MAX }, { 3, 2, 0, OBJECT_INTEGER, 0, 3 },
	{ 3, 3, 2, OBJECT_INTEGER, 0, INT32_MAX }, { 3, 3, 3, OBJECT_INTEGER, 0, INT32_MAX },
	{ 3, 3, 4, OBJECT_INTEGER, 0, INT32_MAX }, { 3, 3, 5, OBJECT_INTEGER, 0, INT32_MAX },
	{ 4, 1, 0, OBJECT_INTEGER, 1, 7 }, { 4, 2, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 4, 3, 0, OBJECT_INTEGER, 0, 3 },
	{ 4, 4, 2, OBJECT_INTEGER, 0, INT32_MAX }, { 4, 4, 3, OBJECT_INTEGER, 0, INT32_MAX },
	{ 4, 4, 4, OBJECT_INTEGER, 0, INT32_MAX }, { 4, 4, 5, OBJECT_INTEGER, 0, 200 },
	{ 5, 1, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 5, 2, 0, OBJECT_INTEGER, 0, 3 },
	{ 5, 3, 2, OBJECT_INTEGER, 0, INT32_MAX }, { 5, 3, 3, OBJECT_INTEGER, 0, INT32_MAX },
	{ 5, 3, 4, OBJECT_INTEGER, 0, INT32_MAX },
	{ 6, 1, 0, OBJECT_GAUGE32, 0, UINT32_MAX }, { 6, 2, 2, OBJECT_OID, NAME, 0 },
	{ 6, 2, 3, OBJECT_TIMETICKS, 0, UINT32_MAX },
	{ 7, 1, 0, OBJECT_OID, NAME, 0 }, { 7, 2, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 7, 3, 0, OBJECT_INTEGER, 1, 6 }, { 7, 4, 0, OBJECT_OCTETS, TEXT, 255 },
	{ 7, 5, 0, OBJECT_TIMETICKS, 0, UINT32_MAX }, { 7, 6, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 8, 1, 0, OBJECT_INTEGER, 1, 2 }, { 8, 2, 0, OBJECT_INTEGER, -1, INT32_MAX },
	{ 8, 3, 0, OBJECT_INTEGER, -1, INT32_MAX }, { 8, 4, 0, OBJECT_INTEGER, -1, 300 },
	{ 8, 5, 0, OBJECT_INTEGER, 1, 2 },
	{ 9, 1, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 9, 2, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 9, 3, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 9, 4, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 9, 5, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 9, 6, 0, OBJECT_INTEGER, 0, INT32_MAX },
	{ 9, 7, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 9, 8, 0, OBJECT_INTEGER, 1, 3 },
	{ 9, 9, 0, OBJECT_INTEGER, 0, INT32_MAX }, { 9, 10, 0, OBJECT_INTEGER, 0, INT32_MAX },
};

static bool
fits_syntax(const struct object *o)
{
	const uint32_t	*ids = o->oid.ids + 8;
	bool		 cell = o->oid.len == 13;
	size_t		 i, j;

	for (i = 0; i < nitems(syntax); i++)
		if (syntax[i].group == ids[0] && syntax[i].object == ids[1] &&
		    syntax[i].column == (cell ? ids[3] : 0))
			break;
	if (i == nitems(syntax) || o->type != syntax[i].type || (!cell && o->oid.len != 11))
		return false;
	if (syntax[i].min == NAME)
		return o->ref.len > 7;
	if (syntax[i].min != TEXT || o->type != OBJECT_OCTETS)
		return (int64_t)o->number >= syntax[i].min && (int64_t)o->number <= syntax[i].max;
	for (j = 0; j < o->len; j++)
		if (o->bytes[j] < ' ' || o->bytes[j] > '~')
			return false;
	return (int64_t)o->len <= syntax[i].max;
}

static bool
same(const struct object *a, const struct object *b)
{
	if (a->type != b->type || oid_compare(a->oid, b->oid) != 0)
		return false;
	if (a->type == OBJECT_OCTETS)
		return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
	if (a->type == OBJECT_OID)
		return oid_compare(a->ref, b->ref) == 0;
	return a->number == b->number;
}

/* Walks a context from end to end; returns how many objects it has. */
static size_t
walk(struct tree *t, const char *context)
{
	uint32_t	 at[OID_MAX_LEN] = { 1 }, ref[OID_MAX_LEN];
	struct oid	 here = { at, 1 };
	struct object	 o, again;
	size_t		 n = 0, len = strlen(context);

	for (; tree_next(t, context, len, here, false, (struct oid){ 0 }, &at_1000_s, &o); n++) {
		assert_true(oid_compare(o.oid, here) > 0);
		memcpy(at, o.oid.ids, o.oid.len * sizeof(*at));
		o.oid = here = (struct oid){ at, o.oid.len };
		if (o.type == OBJECT_OID) {
			memcpy(ref, o.ref.ids, o.ref.len * sizeof(*ref));
			o.ref.ids = ref;
		}
		if (at[6] == 33 && !fits_syntax(&o))
			fail_msg("%s: %u.%u ... is out of its syntax", context, at[8], at[9]);
		assert_true(tree_get(t, context, len, here, &at_1000_s, &again));
		assert_true(same(&o, &again));
		assert_true(tree_next(t, context, len, here, true, (struct oid){ 0 }, &at_1000_s, &again));
		assert_true(same(&o, &again));
	}
	return n;
}

static void
test_recorded_devices(void **state)
{
	struct model	*m = model_new();
	struct tree	*t;
	size_t		 n, i, least = SIZE_MAX;

	if (dumps_load(m, NULL) == 0) {
		model_free(m);
		skip();
	}
	for (struct device *d = model_next(m, NULL); d != NULL; d = model_next(m, d))
		remark(d, REMARK_CONTEXT, "yes");
	t = tree_new(m);
	assert_int_equal(tree_contexts(t), model_size(m) + 1);
	for (i = 1; i < tree_contexts(t); i++) {
		n = walk(t, tree_context(t, i));
		least = n < least ? n : least;
	}
	/* system 7, ident 6, battery 2, lines 4, source 1, alarms 1, test 6, control 5 */
	assert_true(least >= 32);
	tree_free(t);
	model_free(m);
}

/* -- random devices ----------------------------------------------------------------- */

static const char *const names[] = {
	"ups.status", "ups.mfr", "ups.model", "ups.firmware", "ups.id", "ups.load", "ups.alarm",
	"ups.realpower", "ups.test.result", "ups.test.date", "ups.timer.shutdown", "ups.timer.start",
	"ups.timer.reboot", "ups.start.auto", "ups.beeper.status", "ups.power.nominal",
	"ups.realpower.nominal", "ups.temperature", "battery.charge", "battery.runtime",
	"battery.voltage", "battery.current", "battery.temperature", "battery.runtime.low",
	"battery.charge.low", "input.phases", "input.voltage", "input.frequency", "input.current",
	"input.L1-N.voltage", "input.L2-N.voltage", "input.L3-N.voltage", "input.L2.current",
	"input.L3.realpower", "input.L1-L2.voltage", "input.transfer.low", "input.transfer.high",
	"input.voltage.nominal", "input.bypass.phases", "input.bypass.voltage", "input.bypass.frequency",
	"input.bypass.L2.current", "output.phases", "output.voltage", "output.frequency",
	"output.L1-N.voltage", "output.L2.load", "output.L3.power.percent", "output.L2.realpower",
	"output.realpower", "output.voltage.nominal", REMARK_ALARMS, REMARK_ON_BATTERY,
	REMARK_LINE_BADS, REMARK_TEST, REMARK_TEST_START, REMARK_TEST_END, REMARK_OPTIONS, REMARK_ATTACHED,
};

static const char *const said[] = {
	"", "0", "1", "2", "3", "4", "-1", "-60", "65535", "3932100", "100", "100.5", "150", "200", "230.45",
	"562020.0", "9223372036854775807", "-9223372036854775808", "0.000001", "50", "49.95", "014", "+5",
	"1e3", "nan", "OL", "OB LB", "OL TRIM ALARM", "CAL OB", "enabled", "muted", "yes", "no",
	"done and passed", "in progress", "\001\377\200x", "1 2 0", "1 2 0, 2 3 4", "5 1 0, 5 2 0, 3 3 3", "7 1 99999999999", "x y z",
	"battery-temp-from-ups derive-load",
	"a very long text that goes on and on, far beyond the sixty-three bytes that a name may have, and "
	    "then some more, until it is longer than any DisplayString of two hundred and fifty-five bytes "
	    "could be, which takes a while but not for ever, for here it ends, at last, with a full stop, thanks.",
};

static void
test_random_devices(void **state)
{
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	struct device	*d = model_add(m, "u");
	unsigned	 round, i, seed = 1628;

	for (round = 0; round < 2000; round++) {
		struct update	*u = round % 3 == 0 ? update_begin(d) : update_continue(d);

		for (i = (unsigned)rand_r(&seed) % 40; i > 0; i--)
			update_put_text(u, var_intern(names[(unsigned)rand_r(&seed) % nitems(names)]),
			    said[(unsigned)rand_r(&seed) % nitems(said)]);
		update_put_text(u, var_intern(REMARK_CONTEXT), "yes");
		update_state(u, round % 5 == 0 ? DEVICE_STALE : DEVICE_FRESH);
		update_commit(u);
		assert_true(walk(t, "u") >= 31);
	}
	tree_free(t);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_default_context),
		cmocka_unit_test(test_system_group),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_recorded_devices),
		cmocka_unit_test(test_random_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
