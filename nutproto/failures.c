#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "nutproto/failures.h"

struct failure {
	struct origin	 origin;
	uint64_t	 user;
	int64_t		 last;		/* when */
	int64_t		 delay;		/* that the last one cost; 0: the entry is free */
};

struct failures {
	struct failure	 at[FAILURES_MAX];
	bool		 any;		/* was ever noted: there may be something to clear */
};

/* RFC 4291, 2.5.5.2: how a v6 socket shows a v4 client. */
static const uint8_t	mapped[12] = { [10] = 0xff, [11] = 0xff };

struct origin
origin_of(const uint8_t *address, int v6)
{
	struct origin	 o = {{0}};

	if (!v6) {
		memcpy(o.at, mapped, sizeof(mapped));
		memcpy(o.at + sizeof(mapped), address, 4);
	} else if (memcmp(address, mapped, sizeof(mapped)) == 0) {
		memcpy(o.at, address, sizeof(o.at));
	} else {
		memcpy(o.at, address, 8);
	}
	return o;
}

struct failures *
failures_new(void)
{
	return xcalloc(1, sizeof(struct failures));
}

void
failures_free(struct failures *f)
{
	free(f);
}

static bool
is_of(const struct failure *e, struct origin origin, uint64_t user)
{
	return e->delay > 0 && e->user == user && memcmp(&e->origin, &origin, sizeof(origin)) == 0;
}

/* The entry of the pair, or a free one, or the oldest, emptied. */
static struct failure *
entry_for(struct failures *f, struct origin origin, uint64_t user)
{
	struct failure	*e, *oldest = f->at;

	for (e = f->at; e < f->at + FAILURES_MAX; e++) {
		if (is_of(e, origin, user))
			return e;
		if (oldest->delay > 0 && (e->delay == 0 || e->last < oldest->last))
			oldest = e;
	}
	*oldest = (struct failure){ .origin = origin, .user = user };
	return oldest;
}

int64_t
failures_note(struct failures *f, struct origin origin, uint64_t user, int64_t now)
{
	struct failure	*e = entry_for(f, origin, user);

	if (e->delay == 0 || now - e->last >= FAILURES_FORGET_MS)
		e->delay = FAILURES_FIRST_MS;
	else if (e->delay < FAILURES_MOST_MS)
		e->delay *= 2;
	e->last = now;
	f->any = true;
	return e->delay;
}

void
failures_clear(struct failures *f, struct origin origin, uint64_t user)
{
	struct failure	*e;

	for (e = f->at; f->any && e < f->at + FAILURES_MAX; e++)
		if (is_of(e, origin, user))
			e->delay = 0;
}
