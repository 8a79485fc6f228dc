#ifndef SUBAGENT_OBJECTS_H
#define SUBAGENT_OBJECTS_H

#include <stdbool.h>

#include "subagent/object.h"
#include "subagent/tree.h"

/*
 * All objects of one context in 16 bytes each, for the two shapes of OID that
 * a UPS has below mib-2 (1.3.6.1.2.1):
 *
 *	1.N.0			system
 *	33.1.G.O.0		a scalar of UPS-MIB
 *	33.1.G.O.1.C.I		a cell of one of its tables
 *
 * An OID becomes a number, its key, that sorts alike.  Objects are added in
 * rising order.
 */
#define KEY_SYSTEM(n)		((uint64_t)(n) << 52)
#define KEY_UPS			(UINT64_C(1) << 60)
#define KEY_SCALAR(g, o)	(KEY_UPS | (uint64_t)(g) << 52 | (uint64_t)(o) << 44)
#define KEY_CELL(g, o, c, i) \
	(KEY_SCALAR(g, o) | UINT64_C(1) << 40 | (uint64_t)(c) << 32 | (uint32_t)(i))
#define KEY_END			UINT64_MAX

#define OBJECT_OID_MAX		16	/* the longest OID that is made here fits */

/* How the value is told when it is read. */
enum telling {
	TELL_NUMBER,
	TELL_LARGE,		/* a number of 64 bits, from beside the texts */
	TELL_TEXT,
	TELL_OID,		/* from its copy beside the texts */
	TELL_UPTIME,		/* the master's sysUpTime now */
	TELL_UPTIME_AT,		/* what that was at a time (ms); 0: before it started, or unknown */
	TELL_SECONDS_SINCE,	/* seconds since a time (ms) */
	TELL_SECONDS_UNTIL,	/* seconds until a time (ms), the last one whole; 0: it has come */
	TELL_TICKS_SINCE	/* 1/100 s since a time (ms) */
};

struct cell {
	uint64_t	 key;
	uint32_t	 number;	/* of TELL_NUMBER; else where in the pool */
	uint16_t	 len;		/* TELL_TEXT: bytes; TELL_OID: sub-identifiers */
	uint8_t		 type;		/* enum object_type */
	uint8_t		 telling;
};

struct objects {		/* starts from zeros */
	struct cell	*cells;
	uint8_t		*pool;		/* texts, OIDs and times */
	uint32_t	 n, room, pool_len, pool_room;
};

void	objects_clear(struct objects *);	/* empties, keeps the memory */
void	objects_trim(struct objects *);		/* gives back what is not used */
void	objects_free(struct objects *);

void	objects_add_number(struct objects *, uint64_t key, enum object_type, int64_t);
void	objects_add_large(struct objects *, uint64_t key, uint64_t);	/* a Counter64 */
void	objects_add_text(struct objects *, uint64_t key, const char *, size_t len);
void	objects_add_oid(struct objects *, uint64_t key, struct oid);
void	objects_add_time(struct objects *, uint64_t key, enum object_type, enum telling, int64_t ms);

/* The key of oid, or of where it would be: every object at or after it has this key or a larger one. */
uint64_t	objects_key(struct oid, bool include);
uint64_t	objects_last_key(const struct objects *);	/* 0: there is none */
const struct cell *objects_from(const struct objects *, uint64_t key);	/* the first from there; NULL: none */
/* Its type and value as they are told now; an OID value is written to ref.  Its own OID is left alone. */
void		objects_tell_value(const struct objects *, const struct cell *, const struct tree_clock *,
		    uint32_t ref[OID_MAX_LEN], struct object *);
/* The object as it is told now; its OID is written to ids, its OID value to ref. */
void		objects_tell(const struct objects *, const struct cell *, const struct tree_clock *,
		    uint32_t ids[OBJECT_OID_MAX], uint32_t ref[OID_MAX_LEN], struct object *);

#endif
