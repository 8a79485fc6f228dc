#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/vars.h"

#define ADMITTED_NAMES	65536
#define ADMITTED_LENGTH	128

#define VAR(id, name, type, text)	{ name, VAR_TYPE_##type, text },
#define CMD(id, name, text)		{ name, VAR_TYPE_TEXT, text },
static const struct var_info known[] = {
	{ "", VAR_TYPE_TEXT, "" },
#include "core/vars.def"
};
#undef VAR
#undef CMD

/*
 * The one table of names of this process: an open hash of numbers, folded to
 * lower case, and the names by number.  It only grows, by what devices are
 * called, never by what clients ask for.
 */
static struct {
	const char	**names;
	size_t		  n, room;
	enum var	 *slots;
	size_t		  nslots;	/* a power of two, at most half of it used */
} table;

uint32_t
name_hash(const char *s, size_t len)
{
	uint32_t	 h = 2166136261u;

	while (len-- > 0)
		h = (h ^ (uint32_t)tolower((unsigned char)*s++)) * 16777619u;
	return h;
}

static void
insert(enum var v)
{
	const char	*name = table.names[v];
	size_t		 i = name_hash(name, strlen(name));

	while (table.slots[i &= table.nslots - 1] != VAR_NONE)
		i++;
	table.slots[i] = v;
}

static void
rehash(size_t nslots)
{
	size_t	 v;

	free(table.slots);
	table.slots = xcalloc(nslots, sizeof(*table.slots));
	table.nslots = nslots;
	for (v = 1; v < table.n; v++)
		insert((enum var)v);
}

static enum var
append(const char *name)
{
	table.names = array_room(table.names, table.n, &table.room, sizeof(*table.names));
	table.names[table.n] = name;
	return (enum var)table.n++;
}

static void
begin(void)
{
	size_t	 i;

	if (table.n > 0)
		return;
	for (i = 0; i < nitems(known); i++)
		append(known[i].name);
	rehash(2048);
}

/* The number of a name: exactly as spelt when exact, else of the first that differs only in case. */
static enum var
search(const char *name, size_t len, bool exact)
{
	size_t		 i = name_hash(name, len);
	enum var	 v;

	for (; (v = table.slots[i &= table.nslots - 1]) != VAR_NONE; i++) {
		const char	*have = table.names[v];

		if (exact ? strncmp(have, name, len) != 0 : strncasecmp(have, name, len) != 0)
			continue;
		if (have[len] == '\0')
			return v;
	}
	return VAR_NONE;
}

enum var
var_intern(const char *name)
{
	enum var	 v;

	begin();
	if ((v = search(name, strlen(name), true)) != VAR_NONE)
		return v;
	v = append(xstrdup(name));
	if (table.n * 2 > table.nslots)
		rehash(table.nslots * 2);
	else
		insert(v);
	return v;
}

static bool
fit_to_see(const char *name)
{
	size_t	 i;

	if (*name == '\0' || *name == '.')
		return false;
	for (i = 0; name[i] != '\0'; i++)
		if (!isgraph((unsigned char)name[i]) || strchr("\"\\#=", name[i]) != NULL)
			return false;
	return i <= ADMITTED_LENGTH;
}

enum var
var_admit(const char *name)
{
	enum var	 v;

	begin();
	if ((v = search(name, strlen(name), true)) != VAR_NONE)
		return *name == '.' ? VAR_NONE : v;
	return table.n < ADMITTED_NAMES && fit_to_see(name) ? var_intern(name) : VAR_NONE;
}

enum var
var_internf(const char *fmt, ...)
{
	char	 name[256];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return var_intern(name);
}

enum var
var_find(const char *name, size_t len)
{
	begin();
	return search(name, len, false);
}

const char *
var_name(enum var v)
{
	begin();
	return (size_t)v < table.n ? table.names[v] : "";
}

bool
var_hidden(enum var v)
{
	return *var_name(v) == '.';
}

int
var_compare(enum var a, enum var b)
{
	const char	*x, *y;
	int		 order;

	if (a == b)
		return 0;
	x = var_name(a);
	y = var_name(b);
	order = strcasecmp(x, y);
	return order != 0 ? order : strcmp(x, y);
}

/* -- what the record says --------------------------------------------------- */

static bool
is_number(const char *part, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)part[i]))
			return false;
	return len > 0;
}

/* L1 L2 L3 N, alone or as a pair: L1-N, L1-L2. */
static bool
is_phase(const char *part, size_t len)
{
	size_t	 one = len > 0 && *part == 'N' ? 1 : 2;

	if (one == 2 && (len < 2 || *part != 'L' || part[1] < '1' || part[1] > '3'))
		return false;
	if (len == one)
		return true;
	return part[one] == '-' && one == 2 && is_phase(part + one + 1, len - one - 1) &&
	    memchr(part + one + 1, '-', len - one - 1) == NULL;
}

/*
 * The form of a name: numbers become n, and all up to a phase context
 * becomes Lx.
 */
static void
form_of(const char *name, char *form, size_t room)
{
	size_t	 n = 0, len;

	form[0] = '\0';
	for (; *name != '\0'; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		if (is_phase(name, len))
			n = (size_t)snprintf(form, room, "Lx");
		else if (is_number(name, len))
			n += (size_t)snprintf(form + n, room - n, "%sn", n == 0 ? "" : ".");
		else
			n += (size_t)snprintf(form + n, room - n, "%s%.*s", n == 0 ? "" : ".",
			    (int)len, name);
		if (n >= room)
			break;
	}
}

static const struct var_info *
known_info(const char *name)
{
	enum var	 v = var_find(name, strlen(name));

	return v != VAR_NONE && v < VAR_KNOWN ? &known[v] : NULL;
}

/*
 * Groups have what outlets have, and so have all outlets together; one of
 * several inputs has what the input has; a chained unit has what any device
 * has.
 */
static const struct { const char *form, *instead; } prefixes[] = {
	{ "outlet.group.n.", "outlet.n." },
	{ "outlet.", "outlet.n." },
	{ "input.n.", "input." },
	{ "ambient.n.contacts.n.", "ambient.n.contacts.x." },
	{ "ambient.contacts.n.", "ambient.n.contacts.x." },
	{ "ambient.", "ambient.n." },
	{ "device.n.", "" },
};

static const struct var_info *
info_by_prefix(const char *form)
{
	char	 name[256];
	size_t	 i, len;

	for (i = 0; i < nitems(prefixes); i++) {
		len = strlen(prefixes[i].form);
		if (strncmp(form, prefixes[i].form, len) != 0)
			continue;
		snprintf(name, sizeof(name), "%s%s", prefixes[i].instead, form + len);
		return known_info(name);
	}
	return NULL;
}

const struct var_info *
var_info(const char *name)
{
	const struct var_info	*info = known_info(name);
	char			 form[256];

	if (info != NULL)
		return info;
	form_of(name, form, sizeof(form));
	if ((info = known_info(form)) != NULL)
		return info;
	return info_by_prefix(form);
}
