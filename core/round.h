#ifndef CORE_ROUND_H
#define CORE_ROUND_H

#include <stdint.h>

#include "core/update.h"

/*
 * What a driver says of one device, gathered round by round.  A round is void
 * until it ends well.  Then a quick round replaces what quick rounds gave and
 * keeps what only full rounds give; a full round replaces all; a push adds
 * and replaces.  What only full rounds give is dropped when it gets too old.
 */
enum round_kind { ROUND_QUICK, ROUND_FULL, ROUND_PUSH };

struct round;

struct round	*round_new(void);
void		 round_free(struct round *);
void		 round_put(struct round *, enum var, struct value);	/* copies the text */
void		 round_absent(struct round *, enum var);
void		 round_status(struct round *, const char *words);
void		 round_alarm(struct round *, const char *text);
void		 round_flag(struct round *, const char *flag);
/* Takes the puts over.  full_max_age_ms: how old a reading of full rounds may be. */
void		 round_end(struct round *, enum round_kind, int64_t now_ms, int64_t full_max_age_ms);
void		 round_void(struct round *);		/* forgets the puts since the last end */
void		 round_clear(struct round *);		/* forgets everything: another device */
bool		 round_same(struct round *, int64_t now_ms);	/* a round that says it all again; false: nothing is known */
const struct value *round_get(const struct round *, enum var);		/* of rounds that ended */
void		 round_publish(const struct round *, struct update *);	/* puts all that is known */
const char	*round_flags(const struct round *);	/* of the last end: words; "" when none */

#endif
