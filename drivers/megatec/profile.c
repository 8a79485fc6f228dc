#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/compile.h"
#include "drivers/megatec/transport.h"

/* From files to profiles: which there are, who is like whom.  What a section says is compile.c's matter. */
struct learning {
	const struct conf *const *files;
	size_t			 nfiles;
	struct conf_errors	*errors;
};

/* The last profile of that name that is before the given item (NULL: the last at all). */
static const struct conf_item *
find_profile(const struct learning *l, const char *name, const struct conf_item *before)
{
	const struct conf_item	*best = NULL, *items;
	size_t			 f, i, n;

	for (f = 0; f < l->nfiles; f++) {
		items = conf_items(l->files[f], &n);
		for (i = 0; i < n; i++) {
			if (&items[i] == before)
				return best;
			if (items[i].section && strcmp(items[i].name, "profile") == 0 && items[i].title != NULL &&
			    strcmp(items[i].title->text, name) == 0)
				best = &items[i];
		}
	}
	return best;
}

static const struct conf_item *
find_like(const struct learning *l, const struct conf_item *from)
{
	struct fields		 f = { from, from, l->errors };
	const struct conf_item	*like = fields_find(&f, "like"), *found;
	const char		*name;

	if (like == NULL || !fields_text(&f, "like", &name))
		return NULL;
	/* A profile that is like one of its own name is like the one that it stands in for. */
	found = find_profile(l, name, strcmp(name, from->title->text) == 0 ? from : NULL);
	if (found == NULL)
		conf_error(l->errors, like->place, "there is no profile %s", name);
	return found;
}

static void
collect_layers(const struct learning *l, const struct conf_item *it, struct dialect_layers *ls)
{
	const struct conf_item	*chain[LAYERS_MAX];
	size_t			 n = 0;

	for (; it != NULL && n < LAYERS_MAX; it = find_like(l, it))
		chain[n++] = it;
	if (it != NULL)
		conf_error(l->errors, it->place, "like: goes round in a circle");
	for (ls->n = 0; n > 0; )
		ls->at[ls->n++] = chain[--n];
}

static void
insert_by_order(struct megatec_knowledge *k, struct megatec_profile *p)
{
	struct megatec_profile	**at;

	for (at = &k->first; *at != NULL && (*at)->order <= p->order; at = &(*at)->next)
		;
	p->next = *at;
	*at = p;
}

static void
learn_profile(const struct learning *l, const struct conf_item *it, struct megatec_knowledge *k)
{
	struct dialect_layers	 layers;
	const struct conf_item	*earlier;

	if (it->title == NULL) {
		conf_error(l->errors, it->place, "a profile wants a name: profile NAME { ... }");
		return;
	}
	earlier = find_profile(l, it->title->text, it);
	if (earlier != NULL && strcmp(earlier->place.file, it->place.file) == 0)
		conf_error(l->errors, it->place, "profile %s is there already, on line %u", it->title->text,
		    earlier->place.line);
	if (find_profile(l, it->title->text, NULL) != it)
		return;			/* a later one stands in for it */
	collect_layers(l, it, &layers);
	insert_by_order(k, dialect_profile(&layers, l->errors));
}

static bool
read_ids(const char *text, struct megatec_product *p)
{
	size_t	 i;

	if (strlen(text) != 9 || text[4] != ':')
		return false;
	for (i = 0; i < 9; i++)
		if (i != 4 && !isxdigit((unsigned char)text[i]))
			return false;
	p->vendor = (uint16_t)strtoul(text, NULL, 16);
	p->product = (uint16_t)strtoul(text + 5, NULL, 16);
	return true;
}

static void
learn_product(const struct learning *l, const struct conf_item *it, struct megatec_knowledge *k)
{
	static const char *const known[] = { "transport", "maker", "model", "profile", NULL };
	const struct fields	 f = { it, it, l->errors };
	struct megatec_product	*p;
	const char		*name = "";

	k->products = array_room(k->products, k->nproducts, &k->products_room, sizeof(*k->products));
	p = &k->products[k->nproducts++];
	*p = (struct megatec_product){ .vendor = 0 };
	fields_check(&f, known);
	if (it->title == NULL || !read_ids(it->title->text, p))
		conf_error(l->errors, it->place, "a product wants its ids: product 0665:5161 { ... }");
	if (!fields_text(&f, "transport", &name) || (p->transport = transport_find(name)) == NULL)
		conf_error(l->errors, it->place, "a product wants a transport that there is, not \"%s\"", name);
	dialect_text(&f, "maker", &p->maker);
	dialect_text(&f, "model", &p->model);
	dialect_text(&f, "profile", &p->profile);
	if (p->profile != NULL && find_profile(l, p->profile, NULL) == NULL)
		conf_error(l->errors, it->place, "there is no profile %s", p->profile);
}

struct megatec_knowledge *
megatec_learn(const struct conf *const *files, size_t n, struct conf_errors *errors)
{
	struct learning			 l = { files, n, errors };
	struct megatec_knowledge	*k = xcalloc(1, sizeof(*k));
	const struct conf_item		*items;
	size_t				 f, i, m;

	for (f = 0; f < n; f++) {
		items = conf_items(files[f], &m);
		for (i = 0; i < m; i++) {
			if (items[i].section && strcmp(items[i].name, "profile") == 0)
				learn_profile(&l, &items[i], k);
			else if (items[i].section && strcmp(items[i].name, "product") == 0)
				learn_product(&l, &items[i], k);
			else
				conf_error(errors, items[i].place,
				    "%s has no place here; a file holds profile NAME { ... } and product IDS { ... }",
				    items[i].name);
		}
	}
	return k;
}

void
megatec_forget(struct megatec_knowledge *k)
{
	struct megatec_profile	*p, *next;
	size_t			 i;

	if (k == NULL)
		return;
	for (p = k->first; p != NULL; p = next) {
		next = p->next;
		dialect_free(p);
	}
	for (i = 0; i < k->nproducts; i++) {
		free(k->products[i].maker);
		free(k->products[i].model);
		free(k->products[i].profile);
	}
	free(k->products);
	free(k);
}

const struct megatec_profile *
megatec_profile_find(const struct megatec_knowledge *k, const char *name)
{
	const struct megatec_profile	*p;

	for (p = k->first; p != NULL && strcmp(p->name, name) != 0; p = p->next)
		;
	return p;
}

const struct megatec_ask *
megatec_ask_find(const struct megatec_profile *p, const char *send)
{
	size_t	i;

	for (i = 0; i < p->nasks; i++)
		if (strcmp(p->asks[i].send, send) == 0)
			return &p->asks[i];
	return NULL;
}

const char *
megatec_word(enum megatec_word w)
{
	static const char *const words[] = {
#define MEGATEC_WORD_TEXT(word)	#word,
		MEGATEC_WORDS(MEGATEC_WORD_TEXT)
#undef MEGATEC_WORD_TEXT
	};

	return words[w];
}
