#include "core/buf.h"
#include "core/conf-token.h"
#include "core/mem.h"

static const char *const token_names[] = {
	[T_END] = "the end of the file", [T_LINE] = "the end of the line",
	[T_WORD] = "a word", [T_STRING] = "a string",
	[T_OPEN] = "\"{\"", [T_CLOSE] = "\"}\"", [T_IS] = "\"=\"", [T_COMMA] = "\",\"",
};

#define spoil(p, ...) do {						\
	conf_error((p)->errors, (p)->source->place, __VA_ARGS__);	\
	(p)->spoiled = true;						\
} while (0)

static void
skip_blanks(struct source *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
	if (s->at < s->end && *s->at == '#')
		while (s->at < s->end && *s->at != '\n')
			s->at++;
}

static bool
control(unsigned char c)
{
	return (c < ' ' && c != '\t') || c == 0x7f;
}

/* At the CR of a CR LF? */
static bool
at_line_end(const struct source *s)
{
	return *s->at == '\r' && s->at + 1 < s->end && s->at[1] == '\n';
}

/* The opening quote is behind us.  Whatever is wrong inside is said once. */
static enum token
read_string(struct parser *p)
{
	struct source	*s = p->source;
	struct buf	 text = {0};
	const char	*wrong = NULL;

	for (; s->at < s->end && *s->at != '"' && *s->at != '\n'; s->at++) {
		if (*s->at == '\\' && s->at + 1 < s->end && (s->at[1] == '"' || s->at[1] == '\\'))
			s->at++;
		else if (*s->at == '\\')
			wrong = "a backslash stands only before \\ and \" in a string; write \\\\";
		else if (control((unsigned char)*s->at) && !at_line_end(s))
			wrong = "a control character in a string; leave it out";
		buf_putc(&text, *s->at);
	}
	if (s->at == s->end || *s->at == '\n')
		wrong = "a string is not closed on its line; a \" is missing";
	else
		s->at++;
	if (wrong != NULL)
		spoil(p, "%s", wrong);
	p->value.text = conf_keep_text(p->conf, buf_text(&text), text.len);
	p->value.quoted = true;
	buf_free(&text);
	return T_STRING;
}

static enum token
read_word(struct parser *p)
{
	struct source	*s = p->source;
	const char	*start = s->at;
	bool		 wrong = false;

	while (s->at < s->end && (conf_bare((unsigned char)*s->at) || *s->at == '\\' ||
	    (control((unsigned char)*s->at) && *s->at != '\n' && *s->at != '\r'))) {
		if (!conf_bare((unsigned char)*s->at))
			wrong = true;
		s->at++;
	}
	if (wrong)
		spoil(p, "a backslash or a control character in a bare word; "
		    "put the word in double quotes, with \\\\ for a backslash");
	p->value.text = conf_keep_text(p->conf, start, (size_t)(s->at - start));
	p->value.quoted = false;
	return T_WORD;
}

static const struct {
	char		 c;
	enum token	 token;
} marks[] = {
	{ '{', T_OPEN }, { '}', T_CLOSE }, { '=', T_IS }, { ',', T_COMMA }, { '\n', T_LINE },
};

static enum token
read_token(struct parser *p)
{
	struct source	*s = p->source;
	size_t		 i;

	if (p->token == T_LINE)
		s->place.line++;
	skip_blanks(s);
	p->value.place = s->place;
	if (s->at == s->end)
		return T_END;
	for (i = 0; i < nitems(marks); i++)
		if (*s->at == marks[i].c) {
			s->at++;
			return marks[i].token;
		}
	if (*s->at == '"') {
		s->at++;
		return read_string(p);
	}
	return read_word(p);
}

void
token_next(struct parser *p)
{
	p->token = read_token(p);
}

void
token_skip_lines(struct parser *p)
{
	while (p->token == T_LINE)
		token_next(p);
}

void
token_recover(struct parser *p)
{
	unsigned	open = 0;

	for (; p->token != T_END; token_next(p)) {
		if (p->token == T_OPEN)
			open++;
		else if (open == 0 && (p->token == T_LINE || p->token == T_CLOSE))
			return;
		else if (p->token == T_CLOSE)
			open--;
	}
}

const char *
token_here(const struct parser *p)
{
	return p->token == T_WORD || p->token == T_STRING ? p->value.text : token_names[p->token];
}

const char *
token_name(enum token token)
{
	return token_names[token];
}
