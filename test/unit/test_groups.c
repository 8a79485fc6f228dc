/* Groups of outlets on virtual time; who answers for their members does as it is told. */
#include <stdio.h>

#include "core/group-view.h"
#include "core/log.h"
#include "core/update.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

#define SITE \
	"device pdu1 { driver = fake  port = x }\ndevice pdu2 { driver = fake  port = x }\n" \
	"group rack4 { members = {\"pdu1:3\", \"pdu2:db1\", \"gone:1\", \"pdu1:4\"}  interval = 2 }\n" \
	"group feeds { members = {\"pdu1:1\", \"pdu2:1\"} }\n" \
	"device gone { driver = fake  port = x }\n" \
	"group twice { members = {\"pdu1:7\", \"pdu2:1\", \"pdu1:db1\"} }\n" \
	"load db1 { feeds = {\"pdu1:1\", \"pdu2:1\"} }\n"

struct asked {
	char		 what[64], origin[64], value[8];
	int64_t		 at;
	bool		 confirm;
	struct pending	*pending;	/* NULL: answered */
};

struct world {
	struct loop	*loop;
	struct model	*model;
	struct settings	*settings;
	struct loads	*loads;
	struct groups	*groups;
	struct asked	 asked[16];
	size_t		 n;
	bool		 hold;		/* answers come later */
	const char	*critical, *broken;
	struct kept	*kept;
	char		 line[256];	/* the last warning */
	unsigned	 answers;
	enum result	 result;
	char		 detail[256];
};

static void
on_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct world	*w = arg;
	struct asked	*a = &w->asked[w->n];
	char		 what[64];

	snprintf(what, sizeof(what), "%s %s", device_name(d), var_name(ask->name));
	if (w->critical != NULL && !ask->confirm && strcmp(what, w->critical) == 0) {
		pending_done(pending, R_CONFIRM, NULL);
		return;
	}
	if (ask->test) {
		pending_done(pending, R_DONE, NULL);
		return;
	}
	assert_true(w->n++ < nitems(w->asked));
	*a = (struct asked){ .at = loop_now(w->loop), .confirm = ask->confirm };
	strcpy(a->what, what);
	snprintf(a->origin, sizeof(a->origin), "%s", ask->origin);
	snprintf(a->value, sizeof(a->value), "%s", ask->value == NULL ? "" : ask->value);
	if (w->hold)
		a->pending = pending;
	else if (w->broken != NULL && strcmp(what, w->broken) == 0)
		pending_done(pending, R_FAILED, "the device still shows it on");
	else
		pending_done(pending, R_DONE, NULL);
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
on_line(enum log_level level, const char *line, void *arg)
{
	struct world	*w = arg;

	if (level <= LOG_LEVEL_WARNING)
		snprintf(w->line, sizeof(w->line), "%s", line);
}

static void
on_write(void *arg, uint64_t id, const char *key, const char *text)
{
	struct world	*w = arg;

	kept_written(w->kept, id, NULL);
}

static void
add(struct world *w, const char *name)
{
	struct update	*u = update_begin(model_add(w->model, name));

	update_state(u, DEVICE_FRESH);
	update_put_text(u, var_intern("outlet.1.status"), "on");
	update_put_text(u, var_intern("outlet.7.desc"), "db1");
	update_commit(u);
}

static int
setup(void **state)
{
	static const struct driver_facts	 facts[] = { { "fake", 10000, 60000, NULL }, { 0 } };
	struct conf_errors			 errors = { 0 };
	struct world				*w = xcalloc(1, sizeof(*w));

	log_to(on_line, w);
	w->loop = loop_new_virtual();
	w->model = model_new();
	model_on_ask(w->model, on_ask, w);
	w->settings = settings_parse("t", SITE, strlen(SITE), facts, &errors);
	if (w->settings == NULL)
		fail_msg("%s", errors.texts[0]);
	w->kept = kept_new(w->loop);
	kept_loaded(w->kept, on_write, w);
	w->loads = loads_new(w->loop, w->model);
	w->groups = groups_new(w->loop, w->model, w->loads);
	loads_retain(w->loads, w->settings);
	add(w, "pdu1");
	add(w, "pdu2");
	loads_apply(w->loads, w->settings, NULL);
	groups_keep(w->groups, w->kept);
	groups_apply(w->groups, w->settings);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	groups_free(w->groups);
	kept_free(w->kept);
	loads_free(w->loads);
	model_free(w->model);
	settings_free(w->settings);
	loop_free(w->loop);
	log_to(NULL, NULL);
	free(w);
	return 0;
}

static bool
ask(struct world *w, const char *group, const char *command, const char *value, bool confirm)
{
	const struct ask	 a = { .value = value, .confirm = confirm, .origin = "control uid 0" };

	w->answers = 0;
	return groups_ask(w->groups, group, command, &a, on_result, w);
}

static void
run(struct world *w)
{
	while (loop_once(w->loop, 0))
		;
}

static void
members_are_switched_in_turn_and_a_failure_stops_nobody(void **state)
{
	struct world	*w = *state;

	w->broken = "pdu2 outlet.7.load.off";
	assert_true(ask(w, "RACK4", "load.off", NULL, false));
	assert_int_equal(w->answers, 0);
	run(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->result, R_FAILED);
	assert_string_equal(w->detail, "2 of 4 failed: pdu2:db1 (the device still shows it on), "
	    "gone:1 (the device cannot be reached)");
	assert_int_equal(w->n, 3);
	assert_string_equal(w->asked[0].what, "pdu1 outlet.3.load.off");
	assert_string_equal(w->asked[0].origin, "control uid 0, group rack4");
	assert_string_equal(w->asked[1].what, "pdu2 outlet.7.load.off");
	assert_string_equal(w->asked[2].what, "pdu1 outlet.4.load.off");
	assert_int_equal(w->asked[1].at - w->asked[0].at, 2000);
	assert_int_equal(w->asked[2].at - w->asked[0].at, 6000);
}

static void
a_group_is_confirmed_as_a_whole(void **state)
{
	struct world	*w = *state;

	w->critical = "pdu1 outlet.4.load.cycle";
	ask(w, "rack4", "load.cycle", NULL, false);
	assert_int_equal(w->result, R_CONFIRM);
	assert_string_equal(w->detail, "pdu1:4");
	run(w);
	assert_int_equal(w->n, 0);
	/* Each feed alone could go. */
	ask(w, "feeds", "load.off", NULL, false);
	assert_int_equal(w->result, R_CONFIRM);
	assert_string_equal(w->detail, "load db1 would have 0 live feeds and needs 1");
	ask(w, "feeds", "load.off.delay", "30", true);
	run(w);
	assert_int_equal(w->result, R_DONE);
	assert_true(w->asked[1].confirm);
	assert_string_equal(w->asked[1].value, "30");
	ask(w, "feeds", "load.on", NULL, false);
	run(w);
	assert_int_equal(w->result, R_DONE);
}

static void
one_sequence_runs_at_a_time_until_it_is_cancelled(void **state)
{
	struct world	*w = *state;
	size_t		 before;

	w->hold = true;
	ask(w, "rack4", "load.on", NULL, false);
	loop_once(w->loop, 0);
	assert_int_equal(w->n, 1);
	ask(w, "rack4", "load.off", NULL, false);
	assert_int_equal(w->result, R_BUSY);
	groups_forget(w->groups, w);
	w->hold = false;
	ask(w, "rack4", "load.cancel", NULL, false);
	run(w);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->n, 4);		/* one switched, three that are there cancelled */
	before = w->answers;
	pending_done(w->asked[0].pending, R_DONE, NULL);
	assert_int_equal(w->answers, before);	/* its asker had gone */
	ask(w, "rack4", "load.on", NULL, false);
	run(w);
	assert_int_equal(w->answers, 1);
}

static void
what_is_no_group_or_no_command_is_said(void **state)
{
	struct world	*w = *state;

	assert_false(ask(w, "rack5", "load.on", NULL, false));
	assert_true(ask(w, "rack4", "beeper.off", NULL, false));
	assert_int_equal(w->result, R_UNKNOWN);
}

static void
an_outlet_by_two_names_is_switched_once(void **state)
{
	struct world	*w = *state;

	ask(w, "twice", "load.cycle", NULL, false);
	run(w);
	assert_int_equal(w->result, R_DONE);
	assert_int_equal(w->n, 2);
	assert_string_equal(w->asked[0].what, "pdu1 outlet.7.load.cycle");
	assert_string_equal(w->asked[1].what, "pdu2 outlet.1.load.cycle");
}

static void
what_broke_off_is_told_and_not_gone_on_with(void **state)
{
	struct world	*w = *state;

	w->hold = true;
	ask(w, "rack4", "load.off", NULL, false);
	loop_once(w->loop, 0);
	assert_string_equal(kept_get(w->kept, "*group/rack4"), "load.off 1 4 control uid 0");
	groups_keep(w->groups, NULL);		/* we die */
	groups_free(w->groups);
	w->groups = groups_new(w->loop, w->model, w->loads);
	groups_apply(w->groups, w->settings);
	*w->line = '\0';
	groups_keep(w->groups, w->kept);
	assert_string_equal(w->line, "rack4: load.off by control uid 0 broke off when busbard ended: 1 of 4 outlets "
	    "had been asked, and nobody knows what became of the last; it is not gone on with");
	assert_null(kept_get(w->kept, "*group/rack4"));
	pending_done(w->asked[0].pending, R_DONE, NULL);
	w->hold = false;
	run(w);
	assert_int_equal(w->n, 1);
	ask(w, "rack4", "load.on", NULL, false);
	run(w);
	assert_int_equal(w->n, 4);
	assert_null(kept_get(w->kept, "*group/rack4"));	/* one that has ended leaves nothing */
	/* Nor where the store was away at its end. */
	ask(w, "rack4", "load.on", NULL, false);
	loop_once(w->loop, 0);
	assert_non_null(kept_get(w->kept, "*group/rack4"));
	kept_lost(w->kept);
	run(w);
	assert_null(kept_get(w->kept, "*group/rack4"));
}

static void
its_end_is_told(void **state)
{
	struct world	*w = *state;

	w->hold = true;
	ask(w, "rack4", "load.on", NULL, false);
	loop_once(w->loop, 0);
	groups_free(w->groups);
	w->groups = NULL;
	assert_int_equal(w->result, R_TIMEOUT);
	pending_done(w->asked[0].pending, R_DONE, NULL);
	assert_int_equal(w->answers, 1);
}

/* -- as publishers see them ------------------------------------------------------------- */

static const char *
shown(const struct world *w, const char *group, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct device	*d = model_find(w->model, group, strlen(group));
	const struct value	*v = d == NULL ? NULL : snapshot_get(device_now(d), var_intern(name));

	return v == NULL ? "-" : value_text(v, room);
}

static void
put(struct world *w, const char *device, const char *name, const char *text)
{
	struct update	*u = update_continue(model_find(w->model, device, strlen(device)));

	if (text == NULL)
		update_del(u, var_intern(name));
	else
		update_put_text(u, var_intern(name), text);
	update_commit(u);
	elapse(w->loop, GROUP_VIEW_MS + 1);
}

static void
is_shown(const struct world *w, const char *group, const char *name, const char *text)
{
	assert_string_equal(shown(w, group, name), text);
}

/* The group first; its members are asked as ever. */
static struct group_views *asked_views;

static void
on_ask_view(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	if (!group_views_ask(asked_views, d, ask, pending))
		on_ask(d, ask, pending, arg);
}

static enum result
ask_view(struct world *w, struct group_views *views, const char *group, const struct ask *ask)
{
	struct device	*d = model_find(w->model, group, strlen(group));

	w->answers = 0;
	asked_views = views;
	model_on_ask(w->model, on_ask_view, w);
	device_ask(d, ask, on_result, w);
	elapse(w->loop, 5000);
	assert_int_equal(w->answers, 1);
	return w->result;
}

static void
a_group_is_shown_by_its_members(void **state)
{
	struct world		*w = *state;
	struct group_views	*views = group_views_new(w->loop, w->model, w->groups);

	group_views_apply(views, w->settings, NULL);
	is_shown(w, "group:feeds", "outlet.group.1.name", "feeds");
	is_shown(w, "group:feeds", "outlet.group.1.status", "on");
	is_shown(w, "group:feeds", "outlet.group.1.count", "2");
	is_shown(w, "group:feeds", "outlet.group.1.realpower", "-");
	is_shown(w, "group:feeds", ".outlet.group.1.member.1", "-");	/* its device has no number */
	put(w, "pdu1", ".index", "11");
	put(w, "pdu2", ".index", "12");
	is_shown(w, "group:feeds", ".outlet.group.1.member.2", "12 1");
	put(w, "pdu1", "outlet.1.realpower", "20.5");
	is_shown(w, "group:feeds", "outlet.group.1.realpower", "-");	/* a sum of some would be too small */
	put(w, "pdu2", "outlet.1.realpower", "30");
	is_shown(w, "group:feeds", "outlet.group.1.realpower", "50.5");
	put(w, "pdu2", "outlet.1.status", "off");
	is_shown(w, "group:feeds", "outlet.group.1.status", "mixed");
	put(w, "pdu1", "outlet.1.status", NULL);
	is_shown(w, "group:feeds", "outlet.group.1.status", "-");
	/* one by two names, and of one not there yet */
	put(w, "pdu1", "outlet.7.status", "on");
	is_shown(w, "group:twice", "outlet.group.1.count", "2");
	is_shown(w, "group:rack4", "outlet.group.1.count", "4");
	is_shown(w, "group:rack4", "outlet.group.1.status", "-");
	add(w, "gone");
	elapse(w->loop, GROUP_VIEW_MS + 1);
	put(w, "gone", ".index", "13");
	is_shown(w, "group:rack4", ".outlet.group.1.member.3", "13 1");
	model_remove(model_find(w->model, "gone", 4));
	elapse(w->loop, GROUP_VIEW_MS + 1);
	is_shown(w, "group:rack4", ".outlet.group.1.member.3", "-");
	assert_true(device_is_group(model_find(w->model, "group:rack4", 11)));
	group_views_free(views);
	assert_null(model_find(w->model, "group:rack4", 11));
}

static void
a_group_is_commanded_as_a_device(void **state)
{
	struct world		*w = *state;
	struct group_views	*views = group_views_new(w->loop, w->model, w->groups);
	struct ask		 a = { .kind = REQUEST_COMMAND, .name = var_intern("outlet.group.1.load.off"), .origin = "snmp" };

	group_views_apply(views, w->settings, NULL);
	put(w, "pdu1", "outlet.7.status", "on");
	w->broken = "pdu2 outlet.1.load.off";
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_FAILED);
	assert_int_equal(w->n, 2);
	is_shown(w, "group:twice", ".outlet.group.1.pending", "-");
	assert_int_equal(strncmp(shown(w, "group:twice", ".outlet.group.1.last"), "failed load.off ", 16), 0);
	is_shown(w, "group:twice", ".outlet.group.1.failures",
	    "1 of 2 failed: pdu2:1 (the device still shows it on)");
	a.name = var_intern("outlet.group.1.load.on");
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_DONE);
	is_shown(w, "group:twice", ".outlet.group.1.failures", "-");
	a.name = var_intern("outlet.group.2.load.on");
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_UNKNOWN);
	a.name = var_intern("load.off");
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_UNKNOWN);
	a = (struct ask){ .kind = REQUEST_KEEP, .name = var_intern(".outlet.group.1.lock"), .value = "77", .origin = "snmp" };
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_DONE);
	is_shown(w, "group:twice", ".outlet.group.1.lock", "77");
	a.value = "-1";
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_INVALID);
	a.name = var_intern(".ident.name");
	assert_int_equal(ask_view(w, views, "group:twice", &a), R_UNKNOWN);
	group_views_free(views);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(members_are_switched_in_turn_and_a_failure_stops_nobody), TEST(a_group_is_confirmed_as_a_whole),
		TEST(one_sequence_runs_at_a_time_until_it_is_cancelled),
		TEST(what_is_no_group_or_no_command_is_said), TEST(its_end_is_told),
		TEST(what_broke_off_is_told_and_not_gone_on_with), TEST(a_group_is_shown_by_its_members),
		TEST(an_outlet_by_two_names_is_switched_once), TEST(a_group_is_commanded_as_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
