/* A unit that a role runs, on virtual time: two hosts in one process, a mirror between them. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mirror.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "test/unit/unit.h"

#define GONE	"its role is gone; nobody knows whether it was done"

/* -- a driver that does as it is told --------------------------------------------------- */

static struct script {
	const char	*status;
	bool		 fail, hang;
	unsigned	 starts, polls, commands;
	enum result	 result;
	struct request	*open;
} script;

static void
fake_start(struct unit *u)
{
	script.starts++;
	unit_command(u, CMD_LOAD_OFF);
	unit_command(u, CMD_BEEPER_MUTE);
	unit_settable(u, &(struct settable){ .var = VAR_UPS_ID, .maxlen = 4 });
	unit_type(u, "ups");
	unit_ready(u);
}

static void
fake_poll(struct unit *u, bool full)
{
	script.polls++;
	if (script.fail) {
		unit_fail(u, "no answer from the line");
		return;
	}
	unit_status(u, script.status);
	unit_put(u, VAR_BATTERY_CHARGE, value_number(40, 0));
	unit_put(u, VAR_BATTERY_CHARGE_LOW, value_number(50, 0));
	unit_put_text(u, VAR_UPS_LOAD, "014");
	unit_flag(u, "fan-failure");
	unit_done(u);
}

static void
fake_command(struct unit *u, struct request *r)
{
	script.commands++;
	script.open = r;
	if (!script.hang)
		request_done(r, script.result, script.result == R_DONE ? NULL : "it said NAK");
}

static void
fake_stop(struct unit *u)
{
	script.open = NULL;
}

static void
fake_line(const struct unit *u, struct serial_line *line)
{
	*line = (struct serial_line){ .speed = 2400, .bits = 8, .stop = 1, .parity = 'N' };
}

static const struct driver fake = {
	.name = "fake", .title = "does as it is told", .wire = WIRE_SERIAL, .poll_ms = 2000,
	.poll_full_ms = 30000, .size = 1, .line = fake_line, .start = fake_start, .poll = fake_poll,
	.command = fake_command, .stop = fake_stop,
};

/* -- a wire that is there at once -------------------------------------------------------- */

struct cable {
	void		(*changed)(void *, bool, const char *);
	void		*arg;
	struct timer	*up;
};

static unsigned	cables;		/* open */

static void
on_up(void *arg)
{
	struct cable	*c = arg;

	c->changed(c->arg, true, NULL);
}

static void *
cable_open(struct loop *loop, const struct device_settings *s, const struct driver *d,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct cable	*c = xcalloc(1, sizeof(*c));

	*c = (struct cable){ changed, arg, timer_new(loop, on_up, c) };
	timer_set(c->up, 0);
	cables++;
	return c;
}

static void
cable_line(void *handle, const struct serial_line *line)
{
	assert_int_equal(line->speed, 2400);
}

static void
cable_close(void *handle)
{
	struct cable	*c = handle;

	timer_free(c->up);
	free(c);
	cables--;
}

static const struct wire_backend cable = {
	.wire = WIRE_SERIAL, .name = "cable", .role = "tty", .open = cable_open, .close = cable_close,
	.line = cable_line,
};

static const struct driver *const	 list[] = { &fake, NULL };
static const struct wire_backend *const	 wires[] = { &cable, NULL };

/* -- both sides ------------------------------------------------------------------------------ */

struct side {
	struct model	*model;
	struct host	*host;
	struct settings	*settings;
};

struct world {
	struct loop	*loop;
	struct side	 engine, role;
	struct model	*carried;	/* the engine's mirror of the role's model */
	struct mirror	*mirror;
	struct feed	*feed;
	struct device	*device;
};

static void
quiet(enum log_level level, const char *line, void *arg)
{
}

static void
on_mirror_broken(void *arg)
{
}

static void
on_feed_broken(void *arg)
{
}

static struct settings *
settings_of(const char *text)
{
	static const struct driver_facts	 facts[] = { { "fake", 2000, 30000, NULL }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct settings				*s = settings_parse("test", text, strlen(text), facts, &errors);

	if (s == NULL)
		fail_msg("%s", errors.texts[0]);
	return s;
}

static void
side_apply(struct side *side, const char *text)
{
	struct settings	*before = side->settings;

	side->settings = settings_of(text);
	host_apply(side->host, side->settings);
	settings_free(before);
}

static void
role_begin(struct world *w)
{
	int	 ends[2];
	char	*text = host_text_for(w->engine.host, w->engine.settings, "tty");

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	w->mirror = mirror_new(w->loop, w->carried, ends[0], on_mirror_broken, w);
	mirror_on_loss(w->mirror, R_TIMEOUT, GONE);
	w->role.model = model_new();
	w->role.host = host_new(w->loop, w->role.model, list, wires);
	host_bare(w->role.host);
	w->feed = feed_new(w->loop, w->role.model, ends[1], on_feed_broken, w);
	host_carrier_state(w->engine.host, "tty", NULL);
	side_apply(&w->role, text);
	free(text);
}

/* As the engine does when the socket breaks: the role's process and all that it had is gone. */
static void
role_end(struct world *w)
{
	struct device	*d;

	if (w->mirror == NULL)
		return;
	feed_free(w->feed);
	host_free(w->role.host);
	model_free(w->role.model);
	settings_free(w->role.settings);
	w->role.settings = NULL;
	host_carrier_state(w->engine.host, "tty", "its role is gone, and started again");
	mirror_free(w->mirror);
	w->mirror = NULL;
	while ((d = model_next(w->carried, NULL)) != NULL)
		model_remove(d);
}

static void
engine_apply(struct world *w, const char *text)
{
	char	*part;

	side_apply(&w->engine, text);
	w->device = model_find(w->engine.model, "ups1", 4);
	part = host_text_for(w->engine.host, w->engine.settings, "tty");
	if (w->mirror != NULL)
		side_apply(&w->role, part == NULL ? "" : part);
	free(part);
}

static struct world *
world_new(const char *text)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	script = (struct script){ .status = "OL", .result = R_DONE };
	log_to(quiet, NULL);
	w->loop = loop_new_virtual();
	w->engine.model = model_new();
	w->engine.host = host_new(w->loop, w->engine.model, list, wires);
	w->carried = model_new();
	host_carry(w->engine.host, "tty", w->carried);
	engine_apply(w, text);
	role_begin(w);
	return w;
}

static void
world_free(struct world *w)
{
	role_end(w);
	host_free(w->engine.host);
	model_free(w->engine.model);
	settings_free(w->engine.settings);
	model_free(w->carried);
	loop_free(w->loop);
	free(w);
	log_to(NULL, NULL);
	assert_int_equal(cables, 0);
}

static void
on_over(void *arg)
{
	*(bool *)arg = true;
}

static void
run_for(struct world *w, int64_t ms)
{
	bool		 over = false;
	struct timer	*end = timer_new(w->loop, on_over, &over);

	timer_set(end, ms);
	while (!over)
		loop_once(w->loop, 0);
	timer_free(end);
}

static const char *
text_of(const struct world *w, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(w->device), var_intern(name));

	return v == NULL ? "(absent)" : value_text(v, room);
}

struct outcome {
	unsigned	 n;
	enum result	 result;
	char		 detail[128];
};

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct outcome	*o = arg;

	o->n++;
	o->result = result;
	snprintf(o->detail, sizeof(o->detail), "%s", detail == NULL ? "" : detail);
}

static void
ask(struct world *w, enum var command, struct outcome *o)
{
	struct ask	 a = { .kind = REQUEST_COMMAND, .name = command, .origin = "test", .expires_ms = 5000 };

	*o = (struct outcome){ 0 };
	device_ask(w->device, &a, on_result, o);
}

#define ONE	"device ups1 { driver = fake\n port = x\n description = \"Rack 4\"\n max-age = 15 }"

/* -- readings ----------------------------------------------------------------------------------- */

static void
what_the_driver_says_and_what_the_engine_adds_are_shown_together(void **state)
{
	struct world	*w = world_new("device ups1 { driver = fake\n port = x\n description = \"Rack 4\"\n"
			    "override = {\"ups.model=Own\"}\n low-battery = thresholds }");

	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	run_for(w, 500);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_int_equal(cables, 1);		/* in the role, and not in the engine */
	assert_string_equal(text_of(w, "ups.status"), "OL LB");
	assert_string_equal(text_of(w, "ups.load"), "014");
	assert_string_equal(text_of(w, "ups.model"), "Own");
	assert_string_equal(text_of(w, "driver.name"), "fake");
	assert_string_equal(text_of(w, REMARK_FLAGS), "fan-failure");
	assert_string_equal(text_of(w, REMARK_DESCRIPTION), "Rack 4");
	assert_string_equal(text_of(w, REMARK_DEFAULT), "yes");
	assert_string_equal(text_of(w, REMARK_ROLE_POLLS), "(absent)");
	assert_string_equal(text_of(w, REMARK_ROLE_SOURCE), "(absent)");
	assert_true(traits_can(device_traits(w->device), CMD_LOAD_OFF));
	assert_int_equal(traits_settables(device_traits(w->device)), 1);
	assert_string_equal(host_link_text(w->engine.host, w->device), "ok");
	script.status = "OB";
	run_for(w, 2500);
	assert_string_equal(text_of(w, "ups.status"), "OB LB");
	world_free(w);
}

static void
a_poll_that_says_the_same_keeps_it_fresh(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 120000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_true(script.polls > 50);
	world_free(w);
}

static void
polls_that_fail_make_it_stale_and_say_why(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 1000);
	script.fail = true;
	run_for(w, 12000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	run_for(w, 5000);
	assert_int_equal(device_state(w->device), DEVICE_STALE);
	assert_string_equal(host_link_text(w->engine.host, w->device), "stale: no answer from the line");
	script.fail = false;
	run_for(w, 40000);		/* the role starts the driver anew, after a back-off */
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(host_link_text(w->engine.host, w->device), "ok");
	world_free(w);
}

static void
a_role_that_is_gone_makes_it_stale_in_time_and_fresh_when_it_is_back(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 1000);
	role_end(w);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(host_link_text(w->engine.host, w->device), "ok: its role is gone, and started again");
	run_for(w, 16000);
	assert_int_equal(device_state(w->device), DEVICE_STALE);
	assert_string_equal(text_of(w, "ups.status"), "OL");	/* the last that was known */
	role_begin(w);
	run_for(w, 1000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(host_link_text(w->engine.host, w->device), "ok");
	world_free(w);
}

static void
a_role_that_is_back_at_once_is_not_noticed(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 200);
	assert_int_equal(script.polls, 1);
	role_end(w);
	role_begin(w);
	/* Its first poll is the first again: it counts all the same. */
	run_for(w, 1000);
	assert_int_equal(script.starts, 2);
	run_for(w, 14500);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	world_free(w);
}

/* -- settings -------------------------------------------------------------------------------------- */

static void
another_port_makes_it_wait_and_only_news_from_there_count(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 1000);
	side_apply(&w->engine, "device ups1 { driver = fake\n port = y }");	/* the role does not know yet */
	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	run_for(w, 10000);
	assert_int_equal(device_state(w->device), DEVICE_WAITING);
	engine_apply(w, "device ups1 { driver = fake\n port = y }");
	run_for(w, 1000);
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(text_of(w, "driver.parameter.port"), "y");
	world_free(w);
}

static void
settings_that_do_not_concern_the_source_interrupt_nothing(void **state)
{
	struct world	*w = world_new(ONE);

	run_for(w, 1000);
	engine_apply(w, "device ups1 { driver = fake\n port = x\n description = \"Rack 5\" }");
	assert_int_equal(device_state(w->device), DEVICE_FRESH);
	assert_string_equal(text_of(w, REMARK_DESCRIPTION), "Rack 5");
	run_for(w, 5000);
	assert_int_equal(script.starts, 1);
	engine_apply(w, "device ups1 { driver = fake\n port = x }\n device ups2 { driver = fake\n port = z }");
	run_for(w, 1000);
	assert_int_equal(script.starts, 2);
	assert_int_equal(device_state(model_find(w->engine.model, "ups2", 4)), DEVICE_FRESH);
	engine_apply(w, "device ups2 { driver = fake\n port = z }");
	run_for(w, 1000);
	assert_int_equal(script.starts, 2);
	assert_null(w->device);
	assert_int_equal(cables, 1);
	world_free(w);
}

/* -- requests ---------------------------------------------------------------------------------------- */

static void
a_command_reaches_the_driver_and_its_outcome_comes_back_once(void **state)
{
	struct world	*w = world_new(ONE);
	struct outcome	 o, p;

	ask(w, CMD_LOAD_OFF, &o);
	assert_int_equal(o.result, R_GONE);		/* nothing is known of it yet */
	run_for(w, 1000);
	ask(w, CMD_LOAD_OFF, &o);
	ask(w, CMD_BEEPER_MUTE, &p);
	run_for(w, 100);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(p.n, 1);
	assert_int_equal(script.commands, 2);
	script.result = R_FAILED;
	ask(w, CMD_LOAD_OFF, &o);
	run_for(w, 100);
	assert_int_equal(o.result, R_FAILED);
	assert_string_equal(o.detail, "it said NAK");
	ask(w, CMD_LOAD_ON, &o);			/* it has none */
	assert_int_equal(o.result, R_UNKNOWN);
	world_free(w);
}

static void
a_command_whose_role_dies_may_have_been_done_and_those_behind_it_were_not(void **state)
{
	struct world	*w = world_new(ONE);
	struct outcome	 o, p;

	run_for(w, 1000);
	script.hang = true;
	ask(w, CMD_LOAD_OFF, &o);
	ask(w, CMD_BEEPER_MUTE, &p);
	run_for(w, 100);
	assert_int_equal(o.n, 0);
	role_end(w);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.result, R_TIMEOUT);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.result, R_GONE);
	assert_int_equal(script.commands, 1);
	world_free(w);
}

static void
a_command_whose_device_is_removed_is_answered_once(void **state)
{
	struct world	*w = world_new(ONE);
	struct outcome	 o;

	run_for(w, 1000);
	script.hang = true;
	ask(w, CMD_LOAD_OFF, &o);
	run_for(w, 100);
	engine_apply(w, "");
	run_for(w, 1000);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.result, R_TIMEOUT);
	world_free(w);
}

/* The mirror is there and carries nothing: as a process that stands still. */
static void
a_role_that_hangs_answers_late_and_the_asker_does_not_wait_for_it(void **state)
{
	struct world	*w = world_new(ONE);
	struct outcome	 o, p;

	run_for(w, 1000);
	script.hang = true;
	ask(w, CMD_LOAD_OFF, &o);
	ask(w, CMD_BEEPER_MUTE, &p);
	run_for(w, 6000);
	assert_int_equal(o.n, 0);
	assert_int_equal(p.n, 1);			/* not begun within its 5 s */
	assert_int_equal(p.result, R_GONE);
	run_for(w, 75000);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.result, R_TIMEOUT);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_driver_says_and_what_the_engine_adds_are_shown_together),
		cmocka_unit_test(a_poll_that_says_the_same_keeps_it_fresh),
		cmocka_unit_test(polls_that_fail_make_it_stale_and_say_why),
		cmocka_unit_test(a_role_that_is_gone_makes_it_stale_in_time_and_fresh_when_it_is_back),
		cmocka_unit_test(a_role_that_is_back_at_once_is_not_noticed),
		cmocka_unit_test(another_port_makes_it_wait_and_only_news_from_there_count),
		cmocka_unit_test(settings_that_do_not_concern_the_source_interrupt_nothing),
		cmocka_unit_test(a_command_reaches_the_driver_and_its_outcome_comes_back_once),
		cmocka_unit_test(a_command_whose_role_dies_may_have_been_done_and_those_behind_it_were_not),
		cmocka_unit_test(a_command_whose_device_is_removed_is_answered_once),
		cmocka_unit_test(a_role_that_hangs_answers_late_and_the_asker_does_not_wait_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
