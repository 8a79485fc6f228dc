#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/traits.h"

struct traits {
	unsigned	 refs;
	size_t		 ncommands, commands_room;
	enum var	*commands;		/* by name */
	size_t		 nsettables, settables_room;
	struct settable	*settables;		/* by name */
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
	struct range	*ranges = xcalloc(from->nranges, sizeof(*ranges));
	const char	**enums = xcalloc(from->nenums, sizeof(*enums));
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
	size_t		 i;

	if (from == NULL)
		return t;
	t->ncommands = t->commands_room = from->ncommands;
	t->commands = xcalloc(from->ncommands, sizeof(*t->commands));
	if (from->ncommands > 0)
		memcpy(t->commands, from->commands, from->ncommands * sizeof(*t->commands));
	t->nsettables = t->settables_room = from->nsettables;
	t->settables = xcalloc(from->nsettables, sizeof(*t->settables));
	for (i = 0; i < from->nsettables; i++)
		t->settables[i] = copy_settable(&from->settables[i]);
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
	size_t		 i;

	if (mine == NULL || --mine->refs > 0)
		return;
	for (i = 0; i < mine->nsettables; i++)
		free_settable(&mine->settables[i]);
	free(mine->settables);
	free(mine->commands);
	free(mine);
}

bool
traits_equal(const struct traits *a, const struct traits *b)
{
	size_t	 i;

	if (traits_commands(a) != traits_commands(b) || traits_settables(a) != traits_settables(b))
		return false;
	for (i = 0; i < traits_commands(a); i++)
		if (a->commands[i] != b->commands[i])
			return false;
	for (i = 0; i < traits_settables(a); i++)
		if (!settable_equal(&a->settables[i], &b->settables[i]))
			return false;
	return true;
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
	size_t	 low = 0, high = t->nsettables, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (var_compare(t->settables[middle].var, var) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t
traits_settables(const struct traits *t)
{
	return t == NULL ? 0 : t->nsettables;
}

const struct settable *
traits_settable_at(const struct traits *t, size_t i)
{
	return &t->settables[i];
}

const struct settable *
traits_settable(const struct traits *t, enum var var)
{
	size_t	 i;

	if (t == NULL)
		return NULL;
	i = settable_place(t, var);
	return i < t->nsettables && t->settables[i].var == var ? &t->settables[i] : NULL;
}

void
traits_add_settable(struct traits *t, const struct settable *s)
{
	size_t	 i = settable_place(t, s->var);

	if (i < t->nsettables && t->settables[i].var == s->var) {
		free_settable(&t->settables[i]);
		t->settables[i] = copy_settable(s);
		return;
	}
	t->settables = array_room(t->settables, t->nsettables, &t->settables_room,
	    sizeof(*t->settables));
	memmove(&t->settables[i + 1], &t->settables[i],
	    (t->nsettables++ - i) * sizeof(*t->settables));
	t->settables[i] = copy_settable(s);
}

void
traits_del_settable(struct traits *t, enum var var)
{
	size_t	 i = settable_place(t, var);

	if (i == t->nsettables || t->settables[i].var != var)
		return;
	free_settable(&t->settables[i]);
	memmove(&t->settables[i], &t->settables[i + 1],
	    (--t->nsettables - i) * sizeof(*t->settables));
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
