#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "core/mem.h"
#include "core/snapshot.h"
#include "core/traits.h"
#include "core/update.h"

struct pending {
	result_fn	*fn;		/* NULL: nobody listens any more */
	void		*arg;
	bool		 asking, ended;	/* device_ask() has not returned yet */
};

struct watch {
	TAILQ_ENTRY(watch)	 entry;
	struct model		*model;
	unsigned		 events;
	uint64_t		 born;
	bool			 dead;
	watch_fn		*fn;
	void			*arg;
};

struct device {
	struct device		*next_in_slot;
	struct model		*model;
	size_t			 place;		/* in the model's list */
	enum device_state	 state;
	const struct snapshot	*now;
	const struct traits	*traits;
	char			 name[];
};

struct model {
	struct device		**list;		/* by name */
	size_t			 n, room;
	struct device		**slots;	/* a hash of the same */
	size_t			 nslots;
	TAILQ_HEAD(, watch)	 watches;
	unsigned		 depth;		/* of deliveries */
	uint64_t		 clock;
	ask_handler		*handler;
	void			*handler_arg;
	tell_handler		*told;
	void			*told_arg;
};

struct update {
	struct device		*device;
	struct draft		 draft;
	bool			 from_now;
	enum device_state	 state;
	struct traits		*traits;	/* NULL: not touched */
};

/* -- finding devices ---------------------------------------------------------- */

static size_t
slot_of(const struct model *m, const char *name, size_t len)
{
	return name_hash(name, len) & (m->nslots - 1);
}

struct device *
model_find(const struct model *m, const char *name, size_t len)
{
	struct device	*d;

	for (d = m->slots[slot_of(m, name, len)]; d != NULL; d = d->next_in_slot)
		if (strncasecmp(d->name, name, len) == 0 && d->name[len] == '\0')
			return d;
	return NULL;
}

struct device *
model_next(const struct model *m, const struct device *d)
{
	size_t	 i = d == NULL ? 0 : d->place + 1;

	return i < m->n ? m->list[i] : NULL;
}

size_t
model_size(const struct model *m)
{
	return m->n;
}

static void
index_device(struct model *m, struct device *d)
{
	size_t	 slot = slot_of(m, d->name, strlen(d->name));

	d->next_in_slot = m->slots[slot];
	m->slots[slot] = d;
}

static void
index_again(struct model *m, size_t nslots)
{
	size_t	 i;

	free(m->slots);
	m->slots = xcalloc(nslots, sizeof(*m->slots));
	m->nslots = nslots;
	for (i = 0; i < m->n; i++)
		index_device(m, m->list[i]);
}

static void
unindex_device(struct model *m, struct device *d)
{
	struct device	**at = &m->slots[slot_of(m, d->name, strlen(d->name))];

	while (*at != d)
		at = &(*at)->next_in_slot;
	*at = d->next_in_slot;
}

/* -- telling ---------------------------------------------------------------------- */

static void
sweep(struct model *m)
{
	struct watch	*w, *next;

	if (m->depth > 0)
		return;
	for (w = TAILQ_FIRST(&m->watches); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (!w->dead)
			continue;
		TAILQ_REMOVE(&m->watches, w, entry);
		free(w);
	}
}

static void
announce(const struct change *c)
{
	struct model	*m = c->device->model;
	uint64_t	 clock = ++m->clock;
	struct watch	*w;

	m->depth++;
	TAILQ_FOREACH(w, &m->watches, entry)
		if (!w->dead && w->born < clock && (w->events & c->events) != 0)
			w->fn(c, w->arg);
	m->depth--;
	sweep(m);
}

struct watch *
model_watch(struct model *m, unsigned events, watch_fn *fn, void *arg)
{
	struct watch	*w = xcalloc(1, sizeof(*w));

	*w = (struct watch){ .model = m, .events = events, .born = m->clock, .fn = fn, .arg = arg };
	TAILQ_INSERT_TAIL(&m->watches, w, entry);
	return w;
}

void
watch_cancel(struct watch *w)
{
	if (w == NULL)
		return;
	w->dead = true;
	sweep(w->model);
}

/* -- models and devices --------------------------------------------------------------- */

struct model *
model_new(void)
{
	struct model	*m = xcalloc(1, sizeof(*m));

	TAILQ_INIT(&m->watches);
	index_again(m, 64);
	return m;
}

void
model_free(struct model *m)
{
	struct watch	*w;

	if (m == NULL)
		return;
	while (m->n > 0)
		model_remove(m->list[m->n - 1]);
	while ((w = TAILQ_FIRST(&m->watches)) != NULL) {
		TAILQ_REMOVE(&m->watches, w, entry);
		free(w);
	}
	free(m->list);
	free(m->slots);
	free(m);
}

struct device *
model_add(struct model *m, const char *name)
{
	size_t		 len = strlen(name), i;
	struct device	*d = xcalloc(1, sizeof(*d) + len + 1);
	struct change	 c = { .events = EV_ADDED, .device = d };

	assert(model_find(m, name, len) == NULL);
	memcpy(d->name, name, len + 1);
	d->model = m;
	m->list = array_room(m->list, m->n, &m->room, sizeof(*m->list));
	for (i = m->n++; i > 0 && strcasecmp(m->list[i - 1]->name, name) > 0; i--) {
		m->list[i] = m->list[i - 1];
		m->list[i]->place = i;
	}
	m->list[i] = d;
	d->place = i;
	if (m->n > m->nslots)
		index_again(m, m->nslots * 2);
	else
		index_device(m, d);
	announce(&c);
	return d;
}

void
model_remove(struct device *d)
{
	struct model	*m = d->model;
	struct change	 c = { .events = EV_REMOVED, .device = d, .before = d->now };
	size_t		 i;

	announce(&c);
	unindex_device(m, d);
	m->n--;
	for (i = d->place; i < m->n; i++) {
		m->list[i] = m->list[i + 1];
		m->list[i]->place = i;
	}
	snapshot_release(d->now);
	traits_release(d->traits);
	free(d);
}

const char *
device_name(const struct device *d)
{
	return d->name;
}

bool
device_is_group(const struct device *d)
{
	return strncmp(d->name, GROUP_PREFIX, sizeof(GROUP_PREFIX) - 1) == 0;
}

enum device_state
device_state(const struct device *d)
{
	return d->state;
}

struct model *
device_model(const struct device *d)
{
	return d->model;
}

const struct snapshot *
device_now(const struct device *d)
{
	return d->now;
}

const struct traits *
device_traits(const struct device *d)
{
	return d->traits;
}

/* -- updates ---------------------------------------------------------------------------- */

static struct update *
begin(struct device *d, bool from_now)
{
	struct update	*u = xcalloc(1, sizeof(*u));

	*u = (struct update){ .device = d, .from_now = from_now, .state = d->state };
	if (from_now)
		u->draft.base = snapshot_hold(d->now);
	else
		u->traits = traits_new();
	return u;
}

struct update *
update_begin(struct device *d)
{
	return begin(d, false);
}

struct update *
update_continue(struct device *d)
{
	return begin(d, true);
}

void
update_put(struct update *u, enum var var, struct value v)
{
	draft_put(&u->draft, var, v);
}

void
update_put_text(struct update *u, enum var var, const char *text)
{
	draft_put(&u->draft, var, value_from_text(text));
}

void
update_del(struct update *u, enum var var)
{
	draft_put(&u->draft, var, (struct value){ .type = V_NONE });
}

const struct value *
update_get(const struct update *u, enum var var)
{
	return draft_get(&u->draft, var);
}

void
update_state(struct update *u, enum device_state state)
{
	u->state = state;
}

enum device_state
update_get_state(const struct update *u)
{
	return u->state;
}

static struct traits *
touch_traits(struct update *u)
{
	if (u->traits == NULL)
		u->traits = traits_copy(u->device->traits);
	return u->traits;
}

void
update_forget_traits(struct update *u)
{
	traits_release(u->traits);
	u->traits = traits_new();
}

void
update_traits(struct update *u, const struct traits *t)
{
	traits_release(u->traits);
	u->traits = traits_copy(t);
}

void
update_command(struct update *u, enum var var)
{
	traits_add_command(touch_traits(u), var);
}

void
update_no_command(struct update *u, enum var var)
{
	traits_del_command(touch_traits(u), var);
}

void
update_settable(struct update *u, const struct settable *s)
{
	traits_add_settable(touch_traits(u), s);
}

void
update_not_settable(struct update *u, enum var var)
{
	traits_del_settable(touch_traits(u), var);
}

static unsigned
take_traits(struct update *u)
{
	struct device	*d = u->device;

	if (u->traits == NULL || traits_equal(u->traits, d->traits))
		return 0;
	traits_release(d->traits);
	d->traits = u->traits;
	u->traits = NULL;
	return EV_TRAITS;
}

void
update_commit(struct update *u)
{
	struct device		*d = u->device;
	const struct snapshot	*before = d->now;
	struct change		 c = { .device = d, .before = before };

	d->now = draft_finish(&u->draft, before);
	if (d->now != before)
		c.events |= EV_CHANGED;
	if (d->state != u->state)
		c.events |= EV_STATE;
	d->state = u->state;
	c.events |= take_traits(u);
	c.after = snapshot_hold(d->now);	/* a watch may commit again, or remove the device */
	update_drop(u);
	if (c.events != 0)
		announce(&c);
	snapshot_release(c.after);
	snapshot_release(before);
}

void
update_drop(struct update *u)
{
	draft_free(&u->draft);
	traits_release(u->traits);
	free(u);
}

/* -- requests ------------------------------------------------------------------------------ */

const char *
result_text(enum result r)
{
	static const char *const texts[] = {
		[R_DONE] = "done",
		[R_UNKNOWN] = "the device has no such thing",
		[R_READONLY] = "it cannot be set",
		[R_INVALID] = "not a value that it takes",
		[R_TOO_LONG] = "the value is too long",
		[R_DENIED] = "the configuration does not allow it",
		[R_CONFIRM] = "it is critical and needs a confirmation",
		[R_BUSY] = "something else runs on the device",
		[R_FAILED] = "it was not done",
		[R_TIMEOUT] = "the device did not answer",
		[R_GONE] = "the device cannot be reached",
	};

	return (size_t)r < nitems(texts) ? texts[r] : "unknown result";
}

const char *
request_kind_word(enum request_kind kind)
{
	static const char *const words[] = {
		[REQUEST_COMMAND] = "COMMAND", [REQUEST_SET] = "SET",
		[REQUEST_FSD] = "FSD", [REQUEST_FSD_CLEAR] = "FSDCLEAR",
		[REQUEST_KEEP] = "KEEP", [REQUEST_TIMER] = "TIMER",
	};

	return words[kind];
}

void
model_on_ask(struct model *m, ask_handler *handler, void *arg)
{
	m->handler = handler;
	m->handler_arg = arg;
}

struct pending *
device_ask(struct device *d, const struct ask *ask, result_fn *fn, void *arg)
{
	struct pending	*p = xcalloc(1, sizeof(*p));

	*p = (struct pending){ .fn = fn, .arg = arg, .asking = true };
	if (d->model->handler == NULL)
		pending_done(p, R_GONE, NULL);
	else
		d->model->handler(d, ask, p, d->model->handler_arg);
	p->asking = false;
	if (!p->ended)
		return p;
	free(p);
	return NULL;
}

void
pending_forget(struct pending *p)
{
	p->fn = NULL;
}

void
pending_done(struct pending *p, enum result r, const char *detail)
{
	assert(!p->ended);
	p->ended = true;
	if (p->fn != NULL)
		p->fn(r, detail, p->arg);
	if (!p->asking)
		free(p);
}

void
model_on_tell(struct model *m, tell_handler *told, void *arg)
{
	m->told = told;
	m->told_arg = arg;
}

void
device_tell(struct device *d, const char *remark, const char *text)
{
	if (d->model->told != NULL)
		d->model->told(d, remark, text, d->model->told_arg);
}
