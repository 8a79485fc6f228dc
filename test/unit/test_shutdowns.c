/* Orders to go off or on, on virtual time: a UPS that can what the test says, and a disk that keeps what is due later. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "core/buf.h"
#include "core/flags.h"
#include "core/log.h"
#include "core/outlets.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

#define DEVICE_COUNTS	"load.off load.on load.off.delay=1 load.on.delay=1 shutdown.return=1 shutdown.stayoff=1 " \
			"shutdown.stop shutdown.reboot=1"
#define PLAIN		"load.off load.on"
#define DELAY		120		/* ups.delay.shutdown */

static struct {
	const char	*can;		/* words: COMMAND, or COMMAND=TIMING */
	bool		 settable;	/* ups.delay.shutdown, .start */
	bool		 automatic;	/* ups.start.auto, which can be set */
	bool		 shows;		/* ups.timer.shutdown */
	bool		 battery, dead, off;
	bool		 terse;		/* while it is off it says no more than that */
	unsigned	 volts;		/* but for its input.voltage */
	unsigned	 failures;	/* commands that fail from now on */
	bool		 hang;
	unsigned	 coarse;	/* s: what it makes of any ups.delay.shutdown; 0: it keeps to it */
	int64_t		 off_at;	/* ms; 0: no countdown */
	struct buf	 told;		/* "load.off.delay 30\n" */
	char		 last[128];	/* of the log's warnings */
} ups;

static void
offer(struct unit *u)
{
	char	*words = xstrdup(ups.can), *rest = words, *word;
	size_t	 len;

	while ((word = strsep(&rest, " ")) != NULL) {
		len = strcspn(word, "=");
		unit_command(u, var_find(word, len));
		if (word[len] == '=')
			unit_timing(u, var_find(word, len), word[len + 1] == '1' ? TIMING_VALUE : TIMING_OWN);
	}
	free(words);
	if (ups.settable) {
		unit_settable(u, &(struct settable){ .var = VAR_UPS_DELAY_SHUTDOWN, .nenums = 3,
		    .enums = (const char *const[]){ "60", "120", "300" } });
		unit_settable(u, &(struct settable){ .var = VAR_UPS_DELAY_START });
	}
	if (ups.automatic)
		unit_settable(u, &(struct settable){ .var = VAR_UPS_START_AUTO, .nenums = 2, .maxlen = 3,
		    .enums = (const char *const[]){ "yes", "no" } });
}

static void
ups_start(struct unit *u)
{
	offer(u);
	unit_ready(u);
}

static void
ups_poll(struct unit *u, bool full)
{
	if (ups.dead) {
		unit_fail(u, "no answer");
		return;
	}
	if (ups.off_at != 0 && unit_now(u) >= ups.off_at) {
		ups.off_at = 0;
		ups.off = true;
	}
	if (!ups.off || !ups.terse)
		unit_status(u, ups.battery ? "OB" : "OL");
	if (ups.off)
		unit_status(u, "OFF");
	if (ups.off && ups.terse)
		unit_put(u, VAR_INPUT_VOLTAGE, value_number(ups.volts, 0));
	if (ups.settable)
		unit_put(u, VAR_UPS_DELAY_SHUTDOWN, value_number(ups.coarse > 0 ? ups.coarse : DELAY, 0));
	if (ups.shows)
		unit_put(u, VAR_UPS_TIMER_SHUTDOWN,
		    value_number(ups.off_at == 0 ? -1 : (ups.off_at - unit_now(u) + 999) / 1000, 0));
	unit_done(u);
}

static void
ups_command(struct unit *u, struct request *r)
{
	const char	*name = var_name(request_name(r)), *value = request_value(r);

	buf_printf(&ups.told, "%s%s%s\n", name, value != NULL ? " " : "", value != NULL ? value : "");
	if (ups.hang)
		return;
	if (ups.failures > 0) {
		ups.failures--;
		request_done(r, R_FAILED, NULL);
		return;
	}
	if (strcmp(name, "load.off") == 0)
		ups.off = true;
	else if (strcmp(name, "load.on") == 0)
		ups.off = false;
	else if (strcmp(name, "shutdown.stop") == 0)
		ups.off_at = 0;
	else if (request_kind(r) == REQUEST_COMMAND && strncmp(name, "load.on", 7) != 0 && value != NULL)
		ups.off_at = unit_now(u) + strtoll(value, NULL, 10) * 1000;
	request_done(r, R_DONE, NULL);
}

static const struct driver driver = {
	.name = "fake", .title = "a UPS", .wire = WIRE_NONE, .poll_ms = 2000, .poll_full_ms = 30000, .size = 1,
	.start = ups_start, .poll = ups_poll, .command = ups_command,
};

/* -- the world --------------------------------------------------------------------- */

struct world {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;
	struct kept	*kept;
	struct settings	*settings;
	struct device	*device;
	uint64_t	 writes[64];
	size_t		 nwrites;
	bool		 full;		/* the disk */
	struct timer	*disk;
	unsigned	 answers;
	enum result	 result;
	char		 detail[128];
};

static void
take_line(enum log_level level, const char *line, void *arg)
{
	if (level <= LOG_LEVEL_WARNING)
		snprintf(ups.last, sizeof(ups.last), "%s", line);
}

static void
on_write(void *arg, uint64_t id, const char *key, const char *text)
{
	struct world	*w = arg;

	assert_true(w->nwrites < nitems(w->writes));
	w->writes[w->nwrites++] = id;
	timer_set(w->disk, 1);
}

static void
on_disk(void *arg)
{
	struct world	*w = arg;
	size_t		 i, n = w->nwrites;

	w->nwrites = 0;
	for (i = 0; i < n; i++)
		kept_written(w->kept, w->writes[i], w->full ? "full" : NULL);
}

#define UPS	"device ups1 { driver = fake  port = x "
#define QUIET	UPS "fsd-before-shutdown = no }"

static void
configure(struct world *w, const char *text)
{
	static const struct driver_facts	 facts[] = { { "fake", 2000, 30000, NULL }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct settings				*before = w->settings;

	w->settings = settings_parse("t", text, strlen(text), facts, &errors);
	if (w->settings == NULL)
		fail_msg("%s", errors.texts[0]);
	host_apply(w->host, w->settings);
	settings_free(before);
	w->device = model_find(w->model, "ups1", 4);
}

static void
begin_kept(struct world *w, const char *text, const char *key, const char *kept)
{
	static const struct driver *const	 list[] = { &driver, NULL };
	static const struct wire_backend *const	 none[] = { NULL };

	log_to(take_line, NULL);
	*w = (struct world){ .loop = loop_new_virtual(), .model = model_new() };
	w->host = host_new(w->loop, w->model, list, none);
	w->kept = kept_new(w->loop);
	w->disk = timer_new(w->loop, on_disk, w);
	if (key != NULL)
		kept_load(w->kept, key, kept);
	kept_loaded(w->kept, on_write, w);
	host_keep(w->host, w->kept);
	configure(w, text);
	elapse(w->loop, 100);
}

static void
begin(struct world *w, const char *text, const char *can)
{
	buf_clear(&ups.told);
	*ups.last = '\0';
	ups.can = can;
	begin_kept(w, text, NULL, NULL);
}

static void
finish(struct world *w)
{
	host_keep(w->host, NULL);
	kept_free(w->kept);
	host_free(w->host);
	model_free(w->model);
	settings_free(w->settings);
	timer_free(w->disk);
	loop_free(w->loop);
	log_to(NULL, NULL);
}

static int
reset(void **state)
{
	buf_free(&ups.told);
	memset(&ups, 0, sizeof(ups));
	return 0;
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->answers++;
	w->result = result;
	snprintf(w->detail, sizeof(w->detail), "%s", detail == NULL ? "" : detail);
}

static void
ask(struct world *w, enum request_kind kind, const char *name, const char *value, bool test)
{
	struct ask	 a = { .kind = kind, .name = var_find(name, strlen(name)), .value = value,
	    .origin = kind == REQUEST_TIMER ? "snmp ups1" : "nut admin@::1", .test = test };

	w->answers = 0;
	device_ask(w->device, &a, on_result, w);
}

static void
set_timer(struct world *w, const char *which, const char *value)
{
	char	 name[32];

	snprintf(name, sizeof(name), "ups.timer.%s", which);
	ask(w, REQUEST_TIMER, name, value, false);
}

static void
command(struct world *w, const char *name, const char *value)
{
	ask(w, REQUEST_COMMAND, name, value, false);
	elapse(w->loop, 10);
}

static void
expect(struct world *w, enum result result, const char *told)
{
	elapse(w->loop, 10);
	assert_int_equal(w->answers, 1);
	if (w->result != result)
		fail_msg("%s, %s", result_text(w->result), w->detail);
	assert_string_equal(buf_text(&ups.told), told);
	buf_clear(&ups.told);
}

static void
expect_told(const char *told)
{
	assert_string_equal(buf_text(&ups.told), told);
	buf_clear(&ups.told);
}

/* What a timer shows; -2: it is not there. */
static int64_t
timer(const struct world *w, const char *which)
{
	const struct value	*v = snapshot_get(device_now(w->device), var_internf("ups.timer.%s", which));

	return v == NULL ? -2 : value_scaled(v, 0);
}

static const char *
counter(const struct world *w, const char *which)
{
	const char	*text = snapshot_text(device_now(w->device),
			    var_internf("experimental.ups.timer.%s.counter", which));

	return text == NULL ? "" : text;
}

static bool
has_fsd(const struct world *w)
{
	return snapshot_get(device_now(w->device), var_intern(REMARK_FSD)) != NULL;
}

static bool
has_flag(const struct world *w, enum flag flag)
{
	const char	*flags = snapshot_text(device_now(w->device), var_intern(REMARK_FLAGS));

	return flags != NULL && (flags_parse(flags) & FLAG_BIT(flag)) != 0;
}

static void
logins(struct world *w, unsigned n)
{
	char	 text[32];

	snprintf(text, sizeof(text), "%u 0 0", n);
	device_tell(w->device, REMARK_LOGINS, text);
}

/* -- which command ----------------------------------------------------------------------- */

/* upsShutdownType, upsAutoRestart, on battery, what the device can, and what comes of it. */
static void
the_command_follows_type_restart_and_mains(void **state)
{
	static const struct {
		const char	*value;
		bool		 battery, settable, automatic, on_mains;
		const char	*can;
		enum result	 result;
		const char	*told;
	} rows[] = {
		{ "30 output on", true, 0, 0, 0, DEVICE_COUNTS, R_DONE, "shutdown.return 30\n" },
		{ "30 system on", true, 0, 0, 0, DEVICE_COUNTS, R_DONE, "shutdown.return 30\n" },
		{ "30 output on", false, 0, 0, 0, DEVICE_COUNTS, R_DONE, "load.off.delay 30\n" },
		{ "30 output off", true, 0, 0, 0, DEVICE_COUNTS, R_DONE, "load.off.delay 30\n" },
		{ "30 system off", false, 0, 0, 0, DEVICE_COUNTS, R_DONE, "shutdown.stayoff 30\n" },
		{ "30 output off", true, 0, 0, 0, "shutdown.stayoff=1", R_DONE, "shutdown.stayoff 30\n" },
		{ "30", false, 0, 0, 0, DEVICE_COUNTS, R_DONE, "load.off.delay 30\n" },
		{ "0 output off", true, 0, 0, 0, DEVICE_COUNTS, R_DONE, "load.off\n" },
		{ "0 output on", true, 0, 0, 0, DEVICE_COUNTS, R_DONE, "shutdown.return 1\n" },
		/* by a setting, rounded up; one that is too large leaves it to busbard */
		{ "30 output on", true, true, 0, 0, "shutdown.return", R_DONE,
		    "ups.delay.shutdown 60\nshutdown.return\n" },
		{ "299 output off", true, true, 0, 0, "load.off.delay", R_DONE,
		    "ups.delay.shutdown 300\nload.off.delay\n" },
		{ "301 output off", true, true, 0, 0, "load.off.delay", R_DONE, "" },
		/* a shutdown that keeps to no setting is busbard's to time */
		{ "30 output on", true, true, 0, 0, "shutdown.return=2", R_DONE, "" },
		{ "30 output off", true, 0, 0, 0, PLAIN, R_DONE, "" },
		/* only what comes back at once */
		{ "30 output on", false, 0, 0, 0, "shutdown.return=1", R_INVALID, "" },
		{ "30 output on", false, 0, 0, true, "shutdown.return=1", R_DONE, "shutdown.return 30\n" },
		{ "30 output off", false, 0, 0, true, "shutdown.return=1", R_INVALID, "" },
		{ "30 system off", false, 0, 0, 0, PLAIN, R_INVALID, "" },
		{ "30 output on", true, 0, 0, 0, PLAIN, R_INVALID, "" },
		{ "30 output on", true, 0, true, 0, "load.off.delay=1", R_DONE, "load.off.delay 30\n" },
		{ "30", false, 0, 0, 0, "load.on", R_UNKNOWN, "" },
		{ "-2", false, 0, 0, 0, DEVICE_COUNTS, R_INVALID, "" },
		{ "1.5", false, 0, 0, 0, DEVICE_COUNTS, R_INVALID, "" },
		{ "soon", false, 0, 0, 0, DEVICE_COUNTS, R_INVALID, "" },
		{ "", false, 0, 0, 0, DEVICE_COUNTS, R_INVALID, "" },
	};
	struct world	 w;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		reset(NULL);
		ups.battery = rows[i].battery;
		ups.settable = rows[i].settable;
		ups.automatic = rows[i].automatic;
		begin(&w, rows[i].on_mains ? UPS "restart-on-mains = yes fsd-before-shutdown = no }" : QUIET, rows[i].can);
		ask(&w, REQUEST_TIMER, "ups.timer.shutdown", rows[i].value, true);
		expect(&w, rows[i].result, "");		/* only tried */
		set_timer(&w, "shutdown", rows[i].value);
		elapse(w.loop, 10);
		if (w.result != rows[i].result || strcmp(buf_text(&ups.told), rows[i].told) != 0)
			fail_msg("row %zu, %s of %s: %s, told \"%s\"", i, rows[i].value, rows[i].can,
			    result_text(w.result), buf_text(&ups.told));
		assert_int_equal(w.answers, 1);
		finish(&w);
	}
}

static void
starting_and_rebooting(void **state)
{
	static const struct {
		const char	*which, *value, *can;
		bool		 settable;
		enum result	 result;
		const char	*told;
	} rows[] = {
		{ "start", "0", DEVICE_COUNTS, false, R_DONE, "load.on\n" },
		{ "start", "60", DEVICE_COUNTS, false, R_DONE, "load.on.delay 60\n" },
		{ "start", "60", "load.on.delay", true, R_DONE, "ups.delay.start 60\nload.on.delay\n" },
		{ "start", "0", "load.on.delay", false, R_DONE, "load.on.delay\n" },
		{ "start", "60", "load.on", false, R_DONE, "" },
		{ "start", "60", "load.off", false, R_UNKNOWN, "" },
		{ "reboot", "10", DEVICE_COUNTS, false, R_DONE, "shutdown.reboot 10\n" },
		{ "reboot", "300", DEVICE_COUNTS, false, R_DONE, "shutdown.reboot 300\n" },
		{ "reboot", "301", DEVICE_COUNTS, false, R_INVALID, "" },
		{ "reboot", "10", "load.off load.on.delay=1", false, R_DONE, "load.on.delay 10\nload.off\n" },
		{ "reboot", "10", "shutdown.reboot", true, R_DONE, "ups.delay.start 10\nshutdown.reboot\n" },
		{ "reboot", "10", "shutdown.reboot", false, R_INVALID, "" },
		{ "reboot", "10", PLAIN, false, R_DONE, "load.off\n" },
		{ "reboot", "10", "shutdown.return=1", true, R_DONE, "ups.delay.start 10\nshutdown.return 1\n" },
		{ "reboot", "10", "load.on", false, R_UNKNOWN, "" },
	};
	struct world	 w;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		reset(NULL);
		ups.settable = rows[i].settable;
		begin(&w, QUIET, rows[i].can);
		set_timer(&w, rows[i].which, rows[i].value);
		elapse(w.loop, 10);
		if (w.result != rows[i].result || strcmp(buf_text(&ups.told), rows[i].told) != 0)
			fail_msg("row %zu, %s %s of %s: %s, told \"%s\"", i, rows[i].which, rows[i].value, rows[i].can,
			    result_text(w.result), buf_text(&ups.told));
		finish(&w);
	}
}

/* -- counting ------------------------------------------------------------------------------ */

static void
the_device_counts_and_shows_it(void **state)
{
	struct world	 w;

	ups.shows = true;
	begin(&w, QUIET, DEVICE_COUNTS);
	assert_int_equal(timer(&w, "shutdown"), -1);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "load.off.delay 30\n");
	assert_string_equal(w.detail, "the device counts 30 s");
	assert_string_equal(counter(&w, "shutdown"), "device");
	assert_int_equal(timer(&w, "shutdown"), 30);
	elapse(w.loop, 10000);
	assert_in_range(timer(&w, "shutdown"), 19, 22);	/* as polled */
	assert_null(kept_get(w.kept, "ups1/shutdown/off"));
	ups.off_at = 0;					/* somebody stopped it there */
	elapse(w.loop, 4000);
	assert_int_equal(timer(&w, "shutdown"), -1);
	finish(&w);
}

static void
a_device_that_shows_nothing_is_reckoned(void **state)
{
	struct world	 w;

	begin(&w, QUIET, DEVICE_COUNTS);
	assert_int_equal(timer(&w, "shutdown"), -2);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "load.off.delay 30\n");
	elapse(w.loop, 9500);
	assert_int_equal(timer(&w, "shutdown"), 21);
	elapse(w.loop, 25000);
	assert_true(ups.off);
	assert_int_equal(timer(&w, "shutdown"), -2);
	assert_string_equal(counter(&w, "shutdown"), "");
	finish(&w);
}

/* Asked for 100 s, set to 120, and counting 180. */
static void
the_real_delay_is_shown(void **state)
{
	struct world	 w;

	ups.settable = true;
	begin(&w, QUIET, "load.off.delay");
	ups.coarse = 180;
	set_timer(&w, "shutdown", "100 output off");
	expect(&w, R_DONE, "ups.delay.shutdown 120\nload.off.delay\n");
	elapse(w.loop, 3000);
	assert_in_range(timer(&w, "shutdown"), 175, 178);
	elapse(w.loop, 178000);
	assert_int_equal(timer(&w, "shutdown"), -2);
	finish(&w);
}

static void
busbard_counts_second_by_second(void **state)
{
	struct world	 w;
	int64_t		 left;

	begin(&w, QUIET, PLAIN);
	set_timer(&w, "shutdown", "20 output off");
	assert_int_equal(w.answers, 1);
	assert_string_equal(w.detail, "busbard counts 20 s");
	assert_string_equal(counter(&w, "shutdown"), "busbard");
	elapse(w.loop, 500);
	for (left = 20; left > 0; left--) {
		assert_int_equal(timer(&w, "shutdown"), left);
		expect_told("");
		elapse(w.loop, 1000);
	}
	expect_told("load.off\n");
	assert_true(ups.off);
	assert_int_equal(timer(&w, "shutdown"), -2);
	assert_null(kept_get(w.kept, "ups1/shutdown/off"));
	finish(&w);
}

static void
mains_that_fail_meanwhile_make_it_return(void **state)
{
	struct world	 w;

	begin(&w, QUIET, "load.off shutdown.return");
	set_timer(&w, "shutdown", "20 output on");
	expect(&w, R_DONE, "");
	ups.battery = true;
	elapse(w.loop, 21000);
	expect_told("shutdown.return\n");
	finish(&w);
}

static void
a_start_waits_for_mains(void **state)
{
	struct world	 w;

	ups.battery = ups.off = true;
	begin(&w, QUIET, PLAIN);
	set_timer(&w, "start", "5");
	expect(&w, R_DONE, "");
	elapse(w.loop, 30000);
	expect_told("");
	assert_int_equal(timer(&w, "start"), 0);
	assert_string_equal(counter(&w, "start"), "busbard");
	ups.battery = false;
	elapse(w.loop, 3000);
	expect_told("load.on\n");
	assert_int_equal(timer(&w, "start"), -2);
	finish(&w);
}

/* Many SNMP cards show "off" as the source of the output, and then neither OL nor OB. */
static void
one_that_says_only_off_is_started(void **state)
{
	struct world	 w;

	ups.off = ups.terse = true;
	begin(&w, QUIET, PLAIN);
	set_timer(&w, "start", "5");
	elapse(w.loop, 30000);
	expect_told("");
	ups.volts = 230;
	elapse(w.loop, 3000);
	expect_told("load.on\n");
	set_timer(&w, "reboot", "10");
	elapse(w.loop, 15000);
	expect_told("load.off\nload.on\n");
	finish(&w);
}

static void
a_reboot_that_busbard_counts_comes_back(void **state)
{
	struct world	 w;

	begin(&w, QUIET, PLAIN);
	set_timer(&w, "reboot", "10");
	expect(&w, R_DONE, "load.off\n");
	assert_in_range(timer(&w, "reboot"), 9, 10);
	assert_non_null(kept_get(w.kept, "ups1/shutdown/on"));
	set_timer(&w, "reboot", "-1");			/* it is off already */
	assert_int_equal(w.result, R_BUSY);
	set_timer(&w, "start", "-1");
	assert_int_equal(w.result, R_BUSY);
	ups.failures = 2;				/* and tried again */
	elapse(w.loop, 25000);
	expect_told("load.on\nload.on\nload.on\n");
	assert_false(ups.off);
	assert_null(kept_get(w.kept, "ups1/shutdown/on"));
	set_timer(&w, "reboot", "-1");
	assert_int_equal(w.result, R_DONE);
	finish(&w);
}

/* -- taking back, and races -------------------------------------------------------------------- */

static void
minus_one_cancels(void **state)
{
	struct world	 w;

	begin(&w, QUIET, DEVICE_COUNTS);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "load.off.delay 30\n");
	set_timer(&w, "shutdown", "-1");
	expect(&w, R_DONE, "shutdown.stop\n");
	assert_int_equal(timer(&w, "shutdown"), -2);
	elapse(w.loop, 60000);
	assert_false(ups.off);
	set_timer(&w, "start", "30");
	expect(&w, R_DONE, "load.on.delay 30\n");
	set_timer(&w, "start", "-1");
	expect(&w, R_DONE, "load.on.delay -1\n");
	assert_int_equal(timer(&w, "start"), -2);
	finish(&w);

	begin(&w, QUIET, PLAIN);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "");
	assert_non_null(kept_get(w.kept, "ups1/shutdown/off"));
	ups.dead = true;				/* what busbard counts can be cancelled without the device */
	elapse(w.loop, 20000);
	assert_int_equal(device_state(w.device), DEVICE_STALE);
	set_timer(&w, "shutdown", "-1");
	expect(&w, R_DONE, "");
	assert_null(kept_get(w.kept, "ups1/shutdown/off"));
	elapse(w.loop, 60000);
	expect_told("");
	ups.dead = false;
	finish(&w);
}

static void
what_the_device_cannot_stop_is_not_taken_back(void **state)
{
	struct world	 w;

	ups.settable = ups.shows = true;
	begin(&w, QUIET, "shutdown.stayoff");
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "ups.delay.shutdown 60\nshutdown.stayoff\n");
	set_timer(&w, "shutdown", "-1");
	expect(&w, R_BUSY, "");
	finish(&w);
}

/* Two managers: the last one counts, and the first hears of it. */
/* Who is told that it was not stopped must not see that nothing runs. */
static void
what_was_not_stopped_still_runs(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", DEVICE_COUNTS);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "load.off.delay 30\n");
	ups.failures = 1;
	set_timer(&w, "shutdown", "-1");
	expect(&w, R_FAILED, "shutdown.stop\n");
	assert_in_range(timer(&w, "shutdown"), 29, 30);
	set_timer(&w, "shutdown", "-1");
	expect(&w, R_DONE, "shutdown.stop\n");
	assert_int_equal(timer(&w, "shutdown"), -2);
	finish(&w);
}

static void
a_newer_order_replaces_the_older(void **state)
{
	struct world	 w, first = { .answers = 0 };
	struct ask	 slow = { .kind = REQUEST_TIMER, .name = VAR_UPS_TIMER_SHUTDOWN, .value = "30 output off",
			    .origin = "snmp ups1" };

	begin(&w, QUIET, PLAIN);
	ask(&w, REQUEST_TIMER, "ups.delay.shutdown", "0", false);	/* no timer, and no reboot either */
	expect(&w, R_INVALID, "");
	set_timer(&w, "shutdown", "30 output off");
	set_timer(&w, "shutdown", "60 output off");
	elapse(w.loop, 40000);
	expect_told("");
	assert_int_equal(timer(&w, "shutdown"), 20);
	elapse(w.loop, 21000);
	expect_told("load.off\n");
	finish(&w);

	ups.off = false;
	begin(&w, QUIET, DEVICE_COUNTS);
	ups.hang = true;
	device_ask(w.device, &slow, on_result, &first);
	elapse(w.loop, 10);
	set_timer(&w, "shutdown", "-1");
	assert_int_equal(first.answers, 1);
	assert_int_equal(first.result, R_FAILED);
	assert_string_equal(first.detail, "cancelled by snmp ups1");
	finish(&w);
}

/* The device takes 60 s, and no more than 300: busbard counts the rest, and not behind the power's end. */
static void
a_later_order_stops_what_the_device_counts(void **state)
{
	struct world	 w;

	ups.settable = ups.automatic = true;
	begin(&w, QUIET, "load.off load.off.delay shutdown.stop");
	set_timer(&w, "shutdown", "60 output off");
	expect(&w, R_DONE, "ups.delay.shutdown 60\nload.off.delay\n");
	set_timer(&w, "shutdown", "3600 output off");
	expect(&w, R_DONE, "shutdown.stop\n");
	assert_string_equal(counter(&w, "shutdown"), "busbard");
	elapse(w.loop, 3500000);
	expect_told("");
	elapse(w.loop, 200000);
	expect_told("load.off\n");
	finish(&w);

	ups.off = false;
	begin(&w, QUIET, "load.off load.off.delay");
	set_timer(&w, "shutdown", "60 output off");
	expect(&w, R_DONE, "ups.delay.shutdown 60\nload.off.delay\n");
	set_timer(&w, "shutdown", "3600 output off");
	expect(&w, R_BUSY, "");
	finish(&w);
}

static void
what_a_device_refuses_is_over(void **state)
{
	struct world	 w;

	begin(&w, QUIET, DEVICE_COUNTS);
	ups.failures = 1;
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_FAILED, "load.off.delay 30\n");
	assert_int_equal(timer(&w, "shutdown"), -2);
	ups.dead = true;
	elapse(w.loop, 20000);
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_GONE, "");
	set_timer(&w, "shutdown", "-1");		/* nothing runs */
	expect(&w, R_DONE, "");
	finish(&w);
}

/* -- forced shutdown ------------------------------------------------------------------------------ */

static void
clients_are_told_first_and_until_it_is_over(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", PLAIN);
	logins(&w, 2);
	set_timer(&w, "shutdown", "30 output on");
	assert_true(has_fsd(&w));
	expect(&w, R_DONE, "");
	logins(&w, 0);
	elapse(w.loop, 29000);
	expect_told("");				/* they have all of the delay */
	elapse(w.loop, 2000);
	expect_told("load.off\n");
	assert_true(has_flag(&w, FLAG_OUTPUT_OFF_AS_REQUESTED));
	assert_false(has_flag(&w, FLAG_AWAITING_POWER));
	ups.battery = true;
	elapse(w.loop, 4000);
	assert_true(has_flag(&w, FLAG_AWAITING_POWER));
	ups.battery = false;
	set_timer(&w, "shutdown", "-1");		/* too late */
	assert_int_equal(w.result, R_DONE);
	elapse(w.loop, 200000);
	assert_true(has_fsd(&w));			/* off still */
	ups.off = false;
	elapse(w.loop, 58000);
	assert_false(has_flag(&w, FLAG_OUTPUT_OFF_AS_REQUESTED));
	assert_true(has_fsd(&w));
	elapse(w.loop, 6000);
	assert_false(has_fsd(&w));
	finish(&w);
}

static void
a_cancelled_shutdown_lets_it_clear(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", PLAIN);
	set_timer(&w, "shutdown", "300 output on");
	elapse(w.loop, 200000);
	assert_true(has_fsd(&w));			/* a timer of ours runs */
	set_timer(&w, "shutdown", "-1");
	elapse(w.loop, 59000);
	assert_true(has_fsd(&w));			/* clients never un-decide */
	elapse(w.loop, 4000);
	assert_false(has_fsd(&w));
	finish(&w);
}

static void
a_device_that_does_nothing_is_told_of(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", "load.off.delay=1 shutdown.stop");
	set_timer(&w, "shutdown", "30 output off");
	expect(&w, R_DONE, "load.off.delay 30\n");
	ups.off_at = 0;
	elapse(w.loop, 80000);
	assert_true(has_fsd(&w));
	elapse(w.loop, 15000);
	assert_non_null(strstr(ups.last, "it still feeds its output"));
	elapse(w.loop, 70000);
	assert_false(has_fsd(&w));
	finish(&w);
}

/* Whoever turned it off, it is off as was asked, and what FSD waits for is the same. */
static void
what_goes_past_the_queue_counts_too(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", PLAIN);
	ask(&w, REQUEST_FSD, "ups.status", NULL, false);
	command(&w, "load.off", NULL);
	expect(&w, R_DONE, "load.off\n");
	elapse(w.loop, 3000);
	assert_true(has_flag(&w, FLAG_OUTPUT_OFF_AS_REQUESTED));
	elapse(w.loop, 200000);
	assert_true(has_fsd(&w));
	command(&w, "load.on", NULL);
	expect(&w, R_DONE, "load.on\n");
	elapse(w.loop, 4000);
	assert_false(has_flag(&w, FLAG_OUTPUT_OFF_AS_REQUESTED));
	elapse(w.loop, 62000);
	assert_false(has_fsd(&w));
	finish(&w);
}

/* -- NUT's commands --------------------------------------------------------------------------------- */

static void
commands_of_nut_go_the_same_way(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", DEVICE_COUNTS);
	command(&w, "shutdown.return", "40");
	expect(&w, R_DONE, "shutdown.return 40\n");
	assert_true(has_fsd(&w));
	assert_in_range(timer(&w, "shutdown"), 39, 40);
	command(&w, "shutdown.stop", NULL);
	expect(&w, R_DONE, "shutdown.stop\n");
	assert_int_equal(timer(&w, "shutdown"), -2);
	command(&w, "load.off.delay", "soon");
	expect(&w, R_INVALID, "");
	command(&w, "load.on.delay", "7");
	expect(&w, R_DONE, "load.on.delay 7\n");
	set_timer(&w, "start", "-1");			/* whoever asked */
	expect(&w, R_DONE, "load.on.delay -1\n");
	finish(&w);

	begin(&w, UPS "}", "load.off shutdown.return=2");
	command(&w, "shutdown.return", "cs");		/* only the driver knows what it means */
	expect(&w, R_DONE, "shutdown.return cs\n");
	finish(&w);
}

/* A command without a delay: hosts that are logged in have hostsync to go, and no longer than they need. */
static void
a_command_without_a_delay_waits_for_hosts(void **state)
{
	struct world	 w;

	begin(&w, UPS "}", "shutdown.return=2");
	command(&w, "shutdown.return", NULL);		/* nobody is there */
	expect(&w, R_DONE, "shutdown.return\n");
	finish(&w);

	begin(&w, UPS "}\nnut { hostsync = 20 }", "shutdown.return=2");
	logins(&w, 2);
	command(&w, "shutdown.return", NULL);
	assert_true(has_fsd(&w));
	assert_int_equal(w.answers, 1);
	assert_string_equal(w.detail, "hosts have 20 s to go");
	assert_non_null(kept_get(w.kept, "ups1/shutdown/off"));
	elapse(w.loop, 19000);
	expect_told("");
	elapse(w.loop, 1100);
	expect_told("shutdown.return\n");
	assert_null(kept_get(w.kept, "ups1/shutdown/off"));
	finish(&w);

	begin(&w, UPS "}\nnut { hostsync = 20 }", "shutdown.return=2");
	logins(&w, 2);
	command(&w, "shutdown.return", NULL);
	elapse(w.loop, 3000);
	logins(&w, 0);
	expect(&w, R_DONE, "shutdown.return\n");
	finish(&w);

	ups.settable = true;				/* 120 s of its own are enough */
	begin(&w, UPS "}\nnut { hostsync = 20 }", "shutdown.return");
	logins(&w, 2);
	command(&w, "shutdown.return", NULL);
	expect(&w, R_DONE, "shutdown.return\n");
	finish(&w);

	begin(&w, QUIET, "shutdown.return=2");		/* nobody is told, so nobody is waited for */
	logins(&w, 2);
	command(&w, "shutdown.return", NULL);
	expect(&w, R_DONE, "shutdown.return\n");
	finish(&w);
}

/* -- another life -------------------------------------------------------------------------------------- */

/* What an order left with the disk, due in so many seconds; boot: in place of this one's, or NULL.  Malloc'd. */
static char *
kept_text(const char *which, int64_t due_in, const char *boot)
{
	struct world	 w;
	char		*text, place[40], this_boot[64], rest[128];
	int		 kind;
	int64_t		 due;

	begin(&w, QUIET, PLAIN);
	set_timer(&w, strcmp(which, "off") == 0 ? "shutdown" : "reboot", "60 output off");
	elapse(w.loop, 10);
	text = xasprintf("ups1/shutdown/%s", which);
	assert_int_equal(sscanf(kept_get(w.kept, text), "%39[0-9a-f ]%n", place, &kind), 1);
	free(text);
	text = xstrdup(kept_get(w.kept, strcmp(which, "off") == 0 ? "ups1/shutdown/off" : "ups1/shutdown/on"));
	finish(&w);
	assert_int_equal(sscanf(text + 34, "%d %" SCNd64 " %63s %127[^\n]", &kind, &due, this_boot, rest), 4);
	snprintf(place, sizeof(place), "%.34s", text);
	free(text);
	ups.off = false;
	buf_clear(&ups.told);
	return xasprintf("%s%d %" PRId64 " %s %s", place, kind, (int64_t)time(NULL) + due_in,
	    boot != NULL ? boot : this_boot, rest);
}

static void
an_order_goes_on_in_the_same_boot(void **state)
{
	struct world	 w;
	char		*text = kept_text("off", 30, NULL);

	begin_kept(&w, UPS "}", "ups1/shutdown/off", text);
	assert_true(has_fsd(&w));			/* which is never on disk */
	assert_in_range(timer(&w, "shutdown"), 28, 30);
	elapse(w.loop, 31000);
	expect_told("load.off\n");
	finish(&w);
	free(text);
}

static void
nothing_goes_off_late_or_after_a_boot_or_elsewhere(void **state)
{
	static const struct { int64_t due_in; const char *boot, *configuration, *why; } rows[] = {
		{ -1, NULL, UPS "}", "busbard was away when it was due" },
		{ -100, NULL, UPS "}", "busbard was away when it was due" },
		{ 30, "another", UPS "}", "the host was started again meanwhile" },
		{ 30, NULL, "device ups1 { driver = fake port = y }", "the device is another one" },
	};
	struct world	 w;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		char	*text = kept_text("off", rows[i].due_in, rows[i].boot);

		begin_kept(&w, rows[i].configuration, "ups1/shutdown/off", text);
		if (strstr(ups.last, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, ups.last);
		assert_false(has_fsd(&w));
		assert_int_equal(timer(&w, "shutdown"), -2);
		elapse(w.loop, 60000);
		expect_told("");
		assert_null(kept_get(w.kept, "ups1/shutdown/off"));
		finish(&w);
		free(text);
	}
}

static void
the_way_back_on_comes_late_and_after_a_boot(void **state)
{
	static const struct { int64_t due_in; bool comes; } rows[] = {
		{ 20, true }, { -200, true }, { -OUTLET_LATE_MAX - 10, false },
	};
	struct world	 w;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		char	*text = kept_text("on", rows[i].due_in, "another");

		ups.off = true;
		begin_kept(&w, UPS "}", "ups1/shutdown/on", text);
		elapse(w.loop, 30000);
		expect_told(rows[i].comes ? "load.on\n" : "");
		finish(&w);
		free(text);
	}
}

static void
a_full_disk_holds_up_no_shutdown(void **state)
{
	struct world	 w;

	begin(&w, QUIET, PLAIN);
	w.full = true;
	set_timer(&w, "shutdown", "20 output off");
	expect(&w, R_DONE, "");
	assert_non_null(strstr(ups.last, "cannot be kept"));
	elapse(w.loop, 21000);
	expect_told("load.off\n");
	finish(&w);
}

static void
a_reload_that_changes_the_device_ends_it(void **state)
{
	struct world	 w;

	begin(&w, QUIET, PLAIN);
	set_timer(&w, "shutdown", "60 output off");
	configure(&w, UPS "description = \"a UPS\" }");
	elapse(w.loop, 1000);
	assert_in_range(timer(&w, "shutdown"), 58, 60);	/* the same one */
	configure(&w, "device ups1 { driver = fake port = other }");
	elapse(w.loop, 100000);
	expect_told("");
	assert_null(kept_get(w.kept, "ups1/shutdown/off"));
	set_timer(&w, "shutdown", "60 output off");
	configure(&w, "device ups2 { driver = fake port = x }");
	elapse(w.loop, 100000);
	expect_told("");
	finish(&w);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup(the_command_follows_type_restart_and_mains, reset),
		cmocka_unit_test_setup(starting_and_rebooting, reset),
		cmocka_unit_test_setup(the_device_counts_and_shows_it, reset),
		cmocka_unit_test_setup(a_device_that_shows_nothing_is_reckoned, reset),
		cmocka_unit_test_setup(the_real_delay_is_shown, reset),
		cmocka_unit_test_setup(busbard_counts_second_by_second, reset),
		cmocka_unit_test_setup(mains_that_fail_meanwhile_make_it_return, reset),
		cmocka_unit_test_setup(a_start_waits_for_mains, reset),
		cmocka_unit_test_setup(one_that_says_only_off_is_started, reset),
		cmocka_unit_test_setup(a_reboot_that_busbard_counts_comes_back, reset),
		cmocka_unit_test_setup(minus_one_cancels, reset),
		cmocka_unit_test_setup(what_the_device_cannot_stop_is_not_taken_back, reset),
		cmocka_unit_test_setup(what_was_not_stopped_still_runs, reset),
		cmocka_unit_test_setup(a_newer_order_replaces_the_older, reset),
		cmocka_unit_test_setup(a_later_order_stops_what_the_device_counts, reset),
		cmocka_unit_test_setup(what_a_device_refuses_is_over, reset),
		cmocka_unit_test_setup(clients_are_told_first_and_until_it_is_over, reset),
		cmocka_unit_test_setup(a_cancelled_shutdown_lets_it_clear, reset),
		cmocka_unit_test_setup(a_device_that_does_nothing_is_told_of, reset),
		cmocka_unit_test_setup(what_goes_past_the_queue_counts_too, reset),
		cmocka_unit_test_setup(commands_of_nut_go_the_same_way, reset),
		cmocka_unit_test_setup(a_command_without_a_delay_waits_for_hosts, reset),
		cmocka_unit_test_setup(an_order_goes_on_in_the_same_boot, reset),
		cmocka_unit_test_setup(nothing_goes_off_late_or_after_a_boot_or_elsewhere, reset),
		cmocka_unit_test_setup(the_way_back_on_comes_late_and_after_a_boot, reset),
		cmocka_unit_test_setup(a_full_disk_holds_up_no_shutdown, reset),
		cmocka_unit_test_setup(a_reload_that_changes_the_device_ends_it, reset),
	};

	return cmocka_run_group_tests(tests, NULL, reset);
}
