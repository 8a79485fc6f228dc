/*
 * A report descriptor and reports: two bytes say how long the descriptor is,
 * what follows it is the bytes of any report.  What a field says must lie
 * within its limits, and what is written must be read back.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/descriptor.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_path(const struct descriptor *d, const struct field *f)
{
	uint32_t		 path[HID_PATH_MAX];
	size_t			 n = descriptor_path(d, f, path);
	const struct field	*found = descriptor_find(d, f->kind, path, n);

	if (n > 0 && (found == NULL || found > f))
		abort();
}

static void
try_write(const struct field *f, const uint8_t *bytes, size_t len, int64_t logical)
{
	uint8_t	*copy = xmalloc(len + 1);
	int64_t	 back;

	memcpy(copy, bytes, len);
	if (field_write(f, copy, len, logical) && (!field_read(f, copy, len, &back) || back != logical))
		abort();
	free(copy);
}

static void
try_field(const struct descriptor *d, const struct field *f, const uint8_t *bytes, size_t len)
{
	struct value	v;
	int64_t		n;

	if (!field_read(f, bytes, len, &n))
		return;
	if (f->logical_max > f->logical_min && (n < f->logical_min || n > f->logical_max))
		abort();
	v = field_physical(f, n);
	if (v.type != V_NUMBER || v.scale > 18)
		abort();
	field_logical(f, &v, &n);
	field_read(f, bytes, len, &n);
	try_write(f, bytes, len, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct descriptor	*d;
	size_t			 len, i;

	if (size < 2)
		return 0;
	len = (size_t)data[0] | (size_t)data[1] << 8;
	data += 2;
	size -= 2;
	if (len > size)
		len = size;
	d = descriptor_parse(data, len);
	for (i = 0; i < d->nfields; i++) {
		if (i % 16 == 0)
			try_path(d, &d->fields[i]);
		try_field(d, &d->fields[i], data + len, size - len);
	}
	if (d->nfields > HID_FIELDS_MAX || d->ncollections > HID_COLLECTIONS_MAX)
		abort();
	descriptor_free(d);
	return 0;
}
