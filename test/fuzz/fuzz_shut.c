/*
 * Any unit to the driver shut: signals are answered as they should be, and each
 * frame is acknowledged and answered by the next of the pieces (a byte of
 * length, and so many bytes) in frames of our making, or as it is if the first
 * byte is odd.  Behind the last piece there is silence.
 */
#include <string.h>

#include "core/mem.h"
#include "drivers/shut/frame.h"
#include "test/unit/stream_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct { const uint8_t *at; size_t len; bool raw; } left;

static void
say_framed(struct stage *s, const uint8_t *bytes, size_t len)
{
	struct shut_frame	 f = { .type = SHUT_RESPONSE };
	uint8_t			 out[SHUT_FRAME_MAX];

	do {
		f.len = len < SHUT_PAYLOAD ? len : SHUT_PAYLOAD;
		f.last = f.len == len;
		memcpy(f.payload, bytes, f.len);
		buf_put(&s->saying, out, shut_write(out, &f));
		bytes += f.len;
		len -= f.len;
	} while (len > 0);
}

static void
say_piece(struct stage *s)
{
	size_t	 n;

	if (left.len == 0)
		return;
	n = left.at[0] < left.len ? left.at[0] : left.len - 1;
	buf_puts(&s->saying, "\x06");
	if (left.raw)
		buf_put(&s->saying, left.at + 1, n);
	else
		say_framed(s, left.at + 1, n);
	left.at += n + 1;
	left.len -= n + 1;
}

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const uint8_t	*bytes = (const uint8_t *)heard;
	ssize_t		 n = shut_token(bytes, len);

	if (n == 1 && *bytes >= SHUT_SYNC_FULL)
		buf_put(&s->saying, bytes, 1);
	else if (n > 1)
		say_piece(s);
	return n < 0 ? 1 : (size_t)n;
}

static void
ignore(enum result result, const char *detail, void *arg)
{
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage	*s;

	if (size < 2)
		return 0;
	left.raw = data[0] & 1;
	left.at = data + 2;
	left.len = size - 2;
	s = stage_new("device ups { driver = shut\n port = x }", peer);
	s->piece = data[1];
	stage_run(s, 30000);
	device_ask(stage_find(s, "ups"), &(struct ask){ .kind = REQUEST_COMMAND, .name = var_intern("load.off.delay"),
	    .value = "20", .origin = "fuzz" }, ignore, NULL);
	stage_run(s, 60000);
	stage_free(s);
	return 0;
}
