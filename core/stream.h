#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include "core/loop.h"
#include "core/wire.h"

/*
 * The queue of exchanges behind struct stream, over whatever carries bytes: a
 * TCP connection, a serial line, a test.  Knows nothing of descriptors.
 */
struct stream_ops {
	/* Takes all of the bytes, now or in time; false: they cannot be kept, the line is as good as down. */
	bool	(*send)(void *line, const void *, size_t);
	void	(*drop)(void *line, const char *why);	/* makes the line anew; never from within send */
	bool	(*secure)(void *line);		/* begins TLS, as the one who called; NULL or false: it cannot */
	void	(*free)(void *line);
	const struct serial_ops	*serial;	/* NULL: a line without wires of its own */
};

/* False: the line cannot. */
struct serial_ops {
	bool	(*format)(void *line, const struct serial_line *);
	bool	(*raise)(void *line, unsigned raised);
	bool	(*read)(void *line, unsigned *wires);
	bool	(*hold)(void *line, bool low);	/* TX: a break begins, or ends */
};

struct stream	*stream_new(struct loop *, const struct stream_ops *, void *line);	/* down */
void		 stream_free(struct stream *);		/* and its line */
void		*stream_line(struct stream *);
void		 stream_forget(struct stream *);	/* all exchanges and the listener, untold */
/* What was asked, and what has come in part, is forgotten by both. */
void		 stream_up(struct stream *);
void		 stream_down(struct stream *);
/* TLS, which secure() began, is there, or why not.  False: as with stream_feed(). */
bool		 stream_secured(struct stream *, const char *why);
/* Bytes came.  False: the stream was freed by whoever was told of them. */
bool		 stream_feed(struct stream *, const void *, size_t);

/*
 * For recording: told of all that every stream of this process sends and gets,
 * and of the wires of serial lines whenever somebody looks at them.  NULL:
 * nobody is told.
 */
struct stream_ear {
	void	(*sent)(void *arg, const void *, size_t);
	void	(*came)(void *arg, const void *, size_t);
	void	(*wires)(void *arg, unsigned wires);
};
void		 stream_overhear(const struct stream_ear *, void *arg);

#endif
