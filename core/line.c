/* Words and quotes of the NUT protocol, and of the mirror. */

#include <stdint.h>
#include <string.h>

#include "core/line.h"

enum kind {
	ORDINARY,
	BLANK,
	CONTROL,		/* vanishes */
	NEWLINE,
	QUOTE,
	ESCAPE,
	COMMENT,
	EQUALS
};

static const uint8_t kinds[256] = {
	[0x00 ... 0x08] = CONTROL, [0x0e ... 0x1f] = CONTROL, [0x7f] = CONTROL,
	['\t'] = BLANK, ['\v'] = BLANK, ['\f'] = BLANK, ['\r'] = BLANK, [' '] = BLANK,
	['\n'] = NEWLINE,
	['"'] = QUOTE, ['\\'] = ESCAPE, ['#'] = COMMENT, ['='] = EQUALS
};

#define kind_of(c)	kinds[(uint8_t)(c)]

/* From just behind an opening quote to just behind the closing one; NULL: not closed. */
static const char *
quote_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			return NULL;
	}
	return NULL;
}

size_t
line_length(const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len;
	bool within = false;		/* a bare word, where a quote is a letter */

	while (p < end) {
		enum kind kind = kind_of(*p++);

		if (kind == NEWLINE)
			return p - bytes;
		if (kind == COMMENT) {
			p = memchr(p, '\n', end - p);
			return p == NULL ? 0 : p + 1 - bytes;
		}
		if (kind == ESCAPE) {
			if (p == end)
				return 0;
			if (*p++ == '\n')
				continue;
		}
		if (kind == QUOTE && !within) {
			p = quote_end(p, end);
			if (p == NULL)
				return 0;
			continue;
		}
		if (kind != CONTROL)
			within = kind == ORDINARY || kind == ESCAPE || kind == QUOTE;
	}
	return 0;
}

/* A byte behind a backslash: itself, unless it is one of those that vanish. */
static char *
put_escaped(char *out, char c)
{
	enum kind kind = kind_of(c);

	if (kind != CONTROL && kind != NEWLINE && (kind != BLANK || c == ' '))
		*out++ = c;
	return out;
}

/* Both take the place behind the first byte of a word, and leave *from behind its last. */
static char *
split_quoted(char *out, char **from, char *end)
{
	char *p = *from;

	for (; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		out = put_escaped(out, *p);
	}
	*from = p < end ? p + 1 : end;
	return out;
}

static char *
split_bare(char *out, char **from, char *end)
{
	char *p = *from;

	for (; p < end; p++) {
		enum kind kind = kind_of(*p);

		if (kind == ORDINARY || kind == QUOTE) {
			*out++ = *p;
		} else if (kind == ESCAPE) {
			if (p + 1 < end)
				out = put_escaped(out, *++p);
		} else if (kind != CONTROL) {
			break;
		}
	}
	*from = p;
	return out;
}

static char *
skip_blanks(char *p, char *end)
{
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end && p[1] == '\n')
			p++;
		else if (kind_of(*p) != BLANK && kind_of(*p) != CONTROL)
			break;
	}
	return p;
}

size_t
line_split(char *line, size_t len, const char **words, size_t max)
{
	char *p = line, *end = line + len, *out, *word;
	enum kind ended;
	size_t n = 0;

	for (;;) {
		p = skip_blanks(p, end);
		if (p == end || kind_of(*p) == COMMENT || kind_of(*p) == NEWLINE)
			return n;
		word = p;
		if (kind_of(*p) == EQUALS) {
			p++;
			if (n++ < max)
				words[n - 1] = "=";
			continue;
		}
		if (kind_of(*p) == QUOTE) {
			p++;
			out = split_quoted(word, &p, end);
			ended = BLANK;
		} else {
			out = split_bare(word, &p, end);
			ended = p < end ? kind_of(*p) : NEWLINE;
		}
		if (n++ < max)
			words[n - 1] = word;
		/* The NUL may fall on the byte that ended the word: it is known by now. */
		*out = '\0';
		if (ended == COMMENT || ended == NEWLINE)
			return n;
		if (ended == EQUALS) {
			p++;
			if (n++ < max)
				words[n - 1] = "=";
		}
	}
}

void
line_quote(struct buf *b, const char *text)
{
	line_quote_cut(b, text, SIZE_MAX);
}

bool
line_quote_cut(struct buf *b, const char *text, size_t max)
{
	size_t len = strlen(text), room = len > (SIZE_MAX - 2) / 2 ? SIZE_MAX : 2 * len + 2;
	char *start = (char *)buf_reserve(b, room), *out = start, *whole;
	char *last;			/* where the closing quote goes at the latest */
	bool fits = true;

	last = start + (max < room ? max : room) - 1;
	*out++ = '"';
	for (whole = out; *text != '\0'; text++) {
		enum kind kind = kind_of(*text);
		size_t need = kind == QUOTE || kind == ESCAPE || kind == COMMENT ? 2 : 1;

		if (kind == CONTROL || kind == NEWLINE || (kind == BLANK && *text != ' '))
			continue;
		if (((uint8_t)*text & 0xc0) != 0x80)	/* not within a UTF-8 character */
			whole = out;
		if (need > (size_t)(last - out)) {
			out = whole;
			fits = false;
			break;
		}
		if (need == 2)
			*out++ = '\\';
		*out++ = *text;
	}
	*out++ = '"';
	buf_grew(b, out - start);
	return fits;
}
