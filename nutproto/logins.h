#ifndef NUTPROTO_LOGINS_H
#define NUTPROTO_LOGINS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "core/loop.h"

/*
 * Which connections are logged in to which UPS (upsmon's LOGIN), and what the
 * engine is told of them (the remark .logins): it clears a forced shutdown
 * only when every host has heard of it.
 *
 * The role may have died and been started again while a forced shutdown was
 * set.  Until its clients have come back, the number that was told before
 * holds, or a primary would take its secondaries for gone.
 */
#define LOGINS_RETURN_MS	15000

struct logins;
struct ups;
struct upses;
struct session;

struct login {			/* of one session */
	TAILQ_ENTRY(login)	 entry;
	struct ups		*ups;		/* NULL: not logged in */
	struct session		*session;
	bool			 old;		/* was there when the forced shutdown was set */
	bool			 read;		/* has read ups.status since */
};

struct login_list {		/* of one UPS */
	TAILQ_HEAD(, login)	 list;
	unsigned		 floor;		/* how many are awaited back */
	bool			 untold;	/* the engine does not know of a change yet */
};

struct logins	*logins_new(struct loop *, struct upses *);
void		 logins_free(struct logins *);		/* after the last session */

void		 login_begin(struct logins *, struct login *, struct ups *, struct session *);
void		 login_end(struct logins *, struct login *);	/* harmless when not logged in */
void		 login_has_read(struct logins *, struct login *, const struct ups *);	/* ups.status, just now */
unsigned	 logins_count(const struct ups *);	/* as GET NUMLOGINS says it */

#endif
