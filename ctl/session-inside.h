#ifndef CTL_SESSION_INSIDE_H
#define CTL_SESSION_INSIDE_H

#include "core/buf.h"
#include "ctl/session.h"

/* The inside of ctl/session.h, shared by session*.c and nobody else. */

struct session {
	const struct session_world *world;
	int		 fd;
	char		*origin;
	session_rights	*rights;
	void		(*gone)(struct session *, void *);
	void		*arg;

	struct io	*io;
	struct timer	*idle;
	struct buf	 in, out;
	bool		 eof;		/* nothing more is asked */
	bool		 closing;	/* over when out is written */
	bool		 waiting;	/* for the outcome of a request */
	bool		 asking;	/* within device_ask() */
	bool		 grouped;	/* of a group */
	struct pending	*pending;
	struct watch	*watch;
	char		*watched;	/* NULL: all devices */
	struct journal_ask events;	/* of the journal: where we are */
	uint64_t	 question;	/* its number; 0: none is open */
	unsigned	 nrows;		/* of this step */
	bool		 step;		/* the next one is due once these are written */
};

/* session.c: what a client is told */
/* A record: its first word as it is, the others, up to a NULL, in quotes. */
void		 session_say(struct session *, const char *record, ...) __attribute__((__sentinel__));
void		 session_ok(struct session *);
void		 session_error(struct session *, const char *fmt, ...) __attribute__((__format__(__printf__, 2, 3)));
/* NULL: there is none, which it has been told. */
struct device	*session_device(struct session *, const char *name);
const char	*session_link(const struct session *, const struct device *);	/* borrowed until the next call */
void		 session_go_on(struct session *);	/* what it waited for is over */

/* What is asked: words of the line, the verb first, and as many as the table in session.c says. */
typedef void	 session_question(struct session *, const char **words, size_t n);
/* session-show.c */
session_question session_ask_list, session_ask_show, session_ask_view, session_ask_server, session_ask_reload;
/* session-command.c */
session_question session_ask_run, session_ask_set, session_ask_fsd;
/* session-follow.c */
session_question session_ask_events, session_ask_watch;
void		 session_next_step(struct session *);	/* of the journal */

#endif
