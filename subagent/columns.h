#ifndef SUBAGENT_COLUMNS_H
#define SUBAGENT_COLUMNS_H

#include "subagent/objects.h"

/* The objects of subagent/columns.def, and the cells that one device has of them. */
enum column {
#define COLUMN(id, module, form, depth, ...)	COLUMN_##id,
#include "subagent/columns.def"
#undef COLUMN
	COLUMNS
};

/*
 * A device's cells are sorted as a walk meets them: by column, then by the
 * part of the device that they are about (0: itself, or its chassis).
 */
#define COLUMN_KEY(column, part)	((uint64_t)(column) << 32 | (part))
#define COLUMN_OF(key)			((unsigned)((key) >> 32))
#define PART_OF(key)			((uint32_t)(key))

/* Parts that are more than one number: the first in the highest bits, 32 bits together. */
enum {
	PART_INLET_BITS = 24, PART_LINE_BITS = 8,
	PART_GROUP_BITS = 16, PART_MEMBER_BITS = 16,
	PART_CLASS_BITS = 4, PART_ITEM_BITS = 20, PART_QUANTITY_BITS = 8
};
#define PART_PHASE(inlet, line)		((uint32_t)(inlet) << PART_LINE_BITS | (line))
#define PART_MEMBER(group, member)	((uint32_t)(group) << PART_MEMBER_BITS | (member))
#define PART_THRESHOLD(class, item, quantity) \
	((uint32_t)(class) << 28 | (uint32_t)(item) << PART_QUANTITY_BITS | (quantity))

struct cells {			/* one device's, in the making; added in rising order */
	const struct device	*device;
	uint32_t		 index;		/* bbDevIndex */
	bool			 entities;	/* ENTITY-MIB is served */
	struct objects		*out;
};

void	entity_make(const struct cells *);	/* ENTITY-MIB, ENTITY-SENSOR-MIB */
/*
 * Most columns of entities follow from one of them and from the part's number:
 * they have no cells, and are told when they are asked for.
 */
#define ENTITY_NAME_MAX	128

struct entity {			/* an instance of such a column */
	const struct device	*device;
	uint32_t		 index, part;
	const struct object	*basis;		/* the object that it follows from */
};

enum column entity_basis(enum column);	/* the column whose cells say which instances there are; often its own */
/* The type and value; a text is written to room. */
void	entity_tell(const struct entity *, enum column, char room[ENTITY_NAME_MAX], struct object *);

void	bbmib_make(const struct cells *);	/* BUSBAR-MIB: devices and UPSes */
void	power_make(const struct cells *);	/* BUSBAR-MIB: PDUs, transfer switches, sensors, limits */

#endif
