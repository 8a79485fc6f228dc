/*
 * UPSes that speak HID on a serial line: drivers/hid/ over the frames of
 * link.c, with the profiles of usbhid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/ups.h"
#include "drivers/shut/link.h"
#include "drivers/shut/shut.h"

/* USB 2.0, table 9-4, and HID 1.11, 7.1 and 7.2. */
enum {
	FROM_DEVICE = 0x80, FROM_INTERFACE = 0x81, CLASS_FROM_INTERFACE = 0xa1, CLASS_TO_INTERFACE = 0x21,
	GET_DESCRIPTOR = 0x06, GET_REPORT = 0x01, SET_REPORT = 0x09,
	DEVICE = 0x0100, STRING = 0x0300, HID = 0x2100, REPORT = 0x2200, FEATURE = 0x0300
};

#define DEVICE_BYTES	18
#define HID_BYTES	9
#define STRING_BYTES	0xff
#define SERIAL_BYTES	0x25	/* some units have no more to say of their serial number, and do not end it */

/* A light descriptor comes first with these, and the full one behind it. */
#define MGE		0x0463
#define MGE_TWO		0x0202

enum step { STEP_DEVICE, STEP_MAKER, STEP_MODEL, STEP_SERIAL, STEP_HID, STEP_REPORT };

struct shut {
	struct hid_ups		 ups;		/* first: the engine knows no more of it */
	struct shut_link	 link;
	struct unit		*unit;
	enum step		 step;
	struct hid_identity	 id;
	uint8_t			 strings[3];	/* numbers of maker, model and serial; 0: none */
	char			 texts[3][HID_STRING_MAX];
	uint16_t		 interface;	/* 0, or 1: of the full descriptor */
	uint8_t			*descriptor;
	size_t			 descriptor_len;
	bool			 lost;		/* it did not answer, and may be another one now */
	/* what the engine asked for */
	hid_fn			*fn;
	void			*arg;
};

static const struct option options[] = {
	{ "online-discharge", "online", false, "what a UPS is that says both: online, on-battery or calibrating" },
	{ "notification", "full", false, "what the UPS tells by itself: full, reduced or none" },
	{ NULL, NULL, false, NULL }
};

static bool
read_notification(const struct unit *u, uint8_t *signal)
{
	static const char *const	 words[] = { "full", "reduced", "none" };
	size_t				 i;

	for (i = 0; i < nitems(words); i++)
		if (strcmp(words[i], unit_option(u, "notification")) == 0) {
			*signal = (uint8_t)(SHUT_SYNC_FULL + i);
			return true;
		}
	return false;
}

/* -- what the engine asks for -------------------------------------------------------------- */

static const struct hid_identity *
identity(struct unit *u)
{
	return &((struct shut *)unit_state(u))->id;
}

static const uint8_t *
descriptor(struct unit *u, size_t *len)
{
	struct shut	*s = unit_state(u);

	*len = s->descriptor_len;
	return s->descriptor;
}

/* One that was silent and answers again may be another one: it is recognised anew, but for a command that runs. */
static void
end_transfer(struct shut_link *l, enum result result, const uint8_t *bytes, size_t len)
{
	struct shut	*s = l->arg;

	if (s->lost && result != R_TIMEOUT && s->ups.request == NULL) {
		unit_restart(s->unit);
		return;
	}
	s->lost = result == R_TIMEOUT;
	s->fn(s->arg, result, result == R_TIMEOUT ? "the unit does not answer" : NULL, bytes, len);
}

static void
end_string(struct shut_link *l, enum result result, const uint8_t *bytes, size_t len)
{
	struct shut	*s = l->arg;
	char		 text[HID_STRING_MAX] = "";

	if (result == R_DONE)
		shut_string(bytes, len, text, sizeof(text));
	s->fn(s->arg, result, NULL, (const uint8_t *)text, strlen(text));
}

static void
ask(struct shut *s, uint8_t type, uint8_t request, unsigned value, size_t len, shut_fn *done)
{
	uint8_t	 setup[SHUT_PAYLOAD];

	shut_setup(setup, type, request, (uint16_t)value, (uint16_t)len);
	shut_get(&s->link, setup, done, s);
}

static void
get_feature(struct unit *u, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	struct shut	*s = unit_state(u);

	s->fn = fn;
	s->arg = arg;
	ask(s, CLASS_FROM_INTERFACE, GET_REPORT, FEATURE + report, len, end_transfer);
}

static void
set_feature(struct unit *u, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn, void *arg)
{
	struct shut	*s = unit_state(u);
	uint8_t		 setup[SHUT_PAYLOAD];

	s->fn = fn;
	s->arg = arg;
	shut_setup(setup, CLASS_TO_INTERFACE, SET_REPORT, (uint16_t)(FEATURE + report), (uint16_t)len);
	shut_set(&s->link, setup, bytes, len, pause_ms, end_transfer, s);
}

static void
get_string(struct unit *u, uint8_t index, hid_fn *fn, void *arg)
{
	struct shut	*s = unit_state(u);

	s->fn = fn;
	s->arg = arg;
	ask(s, FROM_DEVICE, GET_DESCRIPTOR, STRING + index, STRING_BYTES, end_string);
}

static void
listen(struct unit *u, size_t longest, hid_fn *fn, void *arg)
{
	struct shut	*s = unit_state(u);

	s->link.heard = fn;
	s->link.heard_arg = arg;
}

static const struct hid_source	serial_line = {
	.fallback = "mge", .identity = identity, .descriptor = descriptor, .get_feature = get_feature,
	.set_feature = set_feature, .get_string = get_string, .listen = listen,
};

/* -- recognition ------------------------------------------------------------------------------ */

static void	next_step(struct shut *);

static void
take_device(struct shut *s, const uint8_t *bytes, size_t len)
{
	if (len < DEVICE_BYTES)
		return;
	s->id.vendor = (uint16_t)(bytes[8] | bytes[9] << 8);
	s->id.product = (uint16_t)(bytes[10] | bytes[11] << 8);
	s->id.release = (uint16_t)(bytes[12] | bytes[13] << 8);
	memcpy(s->strings, bytes + 14, sizeof(s->strings));
	s->interface = s->id.vendor == MGE && s->id.release == MGE_TWO;
}

static void
take_text(struct shut *s, size_t which, const uint8_t *bytes, size_t len)
{
	const char	**texts[] = { &s->id.maker, &s->id.model, &s->id.serial };

	shut_string(bytes, len, s->texts[which], sizeof(s->texts[which]));
	if (*s->texts[which] != '\0')
		*texts[which] = s->texts[which];
}

static void
take_report_descriptor(struct shut *s, const uint8_t *bytes, size_t len)
{
	s->descriptor = xreallocarray(s->descriptor, len + 1, 1);
	memcpy(s->descriptor, bytes, len);
	s->descriptor_len = len;
	hid_ups_start(s->unit, &serial_line);
}

/* What a unit does not say of itself is not known; what its reports are it must say. */
static void
on_step(struct shut_link *l, enum result result, const uint8_t *bytes, size_t len)
{
	struct shut	*s = l->arg;
	bool		 well = result == R_DONE && len > 0;

	if (result == R_TIMEOUT) {
		unit_fail(s->unit, "nothing answers in SHUT's manner");
		return;
	}
	if (!well && s->step >= STEP_HID) {
		unit_fail(s->unit, "the unit does not describe its reports");
		return;
	}
	if (well && s->step == STEP_DEVICE)
		take_device(s, bytes, len);
	else if (well && s->step <= STEP_SERIAL)
		take_text(s, s->step - STEP_MAKER, bytes, len);
	else if (s->step == STEP_HID)
		s->descriptor_len = len < HID_BYTES ? 0 : bytes[7] | (size_t)bytes[8] << 8;
	else if (s->step == STEP_REPORT) {
		take_report_descriptor(s, bytes, len);
		return;
	}
	s->step++;
	next_step(s);
}

static void
next_step(struct shut *s)
{
	while (s->step >= STEP_MAKER && s->step <= STEP_SERIAL && s->strings[s->step - STEP_MAKER] == 0)
		s->step++;
	if (s->step == STEP_DEVICE)
		ask(s, FROM_DEVICE, GET_DESCRIPTOR, DEVICE, DEVICE_BYTES, on_step);
	else if (s->step <= STEP_SERIAL)
		ask(s, FROM_DEVICE, GET_DESCRIPTOR, STRING + s->strings[s->step - STEP_MAKER],
		    s->step == STEP_SERIAL ? SERIAL_BYTES : STRING_BYTES, on_step);
	else if (s->step == STEP_HID)
		ask(s, FROM_INTERFACE, GET_DESCRIPTOR, HID + s->interface, HID_BYTES, on_step);
	else if (s->descriptor_len == 0 || s->descriptor_len > SHUT_TRANSFER_MAX)
		unit_fail(s->unit, "its report descriptor is %zu bytes long", s->descriptor_len);
	else
		ask(s, FROM_INTERFACE, GET_DESCRIPTOR, REPORT + s->interface, s->descriptor_len, on_step);
}

static void
shut_start(struct unit *unit)
{
	struct shut	*s = unit_state(unit);
	uint8_t		 signal = SHUT_SYNC_FULL;

	s->unit = unit;
	s->id.place = "serial";
	read_notification(unit, &signal);
	shut_begin(&s->link, unit, signal);
	next_step(s);
}

/* -- the driver ---------------------------------------------------------------------------------- */

static void
shut_stop(struct unit *unit)
{
	struct shut	*s = unit_state(unit);

	hid_ups_stop(unit);
	shut_end(&s->link);
	free(s->descriptor);
}

static char *
shut_check(const struct unit *u)
{
	uint8_t	 signal;

	if (read_notification(u, &signal))
		return NULL;
	return xasprintf("notification=%s: it wants full, reduced or none", unit_option(u, "notification"));
}

static void
shut_line(const struct unit *u, struct serial_line *line)
{
	*line = (struct serial_line){ .speed = 2400, .bits = 8, .stop = 1, .parity = 'N', .raised = SERIAL_RTS };
}

static void *
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return hid_learn(profiles, n, errors);
}

static void
forget(void *knowledge)
{
	hid_forget(knowledge);
}

static bool
knows(const void *knowledge, const char *profile)
{
	return hid_profile_find(knowledge, profile) != NULL;
}

static const enum wire	also[] = { WIRE_SERIAL, WIRE_NONE };

const struct driver	shut_driver = {
	.name = "shut",
	.title = "UPSes that speak HID on a serial line, in SHUT's frames",
	.wire = WIRE_STREAM,
	.also = also,
	.options = options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.size = sizeof(struct shut),
	.profiles = "usbhid",
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.check = shut_check,
	.line = shut_line,
	.start = shut_start,
	.poll = hid_ups_poll,
	.command = hid_ups_command,
	.woken = hid_ups_woken,
	.stop = shut_stop,
};
