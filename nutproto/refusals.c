#include <stdbool.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/refused.h"
#include "nutproto/refusals.h"

static const struct {
	const char	*name;
	const char	*text;		/* NULL: nobody is told */
	bool		 logged;	/* else elsewhere */
} causes[REFUSALS] = {
	[REFUSED_NETWORK] = { "refused-network", "may not connect, by allow", true },
	[REFUSED_FULL] = { "refused-full", "was refused: all of max-connections are in use", true },
	[REFUSED_ADDRESS_FULL] = { "refused-address", "was refused: too many connections from there", true },
	[REFUSED_EVICTED] = { "closed-for-room", "was idle and made room for another client", true },
	[REFUSED_SILENT] = { "closed-silent", NULL, false },
	[REFUSED_PASSWORD] = { "wrong-passwords", "gave a wrong password", false },
	[REFUSED_RIGHT] = { "denied", "asked for what it may not", true },
	[REFUSED_HANDSHAKE] = { "failed-handshakes", "failed in its TLS handshake", true },
};

struct refusals {
	struct loop	*loop;
	struct refused	 of[REFUSALS];
	void		(*told)(void *, const char *, const char *);	/* NULL: nobody listens */
	void		*told_arg;
};

struct refusals *
refusals_new(struct loop *loop)
{
	struct refusals	*r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	return r;
}

void
refusals_on_note(struct refusals *r, void (*told)(void *, const char *, const char *), void *arg)
{
	r->told = told;
	r->told_arg = arg;
}

void
refusals_free(struct refusals *r)
{
	free(r);
}

/* why: ": ..." or nothing. */
static void
note(struct refusals *r, enum refusal cause, const char *from, const char *user, const char *why)
{
	char	*more, *by, *text;

	if (!refused_note(&r->of[cause], loop_now(r->loop)) || causes[cause].text == NULL)
		return;
	more = refused_more(&r->of[cause]);
	by = xasprintf("%.64s%s%s", user == NULL ? "" : user, user == NULL ? "" : "@", from);
	text = xasprintf("%s%s%s", causes[cause].text, why, more);
	if (causes[cause].logged)
		log_warning("nut", "%s %s", by, text);
	if (r->told != NULL)
		r->told(r->told_arg, by, text);
	free(by);
	free(text);
	free(more);
}

void
refusals_note(struct refusals *r, enum refusal cause, const char *from, const char *user)
{
	note(r, cause, from, user, "");
}

void
refusals_explain(struct refusals *r, enum refusal cause, const char *from, const char *why)
{
	char	*text = xasprintf(": %s", why);

	note(r, cause, from, NULL, text);
	free(text);
}

uint64_t
refusals_count(const struct refusals *r, enum refusal cause)
{
	return r->of[cause].n;
}

const char *
refusal_name(enum refusal cause)
{
	return causes[cause].name;
}
