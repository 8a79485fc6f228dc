#ifndef DRIVERS_SNMP_PLAN_H
#define DRIVERS_SNMP_PLAN_H

#include "drivers/snmp/profile.h"

/*
 * Which cells of a profile's tables a device has, and which variable of which
 * device each one is.  Found by a survey, which walks the tables; until the
 * next one, polls ask for these cells by their OIDs, so that they need few
 * messages and never meet a row that they did not expect.  Pure.
 */
struct snmp_row {
	struct snmp_key	 key;
	uint16_t	 unit;		/* 1: the device itself; 2 and above: chained to it */
	uint16_t	 number;	/* n in the names of its variables; 0: they have none */
};

enum {				/* flags of a cell */
	CELL_OFTEN = 1,		/* of quick polls too */
	CELL_TELLS = 2,		/* only tells whether the next one's value is one */
	CELL_CHECKED = 4,	/* the one before tells */
	CELL_COMMAND = 8	/* is written, and not asked for */
};

struct snmp_cell {
	enum var	 var;
	uint16_t	 row;
	uint8_t		 table, column;
	int8_t		 exponent;	/* of ten: by the digits that the device tells */
	uint8_t		 word;		/* of the column's words, from 1: the unit of its temperature; 0: Celsius */
	uint8_t		 flags;
};

struct snmp_member {
	uint16_t	 unit;
	uint16_t	 outlets;
	uint8_t		 phases;	/* lines that its rows know; 0: none */
};

struct snmp_plan {
	size_t			 ncells, nrows, nmembers, cells_room, rows_room, members_room;
	struct snmp_cell	*cells;		/* by table, unit, number and column */
	struct snmp_row		*rows;
	struct snmp_member	*members;	/* in the order in which they were found; the device itself first */
	unsigned		 age;		/* full polls since the survey */
	bool			 lost;		/* a cell that was there is not: time to survey */
};

#define SNMP_SURVEY_EVERY	10	/* full polls */
#define SNMP_NUMBER_MAX		1999	/* the highest number of a row that gets a name */
#define SNMP_PLAN_MAX		4096	/* cells */

void	snmp_plan_clear(struct snmp_plan *);
void	snmp_plan_free(struct snmp_plan *);
bool	snmp_plan_is_due(const struct snmp_plan *);	/* before a full poll */
/*
 * Adds the cells of one table by what a walk of its columns brought.  Returns
 * the varbind of each cell that was added, NULL where there is none; the array
 * is the caller's to free.
 */
const struct varbind **snmp_plan_add(struct snmp_plan *, const struct snmp_profile *, size_t table,
	    const struct varbind *, size_t n);
/* Written to ids, which has room for OID_MAX_LEN. */
struct oid snmp_plan_oid(const struct snmp_plan *, const struct snmp_profile *, const struct snmp_cell *,
	    uint32_t *ids);
/* The cell of that variable or command (flags has CELL_COMMAND) of the unit; NULL: there is none. */
const struct snmp_cell *snmp_plan_find(const struct snmp_plan *, uint16_t unit, enum var, bool command);

/* -- patterns ------------------------------------------------------------------------ */

bool	snmp_pattern_match(const struct snmp_pattern *, struct oid, struct snmp_key *);
struct oid snmp_pattern_oid(const struct snmp_pattern *, const struct snmp_key *, uint32_t *ids);

#endif
