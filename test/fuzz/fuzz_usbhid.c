/*
 * Any device to the driver usbhid: the first byte chooses the profile, two say
 * how long its report descriptor is; behind that come reports (a byte of
 * length, the id, and the rest), those with the highest bit of the length as
 * what the device sends by itself, the others as its feature reports.
 */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "hid_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const profiles[] = {
	"generic", "mge", "apc", "cps", "tripplite", "belkin", "liebert", "powercom", "delta", "ever", "ecoflow", "idowell",
	"legrand", "openups", "powervar", "salicru", "arduino",
};

static const struct { enum request_kind kind; const char *name, *value; } requests[] = {
	{ REQUEST_COMMAND, "load.off.delay", "20" }, { REQUEST_COMMAND, "shutdown.return", NULL },
	{ REQUEST_COMMAND, "test.battery.start.quick", NULL }, { REQUEST_COMMAND, "beeper.toggle", NULL },
	{ REQUEST_SET, "input.transfer.low", "190" }, { REQUEST_SET, "ups.delay.start", "60" },
};

static void
ignore(enum result result, const char *detail, void *arg)
{
}

static void
set_texts(struct stage *s)
{
	size_t	 i;

	s->id = (struct hid_identity){ .vendor = 0x0463, .product = 0xffff, .maker = xstrdup("ACME"), .model = xstrdup("UPS 700"),
	    .place = "1-1" };
	for (i = 1; i < 8; i++)
		strcpy(s->texts[i], i % 2 == 0 ? "PbAc" : "2026/11/27");
}

static void
set_feature(struct stage *s, const uint8_t *bytes, size_t len)
{
	s->features[bytes[0]].len = len;
	memcpy(s->features[bytes[0]].bytes, bytes, len);
}

/* By itself, or by asking: what is left behind the report. */
static const uint8_t *
take_report(struct stage *s, const uint8_t *at, const uint8_t *end, bool pushes)
{
	size_t	 n = at[0] & 0x7f;

	at++;
	if (n == 0 || (size_t)(end - at) < n)
		return end;
	if (pushes && (at[-1] & 0x80) != 0)
		stage_push(s, at, n);
	else if (!pushes && (at[-1] & 0x80) == 0)
		set_feature(s, at, n);
	return at + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t	*at, *end = data + size;
	struct stage	*s;
	char		 conf[64];
	size_t		 i;

	if (size < 3)
		return 0;
	s = stage_new();
	set_texts(s);
	s->descriptor_len = (size_t)data[1] | (size_t)data[2] << 8;
	if (s->descriptor_len > size - 3 || s->descriptor_len > sizeof(s->descriptor))
		s->descriptor_len = size - 3 < sizeof(s->descriptor) ? size - 3 : sizeof(s->descriptor);
	memcpy(s->descriptor, data + 3, s->descriptor_len);
	for (at = data + 3 + s->descriptor_len; at < end; )
		at = take_report(s, at, end, false);
	snprintf(conf, sizeof(conf), "profile = %s", profiles[data[0] % nitems(profiles)]);
	stage_begin(s, conf);
	stage_run(s, 5000);
	for (at = data + 3 + s->descriptor_len; at < end; )
		at = take_report(s, at, end, true);
	stage_run(s, 5000);
	for (i = 0; i < nitems(requests); i++)
		device_ask(model_find(s->model, "ups", 3), &(struct ask){ .kind = requests[i].kind,
		    .name = var_intern(requests[i].name), .value = requests[i].value, .origin = "fuzz" }, ignore, NULL);
	stage_run(s, 40000);
	stage_free(s);
	return 0;
}
