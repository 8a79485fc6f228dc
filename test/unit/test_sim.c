#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/sim/act.h"

/* A device and its clock. */
struct play {
	struct act	*act;
	int64_t		 now;
};

static const char ups[] =
    "battery.charge: 100\nbattery.runtime: 600\ninput.voltage: 230.1\noutput.voltage: 229.9\n"
    "ups.beeper.status: enabled\nups.delay.shutdown: 20\nups.delay.start: 30\nups.load: 17\n"
    "ups.status: OL CHRG\nups.timer.shutdown: -1\nups.timer.start: -1\n";

static void
file(struct play *p, const char *text)
{
	char		*why;
	struct dev	*dev = dev_parse(text, strlen(text), &why);

	assert_non_null(dev);
	act_file(p->act, dev, true, p->now);
}

static struct play
play(const char *text)
{
	struct play	p = { act_new(), 1000000 };

	file(&p, text);
	return p;
}

/* Time passes as the host lets it: from one thing that is due to the next. */
static void
pass(struct play *p, int64_t ms)
{
	int64_t	until = p->now + ms, next;

	for (;;) {
		next = act_next(p->act, p->now);
		if (next < 0 || p->now + next > until)
			break;
		assert_true(next > 0);
		p->now += next;
		act_play(p->act, p->now);
	}
	p->now = until;
}

static const char *
now(const struct play *p, const char *name)
{
	return points_text(act_points(p->act), var_find(name, strlen(name)));
}

#define says(p, name, text) assert_string_equal(now(p, name), text)

static enum result
order_with(struct play *p, const char *name, const char *value)
{
	const char	*detail;

	return act_command(p->act, name, value, p->now, &detail);
}

static void
order(struct play *p, const char *name)
{
	assert_int_equal(order_with(p, name, NULL), R_DONE);
}

static void
off_and_on(void **state)
{
	struct play	p = play(ups);

	order(&p, "load.off");
	says(&p, "ups.status", "OL CHRG OFF");
	says(&p, "ups.load", "0");
	says(&p, "output.voltage", "0");
	says(&p, "input.voltage", "230.1");
	order(&p, "load.on");
	says(&p, "ups.status", "OL CHRG");
	says(&p, "ups.load", "17");
	says(&p, "output.voltage", "229.9");
	act_free(p.act);
}

static void
off_that_the_file_says_can_be_ended(void **state)
{
	struct play	p = play("ups.status: ALARM OFF  OL\n");

	says(&p, "ups.status", "ALARM OFF  OL");
	order(&p, "load.on");
	says(&p, "ups.status", "ALARM OL");
	act_free(p.act);
}

static void
off_later(void **state)
{
	struct play	p = play(ups);

	assert_int_equal(order_with(&p, "load.off.delay", "3"), R_DONE);
	says(&p, "ups.status", "OL CHRG");
	says(&p, "ups.timer.shutdown", "3");
	pass(&p, 1000);
	says(&p, "ups.timer.shutdown", "2");
	pass(&p, 1999);
	says(&p, "ups.timer.shutdown", "1");
	says(&p, "ups.status", "OL CHRG");
	pass(&p, 1);
	says(&p, "ups.status", "OL CHRG OFF");
	says(&p, "ups.timer.shutdown", "-1");
	assert_int_equal(act_next(p.act, p.now), -1);
	order(&p, "load.on.delay");
	says(&p, "ups.timer.start", "30");
	pass(&p, 30000);
	says(&p, "ups.status", "OL CHRG");
	act_free(p.act);
}

static void
delays_must_be_numbers(void **state)
{
	struct play	p = play(ups);

	assert_int_equal(order_with(&p, "load.off.delay", "soon"), R_INVALID);
	assert_int_equal(order_with(&p, "load.off.delay", "-5"), R_INVALID);
	assert_int_equal(order_with(&p, "shutdown.return", "99999999999"), R_INVALID);
	assert_int_equal(order_with(&p, "no.such", NULL), R_UNKNOWN);
	says(&p, "ups.timer.shutdown", "-1");
	act_free(p.act);
}

static void
shutdown_returns(void **state)
{
	struct play	p = play(ups);

	order(&p, "shutdown.return");
	pass(&p, 20000);
	says(&p, "ups.status", "OL CHRG OFF");
	says(&p, "ups.timer.start", "30");
	pass(&p, 29999);
	says(&p, "ups.timer.start", "1");
	pass(&p, 1);
	says(&p, "ups.status", "OL CHRG");
	says(&p, "ups.timer.start", "-1");
	act_free(p.act);
}

static void
shutdown_returns_with_mains_only(void **state)
{
	struct play	p = play(ups);

	order(&p, "test.failure.start");
	says(&p, "ups.status", "OB DISCHRG");
	order(&p, "shutdown.return");
	pass(&p, 20000);
	says(&p, "ups.status", "OB DISCHRG OFF");
	pass(&p, 600000);
	says(&p, "ups.status", "OB DISCHRG OFF");
	order(&p, "test.failure.stop");
	says(&p, "ups.status", "OL CHRG");
	act_free(p.act);
}

static void
shutdown_stays_off(void **state)
{
	struct play	p = play(ups);

	order(&p, "shutdown.stayoff");
	pass(&p, 3600000);
	says(&p, "ups.status", "OL CHRG OFF");
	act_free(p.act);
}

static void
shutdown_can_be_stopped(void **state)
{
	struct play	p = play(ups);

	order(&p, "shutdown.return");
	pass(&p, 5000);
	order(&p, "shutdown.stop");
	says(&p, "ups.timer.shutdown", "-1");
	pass(&p, 3600000);
	says(&p, "ups.status", "OL CHRG");
	act_free(p.act);
}

static void
reboot_cycles(void **state)
{
	struct play	p = play(ups);

	order(&p, "shutdown.reboot");
	says(&p, "ups.status", "OL CHRG OFF");
	pass(&p, 30000);
	says(&p, "ups.status", "OL CHRG");
	act_free(p.act);
}

static void
timers_that_the_file_lacks_go_again(void **state)
{
	struct play	p = play("ups.status: OL\n");

	order(&p, "shutdown.return");
	says(&p, "ups.timer.shutdown", "20");
	order(&p, "shutdown.stop");
	assert_null(now(&p, "ups.timer.shutdown"));
	act_free(p.act);
}

static void
tests_pass(void **state)
{
	struct play	p = play(ups);

	order(&p, "test.battery.start.quick");
	says(&p, "ups.status", "OL CHRG TEST");
	says(&p, "ups.test.result", "In progress");
	assert_int_equal(order_with(&p, "calibrate.start", NULL), R_BUSY);
	pass(&p, 9999);
	says(&p, "ups.test.result", "In progress");
	pass(&p, 1);
	says(&p, "ups.status", "OL CHRG");
	says(&p, "ups.test.result", "Done and passed");
	order(&p, "calibrate.start");
	says(&p, "ups.status", "OL CHRG CAL");
	order(&p, "calibrate.stop");
	says(&p, "ups.status", "OL CHRG");
	says(&p, "ups.test.result", "Aborted");
	assert_int_equal(order_with(&p, "test.battery.stop", NULL), R_FAILED);
	act_free(p.act);
}

static void
tests_need_mains_and_output(void **state)
{
	struct play	p = play(ups);

	order(&p, "load.off");
	assert_int_equal(order_with(&p, "test.battery.start.quick", NULL), R_FAILED);
	order(&p, "load.on");
	order(&p, "test.failure.start");
	assert_int_equal(order_with(&p, "test.battery.start.deep", NULL), R_FAILED);
	act_free(p.act);
}

static void
a_test_ends_with_the_output(void **state)
{
	struct play	p = play(ups);

	assert_int_equal(order_with(&p, "load.off.delay", "2"), R_DONE);
	order(&p, "test.battery.start.deep");
	pass(&p, 2000);
	says(&p, "ups.status", "OL CHRG OFF");
	says(&p, "ups.test.result", "Aborted");
	assert_int_equal(act_next(p.act, p.now), -1);
	act_free(p.act);
}

static void
beeper(void **state)
{
	struct play	p = play(ups), old = play("beeper.status: enabled\n");

	order(&p, "beeper.toggle");
	says(&p, "ups.beeper.status", "disabled");
	order(&p, "beeper.toggle");
	says(&p, "ups.beeper.status", "enabled");
	order(&p, "beeper.mute");
	says(&p, "ups.beeper.status", "muted");
	order(&old, "beeper.disable");
	says(&old, "beeper.status", "disabled");
	assert_null(now(&old, "ups.beeper.status"));
	act_free(p.act);
	act_free(old.act);
}

static void
outlets(void **state)
{
	struct play	p = play("device.type: pdu\noutlet.1.status: on\noutlet.1.current: 2.5\n"
	    "outlet.1.delay.start: 4\noutlet.10.status: On\noutlet.2.status: on\noutlet.2.switchable: no\n");

	order(&p, "outlet.1.load.off");
	says(&p, "outlet.1.status", "off");
	says(&p, "outlet.1.current", "0");
	says(&p, "outlet.10.status", "On");
	order(&p, "outlet.1.load.on");
	says(&p, "outlet.1.current", "2.5");
	order(&p, "outlet.1.load.cycle");
	says(&p, "outlet.1.status", "off");
	says(&p, "outlet.1.timer.start", "4");
	pass(&p, 4000);
	says(&p, "outlet.1.status", "on");
	assert_int_equal(order_with(&p, "outlet.10.load.off.delay", "7"), R_DONE);
	pass(&p, 7000);
	says(&p, "outlet.10.status", "off");
	assert_int_equal(order_with(&p, "outlet.2.load.off", NULL), R_UNKNOWN);
	assert_int_equal(order_with(&p, "outlet.3.load.off", NULL), R_UNKNOWN);
	assert_int_equal(order_with(&p, "load.off", NULL), R_UNKNOWN);
	act_free(p.act);
}

static void
a_changed_file_resets_what_it_changed(void **state)
{
	struct play	p = play("battery.charge.low: 20\nups.id: a\nups.status: OL\n");

	act_set(p.act, VAR_BATTERY_CHARGE_LOW, "30");
	act_set(p.act, VAR_UPS_ID, "b");
	order(&p, "load.off");
	file(&p, "battery.charge.low: 20\nups.id: c\nups.status: OL\n");
	says(&p, "battery.charge.low", "30");
	says(&p, "ups.id", "c");
	says(&p, "ups.status", "OL OFF");
	file(&p, "battery.charge.low: 20\nups.status: OB\n");
	assert_null(now(&p, "ups.id"));
	says(&p, "ups.status", "OB");
	says(&p, "battery.charge.low", "30");
	act_free(p.act);
}

static void
a_sequence_plays_and_begins_again(void **state)
{
	struct play	p = play("ups.alarm:\nups.id: x\nups.status: OL\nTIMER 60\nups.status: OB\nups.alarm: on battery\n"
	    "TIMER 60\nups.status: OB LB\nups.alarm:\nTIMER 60\n");

	act_set(p.act, VAR_UPS_ID, "y");
	assert_null(now(&p, "ups.alarm"));
	pass(&p, 59999);
	says(&p, "ups.status", "OL");
	pass(&p, 1);
	says(&p, "ups.status", "OB");
	says(&p, "ups.alarm", "on battery");
	pass(&p, 60000);
	says(&p, "ups.status", "OB LB");
	assert_null(now(&p, "ups.alarm"));
	pass(&p, 60000);
	says(&p, "ups.status", "OL");
	pass(&p, 60000);
	says(&p, "ups.status", "OB");
	says(&p, "ups.id", "y");
	act_free(p.act);
}

static void
a_sequence_can_stay_at_its_end(void **state)
{
	struct play	p = { act_new(), 5 };
	static const char text[] = "ups.status: OL\nTIMER 1\nups.status: OB\nTIMER 1\n";
	char		*why;

	act_file(p.act, dev_parse(text, strlen(text), &why), false, p.now);
	pass(&p, 100000);
	says(&p, "ups.status", "OB");
	assert_int_equal(act_next(p.act, p.now), -1);
	act_free(p.act);
}

static void
count_outlet(void *arg, const char *name)
{
	*(int *)arg += strncmp(name, "outlet.", 7) == 0;
}

static void
mark(void *arg, const char *name)
{
	const char	**wanted = arg;

	if (*wanted != NULL && strcmp(*wanted, name) == 0)
		*wanted = NULL;
}

static bool
offered(const struct play *p, const char *name)
{
	act_commands(p->act, mark, &name);
	return name == NULL;
}

static void
commands_follow_the_file(void **state)
{
	struct play	p = play(ups), pdu = play("outlet.1.status: on\noutlet.2.status: off\noutlet.3.status: OL\n"),
			online = play("ups.status: OL\ninput.bypass.voltage: 230\n");
	int		n = 0;

	assert_true(offered(&p, "load.off"));
	assert_true(offered(&p, "beeper.mute"));
	assert_false(offered(&p, "bypass.start"));
	assert_true(offered(&online, "bypass.start"));
	assert_false(offered(&online, "test.battery.start.quick"));
	assert_false(offered(&pdu, "load.off"));
	act_commands(pdu.act, count_outlet, &n);
	assert_int_equal(n, 14);
	act_free(p.act);
	act_free(pdu.act);
	act_free(online.act);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_and_on),
		cmocka_unit_test(off_that_the_file_says_can_be_ended),
		cmocka_unit_test(off_later),
		cmocka_unit_test(delays_must_be_numbers),
		cmocka_unit_test(shutdown_returns),
		cmocka_unit_test(shutdown_returns_with_mains_only),
		cmocka_unit_test(shutdown_stays_off),
		cmocka_unit_test(shutdown_can_be_stopped),
		cmocka_unit_test(reboot_cycles),
		cmocka_unit_test(timers_that_the_file_lacks_go_again),
		cmocka_unit_test(tests_pass),
		cmocka_unit_test(tests_need_mains_and_output),
		cmocka_unit_test(a_test_ends_with_the_output),
		cmocka_unit_test(beeper),
		cmocka_unit_test(outlets),
		cmocka_unit_test(a_changed_file_resets_what_it_changed),
		cmocka_unit_test(a_sequence_plays_and_begins_again),
		cmocka_unit_test(a_sequence_can_stay_at_its_end),
		cmocka_unit_test(commands_follow_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
