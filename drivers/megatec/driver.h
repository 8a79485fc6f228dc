#ifndef DRIVERS_MEGATEC_DRIVER_H
#define DRIVERS_MEGATEC_DRIVER_H

#include "core/driver.h"

extern const struct driver megatec_driver;

#endif
