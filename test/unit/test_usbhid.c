/* The driver usbhid on a device that is a table of reports. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "unit.h"
#include "drivers/hid/mend.h"
#include "drivers/hid/profile.h"
#include "drivers/usbhid/usbhid.h"
#include "hid_dump.h"
#include "hid_stage.h"

/*
 * A UPS of no known maker.  Report 1: bits ACPresent, Charging, Discharging,
 * BelowRemainingCapacityLimit, NeedReplacement (input and feature).  2: charge
 * and runtime.  3 and 4: delays of shutdown and startup.  5: chemistry, a
 * string.  6: beeper and, in the same report, the low charge.
 */
static const uint8_t	descriptor[] = {
	0x05, 0x84, 0x09, 0x04, 0xa1, 0x01, 0x09, 0x24, 0xa1, 0x02,
	0x09, 0x02, 0xa1, 0x02, 0x85, 0x01, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x05, 0x05, 0x85,
	0x09, 0xd0, 0x09, 0x44, 0x09, 0x45, 0x09, 0x42, 0x09, 0x4b, 0x81, 0x02,
	0x09, 0xd0, 0x09, 0x44, 0x09, 0x45, 0x09, 0x42, 0x09, 0x4b, 0xb1, 0x02,
	0x95, 0x03, 0x81, 0x01, 0xb1, 0x01, 0xc0,
	0x85, 0x02, 0x75, 0x08, 0x95, 0x01, 0x25, 0x64, 0x09, 0x66, 0x81, 0x02, 0x09, 0x66, 0xb1, 0x02,
	0x75, 0x10, 0x26, 0xff, 0x7f, 0x66, 0x01, 0x10, 0x09, 0x68, 0x81, 0x02, 0x09, 0x68, 0xb1, 0x02,
	0x05, 0x84, 0x85, 0x03, 0x15, 0xff, 0x09, 0x57, 0xb1, 0x02, 0x85, 0x04, 0x09, 0x56, 0xb1, 0x02,
	0x65, 0x00, 0x15, 0x00, 0x05, 0x85, 0x85, 0x05, 0x75, 0x08, 0x26, 0xff, 0x00, 0x09, 0x89, 0xb1, 0x02,
	0x85, 0x06, 0x05, 0x84, 0x09, 0x5a, 0xb1, 0x02, 0x05, 0x85, 0x09, 0x29, 0xb1, 0x02,
	0xc0, 0xc0,
};

static void
set_report(struct stage *s, const uint8_t *bytes, size_t len)
{
	s->features[bytes[0]].len = len;
	memcpy(s->features[bytes[0]].bytes, bytes, len);
}
#define REPORT(s, ...)	set_report(s, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define PUSH(s, ...)	stage_push(s, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static struct stage *
prepare(void)
{
	struct stage	*s = stage_new();

	s->id = (struct hid_identity){ .vendor = 0x1209, .product = 0x0001, .maker = xstrdup("ACME"),
	    .model = xstrdup("UPS 700"), .place = "1-1" };
	memcpy(s->descriptor, descriptor, sizeof(descriptor));
	s->descriptor_len = sizeof(descriptor);
	REPORT(s, 1, 0x03);			/* mains, charging */
	REPORT(s, 2, 87, 0x58, 0x02);
	REPORT(s, 3, 0xff, 0xff);
	REPORT(s, 4, 0xff, 0xff);
	REPORT(s, 5, 4);
	REPORT(s, 6, 2, 20);
	strcpy(s->texts[4], "PbAc");
	return s;
}

static struct stage *
begin(void)
{
	struct stage	*s = prepare();

	stage_begin(s, "");
	stage_run(s, 1000);
	return s;
}

static void
assert_value(const struct stage *s, const char *name, const char *expected)
{
	assert_string_equal(stage_value(s, name), expected);
}

static void
reads_what_is_there(void **state)
{
	static const struct { const char *name, *value; } rows[] = {
		{ "ups.status", "OL CHRG" }, { "battery.charge", "87" }, { "battery.runtime", "600" },
		{ "battery.charge.low", "20" }, { "battery.type", "PbAc" }, { "ups.beeper.status", "enabled" },
		{ "ups.mfr", "ACME" }, { "ups.model", "UPS 700" }, { "ups.serial", "(absent)" },
		{ "ups.vendorid", "1209" }, { "ups.productid", "0001" }, { "ups.timer.shutdown", "-1" },
		{ "ups.delay.shutdown", "20" }, { "ups.delay.start", "30" }, { "device.type", "ups" },
		{ "driver.name", "usbhid" }, { "input.voltage", "(absent)" }, { "ups.alarm", "(absent)" },
	};
	struct stage	*s = begin();
	size_t		 i;

	assert_int_equal(stage_state(s), DEVICE_FRESH);
	for (i = 0; i < nitems(rows); i++)
		assert_value(s, rows[i].name, rows[i].value);
	stage_free(s);
}

/* Each report once a poll, however many values stand in it; what never changes, once. */
static void
reads_each_report_once(void **state)
{
	struct stage	*s = begin();
	unsigned	 status, charge, chemistry, beeper;

	assert_int_equal(s->features[1].reads, 1);
	assert_int_equal(s->features[2].reads, 1);
	assert_int_equal(s->features[6].reads, 1);
	assert_int_equal(s->strings_read, 1);
	stage_run(s, 60000);
	status = s->features[1].reads;
	charge = s->features[2].reads;
	chemistry = s->features[5].reads;
	beeper = s->features[6].reads;
	assert_true(status >= 28 && status <= 34);
	assert_int_equal(status, charge);
	assert_true(beeper >= 2 && beeper <= 4);
	assert_int_equal(chemistry, 1);
	assert_int_equal(s->strings_read, 1);
	stage_free(s);
}

static void
interrupts_push(void **state)
{
	struct stage	*s = begin();
	unsigned	 reads = s->features[1].reads;

	PUSH(s, 1, 0x04);			/* no mains, discharging */
	stage_run(s, 10);
	assert_value(s, "ups.status", "OB DISCHRG");
	assert_int_equal(s->features[1].reads, reads);
	assert_value(s, "battery.type", "PbAc");
	PUSH(s, 2, 30, 0x3c, 0x00);
	PUSH(s, 1, 0x0c);			/* and low */
	stage_run(s, 10);
	assert_value(s, "ups.status", "OB DISCHRG LB");
	assert_value(s, "battery.charge", "30");
	assert_value(s, "battery.runtime", "60");
	REPORT(s, 1, 0x0c);
	stage_run(s, 5000);
	assert_value(s, "ups.status", "OB DISCHRG LB");
	REPORT(s, 1, 0x01);
	stage_run(s, 5000);
	assert_value(s, "ups.status", "OL");
	stage_free(s);
}

static void
interrupts_may_be_short_long_or_unknown(void **state)
{
	uint8_t		 longest[5000] = { 1, 0x04 };
	struct stage	*s = begin();

	PUSH(s, 1);
	PUSH(s, 77, 1, 2, 3);
	stage_push(s, "", 0);
	stage_run(s, 10);
	assert_value(s, "ups.status", "OL CHRG");
	PUSH(s, 2, 40);				/* ends within the runtime */
	stage_run(s, 10);
	assert_value(s, "battery.charge", "40");
	assert_value(s, "battery.runtime", "600");
	stage_push(s, longest, sizeof(longest));
	stage_run(s, 10);
	assert_value(s, "ups.status", "OB DISCHRG");
	stage_free(s);
}

static void
an_alarm_stays_until_it_ends(void **state)
{
	struct stage	*s = begin();

	REPORT(s, 1, 0x11);
	stage_run(s, 5000);
	assert_value(s, "ups.status", "ALARM OL RB");
	assert_value(s, "ups.alarm", "Replace battery");
	PUSH(s, 1, 0x01);
	stage_run(s, 10);
	assert_value(s, "ups.status", "OL");
	assert_value(s, "ups.alarm", "(absent)");
	stage_free(s);
}

/* Stalled from the first: absent.  Stalled later: nobody knows the state any more. */
static void
stalls(void **state)
{
	struct stage	*s = prepare();

	s->features[2].len = 0;
	stage_begin(s, "");
	stage_run(s, 1000);
	assert_value(s, "battery.charge", "(absent)");
	assert_value(s, "ups.status", "OL");	/* charging means nothing without a charge */
	assert_int_equal(stage_state(s), DEVICE_FRESH);
	s->features[1].len = 0;
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_STALE);
	REPORT(s, 1, 0x04);
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_FRESH);
	assert_value(s, "ups.status", "OB DISCHRG");
	stage_free(s);
}

static void
another_report_is_no_answer(void **state)
{
	struct stage	*s = begin();

	s->features[1].bytes[0] = 2;
	s->features[1].bytes[1] = 0x04;
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_STALE);
	stage_free(s);
}

static void
silence_is_no_outage(void **state)
{
	struct stage	*s = begin();

	s->fault = R_TIMEOUT;
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_STALE);
	assert_value(s, "ups.status", "OL CHRG");
	s->fault = R_DONE;
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_FRESH);
	stage_free(s);
}

static void
unplugged_and_back(void **state)
{
	struct stage	*s = begin();
	int		 i;

	for (i = 0; i < 20; i++) {
		stage_unplug(s);
		stage_run(s, 100 * i);
		stage_plug(s);
		stage_run(s, 7 * i);		/* in any state of a start or a poll */
	}
	stage_run(s, 60000);
	assert_int_equal(stage_state(s), DEVICE_FRESH);
	assert_value(s, "ups.status", "OL CHRG");
	stage_free(s);
}

static void
commands(void **state)
{
	struct stage	*s = begin();

	assert_true(stage_can(s, "load.off.delay"));
	assert_true(stage_can(s, "shutdown.return"));
	assert_true(stage_can(s, "beeper.mute"));
	assert_false(stage_can(s, "test.battery.start.quick"));
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off.delay", "90"), R_DONE);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 90, 0 }), 3);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "shutdown.stop", NULL), R_DONE);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 0xff, 0xff }), 3);
	/* what else is in the report stays as it was */
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "beeper.mute", NULL), R_DONE);
	assert_memory_equal(s->features[6].bytes, ((const uint8_t[]){ 6, 3, 20 }), 3);
	assert_value(s, "ups.beeper.status", "muted");
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off.delay", "-5"), R_INVALID);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off.delay", "soon"), R_INVALID);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off.delay", "70000"), R_INVALID);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "beeper.enable", "1"), R_INVALID);
	s->fault = R_TIMEOUT;
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off", NULL), R_TIMEOUT);
	stage_free(s);
}

/* What UPS-MIB orders: the device counts all of it. */
static void
orders_become_reports(void **state)
{
	struct stage	*s = begin();

	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.shutdown", "90 output off"), R_DONE);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 90, 0 }), 3);
	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.shutdown", "-1"), R_DONE);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 0xff, 0xff }), 3);
	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.shutdown", "80 system off"), R_DONE);
	assert_memory_equal(s->features[4].bytes, ((const uint8_t[]){ 4, 0xff, 0xff }), 3);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 80, 0 }), 3);
	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.start", "70"), R_DONE);
	assert_memory_equal(s->features[4].bytes, ((const uint8_t[]){ 4, 70, 0 }), 3);
	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.start", "-1"), R_DONE);
	assert_memory_equal(s->features[4].bytes, ((const uint8_t[]){ 4, 0xff, 0xff }), 3);
	/* the way back on first */
	s->nwritten = 0;
	assert_int_equal(stage_ask(s, REQUEST_TIMER, "ups.timer.reboot", "10"), R_DONE);
	assert_memory_equal(s->written, ((const uint8_t[]){ 4, 3 }), 2);
	assert_memory_equal(s->features[4].bytes, ((const uint8_t[]){ 4, 10, 0 }), 3);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 0, 0 }), 3);
	stage_free(s);
}

static void
shutdowns_set_both_delays(void **state)
{
	struct stage	*s = begin();

	assert_int_equal(stage_ask(s, REQUEST_SET, "ups.delay.start", "45"), R_DONE);
	stage_run(s, 1000);
	assert_value(s, "ups.delay.start", "45");
	s->nwritten = 0;
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "shutdown.return", NULL), R_DONE);
	assert_int_equal(s->nwritten, 2);
	assert_int_equal(s->written[0], 4);
	assert_int_equal(s->written[1], 3);
	assert_int_equal(s->rests[1], 125);
	assert_int_equal(s->features[4].bytes[1], 45);
	assert_int_equal(s->features[3].bytes[1], 20);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "shutdown.stayoff", "60"), R_DONE);
	assert_memory_equal(s->features[4].bytes, ((const uint8_t[]){ 4, 0xff, 0xff }), 3);
	assert_int_equal(s->features[3].bytes[1], 60);
	assert_int_equal(stage_ask(s, REQUEST_COMMAND, "load.off", NULL), R_DONE);
	assert_memory_equal(s->features[3].bytes, ((const uint8_t[]){ 3, 0, 0 }), 3);
	assert_int_equal(stage_ask(s, REQUEST_SET, "ups.delay.shutdown", "never"), R_INVALID);
	assert_int_equal(stage_ask(s, REQUEST_SET, "battery.charge", "5"), R_READONLY);
	stage_free(s);
}

static void
a_stranger_is_refused(void **state)
{
	struct stage	*s = prepare();

	s->descriptor[3] = 0x20;		/* calls itself an outlet */
	stage_begin(s, "");
	stage_run(s, 1000);
	assert_int_equal(stage_state(s), DEVICE_WAITING);
	stage_free(s);
	s = prepare();
	s->descriptor_len = 3;
	stage_begin(s, "");
	stage_run(s, 1000);
	assert_int_equal(stage_state(s), DEVICE_WAITING);
	stage_free(s);
}

static void
both_at_once(void **state)
{
	struct stage	*s = prepare();

	REPORT(s, 1, 0x05);
	stage_begin(s, "options = {\"online-discharge=on-battery\"}");
	stage_run(s, 1000);
	assert_value(s, "ups.status", "OB DISCHRG");
	stage_free(s);
	s = prepare();
	REPORT(s, 1, 0x05);
	stage_begin(s, "options = {\"online-discharge=calibrating\"}");
	stage_run(s, 1000);
	assert_value(s, "ups.status", "CAL OL DISCHRG");
	stage_free(s);
}

/* -- profiles and recordings ------------------------------------------------------------- */

static struct hid_knowledge *
learn(void)
{
	static const char *const names[] = { "apc", "arduino", "belkin", "cps", "delta", "ecoflow", "ever", "generic",
	    "idowell", "legrand", "liebert", "mge", "openups", "powercom", "powervar", "salicru", "tripplite", "usages" };
	const char		*src = getenv("srcdir");
	struct conf		*confs[nitems(names)];
	struct conf_errors	 errors = { 0 };
	struct hid_knowledge	*k;
	char			*path;
	size_t			 i;

	for (i = 0; i < nitems(names); i++) {
		path = xasprintf("%s/drivers/profiles/usbhid/%s.conf", src == NULL ? "." : src, names[i]);
		confs[i] = conf_load(path, &errors);
		free(path);
	}
	k = hid_learn((const struct conf *const *)confs, i, &errors);
	while (i-- > 0)
		conf_free(confs[i]);
	for (i = 0; i < errors.n; i++)
		print_error("%s\n", errors.texts[i]);
	assert_int_equal(errors.n, 0);
	return k;
}

static void
profiles_load(void **state)
{
	clock_t			 before = clock();
	struct hid_knowledge	*k = learn();
	double			 ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC;
	struct hid_profile	*p;
	size_t			 profiles = 0, products = 0, rows = 0;

	for (p = k->first; p != NULL; p = p->next) {
		profiles++;
		products += p->nproducts;
		rows += p->nrows + p->ncommands;
	}
	print_message("%zu profiles, %zu products, %zu rows in %.1f ms\n", profiles, products, rows, ms);
	assert_int_equal(profiles, 17);
	assert_true(products > 110);
	hid_forget(k);
}

static void
mistakes_are_told(void **state)
{
	static const char	 text[] =
		"usages { Voltage = 84 }\n"
		"profile a { product 51d:2 { }\n variable battery.charge { path = UPS.Nowhere }\n"
		" status 00840004 { 1 = onlin }\n command load.off { path = 00840004 }\n }\n"
		"profile b { like = c }\nstrange = 1\n";
	struct conf_errors	 errors = { 0 };
	struct conf		*conf = conf_parse("x", text, strlen(text), NULL, NULL, &errors);
	const struct conf	*const confs[] = { conf };
	struct hid_knowledge	*k;

	assert_int_equal(errors.n, 0);
	k = hid_learn(confs, 1, &errors);
	assert_int_equal(errors.n, 8);
	hid_forget(k);
	conf_free(conf);
	conf_errors_free(&errors);
}

/* What the owner's NUT logged of a field of a feature report; false: nothing. */
static bool
find_logged(const char *device, const struct field *f, double *value)
{
	char		*path = hid_dump_path(device, "values.txt"), line[512], kind[16];
	FILE		*file = fopen(path, "r");
	unsigned	 report, offset, size;
	bool		 found = false;

	free(path);
	while (!found && file != NULL && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "Path: %*[^,], Type: %15[^,], ReportID: %x, Offset: %u, Size: %u, Value: %lf", kind,
		    &report, &offset, &size, value) == 5 && *kind == 'F' && report == f->report && offset == f->offset;
	if (file != NULL)
		fclose(file);
	return found;
}

static const char *
find_text(const struct hid_row *row, double value)
{
	const char	*text = "(absent)";
	size_t		 i;

	for (i = 0; i < row->nwords; i++)
		if (row->words[i].other || (double)row->words[i].raw == value)
			text = row->words[i].text;
	return text;
}

static double
factor_of(const struct hid_row *row, const struct hid_product *product)
{
	char			 room[VALUE_TEXT_MAX];
	double			 f = (double)row->times.digits / pow(10, row->times.scale);
	const struct value	*v = row->factor == NO_FACTOR || product == NULL ? NULL : &product->factors[row->factor];

	return v == NULL || v->type != V_NUMBER ? f : f * strtod(value_text(v, room), NULL);
}

/* One row against the log; how many values were compared. */
static size_t
compare_row(const struct stage *s, const char *device, const struct hid_row *row, const struct hid_product *product,
    const struct field *f)
{
	double		 logged;
	const char	*ours = stage_value(s, var_name(row->var));

	if (row->kept || row->mask != 0 || row->form != FORM_NUMBER || !find_logged(device, f, &logged))
		return 0;
	if (row->nwords > 0) {
		if (strcmp(ours, find_text(row, logged)) != 0)
			fail_msg("%s: %s is %s, logged was %g", device, var_name(row->var), ours, logged);
		return 1;
	}
	logged *= factor_of(row, product);
	if (fabs(strtod(ours, NULL) - logged) > 0.5000001 * pow(10, -row->decimals) + 1e-5 * fabs(logged))
		fail_msg("%s: %s is %s, logged was %g", device, var_name(row->var), ours, logged);
	return 1;
}

static bool
is_first(const struct hid_profile *p, const struct descriptor *d, size_t at)
{
	size_t	i;

	for (i = 0; i < at; i++)
		if (p->rows[i].var == p->rows[at].var &&
		    descriptor_find(d, HID_FEATURE, p->rows[i].path.usages, p->rows[i].path.n) != NULL)
			return false;
	return true;
}

/* Reports that the owner did not log: of zeros, so that the device answers at all. */
static void
fill(struct stage *s, const struct descriptor *d)
{
	size_t	i, len;

	for (i = 1; i < 256; i++) {
		len = descriptor_size(d, HID_FEATURE, (uint8_t)i);
		if (s->features[i].len > 0 || len == 0 || len >= STAGE_REPORT_MAX)
			continue;
		s->features[i].len = len + 1;
		s->features[i].bytes[0] = (uint8_t)i;
	}
}

static size_t
compare_device(const struct hid_knowledge *k, const char *device)
{
	struct stage			*s = stage_new();
	const struct hid_product	*product;
	const struct hid_profile	*p;
	struct descriptor		*d;
	const struct field		*f;
	size_t				 i, n = 0;

	if (!stage_load(s, device)) {
		stage_free(s);
		return 0;
	}
	d = descriptor_parse(s->descriptor, s->descriptor_len);
	fill(s, d);
	stage_begin(s, "");
	stage_run(s, 5000);
	p = hid_profile_claim(k, &s->id, &product);
	if (p == NULL)
		p = hid_profile_find(k, "generic");
	for (i = 0; stage_state(s) == DEVICE_FRESH && i < p->nrows; i++) {
		f = descriptor_find(d, HID_FEATURE, p->rows[i].path.usages, p->rows[i].path.n);
		if (p->rows[i].var != VAR_NONE && f != NULL && is_first(p, d, i))
			n += compare_row(s, device, &p->rows[i], product, f);
	}
	print_message("%s: profile %s, %zu variables as logged, %s\n", device, p->name, n,
	    stage_state(s) == DEVICE_FRESH ? stage_value(s, "ups.status") : "no answer");
	descriptor_free(d);
	stage_free(s);
	return n;
}

static void
recorded(void **state)
{
	struct hid_knowledge	*k = learn();
	char			**devices;
	size_t			 i, n = hid_dump_names(&devices), values = 0;

	for (i = 0; i < n; i++) {
		values += compare_device(k, devices[i]);
		free(devices[i]);
	}
	free(devices);
	hid_forget(k);
	if (n == 0)
		skip();
	print_message("%zu variables as logged\n", values);
	assert_true(values > 100);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_what_is_there), cmocka_unit_test(reads_each_report_once),
		cmocka_unit_test(interrupts_push), cmocka_unit_test(interrupts_may_be_short_long_or_unknown),
		cmocka_unit_test(an_alarm_stays_until_it_ends), cmocka_unit_test(stalls),
		cmocka_unit_test(another_report_is_no_answer), cmocka_unit_test(silence_is_no_outage),
		cmocka_unit_test(unplugged_and_back), cmocka_unit_test(commands),
		cmocka_unit_test(orders_become_reports), cmocka_unit_test(shutdowns_set_both_delays), cmocka_unit_test(a_stranger_is_refused),
		cmocka_unit_test(both_at_once), cmocka_unit_test(profiles_load), cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
