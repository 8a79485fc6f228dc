#ifndef DRIVERS_APCUPSD_APCUPSD_H
#define DRIVERS_APCUPSD_APCUPSD_H

#include "core/driver.h"

extern const struct driver apcupsd_driver;

#endif
