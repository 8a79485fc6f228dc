#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/round.h"

struct entry {
	enum var	 var;
	enum round_kind	 kind;		/* of the round that gave it last: quick or full */
	int64_t		 at;		/* ms */
	uint64_t	 round;
	struct value	 value;		/* text owned; V_NONE among the puts: absent */
};

struct entries {
	struct entry	*at;
	size_t		 n, room;
};

struct round {
	struct entries	 known;		/* by the number of the variable */
	struct entries	 puts;		/* of the round in progress, as they came */
	struct buf	 status, alarm, flags, last_flags;
	uint64_t	 count;
};

static void
entry_clear(struct entry *e)
{
	free((char *)(uintptr_t)e->value.text);
	e->value.text = NULL;
}

static void
entries_clear(struct entries *e)
{
	while (e->n > 0)
		entry_clear(&e->at[--e->n]);
}

static void
entries_free(struct entries *e)
{
	entries_clear(e);
	free(e->at);
	*e = (struct entries){ 0 };
}

static void
entries_insert(struct entries *e, size_t i, struct entry entry)
{
	e->at = array_room(e->at, e->n, &e->room, sizeof(*e->at));
	memmove(&e->at[i + 1], &e->at[i], (e->n++ - i) * sizeof(*e->at));
	e->at[i] = entry;
}

static void
entries_drop(struct entries *e, size_t i)
{
	entry_clear(&e->at[i]);
	memmove(&e->at[i], &e->at[i + 1], (--e->n - i) * sizeof(*e->at));
}

/* Those that stay are many devices' most of the time: no room for more. */
static void
entries_fit(struct entries *e)
{
	if (e->room == e->n || e->n == 0)
		return;
	e->at = xreallocarray(e->at, e->n, sizeof(*e->at));
	e->room = e->n;
}

/* Where the variable is among those in order, or would be. */
static size_t
known_place(const struct round *r, enum var var)
{
	size_t	 low = 0, high = r->known.n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (r->known.at[middle].var < var)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *
known_find(const struct round *r, enum var var)
{
	size_t	 i = known_place(r, var);

	return i < r->known.n && r->known.at[i].var == var ? &r->known.at[i] : NULL;
}

struct round *
round_new(void)
{
	return xcalloc(1, sizeof(struct round));
}

void
round_free(struct round *r)
{
	entries_free(&r->known);
	entries_free(&r->puts);
	buf_free(&r->status);
	buf_free(&r->alarm);
	buf_free(&r->flags);
	buf_free(&r->last_flags);
	free(r);
}

/* -- the round in progress ------------------------------------------------------ */

void
round_put(struct round *r, enum var var, struct value v)
{
	if (v.text != NULL)
		v.text = xstrdup(v.text);
	entries_insert(&r->puts, r->puts.n, (struct entry){ .var = var, .value = v });
}

void
round_absent(struct round *r, enum var var)
{
	round_put(r, var, (struct value){ .type = V_NONE });
}

static bool
has_word(struct buf *b, const char *word, size_t len)
{
	const char	*at;
	size_t		 n;

	for (at = buf_text(b); *at != '\0'; at += n) {
		at += strspn(at, " ");
		n = strcspn(at, " ");
		if (n == len && strncmp(at, word, n) == 0)
			return true;
	}
	return false;
}

static void
add_words(struct buf *b, const char *words)
{
	size_t	 n;

	for (;; words += n) {
		words += strspn(words, " ");
		if ((n = strcspn(words, " ")) == 0)
			return;
		if (has_word(b, words, n))
			continue;
		if (b->len > 0)
			buf_putc(b, ' ');
		buf_put(b, words, n);
	}
}

void
round_status(struct round *r, const char *words)
{
	add_words(&r->status, words);
}

void
round_alarm(struct round *r, const char *text)
{
	if (r->alarm.len > 0)
		buf_putc(&r->alarm, ' ');
	buf_puts(&r->alarm, text);
}

void
round_flag(struct round *r, const char *flag)
{
	add_words(&r->flags, flag);
}

/* -- its end ------------------------------------------------------------------------ */

/* ALARM comes first, as NUT's own clients are used to. */
static void
put_words(struct round *r)
{
	struct buf	 status = { 0 };

	if (r->alarm.len > 0) {
		round_put(r, VAR_UPS_ALARM, value_from_text(buf_text(&r->alarm)));
		add_words(&status, "ALARM");
	}
	add_words(&status, buf_text(&r->status));
	if (status.len > 0)
		round_put(r, VAR_UPS_STATUS, value_from_text(buf_text(&status)));
	buf_free(&status);
}

static void
take(struct round *r, struct entry *put)
{
	struct entry	*have = known_find(r, put->var);

	if (have == NULL) {
		entries_insert(&r->known, known_place(r, put->var), *put);
	} else {
		entry_clear(have);
		*have = *put;
	}
	put->value.text = NULL;
}

static void
drop_known(struct round *r, enum var var)
{
	struct entry	*have = known_find(r, var);

	if (have != NULL)
		entries_drop(&r->known, (size_t)(have - r->known.at));
}

/* A reading that quick rounds give stays theirs when a full round gives it too. */
static enum round_kind
kind_after(const struct entry *have, enum round_kind kind)
{
	if (kind == ROUND_QUICK)
		return ROUND_QUICK;
	if (have != NULL)
		return have->kind;
	return kind == ROUND_FULL ? ROUND_FULL : ROUND_QUICK;
}

static bool
outdated(const struct round *r, const struct entry *e, enum round_kind kind, int64_t now,
    int64_t full_max_age)
{
	if (e->round == r->count)
		return false;
	if (kind == ROUND_FULL || (kind == ROUND_QUICK && e->kind == ROUND_QUICK))
		return true;
	return e->kind == ROUND_FULL && now - e->at > full_max_age;
}

void
round_end(struct round *r, enum round_kind kind, int64_t now, int64_t full_max_age)
{
	size_t	 i;

	put_words(r);
	r->count++;
	for (i = 0; i < r->puts.n; i++) {
		struct entry	*put = &r->puts.at[i];
		struct entry	*have = known_find(r, put->var);

		if (put->value.type == V_NONE) {
			drop_known(r, put->var);
			continue;
		}
		put->at = now;
		put->round = r->count;
		put->kind = kind_after(have, kind);
		take(r, put);
	}
	for (i = r->known.n; i-- > 0;)
		if (outdated(r, &r->known.at[i], kind, now, full_max_age))
			entries_drop(&r->known, i);
	entries_fit(&r->known);
	buf_clear(&r->last_flags);
	if (r->flags.len > 0)	/* nothing has no address */
		buf_put(&r->last_flags, buf_bytes(&r->flags), r->flags.len);
	round_void(r);
}

/* A thousand devices rest most of the time: what only a round needs goes with it. */
void
round_void(struct round *r)
{
	entries_free(&r->puts);
	buf_clear(&r->status);
	buf_clear(&r->alarm);
	buf_clear(&r->flags);
}

void
round_clear(struct round *r)
{
	round_void(r);
	entries_clear(&r->known);
	buf_clear(&r->last_flags);
}

bool
round_same(struct round *r, int64_t now)
{
	size_t	 i;

	round_void(r);
	r->count++;
	for (i = 0; i < r->known.n; i++) {
		r->known.at[i].at = now;
		r->known.at[i].round = r->count;
	}
	return r->known.n > 0;
}

const struct value *
round_get(const struct round *r, enum var var)
{
	const struct entry	*e = known_find(r, var);

	return e == NULL ? NULL : &e->value;
}

void
round_publish(const struct round *r, struct update *u)
{
	size_t	 i;

	for (i = 0; i < r->known.n; i++)
		update_put(u, r->known.at[i].var, r->known.at[i].value);
}

const char *
round_flags(const struct round *r)
{
	struct buf	*flags = (struct buf *)(uintptr_t)&r->last_flags;

	return buf_text(flags);
}
