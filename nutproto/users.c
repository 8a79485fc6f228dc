/* Rights: a row each of the settings that give them. */

#include <string.h>
#include <strings.h>

#include "nutproto/users.h"

const struct user_settings *
users_find(const struct settings *s, const char *name)
{
	size_t	 i;

	for (i = 0; i < s->nusers; i++)
		if (strcmp(s->users[i].name, name) == 0)
			return &s->users[i];
	return NULL;
}

bool
users_accept(const struct settings *s, const struct user_settings *u, const uint8_t *address, bool v6)
{
	return networks_have(&s->nut.allow, address, v6) && networks_have(&u->allow, address, v6);
}

/* -- commands -------------------------------------------------------------------------- */

/* "ALL", a name, or "test.*" for all names that begin so. */
static bool
covers(const char *pattern, const char *name)
{
	size_t	 len = strlen(pattern);

	if (strcasecmp(pattern, "ALL") == 0)
		return true;
	if (pattern[len - 1] == '*')
		return strncasecmp(pattern, name, len - 1) == 0;
	return strcasecmp(pattern, name) == 0;
}

/* The pattern behind "DEVICE:", when it is for this one; NULL: it is not. */
static const char *
pattern_for(const char *text, const char *device)
{
	const char	*colon = strchr(text, ':');
	size_t		 len;

	if (colon == NULL)
		return text;
	len = (size_t)(colon - text);
	return strlen(device) == len && strncasecmp(text, device, len) == 0 ? colon + 1 : NULL;
}

static bool
may_run(const struct user_settings *u, const char *device, const char *name)
{
	const char	*pattern;
	size_t		 i;

	for (i = 0; name != NULL && i < u->commands.n; i++) {
		pattern = pattern_for(u->commands.at[i], device);
		if (pattern != NULL && covers(pattern, name))
			return true;
	}
	return false;
}

/* -- rights ------------------------------------------------------------------------------ */

static const struct {
	unsigned	 upsmon;	/* one of these roles is enough: bits, 1 << enum upsmon_role */
	unsigned	 action;	/* so is this */
	bool		 command;	/* so is the command's name */
} rights[] = {
	[RIGHT_LOGIN] =	  { .upsmon = 1 << UPSMON_PRIMARY | 1 << UPSMON_SECONDARY },
	[RIGHT_PRIMARY] = { .upsmon = 1 << UPSMON_PRIMARY },
	[RIGHT_FSD] =	  { .upsmon = 1 << UPSMON_PRIMARY, .action = ACTION_FSD },
	[RIGHT_SET] =	  { .action = ACTION_SET },
	[RIGHT_COMMAND] = { .command = true },
};

static bool
has_device(const struct user_settings *u, const char *device)
{
	size_t	 i;

	for (i = 0; i < u->devices.n; i++)
		if (strcmp(u->devices.at[i], "*") == 0 || strcasecmp(u->devices.at[i], device) == 0)
			return true;
	return false;
}

bool
users_may(const struct user_settings *u, enum right right, const char *device, const char *name)
{
	if (u == NULL || !has_device(u, device))
		return false;
	return (rights[right].upsmon & 1U << u->upsmon) != 0 || (rights[right].action & u->actions) != 0 ||
	    (rights[right].command && may_run(u, device, name));
}
