/*
 * The store role: what the engine wants kept, on disk.  All that came in one
 * turn of the loop is one transaction, answered when it is synced.
 *
 * Says: "kept KEY TEXT" of each value, then "loaded"; "safe ID" or "unsafe ID
 * WHY" of each write; "trouble WHY" while the disk takes none, without a text
 * when it does again.  Hears: "keep ID KEY TEXT", "forget ID KEY".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "store/database.h"

#define SUBJECT		"store"
#define RETRY_MS	1000	/* while the disk takes no writes */

/* One write that has come and is not on disk yet. */
struct wish {
	STAILQ_ENTRY(wish) entry;
	char		*id, *key, *text;	/* text NULL: away with it */
};
STAILQ_HEAD(wishes, wish);

struct store {
	struct loop	*loop;
	struct publish	 engine;	/* only what says something to it */
	char		*folder;
	struct database	*db;		/* NULL: there is none at the moment */
	char		*trouble;	/* why not, or why it takes no writes; NULL: all is well */
	bool		 loaded;	/* the engine knows what there is */
	struct timer	*work, *retry;
	struct wishes	 wishes;
};

static void
say(struct store *s, const char *word, const char *text)
{
	s->engine.say(s->engine.say_arg, word, text);
}

/* -- trouble ---------------------------------------------------------------------- */

static void
set_trouble(struct store *s, const char *why)
{
	if (s->trouble == NULL || strcmp(s->trouble, why) != 0)
		log_error(SUBJECT, "nothing can be kept: %s", why);
	free(s->trouble);
	s->trouble = xstrdup(why);
	say(s, "trouble", why);
	timer_set(s->retry, RETRY_MS);
}

static void
clear_trouble(struct store *s)
{
	if (s->trouble == NULL)
		return;
	log_info(SUBJECT, "values are kept again");
	free(s->trouble);
	s->trouble = NULL;
	say(s, "trouble", "");
}

static void
tell_moved(const char *moved)
{
	if (moved != NULL)
		log_error(SUBJECT, "THE DATABASE WAS DAMAGED: it is now %s, and a new one was begun; "
		    "names, settings and events in it are no longer known", moved);
}

/* -- opening and loading -------------------------------------------------------------- */

static void
say_kept(void *arg, const char *key, const char *text)
{
	struct buf	 line = { 0 };

	buf_puts(&line, key);
	channel_put_text(&line, text);
	say(arg, "kept", buf_text(&line));
	buf_free(&line);
}

static void
load(struct store *s)
{
	if (!database_each_kept(s->db, say_kept, s)) {
		set_trouble(s, database_error(s->db));
		return;
	}
	s->loaded = true;
	say(s, "loaded", "");
	clear_trouble(s);
}

static void
open_database(struct store *s)
{
	char	*moved, *why;

	s->loaded = false;
	s->db = database_open(s->folder, &moved, &why);
	tell_moved(moved);
	if (s->db == NULL)
		set_trouble(s, why);
	else
		load(s);
	free(moved);
	free(why);
}

/* Found while it was in use: what we still know comes from the engine. */
static void
replace_damaged(struct store *s)
{
	char	*moved = database_abandon(s->db);

	s->db = NULL;
	tell_moved(moved);
	free(moved);
	open_database(s);
}

/* -- writing ---------------------------------------------------------------------------- */

static void
drop_wish(struct store *s)
{
	struct wish	*w = STAILQ_FIRST(&s->wishes);

	STAILQ_REMOVE_HEAD(&s->wishes, entry);
	free(w->id);
	free(w->key);
	free(w->text);
	free(w);
}

static bool
write_wishes(struct store *s)
{
	const struct wish	*w;

	if (!database_begin(s->db))
		return false;
	STAILQ_FOREACH(w, &s->wishes, entry)
		if (!database_keep(s->db, w->key, w->text)) {
			database_undo(s->db);
			return false;
		}
	return database_commit(s->db);
}

static void
answer_wishes(struct store *s, const char *why)
{
	struct buf	 line = { 0 };

	for (; !STAILQ_EMPTY(&s->wishes); drop_wish(s)) {
		buf_clear(&line);
		buf_puts(&line, STAILQ_FIRST(&s->wishes)->id);
		if (why != NULL)
			channel_put_text(&line, why);
		say(s, why == NULL ? "safe" : "unsafe", buf_text(&line));
	}
	buf_free(&line);
}

static void
on_work(void *arg)
{
	struct store	*s = arg;
	char		*why;

	if (s->db == NULL && s->trouble == NULL)
		open_database(s);
	if (STAILQ_EMPTY(&s->wishes))
		return;
	if (s->db == NULL) {
		answer_wishes(s, s->trouble);
		return;
	}
	if (write_wishes(s)) {
		answer_wishes(s, NULL);
		clear_trouble(s);
		return;
	}
	why = xstrdup(database_error(s->db));
	answer_wishes(s, why);
	if (database_damaged(s->db))
		replace_damaged(s);
	else
		set_trouble(s, why);
	free(why);
}

/* Whether it takes writes again is seen by writing: the same value, over and over. */
static void
on_retry(void *arg)
{
	struct store	*s = arg;

	if (s->db == NULL) {
		open_database(s);
	} else if (database_begin(s->db) && database_probe(s->db) && database_commit(s->db)) {
		if (s->loaded)
			clear_trouble(s);
		else
			load(s);
	} else {
		database_undo(s->db);
		set_trouble(s, database_error(s->db));
	}
}

/* -- what the engine says ------------------------------------------------------------------ */

static void
add_wish(struct store *s, char *rest, bool text)
{
	const char	*id = channel_word(&rest), *key = channel_word(&rest), *value = channel_text(&rest);
	struct wish	*w;

	if (id == NULL || key == NULL || (text && value == NULL))
		return;
	w = xcalloc(1, sizeof(*w));
	*w = (struct wish){ .id = xstrdup(id), .key = xstrdup(key), .text = text ? xstrdup(value) : NULL };
	STAILQ_INSERT_TAIL(&s->wishes, w, entry);
	timer_set(s->work, 0);
}

static void
hear(void *state, const char *word, const char *text)
{
	char	*copy = xstrdup(text == NULL ? "" : text);

	if (strcmp(word, "keep") == 0)
		add_wish(state, copy, true);
	else if (strcmp(word, "forget") == 0)
		add_wish(state, copy, false);
	free(copy);
}

/* -- the role --------------------------------------------------------------------------------- */

static void *
start(const struct publish *p)
{
	struct store	*s = xcalloc(1, sizeof(*s));

	s->loop = p->loop;
	s->engine = (struct publish){ .say = p->say, .say_arg = p->say_arg };
	s->folder = xstrdup(p->settings->state_dir);
	STAILQ_INIT(&s->wishes);
	s->work = timer_new(p->loop, on_work, s);
	s->retry = timer_new(p->loop, on_retry, s);
	timer_set(s->work, 0);
	return s;
}

static void
reload(void *state, const struct publish *p)
{
	struct store	*s = state;

	if (strcmp(s->folder, p->settings->state_dir) == 0)
		return;
	free(s->folder);
	s->folder = xstrdup(p->settings->state_dir);
	database_close(s->db);
	s->db = NULL;
	timer_set(s->retry, 0);
}

static void
stop(void *state)
{
	struct store	*s = state;

	if (!STAILQ_EMPTY(&s->wishes))
		on_work(s);
	database_close(s->db);
	timer_free(s->work);
	timer_free(s->retry);
	free(s->folder);
	free(s->trouble);
	free(s);
}

const struct publisher store_publisher = {
	.name = "store",
	.blind = true,
	.start = start,
	.reload = reload,
	.stop = stop,
	.hear = hear,
};
