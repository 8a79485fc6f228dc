#ifndef DRIVERS_POWERMAN_POWERMAN_H
#define DRIVERS_POWERMAN_POWERMAN_H

#include "core/driver.h"

extern const struct driver powerman_driver;

#endif
