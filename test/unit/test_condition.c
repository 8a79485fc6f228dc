#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/condition.h"
#include "core/flags.h"
#include "core/mem.h"
#include "core/remarks.h"

/* What the engine derives, commit by commit, on a clock that the test turns. */

struct stage {
	struct model		*model;
	struct device		*device;
	struct condition	*condition;
	int64_t			 now, again;
};

static int
set_up(void **state)
{
	struct stage	*s = xcalloc(1, sizeof(*s));

	s->model = model_new();
	s->device = model_add(s->model, "u");
	s->condition = condition_new(15000);
	s->now = 1000000;
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct stage	*s = *state;

	condition_free(s->condition);
	model_free(s->model);
	free(s);
	return 0;
}

static void
commit(struct stage *s, struct update *u, bool polled)
{
	s->again = condition_apply(s->condition, u, polled, s->now);
	update_commit(u);
}

/* One poll: status words, then further "name=value" pairs up to NULL. */
static void
poll_with(struct stage *s, const char *status, ...)
{
	struct update	*u = update_begin(s->device);
	const char	*name;
	va_list		 ap;

	update_put_text(u, VAR_UPS_STATUS, status);
	va_start(ap, status);
	while ((name = va_arg(ap, const char *)) != NULL)
		update_put_text(u, var_intern(name), va_arg(ap, const char *));
	va_end(ap);
	update_state(u, DEVICE_FRESH);
	commit(s, u, true);
}

#define POLL(s, ...)	poll_with(s, __VA_ARGS__, (const char *)NULL)

static void
go(struct stage *s, enum device_state state)
{
	struct update	*u = update_continue(s->device);

	update_state(u, state);
	commit(s, u, false);
}

static void
recall(struct stage *s)
{
	assert_true(s->again > s->now);
	s->now = s->again;
	commit(s, update_continue(s->device), false);
}

static const char *
remark(struct stage *s, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(s->device), var_intern(name));

	return v == NULL ? "-" : value_text(v, room);
}

#define REMARK(s, name, expected)	assert_string_equal(remark(s, name), expected)

static void
test_there_at_start(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OB LB RB");
	REMARK(s, REMARK_ALARMS, "1 1 0, 2 2 0, 3 3 0, 4 6 0");
	REMARK(s, REMARK_ON_BATTERY, "1000000");
	REMARK(s, REMARK_LINE_BADS, "-");
	assert_int_equal(s->again, -1);
}

static void
test_two_polls(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL");
	REMARK(s, REMARK_ALARMS, "-");
	s->now += 1000;
	POLL(s, "OL RB");
	REMARK(s, REMARK_ALARMS, "-");
	assert_int_equal(s->again, s->now + ALARM_HOLD_MS);
	s->now += 1000;
	POLL(s, "OL RB");
	REMARK(s, REMARK_ALARMS, "1 1 1002000");
	assert_int_equal(s->again, -1);
	s->now += 1000;
	POLL(s, "OL");
	REMARK(s, REMARK_ALARMS, "1 1 1002000");
	s->now += 1000;
	POLL(s, "OL");
	REMARK(s, REMARK_ALARMS, "-");
}

static void
test_three_seconds(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL");
	POLL(s, "OL OVER");
	REMARK(s, REMARK_ALARMS, "-");
	recall(s);
	assert_int_equal(s->now, 1003000);
	REMARK(s, REMARK_ALARMS, "1 8 1003000");
	assert_int_equal(s->again, -1);
}

static void
test_flicker(void **state)
{
	struct stage	*s = *state;
	unsigned	 i;

	POLL(s, "OL");
	for (i = 0; i < 10; i++) {
		s->now += 1000;
		POLL(s, i % 2 == 0 ? "OL OVER" : "OL");
		REMARK(s, REMARK_ALARMS, "-");
	}
	assert_int_equal(s->again, -1);
}

static void
test_on_battery_at_once(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL");
	s->now += 5000;
	POLL(s, "OB");
	REMARK(s, REMARK_ALARMS, "1 2 1005000");
	REMARK(s, REMARK_ON_BATTERY, "1005000");
	s->now += 5000;
	POLL(s, "OB");
	REMARK(s, REMARK_ALARMS, "1 2 1005000, 2 6 1010000");
	REMARK(s, REMARK_ON_BATTERY, "1005000");
	s->now += 5000;
	POLL(s, "OL CHRG");
	REMARK(s, REMARK_ALARMS, "2 6 1010000");
	REMARK(s, REMARK_ON_BATTERY, "-");
	s->now += 5000;
	POLL(s, "OL CHRG");
	REMARK(s, REMARK_ALARMS, "-");
	s->now += 5000;
	POLL(s, "OB");
	REMARK(s, REMARK_ALARMS, "3 2 1025000");
	REMARK(s, REMARK_ON_BATTERY, "1025000");
}

static void
test_off_is_not_on_battery(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OB OFF");
	REMARK(s, REMARK_ON_BATTERY, "-");
	POLL(s, "OB BYPASS");
	REMARK(s, REMARK_ON_BATTERY, "-");
}

static void
test_stale_moves_nothing_else(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL");
	POLL(s, "OB");
	POLL(s, "OB");
	REMARK(s, REMARK_ALARMS, "1 2 1000000, 2 6 1000000");
	s->now += 15000;
	go(s, DEVICE_STALE);
	REMARK(s, REMARK_ALARMS, "1 2 1000000, 2 6 1000000, 3 20 1015000");
	REMARK(s, REMARK_ON_BATTERY, "1000000");
	assert_int_equal(s->again, -1);
	s->now += 60000;
	go(s, DEVICE_STALE);
	REMARK(s, REMARK_ALARMS, "1 2 1000000, 2 6 1000000, 3 20 1015000");
	POLL(s, "OL");
	REMARK(s, REMARK_ALARMS, "2 6 1000000");
	POLL(s, "OL");
	REMARK(s, REMARK_ALARMS, "-");
}

static void
test_never_reached(void **state)
{
	struct stage	*s = *state;

	go(s, DEVICE_WAITING);
	REMARK(s, REMARK_ALARMS, "-");
	recall(s);
	assert_int_equal(s->now, 1015000);
	REMARK(s, REMARK_ALARMS, "1 20 1015000");
	s->now += 1000;
	POLL(s, "OL RB");
	REMARK(s, REMARK_ALARMS, "2 1 0");
}

static void
test_line_bads(void **state)
{
	static const struct {
		const char	*status, *voltage, *bads;
	} steps[] = {
		{ "OB", "0", "-" },		/* it was bad when we came */
		{ "OL", "230", "-" },
		{ "OB", "0", "1" },
		{ "OB LB", "0", "1" },
		{ "OL", "230", "1" },
		{ "OL", "150", "2" },		/* below the transfer point */
		{ "OL", "230", "2" },
		{ "OL", "270", "3" },
		{ "OL", "0", "3" },		/* not measured */
		{ "OB CAL", "230", "3" },	/* it chose to */
		{ "OB TEST", "230", "3" },
		{ "OB", "230", "4" },
	};
	struct stage	*s = *state;
	size_t		 i;

	for (i = 0; i < nitems(steps); i++) {
		POLL(s, steps[i].status, "input.voltage", steps[i].voltage,
		    "input.transfer.low", "180", "input.transfer.high", "264");
		REMARK(s, REMARK_LINE_BADS, steps[i].bads);
	}
	go(s, DEVICE_STALE);
	REMARK(s, REMARK_LINE_BADS, "4");
	POLL(s, "OB");
	REMARK(s, REMARK_LINE_BADS, "4");
}

static void
test_tests(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL");
	condition_asked(s->condition, CMD_BEEPER_ENABLE);
	condition_asked(s->condition, CMD_TEST_BATTERY_START_QUICK);
	s->now += 1000;
	POLL(s, "OL TEST");
	REMARK(s, REMARK_TEST, "4");
	REMARK(s, REMARK_TEST_START, "1001000");
	REMARK(s, REMARK_TEST_END, "-");
	s->now += 20000;
	POLL(s, "OL", "ups.test.result", "Done and passed");
	REMARK(s, REMARK_TEST, "4");
	REMARK(s, REMARK_TEST_START, "1001000");
	REMARK(s, REMARK_TEST_END, "1021000");
	s->now += 1000;
	POLL(s, "OB CAL");
	REMARK(s, REMARK_TEST, "5");
	REMARK(s, REMARK_TEST_START, "1022000");
	REMARK(s, REMARK_TEST_END, "-");
	POLL(s, "OL", "ups.test.result", "In progress");
	REMARK(s, REMARK_TEST_START, "1022000");
}

static void
test_began_before_us(void **state)
{
	struct stage	*s = *state;

	POLL(s, "OL TEST");
	REMARK(s, REMARK_TEST_START, "-");
	POLL(s, "OL");
	REMARK(s, REMARK_TEST_END, "-");
}

/* One row for an identity, ids rising and never reused while in use, times never ahead. */
static void
check_rows(struct stage *s, unsigned long ids[FLAG_END])
{
	const char	*text = remark(s, REMARK_ALARMS);
	unsigned long	 id, identity, last = 0;
	uint64_t	 seen = 0;
	long long	 since;

	while (sscanf(text, "%lu %lu %lld", &id, &identity, &since) == 3) {
		assert_true(id > last);
		last = id;
		assert_true(identity > 0 && identity < FLAG_END);
		assert_false(seen & FLAG_BIT(identity));
		seen |= FLAG_BIT(identity);
		assert_true(since <= s->now);
		assert_true(ids[identity] == 0 || ids[identity] == id);
		ids[identity] = id;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	for (identity = 0; identity < FLAG_END; identity++)
		if ((seen & FLAG_BIT(identity)) == 0)
			ids[identity] = 0;
}

static void
test_random_walk(void **state)
{
	static const char *const	 words[] = { "OB", "OL", "LB", "RB", "OVER", "BYPASS", "OFF", "CAL",
	    "TEST", "ALARM", "FSD", "HB", "OVERHEAT" };
	struct stage			*s = *state;
	unsigned long			 ids[FLAG_END] = { 0 };
	char				 status[128];
	unsigned			 round, i, seed = 4711, bits;

	for (round = 0; round < 3000; round++) {
		bits = (unsigned)rand_r(&seed);
		s->now += bits % 2500;
		*status = '\0';
		for (i = 0; i < nitems(words); i++)
			if ((rand_r(&seed) & 7) == 0)
				strcat(strcat(status, *status == '\0' ? "" : " "), words[i]);
		if (bits % 11 == 0)
			go(s, DEVICE_STALE);
		else
			POLL(s, status);
		check_rows(s, ids);
	}
}

int
main(void)
{
#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest	 all[] = {
		TEST(test_there_at_start),
		TEST(test_two_polls),
		TEST(test_three_seconds),
		TEST(test_flicker),
		TEST(test_on_battery_at_once),
		TEST(test_off_is_not_on_battery),
		TEST(test_stale_moves_nothing_else),
		TEST(test_never_reached),
		TEST(test_line_bads),
		TEST(test_tests),
		TEST(test_began_before_us),
		TEST(test_random_walk),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
