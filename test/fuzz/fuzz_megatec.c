/*
 * Any device to the driver megatec: each question is answered by the next of
 * the lines (all bytes up to a CR), in pieces of as many bytes as the first
 * byte says; behind the last there is silence.  The second byte chooses the
 * profile.
 */
#include <stdio.h>
#include <string.h>

#include "test/unit/stream_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const profiles[] = {
	"auto", "megatec", "voltronic", "axpert", "voltronic-qs-hex", "masterguard", "bestups", "omron", "gtec", "q2",
	"q6", "hunnox", "ablerex", "innovart31", "innovart33", "innovatae", "mecer", "mustek", "q1", "zinto", "megatec-old",
	"voltronic-qs",
};

static struct { const uint8_t *at; size_t len; } left;

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const uint8_t	*cr;
	size_t		 n;

	if (memchr(heard, '\r', len) == NULL)
		return 0;
	cr = memchr(left.at, '\r', left.len);
	n = cr == NULL ? left.len : (size_t)(cr + 1 - left.at);
	buf_put(&s->saying, left.at, n);
	left.at += n;
	left.len -= n;
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage	*s;
	char		 conf[128];

	if (size < 2)
		return 0;
	left.at = data + 2;
	left.len = size - 2;
	snprintf(conf, sizeof(conf), "device ups { driver = megatec\n port = x\n profile = %s }",
	    profiles[data[1] % (sizeof(profiles) / sizeof(*profiles))]);
	s = stage_new(conf, peer);
	s->piece = data[0];
	stage_run(s, 40000);
	stage_free(s);
	return 0;
}
