/*
 * UPSes of the HID Power Device class on USB: the engine is drivers/hid/, the
 * vendors are profiles.
 */
#include "drivers/hid/ups.h"
#include "drivers/usbhid/usbhid.h"

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
	.start = hid_ups_start,
	.poll = hid_ups_poll,
	.command = hid_ups_command,
	.woken = hid_ups_woken,
	.stop = hid_ups_stop,
};
