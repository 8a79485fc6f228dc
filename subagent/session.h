#ifndef SUBAGENT_SESSION_H
#define SUBAGENT_SESSION_H

#include "core/loop.h"
#include "subagent/pdu.h"

/*
 * The session with the master agent: opens, registers, answers, pings on its
 * own clock, and begins anew whenever the master is lost: at 50 ms first, then
 * slower, never slower than 0.8 s.  Never waits: what the master sends is
 * always read, what it does not read is bounded.
 */
struct session;

/* A MIB module that is announced in the master's sysORTable. */
struct module {
	struct oid	 id;
	const char	*text;
};

#define SESSION_ROOTS_MAX	16	/* registrations in one context */
#define SESSION_KEPT_MAX	1000	/* contexts that went and are still registered */

/* What the session serves. */
struct session_user {
	const char		*description;	/* of ourselves, for the master */
	const struct module	*modules;
	size_t			 nmodules;
	/* A socket on its way to the master, or -1 and errno (subagent/dial.h). */
	int	(*dial)(void *arg);
	/* What to register in a context. */
	size_t	(*roots)(void *arg, const char *context, struct oid *, size_t room);
	/* The master's word on a root of the default context.  May be NULL. */
	void	(*registered)(void *arg, struct oid root, bool accepted);
	/* Appends the Response to a request, if it gets one now; later, agentx_session_respond(). */
	void	(*answer)(void *arg, const struct pdu *, struct buf *out);
	/* The master's word on a Notify; and that all registrations are answered, from when on it takes any.  May be NULL. */
	void	(*notified)(void *arg, uint32_t which, unsigned error);
	void	(*up)(void *arg);
	/* The session is over: no Response to what came in it will be sent.  May be NULL. */
	void	(*ended)(void *arg);
};

/* The master's address is for the log.  The user is borrowed. */
struct session	*agentx_session_new(struct loop *, const char *address, const struct session_user *, void *arg);
void		 agentx_session_free(struct session *);	/* tells the master; NULL is fine */

/*
 * The contexts that are served from now on ("" is the default one); the names
 * are copied.  A context that is no longer among them stays registered until
 * the session ends and is used again when its name comes back: a master may
 * crash when a context is unregistered.  Beyond SESSION_KEPT_MAX of these the
 * session begins anew, and forgets them.
 * At most max contexts at a time; false: some had no place.
 */
bool		 agentx_session_serve(struct session *, const char *const *contexts, size_t n, size_t max);

/* The Response without varbinds to a request, some time after it came; its payload is not looked at. */
void		 agentx_session_respond(struct session *, const struct pdu *request, enum pdu_error, size_t index);

/*
 * Sends a Notify with these varbinds in a context.  notified() brings the answer, with which cut to
 * SESSION_WHICH_MAX, unless the session ends before.  Only while it is up.
 */
#define SESSION_WHICH_MAX	((1u << 28) - 1)
void		 agentx_session_notify(struct session *, uint32_t which, const char *context, const struct buf *varbinds);

bool		 agentx_session_up(const struct session *);	/* open, and all registrations are answered */
uint32_t	 agentx_session_uptime(const struct session *);	/* the master's sysUpTime now, 1/100 s */

#endif
