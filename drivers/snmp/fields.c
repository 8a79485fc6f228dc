#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/snmp/fields.h"

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

/* -- OIDs ------------------------------------------------------------------------------ */

static const struct conf_item *
find_root(const struct fields *f, const char *word, size_t len)
{
	struct fields		 in = { f->profile, f->profile, f->errors };
	const struct conf_item	*roots = fields_find(&in, "roots");
	size_t			 i;

	for (i = 0; roots != NULL && i < roots->nitems; i++)
		if (strlen(roots->items[i].name) == len && strncmp(roots->items[i].name, word, len) == 0)
			return roots->items[i].nvalues == 1 ? &roots->items[i] : NULL;
	return NULL;
}

/* One arc of an OID's text; false: it is none. */
static bool
read_arc(const char **s, unsigned line, uint32_t *arc)
{
	unsigned long	 n;
	char		*end;

	if (**s == 'x' && line != 0) {
		*arc = line;
		if (*++*s != '+')
			return true;
		*arc += (uint32_t)strtoul(*s + 1, &end, 10);
		*s = end;
		return true;
	}
	if (!isdigit((unsigned char)**s))
		return false;
	errno = 0;
	n = strtoul(*s, &end, 10);
	*arc = (uint32_t)n;
	*s = end;
	return errno == 0 && n <= UINT32_MAX;
}

static bool
read_arcs(const char *s, unsigned line, uint32_t ids[OID_MAX_LEN], size_t *len)
{
	do {
		if (*len == OID_MAX_LEN || !read_arc(&s, line, &ids[*len]))
			return false;
		++*len;
	} while (*s++ == '.');
	return s[-1] == '\0';
}

bool
fields_oid(const struct fields *f, const struct conf_value *v, unsigned line, struct oid *out)
{
	const struct conf_item	*root;
	uint32_t		 ids[OID_MAX_LEN], *copy;
	size_t			 len = 0, word = strcspn(v->text, ".");
	const char		*rest = v->text;

	if (isalpha((unsigned char)*v->text)) {
		root = find_root(f, v->text, word);
		if (root == NULL || !read_arcs(root->values[0].text, 0, ids, &len)) {
			conf_error(f->errors, v->place, "\"%s\" begins with no word of roots { ... }", v->text);
			return false;
		}
		rest += word + (v->text[word] == '.');
	}
	if ((*rest != '\0' || len == 0) && !read_arcs(rest, line, ids, &len)) {
		conf_error(f->errors, v->place, "\"%s\" is no OID; it wants numbers and dots, as 1.3.6.1.2.1.33",
		    v->text);
		return false;
	}
	copy = xreallocarray(NULL, len, sizeof(*copy));
	memcpy(copy, ids, len * sizeof(*copy));
	*out = (struct oid){ copy, len };
	return true;
}

/* -- words of status -------------------------------------------------------------------- */

static bool
add_token(const char *word, size_t len, struct snmp_meaning *m)
{
	enum snmp_token	t;

	for (t = 0; t < TOKEN_END; t++)
		if (strlen(snmp_token_word(t)) == len && memcmp(snmp_token_word(t), word, len) == 0) {
			m->tokens |= UINT32_C(1) << t;
			return true;
		}
	return false;
}

static bool
add_flag(const char *word, size_t len, struct snmp_meaning *m)
{
	enum flag	flag = flag_find(word, len);

	if (flag == FLAG_NONE)
		return false;
	m->flags |= FLAG_BIT(flag);
	return true;
}

bool
fields_meaning(const struct fields *f, const struct conf_value *v, struct snmp_meaning *out)
{
	const char	*s;
	size_t		 len;
	bool		 right = true;

	for (s = v->text; *(s += strspn(s, " ")) != '\0'; s += len) {
		len = strcspn(s, " ");
		if (add_token(s, len, out) || add_flag(s, len, out))
			continue;
		conf_error(f->errors, v->place, "\"%.*s\" is neither a word of ups.status (OL, OB, LB ...) "
		    "nor a flag (battery-bad, fan-failure ...)", (int)len, s);
		right = false;
	}
	return right;
}
