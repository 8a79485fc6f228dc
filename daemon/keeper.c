/* The store role, seen from the engine: what is said to it and what it says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "daemon/keeper.h"
#include "daemon/role.h"

#define AWAIT_MS	2000

struct keeper {
	struct loop	*loop;
	struct role	*role;
	struct kept	*kept;
	struct timer	*await;
	char		*text;		/* of its settings */
};

/* -- to the store ----------------------------------------------------------------- */

static void
write_value(void *arg, uint64_t id, const char *key, const char *text)
{
	struct keeper	*k = arg;
	struct buf	 line = { 0 };

	buf_printf(&line, "%" PRIu64, id);
	channel_put_word(&line, key);
	if (text != NULL)
		channel_put_text(&line, text);
	role_send(k->role, text != NULL ? "keep" : "forget", buf_text(&line));
	buf_free(&line);
}

/* -- from the store ---------------------------------------------------------------- */

static void
take_kept(struct keeper *k, char *rest)
{
	const char	*key = channel_word(&rest), *text = channel_text(&rest);

	if (key != NULL && text != NULL)
		kept_load(k->kept, key, text);
}

static void
take_loaded(struct keeper *k, char *rest)
{
	kept_loaded(k->kept, write_value, k);
}

static void
take_safe(struct keeper *k, char *rest)
{
	const char	*id = channel_word(&rest);

	if (id != NULL)
		kept_written(k->kept, strtoull(id, NULL, 10), NULL);
}

static void
take_unsafe(struct keeper *k, char *rest)
{
	const char	*id = channel_word(&rest), *why = channel_text(&rest);

	if (id != NULL)
		kept_written(k->kept, strtoull(id, NULL, 10), why == NULL ? "the disk" : why);
}

static void
take_trouble(struct keeper *k, char *rest)
{
	const char	*why = channel_text(&rest);

	kept_disk(k->kept, why == NULL || *why == '\0' ? NULL : why);
}

static const struct {
	const char	*word;
	void		(*take)(struct keeper *, char *rest);
} verbs[] = {
	{ "safe", take_safe },
	{ "unsafe", take_unsafe },
	{ "kept", take_kept },
	{ "loaded", take_loaded },
	{ "trouble", take_trouble },
};

static void
on_line(void *arg, const char *word, const char *text)
{
	char	*copy = xstrdup(text == NULL ? "" : text);
	size_t	 i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			verbs[i].take(arg, copy);
	free(copy);
}

static void
on_loss(void *arg)
{
	struct keeper	*k = arg;

	kept_lost(k->kept);
}

/* -- life ------------------------------------------------------------------------------ */

struct keeper *
keeper_new(struct loop *loop, struct model *model, bool alone)
{
	struct keeper	*k = xcalloc(1, sizeof(*k));

	k->loop = loop;
	k->kept = kept_new(loop);
	k->role = role_new(loop, model, &store_publisher, alone);
	role_on_line(k->role, on_line, k);
	role_on_loss(k->role, on_loss, k);
	return k;
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	role_free(k->role);
	kept_free(k->kept);
	free(k->text);
	free(k);
}

void
keeper_apply(struct keeper *k, const struct settings *settings)
{
	struct conf_item	 folder = { .name = "state-dir" };
	struct conf_value	 value = { .text = settings->state_dir };
	char			*text;

	folder.values = &value;
	folder.nvalues = 1;
	text = conf_print(&folder);
	if (k->text == NULL || strcmp(k->text, text) != 0)
		role_apply(k->role, text, settings, NULL, 0);
	free(k->text);
	k->text = text;
}

static void
on_await(void *arg)
{
	struct keeper	*k = arg;

	timer_free(k->await);
	k->await = NULL;
}

void
keeper_await(struct keeper *k)
{
	k->await = timer_new(k->loop, on_await, k);
	timer_set(k->await, AWAIT_MS);
	while (k->await != NULL && !kept_complete(k->kept))
		loop_once(k->loop, AWAIT_MS);
	if (k->await == NULL)
		log_warning("store", "it has not loaded what was kept yet; going on without");
	else
		on_await(k);
}

struct kept *
keeper_kept(struct keeper *k)
{
	return k->kept;
}

void
keeper_ended(struct keeper *k, pid_t pid, int status)
{
	role_ended(k->role, pid, status);
}
