#ifndef NUTPROTO_DESK_H
#define NUTPROTO_DESK_H

#include "core/settings.h"
#include "core/tls.h"
#include "nutproto/logins.h"
#include "nutproto/refusals.h"
#include "nutproto/tracking.h"
#include "nutproto/ups.h"

/* Where a client is: 4 bytes, or 16 with v6. */
struct from {
	uint8_t	 address[16];
	bool	 v6;
};
#define FROM_TEXT_MAX	46

const char	*from_text(const struct from *, char room[FROM_TEXT_MAX]);

/*
 * Who says whether a name and a password belong together.  The verdict comes
 * once, perhaps before begin() returns; then, and only then, NULL is returned.
 * It speaks of the settings that held when it was asked.
 */
struct proof;
typedef void proof_fn(bool right, void *arg);
struct prover {
	struct proof	*(*begin)(void *arg, const char *name, const char *password, const struct from *,
			    proof_fn *, void *fn_arg);
	void		 (*forget)(struct proof *);	/* no verdict comes any more */
	void		*arg;
};

/* What all sessions share.  Whoever makes it owns everything in it. */
struct desk {
	struct loop		*loop;
	struct upses		*upses;
	struct logins		*logins;
	struct trackings	*trackings;
	struct refusals		*refusals;
	const struct settings	*settings;	/* the users of it */
	unsigned		 edition;	/* of the settings: with another one everybody is to be proven again */
	struct prover		 prover;
	struct tls_context	*tls;		/* for handshakes from now on; NULL: STARTTLS is not offered */
};

#endif
