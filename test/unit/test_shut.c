/* The driver shut against units that a test holds in its hands, and a recorded one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/shut_unit.h"
#include "test/unit/unit.h"

#define SITE	"device ups { driver = shut\n port = x }"
#define QUIET	"device ups { driver = shut\n port = x\n poll = 600\n max-age = 1300 }"

static struct stage *
begin(const char *conf)
{
	struct stage	*s = stage_new(conf, shut_peer);

	stage_run(s, 20000);
	return s;
}

static const char *
value(struct stage *s, const char *name)
{
	return stage_value(s, "ups", name);
}

static void
check_acme(struct stage *s)
{
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	assert_string_equal(value(s, "ups.status"), "OL CHRG");
	assert_string_equal(value(s, "battery.charge"), "87");
	assert_string_equal(value(s, "battery.runtime"), "600");
	assert_string_equal(value(s, "battery.type"), "PbAc");
	assert_string_equal(value(s, "ups.mfr"), "ACME");
	assert_string_equal(value(s, "ups.model"), "UPS 700");
}

/* -- what a unit tells -------------------------------------------------------------------- */

static void
a_unit_is_read(void **state)
{
	size_t	 piece;

	for (piece = 0; piece < 5; piece++) {
		struct stage	*s;

		shut_be_acme();
		s = stage_new(SITE, shut_peer);
		s->piece = piece;
		stage_run(s, 20000);
		check_acme(s);
		assert_int_equal(shut.syncs, 1);
		assert_int_equal(s->drops, 0);
		stage_free(s);
	}
}

static void
a_recorded_unit_is_read_as_on_usb(void **state)
{
	static const struct { const char *name, *value; } rows[] = {
		{ "ups.status", "OL CHRG" }, { "battery.charge", "92" }, { "battery.runtime", "2737" }, { "battery.type", "PbAc" },
		{ "ups.load", "7" }, { "input.transfer.high", "264" }, { "output.voltage", "230.0" }, { "ups.mfr", "EATON" },
	};
	struct stage	*s;
	size_t		 i;

	if (!shut_load("Eaton-3S700"))
		skip();
	s = begin(SITE);
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	for (i = 0; i < nitems(rows); i++)
		if (strcmp(value(s, rows[i].name), rows[i].value) != 0)
			fail_msg("%s is %s, not %s", rows[i].name, value(s, rows[i].name), rows[i].value);
	stage_free(s);
}

/* A light descriptor comes first on some: the full one is asked for. */
static void
the_full_descriptor_is_read(void **state)
{
	struct stage	*s;

	shut_be_acme();
	shut.vendor = 0x0463;
	shut.release = 0x0202;
	shut.interface = 1;
	s = begin(SITE);
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	assert_string_equal(value(s, "ups.vendorid"), "0463");
	stage_free(s);
}

static void
a_unit_may_know_one_signal_only(void **state)
{
	static const unsigned	 signals[] = { SHUT_SYNC_FULL, SHUT_SYNC_NONE };
	size_t			 i;

	for (i = 0; i < nitems(signals); i++) {
		struct stage	*s;

		shut_be_acme();
		shut.signals = 1u << signals[i];
		s = begin(SITE);
		check_acme(s);
		stage_free(s);

		shut_be_acme();
		shut.signals = 1u << signals[i];
		s = begin("device ups { driver = shut\n port = x\n options = {\"notification=none\"} }");
		check_acme(s);
		stage_free(s);
	}
}

static void
what_describes_nothing_is_left(void **state)
{
	size_t	 i;

	for (i = 0; i < 4; i++) {
		struct stage	*s;

		shut_be_acme();
		if (i == 0)
			shut.descriptor_len = 0;
		else if (i == 1)
			shut.descriptor_len = 0x1801;
		else if (i == 2)
			shut.interface = 7;
		else
			shut.deaf = true;
		s = begin(SITE);
		stage_run(s, 60000);
		assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
		stage_free(s);
	}
}

/* -- notifications -------------------------------------------------------------------------- */

static void
what_it_notifies_shows_at_once(void **state)
{
	struct stage	*s;

	shut_be_acme();
	s = begin(QUIET);
	check_acme(s);
	SHUT_NOTIFY(s, 1, 0x04);			/* no mains, discharging */
	stage_run(s, 10);
	assert_string_equal(value(s, "ups.status"), "OB DISCHRG");
	assert_int_equal(shut.unacked, 0);
	SHUT_NOTIFY(s, 2, 41, 0x3c, 0x00);
	stage_run(s, 10);
	assert_string_equal(value(s, "battery.charge"), "41");
	assert_string_equal(value(s, "battery.runtime"), "60");
	stage_free(s);
}

static void
a_notification_in_a_transfer_is_taken(void **state)
{
	struct stage	*s;

	shut_be_acme();
	s = begin(SITE);
	SHUT_REPORT(1, 0x04);
	shut.note = (struct shut_frame){ SHUT_NOTIFICATION, true, 2, { 1, 0x04 } };
	stage_run(s, 3000);
	assert_string_equal(value(s, "ups.status"), "OB DISCHRG");
	assert_int_equal(shut.note.len, 0);
	assert_int_equal(shut.syncs, 1);
	stage_free(s);
}

/* -- bad lines ---------------------------------------------------------------------------------- */

static void
spoilt_frames_come_again(void **state)
{
	struct stage	*s;
	unsigned	 i;

	shut_be_acme();
	s = begin(SITE);
	for (i = 1; i < 4; i++) {
		shut.naks = shut.bad_sums = i;
		shut.lost_acks = shut.noises = i;
		stage_run(s, 5000);
		check_acme(s);
		assert_int_equal(shut.naks + shut.bad_sums + shut.lost_acks + shut.noises, 0);
	}
	assert_true(shut.resent > 0);
	shut.half_frames = 1;
	stage_run(s, 12000);
	check_acme(s);
	stage_free(s);
}

static void
silence_is_stale_and_ends_with_a_new_synchronisation(void **state)
{
	struct stage	*s;

	shut_be_acme();
	s = begin(SITE);
	shut.deaf = true;
	stage_run(s, 40000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	shut.deaf = false;
	strcpy(shut.texts[2], "UPS 900");		/* another one is in its place */
	SHUT_REPORT(1, 0x04);
	stage_run(s, 60000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	assert_string_equal(value(s, "ups.status"), "OB DISCHRG");
	assert_string_equal(value(s, "ups.model"), "UPS 900");
	stage_free(s);
}

static void
nonsense_is_bounded(void **state)
{
	struct stage	*s;
	int		 i;

	shut_be_acme();
	s = begin(SITE);
	for (i = 0; i < 300; i++) {
		static const char *const	 nonsense[] = { "\x85\x11\x01\x00", "\x15\x15\x15", "\x84\x88", "\x04\x12", "\xff\xff",
					    "\x05\x88\x31\x32\x33\x34\x35\x36\x37\x38\x08", "\x06" };

		buf_put(&s->saying, nonsense[i % 7], strlen(nonsense[i % 7]));
		timer_set(s->turn, 0);
		stage_run(s, 53);
		assert_true(stage_state(s, "ups") != DEVICE_FRESH || strcmp(value(s, "ups.status"), "OL CHRG") == 0);
	}
	stage_run(s, 60000);
	check_acme(s);
	stage_free(s);
}

/* -- requests ------------------------------------------------------------------------------------- */

static void
commands_are_written(void **state)
{
	struct stage	*s;

	shut_be_acme();
	s = begin(QUIET);
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off.delay", "20"), R_DONE);
	assert_int_equal(shut.writes, 1);
	assert_int_equal(shut.nwritten, 3);
	assert_memory_equal(shut.written, "\x03\x14\x00", 3);
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.on.delay", "300"), R_DONE);
	assert_memory_equal(shut.written, "\x04\x2c\x01", 3);
	shut.naks = 2;
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off.delay", "30"), R_DONE);
	assert_int_equal(shut.writes, 3);
	shut.refuses_writes = true;
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off.delay", "40"), R_FAILED);
	shut.refuses_writes = false;
	/* What may have been done is not sent again. */
	stage_run(s, 5000);
	shut.lost_acks = 1;
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off.delay", "50"), R_TIMEOUT);
	assert_int_equal(shut.writes, 3);
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off.delay", "60"), R_DONE);
	assert_int_equal(shut.writes, 4);
	check_acme(s);
	stage_free(s);
}

/* -- the pure part ------------------------------------------------------------------------------------ */

static void
tokens_are_cut(void **state)
{
	static const struct { const char *bytes; size_t len; int n; } rows[] = {
		{ "\x06", 1, 1 }, { "\x15\x84", 2, 1 }, { "\x16", 1, 1 }, { "\x19", 1, -1 }, { "\x84", 1, 0 }, { "\x84\x22\x20\x64", 4, 0 },
		{ "\x84\x22\x20\x64\x44\x06", 6, 5 }, { "\x84\x23", 2, 2 }, { "\x84\x99", 2, 2 }, { "\x85\x00\x00", 3, 3 }, { "\x44\x11", 2, -1 },
		{ "\x02\x11", 2, -1 }, { "", 0, 0 },
	};
	struct shut_frame	 f;
	uint8_t			 bytes[SHUT_FRAME_MAX];
	size_t			 i;

	for (i = 0; i < nitems(rows); i++)
		assert_int_equal(shut_token((const uint8_t *)rows[i].bytes, rows[i].len), rows[i].n);
	assert_true(shut_read((const uint8_t *)"\x84\x22\x20\x64\x44", 5, &f));
	assert_true(f.last && f.type == SHUT_RESPONSE && f.len == 2 && f.payload[1] == 100);
	assert_false(shut_read((const uint8_t *)"\x84\x22\x20\x64\x45", 5, &f));
	assert_false(shut_read((const uint8_t *)"\x84\x23", 2, &f));
	shut_setup(f.payload, 0xa1, 0x01, 0x0320, 2);
	f = (struct shut_frame){ SHUT_REQUEST, true, 8, { 0 } };
	shut_setup(f.payload, 0xa1, 0x01, 0x0320, 2);
	assert_int_equal(shut_write(bytes, &f), 11);
	assert_memory_equal(bytes, "\x81\x88\xa1\x01\x20\x03\x00\x00\x02\x00\x81", 11);
}

static void
strings_are_utf8(void **state)
{
	static const struct { const char *bytes; size_t len; const char *text; } rows[] = {
		{ "\x06\x03" "A\0B\0", 6, "AB" }, { "\x06\x03" "A\0B\0C\0", 8, "AB" }, { "\x0a\x03 \0A\0 \0 \0", 10, "A" }, { "\x04\x03\xe9\0", 4, "\xc3\xa9" },
		{ "\x04\x03\xac\x20", 4, "\xe2\x82\xac" }, { "\x04\x03\x01\xd8", 4, "?" }, { "\x02\x03", 2, "" }, { "", 0, "" }, { "\x20\x03" "A\0\0\0B\0", 8, "A" },
		{ "\x04\x03\x07\0", 4, "?" },
	};
	char	 text[8];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		shut_string((const uint8_t *)rows[i].bytes, rows[i].len, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
	shut_string((const uint8_t *)"\x20\x03" "1\0""2\0""3\0""4\0""5\0""6\0""\xac\x20", 16, text, sizeof(text));
	assert_string_equal(text, "123456");
}

static void
wrong_options_are_refused(void **state)
{
	struct conf_errors	 errors = { 0 };
	struct stage		*s;

	shut_be_acme();
	s = stage_new("device ups { driver = shut\n port = x\n options = {\"notification=loud\"} }", shut_peer);
	assert_false(host_check(s->host, s->settings, &errors));
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.texts[0], "full, reduced or none"));
	conf_errors_free(&errors);
	stage_free(s);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_unit_is_read),
		cmocka_unit_test(a_recorded_unit_is_read_as_on_usb),
		cmocka_unit_test(the_full_descriptor_is_read),
		cmocka_unit_test(a_unit_may_know_one_signal_only),
		cmocka_unit_test(what_describes_nothing_is_left),
		cmocka_unit_test(what_it_notifies_shows_at_once),
		cmocka_unit_test(a_notification_in_a_transfer_is_taken),
		cmocka_unit_test(spoilt_frames_come_again),
		cmocka_unit_test(silence_is_stale_and_ends_with_a_new_synchronisation),
		cmocka_unit_test(nonsense_is_bounded),
		cmocka_unit_test(commands_are_written),
		cmocka_unit_test(tokens_are_cut),
		cmocka_unit_test(strings_are_utf8),
		cmocka_unit_test(wrong_options_are_refused),
	};

	return cmocka_run_group_tests_name("shut", tests, NULL, NULL);
}
