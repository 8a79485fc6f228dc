#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "core/buf.h"
#include "core/groups.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/refused.h"

#define KEYS	"*group/"	/* no device is called so; then the group's name */

/* A group being switched.  The settings may change meanwhile: it has its own copies. */
struct run {
	TAILQ_ENTRY(run)	 entry;
	struct groups		*groups;
	char			*group, *origin, *value;
	enum outlet_command	 command;
	bool			 confirm;
	unsigned		 interval_ms;
	char			**members;
	size_t			 n, next, open, failed;
	struct buf		 failures;
	struct timer		*timer;
	result_fn		*fn;		/* NULL: nobody listens */
	void			*arg;
};

struct member {			/* one of its requests on the way */
	struct run	*run;	/* NULL: we have ended before it */
	TAILQ_ENTRY(member) entry;
	const char	*name;
};

struct groups {
	struct loop		*loop;
	struct model		*model;
	const struct loads	*loads;
	struct kept		*kept;		/* NULL: nothing is noted */
	struct refused		 refused[R_GONE + 1];	/* by why */
	const struct settings	*settings;
	struct events		*events;	/* NULL: nobody writes anything down */
	group_news_fn		*told;		/* NULL: nobody */
	void			*told_arg;
	TAILQ_HEAD(, run)	 runs;
	TAILQ_HEAD(, member)	 open;
};

/* -- members -------------------------------------------------------------------------- */

/* The device of "pdu1:3", and the number of its outlet; NULL: it is not there. */
static struct device *
member_device(const struct groups *all, const char *member, unsigned *outlet)
{
	const char	*label;
	size_t		 len = feed_parse(member, &label);
	struct device	*d = model_find(all->model, member, len);

	*outlet = d == NULL || label == NULL ? 0 : feed_outlet(device_now(d), label);
	return *outlet == 0 ? NULL : d;
}

/* -- what is noted of a sequence, should it end with us ------------------------------------- */

/* "COMMAND ASKED OF ORIGIN" */
static void
note_progress(const struct run *r, bool ended)
{
	char	*key, *text;

	if (r->groups->kept == NULL || r->command == OUTLET_CANCEL)
		return;
	key = xasprintf(KEYS "%s", r->group);
	text = xasprintf("%s %zu %zu %s", outlet_command_word(r->command), r->next, r->n, r->origin);
	if (ended)
		kept_drop(r->groups->kept, key, NULL, NULL);
	else
		kept_put(r->groups->kept, key, text, NULL, NULL);
	free(text);
	free(key);
}

/* A group of the configuration is the only one of its row (core/group-view.h). */
static void
tell_failed(const struct groups *all, const char *group, const char *command, const char *value, const char *origin,
    const char *detail)
{
	char	 code[16];

	snprintf(code, sizeof(code), "%d", (int)outlet_result_of(R_FAILED));
	events_tell(all->events, EVENT_GROUP_FAILED, group, "group", "1", "command", command, "value", value,
	    "origin", origin, "result", result_text(R_FAILED), "code", code, "detail", detail, NULL);
}

static void
tell_broken_off(const struct groups *all, const char *group, const char *noted)
{
	char	 command[32], *detail;
	size_t	 asked, of;
	int	 at = 0;

	if (sscanf(noted, "%31s %zu %zu %n", command, &asked, &of, &at) != 3 || at == 0)
		return;
	detail = xasprintf("broke off when busbard ended: %zu of %zu outlets had been asked, and nobody knows "
	    "what became of the last; it is not gone on with", asked, of);
	log_warning(group, "%s by %s %s", command, noted + at, detail);
	tell_failed(all, group, command, NULL, noted + at, detail);
	free(detail);
}

void
groups_keep(struct groups *all, struct kept *kept)
{
	const char	*next;
	char		*key;

	all->kept = kept;
	while (kept != NULL && (next = kept_next(kept, KEYS, NULL)) != NULL) {
		key = xstrdup(next);
		tell_broken_off(all, key + strlen(KEYS), kept_get(kept, key));
		kept_drop(kept, key, NULL, NULL);
		free(key);
	}
}

/* -- a sequence ------------------------------------------------------------------------------ */

static void
run_free(struct run *r)
{
	size_t	 i;

	TAILQ_REMOVE(&r->groups->runs, r, entry);
	timer_free(r->timer);
	for (i = 0; i < r->n; i++)
		free(r->members[i]);
	free(r->members);
	free(r->group);
	free(r->origin);
	free(r->value);
	buf_free(&r->failures);
	free(r);
}

static void
tell(const struct run *r, bool ended, enum result result, const char *detail)
{
	const struct group_news	 news = { .command = r->command, .ended = ended, .result = result,
				    .origin = r->origin, .detail = detail };

	if (r->groups->told != NULL && r->command != OUTLET_CANCEL)
		r->groups->told(r->groups->told_arg, r->group, &news);
}

static void
run_end(struct run *r)
{
	char	*detail = r->failed == 0 ? NULL :
		    xasprintf("%zu of %zu failed:%s", r->failed, r->n, buf_text(&r->failures));

	note_progress(r, true);
	log_info(r->group, "%s by %s: %s", outlet_command_word(r->command), r->origin,
	    detail != NULL ? detail : "done");
	if (r->failed > 0)
		tell_failed(r->groups, r->group, outlet_command_word(r->command), r->value, r->origin, detail);
	else
		events_tell(r->groups->events, EVENT_GROUP_ENDED, r->group, "command", outlet_command_word(r->command),
		    "value", r->value, "origin", r->origin, "result", result_text(R_DONE), NULL);
	tell(r, true, r->failed == 0 ? R_DONE : R_FAILED, detail);
	if (r->fn != NULL)
		r->fn(r->failed == 0 ? R_DONE : R_FAILED, detail, r->arg);
	free(detail);
	run_free(r);
}

static void
note(struct run *r, const char *member, enum result result, const char *detail)
{
	if (result == R_DONE)
		return;
	r->failed++;
	buf_printf(&r->failures, "%s %s (%s)", r->failed > 1 ? "," : "", member,
	    detail != NULL ? detail : result_text(result));
}

static void
on_member(enum result result, const char *detail, void *arg)
{
	struct member	*m = arg;
	struct run	*r = m->run;

	if (r != NULL) {
		TAILQ_REMOVE(&r->groups->open, m, entry);
		note(r, m->name, result, detail);
		r->open--;
		if (r->open == 0 && r->next == r->n)
			run_end(r);
	}
	free(m);
}

static void
ask_member(struct run *r, const char *name)
{
	unsigned	 outlet;
	struct device	*d = member_device(r->groups, name, &outlet);
	struct member	*m;
	struct ask	 ask = { .kind = REQUEST_COMMAND, .value = r->value, .confirm = r->confirm };
	char		*origin;

	m = xcalloc(1, sizeof(*m));
	*m = (struct member){ .run = r, .name = name };
	TAILQ_INSERT_TAIL(&r->groups->open, m, entry);
	r->open++;
	if (d == NULL) {
		on_member(R_GONE, NULL, m);
		return;
	}
	origin = xasprintf("%s, group %s", r->origin, r->group);
	ask.origin = origin;
	ask.name = outlet_command_var(outlet, r->command);
	device_ask(d, &ask, on_member, m);
	free(origin);
}

/* Nothing of the run may be touched behind the last ask: its answer ends it. */
static void
on_next(void *arg)
{
	struct run	*r = arg;
	size_t		 i = r->next++;

	if (r->next < r->n)
		timer_set(r->timer, r->command == OUTLET_CANCEL ? 0 : r->interval_ms);
	note_progress(r, false);
	ask_member(r, r->members[i]);
}

/* -- asking ------------------------------------------------------------------------------ */

static const struct group_settings *
group_named(const struct groups *all, const char *name)
{
	size_t	i;

	for (i = 0; all->settings != NULL && i < all->settings->ngroups; i++)
		if (strcasecmp(all->settings->groups[i].name, name) == 0)
			return &all->settings->groups[i];
	return NULL;
}

static struct run *
run_of(const struct groups *all, const char *group)
{
	struct run	*r;

	TAILQ_FOREACH(r, &all->runs, entry)
		if (strcasecmp(r->group, group) == 0 && r->command != OUTLET_CANCEL)
			return r;
	return NULL;
}

static void
keep_result(enum result result, const char *detail, void *arg)
{
	*(enum result *)arg = result;
}

/* Why it is to be confirmed, malloc'd; NULL: it need not be. */
static char *
objection(const struct groups *all, const struct group_settings *g, enum outlet_command command, const char *origin)
{
	struct feed_cut	*cuts = xcalloc(g->members.n, sizeof(*cuts));
	size_t		 i, n = 0;
	enum result	 result;
	struct ask	 ask = { .kind = REQUEST_COMMAND, .origin = origin, .test = true, .quiet = true };
	struct device	*d;
	char		*why = NULL;
	unsigned	 outlet;

	for (i = 0; why == NULL && i < g->members.n; i++) {
		if ((d = member_device(all, g->members.at[i], &outlet)) == NULL)
			continue;
		cuts[n++] = (struct feed_cut){ device_name(d), outlet };
		ask.name = outlet_command_var(outlet, command);
		device_ask(d, &ask, keep_result, &result);
		if (result == R_CONFIRM)
			why = xstrdup(g->members.at[i]);
	}
	if (why == NULL)
		why = loads_objection(all->loads, &(struct feed_cuts){ cuts, n });
	free(cuts);
	return why;
}

/* An outlet that is a member by two names is switched once. */
static void
take_members(struct run *r, const struct strings *members)
{
	size_t	 i, j;

	r->members = xcalloc(members->n, sizeof(*r->members));
	for (i = 0; i < members->n; i++) {
		for (j = 0; j < r->n && !feed_same(r->groups->model, r->members[j], members->at[i]); j++)
			;
		if (j == r->n)
			r->members[r->n++] = xstrdup(members->at[i]);
	}
}

static void
begin(struct groups *all, const struct group_settings *g, enum outlet_command command, const struct ask *ask,
    result_fn *fn, void *arg)
{
	struct run	*r = xcalloc(1, sizeof(*r));

	*r = (struct run){ .groups = all, .group = xstrdup(g->name), .origin = xstrdup(ask->origin),
	    .value = ask->value == NULL ? NULL : xstrdup(ask->value), .command = command,
	    .confirm = ask->confirm, .interval_ms = g->interval_ms, .fn = fn, .arg = arg };
	take_members(r, &g->members);
	r->timer = timer_new(all->loop, on_next, r);
	TAILQ_INSERT_TAIL(&all->runs, r, entry);
	events_tell(all->events, EVENT_GROUP_ASKED, r->group, "command", outlet_command_word(command),
	    "value", r->value, "origin", r->origin, NULL);
	log_info(r->group, "%s by %s: begun, %zu outlets", outlet_command_word(command), r->origin, r->n);
	tell(r, false, R_DONE, NULL);
	timer_set(r->timer, 0);
}

/* Those whose turn has not come are left as they are. */
static void
stop(struct run *r)
{
	size_t	 i;

	timer_stop(r->timer);
	for (i = r->next; i < r->n; i++)
		note(r, r->members[i], R_FAILED, "cancelled");
	r->next = r->n;
	if (r->open == 0)
		run_end(r);
}

/* R_DONE: nothing is in the way.  *why: malloc'd, or NULL. */
static enum result
check(const struct groups *all, const struct group_settings *g, enum outlet_command command, const struct ask *ask,
    char **why)
{
	*why = NULL;
	if (command == OUTLET_NONE)
		return R_UNKNOWN;
	if (command != OUTLET_CANCEL && run_of(all, g->name) != NULL) {
		*why = xstrdup("the group is being switched; cancel that first");
		return R_BUSY;
	}
	if (outlet_cuts_power(command) && !ask->confirm)
		*why = objection(all, g, command, ask->origin);
	return *why != NULL ? R_CONFIRM : R_DONE;
}

static void
tell_refused(struct groups *all, const char *group, const char *word, const struct ask *ask, enum result result,
    const char *why)
{
	char	*more;

	if (!refused_note(&all->refused[result], loop_now(all->loop)))
		return;
	more = refused_more(&all->refused[result]);
	log_warning(group, "%s by %s refused: %s%s%s%s", word, ask->origin, result_text(result),
	    why != NULL ? ", " : "", why != NULL ? why : "", more);
	events_tell(all->events, EVENT_COMMAND_REFUSED, group, "command", word, "origin", ask->origin,
	    "result", result_text(result), "detail", why, "more", *more != '\0' ? more : NULL, NULL);
	free(more);
}

bool
groups_ask(struct groups *all, const char *group, const char *word, const struct ask *ask, result_fn *fn, void *arg)
{
	const struct group_settings	*g = group_named(all, group);
	enum outlet_command		 command = outlet_command_named(word);
	struct run			*running;
	enum result			 result;
	char				*why;

	if (g == NULL)
		return false;
	result = check(all, g, command, ask, &why);
	if (result != R_DONE && !ask->quiet)
		tell_refused(all, g->name, word, ask, result, why);
	if (result != R_DONE || ask->test) {
		fn(result, why, arg);
		free(why);
		return true;
	}
	if ((running = run_of(all, group)) != NULL)
		stop(running);
	begin(all, g, command, ask, fn, arg);
	return true;
}

uint64_t
groups_refused(const struct groups *all, enum result result)
{
	return all->refused[result].n;
}

void
groups_forget(struct groups *all, void *arg)
{
	struct run	*r;

	TAILQ_FOREACH(r, &all->runs, entry)
		if (r->arg == arg)
			r->fn = NULL;
}

/* -- life ------------------------------------------------------------------------------------- */

struct groups *
groups_new(struct loop *loop, struct model *model, const struct loads *loads)
{
	struct groups	*all = xcalloc(1, sizeof(*all));

	*all = (struct groups){ .loop = loop, .model = model, .loads = loads };
	TAILQ_INIT(&all->runs);
	TAILQ_INIT(&all->open);
	return all;
}

void
groups_on_news(struct groups *all, group_news_fn *fn, void *arg)
{
	all->told = fn;
	all->told_arg = arg;
}

void
groups_events(struct groups *all, struct events *events)
{
	all->events = events;
}

void
groups_apply(struct groups *all, const struct settings *settings)
{
	all->settings = settings;
}

void
groups_free(struct groups *all)
{
	struct member	*m;
	struct run	*r;

	if (all == NULL)
		return;
	while ((m = TAILQ_FIRST(&all->open)) != NULL) {
		TAILQ_REMOVE(&all->open, m, entry);
		m->run = NULL;
	}
	while ((r = TAILQ_FIRST(&all->runs)) != NULL) {
		log_warning(r->group, "%s by %s breaks off, since busbard ends: %zu of %zu outlets were asked",
		    outlet_command_word(r->command), r->origin, r->next, r->n);
		if (r->fn != NULL)
			r->fn(R_TIMEOUT, "busbard ends; nobody knows what was done", r->arg);
		run_free(r);
	}
	free(all);
}
