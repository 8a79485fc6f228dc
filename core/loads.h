#ifndef CORE_LOADS_H
#define CORE_LOADS_H

#include "core/events.h"
#include "core/feeds.h"
#include "core/indexes.h"
#include "core/loop.h"
#include "core/update.h"

/*
 * What the devices feed, each a device itself: a machine with several power
 * supplies asks one name whether it still stands.  Its ups.status:
 *
 *	OL	enough feeds are good
 *	OB	enough give power, but for it some on battery are needed
 *	OB LB	too few remain: the others are low or off
 *	OFF	no feed gives power at all
 *
 * Feeds that nobody knows count neither as good nor as lost: where they
 * decide between standing and falling, the load is stale (waiting, while it
 * never was anything else), and never LB.  So clients do what they do with
 * any UPS that is lost, and no machine is shut down by a silent network card.
 */
struct loads;

struct loads	*loads_new(struct loop *, struct model *);
void		 loads_free(struct loads *);
/* Before other devices come by new settings, and after: removes, then adds.  Both borrow the settings. */
void		 loads_retain(struct loads *, const struct settings *);
void		 loads_apply(struct loads *, const struct settings *, struct indexes *);

void		 loads_events(struct loads *, struct events *);	/* where it tells what happens; borrowed, or NULL */

bool		 loads_have(const struct loads *, const struct device *);
/* Only a forced shutdown can be asked of them. */
void		 loads_ask(struct loads *, struct device *, const struct ask *, struct pending *);
void		 loads_tell(struct loads *, struct device *, const char *remark, const char *text);

/* Why these cuts want a confirmation, malloc'd: which load would fall.  NULL: none would. */
char		*loads_objection(const struct loads *, const struct feed_cuts *);

#endif
