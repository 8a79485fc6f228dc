/*
 * The driver host: from a unit's rounds to the snapshot of a device, with all
 * that the configuration and the engine add.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "core/buf.h"
#include "core/flags.h"
#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/traits.h"

static void	on_stale(void *);
static void	on_settle(void *);
static void	publish(struct target *, bool polled);

/* -- life ---------------------------------------------------------------------- */

struct target *
target_new(struct unit *u, const char *suffix, const char *name)
{
	struct target	*t = xcalloc(1, sizeof(*t));

	t->unit = u;
	t->suffix = suffix == NULL ? NULL : xstrdup(suffix);
	t->device = model_add(u->host->model, name);
	t->index = u->host->indexes == NULL ? 0 : indexes_of(u->host->indexes, name);
	t->round = round_new();
	t->condition = condition_new(u->settings->max_age_ms);
	target_recall_alarms(t);
	t->fsd = fsd_new();
	TAILQ_INIT(&t->keeping);
	target_add_outlets(t);
	target_add_shutdowns(t);
	t->traits = traits_new();
	t->stale = timer_new(u->host->loop, on_stale, t);
	t->settle = timer_new(u->host->loop, on_settle, t);
	if (suffix == NULL)
		TAILQ_INSERT_HEAD(&u->targets, t, entry);
	else
		TAILQ_INSERT_TAIL(&u->targets, t, entry);
	target_publish(t);
	target_restore_outlets(t);
	target_restore_shutdowns(t);
	return t;
}

void
target_free(struct target *t)
{
	unit_drop_requests(t->unit, t, "the device was removed");
	if (t->unit->current == t)
		t->unit->current = NULL;
	TAILQ_REMOVE(&t->unit->targets, t, entry);
	if (t->unit->host->dflt == t)
		t->unit->host->dflt = NULL;
	model_remove(t->device);
	round_free(t->round);
	condition_free(t->condition);
	fsd_free(t->fsd);
	target_free_commands(t);
	target_free_outlets(t);
	shutdowns_free(t->shutdowns);
	free(t->timing);
	free(t->logins);
	traits_release(t->traits);
	timer_free(t->stale);
	timer_free(t->settle);
	free(t->suffix);
	free(t->type);
	free(t->description);
	free(t);
}

struct target *
target_find(struct host *h, const struct device *d)
{
	struct unit	*u;
	struct target	*t;

	TAILQ_FOREACH(u, &h->units, entry)
		TAILQ_FOREACH(t, &u->targets, entry)
			if (t->device == d)
				return t;
	return NULL;
}

void
target_reset(struct target *t)
{
	round_clear(t->round);
	traits_release(t->traits);
	t->traits = traits_new();
	condition_free(t->condition);
	t->condition = condition_new(t->unit->settings->max_age_ms);
	target_recall_alarms(t);
	free(t->type);
	t->type = NULL;
	free(t->description);
	t->description = NULL;
	t->state = DEVICE_WAITING;
	t->lost = false;
	timer_stop(t->stale);
	target_publish(t);
}

/* -- freshness --------------------------------------------------------------------- */

static void
on_stale(void *arg)
{
	struct target	*t = arg;
	struct unit	*u = t->unit;

	/* Of a unit in a role the engine says it, whose clock counts. */
	if (!u->host->bare) {
		log_warning(device_name(t->device), "stale: nothing good for %u s%s%s",
		    u->settings->max_age_ms / 1000, u->why != NULL ? ", " : "", u->why != NULL ? u->why : "");
		u->told = true;
	}
	t->state = DEVICE_STALE;
	target_publish(t);
	/* What answers next may be another device: recognise it anew. */
	if (t->suffix == NULL && u->carrier == NULL && u->ready && u->failures > 0) {
		u->restart = true;
		unit_continue(u);
	}
}

static void
on_settle(void *arg)
{
	target_publish(arg);
}

/* A push that says nothing of the status is no sign that polls still work: only a poll freshens. */
void
target_good(struct target *t, enum round_kind kind)
{
	if (t->lost)
		log_info(device_name(t->device), "fresh again");
	t->lost = false;
	if (t->unit->carrier == NULL)
		*(kind == ROUND_PUSH ? &t->pushes : &t->polls) += 1;
	if (kind != ROUND_PUSH || t->unit->driver->wire == WIRE_FILE) {
		t->state = DEVICE_FRESH;
		timer_set(t->stale, t->unit->settings->max_age_ms);
	}
	publish(t, true);
}

/* -- what is added ------------------------------------------------------------------- */

static void
put_if_absent(struct update *u, enum var var, const char *text)
{
	if (text != NULL && update_get(u, var) == NULL)
		update_put_text(u, var, text);
}

static void
copy_if_absent(struct update *u, enum var to, enum var from)
{
	const struct value	*v = update_get(u, from);

	if (v != NULL && update_get(u, to) == NULL)
		update_put(u, to, *v);
}

static const char *
seconds_text(unsigned ms, char room[VALUE_TEXT_MAX])
{
	struct value	 v = ms % 1000 == 0 ? value_number(ms / 1000, 0) : value_number(ms, 3);

	return value_text(&v, room);
}

/* What NUT's clients expect of every device and no protocol says. */
static void
put_common(const struct target *t, struct update *u)
{
	const struct device_settings	*s = t->unit->settings;
	char				 seconds[VALUE_TEXT_MAX];

	put_if_absent(u, VAR_DEVICE_TYPE, t->type != NULL ? t->type : "ups");
	copy_if_absent(u, VAR_DEVICE_MFR, VAR_UPS_MFR);
	copy_if_absent(u, VAR_DEVICE_MODEL, VAR_UPS_MODEL);
	copy_if_absent(u, VAR_DEVICE_SERIAL, VAR_UPS_SERIAL);
	put_if_absent(u, var_intern("driver.name"), t->unit->driver->name);
	put_if_absent(u, var_intern("driver.version"), PACKAGE_VERSION);
	put_if_absent(u, var_intern("driver.parameter.port"), s->port);
	put_if_absent(u, var_intern("driver.parameter.pollinterval"), seconds_text(s->poll_ms, seconds));
}

static void
put_configured(const struct target *t, struct update *u)
{
	const struct device_settings	*s = t->unit->settings;
	enum var			 var;
	size_t				 i;

	for (i = 0; i < s->dflt.n; i++)
		put_if_absent(u, var_intern(s->dflt.at[i].name), s->dflt.at[i].value);
	for (i = 0; i < s->override.n; i++) {
		var = var_intern(s->override.at[i].name);
		update_put_text(u, var, s->override.at[i].value);
		update_not_settable(u, var);
	}
}

/* -- low battery: the device's word, or charge and runtime against their limits --------- */

static bool
below(const struct update *u, enum var var, enum var limit)
{
	const struct value	*v = update_get(u, var), *l = update_get(u, limit);

	return v != NULL && l != NULL && v->type == V_NUMBER && l->type == V_NUMBER &&
	    value_compare(v, l) < 0;
}

static void
judge_battery(const struct target *t, struct update *u)
{
	enum low_battery	 rule = t->unit->settings->low_battery;
	const struct value	*status = update_get(u, VAR_UPS_STATUS);
	const struct value	*left;
	struct round		*words;
	bool			 low;
	char			*kept, *word, *rest;

	if (rule == LOW_BATTERY_DEVICE || status == NULL || status->type != V_TEXT)
		return;
	low = below(u, VAR_BATTERY_CHARGE, VAR_BATTERY_CHARGE_LOW) ||
	    below(u, VAR_BATTERY_RUNTIME, VAR_BATTERY_RUNTIME_LOW);
	words = round_new();
	rest = kept = xstrdup(status->text);
	while ((word = strsep(&rest, " ")) != NULL)
		if (rule == LOW_BATTERY_EITHER || strcmp(word, "LB") != 0)
			round_status(words, word);
	if (low)
		round_status(words, "LB");
	round_end(words, ROUND_FULL, 0, 0);
	left = round_get(words, VAR_UPS_STATUS);
	update_put(u, VAR_UPS_STATUS, left != NULL ? *left : value_from_text(""));
	round_free(words);
	free(kept);
}

/* -- remarks ---------------------------------------------------------------------------- */

static char *
joined(const struct strings *s)
{
	struct buf	 b = { 0 };
	char		*text;
	size_t		 i;

	for (i = 0; i < s->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", s->at[i]);
	text = xstrdup(buf_text(&b));
	buf_free(&b);
	return text;
}

static void
remark(struct update *u, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		update_put_text(u, var_intern(name), text);
}

static const char *
type_of(const struct target *t, const struct update *u)
{
	const struct value	*v = update_get(u, VAR_DEVICE_TYPE);

	if (v != NULL && v->type == V_TEXT)
		return v->text;
	return t->type != NULL ? t->type : "ups";
}

struct word {
	bool		 holds;
	const char	*text;
};

/* Those words that hold. */
static void
remark_words(struct update *u, const char *name, const struct word *words, size_t n)
{
	struct buf	 b = { 0 };
	size_t		 i;

	for (i = 0; i < n; i++)
		if (words[i].holds)
			buf_printf(&b, "%s%s", b.len > 0 ? " " : "", words[i].text);
	remark(u, name, buf_text(&b));
	buf_free(&b);
}

static void
put_options(const struct device_settings *s, struct update *u)
{
	const struct word	 words[] = {
		{ s->eco_as_bypass, "eco-as-bypass" },
		{ s->battery_temp_from_ups, "battery-temp-from-ups" },
		{ s->derive_load, "derive-load" },
	};

	remark_words(u, REMARK_OPTIONS, words, nitems(words));
}

static void
put_writable(const struct device_settings *s, struct update *u)
{
	const struct word	 words[] = {
		{ (s->writable & WRITABLE_NAMES) != 0, "names" }, { (s->writable & WRITABLE_TEST) != 0, "test" },
		{ (s->writable & WRITABLE_CONFIG) != 0, "config" },
		{ (s->writable & WRITABLE_CONTROL) != 0, "control" },
	};

	remark_words(u, REMARK_WRITABLE, words, nitems(words));
}

/* A forced shutdown is a shutdown that pends, whoever ordered it. */
static void
put_flags(const struct target *t, struct update *u)
{
	uint64_t	 ours = shutdowns_flags(t->shutdowns, u) |
			    (fsd_active(t->fsd) ? FLAG_BIT(FLAG_SHUTDOWN_PENDING) : 0);
	struct buf	 flags = { 0 };
	enum flag	 i;

	buf_puts(&flags, round_flags(t->round));
	for (i = FLAG_NONE + 1; i < FLAG_END; i++)
		if ((ours & FLAG_BIT(i)) != 0)
			buf_printf(&flags, "%s%s", flags.len > 0 ? " " : "", flag_word(i));
	remark(u, REMARK_FLAGS, buf_text(&flags));
	buf_free(&flags);
}

static void
put_remarks(const struct target *t, struct update *u)
{
	const struct device_settings	*s = t->unit->settings;
	const char			*type = type_of(t, u);
	bool				 context;
	char				*aliases;

	context = s->context == SET_YES || (s->context == SET_AUTO && strcmp(type, "ups") == 0);
	if (t->index > 0)
		update_put(u, var_intern(REMARK_INDEX), value_number(t->index, 0));
	remark(u, REMARK_TYPE, type);
	remark(u, REMARK_CONTEXT, context ? "yes" : NULL);
	remark(u, REMARK_DEFAULT, t->unit->host->dflt == t ? "yes" : NULL);
	remark(u, REMARK_DRIVER, s->driver);
	remark(u, REMARK_PORT, s->port);
	put_flags(t, u);
	remark(u, REMARK_LOGINS, t->logins);
	put_options(s, u);
	put_writable(s, u);
	remark(u, REMARK_DESCRIPTION, t->suffix == NULL && s->description != NULL && *s->description != '\0' ?
	    s->description : t->description);
	if (t->suffix == NULL) {
		remark(u, REMARK_ATTACHED, s->attached);
		aliases = joined(&s->aliases);
		remark(u, REMARK_ALIASES, aliases);
		free(aliases);
	}
	target_put_kept(t, u);
}

/* -- publishing ----------------------------------------------------------------------------- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int64_t
apply_fsd(struct target *t, struct update *u, int64_t now)
{
	const struct device_settings	*s = t->unit->settings;
	bool				 before = fsd_active(t->fsd);
	int64_t				 again;

	again = fsd_apply(t->fsd, u, shutdowns_pending(t->shutdowns), (int64_t)s->fsd_clear * 1000,
	    (int64_t)t->unit->host->settings->nut.hostsync * 1000, now);
	if (before && !fsd_active(t->fsd)) {
		log_info(device_name(t->device), "forced shutdown cleared: mains is good and every host has heard");
		events_tell(t->unit->host->events, EVENT_FSD_CLEARED, device_name(t->device), "origin", "busbar", NULL);
	}
	return again;
}

static void
publish(struct target *t, bool polled)
{
	int64_t		 now = loop_now(t->unit->host->loop);
	struct update	*u;
	int64_t		 again;
	bool		 retyped;

	if (t->unit->host->bare) {
		target_publish_bare(t);
		return;
	}
	u = update_begin(t->device);
	update_state(u, t->state);
	if (t->state != DEVICE_WAITING) {
		round_publish(t->round, u);
		update_traits(u, t->traits);
		if (!t->unit->driver->verbatim)
			put_common(t, u);
		put_configured(t, u);
		judge_battery(t, u);
	}
	shutdowns_put(t->shutdowns, u);
	again = apply_fsd(t, u, now);
	outlets_put(t->outlets, t->traits, u);
	if (t->state != DEVICE_WAITING)
		target_offer_killpower(t, u);
	put_remarks(t, u);
	retyped = t->state != DEVICE_WAITING && (t->type == NULL || strcmp(t->type, type_of(t, u)) != 0);
	if (retyped) {
		free(t->type);
		t->type = xstrdup(type_of(t, u));
	}
	again = earlier(again, condition_apply(t->condition, u, polled, now));
	if (again >= 0)
		timer_set(t->settle, again - now);
	else
		timer_stop(t->settle);
	update_commit(u);
	traits_share(t->traits, device_traits(t->device));
	if (t->state == DEVICE_FRESH)
		outlets_seen(t->outlets, device_now(t->device), polled);
	shutdowns_seen(t->shutdowns, polled);
	if (retyped)
		host_choose_default(t->unit->host);
}

void
target_publish(struct target *t)
{
	publish(t, false);
}

/* The configured device, else the first that is a UPS, or may turn out to be one. */
static struct target *
best_default(const struct host *h)
{
	const char	*wanted = h->settings->agentx.dflt;
	struct unit	*u;
	struct target	*t;

	TAILQ_FOREACH(u, &h->units, entry)
		TAILQ_FOREACH(t, &u->targets, entry) {
			if (wanted != NULL && strcasecmp(device_name(t->device), wanted) == 0)
				return t;
			if (wanted == NULL && (t->type == NULL || strcmp(t->type, "ups") == 0))
				return t;
		}
	return NULL;
}

void
host_choose_default(struct host *h)
{
	struct target	*before = h->dflt, *after = best_default(h);

	if (before == after)
		return;
	h->dflt = after;
	if (before != NULL)
		target_publish(before);
	if (after != NULL)
		target_publish(after);
}

/* -- what a driver calls ----------------------------------------------------------------------- */

static struct target *
touch(struct unit *u)
{
	if (u->current != NULL)
		u->current->touched = true;
	return u->current;
}

void
unit_put(struct unit *u, enum var var, struct value v)
{
	if (v.type != V_NONE && touch(u) != NULL)
		round_put(u->current->round, var, v);
}

void
unit_put_text(struct unit *u, enum var var, const char *text)
{
	unit_put(u, var, value_from_text(text));
}

void
unit_absent(struct unit *u, enum var var)
{
	if (touch(u) != NULL)
		round_absent(u->current->round, var);
}

void
unit_status(struct unit *u, const char *words)
{
	if (touch(u) != NULL)
		round_status(u->current->round, words);
}

void
unit_alarm(struct unit *u, const char *text)
{
	if (touch(u) != NULL)
		round_alarm(u->current->round, text);
}

void
unit_flag(struct unit *u, const char *flag)
{
	if (touch(u) != NULL)
		round_flag(u->current->round, flag);
}

void
unit_type(struct unit *u, const char *type)
{
	if (touch(u) == NULL)
		return;
	free(u->current->type);
	u->current->type = xstrdup(type);
}

void
unit_description(struct unit *u, const char *text)
{
	struct target	*t = u->current;

	if (t == NULL)
		return;
	free(t->description);
	t->description = text == NULL ? NULL : xstrdup(text);
}

uint32_t
unit_number(struct unit *u, const char *label)
{
	struct indexes	*x = u->host->indexes;
	uint32_t	 device;

	if (u->current == NULL || x == NULL)
		return 0;
	device = indexes_of(x, device_name(u->current->device));
	return device == 0 ? 0 : indexes_outlet(x, device, label);
}

void
unit_forget_traits(struct unit *u)
{
	if (u->current == NULL)
		return;
	traits_release(u->current->traits);
	u->current->traits = traits_new();
	free(u->current->timing);
	u->current->timing = NULL;
}

void
unit_timing(struct unit *u, enum var command, enum timing timing)
{
	char	*before;

	if (u->current == NULL || timing == TIMING_SETTING)
		return;
	before = u->current->timing;
	u->current->timing = xasprintf("%s%s%s=%u", before != NULL ? before : "", before != NULL ? " " : "",
	    var_name(command), timing);
	free(before);
}

void
unit_command(struct unit *u, enum var var)
{
	if (u->current != NULL)
		traits_add_command(u->current->traits, var);
}

void
unit_settable(struct unit *u, const struct settable *s)
{
	if (u->current != NULL)
		traits_add_settable(u->current->traits, s);
}
