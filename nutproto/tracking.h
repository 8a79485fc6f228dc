#ifndef NUTPROTO_TRACKING_H
#define NUTPROTO_TRACKING_H

#include "core/loop.h"
#include "core/model.h"

/*
 * What became of requests whose askers want to know later (SET TRACKING ON).
 * Each has an id that nobody can guess, and is known to the user who made it,
 * also when that connection is gone.
 */
#define TRACKING_MAX	1024		/* the oldest that has ended makes room, else the oldest */
#define TRACKING_MS	3600000		/* upsd's figure: so long they are remembered */
#define TRACKING_ID_MAX	37

struct trackings;
struct tracking;

struct trackings	*trackings_new(struct loop *);
void			 trackings_free(struct trackings *);
/* Asks, and keeps what comes.  The id, until control returns to the loop. */
const char	*tracking_ask(struct trackings *, struct device *, const struct ask *, const char *user);
/* As GET TRACKING answers: "PENDING", "SUCCESS", "ERR UNKNOWN", "ERR ACCESS-DENIED" ...; user NULL: whoever made it. */
const char	*tracking_status(const struct trackings *, const char *id, const char *user);
size_t		 trackings_count(const struct trackings *);

#endif
