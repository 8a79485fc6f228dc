#ifndef CORE_KEPT_H
#define CORE_KEPT_H

#include "core/loop.h"
#include "core/model.h"

/*
 * What the engine must still know after a power cut: written names and
 * settings, spin locks, commands that are due later.  Texts by key, all in
 * memory; a keeper (the store role) has them on disk.  The engine never waits
 * for the disk: who puts a value is told once it is safe.
 *
 * Memory is the truth while we run: a keeper that comes back, or starts from
 * nothing, is brought in line with it.
 */
#define KEPT_WAIT_MS	800	/* for the disk, before a put has failed */
#define KEPT_WAITING	4096	/* puts at a time; more are refused */

struct kept;

struct kept	*kept_new(struct loop *);
void		 kept_free(struct kept *);	/* what waits ends as R_GONE; NULL is fine */

/* Borrowed until the next put or turn of the loop; NULL: there is none. */
const char	*kept_get(const struct kept *, const char *key);
/* The key after this one that begins with the prefix ("": any); NULL starts, and ends. */
const char	*kept_next(const struct kept *, const char *prefix, const char *after);

/*
 * Puts a text under the key, or takes it away (NULL).  done comes exactly
 * once, never before this returns: R_DONE when it is safe on disk, and only
 * then kept_get() knows it; R_FAILED when the disk is full, broken, or takes
 * longer than KEPT_WAIT_MS; R_BUSY when too many wait; R_GONE when there is
 * no keeper.  After any but R_DONE the old value stays, here and on disk.
 */
typedef void	 kept_fn(enum result, const char *detail, void *arg);
void		 kept_put(struct kept *, const char *key, const char *text, kept_fn *done, void *arg);
/*
 * Takes it away here at once, and on disk as soon as can be: what a keeper
 * that was away still has, or a disk that took no writes, is taken from it
 * when it is back.  done (may be NULL)
 * as of kept_put(): R_DONE when the disk has it no more.
 */
void		 kept_drop(struct kept *, const char *key, kept_fn *done, void *arg);
/* It holds at once, and is on its way to the disk with an event (core/events.h). */
void		 kept_note(struct kept *, const char *key, const char *text);
/* Why a put has no chance just now, borrowed until the next turn of the loop; NULL: it has. */
const char	*kept_unable(const struct kept *);

/* -- the keeper's side ---------------------------------------------------------- */

/* text NULL: take it away.  Answered by kept_written(). */
typedef void	 kept_write_fn(void *arg, uint64_t id, const char *key, const char *text);

void		 kept_written(struct kept *, uint64_t id, const char *why);	/* why NULL: it is safe */
/* What the keeper has, value by value, then that this was all; from now on it takes writes. */
void		 kept_load(struct kept *, const char *key, const char *text);
void		 kept_loaded(struct kept *, kept_write_fn *, void *arg);
bool		 kept_complete(const struct kept *);	/* all was loaded once */
void		 kept_lost(struct kept *);		/* the keeper is gone: what waits ends as R_GONE */
void		 kept_disk(struct kept *, const char *trouble);	/* NULL: it takes writes */

#endif
