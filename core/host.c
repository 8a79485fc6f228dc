/*
 * The driver host: all units of one process, what their drivers know of
 * devices, and what a new configuration changes for them.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/group-view.h"
#include "core/host.h"
#include "core/identity.h"
#include "core/mem.h"

static const char *
profile_folder(const struct driver *d)
{
	return d->profiles != NULL ? d->profiles : d->name;
}

/* The place of the first driver that has these profiles: itself, or one before it. */
static size_t
learned_before(const struct host *h, size_t i)
{
	size_t	 k;

	for (k = 0; k < i; k++)
		if (h->drivers[k]->learn != NULL && strcmp(profile_folder(h->drivers[k]), profile_folder(h->drivers[i])) == 0)
			break;
	return k;
}

struct host *
host_new(struct loop *loop, struct model *model, const struct driver *const *list,
    const struct wire_backend *const *backends)
{
	struct host	*h = xcalloc(1, sizeof(*h));
	size_t		 n = 0;

	while (list[n] != NULL)
		n++;
	*h = (struct host){ .loop = loop, .model = model, .drivers = list, .backends = backends };
	h->knowledge = xcalloc(n, sizeof(*h->knowledge));
	TAILQ_INIT(&h->units);
	h->loads = loads_new(loop, model);
	h->groups = groups_new(loop, model, h->loads);
	h->group_views = group_views_new(loop, model, h->groups);
	SLIST_INIT(&h->carriers);
	model_on_ask(model, host_ask, h);
	model_on_tell(model, host_tell, h);
	return h;
}

void
host_free(struct host *h)
{
	struct unit	*u;
	size_t		 i;

	if (h == NULL)
		return;
	group_views_free(h->group_views);
	h->group_views = NULL;
	groups_free(h->groups);
	loads_free(h->loads);
	h->loads = NULL;
	while ((u = TAILQ_FIRST(&h->units)) != NULL)
		unit_free(u);
	carriers_free(h);
	model_on_ask(h->model, NULL, NULL);
	model_on_tell(h->model, NULL, NULL);
	for (i = 0; h->drivers[i] != NULL; i++)
		if (h->knowledge[i] != NULL && h->drivers[i]->forget != NULL && learned_before(h, i) == i)
			h->drivers[i]->forget(h->knowledge[i]);
	for (i = 0; i < h->nprofiles; i++)
		conf_free(h->profiles[i]);
	free(h->profiles);
	free(h->knowledge);
	free(h->link_text);
	free(h);
}

/* -- device knowledge ----------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *
base_name(const char *path)
{
	const char	*slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The profile files of one driver; a later folder's file replaces an earlier one of the same name. */
static struct strings
profile_files(const char *const *folders, const char *driver)
{
	struct strings	 files = { 0 };
	size_t		 room = 0, i, j;

	for (; *folders != NULL; folders++) {
		char	*pattern = xasprintf("%s/%s/*.conf", *folders, driver);
		glob_t	 found;

		if (glob(pattern, 0, NULL, &found) == 0) {
			for (i = 0; i < found.gl_pathc; i++) {
				for (j = 0; j < files.n; j++)
					if (strcmp(base_name(files.at[j]), base_name(found.gl_pathv[i])) == 0)
						break;
				if (j == files.n)
					files.at = array_room(files.at, files.n++, &room, sizeof(*files.at));
				else
					free(files.at[j]);
				files.at[j] = xstrdup(found.gl_pathv[i]);
			}
			globfree(&found);
		}
		free(pattern);
	}
	if (files.n > 0)
		qsort(files.at, files.n, sizeof(*files.at), by_text);
	return files;
}

static void
learn_driver(struct host *h, size_t i, const char *const *folders, struct conf_errors *errors)
{
	struct strings	 files = profile_files(folders, profile_folder(h->drivers[i]));
	size_t		 first = h->nprofiles, j;

	for (j = 0; j < files.n; j++) {
		h->profiles = array_room(h->profiles, h->nprofiles, &h->profiles_room,
		    sizeof(*h->profiles));
		h->profiles[h->nprofiles++] = conf_load(files.at[j], errors);
		free(files.at[j]);
	}
	free(files.at);
	h->knowledge[i] = h->drivers[i]->learn(h->nprofiles == first ? NULL :
	    (const struct conf *const *)&h->profiles[first], h->nprofiles - first, errors);
}

void
host_number(struct host *h, struct indexes *indexes)
{
	h->indexes = indexes;
}

void
host_keep(struct host *h, struct kept *kept)
{
	h->kept = kept;
	groups_keep(h->groups, kept);
}

void
host_events(struct host *h, struct events *events)
{
	h->events = events;
	loads_events(h->loads, events);
	groups_events(h->groups, events);
}

bool
host_owns(void *host, const struct device *d)
{
	const struct target	*t = target_find(host, d);

	return t == NULL || t->suffix == NULL;
}

bool
host_learn(struct host *h, const char *const *folders, struct conf_errors *errors)
{
	size_t	 i, before = errors->n;

	for (i = 0; h->drivers[i] != NULL; i++) {
		if (h->drivers[i]->learn == NULL)
			continue;
		if (learned_before(h, i) == i)
			learn_driver(h, i, folders, errors);
		else
			h->knowledge[i] = h->knowledge[learned_before(h, i)];
	}
	return errors->n == before;
}

/* -- what is wrong with settings ---------------------------------------------------- */

static size_t
driver_place(const struct host *h, const char *name)
{
	size_t	 i;

	for (i = 0; h->drivers[i] != NULL && strcmp(h->drivers[i]->name, name) != 0; i++)
		;
	return i;
}

static void
check_profile(const struct host *h, size_t i, const struct device_settings *s, struct conf_errors *errors)
{
	const struct driver	*d = h->drivers[i];

	if (strcmp(s->profile, "auto") == 0)
		return;
	if (d->knows == NULL)
		conf_error(errors, s->place, "device %s: profile: driver %s has none; leave it out",
		    s->name, d->name);
	else if (!d->knows(h->knowledge[i], s->profile))
		conf_error(errors, s->place, "device %s: profile: there is no \"%s\"; auto finds the one that fits",
		    s->name, s->profile);
}

static void
check_wire(const struct host *h, size_t i, const struct device_settings *s, struct conf_errors *errors)
{
	const struct wire_backend	*b = host_backend(h, h->drivers[i], s);
	char				*why;

	if (b == NULL || b->check == NULL || (why = b->check(s, h->drivers[i])) == NULL)
		return;
	conf_error(errors, s->place, "device %s: %s", s->name, why);
	free(why);
}

static void
check_estimates(const struct driver *d, const struct device_settings *s, struct conf_errors *errors)
{
	if (s->estimates && !d->estimates)
		conf_error(errors, s->place, "device %s: estimates: driver %s computes none; leave it out", s->name,
		    d->name);
}

static void
check_driver(struct host *h, size_t i, const struct device_settings *s, struct conf_errors *errors)
{
	const struct unit	 unit = { .host = h, .driver = h->drivers[i], .settings = s,
				    .knowledge = h->knowledge[i] };
	char			*why;

	if (unit.driver->check == NULL || (why = unit.driver->check(&unit)) == NULL)
		return;
	conf_error(errors, s->place, "device %s: %s", s->name, why);
	free(why);
}

bool
host_check(struct host *h, const struct settings *settings, struct conf_errors *errors)
{
	size_t	 before = errors->n, i, place;

	for (i = 0; i < settings->ndevices; i++) {
		place = driver_place(h, settings->devices[i].driver);
		if (h->drivers[place] == NULL)
			continue;
		check_profile(h, place, &settings->devices[i], errors);
		check_wire(h, place, &settings->devices[i], errors);
		check_estimates(h->drivers[place], &settings->devices[i], errors);
		check_driver(h, place, &settings->devices[i], errors);
	}
	return errors->n == before;
}

/* -- settings ---------------------------------------------------------------------- */

static bool
same_pairs(const struct pairs *a, const struct pairs *b)
{
	size_t	 i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->at[i].name, b->at[i].name) != 0 || strcmp(a->at[i].value, b->at[i].value) != 0)
			return false;
	return true;
}

/* Whether what is polled, and how it is reached, is the same, secrets included: else it is opened anew. */
static bool
same_source(const struct device_settings *a, const struct device_settings *b)
{
	return strcmp(a->driver, b->driver) == 0 && strcmp(a->port, b->port) == 0 &&
	    strcmp(a->profile, b->profile) == 0 && same_pairs(&a->options, &b->options) &&
	    same_pairs(&a->units, &b->units) && a->estimates == b->estimates;
}

static struct unit *
unit_named(const struct unit_list *list, const char *name)
{
	struct unit	*u;

	TAILQ_FOREACH(u, list, entry)
		if (strcasecmp(u->settings->name, name) == 0)
			return u;
	return NULL;
}

/* What pends was for the device that it was until now. */
static void
abandon(struct unit *u, enum outlets_device device, const char *why)
{
	struct target	*t;

	TAILQ_FOREACH(t, &u->targets, entry) {
		outlets_abandon(t->outlets, device, why);
		shutdowns_abandon(t->shutdowns, device, why);
	}
}

/* They borrow: those of before must not be looked at any more once they are freed. */
static void
use_settings(struct unit *u, const struct device_settings *settings)
{
	struct target	*t;

	u->settings = settings;
	TAILQ_FOREACH(t, &u->targets, entry) {
		target_configure_outlets(t);
		target_configure_shutdowns(t);
	}
}

static void
unit_apply(struct unit *u, const struct device_settings *settings)
{
	const struct device_settings	*before = u->settings;
	struct identity			 was = identity_of(u->driver, before, NULL),
					 now = identity_of(u->driver, settings, NULL);
	struct target			*t;

	if (strcmp(before->text, settings->text) == 0 && before->writable == settings->writable) {
		use_settings(u, settings);
		return;
	}
	if (!same_source(before, settings)) {
		unit_close(u);
		abandon(u, identity_compare(&was, &now),
		    "the configuration of its device was changed meanwhile");
		use_settings(u, settings);
		unit_choose_driver(u);
		unit_adopt(u);
		unit_open(u);
		return;
	}
	use_settings(u, settings);
	TAILQ_FOREACH(t, &u->targets, entry)
		target_publish(t);
	if (u->ready) {
		unit_poll_soon(u, true);
		unit_continue(u);
	}
}

void
host_apply(struct host *h, const struct settings *settings)
{
	struct unit_list	 before = TAILQ_HEAD_INITIALIZER(before);
	struct unit		*u;
	size_t			 i;

	h->settings = settings;
	loads_retain(h->loads, settings);
	TAILQ_CONCAT(&before, &h->units, entry);
	for (i = 0; i < settings->ndevices; i++) {
		if ((u = unit_named(&before, settings->devices[i].name)) == NULL)
			continue;
		TAILQ_REMOVE(&before, u, entry);
		TAILQ_INSERT_TAIL(&h->units, u, entry);
	}
	/* Those that are gone first: a new device may have the name of one of theirs. */
	while ((u = TAILQ_FIRST(&before)) != NULL) {
		TAILQ_REMOVE(&before, u, entry);
		TAILQ_INSERT_HEAD(&h->units, u, entry);
		abandon(u, OUTLETS_OTHER, "its device was taken from the configuration");
		unit_free(u);
	}
	host_evict(h);
	for (i = 0; i < settings->ndevices; i++) {
		if ((u = unit_named(&h->units, settings->devices[i].name)) != NULL) {
			unit_apply(u, &settings->devices[i]);
			TAILQ_REMOVE(&h->units, u, entry);
			TAILQ_INSERT_TAIL(&h->units, u, entry);
			continue;
		}
		unit_open(unit_new(h, &settings->devices[i]));
	}
	loads_apply(h->loads, settings, h->indexes);
	groups_apply(h->groups, settings);
	group_views_apply(h->group_views, settings, h->indexes);
	host_choose_default(h);
}

struct groups *
host_groups(struct host *h)
{
	return h->groups;
}

const char *
host_why(const struct host *h, const char *section)
{
	const struct unit	*u = unit_named(&h->units, section);

	return u == NULL ? NULL : u->why;
}

const char *
host_link_text(struct host *h, const struct device *d)
{
	static const char *const words[] = {
		[DEVICE_WAITING] = "waiting", [DEVICE_FRESH] = "ok", [DEVICE_STALE] = "stale",
	};
	struct target	*t = target_find(h, d);

	free(h->link_text);
	if (t == NULL || t->unit->why == NULL)
		h->link_text = xstrdup(words[device_state(d)]);
	else
		h->link_text = xasprintf("%s: %s", words[device_state(d)], t->unit->why);
	return h->link_text;
}
