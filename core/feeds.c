#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/feeds.h"
#include "core/mem.h"
#include "core/outlet.h"
#include "core/remarks.h"
#include "core/status.h"

#define STEPS_MAX	16	/* up to the mains; the settings have no circles */

/* What the question is about, all the way up. */
struct way {
	const struct model	*model;
	const struct settings	*settings;
	const struct feed_cuts	*cuts;
};

const char *
feed_state_word(enum feed_state state)
{
	static const char *const words[] = {
		[FEED_GOOD] = "good", [FEED_BATTERY] = "battery", [FEED_UNKNOWN] = "unknown",
		[FEED_LOW] = "low", [FEED_OFF] = "off",
	};

	return words[state];
}

static enum feed_state
worse(enum feed_state a, enum feed_state b)
{
	return a > b ? a : b;
}

/* -- one device ------------------------------------------------------------------- */

unsigned
feed_outlet(const struct snapshot *s, const char *outlet)
{
	const struct reading	*r;
	const char		*rest;
	char			 room[VALUE_TEXT_MAX];
	unsigned		 number;
	size_t			 i, j;

	if (strspn(outlet, "0123456789") == strlen(outlet))
		return (unsigned)strtoul(outlet, NULL, 10);
	for (i = 0; i < snapshot_size(s); i++) {
		r = snapshot_at(s, i);
		number = outlet_number(var_name(r->var), &rest);
		for (j = 0; number != 0 && outlet_labels[j] != NULL; j++)
			if (strcmp(rest, outlet_labels[j]) == 0 && strcasecmp(value_text(&r->value, room), outlet) == 0)
				return number;
	}
	return 0;
}

/* One that shows no state, as on a PDU that only measures, is on as long as the device is. */
static enum feed_state
by_outlet(const struct snapshot *s, unsigned number)
{
	return outlet_shown_state(s, number) == 0 ? FEED_OFF : FEED_GOOD;
}

static enum feed_state
by_status(const struct snapshot *s)
{
	unsigned	 words = status_parse(snapshot_text(s, VAR_UPS_STATUS));

	if (words & STATUS_OFF)
		return FEED_OFF;
	if (snapshot_get(s, var_intern(REMARK_FSD)) != NULL || (words & STATUS_FSD) ||
	    ((words & STATUS_OB) && (words & STATUS_LB)))
		return FEED_LOW;
	return words & STATUS_OB ? FEED_BATTERY : FEED_GOOD;
}

/* What it says for itself, believed as far as it is fresh. */
static enum feed_state
by_device(const struct device *d, unsigned outlet)
{
	const struct snapshot	*s = device_now(d);
	enum feed_state		 state = by_status(s);

	if (device_state(d) == DEVICE_WAITING)
		return FEED_UNKNOWN;
	if (outlet != 0)
		state = worse(state, by_outlet(s, outlet));
	return device_state(d) == DEVICE_STALE && feed_alive(state) ? FEED_UNKNOWN : state;
}

/* -- the way up ------------------------------------------------------------------------ */

static const struct device_settings *
settings_of(const struct settings *s, const char *name)
{
	size_t	i;

	for (i = 0; i < s->ndevices; i++)
		if (strcasecmp(s->devices[i].name, name) == 0)
			return &s->devices[i];
	return NULL;
}

static bool
is_cut(const struct feed_cuts *cuts, const char *device, unsigned outlet)
{
	size_t	i;

	for (i = 0; cuts != NULL && i < cuts->n; i++)
		if (strcasecmp(cuts->at[i].device, device) == 0 &&
		    (cuts->at[i].outlet == 0 || cuts->at[i].outlet == outlet))
			return true;
	return false;
}

static bool
has_battery(const struct snapshot *s)
{
	const char	*type = snapshot_text(s, var_intern(REMARK_TYPE));

	return type != NULL && strcmp(type, "ups") == 0;
}

static enum feed_state	at_feed(const struct way *, const char *feed, unsigned steps);

/* Of several inlets the best one counts; a UPS gives power whatever feeds it. */
static enum feed_state
from_above(const struct way *way, const char *device, const struct snapshot *now, unsigned steps)
{
	const struct device_settings	*s = settings_of(way->settings, device);
	enum feed_state			 best = FEED_OFF, state;
	size_t				 i;

	if (s == NULL || s->fed_by.n == 0 || steps == 0 || has_battery(now))
		return FEED_GOOD;
	for (i = 0; i < s->fed_by.n; i++) {
		state = at_feed(way, s->fed_by.at[i], steps - 1);
		if (state < best)
			best = state;
	}
	return best;
}

static enum feed_state
at_feed(const struct way *way, const char *feed, unsigned steps)
{
	const char		*label;
	size_t			 len = feed_parse(feed, &label);
	char			*name = xstrndup(feed, len);
	const struct device	*d = model_find(way->model, name, len);
	const struct snapshot	*now = d == NULL ? NULL : device_now(d);
	unsigned		 outlet = label == NULL ? 0 : feed_outlet(now, label);
	enum feed_state		 state = d == NULL || (label != NULL && outlet == 0) ? FEED_UNKNOWN :
				    by_device(d, outlet);

	state = is_cut(way->cuts, name, outlet) ? FEED_OFF : worse(state, from_above(way, name, now, steps));
	free(name);
	return state;
}

enum feed_state
feed_state(const struct model *m, const struct settings *s, const char *feed, const struct feed_cuts *cuts)
{
	const struct way	way = { m, s, cuts };

	return at_feed(&way, feed, STEPS_MAX);
}

bool
feed_same(const struct model *m, const char *feed, const char *other)
{
	const char		*label, *other_label;
	size_t			 len = feed_parse(feed, &label);
	const struct device	*d;
	unsigned		 outlet;

	if (strcasecmp(feed, other) == 0)
		return true;
	if (feed_parse(other, &other_label) != len || strncasecmp(feed, other, len) != 0 ||
	    label == NULL || other_label == NULL || (d = model_find(m, feed, len)) == NULL)
		return false;
	outlet = feed_outlet(device_now(d), label);
	return outlet != 0 && outlet == feed_outlet(device_now(d), other_label);
}

static bool
depends(const struct settings *s, const char *feed, const char *device, unsigned steps)
{
	const struct device_settings	*d;
	const char			*label;
	size_t				 len = feed_parse(feed, &label), i;
	char				*name;

	if (strncasecmp(feed, device, len) == 0 && device[len] == '\0')
		return true;
	name = xstrndup(feed, len);
	d = steps == 0 ? NULL : settings_of(s, name);
	free(name);
	for (i = 0; d != NULL && i < d->fed_by.n; i++)
		if (depends(s, d->fed_by.at[i], device, steps - 1))
			return true;
	return false;
}

bool
feed_depends(const struct settings *s, const char *feed, const char *device)
{
	return depends(s, feed, device, STEPS_MAX);
}
