#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"

/*
 * From files to profiles: which sections there are, who is like whom, who
 * stands in for whom.  What a section says is compile.c's matter.
 */
struct learning {
	const struct conf *const *files;
	size_t			 nfiles;
	struct conf_errors	*errors;
};

/* -- finding sections ------------------------------------------------------------- */

/* Where a section stands: later files stand in for earlier ones. */
struct found {
	const struct conf_item	*item;
	size_t			 file;
};

static bool
is_titled(const struct conf_item *it, const char *kind, const char *title)
{
	return it->section && strcmp(it->name, kind) == 0 && it->title != NULL &&
	    strcmp(it->title->text, title) == 0;
}

/* The last profile of that name that is before the given one (an item of NULL: the last at all). */
static struct found
find_profile(const struct learning *l, const char *name, struct found before)
{
	struct found		 best = { NULL, 0 };
	const struct conf_item	*items;
	size_t			 f, i, n;

	for (f = 0; f < l->nfiles; f++) {
		items = conf_items(l->files[f], &n);
		for (i = 0; i < n; i++) {
			if (&items[i] == before.item)
				return best;
			if (is_titled(&items[i], "profile", name))
				best = (struct found){ &items[i], f };
		}
	}
	return best;
}

/* -- a profile's layers: itself, what it is like, what it falls back on ------------------- */

#define LIKES_MAX	8

static void
add_layer(struct compile_layers *ls, const struct conf_item *it, bool fallback)
{
	size_t	i;

	for (i = 0; i < ls->n; i++)
		if (ls->at[i].profile == it)
			return;
	if (ls->n < nitems(ls->at))
		ls->at[ls->n++] = (struct compile_layer){ it, fallback };
}

static const struct conf_item *
find_setting(const struct conf_item *section, const char *name)
{
	size_t	i;

	for (i = 0; i < section->nitems; i++)
		if (!section->items[i].section && strcmp(section->items[i].name, name) == 0)
			return &section->items[i];
	return NULL;
}

/* A profile that is like one of its own name is like the one that it stands in for. */
static struct found
find_model(const struct learning *l, struct found from, const struct conf_value *name)
{
	struct found	anywhere = { NULL, 0 }, f;
	bool		same = strcmp(name->text, from.item->title->text) == 0;

	f = find_profile(l, name->text, same ? from : anywhere);
	if (f.item == NULL)
		conf_error(l->errors, name->place, "there is no profile %s", name->text);
	return f;
}

static void
collect_likes(const struct learning *l, struct found from, struct compile_layers *ls, bool fallback)
{
	const struct conf_item	*like;
	unsigned		 depth;

	for (depth = 0; from.item != NULL; depth++) {
		add_layer(ls, from.item, fallback);
		like = find_setting(from.item, "like");
		if (like == NULL || like->nvalues == 0)
			return;
		if (depth == LIKES_MAX) {
			conf_error(l->errors, like->place, "like: goes round in a circle");
			return;
		}
		from = find_model(l, from, &like->values[0]);
	}
}

/* What any of the layers so far names in its list also. */
static void
collect_also(const struct learning *l, struct found from, struct compile_layers *ls)
{
	const struct conf_item	*also;
	size_t			 n = ls->n, i, k;

	for (i = 0; i < n; i++) {
		also = find_setting(ls->at[i].profile, "also");
		for (k = 0; also != NULL && k < also->nvalues; k++)
			collect_likes(l, find_model(l, from, &also->values[k]), ls, true);
	}
}

static void
collect_layers(const struct learning *l, struct found from, struct compile_layers *ls)
{
	const struct conf_item	*items;
	size_t			 f, i, n;

	collect_likes(l, from, ls, false);
	collect_also(l, from, ls);
	for (f = 0; f < l->nfiles; f++) {
		items = conf_items(l->files[f], &n);
		for (i = 0; i < n; i++)
			if (items[i].section && strcmp(items[i].name, "common") == 0)
				add_layer(ls, &items[i], true);
	}
}

/* -- the list ------------------------------------------------------------------------- */

static void
insert_by_order(struct snmp_knowledge *k, struct snmp_profile *p)
{
	struct snmp_profile	**at;

	for (at = &k->first; *at != NULL && (*at)->order <= p->order; at = &(*at)->next)
		;
	p->next = *at;
	*at = p;
}

static void
check_twice(const struct learning *l, struct found at)
{
	struct found	earlier = find_profile(l, at.item->title->text, at);

	if (earlier.item != NULL && earlier.file == at.file)
		conf_error(l->errors, at.item->place, "profile %s is there already, on line %u",
		    at.item->title->text, earlier.item->place.line);
}

static void
learn_profile(const struct learning *l, struct found at, struct snmp_knowledge *k)
{
	struct compile_layers	 layers = { .n = 0 };

	if (at.item->title == NULL) {
		conf_error(l->errors, at.item->place, "a profile wants a name: profile NAME { ... }");
		return;
	}
	check_twice(l, at);
	if (find_profile(l, at.item->title->text, (struct found){ NULL, 0 }).item != at.item)
		return;			/* a later one stands in for it */
	collect_layers(l, at, &layers);
	insert_by_order(k, compile_profile(&layers, l->errors));
}

struct snmp_knowledge *
snmp_learn(const struct conf *const *files, size_t n, struct conf_errors *errors)
{
	struct learning		 l = { files, n, errors };
	struct snmp_knowledge	*k = xcalloc(1, sizeof(*k));
	const struct conf_item	*items;
	size_t			 f, i, m;

	for (f = 0; f < n; f++) {
		items = conf_items(files[f], &m);
		for (i = 0; i < m; i++) {
			if (items[i].section && strcmp(items[i].name, "profile") == 0)
				learn_profile(&l, (struct found){ &items[i], f }, k);
			else if (!items[i].section || strcmp(items[i].name, "common") != 0)
				conf_error(errors, items[i].place,
				    "%s has no place here; a profile file holds profile NAME { ... } and common { ... }",
				    items[i].name);
		}
	}
	return k;
}

void
snmp_forget(struct snmp_knowledge *k)
{
	struct snmp_profile	*p, *next;

	if (k == NULL)
		return;
	for (p = k->first; p != NULL; p = next) {
		next = p->next;
		compile_free(p);
	}
	free(k);
}

const struct snmp_profile *
snmp_profile_find(const struct snmp_knowledge *k, const char *name)
{
	const struct snmp_profile	*p;

	for (p = k->first; p != NULL && strcmp(p->name, name) != 0; p = p->next)
		;
	return p;
}

/* -- recognition ------------------------------------------------------------------- */

/* How well a profile fits an answer: arcs of the longest sysObjectID that it lists; 0: it lists none such. */
static size_t
fit(const struct snmp_profile *p, const struct varbind *id)
{
	size_t	i, best = 0;

	if (id->type != VB_OID)
		return 0;
	for (i = 0; i < p->nsysobjectids; i++)
		if (p->sysobjectids[i].len > best && oid_below(p->sysobjectids[i], id->ref))
			best = p->sysobjectids[i].len;
	return best;
}

static bool
is_probed(const struct snmp_profile *p, const struct varbind *probes)
{
	size_t	i;

	for (i = 0; i < p->nprobes; i++)
		if (probes[i].type != VB_ABSENT)
			return true;
	return false;
}

/* The best fitting of those whose probe answers; among equals the first in order. */
const struct snmp_profile *
snmp_recognise(const struct snmp_knowledge *k, const struct varbind *id, const struct varbind *probes)
{
	const struct snmp_profile	*p, *best = NULL;
	size_t				 good, best_fit = 0;

	for (p = k->first; p != NULL; probes += p->nprobes, p = p->next) {
		good = fit(p, id);
		if (is_probed(p, probes) && (best == NULL || good > best_fit)) {
			best = p;
			best_fit = good;
		}
	}
	return best;
}

size_t
snmp_probe_count(const struct snmp_knowledge *k)
{
	const struct snmp_profile	*p;
	size_t				 n = 0;

	for (p = k->first; p != NULL; p = p->next)
		n += p->nprobes;
	return n;
}

const char *
snmp_token_word(enum snmp_token t)
{
	static const char *const words[] = {
#define SNMP_TOKEN_WORD(word)	#word,
		SNMP_TOKENS(SNMP_TOKEN_WORD)
#undef SNMP_TOKEN_WORD
	};

	return words[t];
}
