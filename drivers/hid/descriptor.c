#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/descriptor.h"

/* Items of 6.2.2.2: the prefix without the two bits of its size. */
enum {
	MAIN_INPUT = 0x80, MAIN_OUTPUT = 0x90, MAIN_COLLECTION = 0xa0, MAIN_FEATURE = 0xb0, MAIN_END = 0xc0,
	GLOBAL_PAGE = 0x04, GLOBAL_LOGICAL_MIN = 0x14, GLOBAL_LOGICAL_MAX = 0x24, GLOBAL_PHYSICAL_MIN = 0x34,
	GLOBAL_PHYSICAL_MAX = 0x44, GLOBAL_EXPONENT = 0x54, GLOBAL_UNIT = 0x64, GLOBAL_SIZE = 0x74,
	GLOBAL_REPORT = 0x84, GLOBAL_COUNT = 0x94, GLOBAL_PUSH = 0xa4, GLOBAL_POP = 0xb4,
	LOCAL_USAGE = 0x08, LOCAL_USAGE_MIN = 0x18, LOCAL_USAGE_MAX = 0x28, LOCAL_DELIMITER = 0xa8,
	LONG_ITEM = 0xfc
};

/* Bits of a main item's data. */
#define DATA_CONSTANT	0x01
#define DATA_VARIABLE	0x02

/* A number as it was written, since its size decides on its sign. */
struct number {
	uint32_t	 bits;
	uint8_t		 bytes;
};

struct globals {
	uint16_t	 page;
	struct number	 logical_min, logical_max, physical_min, physical_max;
	uint32_t	 unit, size, count;
	int8_t		 exponent;
	uint8_t		 report;
};

struct locals {
	uint32_t	 usages[HID_USAGES_MAX];
	size_t		 n;
	uint32_t	 usage_min;
	bool		 ranged;	/* usage_min waits for its maximum */
	unsigned	 delimited;	/* 1: the next usage is a set's first; 2: those after it are its others */
};

struct parser {
	struct descriptor	*d;
	struct globals	 globals, stack[HID_STACK_MAX];
	size_t		 depth;		/* of the stack */
	struct locals	 locals;
	uint16_t	 open[HID_DEPTH_MAX];	/* collections, the outside apart */
	size_t		 nopen;
	size_t		 fields_room, collections_room;
};

static int64_t
signed_number(struct number n)
{
	switch (n.bytes) {
	case 1:
		return (int8_t)n.bits;
	case 2:
		return (int16_t)n.bits;
	default:
		return (int32_t)n.bits;
	}
}

static void
fail(struct parser *p, const char *why)
{
	if (p->d->broken == NULL)
		p->d->broken = why;
}

/* -- local items ------------------------------------------------------------------ */

static uint32_t
whole_usage(const struct parser *p, struct number n)
{
	return n.bytes == 4 ? n.bits : (uint32_t)p->globals.page << 16 | n.bits;
}

static void
add_usage(struct parser *p, uint32_t usage)
{
	struct locals	*l = &p->locals;

	if (l->delimited == 2)
		return;
	if (l->delimited == 1)
		l->delimited = 2;
	if (l->n == HID_USAGES_MAX)
		fail(p, "too many usages before one main item");
	else
		l->usages[l->n++] = usage;
}

static void
add_range(struct parser *p, uint32_t last)
{
	struct locals	*l = &p->locals;
	uint32_t	 usage;

	if (!l->ranged) {
		fail(p, "a usage maximum without its minimum");
		return;
	}
	l->ranged = false;
	if (last < l->usage_min || last - l->usage_min >= HID_USAGES_MAX) {
		fail(p, "a range of usages that is none");
		return;
	}
	for (usage = l->usage_min; usage <= last && p->d->broken == NULL; usage++)
		add_usage(p, usage);
}

static void
local_item(struct parser *p, unsigned tag, struct number n)
{
	switch (tag) {
	case LOCAL_USAGE:
		add_usage(p, whole_usage(p, n));
		break;
	case LOCAL_USAGE_MIN:
		p->locals.usage_min = whole_usage(p, n);
		p->locals.ranged = true;
		break;
	case LOCAL_USAGE_MAX:
		add_range(p, whole_usage(p, n));
		break;
	case LOCAL_DELIMITER:
		p->locals.delimited = n.bits == 1;
		break;
	}
}

/* -- global items ----------------------------------------------------------------- */

static void
push(struct parser *p)
{
	if (p->depth == HID_STACK_MAX)
		fail(p, "too many pushes");
	else
		p->stack[p->depth++] = p->globals;
}

static void
pop(struct parser *p)
{
	if (p->depth == 0)
		fail(p, "a pop without a push");
	else
		p->globals = p->stack[--p->depth];
}

static void
set_report(struct parser *p, uint32_t id)
{
	if (id == 0 || id > 255) {
		fail(p, "a report id that is none");
		return;
	}
	p->globals.report = (uint8_t)id;
	p->d->numbered = true;
}

/* A nibble in two's complement; devices that write a whole byte mean the same. */
static int8_t
exponent_of(uint32_t bits)
{
	int	n = bits & 0xf;

	return (int8_t)(n > 7 ? n - 16 : n);
}

static void
global_item(struct parser *p, unsigned tag, struct number n)
{
	struct globals	*g = &p->globals;

	switch (tag) {
	case GLOBAL_PAGE:
		g->page = (uint16_t)n.bits;
		break;
	case GLOBAL_LOGICAL_MIN:
		g->logical_min = n;
		break;
	case GLOBAL_LOGICAL_MAX:
		g->logical_max = n;
		break;
	case GLOBAL_PHYSICAL_MIN:
		g->physical_min = n;
		break;
	case GLOBAL_PHYSICAL_MAX:
		g->physical_max = n;
		break;
	case GLOBAL_EXPONENT:
		g->exponent = exponent_of(n.bits);
		break;
	case GLOBAL_UNIT:
		g->unit = n.bits;
		break;
	case GLOBAL_SIZE:
		g->size = n.bits;
		break;
	case GLOBAL_COUNT:
		g->count = n.bits;
		break;
	case GLOBAL_REPORT:
		set_report(p, n.bits);
		break;
	case GLOBAL_PUSH:
		push(p);
		break;
	case GLOBAL_POP:
		pop(p);
		break;
	}
}

/* -- collections ------------------------------------------------------------------ */

static void
open_collection(struct parser *p, uint32_t usage)
{
	struct descriptor	*h = p->d;
	uint16_t	 parent = p->nopen == 0 ? 0 : p->open[p->nopen - 1];

	if (p->nopen == HID_DEPTH_MAX || h->ncollections == HID_COLLECTIONS_MAX) {
		fail(p, "too many collections");
		return;
	}
	h->collections = array_room(h->collections, h->ncollections, &p->collections_room, sizeof(*h->collections));
	h->collections[h->ncollections] = (struct collection){ usage, parent };
	p->open[p->nopen++] = (uint16_t)h->ncollections++;
}

static void
begin_collection(struct parser *p, uint32_t type)
{
	open_collection(p, p->locals.n > 0 ? p->locals.usages[0] : 0);
	if ((type & 0x80) != 0)
		open_collection(p, HID_INDEX | (type & 0x7f));
}

static bool
is_index(const struct parser *p)
{
	return (p->d->collections[p->open[p->nopen - 1]].usage & UINT32_C(0xffff0000)) == HID_INDEX;
}

static void
end_collection(struct parser *p)
{
	if (p->nopen == 0) {
		fail(p, "an end of a collection that never began");
		return;
	}
	p->nopen -= is_index(p) && p->nopen > 1 ? 2 : 1;
}

/* -- fields ------------------------------------------------------------------------- */

static void
set_limits(const struct globals *g, struct field *f)
{
	f->logical_min = signed_number(g->logical_min);
	f->logical_max = signed_number(g->logical_max);
	if (f->logical_max < f->logical_min) {
		f->logical_max = (int64_t)g->logical_max.bits;
		f->guessed = true;
	}
	f->physical_min = signed_number(g->physical_min);
	f->physical_max = signed_number(g->physical_max);
	f->scaled = f->physical_max > f->physical_min && f->logical_max > f->logical_min;
}

static void
add_field(struct parser *p, struct field f)
{
	struct descriptor	*h = p->d;

	if (h->nfields == HID_FIELDS_MAX) {
		fail(p, "too many fields");
		return;
	}
	h->fields = array_room(h->fields, h->nfields, &p->fields_room, sizeof(*h->fields));
	h->fields[h->nfields++] = f;
}

/* One field an element, the last usage for all that are left. */
static void
add_variables(struct parser *p, struct field f)
{
	const struct locals	*l = &p->locals;
	uint32_t		 i, first = f.offset;

	for (i = 0; l->n > 0 && i < p->globals.count && p->d->broken == NULL; i++) {
		f.usage = l->usages[i < l->n ? i : l->n - 1];
		f.offset = first + i * p->globals.size;
		add_field(p, f);
	}
}

/* An element holds the number of one of the usages: each of these is a field that is 1 when chosen. */
static void
add_choices(struct parser *p, struct field f)
{
	const struct locals	*l = &p->locals;
	int64_t			 first = f.logical_min;
	size_t			 i;

	f.count = (uint16_t)p->globals.count;
	f.logical_min = 0;
	f.logical_max = 1;
	f.scaled = false;
	for (i = 0; i < l->n && p->d->broken == NULL; i++) {
		f.usage = l->usages[i];
		f.choice = first + (int64_t)i;
		add_field(p, f);
	}
}

/*
 * Many power devices leave out the bit that makes a main item a variable: an
 * array that has no more usages than elements has nothing to choose from.
 */
static bool
is_array(const struct parser *p, uint32_t data)
{
	return (data & DATA_VARIABLE) == 0 && p->locals.n > p->globals.count && p->globals.count > 0 &&
	    p->globals.size <= 32;
}

static void
main_item(struct parser *p, enum hid_kind kind, uint32_t data)
{
	const struct globals	*g = &p->globals;
	uint32_t		*bits = &p->d->bits[kind][g->report];
	uint64_t		 total = *bits + (uint64_t)g->size * g->count;
	struct field	 f = {
		.collection = p->nopen == 0 ? 0 : p->open[p->nopen - 1],
		.report = g->report, .kind = kind, .constant = (data & DATA_CONSTANT) != 0,
		.size = (uint16_t)g->size, .offset = *bits, .unit = g->unit, .exponent = g->exponent,
	};

	if (total > HID_REPORT_MAX * 8) {
		fail(p, "a report that is too long");
		return;
	}
	*bits = (uint32_t)total;
	if (g->size == 0)
		return;
	set_limits(g, &f);
	if (is_array(p, data))
		add_choices(p, f);
	else
		add_variables(p, f);
}

/* -- the descriptor ------------------------------------------------------------------- */

static void
any_main_item(struct parser *p, unsigned tag, uint32_t data)
{
	switch (tag) {
	case MAIN_INPUT:
		main_item(p, HID_INPUT, data);
		break;
	case MAIN_OUTPUT:
		main_item(p, HID_OUTPUT, data);
		break;
	case MAIN_FEATURE:
		main_item(p, HID_FEATURE, data);
		break;
	case MAIN_COLLECTION:
		begin_collection(p, data);
		break;
	case MAIN_END:
		end_collection(p);
		break;
	}
	p->locals = (struct locals){ .n = 0 };
}

static void
item(struct parser *p, uint8_t prefix, struct number n)
{
	unsigned	tag = prefix & 0xfc;

	switch (prefix >> 2 & 3) {
	case 0:
		any_main_item(p, tag, n.bits);
		break;
	case 1:
		global_item(p, tag, n);
		break;
	case 2:
		local_item(p, tag, n);
		break;
	}
}

/* 6.2.2.2 and 6.2.2.3; how many bytes it has, 0: it goes beyond the end. */
static size_t
next_item(struct parser *p, const uint8_t *s, size_t len)
{
	static const uint8_t	sizes[] = { 0, 1, 2, 4 };
	struct number		n = { 0, sizes[*s & 3] };
	size_t			i;

	if ((*s & LONG_ITEM) == 0xfc)
		return len < 2 || len < (size_t)3 + s[1] ? 0 : (size_t)3 + s[1];
	if (len < (size_t)1 + n.bytes)
		return 0;
	for (i = 0; i < n.bytes; i++)
		n.bits |= (uint32_t)s[1 + i] << 8 * i;
	item(p, *s, n);
	return 1 + (size_t)n.bytes;
}

struct descriptor *
descriptor_parse(const uint8_t *s, size_t len)
{
	struct parser	p = { .d = xcalloc(1, sizeof(*p.d)) };
	struct descriptor	*h = p.d;
	size_t		 used;

	h->collections = array_room(NULL, 0, &p.collections_room, sizeof(*h->collections));
	h->collections[h->ncollections++] = (struct collection){ 0, 0 };
	for (; len > 0 && h->broken == NULL; s += used, len -= used) {
		used = next_item(&p, s, len);
		if (used == 0) {
			fail(&p, "an item that goes beyond the end");
			break;
		}
	}
	if (p.nopen > 0)
		fail(&p, "a collection that does not end");
	return h;
}

void
descriptor_free(struct descriptor *h)
{
	if (h == NULL)
		return;
	free(h->fields);
	free(h->collections);
	free(h);
}

size_t
descriptor_size(const struct descriptor *h, enum hid_kind kind, uint8_t report)
{
	return (h->bits[kind][report] + 7) / 8;
}

size_t
descriptor_path(const struct descriptor *h, const struct field *f, uint32_t path[HID_PATH_MAX])
{
	uint32_t	turned[HID_PATH_MAX];
	uint16_t	c;
	size_t		i, n = 0;

	turned[n++] = f->usage;
	for (c = f->collection; c != 0; c = h->collections[c].parent) {
		if (n == HID_PATH_MAX)
			return 0;
		turned[n++] = h->collections[c].usage;
	}
	for (i = 0; i < n; i++)
		path[i] = turned[n - 1 - i];
	return n;
}

static bool
is_at(const struct descriptor *h, const struct field *f, const uint32_t *path, size_t n)
{
	uint16_t	c = f->collection;

	if (n == 0 || f->usage != path[--n])
		return false;
	for (; n > 0 && c != 0; c = h->collections[c].parent)
		if (h->collections[c].usage != path[--n])
			return false;
	return n == 0 && c == 0;
}

const struct field *
descriptor_find(const struct descriptor *h, enum hid_kind kind, const uint32_t *path, size_t n)
{
	size_t	i;

	for (i = 0; i < h->nfields; i++)
		if (h->fields[i].kind == kind && is_at(h, &h->fields[i], path, n))
			return &h->fields[i];
	return NULL;
}
