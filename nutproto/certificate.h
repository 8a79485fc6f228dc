#ifndef NUTPROTO_CERTIFICATE_H
#define NUTPROTO_CERTIFICATE_H

#include "core/settings.h"

/*
 * The settings' certificate, ready for handshakes; NULL: none is configured,
 * or it cannot be used, and the log says why.  One that ends soon is told too.
 */
struct tls_context	*certificate_context(const struct nut_settings *);

#endif
