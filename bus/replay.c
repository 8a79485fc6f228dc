#include <stdlib.h>

#include "bus/replay.h"
#include "bus/varbinds.h"
#include "core/mem.h"

#define BULK_MAX	500	/* varbinds in an answer to GETBULK */

struct replay {
	struct peer		*peer;
	struct recording	*recording;
	const struct message	*message;	/* to be answered; NULL: none */
	struct timer		*timer, *opened;
	bool			 v1;
	void			(*changed)(void *arg, bool up, const char *why);
	void			*arg;
};

/* -- one kind of message each: fills the list, says an error ------------------------- */

struct reply {
	struct varbinds	 binds;
	unsigned	 status;
	size_t		 index;
};

/* What an agent says of something that is not there: v2 marks it, v1 refuses the whole message. */
static void
missing(struct replay *r, struct reply *reply, struct oid oid)
{
	varbinds_add(&reply->binds, &(struct varbind){ .oid = oid, .type = VB_ABSENT });
	if (!r->v1 || reply->status != AGENT_NO_ERROR)
		return;
	reply->status = AGENT_NO_SUCH_NAME;
	reply->index = reply->binds.n;
}

static void
answer_get(struct replay *r, const struct message *m, struct reply *reply)
{
	const struct varbind	*found;
	size_t			 i;

	for (i = 0; i < m->n; i++) {
		found = recording_get(r->recording, m->binds[i].oid);
		if (found == NULL)
			missing(r, reply, m->binds[i].oid);
		else
			varbinds_add(&reply->binds, found);
	}
}

static void
answer_next(struct replay *r, const struct message *m, struct reply *reply)
{
	const struct varbind	*found;
	size_t			 i;

	for (i = 0; i < m->n; i++) {
		if ((found = recording_next(r->recording, m->binds[i].oid)) == NULL)
			missing(r, reply, m->binds[i].oid);
		else
			varbinds_add(&reply->binds, found);
	}
}

static void
answer_bulk(struct replay *r, const struct message *m, struct reply *reply)
{
	const struct varbind	*found;
	struct oid		 from;
	size_t			 row, i;

	for (row = 0; row < m->repetitions && reply->binds.n + m->n <= BULK_MAX; row++) {
		for (i = 0; i < m->n; i++) {
			from = row == 0 ? m->binds[i].oid : reply->binds.at[(row - 1) * m->n + i].oid;
			if ((found = recording_next(r->recording, from)) == NULL)
				varbinds_add(&reply->binds, &(struct varbind){ .oid = from, .type = VB_ABSENT });
			else
				varbinds_add(&reply->binds, found);
		}
	}
}

static void
answer_set(struct replay *r, const struct message *m, struct reply *reply)
{
	size_t	 i;

	for (i = 0; i < m->n && reply->status == AGENT_NO_ERROR; i++) {
		reply->status = recording_set(r->recording, &m->binds[i]);
		reply->index = reply->status != AGENT_NO_ERROR ? i + 1 : 0;
		varbinds_add(&reply->binds, &m->binds[i]);
	}
}

static void (*const answers[])(struct replay *, const struct message *, struct reply *) = {
	[MESSAGE_GET] = answer_get,
	[MESSAGE_GETNEXT] = answer_next,
	[MESSAGE_GETBULK] = answer_bulk,
	[MESSAGE_SET] = answer_set,
};

/* -- the backend --------------------------------------------------------------------------- */

static void
on_timer(void *arg)
{
	struct replay		*r = arg;
	const struct message	*m = r->message;
	struct reply		 reply = { .status = AGENT_NO_ERROR };

	if (m == NULL)
		return;
	answers[m->kind](r, m, &reply);
	peer_answer(r->peer, &(struct answer){ .serial = m->serial, .status = reply.status, .index = reply.index,
	    .binds = reply.binds.at, .n = reply.binds.n });
	varbinds_free(&reply.binds);
}

static bool
replay_send(void *wire, const struct message *m)
{
	struct replay	*r = wire;

	r->message = m;
	timer_set(r->timer, 0);
	return true;
}

static void
replay_forget(void *wire)
{
	((struct replay *)wire)->message = NULL;
}

static void
replay_free(void *wire)
{
	struct replay	*r = wire;

	timer_free(r->timer);
	timer_free(r->opened);
	recording_free(r->recording);
	free(r);
}

static const struct peer_ops replay_ops = { replay_send, replay_forget, replay_free };

static void
on_opened(void *arg)
{
	struct replay	*r = arg;

	r->changed(r->arg, true, NULL);
}

struct peer *
replay_new(struct loop *loop, struct recording *recording, const struct peer_options *options,
    void (*changed)(void *arg, bool up, const char *why), void *arg)
{
	struct replay	*r = xcalloc(1, sizeof(*r));

	*r = (struct replay){ .recording = recording, .v1 = options->v1, .changed = changed, .arg = arg };
	r->timer = timer_new(loop, on_timer, r);
	r->opened = timer_new(loop, on_opened, r);
	if (changed != NULL)
		timer_set(r->opened, 0);
	return r->peer = peer_new(loop, &replay_ops, r, options);
}
