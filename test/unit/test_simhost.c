/* The driver sim as the engine has it: real files, the real wire, the host and the model. */
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "bus/file.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/unit.h"
#include "drivers/sim/dev.h"
#include "drivers/sim/sim.h"
#include "test/unit/unit.h"

struct world {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;
	struct settings	*settings;
	char		 folder[64], path[128];
	/* the outcome of a request */
	bool		 ended;
	enum result	 result;
};

static const struct driver *const only_sim[] = { &sim_driver, NULL };
static const struct wire_backend *const only_files[] = { &file_wire, NULL };

static void
no_log(enum log_level level, const char *line, void *arg)
{
}

static void
apply(struct world *w, const char *text)
{
	struct driver_facts	 facts[] = { { sim_driver.name, sim_driver.poll_ms,
				    sim_driver.poll_full_ms, sim_driver.options }, { 0 } };
	struct conf_errors	 errors = { 0 };

	w->settings = settings_parse("test", text, strlen(text), facts, &errors);
	if (w->settings == NULL)
		fail_msg("%s", errors.texts[0]);
	host_apply(w->host, w->settings);
}

static int
setup_on(void **state, struct loop *loop)
{
	struct world	*w = xcalloc(1, sizeof *w);

	log_to(no_log, NULL);
	strcpy(w->folder, "/tmp/busbar-sim-XXXXXX");
	if (mkdtemp(w->folder) == NULL)
		return -1;
	snprintf(w->path, sizeof w->path, "%s/ups.dev", w->folder);
	w->loop = loop;
	w->model = model_new();
	w->host = host_new(w->loop, w->model, only_sim, only_files);
	model_on_ask(w->model, host_ask, w->host);
	*state = w;
	return 0;
}

static int
setup(void **state)
{
	return setup_on(state, loop_new());
}

static int
setup_virtual(void **state)
{
	return setup_on(state, loop_new_virtual());
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	host_free(w->host);
	settings_free(w->settings);
	model_free(w->model);
	loop_free(w->loop);
	unlink(w->path);
	rmdir(w->folder);
	free(w);
	log_to(NULL, NULL);
	return 0;
}

static void
write_file(const struct world *w, const char *text)
{
	FILE	*f = fopen(w->path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct device *
ups(struct world *w)
{
	return model_find(w->model, "ups", 3);
}

typedef bool condition_fn(struct world *, const char *);

static void
wait_until(struct world *w, condition_fn *holds, const char *text)
{
	int64_t	until = loop_now_us(w->loop) + 10000000;

	while (!holds(w, text)) {
		if (loop_now_us(w->loop) > until)
			fail_msg("never: %s", text);
		loop_once(w->loop, 100);
	}
}

static bool
is_fresh(struct world *w, const char *text)
{
	return device_state(ups(w)) == DEVICE_FRESH;
}

static void
begin(struct world *w, const char *text)
{
	char	*conf = xasprintf("device ups { driver = sim port = \"%s\" }\n", w->path);

	write_file(w, text);
	apply(w, conf);
	wait_until(w, is_fresh, "fresh");
	free(conf);
}

static const char *
text_now(struct world *w, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct reading	*reading = snapshot_lookup(device_now(ups(w)), name, strlen(name));

	return reading == NULL ? NULL : value_text(&reading->value, room);
}

static bool
status_is(struct world *w, const char *text)
{
	const char	*now = text_now(w, "ups.status");

	return now != NULL && strcmp(now, text) == 0;
}

static bool
has_ended(struct world *w, const char *text)
{
	return w->ended;
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->ended = true;
	w->result = result;
}

static enum result
ask(struct world *w, enum request_kind kind, enum var name, const char *value)
{
	w->ended = false;
	device_ask(ups(w), &(struct ask){ .kind = kind, .name = name, .value = value, .origin = "test" },
	    on_result, w);
	wait_until(w, has_ended, var_name(name));
	return w->result;
}

static void
a_change_is_pushed(void **state)
{
	struct world	*w = *state;
	int64_t		 before;

	begin(w, "ups.status: OL\nups.id: x\n");
	before = loop_now_us(w->loop);
	write_file(w, "ups.status: OB\n");
	wait_until(w, status_is, "OB");
	assert_true(loop_now_us(w->loop) - before < 1000000);	/* polls come every 10 s */
	assert_null(text_now(w, "ups.id"));
}

static void
commands_show_at_once(void **state)
{
	struct world	*w = *state;

	begin(w, "ups.status: OL CHRG\nups.load: 20\n");
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_LOAD_OFF, NULL), R_DONE);
	wait_until(w, status_is, "OL CHRG OFF");
	assert_string_equal(text_now(w, "ups.load"), "0");
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_BEEPER_MUTE, NULL), R_UNKNOWN);
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_LOAD_OFF_DELAY, "soon"), R_INVALID);
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_LOAD_ON, NULL), R_DONE);
	wait_until(w, status_is, "OL CHRG");
}

static bool
back_on(struct world *w, const char *text)
{
	return status_is(w, "OL") && text_now(w, "ups.timer.start") == NULL;
}

static void
timers_play(void **state)
{
	struct world	*w = *state;

	begin(w, "ups.status: OL\nups.delay.start: 5\n");
	assert_int_equal(ask(w, REQUEST_COMMAND, CMD_SHUTDOWN_RETURN, "3"), R_DONE);
	wait_until(w, status_is, "OL OFF");
	wait_until(w, back_on, "back on");
}

static void
settings_are_checked(void **state)
{
	struct world		*w = *state;
	const struct settable	*settable;

	begin(w, "battery.charge.low: 20\nups.id: x\nups.start.auto: yes\nups.status: OL\n");
	settable = traits_settable(device_traits(ups(w)), VAR_BATTERY_CHARGE_LOW);
	assert_non_null(settable);
	assert_int_equal(settable->nranges, 1);
	assert_int_equal(ask(w, REQUEST_SET, VAR_BATTERY_CHARGE_LOW, "35"), R_DONE);
	assert_int_equal(ask(w, REQUEST_SET, VAR_BATTERY_CHARGE_LOW, "101"), R_INVALID);
	assert_int_equal(ask(w, REQUEST_SET, VAR_UPS_START_AUTO, "maybe"), R_INVALID);
	assert_int_equal(ask(w, REQUEST_SET, VAR_UPS_START_AUTO, "no"), R_DONE);
	assert_int_equal(ask(w, REQUEST_SET, VAR_UPS_STATUS, "OB"), R_READONLY);
	assert_int_equal(ask(w, REQUEST_SET, VAR_UPS_FIRMWARE, "x"), R_UNKNOWN);
	assert_string_equal(text_now(w, "battery.charge.low"), "35");
	assert_string_equal(text_now(w, "ups.start.auto"), "no");
}

static void
what_the_recording_says_it_could(void **state)
{
	struct world		*w = *state;
	const struct settable	*settable;

	begin(w, "#CMD:load.off\n#CMD:no.such\n#RW:ups.id:ENUM:\"a\"\n#RW:ups.id:ENUM:\"bc\"\nups.id: a\nups.status: OL\n"
	    "ups.delay.start: 3\n");
	assert_int_equal(traits_commands(device_traits(ups(w))), 1);
	assert_true(traits_can(device_traits(ups(w)), CMD_LOAD_OFF));
	assert_int_equal(traits_settables(device_traits(ups(w))), 1);
	settable = traits_settable_at(device_traits(ups(w)), 0);
	assert_int_equal(settable->nenums, 2);
	assert_string_equal(settable->enums[1], "bc");
}

static bool
link_says(struct world *w, const char *text)
{
	return strstr(host_link_text(w->host, ups(w)), text) != NULL;
}

static void
a_broken_file_is_told_and_comes_back(void **state)
{
	struct world	*w = *state;

	begin(w, "ups.status: OL\n");
	write_file(w, "ups.status: OL\nnonsense\n");
	wait_until(w, link_says, "line 2: neither NAME: VALUE nor TIMER SECONDS nor a comment");
	write_file(w, "ups.status: OB\n");
	wait_until(w, status_is, "OB");
}

/* It is not left to a start's back-off. */
static void
a_file_broken_from_the_start_comes_back_at_once(void **state)
{
	struct world	*w = *state;
	char		*conf = xasprintf("device ups { driver = sim port = \"%s\" }\n", w->path);
	int64_t		 before;

	write_file(w, "nonsense\n");
	apply(w, conf);
	wait_until(w, link_says, "line 1: neither");
	write_file(w, "ups.status: OL\n");
	before = loop_now(w->loop);
	wait_until(w, status_is, "OL");
	assert_true(loop_now(w->loop) - before < 500);
	free(conf);
}

static void
an_absent_file_is_waited_for(void **state)
{
	struct world	*w = *state;
	char		*conf = xasprintf("device ups { driver = sim port = \"%s\" }\n", w->path);

	apply(w, conf);
	wait_until(w, link_says, "No such file");
	write_file(w, "ups.status: OL\n");
	wait_until(w, status_is, "OL");
	free(conf);
}

/* -- every published dump ---------------------------------------------------------------- */

static struct buf	 dumps;		/* their sections */
static char		*paths[2000];
static size_t		 npaths;

static int
add_dump(const char *path, const struct stat *st, int type)
{
	const char	*dot = strrchr(path, '.');

	if (type != FTW_F || dot == NULL || strcmp(dot, ".dev") != 0 || npaths == nitems(paths))
		return 0;
	buf_printf(&dumps, "device d%zu { driver = sim port = \"%s\" }\n", npaths, path);
	paths[npaths++] = xstrdup(path);
	return 0;
}

static bool
all_fresh(struct world *w, const char *text)
{
	const struct device	*device = NULL;

	while ((device = model_next(w->model, device)) != NULL)
		if (device_state(device) != DEVICE_FRESH)
			return false;
	return true;
}

static struct dev *
read_dump(const char *path)
{
	static char	 text[FILE_MAX_SIZE];
	FILE		*f = fopen(path, "rb");
	char		*why = NULL;
	struct dev	*dev;

	assert_non_null(f);
	dev = dev_parse(text, fread(text, 1, sizeof text, f), &why);
	assert_non_null(dev);
	fclose(f);
	return dev;
}

/* Each variable of the dump, and no other. */
static size_t
compare_dump(const char *path, const struct device *device)
{
	struct dev		*dev = read_dump(path);
	const struct value	*value;
	char			 room[VALUE_TEXT_MAX];
	size_t			 i, visible = 0;

	for (i = 0; i < dev->nlines; i++) {
		value = snapshot_get(device_now(device), var_intern(dev->lines[i].name));
		if (value == NULL || strcmp(value_text(value, room), dev->lines[i].value) != 0)
			fail_msg("%s: %s is not \"%s\"", path, dev->lines[i].name, dev->lines[i].value);
	}
	for (i = 0; i < snapshot_size(device_now(device)); i++)
		visible += !var_hidden(snapshot_at(device_now(device), i)->var);
	if (visible > dev->nlines)
		fail_msg("%s has %zu variables more", path, visible - dev->nlines);
	dev_free(dev);
	return visible;
}

static void
every_dump_is_a_device(void **state)
{
	struct world	*w = *state;
	const char	*shared = getenv("SHARED");
	char		*folder = xasprintf("%s/devices/ddl", shared == NULL ? "../shared" : shared), name[32];
	size_t		 i, values = 0;
	bool		 there = ftw(folder, add_dump, 16) == 0;

	free(folder);
	if (!there)
		skip();
	apply(w, buf_text(&dumps));
	wait_until(w, all_fresh, "all dumps fresh");
	for (i = 0; i < npaths; i++) {
		snprintf(name, sizeof name, "d%zu", i);
		values += compare_dump(paths[i], model_find(w->model, name, strlen(name)));
		free(paths[i]);
	}
	buf_free(&dumps);
	print_message("%zu dumps, %zu values, slowest callback %lld us\n", npaths, values,
	    (long long)loop_longest_us(w->loop));
	assert_true(npaths > 700);
}

#define host_test(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_test(a_change_is_pushed),
		host_test(commands_show_at_once),
		cmocka_unit_test_setup_teardown(timers_play, setup_virtual, teardown),
		host_test(settings_are_checked),
		host_test(what_the_recording_says_it_could),
		host_test(a_broken_file_is_told_and_comes_back),
		cmocka_unit_test_setup_teardown(a_file_broken_from_the_start_comes_back_at_once,
		    setup_virtual, teardown),
		host_test(an_absent_file_is_waited_for),
		host_test(every_dump_is_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
