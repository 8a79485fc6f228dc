/* The driver apcsmart against units that a test holds in its hands, and against recorded ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/smart_unit.h"
#include "test/unit/unit.h"

#include "core/status.h"
#include "drivers/apcsmart/letters.h"

#define SITE	"device ups { driver = apcsmart\n port = x }"

/* What SU420INET lets be set, and what it has for other countries. */
#define CHOICES	"#uD43127130133136uI43253257261265lI43208204200196e4420015" "5090oI13230" "s431HMLq4420205" "0710" \
		"p443020180300600k4410TLNr443000060180300E443336168ON OFF"
#define LETTERS	"3.!$%+?=#|.\x01\x0e\x1a')+-89@ABDEFGKLMNOPQRSUVWXYZabcdefgjklmnopqrsuxyz~"

static const struct { char x; const char *answer; } su420[] = {
	{ 'B', "13.61" }, { 'E', "336" }, { 'F', "50.00" }, { 'G', "S" }, { 'L', "231.8" }, { 'M', "233.2" }, { 'N', "231.8" },
	{ 'O', "231.8" }, { 'P', "009.1" }, { 'Q', "08" }, { 'V', "DWI" }, { 'b', "21.3.I" }, { 'c', "UPS_IDEN" }, { 'e', "00" },
	{ 'f', "100.0" }, { 'g', "012" }, { 'j', "0042:" }, { 'k', "0" }, { 'l', "208" }, { 'm', "11/17/98" }, { 'o', "230" },
	{ 'p', "020" }, { 'q', "02" }, { 'r', "000" }, { 's', "H" }, { 'u', "253" }, { 'x', "11/17/98" }, { 'X', "OK" },
	{ 'y', "(C) APCC" }, { '9', "FF" }, { '\x01', "SMART-UPS 420   " }, { '\x1a', CHOICES }, { 'a', LETTERS },
};

static void
be_su420(void)
{
	size_t	 i;

	smart_forget_all();
	for (i = 0; i < nitems(su420); i++)
		smart_says(su420[i].x, su420[i].answer);
	smart_says_bytes('n', "NS9847001053\0\0", 14);
	unit.choices['l'] = "208|204|200|196";
	unit.choices['E'] = "336|168|ON |OFF";
	unit.choices['q'] = "02|05|07|10";
	unit.choices['s'] = "H|M|L";
}

static struct stage *
begin(void)
{
	struct stage	*s = stage_new(SITE, smart_peer);

	stage_run(s, 20000);
	return s;
}

struct row {
	const char	*name, *value;
};

static void
check(struct stage *s, const struct row *rows)
{
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	for (; rows->name != NULL; rows++)
		if (strcmp(stage_value(s, "ups", rows->name), rows->value) != 0)
			fail_msg("%s is \"%s\", not \"%s\"", rows->name, stage_value(s, "ups", rows->name), rows->value);
}

static const char *
value(struct stage *s, const char *name)
{
	return stage_value(s, "ups", name);
}

static enum result
run(struct stage *s, const char *command, const char *argument)
{
	return stage_ask(s, "ups", REQUEST_COMMAND, command, argument);
}

static enum result
set(struct stage *s, const char *name, const char *text)
{
	return stage_ask(s, "ups", REQUEST_SET, name, text);
}

static bool
can(struct stage *s, const char *command)
{
	return traits_can(device_traits(stage_find(s, "ups")), var_intern(command));
}

static const struct settable *
settable(struct stage *s, const char *name)
{
	return traits_settable(device_traits(stage_find(s, "ups")), var_intern(name));
}

/* -- what a unit tells ------------------------------------------------------------------- */

static const struct row	su420_rows[] = {
	{ "ups.status", "OL" }, { "device.type", "ups" }, { "ups.mfr", "APC" }, { "ups.model", "SMART-UPS 420" },
	{ "ups.serial", "NS9847001053" }, { "ups.firmware", "21.3.I" }, { "ups.id", "UPS_IDEN" }, { "ups.mfr.date", "11/17/98" },
	{ "ups.load", "009.1" }, { "ups.test.interval", "1209600" }, { "ups.delay.start", "000" },
	{ "ups.delay.shutdown", "020" }, { "input.voltage", "231.8" }, { "input.voltage.maximum", "233.2" },
	{ "input.frequency", "50.00" }, { "input.sensitivity", "H" }, { "input.quality", "255" }, { "input.transfer.low", "208" },
	{ "input.transfer.high", "253" }, { "input.transfer.reason", "simulated failure or self test" },
	{ "output.voltage", "231.8" }, { "output.voltage.nominal", "230" }, { "battery.charge", "100.0" },
	{ "battery.charge.restart", "00" }, { "battery.voltage", "13.61" }, { "battery.voltage.nominal", "012" },
	{ "battery.runtime", "2520" }, { "battery.runtime.low", "120" }, { "battery.date", "11/17/98" },
	{ "battery.alarm.threshold", "0" }, { "ups.temperature", "(absent)" }, { "ambient.temperature", "(absent)" },
	{ NULL, NULL }
};

static void
a_unit_is_read(void **state)
{
	static const struct row	 rest[] = { { "ups.test.result", "OK" }, { "ups.alarm", "(absent)" }, { NULL, NULL } };
	size_t			 piece;

	for (piece = 0; piece < 4; piece++) {
		struct stage	*s;

		be_su420();
		s = stage_new(SITE, smart_peer);
		s->piece = piece;
		stage_run(s, 20000);
		check(s, su420_rows);
		check(s, rest);
		assert_int_equal(s->drops, 0);
		stage_free(s);
	}
}

static void
status_bits_are_words(void **state)
{
	static const struct { const char *q, *status, *flags; } rows[] = {
		{ "08", "OL", "(absent)" }, { "10", "OB", "(absent)" }, { "50", "OB LB", "(absent)" }, { "0A", "OL TRIM", "(absent)" },
		{ "0c", "OL BOOST", "(absent)" }, { "88", "OL RB", "battery-bad" }, { "28", "OL OVER", "output-overload" },
		{ "11", "OB CAL", "calibration" }, { "00", "OFF", "(absent)" },
	};
	struct stage	*s;
	size_t		 i;

	be_su420();
	s = begin();
	for (i = 0; i < nitems(rows); i++) {
		smart_says('Q', rows[i].q);
		stage_run(s, 5000);
		assert_int_equal(status_parse(value(s, "ups.status")), status_parse(rows[i].status));
		assert_string_equal(value(s, ".flags"), rows[i].flags);
	}
	stage_free(s);
}

static void
recorded_units_agree(void **state)
{
	static const struct {
		const char	*file;
		bool		 silent;
		struct row	 rows[40];
	} recordings[] = {
		{ "APC-smart__apc-su420inet__txt.txt", false, {
		    { "ups.status", "OL" }, { "ups.serial", "NS9847001053" }, { "ups.firmware", "21.3.I" }, { "ups.load", "009.1" },
		    { "ups.test.interval", "1209600" }, { "ups.delay.start", "000" }, { "ups.delay.shutdown", "020" },
		    { "ups.id", "UPS_IDEN" }, { "ups.mfr.date", "11/17/98" }, { "ups.temperature", "(absent)" },
		    { "input.voltage", "231.8" }, { "input.voltage.maximum", "233.2" }, { "input.voltage.minimum", "231.8" },
		    { "input.frequency", "50.00" }, { "input.sensitivity", "H" }, { "input.quality", "255" },
		    { "input.transfer.low", "208" }, { "input.transfer.high", "253" }, { "output.voltage", "231.8" },
		    { "output.voltage.nominal", "230" }, { "battery.charge", "100.0" }, { "battery.charge.restart", "00" },
		    { "battery.voltage", "13.61" }, { "battery.voltage.nominal", "012" }, { "battery.runtime", "2520" },
		    { "battery.runtime.low", "120" }, { "battery.date", "11/17/98" }, { "battery.alarm.threshold", "0" },
		    { "ambient.humidity", "(absent)" }, { "ups.contacts", "(absent)" } } },
		{ "APC-smart__su420inet-emulator.yaml.txt", false, {
		    { "ups.status", "OL RB TRIM BOOST CAL" }, { "battery.runtime", "2520" }, { "input.voltage", "231.8" },
		    { "ups.serial", "NS9847001053" }, { "battery.charge", "100.0" }, { "ups.temperature", "(absent)" } } },
		{ "APC-smart__rt1000xl-emulator.yaml.txt", false, {
		    { "ups.status", "OL" }, { "ups.serial", "JS1501113445" }, { "ups.firmware", "411.7.I" },
		    { "battery.voltage", "54.27" }, { "ups.temperature", "027.4" }, { "ups.test.interval", "OFF" },
		    { "input.frequency", "50.03" }, { "input.voltage", "216.0" }, { "input.voltage.maximum", "217.4" },
		    { "input.voltage.minimum", "214.5" }, { "output.voltage", "229.3" }, { "ups.load", "027.0" },
		    { "battery.charge", "100.0" }, { "battery.voltage.nominal", "048" }, { "battery.runtime", "3840" },
		    { "input.transfer.low", "161" }, { "input.transfer.high", "253" }, { "input.sensitivity", "A" },
		    { "battery.date", "01/06/21" }, { "ups.mfr.date", "01/06/07" }, { "input.quality", "255" } } },
		{ "APC-smart__apc-suvs420i-new__txt.txt", true, {
		    { "ups.status", "OL" }, { "ups.serial", "GS9803139882" }, { "ups.firmware", "42.L.I" },
		    { "input.quality", "255" }, { "input.transfer.reason", "simulated failure or self test" },
		    { "input.voltage", "(absent)" }, { "battery.charge", "(absent)" } } },
		{ "APC-smart__apc-suvs420i-old__txt.txt", true, {
		    { "ups.status", "OL" }, { "ups.serial", "GS9803130582" }, { "ups.firmware", "42.J.I" },
		    { "input.quality", "255" }, { "input.transfer.reason", "simulated failure or self test" },
		    { "ups.model", "Smart-UPS" }, { "input.voltage", "(absent)" } } },
		{ "REAL-APC-smart__esphome-issue1.txt", false, {
		    { "ups.status", "OL" }, { "battery.voltage", "54.27" }, { "ups.temperature", "027.4" },
		    { "ups.test.interval", "OFF" }, { "input.frequency", "50.03" }, { "input.voltage", "216.0" },
		    { "input.voltage.maximum", "217.4" }, { "input.voltage.minimum", "214.5" }, { "output.voltage", "229.3" },
		    { "ups.load", "027.0" }, { "input.transfer.reason", "simulated failure or self test" } } },
	};
	struct stage	*s;
	size_t		 i, found = 0;

	for (i = 0; i < nitems(recordings); i++) {
		if (!smart_load(recordings[i].file))
			continue;
		found++;
		unit.silent = recordings[i].silent;
		if (!unit.answers['Q'].known) {		/* what that one's log leaves out */
			smart_says('Q', "08");
			smart_says('V', "5YI");
			smart_says('a', "3.!$.BCEFGLMNOPQV");
		}
		s = stage_new(SITE, smart_peer);
		stage_run(s, 20000);		/* also of one that is silent about most letters */
		check(s, recordings[i].rows);
		stage_free(s);
	}
	print_message("# %zu recorded units, of %zu\n", found, nitems(recordings));
	if (found == 0)
		skip();
}

/* What NUT's driver found on the same unit: names of variables, and which of them can be set to what. */
static void
names_are_those_of_a_recorded_session(void **state)
{
	const char	*shared = getenv("SHARED");
	char		*path = xasprintf("%s/devices/serial/APC-smart__apc-su420inet__log.txt", shared != NULL ? shared : "../shared");
	char		 line[256], name[64], text[64];
	FILE		*f = fopen(path, "r");
	size_t		 names = 0, enums = 0, i;
	const struct settable *st;
	struct stage	*s;

	free(path);
	if (f == NULL)
		skip();
	be_su420();
	s = begin();
	while (fgets(line, sizeof(line), f) != NULL) {
		const char	*at = strstr(line, "SETINFO "), *an = strstr(line, "ADDENUM ");

		if (at != NULL && sscanf(at, "SETINFO %63s", name) == 1 && strncmp(name, "driver.", 7) != 0 &&
		    strcmp(name, "ups.firmware.old") != 0) {
			names++;
			if (strcmp(value(s, name), "(absent)") == 0)
				fail_msg("%s is not there", name);
		}
		if (an == NULL || sscanf(an, "ADDENUM %63s \"%63[^\"]\"", name, text) != 2)
			continue;
		st = settable(s, name);
		assert_non_null(st);
		for (i = 0; i < st->nenums && strcmp(st->enums[i], text) != 0; i++)
			;
		/* Never and at each start are both 0 there. */
		if (i == st->nenums && strcmp(name, "ups.test.interval") != 0)
			fail_msg("%s cannot be set to %s", name, text);
		enums++;
	}
	fclose(f);
	assert_true(names > 30 && enums > 30);
	stage_free(s);
}

/* -- units of other kinds ------------------------------------------------------------------ */

static void
units_that_list_nothing_are_known_by_their_firmware(void **state)
{
	struct stage	*s;

	be_su420();
	unit.answers['a'].known = unit.answers[1].known = unit.answers[0x1a].known = false;
	smart_says('V', "6QD");
	s = begin();
	assert_string_equal(value(s, "ups.model"), "APC 600");
	assert_string_equal(value(s, "ups.status"), "OL");
	assert_string_equal(value(s, "input.voltage"), "231.8");
	assert_string_equal(value(s, "ups.firmware"), "6QD");
	assert_null(strchr(unit.sent, '.'));	/* no byte that such a unit does not know */
	assert_null(strchr(unit.sent, 'a'));
	assert_true(can(s, "load.off") && can(s, "shutdown.return") && !can(s, "load.on"));
	assert_null(settable(s, "input.transfer.low"));
	stage_free(s);

	be_su420();
	smart_says('V', "4F");
	s = begin();
	assert_string_equal(value(s, "ups.model"), "APC 600");
	assert_null(strchr(unit.sent, 'a'));
	stage_free(s);
}

static void
a_matrix_has_choices_of_its_own_form(void **state)
{
	const struct settable	*st;
	struct stage		*s;

	be_su420();
	smart_says('a', "3.!$%+?=#|.\x01\x1a-/@BLQSVYbcfglnuxKZ.\x9f:\xd3\xd4");
	smart_says('/', "03.21");
	smart_says('V', "0XI");
	unit.answers['V'].known = false;
	smart_says('b', "12.3.I");
	smart_says('\x1a', "##uI43253257261265#lI43208204200196#e44200155090");
	smart_says('\x9f', "");
	s = begin();
	st = settable(s, "input.transfer.low");
	assert_non_null(st);
	assert_int_equal(st->nenums, 4);
	assert_string_equal(st->enums[3], "196");
	assert_string_equal(value(s, "output.current"), "03.21");
	stage_free(s);
}

static void
several_probes_have_names_of_their_own(void **state)
{
	struct stage	*s;

	be_su420();
	smart_says('a', "3.!.HLQTVYbhnt[{");
	smart_says('H', "45.1,50.0");
	smart_says('T', "25.00");
	smart_says('[', "40.00,41.00");
	smart_says('t', "24.5");
	s = begin();
	assert_string_equal(value(s, "ambient.1.humidity"), "45.1");
	assert_string_equal(value(s, "ambient.2.humidity"), "50.0");
	assert_string_equal(value(s, "ambient.3.humidity"), "(absent)");
	assert_string_equal(value(s, "ambient.1.temperature"), "25.00");
	assert_string_equal(value(s, "ambient.2.temperature.high"), "41.00");
	assert_string_equal(value(s, "ambient.temperature"), "24.5");
	assert_string_equal(value(s, "device.uptime"), "(absent)");
	stage_free(s);

	smart_says('T', "123.5");
	s = begin();
	assert_string_equal(value(s, "device.uptime"), "444600");
	assert_string_equal(value(s, "ambient.1.temperature"), "(absent)");
	stage_free(s);
}

static void
what_is_no_smart_unit_is_left(void **state)
{
	static const char *const	 answers[] = { "NA", "ERR", "\x81\x82", "Login:" };
	size_t				 i;

	for (i = 0; i < nitems(answers); i++) {
		struct stage	*s;

		smart_forget_all();
		unit.deaf = i == 0;
		s = stage_new(SITE, smart_peer);
		s->greeting = answers[i];
		stage_run(s, 60000);
		/* It says SM, and nothing of itself. */
		assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
		stage_free(s);
	}
}

/* -- alerts ---------------------------------------------------------------------------------- */

/* How long until the status is that, in ms; -1: not within 10 s. */
static int
time_until(struct stage *s, const char *status)
{
	int	 ms;

	for (ms = 0; ms <= 10000; ms++) {
		if (strcmp(value(s, "ups.status"), status) == 0)
			return ms;
		stage_run(s, 1);
	}
	return -1;
}

static void
an_alert_shows_at_once(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	stage_apply(s, "device ups { driver = apcsmart\n port = x\n poll = 600\n max-age = 1300 }");
	stage_run(s, 20000);
	smart_says('Q', "10");
	stage_say(s, "!");
	timer_set(s->turn, 0);
	assert_in_range(time_until(s, "OB"), 0, 10);
	smart_says('Q', "50");
	stage_say(s, "%");
	timer_set(s->turn, 0);
	assert_in_range(time_until(s, "OB LB"), 0, 10);
	smart_says('Q', "08");
	stage_say(s, "+$");
	timer_set(s->turn, 0);
	assert_in_range(time_until(s, "OL"), 0, 10);
	assert_string_equal(value(s, "battery.charge"), "100.0");
	smart_says('Q', "00");
	stage_say(s, "*");
	timer_set(s->turn, 0);
	assert_in_range(time_until(s, "OFF"), 0, 10);
	assert_string_equal(value(s, ".flags"), "shutdown-imminent");
	stage_free(s);
}

/* The round ends with it: what would be asked behind it is left for the next. */
static void
an_alert_in_an_answer_ends_the_round(void **state)
{
	struct stage	*s;
	const char	*at;

	be_su420();
	s = begin();
	unit.sent[0] = '\0';
	smart_says('L', "000.0");
	unit.spoil = "!";
	unit.spoiled = 'L';
	unit.meanwhile = "10";
	while (unit.spoil != NULL)
		stage_run(s, 1);
	stage_run(s, 5);
	assert_string_equal(value(s, "ups.status"), "OB");
	assert_string_equal(value(s, "input.voltage"), "000.0");
	at = strrchr(unit.sent, 'Q');
	assert_non_null(at);
	assert_string_equal(at, "Q");
	stage_run(s, 5000);
	assert_string_equal(value(s, "ups.status"), "OB");
	stage_free(s);
}

/* A byte that looks like an alert is none when the unit does not say so. */
static void
noise_is_no_alert(void **state)
{
	struct stage	*s;
	int		 i;

	be_su420();
	s = begin();
	for (i = 0; i < 200; i++) {
		stage_say(s, i % 3 == 0 ? "\xff!" : i % 3 == 1 ? "*%?" : "8\n!");
		timer_set(s->turn, 0);
		stage_run(s, 37);
		assert_string_equal(value(s, "ups.status"), "OL");
	}
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	/* Nor when it says nothing: the cable was pulled. */
	unit.deaf = true;
	for (i = 0; i < 200; i++) {
		stage_say(s, "!");
		timer_set(s->turn, 0);
		stage_run(s, 100);
		assert_true(stage_state(s, "ups") != DEVICE_FRESH || strcmp(value(s, "ups.status"), "OL") == 0);
	}
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	stage_free(s);
}

/* -- bad lines ---------------------------------------------------------------------------------- */

static void
a_spoiled_or_half_answer_is_not_shown(void **state)
{
	static const char *const	 spoils[] = { "\x80", "x", ".", "\n", "NA\r\n" };
	struct stage			*s;
	size_t				 i;

	be_su420();
	s = begin();
	for (i = 0; i < nitems(spoils); i++) {
		unit.spoil = spoils[i];
		unit.spoiled = "LPQfj"[i];
		stage_run(s, 9000);
		check(s, su420_rows);
	}
	for (i = 0; i < 10; i++) {
		unit.half = true;
		stage_run(s, 7000);
		check(s, su420_rows);
	}
	stage_free(s);
}

/* Some converters do: all goes on as without it, but only silence there is silence. */
static void
a_line_may_echo(void **state)
{
	struct stage	*s;

	be_su420();
	unit.echoes = true;
	s = begin();
	check(s, su420_rows);
	assert_int_equal(settable(s, "input.transfer.low")->nenums, 4);
	assert_int_equal(set(s, "input.transfer.low", "196"), R_DONE);
	assert_int_equal(set(s, "ups.id", "rack4"), R_DONE);
	assert_int_equal(run(s, "shutdown.return", NULL), R_DONE);
	assert_int_equal(run(s, "load.off", NULL), R_DONE);
	assert_string_equal(unit.done, "@ Z ");
	unit.deaf = true;
	stage_run(s, 20000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	stage_free(s);
}

static void
silence_is_stale_and_ends(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	unit.deaf = true;
	stage_run(s, 20000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	stage_run(s, 300000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	unit.deaf = false;
	stage_run(s, 70000);
	check(s, su420_rows);
	stage_free(s);
}

/* It was switched off and on again. */
static void
a_unit_out_of_smart_mode_is_called_back(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	unit.dumb = true;
	stage_run(s, 12000);
	assert_false(unit.dumb);
	check(s, su420_rows);
	stage_free(s);
}

static void
another_unit_is_recognised(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	smart_says('n', "XX1");
	smart_says('\x01', "SMART-UPS 9000");
	unit.answers['s'].known = false;
	stage_run(s, 60000);
	assert_string_equal(value(s, "ups.serial"), "XX1");
	assert_string_equal(value(s, "ups.model"), "SMART-UPS 9000");
	assert_string_equal(value(s, "input.sensitivity"), "(absent)");
	stage_free(s);
}

/* -- settings ------------------------------------------------------------------------------------ */

static void
choices_are_set_and_read_back(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	assert_int_equal(settable(s, "input.transfer.low")->nenums, 4);
	assert_string_equal(settable(s, "input.transfer.high")->enums[0], "253");
	assert_int_equal(set(s, "input.transfer.low", "196"), R_DONE);
	assert_string_equal(unit.answers['l'].text, "196");
	assert_string_equal(value(s, "input.transfer.low"), "196");
	assert_int_equal(set(s, "input.transfer.low", "196"), R_DONE);
	assert_int_equal(set(s, "battery.runtime.low", "420"), R_DONE);
	assert_string_equal(unit.answers['q'].text, "07");
	assert_string_equal(value(s, "battery.runtime.low"), "420");
	assert_int_equal(set(s, "ups.test.interval", "ON"), R_DONE);
	assert_string_equal(value(s, "ups.test.interval"), "ON");
	assert_int_equal(set(s, "input.transfer.low", "195"), R_INVALID);
	assert_int_equal(set(s, "input.voltage", "230"), R_READONLY);
	/* It says OK and never comes there. */
	unit.choices['l'] = "208|204";
	assert_int_equal(set(s, "input.transfer.low", "200"), R_FAILED);
	unit.refusal = "NO";
	assert_int_equal(set(s, "input.sensitivity", "L"), R_FAILED);
	assert_string_equal(unit.answers['s'].text, "H");
	stage_free(s);
}

static void
texts_are_set_and_read_back(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	assert_int_equal(settable(s, "ups.id")->maxlen, 8);
	assert_int_equal(set(s, "ups.id", "rack4"), R_DONE);
	assert_string_equal(value(s, "ups.id"), "rack4");
	assert_int_equal(set(s, "battery.date", "11/27/26"), R_DONE);
	assert_string_equal(value(s, "battery.date"), "11/27/26");
	assert_int_equal(set(s, "ups.id", "ninechars"), R_TOO_LONG);
	unit.sent[0] = '\0';
	assert_int_equal(set(s, "ups.id", "on!fire"), R_INVALID);
	assert_int_equal(set(s, "ups.id", "NA"), R_INVALID);
	assert_int_equal(set(s, "ups.id", "a\rb"), R_INVALID);
	assert_null(strchr(unit.sent, '-'));
	unit.refusal = "NO";
	assert_int_equal(set(s, "ups.id", "rack5"), R_FAILED);
	assert_string_equal(value(s, "ups.id"), "rack4");
	stage_free(s);
}

/* -- commands --------------------------------------------------------------------------------------- */

static void
shutdowns_return_in_the_form_of_the_moment(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	unit.sent[0] = '\0';
	assert_int_equal(run(s, "shutdown.return", NULL), R_DONE);
	assert_non_null(strstr(unit.sent, "@000"));
	assert_string_equal(unit.done, "@ ");
	assert_int_equal(run(s, "shutdown.return", "at:12"), R_FAILED);	/* two digits, and this one wants three */
	assert_int_equal(run(s, "shutdown.return", "at:1"), R_DONE);
	assert_non_null(strstr(unit.sent, "@001"));
	assert_int_equal(run(s, "shutdown.return", "at:"), R_INVALID);
	assert_int_equal(run(s, "shutdown.return", "now"), R_INVALID);
	unit.done[0] = '\0';
	assert_int_equal(run(s, "shutdown.return", "cs"), R_DONE);
	assert_string_equal(unit.done, "U S ");
	unit.done[0] = '\0';
	smart_says('Q', "10");
	assert_int_equal(run(s, "shutdown.return", NULL), R_DONE);
	assert_string_equal(unit.done, "S ");
	unit.refusal = "NO";
	assert_int_equal(run(s, "shutdown.return", NULL), R_FAILED);
	stage_free(s);
}

static void
options_choose_the_form(void **state)
{
	struct stage	*s;

	be_su420();
	s = stage_new("device ups { driver = apcsmart\n port = x\n options = {\"sdtype=5\", \"awd=7\"} }", smart_peer);
	stage_run(s, 20000);
	smart_says('Q', "10");
	stage_run(s, 5000);
	assert_int_equal(run(s, "shutdown.return", NULL), R_DONE);
	assert_non_null(strstr(unit.sent, "@007"));
	stage_free(s);

	be_su420();
	s = stage_new("device ups { driver = apcsmart\n port = x\n options = {\"sdtype=1\"} }", smart_peer);
	stage_run(s, 20000);
	smart_says('Q', "10");
	smart_says('S', "NO");
	stage_run(s, 5000);
	assert_int_equal(run(s, "shutdown.return", NULL), R_DONE);
	assert_string_equal(unit.done, "@ ");
	stage_free(s);
}

static void
wrong_options_are_refused(void **state)
{
	static const char *const	 wrong[] = { "sdtype=2", "sdtype=", "awd=1000", "awd=x", "cshdelay=10", "cshdelay=soon",
					    "cable=simple" };
	struct conf_errors		 errors;
	struct stage			*s;
	size_t				 i;

	be_su420();
	for (i = 0; i < nitems(wrong); i++) {
		char	 conf[128];

		snprintf(conf, sizeof(conf), "device ups { driver = apcsmart\n port = x\n options = {\"%s\"} }", wrong[i]);
		s = stage_new(conf, smart_peer);
		errors = (struct conf_errors){ 0 };
		assert_false(host_check(s->host, s->settings, &errors));
		assert_int_equal(errors.n, 1);
		assert_non_null(strstr(errors.texts[0], "wants"));
		conf_errors_free(&errors);
		stage_free(s);
	}
}

static void
what_cuts_power_is_sent_twice(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	assert_int_equal(run(s, "shutdown.stayoff", NULL), R_DONE);
	assert_int_equal(run(s, "load.off", NULL), R_DONE);
	assert_int_equal(run(s, "load.on", NULL), R_DONE);
	assert_string_equal(unit.done, "K Z on ");
	unit.refusal = "NA";
	unit.sent[0] = '\0';
	assert_int_equal(run(s, "load.off", NULL), R_FAILED);
	assert_ptr_equal(strchr(unit.sent, 'Z'), strrchr(unit.sent, 'Z'));
	assert_int_equal(run(s, "load.off", "5"), R_INVALID);
	assert_int_equal(run(s, "load.cycle", NULL), R_UNKNOWN);
	stage_free(s);
}

static void
what_toggles_is_sent_only_where_it_leads(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	assert_int_equal(run(s, "calibrate.stop", NULL), R_DONE);
	assert_string_equal(unit.done, "");
	assert_int_equal(run(s, "calibrate.start", NULL), R_DONE);
	assert_string_equal(unit.done, "D ");
	smart_says('Q', "11");
	assert_int_equal(run(s, "calibrate.start", NULL), R_DONE);
	assert_string_equal(unit.done, "D ");
	assert_int_equal(run(s, "calibrate.stop", NULL), R_DONE);
	assert_string_equal(unit.done, "D D ");
	assert_int_equal(run(s, "test.battery.start", NULL), R_DONE);
	assert_int_equal(run(s, "test.panel.start", NULL), R_DONE);
	assert_string_equal(unit.done, "D D W A ");
	unit.deaf = true;
	assert_int_equal(run(s, "test.panel.start", NULL), R_TIMEOUT);
	stage_free(s);
}

/* An alert while a request runs is looked after when it ends. */
static void
an_alert_during_a_request_is_not_lost(void **state)
{
	struct stage	*s;

	be_su420();
	s = begin();
	stage_apply(s, "device ups { driver = apcsmart\n port = x\n poll = 600\n max-age = 1300 }");
	stage_run(s, 20000);
	unit.refusal = "NO";
	unit.spoil = "!";
	smart_says('Q', "10");
	assert_int_equal(run(s, "test.panel.start", NULL), R_FAILED);
	stage_run(s, 10);
	assert_string_equal(value(s, "ups.status"), "OB");
	stage_free(s);
}

/* -- the pure part ------------------------------------------------------------------------------------ */

static void
lists_of_letters_are_parsed(void **state)
{
	static const struct { const char *text; bool good; const char *has, *lacks; } rows[] = {
		{ "3.!$%.AB", true, "AB", "C!3." }, { "2).?=*%+#!$.98~`\x01ynba@YXUSQKGA", true, "QS@n\x01", "L" },
		{ ".!$?.3", false, "", "" }, { "", false, "", "" }, { "3.", false, "", "" }, { "3..", false, "", "" },
		{ "3.!", false, "", "" }, { "NA", false, "", "" }, { "4.!.LQ.\x9f:\xd3", true, "LQ", "\xd3:" }, { "4.!.L.x.\x9f", true, "L", "x" },
	};
	struct letters	 l;
	const char	*c;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		assert_int_equal(letters_parse(&l, rows[i].text, strlen(rows[i].text)), rows[i].good);
		for (c = rows[i].has; *c != '\0'; c++)
			assert_true(letters_have(&l, (unsigned char)*c));
		for (c = rows[i].lacks; *c != '\0'; c++)
			assert_false(letters_have(&l, (unsigned char)*c));
	}
	assert_true(letters_parse(&l, "4.!.LQ.\x9f:\xd3", 10));
	assert_true(letters_have(&l, 0x9fd3));
	assert_false(letters_have(&l, 0x9fd4));
}

static void
broken_lists_of_choices_end(void **state)
{
	static const struct { const char *text; size_t n; } rows[] = {
		{ CHOICES, 10 }, { "", 0 }, { "uI43253", 0 }, { "#", 0 }, { "#u", 0 }, { "#uI43253257261", 0 }, { "#uI4~253", 0 },
		{ "#uI11ae411", 1 }, { "#uI00", 1 }, { "#u4\x01\x01""a", 0 }, { "######", 0 }, { "#uI11a#l411b", 2 },
	};
	struct choices	 c;
	size_t		 i, n, at;

	for (i = 0; i < nitems(rows); i++) {
		for (n = at = 0; choices_next(rows[i].text, strlen(rows[i].text), 'I', &at, &c); n++)
			assert_true(c.texts + c.n * c.width <= rows[i].text + strlen(rows[i].text));
		assert_int_equal(n, rows[i].n);
	}
}

static void
values_have_their_forms(void **state)
{
	static const struct { enum form form; const char *answer, *is; } rows[] = {
		{ FORM_DECIMAL, "231.8", "231.8" }, { FORM_DECIMAL, "-05", "-05" }, { FORM_DECIMAL, "231.", "231." }, { FORM_DECIMAL, ".5", NULL },
		{ FORM_DECIMAL, "2x", NULL }, { FORM_DECIMAL, "", NULL }, { FORM_DECIMAL, "NA", NULL }, { FORM_DECIMAL, "1.2.3", NULL },
		{ FORM_DECIMAL, "1234567890123456", NULL }, { FORM_HOURS, "336", "1209600" }, { FORM_HOURS, "OFF", "OFF" },
		{ FORM_HOURS, "LATER", NULL }, { FORM_HOURS, "0.5", "1800" }, { FORM_MINUTES, "0042:", "2520" }, { FORM_MINUTES, "02", "120" },
		{ FORM_MINUTES, "42:1", NULL }, { FORM_MINUTES, ":", NULL }, { FORM_HEXADECIMAL, "FF", "255" }, { FORM_HEXADECIMAL, "0x1", NULL },
		{ FORM_HEXADECIMAL, "123456789", NULL }, { FORM_VERSION, "21.3.I", "21.3.I" }, { FORM_VERSION, "DWI", NULL }, { FORM_VERSION, "1..I", NULL },
		{ FORM_VERSION, "1.2.3.4", NULL }, { FORM_TEXT, "H", "H" },
	};
	char	 room[SMART_VALUE_MAX];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		assert_int_equal(smart_value(rows[i].form, rows[i].answer, room), rows[i].is != NULL);
		if (rows[i].is != NULL)
			assert_string_equal(room, rows[i].is);
	}
	assert_true(smart_matches("dd.dd", "25.00"));
	assert_false(smart_matches("dd.dd", "125.0"));
	assert_false(smart_matches("dd.dd", "25.0"));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_unit_is_read),
		cmocka_unit_test(status_bits_are_words),
		cmocka_unit_test(recorded_units_agree),
		cmocka_unit_test(names_are_those_of_a_recorded_session),
		cmocka_unit_test(units_that_list_nothing_are_known_by_their_firmware),
		cmocka_unit_test(a_matrix_has_choices_of_its_own_form),
		cmocka_unit_test(several_probes_have_names_of_their_own),
		cmocka_unit_test(what_is_no_smart_unit_is_left),
		cmocka_unit_test(an_alert_shows_at_once),
		cmocka_unit_test(an_alert_in_an_answer_ends_the_round),
		cmocka_unit_test(noise_is_no_alert),
		cmocka_unit_test(a_spoiled_or_half_answer_is_not_shown),
		cmocka_unit_test(a_line_may_echo),
		cmocka_unit_test(silence_is_stale_and_ends),
		cmocka_unit_test(a_unit_out_of_smart_mode_is_called_back),
		cmocka_unit_test(another_unit_is_recognised),
		cmocka_unit_test(choices_are_set_and_read_back),
		cmocka_unit_test(texts_are_set_and_read_back),
		cmocka_unit_test(shutdowns_return_in_the_form_of_the_moment),
		cmocka_unit_test(options_choose_the_form),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(what_cuts_power_is_sent_twice),
		cmocka_unit_test(what_toggles_is_sent_only_where_it_leads),
		cmocka_unit_test(an_alert_during_a_request_is_not_lost),
		cmocka_unit_test(lists_of_letters_are_parsed),
		cmocka_unit_test(broken_lists_of_choices_end),
		cmocka_unit_test(values_have_their_forms),
	};

	return cmocka_run_group_tests_name("apcsmart", tests, NULL, NULL);
}
