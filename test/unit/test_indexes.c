#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/indexes.h"
#include "core/mem.h"

/* The numbers of devices: given once, kept for ever, whatever becomes of the file. */

static struct indexes *
read_text(const char *text, const char *mistakes)
{
	struct conf_errors	 errors = { 0 };
	struct indexes		*x = indexes_new();
	struct buf		 all = { 0 };
	size_t			 i;

	indexes_read(x, "indexes", text, strlen(text), &errors);
	for (i = 0; i < errors.n; i++)
		buf_printf(&all, "%s\n", errors.texts[i]);
	assert_string_equal(buf_text(&all), mistakes);
	buf_free(&all);
	conf_errors_free(&errors);
	return x;
}

/* What would be in the file, the comment apart. */
static char *
written(const struct indexes *x)
{
	struct buf	 text = { 0 };
	char		*copy;

	indexes_write(x, &text);
	assert_int_equal(*buf_text(&text), '#');
	copy = xstrdup(strchr(buf_text(&text), '\n') + 1);
	buf_free(&text);
	return copy;
}

static void
expect(const struct indexes *x, const char *text)
{
	char	*is = written(x);

	assert_string_equal(is, text);
	free(is);
}

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

static void
test_given_once(void **state)
{
	struct indexes	*x = indexes_new();
	unsigned	 changes = 0;

	indexes_on_change(x, count, &changes);
	expect(x, "next 1\n");
	assert_int_equal(indexes_of(x, "rack1"), 1);
	assert_int_equal(indexes_of(x, "hall1"), 2);
	assert_int_equal(changes, 2);
	assert_int_equal(indexes_of(x, "RACK1"), 1);	/* devices differ in more than case */
	assert_int_equal(indexes_of(x, "hall1"), 2);
	assert_int_equal(changes, 2);
	expect(x, "device 1 rack1\ndevice 2 hall1\nnext 3\n");
	indexes_free(x);
}

/* Started again with another order, one device gone, one new, one back. */
static void
test_restarts(void **state)
{
	struct indexes	*x = read_text("# comment\n\n  device 2 b \ndevice 1 a\ndevice 7 gone\r\nnext 9\n", "");
	char		*text;

	assert_int_equal(indexes_of(x, "b"), 2);
	assert_int_equal(indexes_of(x, "new"), 9);
	assert_int_equal(indexes_of(x, "a"), 1);
	text = written(x);
	indexes_free(x);
	x = read_text(text, "");
	free(text);
	assert_int_equal(indexes_of(x, "newer"), 10);
	assert_int_equal(indexes_of(x, "gone"), 7);
	expect(x, "device 1 a\ndevice 2 b\ndevice 7 gone\ndevice 9 new\ndevice 10 newer\nnext 11\n");
	indexes_free(x);
}

/* Also without "next", and whatever its place, no number is given twice. */
static void
test_next(void **state)
{
	struct indexes	*x = read_text("next 3\ndevice 12 a", "");

	assert_int_equal(indexes_of(x, "b"), 13);
	indexes_free(x);
	x = read_text("device 4 a\nnext 2\n", "");
	assert_int_equal(indexes_of(x, "b"), 5);
	indexes_free(x);
}

static void
test_broken_lines(void **state)
{
#define KEPT	"; the line is kept as it is and does not count\n"
	struct indexes	*x = read_text("device 1 a\ndevice x b\ndevice 20\ndevice 1 c\ndevice 3 a\nplug 30 a/1\n"
	    "device 0 d\ndevice -1 e\ndevice 5 f g\nnext\ndevice 999999999999999999999 h\ndevice 214748 i\n",
	    "indexes:2: no \"device NUMBER NAME\"" KEPT
	    "indexes:3: no \"device NUMBER NAME\"" KEPT
	    "indexes:4: a number that another device has" KEPT
	    "indexes:5: a second number for the same device" KEPT
	    "indexes:6: neither \"next\" nor \"device\" nor \"outlet\"" KEPT
	    "indexes:7: no \"device NUMBER NAME\"" KEPT
	    "indexes:8: no \"device NUMBER NAME\"" KEPT
	    "indexes:9: too many words" KEPT
	    "indexes:10: no \"next NUMBER\"" KEPT
	    "indexes:11: no \"device NUMBER NAME\"" KEPT
	    "indexes:12: no \"device NUMBER NAME\"" KEPT);

	assert_int_equal(indexes_of(x, "a"), 1);
	assert_int_equal(indexes_of(x, "b"), 31);	/* none of the numbers in those lines */
	expect(x, "device 1 a\ndevice 31 b\nnext 32\n"
	    "device x b\ndevice 20\ndevice 1 c\ndevice 3 a\nplug 30 a/1\ndevice 0 d\ndevice -1 e\n"
	    "device 5 f g\nnext\ndevice 999999999999999999999 h\ndevice 214748 i\n");
	indexes_free(x);
}

/* A disk that failed leaves runs of NULs in files. */
static void
test_nuls(void **state)
{
	static const char	 text[] = "device 1 a\ndevice 2 b\0\0 77\n\0\0\ndevice 3 c\n";
	struct conf_errors	 errors = { 0 };
	struct indexes		*x = indexes_new();

	indexes_read(x, "f", text, sizeof(text) - 1, &errors);
	assert_int_equal(errors.n, 2);
	conf_errors_free(&errors);
	assert_int_equal(indexes_of(x, "b"), 78);
	expect(x, "device 1 a\ndevice 3 c\ndevice 78 b\nnext 79\n? device 2 b?? 77\n? ??\n");
	indexes_free(x);
}

static void
test_no_more(void **state)
{
	struct indexes	*x = read_text("device 214746 a\n", "");

	assert_int_equal((int64_t)INDEX_MAX * INDEX_ENTITIES + INDEX_ENTITIES - 1 <= INT32_MAX, true);
	assert_int_equal(indexes_of(x, "b"), INDEX_MAX);
	assert_int_equal(indexes_of(x, "c"), 0);
	assert_int_equal(indexes_of(x, "a"), 214746);
	indexes_free(x);
}

static void
test_many(void **state)
{
	enum { N = 5000 };
	struct indexes	*x = indexes_new();
	char		 name[16], *text;
	unsigned	 i;

	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "d%u", i * 7919 % N);
		assert_int_equal(indexes_of(x, name), i + 1);
	}
	text = written(x);
	indexes_free(x);
	x = read_text(text, "");
	free(text);
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "d%u", i * 7919 % N);
		assert_int_equal(indexes_of(x, name), i + 1);
	}
	indexes_free(x);
}

/* Outlets that are known by label: one more in front of the others moves none. */
static void
outlets_keep_their_numbers(void **state)
{
	struct indexes	*x = read_text("device 2 hall\nnext 3\noutlet 2 1 node7\noutlet 2 3 node9\n", "");
	unsigned	 changes = 0;

	indexes_on_change(x, count, &changes);
	assert_int_equal(indexes_outlet(x, 2, "node7"), 1);
	assert_int_equal(indexes_outlet(x, 2, "node9"), 3);
	assert_int_equal(changes, 0);
	assert_int_equal(indexes_outlet(x, 2, "node1"), 4);
	assert_int_equal(indexes_outlet(x, 2, "NODE1"), 5);
	assert_int_equal(indexes_outlet(x, 1, "node7"), 1);
	assert_int_equal(indexes_outlet(x, 2, "no blanks"), 0);
	assert_int_equal(indexes_outlet(x, 2, ""), 0);
	assert_int_equal(changes, 3);
	expect(x, "device 2 hall\nnext 3\noutlet 2 1 node7\noutlet 2 3 node9\noutlet 2 4 node1\noutlet 2 5 NODE1\n"
	    "outlet 1 1 node7\n");
	indexes_free(x);
	x = read_text("outlet 2 1 a\noutlet 2 1 b\noutlet 2 2 a\noutlet 2 0 c\noutlet 2 3\n",
	    "indexes:2: a number that another outlet has; the line is kept as it is and does not count\n"
	    "indexes:3: a second number for the same outlet; the line is kept as it is and does not count\n"
	    "indexes:4: no \"outlet DEVICE NUMBER LABEL\"; the line is kept as it is and does not count\n"
	    "indexes:5: no \"outlet DEVICE NUMBER LABEL\"; the line is kept as it is and does not count\n");
	indexes_free(x);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_given_once),
		cmocka_unit_test(test_restarts),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_nuls),
		cmocka_unit_test(test_no_more),
		cmocka_unit_test(test_many),
		cmocka_unit_test(outlets_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
