#ifndef NUTPROTO_REPLIES_H
#define NUTPROTO_REPLIES_H

#include "nutproto/ups.h"

/*
 * What the answers of the protocol look like.  Each appends whole lines.  The
 * name of a UPS or variable is as the client spelt it.
 */
#define REPLY_LINE_MAX	511	/* a line's bytes with its LF: libupsclient reads 512 with a NUL */

/* "KIND ups name "value"\n"; a long value is cut, which the log says once.  false: even the names do not fit. */
bool	reply_reading(struct buf *, const char *kind, struct ups *, const char *spelt,
	    const char *name, const struct reading *);
/* "KIND word word "text"\n"; words may be NULL from the first that is missing.  false: cut, or no room at all. */
bool	reply_text(struct buf *, const char *kind, const char *word1, const char *word2, const char *text);

void	reply_list_ups(struct buf *, struct upses *);
void	reply_list_var(struct buf *, struct ups *, const char *spelt);
void	reply_list_rw(struct buf *, struct ups *, const char *spelt);
void	reply_list_cmd(struct buf *, struct ups *, const char *spelt);
/* s NULL: not settable, an empty list */
void	reply_list_enum(struct buf *, const char *spelt, const char *name, const struct settable *s);
void	reply_list_range(struct buf *, const char *spelt, const char *name, const struct settable *s);
void	reply_type(struct buf *, const char *spelt, const char *name, const struct reading *,
	    const struct settable *s);

bool	reply_names(const char *word);	/* a word that can stand in a reply without quotes */

#endif
