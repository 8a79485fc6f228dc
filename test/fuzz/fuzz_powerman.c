/*
 * Any server to the driver powerman: behind a good greeting its first question is
 * answered by all the bytes, in pieces of as many as the first byte says.
 */
#include "core/indexes.h"
#include "test/unit/stream_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct { const uint8_t *at; size_t len; } left;

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	buf_put(&s->saying, left.at, left.len);
	left.len = 0;
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indexes	*x;
	struct stage	*s;

	if (size == 0)
		return 0;
	x = indexes_new();
	s = stage_new("device racks { driver = powerman\n port = x }", peer);
	host_number(s->host, x);
	s->greeting = "001 powerman-2.3.27\r\npowerman> ";
	left.at = data + 1;
	left.len = size - 1;
	s->piece = data[0];
	stage_run(s, 40000);
	stage_free(s);
	indexes_free(x);
	return 0;
}
