#ifndef CORE_OID_H
#define CORE_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Object identifiers: borrowed runs of numbers. */
#define OID_MAX_LEN	128

struct oid {
	const uint32_t	*ids;
	size_t		 len;
};

bool	oid_parse(const char *dotted, uint32_t ids[OID_MAX_LEN], size_t *len);	/* "1.3.6.1", a leading dot is fine */
int	oid_compare(struct oid, struct oid);
bool	oid_below(struct oid root, struct oid);		/* equal or below */

#endif
