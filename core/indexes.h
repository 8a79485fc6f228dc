#ifndef CORE_INDEXES_H
#define CORE_INDEXES_H

#include <stdint.h>

#include "core/buf.h"
#include "core/conf.h"

/*
 * The numbers under which managers know devices (bbDevIndex): given once to a
 * name, kept for ever, never given to another name.  A device that leaves the
 * configuration keeps its number and has it again when it comes back.  What
 * belongs to a device is numbered below it by a fixed rule and needs no entry
 * of its own (INDEX_ENTITIES), but for outlets that their source knows by label
 * only: these get numbers in the same way.
 *
 * The text of them, a line each, '#' begins a comment:
 *
 *	device 1 rack1
 *	device 2 hall1
 *	outlet 2 1 node7
 *	next 3
 *
 * A line that makes no sense is told and kept as it is, and no number in it is
 * given away.  Pure: text in, text out.
 */
struct indexes;

#define INDEX_ENTITIES	10000		/* entPhysicalIndex is bbDevIndex times this, and what part of the device */
#define INDEX_OUTLETS	999		/* the highest number of an outlet */
#define INDEX_MAX	(INT32_MAX / INDEX_ENTITIES - 1)

struct indexes	*indexes_new(void);
void		 indexes_free(struct indexes *);	/* NULL is fine */
/* Adds what the text says; its mistakes go to the list with the file's name and their line. */
void		 indexes_read(struct indexes *, const char *file, const char *text, size_t len,
		    struct conf_errors *);
void		 indexes_write(const struct indexes *, struct buf *);	/* appends the whole text */

/* The number of a name (case does not matter), a new one if it has none; 0: there is no more. */
uint32_t	 indexes_of(struct indexes *, const char *name);
/* Likewise of an outlet of the device of that number, by its label as it is (no blanks): 1 and above. */
uint32_t	 indexes_outlet(struct indexes *, uint32_t device, const char *label);
/* Called whenever a name got its number. */
void		 indexes_on_change(struct indexes *, void (*)(void *), void *arg);

#endif
