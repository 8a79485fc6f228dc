/*
 * The contexts of a session.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "subagent/places.h"

/* Where the name is in sorted[], or belongs. */
static size_t
find(const struct places *places, const char *name, bool *found)
{
	size_t low = 0, high = places->n;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(places->at[places->sorted[middle]].name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* There is room for it. */
static void
insert(struct places *places, size_t position, struct place place)
{
	memmove(places->sorted + position + 1, places->sorted + position,
	    (places->n - position) * sizeof *places->sorted);
	places->sorted[position] = places->n;
	places->at[places->n++] = place;
}

bool
places_want(struct places *places, const char *name, size_t max)
{
	bool found;
	size_t position = find(places, name, &found);

	if (found && places->at[places->sorted[position]].wanted)
		return true;
	if (places->nwanted >= max)
		return false;
	places->nwanted++;
	if (found) {
		places->at[places->sorted[position]].wanted = true;
		return true;
	}
	places->at = array_room(places->at, places->n, &places->room, sizeof *places->at);
	places->sorted = array_room(places->sorted, places->n, &places->sorted_room, sizeof *places->sorted);
	insert(places, position, (struct place){ .name = xstrdup(name), .wanted = true });
	return true;
}

void
places_want_none(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		places->at[i].wanted = false;
	places->nwanted = 0;
}

void
places_prune(struct places *places)
{
	size_t n = places->n;
	bool found;

	places->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct place place = places->at[i];

		if (place.wanted)
			insert(places, find(places, place.name, &found), place);
		else
			free(place.name);
	}
}

void
places_free(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		free(places->at[i].name);
	free(places->at);
	free(places->sorted);
	*places = (struct places){ 0 };
}
