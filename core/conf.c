#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/conf-tree.h"
#include "core/mem.h"

/* The tree of a configuration, its list of mistakes, and the way back to text. */

#define ERROR_LENGTH	512

/* -- mistakes --------------------------------------------------------------- */

/* The line of an error about this file, 0 for the file itself, -1 if it is about another. */
static long
error_line(const char *text, const char *file)
{
	size_t	 len = strlen(file);
	char	*end;
	long	 line;

	if (strncmp(text, file, len) != 0 || text[len] != ':')
		return -1;
	line = strtol(text + len + 1, &end, 10);
	return end > text + len + 1 && *end == ':' ? line : 0;
}

/*
 * Grammar is checked before meaning, so errors do not come in order: this one
 * goes behind the last of its file that is not further down.
 */
static size_t
error_position(const struct conf_errors *errors, struct conf_place place)
{
	size_t	 i, first = errors->n;
	long	 line;

	for (i = errors->n; i > 0; i--) {
		line = error_line(errors->texts[i - 1], place.file);
		if (line == -1)
			continue;
		if (line <= (long)place.line)
			return i;
		first = i - 1;
	}
	return first;
}

static void
error_insert(struct conf_errors *errors, size_t at, char *text)
{
	errors->texts = array_room(errors->texts, errors->n, &errors->room, sizeof(*errors->texts));
	memmove(errors->texts + at + 1, errors->texts + at,
	    (errors->n - at) * sizeof(*errors->texts));
	errors->texts[at] = text;
	errors->n++;
}

void
conf_error(struct conf_errors *errors, struct conf_place place, const char *fmt, ...)
{
	char	 text[ERROR_LENGTH];
	va_list	 ap;
	int	 len;

	if (errors->n > CONF_ERRORS)
		return;
	if (errors->n == CONF_ERRORS) {
		error_insert(errors, errors->n, xasprintf(
		    "%s: there are more mistakes; mend these first", place.file));
		return;
	}
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	error_insert(errors, error_position(errors, place), place.line == 0 ?
	    xasprintf("%s: %s", place.file, text) :
	    xasprintf("%s:%u: %s", place.file, place.line, text));
}

void
conf_errors_free(struct conf_errors *errors)
{
	size_t	i;

	for (i = 0; i < errors->n; i++)
		free(errors->texts[i]);
	free(errors->texts);
	memset(errors, 0, sizeof(*errors));
}

/* -- the tree ----------------------------------------------------------------- */

void *
conf_keep(struct conf *conf, const void *bytes, size_t n)
{
	struct conf_chunk	*chunk;

	if (n == 0)
		return NULL;
	chunk = xmalloc(sizeof(*chunk) + n);
	chunk->next = conf->chunks;
	conf->chunks = chunk;
	memcpy(chunk->bytes, bytes, n);
	return chunk->bytes;
}

char *
conf_keep_text(struct conf *conf, const char *text, size_t len)
{
	struct conf_chunk	*chunk = xmalloc(sizeof(*chunk) + len + 1);
	char			*copy = (char *)chunk->bytes;

	chunk->next = conf->chunks;
	conf->chunks = chunk;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* Chunks may hold secrets, but so does the heap of every library below us: plain free. */
void
conf_free(struct conf *conf)
{
	struct conf_chunk	*chunk;

	if (conf == NULL)
		return;
	while ((chunk = conf->chunks) != NULL) {
		conf->chunks = chunk->next;
		free(chunk);
	}
	free(conf->files);
	free(conf);
}

const struct conf_item *
conf_items(const struct conf *conf, size_t *n)
{
	*n = conf->nitems;
	return conf->items;
}

bool
conf_exposed(const struct conf *conf, const char *file)
{
	size_t	i;

	for (i = 0; i < conf->nfiles; i++)
		if (strcmp(conf->files[i].name, file) == 0)
			return conf->files[i].exposed;
	return false;
}

/* The tree is const for its readers; it is the conf's own memory. */
void
conf_replace(struct conf *conf, const struct conf_value *value, const char *text)
{
	struct conf_value	*own = (struct conf_value *)(uintptr_t)value;

	own->text = conf_keep_text(conf, text, strlen(text));
	own->quoted = true;
}

bool
conf_bare(unsigned char c)
{
	return c > ' ' && c != 0x7f && strchr("{}=,\"#\\", c) == NULL;
}

/* -- printing ------------------------------------------------------------------- */

static void
print_value(struct buf *out, const struct conf_value *value)
{
	const char	*p;

	if (!value->quoted) {
		buf_puts(out, value->text);
		return;
	}
	buf_putc(out, '"');
	for (p = value->text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

static void
print_setting(struct buf *out, const struct conf_item *item)
{
	size_t	i;

	buf_puts(out, " = ");
	if (item->list)
		buf_putc(out, '{');
	for (i = 0; i < item->nvalues; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		print_value(out, &item->values[i]);
	}
	if (item->list)
		buf_putc(out, '}');
}

static void
print_item(struct buf *out, const struct conf_item *item, unsigned depth)
{
	size_t	i;

	buf_printf(out, "%*s%s", (int)depth * 4, "", item->name);
	if (!item->section) {
		print_setting(out, item);
		buf_putc(out, '\n');
		return;
	}
	if (item->title != NULL) {
		buf_putc(out, ' ');
		print_value(out, item->title);
	}
	buf_puts(out, " {\n");
	for (i = 0; i < item->nitems; i++)
		print_item(out, &item->items[i], depth + 1);
	buf_printf(out, "%*s}\n", (int)depth * 4, "");
}

char *
conf_print(const struct conf_item *item)
{
	struct buf	 out = {0};
	char		*text;

	print_item(&out, item, 0);
	text = xstrndup((const char *)buf_bytes(&out), out.len);
	buf_free(&out);
	return text;
}

/* -- did you mean ----------------------------------------------------------------- */

#define NEAREST_LENGTH	64

static unsigned
smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	char	one[2] = { a, '\0' }, other[2] = { b, '\0' };

	return strcasecmp(one, other) == 0;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned	 rows[3][NEAREST_LENGTH + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	unsigned	*spare;
	size_t		 i, j, alen = strlen(a), blen = strlen(b);

	for (j = 0; j <= blen; j++)
		above[j] = before[j] = (unsigned)j;
	for (i = 1; i <= alen; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= blen; j++) {
			row[j] = smaller(above[j - 1] + !same(a[i - 1], b[j - 1]),
			    smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[blen];
}

const char *
conf_nearest(const char *word, const char *const *words)
{
	const char	*nearest = NULL;
	size_t		 len = strlen(word);
	unsigned	 best, d;

	if (len > NEAREST_LENGTH)
		return NULL;
	best = len < 3 ? 2 : (unsigned)len / 3 + 2;	/* beyond: another word altogether */
	for (; *words != NULL; words++) {
		if (strlen(*words) > NEAREST_LENGTH)
			continue;
		d = distance(word, *words);
		if (d < best) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}
