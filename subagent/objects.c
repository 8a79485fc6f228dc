#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "subagent/objects.h"

static const uint32_t mib2[] = { 1, 3, 6, 1, 2, 1 };

#define SYSTEM		1	/* below mib-2 */
#define UPS_MIB		33
#define UPS_OBJECTS	1	/* below upsMIB */

/* -- adding ---------------------------------------------------------------- */

void
objects_clear(struct objects *o)
{
	o->n = 0;
	o->pool_len = 0;
}

void
objects_trim(struct objects *o)
{
	if (o->room > o->n + 8) {
		o->cells = xreallocarray(o->cells, o->n + 1, sizeof(*o->cells));
		o->room = o->n + 1;
	}
	if (o->pool_room > o->pool_len + 64) {
		o->pool = xreallocarray(o->pool, o->pool_len + 1, 1);
		o->pool_room = o->pool_len + 1;
	}
}

void
objects_free(struct objects *o)
{
	free(o->cells);
	free(o->pool);
	*o = (struct objects){ 0 };
}

static void
add(struct objects *o, struct cell cell)
{
	assert(o->n == 0 || o->cells[o->n - 1].key < cell.key);
	if (o->n == o->room) {
		o->room = o->room == 0 ? 64 : o->room * 2;
		o->cells = xreallocarray(o->cells, o->room, sizeof(*o->cells));
	}
	o->cells[o->n++] = cell;
}

static uint32_t
pool_add(struct objects *o, const void *bytes, size_t len)
{
	uint32_t	 at = o->pool_len;

	while (o->pool_room - o->pool_len < len) {
		o->pool_room = o->pool_room == 0 ? 256 : o->pool_room * 2;
		o->pool = xreallocarray(o->pool, o->pool_room, 1);
	}
	if (len > 0)
		memcpy(o->pool + at, bytes, len);
	o->pool_len += (uint32_t)len;
	return at;
}

void
objects_add_number(struct objects *o, uint64_t key, enum object_type type, int64_t number)
{
	add(o, (struct cell){ .key = key, .type = (uint8_t)type, .telling = TELL_NUMBER,
	    .number = (uint32_t)number });
}

void
objects_add_large(struct objects *o, uint64_t key, uint64_t number)
{
	add(o, (struct cell){ .key = key, .type = OBJECT_COUNTER64, .telling = TELL_LARGE,
	    .number = pool_add(o, &number, sizeof(number)) });
}

void
objects_add_text(struct objects *o, uint64_t key, const char *text, size_t len)
{
	add(o, (struct cell){ .key = key, .type = OBJECT_OCTETS, .telling = TELL_TEXT,
	    .number = pool_add(o, text, len), .len = (uint16_t)len });
}

void
objects_add_oid(struct objects *o, uint64_t key, struct oid oid)
{
	add(o, (struct cell){ .key = key, .type = OBJECT_OID, .telling = TELL_OID,
	    .number = pool_add(o, oid.ids, oid.len * sizeof(*oid.ids)), .len = (uint16_t)oid.len });
}

void
objects_add_time(struct objects *o, uint64_t key, enum object_type type, enum telling telling,
    int64_t ms)
{
	add(o, (struct cell){ .key = key, .type = (uint8_t)type, .telling = (uint8_t)telling,
	    .number = pool_add(o, &ms, sizeof(ms)) });
}

/* -- finding ----------------------------------------------------------------- */

/* The sub-identifiers of a key, their place in it and the largest that fits. */
static const struct arc {
	unsigned	 shift;
	uint32_t	 max;
} arcs[] = { { 52, 0xff }, { 44, 0xff }, { 40, 0xf }, { 32, 0xff }, { 0, UINT32_MAX } };

/*
 * What follows the root: an OID that ends early stands before all that is
 * below it, one that goes on beyond an instance stands after that.  No
 * object has a sub-identifier of the largest value that fits, so one that
 * does not fit is cut down to it.
 */
static uint64_t
key_below(uint64_t key, const uint32_t *ids, size_t len, size_t depth, bool include)
{
	size_t	 i;

	for (i = 0; i < depth; i++) {
		if (i == len)
			return key;
		if (ids[i] > arcs[i].max) {
			for (; i < nitems(arcs); i++)
				key |= (uint64_t)arcs[i].max << arcs[i].shift;
			return key;
		}
		key |= (uint64_t)ids[i] << arcs[i].shift;
		if (i == 2 && ids[i] > 0)
			depth = nitems(arcs);
	}
	return key + !(len == depth && include);
}

uint64_t
objects_key(struct oid oid, bool include)
{
	size_t	 i;

	for (i = 0; i < nitems(mib2); i++) {
		if (i == oid.len || oid.ids[i] < mib2[i])
			return 0;
		if (oid.ids[i] > mib2[i])
			return KEY_END;
	}
	if (i == oid.len || oid.ids[i] < SYSTEM)
		return 0;
	if (oid.ids[i] == SYSTEM)
		return key_below(0, oid.ids + i + 1, oid.len - i - 1, 2, include);
	if (oid.ids[i] != UPS_MIB)
		return oid.ids[i] < UPS_MIB ? KEY_UPS : KEY_END;
	if (++i == oid.len || oid.ids[i] < UPS_OBJECTS)
		return KEY_UPS;
	if (oid.ids[i] > UPS_OBJECTS)
		return KEY_END;
	return key_below(KEY_UPS, oid.ids + i + 1, oid.len - i - 1, 3, include);
}

uint64_t
objects_last_key(const struct objects *o)
{
	return o->n == 0 ? 0 : o->cells[o->n - 1].key;
}

const struct cell *
objects_from(const struct objects *o, uint64_t key)
{
	size_t	 low = 0, high = o->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (o->cells[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < o->n ? &o->cells[low] : NULL;
}

/* -- telling ------------------------------------------------------------------- */

static uint32_t
arc_of(uint64_t key, size_t i)
{
	return (uint32_t)(key >> arcs[i].shift) & arcs[i].max;
}

static size_t
write_oid(uint64_t key, uint32_t ids[OBJECT_OID_MAX])
{
	size_t	 n = nitems(mib2), i;

	memcpy(ids, mib2, sizeof(mib2));
	if (key < KEY_UPS) {
		ids[n++] = SYSTEM;
		ids[n++] = arc_of(key, 0);
		ids[n++] = 0;
		return n;
	}
	ids[n++] = UPS_MIB;
	ids[n++] = UPS_OBJECTS;
	for (i = 0; i < (arc_of(key, 2) == 0 ? 3 : nitems(arcs)); i++)
		ids[n++] = arc_of(key, i);
	return n;
}

static int64_t
clamp(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

static uint64_t
tell_time(const struct objects *o, const struct cell *c, const struct tree_clock *clock)
{
	int64_t	 ms, ago;

	memcpy(&ms, o->pool + c->number, sizeof(ms));
	ago = clock->now_ms - ms;
	switch (c->telling) {
	case TELL_UPTIME:
		return clock->master_uptime;
	case TELL_UPTIME_AT:
		return ms == 0 ? 0 :
		    (uint64_t)clamp(clock->master_uptime - ago / 10, 0, clock->master_uptime);
	case TELL_SECONDS_SINCE:
		return (uint64_t)clamp(ago / 1000, 0, INT32_MAX);
	case TELL_SECONDS_UNTIL:
		return (uint64_t)clamp((999 - ago) / 1000, 0, INT32_MAX);
	default:
		return (uint64_t)clamp(ago / 10, 0, INT32_MAX);
	}
}

void
objects_tell_value(const struct objects *o, const struct cell *c, const struct tree_clock *clock,
    uint32_t ref[OID_MAX_LEN], struct object *object)
{
	object->type = c->type;
	switch (c->telling) {
	case TELL_NUMBER:
		object->number = c->type == OBJECT_INTEGER ?
		    (uint64_t)(int64_t)(int32_t)c->number : c->number;
		break;
	case TELL_LARGE:
		memcpy(&object->number, o->pool + c->number, sizeof(object->number));
		break;
	case TELL_TEXT:
		object->bytes = o->pool + c->number;
		object->len = c->len;
		break;
	case TELL_OID:
		memcpy(ref, o->pool + c->number, c->len * sizeof(*ref));
		object->ref = (struct oid){ ref, c->len };
		break;
	default:
		object->number = tell_time(o, c, clock);
	}
}

void
objects_tell(const struct objects *o, const struct cell *c, const struct tree_clock *clock,
    uint32_t ids[OBJECT_OID_MAX], uint32_t ref[OID_MAX_LEN], struct object *object)
{
	*object = (struct object){ .oid = { ids, write_oid(c->key, ids) } };
	objects_tell_value(o, c, clock, ref, object);
}
