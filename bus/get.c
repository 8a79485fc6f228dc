/*
 * peer_get: any number of objects in as few messages as the agent takes.
 *
 * What the agent answers decides how it goes on: tooBig halves the batch for
 * good; an error with an index takes that object out; one without an index is
 * narrowed down by halves; no answer at all is tried with a single object,
 * and if that is answered, the agent drops what is too large for it.
 */

#include <stdlib.h>

#include "bus/question.h"
#include "core/log.h"
#include "core/mem.h"

struct get {
	struct question	 question;
	size_t		 n;
	bool		*settled;
	size_t		 from;		/* the first that is not settled */
	size_t		 chunk[MESSAGE_BINDS];	/* which ones are out */
	size_t		 cap;		/* for this ask alone */
	size_t		 half;		/* what to try next of an agent that may drop large messages; 0: no suspicion */
};

/* Bytes that a varbind takes in the answer: its OID, two headers, and a value of middling length. */
static size_t
cost(struct oid oid)
{
	size_t	 bytes = 4 + 16, i;

	for (i = 0; i < oid.len; i++) {
		bytes++;
		for (uint32_t rest = oid.ids[i] >> 7; rest > 0; rest >>= 7)
			bytes++;
	}
	return bytes;
}

static bool
get_next(struct peer *p, struct question *a, struct message *m)
{
	struct get	*g = (struct get *)a;
	size_t		 most = peer_habits(p)->batch, bytes = 0, i;

	if (g->cap < most)
		most = g->cap;
	while (g->from < g->n && g->settled[g->from])
		g->from++;
	a->nbinds = 0;
	for (i = g->from; i < g->n && a->nbinds < most; i++) {
		if (g->settled[i])
			continue;
		bytes += cost(a->found.at[i].oid);
		if (bytes > MESSAGE_BYTES && a->nbinds > 0)
			break;
		g->chunk[a->nbinds] = i;
		a->binds[a->nbinds++] = (struct varbind){ .oid = a->found.at[i].oid };
	}
	m->kind = MESSAGE_GET;
	return a->nbinds > 0;
}

static void
absent(struct get *g, size_t place)
{
	g->settled[g->chunk[place]] = true;
}

/* By its place if it stands there, else wherever it was asked for. */
static bool
place_of(const struct get *g, size_t hint, struct oid oid, size_t *place)
{
	size_t	 k, i;

	for (k = 0; k < g->question.nbinds; k++) {
		i = (hint + k) % g->question.nbinds;
		if (!g->settled[g->chunk[i]] && oid_compare(g->question.binds[i].oid, oid) == 0) {
			*place = i;
			return true;
		}
	}
	return false;
}

static size_t
take(struct get *g, const struct answer *answer)
{
	size_t	 matched = 0, place, i;

	for (i = 0; i < answer->n && matched < g->question.nbinds; i++) {
		if (!place_of(g, i, answer->binds[i].oid, &place))
			continue;
		absent(g, place);
		if (answer->binds[i].type != VB_ABSENT)
			g->question.found.at[g->chunk[place]] = varbinds_keep(&g->question.found, &answer->binds[i]);
		matched++;
	}
	return matched;
}

/* The agent is there: what it left unanswered was too much for it. */
static void
suspicion(struct peer *p, struct get *g)
{
	struct habits	*h = peer_habits(p);

	if (g->half == 0)
		return;
	if (g->question.nbinds == 1 && g->half > 1) {
		g->cap = g->half;
		g->question.single = 1;
		return;
	}
	/* Once may be bad luck for an agent that has answered as many before. */
	if ((g->half >= h->proven || ++h->drops > 1) && g->half < h->batch) {
		h->batch = g->half;
		log_info(peer_name(p), "leaves large requests unanswered; asks for %zu objects at a time from now on",
		    h->batch);
	}
	g->half = 0;
}

static void
good_answer(struct peer *p, struct get *g, const struct answer *answer)
{
	struct habits	*h = peer_habits(p);
	size_t		 asked = g->question.nbinds, matched = take(g, answer);

	suspicion(p, g);
	if (matched == asked) {
		if (asked > h->proven)
			h->proven = asked;
		if (g->half == 0)
			g->cap = g->cap > MESSAGE_BINDS / 2 ? MESSAGE_BINDS : g->cap * 2;
	} else if (matched > 0) {
		g->cap = matched;	/* it cut its answer short */
	} else if (asked == 1) {
		absent(g, 0);		/* it answered about something else */
	} else {
		g->cap = asked / 2;
	}
}

static void
get_answer(struct peer *p, struct question *a, const struct answer *answer)
{
	struct get	*g = (struct get *)a;
	struct habits	*h = peer_habits(p);

	if (answer->status == AGENT_NO_ERROR) {
		good_answer(p, g, answer);
		return;
	}
	if (answer->status == AGENT_AUTHORIZATION_ERROR) {
		question_end(a, R_FAILED, "the agent refuses access (authorizationError)");
		return;
	}
	if (answer->status != AGENT_TOO_BIG && answer->index >= 1 && answer->index <= a->nbinds) {
		absent(g, answer->index - 1);
		return;
	}
	if (a->nbinds == 1) {
		absent(g, 0);
		return;
	}
	g->cap = a->nbinds / 2;
	if (answer->status == AGENT_TOO_BIG && g->cap < h->batch) {
		h->batch = g->cap;
		log_debug(peer_name(p), "tooBig: %zu objects at a time from now on", h->batch);
	}
}

static void
get_silence(struct peer *p, struct question *a)
{
	struct get	*g = (struct get *)a;

	if (a->nbinds == 1) {
		question_silent(p, a);
		return;
	}
	g->cap = g->half == 0 ? 1 : a->nbinds / 2;
	g->half = a->nbinds / 2;
	a->single = 1;
}

static void
get_free(struct question *a)
{
	free(((struct get *)a)->settled);
}

static const struct question_kind get_kind = { get_next, get_answer, get_silence, get_free };

void
peer_get(struct peer *p, const struct oid *oids, size_t n, peer_fn *fn, void *arg)
{
	struct get	*g = xcalloc(1, sizeof(*g));
	size_t		 i;

	g->question = (struct question){ .kind = &get_kind, .fn = fn, .arg = arg };
	g->n = n;
	g->cap = MESSAGE_BINDS;
	g->settled = xcalloc(n + 1, sizeof(*g->settled));
	for (i = 0; i < n; i++)
		varbinds_add(&g->question.found, &(struct varbind){ .oid = oids[i], .type = VB_ABSENT });
	peer_queue(p, &g->question);
}
