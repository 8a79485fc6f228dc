#ifndef NUTPROTO_REFUSALS_H
#define NUTPROTO_REFUSALS_H

#include <stdint.h>

#include "core/loop.h"

/*
 * What was refused to whom, counted by cause.  The log hears of each cause at
 * most once a minute: a flood of clients is no flood of lines.
 */
struct refusals;

enum refusal {
	REFUSED_NETWORK,	/* the address may not connect */
	REFUSED_FULL,		/* max-connections */
	REFUSED_ADDRESS_FULL,	/* too many from one address */
	REFUSED_EVICTED,	/* idle, and another needed the place */
	REFUSED_SILENT,		/* timed out */
	REFUSED_PASSWORD,
	REFUSED_RIGHT,		/* ACCESS-DENIED */
	REFUSED_HANDSHAKE,	/* of TLS, it failed */
	REFUSALS
};

struct refusals	*refusals_new(struct loop *);
void		 refusals_free(struct refusals *);
/* Who is told of what the log hears, and of wrong passwords as seldom. */
void		 refusals_on_note(struct refusals *, void (*)(void *arg, const char *by, const char *text), void *arg);
/* from: whose it was; user: NULL where nobody has said a name. */
void		 refusals_note(struct refusals *, enum refusal, const char *from, const char *user);
void		 refusals_explain(struct refusals *, enum refusal, const char *from, const char *why);
uint64_t	 refusals_count(const struct refusals *, enum refusal);
const char	*refusal_name(enum refusal);	/* of the counter: "refused-full" */

#endif
