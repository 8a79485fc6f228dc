#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "drivers/nut/source.h"

#define ANSWER_MS	5000

/* -- questions ------------------------------------------------------------------------ */

static bool	on_line(void *, enum result, char *, size_t);

#define PLAIN	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static void
put_word(struct buf *b, const char *text)
{
	buf_putc(b, ' ');
	if (*text != '\0' && text[strspn(text, PLAIN)] == '\0')
		buf_puts(b, text);
	else
		line_quote(b, text);
}

struct errand *
talk_ask(struct nut *n, const struct verb *verb, unsigned pause_ms, const char *first, ...)
{
	struct errand	*e = xcalloc(1, sizeof(*e));
	struct buf	 text = { 0 };
	const char	*word;
	va_list		 ap;

	buf_puts(&text, first);
	va_start(ap, first);
	while ((word = va_arg(ap, const char *)) != NULL)
		put_word(&text, word);
	va_end(ap);
	buf_putc(&text, '\n');
	e->verb = verb;
	*(n->first == NULL ? &n->first : &n->last->next) = e;
	n->last = e;
	stream_ask(unit_stream(n->unit), &(struct exchange){ .send = buf_bytes(&text), .len = text.len,
	    .frame = frame_lf, .pause_ms = pause_ms, .timeout_ms = ANSWER_MS, .early = true,
	    .done = on_line, .arg = n });
	buf_free(&text);
	return e;
}

void
talk_about(struct nut *n, const struct verb *verb, struct remote *r, const char *first, enum var var)
{
	struct errand	*e = talk_ask(n, verb, 0, first, r->name, var == VAR_NONE ? NULL : var_name(var), NULL);

	e->remote = r;
	e->var = var;
}

static struct errand *
take_errand(struct nut *n)
{
	struct errand	*e = n->first;

	n->first = e->next;
	return e;
}

void
talk_forget(struct nut *n)
{
	while (n->first != NULL)
		free(take_errand(n));
}

/* -- answers ---------------------------------------------------------------------------- */

void
talk_give_up(struct nut *n, enum result result, const char *why)
{
	stream_drop(unit_stream(n->unit), why);
	talk_forget(n);
	if (n->doing == DOING_COMMAND)
		request_done(n->request, result, why);
	else
		unit_fail(n->unit, "%s", why);
}

/* True in *sense when the answer is over, with its ERR word if it is one. */
static bool
is_over(const struct errand *e, char *line, size_t len, const char **error, bool *sense)
{
	const char	*words[4];
	size_t		 n;

	*error = NULL;
	*sense = true;
	if (e->begun)
		return len > 9 && memcmp(line, "END LIST ", 9) == 0;
	if (e->verb->list == NULL && strncmp(line, "ERR ", 4) != 0)
		return true;
	n = line_split(line, len, words, nitems(words));
	if (n >= 2 && strcmp(words[0], "ERR") == 0) {
		*error = words[1];
		return true;
	}
	*sense = n >= 3 && strcmp(words[0], "BEGIN") == 0 && strcmp(words[1], "LIST") == 0 &&
	    strcmp(words[2], e->verb->list) == 0;
	return false;
}

/* One line of the answer to the first errand.  True: it goes on; *sense: it can be understood. */
static bool
read_line(struct nut *n, struct errand *e, char *line, size_t len, bool *sense)
{
	const struct verb	*verb = e->verb;
	const char		*error;

	if (is_over(e, line, len, &error, sense)) {
		take_errand(n);
		if (verb->list == NULL && error == NULL)
			*sense = verb->line(n, e, line, len);
		if (*sense)
			*sense = verb->end(n, e, error);
		free(e);
		return false;
	}
	if (!*sense)
		return false;
	e->bytes += len;
	if (!e->begun)
		e->begun = true;
	else
		*sense = e->bytes <= REMOTE_ANSWER_MAX && verb->line(n, e, line, len);
	return true;
}

static bool
on_line(void *arg, enum result result, char *line, size_t len)
{
	struct nut	*n = arg;
	bool		 sense, goes_on;

	if (result != R_DONE) {
		talk_give_up(n, result, result == R_TIMEOUT ? "the server does not answer" :
		    "the server sends a line without an end");
		return false;
	}
	goes_on = read_line(n, n->first, line, len - 1, &sense);
	if (!sense) {
		talk_give_up(n, R_FAILED, "the server's answer makes no sense");
		return false;
	}
	if (!goes_on)
		nut_settle(n);
	return goes_on;
}
