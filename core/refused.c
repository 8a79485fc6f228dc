#include <inttypes.h>

#include "core/mem.h"
#include "core/refused.h"

bool
refused_note(struct refused *r, int64_t now)
{
	r->n++;
	if (r->quiet_until != 0 && now < r->quiet_until) {
		r->untold++;
		return false;
	}
	r->quiet_until = now + REFUSED_QUIET_MS;
	return true;
}

char *
refused_more(struct refused *r)
{
	char	*text = r->untold == 0 ? xstrdup("") : xasprintf(", and %" PRIu64 " more before", r->untold);

	r->untold = 0;
	return text;
}
