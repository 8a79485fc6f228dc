#ifndef BUS_SNMPOPTIONS_H
#define BUS_SNMPOPTIONS_H

#include "bus/link.h"
#include "bus/snmp.h"
#include "core/driver.h"
#include "core/settings.h"

/* What a device's port and options say of its SNMP agent.  Strings are the settings', or constants. */
struct snmp_options {
	const char		*recording;	/* of "replay:FILE"; else NULL */
	struct link_port	 port;
	struct snmp_identity	 identity;
	const char		*auth_secret, *priv_secret;
	unsigned		 timeout_ms, retries;
};

/* False: *why, malloc'd, says what is wrong and what would be right. */
bool	snmp_options_read(const struct device_settings *, const struct driver *, struct snmp_options *, char **why);

#endif
