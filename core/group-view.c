#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#include "core/group-view.h"
#include "core/mem.h"
#include "core/readings.h"
#include "core/remarks.h"

#define GROUP		"outlet.group.1."
#define LOCK_MAX	INT32_MAX	/* then it goes on from 0 */
#define FAILURES_MAX	255		/* bytes of bbGroupLastFailures */

/* One that is named twice, by a number and a label, is there once. */
struct seen {
	const struct device	*device;	/* NULL: it, or its outlet, is not there */
	unsigned		 outlet;
	uint32_t		 index;		/* bbDevIndex; 0: none */
	bool			 again;		/* it is one of those above */
};

struct view {
	TAILQ_ENTRY(view)	 entry;
	struct group_views	*views;
	struct device		*device;
	char			*name;
	uint32_t		 index;
	struct strings		 members;	/* copies: "pdu1:3" */
	struct seen		*seen;		/* of each, when it was published last */
	bool			 stays;
	uint32_t		 lock;
	enum outlet_command	 pending;
	char			*last;		/* the remark; NULL: none yet */
	char			*failures;	/* of the last; NULL: none */
	struct timer		*timer;
};

struct group_views {
	struct loop		*loop;
	struct model		*model;
	struct groups		*groups;
	struct watch		*watch;
	unsigned		 writable;	/* of the agentx section */
	TAILQ_HEAD(, view)	 list;
};

/* -- members -------------------------------------------------------------------------------- */

static bool
has_outlet(const struct device *d, unsigned outlet)
{
	const struct traits	*traits = device_traits(d);

	return outlet != 0 && (outlet_shown_state(device_now(d), outlet) >= 0 ||
	    traits_can(traits, outlet_command_var(outlet, OUTLET_ON)) ||
	    traits_can(traits, outlet_command_var(outlet, OUTLET_OFF)));
}

static struct seen
look_up(const struct view *v, const char *member)
{
	const char	*label;
	size_t		 len = feed_parse(member, &label);
	struct device	*d = model_find(v->views->model, member, len);
	struct seen	 s = { .outlet = d == NULL || label == NULL ? 0 : feed_outlet(device_now(d), label) };
	const struct value *index;

	if (d == NULL || !has_outlet(d, s.outlet))
		return (struct seen){ 0 };
	s.device = d;
	index = snapshot_get(device_now(d), var_intern(REMARK_INDEX));
	s.index = index == NULL ? 0 : (uint32_t)value_scaled(index, 0);
	return s;
}

static void
look_up_all(struct view *v)
{
	size_t	 i, j;

	for (i = 0; i < v->members.n; i++) {
		v->seen[i] = look_up(v, v->members.at[i]);
		for (j = 0; j < i && v->seen[i].device != NULL; j++)
			v->seen[i].again |= v->seen[j].device == v->seen[i].device &&
			    v->seen[j].outlet == v->seen[i].outlet;
	}
}

/* -- what is shown ---------------------------------------------------------------------------- */

struct sum {
	size_t	 on, off, unknown;
	int64_t	 power, energy;		/* 1/10 W, Wh */
	bool	 powers, energies;	/* each member says it */
};

static bool
add_up(const struct seen *s, const char *what, unsigned scale, int64_t *sum)
{
	char			 name[64];
	int			 len = snprintf(name, sizeof(name), "outlet.%u.%s", s->outlet, what);
	const struct value	*v = snapshot_get(device_now(s->device), var_find(name, (size_t)len));

	if (v == NULL || v->type != V_NUMBER)
		return false;
	*sum += value_scaled(v, scale);
	return true;
}

static void
add_member(struct sum *sum, const struct seen *s)
{
	bool	 fresh = s->device != NULL && device_state(s->device) == DEVICE_FRESH;
	int	 state = fresh ? outlet_shown_state(device_now(s->device), s->outlet) : -1;

	sum->on += state == 1;
	sum->off += state == 0;
	sum->unknown += state < 0;
	sum->powers = sum->powers && fresh && add_up(s, "realpower", 1, &sum->power);
	sum->energies = sum->energies && fresh && add_up(s, "energy", 0, &sum->energy);
}

static const char *
state_of(const struct sum *sum)
{
	if (sum->on > 0 && sum->off > 0)
		return "mixed";
	if (sum->unknown > 0 || sum->on + sum->off == 0)
		return NULL;
	return sum->on > 0 ? "on" : "off";
}

static bool
may_be_controlled(const struct view *v)
{
	size_t	 i;

	for (i = 0; i < v->members.n; i++) {
		struct readings	 r;

		if (v->seen[i].device == NULL)
			continue;
		r = readings_of_device(v->seen[i].device);
		if (!readings_has_word(&r, var_intern(REMARK_WRITABLE), "control"))
			return false;
	}
	return (v->views->writable & WRITABLE_CONTROL) != 0;
}

static size_t
put_members(const struct view *v, struct update *u, struct sum *sum)
{
	size_t	 i, n = 0;

	for (i = 0; i < v->members.n; i++) {
		const struct seen	*s = &v->seen[i];
		char			*text;

		if (s->again)
			continue;
		n++;
		add_member(sum, s);
		if (s->index == 0)
			continue;
		text = xasprintf("%u %u", s->index, s->outlet);
		update_put_text(u, var_internf("." GROUP "member.%zu", n), text);
		free(text);
	}
	return n;
}

static void
put_commands(struct update *u)
{
	unsigned	 command;

	for (command = OUTLET_ON; command < OUTLET_COMMANDS; command++)
		update_command(u, var_internf(GROUP "%s", outlet_command_word((enum outlet_command)command)));
}

static void
put_remarks(const struct view *v, struct update *u)
{
	char	*pending;

	if (v->index > 0)
		update_put(u, var_intern(REMARK_INDEX), value_number(v->index, 0));
	update_put_text(u, var_intern(REMARK_TYPE), "group");
	if (may_be_controlled(v))
		update_put_text(u, var_intern(REMARK_WRITABLE), "control");
	update_put(u, var_intern("." GROUP "lock"), value_number(v->lock, 0));
	if (v->pending != OUTLET_NONE) {
		pending = outlet_pending_text(v->pending, 0);
		update_put_text(u, var_intern("." GROUP REMARK_OUTLET_PENDING), pending);
		free(pending);
	}
	if (v->last != NULL)
		update_put_text(u, var_intern("." GROUP REMARK_OUTLET_LAST), v->last);
	if (v->failures != NULL)
		update_put_text(u, var_intern("." GROUP "failures"), v->failures);
}

static void
publish(struct view *v)
{
	struct update	*u = update_begin(v->device);
	struct sum	 sum = { .powers = true, .energies = true };
	size_t		 n;

	timer_stop(v->timer);
	look_up_all(v);
	update_state(u, DEVICE_FRESH);
	put_remarks(v, u);
	n = put_members(v, u, &sum);
	update_put_text(u, var_intern(GROUP "name"), v->name);
	update_put_text(u, var_intern(GROUP "type"), GROUP_CONFIGURED);
	update_put(u, var_intern(GROUP "count"), value_number((int64_t)n, 0));
	if (state_of(&sum) != NULL)
		update_put_text(u, var_intern(GROUP "status"), state_of(&sum));
	if (sum.powers && n > 0)
		update_put(u, var_intern(GROUP "realpower"), value_number(sum.power, 1));
	if (sum.energies && n > 0)
		update_put(u, var_intern(GROUP "energy"), value_number(sum.energy, 0));
	put_commands(u);
	update_commit(u);
}

static void
on_timer(void *arg)
{
	publish(arg);
}

/* One that is not there yet may be of any device. */
static bool
concerns(const struct view *v, const struct change *c)
{
	size_t	 i;

	if (c->events & EV_ADDED)
		return true;
	for (i = 0; i < v->members.n; i++)
		if (v->seen[i].device == c->device || v->seen[i].device == NULL)
			return true;
	return false;
}

static void
let_go(struct view *v, const struct device *d)
{
	size_t	 i;

	for (i = 0; i < v->members.n; i++)
		if (v->seen[i].device == d)
			v->seen[i] = (struct seen){ 0 };
}

static void
on_change(const struct change *c, void *arg)
{
	struct group_views	*all = arg;
	struct view		*v;

	if (device_is_group(c->device))
		return;
	TAILQ_FOREACH(v, &all->list, entry) {
		if (!timer_running(v->timer) && concerns(v, c))
			timer_set(v->timer, GROUP_VIEW_MS);
		if (c->events & EV_REMOVED)
			let_go(v, c->device);
	}
}

/* -- commands ----------------------------------------------------------------------------------- */

static struct view *
view_named(const struct group_views *all, const char *name)
{
	struct view	*v;

	TAILQ_FOREACH(v, &all->list, entry)
		if (strcasecmp(v->name, name) == 0)
			return v;
	return NULL;
}

static void
on_group(void *arg, const char *group, const struct group_news *news)
{
	struct view	*v = view_named(arg, group);

	if (v == NULL)
		return;
	v->pending = news->ended ? OUTLET_NONE : news->command;
	free(v->last);
	v->last = outlet_last_text(news->ended ? outlet_result_of(news->result) : OUTLET_PENDING, news->command, time(NULL),
	    news->origin);
	free(v->failures);
	v->failures = news->detail == NULL ? NULL : xstrndup(news->detail, FAILURES_MAX);
	publish(v);
}

static void
end_pending(enum result result, const char *detail, void *arg)
{
	pending_done(arg, result, detail);
}

/* The lock, which needs no disk: after a restart it begins anew from a random number (RFC 2579, TestAndIncr). */
static void
keep(struct view *v, const struct ask *ask, struct pending *pending)
{
	struct value	 number = value_from_text(ask->value);

	if (ask->name != var_intern("." GROUP "lock")) {
		pending_done(pending, R_UNKNOWN, NULL);
		return;
	}
	if (number.type != V_NUMBER || number.scale != 0 || number.digits < 0 || number.digits > LOCK_MAX) {
		pending_done(pending, R_INVALID, NULL);
		return;
	}
	if (!ask->test) {
		v->lock = (uint32_t)number.digits;
		publish(v);
	}
	pending_done(pending, R_DONE, NULL);
}

bool
group_views_ask(struct group_views *all, struct device *d, const struct ask *ask, struct pending *pending)
{
	struct view	*v;
	const char	*word = ask->name == VAR_NONE ? "" : var_name(ask->name);

	TAILQ_FOREACH(v, &all->list, entry)
		if (v->device == d)
			break;
	if (v == NULL)
		return false;
	if (ask->kind == REQUEST_KEEP)
		keep(v, ask, pending);
	else if (ask->kind != REQUEST_COMMAND || strncmp(word, GROUP, sizeof(GROUP) - 1) != 0 ||
	    !groups_ask(all->groups, v->name, word + sizeof(GROUP) - 1, ask, end_pending, pending))
		pending_done(pending, R_UNKNOWN, NULL);
	return true;
}

/* -- life --------------------------------------------------------------------------------------------- */

static void
free_members(struct view *v)
{
	size_t	 i;

	for (i = 0; i < v->members.n; i++)
		free(v->members.at[i]);
	free(v->members.at);
	free(v->seen);
}

static void
view_free(struct view *v)
{
	TAILQ_REMOVE(&v->views->list, v, entry);
	model_remove(v->device);
	free_members(v);
	timer_free(v->timer);
	free(v->name);
	free(v->last);
	free(v->failures);
	free(v);
}

static struct view *
view_new(struct group_views *all, const char *group, struct indexes *indexes)
{
	struct view	*v = xcalloc(1, sizeof(*v));
	char		*name = xasprintf(GROUP_PREFIX "%s", group);

	v->views = all;
	v->name = xstrdup(group);
	v->index = indexes == NULL ? 0 : indexes_of(indexes, name);
	/* without randomness it begins at 0, which harms nobody */
	if (getrandom(&v->lock, sizeof(v->lock), GRND_NONBLOCK) != sizeof(v->lock))
		v->lock = 0;
	v->lock &= LOCK_MAX;
	v->timer = timer_new(all->loop, on_timer, v);
	v->device = model_add(all->model, name);
	TAILQ_INSERT_TAIL(&all->list, v, entry);
	free(name);
	return v;
}

static void
set_members(struct view *v, const struct strings *members)
{
	size_t	 i;

	free_members(v);
	v->members = (struct strings){ .at = xcalloc(members->n + 1, sizeof(*v->members.at)), .n = members->n };
	v->seen = xcalloc(members->n + 1, sizeof(*v->seen));
	for (i = 0; i < members->n; i++)
		v->members.at[i] = xstrdup(members->at[i]);
}

void
group_views_apply(struct group_views *all, const struct settings *settings, struct indexes *indexes)
{
	struct view	*v, *next;
	size_t		 i;

	all->writable = settings->agentx.writable;
	TAILQ_FOREACH(v, &all->list, entry)
		v->stays = false;
	for (i = 0; i < settings->ngroups; i++) {
		if ((v = view_named(all, settings->groups[i].name)) == NULL)
			v = view_new(all, settings->groups[i].name, indexes);
		v->stays = true;
		set_members(v, &settings->groups[i].members);
	}
	for (v = TAILQ_FIRST(&all->list); v != NULL; v = next) {
		next = TAILQ_NEXT(v, entry);
		if (v->stays)
			publish(v);
		else
			view_free(v);
	}
}

struct group_views *
group_views_new(struct loop *loop, struct model *model, struct groups *groups)
{
	struct group_views	*all = xcalloc(1, sizeof(*all));

	*all = (struct group_views){ .loop = loop, .model = model, .groups = groups };
	TAILQ_INIT(&all->list);
	groups_on_news(groups, on_group, all);
	all->watch = model_watch(model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED, on_change, all);
	return all;
}

void
group_views_free(struct group_views *all)
{
	if (all == NULL)
		return;
	groups_on_news(all->groups, NULL, NULL);
	watch_cancel(all->watch);
	while (!TAILQ_EMPTY(&all->list))
		view_free(TAILQ_FIRST(&all->list));
	free(all);
}
