#ifndef BUS_SNMPWIRE_H
#define BUS_SNMPWIRE_H

#include "core/unit.h"

/* Opens SNMP agents as a device's section says: "udp:", "tcp:" and "replay:" ports. */
extern const struct wire_backend snmp_wire;

#endif
