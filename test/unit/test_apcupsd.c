/* The driver apcupsd against a server that a test holds in its hands. */
#include "test/unit/stream_stage.h"
#include "test/unit/unit.h"

#include "drivers/apcupsd/nis.h"

#define SITE	"device ups { driver = apcupsd\n port = x }"

/* From apcupsd's manual, with what its lines end in. */
static const char *const usual[] = {
	"APC      : 001,036,0876\n", "DATE     : 2026-11-22 19:39:11 +0000  \n", "HOSTNAME : mail\n",
	"UPSNAME  : rack 4\n", "MODEL    : Smart-UPS 1500 \n", "STATUS   : ONLINE REPLACEBATT\n",
	"LINEV    : 230.4 Volts\n", "LOADPCT  : 023.0 Percent Load Capacity\n", "BCHARGE  : 100.0 Percent\n",
	"TIMELEFT : 14.5 Minutes\n", "MBATTCHG : 5 Percent\n", "MINTIMEL : 3 Minutes\n", "SENSE    : High\n",
	"DWAKE    : 000 Seconds\n", "DSHUTD   : 90 Seconds\n", "LOTRANS  : 208.0 Volts\n", "ITEMP    : 29.2 C Internal\n",
	"BATTV    : 27.3 Volts\n", "LINEFREQ : 50.0 Hz\n", "LASTXFER : Automatic or explicit self test\n",
	"STESTI   : 14 days\n", "SELFTEST : NO\n", "SERIALNO : AS0000000000\n", "BATTDATE : 2020-01-02\n",
	"NOMPOWER : 980 Watts\n", "FIRMWARE : 653.18.I / USB FW:7.3\n", "OUTPUTV  : N/A\n", "NOMBATTV : 24.0 Amps\n",
	"OUTCURNT : -0.5\n", "END APC  : 2026-11-22 19:39:12 +0000  \n", NULL,
};

static const char	*status;	/* instead of the usual STATUS line */
static const char	*raw;		/* instead of all of the answer; raw_len bytes */
static size_t		 raw_len;

static void
say_frame(struct stage *s, const char *text)
{
	size_t	 len = strlen(text);

	buf_putc(&s->saying, (char)(len >> 8));
	buf_putc(&s->saying, (char)len);
	buf_puts(&s->saying, text);
}

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	size_t	 i;

	if (len < 8)
		return 0;
	assert_memory_equal(heard, "\0\6status", 8);
	if (raw != NULL) {
		buf_put(&s->saying, raw, raw_len);
		return 8;
	}
	for (i = 0; usual[i] != NULL; i++)
		say_frame(s, status != NULL && strncmp(usual[i], "STATUS", 6) == 0 ? status : usual[i]);
	say_frame(s, "");
	return 8;
}

static struct stage *
begin(void)
{
	status = raw = NULL;
	return stage_new(SITE, peer);
}

static void
every_line_has_its_name(void **state)
{
	static const struct { const char *name, *value; } rows[] = {
		{ "ups.mfr", "APC" }, { "ups.model", "Smart-UPS 1500" }, { "ups.status", "OL RB" },
		{ "ups.id", "rack 4" }, { "ups.serial", "AS0000000000" }, { "ups.load", "023.0" },
		{ "ups.temperature", "29.2" }, { "ups.date", "2026-11-22" }, { "ups.time", "19:39:11" },
		{ "ups.firmware", "653.18.I" }, { "ups.firmware.aux", "USB FW:7.3" },
		{ "ups.delay.start", "0" }, { "ups.delay.shutdown", "90" }, { "ups.test.interval", "1209600" },
		{ "ups.test.result", "No test initiated" }, { "ups.realpower.nominal", "980" },
		{ "input.voltage", "230.4" }, { "input.frequency", "50.0" }, { "input.transfer.low", "208.0" },
		{ "input.transfer.reason", "Automatic or explicit self test" }, { "input.sensitivity", "High" },
		{ "output.voltage", "(absent)" }, { "output.current", "-0.5" }, { "battery.charge", "100.0" },
		{ "battery.charge.low", "5" }, { "battery.voltage", "27.3" }, { "battery.voltage.nominal", "(absent)" },
		{ "battery.date", "2020-01-02" }, { "battery.runtime", "870" }, { "battery.runtime.low", "180" },
		{ "driver.name", "apcupsd" }, { "device.model", "Smart-UPS 1500" }, { "device.type", "ups" },
	};
	struct stage	*s = begin();
	size_t		 piece, i;

	for (piece = 0; piece < 5; piece++) {
		s->piece = piece;
		stage_run(s, 3000);
		for (i = 0; i < nitems(rows); i++)
			assert_string_equal(stage_value(s, "ups", rows[i].name), rows[i].value);
	}
	assert_int_equal(s->connections, 1);
	stage_free(s);
}

static void
the_status_is_in_nuts_words(void **state)
{
	static const struct { const char *line, *status, *alarm; } rows[] = {
		{ "STATUS   : ONLINE \n", "OL", "(absent)" },
		{ "STATUS   : ONBATT LOWBATT \n", "OB LB", "(absent)" },
		{ "STATUS   : TRIM ONLINE OVERLOAD\n", "TRIM OL OVER", "(absent)" },
		{ "STATUS   : CAL BOOST ONLINE\n", "CAL BOOST OL", "(absent)" },
		{ "STATUS   : SELFTEST\n", "OB TEST", "(absent)" },
		{ "STATUS   : ONLINE SELFTEST\n", "OL TEST", "(absent)" },
		{ "STATUS   : ONBATT SHUTTING DOWN\n", "OB LB", "(absent)" },
		{ "STATUS   : ONLINE NOBATT SLAVE NEW\n", "ALARM OL", "No battery is installed!" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin();

		status = rows[i].line;
		stage_run(s, 1000);
		assert_string_equal(stage_value(s, "ups", "ups.status"), rows[i].status);
		assert_string_equal(stage_value(s, "ups", "ups.alarm"), rows[i].alarm);
		stage_free(s);
	}
}

static void
a_lost_ups_is_stale_at_once(void **state)
{
	static const char *const	 lines[] = { "STATUS   : COMMLOST\n", "STATUS   : NETWORK ERROR\n", "STATUS   : \n" };
	size_t				 i;

	for (i = 0; i < nitems(lines); i++) {
		struct stage	*s = begin();

		stage_run(s, 1000);
		status = lines[i];
		stage_run(s, 2500);
		assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
		assert_string_equal(stage_value(s, "ups", "ups.status"), "OL RB");
		status = NULL;
		stage_run(s, 2500);
		assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
		stage_free(s);
	}
}

static void
no_status_is_no_answer(void **state)
{
	struct stage	*s = begin();

	status = "HOSTNAME : x\n";
	stage_run(s, 20000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
	assert_int_equal(s->drops, 0);
	stage_free(s);
}

static void
what_is_no_answer_breaks_the_connection(void **state)
{
	static const struct { const char *bytes; size_t len; } rows[] = {
		{ "\xff\xff", 2 }, { "HTTP/1.1 400 Bad Request\r\n\r\n", 28 }, { "\0\5A\0B:C\0\0", 9 },
		{ "\0\11STATUS : ", 5 },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin();

		raw = rows[i].bytes;
		raw_len = rows[i].len;
		stage_run(s, 20000);
		assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
		assert_true(s->drops > 0);
		raw = NULL;
		stage_run(s, 60000);
		assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
		stage_free(s);
	}
}

static void
a_cut_behind_any_byte_spoils_nothing(void **state)
{
	size_t	 cut;

	for (cut = 1; cut < 1800; cut++) {
		struct stage	*s = begin();

		s->cut = cut;
		stage_run(s, 5000);
		assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
		assert_string_equal(stage_value(s, "ups", "battery.runtime"), "870");
		stage_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_line_has_its_name),
		cmocka_unit_test(the_status_is_in_nuts_words),
		cmocka_unit_test(a_lost_ups_is_stale_at_once),
		cmocka_unit_test(no_status_is_no_answer),
		cmocka_unit_test(what_is_no_answer_breaks_the_connection),
		cmocka_unit_test(a_cut_behind_any_byte_spoils_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
