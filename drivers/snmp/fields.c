#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/snmp/fields.h"

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

/* -- OIDs of columns ------------------------------------------------------------------ */

static enum snmp_arc_kind
letter_kind(char c)
{
	return c == 'u' ? ARC_UNIT : c == 'k' ? ARC_HUNDRED : c == 'n' ? ARC_ROW : ARC_NUMBER;
}

/* "n", "n+1", "7": one arc behind the root; false: it is none. */
static bool
read_pattern_arc(const char **s, struct snmp_arc *a)
{
	uint32_t	 number = 0;
	char		 sign;

	a->kind = letter_kind(**s);
	if (a->kind != ARC_NUMBER)
		++*s;
	sign = **s;
	if (a->kind != ARC_NUMBER && sign != '+' && sign != '-') {
		a->number = 0;
		return true;
	}
	if (a->kind != ARC_NUMBER)
		++*s;
	if (!read_arc(s, 0, &number))
		return false;
	a->number = sign == '-' ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool
read_pattern_arcs(const char *s, struct snmp_pattern *p)
{
	do {
		if (p->narcs == SNMP_ARCS_MAX || !read_pattern_arc(&s, &p->arcs[p->narcs++]))
			return false;
	} while (*s++ == '.');
	return s[-1] == '\0';
}

/* The first arc that begins with a letter; roots' words stand in front of all arcs. */
static const char *
first_letter(const char *s)
{
	const char	*dot;

	for (dot = strchr(s, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
		if (letter_kind(dot[1]) != ARC_NUMBER)
			return dot + 1;
	return NULL;
}

bool
fields_has_letter(const struct conf_value *v)
{
	return first_letter(v->text) != NULL;
}

bool
fields_pattern(const struct fields *f, const struct conf_value *v, struct snmp_pattern *out)
{
	const char		*letter = first_letter(v->text);
	struct conf_value	 root = *v;
	char			*text;
	bool			 right;

	*out = (struct snmp_pattern){ .narcs = 0 };
	if (letter == NULL || !read_pattern_arcs(letter, out)) {
		conf_error(f->errors, v->place, "\"%s\": the oid of a column wants n for the row, perhaps u for the "
		    "unit and k for what the row is of", v->text);
		return false;
	}
	root.text = text = xstrndup(v->text, (size_t)(letter - 1 - v->text));
	right = fields_oid(f, &root, 0, &out->root);
	free(text);
	return right;
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
