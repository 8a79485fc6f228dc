#ifndef DRIVERS_SIM_SIM_H
#define DRIVERS_SIM_SIM_H

#include "core/driver.h"

extern const struct driver sim_driver;

#endif
