#ifndef BUS_RECORDING_H
#define BUS_RECORDING_H

#include "core/wire.h"

/*
 * A recorded SNMP agent: lines of OID|TAG|VALUE as snmpsim writes them.  TAG
 * is the number of the ASN.1 type; an x after it says that the value is in
 * hexadecimal.  A variation module after a colon is not played: the value that
 * its parameters begin with (value=, initial=) stands, "writecache" marks an
 * object that can be set, and an object without such a value is left out.
 * Pure: text in, sorted objects or the first mistake out.
 */
struct recording;

struct recording	*recording_parse(const char *text, size_t len, char **why);	/* NULL: *why is malloc'd */
void			 recording_free(struct recording *);
size_t			 recording_size(const struct recording *);

/* Borrowed until the next recording_set(). */
const struct varbind	*recording_get(const struct recording *, struct oid);
const struct varbind	*recording_next(const struct recording *, struct oid);
/* An error-status of RFC 3416: 0 when it was set. */
unsigned		 recording_set(struct recording *, const struct varbind *);

#endif
