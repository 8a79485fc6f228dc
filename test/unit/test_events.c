/* What the engine tells of its model: events, their order, their pace, and what a restart makes of them. */
#include <stdio.h>

#include "core/flags.h"
#include "core/observe.h"
#include "core/remarks.h"
#include "core/update.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

struct world {
	struct loop	*loop;
	struct model	*model;
	struct kept	*kept;
	struct events	*events;
	struct observer	*observer;
	uint64_t	 read;		/* events of the log that were looked at */
	struct buf	 text, handed;
	unsigned	 ended, given_up;
};

static void
on_hand(void *arg, uint64_t serial, const char *text)
{
	struct world	*w = arg;

	buf_printf(&w->handed, "%u ", (unsigned)serial);
}

static void
on_outbox_end(void *arg, uint64_t serial)
{
	((struct world *)arg)->ended++;
}

static void
on_given_up(void *arg, uint64_t total)
{
	((struct world *)arg)->given_up++;
}

static const struct outbox_calls calls = { .hand = on_hand, .end = on_outbox_end, .given_up = on_given_up };

static bool
owns(void *arg, const struct device *d)
{
	return strchr(device_name(d), '-') == NULL;
}

static void
begin(struct world *w)
{
	w->model = model_new();
	w->observer = observer_new(w->loop, w->model, w->events, w->kept, owns, NULL);
}

/* Devices go without a word when the program does. */
static void
end(struct world *w)
{
	observer_free(w->observer);
	model_free(w->model);
}

static void
on_write(void *arg, uint64_t id, const char *key, const char *text)
{
	fail_msg("nothing is kept but with an event");
}

static int
setup(void **state)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	w->loop = loop_new_virtual();
	w->kept = kept_new(w->loop);
	kept_loaded(w->kept, on_write, w);
	w->events = events_new(w->loop, w->kept, &calls, w);
	events_begin(w->events, 100);
	begin(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	end(w);
	events_free(w->events);
	kept_free(w->kept);
	loop_free(w->loop);
	buf_free(&w->text);
	buf_free(&w->handed);
	free(w);
	return 0;
}

static struct device *
put(struct world *w, const char *name, enum device_state state, ...)
{
	struct device	*d = model_find(w->model, name, strlen(name));
	struct update	*u;
	const char	*var;
	va_list		 ap;

	if (d == NULL)
		d = model_add(w->model, name);
	u = update_begin(d);
	update_state(u, state);
	va_start(ap, state);
	while ((var = va_arg(ap, const char *)) != NULL)
		update_put_text(u, var_intern(var), va_arg(ap, const char *));
	va_end(ap);
	update_commit(u);
	return d;
}

/* What was told since the last look: "KIND DEVICE FIELD", of these fields, a line each. */
static const char *
told(struct world *w, const char *field)
{
	const char	*text;
	struct event	 e;
	char		*copy;

	buf_clear(&w->text);
	while ((text = event_log_after(events_log(w->events), w->read, &w->read)) != NULL) {
		copy = xstrdup(text);
		assert_true(event_read(copy, &e));
		buf_printf(&w->text, "%s %s %s\n", event_facts(e.kind)->word, e.device,
		    event_field(&e, field) == NULL ? "-" : event_field(&e, field));
		free(copy);
	}
	return buf_text(&w->text);
}

static void
lines_come_back(void **state)
{
	struct event	 e = { .kind = EVENT_ALARM_ADDED, .device = "ups1", .key = "ups1/told", .keep = "fresh own 1:1",
			    .time = 1732708800123, .fields = { { "text", "two words\nand a \\" }, { "none", NULL },
			    { "empty", "" } } }, back;
	struct buf	 line = { 0 };
	char		*copy;
	static const char *const bad[] = { "", "1", "0 5 alarm-added ups1", "0 5 what ups1  ",
			    "0 5 alarm-added ups1   name" };
	size_t		 i;

	event_write(&e, &line);
	copy = xstrdup(buf_text(&line));
	assert_null(strchr(copy, '\n'));
	assert_true(event_read(copy, &back));
	assert_int_equal(back.kind, EVENT_ALARM_ADDED);
	assert_int_equal(back.time, 1732708800123);
	assert_string_equal(back.device, "ups1");
	assert_string_equal(back.key, "ups1/told");
	assert_string_equal(back.keep, "fresh own 1:1");
	assert_string_equal(event_field(&back, "text"), "two words\nand a \\");
	assert_string_equal(event_field(&back, "empty"), "");
	assert_null(event_field(&back, "none"));
	free(copy);
	buf_free(&line);
	for (i = 0; i < nitems(bad); i++) {
		copy = xstrdup(bad[i]);
		if (event_read(copy, &back))
			fail_msg("\"%s\" is an event", bad[i]);
		free(copy);
	}
}

static void
alarms_come_and_go(void **state)
{
	struct world	*w = *state;

	observer_settled(w->observer);
	told(w, "text");
	put(w, "ups1", DEVICE_FRESH, REMARK_INDEX, "1", REMARK_ALARMS, "1 8 0", NULL);
	assert_string_equal(told(w, "text"), "device-added ups1 -\n"
	    "alarm-added ups1 Load exceeds the capacity\ndevice-up ups1 -\n");
	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "1 8 0, 2 16 0", NULL);
	assert_string_equal(told(w, "id"), "alarm-added ups1 2\n");
	put(w, "ups1", DEVICE_STALE, REMARK_ALARMS, "3 20 0", NULL);
	assert_string_equal(told(w, "alarm"), "alarm-added ups1 20\ndevice-stale ups1 -\n");
	/* What it had while it was silent nobody knows; now it is known. */
	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "2 16 0", NULL);
	assert_string_equal(told(w, "alarm"), "alarm-removed ups1 8\nalarm-removed ups1 20\ndevice-up ups1 -\n");
	/* Gone and here again between two looks: another row. */
	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "4 16 0", NULL);
	assert_string_equal(told(w, "id"), "alarm-removed ups1 2\nalarm-added ups1 4\n");
}

static void
on_battery_repeats(void **state)
{
	struct world	*w = *state;

	put(w, "ups1", DEVICE_FRESH, "ups.status", "OB", "battery.runtime", "185", REMARK_ON_BATTERY, "0", NULL);
	assert_non_null(strstr(told(w, "minutes"), "on-battery ups1 3\n"));
	elapse(w->loop, OBSERVE_BATTERY_MS + 10);
	assert_non_null(strstr(told(w, "seconds"), "on-battery ups1 6"));
	put(w, "ups1", DEVICE_STALE, NULL);
	told(w, "minutes");
	elapse(w->loop, 3 * OBSERVE_BATTERY_MS);
	assert_string_equal(told(w, "minutes"), "");
	/* The last known figure stands in for one that is not there: the varbind cannot be left out. */
	put(w, "ups1", DEVICE_FRESH, "ups.status", "OB", REMARK_ON_BATTERY, "0", NULL);
	told(w, "minutes");
	elapse(w->loop, OBSERVE_BATTERY_MS + 10);
	assert_string_equal(told(w, "minutes"), "on-battery ups1 3\n");
	put(w, "ups1", DEVICE_FRESH, "ups.status", "OL", NULL);
	elapse(w->loop, 3 * OBSERVE_BATTERY_MS);
	assert_string_equal(told(w, "minutes"), "");
}

static void
tests_end_once(void **state)
{
	struct world	*w = *state;

	put(w, "ups1", DEVICE_FRESH, "ups.test.result", "Done and passed", REMARK_TEST, "4", REMARK_TEST_START, "10",
	    NULL);
	told(w, "detail");
	put(w, "ups1", DEVICE_FRESH, "ups.test.result", "Done and passed", REMARK_TEST, "4", REMARK_TEST_START, "10",
	    REMARK_TEST_END, "30010", NULL);
	assert_string_equal(told(w, "detail"), "test-completed ups1 Done and passed\n");
	put(w, "ups1", DEVICE_FRESH, "ups.test.result", "Done and passed", REMARK_TEST, "4", REMARK_TEST_START, "10",
	    REMARK_TEST_END, "30010", "ups.load", "12", NULL);
	assert_string_equal(told(w, "detail"), "");
}

static void
parts_change(void **state)
{
	struct world	*w = *state;

	put(w, "pdu1", DEVICE_FRESH, "outlet.1.status", "on", "outlet.1.name", "db1", "outlet.2.status", "off",
	    "outlet.group.1.breaker.status", "closed", "outlet.group.1.status", "on", "L1.current", "10", "L1.current.status",
	    "good", "ambient.1.contacts.2.status", "closed", "ambient.1.temperature.status", "good", "ambient.1.water", "no",
	    "input.source", "1", "input.L1.current.status", "good", NULL);
	told(w, "state");
	put(w, "pdu1", DEVICE_FRESH, "outlet.1.status", "off", "outlet.1.name", "db1", "outlet.2.status", "off",
	    "outlet.group.1.breaker.status", "tripped", "outlet.group.1.status", "off", "L1.current", "17.5",
	    "L1.current.status", "warning-high", "ambient.1.contacts.2.status", "open", "ambient.1.temperature.status",
	    "critical-low", "ambient.1.water", "yes", "input.source", "2", NULL);
	assert_string_equal(told(w, "state"), "sensor-changed pdu1 -\nlimit-crossed pdu1 critical-low\n"
	    "sensor-changed pdu1 -\ntransferred pdu1 -\nlimit-crossed pdu1 warning-high\noutlet-changed pdu1 off\nbreaker-opened pdu1 tripped\n");
	put(w, "pdu1", DEVICE_FRESH, "outlet.1.status", "on", "outlet.1.name", "db1", "outlet.1.current.status", "good",
	    "outlet.group.1.breaker.status", "closed", "L1.current", "10", "L1.current.status", "good", NULL);
	assert_string_equal(told(w, "name"), "limit-cleared pdu1 -\noutlet-changed pdu1 db1\nbreaker-closed pdu1 -\n");
	/* What it showed while it was silent was no news, and what it shows then is. */
	put(w, "pdu1", DEVICE_STALE, "outlet.1.status", "on", NULL);
	told(w, "state");
	put(w, "pdu1", DEVICE_FRESH, "outlet.1.status", "off", NULL);
	assert_string_equal(told(w, "before"), "device-up pdu1 -\noutlet-changed pdu1 on\n");
}

static void
a_restart_tells_what_changed(void **state)
{
	struct world	*w = *state;

	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "1 8 0, 2 16 0", NULL);
	put(w, "ups2", DEVICE_FRESH, NULL);
	put(w, "ups2-1", DEVICE_FRESH, NULL);
	observer_settled(w->observer);
	told(w, "id");
	end(w);
	begin(w);
	put(w, "ups1", DEVICE_WAITING, NULL);
	observer_settled(w->observer);		/* the configuration has ups1 alone */
	assert_string_equal(told(w, "state"), "device-removed ups2 gone\n");
	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "2 16 0", NULL);
	assert_string_equal(told(w, "id"), "alarm-removed ups1 1\n");
}

static void
a_restart_with_the_same_is_silent(void **state)
{
	struct world	*w = *state;

	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "1 8 0, 2 16 0", NULL);
	put(w, "ups2-1", DEVICE_FRESH, NULL);
	observer_settled(w->observer);
	told(w, "id");
	end(w);
	begin(w);
	put(w, "ups1", DEVICE_WAITING, NULL);
	observer_settled(w->observer);
	assert_string_equal(told(w, "id"), "");
	put(w, "ups1", DEVICE_FRESH, REMARK_ALARMS, "2 16 0, 5 1 0", NULL);
	assert_string_equal(told(w, "id"), "alarm-added ups1 5\nalarm-removed ups1 1\n");
	/* Its source has had its time to name it. */
	elapse(w->loop, OBSERVE_LOST_MS + 10);
	assert_string_equal(told(w, "state"), "device-removed ups2-1 gone\n");
}

static void
numbers_go_on(void **state)
{
	struct world	*w = *state;

	events_tell(w->events, EVENT_COMMAND_ASKED, "ups1", "command", "beeper.mute", "value", NULL, NULL);
	assert_non_null(strstr(told(w, "command"), "command-asked ups1 beeper.mute\n"));
	assert_true(w->read > 100);
	events_acked(w->events, w->read);
	assert_int_equal(event_log_held(events_log(w->events)), 0);
}

static void
what_nobody_writes_down_is_counted(void **state)
{
	struct world	*w = *state;
	int		 i;

	for (i = 0; i < EVENTS_HELD + 7; i++)
		events_tell(w->events, EVENT_FSD_SET, "ups1", NULL);
	assert_int_equal(event_log_held(events_log(w->events)), EVENTS_HELD);
	while (event_log_after(events_log(w->events), w->read, &w->read) != NULL)
		;
	events_acked(w->events, w->read);
	assert_string_equal(told(w, "text"), "dropped  8 events are lost: nobody wrote them down in time\n");
}

/* -- notifications ------------------------------------------------------------------------ */

static uint64_t
notify(struct world *w, enum event_kind kind, const char *device, const char *alarm)
{
	while (event_log_after(events_log(w->events), w->read, &w->read) != NULL)
		;
	events_tell(w->events, kind, device, "alarm", alarm, NULL);
	while (event_log_after(events_log(w->events), w->read, &w->read) != NULL)
		;
	return w->read;
}

/* Those that were handed over since the last look. */
static const char *
handed(struct world *w)
{
	static char	 copy[4096];

	snprintf(copy, sizeof(copy), "%s", buf_text(&w->handed));
	buf_clear(&w->handed);
	return copy;
}

static void
notifications_wait_for_disk_and_taker(void **state)
{
	struct world	*w = *state;
	uint64_t	 first = notify(w, EVENT_ALARM_ADDED, "ups1", "8");

	events_acked(w->events, first);
	elapse(w->loop, 100);
	assert_string_equal(handed(w), "");
	outbox_taker(events_outbox(w->events), true);
	assert_int_equal(strtoull(handed(w), NULL, 10), first);
	/* The disk has its time, and no more. */
	notify(w, EVENT_ALARM_ADDED, "ups1", "9");
	elapse(w->loop, OUTBOX_DISK_MS - 10);
	assert_string_equal(handed(w), "");
	elapse(w->loop, 20);
	assert_string_not_equal(handed(w), "");
	/* What was on its way to one who died goes to the next; what was sent is forgotten. */
	outbox_sent(events_outbox(w->events), first);
	assert_int_equal(w->ended, 1);
	outbox_taker(events_outbox(w->events), false);
	outbox_taker(events_outbox(w->events), true);
	assert_int_equal(strtoull(handed(w), NULL, 10), first + 1);
}

static void
notifications_keep_a_pace(void **state)
{
	struct world	*w = *state;
	uint64_t	 first;

	outbox_taker(events_outbox(w->events), true);
	first = notify(w, EVENT_ALARM_ADDED, "ups1", "8");
	notify(w, EVENT_ALARM_REMOVED, "ups1", "8");		/* another kind: at once */
	events_acked(w->events, w->read);
	assert_int_equal(strtoull(handed(w), NULL, 10), first);
	outbox_sent(events_outbox(w->events), first);
	outbox_sent(events_outbox(w->events), first + 1);
	w->ended = 0;
	/* A pair that takes itself back while it waits is nothing that anybody has to hear. */
	notify(w, EVENT_ALARM_ADDED, "ups1", "8");
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 1);
	notify(w, EVENT_ALARM_REMOVED, "ups1", "8");
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 0);
	assert_int_equal(w->ended, 0);		/* the store has yet to write them, and would keep them */
	events_acked(w->events, w->read);
	assert_int_equal(w->ended, 2);
	/* Another alarm, another device: their own pace; but behind what waits of the same device. */
	notify(w, EVENT_ALARM_ADDED, "ups1", "8");
	notify(w, EVENT_ALARM_ADDED, "ups1", "16");
	notify(w, EVENT_ALARM_ADDED, "ups2", "8");
	events_acked(w->events, w->read);
	elapse(w->loop, 10);
	assert_int_equal(strtoull(handed(w), NULL, 10), w->read);
	elapse(w->loop, 3 * OUTBOX_PACE_MS);
	assert_int_equal(strtoull(handed(w), NULL, 10), w->read - 2);
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 3);
}

/* On battery, minute after minute, and nobody takes it. */
static void
repeats_do_not_pile_up(void **state)
{
	struct world	*w = *state;
	uint64_t	 first = notify(w, EVENT_ON_BATTERY, "ups1", "2");
	unsigned	 i;

	for (i = 0; i < 100; i++) {
		elapse(w->loop, 60000);
		notify(w, EVENT_ON_BATTERY, "ups1", "2");
	}
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 2);
	events_acked(w->events, w->read);
	outbox_taker(events_outbox(w->events), true);
	assert_true(outbox_has(events_outbox(w->events), first));
	assert_true(outbox_has(events_outbox(w->events), w->read));
}

/* A row that goes and one that comes are two: a receiver that knows rows by their number would keep the first. */
static void
another_row_is_no_way_back(void **state)
{
	struct world	*w = *state;

	events_tell(w->events, EVENT_ALARM_REMOVED, "ups1", "alarm", "8", "id", "1", NULL);
	events_tell(w->events, EVENT_ALARM_REMOVED, "ups1", "alarm", "8", "id", "2", NULL);
	events_tell(w->events, EVENT_ALARM_ADDED, "ups1", "alarm", "8", "id", "3", NULL);
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 3);
}

/* Redundancy that was lost is reduced, and then restored: who heard that it was lost has to hear that. */
static void
what_goes_on_is_not_taken_back(void **state)
{
	struct world	*w = *state;
	uint64_t	 first;

	outbox_taker(events_outbox(w->events), true);
	first = notify(w, EVENT_FEEDS_REDUCED, "db1", NULL);
	events_acked(w->events, first);
	outbox_sent(events_outbox(w->events), first);
	events_tell(w->events, EVENT_FEEDS_REDUCED, "db1", "state", "reduced", "was", "lost", NULL);
	events_tell(w->events, EVENT_FEEDS_RESTORED, "db1", "state", "ok", NULL);
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 2);
}

/* What flaps ten times a second for a minute is told at its pace, and how it ended no later than that. */
static void
what_flaps_is_told_in_time(void **state)
{
	static const enum event_kind	 kinds[][2] = {
		{ EVENT_ALARM_ADDED, EVENT_ALARM_REMOVED }, { EVENT_OUTLET_CHANGED, EVENT_OUTLET_CHANGED },
	};
	struct world			*w = *state;
	char				 last[24];
	size_t				 i, j;

	outbox_taker(events_outbox(w->events), true);
	for (i = 0; i < nitems(kinds); i++) {
		for (j = 0; j < 601; j++) {
			notify(w, kinds[i][j % 2], "ups1", "8");
			events_acked(w->events, w->read);
			elapse(w->loop, 100);
		}
		elapse(w->loop, OUTBOX_PACE_MS);
		snprintf(last, sizeof(last), " %u ", (unsigned)w->read);
		assert_non_null(strstr(handed(w), last));
		assert_true(outbox_waiting(events_outbox(w->events)) <= (i + 1) * 2 * (60000 / OUTBOX_PACE_MS + 2));
	}
}

static void
notifications_are_given_up_at_last(void **state)
{
	struct world	*w = *state;

	notify(w, EVENT_ALARM_ADDED, "ups1", "8");
	outbox_taker(events_outbox(w->events), true);
	outbox_taker(events_outbox(w->events), false);
	elapse(w->loop, OUTBOX_AGE_MS + 1000);
	notify(w, EVENT_ALARM_ADDED, "ups2", "8");
	assert_int_equal(w->given_up, 1);
	assert_int_equal(outbox_waiting(events_outbox(w->events)), 1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(lines_come_back),
		cmocka_unit_test_setup_teardown(alarms_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(on_battery_repeats, setup, teardown),
		cmocka_unit_test_setup_teardown(parts_change, setup, teardown),
		cmocka_unit_test_setup_teardown(tests_end_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_restart_tells_what_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_restart_with_the_same_is_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(notifications_wait_for_disk_and_taker, setup, teardown),
		cmocka_unit_test_setup_teardown(notifications_keep_a_pace, setup, teardown),
		cmocka_unit_test_setup_teardown(repeats_do_not_pile_up, setup, teardown),
		cmocka_unit_test_setup_teardown(another_row_is_no_way_back, setup, teardown),
		cmocka_unit_test_setup_teardown(what_goes_on_is_not_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(what_flaps_is_told_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(notifications_are_given_up_at_last, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nobody_writes_down_is_counted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
