#ifndef DRIVERS_SNMP_COMPILE_H
#define DRIVERS_SNMP_COMPILE_H

#include "drivers/snmp/profile.h"

/*
 * From the sections of a profile to its tables.  A profile is made in layers:
 * itself and what it is like, where what one layer says of a variable, state,
 * alarm or command is not asked of the next; then what it falls back on (also
 * and the common sections), which is looked at where those before have no
 * answer.
 */
#define LAYERS_MAX	16

struct compile_layers {
	size_t			 n;
	struct compile_layer {
		const struct conf_item	*profile;
		bool			 fallback;
	} at[LAYERS_MAX];
};

struct snmp_profile	*compile_profile(const struct compile_layers *, struct conf_errors *);
void			 compile_free(struct snmp_profile *);

#endif
