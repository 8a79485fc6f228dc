#ifndef SUBAGENT_ANSWER_H
#define SUBAGENT_ANSWER_H

#include "subagent/pdu.h"
#include "subagent/tree.h"

/*
 * Answers a master's request from the tree: Get, GetNext, GetBulk and the four
 * of a SET (RFC 2741 7.2).  Pure: a PDU in, at most one Response out.  Objects
 * are read-only so far, so no TestSet is ever accepted, and there is nothing
 * to commit or undo.
 */
void	answer(struct tree *, const struct tree_clock *, const struct pdu *, struct buf *out);

#endif
