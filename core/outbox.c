/* Notifications on their way to snmpd: paced, in order, never forgotten. */
#include <inttypes.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/outbox.h"

struct notice {
	TAILQ_ENTRY(notice) entry;
	uint64_t	 serial;
	enum event_kind	 kind;
	char		*device, *object, *text;
	int64_t		 born, due;	/* ms */
	bool		 handed;
};
TAILQ_HEAD(notices, notice);

/* When one of a kind, device and object may go next. */
struct pace {
	TAILQ_ENTRY(pace) entry;
	enum event_kind	 kind;
	char		*device, *object;
	int64_t		 next;
};

struct outbox {
	struct loop		*loop;
	const struct outbox_calls *calls;
	void			*arg;
	struct notices		 notices;	/* by due */
	TAILQ_HEAD(, pace)	 paces;		/* the latest last */
	size_t			 n, handed;
	uint64_t		 stored, given_up;
	bool			 taker;
	struct timer		*timer;
};

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* -- pace ------------------------------------------------------------------------ */

static void
pace_free(struct outbox *o, struct pace *p)
{
	TAILQ_REMOVE(&o->paces, p, entry);
	free(p->device);
	free(p->object);
	free(p);
}

/* The time at which this one may go, and what that means for the next one. */
static int64_t
pace(struct outbox *o, const struct notice *n)
{
	int64_t		 now = loop_now(o->loop), due = now;
	struct pace	*p;

	while ((p = TAILQ_FIRST(&o->paces)) != NULL && p->next <= now)
		pace_free(o, p);
	TAILQ_FOREACH(p, &o->paces, entry)
		if (p->kind == n->kind && same(p->device, n->device) && same(p->object, n->object))
			break;
	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		*p = (struct pace){ .kind = n->kind, .device = xstrdup(n->device), .object = xstrdup(n->object) };
	} else {
		due = p->next > now ? p->next : now;
		TAILQ_REMOVE(&o->paces, p, entry);
	}
	p->next = due + OUTBOX_PACE_MS;
	TAILQ_INSERT_TAIL(&o->paces, p, entry);
	return due;
}

/* -- the list -------------------------------------------------------------------- */

static void
notice_free(struct notice *n)
{
	free(n->device);
	free(n->object);
	free(n->text);
	free(n);
}

static void
take_out(struct outbox *o, struct notice *n)
{
	uint64_t	 serial = n->serial;

	TAILQ_REMOVE(&o->notices, n, entry);
	o->n--;
	o->handed -= n->handed;
	notice_free(n);
	o->calls->end(o->arg, serial);
}

static struct notice *
find(const struct outbox *o, uint64_t serial)
{
	struct notice	*n;

	TAILQ_FOREACH(n, &o->notices, entry)
		if (n->serial == serial)
			return n;
	return NULL;
}

/* The last of this object that waits, if the new one takes it back. */
static struct notice *
opposite(const struct outbox *o, const struct notice *new)
{
	const struct event_facts	*facts = event_facts(new->kind), *other;
	struct notice			*n;

	if (facts->family == 0)
		return NULL;
	TAILQ_FOREACH_REVERSE(n, &o->notices, notices, entry) {
		other = event_facts(n->kind);
		if (other->family != facts->family || !same(n->device, new->device) || !same(n->object, new->object))
			continue;
		return other->side == -facts->side && !n->handed && n->due > loop_now(o->loop) ? n : NULL;
	}
	return NULL;
}

/* Behind those of its device, whatever their due. */
static int64_t
behind_its_device(const struct outbox *o, const struct notice *new)
{
	const struct notice	*n;

	TAILQ_FOREACH_REVERSE(n, &o->notices, notices, entry)
		if (same(n->device, new->device))
			return n->due;
	return new->due;
}

static void
insert(struct outbox *o, struct notice *new)
{
	struct notice	*n;

	TAILQ_FOREACH_REVERSE(n, &o->notices, notices, entry)
		if (n->due <= new->due)
			break;
	if (n == NULL)
		TAILQ_INSERT_HEAD(&o->notices, new, entry);
	else
		TAILQ_INSERT_AFTER(&o->notices, n, new, entry);
	o->n++;
}

static void
give_up_first(struct outbox *o)
{
	take_out(o, TAILQ_FIRST(&o->notices));
	o->calls->given_up(o->arg, ++o->given_up);
}

/* -- handing over ----------------------------------------------------------------- */

/* When it can be handed over. */
static int64_t
ready_at(const struct outbox *o, const struct notice *n)
{
	int64_t	 disk = n->born + OUTBOX_DISK_MS;

	return n->serial <= o->stored || n->due > disk ? n->due : disk;
}

static void
go_on(void *arg)
{
	struct outbox	*o = arg;
	struct notice	*n;
	int64_t		 now = loop_now(o->loop), ready, next = INT64_MAX;

	while ((n = TAILQ_FIRST(&o->notices)) != NULL && now - n->born > OUTBOX_AGE_MS)
		give_up_first(o);
	TAILQ_FOREACH(n, &o->notices, entry) {
		if (!o->taker || o->handed >= OUTBOX_WINDOW)
			break;
		if (n->handed)
			continue;
		/* The one behind it may be of the same device: order goes before speed. */
		if ((ready = ready_at(o, n)) > now) {
			next = ready;
			break;
		}
		n->handed = true;
		o->handed++;
		o->calls->hand(o->arg, n->serial, n->text);
	}
	if (next != INT64_MAX)
		timer_set(o->timer, next - now);
	else
		timer_stop(o->timer);
}

void
outbox_add(struct outbox *o, uint64_t serial, const struct event *e, const char *text, bool stored)
{
	const struct event_facts	*facts = event_facts(e->kind);
	const char			*object = facts->object == NULL ? NULL : event_field(e, facts->object);
	struct notice			*n = xcalloc(1, sizeof(*n)), *other;
	int64_t				 behind;

	*n = (struct notice){ .serial = serial, .kind = e->kind, .device = xstrdup(e->device),
	    .object = xstrdup(object == NULL ? "" : object), .text = xstrdup(text), .born = loop_now(o->loop) };
	if (!stored && (other = opposite(o, n)) != NULL) {
		log_debug(e->device, "notifications %" PRIu64 " and %" PRIu64 " take each other back", other->serial, serial);
		log_debug(e->device, "notifications %" PRIu64 " and %" PRIu64 " take each other back", other->serial, serial);
		take_out(o, other);
		o->calls->end(o->arg, serial);
		notice_free(n);
		return;
	}
	n->due = stored ? n->born : pace(o, n);
	if (stored && serial > o->stored)
		o->stored = serial;
	behind = behind_its_device(o, n);
	if (behind > n->due)
		n->due = behind;
	insert(o, n);
	if (o->n > OUTBOX_MAX)
		give_up_first(o);
	go_on(o);
}

void
outbox_stored(struct outbox *o, uint64_t serial)
{
	if (serial > o->stored)
		o->stored = serial;
	go_on(o);
}

void
outbox_sent(struct outbox *o, uint64_t serial)
{
	struct notice	*n = find(o, serial);

	if (n == NULL)
		return;
	take_out(o, n);
	go_on(o);
}

void
outbox_taker(struct outbox *o, bool there)
{
	struct notice	*n;

	o->taker = there;
	o->handed = 0;
	TAILQ_FOREACH(n, &o->notices, entry)
		n->handed = false;
	go_on(o);
}

bool
outbox_has(const struct outbox *o, uint64_t serial)
{
	return find(o, serial) != NULL;
}

size_t
outbox_waiting(const struct outbox *o)
{
	return o->n;
}

/* -- life --------------------------------------------------------------------------- */

struct outbox *
outbox_new(struct loop *loop, const struct outbox_calls *calls, void *arg)
{
	struct outbox	*o = xcalloc(1, sizeof(*o));

	o->loop = loop;
	o->calls = calls;
	o->arg = arg;
	TAILQ_INIT(&o->notices);
	TAILQ_INIT(&o->paces);
	o->timer = timer_new(loop, go_on, o);
	return o;
}

void
outbox_free(struct outbox *o)
{
	struct notice	*n;

	if (o == NULL)
		return;
	while ((n = TAILQ_FIRST(&o->notices)) != NULL) {
		TAILQ_REMOVE(&o->notices, n, entry);
		notice_free(n);
	}
	while (!TAILQ_EMPTY(&o->paces))
		pace_free(o, TAILQ_FIRST(&o->paces));
	timer_free(o->timer);
	free(o);
}
