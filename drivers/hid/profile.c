#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/compile.h"

struct learning {
	const struct conf *const *files;
	size_t			 nfiles;
	struct conf_errors	*errors;
};

static bool
is_profile(const struct conf_item *it)
{
	return it->section && strcmp(it->name, "profile") == 0;
}

/* The last of that name but one that is given: later files stand in for earlier ones. */
static const struct conf_item *
find_profile(const struct learning *l, const char *name, const struct conf_item *before)
{
	const struct conf_item	*items, *best = NULL;
	size_t			 f, i, n;

	for (f = 0; f < l->nfiles; f++) {
		items = conf_items(l->files[f], &n);
		for (i = 0; i < n; i++) {
			if (&items[i] == before)
				return best;
			if (is_profile(&items[i]) && items[i].title != NULL && strcmp(items[i].title->text, name) == 0)
				best = &items[i];
		}
	}
	return best;
}

/* What it is like, and what that is like; one that is like its own name is like the one that it stands in for. */
static const struct conf_item *
find_model(const struct learning *l, const struct conf_item *from)
{
	struct fields			 f = { from, from, l->errors };
	const struct conf_item	*found;
	const char		*name;

	if (!fields_text(&f, "like", &name))
		return NULL;
	found = find_profile(l, name, strcmp(name, from->title->text) == 0 ? from : NULL);
	if (found == NULL)
		conf_error(l->errors, fields_find(&f, "like")->place, "there is no profile %s", name);
	return found;
}

static struct hid_profile *
compile_with_models(const struct learning *l, const struct conf_item *it, const struct usages *standard)
{
	const struct conf_item	*layers[HID_LAYERS_MAX];
	size_t			 n = 0;

	for (; it != NULL && n < HID_LAYERS_MAX; it = find_model(l, it))
		layers[n++] = it;
	if (it != NULL)
		conf_error(l->errors, layers[0]->place, "like: goes round in a circle");
	return compile_hid(layers, n, standard, l->errors);
}

static void
insert_by_order(struct hid_knowledge *k, struct hid_profile *p)
{
	struct hid_profile	**at;

	for (at = &k->first; *at != NULL && (*at)->order <= p->order; at = &(*at)->next)
		;
	p->next = *at;
	*at = p;
}

static void
learn_item(const struct learning *l, const struct conf_item *it, const struct usages *standard,
    struct hid_knowledge *k)
{
	if (it->section && strcmp(it->name, "usages") == 0)
		return;
	if (!is_profile(it))
		conf_error(l->errors, it->place,
		    "%s has no place here; a profile file holds profile NAME { ... } and usages { ... }", it->name);
	else if (it->title == NULL)
		conf_error(l->errors, it->place, "a profile wants a name: profile NAME { ... }");
	else if (find_profile(l, it->title->text, NULL) == it)
		insert_by_order(k, compile_with_models(l, it, standard));
}

static void
learn_usages(const struct learning *l, struct usages *standard)
{
	const struct conf_item	*items;
	size_t			 f, i, n;

	for (f = 0; f < l->nfiles; f++) {
		items = conf_items(l->files[f], &n);
		for (i = 0; i < n; i++)
			if (items[i].section && strcmp(items[i].name, "usages") == 0)
				usages_add(standard, &items[i], l->errors);
	}
	usages_sort(standard);
}

struct hid_knowledge *
hid_learn(const struct conf *const *files, size_t n, struct conf_errors *errors)
{
	struct learning		 l = { files, n, errors };
	struct hid_knowledge	*k = xcalloc(1, sizeof(*k));
	struct usages		 standard = { .n = 0 };
	const struct conf_item	*items;
	size_t			 f, i, m;

	learn_usages(&l, &standard);
	for (f = 0; f < n; f++) {
		items = conf_items(files[f], &m);
		for (i = 0; i < m; i++)
			learn_item(&l, &items[i], &standard, k);
	}
	usages_free(&standard);
	return k;
}

void
hid_forget(struct hid_knowledge *k)
{
	struct hid_profile	*p, *next;

	if (k == NULL)
		return;
	for (p = k->first; p != NULL; p = next) {
		next = p->next;
		compile_hid_free(p);
	}
	free(k);
}

const struct hid_profile *
hid_profile_find(const struct hid_knowledge *k, const char *name)
{
	const struct hid_profile	*p;

	for (p = k->first; p != NULL && strcmp(p->name, name) != 0; p = p->next)
		;
	return p;
}

/* -- whose a device is ------------------------------------------------------------------ */

static bool
says(const char *text, const char *word)
{
	return text != NULL && strstr(text, word) != NULL;
}

static bool
is_product(const struct hid_product *d, const struct hid_identity *id)
{
	if (d->vendor != id->vendor || d->product != id->product)
		return false;
	if (d->claims != NULL && !says(id->maker, d->claims) && !says(id->model, d->claims))
		return false;
	return d->model == NULL || (id->model != NULL && strncmp(id->model, d->model, strlen(d->model)) == 0);
}

/* The first that fits: those with a condition stand before those without. */
const struct hid_product *
hid_profile_product(const struct hid_profile *p, const struct hid_identity *id)
{
	size_t	i;

	for (i = 0; i < p->nproducts; i++)
		if (is_product(&p->products[i], id))
			return &p->products[i];
	return NULL;
}

const struct hid_profile *
hid_profile_claim(const struct hid_knowledge *k, const struct hid_identity *id, const struct hid_product **product)
{
	const struct hid_profile	*p;

	for (p = k->first; p != NULL; p = p->next) {
		*product = hid_profile_product(p, id);
		if (*product != NULL)
			return p;
	}
	return NULL;
}
