#ifndef TEST_DUMP_H
#define TEST_DUMP_H

#include "core/update.h"

/* Recorded devices of the field, "name: value" a line, from $SHARED/devices/ddl. */

/* Puts what the text says; a remark that begins with # ends a value. */
void	dump_put(struct update *, const char *text);

/*
 * Adds one fresh device for each dump of a UPS, named d1, d2 ... in the order
 * of their paths; returns how many, 0 when there are none to read.  paths:
 * one malloc'd path for each, to be freed with them; may be NULL.
 */
size_t	dumps_load(struct model *, char ***paths);
size_t	dumps_load_others(struct model *, char ***paths);	/* likewise, of PDUs, transfer switches and the like */
void	dumps_free(char **paths, size_t n);

#endif
