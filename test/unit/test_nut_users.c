#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "nutproto/users.h"

/* Who may do what: every role, action and kind of command against every right. */

static const char	text[] =
	"nut { allow = {\"127.0.0.0/8\", \"10.0.0.0/8\", \"::1\", \"2001:db8::/32\"} }\n"
	"user nobody { password = x }\n"
	"user second { password = x upsmon = secondary }\n"
	"user first { password = x upsmon = primary }\n"
	"user setter { password = x actions = {SET} }\n"
	"user shutter { password = x actions = {FSD} devices = {ups1} }\n"
	"user runner { password = x commands = {ALL} }\n"
	"user tester { password = x commands = {\"test.*\", \"beeper.off\", \"pdu1:outlet.3.load.cycle\"} }\n"
	"user local { password = x commands = {\"ups1:ALL\", \"pdu1:load.*\"} }\n"
	"user none { password = x upsmon = primary actions = {SET, FSD} commands = {ALL} devices = {} }\n"
	"user root { password = x upsmon = primary actions = {SET, FSD} commands = {ALL} devices = {ups1, pdu1} }\n"
	"user near { password = x allow = {\"10.1.0.0/16\", \"::1\"} }\n";

static int
setup(void **state)
{
	struct conf_errors	 errors = {0};

	*state = settings_parse("t", text, strlen(text), NULL, &errors);
	if (errors.n > 0)
		print_error("%s\n", errors.texts[0]);
	conf_errors_free(&errors);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	settings_free(*state);
	return 0;
}

/* Each right as a letter, in upper case where it is granted. */
static void
grants(const struct user_settings *u, const char *device, char out[6])
{
	static const char	letters[] = "lpfs";
	size_t			i;

	for (i = 0; i < 4; i++)
		out[i] = users_may(u, (enum right)i, device, NULL) ? (char)(letters[i] - 32) : letters[i];
	out[4] = users_may(u, RIGHT_COMMAND, device, "load.off") ? 'C' : 'c';
	out[5] = '\0';
}

static void
test_matrix(void **state)
{
	static const struct { const char *user, *ups1, *pdu1; } rows[] = {
		{ "nobody",	"lpfsc", "lpfsc" },
		{ "second",	"Lpfsc", "Lpfsc" },
		{ "first",	"LPFsc", "LPFsc" },
		{ "setter",	"lpfSc", "lpfSc" },
		{ "shutter",	"lpFsc", "lpfsc" },
		{ "runner",	"lpfsC", "lpfsC" },
		{ "tester",	"lpfsc", "lpfsc" },
		{ "local",	"lpfsC", "lpfsC" },
		{ "none",	"lpfsc", "lpfsc" },
		{ "root",	"LPFSC", "LPFSC" },
	};
	char	 seen[6];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		const struct user_settings	*u = users_find(*state, rows[i].user);

		assert_non_null(u);
		grants(u, "ups1", seen);
		assert_string_equal(seen, rows[i].ups1);
		grants(u, "PDU1", seen);
		assert_string_equal(seen, rows[i].pdu1);
	}
	grants(users_find(*state, "root"), "ups2", seen);
	assert_string_equal(seen, "lpfsc");
	grants(NULL, "ups1", seen);
	assert_string_equal(seen, "lpfsc");
}

static void
test_commands(void **state)
{
	static const struct { const char *user, *device, *command; bool may; } rows[] = {
		{ "tester", "ups1", "test.battery.start",	true },
		{ "tester", "ups1", "TEST.Panel.Stop",		true },
		{ "tester", "ups1", "test",			false },
		{ "tester", "ups1", "tests.x",			false },
		{ "tester", "ups1", "beeper.off",		true },
		{ "tester", "ups1", "beeper.offer",		false },
		{ "tester", "ups1", "beeper",			false },
		{ "tester", "ups1", "",				false },
		{ "tester", "pdu1", "outlet.3.load.cycle",	true },
		{ "tester", "PDU1", "Outlet.3.load.cycle",	true },
		{ "tester", "pdu1", "outlet.33.load.cycle",	false },
		{ "tester", "pdu",  "outlet.3.load.cycle",	false },
		{ "tester", "pdu11", "outlet.3.load.cycle",	false },
		{ "tester", "ups1", "outlet.3.load.cycle",	false },
		{ "local",  "ups1", "shutdown.return",		true },
		{ "local",  "ups2", "shutdown.return",		false },
		{ "local",  "pdu1", "load.on",			true },
		{ "local",  "pdu1", "beeper.off",		false },
		{ "runner", "ups9", "anything.at.all",		true },
		{ "root",   "ups9", "anything.at.all",		false },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++)
		if (users_may(users_find(*state, rows[i].user), RIGHT_COMMAND, rows[i].device,
		    rows[i].command) != rows[i].may)
			fail_msg("%s %s %s", rows[i].user, rows[i].device, rows[i].command);
}

/* With their case, as upsd compares them. */
static void
test_find(void **state)
{
	assert_string_equal(users_find(*state, "root")->name, "root");
	assert_null(users_find(*state, "Root"));
	assert_null(users_find(*state, ""));
	assert_null(users_find(*state, "roo"));
}

/* Both networks must have it: the listener's and the user's. */
static void
test_networks(void **state)
{
	static const struct { const char *user, *address; bool in; } rows[] = {
		{ "root", "10.9.9.9",		true },
		{ "root", "192.0.2.1",		false },
		{ "root", "2001:db8::7",	true },
		{ "root", "2001:db9::7",	false },
		{ "root", "::ffff:10.9.9.9",	true },
		{ "near", "10.1.2.3",		true },
		{ "near", "10.2.2.3",		false },
		{ "near", "::1",		true },
		{ "near", "2001:db8::7",	false },
	};
	uint8_t	 address[16];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		bool	v6 = strchr(rows[i].address, ':') != NULL;

		assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, rows[i].address, address), 1);
		assert_int_equal(users_accept(*state, users_find(*state, rows[i].user), address, v6), rows[i].in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_networks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
