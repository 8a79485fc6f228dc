#ifndef TEST_UNIT_ELAPSE_H
#define TEST_UNIT_ELAPSE_H

#include <stdbool.h>

#include "core/loop.h"

static inline void
elapse_over(void *arg)
{
	*(bool *)arg = true;
}

/* Turns the loop until exactly that much of its time has passed. */
static inline void
elapse(struct loop *loop, int64_t ms)
{
	bool		 over = false;
	struct timer	*end = timer_new(loop, elapse_over, &over);

	timer_set(end, ms);
	while (!over)
		loop_once(loop, 0);
	timer_free(end);
}

#endif
