#ifndef DRIVERS_SIM_POINTS_H
#define DRIVERS_SIM_POINTS_H

#include "core/driver.h"

/*
 * The variables of a simulated device: for each what the file says and what a
 * command or a setting made of it, which wins until the file says another
 * thing.  Start from zeros.
 */
struct point {
	enum var	 var;
	char		*file, *made;	/* NULL: says nothing */
	bool		 told;		/* for points_forget_untold() */
};

struct points {
	struct point	*at;		/* by var */
	size_t		 n, room;
	unsigned	 shape;		/* moves whenever a variable comes or goes in the file */
};

const char	*points_text(const struct points *, enum var);	/* NULL: absent */
const char	*points_file_text(const struct points *, enum var);
/* Both copy the text; NULL takes it away.  True when the file said something else before. */
bool		 points_file(struct points *, enum var, const char *);
void		 points_make(struct points *, enum var, const char *);

void		 points_untold(struct points *);	/* nothing is told by the file that comes now */
void		 points_forget_untold(struct points *);	/* what it did not tell is gone */
void		 points_free(struct points *);

#define point_text(p)	((p)->made != NULL ? (p)->made : (p)->file)

#endif
