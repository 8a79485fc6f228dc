#ifndef BUS_NOTIFY_H
#define BUS_NOTIFY_H

#include "core/loop.h"

/*
 * News of directory entries, by inotify.  All watches of a loop share one
 * inotify instance: a user may have only 128 of them, and there may be a
 * thousand files.
 */
struct notify;		/* interest in one path */

enum news {
	NEWS_NOW,	/* the content is complete: closed after writing, or moved here */
	NEWS_SOON	/* it is being written, or went, and may be back at once */
};
typedef void notify_fn(void *arg, enum news);

/* Never fails; where the kernel gives no watch, notify_blind() says so and its owner has to look by itself. */
struct notify	*notify_new(struct loop *, const char *path, notify_fn *, void *arg);
void		 notify_free(struct notify *);
/*
 * To be called before each look at the path: follows directories that came
 * and went, and the target of a link.
 */
void		 notify_renew(struct notify *);
bool		 notify_blind(const struct notify *);

#endif
