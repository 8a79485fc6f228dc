#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/smart_unit.h"

struct smart_unit	unit;

void
smart_forget_all(void)
{
	memset(&unit, 0, sizeof(unit));
}

void
smart_says_bytes(char x, const char *answer, size_t len)
{
	unsigned char	 i = (unsigned char)x;

	unit.answers[i].known = true;
	unit.answers[i].len = len;
	memcpy(unit.answers[i].text, answer, len);
	unit.answers[i].text[len] = '\0';
}

void
smart_says(char x, const char *answer)
{
	smart_says_bytes(x, answer, strlen(answer));
}

/* -- recordings ------------------------------------------------------------------------ */

/* What stands between quotes, or to the end of the line, as C writes it; how many bytes. */
static size_t
unquote(const char *s, char *out, size_t room)
{
	static const char	 letters[] = "rntf0", bytes[] = "\r\n\t\f\0";
	size_t			 n = 0;
	const char		*found;
	char			 hex[3] = "";

	for (; *s != '"' && *s != '\n' && *s != '\0' && n + 1 < room; s++) {
		if (*s != '\\') {
			out[n++] = *s;
		} else if (*++s == 'x') {
			hex[0] = s[1];
			hex[1] = s[2];
			out[n++] = (char)strtoul(hex, NULL, 16);
			s += 2;
		} else {
			found = strchr(letters, *s);
			out[n++] = found != NULL ? bytes[found - letters] : *s;
		}
	}
	return n;
}

/* Behind what introduces a question or an answer, in the manner of any of the files; NULL: the line is neither. */
static const char *
behind(const char *line, const char *const words[3])
{
	const char	*at;
	size_t		 i;

	for (i = 0; i < 2; i++)
		if ((at = strstr(line, words[i])) != NULL)
			return at + strlen(words[i]);
	return strncmp(line, words[2], 2) == 0 ? line + 2 : NULL;
}

bool
smart_load(const char *name)
{
	static const char *const questions[] = { ">>> \"", "request == \"", "> " };
	static const char *const answers[] = { "<<< \"", "write_str(\"", "< " };
	const char	*shared = getenv("SHARED"), *text;
	char		 path[512], line[1024], bytes[1024], asked = '\0';
	FILE		*f;
	size_t		 n;

	snprintf(path, sizeof(path), "%s/devices/serial/%s", shared != NULL ? shared : "../shared", name);
	if ((f = fopen(path, "r")) == NULL)
		return false;
	smart_forget_all();
	while (fgets(line, sizeof(line), f) != NULL) {
		if ((text = behind(line, questions)) != NULL) {
			n = unquote(text, bytes, sizeof(bytes));
			asked = n == 1 ? bytes[0] : '\0';
		} else if (asked != '\0' && (text = behind(line, answers)) != NULL) {
			n = unquote(text, bytes, sizeof(bytes));
			while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
				n--;
			smart_says_bytes(asked, bytes, n);
			asked = '\0';
		}
	}
	fclose(f);
	return true;
}

/* -- the unit -------------------------------------------------------------------------------- */

static void
say(struct stage *s, const char *text, size_t len, unsigned char of)
{
	size_t	 middle = len / 2;

	buf_put(&s->saying, text, unit.half || unit.spoil != NULL ? middle : len);
	if (unit.half) {
		unit.half = false;
		return;
	}
	if (unit.spoil != NULL && (unit.spoiled == 0 || unit.spoiled == of)) {
		buf_puts(&s->saying, unit.spoil);
		buf_put(&s->saying, text + middle, len - middle);
		unit.spoil = NULL;
		if (unit.meanwhile != NULL)
			smart_says('Q', unit.meanwhile);
	} else if (unit.spoil != NULL) {
		buf_put(&s->saying, text + middle, len - middle);
	}
	buf_puts(&s->saying, "\r\n");
}

static void
say_text(struct stage *s, const char *text)
{
	say(s, text, strlen(text), '\0');
}

static void
carry_out(struct stage *s, const char *what)
{
	if (unit.refusal != NULL) {
		say_text(s, unit.refusal);
		return;
	}
	snprintf(unit.done + strlen(unit.done), sizeof(unit.done) - strlen(unit.done), "%s ", what);
	say_text(s, "OK");
}

/* The next choice of what was asked last. */
static void
go_round(struct stage *s)
{
	const char	*all = unit.choices[unit.last], *now = unit.answers[unit.last].text, *at;
	char		 next[32];

	if (unit.refusal != NULL || all == NULL) {
		if (unit.refusal == NULL && (unit.last == 'c' || unit.last == 'x')) {
			unit.left = 8;
			unit.text[0] = '\0';
		} else
			say_text(s, unit.refusal != NULL ? unit.refusal : "NO");
		return;
	}
	at = strstr(all, now);
	at = at == NULL || strchr(at, '|') == NULL ? all : strchr(at, '|') + 1;
	snprintf(next, sizeof(next), "%.*s", (int)strcspn(at, "|"), at);
	smart_says((char)unit.last, next);
	say_text(s, "OK");
}

static void
take_text(struct stage *s, char c)
{
	if (c != '\r')
		strncat(unit.text, &c, 1);
	if (--unit.left > 0)
		return;
	smart_says((char)unit.last, unit.text);
	say_text(s, "OK");
}

/* Commands that count only the second time. */
static bool
is_second(char c)
{
	size_t	 n = strlen(unit.sent);

	return n >= 2 && unit.sent[n - 2] == (isprint((unsigned char)c) ? c : '.');
}

static void
take(struct stage *s, char c)
{
	const unsigned char	 x = (unsigned char)c;
	char			 word[2] = { c, '\0' };

	if (c == 'Y') {
		unit.dumb = false;
		unit.digits = 0;
		say_text(s, "SM");
	} else if (unit.dumb) {
		return;
	} else if (unit.left > 0) {
		take_text(s, c);
	} else if (unit.digits > 0) {
		if (--unit.digits == 0)
			carry_out(s, "@");
	} else if (c == '-') {
		go_round(s);
	} else if (unit.answers[x].known) {
		unit.last = x;
		say(s, unit.answers[x].text, unit.answers[x].len, x);
	} else if (c == '@' && unit.refusal == NULL) {
		unit.digits = 3;
	} else if (strchr("ZK\x0e", c) != NULL) {
		if (unit.refusal != NULL || is_second(c))
			carry_out(s, c == '\x0e' ? "on" : word);
	} else if (strchr("SUWDA^@", c) != NULL) {
		carry_out(s, word);
	} else if (!unit.silent) {
		say_text(s, "NA");
	}
}

size_t
smart_peer(struct stage *s, const char *heard, size_t len)
{
	size_t	 n = strlen(unit.sent);

	if (n + 2 > sizeof(unit.sent))
		n = 0;
	unit.sent[n] = *heard >= ' ' && *heard <= '~' ? *heard : '.';
	unit.sent[n + 1] = '\0';
	if (unit.echoes)
		buf_put(&s->saying, heard, 1);
	if (!unit.deaf)
		take(s, *heard);
	return 1;
}
