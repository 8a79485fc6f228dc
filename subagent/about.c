#include <string.h>

#include "core/mem.h"
#include "subagent/about.h"

static const struct { const char *word; enum line line; } lines[] = {
	{ "L1", LINE_L1 }, { "L2", LINE_L2 }, { "L3", LINE_L3 }, { "N", LINE_N },
	{ "L1-N", LINE_L1 }, { "L2-N", LINE_L2 }, { "L3-N", LINE_L3 },
	{ "L1-L2", LINE_L1_L2 }, { "L2-L3", LINE_L2_L3 }, { "L3-L1", LINE_L3_L1 },
	{ "L2-L1", LINE_L1_L2 }, { "L3-L2", LINE_L2_L3 }, { "L1-L3", LINE_L3_L1 },
};

static unsigned
line_of(const char *word, size_t len)
{
	size_t	 i;

	for (i = 0; i < nitems(lines); i++)
		if (strncmp(word, lines[i].word, len) == 0 && lines[i].word[len] == '\0')
			return lines[i].line;
	return 0;
}

unsigned
about_line(const char *word)
{
	return line_of(word, strlen(word));
}

static bool
skip(const char **at, const char *prefix)
{
	size_t	 len = strlen(prefix);

	if (strncmp(*at, prefix, len) != 0)
		return false;
	*at += len;
	return true;
}

/* "12." */
static bool
skip_number(const char **at, uint32_t *number)
{
	const char	*s = *at;
	uint32_t	 n = 0;

	for (; *s >= '0' && *s <= '9' && n <= ABOUT_MAX; s++)
		n = n * 10 + (uint32_t)(*s - '0');
	if (s == *at || *s != '.' || n > ABOUT_MAX)
		return false;
	*at = s + 1;
	*number = n;
	return true;
}

static struct about
about_input(const char *rest)
{
	struct about	 a = { .thing = THING_INPUT };
	size_t		 len;

	if (skip_number(&rest, &a.item) && a.item > 0)
		a.thing = THING_INLET;
	len = strcspn(rest, ".");
	if (rest[len] == '.' && (a.sub = line_of(rest, len)) > 0) {
		a.thing = THING_PHASE;
		rest += len + 1;
	}
	a.rest = rest;
	return a;
}

static struct about
about_outlet(const char *rest)
{
	struct about	 a = { .thing = THING_OUTLETS };

	if (skip(&rest, "group.")) {
		if (skip_number(&rest, &a.item) && a.item > 0)
			a.thing = THING_GROUP;
	} else if (skip_number(&rest, &a.item) && a.item > 0) {
		a.thing = THING_OUTLET;
	}
	a.rest = rest;
	return a;
}

static struct about
about_ambient(const char *rest)
{
	struct about	 a = { .thing = THING_SENSOR };
	const char	*contact;

	skip_number(&rest, &a.item);
	contact = rest;
	if (skip(&contact, "contacts.") && skip_number(&contact, &a.sub)) {
		a.thing = THING_CONTACT;
		rest = contact;
	}
	a.rest = rest;
	return a;
}

static struct about
about_feed(const char *name, const char *rest)
{
	struct about	 a = { .thing = THING_FEED };

	if (!skip_number(&rest, &a.item) || a.item == 0)
		return (struct about){ .thing = THING_OTHER, .rest = name };
	a.rest = rest;
	return a;
}

struct about
about_of(const char *name)
{
	const char	*rest = name;

	if (skip(&rest, "input."))
		return about_input(rest);
	if (skip(&rest, "outlet."))
		return about_outlet(rest);
	if (skip(&rest, "ambient."))
		return about_ambient(rest);
	if (skip(&rest, "feed."))
		return about_feed(name, rest);
	return (struct about){ .thing = THING_OTHER, .rest = name };
}
