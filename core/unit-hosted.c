/*
 * The driver host: units that a role runs.  Here, in the engine, such a unit
 * opens nothing and polls nothing.  What its driver says comes as the role's
 * model, and a request goes there; the rest is as with any other unit: max-age
 * and alarms, override and default, forced shutdown, indexes, kept remarks.
 *
 * In the role (host_bare()) the driver's words are all that is shown, and with
 * them how many polls and pushes there were: one that says the same again is
 * good news, too.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/traits.h"

#define ANSWER_LIMIT_MS	75000	/* the role has its own limits, and they are shorter */

struct carrier {
	SLIST_ENTRY(carrier)	 entry;
	struct host		*host;
	const char		*role;
	struct model		*model;
	struct watch		*watch;
	char			*why;		/* it is away; NULL: it is there */
};

/* -- both sides -------------------------------------------------------------------- */

static uint64_t
hash_text(uint64_t h, const char *text)
{
	do
		h = (h ^ (uint8_t)*text) * 1099511628211u;
	while (*text++ != '\0');
	return h;
}

static uint64_t
hash_pairs(uint64_t h, const struct pairs *pairs)
{
	size_t	 i;

	for (i = 0; i < pairs->n; i++)
		h = hash_text(hash_text(h, pairs->at[i].name), pairs->at[i].value);
	return h;
}

/* What is polled, and how it is reached: news of anything else are not this unit's. */
static char *
source_of(const struct device_settings *s)
{
	uint64_t	 h = 14695981039346656037u;

	h = hash_text(hash_text(hash_text(h, s->driver), s->port), s->profile);
	h = hash_pairs(hash_pairs(h, &s->options), &s->units);
	h = hash_text(h, s->estimates ? "estimates" : "");
	return xasprintf("x%016llx", (unsigned long long)h);
}

/* -- in the role --------------------------------------------------------------------- */

void
host_bare(struct host *h)
{
	h->bare = true;
}

static void
remark(struct update *u, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		update_put_text(u, var_intern(name), text);
}

void
target_publish_bare(const struct target *t)
{
	struct update	*u = update_begin(t->device);
	char		*source = source_of(t->unit->settings);

	update_state(u, t->state);
	if (t->state != DEVICE_WAITING) {
		round_publish(t->round, u);
		update_traits(u, t->traits);
	}
	remark(u, REMARK_TYPE, t->type);
	remark(u, REMARK_DESCRIPTION, t->description);
	remark(u, REMARK_FLAGS, round_flags(t->round));
	remark(u, REMARK_ROLE_TIMING, t->timing);
	remark(u, REMARK_ROLE_WHY, t->unit->why);
	remark(u, REMARK_ROLE_SOURCE, source);
	update_put(u, var_intern(REMARK_ROLE_POLLS), value_number(t->polls, 0));
	update_put(u, var_intern(REMARK_ROLE_PUSHES), value_number(t->pushes, 0));
	update_commit(u);
	free(source);
}

/* -- in the engine: what the role says -------------------------------------------------- */

static int64_t
count_of(const struct snapshot *s, const char *remark_name)
{
	const struct value	*v = snapshot_get(s, var_intern(remark_name));

	return v != NULL && v->type == V_NUMBER ? v->digits : 0;
}

static char *
copy_of(const struct snapshot *s, const char *remark_name)
{
	const char	*text = snapshot_text(s, var_intern(remark_name));

	return text == NULL ? NULL : xstrdup(text);
}

static void
replace(char **text, char *with)
{
	free(*text);
	*text = with;
}

static void
take_flags(struct round *r, char *words)
{
	char	*rest = words, *word;

	while (rest != NULL && (word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			round_flag(r, word);
	free(words);
}

/* All there is: what the role no longer says is no longer so. */
static void
take_round(struct target *t, const struct snapshot *s, const struct traits *traits)
{
	const struct reading	*r;
	size_t			 i;

	for (i = 0; i < snapshot_size(s); i++) {
		r = snapshot_at(s, i);
		if (*var_name(r->var) != '.')
			round_put(t->round, r->var, r->value);
	}
	take_flags(t->round, copy_of(s, REMARK_FLAGS));
	round_end(t->round, ROUND_FULL, loop_now(t->unit->host->loop), 0);
	replace(&t->description, copy_of(s, REMARK_DESCRIPTION));
	replace(&t->timing, copy_of(s, REMARK_ROLE_TIMING));
	if (snapshot_text(s, var_intern(REMARK_TYPE)) != NULL)
		replace(&t->type, copy_of(s, REMARK_TYPE));
	traits_release(t->traits);
	t->traits = traits_copy(traits);
}

static void
look(struct unit *u, const struct device *d)
{
	const struct snapshot	*now = device_now(d);
	struct target		*t = unit_own(u);
	int64_t			 polls = count_of(now, REMARK_ROLE_POLLS);
	int64_t			 pushes = count_of(now, REMARK_ROLE_PUSHES);
	const char		*source = snapshot_text(now, var_intern(REMARK_ROLE_SOURCE));
	char			*own = source_of(u->settings);
	bool			 ours = source != NULL && strcmp(source, own) == 0;
	enum round_kind		 kind;

	free(own);
	if (t == NULL || !ours)
		return;
	u->ready = true;
	replace(&u->why, copy_of(now, REMARK_ROLE_WHY));
	if (polls == t->polls && pushes == t->pushes)
		return;
	kind = polls != t->polls ? ROUND_QUICK : ROUND_PUSH;
	t->polls = polls;
	t->pushes = pushes;
	if (device_state(d) == DEVICE_WAITING)
		return;
	take_round(t, now, device_traits(d));
	if (t->state == DEVICE_STALE && kind != ROUND_PUSH)
		log_info(device_name(t->device), "fresh again");
	target_good(t, kind);
}

static void
on_change(const struct change *c, void *arg)
{
	struct carrier	*carrier = arg;
	struct unit	*u;

	TAILQ_FOREACH(u, &carrier->host->units, entry)
		if (u->carrier == carrier && strcasecmp(u->settings->name, device_name(c->device)) == 0)
			break;
	if (u == NULL)
		return;
	if (c->events & EV_REMOVED)
		u->ready = false;
	else
		look(u, c->device);
}

/* -- in the engine: requests ------------------------------------------------------------- */

static void
on_answer(enum result result, const char *detail, void *arg)
{
	struct unit	*u = arg;

	u->asked = NULL;
	timer_stop(u->limit);
	unit_end_request(u, result, detail);
	hosted_continue(u);
}

static int64_t
time_left(const struct request *r)
{
	int64_t	 left = r->expires - loop_now(r->target->unit->host->loop);

	return left < 1 ? 1 : left;
}

/* One at a time, as everywhere: those that wait can still expire unsent. */
void
hosted_continue(struct unit *u)
{
	struct request	*r;
	struct device	*d;
	struct pending	*asked;
	struct ask	 ask;

	while (u->running == NULL && (r = TAILQ_FIRST(&u->requests)) != NULL) {
		d = model_find(u->carrier->model, u->settings->name, strlen(u->settings->name));
		if (d == NULL || !u->ready) {
			unit_drop_requests(u, NULL, u->why != NULL ? u->why : "the role is away");
			return;
		}
		unit_take_request(u);
		ask = (struct ask){ .kind = r->kind, .name = r->name, .value = r->value,
		    .origin = r->origin, .confirm = true, .expires_ms = (unsigned)time_left(r) };
		timer_set(u->limit, ANSWER_LIMIT_MS);
		if ((asked = device_ask(d, &ask, on_answer, u)) != NULL)
			u->asked = asked;
	}
}

void
hosted_limit(struct unit *u)
{
	log_error(u->settings->name, "the %s role has not answered for %d s", u->carrier->role,
	    ANSWER_LIMIT_MS / 1000);
	unit_drop_requests(u, NULL, "its role does not answer");
}

/* -- life -------------------------------------------------------------------------------- */

void
hosted_open(struct unit *u)
{
	struct device	*d = model_find(u->carrier->model, u->settings->name, strlen(u->settings->name));
	struct target	*t = unit_own(u);

	if (t != NULL)
		t->polls = t->pushes = 0;
	if (u->carrier->why != NULL)
		replace(&u->why, xstrdup(u->carrier->why));
	if (d != NULL)
		look(u, d);
}

struct carrier *
carrier_of(const struct host *h, const char *role)
{
	struct carrier	*c;

	if (role == NULL)
		return NULL;
	SLIST_FOREACH(c, &h->carriers, entry)
		if (strcmp(c->role, role) == 0)
			return c;
	return NULL;
}

void
host_carry(struct host *h, const char *role, struct model *model)
{
	struct carrier	*c = xcalloc(1, sizeof(*c));

	*c = (struct carrier){ .host = h, .role = role, .model = model };
	c->watch = model_watch(model, EV_ADDED | EV_CHANGED | EV_STATE | EV_TRAITS | EV_REMOVED, on_change, c);
	SLIST_INSERT_HEAD(&h->carriers, c, entry);
}

void
carriers_free(struct host *h)
{
	struct carrier	*c;

	while ((c = SLIST_FIRST(&h->carriers)) != NULL) {
		SLIST_REMOVE_HEAD(&h->carriers, entry);
		watch_cancel(c->watch);
		free(c->why);
		free(c);
	}
}

/* A role that starts anew counts anew. */
void
host_carrier_state(struct host *h, const char *role, const char *why)
{
	struct carrier	*c = carrier_of(h, role);
	struct unit	*u;
	struct target	*t;

	replace(&c->why, why == NULL ? NULL : xstrdup(why));
	TAILQ_FOREACH(u, &h->units, entry) {
		if (u->carrier != c)
			continue;
		replace(&u->why, why == NULL ? NULL : xstrdup(why));
		if ((t = unit_own(u)) != NULL && why != NULL)
			t->polls = t->pushes = 0;
	}
}

static const char *
role_of(const struct host *h, const struct device_settings *s)
{
	const struct wire_backend	*b = NULL;
	size_t				 i;

	for (i = 0; h->drivers[i] != NULL && strcmp(h->drivers[i]->name, s->driver) != 0; i++)
		;
	if (h->drivers[i] != NULL)
		b = host_backend(h, h->drivers[i], s);
	return b == NULL ? NULL : b->role;
}

char *
host_text_for(const struct host *h, const struct settings *settings, const char *role)
{
	struct buf	 text = { 0 };
	const char	*own;
	char		*copy;
	size_t		 i;

	for (i = 0; i < settings->ndevices; i++)
		if ((own = role_of(h, &settings->devices[i])) != NULL && strcmp(own, role) == 0)
			buf_puts(&text, settings->devices[i].text);
	copy = text.len > 0 ? xstrdup(buf_text(&text)) : NULL;
	buf_free(&text);
	return copy;
}
