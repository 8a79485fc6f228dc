/*
 * The store role: what the engine wants kept, on disk.  All that came in one
 * turn of the loop is one transaction, answered when it is synced.
 *
 * Says: "kept KEY TEXT" of each value and "unsent SERIAL LINE" of each
 * notification, then "loaded LAST"; "safe ID" or "unsafe ID WHY" of each write;
 * "trouble WHY" while the disk takes none, without a text when it does again;
 * "row ID SERIAL TIME KIND DEVICE FIELDS" and "rows ID TRIMMED" of a question.
 * Hears: "keep ID KEY TEXT", "forget ID KEY", "sent SERIAL", "query ID AFTER
 * SINCE MOST DEVICE", and events, which it acknowledges.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "store/database.h"

#define SUBJECT		"store"
#define RETRY_MS	1000	/* while the disk takes no writes */
#define WISHES_MAX	20000	/* events and the like that wait for a disk; then the oldest go */
#define TRIM_EVERY	500	/* events */

enum wanted { WANT_KEPT, WANT_EVENT, WANT_SENT };

/* One write that has come and is not on disk yet. */
struct wish {
	STAILQ_ENTRY(wish) entry;
	enum wanted	 wanted;
	uint64_t	 serial;		/* of an event */
	char		*id, *key, *text;	/* text of a value NULL: away with it */
};
STAILQ_HEAD(wishes, wish);

struct query {
	STAILQ_ENTRY(query) entry;
	char		*text;
};

struct store {
	struct loop	*loop;
	struct publish	 engine;	/* only what says something to it */
	char		*folder;
	struct database	*db;		/* NULL: there is none at the moment */
	char		*trouble;	/* why not, or why it takes no writes; NULL: all is well */
	bool		 loaded;	/* the engine knows what there is */
	struct timer	*work, *retry;
	STAILQ_HEAD(, query) queries;
	struct wishes	 wishes;
	size_t		 nwishes;
	uint64_t	 keep;		/* so many events ... */
	int64_t		 days;		/* ... not older than this; 0: however old */
	unsigned	 since_trim;
	uint64_t	 lost;		/* events that memory had no room for, not told yet */
	uint64_t	 base;		/* the last serial that a database that is lost may have given */
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
say_unsent(void *arg, const struct journal_row *row)
{
	struct buf	 line = { 0 };

	buf_printf(&line, "%" PRIu64 " 1 %" PRId64, row->serial, row->time);
	channel_put_word(&line, row->kind);
	channel_put_word(&line, row->device);
	buf_printf(&line, "  %s%s", *row->fields != '\0' ? " " : "", row->fields);
	say(arg, "unsent", buf_text(&line));
	buf_free(&line);
}

static void
load(struct store *s)
{
	uint64_t	 last = database_last(s->db);
	char		*text;

	if (!database_each_kept(s->db, say_kept, s) || !database_each_unsent(s->db, say_unsent, s)) {
		set_trouble(s, database_error(s->db));
		return;
	}
	s->loaded = true;
	text = xasprintf("%" PRIu64, last > s->base ? last : s->base);
	say(s, "loaded", text);
	free(text);
	clear_trouble(s);
}

static void
open_database(struct store *s)
{
	char	*moved, *why;

	s->loaded = false;
	s->db = database_open(s->folder, &moved, &why);
	tell_moved(moved);
	/* Receivers know the serials that the lost one gave: seconds since 1970 are beyond them. */
	if (moved != NULL)
		s->base = (uint64_t)time(NULL);
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
	s->base = (uint64_t)time(NULL);
	open_database(s);
}

/* -- writing ---------------------------------------------------------------------------- */

static void
drop_wish(struct store *s, struct wish *w)
{
	STAILQ_REMOVE(&s->wishes, w, wish, entry);
	s->nwishes--;
	free(w->id);
	free(w->key);
	free(w->text);
	free(w);
}

static bool
write_wish(struct store *s, const struct wish *w)
{
	if (w->wanted == WANT_EVENT) {
		s->since_trim++;
		return database_note(s->db, w->serial, w->text);
	}
	if (w->wanted == WANT_SENT)
		return database_sent(s->db, w->serial);
	return database_keep(s->db, w->key, w->text);
}

static bool
trim(struct store *s)
{
	int64_t	 oldest = s->days == 0 ? 0 : ((int64_t)time(NULL) - s->days * 86400) * 1000;

	if (s->since_trim < TRIM_EVERY)
		return true;
	s->since_trim = 0;
	return database_trim(s->db, s->keep, oldest);
}

static bool
write_wishes(struct store *s)
{
	const struct wish	*w;
	bool			 well = database_begin(s->db);

	STAILQ_FOREACH(w, &s->wishes, entry)
		well = well && write_wish(s, w);
	if (well && trim(s))
		return database_commit(s->db);
	database_undo(s->db);
	return false;
}

static void
answer_value(struct store *s, const struct wish *w, const char *why)
{
	struct buf	 line = { 0 };

	buf_puts(&line, w->id);
	if (why != NULL)
		channel_put_text(&line, why);
	say(s, why == NULL ? "safe" : "unsafe", buf_text(&line));
	buf_free(&line);
}

/* Values have an answer now or never; what happened waits for a better disk. */
static void
answer_wishes(struct store *s, const char *why)
{
	struct wish	*w, *next;
	uint64_t	 safe = 0;

	for (w = STAILQ_FIRST(&s->wishes); w != NULL; w = next) {
		next = STAILQ_NEXT(w, entry);
		if (w->wanted == WANT_KEPT)
			answer_value(s, w, why);
		else if (why != NULL)
			continue;
		else if (w->wanted == WANT_EVENT)
			safe = w->serial;
		drop_wish(s, w);
	}
	if (safe == 0)
		return;
	s->engine.ack(s->engine.ack_arg, safe);
	if (s->lost > 0)
		log_error(SUBJECT, "%" PRIu64 " events are lost: the disk took none for too long", s->lost);
	s->lost = 0;
}

static void	answer_queries(struct store *);

static void
work(struct store *s)
{
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

static void
on_work(void *arg)
{
	work(arg);
	answer_queries(arg);
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
		work(s);
	} else {
		database_undo(s->db);
		set_trouble(s, database_error(s->db));
	}
}

/* -- what the engine says ------------------------------------------------------------------ */

static void
add_wish(struct store *s, const struct wish *wish)
{
	struct wish	*w;

	if (s->nwishes >= WISHES_MAX && (w = STAILQ_FIRST(&s->wishes))->wanted != WANT_KEPT) {
		s->lost += w->wanted == WANT_EVENT;
		drop_wish(s, w);
	}
	w = xcalloc(1, sizeof(*w));
	*w = *wish;
	STAILQ_INSERT_TAIL(&s->wishes, w, entry);
	s->nwishes++;
	if (s->trouble == NULL || wish->wanted == WANT_KEPT)
		timer_set(s->work, 0);
}

static void
take_value(struct store *s, char *rest, bool text)
{
	const char	*id = channel_word(&rest), *key = channel_word(&rest), *value = channel_text(&rest);

	if (id != NULL && key != NULL && (!text || value != NULL))
		add_wish(s, &(struct wish){ .wanted = WANT_KEPT, .id = xstrdup(id), .key = xstrdup(key),
		    .text = text ? xstrdup(value) : NULL });
}

static void
take_keep(struct store *s, char *rest)
{
	take_value(s, rest, true);
}

static void
take_forget(struct store *s, char *rest)
{
	take_value(s, rest, false);
}

static void
take_sent(struct store *s, char *rest)
{
	add_wish(s, &(struct wish){ .wanted = WANT_SENT, .serial = strtoull(rest, NULL, 10) });
}

/* -- questions about the journal ---------------------------------------------------------- */

struct question {
	struct store	*store;
	const char	*id;
};

static void
say_row(void *arg, const struct journal_row *row)
{
	const struct question	*q = arg;
	struct buf		 line = { 0 };

	buf_printf(&line, "%s %" PRIu64 " %" PRId64, q->id, row->serial, row->time);
	channel_put_word(&line, row->kind);
	channel_put_word(&line, row->device);
	buf_printf(&line, " %s", row->fields);
	say(q->store, "row", buf_text(&line));
	buf_free(&line);
}

static void
take_query(struct store *s, char *rest)
{
	struct query	*q = xcalloc(1, sizeof(*q));

	q->text = xstrdup(rest);
	STAILQ_INSERT_TAIL(&s->queries, q, entry);
	timer_set(s->work, 0);
}

static void
answer_query(struct store *s, char *rest)
{
	const char	*id = channel_word(&rest), *after = channel_word(&rest), *since = channel_word(&rest),
			*most = channel_word(&rest), *device = channel_word(&rest);
	char		*end;

	if (most == NULL)
		return;
	if (s->db != NULL && !database_each(s->db, strtoull(after, NULL, 10), strtoll(since, NULL, 10),
	    device == NULL ? "" : device, (unsigned)strtoul(most, NULL, 10), say_row,
	    &(struct question){ s, id }))
		set_trouble(s, database_error(s->db));
	end = s->db == NULL ? xasprintf("%s 0 %s", id, s->trouble) :
	    xasprintf("%s %" PRIu64, id, database_trimmed(s->db));
	say(s, "rows", end);
	free(end);
}

static void
answer_queries(struct store *s)
{
	struct query	*q;

	while ((q = STAILQ_FIRST(&s->queries)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->queries, entry);
		answer_query(s, q->text);
		free(q->text);
		free(q);
	}
}

static const struct {
	const char	*word;
	void		(*take)(struct store *, char *rest);
} verbs[] = {
	{ "keep", take_keep },
	{ "forget", take_forget },
	{ "sent", take_sent },
	{ "query", take_query },
};

static void
hear(void *state, const char *word, const char *text)
{
	char	*copy = xstrdup(text == NULL ? "" : text);
	size_t	 i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			verbs[i].take(state, copy);
	free(copy);
}

static void
on_event(void *state, uint64_t serial, const char *text)
{
	add_wish(state, &(struct wish){ .wanted = WANT_EVENT, .serial = serial, .text = xstrdup(text) });
}

/* -- the role --------------------------------------------------------------------------------- */

static void *
start(const struct publish *p)
{
	struct store	*s = xcalloc(1, sizeof(*s));

	s->loop = p->loop;
	s->engine = (struct publish){ .say = p->say, .say_arg = p->say_arg, .ack = p->ack, .ack_arg = p->ack_arg };
	s->folder = xstrdup(p->settings->state_dir);
	STAILQ_INIT(&s->wishes);
	STAILQ_INIT(&s->queries);
	s->keep = p->settings->journal.events;
	s->days = p->settings->journal.days;
	s->since_trim = TRIM_EVERY;	/* what has become too old while nobody was there */
	s->work = timer_new(p->loop, on_work, s);
	s->retry = timer_new(p->loop, on_retry, s);
	timer_set(s->work, 0);
	return s;
}

static void
reload(void *state, const struct publish *p)
{
	struct store	*s = state;

	s->keep = p->settings->journal.events;
	s->days = p->settings->journal.days;
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

	work(s);
	while (!STAILQ_EMPTY(&s->wishes))
		drop_wish(s, STAILQ_FIRST(&s->wishes));
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
	.event = on_event,
};
