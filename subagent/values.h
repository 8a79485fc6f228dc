#ifndef SUBAGENT_VALUES_H
#define SUBAGENT_VALUES_H

#include "core/flags.h"
#include "core/readings.h"

/* What more than one MIB module shows of a device.  Values are borrowed; NULL: absent. */
const struct value	*values_runtime(const struct readings *);	/* s */
const struct value	*values_battery_temperature(const struct readings *);
const struct value	*values_battery_current(const struct readings *);
const struct value	*values_output_frequency(const struct readings *);
int64_t			 values_line_bads(const struct readings *);
int64_t			 values_time(const struct readings *, const char *remark);	/* ms; 0: none */


enum { SHUTDOWN_OUTPUT = 1, SHUTDOWN_SYSTEM };		/* upsShutdownType */
enum { RESTART_ON = 1, RESTART_OFF };			/* upsAutoRestart */
int64_t			 values_shutdown_type(const struct readings *);	/* as written; output at first */
int64_t			 values_auto_restart(const struct readings *);	/* the device's own, else as written; on at first */

#define ALARMS_MAX	FLAG_END	/* one row for an identity at most */

struct alarm {
	uint32_t	 id;
	unsigned	 identity;	/* of core/flags.h */
	int64_t		 since;		/* ms; 0: before our start */
};

/* The rows of the alarm table by id, as the engine puts them. */
size_t			 values_alarms(const struct readings *, struct alarm alarms[ALARMS_MAX]);

/* Printable ASCII of at most max bytes, without blanks around it, as a DisplayString wants it; returns its length. */
size_t			 display_string(const char *text, char *to, size_t max);
/* Likewise UTF-8, as an SnmpAdminString wants it; it ends at a whole character. */
size_t			 admin_string(const char *text, char *to, size_t max);

#endif
