#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "core/indexes.h"
#include "core/mem.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "subagent/address.h"
#include "subagent/fleet.h"
#include "subagent/values.h"

struct member {
	struct device	*device;
	uint32_t	 index;		/* bbDevIndex */
	uint32_t	 alarms;	/* rows of its alarm table */
	uint64_t	 entities;	/* what ENTITY-MIB says of it, as one number */
	bool		 group;		/* of outlets, and no device */
	bool		 made;		/* the cells are those of its snapshot */
	bool		 suspect;	/* its entities may have changed */
	struct objects	 cells;
};

struct fleet {
	struct member	*members;	/* by index */
	size_t		 n, room;
	uint32_t	 alarms;	/* of all */
	size_t		 groups;	/* of the members, that are no devices */
	bool		 refused;	/* but the master has ENTITY-MIB from somebody else */
	char		 name[ENTITY_NAME_MAX];	/* told last */
	size_t		 suspects;
	bool		 entities_changed;	/* since the last fleet_settle() */
	int64_t		 entities_since;	/* ms; 0: never */
	struct addresses addresses;
};

/* -- which devices there are ----------------------------------------------------- */

static size_t
member_from(const struct fleet *f, uint32_t index)
{
	size_t	 low = 0, high = f->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (f->members[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t
index_of(const struct snapshot *s)
{
	const struct value	*v = snapshot_get(s, var_intern(REMARK_INDEX));
	int64_t			 n = v == NULL ? 0 : value_scaled(v, 0);

	return n > 0 && n <= INDEX_MAX ? (uint32_t)n : 0;
}

static struct member *
member_of(struct fleet *f, const struct device *d, uint32_t index)
{
	size_t	 at = index == 0 ? f->n : member_from(f, index);

	return at < f->n && f->members[at].index == index && f->members[at].device == d ?
	    &f->members[at] : NULL;
}

static void
drop(struct fleet *f, struct member *m)
{
	f->alarms -= m->alarms;
	f->groups -= m->group;
	f->suspects -= m->suspect;
	f->entities_changed = true;
	objects_free(&m->cells);
	f->n--;
	memmove(m, m + 1, (size_t)(f->members + f->n - m) * sizeof(*m));
}

static struct member *
take_in(struct fleet *f, struct device *d, uint32_t index)
{
	size_t	 at = member_from(f, index);

	if (at < f->n && f->members[at].index == index)
		return NULL;		/* two devices cannot share it: the first has it */
	f->members = array_room(f->members, f->n, &f->room, sizeof(*f->members));
	memmove(&f->members[at + 1], &f->members[at], (f->n - at) * sizeof(*f->members));
	f->members[at] = (struct member){ .device = d, .index = index, .group = device_is_group(d) };
	f->groups += f->members[at].group;
	f->n++;
	return &f->members[at];
}

/* Whether it is what a part of the device is called. */
static bool
is_label(enum var var)
{
	const char	*dot = strrchr(var_name(var), '.');

	return dot != NULL && (strcmp(dot, ".name") == 0 || strcmp(dot, ".desc") == 0 || strcmp(dot, ".id") == 0);
}

/* What makes the rows of entities: which readings there are, and what the chassis and its parts are called. */
static bool
same_entities(const struct snapshot *before, const struct snapshot *after)
{
	static const enum var	 names[] = {
		VAR_DEVICE_MFR, VAR_UPS_MFR, VAR_DEVICE_MODEL, VAR_UPS_MODEL, VAR_DEVICE_SERIAL,
		VAR_UPS_SERIAL, VAR_UPS_FIRMWARE,
	};
	size_t			 n = snapshot_size(after), i;

	if (snapshot_size(before) != n)
		return false;
	for (i = 0; i < n; i++) {
		const struct reading	*one = snapshot_at(before, i), *other = snapshot_at(after, i);

		if (one->var != other->var || (is_label(one->var) && !value_equal(&one->value, &other->value)))
			return false;
	}
	for (i = 0; i < nitems(names); i++) {
		const struct value	*one = snapshot_get(before, names[i]), *other = snapshot_get(after, names[i]);

		if (one != NULL && other != NULL && !value_equal(one, other))
			return false;
	}
	return true;
}

static void
refresh(struct fleet *f, struct member *m, const struct change *c)
{
	struct readings	 r = readings_of_device(m->device);
	struct alarm	 alarms[ALARMS_MAX];

	f->alarms -= m->alarms;
	m->alarms = (uint32_t)values_alarms(&r, alarms);
	f->alarms += m->alarms;
	m->made = false;
	if (!m->suspect && !same_entities(c->before, c->after)) {
		m->suspect = true;
		f->suspects++;
	}
}

void
fleet_follow(struct fleet *f, const struct change *c)
{
	uint32_t	 before = index_of(c->before), after = index_of(c->after);
	struct member	*m = member_of(f, c->device, before);

	if (m != NULL && (before != after || (c->events & EV_REMOVED) != 0)) {
		drop(f, m);
		m = NULL;
	}
	if (m == NULL && after != 0 && (c->events & EV_REMOVED) == 0)
		m = member_of(f, c->device, after) != NULL ? member_of(f, c->device, after) :
		    take_in(f, c->device, after);
	if (m != NULL)
		refresh(f, m, c);
}

/* -- cells ----------------------------------------------------------------------------- */

static const struct objects *
cells_of(const struct fleet *f, struct member *m)
{
	const struct cells	 to = { .device = m->device, .index = m->index,
				    .entities = f->addresses.entities && !f->refused, .out = &m->cells };

	if (m->made)
		return &m->cells;
	objects_clear(&m->cells);
	if (f->addresses.entities && !m->group)
		entity_make(&to);
	if (!m->group)
		bbmib_make(&to);
	power_make(&to);
	objects_trim(&m->cells);
	m->made = true;
	return &m->cells;
}

/* FNV-1a of all that ENTITY-MIB says: rows, names, contexts. */
static uint64_t
digest_of(const struct objects *o)
{
	uint64_t		 h = UINT64_C(14695981039346656037);
	const struct cell	*c;
	size_t			 i, j;

	for (i = 0; i < o->n && COLUMN_OF(o->cells[i].key) < COLUMN_SENSOR_TYPE; i++) {
		c = &o->cells[i];
		h = (h ^ c->key) * UINT64_C(1099511628211);
		for (j = 0; c->telling == TELL_TEXT && j < c->len; j++)
			h = (h ^ o->pool[c->number + j]) * UINT64_C(1099511628211);
	}
	return h;
}

void
fleet_settle(struct fleet *f, int64_t now)
{
	struct member	*m;
	uint64_t	 digest;

	for (m = f->members; f->suspects > 0 && m < f->members + f->n; m++) {
		if (!m->suspect)
			continue;
		m->suspect = false;
		f->suspects--;
		digest = digest_of(cells_of(f, m));
		f->entities_changed |= digest != m->entities;
		m->entities = digest;
	}
	if (f->entities_changed)
		f->entities_since = now;
	f->entities_changed = false;
}

/* -- life ------------------------------------------------------------------------------- */

struct fleet *
fleet_new(void)
{
	struct fleet	*f = xcalloc(1, sizeof(*f));

	addresses_init(&f->addresses);
	return f;
}

void
fleet_free(struct fleet *f)
{
	while (f->n > 0)
		drop(f, &f->members[f->n - 1]);
	free(f->members);
	free(f);
}

void
fleet_entities(struct fleet *f, bool served)
{
	size_t	 i;

	if (f->addresses.entities == served)
		return;
	f->addresses.entities = f->entities_changed = served;
	for (i = 0; i < f->n; i++) {
		f->members[i].made = false;
		f->suspects += !f->members[i].suspect;
		f->members[i].suspect = true;
	}
}

void
fleet_registered(struct fleet *f, struct oid root, bool accepted)
{
	size_t	 i;

	if (oid_compare(root, f->addresses.roots[MODULE_ENTITY]) != 0 || f->refused == !accepted)
		return;
	f->refused = !accepted;
	for (i = 0; i < f->n; i++)
		f->members[i].made = false;
}

size_t
fleet_roots(const struct fleet *f, struct oid *roots, size_t room)
{
	size_t	 i, n = 0;

	for (i = f->addresses.entities ? 0 : MODULE_BUSBAR; i < MODULES && n < room; i++)
		roots[n++] = f->addresses.roots[i];
	return n;
}

/* -- reading ----------------------------------------------------------------------------------- */

struct found {
	enum column		 column;
	uint64_t		 instance;
	const struct member	*member;
	const struct objects	*objects;	/* NULL: a scalar */
	const struct cell	*cell;
};

/* The first instance of a column at or after that one, of at most so many devices. */
static bool
find_in_column(struct fleet *f, uint64_t instance, size_t most, struct found *found)
{
	uint64_t	 index = instance >> 32;
	size_t		 at = index > INDEX_MAX ? f->n : member_from(f, (uint32_t)index);
	struct member	*m;
	enum column	 basis = entity_basis(found->column);
	uint32_t	 part;

	if (address_form(found->column) == FORM_SCALAR) {
		found->instance = 0;
		return instance == 0;
	}
	for (; at < f->n && most-- > 0; at++) {
		m = &f->members[at];
		part = m->index == index ? (uint32_t)instance : 0;
		found->member = m;
		found->objects = cells_of(f, m);
		if (COLUMN_OF(objects_last_key(found->objects)) < basis)
			continue;
		found->cell = objects_from(found->objects, COLUMN_KEY(basis, part));
		if (found->cell == NULL || COLUMN_OF(found->cell->key) != basis)
			continue;
		found->instance = address_instance(m->index, PART_OF(found->cell->key));
		return true;
	}
	return false;
}

static void
tell_scalar(const struct fleet *f, enum column c, const struct tree_clock *clock, struct object *o)
{
	static const char	 version[] = PACKAGE_STRING;
	int64_t			 up_ms = (int64_t)clock->master_uptime * 10, ago = clock->now_ms - f->entities_since;

	switch (c) {
	case COLUMN_AGENT_VERSION:
		o->type = OBJECT_OCTETS;
		o->bytes = (const uint8_t *)version;
		o->len = sizeof(version) - 1;
		break;
	case COLUMN_LAST_CHANGE_TIME:
		o->type = OBJECT_TIMETICKS;
		o->number = f->entities_since == 0 || ago > up_ms ? 0 :
		    (uint64_t)(up_ms - (ago < 0 ? 0 : ago)) / 10;
		break;
	default:
		o->type = OBJECT_GAUGE32;
		o->number = c == COLUMN_AGENT_DEVICE_COUNT ? f->n - f->groups : f->alarms;
	}
}

static void
tell_entity(struct fleet *f, const struct found *found, const struct object *basis, struct object *o)
{
	const struct entity	 e = { .device = found->member->device, .index = found->member->index,
				       .part = PART_OF(found->cell->key), .basis = basis };

	entity_tell(&e, found->column, f->name, o);
}

static void
tell(struct fleet *f, const struct found *found, const struct tree_clock *clock,
    uint32_t ids[OID_MAX_LEN], uint32_t ref[OID_MAX_LEN], struct object *o)
{
	struct object	 basis;

	*o = (struct object){ .oid = { ids, address_write(&f->addresses, found->column, found->instance, ids) } };
	if (address_form(found->column) == FORM_SCALAR) {
		tell_scalar(f, found->column, clock, o);
		return;
	}
	objects_tell_value(found->objects, found->cell, clock, ref, o);
	if (entity_basis(found->column) == found->column && found->column != COLUMN_SENSOR_TYPE)
		return;
	basis = *o;
	*o = (struct object){ .oid = basis.oid };
	tell_entity(f, found, &basis, o);
}

bool
fleet_get(struct fleet *f, struct oid oid, const struct tree_clock *clock, uint32_t ids[OID_MAX_LEN],
    uint32_t ref[OID_MAX_LEN], struct object *o)
{
	struct found	 found = { 0 };
	bool		 below;
	size_t		 len;

	found.column = address_column(&f->addresses, oid, &below);
	if (!below) {
		*o = (struct object){ .oid = oid, .type = OBJECT_NO_SUCH_OBJECT };
		return false;
	}
	len = address_prefix(&f->addresses, found.column);
	if (find_in_column(f, address_from(found.column, oid.ids + len, oid.len - len, true),
	    1, &found)) {
		tell(f, &found, clock, ids, ref, o);
		if (oid_compare(o->oid, oid) == 0)
			return true;
	}
	*o = (struct object){ .oid = oid, .type = OBJECT_NO_SUCH_INSTANCE };
	return false;
}

bool
fleet_next(struct fleet *f, struct oid oid, bool include, struct oid end, const struct tree_clock *clock,
    uint32_t ids[OID_MAX_LEN], uint32_t ref[OID_MAX_LEN], struct object *o)
{
	struct found	 found = { 0 };
	uint64_t	 instance = 0;
	bool		 below;
	size_t		 len;

	found.column = address_column(&f->addresses, oid, &below);
	if (below) {
		len = address_prefix(&f->addresses, found.column);
		instance = address_from(found.column, oid.ids + len, oid.len - len, include);
	}
	for (; found.column < COLUMNS; found.column++, instance = 0) {
		if (end.len > 0 && address_compare(&f->addresses, end, found.column) < 0)
			return false;
		if (find_in_column(f, instance, SIZE_MAX, &found)) {
			tell(f, &found, clock, ids, ref, o);
			return end.len == 0 || oid_compare(o->oid, end) < 0;
		}
	}
	return false;
}

/* -- for SETs ------------------------------------------------------------------------------------ */

bool
fleet_locate(const struct fleet *f, struct oid oid, struct located *to)
{
	bool		 below;
	enum column	 c = address_column(&f->addresses, oid, &below);
	size_t		 len, n, at;
	uint64_t	 instance;

	*to = (struct located){ .column = c };
	if (!below || (address_form(c) != FORM_DEVICE && address_numbers(c) == 1))
		return false;
	len = address_prefix(&f->addresses, c);
	n = address_numbers(c);
	if (oid.len != len + n || oid.ids[len] > INDEX_MAX)
		return true;
	instance = address_from(c, oid.ids + len, n, true);
	if (n > 1 && instance >> 32 != oid.ids[len])
		return true;		/* a number that no part has */
	at = member_from(f, oid.ids[len]);
	if (at == f->n || f->members[at].index != oid.ids[len])
		return true;
	to->device = f->members[at].device;
	to->index = oid.ids[len];
	to->part = n > 1 ? (uint32_t)instance : 0;
	return true;
}

bool
fleet_has(struct fleet *f, const struct located *at, enum column column)
{
	size_t			 i = member_from(f, at->index);
	const struct cell	*cell;

	if (i == f->n || f->members[i].index != at->index)
		return false;
	cell = objects_from(cells_of(f, &f->members[i]), COLUMN_KEY(column, at->part));
	return cell != NULL && cell->key == COLUMN_KEY(column, at->part);
}
