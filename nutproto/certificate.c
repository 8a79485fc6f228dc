/*
 * From the settings to what STARTTLS needs.  Where a certificate is required a
 * foreign one ends the handshake; without one it goes on, for reading is open
 * to everybody, and NUT's upsc, which has none, always speaks TLS if it can.
 */

#include <time.h>

#include "core/log.h"
#include "nutproto/certificate.h"

#define DAY		86400
#define SOON_DAYS	14

static void
tell_end(int64_t expires)
{
	int64_t	 left = expires - (int64_t)time(NULL);

	if (left <= 0)
		log_warning("nut", "the certificate has expired: clients that check it will refuse us");
	else if (left < SOON_DAYS * DAY)
		log_warning("nut", "the certificate expires in %d days", (int)(left / DAY));
}

struct tls_context *
certificate_context(const struct nut_settings *s)
{
	const struct tls_options	 options = {
		.certificate = s->certificate, .key = s->key, .ca = s->client_ca, .min = s->tls_min,
		.verify = s->require == REQUIRE_CERTIFICATE ? TLS_VERIFY_SHOWN : TLS_VERIFY_NONE
	};
	struct tls_mistake		 m;
	struct tls_context		*context;

	if (s->certificate == NULL)
		return NULL;
	context = tls_server(&options, &m);
	if (context == NULL)
		log_error("nut", "no TLS: the certificate cannot be used: %s", m.text);
	else
		tell_end(tls_context_expires(context));
	return context;
}
