/*
 * Any server to the driver apcupsd: its first question is answered by all the
 * bytes, in pieces of as many as the first byte says; then there is silence.
 */
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
	struct stage	*s;

	if (size == 0)
		return 0;
	left.at = data + 1;
	left.len = size - 1;
	s = stage_new("device ups { driver = apcupsd\n port = x }", peer);
	s->piece = data[0];
	stage_run(s, 20000);
	stage_free(s);
	return 0;
}
