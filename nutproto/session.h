#ifndef NUTPROTO_SESSION_H
#define NUTPROTO_SESSION_H

#include "core/buf.h"
#include "nutproto/desk.h"

/*
 * One client's dialogue: bytes in, bytes out.  No sockets; the clock is the
 * loop's.  A request may have to wait, for whether the password is right or
 * for what the engine says; those behind it wait with it, so that answers
 * come in order.
 */
#define SESSION_LINE_MAX	1024	/* of a request, its LF included */
#define SESSION_FULL		32768	/* answers waiting: take no more requests */
#define SESSION_ENGINE_MS	1000	/* for the engine to refuse; then a request counts as taken */

struct held;			/* a request that waits for a verdict */

enum session_tls {
	SESSION_CLEAR,
	SESSION_STARTING,	/* said so: what came behind it in clear is dropped, a handshake follows */
	SESSION_SECURE
};

struct session {
	struct desk	*desk;		/* borrowed, like all that is in it */
	struct from	 from;
	char		*username, *password;	/* NULL: not told yet */
	enum session_tls tls;
	bool		 verified;	/* by a certificate from client-ca */
	const char	*peer;		/* its common name, borrowed; NULL: none */
	bool		 skipping;	/* the rest of a line that was too long */
	bool		 ended;		/* said goodbye, or has nothing to do here: send what there is, and close */
	bool		 tracking;	/* SET TRACKING ON */
	struct login	 login;

	/* who it is, as far as the settings of that edition know */
	enum { UNPROVEN, ASKED, PROVEN, WRONG } proven;
	unsigned	 edition;
	struct proof	*proof;

	/* why no request is taken; at most one of them */
	struct held	*held;		/* waits for the verdict */
	bool		 asking;	/* waits for the engine's answer */
	struct pending	*pending;
	struct timer	*patience;
	const char	*answer;	/* it is there */
	const char	*impatient;	/* what is answered when it does not come */
	const char	*const *answers;	/* what is answered, by result */

	void		(*wake)(void *);	/* it waits no more, or has ended: call session_take() */
	void		*arg;
};

void	session_init(struct session *, struct desk *, const struct from *, void (*wake)(void *), void *arg);
void	session_free(struct session *);

bool	session_may_name_user(const struct session *);	/* has what the listener requires for it */
bool	session_has_name(const struct session *);	/* also: its certificate is that of a user */
bool	session_has_proof(const struct session *);	/* likewise, in place of a password */

/*
 * Answers the whole lines among the bytes, into out, and returns how many
 * bytes it is done with.  The rest is to be given again, with what comes
 * after it: it is the beginning of a line, shorter than SESSION_LINE_MAX, or
 * out has reached SESSION_FULL, or session_waits().  The bytes are written
 * over, and a byte behind them is not.
 */
size_t	session_take(struct session *, char *bytes, size_t len, struct buf *out);
bool	session_waits(const struct session *);	/* until wake() */
void	session_end(struct session *);		/* from outside: what it is logged in to has gone */

/*
 * For the verbs.  The user that is proven, or NULL: nobody is, which may be
 * only because the verdict is not there yet.  Then session_waits(), and the
 * verb leaves without an answer; it is run again from the beginning.
 */
const struct user_settings	*session_user(struct session *);
/* Answers with answers[result], or ERR with it; after SESSION_ENGINE_MS with impatient. */
void	session_ask(struct session *, struct device *, const struct ask *, const char *const *answers,
	    const char *impatient, struct buf *out);

#endif
