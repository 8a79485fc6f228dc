#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/conf.h"
#include "core/mem.h"

/* -- a file system of constants ------------------------------------------------ */

static const struct {
	const char	*path, *text;
} disk[] = {
	{ "etc/one.conf",	"a = 1\n" },
	{ "etc/two.conf",	"b = 2\nbroken\n" },
	{ "etc/self.conf",	"include self.conf\n" },
	{ "etc/ping.conf",	"include \"pong.conf\"\n" },
	{ "etc/pong.conf",	"\ninclude \"ping.conf\"\n" },
	{ "etc/open.conf",	"section {\n" },
	{ "etc/close.conf",	"}\n" },
	{ "etc/d/*.conf",	"etc/d/b.conf\netc/d/a.conf\n" },
	{ "etc/d/a.conf",	"a = 1\n" },
	{ "etc/d/../one.conf",	"a = 1\n" },
	{ "etc/d/b.conf",	"b = 2\ninclude \"../one.conf\"\n" },
	{ "etc/none/*",		"" },
	{ "/abs.conf",		"abs = yes\n" },
};

static bool
read_disk(const char *path, struct conf_file *file, void *arg)
{
	size_t	i;

	for (i = 0; i < nitems(disk); i++)
		if (strcmp(disk[i].path, path) == 0) {
			file->text = xstrdup(disk[i].text);
			file->len = strlen(disk[i].text);
			file->exposed = *path == '/';
			return true;
		}
	errno = ENOENT;
	return false;
}

static struct conf *
parse(const char *text, struct conf_errors *errors)
{
	return conf_parse("etc/t", text, strlen(text), read_disk, NULL, errors);
}

static char *
print_all(const struct conf *conf)
{
	const struct conf_item	*items;
	struct buf		 text = {0};
	size_t			 i, n;
	char			*one, *all;

	items = conf_items(conf, &n);
	for (i = 0; i < n; i++) {
		one = conf_print(&items[i]);
		buf_puts(&text, one);
		free(one);
	}
	all = xstrdup(buf_text(&text));
	buf_free(&text);
	return all;
}

/* -- what is right, and its canonical form ------------------------------------------- */

static const struct {
	const char	*text, *canonical;
} good[] = {
	{ "",				"" },
	{ "# nothing",			"" },
	{ "a = b",			"a = b\n" },
	{ "a=b#c\n",			"a = b\n" },
	{ "a = \"b # c\"",		"a = \"b # c\"\n" },
	{ "a = \"\"",			"a = \"\"\n" },
	{ "a = \"q\\\"b\\\\s\"",	"a = \"q\\\"b\\\\s\"\n" },
	{ "a = 1 b = 2\tc = \"3\"",	"a = 1\nb = 2\nc = \"3\"\n" },
	{ "a = {}",			"a = {}\n" },
	{ "a = {1}",			"a = {1}\n" },
	{ "a = { 1,\n 2 , # two\n\"3\",\n}\n", "a = {1, 2, \"3\"}\n" },
	{ "m = {a, b}  i = 2",		"m = {a, b}\ni = 2\n" },
	{ "s {}",			"s {\n}\n" },
	{ "s t { }",			"s t {\n}\n" },
	{ "s \"t u\"\n\n{\n}\n",	"s \"t u\" {\n}\n" },
	{ "o 3 { name = \"db1-a\"  critical = yes }", "o 3 {\n    name = \"db1-a\"\n    critical = yes\n}\n" },
	{ "a { b { c = d } e = f } g = h", "a {\n    b {\n        c = d\n    }\n    e = f\n}\ng = h\n" },
	{ "p = udp:192.0.2.1:161",	"p = udp:192.0.2.1:161\n" },
	{ "p = [::1]:3493 q = $y$x/.",	"p = [::1]:3493\nq = $y$x/.\n" },
	{ "a = b\r\nc = \"d\"\r\n",	"a = b\nc = \"d\"\n" },
	{ "\xef\xbb\xbf" "a = caf\xc3\xa9", "a = caf\xc3\xa9\n" },
	{ "include \"one.conf\" z = 1",	"a = 1\nz = 1\n" },
	{ "s { include one.conf }",	"s {\n    a = 1\n}\n" },
	{ "include \"one.conf\" include \"one.conf\"", "a = 1\na = 1\n" },
	{ "include \"d/*.conf\"",	"a = 1\nb = 2\na = 1\n" },
	{ "include \"none/*\"",		"" },
	{ "include \"/abs.conf\"",	"abs = yes\n" },
};

static void
test_canonical(void **state)
{
	struct conf_errors	 errors = {0};
	struct conf		*conf, *again;
	char			*text, *twice;
	size_t			 i;

	for (i = 0; i < nitems(good); i++) {
		conf = parse(good[i].text, &errors);
		if (errors.n > 0)
			fail_msg("%s: %s", good[i].text, errors.texts[0]);
		text = print_all(conf);
		assert_string_equal(text, good[i].canonical);
		again = parse(text, &errors);
		assert_int_equal(errors.n, 0);
		twice = print_all(again);
		assert_string_equal(twice, text);
		free(text);
		free(twice);
		conf_free(conf);
		conf_free(again);
	}
}

/* -- mistakes ---------------------------------------------------------------------------- */

static const struct {
	const char	*text, *errors;
} bad[] = {
	{ "a",			"etc/t:1: a: the end of the file where \"=\" or \"{\" was expected" },
	{ "a\nb = c",		"etc/t:1: a: the end of the line where \"=\" or \"{\" was expected" },
	{ "a b\nc = d",		"etc/t:1: a b: the end of the line where \"{\" was expected; a = \"b\", or a b { ... }" },
	{ "a =",		"etc/t:1: a: a value is missing after \"=\"" },
	{ "a = \nb = c",	"etc/t:1: a: a value is missing after \"=\"" },
	{ "a = = b",		"etc/t:1: a: a value is missing after \"=\"" },
	{ "= b\nc = d",		"etc/t:1: \"=\" where a name was expected" },
	{ "\"a\" = b",		"etc/t:1: a string where a name was expected" },
	{ "\n\n, x",		"etc/t:3: \",\" where a name was expected" },
	{ "{ a = b }",		"etc/t:1: \"{\" where a name was expected" },
	{ "a = \"b\nc = d",	"etc/t:1: a string is not closed on its line; a \" is missing" },
	{ "a = \"b\\n\"",	"etc/t:1: a backslash stands only before \\ and \" in a string; write \\\\" },
	{ "a = \"b\001c\002\"",	"etc/t:1: a control character in a string; leave it out" },
	{ "a = c:\\d",		"etc/t:1: a backslash or a control character in a bare word; put the word in double quotes, with \\\\ for a backslash" },
	{ "a = b\001",		"etc/t:1: a backslash or a control character in a bare word; put the word in double quotes, with \\\\ for a backslash" },
	{ "a = Rack 4, row B\nb = c", "etc/t:1: \"4\" is neither a setting nor a section; a value of several words goes in double quotes" },
	{ "a = Rack four\nb = c", "etc/t:1: \"four\" is neither a setting nor a section; a value of several words goes in double quotes" },
	{ "a = {b c}",		"etc/t:1: values in braces are separated by commas and end with \"}\"" },
	{ "a = {b, c\nd = e",	"etc/t:1: values in braces are separated by commas and end with \"}\"" },
	{ "a = {b,\nd = e",	"etc/t:2: a value that holds \"=\" goes in double quotes" },
	{ "a = {b=c}\nd = e",	"etc/t:1: a value that holds \"=\" goes in double quotes" },
	{ "a = {b,,c}\nd = e",	"etc/t:1: a value is missing before \",\"" },
	{ "a = {{b}, {c}}\nd = e", "etc/t:1: lists do not nest; write the values one after another" },
	{ "a = {",		"etc/t:1: a list is not closed; \"}\" is missing" },
	{ "s t u {\n v = w\n}",	"etc/t:1: s: more than one title; a title of several words goes in double quotes" },
	{ "s = t {\n v = w\n}",	"etc/t:1: s: a section has no \"=\"; s t { ... }" },
	{ "s {\n v = w\n",	"etc/t:1: s: the section is not closed; \"}\" is missing" },
	{ "s {\n t u {\n v = w\n", "etc/t:2: t u: the section is not closed; \"}\" is missing" },
	{ "a = b\n}\nc = d",	"etc/t:2: \"}\" closes nothing; leave it out" },
	{ "a = b }\nc = d",	"etc/t:1: \"}\" closes nothing; leave it out" },
	{ "include\na = b",	"etc/t:1: include wants a file or a pattern; include \"conf.d/*.conf\"" },
	{ "include = x\na = b",	"etc/t:1: include wants a file or a pattern; include \"conf.d/*.conf\"" },
	{ "include \"no.conf\"\na = b", "etc/t:1: include \"etc/no.conf\": No such file or directory" },
	{ "include \"no/*.conf\"", "etc/t:1: include \"etc/no/*.conf\": No such file or directory" },
	{ "\ninclude self.conf", "etc/self.conf:1: include \"etc/self.conf\": this file includes itself" },
	{ "include ping.conf",	"etc/pong.conf:2: include \"etc/ping.conf\": this file includes itself" },
	{ "include open.conf\na = b", "etc/open.conf:1: section: the section is not closed; \"}\" is missing" },
	{ "s { include close.conf }", "etc/close.conf:1: \"}\" closes nothing; leave it out" },
	{ "include two.conf\na",
	    "etc/two.conf:2: broken: the end of the line where \"=\" or \"{\" was expected\n"
	    "etc/t:2: a: the end of the file where \"=\" or \"{\" was expected" },
	{ "a =\nb c d\ns {\n  e\n}\nf = \"g",
	    "etc/t:1: a: a value is missing after \"=\"\n"
	    "etc/t:2: b c: the end of the line where \"{\" was expected; b = \"c\", or b c { ... }\n"
	    "etc/t:4: e: the end of the line where \"=\" or \"{\" was expected\n"
	    "etc/t:6: a string is not closed on its line; a \" is missing" },
};

static char *
join(const struct conf_errors *errors)
{
	struct buf	 text = {0};
	char		*all;
	size_t		 i;

	for (i = 0; i < errors->n; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : "\n", errors->texts[i]);
	all = xstrdup(buf_text(&text));
	buf_free(&text);
	return all;
}

/* One mistake, one message; all of them in one run. */
static void
test_mistakes(void **state)
{
	struct conf_errors	 errors = {0};
	unsigned		 wrong = 0;
	char			*all;
	size_t			 i;

	for (i = 0; i < nitems(bad); i++) {
		conf_free(parse(bad[i].text, &errors));
		all = join(&errors);
		if (strcmp(all, bad[i].errors) != 0) {
			print_error("for:  %s\nsaid: %s\nnot:  %s\n", bad[i].text, all, bad[i].errors);
			wrong++;
		}
		free(all);
		conf_errors_free(&errors);
	}
	assert_int_equal(wrong, 0);
}

/* What follows a mistake is read as if the mistake were not there. */
static void
test_goes_on(void **state)
{
	struct conf_errors	 errors = {0};
	const struct conf_item	*items;
	struct conf		*conf;
	size_t			 n;

	conf = parse("a = {b, c\nd = 1\ns t u {\n v = w\n}\nx = \"y\nz = 2\n", &errors);
	items = conf_items(conf, &n);
	assert_int_equal(errors.n, 3);
	assert_int_equal(n, 5);
	assert_true(items[0].broken);
	assert_string_equal(items[1].name, "d");
	assert_false(items[1].broken);
	assert_true(items[2].broken);
	assert_int_equal(items[2].nitems, 1);
	assert_string_equal(items[2].items[0].values[0].text, "w");
	assert_true(items[3].broken);
	assert_string_equal(items[4].values[0].text, "2");
	conf_free(conf);
	conf_errors_free(&errors);
}

static void
test_places(void **state)
{
	struct conf_errors	 errors = {0};
	const struct conf_item	*items;
	struct conf		*conf;
	size_t			 n;

	conf = parse("# one\ninclude \"d/b.conf\"\ns \"t\"\n{\n  v = {1,\n 2}\n}\ninclude /abs.conf", &errors);
	items = conf_items(conf, &n);
	assert_int_equal(errors.n, 0);
	assert_int_equal(n, 4);
	assert_string_equal(items[0].place.file, "etc/d/b.conf");
	assert_int_equal(items[0].place.line, 1);
	assert_string_equal(items[1].place.file, "etc/d/../one.conf");
	assert_string_equal(items[2].place.file, "etc/t");
	assert_int_equal(items[2].place.line, 3);
	assert_int_equal(items[2].items[0].place.line, 5);
	assert_int_equal(items[2].items[0].values[1].place.line, 6);
	assert_true(conf_exposed(conf, items[3].place.file));
	assert_false(conf_exposed(conf, items[0].place.file));
	assert_false(conf_exposed(conf, "elsewhere"));
	conf_free(conf);
}

static void
test_replace(void **state)
{
	struct conf_errors	 errors = {0};
	const struct conf_item	*items;
	struct conf		*conf;
	size_t			 n;
	char			*text;

	conf = parse("a = {b, c}", &errors);
	items = conf_items(conf, &n);
	conf_replace(conf, &items[0].values[1], "d \"e\"");
	text = conf_print(&items[0]);
	assert_string_equal(text, "a = {b, \"d \\\"e\\\"\"}\n");
	free(text);
	conf_free(conf);
}

/* -- limits ------------------------------------------------------------------------------- */

static void
expect_one(const char *text, size_t len, const char *message)
{
	struct conf_errors	errors = {0};

	conf_free(conf_parse("t", text, len, NULL, NULL, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.texts[0], message);
	conf_errors_free(&errors);
}

static void
test_limits(void **state)
{
	struct conf_errors	 errors = {0};
	struct buf		 text = {0};
	unsigned		 i;
	char			*huge;

	for (i = 0; i < CONF_DEPTH; i++)
		buf_puts(&text, "s {\n");
	buf_puts(&text, "deep { x = y { } } ");
	for (i = 0; i < CONF_DEPTH; i++)
		buf_puts(&text, "}");
	expect_one(buf_text(&text), text.len, "t:17: deep: sections nest at most 16 deep");
	buf_clear(&text);
	expect_one("a = b\0c", 7, "t: this is not a text; it holds a NUL byte");
	expect_one("include x", 9, "t:1: include \"x\": nothing can be included here");
	expect_one("include \"x*\"", 12, "t:1: include \"x*\": nothing can be included here");
	huge = xmalloc(CONF_SIZE + 1);
	memset(huge, '\n', CONF_SIZE + 1);
	expect_one(huge, CONF_SIZE + 1, "t: the files are larger than 8 MiB together");
	conf_free(conf_parse("t", huge, CONF_SIZE, NULL, NULL, &errors));
	assert_int_equal(errors.n, 0);
	free(huge);
	for (i = 0; i < CONF_ERRORS + 50; i++)
		buf_puts(&text, "oops\n");
	conf_free(conf_parse("t", buf_text(&text), text.len, NULL, NULL, &errors));
	assert_int_equal(errors.n, CONF_ERRORS + 1);
	assert_string_equal(errors.texts[CONF_ERRORS], "t: there are more mistakes; mend these first");
	conf_errors_free(&errors);
	buf_free(&text);
}

/* Each file includes the next one: the chain ends before the stack does. */
static bool
read_chain(const char *path, struct conf_file *file, void *arg)
{
	file->text = xasprintf("include \"%sx\"\n", path);
	file->len = strlen(file->text);
	return true;
}

static void
test_include_depth(void **state)
{
	struct conf_errors	errors = {0};

	conf_free(conf_parse("t", "include x", 9, read_chain, NULL, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.texts[0],
	    "xxxxxxxx:1: include \"xxxxxxxxx\": files include each other too deep");
	conf_errors_free(&errors);
}

static void
test_long_message(void **state)
{
	struct conf_errors	 errors = {0};
	char			*word = xmalloc(5000);

	memset(word, 'w', 5000);
	conf_free(conf_parse("t", word, 5000, NULL, NULL, &errors));
	assert_int_equal(errors.n, 1);
	assert_true(strlen(errors.texts[0]) < 600);
	assert_string_equal(errors.texts[0] + strlen(errors.texts[0]) - 4, "w...");
	conf_errors_free(&errors);
	free(word);
}

static void
test_error_order(void **state)
{
	struct conf_errors	errors = {0};

	conf_error(&errors, (struct conf_place){ "a", 9 }, "nine");
	conf_error(&errors, (struct conf_place){ "b", 1 }, "one");
	conf_error(&errors, (struct conf_place){ "a", 0 }, "file: 7: odd");
	conf_error(&errors, (struct conf_place){ "a", 3 }, "three");
	conf_error(&errors, (struct conf_place){ "a", 9 }, "nine again");
	conf_error(&errors, (struct conf_place){ "b", 2 }, "two");
	assert_int_equal(errors.n, 6);
	assert_string_equal(errors.texts[0], "a: file: 7: odd");
	assert_string_equal(errors.texts[1], "a:3: three");
	assert_string_equal(errors.texts[2], "a:9: nine");
	assert_string_equal(errors.texts[3], "a:9: nine again");
	assert_string_equal(errors.texts[4], "b:1: one");
	assert_string_equal(errors.texts[5], "b:2: two");
	conf_errors_free(&errors);
}

/* -- the file system ------------------------------------------------------------------------ */

static void
write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char	*path = xasprintf("%s/%s", dir, name);
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void
remove_file(const char *dir, const char *name)
{
	char	*path = xasprintf("%s/%s", dir, name);

	unlink(path);
	free(path);
}

static void
test_load(void **state)
{
	char			 dir[] = "/tmp/test_conf.XXXXXX";
	struct conf_errors	 errors = {0};
	const struct conf_item	*items;
	struct conf		*conf;
	char			*path, *expected;
	size_t			 n;

	assert_non_null(mkdtemp(dir));
	write_file(dir, "main.conf", "include \"[ab].inc\"\ninclude \"z*.inc\"\nc = 3\n", 0640);
	write_file(dir, "a.inc", "a = 1\n", 0644);
	write_file(dir, "b.inc", "b = 2\n", 0660);
	path = xasprintf("%s/main.conf", dir);
	conf = conf_load(path, &errors);
	assert_int_equal(errors.n, 0);
	items = conf_items(conf, &n);
	assert_int_equal(n, 3);
	assert_string_equal(items[0].name, "a");
	assert_string_equal(items[1].name, "b");
	assert_string_equal(items[2].name, "c");
	assert_true(conf_exposed(conf, items[0].place.file));
	assert_false(conf_exposed(conf, items[1].place.file));
	assert_false(conf_exposed(conf, items[2].place.file));
	conf_free(conf);
	remove_file(dir, "main.conf");

	conf_free(conf_load(path, &errors));
	assert_int_equal(errors.n, 1);
	expected = xasprintf("%s: cannot be read: No such file or directory", path);
	assert_string_equal(errors.texts[0], expected);
	conf_errors_free(&errors);
	free(expected);

	conf_free(conf_load(dir, &errors));
	assert_int_equal(errors.n, 1);
	expected = xasprintf("%s: cannot be read: Is a directory", dir);
	assert_string_equal(errors.texts[0], expected);
	conf_errors_free(&errors);
	free(expected);

	assert_int_equal(mkfifo(path, 0600), 0);
	conf_free(conf_load(path, &errors));
	assert_int_equal(errors.n, 1);
	conf_errors_free(&errors);
	free(path);
	remove_file(dir, "main.conf");
	remove_file(dir, "a.inc");
	remove_file(dir, "b.inc");
	assert_int_equal(rmdir(dir), 0);
}

/* -- did you mean ----------------------------------------------------------------------------- */

static void
test_nearest(void **state)
{
	static const char *const words[] = { "poll", "poll-full", "port", "profile", "yes", NULL };
	static const struct { const char *word, *nearest; } rows[] = {
		{ "pol", "poll" }, { "pool", "poll" }, { "opll", "poll" }, { "POLL", "poll" },
		{ "pollfull", "poll-full" }, { "poll_full", "poll-full" }, { "prot", "port" },
		{ "profil", "profile" }, { "yse", "yes" }, { "frequency", NULL }, { "x", NULL },
		{ "", NULL },
		{ "poooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooll", NULL },
	};
	size_t	i;

	for (i = 0; i < nitems(rows); i++) {
		const char	*nearest = conf_nearest(rows[i].word, words);

		if (rows[i].nearest == NULL)
			assert_null(nearest);
		else {
			assert_non_null(nearest);
			assert_string_equal(nearest, rows[i].nearest);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_include_depth),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_error_order),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
