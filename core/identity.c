#include <string.h>

#include "core/identity.h"

/* FNV-1a of 64 bits; the NUL is part of it, so that two texts are not one. */
static uint64_t
digest(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	while (*text++ != '\0');
	return hash;
}

static bool
is_secret(const struct driver *driver, const char *option)
{
	const struct option	*o;

	for (o = driver->options; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, option) == 0)
			return o->secret;
	return false;
}

struct identity
identity_of(const struct driver *driver, const struct device_settings *s, const char *suffix)
{
	struct identity	 id = { .place = 0xcbf29ce484222325 };
	size_t		 i;

	id.place = digest(digest(id.place, s->driver), s->port);
	id.place = digest(id.place, suffix != NULL ? suffix : "");
	id.source = digest(id.place, s->profile);
	for (i = 0; i < s->options.n; i++)
		if (!is_secret(driver, s->options.at[i].name))
			id.source = digest(digest(id.source, s->options.at[i].name), s->options.at[i].value);
	for (i = 0; i < s->units.n; i++)
		id.source = digest(digest(id.source, s->units.at[i].name), s->units.at[i].value);
	return id;
}

enum outlets_device
identity_compare(const struct identity *was, const struct identity *now)
{
	if (now->place != was->place)
		return OUTLETS_OTHER;
	return now->source == was->source ? OUTLETS_SAME : OUTLETS_SAME_PLACE;
}
