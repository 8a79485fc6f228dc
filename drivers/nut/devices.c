#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/line.h"
#include "drivers/nut/source.h"

#define LIST_MS		2000	/* how often to look for new devices at most */
#define DEVICES_MAX	1024

/* -- devices ------------------------------------------------------------------------------ */

bool
devices_choose(struct nut *n, const struct remote *r)
{
	if (!unit_device(n->unit, r->own ? NULL : r->name))
		return false;
	unit_description(n->unit, r->description);
	return true;
}

static struct remote *
add_remote(struct nut *n, const char *name)
{
	struct remote	*r = remote_new(name);

	n->remotes = array_room(n->remotes, n->n, &n->room, sizeof(*n->remotes));
	n->remotes[n->n++] = r;
	return r;
}

/* A server lists its devices in the same order each time: the next one is tried first. */
static struct remote *
find_remote(struct nut *n, const char *name)
{
	size_t	 i, at;

	for (i = 0; i < n->n; i++) {
		at = (n->cursor + i) % n->n;
		if (strcasecmp(n->remotes[at]->name, name) == 0) {
			n->cursor = at + 1;
			return n->remotes[at];
		}
	}
	return NULL;
}

/* The next blank- or comma-separated word of a list; NULL: no more. */
static char *
next_name(const char **list)
{
	size_t	 len;
	char	*name;

	*list += strspn(*list, " ,");
	if ((len = strcspn(*list, " ,")) == 0)
		return NULL;
	name = xstrndup(*list, len);
	*list += len;
	return name;
}

bool
devices_single(const struct unit *unit)
{
	const char	*list = unit_option(unit, "ups");
	char		*first, *second;
	bool		 one;

	if (list == NULL)
		return false;
	first = next_name(&list);
	second = next_name(&list);
	one = first != NULL && second == NULL;
	free(first);
	free(second);
	return one;
}

void
devices_name(struct nut *n)
{
	const char	*list = unit_option(n->unit, "ups");
	char		*name;

	if (list == NULL)
		return;
	while (n->n < DEVICES_MAX && (name = next_name(&list)) != NULL) {
		if (strlen(name) <= REMOTE_NAME_MAX && find_remote(n, name) == NULL)
			add_remote(n, name)->own = devices_single(n->unit);
		free(name);
	}
	n->named = n->n > 0;
}

/* -- which devices there are ---------------------------------------------------------------------- */

static bool
ups_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	struct remote	*r;
	size_t		 count = line_split(line, len, words, REMOTE_WORDS);

	if (count < 2 || strcmp(words[0], "UPS") != 0 ||
	    strlen(words[1]) > REMOTE_NAME_MAX)
		return false;
	if ((r = find_remote(n, words[1])) == NULL && n->n < DEVICES_MAX) {
		r = add_remote(n, words[1]);
		r->want_traits = r->want_values = true;
	}
	if (r == NULL)
		return true;
	r->listed = true;
	remote_describe(r, count > 2 ? words[2] : "");
	return true;
}

/* What went while there was no connection is known to the host alone. */
static void
remember_former(struct nut *n)
{
	const char	*name;

	for (name = unit_next_device(n->unit, NULL); name != NULL; name = unit_next_device(n->unit, name))
		if (find_remote(n, name) == NULL)
			add_remote(n, name)->gone = true;
}

static bool
ups_end(struct nut *n, struct errand *e, const char *error)
{
	size_t	 i;

	if (error != NULL) {
		n->why = xasprintf("the server does not list its devices: %s", error);
		return true;
	}
	for (i = 0; i < n->n; i++) {
		n->remotes[i]->gone |= !n->remotes[i]->listed;
		n->remotes[i]->listed = false;
		readings_advance(n, n->remotes[i]);
	}
	if (!n->counted)
		remember_former(n);
	n->counted = true;
	return true;
}

static const struct verb list_ups = { "UPS", ups_line, ups_end };

void
devices_remove_gone(struct nut *n)
{
	size_t	 i;

	for (i = n->n; i-- > 0;) {
		if (!n->remotes[i]->gone)
			continue;
		if (devices_choose(n, n->remotes[i]))
			unit_device_gone(n->unit);
		remote_free(n->remotes[i]);
		memmove(&n->remotes[i], &n->remotes[i + 1], (--n->n - i) * sizeof(*n->remotes));
	}
}

void
devices_poll(struct nut *n, bool full)
{
	size_t	 i;

	for (i = 0; i < n->n; i++) {
		n->remotes[i]->want_values = true;
		n->remotes[i]->want_traits = full || !n->remotes[i]->known;
		readings_advance(n, n->remotes[i]);
	}
	if (!n->named && (full || unit_now(n->unit) >= n->list_due)) {
		n->list_due = unit_now(n->unit) + LIST_MS;
		talk_ask(n, &list_ups, 0, "LIST UPS", NULL);
	}
}
