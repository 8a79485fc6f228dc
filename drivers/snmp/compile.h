#ifndef DRIVERS_SNMP_COMPILE_H
#define DRIVERS_SNMP_COMPILE_H

#include "drivers/snmp/profile.h"

/*
 * From the sections of a profile to its tables.  A profile is made in layers:
 * itself, then what it is like, then what all agents have; what one layer
 * says of a variable, state, alarm or command is not asked of the next.
 */
#define LAYERS_MAX	8

struct compile_layers {
	size_t			 n;
	const struct conf_item	*at[LAYERS_MAX + 8];	/* those beyond are of common sections */
};

struct snmp_profile	*compile_profile(const struct compile_layers *, struct conf_errors *);
void			 compile_free(struct snmp_profile *);

#endif
