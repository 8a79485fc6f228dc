#ifndef DRIVERS_SNMP_DRIVER_H
#define DRIVERS_SNMP_DRIVER_H

#include "core/driver.h"

extern const struct driver snmp_driver;

#endif
