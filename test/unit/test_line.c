/* Words and quotes: what upsd's dialogues showed, and what goes out comes back in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/line.h"
#include "core/mem.h"

#define MAX_WORDS	6

static const struct {
	const char	*line;
	size_t		 n;
	const char	*words[MAX_WORDS];
} splits[] = {
	{ "", 0, { NULL } },
	{ " \t\r\v\f", 0, { NULL } },
	{ "# VER", 0, { NULL } },
	{ "VER", 1, { "VER" } },
	{ "  GET  VAR\tups1\rups.status\r", 4, { "GET", "VAR", "ups1", "ups.status" } },
	{ "\"GET\" \"VAR\"", 2, { "GET", "VAR" } },
	{ "a\"b c\"d", 2, { "a\"b", "c\"d" } },		/* a quote within a word is a letter */
	{ "\"a\"b", 2, { "a", "b" } },
	{ "\"a\"\"b\"", 2, { "a", "b" } },
	{ "\"\"", 1, { "" } },
	{ "\"\" x", 2, { "", "x" } },
	{ "\"a b", 1, { "a b" } },
	{ "a=b", 3, { "a", "=", "b" } },
	{ "a = \"b c\"", 3, { "a", "=", "b c" } },
	{ "\"a\"=b", 3, { "a", "=", "b" } },
	{ "==", 2, { "=", "=" } },
	{ "\"a=b\"", 1, { "a=b" } },
	{ "a\\=b", 1, { "a=b" } },
	{ "V\\ER", 1, { "VER" } },
	{ "\\VER", 1, { "VER" } },
	{ "a\\ b", 1, { "a b" } },
	{ "a\\\\b", 1, { "a\\b" } },
	{ "\"a\\\\b\\\"c\\#\"", 1, { "a\\b\"c#" } },
	{ "\"a#b\" c # d", 2, { "a#b", "c" } },
	{ "a#b", 1, { "a" } },
	{ "a\\", 1, { "a" } },
	{ "a\\\nb", 1, { "ab" } },
	{ "a \\\n b", 2, { "a", "b" } },
	{ "a \\\n", 1, { "a" } },
	{ "\"a\nb\\\nc\"", 1, { "abc" } },
	{ "a\001b \"c\002\td\"", 2, { "ab", "cd" } },
	{ "\303\244 \"\342\202\254\"", 2, { "\303\244", "\342\202\254" } },
	{ "1 2 3 4 5 6 7 8", 8, { "1", "2", "3", "4", "5", "6" } },
};

static void
test_split(void **state)
{
	for (size_t i = 0; i < nitems(splits); i++) {
		const char *words[MAX_WORDS];
		char *line = xstrdup(splits[i].line);
		size_t n = line_split(line, strlen(line), words, MAX_WORDS);

		if (n != splits[i].n)
			fail_msg("'%s': %zu words", splits[i].line, n);
		for (size_t w = 0; w < n && w < MAX_WORDS; w++)
			if (strcmp(words[w], splits[i].words[w]) != 0)
				fail_msg("'%s': word %zu is '%s'", splits[i].line, w, words[w]);
		free(line);
	}
}

static void
test_split_drops_nul(void **state)
{
	char line[] = "a\0b \"c\0d\"";
	const char *words[2];

	assert_int_equal(line_split(line, sizeof(line) - 1, words, 2), 2);
	assert_string_equal(words[0], "ab");
	assert_string_equal(words[1], "cd");
}

static const struct {
	const char	*bytes;
	size_t		 length;
} lengths[] = {
	{ "", 0 },
	{ "VER", 0 },
	{ "VER\n", 4 },
	{ "\nVER\n", 1 },
	{ "VER\nNETVER\n", 4 },
	{ "\"a\nb\"\nc\n", 6 },
	{ "\"a\n", 0 },
	{ "a\"\nb", 3 },		/* within a word: no quote */
	{ "a\001\"\nb", 4 },
	{ "\"a\"\"b\n\"\n", 8 },
	{ "=\"a\n\"\n", 6 },
	{ "\\\"\nb", 3 },
	{ "\"\\\"\n\"\n", 6 },
	{ "\"\\", 0 },
	{ "a\\\nb\n", 5 },
	{ "a\\", 0 },
	{ "\\\n\"a\n\"\n", 7 },
	{ "# \"\nb", 4 },
	{ "# \\\nb\n", 4 },
	{ "#", 0 },
	{ "\"#\n\"\n", 5 },
};

static void
test_length(void **state)
{
	for (size_t i = 0; i < nitems(lengths); i++) {
		size_t n = line_length(lengths[i].bytes, strlen(lengths[i].bytes));

		if (n != lengths[i].length)
			fail_msg("'%s': %zu bytes", lengths[i].bytes, n);
	}
}

static const struct {
	const char	*text;
	size_t		 max;
	const char	*quoted;
	bool		 whole;
} quotes[] = {
	{ "", SIZE_MAX, "\"\"", true },
	{ "OL", SIZE_MAX, "\"OL\"", true },
	{ "a \"b\" \\ #c", SIZE_MAX, "\"a \\\"b\\\" \\\\ \\#c\"", true },
	{ "a\tb\nc\177d\001", SIZE_MAX, "\"abcd\"", true },
	{ "\303\244\342\202\254", SIZE_MAX, "\"\303\244\342\202\254\"", true },
	{ "", 2, "\"\"", true },
	{ "a", 2, "\"\"", false },
	{ "abcd", 6, "\"abcd\"", true },
	{ "abcde", 6, "\"abcd\"", false },
	{ "abc\"", 6, "\"abc\"", false },
	{ "ab\"", 6, "\"ab\\\"\"", true },
	{ "abc\303\244", 6, "\"abc\"", false },
	{ "ab\303\244", 6, "\"ab\303\244\"", true },
	{ "a\342\202\254b", 5, "\"a\"", false },
	{ "a\360\237\224\213", 6, "\"a\"", false },
	{ "abcd\n", 6, "\"abcd\"", true },
};

static void
test_quote(void **state)
{
	for (size_t i = 0; i < nitems(quotes); i++) {
		struct buf b = {0};
		bool whole = line_quote_cut(&b, quotes[i].text, quotes[i].max);

		assert_string_equal(buf_text(&b), quotes[i].quoted);
		assert_int_equal(whole, quotes[i].whole);
		buf_free(&b);
	}
}

/* Whatever is quoted is one line, and splits into what it was. */
static void
test_round_trip(void **state)
{
	char text[256];
	const char *word;
	struct buf b = {0};
	size_t n = 0;

	for (int c = ' '; c < 256; c++)
		if (c != 0x7f)
			text[n++] = (char)c;
	text[n] = '\0';
	line_quote(&b, text);
	buf_putc(&b, '\n');
	assert_int_equal(line_length((char *)buf_bytes(&b), b.len), b.len);
	assert_int_equal(line_split((char *)buf_bytes(&b), b.len - 1, &word, 1), 1);
	assert_string_equal(word, text);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_drops_nul),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
