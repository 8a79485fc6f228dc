/* Devices by the names that NUT clients use, and what is prepared for each. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "nutproto/ups.h"

struct name {
	struct name	*next_in_slot;
	struct name	*next;		/* of the same device */
	struct ups	*ups;
	bool		 alias;
	char		 text[];
};

struct upses {
	struct model	*model;
	struct watch	*watch;
	struct name	**slots;
	size_t		 nslots, nnames;	/* nslots is a power of two */
	struct buf	 list;
	enum var	 description, aliases, fsd;
	void		(*told)(const struct change *, struct ups *, void *);
	void		*arg;
};

/* -- names ---------------------------------------------------------------------- */

/* Bit 0x20 is all that parts the cases of a letter; that it joins a few other bytes does no harm. */
static struct name **
slot_of(const struct upses *all, const char *name)
{
	uint32_t	 h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ ((uint8_t)*name | 0x20)) * 16777619u;
	return &all->slots[h & (all->nslots - 1)];
}

static struct name *
find(const struct upses *all, const char *name)
{
	struct name	*n;

	for (n = *slot_of(all, name); n != NULL; n = n->next_in_slot)
		if (strcasecmp(n->text, name) == 0)
			return n;
	return NULL;
}

struct ups *
upses_find(const struct upses *all, const char *name)
{
	struct name	*n = find(all, name);

	return n == NULL ? NULL : n->ups;
}

/* A device's own name goes before an alias of another one. */
static void
link_name(struct upses *all, struct name *n)
{
	struct name	**at = slot_of(all, n->text);

	while (n->alias && *at != NULL)
		at = &(*at)->next_in_slot;
	n->next_in_slot = *at;
	*at = n;
}

static void
unlink_name(struct upses *all, struct name *n)
{
	struct name	**at = slot_of(all, n->text);

	while (*at != n)
		at = &(*at)->next_in_slot;
	*at = n->next_in_slot;
	all->nnames--;
}

static void
grow(struct upses *all)
{
	struct name	**old = all->slots, *n, *next;
	size_t		  i, nold = all->nslots;

	all->nslots = nold * 2;
	all->slots = xcalloc(all->nslots, sizeof(*all->slots));
	for (i = 0; i < nold; i++) {
		for (n = old[i]; n != NULL; n = next) {
			next = n->next_in_slot;
			link_name(all, n);
		}
	}
	free(old);
}

static void
add_name(struct upses *all, struct ups *ups, const char *text, size_t len, bool alias)
{
	struct name	*n = xcalloc(1, sizeof(*n) + len + 1);

	memcpy(n->text, text, len);
	n->alias = alias;
	n->ups = ups;
	n->next = ups->names;
	ups->names = n;
	if (++all->nnames > all->nslots)
		grow(all);
	link_name(all, n);
}

static void
drop_names(struct upses *all, struct ups *ups, bool only_aliases)
{
	struct name	**at = &ups->names, *n;

	while ((n = *at) != NULL) {
		if (only_aliases && !n->alias) {
			at = &n->next;
			continue;
		}
		*at = n->next;
		unlink_name(all, n);
		free(n);
	}
}

static void
add_aliases(struct upses *all, struct ups *ups, const char *words)
{
	size_t	 len;

	for (; words != NULL && *words != '\0'; words += len) {
		words += strspn(words, " ");
		len = strcspn(words, " ");
		if (len > 0)
			add_name(all, ups, words, len, true);
	}
}

/* -- following the model ------------------------------------------------------------ */

/* Remarks are words, but one that reads as a number is a number. */
static const char *
remark(const struct snapshot *s, enum var var, char room[VALUE_TEXT_MAX])
{
	const struct value	*v = snapshot_get(s, var);

	return v == NULL ? "" : value_text(v, room);
}

static bool
remark_differs(const struct change *c, enum var var)
{
	char	 before[VALUE_TEXT_MAX], after[VALUE_TEXT_MAX];

	return strcmp(remark(c->before, var, before), remark(c->after, var, after)) != 0;
}

static void
add(struct upses *all, struct device *d)
{
	struct ups	*ups = xcalloc(1, sizeof(*ups));
	char		 room[VALUE_TEXT_MAX];

	ups->device = d;
	ups->shutting = snapshot_get(device_now(d), all->fsd) != NULL;
	TAILQ_INIT(&ups->logins.list);
	add_name(all, ups, device_name(d), strlen(device_name(d)), false);
	add_aliases(all, ups, remark(device_now(d), all->aliases, room));
	buf_clear(&all->list);
}

static void
discard(struct upses *all, struct ups *ups)
{
	drop_names(all, ups, false);
	buf_clear(&all->list);
	buf_free(&ups->vars);
	free(ups->cut);
	free(ups);
}

static void
on_change(const struct change *c, void *arg)
{
	struct upses	*all = arg;
	struct ups	*ups;
	char		 room[VALUE_TEXT_MAX];

	if (device_is_group(c->device))
		return;
	if (c->events & EV_ADDED) {
		add(all, c->device);
		return;
	}
	ups = upses_find(all, device_name(c->device));
	if (all->told != NULL)
		all->told(c, ups, all->arg);
	if (c->events & EV_REMOVED) {
		discard(all, ups);
		return;
	}
	buf_clear(&ups->vars);
	ups->shutting = snapshot_get(c->after, all->fsd) != NULL;
	if (remark_differs(c, all->description))
		buf_clear(&all->list);
	if (remark_differs(c, all->aliases)) {
		drop_names(all, ups, true);
		add_aliases(all, ups, remark(c->after, all->aliases, room));
	}
}

static struct device *
next_shown(const struct model *m, const struct device *after)
{
	struct device	*d = model_next(m, after);

	while (d != NULL && device_is_group(d))
		d = model_next(m, d);
	return d;
}

struct upses *
upses_new(struct model *m)
{
	struct upses	*all = xcalloc(1, sizeof(*all));
	struct device	*d = NULL;

	all->model = m;
	all->nslots = 64;
	all->slots = xcalloc(all->nslots, sizeof(*all->slots));
	all->description = var_intern(REMARK_DESCRIPTION);
	all->aliases = var_intern(REMARK_ALIASES);
	all->fsd = var_intern(REMARK_FSD);
	while ((d = next_shown(m, d)) != NULL)
		add(all, d);
	all->watch = model_watch(m, EV_ADDED | EV_CHANGED | EV_REMOVED, on_change, all);
	return all;
}

void
upses_free(struct upses *all)
{
	struct device	*d = NULL;

	if (all == NULL)
		return;
	watch_cancel(all->watch);
	while ((d = next_shown(all->model, d)) != NULL)
		discard(all, upses_find(all, device_name(d)));
	buf_free(&all->list);
	free(all->slots);
	free(all);
}

/* -- asking ---------------------------------------------------------------------------- */

struct ups *
upses_next(const struct upses *all, const struct ups *ups)
{
	struct device	*d = next_shown(all->model, ups == NULL ? NULL : ups->device);

	return d == NULL ? NULL : upses_find(all, device_name(d));
}

struct buf *
upses_list(struct upses *all)
{
	return &all->list;
}

const char *
upses_description(const struct upses *all, const struct ups *ups, char room[VALUE_TEXT_MAX])
{
	const char	*text = remark(device_now(ups->device), all->description, room);

	return *text == '\0' ? NULL : text;
}

void
upses_on_change(struct upses *all, void (*told)(const struct change *, struct ups *, void *), void *arg)
{
	all->told = told;
	all->arg = arg;
}

bool
ups_cut_is_new(struct ups *ups, enum var var)
{
	size_t	 i;

	for (i = 0; i < ups->ncut; i++)
		if (ups->cut[i] == var)
			return false;
	ups->cut = array_room(ups->cut, ups->ncut, &ups->cut_room, sizeof(*ups->cut));
	ups->cut[ups->ncut++] = var;
	return true;
}
