/*
 * An arbitrary file of indexes: read, written and read again it says the same,
 * and no number is given twice, whatever was in it.
 */

#include "core/indexes.h"
#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEW	20	/* devices that come afterwards */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct indexes *
read_bytes(const void *bytes, size_t len)
{
	struct conf_errors errors = { 0 };
	struct indexes *x = indexes_new();

	indexes_read(x, "f", bytes, len, &errors);
	conf_errors_free(&errors);
	return x;
}

static void
check(bool condition)
{
	if (!condition)
		abort();
}

/* The numbers in a text, each of which only one device may have. */
static void
check_unique(const char *text)
{
	const char *end = strstr(text, "\nnext ");	/* lines that were kept as they are follow */
	uint32_t last = 0;
	unsigned index;

	for (; (text = strstr(text, "\ndevice ")) != NULL && text < end; last = index) {
		text += strlen("\ndevice ");
		check(sscanf(text, "%u", &index) == 1 && index > last && index <= INDEX_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct indexes *x = read_bytes(data, len), *again;
	struct buf first = { 0 }, second = { 0 };
	uint32_t given[NEW];
	char name[16];

	for (unsigned i = 0; i < NEW; i++) {
		snprintf(name, sizeof name, "new%u", i);
		given[i] = indexes_of(x, name);
		check(given[i] <= INDEX_MAX);
	}
	indexes_write(x, &first);
	check_unique(buf_text(&first));
	again = read_bytes(buf_bytes(&first), first.len);
	indexes_write(again, &second);
	check(strcmp(buf_text(&first), buf_text(&second)) == 0);
	for (unsigned i = 0; i < NEW; i++) {
		snprintf(name, sizeof name, "new%u", i);
		check(given[i] == 0 || indexes_of(again, name) == given[i]);
	}
	buf_free(&first);
	buf_free(&second);
	indexes_free(x);
	indexes_free(again);
	return 0;
}
