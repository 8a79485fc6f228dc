#include <stdlib.h>
#include <string.h>

#include "bus/varbinds.h"
#include "core/mem.h"

#define BLOCK_SIZE	4096

struct block {
	struct block	*next;
	size_t		 room, used;
	_Alignas(uint32_t) uint8_t bytes[];
};

/* Aligned for OIDs; never moves. */
static void *
take(struct varbinds *v, size_t size)
{
	struct block	*b = v->blocks;
	void		*p;

	size = (size + 3) & ~(size_t)3;
	if (b == NULL || b->room - b->used < size) {
		size_t	room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = xmalloc(sizeof(*b) + room);
		*b = (struct block){ .next = v->blocks, .room = room };
		v->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	v->used += size;
	return p;
}

struct oid
varbinds_keep_oid(struct varbinds *v, struct oid oid)
{
	uint32_t	*ids;

	if (oid.len == 0)
		return (struct oid){ NULL, 0 };
	ids = take(v, oid.len * sizeof(*ids));
	memcpy(ids, oid.ids, oid.len * sizeof(*ids));
	return (struct oid){ ids, oid.len };
}

struct varbind
varbinds_keep(struct varbinds *v, const struct varbind *from)
{
	struct varbind	 to = *from;
	uint8_t		*bytes;

	to.oid = varbinds_keep_oid(v, from->oid);
	to.ref = from->type == VB_OID ? varbinds_keep_oid(v, from->ref) : (struct oid){ NULL, 0 };
	if (from->type != VB_OCTETS && from->type != VB_ADDRESS) {
		to.bytes = NULL;
		to.len = 0;
		return to;
	}
	bytes = take(v, from->len + 1);
	if (from->len > 0)
		memcpy(bytes, from->bytes, from->len);
	bytes[from->len] = '\0';
	to.bytes = bytes;
	return to;
}

struct varbind *
varbinds_add(struct varbinds *v, const struct varbind *from)
{
	v->at = array_room(v->at, v->n, &v->room, sizeof(*v->at));
	v->at[v->n] = varbinds_keep(v, from);
	return &v->at[v->n++];
}

void
varbinds_free(struct varbinds *v)
{
	struct block	*b;

	while ((b = v->blocks) != NULL) {
		v->blocks = b->next;
		free(b);
	}
	free(v->at);
	*v = (struct varbinds){ 0 };
}
