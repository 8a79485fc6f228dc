#ifndef CTL_CONFIGURED_H
#define CTL_CONFIGURED_H

#include <stdbool.h>

#include "core/conf.h"

/*
 * The daemon's configuration, for what must know which devices it has:
 * $BUSBAR_CONF, or the usual file.  Mistakes in it are not told here; without a
 * file nothing is configured.
 */
const char	*configured_file(void);
struct conf	*configured_load(void);		/* conf_free() */
/* The title of the first device whose port is that one; NULL: nobody's. */
const char	*configured_owner(const struct conf *, bool (*is)(const char *port, const void *arg), const void *arg);

#endif
