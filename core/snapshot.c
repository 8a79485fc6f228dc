#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/snapshot.h"

struct snapshot {
	unsigned	 refs;
	unsigned	 n;
	struct reading	 at[];		/* by name; the texts follow the last one */
};

const struct snapshot *
snapshot_hold(const struct snapshot *s)
{
	if (s != NULL)
		((struct snapshot *)(uintptr_t)s)->refs++;
	return s;
}

void
snapshot_release(const struct snapshot *s)
{
	struct snapshot	*mine = (struct snapshot *)(uintptr_t)s;

	if (mine != NULL && --mine->refs == 0)
		free(mine);
}

size_t
snapshot_size(const struct snapshot *s)
{
	return s == NULL ? 0 : s->n;
}

const struct reading *
snapshot_at(const struct snapshot *s, size_t i)
{
	assert(i < s->n);
	return &s->at[i];
}

const struct value *
snapshot_get(const struct snapshot *s, enum var var)
{
	size_t	 low = 0, high = snapshot_size(s), middle;
	int	 order;

	while (low < high) {
		middle = (low + high) / 2;
		order = var_compare(var, s->at[middle].var);
		if (order == 0)
			return &s->at[middle].value;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *
snapshot_text(const struct snapshot *s, enum var var)
{
	const struct value	*v = snapshot_get(s, var);

	return v == NULL || v->type != V_TEXT ? NULL : v->text;
}

const struct reading *
snapshot_lookup(const struct snapshot *s, const char *name, size_t len)
{
	size_t		 low = 0, high = snapshot_size(s), middle;
	const char	*have;
	int		 order;

	if (len == 0 || *name == '.')
		return NULL;
	while (low < high) {
		middle = (low + high) / 2;
		have = var_name(s->at[middle].var);
		order = strncasecmp(name, have, len);
		if (order == 0 && have[len] == '\0')
			return &s->at[middle];
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* -- making one -------------------------------------------------------------- */

void
draft_put(struct draft *d, enum var var, struct value v)
{
	if (v.text != NULL)
		v.text = xstrdup(v.text);
	d->puts = array_room(d->puts, d->n, &d->room, sizeof(*d->puts));
	d->puts[d->n++] = (struct reading){ .var = var, .value = v };
}

const struct value *
draft_get(const struct draft *d, enum var var)
{
	size_t	 i;

	for (i = d->n; i-- > 0;)
		if (d->puts[i].var == var)
			return d->puts[i].value.type == V_NONE ? NULL : &d->puts[i].value;
	return snapshot_get(d->base, var);
}

void
draft_free(struct draft *d)
{
	size_t	 i;

	for (i = 0; i < d->n; i++)
		free((char *)(uintptr_t)d->puts[i].value.text);
	free(d->puts);
	snapshot_release(d->base);
	*d = (struct draft){ 0 };
}

/* The order of putting breaks ties, so that the last put of a name is the last of its run. */
static int
by_name(const void *a, const void *b)
{
	const struct reading *const	*x = a, *const *y = b;
	int				 order = var_compare((*x)->var, (*y)->var);

	return order != 0 ? order : *x < *y ? -1 : *x > *y;
}

/*
 * Merges base and puts, both by name, into all; a put replaces, V_NONE
 * deletes.  Returns how many are left.
 */
static size_t
merge(const struct draft *d, const struct reading **puts, const struct reading **all)
{
	size_t	 i = 0, j = 0, n = 0, nbase = snapshot_size(d->base);
	int	 order;

	while (i < nbase || j < d->n) {
		if (j + 1 < d->n && puts[j]->var == puts[j + 1]->var) {
			j++;
			continue;
		}
		order = i == nbase ? 1 : j == d->n ? -1 :
		    var_compare(d->base->at[i].var, puts[j]->var);
		if (order < 0) {
			all[n++] = &d->base->at[i++];
			continue;
		}
		if (order == 0)
			i++;
		if (puts[j]->value.type != V_NONE)
			all[n++] = puts[j];
		j++;
	}
	return n;
}

static bool
same(const struct snapshot *s, const struct reading *const *all, size_t n)
{
	size_t	 i;

	if (s == NULL || s->n != n)
		return false;
	for (i = 0; i < n; i++)
		if (s->at[i].var != all[i]->var || !value_equal(&s->at[i].value, &all[i]->value))
			return false;
	return true;
}

static const struct snapshot *
pack(const struct reading *const *all, size_t n)
{
	struct snapshot	*s;
	size_t		 i, size, texts = 0;
	char		*to;

	for (i = 0; i < n; i++)
		texts += all[i]->value.text == NULL ? 0 : strlen(all[i]->value.text) + 1;
	s = xmalloc(sizeof(*s) + n * sizeof(s->at[0]) + texts);
	s->refs = 1;
	s->n = (unsigned)n;
	to = (char *)&s->at[n];
	for (i = 0; i < n; i++) {
		s->at[i] = *all[i];
		if (all[i]->value.text == NULL)
			continue;
		size = strlen(all[i]->value.text) + 1;
		s->at[i].value.text = memcpy(to, all[i]->value.text, size);
		to += size;
	}
	return s;
}

const struct snapshot *
draft_finish(struct draft *d, const struct snapshot *before)
{
	const struct snapshot	 *done;
	const struct reading	**puts = xcalloc(d->n + 1, sizeof(*puts));
	const struct reading	**all = xcalloc(d->n + snapshot_size(d->base) + 1, sizeof(*all));
	size_t			  i, n;

	for (i = 0; i < d->n; i++)
		puts[i] = &d->puts[i];
	qsort(puts, d->n, sizeof(*puts), by_name);
	n = merge(d, puts, all);
	done = same(before, all, n) ? snapshot_hold(before) : pack(all, n);
	free(puts);
	free(all);
	return done;
}
