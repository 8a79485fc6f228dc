#include "core/buf.h"
#include "ctl/nut-file.h"
#include "test/unit/unit.h"

/* NUT's files: each text as its lines, words in brackets; held against upsd 2.8.0 where that is not obvious. */

static void
expect(const char *text, const char *expected)
{
	struct nut_file	*f = nut_file_parse("t", text, strlen(text));
	struct buf	 seen = {0};
	size_t		 i, j, k;

	for (i = 0; i < f->n; i++) {
		if (i > 0)
			buf_printf(&seen, "%u:%s{", f->sections[i].number, f->sections[i].name);
		for (j = 0; j < f->sections[i].n; j++) {
			buf_printf(&seen, "%u", f->sections[i].lines[j].number);
			for (k = 0; k < f->sections[i].lines[j].n; k++)
				buf_printf(&seen, "<%s>", f->sections[i].lines[j].words[k]);
		}
		if (i > 0)
			buf_putc(&seen, '}');
	}
	assert_string_equal(buf_text(&seen), expected);
	buf_free(&seen);
	nut_file_free(f);
}

static void
lines_are_words(void **state)
{
	expect("", "");
	expect("# only\n\n \t\n", "");
	expect("LISTEN 10.0.0.1 3493 # here\n", "1<LISTEN><10.0.0.1><3493>");
	expect("MAXAGE 15", "1<MAXAGE><15>");
	expect("a\r\n\nb\r\n", "1<a>3<b>");
	expect("port=auto\nport = auto\nport= auto", "1<port><=><auto>2<port><=><auto>3<port><=><auto>");
	expect("password = a=b", "1<password><=><a><=><b>");
}

static void
quotes_and_backslashes(void **state)
{
	expect("d = \"two words\"", "1<d><=><two words>");
	expect("d = \"a \\\"b\\\" \\\\ # = c\" e", "1<d><=><a \"b\" \\ # = c><e>");
	expect("d = a\\ b \\#c \\=", "1<d><=><a b><#c><=>");
	expect("d = x\"y z\"w", "1<d><=><x\"y><z\"w>");		/* upsd: a quote within a word is a byte */
	expect("d = \"\"", "1<d><=><>");
	expect("d = \"open\ne = f", "1<d><=><open>2<e><=><f>");
	expect("d = \"open", "1<d><=><open>");
	expect("d = a\\\nb\nc", "1<d><=><ab>3<c>");
	expect("\\", "");
}

static void
sections_have_lines(void **state)
{
	expect("p = 1\n[ups]\n driver = x\n[]\n[b c]\n[b]\n", "1<p><=><1>2:ups{3<driver><=><x>4<[]>5<[b><c]>}6:b{}");
	expect("[a]\n[a]\nx", "1:a{}2:a{3<x>}");
}

static void
values_by_name(void **state)
{
	static const char	 text[] = "port = a\nPort b\nflag\nflag2 =\n";
	struct nut_file		*f = nut_file_parse("t", text, strlen(text));
	struct nut_section	*s = &f->sections[0];

	assert_string_equal(nut_value(s, "port"), "b");
	assert_string_equal(nut_first(s, "port"), "a");
	assert_string_equal(nut_value(s, "flag"), "");
	assert_string_equal(nut_value(s, "flag2"), "");
	assert_null(nut_value(s, "por"));
	assert_null(nut_first(s, "por"));
	assert_string_equal(nut_word(&s->lines[0], 0), "a");
	assert_null(nut_word(&s->lines[0], 1));
	assert_string_equal(nut_word(&s->lines[1], 0), "b");
	nut_file_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_words),
		cmocka_unit_test(quotes_and_backslashes),
		cmocka_unit_test(sections_have_lines),
		cmocka_unit_test(values_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
