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
 * of its own (INDEX_ENTITIES).
 *
 * The text of them, a line each, '#' begins a comment:
 *
 *	device 1 rack1
 *	device 2 hall1
 *	next 3
 *
 * A line that makes no sense is told and kept as it is, and no number in it is
 * given away.  Pure: text in, text out.
 */
struct indexes;

#define INDEX_ENTITIES	10000		/* entPhysicalIndex is bbDevIndex times this, and what part of the device */
#define INDEX_MAX	(INT32_MAX / INDEX_ENTITIES - 1)

struct indexes	*indexes_new(void);
void		 indexes_free(struct indexes *);	/* NULL is fine */
/* Adds what the text says; its mistakes go to the list with the file's name and their line. */
void		 indexes_read(struct indexes *, const char *file, const char *text, size_t len,
		    struct conf_errors *);
void		 indexes_write(const struct indexes *, struct buf *);	/* appends the whole text */

/* The number of a name (case does not matter), a new one if it has none; 0: there is no more. */
uint32_t	 indexes_of(struct indexes *, const char *name);
/* Called whenever a name got its number. */
void		 indexes_on_change(struct indexes *, void (*)(void *), void *arg);

#endif
