#ifndef DRIVERS_HID_DESCRIPTOR_H
#define DRIVERS_HID_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/value.h"

/*
 * A HID report descriptor (Device Class Definition for HID 1.11, 6.2.2) as a
 * list of fields, each below its collections, and the bytes of reports as
 * values of fields.  Pure, and bounded by the limits below.
 */
#define HID_DEPTH_MAX		32	/* collections within collections */
#define HID_COLLECTIONS_MAX	1024
#define HID_FIELDS_MAX		4096
#define HID_USAGES_MAX		512	/* before one main item */
#define HID_STACK_MAX		16	/* pushes without a pop */
#define HID_REPORT_MAX		4096	/* bytes of one report, without its id */

enum hid_kind { HID_INPUT, HID_OUTPUT, HID_FEATURE, HID_KINDS };

/*
 * The step into an indexed collection: one whose type is vendor-defined
 * (0x80 + n) adds the usage HID_INDEX + n behind its own, "Input.[1]".
 */
#define HID_INDEX	UINT32_C(0x00ff0000)

struct field {
	uint32_t	 usage;		/* page * 65536 + id */
	uint16_t	 collection;	/* place in descriptor->collections; 0: in none */
	uint8_t		 report;	/* id; 0: the device numbers none */
	enum hid_kind	 kind;
	bool		 constant;	/* not to be written */
	bool		 guessed;	/* logical_max was given in too few bytes and read without its sign */
	bool		 scaled;	/* has physical limits that mean something */
	uint16_t	 size;		/* bits; above 64 there is no value */
	uint16_t	 count;		/* 0: a variable; else it is one choice of an array of so many elements */
	uint32_t	 offset;	/* bits, the id not counted */
	int64_t		 choice;	/* the logical value of an element that chooses it */
	int64_t		 logical_min, logical_max;
	int64_t		 physical_min, physical_max;
	uint32_t	 unit;		/* 6.2.2.7: nibbles of system, length, mass, time ... */
	int8_t		 exponent;	/* of ten; that of the unit's own centimetres and grams is not in it */
};

/* Place 0 is the outside of all; its parent is itself. */
struct collection {
	uint32_t	 usage;
	uint16_t	 parent;
};

struct descriptor {
	struct field	*fields;	/* in the order of the descriptor */
	size_t			 nfields;
	struct collection	*collections;
	size_t			 ncollections;
	bool			 numbered;	/* reports begin with their id */
	const char		*broken;	/* what is wrong with the rest of it; NULL: nothing */
	uint32_t		 bits[HID_KINDS][256];	/* of each report; 0: there is none */
};

/*
 * Never NULL: of a broken descriptor the fields before the mistake are there.
 * A delimited set of usages counts as its first, which is the preferred one.
 */
struct descriptor	*descriptor_parse(const uint8_t *, size_t);
void		 descriptor_free(struct descriptor *);

/* Bytes of a report without its id; 0: there is no such report. */
size_t		 descriptor_size(const struct descriptor *, enum hid_kind, uint8_t report);

/* The first field of that kind below those usages, outermost first; NULL: none. */
#define HID_PATH_MAX	12
const struct field	*descriptor_find(const struct descriptor *, enum hid_kind, const uint32_t *path, size_t n);
/* Its path, outermost first; 0: it is deeper than that. */
size_t		 descriptor_path(const struct descriptor *, const struct field *, uint32_t path[HID_PATH_MAX]);

/*
 * The logical value in the bytes of a report (its id apart), held within the
 * field's limits.  False: the report ends before the field, or the field is
 * wider than 64 bits.
 */
bool		 field_read(const struct field *, const uint8_t *, size_t, int64_t *logical);
/* Changes the field's bits alone; false: the report is too short, or the field cannot be written. */
bool		 field_write(const struct field *, uint8_t *, size_t, int64_t logical);

/* A logical value as what it means, in volts, watts, seconds, kelvins ...; exact but for uneven scales. */
struct value	 field_physical(const struct field *, int64_t logical);
/* The nearest logical value of a number; false: it is outside the field's limits. */
bool		 field_logical(const struct field *, const struct value *, int64_t *logical);

#endif
