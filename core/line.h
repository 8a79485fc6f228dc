#ifndef CORE_LINE_H
#define CORE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/*
 * A line of words, as the NUT protocol has them (RFC 9271, and what upsd
 * makes of it).  The mirror speaks the same.
 *
 *  - blanks part words: space, tab, CR, VT, FF; other control bytes vanish;
 *  - "a word" that begins with a quote ends at the next one, blanks and '#' included;
 *  - \x is x itself, in quotes and out; a backslash at the end of a line joins the next to it;
 *  - an LF in quotes joins as well;
 *  - '=' outside quotes is a word of its own;
 *  - '#' outside quotes begins a comment, to the end of the line.
 */

/* Bytes of the first line, its LF included.  0: its end has not come yet. */
size_t	line_length(const char *bytes, size_t len);

/*
 * Splits a line of len bytes in place; line[len] must be writable (it is the
 * LF, or a NUL).  Returns how many words there are; the first max of them are
 * stored, and live in the line.
 */
size_t	line_split(char *line, size_t len, const char **words, size_t max);

/* Appends the text in quotes, with '\', '"' and '#' escaped and control bytes left out. */
void	line_quote(struct buf *, const char *text);

/*
 * The same in at most max bytes (2 at least), both quotes included: a text
 * that needs more ends at the last UTF-8 character that fits, and false is
 * returned.
 */
bool	line_quote_cut(struct buf *, const char *text, size_t max);

#endif
