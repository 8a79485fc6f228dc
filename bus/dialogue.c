#include <stdlib.h>
#include <string.h>

#include "bus/dialogue.h"
#include "bus/mask.h"
#include "core/mem.h"
#include "core/wire.h"

#define PIECES_MS	200	/* what comes so soon after the other belongs to it */

static const struct {
	const char	*word;
	unsigned	 wire;
} wires[] = {
	{ "CTS", SERIAL_CTS }, { "DSR", SERIAL_DSR }, { "DCD", SERIAL_DCD }, { "RI", SERIAL_RI },
};

static const char	marks[] = { [DIALOGUE_SENT] = '>', [DIALOGUE_CAME] = '<', [DIALOGUE_WIRES] = '=' };

struct dialogue *
dialogue_new(void)
{
	return xcalloc(1, sizeof(struct dialogue));
}

void
dialogue_free(struct dialogue *d)
{
	size_t	 i;

	if (d == NULL)
		return;
	for (i = 0; i < d->n; i++)
		buf_free(&d->events[i].bytes);
	free(d->events);
	free(d);
}

/* NULL: it is full, or time went back. */
static struct dialogue_event *
add(struct dialogue *d, enum dialogue_kind kind, int64_t at, size_t len)
{
	struct dialogue_event	*e;

	if (d->size + len + sizeof(*e) > DIALOGUE_BYTES_MAX || (d->n > 0 && at < d->events[d->n - 1].at))
		return NULL;
	d->size += len + sizeof(*e);
	d->events = array_room(d->events, d->n, &d->room, sizeof(*e));
	e = &d->events[d->n++];
	*e = (struct dialogue_event){ .kind = kind, .at = at };
	return e;
}

bool
dialogue_add(struct dialogue *d, enum dialogue_kind kind, int64_t at, const void *bytes, size_t len)
{
	struct dialogue_event	*e = d->n > 0 ? &d->events[d->n - 1] : NULL;

	if (e != NULL && kind == DIALOGUE_CAME && e->kind == kind && at - e->at < PIECES_MS) {
		if (at < e->at || d->size + len > DIALOGUE_BYTES_MAX)
			return false;
		d->size += len;
	} else if ((e = add(d, kind, at, len)) == NULL) {
		return false;
	}
	buf_put(&e->bytes, bytes, len);
	return true;
}

bool
dialogue_add_wires(struct dialogue *d, int64_t at, unsigned now)
{
	struct dialogue_event	*e = add(d, DIALOGUE_WIRES, at, 0);

	if (e != NULL)
		e->wires = now;
	return e != NULL;
}

size_t
dialogue_find(const struct dialogue *d, size_t i, const void *bytes, size_t len)
{
	const struct dialogue_event	*e;
	size_t				 tried, at;

	for (tried = 0; tried < d->n; tried++) {
		at = (i + tried) % d->n;
		e = &d->events[at];
		if (e->kind == DIALOGUE_SENT && e->bytes.len == len && memcmp(buf_bytes(&e->bytes), bytes, len) == 0)
			return at;
	}
	return d->n;
}

void
dialogue_mask(struct dialogue *d, const char *text)
{
	size_t	 i;

	for (i = 0; i < d->n; i++)
		mask_bytes(buf_bytes(&d->events[i].bytes), d->events[i].bytes.len, text);
}

/* -- as text ----------------------------------------------------------------------- */

static const struct {
	char	 c, letter;
} escapes[] = {
	{ '\r', 'r' }, { '\n', 'n' }, { '\t', 't' }, { '\\', '\\' }, { '"', '"' },
};

static void
print_byte(struct buf *b, uint8_t c)
{
	size_t	 i;

	for (i = 0; i < nitems(escapes); i++)
		if (escapes[i].c == c) {
			buf_printf(b, "\\%c", escapes[i].letter);
			return;
		}
	if (c >= ' ' && c < 0x7f)
		buf_putc(b, (char)c);
	else
		buf_printf(b, "\\x%02x", c);
}

static void
print_event(const struct dialogue_event *e, struct buf *b)
{
	size_t	 i;

	buf_printf(b, "%lld %c", (long long)e->at, marks[e->kind]);
	if (e->kind == DIALOGUE_WIRES) {
		for (i = 0; i < nitems(wires); i++)
			if (e->wires & wires[i].wire)
				buf_printf(b, " %s", wires[i].word);
	} else {
		buf_puts(b, " \"");
		for (i = 0; i < e->bytes.len; i++)
			print_byte(b, buf_bytes(&e->bytes)[i]);
		buf_putc(b, '"');
	}
	buf_putc(b, '\n');
}

void
dialogue_print(const struct dialogue *d, struct buf *b)
{
	size_t	 i;

	for (i = 0; i < d->n; i++)
		print_event(&d->events[i], b);
}

/* -- from text ----------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character behind a backslash; what follows it, or NULL. */
static const char *
read_escape(const char *s, struct buf *out)
{
	size_t	 i;

	for (i = 0; i < nitems(escapes); i++)
		if (escapes[i].letter == *s) {
			buf_putc(out, escapes[i].c);
			return s + 1;
		}
	if (*s != 'x' || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
		return NULL;
	buf_putc(out, (char)(hex_digit(s[1]) * 16 + hex_digit(s[2])));
	return s + 3;
}

static bool
read_text(const char *s, struct buf *out)
{
	if (*s++ != '"')
		return false;
	while (s != NULL && *s != '"' && *s != '\0') {
		if (*s == '\\') {
			s = read_escape(s + 1, out);
			continue;
		}
		buf_putc(out, *s++);
	}
	return s != NULL && *s == '"' && s[1] == '\0';
}

static bool
read_wires(char *s, unsigned *now)
{
	char	*word, *rest = s;
	size_t	 i;

	*now = 0;
	while ((word = strsep(&rest, " ")) != NULL) {
		for (i = 0; i < nitems(wires) && strcmp(wires[i].word, word) != 0; i++)
			;
		if (*word != '\0' && i == nitems(wires))
			return false;
		*now |= i < nitems(wires) ? wires[i].wire : 0;
	}
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *
read_line(struct dialogue *d, char *line)
{
	struct buf	 bytes = { 0 };
	unsigned	 now;
	char		*end, mark;
	int64_t		 at = strtoll(line, &end, 10);
	const char	*why = NULL;

	if (end == line || at < 0 || *end != ' ' || strchr("<>=", end[1]) == NULL || end[1] == '\0' ||
	    (end[2] != ' ' && end[2] != '\0'))
		return "wants a time, one of < > =, and what there was";
	mark = end[1];
	end += end[2] == ' ' ? 3 : 2;
	if (mark == '=') {
		if (!read_wires(end, &now))
			return "knows the wires CTS, DSR, DCD and RI";
		return dialogue_add_wires(d, at, now) ? NULL : "is too much, or before the last one";
	}
	if (!read_text(end, &bytes))
		why = "wants a text in double quotes; \\r \\n \\t \\\\ \\\" and \\xNN stand for bytes";
	else if (!dialogue_add(d, mark == '>' ? DIALOGUE_SENT : DIALOGUE_CAME, at, buf_bytes(&bytes), bytes.len))
		why = "is too much, or before the last one";
	buf_free(&bytes);
	return why;
}

struct dialogue *
dialogue_parse(const char *text, size_t len, char **why)
{
	struct dialogue	*d = dialogue_new();
	char		*copy, *rest, *line;
	const char	*mistake = NULL;
	unsigned	 number = 0;

	rest = copy = xmalloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	while (mistake == NULL && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (*line != '\0' && *line != '#')
			mistake = read_line(d, line);
	}
	free(copy);
	if (mistake == NULL && d->n > 0)
		return d;
	dialogue_free(d);
	*why = mistake != NULL ? xasprintf("line %u: %s", number, mistake) : xstrdup("there is nothing in it");
	return NULL;
}
