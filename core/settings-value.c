#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/settings-table.h"

/* From the text of one directive to its field: a row a type. */

_Static_assert(sizeof(enum tristate) == sizeof(unsigned), "enums are filled as unsigned");

/* -- saying what would be right --------------------------------------------------- */

static const struct choice yes_no[] = { { "yes", true }, { "no", false }, { NULL, 0 } };

static const struct choice *
choices_of(const struct directive *row)
{
	return row->choices != NULL ? row->choices : yes_no;
}

static void
want_length(const struct directive *row, struct buf *out)
{
	buf_printf(out, "a text of %lld to %lld bytes", (long long)row->min, (long long)row->max);
}

static void
want_number(const struct directive *row, struct buf *out)
{
	buf_printf(out, "a number from %lld to %lld", (long long)row->min, (long long)row->max);
}

static void
want_duration(const struct directive *row, struct buf *out)
{
	buf_printf(out, "seconds from %g to %g", (double)row->min / 1000, (double)row->max / 1000);
}

static void
want_choice(const struct directive *row, struct buf *out)
{
	const struct choice	*c;

	for (c = choices_of(row); c->word != NULL; c++)
		buf_printf(out, "%s%s", c == choices_of(row) ? "" :
		    c[1].word == NULL ? " or " : ", ", c->word);
}

static void
want_pair(const struct directive *row, struct buf *out)
{
	buf_printf(out, "NAME=VALUE, in double quotes");
}

static void
want_network(const struct directive *row, struct buf *out)
{
	buf_printf(out, "an address, or ADDRESS/BITS with no bit set behind the first BITS");
}

/* -- one value ------------------------------------------------------------------------ */

/* Puts the value into its field, or says why it cannot. */
typedef const char *put_fn(const struct directive *, const char *text, void *field);
#define WRONG	""		/* no more is to be said than what the type wants */

/* The value's digits without leading noise; false when it is no such number or too long to be in range. */
static bool
read_digits(const char *text, size_t len, int64_t *number)
{
	size_t	i;

	*number = 0;
	if (len == 0 || len > 12)
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return true;
}

static const char *
check_text(const struct directive *row, const char *text)
{
	size_t	len = strlen(text);

	if ((int64_t)len < row->min || (int64_t)len > row->max)
		return WRONG;
	return row->check == NULL ? NULL : row->check(text);
}

static const char *
put_text(const struct directive *row, const char *text, void *field)
{
	const char	*want = check_text(row, text);

	if (want == NULL)
		*(char **)field = xstrdup(text);
	return want;
}

/* What settings-tls.c has made of a file, or for settings_parse() the name of one. */
static const char *
put_pem(const struct directive *row, const char *text, void *field)
{
	char	*copy, *tab;

	if (*text == '/')
		return put_text(row, text, field);
	if (strncmp(text, "-----BEGIN ", 11) != 0)
		return "an absolute path";
	copy = xstrdup(text);
	for (tab = copy; (tab = strchr(tab, '\t')) != NULL; tab++)
		*tab = '\n';
	*(char **)field = copy;
	return NULL;
}

static const char *
put_integer(const struct directive *row, const char *text, void *field)
{
	bool	negative = *text == '-';
	int64_t	number;

	if (!read_digits(text + negative, strlen(text) - negative, &number))
		return WRONG;
	if (negative)
		number = -number;
	if (number < row->min || number > row->max)
		return WRONG;
	*(int *)field = (int)number;	/* TYPE_NUMBER: never negative, by its min */
	return NULL;
}

/* Seconds, with up to three decimals, as ms. */
static const char *
put_duration(const struct directive *row, const char *text, void *field)
{
	static const int64_t	 scale[] = { 1000, 100, 10, 1 };
	size_t			 whole = strcspn(text, "."), decimals;
	int64_t			 seconds, fraction = 0;

	decimals = text[whole] == '.' ? strlen(text + whole + 1) : 0;
	if (!read_digits(text, whole, &seconds) || decimals > 3)
		return WRONG;
	if (text[whole] == '.' && !read_digits(text + whole + 1, decimals, &fraction))
		return WRONG;
	seconds = seconds * 1000 + fraction * scale[decimals];
	if (seconds < row->min || seconds > row->max)
		return WRONG;
	*(unsigned *)field = (unsigned)seconds;
	return NULL;
}

static const struct choice *
find_choice(const struct directive *row, const char *text)
{
	const struct choice	*c;

	for (c = choices_of(row); c->word != NULL; c++)
		if (strcmp(c->word, text) == 0)
			return c;
	return NULL;
}

static const char *
put_switch(const struct directive *row, const char *text, void *field)
{
	const struct choice	*c = find_choice(row, text);

	if (c != NULL)
		*(bool *)field = c->value != 0;
	return c == NULL ? WRONG : NULL;
}

static const char *
put_choice(const struct directive *row, const char *text, void *field)
{
	const struct choice	*c = find_choice(row, text);

	if (c != NULL)
		memcpy(field, &c->value, sizeof(c->value));
	return c == NULL ? WRONG : NULL;
}

static const char *
put_bit(const struct directive *row, const char *text, void *field)
{
	const struct choice	*c = find_choice(row, text);

	if (c == NULL)
		return WRONG;
	if ((*(unsigned *)field & c->value) != 0)
		return "something else: it stands here twice";
	*(unsigned *)field |= c->value;
	return NULL;
}

static const char *
put_string(const struct directive *row, const char *text, void *field)
{
	struct strings	*list = field;
	const char	*want = check_text(row, text);
	size_t		 i;

	if (want != NULL)
		return want;
	for (i = 0; i < list->n; i++)
		if (strcmp(list->at[i], text) == 0)
			return "something else: it stands here twice";
	list->at = xreallocarray(list->at, list->n + 1, sizeof(*list->at));
	list->at[list->n++] = xstrdup(text);
	return NULL;
}

static const char *
put_pair(const struct directive *row, const char *text, void *field)
{
	struct pairs	*list = field;
	const char	*equals = strchr(text, '='), *want;
	char		*name;
	size_t		 i;

	if (equals == NULL)
		return WRONG;
	name = xstrndup(text, (size_t)(equals - text));
	want = row->check == NULL ? NULL : row->check(name);
	for (i = 0; want == NULL && i < list->n; i++)
		if (strcmp(list->at[i].name, name) == 0)
			want = "something else: that name stands here twice";
	if (want != NULL) {
		free(name);
		return want;
	}
	list->at = xreallocarray(list->at, list->n + 1, sizeof(*list->at));
	list->at[list->n].name = name;
	list->at[list->n++].value = xstrdup(equals + 1);
	return NULL;
}

static const char *
put_network(const struct directive *row, const char *text, void *field)
{
	struct networks	*list = field;
	struct network	 n;

	if (!network_parse(text, &n))
		return WRONG;
	list->at = xreallocarray(list->at, list->n + 1, sizeof(*list->at));
	list->at[list->n++] = n;
	return NULL;
}

/* -- freeing ------------------------------------------------------------------------------ */

static void
free_text(void *field)
{
	free(*(char **)field);
}

static void
free_strings(void *field)
{
	struct strings	*list = field;
	size_t		 i;

	for (i = 0; i < list->n; i++)
		free(list->at[i]);
	free(list->at);
}

static void
free_pairs(void *field)
{
	struct pairs	*list = field;
	size_t		 i;

	for (i = 0; i < list->n; i++) {
		free(list->at[i].name);
		free(list->at[i].value);
	}
	free(list->at);
}

static void
free_networks(void *field)
{
	free(((struct networks *)field)->at);
}

/* -- the types ------------------------------------------------------------------------------ */

static const struct {
	put_fn	*put;
	bool	 list;
	void	(*want)(const struct directive *, struct buf *);
	void	(*free)(void *field);
} types[] = {
	[TYPE_TEXT] =	  { put_text,	  false, want_length,	free_text },
	[TYPE_SWITCH] =	  { put_switch,	  false, want_choice,	NULL },
	[TYPE_NUMBER] =	  { put_integer,  false, want_number,	NULL },
	[TYPE_INTEGER] =  { put_integer,  false, want_number,	NULL },
	[TYPE_DURATION] = { put_duration, false, want_duration,	NULL },
	[TYPE_CHOICE] =	  { put_choice,	  false, want_choice,	NULL },
	[TYPE_CHOICES] =  { put_bit,	  true,	 want_choice,	NULL },
	[TYPE_STRINGS] =  { put_string,	  true,	 want_length,	free_strings },
	[TYPE_PAIRS] =	  { put_pair,	  true,	 want_pair,	free_pairs },
	[TYPE_NETWORKS] = { put_network,  true,	 want_network,	free_networks },
	[TYPE_PEM] =	  { put_pem,	  false, want_length,	free_text },
};

static void
refuse(struct settings_run *run, const struct directive *row, const struct conf_value *value,
    const char *want)
{
	struct buf	text = {0};

	if (*want == '\0')
		types[row->type].want(row, &text);
	else
		buf_puts(&text, want);
	if (row->secret)
		conf_error(run->errors, value->place, "%s: what stands here is wrong; wants %s",
		    row->name, buf_text(&text));
	else
		conf_error(run->errors, value->place, "%s: \"%s\" is wrong; wants %s",
		    row->name, value->text, buf_text(&text));
	buf_free(&text);
}

void
settings_set(struct settings_run *run, const struct directive *row, const struct conf_item *item,
    void *base)
{
	const char	*want;
	size_t		 i;

	if (item->list && !types[row->type].list) {
		conf_error(run->errors, item->place, "%s: this is a single value; leave out the braces",
		    row->name);
		return;
	}
	if (item->nvalues == 0 && row->required)
		conf_error(run->errors, item->place, "%s: the list is empty; wants at least one value",
		    row->name);
	for (i = 0; i < item->nvalues; i++) {
		want = types[row->type].put(row, item->values[i].text, (char *)base + row->at);
		if (want != NULL)
			refuse(run, row, &item->values[i], want);
	}
}

void
settings_unset(const struct section *section, void *base)
{
	size_t	i;

	for (i = 0; i < section->nrows; i++)
		if (types[section->rows[i].type].free != NULL)
			types[section->rows[i].type].free((char *)base + section->rows[i].at);
}
