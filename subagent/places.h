#ifndef SUBAGENT_PLACES_H
#define SUBAGENT_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The contexts of a session, in the order in which they are registered: a
 * context keeps its number until places_prune().  Starts from zeros.
 */
struct place {
	char	*name;
	bool	 wanted;
};

struct places {
	struct place	*at;
	size_t		 n, room;
	size_t		 nwanted;
	size_t		*sorted;	/* numbers, by name */
	size_t		 sorted_room;
};

/* Adds a context, or wants it again; false: so many are wanted already.  Those that nobody wants do not count. */
bool	places_want(struct places *, const char *name, size_t max);
void	places_want_none(struct places *);
void	places_prune(struct places *);		/* forgets what nobody wants */
void	places_free(struct places *);

#endif
