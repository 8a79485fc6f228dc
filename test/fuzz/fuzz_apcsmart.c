/*
 * Any unit to the driver apcsmart: Y is answered as it should be, everything
 * else by the next of the lines (all bytes up to an LF), in pieces of as many
 * bytes as the first byte says; behind the last there is silence.  Of the
 * second byte each bit is a request that is made of it.
 */
#include <string.h>

#include "core/mem.h"
#include "test/unit/stream_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct { const uint8_t *at; size_t len; } left;

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const uint8_t	*lf = memchr(left.at, '\n', left.len);
	size_t		 n = lf == NULL ? left.len : (size_t)(lf + 1 - left.at);

	if (*heard == 'Y') {
		stage_say(s, "SM\r\n");
		return 1;
	}
	buf_put(&s->saying, left.at, n);
	left.at += n;
	left.len -= n;
	return 1;
}

static void
ignore(enum result result, const char *detail, void *arg)
{
}

static void
request(struct stage *s, uint8_t bits)
{
	static const struct { enum request_kind kind; const char *name, *value; } rows[] = {
		{ REQUEST_COMMAND, "shutdown.return", NULL }, { REQUEST_COMMAND, "load.off", NULL },
		{ REQUEST_COMMAND, "calibrate.start", NULL }, { REQUEST_COMMAND, "shutdown.return", "cs" },
		{ REQUEST_COMMAND, "shutdown.return", "at:12" }, { REQUEST_SET, "ups.id", "rack4" },
		{ REQUEST_SET, "input.transfer.low", "196" }, { REQUEST_SET, "battery.runtime.low", "300" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++)
		if ((bits & 1u << i) != 0)
			device_ask(stage_find(s, "ups"), &(struct ask){ .kind = rows[i].kind, .name = var_intern(rows[i].name),
			    .value = rows[i].value, .origin = "fuzz" }, ignore, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage	*s;

	if (size < 2)
		return 0;
	left.at = data + 2;
	left.len = size - 2;
	s = stage_new("device ups { driver = apcsmart\n port = x }", peer);
	s->piece = data[0];
	stage_run(s, 20000);
	request(s, data[1]);
	stage_run(s, 60000);
	stage_free(s);
	return 0;
}
