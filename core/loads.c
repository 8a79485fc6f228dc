#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "core/buf.h"
#include "core/fsd.h"
#include "core/loads.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/status.h"

enum redundancy { REDUNDANCY_UNKNOWN, REDUNDANCY_OK, REDUNDANCY_REDUCED, REDUNDANCY_LOST };

struct load {
	TAILQ_ENTRY(load)		 entry;
	struct loads			*loads;
	const struct load_settings	*settings;	/* NULL: on its way out */
	struct device			*device;
	uint32_t			 index;
	struct fsd			*fsd;
	char				*logins;	/* as the NUT listener told last; NULL: never */
	struct timer			*settle;
	enum device_state		 state;
	enum redundancy			 redundancy;	/* as told last */
	bool				 told_twice;	/* that one feed has two names */
};

struct loads {
	struct loop		*loop;
	struct model		*model;
	const struct settings	*settings;
	struct events		*events;	/* NULL: nobody writes anything down */
	struct watch		*watch;
	TAILQ_HEAD(, load)	 list;
};

/*
 * How many feeds are how; one that has two names counts once.  No more are
 * needed than there are: a mistake in the configuration brings no host down.
 */
struct sum {
	size_t	feeds, needed;
	size_t	n[FEED_STATES];
	size_t	alive;
};

#define FEED_TWICE	FEED_STATES	/* one that is counted already, by another name */

/* All feeds of a load at one moment: each is looked at once. */
struct look {
	enum feed_state	*states;	/* as in the settings */
	struct sum	 sum;
};

static const char *const redundancy_words[] = {
	[REDUNDANCY_UNKNOWN] = "unknown", [REDUNDANCY_OK] = "ok", [REDUNDANCY_REDUCED] = "reduced",
	[REDUNDANCY_LOST] = "lost",
};

/* -- judging ------------------------------------------------------------------------ */

static bool
named_before(const struct loads *all, const struct load_settings *s, size_t i)
{
	size_t	 j;

	for (j = 0; j < i; j++)
		if (feed_same(all->model, s->feeds.at[j], s->feeds.at[i]))
			return true;
	return false;
}

static struct look
look_at(const struct loads *all, const struct load_settings *s, const struct feed_cuts *cuts)
{
	struct look	 l = { .states = xcalloc(s->feeds.n, sizeof(*l.states)) };
	size_t		 i;

	for (i = 0; i < s->feeds.n; i++) {
		l.states[i] = FEED_TWICE;
		if (named_before(all, s, i))
			continue;
		l.states[i] = feed_state(all->model, all->settings, s->feeds.at[i], cuts);
		l.sum.feeds++;
		l.sum.n[l.states[i]]++;
		l.sum.alive += feed_alive(l.states[i]);
	}
	l.sum.needed = s->needed < l.sum.feeds ? s->needed : l.sum.feeds;
	return l;
}

static struct sum
sum_of(const struct loads *all, const struct load_settings *s, const struct feed_cuts *cuts)
{
	struct look	 l = look_at(all, s, cuts);

	free(l.states);
	return l.sum;
}

/* The words of ups.status; NULL: what is not known decides. */
static const char *
status_of(const struct sum *sum)
{
	if (sum->n[FEED_GOOD] >= sum->needed)
		return "OL";
	if (sum->alive >= sum->needed)
		return "OB";
	if (sum->alive + sum->n[FEED_UNKNOWN] >= sum->needed)
		return NULL;
	if (sum->alive + sum->n[FEED_UNKNOWN] + sum->n[FEED_LOW] == 0)
		return "OFF";
	return "OB LB";
}

/* While the devices answer for the first time, one after the other, nothing is reduced. */
static enum redundancy
redundancy_of(const struct load *l, const struct sum *sum)
{
	if (sum->n[FEED_GOOD] == sum->feeds)
		return REDUNDANCY_OK;
	if (sum->alive + sum->n[FEED_UNKNOWN] < sum->needed)
		return REDUNDANCY_LOST;
	if (sum->alive < sum->needed || (sum->n[FEED_UNKNOWN] > 0 && l->redundancy == REDUNDANCY_UNKNOWN))
		return REDUNDANCY_UNKNOWN;
	return REDUNDANCY_REDUCED;
}

/* -- publishing ------------------------------------------------------------------------ */

static void
put_feeds(const struct load *l, const struct look *look, struct update *u)
{
	const struct load_settings	*s = l->settings;
	size_t				 i;

	update_put(u, VAR_FEED_COUNT, value_number((int64_t)look->sum.feeds, 0));
	update_put(u, VAR_FEED_NEEDED, value_number((int64_t)look->sum.needed, 0));
	update_put(u, VAR_FEED_ALIVE, value_number((int64_t)look->sum.alive, 0));
	update_put_text(u, VAR_FEED_REDUNDANCY, redundancy_words[redundancy_of(l, &look->sum)]);
	for (i = 0; i < s->feeds.n; i++) {
		if (look->states[i] == FEED_TWICE)
			continue;
		update_put_text(u, var_internf("feed.%zu.source", i + 1), s->feeds.at[i]);
		update_put_text(u, var_internf("feed.%zu.status", i + 1), feed_state_word(look->states[i]));
	}
}

static void
put_remarks(const struct load *l, struct update *u)
{
	if (l->index > 0)
		update_put(u, var_intern(REMARK_INDEX), value_number(l->index, 0));
	update_put_text(u, var_intern(REMARK_TYPE), "other");
	if (*l->settings->description != '\0')
		update_put_text(u, var_intern(REMARK_DESCRIPTION), l->settings->description);
	if (l->logins != NULL)
		update_put_text(u, var_intern(REMARK_LOGINS), l->logins);
}

/*
 * When a forced shutdown above takes what the load stands on, it is one of
 * the load: its hosts have no time to wait for a primary's word.
 */
static void
pass_fsd(const struct load *l, struct update *u)
{
	const struct load_settings	*s = l->settings;
	const struct device		*d = NULL;
	const struct value		*v;
	size_t				 i;

	if (update_get(u, var_intern(REMARK_FSD)) != NULL)
		return;
	while ((d = model_next(l->loads->model, d)) != NULL) {
		if (d == l->device || (v = snapshot_get(device_now(d), var_intern(REMARK_FSD))) == NULL)
			continue;
		for (i = 0; i < s->feeds.n; i++)
			if (feed_depends(l->loads->settings, s->feeds.at[i], device_name(d))) {
				update_put(u, var_intern(REMARK_FSD), *v);
				return;
			}
	}
}

static void
note_redundancy(struct load *l, const struct sum *sum, enum redundancy before)
{
	char	 alive[24], needed[24], feeds[24];

	if (l->redundancy == REDUNDANCY_OK && before == REDUNDANCY_UNKNOWN)
		return;
	snprintf(alive, sizeof(alive), "%zu", sum->alive);
	snprintf(needed, sizeof(needed), "%zu", sum->needed);
	snprintf(feeds, sizeof(feeds), "%zu", sum->feeds);
	events_tell(l->loads->events, l->redundancy == REDUNDANCY_OK ? EVENT_FEEDS_RESTORED : EVENT_FEEDS_REDUCED,
	    l->settings->name, "state", redundancy_words[l->redundancy], "alive", alive, "needed", needed,
	    "feeds", feeds, "was", before == REDUNDANCY_UNKNOWN || before == REDUNDANCY_OK ? NULL :
	    redundancy_words[before], NULL);
}

static void
tell_redundancy(struct load *l, const struct sum *sum)
{
	enum redundancy	 now = redundancy_of(l, sum), before = l->redundancy;

	if (now == REDUNDANCY_UNKNOWN || now == before)
		return;
	l->redundancy = now;
	note_redundancy(l, sum, before);
	if (now == REDUNDANCY_OK && before != REDUNDANCY_UNKNOWN)
		log_info(l->settings->name, "redundancy restored: all %zu feeds are good", sum->feeds);
	else if (now != REDUNDANCY_OK)
		log_warning(l->settings->name, "redundancy %s: %zu of %zu feeds good, %zu on battery, %zu low, "
		    "%zu off, %zu unknown; %zu needed", redundancy_words[now], sum->n[FEED_GOOD],
		    sum->feeds, sum->n[FEED_BATTERY], sum->n[FEED_LOW], sum->n[FEED_OFF],
		    sum->n[FEED_UNKNOWN], sum->needed);
}

/* Whoever configured it believes in more feeds than there are. */
static void
tell_twice(struct load *l, const struct look *look)
{
	const struct load_settings	*s = l->settings;
	size_t				 i;

	for (i = 0; !l->told_twice && i < s->feeds.n; i++)
		if (look->states[i] == FEED_TWICE) {
			log_warning(s->name, "feed %s is one of the others by another name: it counts once, "
			    "and the load has %zu feeds", s->feeds.at[i], look->sum.feeds);
			l->told_twice = true;
		}
}

static void
publish(struct load *l)
{
	int64_t		 now = loop_now(l->loads->loop), again;
	struct update	*u = update_begin(l->device);
	struct look	 look = look_at(l->loads, l->settings, NULL);
	const char	*status = status_of(&look.sum);
	bool		 before = fsd_active(l->fsd);

	if (status != NULL)
		l->state = DEVICE_FRESH;
	else if (l->state == DEVICE_FRESH)
		l->state = DEVICE_STALE;
	update_state(u, l->state);
	if (status != NULL)
		update_put_text(u, VAR_UPS_STATUS, status);
	if (l->state != DEVICE_WAITING) {
		update_put_text(u, VAR_DEVICE_TYPE, "load");
		put_feeds(l, &look, u);
	}
	put_remarks(l, u);
	again = fsd_apply(l->fsd, u, false, 60000, (int64_t)l->loads->settings->nut.hostsync * 1000, now);
	if (before && !fsd_active(l->fsd)) {
		log_info(l->settings->name, "forced shutdown cleared: its feeds are good and every host has heard");
		events_tell(l->loads->events, EVENT_FSD_CLEARED, l->settings->name, "origin", "busbar", NULL);
	}
	if (status != NULL && strcmp(status, "OB LB") == 0 && look.sum.n[FEED_LOW] > 0)
		pass_fsd(l, u);
	if (again >= 0)
		timer_set(l->settle, again - now);
	else
		timer_stop(l->settle);
	update_commit(u);
	tell_twice(l, &look);
	tell_redundancy(l, &look.sum);
	free(look.states);
}

static void
on_settle(void *arg)
{
	publish(arg);
}

static bool
concerns(const struct load *l, const struct device *d)
{
	size_t	 i;

	for (i = 0; l->settings != NULL && i < l->settings->feeds.n; i++)
		if (feed_depends(l->loads->settings, l->settings->feeds.at[i], device_name(d)))
			return true;
	return false;
}

static void
on_change(const struct change *c, void *arg)
{
	struct loads	*all = arg;
	struct load	*l;

	/* One that is about to go is still there: nobody knows what it gives from now on. */
	if (all->settings == NULL || (c->events & EV_REMOVED))
		return;
	TAILQ_FOREACH(l, &all->list, entry)
		if (l->device != c->device && concerns(l, c->device))
			publish(l);
}

/* -- asking -------------------------------------------------------------------------------- */

static struct load *
find(const struct loads *all, const struct device *d)
{
	struct load	*l;

	TAILQ_FOREACH(l, &all->list, entry)
		if (l->device == d)
			return l;
	return NULL;
}

bool
loads_have(const struct loads *all, const struct device *d)
{
	return find(all, d) != NULL;
}

void
loads_ask(struct loads *all, struct device *d, const struct ask *ask, struct pending *pending)
{
	struct load	*l = find(all, d);

	if (!request_is_fsd(ask->kind)) {
		pending_done(pending, R_UNKNOWN, NULL);
		return;
	}
	if (!ask->test) {
		if (ask->kind == REQUEST_FSD)
			fsd_set(l->fsd, ask->origin, loop_now(all->loop));
		else
			fsd_clear(l->fsd);
		log_warning(device_name(d), "forced shutdown %s by %s",
		    ask->kind == REQUEST_FSD ? "set" : "cleared", ask->origin);
		events_tell(all->events, ask->kind == REQUEST_FSD ? EVENT_FSD_SET : EVENT_FSD_CLEARED, device_name(d),
		    "origin", ask->origin, NULL);
		publish(l);
	}
	pending_done(pending, R_DONE, NULL);
}

void
loads_tell(struct loads *all, struct device *d, const char *remark, const char *text)
{
	struct load		*l = find(all, d);
	struct fsd_logins	 logins;

	if (strcmp(remark, REMARK_LOGINS) != 0 || !fsd_logins_parse(text, &logins))
		return;
	fsd_note_logins(l->fsd, &logins, loop_now(all->loop));
	free(l->logins);
	l->logins = xstrdup(text);
	publish(l);
}

char *
loads_objection(const struct loads *all, const struct feed_cuts *cuts)
{
	const struct load	*l;
	struct sum		 before, after;

	if (all->settings == NULL)	/* new ones are on their way */
		return NULL;
	TAILQ_FOREACH(l, &all->list, entry) {
		before = sum_of(all, l->settings, NULL);
		after = sum_of(all, l->settings, cuts);
		if (after.alive < before.alive && after.alive < after.needed)
			return xasprintf("load %s would have %zu live feeds and needs %zu", l->settings->name,
			    after.alive, after.needed);
	}
	return NULL;
}

/* -- life -------------------------------------------------------------------------------------- */

static void
load_free(struct load *l)
{
	TAILQ_REMOVE(&l->loads->list, l, entry);
	model_remove(l->device);
	fsd_free(l->fsd);
	timer_free(l->settle);
	free(l->logins);
	free(l);
}

static struct load *
load_named(const struct loads *all, const char *name)
{
	struct load	*l;

	TAILQ_FOREACH(l, &all->list, entry)
		if (strcasecmp(device_name(l->device), name) == 0)
			return l;
	return NULL;
}

void
loads_retain(struct loads *all, const struct settings *settings)
{
	struct load	*l, *next;
	size_t		 i;

	all->settings = NULL;		/* until all of the new ones are there */
	TAILQ_FOREACH(l, &all->list, entry)
		l->settings = NULL;
	for (i = 0; i < settings->nloads; i++)
		if ((l = load_named(all, settings->loads[i].name)) != NULL) {
			l->settings = &settings->loads[i];
			l->told_twice = false;
		}
	for (l = TAILQ_FIRST(&all->list); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l->settings == NULL)
			load_free(l);
	}
}

static void
load_new(struct loads *all, const struct load_settings *settings, struct indexes *indexes)
{
	struct load	*l = xcalloc(1, sizeof(*l));

	l->loads = all;
	l->settings = settings;
	l->index = indexes == NULL ? 0 : indexes_of(indexes, settings->name);
	l->fsd = fsd_new();
	l->settle = timer_new(all->loop, on_settle, l);
	l->state = DEVICE_WAITING;
	l->device = model_add(all->model, settings->name);
	TAILQ_INSERT_TAIL(&all->list, l, entry);
}

void
loads_apply(struct loads *all, const struct settings *settings, struct indexes *indexes)
{
	struct load	*l;
	size_t		 i;

	for (i = 0; i < settings->nloads; i++)
		if (load_named(all, settings->loads[i].name) == NULL)
			load_new(all, &settings->loads[i], indexes);
	all->settings = settings;
	TAILQ_FOREACH(l, &all->list, entry)
		publish(l);
}

void
loads_events(struct loads *all, struct events *events)
{
	all->events = events;
}

struct loads *
loads_new(struct loop *loop, struct model *model)
{
	struct loads	*all = xcalloc(1, sizeof(*all));

	all->loop = loop;
	all->model = model;
	TAILQ_INIT(&all->list);
	all->watch = model_watch(model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED, on_change, all);
	return all;
}

void
loads_free(struct loads *all)
{
	if (all == NULL)
		return;
	watch_cancel(all->watch);
	while (!TAILQ_EMPTY(&all->list))
		load_free(TAILQ_FIRST(&all->list));
	free(all);
}
