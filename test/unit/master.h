#ifndef TEST_UNIT_MASTER_H
#define TEST_UNIT_MASTER_H

#include <sys/types.h>

#include "core/loop.h"
#include "subagent/pdu.h"

/* A scripted AgentX master on one connection.  What it expects and does not get fails the test. */
struct master {
	struct loop	*loop;
	int		 fd;		/* -1: not connected */
	struct buf	 in;
	struct pdu	 pdu;		/* the last one that came; its payload is in in */
	size_t		 eat;		/* bytes of it */
};

#define MASTER_SESSION_ID	77
#define MASTER_TURNS_MAX	5000	/* of the loop, until something must have happened */

void	master_hang_up(struct master *);
void	master_free(struct master *);
ssize_t	master_drain(struct master *);			/* what recv(2) says */
void	master_send(struct master *, const void *, size_t);
void	master_next(struct master *);			/* waits for any PDU */
void	master_expect(struct master *, enum pdu_type);	/* waits for one, which is of this type */
void	master_respond(struct master *, uint32_t uptime, unsigned error);	/* to the last PDU */
unsigned master_error(const struct master *);		/* of the last PDU, a Response */

/* Takes Open and n AddAgentCaps; a context's so many registrations. */
void	master_accept_open(struct master *, unsigned caps);
void	master_accept_context(struct master *, const char *name, unsigned roots);

#endif
