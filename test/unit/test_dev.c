#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/sim/act.h"

static struct dev *
parse(const char *text)
{
	char		*why = NULL;
	struct dev	*dev = dev_parse(text, strlen(text), &why);

	if (dev == NULL)
		fail_msg("%s", why);
	return dev;
}

static void
refused(const char *text, const char *expected)
{
	char		*why = NULL;

	assert_null(dev_parse(text, strlen(text), &why));
	assert_string_equal(why, expected);
	free(why);
}

static void
values_are_as_they_are(void **state)
{
	static const struct { const char *line, *name, *value; } rows[] = {
		{ "ups.status: OL CHRG", "ups.status", "OL CHRG" },
		{ "ups.mfr: Tripp Lite ", "ups.mfr", "Tripp Lite " },
		{ "ups.model:     TRIPP  U\t", "ups.model", "    TRIPP  U\t" },
		{ "ups.mfr:", "ups.mfr", "" },
		{ "ups.mfr: ", "ups.mfr", "" },
		{ "ups.mfr:\"x\"", "ups.mfr", "\"x\"" },
		{ "device.model: UPS \\\\ 500i", "device.model", "UPS \\\\ 500i" },
		{ "ups.mfr: \"Exide", "ups.mfr", "\"Exide" },
		{ "ups.id: a: b=c", "ups.id", "a: b=c" },
		{ "ups.serial: ####", "ups.serial", "####" },
		{ "ups.model: Unknown #BC1200     (1.650)", "ups.model", "Unknown #BC1200     (1.650)" },
		{ "ups.temperature: 25.0\t#BAD: always", "ups.temperature", "25.0" },
		{ "ups.temperature: 25.0 #COMMENT always", "ups.temperature", "25.0" },
		{ "ups.serial:\t#COMMENT: masked", "ups.serial", "" },
		{ "ups.id: x#BAD", "ups.id", "x#BAD" },
		{ "battery.charge: 014\r", "battery.charge", "014" },
		{ "input.L1-N.voltage: 230", "input.L1-N.voltage", "230" },
	};
	struct dev	*dev;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		dev = parse(rows[i].line);
		assert_int_equal(dev->nlines, 1);
		assert_string_equal(dev->lines[0].name, rows[i].name);
		assert_string_equal(dev->lines[0].value, rows[i].value);
		assert_false(dev->sequence);
		dev_free(dev);
	}
}

static void
mistakes_have_their_line(void **state)
{
	refused("ups.status: OL\nwhat\n", "line 2: neither NAME: VALUE nor TIMER SECONDS nor a comment");
	refused("\n\nTIMER x", "line 3: TIMER wants seconds, as in TIMER 60");
	refused("TIMER 5x", "line 1: TIMER wants seconds, as in TIMER 60");
	refused("TIMER 99999999999", "line 1: TIMER of more than ten years");
	refused("ups status: OL", "line 1: no name of a variable in front of the colon");
	refused(".type: ups", "line 1: no name of a variable in front of the colon");
}

static void
a_nul_byte_is_refused(void **state)
{
	char	*why = NULL;

	assert_null(dev_parse("a: b\0c", 6, &why));
	assert_string_equal(why, "a NUL byte in it: no text file");
	free(why);
}

static void
nothing_is_a_device_too(void **state)
{
	struct dev	*dev = parse("# nothing\n\n");

	assert_int_equal(dev->nlines, 0);
	assert_int_equal(dev->nsteps, 1);
	dev_free(dev);
}

static void
timers_make_steps(void **state)
{
	struct dev	*dev = parse("a: 1\nb: 2\nTIMER 300\na: 3\n  TIMER 0.25 # short\na: 4\nTIMER 60\n");

	assert_true(dev->sequence);
	assert_int_equal(dev->nsteps, 3);
	assert_int_equal(dev->steps[0].n, 2);
	assert_int_equal(dev->steps[0].wait_ms, 300000);
	assert_int_equal(dev->steps[1].first, 2);
	assert_int_equal(dev->steps[1].wait_ms, 250);
	assert_int_equal(dev->steps[2].wait_ms, 60000);
	dev_free(dev);
}

static void
a_round_takes_a_second(void **state)
{
	struct dev	*dev = parse("a: 1\nTIMER 0\na: 2\nTIMER 0\n");

	assert_int_equal(dev->steps[0].wait_ms + dev->steps[1].wait_ms, 1000);
	dev_free(dev);
	dev = parse("a: 1\nTIMER 5\na: 2\n");
	assert_int_equal(dev->nsteps, 2);
	assert_int_equal(dev->steps[1].wait_ms, 1000);
	dev_free(dev);
}

static void
recorded_rights_are_read(void **state)
{
	struct dev	*dev = parse("#RW:ups.id:STRING:8\n#RW:ups.delay.start:RANGE:\"0\" \"600\" #COMMENT x\n"
	    "#RW:ups.start.auto:ENUM:\"yes\"#COMMENT: x\n#RW:odd\n#RW:odd:ENUM:x\n#CMD:load.off #COMMENT: no\n");

	assert_int_equal(dev->nrights, 3);
	assert_int_equal(dev->rights[0].maxlen, 8);
	assert_string_equal(dev->rights[1].first, "0");
	assert_string_equal(dev->rights[1].second, "600");
	assert_string_equal(dev->rights[2].first, "yes");
	assert_int_equal(dev->ncommands, 1);
	assert_string_equal(dev->commands[0], "load.off");
	dev_free(dev);
}

/* -- every published dump ------------------------------------------------------- */

static unsigned	dumps, values;

static char *
slurp(const char *path, size_t *len)
{
	FILE	*f = fopen(path, "rb");
	char	*text = xmalloc(1 << 20);

	assert_non_null(f);
	*len = fread(text, 1, (1 << 20) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

/* "NAME: VALUE", as plainly as can be: what the device must say. */
static void
check_line(const struct act *act, const char *path, const char *line, size_t len)
{
	const char	*colon = memchr(line, ':', len), *value, *now;
	char		*name;
	size_t		 n;

	if (len == 0 || *line == '#')
		return;
	assert_non_null(colon);
	name = xstrndup(line, (size_t)(colon - line));
	value = colon + (colon + 1 < line + len && strchr(" \t", colon[1]) != NULL ? 2 : 1);
	n = (size_t)(line + len - value);
	now = points_text(act_points(act), var_intern(name));
	if (now == NULL)
		fail_msg("%s: no %s", path, name);
	if (strncmp(now, value, n) != 0 || strlen(now) != n) {
		/* only a remark of the library may be missing, and the blanks before it */
		n = strlen(now);
		assert_memory_equal(now, value, n);
		value += n;
		value += strspn(value, " \t");
		if (strncmp(value, "#BAD", 4) != 0 && strncmp(value, "#COMMENT", 8) != 0)
			fail_msg("%s: %s is \"%s\"", path, name, now);
	}
	values++;
	free(name);
}

static int
check_dump(const char *path, const struct stat *st, int type)
{
	const char	*dot = strrchr(path, '.'), *line;
	struct act	*act;
	char		*text, *why = NULL;
	struct dev	*dev;
	size_t		 len, n;

	if (type != FTW_F || dot == NULL || strcmp(dot, ".dev") != 0)
		return 0;
	text = slurp(path, &len);
	if ((dev = dev_parse(text, len, &why)) == NULL)
		fail_msg("%s: %s", path, why);
	act = act_new();
	act_file(act, dev, true, 0);
	for (line = text; *line != '\0'; line += n + (line[n] != '\0')) {
		n = strcspn(line, "\n");
		check_line(act, path, line, n);
	}
	act_free(act);
	free(text);
	dumps++;
	return 0;
}

static void
every_dump_comes_back(void **state)
{
	const char	*shared = getenv("SHARED");
	char		*folder = xasprintf("%s/devices/ddl", shared == NULL ? "../shared" : shared);

	if (ftw(folder, check_dump, 16) != 0) {
		free(folder);
		skip();
	}
	free(folder);
	print_message("%u dumps, %u values\n", dumps, values);
	assert_true(dumps > 700);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_as_they_are),
		cmocka_unit_test(mistakes_have_their_line),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(nothing_is_a_device_too),
		cmocka_unit_test(timers_make_steps),
		cmocka_unit_test(a_round_takes_a_second),
		cmocka_unit_test(recorded_rights_are_read),
		cmocka_unit_test(every_dump_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
