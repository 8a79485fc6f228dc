#ifndef CORE_OBSERVE_PARTS_H
#define CORE_OBSERVE_PARTS_H

#include "core/event.h"
#include "core/model.h"

/*
 * What changed of the parts of a device between two snapshots in which it was
 * fresh: outlets, breakers, what is compared with a limit, contacts and
 * detectors, and the source of a transfer switch.  note() gets one event after
 * the other, without the device's own fields; what the event has is borrowed
 * until it returns.
 */
void	 observe_parts(const struct snapshot *before, const struct snapshot *now,
	    void (*note)(void *arg, struct event *), void *arg);

#endif
