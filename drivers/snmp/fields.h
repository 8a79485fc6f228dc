#ifndef DRIVERS_SNMP_FIELDS_H
#define DRIVERS_SNMP_FIELDS_H

#include "drivers/fields.h"
#include "drivers/snmp/profile.h"

/*
 * An OID, malloc'd: all numbers, or one that begins with a word of the
 * profile's roots.  The arc x becomes the line, if that is not 0; x+4 becomes
 * the line and 4.
 */
bool	fields_oid(const struct fields *, const struct conf_value *, unsigned line, struct oid *out);

/* Likewise of a column: with the letters u, k and n, each perhaps with a number: n+1. */
bool	fields_pattern(const struct fields *, const struct conf_value *, struct snmp_pattern *out);
bool	fields_has_letter(const struct conf_value *);	/* it is such an OID */

/* "RB battery-bad": words of ups.status in capitals, of core/flags.h in small letters. */
bool	fields_meaning(const struct fields *, const struct conf_value *, struct snmp_meaning *out);

#endif
