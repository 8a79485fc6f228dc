#ifndef DAEMON_FACTS_H
#define DAEMON_FACTS_H

#include "core/settings.h"

/* What the settings must know of the drivers: an array that ends with a NULL name, to be freed. */
struct driver_facts	*facts_of_drivers(void);

#endif
