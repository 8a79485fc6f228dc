#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/indexes.h"
#include "core/mem.h"

struct numbered {
	char		*name;
	uint32_t	 index;
};

/* An outlet that is known by its label. */
struct labelled {
	uint32_t	 device, number;
	char		*label;
};

struct indexes {
	struct numbered	 *at;		/* by name, without case */
	size_t		  n, room;
	struct labelled	 *outlets;	/* as they were given: by device rising numbers */
	size_t		  noutlets, outlets_room;
	char		**strange;	/* lines that make no sense, as they were */
	size_t		  nstrange, strange_room;
	uint32_t	  next;
	void		(*changed)(void *);
	void		 *arg;
};

struct indexes *
indexes_new(void)
{
	struct indexes	*x = xcalloc(1, sizeof(*x));

	x->next = 1;
	return x;
}

void
indexes_free(struct indexes *x)
{
	if (x == NULL)
		return;
	while (x->n > 0)
		free(x->at[--x->n].name);
	while (x->noutlets > 0)
		free(x->outlets[--x->noutlets].label);
	free(x->outlets);
	while (x->nstrange > 0)
		free(x->strange[--x->nstrange]);
	free(x->at);
	free(x->strange);
	free(x);
}

void
indexes_on_change(struct indexes *x, void (*changed)(void *), void *arg)
{
	x->changed = changed;
	x->arg = arg;
}

/* Where the name is, or would be. */
static size_t
place_of(const struct indexes *x, const char *name, bool *found)
{
	size_t	 low = 0, high = x->n, middle;
	int	 order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcasecmp(name, x->at[middle].name);
		if ((*found = order == 0))
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*found = false;
	return low;
}

static void
insert(struct indexes *x, size_t at, const char *name, uint32_t index)
{
	x->at = array_room(x->at, x->n, &x->room, sizeof(*x->at));
	memmove(&x->at[at + 1], &x->at[at], (x->n - at) * sizeof(*x->at));
	x->at[at] = (struct numbered){ xstrdup(name), index };
	x->n++;
}

uint32_t
indexes_of(struct indexes *x, const char *name)
{
	bool		 found;
	size_t		 at = place_of(x, name, &found);
	uint32_t	 index;

	if (found)
		return x->at[at].index;
	if (x->next > INDEX_MAX)
		return 0;
	index = x->next++;
	insert(x, at, name, index);
	if (x->changed != NULL)
		x->changed(x->arg);
	return index;
}

/* -- outlets by label ------------------------------------------------------------ */

static void
add_outlet(struct indexes *x, uint32_t device, uint32_t number, const char *label)
{
	x->outlets = array_room(x->outlets, x->noutlets, &x->outlets_room, sizeof(*x->outlets));
	x->outlets[x->noutlets++] = (struct labelled){ device, number, xstrdup(label) };
}

uint32_t
indexes_outlet(struct indexes *x, uint32_t device, const char *label)
{
	uint32_t	 highest = 0;
	size_t		 i;

	if (*label == '\0' || strpbrk(label, " \t\r\n") != NULL)
		return 0;
	for (i = 0; i < x->noutlets; i++) {
		if (x->outlets[i].device != device)
			continue;
		if (strcmp(x->outlets[i].label, label) == 0)
			return x->outlets[i].number;
		if (x->outlets[i].number > highest)
			highest = x->outlets[i].number;
	}
	if (highest >= INDEX_OUTLETS)
		return 0;
	add_outlet(x, device, highest + 1, label);
	if (x->changed != NULL)
		x->changed(x->arg);
	return highest + 1;
}

/* -- reading -------------------------------------------------------------------- */

static bool
parse_index(const char *word, uint32_t max, uint32_t *index)
{
	unsigned long long	 n;
	char			*end;

	errno = 0;
	n = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end != '\0' || errno != 0 || n == 0 || n > max)
		return false;
	*index = (uint32_t)n;
	return true;
}

/* Whatever a broken line meant, its numbers are never given away. */
static void
spare_numbers(struct indexes *x, const char *line)
{
	unsigned long long	 n;
	char			*end;

	for (; *line != '\0'; line = end) {
		line += strcspn(line, "0123456789");
		n = strtoull(line, &end, 10);
		if (end != line && n >= x->next && n <= INDEX_MAX)
			x->next = (uint32_t)n + 1;
	}
}

static const struct numbered *
holder_of(const struct indexes *x, uint32_t index)
{
	size_t	 i;

	for (i = 0; i < x->n; i++)
		if (x->at[i].index == index)
			return &x->at[i];
	return NULL;
}

/* "device 1 rack1"; returns what is wrong, or NULL. */
static const char *
take_device(struct indexes *x, const char *number, const char *name)
{
	uint32_t	 index;
	bool		 found;
	size_t		 at;

	if (number == NULL || name == NULL || !parse_index(number, INDEX_MAX, &index))
		return "no \"device NUMBER NAME\"";
	at = place_of(x, name, &found);
	if (found)
		return "a second number for the same device";
	/* rising numbers, as they are written, are new without a search */
	if (index < x->next && holder_of(x, index) != NULL)
		return "a number that another device has";
	insert(x, at, name, index);
	if (index >= x->next)
		x->next = index + 1;
	return NULL;
}

/* "outlet 2 1 node7" */
static const char *
take_outlet(struct indexes *x, const char *device_word, const char *number_word, const char *label)
{
	uint32_t	 device, number;
	size_t		 i;

	if (label == NULL || !parse_index(device_word, INDEX_MAX, &device) ||
	    !parse_index(number_word, INDEX_OUTLETS, &number))
		return "no \"outlet DEVICE NUMBER LABEL\"";
	for (i = 0; i < x->noutlets; i++) {
		if (x->outlets[i].device != device)
			continue;
		if (x->outlets[i].number == number)
			return "a number that another outlet has";
		if (strcmp(x->outlets[i].label, label) == 0)
			return "a second number for the same outlet";
	}
	add_outlet(x, device, number, label);
	return NULL;
}

static const char *
take_next(struct indexes *x, const char *number, const char *more)
{
	uint32_t	 next;

	if (number == NULL || more != NULL || !parse_index(number, INDEX_MAX + 1, &next))
		return "no \"next NUMBER\"";
	if (next > x->next)
		x->next = next;
	return NULL;
}

static const char *
take_words(struct indexes *x, char *line)
{
	char		*rest, *word = strtok_r(line, " \t\r", &rest);
	char		*number = word == NULL ? NULL : strtok_r(NULL, " \t\r", &rest);
	char		*name = number == NULL ? NULL : strtok_r(NULL, " \t\r", &rest);
	char		*label = name == NULL ? NULL : strtok_r(NULL, " \t\r", &rest);

	if (word == NULL || *word == '#')
		return NULL;
	if ((label != NULL && strtok_r(NULL, " \t\r", &rest) != NULL) ||
	    (label != NULL && strcmp(word, "outlet") != 0))
		return "too many words";
	if (strcmp(word, "outlet") == 0)
		return take_outlet(x, number, name, label);
	if (strcmp(word, "device") == 0)
		return take_device(x, number, name);
	if (strcmp(word, "next") == 0)
		return take_next(x, number, name);
	return "neither \"next\" nor \"device\" nor \"outlet\"";
}

/* A line with a NUL in it is none of text, and is kept so that it never becomes one. */
static char *
text_of(const char *bytes, size_t len)
{
	char	*text = xmalloc(len + sizeof("? "));
	size_t	 n = 0, i;

	if (memchr(bytes, '\0', len) != NULL)
		n = strlen(strcpy(text, "? "));
	for (i = 0; i < len; i++)
		text[n++] = bytes[i] == '\0' ? '?' : bytes[i];
	text[n] = '\0';
	return text;
}

static void
keep(struct indexes *x, char *line)
{
	spare_numbers(x, line);
	x->strange = array_room(x->strange, x->nstrange, &x->strange_room, sizeof(*x->strange));
	x->strange[x->nstrange++] = line;
}

static void
take_line(struct indexes *x, const char *file, unsigned number, const char *bytes, size_t len,
    struct conf_errors *errors)
{
	char		*line = text_of(bytes, len), *words = xstrdup(line);
	const char	*wrong = take_words(x, words);

	free(words);
	if (wrong == NULL) {
		free(line);
		return;
	}
	conf_error(errors, (struct conf_place){ file, number },
	    "%s; the line is kept as it is and does not count", wrong);
	keep(x, line);
}

void
indexes_read(struct indexes *x, const char *file, const char *text, size_t len,
    struct conf_errors *errors)
{
	const char	*end = text + len, *lf;
	unsigned	 number;

	for (number = 1; text < end; number++, text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		take_line(x, file, number, text, (size_t)(lf - text), errors);
	}
}

/* -- writing -------------------------------------------------------------------- */

static int
by_index(const void *a, const void *b)
{
	const struct numbered	*one = *(const struct numbered *const *)a;
	const struct numbered	*other = *(const struct numbered *const *)b;

	return one->index < other->index ? -1 : one->index > other->index;
}

void
indexes_write(const struct indexes *x, struct buf *out)
{
	const struct numbered	**sorted = xreallocarray(NULL, x->n + 1, sizeof(*sorted));
	size_t			  i;

	for (i = 0; i < x->n; i++)
		sorted[i] = &x->at[i];
	qsort(sorted, x->n, sizeof(*sorted), by_index);
	buf_puts(out, "# Written by busbard: the SNMP indexes of devices.  None is ever given to another device.\n");
	for (i = 0; i < x->n; i++)
		buf_printf(out, "device %" PRIu32 " %s\n", sorted[i]->index, sorted[i]->name);
	buf_printf(out, "next %" PRIu32 "\n", x->next);
	for (i = 0; i < x->noutlets; i++)
		buf_printf(out, "outlet %" PRIu32 " %" PRIu32 " %s\n", x->outlets[i].device, x->outlets[i].number,
		    x->outlets[i].label);
	for (i = 0; i < x->nstrange; i++)
		buf_printf(out, "%s\n", x->strange[i]);
	free(sorted);
}
