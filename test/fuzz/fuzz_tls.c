/*
 * Any bytes in a server's handshake, as they come: in two parts.  What it says
 * of itself stays true, and nobody gets in without a key.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/tls-make.h"
#include "core/tls.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct tls_context *
make_context(void)
{
	const struct tls_request request = { .use = TLS_FOR_SERVER, .name = "fuzz", .days = 1 };
	struct tls_pair		 pair = tls_make(&request, NULL);
	const struct tls_options options = { .certificate = pair.certificate, .key = pair.key,
				    .ca = pair.certificate, .min = TLS_1_0 };
	struct tls_mistake	 mistake;
	struct tls_context	*context = tls_server(&options, &mistake);

	assert(context != NULL);
	tls_pair_free(&pair);
	return context;
}

static void
check(struct tls *t, enum tls_result result, const struct buf *plain)
{
	assert(plain->len == 0 && !tls_ready(t) && !tls_verified(t) && tls_peer(t) == NULL);
	assert((result == TLS_FAILED) == (*tls_error(t) != '\0'));
	assert(*tls_version_name(t) != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tls_context	*context;
	struct buf			 plain = {0}, out = {0};
	const size_t			 first = len == 0 ? 0 : data[len - 1] % len;
	struct tls			*t;

	if (context == NULL)
		context = make_context();
	t = tls_new(context, NULL);
	check(t, tls_take(t, data, first, &plain, &out), &plain);
	check(t, tls_take(t, data + first, len - first, &plain, &out), &plain);
	assert(!tls_put(t, "x", 1, &out));
	tls_end(t, &out);
	tls_free(t);
	buf_free(&plain);
	buf_free(&out);
	return 0;
}
