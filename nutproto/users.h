#ifndef NUTPROTO_USERS_H
#define NUTPROTO_USERS_H

#include "core/settings.h"

/*
 * What a user of the settings may do.  Pure.  Who the user is, is another
 * question: nutproto/passwords.h.
 */
enum right {
	RIGHT_LOGIN,		/* upsmon, primary or secondary */
	RIGHT_PRIMARY,		/* upsmon as primary */
	RIGHT_FSD,		/* a primary, or action FSD */
	RIGHT_SET,		/* action SET; name is the variable */
	RIGHT_COMMAND		/* name is the command */
};

const struct user_settings	*users_find(const struct settings *, const char *name);	/* NULL: no such */
/* From this address (of 4 or 16 bytes), as the nut section and the user's own allow have it. */
bool	users_accept(const struct settings *, const struct user_settings *, const uint8_t *address, bool v6);
/* device: its own name, in any case.  name: any case; NULL where the right has none.  NULL user: nobody. */
bool	users_may(const struct user_settings *, enum right, const char *device, const char *name);

#endif
