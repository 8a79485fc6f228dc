#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "subagent/fleet.h"
#include "subagent/tree.h"
#include "subagent/upsmib.h"

struct context {
	const char	*name;		/* of the device; "" of the default context */
	size_t		 len;
	struct device	*device;	/* NULL: the default context shows none */
	bool		 made;		/* the objects are those of its snapshot */
	struct objects	 objects;
};

struct tree {
	struct model	*model;
	struct watch	*watch;
	struct fleet	*fleet;		/* the tables of all devices in the default context */
	struct context	*contexts;	/* the default one, then the others by name */
	size_t		 n, room;
	size_t		 last;		/* where the last request went */
	unsigned	 generation;
	char		*dflt;
	uint32_t	 seed;
	uint32_t	 roots[1 + SYSTEM_OBJECTS][8];
	uint32_t	 ids[OID_MAX_LEN], ref[OID_MAX_LEN];	/* of the object told last */
};

struct fleet *
tree_fleet(struct tree *t)
{
	return t->fleet;
}

/* -- which contexts there are ------------------------------------------------ */

static bool
remark_says_yes(const struct snapshot *s, const char *remark)
{
	const char	*text = snapshot_text(s, var_intern(remark));

	return text != NULL && strcmp(text, "yes") == 0;
}

static int
compare_names(const char *a, size_t alen, const char *b, size_t blen)
{
	int	 order = memcmp(a, b, alen < blen ? alen : blen);

	return order != 0 ? order : alen < blen ? -1 : alen > blen;
}

/* The context of that name, or the place where it would be. */
static size_t
place_of(const struct tree *t, const char *name, size_t len, bool *found)
{
	size_t	 low = 0, high = t->n, middle;
	int	 order;

	*found = true;
	while (low < high) {
		middle = (low + high) / 2;
		order = compare_names(name, len, t->contexts[middle].name, t->contexts[middle].len);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*found = false;
	return low;
}

static void
insert(struct tree *t, size_t at, struct device *d)
{
	t->contexts = array_room(t->contexts, t->n, &t->room, sizeof(*t->contexts));
	memmove(&t->contexts[at + 1], &t->contexts[at], (t->n - at) * sizeof(*t->contexts));
	t->contexts[at] = (struct context){ .name = device_name(d),
	    .len = strlen(device_name(d)), .device = d };
	t->n++;
	t->last = 0;
	t->generation++;
}

static void
delete(struct tree *t, size_t at)
{
	objects_free(&t->contexts[at].objects);
	t->n--;
	memmove(&t->contexts[at], &t->contexts[at + 1], (t->n - at) * sizeof(*t->contexts));
	t->last = 0;
	t->generation++;
}

static void
show_in_default(struct tree *t, struct device *d)
{
	struct context	*c = &t->contexts[0];

	if (c->device == d)
		return;
	c->device = d;
	c->made = false;
	objects_free(&c->objects);
}

static bool
wants_default(const struct tree *t, const struct device *d, const struct snapshot *s)
{
	if (t->dflt != NULL)
		return strcasecmp(device_name(d), t->dflt) == 0;
	return remark_says_yes(s, REMARK_DEFAULT);
}

/* The first that wants it, by name, the one that is about to go apart. */
static void
choose_default(struct tree *t, const struct device *going)
{
	struct device	*d;

	for (d = model_next(t->model, NULL); d != NULL; d = model_next(t->model, d))
		if (d != going && wants_default(t, d, device_now(d)))
			break;
	show_in_default(t, d);
}

/* What one device is now, or that it goes (now is NULL). */
static void
follow(struct tree *t, struct device *d, const struct snapshot *now, bool going)
{
	bool	 found, wanted = !going && remark_says_yes(now, REMARK_CONTEXT);
	size_t	 at = place_of(t, device_name(d), strlen(device_name(d)), &found);

	if (found && !wanted)
		delete(t, at);
	else if (!found && wanted)
		insert(t, at, d);
	else if (found)
		t->contexts[at].made = false;
	if (t->contexts[0].device == d)
		t->contexts[0].made = false;
	if ((!going && wants_default(t, d, now)) != (t->contexts[0].device == d))
		choose_default(t, going ? d : NULL);
}

static void
changed(const struct change *c, void *arg)
{
	struct tree	*t = arg;

	fleet_follow(t->fleet, c);
	follow(t, c->device, c->after, (c->events & EV_REMOVED) != 0);
}

/* -- the tree --------------------------------------------------------------------- */

static const uint32_t ups_root[] = { 1, 3, 6, 1, 2, 1, 33, 1 };
static const uint32_t system_root[] = { 1, 3, 6, 1, 2, 1, 1 };

static void
fill_roots(struct tree *t)
{
	uint32_t	 n;

	memcpy(t->roots[0], ups_root, sizeof(ups_root));
	for (n = 1; n <= SYSTEM_OBJECTS; n++) {
		memcpy(t->roots[n], system_root, sizeof(system_root));
		t->roots[n][nitems(system_root)] = n;
	}
}

struct tree *
tree_new(struct model *m)
{
	struct tree	*t = xcalloc(1, sizeof(*t));
	struct device	*d;

	t->model = m;
	t->contexts = array_room(NULL, 0, &t->room, sizeof(*t->contexts));
	t->contexts[t->n++] = (struct context){ .name = "" };
	fill_roots(t);
	/* without randomness the locks start from a known value, which harms nobody */
	if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) != sizeof(t->seed))
		t->seed = 1;
	t->fleet = fleet_new();
	for (d = model_next(m, NULL); d != NULL; d = model_next(m, d))
		changed(&(struct change){ .events = EV_ADDED, .device = d, .after = device_now(d) }, t);
	t->watch = model_watch(m, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED, changed, t);
	return t;
}

void
tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	watch_cancel(t->watch);
	while (t->n > 0)
		delete(t, t->n - 1);
	fleet_free(t->fleet);
	free(t->contexts);
	free(t->dflt);
	free(t);
}

void
tree_default(struct tree *t, const char *device)
{
	free(t->dflt);
	t->dflt = device == NULL ? NULL : xstrdup(device);
	choose_default(t, NULL);
}

size_t
tree_contexts(const struct tree *t)
{
	return t->n;
}

const char *
tree_context(const struct tree *t, size_t i)
{
	return i < t->n ? t->contexts[i].name : NULL;
}

unsigned
tree_generation(const struct tree *t)
{
	return t->generation;
}

size_t
tree_roots(const struct tree *t, const char *context, struct oid *roots, size_t room)
{
	size_t	 n = *context == '\0' ? 1 : 1 + SYSTEM_OBJECTS, i;

	for (i = 0; i < n && i < room; i++)
		roots[i] = (struct oid){ t->roots[i], 8 };
	return *context == '\0' ? i + fleet_roots(t->fleet, roots + i, room - i) : i;
}

void
tree_entities(struct tree *t, bool served)
{
	fleet_entities(t->fleet, served);
}

void
tree_registered(struct tree *t, struct oid root, bool accepted)
{
	fleet_registered(t->fleet, root, accepted);
}

void
tree_settle(struct tree *t, int64_t now)
{
	fleet_settle(t->fleet, now);
}

/* -- reading ------------------------------------------------------------------------ */

/* Any number will do where none is kept, but each device has its own (RFC 2579, TestAndIncr). */
uint32_t
tree_lock(const struct tree *t, const struct device *d)
{
	const struct value	*kept = snapshot_get(device_now(d), var_intern(REMARK_TEST_LOCK));
	const char		*s;
	uint32_t		 h = t->seed;

	if (kept != NULL && kept->type == V_NUMBER)
		return (uint32_t)value_scaled(kept, 0) & INT32_MAX;
	for (s = device_name(d); *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h & INT32_MAX;
}

static struct context *
find_context(struct tree *t, const char *name, size_t len)
{
	struct context	*c = &t->contexts[t->last];
	bool		 found = true;

	if (c->len != len || memcmp(c->name, name, len) != 0)
		c = &t->contexts[t->last = place_of(t, name, len, &found)];
	if (!found) {
		t->last = 0;
		return NULL;
	}
	return c->device == NULL ? NULL : c;
}

struct device *
tree_device(struct tree *t, const char *name, size_t len)
{
	struct context	*c = find_context(t, name, len);

	return c == NULL ? NULL : c->device;
}

static const struct objects *
objects_of(struct tree *t, const char *name, size_t len)
{
	struct context	*c = find_context(t, name, len);

	if (c == NULL || c->made)
		return c == NULL ? NULL : &c->objects;
	objects_clear(&c->objects);
	if (c->len > 0)
		system_make(c->device, &c->objects);
	upsmib_make(c->device, tree_lock(t, c->device), &c->objects);
	objects_trim(&c->objects);
	c->made = true;
	return &c->objects;
}

bool
tree_get(struct tree *t, const char *context, size_t len, struct oid oid,
    const struct tree_clock *clock, struct object *object)
{
	const struct objects	*o = objects_of(t, context, len);
	uint64_t		 key = objects_key(oid, true);
	const struct cell	*c = o == NULL ? NULL : objects_from(o, key);
	const struct oid	 ups = { t->roots[0], nitems(ups_root) };

	if (c != NULL && c->key == key) {
		objects_tell(o, c, clock, t->ids, t->ref, object);
		if (oid_compare(object->oid, oid) == 0)
			return true;
	}
	if (len == 0 && !oid_below(ups, oid))
		return fleet_get(t->fleet, oid, clock, t->ids, t->ref, object);
	*object = (struct object){ .oid = oid, .type = o != NULL && upsmib_knows(key) ?
	    OBJECT_NO_SUCH_INSTANCE : OBJECT_NO_SUCH_OBJECT };
	return false;
}

bool
tree_next(struct tree *t, const char *context, size_t len, struct oid oid, bool include,
    struct oid end, const struct tree_clock *clock, struct object *object)
{
	const struct objects	*o = objects_of(t, context, len);
	const struct cell	*c = o == NULL ? NULL : objects_from(o, objects_key(oid, include));

	/* in the default context UPS-MIB comes before all tables of the fleet */
	if (c == NULL)
		return len == 0 && fleet_next(t->fleet, oid, include, end, clock, t->ids, t->ref, object);
	if (end.len > 0 && c->key >= objects_key(end, true))
		return false;
	objects_tell(o, c, clock, t->ids, t->ref, object);
	return true;
}
