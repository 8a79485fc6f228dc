#ifndef DRIVERS_SIM_RIGHTS_H
#define DRIVERS_SIM_RIGHTS_H

#include "drivers/sim/dev.h"
#include "drivers/sim/points.h"

/*
 * Offers the variables that can be set: those that the recording names in its
 * #RW lines, or, when it names none, those that NUT's drivers let clients
 * write, as far as the recording has them.
 */
void	rights_offer(struct unit *, const struct dev *, const struct points *);

#endif
