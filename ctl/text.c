#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "ctl/show.h"

#define COLUMNS	7

struct row {
	char	*cells[COLUMNS];
	char	*reason;		/* behind the link's state; "" for none */
};

struct show {
	struct row	*rows;		/* of list: they wait until all widths are known */
	size_t		 nrows, room;
};

static const char *const headings[COLUMNS] = {
	"NAME", "TYPE", "LINK", "STATUS", "CHARGE", "RUNTIME", "LOAD"
};
static const char *const suffixes[COLUMNS] = { "", "", "", "", "%", "s", "%" };

static struct show *
text_begin(const char *verb)
{
	return xcalloc(1, sizeof(struct show));
}

/* -- list ------------------------------------------------------------------------ */

/* "stale: why" has its reason at the end of the row. */
static void
text_device(struct show *show, const char **words, size_t n)
{
	struct row	*row;
	size_t		 i, len;

	show->rows = array_room(show->rows, show->nrows, &show->room, sizeof *show->rows);
	row = &show->rows[show->nrows++];
	for (i = 0; i < COLUMNS; i++) {
		const char	*cell = i + 1 < n ? words[i + 1] : "";

		row->cells[i] = *cell == '\0' ? xstrdup("-") : xasprintf("%s%s", cell, suffixes[i]);
	}
	len = strcspn(row->cells[2], ":");
	row->reason = xstrdup(row->cells[2][len] == ':' ? row->cells[2] + len + 1 : "");
	row->cells[2][len] = '\0';
}

static void
text_print_row(const char *const *cells, const int *widths, const char *reason)
{
	size_t	i;

	for (i = 0; i < COLUMNS; i++) {
		if (i + 1 == COLUMNS && *reason == '\0')
			printf("%s", cells[i]);
		else
			printf("%-*s  ", widths[i], cells[i]);
	}
	printf("%s\n", reason + (*reason == ' '));
}

/* The heading is for people: a script gets one line for each device. */
static void
text_print_rows(const struct show *show)
{
	bool	heading = isatty(STDOUT_FILENO);
	int	widths[COLUMNS] = { 0 }, len;
	size_t	i, j;

	for (i = 0; i < COLUMNS; i++) {
		widths[i] = heading ? (int)strlen(headings[i]) : 0;
		for (j = 0; j < show->nrows; j++)
			if ((len = (int)strlen(show->rows[j].cells[i])) > widths[i])
				widths[i] = len;
	}
	if (heading && show->nrows > 0)
		text_print_row(headings, widths, "");
	for (j = 0; j < show->nrows; j++)
		text_print_row((const char *const *)show->rows[j].cells, widths, show->rows[j].reason);
}

/* -- the other records -------------------------------------------------------------- */

static void
text_var(struct show *show, const char **words, size_t n)
{
	printf("%s: %s\n", words[1], words[2]);
}

static void
text_mistake(struct show *show, const char **words, size_t n)
{
	fprintf(stderr, "%s\n", words[1]);
}

static void
text_time(void)
{
	char		 text[32];
	time_t		 now = time(NULL);

	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime(&now));
	printf("%s ", text);
}

static void
text_new(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s %s: %s\n", words[1], words[2], words[3]);
}

static void
text_change(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s %s: %s -> %s\n", words[1], words[2], words[3], words[4]);
}

static void
text_gone(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s %s: gone, was %s\n", words[1], words[2], words[3]);
}

static void
text_link(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s: %s\n", words[1], words[2]);
}

static void
text_added(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s: added\n", words[1]);
}

static void
text_removed(struct show *show, const char **words, size_t n)
{
	text_time();
	printf("%s: removed\n", words[1]);
}

/* What others may have typed moves no terminal. */
static void
put_plain(const char *text)
{
	const char	*quote = strchr(text, ' ') != NULL ? "\"" : "";

	fputs(quote, stdout);
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	fputs(quote, stdout);
}

/* serial time kind device name value ... */
static void
text_event(struct show *show, const char **words, size_t n)
{
	time_t	when = (time_t)(strtoll(words[2], NULL, 10) / 1000);
	char	text[40];
	size_t	i;

	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime(&when));
	printf("%s  %s  %s", text, *words[4] == '\0' ? "-" : words[4], words[3]);
	for (i = 5; i + 1 < n; i += 2) {
		printf("%s%s=", i == 5 ? "  " : " ", words[i]);
		put_plain(words[i + 1]);
	}
	putchar('\n');
}

static void
text_dropped(struct show *show, const char **words, size_t n)
{
	fprintf(stderr, "busbarctl: %s older events are no longer kept\n", words[1]);
}

static const struct {
	const char	*record;
	size_t		 words;
	void		(*print)(struct show *, const char **words, size_t n);
} prints[] = {
	{ "DEVICE",	8, text_device },
	{ "VAR",	3, text_var },
	{ "EVENT",	5, text_event },
	{ "DROPPED",	2, text_dropped },
	{ "MISTAKE",	2, text_mistake },
	{ "NEW",	4, text_new },
	{ "CHANGE",	5, text_change },
	{ "GONE",	4, text_gone },
	{ "LINK",	3, text_link },
	{ "ADDED",	2, text_added },
	{ "REMOVED",	2, text_removed },
};

/* A record of a newer daemon is passed over. */
static void
text_record(struct show *show, const char **words, size_t n)
{
	size_t	i;

	for (i = 0; i < nitems(prints); i++)
		if (strcmp(prints[i].record, words[0]) == 0 && n >= prints[i].words)
			prints[i].print(show, words, n);
}

static void
text_end(struct show *show, const char *reason)
{
	size_t	i, j;

	text_print_rows(show);
	if (reason != NULL)
		fprintf(stderr, "busbarctl: %s\n", reason);
	for (i = 0; i < show->nrows; i++) {
		for (j = 0; j < COLUMNS; j++)
			free(show->rows[i].cells[j]);
		free(show->rows[i].reason);
	}
	free(show->rows);
	free(show);
}

const struct shower show_text = { text_begin, text_record, text_end };
