/* Outlets on virtual time: a PDU that does as it is told, and a disk that keeps what is due later. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "core/log.h"
#include "core/outlets.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

#define OUTLETS	4

static struct {
	bool		 on[OUTLETS + 1];
	bool		 stuck;		/* it takes commands and does nothing */
	bool		 mute;		/* it shows no states */
	bool		 hang;		/* commands are never answered */
	bool		 refuse;	/* commands fail at once */
	bool		 dead;		/* polls fail */
	unsigned	 commands;
	char		 last[64];
	int64_t		 back;		/* of its own cycle of outlet 2: when it is on again; 0: it does not run */
	unsigned	 warnings;
	char		 line[256];	/* the last about an outlet */
} pdu;

static void
pdu_start(struct unit *u)
{
	unsigned	 i;

	for (i = 1; i <= OUTLETS; i++) {
		unit_command(u, outlet_command_var(i, OUTLET_OFF));
		unit_command(u, outlet_command_var(i, OUTLET_ON));
	}
	unit_command(u, outlet_command_var(2, OUTLET_CYCLE));
	unit_command(u, CMD_LOAD_OFF);
	unit_ready(u);
}

static void
pdu_poll(struct unit *u, bool full)
{
	unsigned	 i;

	if (pdu.dead) {
		unit_fail(u, "no answer");
		return;
	}
	if (pdu.back != 0 && unit_now(u) >= pdu.back) {
		pdu.back = 0;
		pdu.on[2] = true;
	}
	for (i = 1; i <= OUTLETS && !pdu.mute; i++)
		unit_put_text(u, var_internf("outlet.%u.status", i), pdu.on[i] ? "on" : "off");
	unit_put_text(u, var_intern("outlet.3.desc"), "db1");
	unit_put_text(u, var_intern("outlet.4.delay.shutdown"), "7");
	unit_status(u, "OL");
	unit_type(u, "pdu");
	unit_done(u);
}

static void
pdu_command(struct unit *u, struct request *r)
{
	unsigned		 outlet;
	enum outlet_command	 command = outlet_command_of(request_name(r), &outlet);

	pdu.commands++;
	snprintf(pdu.last, sizeof(pdu.last), "%s", var_name(request_name(r)));
	if (pdu.hang)
		return;
	if (pdu.refuse) {
		request_done(r, R_FAILED, NULL);
		return;
	}
	if (command == OUTLET_CYCLE && !pdu.stuck)
		pdu.back = unit_now(u) + 20000;
	if (command != OUTLET_NONE && !pdu.stuck)
		pdu.on[outlet] = command == OUTLET_ON;
	request_done(r, R_DONE, NULL);
}

static const struct option options[] = {
	{ .name = "community", .secret = true, .text = "a secret" }, { .name = "version", .text = "none" }, { 0 },
};

static const struct driver driver = {
	.name = "fake", .title = "a PDU", .wire = WIRE_NONE, .poll_ms = 10000, .poll_full_ms = 60000, .size = 1,
	.options = options, .start = pdu_start, .poll = pdu_poll, .command = pdu_command,
};

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
count_line(enum log_level level, const char *line, void *arg)
{
	pdu.warnings += level <= LOG_LEVEL_WARNING;
	if (strncmp(line, "pdu1: outlet ", 13) == 0)
		snprintf(pdu.line, sizeof(pdu.line), "%s", line);
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

static void
run_for(struct world *w, int64_t ms)
{
	elapse(w->loop, ms);
}

#define PDU	"device pdu1 { driver = fake  port = x\n" \
		"outlet db1 { name = \"db1-a\" critical = yes }\n" \
		"outlet 4 { writable = no } outlet 2 { } }"
#define PLAIN	"device pdu1 { driver = fake  port = x }"

/* The first settings, or a reload. */
static void
configure(struct world *w, const char *text)
{
	static const struct driver_facts	 facts[] = { { "fake", 10000, 60000, options }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct settings				*before = w->settings;

	w->settings = settings_parse("t", text, strlen(text), facts, &errors);
	if (w->settings == NULL)
		fail_msg("%s", errors.texts[0]);
	host_apply(w->host, w->settings);
	settings_free(before);
	w->device = model_find(w->model, "pdu1", 4);
}

static void
begin(struct world *w, const char *text, const char *key, const char *kept)
{
	static const struct driver *const	 list[] = { &driver, NULL };
	static const struct wire_backend *const	 none[] = { NULL };

	memset(&pdu, 0, sizeof(pdu));
	memset(pdu.on, 1, sizeof(pdu.on));
	log_to(count_line, NULL);
	*w = (struct world){ .loop = loop_new_virtual(), .model = model_new() };
	w->host = host_new(w->loop, w->model, list, none);
	w->kept = kept_new(w->loop);
	w->disk = timer_new(w->loop, on_disk, w);
	if (key != NULL)
		kept_load(w->kept, key, kept);
	kept_loaded(w->kept, on_write, w);
	host_keep(w->host, w->kept);
	configure(w, text);
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

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->answers++;
	w->result = result;
	snprintf(w->detail, sizeof(w->detail), "%s", detail == NULL ? "" : detail);
}

static void
ask(struct world *w, const char *command, const char *value, bool confirm)
{
	struct ask	 a = { .kind = REQUEST_COMMAND, .name = var_intern(command), .value = value,
	    .origin = "nut admin@::1", .confirm = confirm };

	w->answers = 0;
	device_ask(w->device, &a, on_result, w);
}

/* What is answered at once. */
static enum result
answer(struct world *w, const char *command, const char *value, bool confirm)
{
	ask(w, command, value, confirm);
	assert_int_equal(w->answers, 1);
	return w->result;
}

static struct outlet_said
said(const struct world *w, unsigned outlet)
{
	struct outlet_said	 s;

	outlet_said(device_now(w->device), outlet, &s);
	return s;
}

/* The text with what says that it is of the device as PLAIN has it, as another life kept it.  Malloc'd. */
static char *
of_plain(const char *what, int64_t due, const char *by)
{
	struct world	 w;
	const char	*kept;
	char		*marked;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "60", false);
	run_for(&w, 10);
	kept = kept_get(w.kept, "pdu1/outlet/1");
	assert_non_null(kept);
	marked = xasprintf("%.*s%s %" PRId64 " %s", (int)(strstr(kept, "load.off.delay") - kept), kept, what, due, by);
	finish(&w);
	return marked;
}

/* -- tests ------------------------------------------------------------------------ */

static void
off_is_done_when_the_device_shows_it(void **state)
{
	struct world	 w;

	begin(&w, PDU, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off", NULL, false);
	run_for(&w, 100);
	assert_int_equal(w.answers, 1);
	assert_int_equal(w.result, R_DONE);
	assert_false(pdu.on[1]);
	assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
	assert_int_equal(said(&w, 1).last, OUTLET_OFF);
	assert_int_equal(said(&w, 1).result, OUTLET_OK);
	assert_string_equal(said(&w, 1).origin, "nut admin@::1");
	assert_true(llabs(said(&w, 1).time - time(NULL)) < 100);
	finish(&w);
}

static void
what_the_device_does_not_show_has_failed(void **state)
{
	struct world	 w;

	begin(&w, PDU, NULL, NULL);
	run_for(&w, 100);
	pdu.stuck = true;
	ask(&w, "outlet.1.load.off", NULL, false);
	run_for(&w, OUTLET_SEEN_MS - 1000);
	assert_int_equal(w.answers, 0);
	run_for(&w, 2000);
	assert_int_equal(w.result, R_FAILED);
	assert_string_equal(w.detail, "the device still shows it on");
	assert_int_equal(said(&w, 1).result, OUTLET_FAILED);
	pdu.stuck = false;
	pdu.mute = true;
	ask(&w, "outlet.2.load.off", NULL, false);
	run_for(&w, OUTLET_SEEN_MS + 1000);
	assert_int_equal(w.result, R_TIMEOUT);
	assert_string_equal(w.detail, "the device shows no state of it");
	assert_int_equal(said(&w, 2).result, OUTLET_TIMED_OUT);
	pdu.dead = true;
	ask(&w, "outlet.3.load.on", NULL, false);
	run_for(&w, OUTLET_SEEN_MS + 1000);
	assert_int_equal(w.result, R_TIMEOUT);
	assert_string_equal(w.detail, "there was no news of the device");
	finish(&w);
}

static void
put_back_on(enum result result, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->answers++;
	assert_int_equal(result, R_DONE);
	if (w->answers == 1)	/* in the middle of looking at the others */
		device_ask(w->device, &(struct ask){ .kind = REQUEST_COMMAND, .name = var_intern("outlet.1.load.on"),
		    .origin = "test" }, put_back_on, w);
}

static void
several_are_seen_by_one_look(void **state)
{
	struct world	 w;
	unsigned	 outlet;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	pdu.mute = true;
	for (outlet = 1; outlet <= OUTLETS; outlet++)
		device_ask(w.device, &(struct ask){ .kind = REQUEST_COMMAND, .name = outlet_command_var(outlet, OUTLET_OFF),
		    .origin = "test" }, put_back_on, &w);
	run_for(&w, 1500);
	assert_int_equal(w.answers, 0);
	pdu.mute = false;
	run_for(&w, 5000);
	assert_int_equal(w.answers, OUTLETS + 1);
	assert_true(pdu.on[1]);
	for (outlet = 2; outlet <= OUTLETS; outlet++)
		assert_int_equal(said(&w, outlet).result, OUTLET_OK);
	assert_int_equal(said(&w, 1).last, OUTLET_ON);
	assert_int_equal(said(&w, 1).result, OUTLET_OK);
	finish(&w);
}

static void
a_cycle_is_counted_where_the_device_has_none(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.cycle", NULL, false);
	run_for(&w, 5000);
	assert_int_equal(w.answers, 0);
	assert_false(pdu.on[1]);
	assert_int_equal(said(&w, 1).pending, OUTLET_CYCLE);
	assert_non_null(kept_get(w.kept, "pdu1/outlet/1"));	/* our death leaves nothing off */
	run_for(&w, OUTLET_CYCLE_OFF * 1000);
	assert_int_equal(w.result, R_DONE);
	assert_true(pdu.on[1]);
	assert_int_equal(pdu.commands, 2);
	run_for(&w, 100);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	/* One that the device refuses at once leaves nothing to be ended after a restart. */
	pdu.refuse = true;
	ask(&w, "outlet.1.load.cycle", NULL, false);
	run_for(&w, 100);
	assert_int_equal(w.result, R_FAILED);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	finish(&w);
}

static void
a_cycle_that_the_device_has_is_its_own(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.2.load.cycle", NULL, false);
	run_for(&w, 15000);
	assert_int_equal(w.answers, 0);
	assert_string_equal(pdu.last, "outlet.2.load.cycle");
	run_for(&w, 15000);
	assert_int_equal(w.result, R_DONE);
	assert_int_equal(pdu.commands, 1);
	/* Of an outlet that is off it is our wait, and on. */
	pdu.on[2] = false;
	run_for(&w, 10000);
	ask(&w, "outlet.2.load.cycle", NULL, false);
	run_for(&w, OUTLET_CYCLE_OFF * 1000 + 2000);
	assert_int_equal(w.result, R_DONE);
	assert_string_equal(pdu.last, "outlet.2.load.on");
	/* One that does nothing never goes off. */
	pdu.stuck = true;
	ask(&w, "outlet.2.load.cycle", NULL, false);
	run_for(&w, OUTLET_SEEN_MS + 1000);
	assert_int_equal(w.result, R_FAILED);
	assert_string_equal(w.detail, "the device never showed it off");
	finish(&w);
}

static void
a_delayed_command_waits_and_can_be_cancelled(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "60", false);
	assert_int_equal(w.answers, 0);		/* not before it is safe */
	run_for(&w, 10);
	assert_int_equal(w.result, R_DONE);
	assert_string_equal(w.detail, "it is due in 60 s");
	assert_int_equal(said(&w, 1).pending, OUTLET_DELAYED_OFF);
	assert_int_equal((said(&w, 1).due - loop_now(w.loop)) / 1000, 59);
	assert_int_equal(answer(&w, "outlet.1.load.on", NULL, false), R_BUSY);
	ask(&w, "outlet.1.load.cancel", NULL, false);
	assert_int_equal(w.answers, 0);		/* not before no restart can bring it back */
	assert_int_equal(answer(&w, "outlet.1.load.on", NULL, false), R_BUSY);
	w.answers = 0;
	run_for(&w, 10);
	assert_int_equal(w.answers, 1);
	assert_int_equal(w.result, R_DONE);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
	assert_int_equal(said(&w, 1).result, OUTLET_FAILED);
	run_for(&w, 100000);
	assert_int_equal(pdu.commands, 0);
	assert_int_equal(answer(&w, "outlet.1.load.cancel", NULL, false), R_DONE);
	/* The device's own delay counts where the asker names none. */
	ask(&w, "outlet.4.load.off.delay", NULL, false);
	run_for(&w, 6000);
	assert_int_equal(pdu.commands, 0);
	run_for(&w, 2000);
	assert_false(pdu.on[4]);
	assert_int_equal(said(&w, 4).result, OUTLET_OK);
	run_for(&w, 100);
	assert_null(kept_get(w.kept, "pdu1/outlet/4"));
	finish(&w);
}

static const char *
shown(const struct world *w, const char *name)
{
	const struct value	*v = snapshot_get(device_now(w->device), var_intern(name));
	static char		 room[VALUE_TEXT_MAX];

	return v == NULL ? "" : value_text(v, room);
}

static void
what_pends_is_logged_and_counts_down(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "200", false);
	run_for(&w, 10);
	assert_string_equal(pdu.line, "pdu1: outlet 1: load.off.delay by nut admin@::1: accepted, it is due in 200 s");
	assert_string_equal(shown(&w, "outlet.1.timer.shutdown"), "200");
	assert_string_equal(shown(&w, "outlet.1.timer.start"), "");
	run_for(&w, 100000);
	assert_in_range(strtol(shown(&w, "outlet.1.timer.shutdown"), NULL, 10), 100, 110);
	run_for(&w, 90500);
	assert_in_range(strtol(shown(&w, "outlet.1.timer.shutdown"), NULL, 10), 10, 11);	/* closer, near the end */
	ask(&w, "outlet.1.load.cancel", NULL, false);
	run_for(&w, 10);
	assert_string_equal(shown(&w, "outlet.1.timer.shutdown"), "");
	ask(&w, "outlet.3.load.cycle.delay", "5", false);
	run_for(&w, 10);
	assert_string_equal(shown(&w, "outlet.3.timer.shutdown"), "5");
	assert_string_equal(shown(&w, "outlet.3.timer.start"), "15");
	run_for(&w, 7000);
	assert_false(pdu.on[3]);
	assert_string_equal(shown(&w, "outlet.3.timer.shutdown"), "");
	assert_in_range(strtol(shown(&w, "outlet.3.timer.start"), NULL, 10), 7, 9);
	ask(&w, "outlet.1.load.on.delay", "3", false);
	run_for(&w, 10);
	assert_string_equal(shown(&w, "outlet.1.timer.start"), "3");
	run_for(&w, 20000);
	assert_true(pdu.on[3]);
	assert_string_equal(shown(&w, "outlet.3.timer.start"), "");
	assert_string_equal(shown(&w, "outlet.1.timer.start"), "");
	finish(&w);
}

static void
one_is_cancelled_while_it_goes_to_the_disk(void **state)
{
	struct world	 w;
	unsigned	 before;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "1", false);
	before = w.answers;
	ask(&w, "outlet.1.load.cancel", NULL, false);
	run_for(&w, 10);
	assert_int_equal(before, 0);
	assert_int_equal(w.result, R_DONE);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
	run_for(&w, 100000);
	assert_int_equal(pdu.commands, 0);
	finish(&w);
}

static void
one_is_cancelled_while_the_keeper_is_away(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "60", false);
	run_for(&w, 10);
	assert_int_equal(w.result, R_DONE);
	kept_lost(w.kept);
	ask(&w, "outlet.1.load.cancel", NULL, false);
	run_for(&w, 10);
	assert_int_equal(w.result, R_FAILED);	/* it is, but a restart now would bring it back: said */
	assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
	kept_load(w.kept, "pdu1/outlet/1", "what the disk has still");
	kept_loaded(w.kept, on_write, &w);
	assert_int_equal(w.nwrites, 1);		/* taken away there now */
	run_for(&w, 100000);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	assert_int_equal(pdu.commands, 0);
	finish(&w);
}

static void
what_cannot_be_kept_is_not_taken(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	w.full = true;
	ask(&w, "outlet.1.load.off.delay", "60", false);
	run_for(&w, 2000);
	assert_int_equal(w.result, R_FAILED);
	assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
	run_for(&w, 100000);
	assert_int_equal(pdu.commands, 0);
	finish(&w);
}

static void
what_was_kept_goes_on_after_a_restart(void **state)
{
	struct world	 w;
	char		*text = of_plain("load.off.delay delay", (int64_t)time(NULL) + 30, "0 control uid 0");

	begin(&w, PLAIN, "pdu1/outlet/1", text);
	assert_int_equal(said(&w, 1).pending, OUTLET_DELAYED_OFF);
	run_for(&w, 25000);
	assert_int_equal(pdu.commands, 0);
	run_for(&w, 10000);
	assert_false(pdu.on[1]);
	assert_int_equal(said(&w, 1).result, OUTLET_OK);
	assert_string_equal(said(&w, 1).origin, "control uid 0");
	finish(&w);
	free(text);
}

static void
what_became_due_while_we_were_away_has_failed(void **state)
{
	struct world	 w;
	char		*text = of_plain("load.off.delay delay", (int64_t)time(NULL) - 5, "1 control uid 0");

	begin(&w, PLAIN, "pdu1/outlet/1", text);
	run_for(&w, 60000);
	assert_int_equal(pdu.commands, 0);
	assert_true(pdu.on[1]);
	assert_int_equal(said(&w, 1).last, OUTLET_DELAYED_OFF);
	assert_int_equal(said(&w, 1).result, OUTLET_FAILED);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	finish(&w);
	free(text);
}

static void
a_cycle_cut_short_is_ended_after_a_restart(void **state)
{
	struct world	 w;
	char		*text = of_plain("load.cycle rest", (int64_t)time(NULL) - 60, "0 control uid 0");
	char		*late = of_plain("load.cycle rest", (int64_t)time(NULL) - 3600, "0 control uid 0");

	begin(&w, PLAIN, "pdu1/outlet/1", text);
	pdu.on[1] = false;
	run_for(&w, 20000);
	assert_true(pdu.on[1]);
	assert_int_equal(said(&w, 1).result, OUTLET_OK);
	finish(&w);
	begin(&w, PLAIN, "pdu1/outlet/1", late);
	pdu.on[1] = false;
	run_for(&w, 20000);
	assert_false(pdu.on[1]);
	assert_int_equal(said(&w, 1).result, OUTLET_FAILED);
	finish(&w);
	begin(&w, PLAIN, "pdu1/outlet/1", "nonsense");
	run_for(&w, 20000);
	assert_int_equal(pdu.commands, 0);
	finish(&w);
	free(text);
	free(late);
}

/* The name is the same, and what would be cut is not what was meant. */
static void
what_pends_does_not_follow_a_name(void **state)
{
	static const char *const	 others[] = {
		"device pdu1 { driver = fake  port = y }", "device pdu2 { driver = fake  port = x }",
	};
	struct world			 w;
	size_t				 i;

	for (i = 0; i < nitems(others); i++) {
		begin(&w, PLAIN, NULL, NULL);
		run_for(&w, 100);
		ask(&w, "outlet.1.load.off.delay", "60", false);
		run_for(&w, 100);
		configure(&w, others[i]);
		run_for(&w, 1000);
		assert_null(kept_get(w.kept, "pdu1/outlet/1"));
		configure(&w, PLAIN);
		run_for(&w, 100000);
		assert_int_equal(pdu.commands, 0);
		finish(&w);
	}
}

static void
what_pends_outlives_a_reload_of_other_things(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "60", false);
	run_for(&w, 100);
	configure(&w, "device pdu1 { driver = fake  port = x  description = \"row B\" }");
	run_for(&w, 70000);
	assert_false(pdu.on[1]);
	finish(&w);
}

#define SPOKEN(options)	"device pdu1 { driver = fake  port = x  options = {" options "} }"

/* A reload and a restart judge alike: another secret is the same device, another way to speak to it is not. */
static void
another_secret_is_no_other_device(void **state)
{
	static const char	 before[] = SPOKEN("\"community=a\", \"version=1\""),
				 secret[] = SPOKEN("\"community=b\", \"version=1\""),
				 version[] = SPOKEN("\"community=a\", \"version=2c\"");
	struct world		 w;
	char			*kept;
	unsigned		 i;

	for (i = 0; i < 4; i++) {
		bool		 other = i & 1, restart = i & 2;
		const char	*after = other ? version : secret;

		begin(&w, before, NULL, NULL);
		run_for(&w, 100);
		ask(&w, "outlet.1.load.off.delay", "60", false);
		run_for(&w, 100);
		if (restart) {
			kept = xstrdup(kept_get(w.kept, "pdu1/outlet/1"));
			finish(&w);
			begin(&w, after, "pdu1/outlet/1", kept);
			free(kept);
		} else {
			configure(&w, after);
		}
		run_for(&w, 1000);
		assert_int_equal(said(&w, 1).pending, other ? OUTLET_NONE : OUTLET_DELAYED_OFF);
		run_for(&w, 70000);
		assert_int_equal(pdu.on[1], other);
		finish(&w);
	}
}

static void
what_was_kept_for_another_device_is_not_done(void **state)
{
	static const char	 other[] = "device pdu1 { driver = fake  port = y }";
	struct world		 w;
	char			*off = of_plain("load.off.delay delay", (int64_t)time(NULL) + 30, "0 control uid 0");
	char			*rest = of_plain("load.cycle rest", (int64_t)time(NULL) + 3, "0 control uid 0");

	begin(&w, other, "pdu1/outlet/1", off);
	run_for(&w, 60000);
	assert_int_equal(pdu.commands, 0);
	assert_int_equal(said(&w, 1).result, OUTLET_FAILED);
	assert_null(kept_get(w.kept, "pdu1/outlet/1"));
	finish(&w);
	begin(&w, other, "pdu1/outlet/1", rest);
	run_for(&w, 60000);
	assert_int_equal(pdu.commands, 0);
	finish(&w);
	free(off);
	free(rest);
}

/* What was allowed when it was asked for may not be when it is due. */
static void
a_delayed_command_is_judged_when_it_is_due(void **state)
{
	static const char *const	 sections[] = {
		"device pdu1 { driver = fake  port = x  outlet 1 { critical = yes } }",
		"device pdu1 { driver = fake  port = x  outlet 1 { writable = no } }",
	};
	struct world			 w;
	size_t				 i;

	for (i = 0; i < nitems(sections); i++) {
		begin(&w, PLAIN, NULL, NULL);
		run_for(&w, 100);
		ask(&w, "outlet.1.load.off.delay", "30", false);
		run_for(&w, 100);
		configure(&w, sections[i]);
		run_for(&w, 60000);
		assert_int_equal(pdu.commands, 0);
		assert_int_equal(said(&w, 1).pending, OUTLET_NONE);
		finish(&w);
	}
}

static void
policy_refuses(void **state)
{
	static const struct {
		const char	*command, *value;
		bool		 confirm;
		enum result	 result;
	} rows[] = {
		{ "outlet.3.load.off", NULL, false, R_CONFIRM }, { "outlet.3.load.cycle", NULL, false, R_CONFIRM },
		{ "outlet.3.load.off.delay", "5", false, R_CONFIRM },
		{ "outlet.3.load.cycle.delay", "5", false, R_CONFIRM },
		{ "outlet.4.load.on", NULL, true, R_DENIED }, { "outlet.4.load.off", NULL, true, R_DENIED },
		{ "outlet.4.load.cancel", NULL, true, R_DENIED },
		{ "outlet.5.load.on", NULL, false, R_UNKNOWN }, { "outlet.5.load.cancel", NULL, false, R_UNKNOWN },
		{ "outlet.1.load.off", "5", false, R_INVALID }, { "outlet.1.load.off.delay", "soon", false, R_INVALID },
		{ "outlet.1.load.off.delay", "-1", false, R_INVALID },
		{ "outlet.1.load.off.delay", "86401", false, R_INVALID },
		{ "outlet.1.load.off.delay", "1.5", false, R_INVALID },
		{ "load.off", NULL, true, R_DENIED },	/* outlet 4 is not to be switched */
	};
	struct world	 w;
	size_t		 i;

	begin(&w, PDU, NULL, NULL);
	assert_int_equal(answer(&w, "outlet.1.load.off", NULL, false), R_GONE);	/* not fresh yet */
	run_for(&w, 100);
	assert_true(said(&w, 3).critical);
	assert_true(said(&w, 4).readonly);
	assert_string_equal(snapshot_text(device_now(w.device), var_intern("outlet.3.name")), "db1-a");
	for (i = 0; i < nitems(rows); i++)
		if (answer(&w, rows[i].command, rows[i].value, rows[i].confirm) != rows[i].result)
			fail_msg("%s: %s", rows[i].command, result_text(w.result));
	run_for(&w, 1000);
	assert_int_equal(pdu.commands, 0);
	ask(&w, "outlet.3.load.off", NULL, true);
	run_for(&w, 1000);
	assert_int_equal(w.result, R_DONE);
	finish(&w);
}

static void
a_flood_of_refusals_is_no_flood_of_lines(void **state)
{
	struct world	 w;
	struct buf	 counters = { 0 };
	unsigned	 before;
	int		 i;

	begin(&w, PDU, NULL, NULL);
	run_for(&w, 100);
	before = pdu.warnings;
	for (i = 0; i < 100; i++)
		answer(&w, "outlet.4.load.off", NULL, false);
	assert_int_equal(pdu.warnings, before + 1);
	answer(&w, "outlet.3.load.off", NULL, false);		/* another cause */
	assert_int_equal(pdu.warnings, before + 2);
	run_for(&w, 61000);
	answer(&w, "outlet.4.load.off", NULL, false);
	assert_int_equal(pdu.warnings, before + 3);
	/* a SET over SNMP is tried first, and is refused then; what the engine itself tries is nobody's affair */
	device_ask(w.device, &(struct ask){ .kind = REQUEST_COMMAND, .name = var_intern("outlet.3.load.off"), .origin = "snmp",
	    .test = true }, on_result, &w);
	device_ask(w.device, &(struct ask){ .kind = REQUEST_COMMAND, .name = var_intern("outlet.3.load.off"), .origin = "snmp",
	    .test = true, .quiet = true }, on_result, &w);
	host_put_refusals(w.host, &counters);
	assert_non_null(strstr(buf_text(&counters), "requests.denied 101\nrequests.unconfirmed 2\nrequests.busy 0\n"));
	buf_free(&counters);
	finish(&w);
}

static void
a_try_does_nothing(void **state)
{
	struct world	 w;
	struct ask	 a = { .kind = REQUEST_COMMAND, .name = var_intern("outlet.1.load.off"), .origin = "snmp",
	    .test = true };

	begin(&w, PDU, NULL, NULL);
	run_for(&w, 100);
	device_ask(w.device, &a, on_result, &w);
	assert_int_equal(w.result, R_DONE);
	a.name = var_intern("outlet.3.load.off");
	device_ask(w.device, &a, on_result, &w);
	assert_int_equal(w.result, R_CONFIRM);
	run_for(&w, 20000);
	assert_int_equal(pdu.commands, 0);
	assert_int_equal(said(&w, 1).last, OUTLET_NONE);
	finish(&w);
}

static void
one_command_pends_at_a_time_and_others_go_on(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	pdu.hang = true;
	ask(&w, "outlet.1.load.off", NULL, false);
	assert_int_equal(said(&w, 1).pending, OUTLET_OFF);
	assert_int_equal(said(&w, 1).result, OUTLET_PENDING);
	assert_int_equal(answer(&w, "outlet.1.load.cancel", NULL, false), R_BUSY);	/* it is with the device */
	assert_int_equal(answer(&w, "outlet.1.load.off", NULL, false), R_BUSY);
	run_for(&w, 70000);
	assert_int_equal(w.result, R_TIMEOUT);		/* the driver hung; what was asked first is over */
	pdu.hang = false;
	run_for(&w, 10000);
	ask(&w, "outlet.1.load.off", NULL, false);
	run_for(&w, 1000);
	assert_int_equal(w.result, R_DONE);
	finish(&w);
}

static void
its_end_leaves_nothing_behind(void **state)
{
	struct world	 w;

	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	ask(&w, "outlet.1.load.off.delay", "60", false);	/* on its way to the disk */
	finish(&w);
	begin(&w, PLAIN, NULL, NULL);
	run_for(&w, 100);
	pdu.hang = true;
	ask(&w, "outlet.1.load.cycle", NULL, false);
	run_for(&w, 10);
	finish(&w);
	assert_int_equal(w.result, R_TIMEOUT);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(off_is_done_when_the_device_shows_it),
		cmocka_unit_test(what_the_device_does_not_show_has_failed),
		cmocka_unit_test(several_are_seen_by_one_look),
		cmocka_unit_test(a_cycle_is_counted_where_the_device_has_none),
		cmocka_unit_test(a_cycle_that_the_device_has_is_its_own),
		cmocka_unit_test(a_delayed_command_waits_and_can_be_cancelled),
		cmocka_unit_test(one_is_cancelled_while_it_goes_to_the_disk),
		cmocka_unit_test(one_is_cancelled_while_the_keeper_is_away),
		cmocka_unit_test(what_pends_is_logged_and_counts_down),
		cmocka_unit_test(what_cannot_be_kept_is_not_taken),
		cmocka_unit_test(what_was_kept_goes_on_after_a_restart),
		cmocka_unit_test(what_pends_does_not_follow_a_name),
		cmocka_unit_test(what_pends_outlives_a_reload_of_other_things),
		cmocka_unit_test(another_secret_is_no_other_device),
		cmocka_unit_test(what_was_kept_for_another_device_is_not_done),
		cmocka_unit_test(a_delayed_command_is_judged_when_it_is_due),
		cmocka_unit_test(what_became_due_while_we_were_away_has_failed),
		cmocka_unit_test(a_cycle_cut_short_is_ended_after_a_restart),
		cmocka_unit_test(policy_refuses),
		cmocka_unit_test(a_flood_of_refusals_is_no_flood_of_lines),
		cmocka_unit_test(a_try_does_nothing),
		cmocka_unit_test(one_command_pends_at_a_time_and_others_go_on),
		cmocka_unit_test(its_end_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
