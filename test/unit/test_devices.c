/* data/devices.tsv: each row is whole, names a driver and a profile that are there, and enough makers are reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/driver.h"
#include "core/unit.h"
#include "daemon/facts.h"
#include "test/unit/unit.h"

#define MAKERS_MIN	182	/* reached at all */
#define SHOWN_MIN	52	/* ... of which a recording or an emulation proves it */

enum field { MAKER, MODEL, CONNECTION, DRIVER, PROFILE, PROOF, FIELDS };

struct row {
	char	*fields[FIELDS];
};

static const char *const	 proofs[] = { "recording", "emulation", "document", "facts" };
static struct row		*rows;
static size_t			 nrows;

/* -- the file ------------------------------------------------------------------------- */

static bool
cut(char *line, struct row *row)
{
	size_t	 i;

	for (i = 0; i < FIELDS; i++) {
		row->fields[i] = strsep(&line, "\t");
		if (row->fields[i] == NULL || *row->fields[i] == '\0' || strspn(row->fields[i], " ") > 0)
			return false;
	}
	return line == NULL;
}

static int
read_rows(void **state)
{
	const char	*src = getenv("srcdir");
	char		*path = xasprintf("%s/data/devices.tsv", src != NULL ? src : "."), line[512];
	FILE		*f = fopen(path, "r");
	size_t		 room = 0;

	free(path);
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#')
			continue;
		rows = array_room(rows, nrows, &room, sizeof(*rows));
		if (!cut(xstrdup(line), &rows[nrows++]))
			fail_msg("not six fields: %s", line);
	}
	fclose(f);
	return 0;
}

static int
free_rows(void **state)
{
	while (nrows > 0)
		free(rows[--nrows].fields[0]);
	free(rows);
	return 0;
}

static void
rows_are_in_order_and_stand_once(void **state)
{
	size_t	 i, k;
	int	 order;

	assert_true(nrows > 0);
	for (i = 1; i < nrows; i++) {
		order = strcasecmp(rows[i - 1].fields[MAKER], rows[i].fields[MAKER]);
		if (order > 0)
			fail_msg("%s comes behind %s", rows[i - 1].fields[MAKER], rows[i].fields[MAKER]);
		for (k = 0; k <= PROFILE && strcmp(rows[i - 1].fields[k], rows[i].fields[k]) == 0; k++)
			;
		if (k > PROFILE)
			fail_msg("%s %s stands twice", rows[i].fields[MAKER], rows[i].fields[MODEL]);
	}
}

/* -- drivers and profiles ---------------------------------------------------------------- */

static bool
speaks(const struct driver *d, const char *connection)
{
	static const struct { const char *connection; enum wire wire; } ways[] = {
		{ "usb", WIRE_HID }, { "usb", WIRE_USB }, { "serial", WIRE_SERIAL }, { "network", WIRE_SNMP }, { "network", WIRE_STREAM },
	};
	size_t	 i;

	for (i = 0; i < nitems(ways); i++)
		if (strcmp(ways[i].connection, connection) == 0 && driver_speaks_on(d, ways[i].wire))
			return true;
	return false;
}

static void
drivers_are_there_and_have_the_connection(void **state)
{
	const struct driver	*d;
	size_t			 i;

	for (i = 0; i < nrows; i++) {
		d = driver_find(rows[i].fields[DRIVER]);
		if (d == NULL)
			fail_msg("there is no driver %s", rows[i].fields[DRIVER]);
		if (!speaks(d, rows[i].fields[CONNECTION]))
			fail_msg("driver %s has no connection %s", d->name, rows[i].fields[CONNECTION]);
		if ((d->knows == NULL) != (strcmp(rows[i].fields[PROFILE], "-") == 0))
			fail_msg("%s: profile %s", d->name, rows[i].fields[PROFILE]);
	}
}

/* As busbard -n would say it, of one device for each profile. */
static void
profiles_are_there(void **state)
{
	static const struct wire_backend *const	 none[] = { NULL };
	const char		*src = getenv("srcdir");
	char			*shipped = xasprintf("%s/drivers/profiles", src != NULL ? src : ".");
	const char		*folders[] = { shipped, NULL };
	struct driver_facts	*facts = facts_of_drivers();
	struct conf_errors	 errors = { 0 };
	struct buf		 conf = { 0 };
	struct loop		*loop = loop_new_virtual();
	struct model		*model = model_new();
	struct host		*host = host_new(loop, model, drivers, none);
	struct settings		*settings;
	size_t			 i, k;

	for (i = 0; i < nrows; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(rows[k].fields[DRIVER], rows[i].fields[DRIVER]) == 0 &&
			    strcmp(rows[k].fields[PROFILE], rows[i].fields[PROFILE]) == 0)
				break;
		if (k == i && *rows[i].fields[PROFILE] != '-')
			buf_printf(&conf, "device d%zu { driver = %s  port = x  profile = %s }\n", i, rows[i].fields[DRIVER],
			    rows[i].fields[PROFILE]);
	}
	host_learn(host, folders, &errors);
	assert_int_equal(errors.n, 0);
	settings = settings_parse("devices", buf_text(&conf), conf.len, facts, &errors);
	if (errors.n > 0)
		fail_msg("%s", errors.texts[0]);
	assert_non_null(settings);
	if (!host_check(host, settings, &errors))
		fail_msg("%s", errors.texts[0]);
	host_free(host);
	settings_free(settings);
	model_free(model);
	loop_free(loop);
	buf_free(&conf);
	free(facts);
	free(shipped);
}

/* -- makers --------------------------------------------------------------------------------- */

static size_t
rank(const char *proof)
{
	size_t	 i;

	for (i = 0; i < nitems(proofs); i++)
		if (strcmp(proofs[i], proof) == 0)
			return i;
	fail_msg("there is no proof \"%s\"", proof);
	return 0;
}

/* A maker counts once, by the best proof that one of its devices has. */
static void
enough_makers_are_reached(void **state)
{
	size_t	 count[nitems(proofs)] = { 0 }, i, best = 0, makers = 0;

	for (i = 0; i < nrows; i++) {
		if (i == 0 || strcmp(rows[i - 1].fields[MAKER], rows[i].fields[MAKER]) != 0)
			best = rank(rows[i].fields[PROOF]);
		else if (rank(rows[i].fields[PROOF]) < best)
			best = rank(rows[i].fields[PROOF]);
		if (i + 1 < nrows && strcmp(rows[i].fields[MAKER], rows[i + 1].fields[MAKER]) == 0)
			continue;
		count[best]++;
		makers++;
	}
	print_message("# %zu makers, %zu models: recording %zu, emulation %zu, document %zu, facts only %zu\n", makers, nrows,
	    count[0], count[1], count[2], count[3]);
	assert_true(makers >= MAKERS_MIN);
	assert_true(count[0] + count[1] >= SHOWN_MIN);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(rows_are_in_order_and_stand_once),
		cmocka_unit_test(drivers_are_there_and_have_the_connection),
		cmocka_unit_test(profiles_are_there),
		cmocka_unit_test(enough_makers_are_reached),
	};

	return cmocka_run_group_tests_name("devices", tests, read_rows, free_rows);
}
