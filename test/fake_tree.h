#ifndef TEST_FAKE_TREE_H
#define TEST_FAKE_TREE_H

#include "subagent/tree.h"

/*
 * A tree of plain numbers in place of the real one, to test what stands in
 * front of it: objects FAKE_ROOT.COLUMN.ROW, columns and rows from 1, each
 * COLUMN * 1000 + ROW, and the same ones in every context.  The type of an
 * object that is not there is known when its column is.
 */
#define FAKE_ROOT	1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 1
#define FAKE_ROOT_LEN	10

struct tree	*fake_tree_new(unsigned columns, unsigned rows);
void		 fake_tree_free(struct tree *);

#endif
