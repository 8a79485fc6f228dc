/* Requests out of a client's bytes, and answers that keep within the protocol's lines. */

#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "nutproto/commands.h"
#include "nutproto/replies.h"
#include "nutproto/session.h"

void
session_init(struct session *s, struct upses *upses)
{
	*s = (struct session){ .upses = upses };
}

void
session_free(struct session *s)
{
	free(s->username);
	free(s->password);
}

/*
 * Names that a client makes up are echoed, so its own spelling can make a
 * line too long.  Lists hold no such names.
 */
static void
check_length(struct buf *out, size_t before)
{
	if (out->len - before <= REPLY_LINE_MAX)
		return;
	if (memchr(buf_bytes(out) + before, '\n', REPLY_LINE_MAX) != NULL)
		return;
	out->len = before;
	command_error(out, "INVALID-ARGUMENT");
}

static void
take_line(struct session *s, char *line, size_t len, struct buf *out)
{
	const char	*words[COMMAND_WORDS];
	size_t		 n = line_split(line, len, words, COMMAND_WORDS), before = out->len;

	command_run(s, words, n, out);
	check_length(out, before);
}

/* Past the LF of a line that was too long.  Returns what it ate. */
static size_t
skip(struct session *s, const char *bytes, size_t len)
{
	const char	*lf = memchr(bytes, '\n', len);

	if (lf == NULL)
		return len;
	s->skipping = false;
	return (size_t)(lf + 1 - bytes);
}

size_t
session_take(struct session *s, char *bytes, size_t len, struct buf *out)
{
	size_t	 done = 0, n, most;

	while (done < len && !s->ended && out->len < SESSION_FULL) {
		if (s->skipping) {
			done += skip(s, bytes + done, len - done);
			continue;
		}
		most = len - done < SESSION_LINE_MAX ? len - done : SESSION_LINE_MAX;
		n = line_length(bytes + done, most);
		if (n > 0) {
			take_line(s, bytes + done, n - 1, out);
			done += n;
		} else if (most == SESSION_LINE_MAX) {
			command_error(out, "INVALID-ARGUMENT");
			s->skipping = true;
			done += most;
		} else {
			break;
		}
	}
	return s->ended ? len : done;
}
