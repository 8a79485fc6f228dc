#ifndef BUS_PEER_H
#define BUS_PEER_H

#include "core/loop.h"
#include "core/wire.h"

/*
 * An SNMP agent as seen by bus/: what core/wire.h promises to drivers, made
 * from single messages.  Splits, shrinks, repeats, times out and puts together
 * again; knows nothing of encodings and sockets, which are behind peer_ops.
 * One message is out at a time: the processors of management cards are small.
 */

enum message_kind { MESSAGE_GET, MESSAGE_GETNEXT, MESSAGE_GETBULK, MESSAGE_SET };

struct message {
	enum message_kind	 kind;
	unsigned		 serial;	/* of the message; all its tries have the same */
	unsigned		 repetitions;	/* MESSAGE_GETBULK */
	const struct varbind	*binds;		/* with values for MESSAGE_SET; else the OIDs count */
	size_t			 n;
};

/* What a backend does.  It never calls back from within. */
struct peer_ops {
	/*
	 * One try of a message: sends it now, or once the wire is up.  False when
	 * it is too long for the wire; one that is lost simply gets no answer.
	 * The message is borrowed until it is answered or forgotten.
	 */
	bool	(*send)(void *wire, const struct message *);
	void	(*forget)(void *wire);		/* nobody waits for an answer any more */
	void	(*free)(void *wire);
};

struct peer_options {
	const char	*name;			/* for messages; copied */
	unsigned	 timeout_ms;		/* of each try */
	unsigned	 retries;		/* tries after the first; a SET has none, see set.c */
	bool		 v1;			/* no GETBULK */
};

struct peer	*peer_new(struct loop *, const struct peer_ops *, void *wire, const struct peer_options *);
void		 peer_free(struct peer *);	/* frees the wire with it; nobody is called back */
void		 peer_forget(struct peer *);	/* all that was asked; nobody is called back */

/* error-status of RFC 3416, section 3 */
enum {
	AGENT_NO_ERROR, AGENT_TOO_BIG, AGENT_NO_SUCH_NAME, AGENT_BAD_VALUE, AGENT_READ_ONLY, AGENT_GEN_ERR,
	AGENT_NO_ACCESS, AGENT_WRONG_TYPE, AGENT_WRONG_LENGTH, AGENT_WRONG_ENCODING, AGENT_WRONG_VALUE,
	AGENT_NO_CREATION, AGENT_INCONSISTENT_VALUE, AGENT_RESOURCE_UNAVAILABLE, AGENT_COMMIT_FAILED,
	AGENT_UNDO_FAILED, AGENT_AUTHORIZATION_ERROR, AGENT_NOT_WRITABLE, AGENT_INCONSISTENT_NAME
};
const char	*agent_error_text(unsigned status);	/* "genErr" */

/* What came back, borrowed for the call. */
struct answer {
	unsigned		 serial;	/* of the message that it answers */
	unsigned		 status;	/* error-status */
	size_t			 index;		/* error-index, from 1; 0: none */
	const struct varbind	*binds;
	size_t			 n;
};

/* What a backend says; the peer may be gone when these return. */
void	peer_answer(struct peer *, const struct answer *);	/* an answer nobody waits for is ignored */
void	peer_refused(struct peer *, const char *detail);	/* the agent will not serve us: R_FAILED */
void	peer_unreached(struct peer *, const char *detail);	/* this try is lost, and why, if it stays so */
void	peer_hint(struct peer *, const char *detail);	/* what to say if no answer comes */
void	peer_resend(struct peer *);	/* the wire is up (again): the waiting message anew, as the same try */

#endif
