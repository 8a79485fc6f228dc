#ifndef CORE_REMARKS_H
#define CORE_REMARKS_H

#include <stddef.h>

/*
 * The engine's own remarks on a device: readings whose names begin with a
 * dot.  They travel through the mirror like any other and are never shown to
 * a NUT client.  Times are ms of CLOCK_MONOTONIC, the same in every process
 * of a host.  Each is absent when there is nothing to say.
 */
#define REMARK_INDEX		".index"		/* bbDevIndex (core/indexes.h) */
#define REMARK_TYPE		".type"			/* ups pdu ats scd psu other */
#define REMARK_DESCRIPTION	".description"		/* the configured one, else the source's */
#define REMARK_ATTACHED		".attached"		/* upsIdentAttachedDevices */
#define REMARK_ALIASES		".aliases"		/* words */
#define REMARK_CONTEXT		".context"		/* yes: has an SNMP context of its own */
#define REMARK_DEFAULT		".default"		/* yes: shown in the default context */
#define REMARK_OPTIONS		".options"		/* words: eco-as-bypass battery-temp-from-ups derive-load */
#define REMARK_WRITABLE		".writable"		/* words: names test config control; what snmpset may touch */
#define REMARK_DRIVER		".driver"
#define REMARK_PORT		".port"			/* without secrets */
#define REMARK_FLAGS		".flags"		/* words of core/flags.h that the driver raised */
#define REMARK_FSD		".fsd"			/* "TIME ORIGIN": a forced shutdown is set */
#define REMARK_LOGINS		".logins"		/* "COUNT OLD UNREAD" (core/fsd.h), told by the NUT listener */
#define REMARK_ON_BATTERY	".battery.since"	/* time at which the output went on battery */
#define REMARK_LINE_BADS	".input.bads"		/* count of good to bad */
/* The alarm table, by id: "ID IDENTITY TIME" of each row, the rows separated by ", "; TIME 0: before our start. */
#define REMARK_ALARMS		".alarms"
#define REMARK_TEST		".test"			/* which it was: the n of upsWellKnownTests.n */
#define REMARK_TEST_START	".test.since"		/* time at which the last test started */
#define REMARK_TEST_END		".test.until"		/* time at which it ended; absent while it runs */

/* Between a role that runs units and the engine, and seen nowhere else. */
#define REMARK_ROLE_POLLS	".role.polls"		/* how many ended well, one that said nothing new included */
#define REMARK_ROLE_PUSHES	".role.pushes"		/* likewise */
#define REMARK_ROLE_SOURCE	".role.source"		/* a hash of what is polled, and how */
#define REMARK_ROLE_TIMING	".role.timing"		/* words: COMMAND=TIMING (unit_timing()) */
#define REMARK_ROLE_WHY		".role.why"		/* the last failure; absent: it is well */

/* Of outlet 3 ".outlet.3." and one of these; outlet_said() of core/outlet.h reads them. */
#define REMARK_OUTLET		".outlet."
#define REMARK_OUTLET_CRITICAL	"critical"	/* yes: off and cycle want a confirmation */
#define REMARK_OUTLET_READONLY	"readonly"	/* yes: the configuration lets nobody switch it */
#define REMARK_OUTLET_PENDING	"pending"	/* "COMMAND DUE": what was taken and has not ended */
#define REMARK_OUTLET_LAST	"last"		/* "RESULT COMMAND SECONDS ORIGIN": the last that was taken */

#define GROUP_CONFIGURED	"configured"	/* outlet.group.1.type of a group of the configuration */

/*
 * Those that publishers may have kept (REQUEST_KEEP), and that come back after
 * a restart; '#' stands for a number.  A kept one goes before a configured one.
 *
 *	name, the longest text
 */
#define REMARK_KEPT_LIST(R) \
	R(".ident.name",	255)	/* upsIdentName */ \
	R(".attached",		255)	/* upsIdentAttachedDevices */ \
	R(".shutdown.type",	16)	/* upsShutdownType */ \
	R(".auto.restart",	16)	/* upsAutoRestart */ \
	R(".test.lock",		16)	/* upsTestSpinLock */ \
	R(".outlet.#.name",	255) \
	R(".outlet.#.lock",	16)	/* bbOutletConfirm */ \
	R(".outlet.group.#.lock", 16)	/* bbGroupConfirm */

size_t	 remark_kept_max(const char *name);	/* bytes; 0: it cannot be kept */

#define REMARK_IDENT_NAME	".ident.name"
#define REMARK_SHUTDOWN_TYPE	".shutdown.type"
#define REMARK_AUTO_RESTART	".auto.restart"
#define REMARK_TEST_LOCK	".test.lock"

#endif
