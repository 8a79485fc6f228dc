/* Keys and certificates (RFC 5280), by OpenSSL. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/tls-make.h"

#define DAY	(24 * 60 * 60L)

struct extension {
	int		 nid;
	const char	*text;		/* as in x509v3_config(5) */
};

static const struct extension extensions[][5] = {
	[TLS_FOR_CA] = {
		{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
		{ NID_key_usage, "critical,keyCertSign,cRLSign" },
		{ NID_subject_key_identifier, "hash" },
	},
	[TLS_FOR_SERVER] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_authority_key_identifier, "keyid" },
	},
	[TLS_FOR_CLIENT] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "clientAuth" },
		{ NID_authority_key_identifier, "keyid" },
	},
};

/* -- texts ---------------------------------------------------------------------- */

static char *
text_of(BIO *bio)
{
	const char	*bytes;
	long		 len = BIO_get_mem_data(bio, &bytes);
	char		*text = xstrndup(bytes, (size_t)len);

	BIO_free(bio);
	return text;
}

static char *
certificate_text(X509 *x)
{
	BIO	*bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, x);
	return text_of(bio);
}

static char *
key_text(EVP_PKEY *key)
{
	BIO	*bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return text_of(bio);
}

/* -- parts of a certificate -------------------------------------------------------- */

static bool
extend(X509 *x, X509 *issuer, int nid, const char *text)
{
	X509V3_CTX	 context;
	X509_EXTENSION	*extension;
	bool		 added;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, text);
	added = extension != NULL && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool
add_extensions(X509 *x, X509 *issuer, enum tls_use use)
{
	const struct extension	*e;

	for (e = extensions[use]; e->text != NULL; e++)
		if (!extend(x, issuer, e->nid, e->text))
			return false;
	return true;
}

static bool
add_hosts(X509 *x, const char *const *hosts)
{
	struct buf		 text = {0};
	ASN1_OCTET_STRING	*address;
	bool			 added;

	if (hosts == NULL || *hosts == NULL)
		return true;
	for (; *hosts != NULL; hosts++) {
		address = a2i_IPADDRESS(*hosts);
		buf_printf(&text, "%s%s:%s", text.len == 0 ? "" : ",", address == NULL ? "DNS" : "IP",
		    *hosts);
		ASN1_OCTET_STRING_free(address);
	}
	added = extend(x, x, NID_subject_alt_name, buf_text(&text));
	buf_free(&text);
	return added;
}

/* 159 random bits: positive, and within the 20 bytes of RFC 5280, 4.1.2.2. */
static bool
set_serial(X509 *x)
{
	BIGNUM	*number = BN_new();
	bool	 set = BN_rand(number, 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL;

	BN_free(number);
	return set;
}

static bool
describe(X509 *x, X509 *issuer, const struct tls_request *r, EVP_PKEY *key)
{
	X509_NAME	*name = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	    (const unsigned char *)r->name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), (long)r->days * DAY) != NULL &&
	    X509_set_pubkey(x, key) == 1 && add_extensions(x, issuer, r->use) &&
	    add_hosts(x, r->hosts);
}

/* -- the whole ------------------------------------------------------------------------- */

/* Who signs: read from its texts; both NULL where they are none. */
static void
read_ca(const struct tls_pair *ca, X509 **x, EVP_PKEY **key)
{
	BIO	*certificate = BIO_new_mem_buf(ca->certificate, -1), *secret = BIO_new_mem_buf(ca->key, -1);

	*x = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	*key = PEM_read_bio_PrivateKey(secret, NULL, NULL, NULL);
	BIO_free(certificate);
	BIO_free(secret);
}

struct tls_pair
tls_make(const struct tls_request *r, const struct tls_pair *ca)
{
	struct tls_pair	 made = {0};
	EVP_PKEY	*key = EVP_EC_gen("P-256"), *ca_key = NULL;
	X509		*x = X509_new(), *issuer = NULL;

	if (key == NULL || x == NULL)
		abort();	/* only without memory, or without randomness */
	if (ca != NULL)
		read_ca(ca, &issuer, &ca_key);
	if ((ca == NULL || (issuer != NULL && ca_key != NULL)) &&
	    describe(x, ca == NULL ? x : issuer, r, key) &&
	    X509_sign(x, ca == NULL ? key : ca_key, EVP_sha256()) > 0) {
		made.certificate = certificate_text(x);
		made.key = key_text(key);
	}
	ERR_clear_error();
	X509_free(x);
	X509_free(issuer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	return made;
}

void
tls_pair_free(struct tls_pair *p)
{
	free(p->certificate);
	free(p->key);
	*p = (struct tls_pair){ 0 };
}
