/*
 * UPSes of the HID Power Device class on USB: the engine is drivers/hid/, the
 * vendors are profiles.
 */
#include "drivers/hid/ups.h"
#include "drivers/usbhid/usbhid.h"

static const struct hid_identity *
identity(struct unit *u)
{
	return hid_identity(unit_hid(u));
}

static const uint8_t *
descriptor(struct unit *u, size_t *len)
{
	return hid_descriptor(unit_hid(u), len);
}

static void
get_feature(struct unit *u, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	hid_get_feature(unit_hid(u), report, len, fn, arg);
}

static void
set_feature(struct unit *u, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn, void *arg)
{
	hid_set_feature(unit_hid(u), report, bytes, len, pause_ms, fn, arg);
}

static void
get_string(struct unit *u, uint8_t index, hid_fn *fn, void *arg)
{
	hid_get_string(unit_hid(u), index, fn, arg);
}

static void
listen(struct unit *u, size_t longest, hid_fn *fn, void *arg)
{
	hid_listen(unit_hid(u), longest, fn, arg);
}

static const struct hid_source	usb = {
	.fallback = "generic", .identity = identity, .descriptor = descriptor, .get_feature = get_feature,
	.set_feature = set_feature, .get_string = get_string, .listen = listen,
};

static void
start(struct unit *u)
{
	hid_ups_start(u, &usb);
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

const struct driver	usbhid_driver = {
	.name = "usbhid",
	.title = "UPSes on USB that keep to the HID Power Device class",
	.wire = WIRE_HID,
	.options = hid_options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.size = sizeof(struct hid_ups),
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.start = start,
	.poll = hid_ups_poll,
	.command = hid_ups_command,
	.woken = hid_ups_woken,
	.stop = hid_ups_stop,
};
