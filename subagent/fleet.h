#ifndef SUBAGENT_FLEET_H
#define SUBAGENT_FLEET_H

#include "subagent/columns.h"
#include "subagent/tree.h"

/*
 * The tables of all devices in the default context (subagent/columns.def).
 * Each device has its own sorted cells, made when somebody asks after it has
 * changed; a walk down a column goes from device to device by bbDevIndex, so
 * a change costs one device and never the table.  Devices without an index
 * are not shown.
 */
struct fleet;

struct fleet	*fleet_new(void);
void		 fleet_free(struct fleet *);
void		 fleet_entities(struct fleet *, bool served);	/* ENTITY-MIB and ENTITY-SENSOR-MIB; false at first */
void		 fleet_registered(struct fleet *, struct oid root, bool accepted);
/* What one device is now; as a watch tells it. */
void		 fleet_follow(struct fleet *, const struct change *);
/* What the entities of changed devices are now, if that differs, has been so since now (entLastChangeTime). */
void		 fleet_settle(struct fleet *, int64_t now);

/* The roots to register; their numbers live as long as the fleet. */
size_t		 fleet_roots(const struct fleet *, struct oid *roots, size_t room);

/* The row of a table of devices, or of numbered parts of devices, that an OID names. */
struct located {
	enum column	 column;
	struct device	*device;	/* NULL: nobody has that number, or too few or too many numbers follow */
	uint32_t	 index, part;
};
/* False: it is not below the column of such a table. */
bool	fleet_locate(const struct fleet *, struct oid, struct located *);
/* Whether that part has an object in the column. */
bool	fleet_has(struct fleet *, const struct located *, enum column);

/* As those of the tree; the OIDs of the object are written to ids and ref. */
bool	fleet_get(struct fleet *, struct oid, const struct tree_clock *, uint32_t ids[OID_MAX_LEN],
	    uint32_t ref[OID_MAX_LEN], struct object *);
bool	fleet_next(struct fleet *, struct oid, bool include, struct oid end, const struct tree_clock *,
	    uint32_t ids[OID_MAX_LEN], uint32_t ref[OID_MAX_LEN], struct object *);

#endif
