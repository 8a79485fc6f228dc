#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "drivers/usbhid/usbhid.h"
#include "hid_stage.h"
#include "test/unit/elapse.h"
#include "test/unit/knowledge.h"

#define QUEUE_MAX	16

struct question {
	enum { GET, SET, STRING } kind;
	uint8_t		 number;
	uint8_t		 bytes[STAGE_REPORT_MAX];
	size_t		 len;
	hid_fn		*fn;
	void		*arg;
};

/* The wire: what the backend would be. */
struct hid {
	struct stage	*stage;
	struct timer	*turn, *later;
	struct question	 queue[QUEUE_MAX];
	size_t		 n;
	hid_fn		*listener;
	void		*listener_arg;
	bool		 up;
	void		(*changed)(void *, bool, const char *);
	void		*arg;
};

static struct stage	*opening;
static struct hid	*open_wire;

const struct hid_identity *
hid_identity(const struct hid *h)
{
	return &h->stage->id;
}

const uint8_t *
hid_descriptor(const struct hid *h, size_t *len)
{
	*len = h->stage->descriptor_len;
	return h->stage->descriptor;
}

static struct question *
ask(struct hid *h, int kind, uint8_t number, hid_fn *fn, void *arg)
{
	struct question	*q = &h->queue[h->n];

	if (h->n++ == QUEUE_MAX)
		abort();
	*q = (struct question){ .kind = (unsigned)kind, .number = number, .fn = fn, .arg = arg };
	if (!timer_running(h->turn))
		timer_set(h->turn, 0);
	return q;
}

void
hid_get_feature(struct hid *h, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	ask(h, GET, report, fn, arg);
}

void
hid_set_feature(struct hid *h, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn,
    void *arg)
{
	struct stage	*s = h->stage;
	struct question	*q = ask(h, SET, report, fn, arg);

	if (len > sizeof(q->bytes))
		abort();
	memcpy(q->bytes, bytes, len);
	q->len = len;
	if (s->nwritten < nitems(s->written)) {
		s->rests[s->nwritten] = pause_ms;
		s->written[s->nwritten++] = report;
	}
}

void
hid_get_string(struct hid *h, uint8_t index, hid_fn *fn, void *arg)
{
	ask(h, STRING, index, fn, arg);
}

void
hid_listen(struct hid *h, size_t longest, hid_fn *fn, void *arg)
{
	h->listener = fn;
	h->listener_arg = arg;
}

static void
answer(struct hid *h, struct question *q)
{
	struct stage		*s = h->stage;
	struct stage_report	*r = &s->features[q->number];
	char			*text = s->texts[q->number];

	if (s->fault != R_DONE)
		q->fn(q->arg, s->fault, NULL, NULL, 0);
	else if (q->kind == STRING) {
		s->strings_read++;
		q->fn(q->arg, *text == '\0' ? R_UNKNOWN : R_DONE, NULL, (const uint8_t *)text, strlen(text));
	} else if (r->len == 0)
		q->fn(q->arg, R_UNKNOWN, NULL, NULL, 0);
	else if (q->kind == GET) {
		r->reads++;
		q->fn(q->arg, R_DONE, NULL, r->bytes, r->len);
	} else {
		r->writes++;
		memcpy(r->bytes, q->bytes, q->len);
		q->fn(q->arg, R_DONE, NULL, NULL, 0);
	}
}

static void
on_turn(void *arg)
{
	struct hid	*h = arg;
	struct question	 q;

	if (!h->up) {
		h->up = true;
		h->stage->wires++;
		h->changed(h->arg, true, NULL);
		return;
	}
	if (h->n == 0)
		return;
	q = h->queue[0];
	memmove(h->queue, h->queue + 1, --h->n * sizeof(*h->queue));
	if (h->n > 0)
		timer_set(h->turn, 0);
	answer(h, &q);
}

static void *
backend_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct hid	*h = xcalloc(1, sizeof(*h));

	h->stage = opening;
	h->changed = changed;
	h->arg = arg;
	h->turn = timer_new(loop, on_turn, h);
	timer_set(h->turn, 0);
	return open_wire = h;
}

static void
backend_forget(void *handle)
{
	struct hid	*h = handle;

	h->n = 0;
	h->listener = NULL;
}

static void
backend_close(void *handle)
{
	struct hid	*h = handle;

	timer_free(h->turn);
	free(h);
	open_wire = NULL;
}

static const struct wire_backend backend = {
	.wire = WIRE_HID, .name = "test", .open = backend_open, .forget = backend_forget, .close = backend_close,
};
static const struct wire_backend *const backends[] = { &backend, NULL };
static const struct driver *const on_stage[] = { &usbhid_driver, NULL };

static void
no_log(enum log_level level, const char *line, void *arg)
{
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "%s\n", line);
}

struct stage *
stage_new(void)
{
	struct stage	*s = xcalloc(1, sizeof(*s));

	log_to(no_log, NULL);
	s->loop = loop_new_virtual();
	s->model = model_new();
	s->host = host_new(s->loop, s->model, on_stage, backends);
	knowledge_lend(s->host);
	return s;
}

void
stage_begin(struct stage *s, const char *conf)
{
	struct driver_facts	 facts[] = { { usbhid_driver.name, usbhid_driver.poll_ms, usbhid_driver.poll_full_ms,
				    usbhid_driver.options }, { 0 } };
	struct conf_errors	 errors = { 0 };
	char			*text = xasprintf("device ups { driver = usbhid\n port = auto\n%s }", conf);

	opening = s;
	s->settings = settings_parse("test", text, strlen(text), facts, &errors);
	if (s->settings == NULL)
		abort();
	free(text);
	host_apply(s->host, s->settings);
}

void
stage_free(struct stage *s)
{
	knowledge_take_back(s->host);
	host_free(s->host);
	model_free(s->model);
	settings_free(s->settings);
	loop_free(s->loop);
	free((void *)(uintptr_t)s->id.maker);
	free((void *)(uintptr_t)s->id.model);
	free((void *)(uintptr_t)s->id.serial);
	free(s);
	log_to(NULL, NULL);
}

void
stage_run(struct stage *s, int64_t ms)
{
	elapse(s->loop, ms);
}

void
stage_unplug(struct stage *s)
{
	struct hid	*h = open_wire;

	h->up = false;
	h->n = 0;
	timer_stop(h->turn);
	h->changed(h->arg, false, "unplugged");
}

void
stage_plug(struct stage *s)
{
	timer_set(open_wire->turn, 0);
}

void
stage_push(struct stage *s, const void *bytes, size_t len)
{
	struct hid	*h = open_wire;

	if (h->listener != NULL)
		h->listener(h->listener_arg, R_DONE, NULL, bytes, len);
}

static struct device *
device(const struct stage *s)
{
	return model_find(s->model, "ups", 3);
}

int
stage_state(const struct stage *s)
{
	return (int)device_state(device(s));
}

const char *
stage_value(const struct stage *s, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(device(s)), var_intern(name));

	return v == NULL ? "(absent)" : value_text(v, room);
}

bool
stage_can(const struct stage *s, const char *command)
{
	return traits_can(device_traits(device(s)), var_intern(command));
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	*(int *)arg = (int)result;
}

enum result
stage_ask(struct stage *s, enum request_kind kind, const char *name, const char *value)
{
	struct ask	ask_for = { .kind = kind, .name = var_intern(name), .value = value, .origin = "test" };
	int		result = -1, turns;

	device_ask(device(s), &ask_for, on_result, &result);
	for (turns = 0; result == -1 && turns < 100; turns++)
		stage_run(s, 100);
	return (enum result)result;
}

/* -- device files -------------------------------------------------------------------- */

static size_t
read_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t		n = 0;
	unsigned	byte;
	int		used;

	for (; n < room && sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
		bytes[n++] = (uint8_t)byte;
	return n;
}

static void
load_line(struct stage *s, char *line)
{
	struct stage_report	 r = { .len = 0 };
	unsigned		 n;
	int			 used = 0;

	line[strcspn(line, "\r\n")] = '\0';
	if (sscanf(line, "vid %x", &n) == 1)
		s->id.vendor = (uint16_t)n;
	else if (sscanf(line, "pid %x", &n) == 1)
		s->id.product = (uint16_t)n;
	else if (sscanf(line, "bcd %x", &n) == 1)
		s->id.release = (uint16_t)n;
	else if (sscanf(line, "str %u %n", &n, &used) == 1 && used > 0 && n < 256)
		snprintf(s->texts[n], sizeof(s->texts[n]), "%s", line + used);
	else if (strncmp(line, "desc ", 5) == 0)
		s->descriptor_len += read_hex(line + 5, s->descriptor + s->descriptor_len,
		    sizeof(s->descriptor) - s->descriptor_len);
	else if (sscanf(line, "feature %x%n", &n, &used) == 1 && n < 256) {
		r.len = read_hex(line + used, r.bytes, sizeof(r.bytes));
		s->features[n] = r;
	} else if (sscanf(line, "imanufacturer %u", &n) == 1 && n > 0)
		s->id.maker = (const char *)(uintptr_t)n;
	else if (sscanf(line, "iproduct %u", &n) == 1 && n > 0)
		s->id.model = (const char *)(uintptr_t)n;
	else if (sscanf(line, "iserial %u", &n) == 1 && n > 0)
		s->id.serial = (const char *)(uintptr_t)n;
}

/* The number of a string, where load_line() left it, as the string. */
static const char *
resolved(const struct stage *s, const char *number)
{
	uintptr_t	n = (uintptr_t)number;

	return n == 0 || n > 255 || s->texts[n][0] == '\0' ? NULL : xstrdup(s->texts[n]);
}

bool
stage_load(struct stage *s, const char *name)
{
	const char	*shared = getenv("SHARED");
	char		*path = xasprintf("%s/emulation/usb/devices/%s.ups", shared == NULL ? "../shared" : shared, name);
	char		 line[2048];
	FILE		*f = fopen(path, "r");

	free(path);
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		load_line(s, line);
	fclose(f);
	s->id.maker = resolved(s, s->id.maker);
	s->id.model = resolved(s, s->id.model);
	s->id.serial = resolved(s, s->id.serial);
	s->id.place = "1-1";
	return true;
}
