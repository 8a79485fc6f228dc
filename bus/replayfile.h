#ifndef BUS_REPLAYFILE_H
#define BUS_REPLAYFILE_H

#include <stdbool.h>

#include "core/buf.h"

/* Ports "replay:FILE". */
bool	replayfile_is(const char *port);
bool	replayfile_read(const char *port, struct buf *, char **why);	/* false: *why malloc'd */

#endif
