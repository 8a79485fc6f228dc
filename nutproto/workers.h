#ifndef NUTPROTO_WORKERS_H
#define NUTPROTO_WORKERS_H

#include <stdbool.h>

#include "core/loop.h"

/*
 * The only threads of the project: hashing a password takes tens of ms by
 * intent, and the loop must not wait for it.  A few threads, each with one
 * task at a time, begun when first needed; everything but the hash itself
 * happens in the loop.
 */
struct workers;

#define WORKERS_MAX	4	/* or half of the processors, if that is less */

struct workers	*workers_new(struct loop *);
void		 workers_free(struct workers *);	/* waits for hashes under way; calls nobody */
bool		 workers_ready(struct workers *);	/* has a thread for one more task */
bool		 workers_busy(const struct workers *);	/* some task has not ended yet */
/*
 * Is this the password of that hash (crypt(5))?  Both are copied.  To be
 * called when workers_ready(); fn is called once, from the loop, later, and
 * must not free the workers.
 */
typedef void workers_fn(bool right, void *arg);
void		 workers_begin(struct workers *, const char *password, const char *hash,
		    workers_fn *, void *arg);

#endif
