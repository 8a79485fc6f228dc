#ifndef DRIVERS_CONTACT_CABLES_H
#define DRIVERS_CONTACT_CABLES_H

#include "drivers/contact/wiring.h"

/* The known cables, from the profiles: section cable NAME, with NUT's upstype, maker, model and wiring. */
struct cable {
	const char	*name, *mfr, *model;	/* of the profile; mfr and model may be NULL */
	int64_t		 upstype;		/* -1: NUT has none */
	struct wiring	 wiring;
};

struct cables;

struct cables		*cables_learn(const struct conf *const *profiles, size_t n, struct conf_errors *);
void			 cables_free(struct cables *);
/* By name or by NUT's number, "2"; NULL: there is none. */
const struct cable	*cables_find(const struct cables *, const char *name);

#endif
