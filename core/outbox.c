/* Notifications on their way to snmpd: paced, in order, never forgotten. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/outbox.h"
#include "core/vars.h"

#define BUCKETS	256

struct notice {
	TAILQ_ENTRY(notice) entry, near, alike;	/* of all; of its device's and of its serial's bucket */
	uint64_t	 serial;
	enum event_kind	 kind;
	char		*device, *object, *text;
	char		*row;		/* of the alarm table; "": it does not say */
	int64_t		 born, due;	/* ms */
	bool		 handed;
	bool		 again;		/* the one before it said the same */
	bool		 goes_on;	/* so did one of which somebody may have heard */
};
TAILQ_HEAD(notices, notice);

/* When one of a kind, device and object may go next. */
struct pace {
	TAILQ_ENTRY(pace) entry, near;
	enum event_kind	 kind;
	char		*device, *object;
	int64_t		 next;
};
TAILQ_HEAD(paces, pace);

struct outbox {
	struct loop		*loop;
	const struct outbox_calls *calls;
	void			*arg;
	struct notices		 notices;	/* by due */
	struct notices		 near[BUCKETS], alike[BUCKETS];	/* as they came */
	struct paces		 paces;		/* the latest last */
	struct paces		 near_paces[BUCKETS];
	size_t			 n, handed;
	uint64_t		 stored, given_up;
	uint64_t		*ended;		/* before they were stored */
	size_t			 nended, room;
	bool			 taker;
	struct timer		*timer;
};

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static unsigned
bucket(const char *device)
{
	return name_hash(device, strlen(device)) % BUCKETS;
}

/* -- pace ------------------------------------------------------------------------ */

static void
pace_free(struct outbox *o, struct pace *p)
{
	TAILQ_REMOVE(&o->paces, p, entry);
	TAILQ_REMOVE(&o->near_paces[bucket(p->device)], p, near);
	free(p->device);
	free(p->object);
	free(p);
}

static struct pace *
pace_of(const struct outbox *o, const struct notice *n)
{
	struct pace	*p;

	TAILQ_FOREACH(p, &o->near_paces[bucket(n->device)], near)
		if (p->kind == n->kind && same(p->device, n->device) && same(p->object, n->object))
			break;
	return p;
}

/* The time at which this one may go, and what that means for the next one. */
static int64_t
pace(struct outbox *o, const struct notice *n)
{
	int64_t		 now = loop_now(o->loop), due = now;
	struct pace	*p;

	while ((p = TAILQ_FIRST(&o->paces)) != NULL && p->next <= now)
		pace_free(o, p);
	if ((p = pace_of(o, n)) == NULL) {
		p = xcalloc(1, sizeof(*p));
		*p = (struct pace){ .kind = n->kind, .device = xstrdup(n->device), .object = xstrdup(n->object) };
		TAILQ_INSERT_TAIL(&o->near_paces[bucket(p->device)], p, near);
	} else {
		due = p->next > now ? p->next : now;
		TAILQ_REMOVE(&o->paces, p, entry);
	}
	p->next = due + OUTBOX_PACE_MS;
	TAILQ_INSERT_TAIL(&o->paces, p, entry);
	return due;
}

/* It does not go: its turn is that of the next one. */
static void
give_turn_back(struct outbox *o, const struct notice *n)
{
	struct pace	*p = pace_of(o, n);

	if (p != NULL)
		p->next -= OUTBOX_PACE_MS;
}

/* -- the list -------------------------------------------------------------------- */

static void
notice_free(struct notice *n)
{
	free(n->device);
	free(n->object);
	free(n->text);
	free(n->row);
	free(n);
}

/* The store must not be told to forget what it has yet to write: it would keep it. */
static void
end(struct outbox *o, uint64_t serial)
{
	if (serial <= o->stored) {
		o->calls->end(o->arg, serial);
		return;
	}
	if (o->nended == OUTBOX_MAX)
		memmove(o->ended, o->ended + 1, --o->nended * sizeof(*o->ended));
	o->ended = array_room(o->ended, o->nended, &o->room, sizeof(*o->ended));
	o->ended[o->nended++] = serial;
}

static void
end_stored(struct outbox *o)
{
	size_t	 i, n = 0;

	for (i = 0; i < o->nended; i++)
		if (o->ended[i] <= o->stored)
			o->calls->end(o->arg, o->ended[i]);
		else
			o->ended[n++] = o->ended[i];
	o->nended = n;
}

static void
take_out(struct outbox *o, struct notice *n)
{
	uint64_t	 serial = n->serial;

	TAILQ_REMOVE(&o->notices, n, entry);
	TAILQ_REMOVE(&o->near[bucket(n->device)], n, near);
	TAILQ_REMOVE(&o->alike[n->serial % BUCKETS], n, alike);
	o->n--;
	o->handed -= n->handed;
	notice_free(n);
	end(o, serial);
}

static struct notice *
find(const struct outbox *o, uint64_t serial)
{
	struct notice	*n;

	TAILQ_FOREACH(n, &o->alike[serial % BUCKETS], alike)
		if (n->serial == serial)
			return n;
	return NULL;
}

/* The last of the same object that is still here. */
static struct notice *
before_it(const struct outbox *o, const struct notice *new)
{
	int		 family = event_facts(new->kind)->family;
	struct notice	*n;

	if (family != 0)
		TAILQ_FOREACH_REVERSE(n, &o->near[bucket(new->device)], notices, near)
			if (event_facts(n->kind)->family == family && same(n->device, new->device) &&
			    same(n->object, new->object))
				return n;
	return NULL;
}

/* Of the alarm table each removal is of the row that was added, where both say which. */
static bool
same_row(const struct notice *a, const struct notice *b)
{
	return *a->row == '\0' || *b->row == '\0' || same(a->row, b->row);
}

/* Whether the new one takes it back before anybody could hear of it. */
static bool
takes_back(const struct outbox *o, const struct notice *new, const struct notice *before)
{
	int	 side = event_facts(new->kind)->side;

	return side != 0 && event_facts(before->kind)->side == -side && !before->handed && !before->again &&
	    !before->goes_on && same_row(before, new) && before->due > loop_now(o->loop);
}

/* Behind those of its device, whatever their due. */
static int64_t
behind_its_device(const struct outbox *o, const struct notice *new)
{
	const struct notice	*n;

	TAILQ_FOREACH_REVERSE(n, &o->near[bucket(new->device)], notices, near)
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
	TAILQ_INSERT_TAIL(&o->near[bucket(new->device)], new, near);
	TAILQ_INSERT_TAIL(&o->alike[new->serial % BUCKETS], new, alike);
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
	const char			*row = event_field(e, "id");
	struct notice			*n = xcalloc(1, sizeof(*n)), *before;
	int64_t				 behind;

	*n = (struct notice){ .serial = serial, .kind = e->kind, .device = xstrdup(e->device),
	    .object = xstrdup(object == NULL ? "" : object), .text = xstrdup(text),
	    .row = xstrdup(row == NULL ? "" : row), .born = loop_now(o->loop),
	    .goes_on = event_field(e, "was") != NULL };
	if ((before = before_it(o, n)) != NULL && !stored && takes_back(o, n, before)) {
		log_debug(e->device, "notifications %" PRIu64 " and %" PRIu64 " take each other back", before->serial, serial);
		give_turn_back(o, before);
		take_out(o, before);
		end(o, serial);
		notice_free(n);
		return;
	}
	n->again = before != NULL && before->kind == n->kind;
	/* Of many that say the same, and that nobody took, the first and the last are enough. */
	if (n->again && before->again && !before->handed) {
		log_debug(e->device, "notification %" PRIu64 " says what %" PRIu64 " said", serial, before->serial);
		give_turn_back(o, before);
		take_out(o, before);
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
	end_stored(o);
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
	size_t		 i;

	o->loop = loop;
	o->calls = calls;
	o->arg = arg;
	TAILQ_INIT(&o->notices);
	TAILQ_INIT(&o->paces);
	for (i = 0; i < BUCKETS; i++) {
		TAILQ_INIT(&o->near[i]);
		TAILQ_INIT(&o->alike[i]);
		TAILQ_INIT(&o->near_paces[i]);
	}
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
	free(o->ended);
	timer_free(o->timer);
	free(o);
}
