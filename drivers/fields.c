#include <string.h>

#include "drivers/fields.h"

/* -- what is there ------------------------------------------------------------------ */

static bool
is_known(const char *name, const char *const *known)
{
	for (; *known != NULL; known++)
		if (strcmp(name, *known) == 0)
			return true;
	return false;
}

static void
tell_unknown(const struct fields *f, const struct conf_item *it, const char *const *known)
{
	const char	*near = conf_nearest(it->name, known);

	if (near != NULL)
		conf_error(f->errors, it->place, "%s: unknown in a %s; did you mean %s?",
		    it->name, f->section->name, near);
	else
		conf_error(f->errors, it->place, "%s: unknown in a %s", it->name, f->section->name);
}

static void
check_twice(const struct fields *f, size_t i)
{
	const struct conf_item	*items = f->section->items;
	size_t			 k;

	for (k = 0; k < i; k++)
		if (!items[i].section && strcmp(items[k].name, items[i].name) == 0) {
			conf_error(f->errors, items[i].place, "%s stands twice here, first on line %u",
			    items[i].name, items[k].place.line);
			return;
		}
}

void
fields_check(const struct fields *f, const char *const *known)
{
	size_t	i;

	for (i = 0; i < f->section->nitems; i++) {
		if (is_known(f->section->items[i].name, known))
			check_twice(f, i);
		else
			tell_unknown(f, &f->section->items[i], known);
	}
}

const struct conf_item *
fields_find(const struct fields *f, const char *name)
{
	size_t	i;

	for (i = 0; i < f->section->nitems; i++)
		if (strcmp(f->section->items[i].name, name) == 0)
			return &f->section->items[i];
	return NULL;
}

/* -- single values -------------------------------------------------------------------- */

bool
fields_text(const struct fields *f, const char *name, const char **out)
{
	const struct conf_item	*it = fields_find(f, name);

	if (it == NULL)
		return false;
	if (it->section || it->nvalues != 1) {
		conf_error(f->errors, it->place, "%s wants one value", name);
		return false;
	}
	*out = it->values[0].text;
	return true;
}

bool
fields_integer(const struct fields *f, const char *text, struct conf_place at, int64_t *out)
{
	struct value	v = value_from_text(text);

	if (v.type != V_NUMBER || v.scale != 0) {
		conf_error(f->errors, at, "\"%s\" is no whole number", text);
		return false;
	}
	*out = v.digits;
	return true;
}

bool
fields_number(const struct fields *f, const char *name, int64_t *out)
{
	const char	*text;

	return fields_text(f, name, &text) &&
	    fields_integer(f, text, fields_find(f, name)->place, out);
}

bool
fields_decimal(const struct fields *f, const char *name, struct value *out)
{
	const char	*text;
	struct value	 v;

	if (!fields_text(f, name, &text))
		return false;
	v = value_from_text(text);
	if (v.type != V_NUMBER) {
		conf_error(f->errors, fields_find(f, name)->place,
		    "%s: \"%s\" is no number; it wants one such as 60 or 0.1", name, text);
		return false;
	}
	v.text = NULL;
	*out = v;
	return true;
}

bool
fields_choice(const struct fields *f, const char *name, const char *const *words, unsigned *out)
{
	const char	*text, *near;
	unsigned	 i;

	if (!fields_text(f, name, &text))
		return false;
	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return true;
		}
	near = conf_nearest(text, words);
	conf_error(f->errors, fields_find(f, name)->place, "%s: \"%s\" is no word for it; %s is one",
	    name, text, near != NULL ? near : words[0]);
	return false;
}
