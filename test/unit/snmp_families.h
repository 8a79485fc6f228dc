#ifndef TEST_UNIT_SNMP_FAMILIES_H
#define TEST_UNIT_SNMP_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

/* The tables of test_snmp_pdus.c; each ends with a recording of NULL. */

/* Which profile a recording is recognised by, and what the device then is. */
struct recorded {
	const char	*recording, *profile, *type;
};

/*
 * An object of the recording, with n for the row, u for the unit of a chain and
 * k for what the row is of, and the variable that shows it (# is the row).  How:
 * a factor, the words of an enumeration ("1=off 2=on"), or "=" for a text.
 */
struct figure {
	const char	*recording, *oid, *variable, *how;
	int		 add;		/* to the row */
	bool		 units_from_0;
	unsigned	 most;		/* the last row that is looked at; 0: all */
};

/* A command, and the number (or text) that must be in the object after it. */
struct order {
	const char	*recording, *command, *argument, *oid;
	int64_t		 number;
	const char	*text;
};

extern const struct recorded	recorded[];
extern const struct figure	figures[];
extern const struct order	orders[];

#endif
