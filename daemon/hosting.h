#ifndef DAEMON_HOSTING_H
#define DAEMON_HOSTING_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/unit.h"

/*
 * A role that runs the units of its wires, whose libraries may wait in the
 * kernel: "usb", "tty".  Seen from the engine: started when there is such a
 * device, told its devices' sections, and started again with a back-off when
 * it dies.  One that hangs for a minute is killed.
 */
struct hosting;

struct hosting	*hosting_new(struct loop *, struct host *, const char *role);	/* before the first host_apply() */
/* Its model outlives the host: first host_free(), then this, which ends the process. */
void		 hosting_free(struct hosting *);
const char	*hosting_role(const struct hosting *);
void		 hosting_apply(struct hosting *, const struct settings *);
void		 hosting_ended(struct hosting *, pid_t, int status);	/* a child was reaped: was it this one's? */

/* The whole life of such a role's process, on the mirror at ROLE_FD: returns its exit code. */
int		 hosting_main(const char *role);
bool		 hosting_is(const char *role);	/* a wire is run by a role of that name */

#endif
