#ifndef CORE_OBSERVE_H
#define CORE_OBSERVE_H

#include "core/events.h"
#include "core/model.h"

/*
 * Makes events of what changes in the engine's model, in the commit that
 * changes it: alarms, on battery (again every OBSERVE_BATTERY_MS), tests that
 * end, devices that come, go, answer and fall silent.  What it has told of a
 * device is kept (OBSERVE_KEY), so that after a restart the first poll is
 * compared with it and what changed meanwhile is told.
 */
#define OBSERVE_BATTERY_MS	60000
#define OBSERVE_LOST_MS		600000	/* a device that a source had, and has not named again by then, is gone */

#define OBSERVE_KEY		"told"	/* "ups1/told": "STATE own IDENTITY:ID IDENTITY:ID index=N" */

struct observer;

/* own: whether the device is one of the configuration, not one that its source names. */
struct observer	*observer_new(struct loop *, struct model *, struct events *, struct kept *,
		    bool (*own)(void *arg, const struct device *), void *arg);
void		 observer_free(struct observer *);	/* before the devices go; NULL is fine */
/* The configuration is applied: devices that were there before a restart and no longer are have gone. */
void		 observer_settled(struct observer *);

#endif
