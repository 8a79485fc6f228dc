#ifndef CORE_TLS_H
#define CORE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * TLS over bytes: what came from the peer goes in, what is to be sent comes
 * out.  Sockets, files and time-outs are the caller's, so nothing here waits:
 * either direction of the dialogue needs only that the caller sends what is
 * in out, and comes again when more has come.  There is no renegotiation and
 * no resumption: every connection shows that it knows its key.
 */
enum tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

/* What the peer must show. */
enum tls_verify {
	TLS_VERIFY_NONE,	/* nothing: a certificate, foreign or none, is no mistake */
	TLS_VERIFY_SHOWN,	/* a client's, if it shows one: from the CA */
	TLS_VERIFY_PEER		/* a certificate from the CA; a server's also for the host that was called */
};

struct tls_options {		/* PEM texts; borrowed for the call */
	const char	*certificate;	/* ours, then those between it and its CA; a server needs one */
	const char	*key;		/* of the first of them, without a passphrase */
	const char	*ca;		/* who signs the peer's; a server asks for one only with it;
					   NULL: for a client, whom the system trusts */
	enum tls_version min;		/* below 1.2 also the weak keys and digests of that time */
	enum tls_verify	 verify;
};

enum tls_part { TLS_CERTIFICATE, TLS_KEY, TLS_CA };

struct tls_mistake {
	enum tls_part	 part;		/* which text is wrong */
	char		 text[200];
};

/* -- contexts: what many connections share ---------------------------------- */

struct tls_context;

/* NULL: a text is wrong, and the mistake says how. */
struct tls_context	*tls_server(const struct tls_options *, struct tls_mistake *);
struct tls_context	*tls_client(const struct tls_options *, struct tls_mistake *);
void	tls_context_free(struct tls_context *);	/* its connections go on; NULL is fine */
int64_t	tls_context_expires(const struct tls_context *);	/* s since 1970, our certificate; INT64_MAX: none */

/* -- connections ---------------------------------------------------------------- */

struct tls;

enum tls_result {
	TLS_FINE,
	TLS_ENDED,		/* the peer will send no more; it can still be sent to */
	TLS_FAILED		/* for good: tls_error(); out may have an alert for the peer */
};

/* host: a client's: the name or address that was called, for TLS_VERIFY_PEER; else NULL. */
struct tls	*tls_new(struct tls_context *, const char *host);
void		 tls_free(struct tls *);	/* NULL is fine */

/* A client's first bytes.  A server waits for them. */
void		 tls_start(struct tls *, struct buf *out);

/*
 * Takes what came: appends what it means to plain, and what must be sent to
 * out.  All bytes are taken; what is not a whole record yet is kept (16 KiB).
 */
enum tls_result	 tls_take(struct tls *, const void *bytes, size_t len, struct buf *plain,
		    struct buf *out);

bool		 tls_ready(const struct tls *);		/* the handshake is done */
/* Only when ready.  false: failed. */
bool		 tls_put(struct tls *, const void *plain, size_t len, struct buf *out);
void		 tls_end(struct tls *, struct buf *out);	/* nothing more will be put (close_notify) */

const char	*tls_error(const struct tls *);		/* why it failed */
/* "TLSv1.3": in use; before that the newest that the client spoke of; "no TLS" before that. */
const char	*tls_version_name(const struct tls *);
/* The common name of the peer's certificate, when it is from the CA; else NULL. */
const char	*tls_peer(const struct tls *);
bool		 tls_verified(const struct tls *);	/* the peer has shown a certificate from the CA */

#endif
