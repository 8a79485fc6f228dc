#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/traits.h"

/* Many traits of one device differ in their commands alone: they share these. */
struct settables {
	unsigned	 refs;
	size_t		 n, room;
	struct settable	*at;			/* by name */
};

struct traits {
	unsigned	 refs;
	size_t		 ncommands, commands_room;
	enum var	*commands;		/* by name */
	struct settables *settables;		/* NULL: none */
};

/* -- a copy of a settable owns all that it points to ----------------------------- */

static struct value
copy_value(struct value v)
{
	if (v.text != NULL)
		v.text = xstrdup(v.text);
	return v;
}

static struct settable
copy_settable(const struct settable *from)
{
	struct settable	 to = *from;
	struct range	*ranges = from->nranges == 0 ? NULL : xcalloc(from->nranges, sizeof(*ranges));
	const char	**enums = from->nenums == 0 ? NULL : xcalloc(from->nenums, sizeof(*enums));
	size_t		 i;

	for (i = 0; i < from->nenums; i++)
		enums[i] = xstrdup(from->enums[i]);
	for (i = 0; i < from->nranges; i++) {
		ranges[i].min = copy_value(from->ranges[i].min);
		ranges[i].max = copy_value(from->ranges[i].max);
	}
	to.enums = enums;
	to.ranges = ranges;
	return to;
}

static void
free_settable(struct settable *s)
{
	size_t	 i;

	for (i = 0; i < s->nenums; i++)
		free((char *)(uintptr_t)s->enums[i]);
	for (i = 0; i < s->nranges; i++) {
		free((char *)(uintptr_t)s->ranges[i].min.text);
		free((char *)(uintptr_t)s->ranges[i].max.text);
	}
	free((void *)(uintptr_t)s->enums);
	free((void *)(uintptr_t)s->ranges);
}

static bool
settable_equal(const struct settable *a, const struct settable *b)
{
	size_t	 i;

	if (a->var != b->var || a->maxlen != b->maxlen || a->nenums != b->nenums ||
	    a->nranges != b->nranges)
		return false;
	for (i = 0; i < a->nenums; i++)
		if (strcmp(a->enums[i], b->enums[i]) != 0)
			return false;
	for (i = 0; i < a->nranges; i++)
		if (!value_equal(&a->ranges[i].min, &b->ranges[i].min) ||
		    !value_equal(&a->ranges[i].max, &b->ranges[i].max))
			return false;
	return true;
}

static void
settables_release(struct settables *s)
{
	size_t	 i;

	if (s == NULL || --s->refs > 0)
		return;
	for (i = 0; i < s->n; i++)
		free_settable(&s->at[i]);
	free(s->at);
	free(s);
}

/* Those of the traits, to be changed: nobody else has them. */
static struct settables *
own_settables(struct traits *t)
{
	struct settables	*shared = t->settables, *own;
	size_t			 i;

	if (shared != NULL && shared->refs == 1)
		return shared;
	own = xcalloc(1, sizeof(*own));
	own->refs = 1;
	if (shared != NULL) {
		own->n = own->room = shared->n;
		own->at = xcalloc(shared->n, sizeof(*own->at));
		for (i = 0; i < shared->n; i++)
			own->at[i] = copy_settable(&shared->at[i]);
		settables_release(shared);
	}
	return t->settables = own;
}

/* -- life --------------------------------------------------------------------------- */

struct traits *
traits_new(void)
{
	struct traits	*t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	return t;
}

struct traits *
traits_copy(const struct traits *from)
{
	struct traits	*t = traits_new();

	if (from == NULL)
		return t;
	t->ncommands = t->commands_room = from->ncommands;
	t->commands = xcalloc(from->ncommands, sizeof(*t->commands));
	if (from->ncommands > 0)
		memcpy(t->commands, from->commands, from->ncommands * sizeof(*t->commands));
	t->settables = from->settables;
	if (t->settables != NULL)
		t->settables->refs++;
	return t;
}

const struct traits *
traits_hold(const struct traits *t)
{
	if (t != NULL)
		((struct traits *)(uintptr_t)t)->refs++;
	return t;
}

void
traits_release(const struct traits *t)
{
	struct traits	*mine = (struct traits *)(uintptr_t)t;

	if (mine == NULL || --mine->refs > 0)
		return;
	settables_release(mine->settables);
	free(mine->commands);
	free(mine);
}

static bool
settables_equal(const struct settables *a, const struct settables *b)
{
	size_t	 i;

	if (a == b || a == NULL || b == NULL || a->n != b->n)
		return a == b;
	for (i = 0; i < a->n; i++)
		if (!settable_equal(&a->at[i], &b->at[i]))
			return false;
	return true;
}

void
traits_share(struct traits *t, const struct traits *with)
{
	if (with == NULL || t->settables == with->settables || !settables_equal(t->settables, with->settables))
		return;
	settables_release(t->settables);
	t->settables = with->settables;
	t->settables->refs++;
}

bool
traits_equal(const struct traits *a, const struct traits *b)
{
	size_t	 i;

	if (a == b)
		return true;
	if (traits_commands(a) != traits_commands(b) || traits_settables(a) != traits_settables(b))
		return false;
	for (i = 0; i < traits_commands(a); i++)
		if (a->commands[i] != b->commands[i])
			return false;
	return traits_settables(a) == 0 || settables_equal(a->settables, b->settables);
}

/* -- commands -------------------------------------------------------------------------- */

/* Where the command is, or would be put in. */
static size_t
command_place(const struct traits *t, enum var var)
{
	size_t	 low = 0, high = t->ncommands, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (var_compare(t->commands[middle], var) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t
traits_commands(const struct traits *t)
{
	return t == NULL ? 0 : t->ncommands;
}

enum var
traits_command(const struct traits *t, size_t i)
{
	return t->commands[i];
}

bool
traits_can(const struct traits *t, enum var command)
{
	size_t	 i;

	if (t == NULL)
		return false;
	i = command_place(t, command);
	return i < t->ncommands && t->commands[i] == command;
}

void
traits_add_command(struct traits *t, enum var var)
{
	size_t	 i = command_place(t, var);

	if (i < t->ncommands && t->commands[i] == var)
		return;
	t->commands = array_room(t->commands, t->ncommands, &t->commands_room, sizeof(*t->commands));
	memmove(&t->commands[i + 1], &t->commands[i], (t->ncommands++ - i) * sizeof(*t->commands));
	t->commands[i] = var;
}

void
traits_del_command(struct traits *t, enum var var)
{
	size_t	 i = command_place(t, var);

	if (i == t->ncommands || t->commands[i] != var)
		return;
	memmove(&t->commands[i], &t->commands[i + 1], (--t->ncommands - i) * sizeof(*t->commands));
}

/* -- variables that can be set ------------------------------------------------------------ */

static size_t
settable_place(const struct traits *t, enum var var)
{
	size_t	 low = 0, high = traits_settables(t), middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (var_compare(t->settables->at[middle].var, var) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t
traits_settables(const struct traits *t)
{
	return t == NULL || t->settables == NULL ? 0 : t->settables->n;
}

const struct settable *
traits_settable_at(const struct traits *t, size_t i)
{
	return &t->settables->at[i];
}

const struct settable *
traits_settable(const struct traits *t, enum var var)
{
	size_t	 i = settable_place(t, var);

	return i < traits_settables(t) && t->settables->at[i].var == var ? &t->settables->at[i] : NULL;
}

void
traits_add_settable(struct traits *t, const struct settable *s)
{
	size_t			 i = settable_place(t, s->var);
	const struct settable	*now = traits_settable(t, s->var);
	struct settables	*all;

	if (now != NULL && settable_equal(now, s))
		return;
	all = own_settables(t);
	if (now != NULL) {
		free_settable(&all->at[i]);
		all->at[i] = copy_settable(s);
		return;
	}
	all->at = array_room(all->at, all->n, &all->room, sizeof(*all->at));
	memmove(&all->at[i + 1], &all->at[i], (all->n++ - i) * sizeof(*all->at));
	all->at[i] = copy_settable(s);
}

void
traits_del_settable(struct traits *t, enum var var)
{
	size_t			 i = settable_place(t, var);
	struct settables	*all;

	if (traits_settable(t, var) == NULL)
		return;
	all = own_settables(t);
	free_settable(&all->at[i]);
	memmove(&all->at[i], &all->at[i + 1], (--all->n - i) * sizeof(*all->at));
}

/* -- what a settable takes ------------------------------------------------------- */

static bool
in_ranges(const struct settable *s, const struct value *v)
{
	size_t	 i;

	if (v->type != V_NUMBER)
		return false;
	for (i = 0; i < s->nranges; i++)
		if (value_compare(v, &s->ranges[i].min) >= 0 && value_compare(v, &s->ranges[i].max) <= 0)
			return true;
	return false;
}

static bool
in_enums(const struct settable *s, const char *text)
{
	size_t	 i;

	for (i = 0; i < s->nenums; i++)
		if (strcmp(s->enums[i], text) == 0)
			return true;
	return false;
}

enum result
settable_takes(const struct settable *s, const char *text)
{
	struct value	 v = value_from_text(text);

	if (s == NULL)
		return R_READONLY;
	if (s->maxlen > 0 && text != NULL && strlen(text) > s->maxlen)
		return R_TOO_LONG;
	if (v.type == V_NONE)
		return R_INVALID;
	if (s->nenums + s->nranges > 0)
		return in_enums(s, text) || in_ranges(s, &v) ? R_DONE : R_INVALID;
	return s->maxlen > 0 || v.type == V_NUMBER ? R_DONE : R_INVALID;
}

/* Keeps the better of two numbers at or above the wanted one; with largest the larger of two below it. */
static void
consider(struct value *best, struct value v, const struct value *wanted, bool largest)
{
	bool	 enough = value_compare(&v, wanted) >= 0;
	bool	 had = best->type == V_NUMBER && value_compare(best, wanted) >= 0;

	if (v.type != V_NUMBER || (!enough && !largest) || (had && !enough))
		return;
	if (best->type == V_NONE || (enough && !had) || (value_compare(&v, best) < 0) == enough)
		*best = v;
}

char *
settable_number(const struct settable *s, struct value wanted, bool largest)
{
	struct value	 best = { .type = V_NONE };
	char		 room[VALUE_TEXT_MAX];
	size_t		 i;

	if (s == NULL)
		return NULL;
	if (settable_takes(s, value_text(&wanted, room)) == R_DONE)
		return xstrdup(value_text(&wanted, room));
	for (i = 0; i < s->nenums; i++) {
		struct value	 v = value_from_text(s->enums[i]);

		if (v.type == V_NUMBER)
			consider(&best, v, &wanted, largest);
	}
	for (i = 0; i < s->nranges; i++) {
		consider(&best, s->ranges[i].min, &wanted, largest);
		consider(&best, s->ranges[i].max, &wanted, largest);
	}
	return best.type == V_NONE ? NULL : xstrdup(value_text(&best, room));
}
