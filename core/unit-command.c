/*
 * The driver host: commands that are more than one request to the driver:
 * how they are asked for, and how they survive a power cut until they are due.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/identity.h"
#include "core/mem.h"

/* A text on its way to the disk; its device may go meanwhile. */
struct command_keeping {
	TAILQ_ENTRY(command_keeping)	 entry;
	struct target			*target;	/* NULL: it has gone */
	char				*key;
	result_fn			*done;
	void				*arg;
};

/* -- keeping ------------------------------------------------------------------------ */

static struct identity
identity_now(const struct target *t)
{
	return identity_of(t->unit->driver, t->unit->settings, t->suffix);
}

static void
on_kept(enum result result, const char *detail, void *arg)
{
	struct command_keeping	*k = arg;

	if (k->target != NULL) {
		TAILQ_REMOVE(&k->target->keeping, k, entry);
		if (k->done != NULL)
			k->done(result, detail, k->arg);
	}
	free(k->key);
	free(k);
}

/* What is on its way to the disk is not known as kept yet, and has to be taken away all the same. */
static bool
is_kept(const struct target *t, const char *key)
{
	const struct command_keeping	*k;

	TAILQ_FOREACH(k, &t->keeping, entry)
		if (strcmp(k->key, key) == 0)
			return true;
	return kept_get(t->unit->host->kept, key) != NULL;
}

void
target_keep_command(struct target *t, const char *what, const char *text, result_fn *done, void *arg)
{
	struct identity		 id = identity_now(t);
	struct command_keeping	*k;
	char			*key, *marked;

	if (t->unit->host->kept == NULL)
		return;
	key = kept_key(device_name(t->device), what);
	if (text == NULL && done == NULL && !is_kept(t, key)) {
		free(key);
		return;
	}
	k = xcalloc(1, sizeof(*k));
	*k = (struct command_keeping){ .target = t, .key = key, .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(&t->keeping, k, entry);
	marked = text == NULL ? NULL : xasprintf("%016" PRIx64 " %016" PRIx64 " %s", id.place, id.source, text);
	if (marked != NULL)
		kept_put(t->unit->host->kept, key, marked, on_kept, k);
	else
		kept_drop(t->unit->host->kept, key, on_kept, k);
	free(marked);
}

/* -- in another life -------------------------------------------------------------------- */

/* "PLACE SOURCE TEXT", as target_keep_command() has it. */
static void
restore(struct target *t, const char *what, const char *text, restore_fn *fn)
{
	struct identity	 was, now = identity_now(t);
	int		 at = 0;

	if (sscanf(text, "%" SCNx64 " %" SCNx64 " %n", &was.place, &was.source, &at) == 2 && at > 0)
		fn(t, what, text + at, identity_compare(&was, &now));
}

void
target_restore_commands(struct target *t, const char *keys, restore_fn *fn)
{
	struct kept	*kept = t->unit->host->kept;
	const char	*key = NULL;
	struct strings	 found = { 0 };
	size_t		 room = 0, i;
	char		*prefix;

	if (kept == NULL)
		return;
	prefix = kept_key(device_name(t->device), keys);
	/* What goes on may be kept anew: first all keys, then their texts. */
	while ((key = kept_next(kept, prefix, key)) != NULL) {
		found.at = array_room(found.at, found.n, &room, sizeof(*found.at));
		found.at[found.n++] = xstrdup(key);
	}
	for (i = 0; i < found.n; i++) {
		char	*text = xstrdup(kept_get(kept, found.at[i]));

		restore(t, found.at[i] + strlen(prefix), text, fn);
		free(text);
		free(found.at[i]);
	}
	free(found.at);
	free(prefix);
}

void
target_free_commands(struct target *t)
{
	struct command_keeping	*k;

	while ((k = TAILQ_FIRST(&t->keeping)) != NULL) {
		TAILQ_REMOVE(&t->keeping, k, entry);
		k->target = NULL;
	}
}

/* -- asking ------------------------------------------------------------------------------ */

struct asked {
	struct target	*target;
	struct ask	 ask;
	struct pending	*pending;
	bool		 begun;		/* the queue's function has returned: it was taken */
	bool		 ended;
};

static void
on_outcome(enum result result, const char *detail, void *arg)
{
	struct asked	*a = arg;

	if (!a->begun && result != R_DONE && !a->ask.quiet)
		target_refuse(a->target, &a->ask, a->pending, result, detail);
	else
		pending_done(a->pending, result, detail);
	a->ended = true;
	if (a->begun)
		free(a);
}

void
target_ask_queue(struct target *t, const struct ask *ask, struct pending *pending, queue_fn *queue)
{
	struct asked	*a = xcalloc(1, sizeof(*a));

	*a = (struct asked){ .target = t, .ask = *ask, .pending = pending };
	queue(t, ask, on_outcome, a);
	a->begun = true;
	if (a->ended)
		free(a);
}
