#ifndef DRIVERS_SIM_ACT_H
#define DRIVERS_SIM_ACT_H

#include "drivers/sim/dev.h"
#include "drivers/sim/points.h"

/*
 * A simulated device, without a clock of its own: its file is played, and
 * commands act on it.  All times are ms of one clock that the caller has.
 *
 * What commands make overlays the file.  When the file is changed, or its
 * sequence moves on, each variable for which it now says another thing is
 * the file's again; a changed ups.status ends what commands made of the
 * output, the bypass and a test.  A countdown to off goes on.
 */
struct act;

struct act	*act_new(void);
void		 act_free(struct act *);	/* NULL is fine */
/* The file as it is now, from its first step; consumes dev. */
void		 act_file(struct act *, struct dev *, bool loop, int64_t now);
void		 act_play(struct act *, int64_t now);	/* all that is due */
int64_t		 act_next(const struct act *, int64_t now);	/* ms until something is; -1: nothing */

const struct points	*act_points(const struct act *);
const struct dev	*act_dev(const struct act *);	/* NULL before the first act_file() */

/* The name need not be one that is offered.  *detail: a sentence, or NULL. */
enum result	 act_command(struct act *, const char *name, const char *value, int64_t now,
		    const char **detail);
enum result	 act_set(struct act *, enum var, const char *value);

/* Whether the value of that command of the whole device is a time (TIMING_VALUE). */
bool		 act_timed(const char *name);
/* Which commands make sense for what the file has, in no order. */
void		 act_commands(const struct act *, void (*)(void *, const char *name), void *);

#endif
