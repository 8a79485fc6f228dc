#include "core/driver.h"
#include "core/mem.h"
#include "daemon/facts.h"

struct driver_facts *
facts_of_drivers(void)
{
	struct driver_facts	*facts;
	size_t			 i, n = 0;

	while (drivers[n] != NULL)
		n++;
	facts = xcalloc(n + 1, sizeof(*facts));
	for (i = 0; i < n; i++)
		facts[i] = (struct driver_facts){ .name = drivers[i]->name, .poll_ms = drivers[i]->poll_ms,
		    .poll_full_ms = drivers[i]->poll_full_ms, .options = drivers[i]->options };
	return facts;
}
