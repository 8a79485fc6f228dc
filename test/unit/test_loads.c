/* Loads and their feeds: what a machine with several power supplies is told. */
#include <stdio.h>

#include "core/loads.h"
#include "core/log.h"
#include "core/remarks.h"
#include "test/unit/unit.h"

#define SITE \
	"device upsa { driver = fake  port = x }\n" \
	"device upsb { driver = fake  port = x }\n" \
	"device pdua { driver = fake  port = x  fed-by = {upsa} }\n" \
	"device pdub { driver = fake  port = x  fed-by = {\"upsb:1\"} }\n" \
	"device ats { driver = fake  port = x  fed-by = {upsa, upsb} }\n" \
	"load db1 { feeds = {\"pdua:3\", \"pdub:3\"} description = \"Database\" }\n" \
	"load big { feeds = {\"pdua:1\", \"pdub:1\", \"ats:1\"} needed = 2 }\n" \
	"load old { feeds = {upsa} }\n"

struct world {
	struct loop	*loop;
	struct model	*model;
	struct settings	*settings;
	struct loads	*loads;
	unsigned	 warnings;
	char		 line[256];
};

static void
on_line(enum log_level level, const char *line, void *arg)
{
	struct world	*w = arg;

	if (level <= LOG_LEVEL_WARNING) {
		w->warnings++;
		if (strncmp(line, "db1:", 4) == 0)
			snprintf(w->line, sizeof(w->line), "%s", line);
	}
}

static struct settings *
settings_of(const char *text)
{
	static const struct driver_facts	 facts[] = { { "fake", 10000, 60000, NULL }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct settings				*s = settings_parse("t", text, strlen(text), facts, &errors);

	if (s == NULL)
		fail_msg("%s", errors.texts[0]);
	return s;
}

static struct device *
named(const struct world *w, const char *name)
{
	return model_find(w->model, name, strlen(name));
}

/* outlets: "3=off 1=on" */
static void
say(struct world *w, const char *name, enum device_state state, const char *type, const char *status,
    const char *outlets)
{
	struct update	*u = update_begin(named(w, name));
	char		 word[8];
	unsigned	 number;
	int		 len;

	update_state(u, state);
	if (state != DEVICE_WAITING) {
		update_put_text(u, var_intern(REMARK_TYPE), type);
		if (status != NULL)
			update_put_text(u, VAR_UPS_STATUS, status);
		for (; sscanf(outlets, " %u=%7s%n", &number, word, &len) == 2; outlets += len)
			update_put_text(u, var_internf("outlet.%u.status", number), word);
	}
	update_commit(u);
}

static void
ups(struct world *w, const char *name, const char *status)
{
	say(w, name, DEVICE_FRESH, "ups", status, "1=on");
}

static void
pdu(struct world *w, const char *name, const char *outlets)
{
	say(w, name, DEVICE_FRESH, "pdu", NULL, outlets);
}

static int
setup(void **state)
{
	static const char *const	 names[] = { "upsa", "upsb", "pdua", "pdub", "ats" };
	struct world			*w = xcalloc(1, sizeof(*w));
	size_t				 i;

	log_to(on_line, w);
	w->loop = loop_new_virtual();
	w->model = model_new();
	w->settings = settings_of(SITE);
	w->loads = loads_new(w->loop, w->model);
	loads_retain(w->loads, w->settings);
	for (i = 0; i < nitems(names); i++)
		model_add(w->model, names[i]);
	loads_apply(w->loads, w->settings, NULL);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	loads_free(w->loads);
	model_free(w->model);
	settings_free(w->settings);
	loop_free(w->loop);
	log_to(NULL, NULL);
	free(w);
	return 0;
}

static void
all_good(struct world *w)
{
	ups(w, "upsa", "OL");
	ups(w, "upsb", "OL CHRG");
	pdu(w, "pdua", "1=on 3=on");
	pdu(w, "pdub", "1=on 3=on");
	pdu(w, "ats", "1=on");
}

static void
assert_load(const struct world *w, const char *name, const char *status, const char *redundancy)
{
	const struct device	*d = named(w, name);
	const char		*said = snapshot_text(device_now(d), VAR_UPS_STATUS);

	if (device_state(d) != DEVICE_FRESH)
		said = device_state(d) == DEVICE_STALE ? "stale" : "waiting";
	assert_string_equal(said, status);
	if (redundancy != NULL)
		assert_string_equal(snapshot_text(device_now(d), VAR_FEED_REDUNDANCY), redundancy);
}

/* -- tests ---------------------------------------------------------------------------- */

static void
a_start_is_no_loss(void **state)
{
	struct world	*w = *state;

	assert_load(w, "db1", "waiting", NULL);
	ups(w, "upsa", "OL");
	assert_load(w, "old", "OL", "ok");
	assert_load(w, "db1", "waiting", NULL);
	pdu(w, "pdua", "1=on 3=on");
	assert_load(w, "db1", "OL", "unknown");		/* one good feed is enough */
	ups(w, "upsb", "OL");
	pdu(w, "pdub", "1=on 3=on");
	assert_load(w, "db1", "OL", "ok");
	pdu(w, "ats", "1=on");
	assert_load(w, "big", "OL", "ok");
	assert_int_equal(w->warnings, 0);
}

static void
two_failing_upses_bring_it_down_step_by_step(void **state)
{
	struct world	*w = *state;

	all_good(w);
	ups(w, "upsa", "OB DISCHRG");
	assert_load(w, "db1", "OL", "reduced");
	assert_string_equal(w->line, "db1: redundancy reduced: 1 of 2 feeds good, 1 on battery, 0 low, 0 off, "
	    "0 unknown; 1 needed");
	assert_load(w, "old", "OB", "reduced");
	ups(w, "upsb", "OB DISCHRG");
	assert_load(w, "db1", "OB", "reduced");
	ups(w, "upsa", "OB LB");
	assert_load(w, "db1", "OB", "reduced");		/* the other battery still stands */
	assert_load(w, "old", "OB LB", "lost");
	ups(w, "upsb", "OB LB");
	assert_load(w, "db1", "OB LB", "lost");
	ups(w, "upsb", "OL");
	assert_load(w, "db1", "OL", "reduced");
	ups(w, "upsa", "OL LB");				/* mains is there: nothing dies */
	assert_load(w, "db1", "OL", "ok");
}

static void
outlets_and_outputs_that_are_off_give_nothing(void **state)
{
	struct world	*w = *state;

	all_good(w);
	pdu(w, "pdua", "1=on 3=off");
	assert_load(w, "db1", "OL", "reduced");
	ups(w, "upsb", "OFF");
	assert_load(w, "db1", "OFF", "lost");
	assert_load(w, "big", "OL", "reduced");		/* the ats takes the better source */
	say(w, "upsb", DEVICE_FRESH, "ups", "OL", "1=off");
	assert_load(w, "db1", "OFF", "lost");		/* the outlet that feeds pdub */
	assert_load(w, "big", "OL", NULL);
	ups(w, "upsb", "OL");
	pdu(w, "pdub", "1=on");				/* an outlet that shows no state is on */
	assert_load(w, "db1", "OL", "reduced");
}

static void
silence_is_never_a_low_battery(void **state)
{
	struct world	*w = *state;

	all_good(w);
	say(w, "pdub", DEVICE_STALE, "pdu", NULL, "1=on 3=on");
	assert_load(w, "db1", "OL", "reduced");
	ups(w, "upsa", "OB");
	assert_load(w, "db1", "OB", "reduced");
	ups(w, "upsa", "OB LB");
	assert_load(w, "db1", "stale", NULL);		/* pdub may be as good as ever */
	ups(w, "upsb", "OB LB");
	assert_load(w, "db1", "OB LB", "lost");		/* what feeds it is known to die */
	ups(w, "upsb", "OL");
	say(w, "pdub", DEVICE_STALE, "pdu", NULL, "1=on 3=off");
	assert_load(w, "db1", "OB LB", "lost");		/* it was off before it was lost */
	all_good(w);
	ups(w, "upsa", "OB");
	ups(w, "upsb", "OB");
	say(w, "upsa", DEVICE_STALE, "ups", "OB", "1=on");
	say(w, "upsb", DEVICE_STALE, "ups", "OB", "1=on");
	assert_load(w, "db1", "stale", NULL);
	say(w, "upsa", DEVICE_STALE, "ups", "OB LB", "1=on");
	say(w, "upsb", DEVICE_STALE, "ups", "OB LB", "1=on");
	assert_load(w, "db1", "OB LB", "lost");
	model_remove(named(w, "pdub"));
	ups(w, "upsa", "OL");
	assert_load(w, "db1", "OL", NULL);
}

static void
more_than_one_may_be_needed(void **state)
{
	struct world	*w = *state;

	all_good(w);
	pdu(w, "pdub", "1=off 3=on");
	assert_load(w, "big", "OL", "reduced");
	ups(w, "upsa", "OB");
	assert_load(w, "big", "OB", "reduced");		/* ats by upsb, pdua on battery */
	ups(w, "upsa", "OB LB");
	assert_load(w, "big", "OB LB", "lost");
	say(w, "ats", DEVICE_STALE, "ats", NULL, "1=on");
	ups(w, "upsa", "OL");
	assert_load(w, "big", "stale", NULL);
}

static void
the_last_live_feed_is_defended(void **state)
{
	struct world		*w = *state;
	const struct feed_cut	 one[] = { { "PDUA", 3 } }, both[] = { { "pdua", 3 }, { "pdub", 3 } },
				 all[] = { { "upsa", 0 } }, other[] = { { "pdua", 7 } }, top[] = { { "upsb", 1 } };
	char			*why;

	all_good(w);
	assert_null(loads_objection(w->loads, &(struct feed_cuts){ one, 1 }));
	assert_null(loads_objection(w->loads, &(struct feed_cuts){ other, 1 }));
	why = loads_objection(w->loads, &(struct feed_cuts){ both, 2 });
	assert_string_equal(why, "load db1 would have 0 live feeds and needs 1");
	free(why);
	why = loads_objection(w->loads, &(struct feed_cuts){ all, 1 });	/* old stands on it alone */
	assert_non_null(why);
	free(why);
	pdu(w, "pdub", "1=on 3=off");
	why = loads_objection(w->loads, &(struct feed_cuts){ one, 1 });
	assert_non_null(why);
	free(why);
	assert_null(loads_objection(w->loads, &(struct feed_cuts){ top, 1 }));	/* db1 does not stand on it any more */
	pdu(w, "pdub", "1=on 3=on");
	say(w, "pdub", DEVICE_STALE, "pdu", NULL, "1=on 3=on");
	why = loads_objection(w->loads, &(struct feed_cuts){ one, 1 });	/* nobody knows of the other */
	assert_non_null(why);
	free(why);
}

static void
note(enum result result, const char *detail, void *arg)
{
	*(enum result *)arg = result;
}

static void
on_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct world	*w = arg;

	loads_ask(w->loads, d, ask, pending);
}

static void
a_forced_shutdown_reaches_it_and_comes_from_above(void **state)
{
	struct world	*w = *state;
	struct ask	 fsd = { .kind = REQUEST_FSD, .origin = "nut monuser@::1" };
	struct ask	 off = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "nut monuser@::1" };
	enum result	 result = R_BUSY;
	struct update	*u;
	enum var	 remark = var_intern(REMARK_FSD);

	all_good(w);
	model_on_ask(w->model, on_ask, w);
	device_ask(named(w, "db1"), &off, note, &result);
	assert_int_equal(result, R_UNKNOWN);
	device_ask(named(w, "db1"), &fsd, note, &result);
	assert_int_equal(result, R_DONE);
	assert_non_null(snapshot_get(device_now(named(w, "db1")), remark));
	fsd.kind = REQUEST_FSD_CLEAR;
	device_ask(named(w, "db1"), &fsd, note, &result);
	assert_null(snapshot_get(device_now(named(w, "db1")), remark));
	/* One of the two UPSes goes: the other holds.  Both: it is ours as well. */
	u = update_continue(named(w, "upsa"));
	update_put_text(u, remark, "1 nut a@b");
	update_commit(u);
	assert_load(w, "db1", "OL", "reduced");
	assert_null(snapshot_get(device_now(named(w, "db1")), remark));
	assert_non_null(snapshot_get(device_now(named(w, "old")), remark));
	u = update_continue(named(w, "upsb"));
	update_put_text(u, remark, "1 nut a@b");
	update_commit(u);
	assert_load(w, "db1", "OB LB", "lost");
	assert_non_null(snapshot_get(device_now(named(w, "db1")), remark));
	model_on_ask(w->model, NULL, NULL);
}

static void
other_settings_change_what_differs(void **state)
{
	struct world	*w = *state;
	struct settings	*before = w->settings;

	all_good(w);
	w->settings = settings_of("device pdua { driver = fake  port = x }\n"
	    "load DB1 { feeds = {\"pdua:3\"} }\nload new { feeds = {\"pdua:nosuch\"} }\n");
	loads_retain(w->loads, w->settings);
	assert_null(named(w, "old"));
	loads_apply(w->loads, w->settings, NULL);
	settings_free(before);
	assert_load(w, "db1", "OL", "ok");
	assert_load(w, "new", "waiting", NULL);		/* nothing is called so */
	ups(w, "upsa", "OFF");
	assert_load(w, "db1", "OL", "ok");		/* pdua no longer says what feeds it */
}

/* "plug3" is outlet 3, once the device has said so. */
static void
one_outlet_by_two_names_counts_once(void **state)
{
	struct world		*w = *state;
	struct settings		*before = w->settings;
	const struct feed_cut	 cut[] = { { "pdua", 3 } };
	struct update		*u;
	char			*why;

	w->settings = settings_of("device pdua { driver = fake  port = x }\ndevice pdub { driver = fake  port = x }\n"
	    "load db1 { feeds = {\"pdua:3\", \"pdua:plug3\", \"pdub:3\"} }\n"
	    "load big { feeds = {\"pdua:3\", \"pdua:plug3\"} needed = 2 }\n");
	loads_retain(w->loads, w->settings);
	loads_apply(w->loads, w->settings, NULL);
	settings_free(before);
	pdu(w, "pdub", "3=off");
	u = update_begin(named(w, "pdua"));
	update_state(u, DEVICE_FRESH);
	update_put_text(u, var_intern("outlet.3.status"), "on");
	update_put_text(u, var_intern("outlet.3.desc"), "plug3");
	update_commit(u);
	assert_load(w, "db1", "OL", "reduced");
	assert_string_equal(w->line, "db1: redundancy reduced: 1 of 2 feeds good, 0 on battery, 0 low, 1 off, "
	    "0 unknown; 1 needed");
	assert_null(snapshot_text(device_now(named(w, "db1")), var_intern("feed.2.source")));
	assert_string_equal(snapshot_text(device_now(named(w, "db1")), var_intern("feed.3.source")), "pdub:3");
	why = loads_objection(w->loads, &(struct feed_cuts){ cut, 1 });
	assert_string_equal(why, "load db1 would have 0 live feeds and needs 1");
	free(why);
	assert_load(w, "big", "OL", "ok");		/* no host goes down for a mistake in the file */
	assert_int_equal(w->warnings, 3);		/* two loads with one feed less, one reduced */
	pdu(w, "pdub", "3=on");
	assert_load(w, "db1", "OL", "ok");
	assert_int_equal(w->warnings, 3);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(a_start_is_no_loss), TEST(two_failing_upses_bring_it_down_step_by_step),
		TEST(outlets_and_outputs_that_are_off_give_nothing), TEST(silence_is_never_a_low_battery),
		TEST(more_than_one_may_be_needed), TEST(the_last_live_feed_is_defended),
		TEST(a_forced_shutdown_reaches_it_and_comes_from_above), TEST(other_settings_change_what_differs),
		TEST(one_outlet_by_two_names_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
