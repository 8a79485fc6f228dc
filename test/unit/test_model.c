/* Snapshots, changes, watches, requests. */
#include <stdio.h>
#include <strings.h>

#include "core/traits.h"
#include "core/update.h"
#include "test/unit/unit.h"

static void
put(struct update *u, const char *name, const char *text)
{
	update_put_text(u, var_intern(name), text);
}

static const char *
text_of(const struct device *d, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(d), var_intern(name));

	return v == NULL ? "(absent)" : value_text(v, room);
}

/* -- names ---------------------------------------------------------------------- */

static void
names_are_numbers(void **state)
{
	char	 name[32];
	int	 i;

	assert_int_equal(var_intern("battery.charge"), VAR_BATTERY_CHARGE);
	assert_int_equal(var_find("BATTERY.Charge", 14), VAR_BATTERY_CHARGE);
	assert_int_equal(var_find("no.such.name", 12), VAR_NONE);
	assert_int_equal(var_find("battery.chargeX", 14), VAR_BATTERY_CHARGE);
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "outlet.%d.current", i);
		assert_string_equal(var_name(var_intern(name)), name);
		assert_int_equal(var_intern(name), var_internf("outlet.%d.current", i));
	}
	assert_true(var_intern("Mixed.Case") != var_intern("mixed.case"));
	assert_true(var_hidden(var_intern(".type")));
}

static void
descriptions_are_found_by_form(void **state)
{
	static const struct { const char *name, *row; } rows[] = {
		{ "battery.charge", "battery.charge" },
		{ "outlet.3.current", "outlet.n.current" },
		{ "outlet.group.12.name", "outlet.n.name" },
		{ "outlet.group.12.type", "outlet.group.n.type" },
		{ "device.2.ups.load", "ups.load" },
		{ "input.L1.current", "Lx.current" },
		{ "input.bypass.L2-N.voltage", "Lx.voltage" },
		{ "output.L3-L1.voltage", "Lx.voltage" },
		{ "ambient.2.name", "ambient.n.name" },
		{ "outlet.current", "outlet.n.current" },
		{ "outlet.group.2.breaker.status", "outlet.group.n.breaker.status" },
		{ "input.2.frequency", "input.frequency" },
		{ "input.2.L3.energy", "Lx.energy" },
		{ "ambient.temperature", "ambient.n.temperature" },
		{ "ambient.contacts.1.status", "ambient.n.contacts.x.status" },
		{ "ambient.4.contacts.2.name", "ambient.n.contacts.x.name" },
		{ "device.psu.2.status", "device.psu.n.status" },
		{ "load.off", "load.off" },
		{ "outlet.7.load.off", "outlet.n.load.off" },
		{ "vendor.secret.number", NULL },
		{ "input.L4.current", NULL },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		const struct var_info	*info = var_info(rows[i].name);

		if (rows[i].row == NULL)
			assert_null(info);
		else
			assert_string_equal(info->name, rows[i].row);
	}
}

/* -- snapshots -------------------------------------------------------------------- */

static void
nobody_sees_an_update_before_its_commit(void **state)
{
	struct model		*m = model_new();
	struct device		*d = model_add(m, "ups1");
	struct update		*u = update_begin(d);
	const struct snapshot	*held;

	put(u, "ups.status", "OL");
	put(u, "battery.charge", "97.6");
	put(u, "battery.charge", "98");		/* the last put wins */
	assert_null(device_now(d));
	assert_string_equal(value_text(update_get(u, VAR_BATTERY_CHARGE), (char[VALUE_TEXT_MAX]){ 0 }), "98");
	update_commit(u);
	assert_string_equal(text_of(d, "battery.charge"), "98");
	held = snapshot_hold(device_now(d));

	u = update_continue(d);
	put(u, "input.voltage", "230");
	update_del(u, VAR_BATTERY_CHARGE);
	assert_null(update_get(u, VAR_BATTERY_CHARGE));
	update_commit(u);
	assert_string_equal(text_of(d, "battery.charge"), "(absent)");
	assert_string_equal(text_of(d, "ups.status"), "OL");
	assert_non_null(snapshot_get(held, VAR_BATTERY_CHARGE));	/* the old one has not moved */
	snapshot_release(held);

	u = update_continue(d);
	put(u, "ups.status", "OB");
	update_drop(u);
	assert_string_equal(text_of(d, "ups.status"), "OL");
	model_free(m);
}

static void
readings_come_in_the_order_of_their_names(void **state)
{
	static const char *const names[] = { "ups.status", "Battery.type", "battery.charge", ".type",
	    "outlet.10.name", "outlet.2.name", "input.voltage" };
	struct model		*m = model_new();
	struct device		*d = model_add(m, "ups1");
	struct update		*u = update_begin(d);
	const struct reading	*r;
	size_t			 i;

	for (i = 0; i < nitems(names); i++)
		put(u, names[i], names[i]);
	update_commit(u);
	assert_int_equal(snapshot_size(device_now(d)), nitems(names));
	for (i = 1; i < nitems(names); i++)
		assert_true(var_compare(snapshot_at(device_now(d), i - 1)->var,
		    snapshot_at(device_now(d), i)->var) < 0);
	for (i = 0; i < nitems(names); i++)
		assert_string_equal(text_of(d, names[i]), names[i]);
	r = snapshot_lookup(device_now(d), "BATTERY.TYPEX", 12);
	assert_string_equal(var_name(r->var), "Battery.type");
	assert_null(snapshot_lookup(device_now(d), ".type", 5));
	assert_null(snapshot_lookup(device_now(d), "battery", 7));
	model_free(m);
}

/* -- watches ------------------------------------------------------------------------ */

struct heard {
	struct model	*model;
	unsigned	 calls, events;
	struct watch	*other, *born;
};

static void
on_change(const struct change *c, void *arg)
{
	struct heard	*h = arg;

	h->calls++;
	h->events |= c->events;
}

static void
one_commit_is_one_change(void **state)
{
	struct model	*m = model_new();
	struct heard	 h = { .model = m };
	struct device	*d;
	struct update	*u;

	model_watch(m, ~0u, on_change, &h);
	d = model_add(m, "ups1");
	assert_int_equal(h.events, EV_ADDED);
	u = update_begin(d);
	put(u, "ups.status", "OL");
	update_state(u, DEVICE_FRESH);
	update_command(u, CMD_LOAD_OFF);
	update_commit(u);
	assert_int_equal(h.calls, 2);
	assert_int_equal(h.events, EV_ADDED | EV_CHANGED | EV_STATE | EV_TRAITS);
	/* The same again is no change at all. */
	u = update_begin(d);
	put(u, "ups.status", "OL");
	update_state(u, DEVICE_FRESH);
	update_command(u, CMD_LOAD_OFF);
	update_commit(u);
	assert_int_equal(h.calls, 2);
	/* 230 and 230.0 are different texts. */
	u = update_continue(d);
	put(u, "input.voltage", "230");
	update_commit(u);
	u = update_continue(d);
	put(u, "input.voltage", "230.0");
	update_commit(u);
	assert_int_equal(h.calls, 4);
	model_remove(d);
	assert_int_equal(h.events & EV_REMOVED, EV_REMOVED);
	model_free(m);
}

static void
on_change_cancel(const struct change *c, void *arg)
{
	struct heard	*h = arg;

	h->calls++;
	watch_cancel(h->other);
	h->other = NULL;
	if (h->born == NULL)
		h->born = model_watch(h->model, ~0u, on_change, h);
}

static void
watches_come_and_go_inside_a_delivery(void **state)
{
	struct model	*m = model_new();
	struct heard	 first = { .model = m }, second = { .model = m };

	model_watch(m, EV_ADDED, on_change_cancel, &first);
	first.other = model_watch(m, EV_ADDED, on_change, &second);
	model_add(m, "a");
	assert_int_equal(second.calls, 0);	/* cancelled before its turn */
	assert_int_equal(first.calls, 1);	/* the one born did not hear what bore it */
	model_add(m, "b");
	assert_int_equal(first.calls, 3);
	model_free(m);
}

/* As the NUT listener does beside the engine, when it tells of logins. */
static void
on_change_commit(const struct change *c, void *arg)
{
	struct update	*u;

	if (snapshot_text(c->after, VAR_UPS_ID) != NULL)
		return;
	u = update_continue(c->device);
	put(u, "ups.id", "again");
	update_commit(u);
}

static void
on_change_read(const struct change *c, void *arg)
{
	struct heard	*h = arg;

	assert_string_equal(snapshot_text(c->after, VAR_UPS_STATUS), "OL");
	h->calls++;
}

/* Whoever is told later still sees what was told. */
static void
a_watch_may_commit(void **state)
{
	struct model	*m = model_new();
	struct heard	 h = { .model = m };
	struct device	*d = model_add(m, "ups1");
	struct update	*u;

	model_watch(m, EV_CHANGED, on_change_commit, NULL);
	model_watch(m, EV_CHANGED, on_change_read, &h);
	u = update_begin(d);
	put(u, "ups.status", "OL");
	update_commit(u);
	assert_int_equal(h.calls, 2);
	assert_string_equal(snapshot_text(device_now(d), VAR_UPS_ID), "again");
	model_free(m);
}

static void
devices_are_found_without_case_and_listed_by_name(void **state)
{
	struct model	*m = model_new();
	struct device	*d = NULL;
	char		 name[16], last[16] = "";
	int		 i, n = 0;

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%s%d", i % 2 ? "UPS" : "ups", (i * 7919) % 1000);
		model_add(m, name);
	}
	while ((d = model_next(m, d)) != NULL) {
		assert_true(strcasecmp(last, device_name(d)) < 0);
		snprintf(last, sizeof(last), "%s", device_name(d));
		assert_ptr_equal(model_find(m, last, strlen(last)), d);
		n++;
	}
	assert_int_equal(n, 300);
	assert_non_null(model_find(m, "uPs0@host", 4));
	assert_null(model_find(m, "ups", 3));
	while ((d = model_next(m, NULL)) != NULL)
		model_remove(d);
	assert_int_equal(model_size(m), 0);
	model_free(m);
}

/* -- traits and requests ---------------------------------------------------------------- */

static void
traits_are_copied(void **state)
{
	const char	*enums[] = { "yes", "no" };
	struct range	 range = { value_number(-5, 1), value_number(230, 0) };
	struct settable	 s = { .var = VAR_UPS_START_AUTO, .maxlen = 3, .enums = enums, .nenums = 2,
	    .ranges = &range, .nranges = 1 };
	struct model	*m = model_new();
	struct device	*d = model_add(m, "ups1");
	struct update	*u = update_begin(d);
	const struct settable	*got;

	update_settable(u, &s);
	update_command(u, CMD_LOAD_ON);
	update_command(u, CMD_BEEPER_MUTE);
	update_commit(u);
	enums[0] = "gone";
	got = traits_settable(device_traits(d), VAR_UPS_START_AUTO);
	assert_string_equal(got->enums[0], "yes");
	assert_int_equal(got->ranges[0].min.digits, -5);
	assert_int_equal(traits_command(device_traits(d), 0), CMD_BEEPER_MUTE);
	u = update_continue(d);
	update_not_settable(u, VAR_UPS_START_AUTO);
	update_no_command(u, CMD_LOAD_ON);
	update_commit(u);
	assert_null(traits_settable(device_traits(d), VAR_UPS_START_AUTO));
	assert_false(traits_can(device_traits(d), CMD_LOAD_ON));
	assert_true(traits_can(device_traits(d), CMD_BEEPER_MUTE));
	model_free(m);
}

static void
traits_share_what_can_be_set(void **state)
{
	const char	*enums[] = { "yes", "no" };
	struct settable	 s = { .var = VAR_UPS_START_AUTO, .maxlen = 3, .enums = enums, .nenums = 2 };
	struct settable	 number = { .var = VAR_BATTERY_CHARGE_LOW };
	struct traits	*one = traits_new(), *copy, *other = traits_new();

	traits_add_settable(one, &s);
	copy = traits_copy(one);
	assert_ptr_equal(traits_settable_at(one, 0), traits_settable_at(copy, 0));
	traits_add_settable(copy, &s);		/* it is that already */
	assert_ptr_equal(traits_settable_at(one, 0), traits_settable_at(copy, 0));
	traits_add_settable(copy, &number);
	assert_int_equal(traits_settables(one), 1);
	assert_int_equal(traits_settables(copy), 2);
	assert_false(traits_equal(one, copy));
	traits_del_settable(copy, VAR_BATTERY_CHARGE_LOW);
	assert_true(traits_equal(one, copy));
	traits_share(copy, one);
	assert_ptr_equal(traits_settable_at(one, 0), traits_settable_at(copy, 0));
	traits_release(one);
	assert_string_equal(traits_settable_at(copy, 0)->enums[1], "no");
	traits_share(copy, other);		/* not the same: nothing is shared */
	traits_share(other, NULL);
	assert_int_equal(traits_settables(copy), 1);
	assert_int_equal(traits_settables(other), 0);
	traits_release(copy);
	traits_release(other);
}

static struct pending *kept;

static void
keep(struct device *d, const struct ask *ask, struct pending *p, void *arg)
{
	kept = p;
}

static void
on_result(enum result r, const char *detail, void *arg)
{
	*(int *)arg = (int)r;
}

static void
a_request_ends_once_or_is_forgotten(void **state)
{
	struct model	*m = model_new();
	struct device	*d = model_add(m, "ups1");
	struct ask	 ask = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "test" };
	struct pending	*p;
	int		 result = -1;

	assert_null(device_ask(d, &ask, on_result, &result));
	assert_int_equal(result, R_GONE);		/* nobody carries it out */
	model_on_ask(m, keep, NULL);
	result = -1;
	assert_non_null(device_ask(d, &ask, on_result, &result));
	assert_int_equal(result, -1);
	pending_done(kept, R_DONE, NULL);
	assert_int_equal(result, R_DONE);
	result = -1;
	p = device_ask(d, &ask, on_result, &result);
	pending_forget(p);
	pending_done(kept, R_DONE, NULL);
	assert_int_equal(result, -1);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(names_are_numbers),
		cmocka_unit_test(descriptions_are_found_by_form),
		cmocka_unit_test(nobody_sees_an_update_before_its_commit),
		cmocka_unit_test(readings_come_in_the_order_of_their_names),
		cmocka_unit_test(one_commit_is_one_change),
		cmocka_unit_test(watches_come_and_go_inside_a_delivery),
		cmocka_unit_test(a_watch_may_commit),
		cmocka_unit_test(devices_are_found_without_case_and_listed_by_name),
		cmocka_unit_test(traits_are_copied), cmocka_unit_test(traits_share_what_can_be_set),
		cmocka_unit_test(a_request_ends_once_or_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
