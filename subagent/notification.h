#ifndef SUBAGENT_NOTIFICATION_H
#define SUBAGENT_NOTIFICATION_H

#include "core/buf.h"
#include "core/event.h"

/*
 * Which SNMP notification tells of an event, and with which varbinds (RFC 1628
 * upsTraps, BUSBAR-MIB bbNotifications): one table.  Pure.
 */
struct notification_clock {
	int64_t		 wall;		/* now, ms since 1970 */
	uint32_t	 uptime;	/* the master's sysUpTime now, 1/100 s */
};

/* Appends the varbinds of an AgentX Notify, snmpTrapOID first; false, and nothing: no notification tells of it. */
bool		 notification_put(struct buf *, const struct event *, uint64_t serial, const struct notification_clock *);
const char	*notification_context(const struct event *);	/* "" the default one; borrowed from the event */

#endif
