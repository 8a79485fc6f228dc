#ifndef SUBAGENT_UPSMIB_H
#define SUBAGENT_UPSMIB_H

#include "subagent/objects.h"

/* Adds every object of RFC 1628 that the device has now; lock is upsTestSpinLock. */
void	upsmib_make(const struct device *, uint32_t lock, struct objects *);

/* Whether the key is that of an instance of some object of RFC 1628, be it there or not. */
bool	upsmib_knows(uint64_t key);

/* Adds the system group of a device's own context (RFC 3418). */
void	system_make(const struct device *, struct objects *);

#define SYSTEM_OBJECTS	7	/* sysDescr.0 to sysServices.0 */

#endif
