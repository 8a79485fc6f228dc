#ifndef CORE_TLS_MAKE_H
#define CORE_TLS_MAKE_H

/*
 * Certificates of one's own, for who has no authority to ask: an ECDSA key on
 * P-256 and what it is certified for.
 */
enum tls_use { TLS_FOR_CA, TLS_FOR_SERVER, TLS_FOR_CLIENT };

struct tls_request {
	enum tls_use		 use;
	const char		*name;		/* the common name, 1 to 64 bytes */
	const char *const	*hosts;		/* names and addresses, NULL-ended; NULL: none */
	unsigned		 days;		/* from now; begins a day before, for clocks that are behind */
};

struct tls_pair {			/* PEM texts, malloc'd */
	char	*certificate, *key;
};

/* ca: who signs; NULL: the new key itself.  NULL texts when the name or a host is none. */
struct tls_pair	 tls_make(const struct tls_request *, const struct tls_pair *ca);
void		 tls_pair_free(struct tls_pair *);

#endif
