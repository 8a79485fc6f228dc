/* The driver host: what the outlets of a device need of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/host.h"
#include "core/mem.h"

#define OUTLET_KEYS	"outlet/"	/* behind the device's name; then the number */

/* A text on its way to the disk; its device may go meanwhile. */
struct outlet_keeping {
	TAILQ_ENTRY(outlet_keeping)	 entry;
	struct target			*target;	/* NULL: it has gone */
	unsigned			 outlet;
	result_fn			*done;
	void				*arg;
};

/* -- what they call ------------------------------------------------------------- */

static void
on_send(void *arg, enum var command, const char *origin, result_fn *done, void *done_arg)
{
	struct ask	 ask = { .kind = REQUEST_COMMAND, .name = command, .origin = origin };

	target_request(arg, &ask, done, done_arg);
}

static void
on_look(void *arg)
{
	struct target	*t = arg;

	if (!t->unit->ready)
		return;
	unit_poll_soon(t->unit, true);
	unit_continue(t->unit);
}

static void
on_publish(void *arg)
{
	target_publish(arg);
}

static int64_t
on_wall(void *arg)
{
	return time(NULL);
}

static const char *
on_unable(void *arg)
{
	const struct target	*t = arg;

	return t->unit->host->kept == NULL ? "nothing is kept" : kept_unable(t->unit->host->kept);
}

/* -- whose a kept text is ----------------------------------------------------------- */

/* FNV-1a of 64 bits; the NUL is part of it, so that two texts are not one. */
static uint64_t
digest(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	while (*text++ != '\0');
	return hash;
}

static bool
is_secret(const struct driver *driver, const char *option)
{
	const struct option	*o;

	for (o = driver->options; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, option) == 0)
			return o->secret;
	return false;
}

/*
 * A command is for a device and not for its name, which may stand for another
 * one when the command is due: where it is, and how it is spoken to.
 */
struct fingerprint {
	uint64_t	 place, source;
};

static struct fingerprint
fingerprint_of(const struct target *t)
{
	const struct device_settings	*s = t->unit->settings;
	struct fingerprint		 f = { .place = 0xcbf29ce484222325 };
	size_t				 i;

	f.place = digest(digest(f.place, s->driver), s->port);
	f.place = digest(f.place, t->suffix != NULL ? t->suffix : "");
	f.source = digest(f.place, s->profile);
	for (i = 0; i < s->options.n; i++)
		if (!is_secret(t->unit->driver, s->options.at[i].name))
			f.source = digest(digest(f.source, s->options.at[i].name), s->options.at[i].value);
	for (i = 0; i < s->units.n; i++)
		f.source = digest(digest(f.source, s->units.at[i].name), s->units.at[i].value);
	return f;
}

static enum outlets_device
compare_with(const struct target *t, const struct fingerprint *was)
{
	struct fingerprint	 now = fingerprint_of(t);

	if (now.place != was->place)
		return OUTLETS_OTHER;
	return now.source == was->source ? OUTLETS_SAME : OUTLETS_SAME_PLACE;
}

/* -- keeping ------------------------------------------------------------------------ */

static void
on_kept(enum result result, const char *detail, void *arg)
{
	struct outlet_keeping	*k = arg;

	if (k->target != NULL) {
		TAILQ_REMOVE(&k->target->keeping, k, entry);
		if (k->done != NULL)
			k->done(result, detail, k->arg);
	}
	free(k);
}

/* What is on its way to the disk is not known as kept yet, and has to be taken away all the same. */
static bool
is_kept(const struct target *t, unsigned outlet, const char *key)
{
	const struct outlet_keeping	*k;

	TAILQ_FOREACH(k, &t->keeping, entry)
		if (k->outlet == outlet)
			return true;
	return kept_get(t->unit->host->kept, key) != NULL;
}

static void
on_keep(void *arg, unsigned outlet, const char *text, result_fn *done, void *done_arg)
{
	struct target		*t = arg;
	struct fingerprint	 f = fingerprint_of(t);
	struct outlet_keeping	*k;
	char			*prefix, *key, *marked;

	if (t->unit->host->kept == NULL)
		return;
	prefix = kept_key(device_name(t->device), OUTLET_KEYS);
	key = xasprintf("%s%u", prefix, outlet);
	if (text != NULL || done != NULL || is_kept(t, outlet, key)) {
		k = xcalloc(1, sizeof(*k));
		*k = (struct outlet_keeping){ .target = t, .outlet = outlet, .done = done, .arg = done_arg };
		TAILQ_INSERT_TAIL(&t->keeping, k, entry);
		marked = text == NULL ? NULL : xasprintf("%016" PRIx64 " %016" PRIx64 " %s", f.place, f.source, text);
		if (marked != NULL)
			kept_put(t->unit->host->kept, key, marked, on_kept, k);
		else
			kept_drop(t->unit->host->kept, key, on_kept, k);
		free(marked);
	}
	free(prefix);
	free(key);
}

static char *
on_objection(void *arg, unsigned outlet)
{
	const struct target	*t = arg;
	const struct feed_cut	 cut = { device_name(t->device), outlet };
	const struct feed_cuts	 cuts = { &cut, 1 };

	return t->unit->host->loads == NULL ? NULL : loads_objection(t->unit->host->loads, &cuts);
}

static void
on_tell(void *arg, unsigned outlet, enum outlet_command command, const char *origin, bool asked, enum result result,
    const char *detail)
{
	const struct target	*t = arg;
	char			 number[16];

	snprintf(number, sizeof(number), "%u", outlet);
	events_tell(t->unit->host->events, asked ? EVENT_OUTLET_ASKED : EVENT_OUTLET_ENDED, device_name(t->device),
	    "outlet", number, "command", outlet_command_word(command), "origin", origin,
	    "result", asked ? NULL : result_text(result), "detail", detail, NULL);
}

static const struct outlets_calls calls = {
	.send = on_send, .look = on_look, .publish = on_publish, .wall = on_wall, .unable = on_unable,
	.keep = on_keep, .objection = on_objection, .tell = on_tell,
};

/* -- life --------------------------------------------------------------------------- */

void
target_configure_outlets(struct target *t)
{
	const struct device_settings	*s = t->unit->settings;

	/* The sections in a device are about its own outlets, not those of what it speaks for. */
	outlets_settings(t->outlets, device_name(t->device), s->outlets, t->suffix == NULL ? s->noutlets : 0);
}

void
target_add_outlets(struct target *t)
{
	TAILQ_INIT(&t->keeping);
	t->outlets = outlets_new(t->unit->host->loop, &calls, t);
	target_configure_outlets(t);
}

/* "PLACE SOURCE TEXT", as on_keep() has it. */
static void
restore(struct target *t, unsigned outlet, const char *text)
{
	struct fingerprint	 was;
	int			 at = 0;

	if (sscanf(text, "%" SCNx64 " %" SCNx64 " %n", &was.place, &was.source, &at) == 2 && at > 0)
		outlets_restore(t->outlets, outlet, text + at, compare_with(t, &was));
}

void
target_restore_outlets(struct target *t)
{
	struct kept	*kept = t->unit->host->kept;
	const char	*key = NULL;
	struct strings	 keys = { 0 };
	size_t		 room = 0, i;
	char		*prefix;

	if (kept == NULL)
		return;
	prefix = kept_key(device_name(t->device), OUTLET_KEYS);
	/* What goes on may be kept anew: first all keys, then their texts. */
	while ((key = kept_next(kept, prefix, key)) != NULL) {
		keys.at = array_room(keys.at, keys.n, &room, sizeof(*keys.at));
		keys.at[keys.n++] = xstrdup(key);
	}
	for (i = 0; i < keys.n; i++) {
		char	*text = xstrdup(kept_get(kept, keys.at[i]));

		restore(t, (unsigned)strtoul(keys.at[i] + strlen(prefix), NULL, 10), text);
		free(text);
		free(keys.at[i]);
	}
	free(keys.at);
	free(prefix);
}

void
target_free_outlets(struct target *t)
{
	struct outlet_keeping	*k;

	while ((k = TAILQ_FIRST(&t->keeping)) != NULL) {
		TAILQ_REMOVE(&t->keeping, k, entry);
		k->target = NULL;
	}
	outlets_free(t->outlets);
}

/* -- requests -------------------------------------------------------------------------- */

bool
target_takes_outlet(const struct target *t, const struct ask *ask)
{
	return outlets_take(t->outlets, t->traits, ask->name);
}

struct asked {
	struct target	*target;
	struct ask	 ask;
	struct pending	*pending;
	bool		 begun;		/* outlets_ask() has returned: it was taken */
	bool		 ended;
};

static void
on_outcome(enum result result, const char *detail, void *arg)
{
	struct asked	*a = arg;

	if (!a->begun && result != R_DONE && !a->ask.test)
		target_refuse(a->target, &a->ask, a->pending, result, detail);
	else
		pending_done(a->pending, result, detail);
	a->ended = true;
	if (a->begun)
		free(a);
}

void
target_ask_outlet(struct target *t, const struct ask *ask, struct pending *pending)
{
	struct asked	*a = xcalloc(1, sizeof(*a));
	bool		 fresh = t->state == DEVICE_FRESH && t->unit->ready;

	*a = (struct asked){ .target = t, .ask = *ask, .pending = pending };
	outlets_ask(t->outlets, t->traits, device_now(t->device), fresh, ask, on_outcome, a);
	a->begun = true;
	if (a->ended)
		free(a);
}

/* -- what goes to the driver as it is --------------------------------------------------- */

/* Commands of the whole device that a person gives; those of a shutdown are never held up. */
static const struct {
	const char	*name;
	bool		 off;
} whole[] = {
	{ "load.on", false }, { "load.on.delay", false }, { "load.off", true }, { "load.off.delay", true },
	{ "load.cycle", true }, { "load.cycle.delay", true }, { "shutdown.return", true },
};

enum result
target_judge(const struct target *t, const struct ask *ask, char **why)
{
	const char	*name = var_name(ask->name), *rest = name;
	unsigned	 outlet = outlet_number(name, &rest);
	size_t		 i;

	*why = NULL;
	if (ask->kind != REQUEST_COMMAND)
		return R_DONE;
	if (outlet == 0 && strncmp(name, "outlet.group.", 13) == 0) {
		rest = name + 13 + strspn(name + 13, "0123456789");
		rest += *rest == '.';
	} else if (outlet == 0 && strncmp(name, "shutdown.", 9) == 0) {
		return R_DONE;
	}
	for (i = 0; i < nitems(whole); i++)
		if (strcmp(rest, whole[i].name) == 0)
			return outlets_judge(t->outlets, outlet, whole[i].off, ask->confirm, why);
	return R_DONE;
}
