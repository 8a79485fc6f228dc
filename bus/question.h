#ifndef BUS_QUESTION_H
#define BUS_QUESTION_H

#include "bus/peer.h"
#include "bus/varbinds.h"

/*
 * Inside of the peer: one thing that a driver asked for, and how it becomes
 * messages.  peer.c runs them one after the other; get.c, walk.c and set.c
 * are the kinds.
 */

#define MESSAGE_BINDS	40	/* at most in one message: their answers fit about 1,400 bytes */
#define MESSAGE_BYTES	1400	/* an answer that stays in one Ethernet frame, headers included */
#define HARVEST_BYTES	(16u << 20)	/* what one ask may gather: an agent without end is cut off */

struct question;

struct question_kind {
	/* Fills in the next message's kind, binds and repetitions; false: it has all. */
	bool	(*next)(struct peer *, struct question *, struct message *);
	/* Takes what came for that message; may end the ask with question_end(). */
	void	(*answer)(struct peer *, struct question *, const struct answer *);
	/* No try was answered: asks for less, or ends the ask. */
	void	(*silence)(struct peer *, struct question *);
	void	(*free)(struct question *);
};

struct question {
	const struct question_kind	*kind;
	struct question		*next;
	peer_fn			*fn;
	void			*arg;
	struct varbinds		 found;		/* what the asker gets */
	struct varbind		 binds[MESSAGE_BINDS];	/* of the message that is out */
	size_t			 nbinds;
	unsigned		 single;	/* the next message gets one try only */
	bool			 over;
	enum result		 result;
	char			 detail[120];	/* empty: none */
};

/* What is remembered of an agent from one ask to the next. */
struct habits {
	size_t	 batch;		/* varbinds that a request may name */
	size_t	 bulk;		/* varbinds that a GETBULK may bring */
	size_t	 proven;	/* the most that one answer ever brought */
	unsigned drops;		/* large requests that were left unanswered nonetheless */
	bool	 no_bulk;	/* GETNEXT only */
	bool	 bulk_seen;	/* it has answered a GETBULK */
};

struct habits	*peer_habits(struct peer *);
const char	*peer_name(const struct peer *);
bool		 peer_heard(const struct peer *);	/* it has ever answered */
const struct peer_options *peer_limits(const struct peer *);
void		 peer_queue(struct peer *, struct question *);	/* owns it from now on */

void	question_end(struct question *, enum result, const char *fmt, ...) __attribute__((__format__(__printf__, 3, 4)));
void	question_silent(struct peer *, struct question *);	/* ends it with R_TIMEOUT, saying what is known */

#endif
