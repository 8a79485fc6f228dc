#ifndef DAEMON_INDEX_FILE_H
#define DAEMON_INDEX_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/indexes.h"
#include "core/loop.h"

/*
 * STATE_DIR/indexes: read once at the start, replaced as a whole whenever a
 * device got its number.  The disk may take seconds, so a short-lived child
 * writes: what it needs is its copy of our memory, and nobody waits for it.
 * Where the file cannot be read or written, that is told once, and the
 * numbers live in memory.
 */
struct index_file;

struct index_file	*index_file_new(struct loop *, const char *folder);
void			 index_file_free(struct index_file *);	/* waits a little for the last write */
struct indexes		*index_file_indexes(struct index_file *);
/* After SIGCHLD; false: the child was somebody else's. */
bool			 index_file_ended(struct index_file *, pid_t, int status);

#endif
