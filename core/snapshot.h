#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include "core/model.h"

/*
 * A snapshot in the making, for core/model.c: what is put lies beside the
 * base until both are merged into one block, sorted by name.
 */
struct draft {
	const struct snapshot	*base;		/* held; NULL: from nothing */
	struct reading		*puts;		/* in order; V_NONE deletes; texts are owned */
	size_t			 n, room;
};

void	draft_put(struct draft *, enum var, struct value);	/* copies the text */
const struct value	*draft_get(const struct draft *, enum var);
/* The snapshot, for its holder to release; before itself, held once more, when nothing differs. */
const struct snapshot	*draft_finish(struct draft *, const struct snapshot *before);
void	draft_free(struct draft *);

#endif
