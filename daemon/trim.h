#ifndef DAEMON_TRIM_H
#define DAEMON_TRIM_H

#include "core/loop.h"

/*
 * Gives memory back that a start, or another configuration, took for a
 * while: what recognises the devices leaves holes between what lasts, and
 * malloc keeps them.
 */
struct trim;

struct trim	*trim_new(struct loop *);
void		 trim_free(struct trim *);	/* NULL is fine */
void		 trim_later(struct trim *);	/* something large begins now: trims when it should be over, and once more */

#endif
