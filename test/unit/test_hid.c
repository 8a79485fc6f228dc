/*
 * The parser of HID report descriptors: item by item, on broken ones, and on
 * those of real devices, path by path against what their owners' NUT logged.
 */
#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "unit.h"
#include "drivers/hid/descriptor.h"
#include "drivers/hid/mend.h"
#include "hid_dump.h"

#define PARSE(...) \
	descriptor_parse((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Usage Page (Power), Usage (UPS), Collection (Application) */
#define UPS		0x05, 0x84, 0x09, 0x04, 0xa1, 0x01
#define END		0xc0
#define VOLT		0x67, 0x21, 0xd1, 0xf0, 0x00

static char *
text_of(const struct field *f, int64_t logical)
{
	struct value	v = field_physical(f, logical);
	char		room[VALUE_TEXT_MAX];

	return xstrdup(value_text(&v, room));
}

static void
assert_text(const struct field *f, int64_t logical, const char *expected)
{
	char	*text = text_of(f, logical);

	assert_string_equal(text, expected);
	free(text);
}

static int64_t
read_of(const struct field *f, const uint8_t *s, size_t len)
{
	int64_t	n = INT64_MIN;

	assert_true(field_read(f, s, len, &n));
	return n;
}

static void
simple(void **state)
{
	static const uint8_t	 report[] = { 0x00, 0xe6, 0x00 };
	const uint32_t		 path[] = { 0x00840004, 0x0084001a, 0x00840030 };
	struct descriptor	*d = PARSE(UPS, 0x09, 0x1a, 0xa1, 0x00, 0x85, 0x31, 0x75, 0x08, 0x95, 0x01, 0xb1, 0x03,
	    0x15, 0x00, 0x26, 0xff, 0x7f, 0x75, 0x10, VOLT, 0x55, 0x07, 0x09, 0x30, 0xb1, 0x02, END, END);
	const struct field	*f = descriptor_find(d, HID_FEATURE, path, nitems(path));
	uint32_t		 back[HID_PATH_MAX];

	assert_null(d->broken);
	assert_true(d->numbered);
	assert_int_equal(d->nfields, 1);	/* the padding has no usage */
	assert_non_null(f);
	assert_int_equal(f->report, 0x31);
	assert_int_equal(f->offset, 8);
	assert_int_equal(descriptor_size(d, HID_FEATURE, 0x31), 3);
	assert_int_equal(descriptor_size(d, HID_INPUT, 0x31), 0);
	assert_int_equal(descriptor_path(d, f, back), 3);
	assert_memory_equal(back, path, sizeof(path));
	assert_int_equal(read_of(f, report, sizeof(report)), 230);
	assert_text(f, 230, "230");
	assert_null(descriptor_find(d, HID_INPUT, path, nitems(path)));
	assert_null(descriptor_find(d, HID_FEATURE, path, 2));
	assert_null(descriptor_find(d, HID_FEATURE, path + 1, 2));
	descriptor_free(d);
}

static void
globals(void **state)
{
	/* one bit, pushed; sixteen bits in between; one bit again after the pop */
	struct descriptor	*d = PARSE(UPS, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0xa4,
	    0x75, 0x10, 0x26, 0x10, 0x27, 0x65, 0x11, 0x55, 0x0e, 0x09, 0x40, 0x81, 0x02, 0xb4,
	    0x09, 0x41, 0x81, 0x02, END);

	assert_null(d->broken);
	assert_false(d->numbered);
	assert_int_equal(d->nfields, 2);
	assert_int_equal(d->fields[0].size, 16);
	assert_int_equal(d->fields[0].exponent, -2);
	assert_int_equal(d->fields[1].size, 1);
	assert_int_equal(d->fields[1].offset, 16);
	assert_int_equal(d->fields[1].logical_max, 1);
	assert_int_equal(d->fields[1].exponent, 0);
	descriptor_free(d);
}

static void
usages(void **state)
{
	/* a usage of 32 bits, a range, and fewer usages than elements */
	struct descriptor	*d = PARSE(UPS, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x05,
	    0x0b, 0x44, 0x00, 0x85, 0x00, 0x19, 0x62, 0x29, 0x64, 0x81, 0x02, END);
	static const uint32_t	 expected[] = { 0x00850044, 0x00840062, 0x00840063, 0x00840064, 0x00840064 };
	size_t			 i;

	assert_int_equal(d->nfields, nitems(expected));
	for (i = 0; i < nitems(expected); i++) {
		assert_int_equal(d->fields[i].usage, expected[i]);
		assert_int_equal(d->fields[i].offset, i);
	}
	descriptor_free(d);
	/* of a delimited set the first is the preferred one */
	d = PARSE(UPS, 0x25, 0x01, 0x75, 0x08, 0x95, 0x02, 0xa9, 0x01, 0x09, 0x30, 0x09, 0x31, 0xa9, 0x00, 0x09, 0x32,
	    0x81, 0x02, END);
	assert_int_equal(d->nfields, 2);
	assert_int_equal(d->fields[0].usage, 0x00840030);
	assert_int_equal(d->fields[1].usage, 0x00840032);
	descriptor_free(d);
}

static void
indexed(void **state)
{
	const uint32_t		 path[] = { 0x00840004, 0x0084001a, HID_INDEX | 2, 0x00840030 };
	const uint32_t		 after[] = { 0x00840004, 0x00840031 };
	struct descriptor	*d = PARSE(UPS, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x01, 0x09, 0x1a, 0xa1, 0x82, 0x09, 0x30,
	    0xb1, 0x02, END, 0x09, 0x31, 0xb1, 0x02, END);

	assert_null(d->broken);
	assert_non_null(descriptor_find(d, HID_FEATURE, path, nitems(path)));
	assert_non_null(descriptor_find(d, HID_FEATURE, after, nitems(after)));
	descriptor_free(d);
}

static void
arrays(void **state)
{
	/* two elements of a byte, of three usages from logical 1 */
	struct descriptor	*d = PARSE(UPS, 0x15, 0x01, 0x25, 0x03, 0x75, 0x08, 0x95, 0x02, 0x19, 0x60, 0x29, 0x62,
	    0x81, 0x00, END);
	static const uint8_t	 report[] = { 3, 1 }, none[] = { 0, 9 };
	uint8_t			 made[] = { 0, 0 };

	assert_int_equal(d->nfields, 3);
	assert_int_equal(read_of(&d->fields[0], report, 2), 1);
	assert_int_equal(read_of(&d->fields[1], report, 2), 0);
	assert_int_equal(read_of(&d->fields[2], report, 2), 1);
	assert_int_equal(read_of(&d->fields[2], none, 2), 0);
	assert_text(&d->fields[0], 1, "1");
	assert_true(field_write(&d->fields[1], made, 2, 1));
	assert_int_equal(made[0], 2);
	assert_false(field_write(&d->fields[1], made, 2, 0));
	descriptor_free(d);
	/* no choice among one: a variable whose bit was forgotten */
	d = PARSE(UPS, 0x15, 0x01, 0x25, 0x03, 0x75, 0x08, 0x95, 0x01, 0x09, 0x5a, 0xb1, 0x00, END);
	assert_int_equal(d->nfields, 1);
	assert_int_equal(read_of(&d->fields[0], report, 2), 3);
	descriptor_free(d);
}

static void
signs(void **state)
{
	static const uint8_t	 bytes[] = { 0xff, 0xff, 0xff, 0xff };
	struct field		 f = { .size = 16, .logical_min = -1, .logical_max = 32767 };

	assert_int_equal(read_of(&f, bytes, 4), -1);
	f = (struct field){ .size = 8, .logical_min = -128, .logical_max = 127 };
	assert_int_equal(read_of(&f, bytes, 4), -1);
	f = (struct field){ .size = 32, .logical_min = INT32_MIN, .logical_max = INT32_MAX };
	assert_int_equal(read_of(&f, bytes, 4), -1);
	f = (struct field){ .size = 32, .logical_min = 0, .logical_max = UINT32_MAX };
	assert_int_equal(read_of(&f, bytes, 4), UINT32_MAX);
	/* bits that the limits do not need are not the value's */
	f = (struct field){ .size = 16, .logical_min = 0, .logical_max = 255 };
	assert_int_equal(read_of(&f, (const uint8_t[]){ 0x64, 0x12 }, 2), 0x64);
	/* outside its limits it is held by them */
	f = (struct field){ .size = 8, .logical_min = 0, .logical_max = 100 };
	assert_int_equal(read_of(&f, (const uint8_t[]){ 0x7f }, 1), 100);
	/* no limits at all */
	f = (struct field){ .size = 8 };
	assert_int_equal(read_of(&f, (const uint8_t[]){ 0x7f }, 1), 0x7f);
	/* the report is too short, or the field wider than any number */
	f = (struct field){ .size = 8, .offset = 4 };
	assert_false(field_read(&f, bytes, 1, &(int64_t){ 0 }));
	f = (struct field){ .size = 65 };
	assert_false(field_read(&f, bytes, 4, &(int64_t){ 0 }));
}

static void
guessed(void **state)
{
	/* a maximum of 255 in one byte */
	struct descriptor	*d = PARSE(UPS, 0x15, 0x00, 0x25, 0xff, 0x75, 0x08, 0x95, 0x01, 0x09, 0x30, 0xb1, 0x02,
	    END);

	assert_int_equal(d->fields[0].logical_max, 255);
	assert_true(d->fields[0].guessed);
	descriptor_free(d);
}

static void
scales(void **state)
{
	struct field	f = { .size = 16, .logical_min = 0, .logical_max = 1000, .physical_min = 0, .physical_max = 100,
			    .scaled = true };
	int64_t		n;

	assert_text(&f, 500, "50");
	assert_text(&f, 5, "0.500000");
	assert_true(field_logical(&f, &(struct value){ V_NUMBER, 0, 50, NULL }, &n));
	assert_int_equal(n, 500);
	assert_false(field_logical(&f, &(struct value){ V_NUMBER, 0, 101, NULL }, &n));
	/* tenths of a volt; hundredths of an ampere; what devices write that forget the unit's own power */
	f = (struct field){ .size = 16, .logical_max = 32767, .unit = 0x00f0d121, .exponent = 6 };
	assert_text(&f, 2304, "230.4");
	assert_true(field_logical(&f, &(struct value){ V_NUMBER, 1, 2304, NULL }, &n));
	assert_int_equal(n, 2304);
	f = (struct field){ .size = 16, .logical_max = 32767, .unit = 0x00100001, .exponent = -2 };
	assert_text(&f, 123, "1.23");
	f = (struct field){ .size = 16, .logical_max = 32767, .unit = 0x00f0d121, .exponent = 0 };
	assert_text(&f, 2392, "0.0002392");
	f = (struct field){ .size = 32, .logical_max = INT32_MAX, .unit = 0x0000d121, .exponent = 7 };
	assert_text(&f, 900, "900");
	f = (struct field){ .size = 8, .exponent = 7 };
	assert_text(&f, 2, "20000000");
	assert_false(field_logical(&f, &(struct value){ .type = V_TEXT, .text = "x" }, &n));
}

static void
writes(void **state)
{
	struct field	f = { .size = 10, .offset = 3, .logical_min = -512, .logical_max = 511 };
	uint8_t		bytes[] = { 0xff, 0xff, 0xff };

	assert_true(field_write(&f, bytes, sizeof(bytes), 0));
	assert_memory_equal(bytes, ((const uint8_t[]){ 0x07, 0xe0, 0xff }), 3);
	assert_true(field_write(&f, bytes, sizeof(bytes), -1));
	assert_int_equal(read_of(&f, bytes, sizeof(bytes)), -1);
	assert_false(field_write(&f, bytes, 1, 0));
	f.constant = true;
	assert_false(field_write(&f, bytes, sizeof(bytes), 0));
}

static void
broken(void **state)
{
	static const struct { size_t len; uint8_t bytes[16]; } cases[] = {
		{ 1, { 0x05 } },				/* its data is missing */
		{ 2, { 0x27, 0x00 } },
		{ 1, { 0xc0 } },				/* ends what never began */
		{ 6, { UPS } },					/* never ends */
		{ 1, { 0xb4 } },				/* pops what was not pushed */
		{ 2, { 0x85, 0x00 } },				/* report 0 */
		{ 3, { 0x86, 0x00, 0x01 } },			/* report 256 */
		{ 2, { 0xfe, 0x01 } },				/* a long item cut off */
		{ 2, { 0x29, 0x10 } },				/* a maximum alone */
		{ 4, { 0x19, 0x20, 0x29, 0x10 } },		/* a range backwards */
		{ 11, { 0x77, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0xb0 } },
	};
	struct descriptor	*d;
	size_t			 i;

	for (i = 0; i < nitems(cases); i++) {
		d = descriptor_parse(cases[i].bytes, cases[i].len);
		assert_non_null(d->broken);
		descriptor_free(d);
	}
	/* what came before the mistake stays; a long item is skipped */
	d = PARSE(UPS, 0xfe, 0x02, 0x10, 0xaa, 0xbb, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x01, 0x09, 0x30, 0xb1, 0x02, 0xb4);
	assert_non_null(d->broken);
	assert_int_equal(d->nfields, 1);
	descriptor_free(d);
}

static void
bounds(void **state)
{
	uint8_t			 bytes[8192];
	struct descriptor	*d;
	size_t			 i;

	memset(bytes, 0xa4, sizeof(bytes));			/* pushes */
	d = descriptor_parse(bytes, sizeof(bytes));
	assert_non_null(d->broken);
	descriptor_free(d);
	for (i = 0; i < sizeof(bytes); i += 2)			/* collections */
		memcpy(bytes + i, "\xa1\x01", 2);
	d = descriptor_parse(bytes, sizeof(bytes));
	assert_non_null(d->broken);
	assert_true(d->ncollections <= HID_COLLECTIONS_MAX);
	descriptor_free(d);
	for (i = 0; i < sizeof(bytes); i += 2)			/* usages */
		memcpy(bytes + i, "\x09\x30", 2);
	d = descriptor_parse(bytes, sizeof(bytes));
	assert_non_null(d->broken);
	descriptor_free(d);
}

/* -- recorded devices ------------------------------------------------------------------- */

struct name {
	char		 table[16], text[64];
	uint32_t	 usage;
};
static struct name	*names;
static size_t		 nnames;

static size_t
load_names(void)
{
	const char	*shared = getenv("SHARED");
	char		*path = xasprintf("%s/facts/hid/usages.tsv", shared == NULL ? "../shared" : shared), line[256];
	FILE		*f = fopen(path, "r");
	size_t		 room = 0;

	free(path);
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		names = array_room(names, nnames, &room, sizeof(*names));
		if (sscanf(line, "%15[^\t]\t%63[^\t]\t%8x", names[nnames].table, names[nnames].text,
		    &names[nnames].usage) == 3)
			nnames++;
	}
	fclose(f);
	return nnames;
}

/* Whether a usage may be called so: by any of the tables, by its number, or as an index. */
static bool
is_called(uint32_t usage, const char *text)
{
	unsigned	n;
	char		end;
	size_t		i;

	if (sscanf(text, "[%u%c", &n, &end) == 2 && end == ']')
		return usage == (HID_INDEX | n);
	if (sscanf(text, "%8x%c", &n, &end) == 1 && strlen(text) == 8 && n == usage)
		return true;
	for (i = 0; i < nnames; i++)
		if (names[i].usage == usage && strcasecmp(names[i].text, text) == 0)
			return true;
	return false;
}

static bool
is_path(const struct descriptor *d, const struct field *f, const char *text)
{
	uint32_t	path[HID_PATH_MAX];
	size_t		n = descriptor_path(d, f, path), i;
	char		word[64];

	for (i = 0; i < n; i++, text += strlen(word) + (text[strlen(word)] == '.')) {
		if (sscanf(text, "%63[^.]", word) != 1 || !is_called(path[i], word))
			return false;
	}
	return *text == '\0';
}

static enum hid_kind
kind_called(const char *word)
{
	return *word == 'I' ? HID_INPUT : *word == 'O' ? HID_OUTPUT : HID_FEATURE;
}

static const struct field *
find_logged(const struct descriptor *d, const char *path, const char *kind, unsigned report, unsigned offset)
{
	size_t	i;

	for (i = 0; i < d->nfields; i++)
		if (d->fields[i].report == report && d->fields[i].offset == offset &&
		    d->fields[i].kind == kind_called(kind) && is_path(d, &d->fields[i], path))
			return &d->fields[i];
	return NULL;
}

/* The log has six digits, and rounds in binary. */
static bool
is_same(const struct field *f, int64_t logical, const char *expected)
{
	char	*ours = text_of(f, logical);
	double	 a = strtod(ours, NULL), b = strtod(expected, NULL);

	free(ours);
	return fabs(a - b) <= 1e-5 * fabs(b) + 1e-12;
}

/* One line of the log; how many values it had: 0 or 1. */
static size_t
compare_line(const char *name, const struct descriptor *d, const struct hid_dump_report *reports, const char *line)
{
	char			 path[256], kind[16], value[32];
	unsigned		 report, offset, size;
	int			 n;
	const struct field	*f;
	int64_t			 logical;

	n = sscanf(line, "Path: %255[^,], Type: %15[^,], ReportID: %x, Offset: %u, Size: %u, Value: %31s", path, kind,
	    &report, &offset, &size, value);
	if (n < 5)
		return 0;
	f = find_logged(d, path, kind, report, offset);
	if (f == NULL || f->size != size)
		fail_msg("%s: no field for %s", name, line);
	if (n < 6 || reports[report].len == 0)
		return 0;
	if (!field_read(f, reports[report].bytes + 1, reports[report].len - 1, &logical) ||
	    !is_same(f, logical, value))
		fail_msg("%s: not the logged value: %s", name, line);
	return 1;
}

/* What NUT, whose log it is, mends as well. */
static void
mend(struct descriptor *d, const char *name)
{
	if (strncmp(name, "APC-", 4) == 0)
		descriptor_mend(d, 0);
	if (strncmp(name, "CyberPower-", 11) == 0)
		descriptor_mend(d, 1);
	if (strncmp(name, "iDowell-", 8) == 0)
		descriptor_mend(d, 2);
}

static size_t
compare_log(const char *name)
{
	static struct hid_dump_report	 reports[256];
	static uint8_t			 bytes[HID_DUMP_MAX];
	struct descriptor		*d = descriptor_parse(bytes, hid_dump_descriptor(name, bytes));
	char				*path = hid_dump_path(name, "values.txt"), line[512];
	FILE				*f = fopen(path, "r");
	size_t				 n = 0;

	hid_dump_reports(name, "feature", reports);
	mend(d, name);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += compare_line(name, d, reports, line);
	if (f != NULL)
		fclose(f);
	free(path);
	descriptor_free(d);
	return n;
}

static void
recorded(void **state)
{
	char	**devices;
	size_t	  i, n = hid_dump_names(&devices), values = 0;

	for (i = 0; i < n; i++) {
		values += compare_log(devices[i]);
		free(devices[i]);
	}
	free(devices);
	if (n == 0)
		skip();
	print_message("%zu devices, %zu values as logged\n", n, values);
	assert_true(values > 400);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(simple), cmocka_unit_test(globals), cmocka_unit_test(usages), cmocka_unit_test(indexed),
		cmocka_unit_test(arrays), cmocka_unit_test(signs), cmocka_unit_test(guessed), cmocka_unit_test(scales),
		cmocka_unit_test(writes), cmocka_unit_test(broken), cmocka_unit_test(bounds), cmocka_unit_test(recorded),
	};
	int			failed;

	load_names();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(names);
	return failed;
}
