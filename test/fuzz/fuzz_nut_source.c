/*
 * Any server to the driver nut: each of its questions is answered by the bytes
 * up to the next NUL, in pieces of as many bytes as the first byte says; when
 * they are used up, there is silence.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "test/unit/stream_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct { const uint8_t *at, *end; } left;

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const uint8_t	*nul;
	const char	*lf = memchr(heard, '\n', len);

	if (lf == NULL)
		return 0;
	if (left.at < left.end) {
		nul = memchr(left.at, '\0', (size_t)(left.end - left.at));
		if (nul == NULL)
			nul = left.end;
		buf_put(&s->saying, left.at, (size_t)(nul - left.at));
		left.at = nul < left.end ? nul + 1 : nul;
	}
	return (size_t)(lf + 1 - heard);
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	if (++*(unsigned *)arg > 1)
		abort();
}

/* What can be set and done, is; each request must end once. */
static void
act(struct stage *s, struct device *d, unsigned *ended)
{
	const struct traits	*t = device_traits(d);
	struct ask		 ask = { .origin = "fuzz", .value = "low" };

	if (traits_commands(t) > 0) {
		ask.kind = REQUEST_COMMAND;
		ask.name = traits_command(t, 0);
	} else if (traits_settables(t) > 0) {
		ask.kind = REQUEST_SET;
		ask.name = traits_settable_at(t, 0)->var;
	} else {
		*ended = 1;
		return;
	}
	device_ask(d, &ask, on_result, ended);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage	*s;
	unsigned	 ended = 0;

	if (size == 0)
		return 0;
	left.at = data + 1;
	left.end = data + size;
	s = stage_new("device site { driver = nut\n port = x\n options = {\"user=a\", \"password=b\"} }", peer);
	s->piece = data[0];
	stage_run(s, 4500);
	if (model_next(s->model, NULL) != NULL)
		act(s, model_next(s->model, NULL), &ended);
	stage_run(s, 20000);
	stage_free(s);
	return 0;
}
