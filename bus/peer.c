#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/question.h"
#include "core/log.h"
#include "core/mem.h"

struct peer {
	struct loop		*loop;
	const struct peer_ops	*ops;
	void			*wire;
	char			*name;
	struct peer_options	 options;
	struct habits		 habits;
	struct question		*first, **last;
	struct message		 message;	/* the first one's, while waiting */
	bool			 waiting;
	bool			 too_long;	/* the wire did not take it */
	bool			 heard;
	unsigned		 tries;		/* begun of this message */
	unsigned		 serial;
	struct timer		*timer;		/* the try's end, or something to do at once */
	char			 why[120];	/* why tries got lost */
};

static const char *const error_texts[] = {
	[AGENT_NO_ERROR] = "noError", [AGENT_TOO_BIG] = "tooBig", [AGENT_NO_SUCH_NAME] = "noSuchName",
	[AGENT_BAD_VALUE] = "badValue", [AGENT_READ_ONLY] = "readOnly", [AGENT_GEN_ERR] = "genErr",
	[AGENT_NO_ACCESS] = "noAccess", [AGENT_WRONG_TYPE] = "wrongType", [AGENT_WRONG_LENGTH] = "wrongLength",
	[AGENT_WRONG_ENCODING] = "wrongEncoding", [AGENT_WRONG_VALUE] = "wrongValue",
	[AGENT_NO_CREATION] = "noCreation", [AGENT_INCONSISTENT_VALUE] = "inconsistentValue",
	[AGENT_RESOURCE_UNAVAILABLE] = "resourceUnavailable", [AGENT_COMMIT_FAILED] = "commitFailed",
	[AGENT_UNDO_FAILED] = "undoFailed", [AGENT_AUTHORIZATION_ERROR] = "authorizationError",
	[AGENT_NOT_WRITABLE] = "notWritable", [AGENT_INCONSISTENT_NAME] = "inconsistentName",
};

const char *
agent_error_text(unsigned status)
{
	return status < nitems(error_texts) ? error_texts[status] : "an unknown error";
}

/* -- for the kinds of asks ---------------------------------------------------- */

struct habits *
peer_habits(struct peer *p)
{
	return &p->habits;
}

const char *
peer_name(const struct peer *p)
{
	return p->name;
}

bool
peer_heard(const struct peer *p)
{
	return p->heard;
}

const struct peer_options *
peer_limits(const struct peer *p)
{
	return &p->options;
}

void
question_end(struct question *a, enum result result, const char *fmt, ...)
{
	va_list	 ap;

	a->over = true;
	a->result = result;
	if (fmt == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(a->detail, sizeof(a->detail), fmt, ap);
	va_end(ap);
}

void
question_silent(struct peer *p, struct question *a)
{
	question_end(a, R_TIMEOUT, "%s", p->why[0] != '\0' ? p->why : "no answer");
}

/* -- one ask after the other ----------------------------------------------------- */

static void
question_free(struct question *a)
{
	varbinds_free(&a->found);
	if (a->kind->free != NULL)
		a->kind->free(a);
	free(a);
}

static void
send_try(struct peer *p)
{
	unsigned	 wait = p->options.timeout_ms;

	if (p->message.kind == MESSAGE_SET)	/* has one try, and the time of all */
		wait *= p->options.retries + 1;
	p->tries++;
	p->too_long = !p->ops->send(p->wire, &p->message);
	timer_set(p->timer, p->too_long ? 0 : wait);
}

/* The first ask's next message goes out; without one, the timer ends it in a turn of its own. */
static void
begin(struct peer *p)
{
	struct question	*a = p->first;

	p->waiting = false;
	if (a == NULL) {
		timer_stop(p->timer);
		return;
	}
	if (a->over || !a->kind->next(p, a, &p->message)) {
		a->over = true;
		timer_set(p->timer, 0);
		return;
	}
	p->message.binds = a->binds;
	p->message.n = a->nbinds;
	p->message.serial = ++p->serial;
	p->waiting = true;
	p->tries = 0;
	send_try(p);
}

/*
 * The asker is told last, when the next ask is under way and nothing of this
 * one is left in the peer: it may ask again, or close the peer.
 */
static void
finish(struct peer *p)
{
	struct question	*a = p->first;

	if ((p->first = a->next) == NULL)
		p->last = &p->first;
	p->why[0] = '\0';
	begin(p);
	if (a->result == R_DONE)
		a->fn(a->arg, R_DONE, NULL, a->found.at, a->found.n);
	else
		a->fn(a->arg, a->result, a->detail[0] != '\0' ? a->detail : NULL, NULL, 0);
	question_free(a);
}

/* After an answer or its absence: on with this ask, or to its end. */
static void
go_on(struct peer *p)
{
	struct question	*a = p->first;

	if (!a->over && a->found.used > HARVEST_BYTES)
		question_end(a, R_FAILED, "the agent's answers have no end");
	begin(p);
	if (p->first->over)
		finish(p);
}

static void
settle(struct peer *p)
{
	p->waiting = false;
	timer_stop(p->timer);
	p->ops->forget(p->wire);
}

static unsigned
tries_allowed(const struct peer *p)
{
	return p->first->single > 0 ? p->first->single : p->options.retries + 1;
}

static void
on_timer(void *arg)
{
	struct peer	*p = arg;

	if (!p->waiting) {
		finish(p);
	} else if (p->too_long) {
		peer_answer(p, &(struct answer){ .serial = p->serial, .status = AGENT_TOO_BIG });
	} else if (p->tries < tries_allowed(p)) {
		send_try(p);
	} else {
		settle(p);
		p->first->kind->silence(p, p->first);
		go_on(p);
	}
}

void
peer_queue(struct peer *p, struct question *a)
{
	a->next = NULL;
	*p->last = a;
	p->last = &a->next;
	if (p->first == a)
		begin(p);
}

/* -- for the backend ------------------------------------------------------------------ */

void
peer_answer(struct peer *p, const struct answer *answer)
{
	if (!p->waiting || answer->serial != p->serial)
		return;
	settle(p);
	p->heard = p->heard || !p->too_long;
	p->first->single = 0;
	p->first->kind->answer(p, p->first, answer);
	go_on(p);
}

void
peer_refused(struct peer *p, const char *detail)
{
	if (!p->waiting)
		return;
	settle(p);
	question_end(p->first, R_FAILED, "%s", detail);
	go_on(p);
}

void
peer_hint(struct peer *p, const char *detail)
{
	snprintf(p->why, sizeof(p->why), "%s", detail);
}

/* The try still lasts a while, so that an unreachable port is not asked without pause. */
void
peer_unreached(struct peer *p, const char *detail)
{
	int64_t	 left = timer_left(p->timer), pause = p->options.timeout_ms / 4;

	peer_hint(p, detail);
	if (p->waiting && left > pause)
		timer_set(p->timer, pause);
}

void
peer_resend(struct peer *p)
{
	if (!p->waiting)
		return;
	p->tries--;
	send_try(p);
}

struct peer *
peer_new(struct loop *loop, const struct peer_ops *ops, void *wire, const struct peer_options *options)
{
	struct peer	*p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->ops = ops;
	p->wire = wire;
	p->options = *options;
	p->options.name = p->name = xstrdup(options->name);
	p->habits = (struct habits){ .batch = MESSAGE_BINDS, .bulk = MESSAGE_BINDS, .no_bulk = options->v1 };
	p->last = &p->first;
	p->timer = timer_new(loop, on_timer, p);
	return p;
}

static void
drop_questions(struct peer *p)
{
	struct question	*a;

	while ((a = p->first) != NULL) {
		p->first = a->next;
		question_free(a);
	}
	p->last = &p->first;
}

void
peer_forget(struct peer *p)
{
	if (p->waiting)
		settle(p);
	timer_stop(p->timer);
	drop_questions(p);
	p->why[0] = '\0';
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	drop_questions(p);
	timer_free(p->timer);
	p->ops->free(p->wire);
	free(p->name);
	free(p);
}
