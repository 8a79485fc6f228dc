#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include "core/conf.h"
#include "core/events.h"
#include "core/model.h"
#include "core/refused.h"
#include "core/unit.h"

/*
 * The daemon's end of one connection to the control socket.  Never waits: a
 * client that does not read is asked nothing more, a watcher that falls
 * behind is told so and closed, one that does nothing is closed.
 */
struct session;

/* What all sessions speak of; outlives them. */
struct session_world {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;		/* for the state of links; NULL: the devices' own */
	bool		 (*reload)(void *, struct conf_errors *);
	void		*reload_arg;
	/* "NAME VALUE" lines of the NUT listener; NULL: there is none.  May be NULL itself. */
	const char	*(*server)(void *);
	void		*server_arg;
	/* The journal (core/events.h): a question and its number, and who does not want the answer any more. */
	uint64_t	 (*ask_journal)(void *, const struct journal_ask *);
	void		 (*forget_journal)(void *, uint64_t number);
	void		*journal_arg;		/* NULL: there is none */
	struct refused	*refused;	/* requests of those who may only read; NULL: nobody counts */
	void		 (*denied)(void *, const char *by, const char *text);	/* those that the log hears of; or NULL */
	void		*denied_arg;
};

/* Why the other end of this socket may not change things, NULL: it may.  Asked each time. */
typedef const char *session_rights(void *arg, int fd);

/*
 * Owns the descriptor, which must not block.  gone() is called once, when the
 * session is over: it must free it.  The origin is what the audit shows.
 */
struct session	*control_session_new(const struct session_world *, int fd, const char *origin,
		    session_rights *, void (*gone)(struct session *, void *), void *arg);
void		 control_session_free(struct session *);

#define SESSION_IDLE_MS		60000	/* without a question, or without taking an answer */
#define SESSION_BEHIND_MAX	(1024 * 1024)	/* bytes that a watcher may be behind */

#endif
