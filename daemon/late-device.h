#ifndef DAEMON_LATE_DEVICE_H
#define DAEMON_LATE_DEVICE_H

#include <stdbool.h>

#include "core/settings.h"

/*
 * In a process of its own: finds the device, and gives it the first command of
 * its setting shutdown that it has, again when that failed, for limit_ms at
 * most.  Says how it went.  What is no UPS is left alone unless it was named,
 * and then that is well.  0, or 1: nobody knows that it has taken it.  The
 * caller exits at once: what is still on its way through a port goes out, and
 * no wire changes.
 */
int	late_device(const struct settings *, const struct device_settings *, bool named, int64_t limit_ms);

#endif
