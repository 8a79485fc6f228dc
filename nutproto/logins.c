/* Who is logged in, and what forced shutdown makes of it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "nutproto/logins.h"
#include "nutproto/session.h"
#include "nutproto/ups.h"

struct logins {
	struct upses	*upses;
	struct timer	*wait;		/* for those who were logged in to the role before us */
	struct timer	*teller;
	enum var	 fsd;
};

/* -- telling ----------------------------------------------------------------------- */

unsigned
logins_count(const struct ups *ups)
{
	const struct login	*l;
	unsigned		 n = 0;

	TAILQ_FOREACH(l, &ups->logins.list, entry)
		n++;
	return n > ups->logins.floor ? n : ups->logins.floor;
}

/* Those who are awaited back were there, and have not read anything from us. */
static void
tell(const struct ups *ups)
{
	const struct login	*l;
	unsigned		 count = 0, old = 0, unread = 0, floor = ups->logins.floor;
	char			 text[64];

	TAILQ_FOREACH(l, &ups->logins.list, entry) {
		count++;
		old += l->old;
		unread += !l->read;
	}
	if (floor > count) {
		old += floor - count;
		unread += floor - count;
		count = floor;
	}
	snprintf(text, sizeof(text), "%u %u %u", count, old, unread);
	device_tell(ups->device, REMARK_LOGINS, text);
}

static void
on_teller(void *arg)
{
	const struct logins	*all = arg;
	struct ups		*ups = NULL;

	while ((ups = upses_next(all->upses, ups)) != NULL) {
		if (!ups->logins.untold)
			continue;
		ups->logins.untold = false;
		tell(ups);
	}
}

/* Not from inside a change of the model: telling makes another. */
static void
tell_soon(struct logins *all, struct ups *ups)
{
	ups->logins.untold = true;
	if (!timer_running(all->teller))
		timer_set(all->teller, 0);
}

/* -- forced shutdown -------------------------------------------------------------------- */

/* It was set, perhaps again: everybody who is there is to hear of it. */
static void
begin_fsd(struct logins *all, struct ups *ups)
{
	struct login	*l;

	TAILQ_FOREACH(l, &ups->logins.list, entry) {
		l->old = true;
		l->read = false;
	}
	tell_soon(all, ups);
}

static void
on_change(const struct change *c, struct ups *ups, void *arg)
{
	struct logins	*all = arg;
	struct login	*l;
	const char	*before = snapshot_text(c->before, all->fsd);
	const char	*now = snapshot_text(c->after, all->fsd);

	if (c->events & EV_REMOVED) {
		while ((l = TAILQ_FIRST(&ups->logins.list)) != NULL) {
			TAILQ_REMOVE(&ups->logins.list, l, entry);
			l->ups = NULL;
			session_end(l->session);
		}
	} else if (now != NULL && (before == NULL || strcmp(before, now) != 0)) {
		begin_fsd(all, ups);
	} else if (now == NULL && before != NULL) {
		ups->logins.floor = 0;
		tell_soon(all, ups);
	}
}

/* Who has not come back by now does not. */
static void
on_wait_over(void *arg)
{
	struct logins	*all = arg;
	struct ups	*ups = NULL;

	while ((ups = upses_next(all->upses, ups)) != NULL) {
		if (ups->logins.floor == 0)
			continue;
		ups->logins.floor = 0;
		tell_soon(all, ups);
	}
}

/* Whether a role before us had logins that a forced shutdown waits for. */
static bool
await_return(const struct logins *all, struct ups *ups)
{
	const struct snapshot	*now = device_now(ups->device);
	const char		*before = snapshot_text(now, var_intern(REMARK_LOGINS));

	if (snapshot_get(now, all->fsd) == NULL || before == NULL)
		return false;
	ups->logins.floor = (unsigned)strtoul(before, NULL, 10);
	return ups->logins.floor > 0;
}

/* -- life ---------------------------------------------------------------------------------- */

struct logins *
logins_new(struct loop *loop, struct upses *upses)
{
	struct logins	*all = xcalloc(1, sizeof(*all));
	struct ups	*ups = NULL;
	bool		 waits = false;

	all->upses = upses;
	all->fsd = var_intern(REMARK_FSD);
	all->wait = timer_new(loop, on_wait_over, all);
	all->teller = timer_new(loop, on_teller, all);
	while ((ups = upses_next(upses, ups)) != NULL) {
		if (await_return(all, ups))
			waits = true;
		else if (snapshot_get(device_now(ups->device), var_intern(REMARK_LOGINS)) != NULL)
			tell_soon(all, ups);	/* nobody is there any more */
	}
	if (waits)
		timer_set(all->wait, LOGINS_RETURN_MS);
	upses_on_change(upses, on_change, all);
	return all;
}

void
logins_free(struct logins *all)
{
	if (all == NULL)
		return;
	upses_on_change(all->upses, NULL, NULL);
	timer_free(all->wait);
	timer_free(all->teller);
	free(all);
}

/* -- one of them ------------------------------------------------------------------------------ */

/* Who comes while others are awaited back is one of them. */
void
login_begin(struct logins *all, struct login *l, struct ups *ups, struct session *session)
{
	*l = (struct login){ .ups = ups, .session = session, .old = ups->logins.floor > 0 };
	TAILQ_INSERT_TAIL(&ups->logins.list, l, entry);
	tell_soon(all, ups);
}

void
login_end(struct logins *all, struct login *l)
{
	struct ups	*ups = l->ups;

	if (ups == NULL)
		return;
	TAILQ_REMOVE(&ups->logins.list, l, entry);
	l->ups = NULL;
	tell_soon(all, ups);
}

void
login_has_read(struct logins *all, struct login *l, const struct ups *ups)
{
	if (l->ups != ups || l->read)
		return;
	l->read = true;
	tell_soon(all, l->ups);
}
