#ifndef NUTPROTO_SESSION_H
#define NUTPROTO_SESSION_H

#include "nutproto/ups.h"

/*
 * One client's dialogue: bytes in, bytes out.  Pure: no sockets, no clock, no
 * log of its own.
 */
#define SESSION_LINE_MAX	1024	/* of a request, its LF included */
#define SESSION_FULL		32768	/* answers waiting: take no more requests */

struct session {
	struct upses	*upses;		/* borrowed */
	char		*username, *password;	/* NULL: not told yet */
	bool		 skipping;	/* the rest of a line that was too long */
	bool		 ended;		/* said goodbye: send what there is, and close */
};

void	session_init(struct session *, struct upses *);
void	session_free(struct session *);

/*
 * Answers the whole lines among the bytes, into out, and returns how many
 * bytes it is done with.  The rest is to be given again, with what comes
 * after it: it is the beginning of a line, shorter than SESSION_LINE_MAX, or
 * out has reached SESSION_FULL.  The bytes are written over, and a byte
 * behind them is not.
 */
size_t	session_take(struct session *, char *bytes, size_t len, struct buf *out);

#endif
