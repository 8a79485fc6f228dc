#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/settings-table.h"

/*
 * What only the whole file shows: no name is taken twice, whatever its case,
 * and every reference leads somewhere.
 */

struct name {
	const char		*text, *kind;	/* "device", "alias", "unit", "group", "load" */
	const char		*device;	/* whose it is */
	struct conf_place	 place;
	size_t			 order;		/* in the file */
};

struct names {
	struct name	*at;
	size_t		 n, room;
};

static void
add_name(struct names *names, const char *text, const char *kind, const struct conf_item *device,
    struct conf_place place)
{
	names->at = array_room(names->at, names->n, &names->room, sizeof(*names->at));
	names->at[names->n] = (struct name){ text, kind, device->title->text, place, names->n };
	names->n++;
}

static const struct conf_value *
values_of(const struct conf_item *device, const char *name, size_t *n)
{
	const struct conf_item	*item = settings_item(device, name);

	if (item == NULL || item->broken || item->section) {
		*n = 0;
		return NULL;
	}
	*n = item->nvalues;
	return item->values;
}

static void
add_unit(struct settings_run *run, struct names *names, const struct conf_item *device,
    const struct conf_value *value)
{
	const char	*equals = strchr(value->text, '='), *want;

	if (equals == NULL)
		return;		/* reported with its type */
	want = check_device(equals + 1);
	if (want != NULL)
		conf_error(run->errors, value->place,
		    "units: \"%s\" is wrong; wants %s behind the \"=\"", value->text, want);
	else
		add_name(names, equals + 1, "unit", device, value->place);
}

static void
add_device(struct settings_run *run, struct names *names, const struct conf_item *device)
{
	const struct conf_value	*values;
	size_t			 i, n;

	add_name(names, device->title->text, "device", device, device->place);
	values = values_of(device, "aliases", &n);
	for (i = 0; i < n; i++)
		add_name(names, values[i].text, "alias", device, values[i].place);
	values = values_of(device, "units", &n);
	for (i = 0; i < n; i++)
		add_unit(run, names, device, &values[i]);
}

static int
compare_names(const void *a, const void *b)
{
	const struct name	*one = a, *other = b;
	int			 order = strcasecmp(one->text, other->text);

	if (order != 0)
		return order;
	return one->order < other->order ? -1 : one->order > other->order;
}

static void
check_unique(struct settings_run *run, const struct names *names)
{
	const struct name	*first = names->at, *name;

	for (name = names->at + 1; name < names->at + names->n; name++) {
		if (strcasecmp(first->text, name->text) != 0) {
			first = name;
			continue;
		}
		conf_error(run->errors, name->place,
		    "%s %s: the name is taken by the %s at %s:%u; "
		    "names differ in more than their case", name->kind, name->text,
		    first->kind, first->place.file, first->place.line);
	}
}

/* -- references ------------------------------------------------------------------------ */

/* A source of several devices gives them its own name, "-" and theirs: "pdu1-2". */
static bool
may_derive(const char *device, const char *name)
{
	size_t	len = strlen(device);

	return strncasecmp(device, name, len) == 0 && name[len] == '-';
}

static int
compare_text(const void *text, const void *name)
{
	return strcasecmp(text, ((const struct name *)name)->text);
}

static const struct name *
find_name(const struct names *names, const char *text)
{
	return bsearch(text, names->at, names->n, sizeof(*names->at), compare_text);
}

/* By whatever name; a load is one for those who watch it, but nothing is plugged into it. */
static bool
is_device(const struct name *name)
{
	return strcmp(name->kind, "group") != 0 && strcmp(name->kind, "load") != 0;
}

static bool
derived(const struct settings *s, const char *name)
{
	size_t	i;

	for (i = 0; i < s->ndevices; i++)
		if (may_derive(s->devices[i].name, name))
			return true;
	return false;
}

static void
no_such_device(struct settings_run *run, const struct names *names, const char *directive,
    const char *text, struct conf_place place)
{
	const char	**words = xcalloc(names->n + 1, sizeof(*words)), *nearest;
	size_t		  i, n = 0;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->at[i].kind, "alias") != 0 && strcmp(names->at[i].kind, "group") != 0)
			words[n++] = names->at[i].text;
	nearest = conf_nearest(text, words);
	conf_error(run->errors, place, "%s: there is no device \"%s\"%s%s%s", directive, text,
	    nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "\"?");
	free(words);
}

/* A role is given its own section without the devices: there is nothing to look in. */
static void
check_default(struct settings_run *run, const struct names *names, struct conf_place place)
{
	const char		*text = run->settings->agentx.dflt;
	const struct name	*name;

	if (text == NULL || names->n == 0)
		return;
	name = find_name(names, text);
	if (name != NULL && !is_device(name))
		conf_error(run->errors, place, "default: \"%s\" is a %s; wants a device", text, name->kind);
	else if (name != NULL && strcmp(name->kind, "alias") == 0)
		conf_error(run->errors, place, "default: \"%s\" is an alias for NUT clients; "
		    "wants the device's own name, \"%s\"", text, name->device);
	else if (name == NULL && !derived(run->settings, text))
		no_such_device(run, names, "default", text, place);
}

/* -- users ------------------------------------------------------------------------------- */

/*
 * The device that a right is for, the first len bytes of the value, becomes
 * the device's own name: the role that grants it knows of no aliases.
 */
static void
resolve_device(struct settings_run *run, const struct names *names, const char *directive,
    const struct conf_value *value, size_t len)
{
	char			*text = xstrndup(value->text, len), *whole;
	const struct name	*name = find_name(names, text);
	const char		*own;

	if (name != NULL && strcmp(name->kind, "group") == 0) {
		conf_error(run->errors, value->place, "%s: \"%s\" is a group; wants a device", directive, text);
	} else if (name == NULL && !derived(run->settings, text)) {
		no_such_device(run, names, directive, text, value->place);
	} else if (name != NULL) {
		own = strcmp(name->kind, "alias") == 0 ? name->device : name->text;
		whole = xasprintf("%s%s", own, value->text + len);
		if (strcmp(whole, value->text) != 0)
			conf_replace(run->conf, value, whole);
		free(whole);
	}
	free(text);
}

static void
resolve_user(struct settings_run *run, const struct names *names, const struct conf_item *user)
{
	const struct conf_value	*values;
	size_t			 i, n, len;

	values = values_of(user, "devices", &n);
	for (i = 0; i < n; i++)
		if (check_word(values[i].text) == NULL)
			resolve_device(run, names, "devices", &values[i], strlen(values[i].text));
	values = values_of(user, "commands", &n);
	for (i = 0; i < n; i++) {
		len = strcspn(values[i].text, ":");
		if (values[i].text[len] == ':' && check_command(values[i].text) == NULL)
			resolve_device(run, names, "commands", &values[i], len);
	}
}

static int
compare_users(const void *a, const void *b)
{
	const struct name	*one = a, *other = b;
	int			 order = strcmp(one->text, other->text);

	if (order != 0)
		return order;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* NUT compares users with their case. */
static void
check_users(struct settings_run *run, struct names *users)
{
	const struct name	*u;

	if (users->n == 0)
		return;
	qsort(users->at, users->n, sizeof(*users->at), compare_users);
	for (u = users->at + 1; u < users->at + users->n; u++)
		if (strcmp(u[-1].text, u->text) == 0)
			conf_error(run->errors, u->place, "user %s: given twice; one is at %s:%u",
			    u->text, u[-1].place.file, u[-1].place.line);
}

/* -- feeds --------------------------------------------------------------------------------- */

/* The values name devices, each perhaps with an outlet behind it; aliases become the own names, or are refused. */
static void
resolve_feeds(struct settings_run *run, const struct names *names, const struct conf_item *section,
    const char *directive, bool own_names)
{
	const struct conf_value	*values;
	const struct name	*name;
	const char		*outlet;
	char			*device;
	size_t			 i, n, len;

	values = values_of(section, directive, &n);
	for (i = 0; i < n; i++) {
		if (check_feed(values[i].text) != NULL)
			continue;
		len = feed_parse(values[i].text, &outlet);
		device = xstrndup(values[i].text, len);
		name = find_name(names, device);
		if (name != NULL && !is_device(name))
			conf_error(run->errors, values[i].place, "%s: \"%s\" is a %s; wants a device",
			    directive, device, name->kind);
		else if (name != NULL && own_names && strcmp(name->kind, "alias") == 0)
			conf_error(run->errors, values[i].place, "%s: \"%s\" is an alias for NUT clients; "
			    "wants the device's own name, \"%s\"", directive, device, name->device);
		else
			resolve_device(run, names, directive, &values[i], len);
		free(device);
	}
}

static const struct device_settings *
device_named(const struct settings *s, const char *text, size_t len)
{
	size_t	i;

	for (i = 0; i < s->ndevices; i++)
		if (strncasecmp(s->devices[i].name, text, len) == 0 && s->devices[i].name[len] == '\0')
			return &s->devices[i];
	return NULL;
}

/* Whether the way up from there leads to the device; seen: by place, those whose way was gone already. */
static bool
leads_to(const struct settings *s, const struct device_settings *from, const struct device_settings *to, bool *seen)
{
	const struct device_settings	*next;
	const char			*outlet;
	size_t				 i, len;

	for (i = 0; i < from->fed_by.n; i++) {
		len = feed_parse(from->fed_by.at[i], &outlet);
		next = device_named(s, from->fed_by.at[i], len);
		if (next == to)
			return true;
		if (next == NULL || seen[next - s->devices])
			continue;
		seen[next - s->devices] = true;
		if (leads_to(s, next, to, seen))
			return true;
	}
	return false;
}

static void
check_circles(struct settings_run *run)
{
	const struct settings	*s = run->settings;
	bool			*seen = xcalloc(s->ndevices + 1, sizeof(*seen));
	size_t			 i;

	for (i = 0; i < s->ndevices; i++) {
		memset(seen, 0, s->ndevices * sizeof(*seen));
		if (s->devices[i].fed_by.n > 0 && leads_to(s, &s->devices[i], &s->devices[i], seen))
			conf_error(run->errors, s->devices[i].place,
			    "fed-by: device %s is fed by itself in the end", s->devices[i].name);
	}
	free(seen);
}

/* -- the whole file ------------------------------------------------------------------------ */

static bool
is_titled(const struct conf_item *item, const char *name)
{
	return item->section && item->title != NULL && strcmp(item->name, name) == 0;
}

static void
check_references(struct settings_run *run, const struct names *names)
{
	const struct conf_item	*items, *agentx = NULL, *dflt = NULL;
	struct names		 users = {0};
	size_t			 i, n;

	items = conf_items(run->conf, &n);
	for (i = 0; i < n; i++) {
		if (items[i].section && agentx == NULL && strcmp(items[i].name, "agentx") == 0)
			agentx = &items[i];
		if (is_titled(&items[i], "group"))
			resolve_feeds(run, names, &items[i], "members", false);
		if (is_titled(&items[i], "load"))
			resolve_feeds(run, names, &items[i], "feeds", false);
		if (is_titled(&items[i], "device"))
			resolve_feeds(run, names, &items[i], "fed-by", true);
		if (!is_titled(&items[i], "user"))
			continue;
		add_name(&users, items[i].title->text, "user", &items[i], items[i].place);
		if (names->n > 0)
			resolve_user(run, names, &items[i]);
	}
	check_users(run, &users);
	free(users.at);
	if (agentx != NULL)
		dflt = settings_item(agentx, "default");
	if (dflt != NULL)
		check_default(run, names, dflt->place);
}

void
settings_names(struct settings_run *run)
{
	const struct conf_item	*items;
	struct names		 names = {0};
	size_t			 i, n;

	items = conf_items(run->conf, &n);
	for (i = 0; i < n; i++)
		if (is_titled(&items[i], "device"))
			add_device(run, &names, &items[i]);
		else if (is_titled(&items[i], "group") || is_titled(&items[i], "load"))
			add_name(&names, items[i].title->text, items[i].name, &items[i], items[i].place);
	if (names.n > 0) {
		qsort(names.at, names.n, sizeof(*names.at), compare_names);
		check_unique(run, &names);
	}
	check_references(run, &names);
	check_circles(run);
	free(names.at);
}
