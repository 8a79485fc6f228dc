/* Values that survive a power cut, as the engine has them. */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/kept.h"
#include "core/mem.h"

struct entry {
	char	*key, *text;
	bool	 seen;			/* while loading: the keeper has it */
	bool	 noted;			/* an event brings it to the disk */
};

/* A write on its way to the disk. */
struct put {
	TAILQ_ENTRY(put) entry;
	uint64_t	 id;
	int64_t		 due;
	char		*key, *text;
	kept_fn		*done;		/* NULL: nobody waits, or no longer */
	void		*arg;
	bool		 late;		/* it was called a failure: it must not come true */
	bool		 gone;		/* to be taken away, as it was here already */
};
TAILQ_HEAD(puts, put);

struct outcome {
	STAILQ_ENTRY(outcome) entry;
	enum result	 result;
	char		*detail;
	kept_fn		*done;
	void		*arg;
};

struct kept {
	struct loop	*loop;
	struct entry	*entries;	/* sorted by key */
	size_t		 n, room;
	struct puts	 puts;		/* in the order in which they are due */
	size_t		 nputs;
	uint64_t	 ids;
	STAILQ_HEAD(, outcome) outcomes;	/* to be told in the next turn */
	struct timer	*tell, *late;
	bool		 loading, complete;
	char		**owed;		/* keys that are gone here, and that the disk did not let go */
	size_t		 nowed, owed_room;
	char		*trouble;	/* of the disk; NULL: none */
	kept_write_fn	*write;		/* NULL: no keeper */
	void		*arg;
};

/* -- the values --------------------------------------------------------------- */

/* Where the key is, or would be. */
static size_t
place(const struct kept *k, const char *key)
{
	size_t	 low = 0, high = k->n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (strcmp(k->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *
find(const struct kept *k, const char *key)
{
	size_t	 at = place(k, key);

	return at < k->n && strcmp(k->entries[at].key, key) == 0 ? &k->entries[at] : NULL;
}

static struct entry *
insert(struct kept *k, const char *key)
{
	size_t	 at = place(k, key);

	k->entries = array_room(k->entries, k->n, &k->room, sizeof(*k->entries));
	memmove(&k->entries[at + 1], &k->entries[at], (k->n - at) * sizeof(*k->entries));
	k->n++;
	k->entries[at] = (struct entry){ .key = xstrdup(key) };
	return &k->entries[at];
}

static void
remove_at(struct kept *k, size_t at)
{
	free(k->entries[at].key);
	free(k->entries[at].text);
	k->n--;
	memmove(&k->entries[at], &k->entries[at + 1], (k->n - at) * sizeof(*k->entries));
}

static void
assign(struct kept *k, const char *key, const char *text)
{
	struct entry	*e = find(k, key);

	if (text == NULL) {
		if (e != NULL)
			remove_at(k, (size_t)(e - k->entries));
		return;
	}
	if (e == NULL)
		e = insert(k, key);
	free(e->text);
	e->text = xstrdup(text);
}

void
kept_note(struct kept *k, const char *key, const char *text)
{
	assign(k, key, text);
	if (text != NULL)
		find(k, key)->noted = true;
}

const char *
kept_get(const struct kept *k, const char *key)
{
	const struct entry	*e = find(k, key);

	return e == NULL ? NULL : e->text;
}

const char *
kept_next(const struct kept *k, const char *prefix, const char *after)
{
	size_t	 at = place(k, after == NULL ? prefix : after);

	if (after != NULL && at < k->n && strcmp(k->entries[at].key, after) == 0)
		at++;
	if (at == k->n || strncmp(k->entries[at].key, prefix, strlen(prefix)) != 0)
		return NULL;
	return k->entries[at].key;
}

/* -- outcomes -------------------------------------------------------------------- */

static void
tell_later(struct kept *k, kept_fn *done, void *arg, enum result result, const char *detail)
{
	struct outcome	*o;

	if (done == NULL)
		return;
	o = xcalloc(1, sizeof(*o));
	*o = (struct outcome){ .result = result, .done = done, .arg = arg,
	    .detail = detail == NULL ? NULL : xstrdup(detail) };
	STAILQ_INSERT_TAIL(&k->outcomes, o, entry);
	if (!timer_running(k->tell))
		timer_set(k->tell, 0);
}

static void
on_tell(void *arg)
{
	struct kept	*k = arg;
	struct outcome	*o;

	while ((o = STAILQ_FIRST(&k->outcomes)) != NULL) {
		STAILQ_REMOVE_HEAD(&k->outcomes, entry);
		o->done(o->result, o->detail, o->arg);
		free(o->detail);
		free(o);
	}
}

static void
end_put(struct kept *k, struct put *p, enum result result, const char *detail)
{
	TAILQ_REMOVE(&k->puts, p, entry);
	k->nputs--;
	tell_later(k, p->done, p->arg, result, detail);
	free(p->key);
	free(p->text);
	free(p);
}

/* -- writing ------------------------------------------------------------------------ */

static void
watch_late(struct kept *k)
{
	const struct put	*p;

	TAILQ_FOREACH(p, &k->puts, entry)
		if (p->done != NULL) {
			timer_set(k->late, p->due - loop_now(k->loop));
			return;
		}
	timer_stop(k->late);
}

static void
begin_put(struct kept *k, const char *key, const char *text, kept_fn *done, void *arg)
{
	struct put	*p = xcalloc(1, sizeof(*p));

	*p = (struct put){ .id = ++k->ids, .due = loop_now(k->loop) + KEPT_WAIT_MS,
	    .key = xstrdup(key), .text = text == NULL ? NULL : xstrdup(text), .done = done, .arg = arg,
	    .gone = text == NULL && find(k, key) == NULL };
	TAILQ_INSERT_TAIL(&k->puts, p, entry);
	k->nputs++;
	if (!timer_running(k->late))
		watch_late(k);
	k->write(k->arg, p->id, key, text);
}

static void
on_late(void *arg)
{
	struct kept	*k = arg;
	struct put	*p;

	TAILQ_FOREACH(p, &k->puts, entry) {
		if (p->done == NULL || p->due > loop_now(k->loop))
			continue;
		tell_later(k, p->done, p->arg, R_FAILED, "the disk takes too long");
		p->done = NULL;
		p->late = true;
	}
	watch_late(k);
}

/* R_DONE: a put can be tried. */
static enum result
chance(const struct kept *k, const char **why)
{
	*why = NULL;
	if (k->write == NULL) {
		*why = "the store is not there";
		return R_GONE;
	}
	if (k->trouble != NULL) {
		*why = k->trouble;
		return R_FAILED;
	}
	if (k->nputs >= KEPT_WAITING) {
		*why = "too many values wait for the disk";
		return R_BUSY;
	}
	return R_DONE;
}

void
kept_put(struct kept *k, const char *key, const char *text, kept_fn *done, void *arg)
{
	const char	*why;
	enum result	 result = chance(k, &why);

	if (result == R_DONE)
		begin_put(k, key, text, done, arg);
	else
		tell_later(k, done, arg, result, why);
}

static void
owe(struct kept *k, const char *key)
{
	size_t	 i;

	for (i = 0; i < k->nowed; i++)
		if (strcmp(k->owed[i], key) == 0)
			return;
	k->owed = array_room(k->owed, k->nowed, &k->owed_room, sizeof(*k->owed));
	k->owed[k->nowed++] = xstrdup(key);
}

/* Asks for them once more, or forgets them; what has a value again meanwhile is settled by that. */
static void
settle_owed(struct kept *k)
{
	char	**owed = k->owed;
	size_t	 i, n = k->nowed;

	k->owed = NULL;
	k->nowed = k->owed_room = 0;
	for (i = 0; i < n; i++) {
		if (k->write != NULL && find(k, owed[i]) == NULL)
			begin_put(k, owed[i], NULL, NULL, NULL);
		free(owed[i]);
	}
	free(owed);
}

void
kept_drop(struct kept *k, const char *key, kept_fn *done, void *arg)
{
	const char	*why;
	enum result	 result = chance(k, &why);

	assign(k, key, NULL);
	if (result == R_DONE) {
		begin_put(k, key, NULL, done, arg);
		return;
	}
	if (k->write != NULL)
		owe(k, key);		/* a keeper that is away is brought in line when it is back */
	tell_later(k, done, arg, result, why);
}

const char *
kept_unable(const struct kept *k)
{
	const char	*why;

	chance(k, &why);
	return why;
}

/* A later write of the same key is on its way, which settles what will be on disk. */
static bool
overtaken(const struct put *p)
{
	const char	*key = p->key;

	while ((p = TAILQ_NEXT(p, entry)) != NULL)
		if (!p->late && strcmp(p->key, key) == 0)
			return true;
	return false;
}

/* It was dropped meanwhile, which held here at once. */
static bool
is_dropped_behind(const struct put *p)
{
	const char	*key = p->key;

	while ((p = TAILQ_NEXT(p, entry)) != NULL)
		if (p->gone && strcmp(p->key, key) == 0)
			return true;
	return false;
}

void
kept_written(struct kept *k, uint64_t id, const char *why)
{
	struct put	*p;
	char		*key;

	TAILQ_FOREACH(p, &k->puts, entry)
		if (p->id == id)
			break;
	if (p == NULL)
		return;
	if (why != NULL) {
		if (p->gone)
			owe(k, p->key);
		end_put(k, p, R_FAILED, why);
	} else if (p->late) {
		/* Who put it was told that it failed: take it back. */
		key = overtaken(p) ? NULL : xstrdup(p->key);
		end_put(k, p, R_FAILED, NULL);
		if (key != NULL && k->write != NULL)
			begin_put(k, key, kept_get(k, key), NULL, NULL);
		free(key);
	} else {
		if (!is_dropped_behind(p))
			assign(k, p->key, p->text);
		end_put(k, p, R_DONE, NULL);
	}
	watch_late(k);
}

/* -- loading ---------------------------------------------------------------------------- */

void
kept_load(struct kept *k, const char *key, const char *text)
{
	struct entry	*e = find(k, key);

	if (!k->complete && (e == NULL || !e->noted))
		assign(k, key, text);
	else if (e != NULL && (e->noted || strcmp(e->text, text) == 0))
		e->seen = true;		/* or soon will, by the event that waits for it */
	else if (e == NULL)
		insert(k, key)->seen = true;	/* without a text: to be taken away there */
}

/* Memory is the truth: what the keeper has otherwise is written anew. */
static void
reconcile(struct kept *k)
{
	size_t	 i;

	for (i = 0; i < k->n; i++) {
		if (k->entries[i].text == NULL) {
			begin_put(k, k->entries[i].key, NULL, NULL, NULL);
			remove_at(k, i--);
			continue;
		}
		if (!k->entries[i].seen)
			begin_put(k, k->entries[i].key, k->entries[i].text, NULL, NULL);
		k->entries[i].seen = false;
	}
}

void
kept_loaded(struct kept *k, kept_write_fn *write, void *arg)
{
	k->write = write;
	k->arg = arg;
	if (k->complete)
		reconcile(k);
	k->complete = true;
}

bool
kept_complete(const struct kept *k)
{
	return k->complete;
}

void
kept_lost(struct kept *k)
{
	size_t	 i;

	k->write = NULL;
	for (i = 0; i < k->n; i++) {		/* of a load that broke off */
		k->entries[i].seen = false;
		if (k->entries[i].text == NULL)
			remove_at(k, i--);
	}
	while (!TAILQ_EMPTY(&k->puts))
		end_put(k, TAILQ_FIRST(&k->puts), R_GONE, "the store is not there");
	timer_stop(k->late);
	kept_disk(k, NULL);
}

void
kept_disk(struct kept *k, const char *trouble)
{
	free(k->trouble);
	k->trouble = trouble == NULL ? NULL : xstrdup(trouble);
	if (trouble == NULL)
		settle_owed(k);
}

/* -- life ---------------------------------------------------------------------------------- */

struct kept *
kept_new(struct loop *loop)
{
	struct kept	*k = xcalloc(1, sizeof(*k));

	k->loop = loop;
	TAILQ_INIT(&k->puts);
	STAILQ_INIT(&k->outcomes);
	k->tell = timer_new(loop, on_tell, k);
	k->late = timer_new(loop, on_late, k);
	return k;
}

void
kept_free(struct kept *k)
{
	if (k == NULL)
		return;
	kept_lost(k);
	on_tell(k);
	timer_free(k->tell);
	timer_free(k->late);
	while (k->n > 0)
		remove_at(k, k->n - 1);
	free(k->entries);
	free(k);
}
