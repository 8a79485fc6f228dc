/* All that is OpenSSL: contexts, and connections over bytes. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/mem.h"
#include "core/tls.h"

#define RECORD		16384	/* of plain text, at most (RFC 8446, 5.1) */
#define CHAIN_MAX	32768	/* of a peer's certificates, bytes */
#define NAME_MAX_BYTES	255

struct tls_context {
	unsigned	 holds;		/* its owner, and its connections */
	SSL_CTX		*ssl;
	BIO_METHOD	*method;
	bool		 server, asks;	/* asks: for the peer's certificate */
	int64_t		 expires;
};

struct tls {
	struct tls_context *context;
	SSL		*ssl;
	const uint8_t	*in;		/* during a call: what came, and where to put what goes */
	size_t		 in_len;
	struct buf	*out;
	bool		 foreign;	/* the peer's certificate is not from the CA */
	bool		 failed;
	unsigned	 offered;	/* the newest version of the client's hello; 0: none came */
	char		*peer;
	char		 error[200];
};

/* -- words for what went wrong ---------------------------------------------------- */

static const struct {
	int		 reason;
	const char	*text;
} reasons[] = {
	{ SSL_R_WRONG_VERSION_NUMBER, "what came is not TLS" },
	{ SSL_R_HTTP_REQUEST, "what came is not TLS" },	/* any line that begins with GET */
	{ SSL_R_HTTPS_PROXY_REQUEST, "what came is not TLS" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "no version of TLS in common" },
	{ SSL_R_VERSION_TOO_LOW, "no version of TLS in common" },
	{ SSL_R_NO_SHARED_CIPHER, "no cipher in common" },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the client has no certificate" },
};

static const char *
reason_text(unsigned long error)
{
	const char	*text = ERR_reason_error_string(error);
	size_t		 i;

	for (i = 0; ERR_GET_LIB(error) == ERR_LIB_SSL && i < nitems(reasons); i++)
		if (reasons[i].reason == ERR_GET_REASON(error))
			return reasons[i].text;
	return text == NULL ? "unknown" : text;
}

/* -- contexts ------------------------------------------------------------------------ */

static bool
mistake(struct tls_mistake *m, enum tls_part part, const char *text)
{
	unsigned long	 error = ERR_get_error();

	m->part = part;
	if (text == NULL)
		text = error == 0 ? "cannot be used" : reason_text(error);
	snprintf(m->text, sizeof(m->text), "%s", text);
	ERR_clear_error();
	return false;
}

/* What a key may be locked with is not asked for: there may be nobody at the terminal. */
static int
no_passphrase(char *text, int size, int writing, void *locked)
{
	*(bool *)locked = true;
	return -1;
}

/* The next certificate of a text; NULL at its end, or where it is broken. */
static X509 *
next_certificate(BIO *text, bool *broken)
{
	X509		*x = PEM_read_bio_X509(text, NULL, NULL, NULL);
	unsigned long	 error = ERR_peek_last_error();

	*broken = x == NULL && (ERR_GET_LIB(error) != ERR_LIB_PEM ||
	    ERR_GET_REASON(error) != PEM_R_NO_START_LINE);
	if (x == NULL && !*broken)
		ERR_clear_error();
	return x;
}

typedef bool certificate_fn(struct tls_context *, X509 *, size_t i);

/* Gives away each certificate of the text. */
static bool
each_certificate(struct tls_context *c, const char *text, certificate_fn *fn, enum tls_part part,
    struct tls_mistake *m)
{
	BIO	*bio = BIO_new_mem_buf(text, -1);
	X509	*x;
	size_t	 n = 0;
	bool	 broken, done = true;

	while (done && (x = next_certificate(bio, &broken)) != NULL) {
		done = fn(c, x, n++);
		X509_free(x);
	}
	BIO_free(bio);
	if (!done || broken)
		return mistake(m, part, NULL);
	return n > 0 || mistake(m, part, "there is no certificate in it");
}

static int64_t
seconds(const ASN1_TIME *when)
{
	struct tm	 t;

	return ASN1_TIME_to_tm(when, &t) == 1 ? (int64_t)timegm(&t) : INT64_MAX;
}

static bool
use_certificate(struct tls_context *c, X509 *x, size_t i)
{
	if (i > 0)
		return SSL_CTX_add1_chain_cert(c->ssl, x) == 1;
	c->expires = seconds(X509_get0_notAfter(x));
	return SSL_CTX_use_certificate(c->ssl, x) == 1;
}

static bool
trust_certificate(struct tls_context *c, X509 *x, size_t i)
{
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(c->ssl), x) == 1 &&
	    (!c->server || SSL_CTX_add_client_CA(c->ssl, x) == 1);
}

static bool
use_key(struct tls_context *c, const char *text, struct tls_mistake *m)
{
	BIO		*bio = BIO_new_mem_buf(text, -1);
	bool		 locked = false, used;
	EVP_PKEY	*key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &locked);

	BIO_free(bio);
	if (key == NULL)
		return mistake(m, TLS_KEY, locked ? "it has a passphrase; take it off" :
		    "there is no private key in it");
	used = SSL_CTX_use_PrivateKey(c->ssl, key) == 1;
	EVP_PKEY_free(key);
	if (!used || SSL_CTX_check_private_key(c->ssl) != 1)
		return mistake(m, TLS_KEY, "it is not the key of the certificate");
	return true;
}

/* OpenSSL 3 speaks the versions before 1.2 only at the level of security that they have. */
static void
set_versions(SSL_CTX *ssl, enum tls_version min)
{
	static const int	 numbers[] = {
		[TLS_1_0] = TLS1_VERSION, [TLS_1_1] = TLS1_1_VERSION,
		[TLS_1_2] = TLS1_2_VERSION, [TLS_1_3] = TLS1_3_VERSION
	};

	SSL_CTX_set_min_proto_version(ssl, numbers[min]);
	SSL_CTX_set_max_proto_version(ssl, 0);
	if (min < TLS_1_2)
		SSL_CTX_set_cipher_list(ssl, "DEFAULT:@SECLEVEL=0");
}

static bool
fill_context(struct tls_context *c, const struct tls_options *o, struct tls_mistake *m)
{
	if (o->certificate != NULL &&
	    !each_certificate(c, o->certificate, use_certificate, TLS_CERTIFICATE, m))
		return false;
	if (o->certificate == NULL && c->server)
		return mistake(m, TLS_CERTIFICATE, "a server needs one");
	if (o->certificate != NULL && o->key == NULL)
		return mistake(m, TLS_KEY, "the certificate needs one");
	if (o->key != NULL && !use_key(c, o->key, m))
		return false;
	if (o->ca != NULL)
		return each_certificate(c, o->ca, trust_certificate, TLS_CA, m);
	return c->server || o->verify == TLS_VERIFY_NONE ||
	    SSL_CTX_set_default_verify_paths(c->ssl) == 1 || mistake(m, TLS_CA, NULL);
}

static int	on_hello(SSL *, int *alert, void *arg);
static int	on_certificate(int good, X509_STORE_CTX *);
static int	on_any_certificate(int good, X509_STORE_CTX *);
static BIO_METHOD	*bytes_method(void);

static void
set_verification(struct tls_context *c, const struct tls_options *o)
{
	static const int	 must = SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	int			 mode;

	c->asks = !c->server || o->ca != NULL;
	mode = c->asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
	SSL_CTX_set_verify(c->ssl, o->verify == TLS_VERIFY_PEER ? mode | must : mode,
	    o->verify == TLS_VERIFY_NONE ? on_any_certificate : on_certificate);
	SSL_CTX_set_max_cert_list(c->ssl, CHAIN_MAX);
}

static struct tls_context *
new_context(bool server, const struct tls_options *o, struct tls_mistake *m)
{
	struct tls_context	*c = xcalloc(1, sizeof(*c));

	ERR_clear_error();
	c->holds = 1;
	c->server = server;
	c->expires = INT64_MAX;
	c->method = bytes_method();
	c->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (c->ssl == NULL || c->method == NULL)
		abort();	/* only without memory */
	set_versions(c->ssl, o->min);
	SSL_CTX_set_options(c->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(c->ssl, 0);
	SSL_CTX_set_session_cache_mode(c->ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(c->ssl, SSL_MODE_RELEASE_BUFFERS);
	set_verification(c, o);
	if (server)
		SSL_CTX_set_client_hello_cb(c->ssl, on_hello, NULL);
	if (fill_context(c, o, m))
		return c;
	tls_context_free(c);
	return NULL;
}

struct tls_context *
tls_server(const struct tls_options *o, struct tls_mistake *m)
{
	return new_context(true, o, m);
}

struct tls_context *
tls_client(const struct tls_options *o, struct tls_mistake *m)
{
	return new_context(false, o, m);
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL || --c->holds > 0)
		return;
	SSL_CTX_free(c->ssl);
	BIO_meth_free(c->method);
	free(c);
}

int64_t
tls_context_expires(const struct tls_context *c)
{
	return c->expires;
}

/* -- bytes, as OpenSSL wants them: a BIO over what the caller lends ------------------- */

static int
bytes_read(BIO *bio, char *to, size_t room, size_t *n)
{
	struct tls	*t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*n = room < t->in_len ? room : t->in_len;
	if (*n == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(to, t->in, *n);
	t->in += *n;
	t->in_len -= *n;
	return 1;
}

static int
bytes_write(BIO *bio, const char *from, size_t len, size_t *n)
{
	struct tls	*t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_put(t->out, from, len);
	*n = len;
	return 1;
}

static long
bytes_control(BIO *bio, int what, long number, void *arg)
{
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
bytes_method(void)
{
	BIO_METHOD	*method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "bytes");

	if (method != NULL) {
		BIO_meth_set_read_ex(method, bytes_read);
		BIO_meth_set_write_ex(method, bytes_write);
		BIO_meth_set_ctrl(method, bytes_control);
	}
	return method;
}

/* -- what the peer shows ------------------------------------------------------------------ */

static const struct {
	unsigned	 number;
	const char	*name;
} versions[] = {
	{ SSL3_VERSION, "SSLv3" }, { TLS1_VERSION, "TLSv1.0" }, { TLS1_1_VERSION, "TLSv1.1" },
	{ TLS1_2_VERSION, "TLSv1.2" }, { TLS1_3_VERSION, "TLSv1.3" },
};

/* The newest of the versions in a client's supported_versions (RFC 8446, 4.2.1) that has a name. */
static unsigned
newest(const uint8_t *list, size_t len, unsigned than)
{
	unsigned	 version;
	size_t		 i;

	for (i = 1; i + 1 < len; i += 2) {
		version = (unsigned)list[i] << 8 | list[i + 1];
		if (version > than && version <= TLS1_3_VERSION)
			than = version;
	}
	return than;
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct tls	*t = SSL_get_app_data(ssl);
	const uint8_t	*list;
	size_t		 len;

	t->offered = SSL_client_hello_get0_legacy_version(ssl);
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &list, &len) == 1)
		t->offered = newest(list, len, 0);
	return SSL_CLIENT_HELLO_SUCCESS;
}

static int
on_certificate(int good, X509_STORE_CTX *x)
{
	SSL		*ssl = X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls	*t = SSL_get_app_data(ssl);

	if (!good)
		t->foreign = true;
	return good;
}

/* With TLS_VERIFY_NONE: noticed, and let pass. */
static int
on_any_certificate(int good, X509_STORE_CTX *x)
{
	on_certificate(good, x);
	return 1;
}

/* The one common name, as UTF-8; NULL: there is none, or one that no C string can be. */
static char *
common_name(X509 *x)
{
	X509_NAME	*name = X509_get_subject_name(x);
	int		 at = X509_NAME_get_index_by_NID(name, NID_commonName, -1), len;
	uint8_t		*text;
	char		*copy = NULL;

	if (at == -1 || X509_NAME_get_index_by_NID(name, NID_commonName, at) != -1)
		return NULL;
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0)
		return NULL;
	if (len > 0 && len <= NAME_MAX_BYTES && memchr(text, '\0', (size_t)len) == NULL)
		copy = xstrndup((const char *)text, (size_t)len);
	OPENSSL_free(text);
	return copy;
}

bool
tls_verified(const struct tls *t)
{
	return tls_ready(t) && t->context->asks && !t->foreign &&
	    SSL_get0_peer_certificate(t->ssl) != NULL && SSL_get_verify_result(t->ssl) == X509_V_OK;
}

/* -- connections ---------------------------------------------------------------------------- */

static void
expect_host(struct tls *t, const char *host)
{
	X509_VERIFY_PARAM	*want = SSL_get0_param(t->ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(want, host) == 1)
		return;
	ERR_clear_error();
	SSL_set_tlsext_host_name(t->ssl, host);
	SSL_set1_host(t->ssl, host);
}

struct tls *
tls_new(struct tls_context *c, const char *host)
{
	struct tls	*t = xcalloc(1, sizeof(*t));
	BIO		*bio = BIO_new(c->method);

	t->context = c;
	c->holds++;
	t->ssl = SSL_new(c->ssl);
	if (bio == NULL || t->ssl == NULL)
		abort();	/* only without memory */
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_app_data(t->ssl, t);
	if (c->server)
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	if (host != NULL)
		expect_host(t, host);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	tls_context_free(t->context);
	free(t->peer);
	free(t);
}

/* The first error is the cause; what a certificate lacks is said by its verification. */
static enum tls_result
fail(struct tls *t)
{
	unsigned long	 error = ERR_get_error();
	long		 verify = SSL_get_verify_result(t->ssl);
	const char	*text = error == 0 ? "broken off" : reason_text(error);

	if (ERR_GET_LIB(error) == ERR_LIB_SSL && verify != X509_V_OK &&
	    ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		text = X509_verify_cert_error_string(verify);
	snprintf(t->error, sizeof(t->error), "%s", text);
	t->failed = true;
	ERR_clear_error();
	return TLS_FAILED;
}

/* What a call to OpenSSL that did not go through means. */
static enum tls_result
outcome(struct tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_NONE:
	case SSL_ERROR_WANT_READ:
		return TLS_FINE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		return fail(t);
	}
}

static void
lend(struct tls *t, const void *bytes, size_t len, struct buf *out)
{
	ERR_clear_error();
	t->in = bytes;
	t->in_len = len;
	t->out = out;
}

void
tls_start(struct tls *t, struct buf *out)
{
	lend(t, NULL, 0, out);
	outcome(t, SSL_do_handshake(t->ssl));
}

enum tls_result
tls_take(struct tls *t, const void *bytes, size_t len, struct buf *plain, struct buf *out)
{
	bool	 ready = tls_ready(t);
	size_t	 n;
	int	 result;

	if (t->failed)
		return TLS_FAILED;
	lend(t, bytes, len, out);
	while ((result = SSL_read_ex(t->ssl, buf_reserve(plain, RECORD), RECORD, &n)) == 1)
		buf_grew(plain, n);
	if (!ready && tls_verified(t))
		t->peer = common_name(SSL_get0_peer_certificate(t->ssl));
	return outcome(t, result);
}

bool
tls_ready(const struct tls *t)
{
	return !t->failed && SSL_is_init_finished(t->ssl) == 1;
}

bool
tls_put(struct tls *t, const void *plain, size_t len, struct buf *out)
{
	size_t	 n;

	if (!tls_ready(t))
		return false;
	lend(t, NULL, 0, out);
	return len == 0 || SSL_write_ex(t->ssl, plain, len, &n) == 1 || outcome(t, 0) == TLS_FINE;
}

void
tls_end(struct tls *t, struct buf *out)
{
	if (!tls_ready(t))
		return;
	lend(t, NULL, 0, out);
	SSL_shutdown(t->ssl);
}

const char *
tls_error(const struct tls *t)
{
	return t->error;
}

const char *
tls_version_name(const struct tls *t)
{
	unsigned	 version = tls_ready(t) ? (unsigned)SSL_version(t->ssl) : t->offered;
	size_t		 i;

	for (i = 0; i < nitems(versions); i++)
		if (versions[i].number == version)
			return versions[i].name;
	return "no TLS";
}

const char *
tls_peer(const struct tls *t)
{
	return t->peer;
}
