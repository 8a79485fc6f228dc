#ifndef CORE_FSD_H
#define CORE_FSD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/update.h"

/*
 * The forced shutdown of one device (NUT's FSD): set by whoever decides that
 * the hosts behind it must go, and believed from then on.  In the engine's
 * memory only: on disk it would shut the hosts down again at every boot.
 *
 * Clients never un-decide, so it must not vanish under their eyes when mains
 * comes back.  It is cleared when all of this holds:
 *  - the device has been fresh and OL without LB for clear_ms;
 *  - the hosts have heard: either every login of that moment has gone and
 *    none has been counted for FSD_QUIET_MS, or hostsync + FSD_QUIET_MS have
 *    passed and every login that is left has read ups.status since;
 *  - no shutdown timer runs, ours or the device's, and after a commanded
 *    shutdown the device has been seen on mains again.
 */
#define FSD_QUIET_MS	60000

struct fsd;

struct fsd	*fsd_new(void);
void		 fsd_free(struct fsd *);
/* origin: who asked, copied.  Setting it again starts its times anew. */
void		 fsd_set(struct fsd *, const char *origin, int64_t now);
void		 fsd_clear(struct fsd *);
bool		 fsd_active(const struct fsd *);

/* What the NUT listener says of a device's logins. */
struct fsd_logins {
	unsigned	 count;		/* connections logged in now */
	unsigned	 old;		/* of them, those that were when it was set */
	unsigned	 unread;	/* of them, those that have not read ups.status since it was set */
};
/* "COUNT OLD UNREAD", as the remark .logins has it; false: not that. */
bool		 fsd_logins_parse(const char *, struct fsd_logins *);
const struct fsd_logins *fsd_logins(const struct fsd *);		/* as noted last */
void		 fsd_note_logins(struct fsd *, const struct fsd_logins *, int64_t now);

/*
 * Looks at what is about to be committed, clears itself when all holds, and
 * puts the remark .fsd while it is active.  Returns the time at which to look
 * again if nothing happens until then, or -1.  clear_ms 0: never by itself;
 * shutdown: a commanded shutdown is not over (core/shutdowns.h).
 */
int64_t		 fsd_apply(struct fsd *, struct update *, bool shutdown, int64_t clear_ms, int64_t hostsync_ms,
		    int64_t now);

#endif
