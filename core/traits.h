#ifndef CORE_TRAITS_H
#define CORE_TRAITS_H

#include "core/model.h"

/* Traits in the making, for core/model.c: as long as nobody else holds them, they may be changed. */
struct traits	*traits_new(void);
struct traits	*traits_copy(const struct traits *);		/* of NULL: empty; what can be set is shared until one changes it */
/* Where both let the same be set, the first keeps no copy of its own. */
void		 traits_share(struct traits *, const struct traits *);
void		 traits_add_command(struct traits *, enum var);
void		 traits_del_command(struct traits *, enum var);
void		 traits_add_settable(struct traits *, const struct settable *);	/* copies; replaces */
void		 traits_del_settable(struct traits *, enum var);
bool		 traits_equal(const struct traits *, const struct traits *);	/* NULL is empty */

#endif
