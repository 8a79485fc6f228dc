#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "nutproto/crowd.h"

#define SLOTS	1024	/* a power of two */

struct place {
	struct place	*next;
	struct from	 from;
	size_t		 n;
};

struct crowd {
	struct place	*slots[SLOTS];
};

static size_t
significant(const struct from *from)
{
	return from->v6 ? 8 : 4;
}

bool
crowd_same(const struct from *a, const struct from *b)
{
	return a->v6 == b->v6 && memcmp(a->address, b->address, significant(a)) == 0;
}

/* Where the pointer to its place is, or would be. */
static struct place **
find(const struct crowd *c, const struct from *from)
{
	uint32_t	 h = 2166136261u + from->v6;
	struct place	*const *at;
	size_t		 i;

	for (i = 0; i < significant(from); i++)
		h = (h ^ from->address[i]) * 16777619u;
	for (at = &c->slots[(h ^ h >> 16) & (SLOTS - 1)]; *at != NULL; at = &(*at)->next)
		if (crowd_same(&(*at)->from, from))
			break;
	return (struct place **)(uintptr_t)at;
}

void
crowd_join(struct crowd *c, const struct from *from)
{
	struct place	**at = find(c, from);

	if (*at == NULL) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->from = *from;
	}
	(*at)->n++;
}

void
crowd_leave(struct crowd *c, const struct from *from)
{
	struct place	**at = find(c, from), *place = *at;

	if (--place->n > 0)
		return;
	*at = place->next;
	free(place);
}

size_t
crowd_count(const struct crowd *c, const struct from *from)
{
	const struct place	*place = *find(c, from);

	return place == NULL ? 0 : place->n;
}

struct crowd *
crowd_new(void)
{
	return xcalloc(1, sizeof(struct crowd));
}

void
crowd_free(struct crowd *c)
{
	free(c);
}
