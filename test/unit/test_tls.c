/* TLS between two ends in memory: every byte passes through our hands. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/tls-make.h"
#include "core/tls.h"

static struct tls_pair authority, server, client, stranger;	/* made once: keys take time */

static const char *const hosts[] = { "ups.example", "localhost", "127.0.0.1", "::1", NULL };

static int
make_pairs(void **state)
{
	const struct tls_request ca = { .use = TLS_FOR_CA, .name = "test CA", .days = 3650 };
	const struct tls_request s = { .use = TLS_FOR_SERVER, .name = "ups.example", .hosts = hosts, .days = 30 };
	const struct tls_request c = { .use = TLS_FOR_CLIENT, .name = "monuser", .days = 30 };

	authority = tls_make(&ca, NULL);
	server = tls_make(&s, &authority);
	client = tls_make(&c, &authority);
	stranger = tls_make(&c, NULL);
	assert_non_null(stranger.key);
	return 0;
}

static int
free_pairs(void **state)
{
	tls_pair_free(&authority);
	tls_pair_free(&server);
	tls_pair_free(&client);
	tls_pair_free(&stranger);
	return 0;
}

/* -- two ends ------------------------------------------------------------------------ */

struct end {
	struct tls	*tls;
	struct buf	 out, plain;
	enum tls_result	 result;
};

struct ends {
	struct end	 server, client;
};

static struct tls_options
server_options(void)
{
	return (struct tls_options){ .certificate = server.certificate, .key = server.key,
	    .min = TLS_1_2 };
}

static struct tls_options
client_options(void)
{
	return (struct tls_options){ .ca = authority.certificate, .min = TLS_1_2,
	    .verify = TLS_VERIFY_PEER };
}

static struct ends
open_ends(const struct tls_options *s, const struct tls_options *c, const char *host)
{
	struct tls_mistake	 m;
	struct tls_context	*at_server = tls_server(s, &m), *at_client = tls_client(c, &m);
	struct ends		 e = {0};

	assert_non_null(at_server);
	assert_non_null(at_client);
	e.server.tls = tls_new(at_server, NULL);
	e.client.tls = tls_new(at_client, host);
	tls_context_free(at_server);
	tls_context_free(at_client);
	tls_start(e.client.tls, &e.client.out);
	return e;
}

static void
close_ends(struct ends *e)
{
	struct end	*each[] = { &e->server, &e->client };

	for (size_t i = 0; i < 2; i++) {
		tls_free(each[i]->tls);
		buf_free(&each[i]->out);
		buf_free(&each[i]->plain);
	}
}

/* What one has to send reaches the other in pieces of at most so many bytes.  Whether there was any. */
static bool
carry(struct end *from, struct end *to, size_t piece)
{
	bool	 any = from->out.len > 0;
	size_t	 n;

	while (from->out.len > 0) {
		n = from->out.len < piece ? from->out.len : piece;
		if (to->result == TLS_FINE)
			to->result = tls_take(to->tls, buf_bytes(&from->out), n, &to->plain, &to->out);
		buf_eat(&from->out, n);
	}
	return any;
}

static void
settle(struct ends *e, size_t piece)
{
	bool	 any;

	do {
		any = carry(&e->client, &e->server, piece);
		any = carry(&e->server, &e->client, piece) || any;
	} while (any);
}

static void
expect_words(struct ends *e, const char *words)
{
	size_t	 len = strlen(words);

	assert_true(tls_put(e->client.tls, words, len, &e->client.out));
	settle(e, SIZE_MAX);
	assert_string_equal(buf_text(&e->server.plain), words);
	assert_true(tls_put(e->server.tls, words, len, &e->server.out));
	settle(e, SIZE_MAX);
	assert_string_equal(buf_text(&e->client.plain), words);
	buf_clear(&e->server.plain);
	buf_clear(&e->client.plain);
}

/* -- handshakes that succeed -------------------------------------------------------------- */

static void
check_dialogue(enum tls_version min, const char *name, size_t piece)
{
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 e;

	c.min = s.min = min;
	e = open_ends(&s, &c, "ups.example");
	assert_false(tls_ready(e.server.tls));
	settle(&e, piece);
	assert_true(tls_ready(e.server.tls));
	assert_true(tls_ready(e.client.tls));
	assert_string_equal(tls_version_name(e.server.tls), name);
	assert_true(tls_verified(e.client.tls));
	assert_false(tls_verified(e.server.tls));
	assert_null(tls_peer(e.server.tls));
	expect_words(&e, "GET VAR ups1 ups.status\n");
	tls_end(e.client.tls, &e.client.out);
	settle(&e, piece);
	assert_int_equal(e.server.result, TLS_ENDED);
	assert_true(tls_put(e.server.tls, "OK\n", 3, &e.server.out));	/* a half-closed client hears the rest */
	settle(&e, piece);
	assert_string_equal(buf_text(&e.client.plain), "OK\n");
	close_ends(&e);
}

static void
test_dialogue(void **state)
{
	check_dialogue(TLS_1_2, "TLSv1.3", SIZE_MAX);
}

static void
test_byte_by_byte(void **state)
{
	check_dialogue(TLS_1_2, "TLSv1.3", 1);
	check_dialogue(TLS_1_0, "TLSv1.3", 7);
}

/* More than a record, in pieces that end within records. */
static void
test_much(void **state)
{
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 e = open_ends(&s, &c, "127.0.0.1");
	const size_t		 len = 100000;
	char			*much = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		much[i] = (char)(i * 7);
	settle(&e, SIZE_MAX);
	assert_true(tls_put(e.server.tls, much, len, &e.server.out));
	settle(&e, 1000);
	assert_int_equal(e.client.plain.len, len);
	assert_memory_equal(buf_bytes(&e.client.plain), much, len);
	free(much);
	close_ends(&e);
}

/* -- handshakes that fail --------------------------------------------------------------------- */

static void
expect_failure(const struct tls_options *s, const struct tls_options *c, const char *host,
    const char *at_server, const char *at_client)
{
	struct ends	 e = open_ends(s, c, host);

	settle(&e, SIZE_MAX);
	if (at_server != NULL)
		assert_string_equal(tls_error(e.server.tls), at_server);
	if (at_client != NULL)
		assert_string_equal(tls_error(e.client.tls), at_client);
	assert_int_equal(at_server != NULL ? e.server.result : e.client.result, TLS_FAILED);
	assert_false(tls_ready(at_server != NULL ? e.server.tls : e.client.tls));
	assert_false(tls_put(at_server != NULL ? e.server.tls : e.client.tls, "x", 1, &e.server.out));
	close_ends(&e);
}

static void
test_wrong_server(void **state)
{
	struct tls_options	 s = server_options(), c = client_options();

	expect_failure(&s, &c, "other.example", NULL, "hostname mismatch");
	expect_failure(&s, &c, "127.0.0.2", NULL, "IP address mismatch");
	c.ca = stranger.certificate;
	expect_failure(&s, &c, "localhost", "tlsv1 alert unknown ca", "unable to get local issuer certificate");
}

/* A client's certificate: none, foreign, right; asked for or required. */
static void
test_client_certificate(void **state)
{
	static const struct {
		struct tls_pair	*pair;
		enum tls_verify	 verify;
		const char	*error, *peer;
	} cases[] = {
		{ NULL,		TLS_VERIFY_NONE, NULL, NULL },
		{ &stranger,	TLS_VERIFY_NONE, NULL, NULL },
		{ &client,	TLS_VERIFY_NONE, NULL, "monuser" },
		{ NULL,		TLS_VERIFY_SHOWN, NULL, NULL },
		{ &stranger,	TLS_VERIFY_SHOWN, "self-signed certificate", NULL },
		{ &client,	TLS_VERIFY_SHOWN, NULL, "monuser" },
		{ NULL,		TLS_VERIFY_PEER, "the client has no certificate", NULL },
		{ &stranger,	TLS_VERIFY_PEER, "self-signed certificate", NULL },
		{ &server,	TLS_VERIFY_PEER, "unsuitable certificate purpose", NULL },
		{ &client,	TLS_VERIFY_PEER, NULL, "monuser" },
	};
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 e;

	s.ca = authority.certificate;
	for (size_t i = 0; i < nitems(cases); i++) {
		s.verify = cases[i].verify;
		c.certificate = cases[i].pair == NULL ? NULL : cases[i].pair->certificate;
		c.key = cases[i].pair == NULL ? NULL : cases[i].pair->key;
		if (cases[i].error != NULL) {
			expect_failure(&s, &c, "localhost", cases[i].error, NULL);
			continue;
		}
		e = open_ends(&s, &c, "localhost");
		settle(&e, SIZE_MAX);
		expect_words(&e, "VER\n");
		assert_int_equal(tls_verified(e.server.tls), cases[i].peer != NULL);
		if (cases[i].peer != NULL)
			assert_string_equal(tls_peer(e.server.tls), cases[i].peer);
		else
			assert_null(tls_peer(e.server.tls));
		close_ends(&e);
	}
}

static void
test_garbage(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
		const char	*error;
	} cases[] = {
		{ "GET VAR ups1 ups.status\n", 24, "what came is not TLS" },
		{ "GET / HTTP/1.0\r\n\r\n", 18, "what came is not TLS" },
		{ "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", 10, "unexpected message" },
		{ "\x16\x03\x01\xff\xff", 5, "packet length too long" },
		{ "\x15\x03\x01\x00\x02\x02\x28", 7, "unexpected message" },
	};
	struct tls_options	 s = server_options(), c = client_options();

	for (size_t i = 0; i < nitems(cases); i++) {
		struct ends	 e = open_ends(&s, &c, NULL);

		e.server.result = tls_take(e.server.tls, cases[i].bytes, cases[i].len,
		    &e.server.plain, &e.server.out);
		assert_int_equal(e.server.result, TLS_FAILED);
		assert_string_equal(tls_error(e.server.tls), cases[i].error);
		assert_string_equal(tls_version_name(e.server.tls), "no TLS");
		assert_int_equal(e.server.plain.len, 0);
		close_ends(&e);
	}
}

/* A hello of TLS 1.0 with a cipher of that time: refused by its version, unless that is wanted. */
static void
test_old_client(void **state)
{
	static const uint8_t	 hello[9 + 34 + 1 + 4 + 2 + 2 + 8] = {
		0x16, 3, 1, 0, sizeof(hello) - 5, 1, 0, 0, sizeof(hello) - 9, 3, 1,
		[43] = 0, 0, 2, 0xc0, 0x09,	/* ECDHE_ECDSA_WITH_AES_128_CBC_SHA */ 1, 0,
		0, 8, 0, 10, 0, 4, 0, 2, 0, 23	/* supported_groups: P-256 */
	};
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 e;
	enum tls_version	 min;

	for (min = TLS_1_0; min <= TLS_1_3; min++) {
		s.min = min;
		e = open_ends(&s, &c, NULL);
		e.server.result = tls_take(e.server.tls, hello, sizeof(hello), &e.server.plain, &e.server.out);
		assert_string_equal(tls_version_name(e.server.tls), "TLSv1.0");
		assert_int_equal(e.server.result, min == TLS_1_0 ? TLS_FINE : TLS_FAILED);
		if (min == TLS_1_0)
			assert_true(e.server.out.len > 100);
		else
			assert_string_equal(tls_error(e.server.tls), "no version of TLS in common");
		close_ends(&e);
	}
}

/* A byte turned over on its way ends the connection; nothing of its record is taken. */
static void
test_tampered(void **state)
{
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 e = open_ends(&s, &c, NULL);

	settle(&e, SIZE_MAX);
	assert_true(tls_put(e.client.tls, "LOGOUT\n", 7, &e.client.out));
	buf_bytes(&e.client.out)[e.client.out.len - 3] ^= 1;
	settle(&e, SIZE_MAX);
	assert_int_equal(e.server.result, TLS_FAILED);
	assert_string_equal(tls_error(e.server.tls), "decryption failed or bad record mac");
	assert_int_equal(e.server.plain.len, 0);
	close_ends(&e);
}

/* -- contexts --------------------------------------------------------------------------------- */

static void
expect_mistake(struct tls_options o, enum tls_part part, const char *text)
{
	struct tls_mistake	 m;

	assert_null(tls_server(&o, &m));
	assert_string_equal(m.text, text);
	assert_int_equal(m.part, part);
}

static void
test_mistakes(void **state)
{
	struct tls_options	 o;
	char			*cut = xstrdup(server.certificate);

	cut[strlen(cut) / 2] = '!';
	o = server_options(), o.certificate = "nothing\n";
	expect_mistake(o, TLS_CERTIFICATE, "there is no certificate in it");
	o = server_options(), o.certificate = cut;
	expect_mistake(o, TLS_CERTIFICATE, "bad base64 decode");
	o = server_options(), o.certificate = NULL;
	expect_mistake(o, TLS_CERTIFICATE, "a server needs one");
	o = server_options(), o.key = NULL;
	expect_mistake(o, TLS_KEY, "the certificate needs one");
	o = server_options(), o.key = server.certificate;
	expect_mistake(o, TLS_KEY, "there is no private key in it");
	o = server_options(), o.key = client.key;
	expect_mistake(o, TLS_KEY, "it is not the key of the certificate");
	o = server_options(), o.ca = "";
	expect_mistake(o, TLS_CA, "there is no certificate in it");
	free(cut);
}

/* A connection outlives its context, and a new one has the new certificate. */
static void
test_replaced(void **state)
{
	const struct tls_request again = { .use = TLS_FOR_SERVER, .name = "ups.example", .hosts = hosts, .days = 60 };
	struct tls_options	 s = server_options(), c = client_options();
	struct ends		 old = open_ends(&s, &c, "localhost"), e;
	struct tls_pair		 next = tls_make(&again, &authority);
	struct tls_mistake	 m;
	struct tls_context	*context;

	settle(&old, SIZE_MAX);
	s.certificate = next.certificate;
	s.key = next.key;
	e = open_ends(&s, &c, "localhost");
	settle(&e, SIZE_MAX);
	expect_words(&e, "VER\n");
	expect_words(&old, "VER\n");
	close_ends(&e);
	close_ends(&old);
	context = tls_server(&s, &m);
	assert_in_range(tls_context_expires(context), time(NULL) + 60 * 86400 - 60, time(NULL) + 60 * 86400);
	tls_context_free(context);
	tls_pair_free(&next);
}

static void
test_make_refuses(void **state)
{
	static const char *const none[] = { "", NULL };
	const struct tls_request r = { .use = TLS_FOR_SERVER, .name = "x", .hosts = none, .days = 1 };
	const struct tls_request n = { .use = TLS_FOR_SERVER, .name = "", .days = 1 };
	const struct tls_pair	 broken = { .certificate = (char[]){ "x" }, .key = (char[]){ "y" } };

	assert_null(tls_make(&n, &authority).certificate);
	assert_null(tls_make(&r, &broken).certificate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_wrong_server),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_old_client),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_make_refuses),
	};

	return cmocka_run_group_tests_name("tls", tests, make_pairs, free_pairs);
}
