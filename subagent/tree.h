#ifndef SUBAGENT_TREE_H
#define SUBAGENT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model.h"
#include "subagent/object.h"

/*
 * The objects of one SNMP context, sorted: pure, no sockets.  A device's
 * objects are made anew from its snapshot when it changed and somebody asks;
 * objects that move with time alone (seconds on battery, timers) are computed
 * when they are read.
 */

/* When "now" is: what objects of time are computed from. */
struct tree_clock {
	int64_t		 now_ms;		/* CLOCK_MONOTONIC */
	uint32_t	 master_uptime;		/* the master's sysUpTime now, 1/100 s */
};

struct tree;

struct tree	*tree_new(struct model *);
void		 tree_free(struct tree *);
/* The device of the default context; NULL: the one whose remark says so. */
void		 tree_default(struct tree *, const char *device);

/* Whether ENTITY-MIB and ENTITY-SENSOR-MIB are served; not at first. */
void		 tree_entities(struct tree *, bool served);
/* The master's word on a root of the default context: what another subagent serves is not referred to as ours. */
void		 tree_registered(struct tree *, struct oid root, bool accepted);
/* To be called some time after changes: their time is now, for those objects that tell of it. */
void		 tree_settle(struct tree *, int64_t now);

/* The tables of all devices (subagent/fleet.h). */
struct fleet;
struct fleet	*tree_fleet(struct tree *);

/*
 * The contexts that exist now, "" first, then one per device that has one, by
 * name.  generation changes whenever the list does.
 */
size_t		 tree_contexts(const struct tree *);
const char	*tree_context(const struct tree *, size_t);
unsigned	 tree_generation(const struct tree *);

/* The device that a context shows; NULL: there is no such context, or it shows none. */
struct device	*tree_device(struct tree *, const char *context, size_t len);
/* upsTestSpinLock of a device, as it is now. */
uint32_t	 tree_lock(const struct tree *, const struct device *);

/*
 * The roots to register in a context: 1.3.6.1.2.1.33.1; in a device's own also
 * the seven of system, in the default one those of the tables that speak of
 * all devices.  Their numbers live as long as the tree.
 */
size_t		 tree_roots(const struct tree *, const char *context, struct oid *roots, size_t room);

/*
 * The object at oid, or the first after it (include: or at it) that is before
 * end (len 0: no end).  Fills object, whose memory is good until the next call
 * or until control returns to the loop; false: no such, and for tree_get the
 * object's type says whether there is no such object or no such instance.
 * An unknown context has no objects.
 */
bool	tree_get(struct tree *, const char *context, size_t len, struct oid, const struct tree_clock *,
	    struct object *);
bool	tree_next(struct tree *, const char *context, size_t len, struct oid, bool include, struct oid end,
	    const struct tree_clock *, struct object *);

#endif
