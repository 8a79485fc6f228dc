#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "core/update.h"
#include "drivers/snmp/driver.h"
#include "fleet_stage.h"
#include "snmp_stage.h"

/*
 * Recorded PDUs, transfer switches and sensors, from the agent's objects to
 * ours: through their profiles, and into BUSBAR-MIB.
 */

/* Which object has a reading; # in the name is the part's number, in the place of the last arc. */
static const struct pair {
	const char	*name, *column;
	unsigned	 scale;
} pairs[] = {
	{ "outlet.#.voltage", "4.5.1.12", 3 }, { "outlet.#.current", "4.5.1.13", 3 },
	{ "outlet.#.realpower", "4.5.1.14", 0 }, { "outlet.#.power", "4.5.1.15", 0 },
	{ "outlet.#.powerfactor", "4.5.1.16", 3 }, { "outlet.#.energy", "4.5.1.18", 0 },
	{ "outlet.group.#.current", "4.4.1.8", 3 }, { "outlet.group.#.voltage", "4.4.1.11", 3 },
	{ "outlet.group.#.realpower", "4.4.1.12", 0 }, { "outlet.group.#.energy", "4.4.1.14", 0 },
	{ "outlet.group.#.current.nominal", "4.4.1.7", 3 },
	{ "input.L1.voltage", "4.3.1.2.#.1.1", 3 }, { "input.L2.voltage", "4.3.1.2.#.1.2", 3 },
	{ "input.L3.current", "4.3.1.4.#.1.3", 3 }, { "input.L1.current", "4.3.1.4.#.1.1", 3 },
	{ "input.L2.realpower", "4.3.1.10.#.1.2", 0 }, { "input.energy", "4.1.1.14.#", 0 },
	{ "input.realpower", "4.1.1.11.#", 0 }, { "input.power", "4.1.1.12.#", 0 },
	{ "input.1.voltage", "5.2.1.3.#.1", 3 }, { "input.2.voltage", "5.2.1.3.#.2", 3 },
	{ "input.2.frequency", "5.2.1.4.#.2", 1 },
	{ "ambient.#.temperature", "6.1.1.4", 1 }, { "ambient.#.humidity", "6.1.1.4", 1 },
	{ "outlet.#.current.high.critical", "7.1.1.7", 3 },
};

static unsigned	compared;

static char *
with_number(const char *form, unsigned number)
{
	size_t	 before = strcspn(form, "#");

	return xasprintf("%.*s%u%s", (int)before, form, number, form[before] == '#' ? form + before + 1 : "");
}

/* bbSensorIndex, bbThresholdIndex, or the number itself. */
static char *
oid_of(const struct pair *pair, unsigned device, unsigned number)
{
	char	*arcs, *oid;

	if (strchr(pair->column, '#') != NULL)
		arcs = with_number(pair->column, device);
	else if (pair->column[0] == '6')
		arcs = xasprintf("%s.%u.%u", pair->column, device,
		    number * 100 + (strstr(pair->name, "humidity") != NULL ? 2 : 1));
	else if (pair->column[0] == '7')
		arcs = xasprintf("%s.%u.4.%u.2", pair->column, device, number);
	else
		arcs = xasprintf("%s.%u.%u", pair->column, device, number);
	oid = xasprintf("%s%s", BUSBAR, arcs);
	free(arcs);
	return oid;
}

static void
compare_one(struct tree *t, const struct device *d, unsigned index, const struct pair *pair, unsigned number)
{
	char			*name = with_number(pair->name, number), *oid, room[600], expected[32];
	const struct value	*v = snapshot_get(device_now(d), var_intern(name));

	if (v != NULL && v->type == V_NUMBER && v->digits >= 0) {
		oid = oid_of(pair, index, number);
		snprintf(expected, sizeof(expected), "%lld", (long long)value_scaled(v, pair->scale));
		if (strcmp(show(t, oid, room), expected) != 0)
			fail_msg("%s: %s is %s, not %s", device_name(d), name, room, expected);
		compared++;
		free(oid);
	}
	free(name);
}

static const char *
type_of(const struct device *d)
{
	const char	*type = snapshot_text(device_now(d), var_intern(REMARK_TYPE));

	return type == NULL ? "" : type;
}

static void
compare(struct tree *t, const struct device *d, unsigned index)
{
	bool		 ats = strcmp(type_of(d), "ats") == 0, pdu = ats || strcmp(type_of(d), "pdu") == 0;
	const char	*group;
	unsigned	 number;
	size_t		 i;

	for (i = 0; i < nitems(pairs); i++) {
		const struct pair	*pair = &pairs[i];

		if ((strncmp(pair->name, "input.", 6) == 0 && !pdu) || (pair->column[0] == '5' && !ats))
			continue;
		for (number = 1; number <= (strchr(pair->name, '#') == NULL ? 1 : 64); number++) {
			group = snapshot_text(device_now(d), readings_var("outlet.group.%u.type", number));
			if (strncmp(pair->column, "4.4.", 4) == 0 && group != NULL && strcmp(group, "user-defined") == 0)
				continue;
			compare_one(t, d, index, pair, number);
		}
	}
}

/* -- playing recordings ------------------------------------------------------------------- */

static void
put_commands(struct update *u, char *words)
{
	char	*at, *word;

	for (word = strtok_r(words, " \n", &at); word != NULL; word = strtok_r(NULL, " \n", &at))
		if (strchr(word, ':') == NULL)
			update_command(u, var_intern(word));
}

static void
add_device(struct model *m, struct unit *said, const char *name, unsigned index)
{
	struct update	*u = update_begin(model_add(m, name));
	char		*commands = xstrdup(stage_text(&said->commands));
	size_t		 i;

	for (i = 0; i < said->nreadings; i++)
		if (strchr(var_name(said->readings[i].var), ':') == NULL)
			update_put_text(u, said->readings[i].var, said->readings[i].text);
	put_commands(u, commands);
	free(commands);
	update_put_text(u, var_intern(REMARK_TYPE), said->type == NULL ? "ups" : said->type);
	update_put(u, var_intern(REMARK_INDEX), value_number(index, 0));
	update_state(u, DEVICE_FRESH);
	update_commit(u);
}

static bool
play(struct model *m, const void *knowledge, const char *path, unsigned index)
{
	struct agent	 a = { .result = R_DONE };
	struct unit	 u;
	char		 name[16];
	bool		 good;

	assert_true(agent_load(&a, path));
	stage_begin(&u, &snmp_driver, knowledge, "auto", &a);
	stage_start(&u);
	if (u.outcome == READY)
		stage_poll(&u, true);
	snprintf(name, sizeof(name), "r%u", index);
	if ((good = u.outcome == DONE))
		add_device(m, &u, name, index);
	stage_end(&u);
	agent_free(&a);
	return good;
}

static void
recordings_become_objects(void **state)
{
	const char	*shared = getenv("SHARED");
	char		*pattern = xasprintf("%s/devices/snmp/open/*.snmprec", shared == NULL ? "../shared" : shared);
	void		*knowledge = stage_learn();
	struct model	*m = model_new();
	struct tree	*t = tree_new(m);
	glob_t		 g;
	unsigned	 index = 0;
	size_t		 i, n;

	assert_non_null(knowledge);
	if (glob(pattern, 0, NULL, &g) != 0)
		g.gl_pathc = 0;
	tree_entities(t, true);
	for (i = 0; i < g.gl_pathc; i++)
		index += play(m, knowledge, g.gl_pathv[i], index + 1);
	for (struct device *d = model_next(m, NULL); d != NULL; d = model_next(m, d))
		compare(t, d, (unsigned)strtoul(device_name(d) + 1, NULL, 10));
	n = walk(t);
	if (index > 0)
		print_message("%u recordings, %zu objects in one walk, %u compared with their readings\n", index, n, compared);
	tree_free(t);
	model_free(m);
	snmp_driver.forget(knowledge);
	free(pattern);
	if (g.gl_pathc == 0)
		skip();
	globfree(&g);
	assert_true(index > 60 && compared > 500);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = { cmocka_unit_test(recordings_become_objects) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
