/*
 * Any bytes as a recorded conversation: events or a mistake, and what was
 * understood is printed so that it is understood again, as the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bus/dialogue.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
print_again(const struct dialogue *d, struct buf *text)
{
	struct buf	 again = { 0 };
	char		*why = NULL;
	struct dialogue	*e;

	dialogue_print(d, text);
	e = dialogue_parse(buf_text(text), text->len, &why);
	assert(e != NULL && e->n == d->n);
	dialogue_print(e, &again);
	assert(again.len == text->len && memcmp(buf_bytes(&again), buf_bytes(text), text->len) == 0);
	buf_free(&again);
	dialogue_free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 text = { 0 };
	char		*why = NULL;
	struct dialogue	*d = dialogue_parse((const char *)data, len, &why);

	assert((d != NULL) == (why == NULL));
	free(why);
	if (d == NULL)
		return 0;
	print_again(d, &text);
	dialogue_mask(d, "226");
	buf_free(&text);
	dialogue_free(d);
	return 0;
}
