#ifndef CORE_FEEDS_H
#define CORE_FEEDS_H

#include "core/model.h"
#include "core/settings.h"

/*
 * What comes out of an outlet, by all that is known of the way up to the
 * mains: the outlet, its device, what feeds that (fed-by), and so on.  Pure.
 *
 * Nothing is guessed: an outlet of a device that does not answer is unknown,
 * unless what is above it is known to be off or nearly empty.  A device that
 * was lost when its battery was nearly empty, or when it was off, is believed
 * to be so still.
 */
enum feed_state {		/* from best to worst */
	FEED_GOOD,
	FEED_BATTERY,		/* gives power, from a battery */
	FEED_UNKNOWN,		/* a device on the way does not answer */
	FEED_LOW,		/* about to end: on battery and low, or a forced shutdown is set */
	FEED_OFF,
	FEED_STATES
};

/* An outlet as if it were off; outlet 0: all that the device gives. */
struct feed_cut {
	const char	*device;
	unsigned	 outlet;
};

struct feed_cuts {
	const struct feed_cut	*at;
	size_t			 n;
};

const char	*feed_state_word(enum feed_state);	/* "good", "battery", "unknown", "low", "off" */
static inline bool
feed_alive(enum feed_state s)
{
	return s == FEED_GOOD || s == FEED_BATTERY;
}

/* feed: "pdu1:3" or "ups1".  cuts may be NULL. */
enum feed_state	 feed_state(const struct model *, const struct settings *, const char *feed,
		    const struct feed_cuts *cuts);
/* The number of an outlet that is called so, by number or by the device's word; 0: there is none. */
unsigned	 feed_outlet(const struct snapshot *, const char *outlet);
/*
 * Whether they are one and the same by two names, as "pdu1:3" and "pdu1:db1"
 * may be.  A name that the device does not say now is the same as itself only.
 */
bool		 feed_same(const struct model *, const char *feed, const char *other);
/* Whether the device is on the way up from the feed. */
bool		 feed_depends(const struct settings *, const char *feed, const char *device);

#endif
