#ifndef CORE_REFUSED_H
#define CORE_REFUSED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What is refused for one cause: how often, and whether the log hears of it.
 * It does at most once a minute: a flood of requests is no flood of lines.
 * Start from zeros.
 */
struct refused {
	uint64_t	 n;		/* so far */
	uint64_t	 untold;
	int64_t		 quiet_until;	/* ms; 0: the log never heard of it */
};

#define REFUSED_QUIET_MS	60000

/* Counts one more.  Whether the log is to hear of it. */
bool	 refused_note(struct refused *, int64_t now_ms);
/* For that line: how many before it were not told, as in ", and 3 more before"; or "".  Malloc'd. */
char	*refused_more(struct refused *);

#endif
