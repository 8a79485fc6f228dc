/*
 * peer_walk and peer_walk_columns: everything below some roots, by GETBULK or
 * GETNEXT.  A column ends where an answer leaves it or does not increase.
 * Messages start small, since most tables are, and double up to what the
 * agent takes; what it does not take is halved as in get.c.
 */

#include <stdlib.h>
#include <string.h>

#include "bus/question.h"
#include "core/log.h"
#include "core/mem.h"

#define FIRST_REPETITIONS	8
#define WALK_LIMIT		100000

struct column {
	struct oid	 root;
	uint32_t	 ids[OID_MAX_LEN];	/* where it stands */
	size_t		 len;
	bool		 done;
};

struct walk {
	struct question	 question;
	struct varbinds	 roots;		/* memory of the columns' roots */
	struct column	*columns;
	size_t		 ncolumns, limit;
	size_t		 chunk[MESSAGE_BINDS];	/* which columns are out */
	size_t		 width;		/* columns in a message, at most */
	size_t		 repetitions;	/* of the next message, at most */
	size_t		 sent;		/* repetitions of the one that is out */
	size_t		 half;		/* see get.c; in varbinds */
	size_t		 seen;		/* instances, with those that have no value */
	bool		 plain;		/* GETNEXT for this walk */
	bool		 last_resort;	/* because GETBULK was never answered */
};

static bool
walk_next(struct peer *p, struct question *a, struct message *m)
{
	struct walk	*w = (struct walk *)a;
	struct habits	*h = peer_habits(p);
	size_t		 width = w->width < h->batch ? w->width : h->batch, left = w->limit - a->found.n, i;

	if (left == 0 || w->seen >= WALK_LIMIT)
		return false;
	a->nbinds = 0;
	for (i = 0; i < w->ncolumns && a->nbinds < width; i++) {
		if (w->columns[i].done)
			continue;
		w->chunk[a->nbinds] = i;
		a->binds[a->nbinds++] = (struct varbind){ .oid = { w->columns[i].ids, w->columns[i].len } };
	}
	if (a->nbinds == 0)
		return false;
	w->sent = h->bulk / a->nbinds;
	if (w->sent > w->repetitions)
		w->sent = w->repetitions;
	if (w->sent > (left + a->nbinds - 1) / a->nbinds)
		w->sent = (left + a->nbinds - 1) / a->nbinds;
	if (w->sent < 1 || w->plain || h->no_bulk)
		w->sent = 1;
	m->kind = w->plain || h->no_bulk ? MESSAGE_GETNEXT : MESSAGE_GETBULK;
	m->repetitions = (unsigned)w->sent;
	return true;
}

/* endOfMibView repeats the OID that was asked with, so it does not increase either. */
static bool
advance(struct column *c, struct oid oid)
{
	if (oid.len > OID_MAX_LEN || !oid_below(c->root, oid) ||
	    oid_compare((struct oid){ c->ids, c->len }, oid) >= 0) {
		c->done = true;
		return false;
	}
	memcpy(c->ids, oid.ids, oid.len * sizeof(*oid.ids));
	c->len = oid.len;
	return true;
}

static void
take_rows(struct walk *w, const struct answer *answer)
{
	struct question	*a = &w->question;
	struct column	*c;
	size_t		 i;

	for (i = 0; i < answer->n && a->found.n < w->limit; i++) {
		c = &w->columns[w->chunk[i % a->nbinds]];
		if (c->done || !advance(c, answer->binds[i].oid))
			continue;
		w->seen++;
		if (answer->binds[i].type != VB_ABSENT)
			varbinds_add(&a->found, &answer->binds[i]);
	}
	/* An answer that says nothing about a column says that there is no more. */
	for (; i < a->nbinds; i++)
		if (answer->n == 0)
			w->columns[w->chunk[i]].done = true;
}

static void
suspicion(struct peer *p, struct walk *w)
{
	struct habits	*h = peer_habits(p);

	if (w->half == 0)
		return;
	if (w->question.nbinds * w->sent == 1 && w->half > 1) {
		w->width = w->half < MESSAGE_BINDS ? w->half : MESSAGE_BINDS;
		w->repetitions = w->half / w->width;
		w->question.single = 1;
		return;
	}
	if (w->half < h->bulk) {
		h->bulk = w->half;
		log_info(peer_name(p), "leaves large requests unanswered; walks by %zu objects from now on", h->bulk);
	}
	w->half = 0;
}

static void
good_answer(struct peer *p, struct walk *w, const struct answer *answer)
{
	struct habits	*h = peer_habits(p);

	if (!w->plain && !h->no_bulk)
		h->bulk_seen = true;
	if (w->last_resort && !h->no_bulk) {
		h->no_bulk = true;
		log_info(peer_name(p), "does not know GETBULK; walks by GETNEXT from now on");
	}
	take_rows(w, answer);
	suspicion(p, w);
	if (w->half == 0 && w->repetitions < MESSAGE_BINDS)
		w->repetitions *= 2;
}

/* tooBig to a GETBULK is no agent's right, but some do it. */
static void
too_big(struct peer *p, struct walk *w)
{
	struct habits	*h = peer_habits(p);

	if (w->question.nbinds * w->sent == 1) {
		w->columns[w->chunk[0]].done = true;
		return;
	}
	if (w->sent == 1)
		w->width = w->question.nbinds / 2;
	h->bulk = w->question.nbinds * w->sent / 2;
}

static void
walk_answer(struct peer *p, struct question *a, const struct answer *answer)
{
	struct walk	*w = (struct walk *)a;

	if (answer->status == AGENT_NO_ERROR) {
		good_answer(p, w, answer);
	} else if (answer->status == AGENT_AUTHORIZATION_ERROR) {
		question_end(a, R_FAILED, "the agent refuses access (authorizationError)");
	} else if (answer->status == AGENT_TOO_BIG) {
		too_big(p, w);
	} else if (!w->plain && !peer_habits(p)->no_bulk) {
		w->plain = true;	/* what GETBULK stumbles over, GETNEXT may tell apart */
	} else if (answer->index >= 1 && answer->index <= a->nbinds) {
		w->columns[w->chunk[answer->index - 1]].done = true;
	} else if (a->nbinds > 1) {
		w->width = a->nbinds / 2;
	} else {
		w->columns[w->chunk[0]].done = true;
	}
}

static void
walk_silence(struct peer *p, struct question *a)
{
	struct walk	*w = (struct walk *)a;
	struct habits	*h = peer_habits(p);
	size_t		 weight = a->nbinds * w->sent;

	a->single = 1;
	if (weight == 1) {
		/* An agent that answers, but never to a GETBULK, may know only GETNEXT. */
		if (w->plain || h->no_bulk || h->bulk_seen || !peer_heard(p))
			question_silent(p, a);
		w->plain = w->last_resort = true;
		w->half = 0;
		return;
	}
	if (w->half == 0) {
		w->width = w->repetitions = 1;
	} else {
		w->width = weight / 2 < a->nbinds ? weight / 2 : a->nbinds;
		w->repetitions = weight / 2 / w->width;
	}
	w->half = weight / 2;
}

static void
walk_free(struct question *a)
{
	struct walk	*w = (struct walk *)a;

	varbinds_free(&w->roots);
	free(w->columns);
}

static const struct question_kind walk_kind = { walk_next, walk_answer, walk_silence, walk_free };

void
peer_walk_columns(struct peer *p, const struct oid *roots, size_t n, size_t limit, peer_fn *fn, void *arg)
{
	struct walk	*w = xcalloc(1, sizeof(*w));
	struct column	*c;
	size_t		 i;

	w->question = (struct question){ .kind = &walk_kind, .fn = fn, .arg = arg };
	w->columns = xcalloc(n + 1, sizeof(*w->columns));
	w->ncolumns = n;
	w->limit = limit > 0 ? limit : WALK_LIMIT;
	w->width = MESSAGE_BINDS;
	w->repetitions = FIRST_REPETITIONS;
	for (i = 0; i < n; i++) {
		c = &w->columns[i];
		c->root = varbinds_keep_oid(&w->roots, roots[i]);
		c->len = roots[i].len < OID_MAX_LEN ? roots[i].len : OID_MAX_LEN;
		memcpy(c->ids, roots[i].ids, c->len * sizeof(*c->ids));
	}
	peer_queue(p, &w->question);
}

void
peer_walk(struct peer *p, struct oid root, size_t limit, peer_fn *fn, void *arg)
{
	peer_walk_columns(p, &root, 1, limit, fn, arg);
}
