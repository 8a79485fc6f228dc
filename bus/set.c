/*
 * peer_set: one message, all or nothing.  It is sent once and has the time of
 * all tries to be answered: an agent whose answer got lost has done it, and
 * "reboot outlet 3" done twice is not what was asked for.
 */

#include <stdlib.h>

#include "bus/question.h"
#include "core/mem.h"

struct set {
	struct question	 question;
	struct varbinds	 values;
	bool		 sent;
};

/* What an agent's refusal is to the one who asked; the others are R_FAILED. */
static const struct {
	unsigned	 status;
	enum result	 result;
} refusals[] = {
	{ AGENT_NO_SUCH_NAME,		R_READONLY },
	{ AGENT_BAD_VALUE,		R_INVALID },
	{ AGENT_READ_ONLY,		R_READONLY },
	{ AGENT_NO_ACCESS,		R_READONLY },
	{ AGENT_WRONG_TYPE,		R_INVALID },
	{ AGENT_WRONG_LENGTH,		R_INVALID },
	{ AGENT_WRONG_ENCODING,		R_INVALID },
	{ AGENT_WRONG_VALUE,		R_INVALID },
	{ AGENT_NO_CREATION,		R_READONLY },
	{ AGENT_INCONSISTENT_VALUE,	R_INVALID },
	{ AGENT_NOT_WRITABLE,		R_READONLY },
};

static bool
set_next(struct peer *p, struct question *a, struct message *m)
{
	struct set	*s = (struct set *)a;

	if (s->sent || s->values.n == 0)
		return false;
	for (a->nbinds = 0; a->nbinds < s->values.n; a->nbinds++)
		a->binds[a->nbinds] = s->values.at[a->nbinds];
	m->kind = MESSAGE_SET;
	s->sent = true;
	return true;
}

static void
set_answer(struct peer *p, struct question *a, const struct answer *answer)
{
	enum result	 result = R_FAILED;
	size_t		 i;

	if (answer->status != AGENT_NO_ERROR) {
		for (i = 0; i < nitems(refusals); i++)
			if (refusals[i].status == answer->status)
				result = refusals[i].result;
		question_end(a, result, "the agent refuses: %s", agent_error_text(answer->status));
		return;
	}
	for (i = 0; i < answer->n; i++) {
		if (answer->binds[i].type == VB_ABSENT) {
			question_end(a, R_FAILED, "the agent has no such object");
			return;
		}
		varbinds_add(&a->found, &answer->binds[i]);
	}
}

static void
set_free(struct question *a)
{
	varbinds_free(&((struct set *)a)->values);
}

static const struct question_kind set_kind = { set_next, set_answer, question_silent, set_free };

void
peer_set(struct peer *p, const struct varbind *binds, size_t n, peer_fn *fn, void *arg)
{
	struct set	*s = xcalloc(1, sizeof(*s));
	size_t		 i;

	s->question = (struct question){ .kind = &set_kind, .fn = fn, .arg = arg, .single = 1 };
	if (n > MESSAGE_BINDS)
		question_end(&s->question, R_FAILED, "more than %d objects cannot be set at once", MESSAGE_BINDS);
	else
		for (i = 0; i < n; i++)
			varbinds_add(&s->values, &binds[i]);
	peer_queue(p, &s->question);
}
