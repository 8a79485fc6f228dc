#ifndef BUS_VARBINDS_H
#define BUS_VARBINDS_H

#include "core/wire.h"

/*
 * A growing list of varbinds that owns all they point to.  Start from zeros;
 * varbinds_free() leaves it usable again.
 */
struct varbinds {
	struct varbind	*at;
	size_t		 n, room;
	struct block	*blocks;	/* where OIDs and bytes live */
	size_t		 used;		/* bytes taken, for limits */
};

struct varbind	*varbinds_add(struct varbinds *, const struct varbind *);	/* a copy of all of it */
void		 varbinds_free(struct varbinds *);
/* Copies into the list's memory without adding: what is put over an entry of it. */
struct varbind	 varbinds_keep(struct varbinds *, const struct varbind *);
struct oid	 varbinds_keep_oid(struct varbinds *, struct oid);

#endif
