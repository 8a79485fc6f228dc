#ifndef DRIVERS_SNMP_DECODE_H
#define DRIVERS_SNMP_DECODE_H

#include "drivers/snmp/profile.h"

/*
 * From a varbind to a value, and back.  Pure.  Agents are not to be trusted
 * with types: numbers come as strings, TimeTicks where an INTEGER is due.
 * A value that says nothing (a sentinel) decodes to V_NONE.
 */
#define SNMP_TEXT_MAX	256

/* The value borrows from room, the reading or the varbind. */
struct value	 snmp_decode(const struct snmp_reading *, const struct varbind *, char room[SNMP_TEXT_MAX]);

/* The meaning of a status object, or NULL. */
const struct snmp_meaning *snmp_decode_status(const struct snmp_reading *, const struct varbind *);

/* A temperature in the unit of that word, as Celsius; V_NONE for a unit that is none. */
struct value	 snmp_celsius(const struct value *, const char *unit);

/* A varbind's number as an agent may spell it; false: it has none. */
bool		 snmp_number(const struct varbind *, struct value *);

/* The varbind that sets the reading's object to the text; NULL or why not. */
const char	*snmp_encode(const struct snmp_reading *, const char *text, struct varbind *);

/* A text of an agent as it can be shown: trimmed, printable; else in hexadecimal. */
const char	*snmp_text(const struct varbind *, char room[SNMP_TEXT_MAX]);

#endif
