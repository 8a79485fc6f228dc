/* What is said of an outlet, and what its commands are called. */
#include "core/outlet.h"
#include "core/remarks.h"
#include "core/update.h"
#include "test/unit/unit.h"

static void
test_names(void **state)
{
	unsigned		 outlet, command;
	const char		*rest;

	for (command = OUTLET_ON; command < OUTLET_COMMANDS; command++) {
		assert_int_equal(outlet_command_of(outlet_command_var(48, command), &outlet), command);
		assert_int_equal(outlet, 48);
	}
	assert_string_equal(var_name(outlet_command_var(3, OUTLET_DELAYED_OFF)), "outlet.3.load.off.delay");
	assert_int_equal(outlet_command_of(var_intern("outlet.3.shutdown.return"), &outlet), OUTLET_NONE);
	assert_int_equal(outlet_command_of(var_intern("outlet.group.3.load.off"), &outlet), OUTLET_NONE);
	assert_int_equal(outlet_command_of(var_intern("outlet.3.none"), &outlet), OUTLET_NONE);
	assert_int_equal(outlet_command_of(CMD_LOAD_OFF, &outlet), OUTLET_NONE);
	assert_int_equal(outlet_command_of(VAR_NONE, &outlet), OUTLET_NONE);
	assert_int_equal(outlet_number("outlet.12.status", &rest), 12);
	assert_string_equal(rest, "status");
	assert_int_equal(outlet_number("outlet.0.status", &rest), 0);
	assert_int_equal(outlet_number("outlet.99999999999.status", &rest), 0);
	assert_int_equal(outlet_number("outlet.10000.status", &rest), 0);
	assert_int_equal(outlet_number("outlet.3", &rest), 0);
	assert_int_equal(outlet_number("outlet.count", &rest), 0);
}

static void
put(struct update *u, const char *name, char *text)
{
	update_put_text(u, var_intern(name), text);
	free(text);
}

static void
test_said(void **state)
{
	struct model		*m = model_new();
	struct device		*d = model_add(m, "pdu1");
	struct update		*u = update_begin(d);
	struct outlet_said	 said;

	outlet_said(NULL, 3, &said);
	assert_int_equal(said.pending, OUTLET_NONE);
	assert_int_equal(said.last, OUTLET_NONE);
	put(u, ".outlet.3.pending", outlet_pending_text(OUTLET_DELAYED_CYCLE, 123456789012));
	put(u, ".outlet.3.last", outlet_last_text(OUTLET_TIMED_OUT, OUTLET_OFF, 1700000000, "nut admin@::1"));
	update_put_text(u, var_intern(".outlet.3.critical"), "yes");
	update_put_text(u, var_intern(".outlet.4.pending"), "nonsense 5");
	update_put_text(u, var_intern(".outlet.4.last"), "ok load.on");
	update_put_text(u, var_intern(".outlet.4.readonly"), "yes");
	update_commit(u);
	outlet_said(device_now(d), 3, &said);
	assert_true(said.critical);
	assert_false(said.readonly);
	assert_int_equal(said.pending, OUTLET_DELAYED_CYCLE);
	assert_int_equal(said.due, 123456789012);
	assert_int_equal(said.last, OUTLET_OFF);
	assert_int_equal(said.result, OUTLET_TIMED_OUT);
	assert_int_equal(said.time, 1700000000);
	assert_string_equal(said.origin, "nut admin@::1");
	outlet_said(device_now(d), 4, &said);
	assert_true(said.readonly);
	assert_int_equal(said.pending, OUTLET_NONE);
	assert_int_equal(said.last, OUTLET_NONE);
	model_free(m);
}

static void
test_range(void **state)
{
	struct model		*m = model_new();
	struct device		*d = model_add(m, "pdu1");
	struct update		*u = update_begin(d);
	struct outlet_range	 range = outlet_range(NULL, NULL, 1);

	assert_int_equal(range.first, 0);
	assert_false(range.has);
	update_put_text(u, var_intern("outlet.count"), "9");
	update_put_text(u, var_intern("outlet.2.status"), "on");
	update_put_text(u, var_intern("outlet.7.desc"), "plug7");
	update_command(u, outlet_command_var(5, OUTLET_ON));
	update_commit(u);
	range = outlet_range(device_now(d), device_traits(d), 5);
	assert_int_equal(range.first, 2);
	assert_int_equal(range.last, 7);
	assert_true(range.has);
	assert_false(outlet_range(device_now(d), device_traits(d), 3).has);
	assert_false(outlet_range(device_now(d), device_traits(d), 0).has);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_said), cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
