#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/loop.h"

/*
 * Lines of text over a unix stream socket, both ways, without ever waiting;
 * a line may carry a descriptor.  Who sends much asks channel_has_room() and
 * is called when there is room again.
 */
struct channel;

struct channel_calls {
	/* One line without its LF, changeable; fd -1: it carries none, else the callee owns it. */
	void	(*line)(void *arg, char *line, int fd);
	void	(*room)(void *arg);		/* may be NULL */
	void	(*broken)(void *arg);		/* once; the channel is dead and waits for its free */
};

struct channel	*channel_new(struct loop *, int fd, const struct channel_calls *, void *arg);	/* owns fd */
void		 channel_free(struct channel *);
struct buf	*channel_out(struct channel *);		/* append whole lines, then channel_send() */
void		 channel_send(struct channel *);	/* in the next turn of the loop */
void		 channel_push(struct channel *);	/* what the kernel takes now, without a callback */
void		 channel_pass(struct channel *, const char *line, int fd);	/* a copy of fd goes with it */
bool		 channel_has_room(const struct channel *);
bool		 channel_idle(const struct channel *);	/* all was handed to the kernel */

/*
 * Words and texts in a line: a text runs to the end of the line, a word to
 * the next blank.  LF, backslash and, in words, blanks are escaped, so that
 * every byte but NUL comes through.
 */
void	channel_put_word(struct buf *, const char *word);	/* with a blank before it */
void	channel_put_text(struct buf *, const char *text);	/* likewise */
char	*channel_word(char **rest);		/* the next word, unescaped in place; NULL: none */
char	*channel_text(char **rest);		/* all that is left, unescaped in place; NULL: nothing */

#endif
