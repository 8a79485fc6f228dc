#include <stdlib.h>
#include <sys/queue.h>

#include "core/hidwire.h"
#include "core/mem.h"

/* One who asked or listens, while somebody overhears: goes when that ends, since answers may never come. */
struct overheard {
	SLIST_ENTRY(overheard)	 entry;
	enum hid_heard		 what;
	uint8_t			 number;
	hid_fn			*fn;
	void			*arg;
};

static const struct hid_ear		*ear;
static void				*ear_arg;
static SLIST_HEAD(, overheard)		 all = SLIST_HEAD_INITIALIZER(all);

void
hid_overhear(const struct hid_ear *who, void *arg)
{
	struct overheard	*o;

	ear = who;
	ear_arg = arg;
	while (who == NULL && (o = SLIST_FIRST(&all)) != NULL) {
		SLIST_REMOVE_HEAD(&all, entry);
		free(o);
	}
}

static void
on_answer(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct overheard	*o = arg;

	if (ear != NULL && (result == R_DONE || result == R_UNKNOWN))
		ear->heard(ear_arg, o->what, o->number, result == R_DONE ? bytes : NULL, len);
	o->fn(o->arg, result, detail, bytes, len);
}

/* Puts itself in between, if anybody overhears. */
static void
between(enum hid_heard what, uint8_t number, hid_fn **fn, void **arg)
{
	struct overheard	*o;

	if (ear == NULL || *fn == NULL)
		return;
	o = xcalloc(1, sizeof(*o));
	*o = (struct overheard){ .what = what, .number = number, .fn = *fn, .arg = *arg };
	SLIST_INSERT_HEAD(&all, o, entry);
	*fn = on_answer;
	*arg = o;
}

const struct hid_identity *
hid_identity(const struct hid *h)
{
	return h->ops->identity(h);
}

const uint8_t *
hid_descriptor(const struct hid *h, size_t *len)
{
	if (ear != NULL)
		ear->device(ear_arg, h);
	return h->ops->descriptor(h, len);
}

void
hid_get_feature(struct hid *h, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	between(HID_FEATURE, report, &fn, &arg);
	h->ops->get_feature(h, report, len, fn, arg);
}

void
hid_set_feature(struct hid *h, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn,
    void *arg)
{
	h->ops->set_feature(h, report, bytes, len, pause_ms, fn, arg);
}

void
hid_get_string(struct hid *h, uint8_t index, hid_fn *fn, void *arg)
{
	between(HID_STRING, index, &fn, &arg);
	h->ops->get_string(h, index, fn, arg);
}

void
hid_listen(struct hid *h, size_t longest, hid_fn *fn, void *arg)
{
	between(HID_INPUT, 0, &fn, &arg);
	h->ops->listen(h, longest, fn, arg);
}
