#ifndef CTL_PRIVATE_H
#define CTL_PRIVATE_H

#include "core/buf.h"

/* A configuration as a file that only we can read, since it may have secrets: at its beginning; -1: with errno. */
int	private_file(const struct buf *);

#endif
