#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "core/mem.h"
#include "nutproto/tracking.h"

struct tracking {
	TAILQ_ENTRY(tracking)	 entry;
	char			 id[TRACKING_ID_MAX];
	char			*user;
	int64_t			 made;
	struct pending		*pending;
	bool			 ended;
	enum result		 result;
};

struct trackings {
	struct loop		*loop;
	struct timer		*expiry;
	TAILQ_HEAD(tracking_list, tracking) list;	/* the oldest first */
	size_t			 n;
};

static void
drop(struct trackings *all, struct tracking *t)
{
	if (!t->ended)
		pending_forget(t->pending);
	TAILQ_REMOVE(&all->list, t, entry);
	all->n--;
	free(t->user);
	free(t);
}

static void
make_room(struct trackings *all)
{
	struct tracking	*t;

	if (all->n < TRACKING_MAX)
		return;
	TAILQ_FOREACH(t, &all->list, entry)
		if (t->ended)
			break;
	drop(all, t != NULL ? t : TAILQ_FIRST(&all->list));
}

static void
on_expiry(void *arg)
{
	struct trackings	*all = arg;
	struct tracking		*t;
	int64_t			 left;

	while ((t = TAILQ_FIRST(&all->list)) != NULL) {
		left = t->made + TRACKING_MS - loop_now(all->loop);
		if (left > 0) {
			timer_set(all->expiry, left);
			return;
		}
		drop(all, t);
	}
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct tracking	*t = arg;

	t->ended = true;
	t->result = result;
	t->pending = NULL;
}

/* RFC 9562, version 4: 122 random bits. */
static void
make_id(char id[TRACKING_ID_MAX])
{
	uint8_t	 b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		abort();	/* as many as this are never cut short */
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(id, TRACKING_ID_MAX,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
	    b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

const char *
tracking_ask(struct trackings *all, struct device *device, const struct ask *ask, const char *user)
{
	struct tracking	*t = xcalloc(1, sizeof(*t));
	struct pending	*pending;

	make_room(all);
	make_id(t->id);
	t->user = xstrdup(user);
	t->made = loop_now(all->loop);
	TAILQ_INSERT_TAIL(&all->list, t, entry);
	if (all->n++ == 0)
		timer_set(all->expiry, TRACKING_MS);
	pending = device_ask(device, ask, on_result, t);
	if (!t->ended)
		t->pending = pending;
	return t->id;
}

const char *
tracking_status(const struct trackings *all, const char *id, const char *user)
{
	/* upsd has UNKNOWN, INVALID-ARGUMENT and FAILED alone; its clients show any, and these say what to do. */
	static const char *const texts[] = {
		[R_DONE] = "SUCCESS", [R_UNKNOWN] = "ERR UNKNOWN",
		[R_INVALID] = "ERR INVALID-ARGUMENT", [R_TOO_LONG] = "ERR INVALID-ARGUMENT",
		[R_READONLY] = "ERR READONLY", [R_DENIED] = "ERR ACCESS-DENIED", [R_CONFIRM] = "ERR ACCESS-DENIED",
		[R_GONE] = "ERR DRIVER-NOT-CONNECTED",
	};
	const struct tracking	*t;

	TAILQ_FOREACH(t, &all->list, entry)
		if (strcasecmp(t->id, id) == 0)
			break;
	if (t == NULL || (user != NULL && strcmp(t->user, user) != 0))
		return "ERR UNKNOWN";
	if (!t->ended)
		return "PENDING";
	return t->result < nitems(texts) && texts[t->result] != NULL ? texts[t->result] : "ERR FAILED";
}

size_t
trackings_count(const struct trackings *all)
{
	return all->n;
}

struct trackings *
trackings_new(struct loop *loop)
{
	struct trackings	*all = xcalloc(1, sizeof(*all));

	all->loop = loop;
	TAILQ_INIT(&all->list);
	all->expiry = timer_new(loop, on_expiry, all);
	return all;
}

void
trackings_free(struct trackings *all)
{
	struct tracking	*t;

	if (all == NULL)
		return;
	while ((t = TAILQ_FIRST(&all->list)) != NULL)
		drop(all, t);
	timer_free(all->expiry);
	free(all);
}
