/*
 * Any bytes as a recorded HID device: reports or a mistake, and what was
 * understood is printed so that it is understood again, as the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bus/reports.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
print_again(const struct reports *r)
{
	struct buf	 text = { 0 }, again = { 0 };
	char		*why = NULL;
	struct reports	*s;

	reports_print(r, &text);
	s = reports_parse(buf_text(&text), text.len, &why);
	assert(s != NULL && s->n == r->n);
	reports_print(s, &again);
	assert(again.len == text.len && memcmp(buf_bytes(&again), buf_bytes(&text), text.len) == 0);
	reports_free(s);
	buf_free(&text);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char		*why = NULL;
	struct reports	*r = reports_parse((const char *)data, len, &why);

	assert((r != NULL) == (why == NULL));
	free(why);
	if (r == NULL)
		return 0;
	print_again(r);
	reports_mask(r, "SN1");
	reports_free(r);
	return 0;
}
