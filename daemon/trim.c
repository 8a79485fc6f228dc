#include <malloc.h>
#include <stdlib.h>

#include "core/mem.h"
#include "daemon/trim.h"

#define SOON_MS		4000	/* most devices are known by then */
#define LATE_MS		60000	/* and those that were slow, or away for a moment */

struct trim {
	struct timer	*timer;
	bool		 again;
};

static void
on_timer(void *arg)
{
	struct trim	*t = arg;

	malloc_trim(0);
	if (t->again)
		timer_set(t->timer, LATE_MS);
	t->again = false;
}

struct trim *
trim_new(struct loop *loop)
{
	struct trim	*t = xcalloc(1, sizeof(*t));

	t->timer = timer_new(loop, on_timer, t);
	return t;
}

void
trim_free(struct trim *t)
{
	if (t == NULL)
		return;
	timer_free(t->timer);
	free(t);
}

void
trim_later(struct trim *t)
{
	t->again = true;
	timer_set(t->timer, SOON_MS);
}
