/* A tree of plain numbers: tree_get() and tree_next() for tests. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "test/fake_tree.h"

#define LEN	(FAKE_ROOT_LEN + 2)

struct tree {
	unsigned	 columns;
	size_t		 n;
	struct object	*objects;
	uint32_t	(*ids)[LEN];
};

struct tree *
fake_tree_new(unsigned columns, unsigned rows)
{
	static const uint32_t root[] = { FAKE_ROOT };
	struct tree *tree = xcalloc(1, sizeof *tree);

	tree->columns = columns;
	tree->ids = xcalloc((size_t)columns * rows, sizeof *tree->ids);
	tree->objects = xcalloc((size_t)columns * rows, sizeof *tree->objects);
	for (uint32_t column = 1; column <= columns; column++)
		for (uint32_t row = 1; row <= rows; row++) {
			uint32_t *ids = tree->ids[tree->n];

			memcpy(ids, root, sizeof root);
			ids[FAKE_ROOT_LEN] = column;
			ids[FAKE_ROOT_LEN + 1] = row;
			tree->objects[tree->n++] = (struct object){
				.oid = { ids, LEN }, .type = OBJECT_INTEGER, .number = column * 1000 + row,
			};
		}
	return tree;
}

void
fake_tree_free(struct tree *tree)
{
	free(tree->objects);
	free(tree->ids);
	free(tree);
}

/* The first object at oid or after it. */
static size_t
seek(const struct tree *tree, struct oid oid)
{
	size_t low = 0, high = tree->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (oid_compare(tree->objects[middle].oid, oid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
tree_get(struct tree *tree, const char *context, size_t len, struct oid oid, const struct tree_clock *clock,
    struct object *object)
{
	static const uint32_t root[] = { FAKE_ROOT };
	size_t at = seek(tree, oid);

	if (at < tree->n && oid_compare(tree->objects[at].oid, oid) == 0) {
		*object = tree->objects[at];
		return true;
	}
	*object = (struct object){ .type = OBJECT_NO_SUCH_OBJECT };
	if (oid.len > FAKE_ROOT_LEN && oid_below((struct oid){ root, FAKE_ROOT_LEN }, oid) &&
	    oid.ids[FAKE_ROOT_LEN] >= 1 && oid.ids[FAKE_ROOT_LEN] <= tree->columns)
		object->type = OBJECT_NO_SUCH_INSTANCE;
	return false;
}

bool
tree_next(struct tree *tree, const char *context, size_t len, struct oid oid, bool include, struct oid end,
    const struct tree_clock *clock, struct object *object)
{
	size_t at = seek(tree, oid);

	if (!include && at < tree->n && oid_compare(tree->objects[at].oid, oid) == 0)
		at++;
	if (at == tree->n || (end.len > 0 && oid_compare(tree->objects[at].oid, end) >= 0))
		return false;
	*object = tree->objects[at];
	return true;
}
