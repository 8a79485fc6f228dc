#ifndef SUBAGENT_OBJECT_H
#define SUBAGENT_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "core/oid.h"

/* One object with its value: what the tree gives and what a PDU carries. */
enum object_type {		/* values are those of AgentX (RFC 2741 5.4) and of SNMP's BER */
	OBJECT_INTEGER = 2, OBJECT_OCTETS = 4, OBJECT_NULL = 5, OBJECT_OID = 6, OBJECT_ADDRESS = 64,
	OBJECT_COUNTER32 = 65, OBJECT_GAUGE32 = 66, OBJECT_TIMETICKS = 67, OBJECT_OPAQUE = 68,
	OBJECT_COUNTER64 = 70,
	/* in place of a value */
	OBJECT_NO_SUCH_OBJECT = 128, OBJECT_NO_SUCH_INSTANCE = 129, OBJECT_END_OF_MIB_VIEW = 130
};

struct object {
	struct oid		 oid;		/* whole, instance included */
	enum object_type	 type;
	uint64_t		 number;	/* an INTEGER is cast from int64_t */
	const uint8_t		*bytes;		/* OBJECT_OCTETS, OBJECT_ADDRESS, OBJECT_OPAQUE */
	size_t			 len;
	struct oid		 ref;		/* OBJECT_OID */
};

#endif
