#ifndef SUBAGENT_ADDRESS_H
#define SUBAGENT_ADDRESS_H

#include "core/oid.h"
#include "subagent/columns.h"

/*
 * Where the columns of the tables of all devices are (subagent/columns.def):
 * from an OID to a column and an instance of it, and back.  Pure.
 *
 * An instance is one number, bbDevIndex and then the part of the device; those
 * of a column are in the order of these numbers.
 */
enum module_of { MODULE_ENTITY, MODULE_SENSOR, MODULE_BUSBAR, MODULES };

/* What follows the column in an OID; where nothing else is said, bbDevIndex and then what the part is packed of. */
enum form {
	FORM_SCALAR,		/* 0 */
	FORM_DEVICE,		/* nothing more */
	FORM_PART,		/* entPhysicalIndex alone: bbDevIndex x INDEX_ENTITIES + part */
	FORM_DEVICE_AND_PART,	/* entPhysicalIndex */
	FORM_NUMBERED,		/* the number of an inlet, branch, outlet, group, source or sensor */
	FORM_PHASE,		/* inlet, line */
	FORM_MEMBER,		/* group, member */
	FORM_THRESHOLD,		/* class, item, quantity */
	FORMS
};

struct addresses {
	bool		 entities;	/* the columns of ENTITY-MIB and ENTITY-SENSOR-MIB are served */
	uint32_t	 ids[MODULES][OID_MAX_LEN];
	struct oid	 roots[MODULES];
};

void		 addresses_init(struct addresses *);
enum form	 address_form(enum column);
size_t		 address_numbers(enum column);		/* in an OID, behind those of the column */
size_t		 address_prefix(const struct addresses *, enum column);	/* numbers of the column itself */
/* Where the OID is in relation to a column: 0 when it is below it. */
int		 address_compare(const struct addresses *, struct oid, enum column);
/* The column that the OID is below, else the first after it; COLUMNS: none. */
enum column	 address_column(const struct addresses *, struct oid, bool *below);
uint64_t	 address_instance(uint64_t index, uint64_t part);
/* What follows a column, as the first instance at or after it. */
uint64_t	 address_from(enum column, const uint32_t *ids, size_t len, bool include);
size_t		 address_write(const struct addresses *, enum column, uint64_t instance, uint32_t *ids);

#endif
