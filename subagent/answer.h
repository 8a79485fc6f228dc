#ifndef SUBAGENT_ANSWER_H
#define SUBAGENT_ANSWER_H

#include "subagent/pdu.h"
#include "subagent/tree.h"

/*
 * Answers a master's request to read from the tree: Get, GetNext and GetBulk;
 * everything else is a parseError.  Pure: a PDU in, one Response out.  SETs
 * are those of subagent/set.h.
 */
void	answer(struct tree *, const struct tree_clock *, const struct pdu *, struct buf *out);

#endif
