#include <assert.h>
#include <string.h>

#include "config.h"
#include "core/indexes.h"
#include "subagent/address.h"
#include "subagent/values.h"

#define PACKED_MAX	3

static const struct packing {
	size_t	 n;			/* numbers in a part, the first of them in its highest bits */
	unsigned bits[PACKED_MAX];
} packings[FORMS] = {
	[FORM_NUMBERED] = { 1, { 32 } },
	[FORM_PHASE] = { 2, { PART_INLET_BITS, PART_LINE_BITS } },
	[FORM_MEMBER] = { 2, { PART_GROUP_BITS, PART_MEMBER_BITS } },
	[FORM_THRESHOLD] = { 3, { PART_CLASS_BITS, PART_ITEM_BITS, PART_QUANTITY_BITS } },
};

static const struct place {
	uint8_t	 module, form, depth;
	uint8_t	 arcs[4];
} places[COLUMNS] = {
#define COLUMN(id, module, form, depth, ...)	{ MODULE_##module, FORM_##form, depth, { __VA_ARGS__ } },
#include "subagent/columns.def"
#undef COLUMN
};

#define INSTANCE_MAX	(1 + PACKED_MAX)	/* arcs */
#define DEPTH_MAX	4

void
addresses_init(struct addresses *a)
{
	static const char *const	 roots[MODULES] = {
		"1.3.6.1.2.1.47.1", "1.3.6.1.2.1.99.1", ENTERPRISE_OID ".1"
	};
	size_t				 i;

	for (i = 0; i < MODULES; i++) {
		if (!oid_parse(roots[i], a->ids[i], &a->roots[i].len))
			assert(!"configure has looked at it");
		assert(a->roots[i].len + DEPTH_MAX + INSTANCE_MAX <= OID_MAX_LEN);
		a->roots[i].ids = a->ids[i];
	}
}

enum form
address_form(enum column c)
{
	return places[c].form;
}

size_t
address_numbers(enum column c)
{
	return 1 + packings[places[c].form].n;
}

static enum column
first_column(const struct addresses *a)
{
	return a->entities ? 0 : COLUMN_AGENT_VERSION;
}

size_t
address_prefix(const struct addresses *a, enum column c)
{
	return a->roots[places[c].module].len + places[c].depth;
}

int
address_compare(const struct addresses *a, struct oid oid, enum column c)
{
	const struct oid	*root = &a->roots[places[c].module];
	size_t			 i;

	for (i = 0; i < root->len + places[c].depth; i++) {
		uint32_t	 arc = i < root->len ? root->ids[i] : places[c].arcs[i - root->len];

		if (i == oid.len || oid.ids[i] < arc)
			return -1;
		if (oid.ids[i] > arc)
			return 1;
	}
	return 0;
}

enum column
address_column(const struct addresses *a, struct oid oid, bool *below)
{
	unsigned	 low = first_column(a), high = COLUMNS, middle;
	int		 order;

	*below = false;
	while (low < high) {
		middle = (low + high) / 2;
		order = address_compare(a, oid, middle);
		if ((*below = order == 0))
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t
address_instance(uint64_t index, uint64_t part)
{
	return index << 32 | part;
}

/* bbDevIndex and what the form packs, as the first instance at or after them. */
static uint64_t
packed_from(const struct packing *p, const uint32_t *ids, size_t len, bool include)
{
	uint64_t	 at = ids[0];
	size_t		 i;
	unsigned	 rest = 32;

	for (i = 0; i < p->n; i++) {
		if (i + 1 >= len)
			return at << rest;		/* ends early: before all that is below it */
		rest -= p->bits[i];
		if ((uint64_t)ids[i + 1] >> p->bits[i] != 0)
			return (at + 1) << (rest + p->bits[i]);	/* no such number: after all that are */
		at = at << p->bits[i] | ids[i + 1];
	}
	return (at << rest) + !(len == p->n + 1 && include);
}

uint64_t
address_from(enum column c, const uint32_t *ids, size_t len, bool include)
{
	enum form	 form = places[c].form;
	uint64_t	 first = len == 0 ? 0 : ids[0];

	if (len == 0)
		return 0;
	if (first > INDEX_MAX && form != FORM_PART && form != FORM_SCALAR)
		return UINT64_MAX;
	switch (form) {
	case FORM_SCALAR:
		return first + !(len == 1 && include);
	case FORM_PART:
		first += !(len == 1 && include);
		return address_instance(first / INDEX_ENTITIES, first % INDEX_ENTITIES);
	case FORM_DEVICE_AND_PART:		/* only that of the chassis */
		if (len == 1 || ids[1] < first * INDEX_ENTITIES ||
		    (ids[1] == first * INDEX_ENTITIES && len == 2 && include))
			return address_instance(first, 0);
		return address_instance(first + 1, 0);
	default:
		return packed_from(&packings[form], ids, len, include);
	}
}

/* What the part says, number by number. */
static size_t
write_packed(const struct packing *p, uint32_t part, uint32_t *ids)
{
	unsigned	 rest = 32;
	size_t		 i;

	for (i = 0; i < p->n; i++) {
		rest -= p->bits[i];
		ids[i] = (uint32_t)((uint64_t)part >> rest & ((UINT64_C(1) << p->bits[i]) - 1));
	}
	return p->n;
}

size_t
address_write(const struct addresses *a, enum column c, uint64_t instance, uint32_t *ids)
{
	const struct place	*p = &places[c];
	size_t			 n = a->roots[p->module].len, i;
	uint32_t		 index = (uint32_t)(instance >> 32), part = (uint32_t)instance;

	memcpy(ids, a->roots[p->module].ids, n * sizeof(*ids));
	for (i = 0; i < p->depth; i++)
		ids[n++] = p->arcs[i];
	if (p->form != FORM_SCALAR && p->form != FORM_PART)
		ids[n++] = index;
	if (p->form == FORM_PART || p->form == FORM_DEVICE_AND_PART)
		ids[n++] = index * INDEX_ENTITIES + part;
	if (p->form == FORM_SCALAR)
		ids[n++] = 0;
	return n + write_packed(&packings[p->form], part, ids + n);
}
