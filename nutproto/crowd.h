#ifndef NUTPROTO_CROWD_H
#define NUTPROTO_CROWD_H

#include "nutproto/desk.h"

/* How many clients there are from each address; of IPv6, from each network of 64 bits. */
struct crowd;

struct crowd	*crowd_new(void);
void		 crowd_free(struct crowd *);	/* when all have left */
void		 crowd_join(struct crowd *, const struct from *);
void		 crowd_leave(struct crowd *, const struct from *);
bool		 crowd_same(const struct from *, const struct from *);
size_t		 crowd_count(const struct crowd *, const struct from *);

#endif
