#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bus/replayfile.h"
#include "bus/replayhid.h"
#include "bus/reports.h"
#include "core/mem.h"

struct replay_ask {
	STAILQ_ENTRY(replay_ask)	 entry;
	enum hid_heard			 what;
	uint8_t				 number;
	bool				 written;
	hid_fn				*fn;
	void				*arg;
};

struct replay_hid {
	struct hid		 hid;		/* first, so that one is the other */
	struct loop		*loop;
	struct reports		*reports;
	struct hid_identity	 identity;
	STAILQ_HEAD(, replay_ask) asks;
	struct timer		*open, *answer, *push;
	int64_t			 opened;
	size_t			 next;		/* of what it sends by itself */
	hid_fn			*listener;
	void			*listener_arg;
	void			(*changed)(void *, bool, const char *);
	void			*arg;
};

static int64_t
since(const struct replay_hid *r)
{
	return loop_now(r->loop) - r->opened;
}

/* -- what is asked for ------------------------------------------------------------------- */

/* Of none, too, there is something to point to. */
static const uint8_t *
bytes_of(const struct reports_event *e)
{
	return e->bytes.len > 0 ? buf_bytes(&e->bytes) : (const uint8_t *)"";
}

static void
tell(const struct replay_ask *a, const struct reports_event *e)
{
	if (a->written)
		a->fn(a->arg, R_FAILED, "a recording takes nothing", NULL, 0);
	else if (e == NULL || !e->there)
		a->fn(a->arg, R_UNKNOWN, "the device has none", NULL, 0);
	else
		a->fn(a->arg, R_DONE, NULL, bytes_of(e), e->bytes.len);
}

/* One a turn: whoever is told may ask again, or close the wire. */
static void
on_answer(void *arg)
{
	struct replay_hid	*r = arg;
	struct replay_ask	*a = STAILQ_FIRST(&r->asks);
	const struct reports_event *e = reports_find(r->reports, a->what, a->number, since(r));

	STAILQ_REMOVE_HEAD(&r->asks, entry);
	if (!STAILQ_EMPTY(&r->asks))
		timer_set(r->answer, 0);
	tell(a, e);
	free(a);
}

static void
ask(struct hid *hid, enum hid_heard what, uint8_t number, bool written, hid_fn *fn, void *arg)
{
	struct replay_hid	*r = (struct replay_hid *)hid;
	struct replay_ask	*a = xcalloc(1, sizeof(*a));

	*a = (struct replay_ask){ .what = what, .number = number, .written = written, .fn = fn, .arg = arg };
	STAILQ_INSERT_TAIL(&r->asks, a, entry);
	timer_set(r->answer, 0);
}

static void
get_feature(struct hid *hid, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	ask(hid, HID_FEATURE, report, false, fn, arg);
}

static void
set_feature(struct hid *hid, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn,
    void *arg)
{
	ask(hid, HID_FEATURE, report, true, fn, arg);
}

static void
get_string(struct hid *hid, uint8_t index, hid_fn *fn, void *arg)
{
	ask(hid, HID_STRING, index, false, fn, arg);
}

/* -- what it sends by itself ------------------------------------------------------------------ */

static void
plan_push(struct replay_hid *r)
{
	const struct reports	*all = r->reports;

	while (r->next < all->n && all->events[r->next].what != HID_INPUT)
		r->next++;
	if (r->next < all->n)
		timer_set(r->push, all->events[r->next].at > since(r) ? all->events[r->next].at - since(r) : 0);
}

static void
on_push(void *arg)
{
	struct replay_hid		*r = arg;
	const struct reports_event	*e = &r->reports->events[r->next++];

	plan_push(r);
	if (r->listener != NULL)
		r->listener(r->listener_arg, R_DONE, NULL, bytes_of(e), e->bytes.len);
}

static void
listen_to(struct hid *hid, size_t longest, hid_fn *fn, void *arg)
{
	struct replay_hid	*r = (struct replay_hid *)hid;

	r->listener = fn;
	r->listener_arg = arg;
}

/* -- what it is ---------------------------------------------------------------------------------- */

static const struct hid_identity *
identity(const struct hid *hid)
{
	return &((const struct replay_hid *)hid)->identity;
}

static const uint8_t *
descriptor(const struct hid *hid, size_t *len)
{
	const struct reports	*all = ((const struct replay_hid *)hid)->reports;

	*len = all->descriptor.len;
	return buf_bytes(&all->descriptor);
}

static const struct hid_ops	ops = {
	.identity = identity, .descriptor = descriptor, .get_feature = get_feature, .set_feature = set_feature,
	.get_string = get_string, .listen = listen_to,
};

/* -- the backend --------------------------------------------------------------------------------- */

static void
on_open(void *arg)
{
	struct replay_hid	*r = arg;

	r->opened = loop_now(r->loop);
	r->next = 0;
	plan_push(r);
	r->changed(r->arg, true, NULL);
}

static struct reports *
read_reports(const char *port, char **why)
{
	struct buf	 text = { 0 };
	struct reports	*reports = NULL;
	char		*mistake = NULL;

	if (!replayfile_read(port, &text, why))
		return NULL;
	if ((reports = reports_parse(buf_text(&text), text.len, &mistake)) == NULL)
		*why = xasprintf("%s: %s", port, mistake);
	free(mistake);
	buf_free(&text);
	return reports;
}

static char *
replay_check(const struct device_settings *settings, const struct driver *driver)
{
	char	*why = NULL;

	reports_free(read_reports(settings->port, &why));
	return why;
}

static void *
replay_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct reports		*all = read_reports(settings->port, why);
	struct replay_hid	*r;

	if (all == NULL)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	*r = (struct replay_hid){ .hid.ops = &ops, .loop = loop, .reports = all, .changed = changed, .arg = arg };
	r->identity = (struct hid_identity){ .vendor = all->vendor, .product = all->product, .release = all->release,
	    .maker = all->maker, .model = all->model, .serial = all->serial, .place = all->place };
	STAILQ_INIT(&r->asks);
	r->open = timer_new(loop, on_open, r);
	r->answer = timer_new(loop, on_answer, r);
	r->push = timer_new(loop, on_push, r);
	timer_set(r->open, 0);
	return r;
}

static void
replay_forget(void *handle)
{
	struct replay_hid	*r = handle;
	struct replay_ask	*a;

	while ((a = STAILQ_FIRST(&r->asks)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->asks, entry);
		free(a);
	}
	timer_stop(r->answer);
	r->listener = NULL;
}

static void
replay_close(void *handle)
{
	struct replay_hid	*r = handle;

	replay_forget(r);
	timer_free(r->open);
	timer_free(r->answer);
	timer_free(r->push);
	reports_free(r->reports);
	free(r);
}

const struct wire_backend replay_hid_wire = {
	.wire = WIRE_HID,
	.name = "replay",
	.means = replayfile_is,
	.open = replay_open,
	.check = replay_check,
	.forget = replay_forget,
	.close = replay_close,
};
