/* The driver host on virtual time, with a driver that does as it is told. */
#include <stdio.h>

#include "core/log.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

/* What the driver under test does next, and what it was asked. */
static struct script {
	bool		 hang, fail, fail_start, later;
	bool		 drop_load;	/* no longer gives ups.load */
	bool		 fail_full;	/* full polls alone */
	const char	*status;	/* NULL: the usual one */
	unsigned	 starts, quick, full, stops, commands, woken;
	struct unit	*unit;		/* with an operation open */
	struct request	*request;
	enum var	 command;	/* the last */
	unsigned	 lines;		/* of warnings in the log */
} script;

struct state {
	bool	 used;
};

static void
fake_start(struct unit *u)
{
	struct state	*s = unit_state(u);

	assert_false(s->used);		/* fresh at every start */
	s->used = true;
	script.starts++;
	script.unit = u;
	if (script.hang)
		return;
	if (script.fail_start) {
		unit_fail(u, "no answer");
		return;
	}
	unit_command(u, CMD_LOAD_OFF);
	unit_settable(u, &(struct settable){ .var = VAR_INPUT_TRANSFER_LOW,
	    .ranges = &(struct range){ value_number(160, 0), value_number(200, 0) }, .nranges = 1 });
	unit_settable(u, &(struct settable){ .var = VAR_UPS_ID, .maxlen = 4 });
	unit_ready(u);
}

static void
fake_poll(struct unit *u, bool full)
{
	*(full ? &script.full : &script.quick) += 1;
	script.unit = u;
	if (script.hang)
		return;
	if (script.fail || (full && script.fail_full)) {
		unit_put(u, VAR_BATTERY_CHARGE, value_number(1, 0));	/* void: the round fails */
		unit_fail(u, "no answer");
		return;
	}
	if (script.status != NULL) {
		unit_put_text(u, VAR_UPS_STATUS, script.status);
	} else {
		unit_status(u, "OL CHRG");
		unit_status(u, "CHRG RB");
	}
	unit_put(u, VAR_BATTERY_CHARGE, value_number(975, 1));
	if (!script.drop_load)
		unit_put_text(u, VAR_UPS_LOAD, "014");
	if (full)
		unit_put_text(u, VAR_UPS_MFR, "ACME");
	if (script.later)
		return;
	unit_done(u);
}

static void
fake_command(struct unit *u, struct request *r)
{
	script.commands++;
	script.command = request_name(r);
	script.request = r;
	if (script.hang)
		return;
	request_done(r, R_DONE, NULL);
}

static void
fake_woken(struct unit *u)
{
	script.woken++;
	unit_status(u, "OB");
	unit_done(u);
}

static void
fake_stop(struct unit *u)
{
	script.stops++;
	script.unit = NULL;
}

static const struct driver fake = {
	.name = "fake", .title = "does as it is told", .wire = WIRE_NONE,
	.poll_ms = 2000, .poll_full_ms = 30000, .size = sizeof(struct state),
	.start = fake_start, .poll = fake_poll, .command = fake_command, .woken = fake_woken,
	.stop = fake_stop,
};

/* A source that speaks for several devices: ship holds what it says of each in the next poll. */
enum say { NOTHING, ALL, SAME, IS_STALE, IS_WAITING, IS_GONE };

static struct {
	const char	*suffix;
	enum say	 say;
	bool		 offered, same;		/* what the host answered */
} ship[4];

static const char	*addressed;		/* by the last command */

static bool
fleet_own(const struct unit *u)
{
	return unit_option(u, "own") != NULL;
}

static void
fleet_say(struct unit *u, size_t i)
{
	ship[i].offered = unit_device(u, ship[i].suffix);
	if (ship[i].say == ALL) {
		unit_forget_traits(u);
		unit_command(u, CMD_LOAD_OFF);
		unit_put_text(u, VAR_UPS_STATUS, "OL");
		unit_put_text(u, VAR_UPS_ID, ship[i].suffix != NULL ? ship[i].suffix : "own");
		unit_device_done(u);
	} else if (ship[i].say == SAME) {
		ship[i].same = unit_device_same(u);
	} else if (ship[i].say == IS_GONE) {
		unit_device_gone(u);
	} else {
		unit_device_lost(u, ship[i].say == IS_STALE ? DEVICE_STALE : DEVICE_WAITING, "as it said");
	}
}

static void
fleet_poll(struct unit *u, bool full)
{
	size_t	 i;

	for (i = 0; i < nitems(ship); i++)
		if (ship[i].say != NOTHING)
			fleet_say(u, i);
	unit_done(u);
}

static void
fleet_command(struct unit *u, struct request *r)
{
	addressed = request_device(r);
	script.request = r;
	if (!script.hang)
		request_done(r, R_DONE, NULL);
}

static const struct option fleet_options[] = { { "own", NULL, false, "" }, { NULL, NULL, false, NULL } };

static const struct driver fleet = {
	.name = "fleet", .title = "speaks for several", .wire = WIRE_NONE, .options = fleet_options,
	.poll_ms = 2000, .poll_full_ms = 30000, .verbatim = true, .size = 1,
	.own = fleet_own, .start = unit_ready, .poll = fleet_poll, .command = fleet_command,
};

struct world {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;
	struct settings	*settings;
	struct device	*device;
};

static void
count_line(enum log_level level, const char *line, void *arg)
{
	script.lines += level <= LOG_LEVEL_WARNING;
}

static struct settings *
settings_of(const char *text)
{
	static const struct driver_facts	 facts[] = { { "fake", 2000, 30000, NULL },
						    { "fleet", 2000, 30000, fleet_options }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct settings				*s = settings_parse("test", text, strlen(text), facts, &errors);

	if (s == NULL)
		fail_msg("%s", errors.texts[0]);
	return s;
}

static void
apply(struct world *w, const char *text)
{
	struct settings	*before = w->settings;

	w->settings = settings_of(text);
	host_apply(w->host, w->settings);
	settings_free(before);
	w->device = model_find(w->model, "ups1", 4);
}

static struct world *
world_new(const char *text)
{
	static const struct driver *const	 list[] = { &fake, &fleet, NULL };
	static const struct wire_backend *const	 none[] = { NULL };
	struct world				*w = xcalloc(1, sizeof(*w));

	script = (struct script){ 0 };
	memset(ship, 0, sizeof(ship));
	log_to(count_line, NULL);
	w->loop = loop_new_virtual();
	w->model = model_new();
	w->host = host_new(w->loop, w->model, list, none);
	apply(w, text);
	return w;
}

static void
world_free(struct world *w)
{
	host_free(w->host);
	model_free(w->model);
	settings_free(w->settings);
	loop_free(w->loop);
	free(w);
	log_to(NULL, NULL);
}

static void
run_for(struct world *w, int64_t ms)
{
	elapse(w->loop, ms);
}

static const char *
text_of(const struct world *w, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(w->device), var_intern(name));

	return v == NULL ? "(absent)" : value_text(v, room);
}

#define ONE	"device ups1 { driver = fake\n port = x\n description = \"Rack 4\" }"

/* -- what is wrong with settings --------------------------------------------------- */

static char *
picky_check(const struct device_settings *s, const struct driver *d)
{
	return strcmp(s->port, "right") == 0 ? NULL : xasprintf("\"%s\" is no port of %s", s->port, d->name);
}

static bool
fake_knows(const void *knowledge, const char *profile)
{
	return strcmp(profile, "known") == 0;
}

static void
what_only_wires_and_drivers_know_to_be_wrong_is_told(void **state)
{
	static const struct {
		const char	*text, *error;
	} cases[] = {
		{ "port = right", NULL },
		{ "port = right  profile = known", NULL },
		{ "port = right  profile = unknown",
		    "test:2: device a: profile: there is no \"unknown\"; auto finds the one that fits" },
		{ "port = left", "test:2: device a: \"left\" is no port of fake" },
	};
	struct driver				 knowing = fake;
	const struct wire_backend		 picky = { .wire = WIRE_NONE, .check = picky_check };
	const struct driver *const		 list[] = { &knowing, NULL };
	const struct wire_backend *const	 wires[] = { &picky, NULL };
	struct loop				*loop = loop_new_virtual();
	struct model				*model = model_new();
	struct host				*host = host_new(loop, model, list, wires);
	struct conf_errors			 errors = { 0 };
	size_t					 i;

	knowing.knows = fake_knows;
	for (i = 0; i < nitems(cases); i++) {
		char		*text = xasprintf("\ndevice a { driver = fake  %s }", cases[i].text);
		struct settings	*s = settings_of(text);

		assert_int_equal(host_check(host, s, &errors), cases[i].error == NULL);
		assert_int_equal(errors.n, cases[i].error != NULL);
		if (cases[i].error != NULL)
			assert_string_equal(errors.texts[0], cases[i].error);
		conf_errors_free(&errors);
		settings_free(s);
		free(text);
	}
	host_free(host);
	model_free(model);
	loop_free(loop);
}

static bool
means_path(const char *port)
{
	return *port == '/';
}

static void
the_port_tells_which_of_a_drivers_wires(void **state)
{
	static const enum wire			 also[] = { WIRE_SERIAL, WIRE_NONE };
	const struct wire_backend		 line = { .wire = WIRE_SERIAL, .role = "line", .means = means_path };
	const struct wire_backend		 net = { .wire = WIRE_STREAM, .role = "net" };
	const struct wire_backend		 other = { .wire = WIRE_SNMP, .role = "other" };
	const struct wire_backend *const	 wires[] = { &other, &net, &line, NULL };
	struct driver				 several = fake;
	const struct driver *const		 list[] = { &several, NULL };
	struct settings				*s = settings_of("device a { driver = fake  port = \"/dev/ttyS0\" }"
						    "device b { driver = fake  port = \"ups:4001\" }");
	struct loop				*loop = loop_new_virtual();
	struct model				*model = model_new();
	struct host				*host = host_new(loop, model, list, wires);
	char					*at_line, *at_net;

	several.wire = WIRE_STREAM;
	several.also = also;
	at_line = host_text_for(host, s, "line");
	at_net = host_text_for(host, s, "net");
	assert_non_null(strstr(at_line, "/dev/ttyS0"));
	assert_null(strstr(at_line, "ups:4001"));
	assert_non_null(strstr(at_net, "ups:4001"));
	assert_null(host_text_for(host, s, "other"));
	assert_true(driver_speaks_on(&several, WIRE_SERIAL) && driver_speaks_on(&several, WIRE_STREAM));
	assert_false(driver_speaks_on(&several, WIRE_SNMP));
	free(at_line);
	free(at_net);
	host_free(host);
	model_free(model);
	settings_free(s);
	loop_free(loop);
}

/* -- polls --------------------------------------------------------------------------- */

static void
the_first_poll_is_full_and_the_rhythm_holds(void **state)
{
	struct world	*w = world_new(ONE);

	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	run_for(w, 100);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_int_equal(script.full, 1);
	run_for(w, 60000);
	assert_in_range(script.quick, 26, 29);
	assert_in_range(script.full, 2, 3);
	assert_string_equal(text_of(w, "ups.status"), "OL CHRG RB");
	assert_string_equal(text_of(w, "ups.load"), "014");
	assert_string_equal(text_of(w, "battery.charge"), "97.5");
	assert_string_equal(text_of(w, "device.mfr"), "ACME");
	assert_string_equal(text_of(w, "driver.name"), "fake");
	assert_string_equal(text_of(w, REMARK_DESCRIPTION), "Rack 4");
	assert_string_equal(text_of(w, REMARK_DEFAULT), "yes");
	world_free(w);
}

static void
what_a_quick_poll_no_longer_gives_goes_and_what_full_polls_give_stays(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 5000);
	assert_string_equal(text_of(w, "ups.load"), "014");
	script.drop_load = true;
	run_for(w, 4000);
	assert_string_equal(text_of(w, "ups.load"), "(absent)");
	assert_string_equal(text_of(w, "ups.mfr"), "ACME");
	world_free(w);
}

static void
a_failed_round_is_void_and_a_device_goes_stale_in_time(void **state)
{
	struct world	*w = world_new(ONE);
	int64_t		 lost;

	run_for(w, 10000);
	script.fail = true;
	lost = loop_now(w->loop);
	run_for(w, 10000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(text_of(w, "battery.charge"), "97.5");
	while (device_state(w->device) == DEVICE_FRESH)
		loop_once(w->loop, 0);
	assert_in_range(loop_now(w->loop) - lost, 12000, 15001);	/* max-age is 15 s */
	assert_int_equal(script.stops, 1);		/* recognised anew: it may be another device */
	run_for(w, 3600000);
	assert_in_range(script.lines, 1, 2);		/* an hour of silence is no hour of log */
	script.fail = false;
	run_for(w, 40000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

/* It starts well, and its first polls fail: nobody would know why it waits. */
static void
what_never_worked_is_told_once(void **state)
{
	struct world	*w = world_new(ONE);

	script.fail = true;
	run_for(w, 60000);
	assert_true(script.full > 0);
	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	assert_int_equal(script.lines, 1);
	script.fail = false;
	run_for(w, 5000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

static void
an_absent_device_is_tried_ever_more_rarely(void **state)
{
	struct world	*w;

	script.fail_start = true;
	w = world_new(ONE);
	script.fail_start = true;
	run_for(w, 600000);
	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	assert_in_range(script.starts, 15, 40);
	assert_int_equal(script.lines, script.starts > 0);
	script.fail_start = false;
	run_for(w, 40000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

static void
a_driver_that_hangs_is_started_anew(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 5000);
	script.hang = true;
	run_for(w, 130000);
	assert_int_equal(device_state(w->device), DEVICE_STALE);
	assert_in_range(script.stops, 1, 2);
	script.hang = false;
	run_for(w, 150000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

/* Its full polls fail at once: it is neither asked without rest nor lost. */
static void
a_device_whose_full_polls_fail_has_its_quick_ones(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 5000);
	script.fail_full = true;
	run_for(w, 600000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_in_range(script.quick + script.full, 280, 330);
	assert_in_range(script.full, 100, 160);
	script.fail_full = false;
	script.full = 0;
	run_for(w, 60000);
	assert_in_range(script.full, 2, 3);
	world_free(w);
}

static void
another_device_is_started_anew_soon(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 3000);
	script.later = true;
	run_for(w, 2000);			/* a poll is open now */
	script.later = false;
	unit_restart(script.unit);
	assert_int_equal(script.stops, 1);
	run_for(w, 1300);
	assert_int_equal(script.starts, 2);
	assert_int_equal(script.full, 2);
	unit_restart(script.unit);		/* nothing is open */
	assert_int_equal(script.stops, 2);
	run_for(w, 1300);
	assert_int_equal(script.starts, 3);
	world_free(w);
}

static void
a_push_shows_at_once(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 5000);
	unit_wake(script.unit, 0);
	run_for(w, 1);
	assert_int_equal(script.woken, 1);
	assert_string_equal(text_of(w, "ups.status"), "OB");
	assert_string_equal(text_of(w, "ups.mfr"), "ACME");
	world_free(w);
}

/* -- requests -------------------------------------------------------------------------- */

struct answer {
	enum result	 result;
	unsigned	 n;
};

static void
on_result(enum result r, const char *detail, void *arg)
{
	struct answer	*a = arg;

	a->result = r;
	a->n++;
}

static struct answer
ask(struct world *w, enum request_kind kind, enum var name, const char *value)
{
	struct answer	 a = { .result = -1 };
	struct ask	 q = { .kind = kind, .name = name, .value = value, .origin = "test" };

	if (device_ask(w->device, &q, on_result, &a) != NULL)
		run_for(w, 1);
	assert_int_equal(a.n, 1);
	return a;
}

static void
a_request_is_checked_before_the_driver_sees_it(void **state)
{
	static const struct { enum request_kind kind; enum var name; const char *value; enum result result; } rows[] = {
		{ REQUEST_COMMAND, CMD_LOAD_OFF, NULL, R_DONE },
		{ REQUEST_COMMAND, CMD_LOAD_ON, NULL, R_UNKNOWN },
		{ REQUEST_SET, VAR_INPUT_TRANSFER_LOW, "180", R_DONE },
		{ REQUEST_SET, VAR_INPUT_TRANSFER_LOW, "200.0", R_DONE },
		{ REQUEST_SET, VAR_INPUT_TRANSFER_LOW, "200.1", R_INVALID },
		{ REQUEST_SET, VAR_INPUT_TRANSFER_LOW, "low", R_INVALID },
		{ REQUEST_SET, VAR_UPS_ID, "four", R_DONE },
		{ REQUEST_SET, VAR_UPS_ID, "fifth", R_TOO_LONG },
		{ REQUEST_SET, VAR_BATTERY_CHARGE, "5", R_READONLY },
		{ REQUEST_SET, VAR_INPUT_VOLTAGE, "5", R_UNKNOWN },
	};
	struct world	*w = world_new(ONE);
	unsigned	 reached = 0;
	size_t		 i;

	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_LOAD_OFF, NULL).result, R_GONE);	/* not there yet */
	run_for(w, 5000);
	for (i = 0; i < nitems(rows); i++) {
		assert_int_equal(ask(w, rows[i].kind, rows[i].name, rows[i].value).result, rows[i].result);
		reached += rows[i].result == R_DONE;
	}
	assert_int_equal(script.commands, reached);
	world_free(w);
}

static void
a_request_waits_for_the_poll_and_expires_when_it_is_too_long(void **state)
{
	struct world	*w = world_new(ONE);
	struct answer	 a = { .result = -1 }, b = { .result = -1 };
	struct ask	 q = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "test", .expires_ms = 500 };

	run_for(w, 3000);
	script.later = true;
	run_for(w, 2000);			/* a poll is open now */
	assert_non_null(device_ask(w->device, &q, on_result, &a));
	run_for(w, 600);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.result, R_GONE);
	q.expires_ms = 0;
	device_ask(w->device, &q, on_result, &b);
	assert_int_equal(b.n, 0);
	script.later = false;
	unit_done(script.unit);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.result, R_DONE);
	assert_int_equal(script.commands, 1);
	world_free(w);
}

static void
a_removed_device_answers_its_requests(void **state)
{
	struct world	*w = world_new(ONE);
	struct answer	 a = { .result = -1 };
	struct ask	 q = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "test" };

	run_for(w, 5000);
	script.hang = true;
	device_ask(w->device, &q, on_result, &a);
	assert_int_equal(script.commands, 1);
	apply(w, "device other { driver = fake\n port = x }");
	assert_int_equal(a.n, 1);
	assert_int_equal(a.result, R_TIMEOUT);	/* it may have done it */
	assert_null(w->device);
	world_free(w);
}

/* NUT's name for whatever cuts the power, where that is allowed. */
static void
killpower_is_the_first_command_of_the_setting(void **state)
{
	struct world	*w = world_new("device ups1 { driver = fake\n port = x\n "
			    "shutdown = {\"shutdown.return\", \"load.off\"}\n allow-killpower = yes }");
	struct answer	 a = { .result = -1 }, b = { .result = -1 };
	struct ask	 q = { .kind = REQUEST_COMMAND, .name = var_intern("driver.killpower"), .origin = "test" };

	run_for(w, 5000);
	assert_true(traits_can(device_traits(w->device), q.name));
	device_ask(w->device, &q, on_result, &a);
	assert_int_equal(a.result, R_DONE);
	assert_int_equal(script.commands, 1);
	assert_int_equal(script.command, CMD_LOAD_OFF);
	apply(w, "device ups1 { driver = fake\n port = x\n shutdown = {\"load.off\"} }");
	run_for(w, 5000);
	assert_false(traits_can(device_traits(w->device), q.name));
	device_ask(w->device, &q, on_result, &b);
	assert_int_equal(b.result, R_UNKNOWN);
	assert_int_equal(script.commands, 1);
	apply(w, "device ups1 { driver = fake\n port = x\n shutdown = {\"shutdown.return\"}\n allow-killpower = yes }");
	run_for(w, 5000);
	assert_false(traits_can(device_traits(w->device), q.name));
	world_free(w);
}

/* -- configuration ------------------------------------------------------------------------ */

static void
what_did_not_change_is_not_touched(void **state)
{
	struct world	*w = world_new(ONE);
	struct device	*before;

	run_for(w, 5000);
	before = w->device;
	apply(w, "device zzz { driver = fake\n port = y }\n" ONE);
	assert_ptr_equal(w->device, before);
	assert_int_equal(script.stops, 0);
	assert_string_equal(text_of(w, REMARK_DEFAULT), "(absent)");	/* zzz comes first now */
	run_for(w, 1000);
	apply(w, "device ups1 { driver = fake\n port = x\n description = \"Rack 5\" }");
	assert_int_equal(script.stops, 1);				/* zzz went; ups1 was not restarted */
	assert_ptr_equal(w->device, before);
	assert_string_equal(text_of(w, REMARK_DESCRIPTION), "Rack 5");
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	apply(w, "device ups1 { driver = fake\n port = elsewhere }");
	assert_ptr_equal(w->device, before);		/* its NUT logins stay */
	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	assert_int_equal(script.stops, 2);
	run_for(w, 1000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

static void
overrides_and_defaults_are_applied(void **state)
{
	struct world	*w = world_new("device ups1 { driver = fake\n port = x\n"
	    "override = {\"battery.charge=55\", \"ups.id=fix\"}\n default = {\"ups.load=1\", \"ups.model=M\"} }");

	run_for(w, 5000);
	assert_string_equal(text_of(w, "battery.charge"), "55");
	assert_string_equal(text_of(w, "ups.load"), "014");
	assert_string_equal(text_of(w, "ups.model"), "M");
	assert_int_equal(ask(w, REQUEST_SET, VAR_UPS_ID, "x").result, R_READONLY);
	world_free(w);
}

static void
low_battery_follows_its_rule(void **state)
{
	static const struct { const char *rule, *low, *status; } rows[] = {
		{ "device", "99", "OL CHRG RB" },
		{ "thresholds", "99", "OL CHRG RB LB" },
		{ "thresholds", "97.5", "OL CHRG RB" },
		{ "either", "99", "OL CHRG RB LB" },
	};
	char	 text[256];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct world	*w;

		snprintf(text, sizeof(text), "device ups1 { driver = fake\n port = x\n low-battery = %s\n"
		    "override = {\"battery.charge.low=%s\"} }", rows[i].rule, rows[i].low);
		w = world_new(text);
		run_for(w, 5000);
		assert_string_equal(text_of(w, "ups.status"), rows[i].status);
		world_free(w);
	}
}

/* Words that are none, and those that a rule takes away. */
static void
a_status_without_a_word_stays_one(void **state)
{
	static const struct { const char *rule, *status; } rows[] = {
		{ "either", "" }, { "either", " " }, { "thresholds", "LB" },
	};
	char	 text[128];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct world	*w;

		snprintf(text, sizeof(text), "device ups1 { driver = fake\n port = x\n low-battery = %s }",
		    rows[i].rule);
		w = world_new(text);
		script.status = rows[i].status;
		run_for(w, 5000);
		assert_string_equal(text_of(w, "ups.status"), "");
		world_free(w);
	}
}

/* -- several devices ------------------------------------------------------------------------ */

#define SITE	"device site { driver = fleet\n port = x }"

static struct device *
found(const struct world *w, const char *name)
{
	return model_find(w->model, name, strlen(name));
}

static int
state_of(const struct world *w, const char *name)
{
	struct device	*d = found(w, name);

	return d == NULL ? -1 : (int)device_state(d);
}

static void
devices_of_a_source_come_and_go(void **state)
{
	struct world	*w = world_new(SITE);
	struct answer	 a;

	run_for(w, 3000);
	assert_int_equal(model_size(w->model), 0);	/* it is no device itself */
	ship[0].suffix = "a";
	ship[1].suffix = "b";
	ship[0].say = ship[1].say = ALL;
	run_for(w, 3000);
	assert_int_equal(model_size(w->model), 2);
	w->device = found(w, "site-b");
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(text_of(w, "ups.id"), "b");
	assert_string_equal(text_of(w, "driver.name"), "(absent)");
	a = ask(w, REQUEST_COMMAND, CMD_LOAD_OFF, NULL);
	assert_int_equal(a.result, R_DONE);
	assert_string_equal(addressed, "b");
	ship[0].say = IS_GONE;
	run_for(w, 3000);
	ship[0].say = NOTHING;
	assert_null(found(w, "site-a"));
	assert_int_equal(state_of(w, "site-b"), DEVICE_FRESH);
	run_for(w, 20000);
	assert_int_equal(state_of(w, "site-b"), DEVICE_FRESH);
	ship[1].say = NOTHING;				/* said to be neither well nor lost: it ages */
	run_for(w, 20000);
	assert_int_equal(state_of(w, "site-b"), DEVICE_STALE);
	world_free(w);
}

static void
one_device_of_a_source_may_be_lost(void **state)
{
	struct world	*w = world_new(SITE);

	ship[0].suffix = "a";
	ship[1].suffix = "b";
	ship[0].say = ship[1].say = ALL;
	run_for(w, 3000);
	script.lines = 0;
	ship[0].say = IS_STALE;
	run_for(w, 6000);
	assert_int_equal(state_of(w, "site-a"), DEVICE_STALE);
	assert_int_equal(state_of(w, "site-b"), DEVICE_FRESH);
	assert_int_equal(script.lines, 1);
	ship[0].say = SAME;
	run_for(w, 3000);
	assert_true(ship[0].same);
	assert_int_equal(state_of(w, "site-a"), DEVICE_FRESH);
	w->device = found(w, "site-a");
	assert_string_equal(text_of(w, "ups.id"), "a");
	ship[0].say = IS_WAITING;
	run_for(w, 3000);
	assert_int_equal(state_of(w, "site-a"), DEVICE_WAITING);
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_LOAD_OFF, NULL).result, R_GONE);
	ship[0].say = ALL;
	run_for(w, 3000);
	assert_int_equal(state_of(w, "site-a"), DEVICE_FRESH);
	world_free(w);
}

static void
nothing_is_the_same_before_the_first_round(void **state)
{
	struct world	*w = world_new(SITE);

	ship[0].suffix = "a";
	ship[0].say = SAME;
	ship[0].same = true;
	run_for(w, 3000);
	assert_false(ship[0].same);
	assert_int_equal(state_of(w, "site-a"), DEVICE_WAITING);
	world_free(w);
}

static void
the_section_may_be_a_device_itself(void **state)
{
	struct world	*w = world_new("device site { driver = fleet\n port = x\n options = {\"own=1\"} }");

	assert_int_equal(state_of(w, "site"), DEVICE_WAITING);
	ship[0].say = ALL;
	run_for(w, 3000);
	assert_int_equal(state_of(w, "site"), DEVICE_FRESH);
	ship[0].say = IS_STALE;
	run_for(w, 3000);
	assert_int_equal(state_of(w, "site"), DEVICE_STALE);
	apply(w, SITE);
	assert_null(found(w, "site"));
	apply(w, "device site { driver = fleet\n port = x\n options = {\"own=1\"} }");
	assert_int_equal(state_of(w, "site"), DEVICE_WAITING);
	apply(w, "device site { driver = fake\n port = x }");
	run_for(w, 3000);
	assert_int_equal(state_of(w, "site"), DEVICE_FRESH);
	world_free(w);
}

static void
a_name_that_is_taken_is_left_out_with_one_line(void **state)
{
	struct world	*w = world_new(SITE "\ndevice site-a { driver = fake\n port = x }\n"
			    "device other { driver = fake\n port = x\n aliases = {SITE-B} }\n"
			    "device s { driver = fleet\n port = x\n units = {\"c=site-c\"} }");

	ship[0].suffix = "a";
	ship[1].suffix = "b";
	ship[2].suffix = "c";
	ship[3].suffix = "a name with blanks";
	ship[0].say = ship[1].say = ship[2].say = ship[3].say = ALL;
	run_for(w, 20000);
	assert_int_equal(script.lines, 5);	/* site: all four; s: the last */
	assert_int_equal(state_of(w, "s-a"), DEVICE_FRESH);
	assert_int_equal(state_of(w, "s-b"), DEVICE_FRESH);
	w->device = found(w, "site-a");
	assert_string_equal(text_of(w, "ups.id"), "(absent)");
	w->device = found(w, "site-c");
	assert_string_equal(text_of(w, "ups.id"), "c");
	assert_int_equal(model_size(w->model), 5);
	world_free(w);
}

static void
a_name_that_is_configured_later_wins(void **state)
{
	struct world	*w = world_new(SITE);
	struct answer	 a = { .result = -1 };
	struct ask	 q = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "test" };

	ship[0].suffix = "a";
	ship[0].say = ALL;
	run_for(w, 3000);
	script.hang = true;
	device_ask(found(w, "site-a"), &q, on_result, &a);
	apply(w, SITE "\ndevice site-a { driver = fake\n port = x }");
	assert_int_equal(a.n, 1);
	assert_int_equal(a.result, R_TIMEOUT);
	script.hang = false;
	run_for(w, 20000);
	w->device = found(w, "site-a");
	assert_string_equal(text_of(w, "battery.charge"), "97.5");
	apply(w, SITE);
	run_for(w, 5000);
	w->device = found(w, "site-a");
	assert_string_equal(text_of(w, "ups.id"), "a");
	world_free(w);
}

/* -- what must survive a power cut --------------------------------------------------- */

static void
keep_write(void *arg, uint64_t id, const char *key, const char *text)
{
	char	**last = arg;

	free(*last);
	*last = xasprintf("%llu %s=%s", (unsigned long long)id, key, text == NULL ? "(none)" : text);
}

static void
keep_done(enum result result, const char *detail, void *arg)
{
	*(enum result *)arg = result;
}

static enum result
keep(struct world *w, const char *remark, const char *value)
{
	static enum result	 result;

	result = R_TIMEOUT;
	device_ask(w->device, &(struct ask){ .kind = REQUEST_KEEP, .name = var_intern(remark),
	    .value = value, .origin = "test" }, keep_done, &result);
	return result;
}

static void
kept_remarks_show_when_they_are_safe(void **state)
{
	static char	 longest[257];
	struct world	*w = world_new("device UPS1 { driver = fake\n port = x\n attached = db1 }");
	struct kept	*kept = kept_new(w->loop);
	char		*last = NULL;

	w->device = model_find(w->model, "ups1", 4);
	assert_int_equal(keep(w, ".ident.name", "x"), R_GONE);	/* nothing keeps */
	kept_load(kept, "ups1/.shutdown.type", "2");
	kept_loaded(kept, keep_write, &last);
	host_keep(w->host, kept);
	run_for(w, 100);
	assert_string_equal(text_of(w, ".shutdown.type"), "2");
	assert_string_equal(text_of(w, ".attached"), "db1");
	assert_int_equal(keep(w, ".attached", "db2 db3"), R_TIMEOUT);	/* not answered yet */
	assert_string_equal(last, "1 ups1/.attached=db2 db3");
	run_for(w, 100);
	assert_string_equal(text_of(w, ".attached"), "db1");
	kept_written(kept, 1, NULL);
	run_for(w, 0);
	assert_string_equal(text_of(w, ".attached"), "db2 db3");
	keep(w, ".attached", NULL);
	kept_written(kept, 2, NULL);
	run_for(w, 0);
	assert_string_equal(text_of(w, ".attached"), "db1");		/* what is configured is back */
	keep(w, ".outlet.7.name", "lab");
	kept_written(kept, 3, NULL);
	run_for(w, 0);
	assert_string_equal(text_of(w, ".outlet.7.name"), "lab");
	assert_int_equal(keep(w, ".flags", "depleted"), R_UNKNOWN);
	assert_int_equal(keep(w, ".outlet.07.name", "x"), R_UNKNOWN);
	memset(longest, 'x', 256);
	assert_int_equal(keep(w, ".ident.name", longest), R_TOO_LONG);
	keep(w, ".ident.name", "a device that goes before the disk has answered");
	apply(w, "device other { driver = fake\n port = x }");
	kept_written(kept, 4, NULL);
	run_for(w, 0);
	host_keep(w->host, NULL);
	kept_free(kept);
	free(last);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(what_only_wires_and_drivers_know_to_be_wrong_is_told),
		cmocka_unit_test(the_port_tells_which_of_a_drivers_wires),
		cmocka_unit_test(the_first_poll_is_full_and_the_rhythm_holds),
		cmocka_unit_test(what_a_quick_poll_no_longer_gives_goes_and_what_full_polls_give_stays),
		cmocka_unit_test(a_failed_round_is_void_and_a_device_goes_stale_in_time),
		cmocka_unit_test(what_never_worked_is_told_once),
		cmocka_unit_test(an_absent_device_is_tried_ever_more_rarely),
		cmocka_unit_test(a_driver_that_hangs_is_started_anew),
		cmocka_unit_test(a_device_whose_full_polls_fail_has_its_quick_ones),
		cmocka_unit_test(another_device_is_started_anew_soon),
		cmocka_unit_test(a_push_shows_at_once),
		cmocka_unit_test(a_request_is_checked_before_the_driver_sees_it),
		cmocka_unit_test(a_request_waits_for_the_poll_and_expires_when_it_is_too_long),
		cmocka_unit_test(a_removed_device_answers_its_requests),
		cmocka_unit_test(killpower_is_the_first_command_of_the_setting),
		cmocka_unit_test(what_did_not_change_is_not_touched),
		cmocka_unit_test(overrides_and_defaults_are_applied),
		cmocka_unit_test(low_battery_follows_its_rule),
		cmocka_unit_test(a_status_without_a_word_stays_one),
		cmocka_unit_test(devices_of_a_source_come_and_go),
		cmocka_unit_test(one_device_of_a_source_may_be_lost),
		cmocka_unit_test(nothing_is_the_same_before_the_first_round),
		cmocka_unit_test(the_section_may_be_a_device_itself),
		cmocka_unit_test(a_name_that_is_taken_is_left_out_with_one_line),
		cmocka_unit_test(a_name_that_is_configured_later_wins),
		cmocka_unit_test(kept_remarks_show_when_they_are_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
