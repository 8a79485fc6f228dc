#ifndef TEST_UNIT_KNOWLEDGE_H
#define TEST_UNIT_KNOWLEDGE_H

#include "core/host.h"

/*
 * The shipped profiles, read once in a process however many stages it has: a
 * fuzz target has thousands.  Lent in the place of host_learn(), and taken
 * back before host_free().
 */
void	knowledge_lend(struct host *);
void	knowledge_take_back(struct host *);

#endif
