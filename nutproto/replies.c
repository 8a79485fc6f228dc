/* The text of answers; those of LIST UPS and LIST VAR are made once per change. */

#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/log.h"
#include "core/mem.h"
#include "nutproto/replies.h"

/* -- parts of a line ---------------------------------------------------------------- */

bool
reply_names(const char *word)
{
	const uint8_t	*p = (const uint8_t *)word;

	for (; *p != '\0'; p++)
		if (*p <= ' ' || *p == 0x7f || strchr("\"\\#=", *p) != NULL)
			return false;
	return p != (const uint8_t *)word;
}

static char *
put_word(char *to, const char *word, size_t len)
{
	memcpy(to, word, len);
	to[len] = ' ';
	return to + len + 1;
}

/* "KIND word1 word2 " and how much of the line is left for a quoted text and its LF; 0: too little. */
static size_t
put_words(struct buf *b, const char *kind, const char *word1, const char *word2)
{
	size_t	 len[3] = { strlen(kind), word1 == NULL ? 0 : strlen(word1),
	    word2 == NULL ? 0 : strlen(word2) };
	size_t	 n = len[0] + 1 + len[1] + (word1 != NULL) + len[2] + (word2 != NULL);
	char	*to;

	if (n + sizeof("\"\"\n") - 1 > REPLY_LINE_MAX)
		return 0;
	to = put_word((char *)buf_reserve(b, REPLY_LINE_MAX), kind, len[0]);
	if (word1 != NULL)
		to = put_word(to, word1, len[1]);
	if (word2 != NULL)
		put_word(to, word2, len[2]);
	buf_grew(b, n);
	return REPLY_LINE_MAX - n;
}

bool
reply_text(struct buf *b, const char *kind, const char *word1, const char *word2, const char *text)
{
	size_t	 room = put_words(b, kind, word1, word2);
	bool	 whole;

	if (room == 0)
		return false;
	whole = line_quote_cut(b, text, room - 1);
	buf_putc(b, '\n');
	return whole;
}

bool
reply_reading(struct buf *b, const char *kind, struct ups *ups, const char *spelt,
    const char *name, const struct reading *r)
{
	size_t	 room = put_words(b, kind, spelt, name);
	char	 number[VALUE_TEXT_MAX], *status = NULL;
	const char *text;

	if (room == 0)
		return false;
	text = value_text(&r->value, number);
	if (ups->shutting && r->var == VAR_UPS_STATUS)
		text = status = xasprintf("FSD %s", text);
	if (!line_quote_cut(b, text, room - 1) && ups_cut_is_new(ups, r->var))
		log_warning(device_name(ups->device), "the value of %s is too long for a NUT client and is cut",
		    var_name(r->var));
	free(status);
	buf_putc(b, '\n');
	return true;
}

/* "BEGIN LIST QUERY word1 word2\n", and the same with END. */
static void
put_edge(struct buf *b, const char *edge, const char *query, const char *word1, const char *word2)
{
	buf_puts(b, edge);
	buf_puts(b, query);
	if (word1 != NULL) {
		buf_putc(b, ' ');
		buf_puts(b, word1);
	}
	if (word2 != NULL) {
		buf_putc(b, ' ');
		buf_puts(b, word2);
	}
	buf_putc(b, '\n');
}

#define begin_list(b, query, word1, word2)	put_edge(b, "BEGIN LIST ", query, word1, word2)
#define end_list(b, query, word1, word2)	put_edge(b, "END LIST ", query, word1, word2)

/* -- LIST UPS ------------------------------------------------------------------------- */

static void
make_list_ups(struct buf *b, struct upses *all)
{
	struct ups	*ups = NULL;
	const char	*description;
	char		 room[VALUE_TEXT_MAX];

	begin_list(b, "UPS", NULL, NULL);
	while ((ups = upses_next(all, ups)) != NULL) {
		description = upses_description(all, ups, room);
		reply_text(b, "UPS", device_name(ups->device), NULL,
		    description == NULL ? "Description unavailable" : description);
	}
	end_list(b, "UPS", NULL, NULL);
}

void
reply_list_ups(struct buf *b, struct upses *all)
{
	struct buf	*made = upses_list(all);

	if (made->len == 0)
		make_list_ups(made, all);
	buf_put(b, buf_bytes(made), made->len);
}

/* -- LIST VAR, LIST RW ------------------------------------------------------------------- */

static void
put_variable(struct buf *b, const char *kind, struct ups *ups, const char *spelt,
    const struct reading *r)
{
	const char	*name = var_name(r->var);

	if (reply_names(name))
		reply_reading(b, kind, ups, spelt, name, r);
}

static void
make_list_var(struct buf *b, struct ups *ups, const char *spelt)
{
	const struct snapshot	*now = device_now(ups->device);
	const struct reading	*r;
	size_t			 i;

	begin_list(b, "VAR", spelt, NULL);
	for (i = 0; i < snapshot_size(now); i++) {
		r = snapshot_at(now, i);
		if (!var_hidden(r->var))
			put_variable(b, "VAR", ups, spelt, r);
	}
	end_list(b, "VAR", spelt, NULL);
}

/* The text says itself whose spelling it is in. */
static bool
made_for(const struct buf *vars, const char *spelt)
{
	const size_t	 head = sizeof("BEGIN LIST VAR ") - 1;
	size_t		 len = strlen(spelt);

	return vars->len > head + len && buf_bytes(vars)[head + len] == '\n' &&
	    memcmp(buf_bytes(vars) + head, spelt, len) == 0;
}

void
reply_list_var(struct buf *b, struct ups *ups, const char *spelt)
{
	if (!made_for(&ups->vars, spelt)) {
		buf_clear(&ups->vars);
		make_list_var(&ups->vars, ups, spelt);
	}
	buf_put(b, buf_bytes(&ups->vars), ups->vars.len);
}

void
reply_list_rw(struct buf *b, struct ups *ups, const char *spelt)
{
	const struct snapshot	*now = device_now(ups->device);
	const struct traits	*traits = device_traits(ups->device);
	struct reading		 r;
	const struct value	*value;
	size_t			 i;

	begin_list(b, "RW", spelt, NULL);
	for (i = 0; i < traits_settables(traits); i++) {
		r.var = traits_settable_at(traits, i)->var;
		value = snapshot_get(now, r.var);
		if (value == NULL || var_hidden(r.var))
			continue;
		r.value = *value;
		put_variable(b, "RW", ups, spelt, &r);
	}
	end_list(b, "RW", spelt, NULL);
}

/* -- what a device can do ------------------------------------------------------------------- */

void
reply_list_cmd(struct buf *b, struct ups *ups, const char *spelt)
{
	const struct traits	*traits = device_traits(ups->device);
	const char		*name;
	size_t			 i;

	begin_list(b, "CMD", spelt, NULL);
	for (i = 0; i < traits_commands(traits); i++) {
		name = var_name(traits_command(traits, i));
		if (reply_names(name))
			buf_printf(b, "CMD %s %s\n", spelt, name);
	}
	end_list(b, "CMD", spelt, NULL);
}

void
reply_list_enum(struct buf *b, const char *spelt, const char *name, const struct settable *s)
{
	size_t	 i;

	begin_list(b, "ENUM", spelt, name);
	for (i = 0; s != NULL && i < s->nenums; i++)
		reply_text(b, "ENUM", spelt, name, s->enums[i]);
	end_list(b, "ENUM", spelt, name);
}

/* Clients read the ends of a range as integers: the integers within it. */
void
reply_list_range(struct buf *b, const char *spelt, const char *name, const struct settable *s)
{
	size_t	 i;

	begin_list(b, "RANGE", spelt, name);
	for (i = 0; s != NULL && i < s->nranges; i++)
		buf_printf(b, "RANGE %s %s \"%lld\" \"%lld\"\n", spelt, name,
		    (long long)value_ceil(&s->ranges[i].min, 0),
		    (long long)value_floor(&s->ranges[i].max, 0));
	end_list(b, "RANGE", spelt, name);
}

/* What the record calls a text is one, be it all digits: a client drops the zeros of a number. */
static bool
is_text(const struct reading *r)
{
	const struct var_info	*info = var_info(var_name(r->var));

	return r->value.type == V_TEXT || (info != NULL && info->type == VAR_TYPE_TEXT);
}

/* How long a text may be; 0: it is a number. */
static size_t
text_length(const struct reading *r, const struct settable *s)
{
	char	 room[VALUE_TEXT_MAX];
	size_t	 i, longest = 0;

	if (s == NULL)
		return is_text(r) ? strlen(value_text(&r->value, room)) : 0;
	if (s->maxlen > 0)
		return s->maxlen;
	for (i = 0; i < s->nenums; i++) {
		if (value_from_text(s->enums[i]).type == V_TEXT && strlen(s->enums[i]) > longest)
			longest = strlen(s->enums[i]);
	}
	return longest;
}

void
reply_type(struct buf *b, const char *spelt, const char *name, const struct reading *r,
    const struct settable *s)
{
	size_t	 length = text_length(r, s);

	buf_printf(b, "TYPE %s %s%s%s%s", spelt, name, s == NULL ? "" : " RW",
	    s == NULL || s->nenums == 0 ? "" : " ENUM",
	    s == NULL || s->nranges == 0 ? "" : " RANGE");
	if (length > 0)
		buf_printf(b, " STRING:%zu\n", length);
	else
		buf_puts(b, " NUMBER\n");
}
