#ifndef NUTPROTO_UPS_H
#define NUTPROTO_UPS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/model.h"
#include "nutproto/logins.h"

/*
 * The devices as NUT clients name them, by name or alias and without case,
 * each with what is prepared for it.  Follows the model by itself: prepared
 * texts are dropped in the commit that makes them wrong.
 */
struct upses;

struct ups {
	struct device	*device;
	struct buf	 vars;		/* the reply to LIST VAR in its last asker's spelling; empty: not made */
	enum var	*cut;		/* variables whose values had to be cut, said in the log */
	size_t		 ncut, cut_room;
	bool		 shutting;	/* a forced shutdown is set */
	struct login_list logins;
	struct name	*names;
};

struct upses	*upses_new(struct model *);
void		 upses_free(struct upses *);
struct ups	*upses_find(const struct upses *, const char *name);	/* NULL: no such */
struct ups	*upses_next(const struct upses *, const struct ups *);	/* NULL starts; by name; no aliases */
struct buf	*upses_list(struct upses *);	/* the reply to LIST UPS; empty: not made */

/* Told of every change of a UPS that there was, last of all before it goes.  One at most; NULL: nobody. */
void		 upses_on_change(struct upses *, void (*)(const struct change *, struct ups *, void *), void *arg);

/* As configured, borrowed or printed into room; NULL: none. */
const char	*upses_description(const struct upses *, const struct ups *,
		    char room[VALUE_TEXT_MAX]);
bool		 ups_cut_is_new(struct ups *, enum var);	/* true once for each variable */

#endif
