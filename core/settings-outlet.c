#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/settings-table.h"

/* What belongs to outlets: their sections in a device, groups of them, and what they feed. */

/* -- texts -------------------------------------------------------------------------- */

size_t
feed_parse(const char *text, const char **outlet)
{
	const char	*colon = strchr(text, ':');

	*outlet = colon == NULL ? NULL : colon + 1;
	return colon == NULL ? strlen(text) : (size_t)(colon - text);
}

/* A device's own word for an outlet may be anything that is printed and has no blanks. */
const char *
check_outlet(const char *text)
{
	const char	*c;

	for (c = text; *c > ' ' && *c <= '~'; c++)
		;
	return *c == '\0' && c > text && c - text <= 64 && (*text != '0' || text[1] != '\0') ? NULL :
	    "the outlet's number, or the device's own word for it without blanks";
}

static bool
right_feed(const char *text, bool outlet_needed)
{
	const char	*outlet;
	size_t		 len = feed_parse(text, &outlet);
	char		*device = xstrndup(text, len);
	bool		 right = check_device(device) == NULL;

	free(device);
	return right && (outlet == NULL ? !outlet_needed : check_outlet(outlet) == NULL);
}

const char *
check_member(const char *text)
{
	return right_feed(text, true) ? NULL : "DEVICE:OUTLET, as in \"pdu1:3\"";
}

const char *
check_feed(const char *text)
{
	return right_feed(text, false) ? NULL : "DEVICE:OUTLET, as in \"pdu1:3\", or DEVICE";
}

/* -- sections --------------------------------------------------------------------------- */

static bool
said_before(const struct device_settings *d, const char *label)
{
	size_t	i;

	for (i = 0; i < d->noutlets; i++)
		if (strcasecmp(d->outlets[i].label, label) == 0)
			return true;
	return false;
}

static void
take_outlet(struct settings_run *run, const struct conf_item *item, struct device_settings *d, size_t *room)
{
	const char		*label = item->title->text, *want = check_outlet(label);
	struct outlet_settings	*o;

	if (want != NULL)
		conf_error(run->errors, item->title->place, "outlet: \"%s\" is wrong; wants %s", label, want);
	if (said_before(d, label))
		conf_error(run->errors, item->title->place, "outlet %s: given twice", label);
	d->outlets = array_room(d->outlets, d->noutlets, room, sizeof(*d->outlets));
	o = &d->outlets[d->noutlets++];
	memset(o, 0, sizeof(*o));
	settings_read(run, &settings_sections[SECTION_OUTLET], item, o);
	o->label = xstrdup(label);
}

void
settings_outlets(struct settings_run *run, const struct conf_item *device, struct device_settings *d)
{
	const struct conf_item	*item;
	size_t			 i, room = 0;

	for (i = 0; i < device->nitems; i++) {
		item = &device->items[i];
		if (item->section && item->title != NULL &&
		    strcmp(item->name, settings_sections[SECTION_OUTLET].name) == 0)
			take_outlet(run, item, d, &room);
	}
}

static void
check_title(struct settings_run *run, const struct conf_item *item)
{
	const char	*want = check_device(item->title->text);

	if (want != NULL)
		conf_error(run->errors, item->title->place, "%s: \"%s\" is wrong; wants %s",
		    item->name, item->title->text, want);
}

void
settings_group(struct settings_run *run, const struct conf_item *item)
{
	struct settings		*s = run->settings;
	struct group_settings	*g;

	check_title(run, item);
	s->groups = array_room(s->groups, s->ngroups, &run->groups_room, sizeof(*s->groups));
	g = &s->groups[s->ngroups++];
	memset(g, 0, sizeof(*g));
	settings_read(run, &settings_sections[SECTION_GROUP], item, g);
	g->name = xstrdup(item->title->text);
}

void
settings_load_section(struct settings_run *run, const struct conf_item *item)
{
	struct settings		*s = run->settings;
	struct load_settings	*l;

	check_title(run, item);
	s->loads = array_room(s->loads, s->nloads, &run->loads_room, sizeof(*s->loads));
	l = &s->loads[s->nloads++];
	memset(l, 0, sizeof(*l));
	settings_read(run, &settings_sections[SECTION_LOAD], item, l);
	l->name = xstrdup(item->title->text);
	if (l->feeds.n > 0 && l->needed > l->feeds.n)
		conf_error(run->errors, item->place, "needed: load %s needs %u feeds and has %zu",
		    l->name, l->needed, l->feeds.n);
}
