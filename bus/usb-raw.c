#include <stdlib.h>

#include "bus/usb-inside.h"
#include "bus/usb.h"
#include "core/mem.h"

/* Devices that are spoken to by bare transfers. */

static void
begun(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	usb_tell_up(arg);
}

static void
raw_opened(struct usb *u)
{
	usb_submit(u, &(struct usb_transfer){ .kind = USB_REST }, begun, u);
}

static void
raw_closed(struct usb *u)
{
}

static const struct usb_class raw_class = {
	.hid = false, .known = usbnode_tunnels, .opened = raw_opened, .closed = raw_closed,
};

static void *
raw_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct usb	*u = xcalloc(1, sizeof(*u));

	if (usb_begin(u, &raw_class, loop, settings, changed, arg, why))
		return u;
	free(u);
	return NULL;
}

static void
raw_forget(void *handle)
{
	usb_forget(handle);
}

static void
raw_close(void *handle)
{
	usb_end(handle);
	free(handle);
}

const struct wire_backend usb_wire = {
	.wire = WIRE_USB,
	.name = "usb",
	.role = "usb",
	.means = usbport_is,
	.open = raw_open,
	.check = usb_check,
	.forget = raw_forget,
	.close = raw_close,
};

/* -- for drivers ------------------------------------------------------------------------------- */

const struct hid_identity *
usb_identity(const struct usb *u)
{
	return &u->identity;
}

size_t
usb_packet(const struct usb *u, uint8_t endpoint)
{
	size_t	 i;

	for (i = 0; i < nitems(u->endpoints); i++)
		if (u->endpoints[i].address == endpoint && endpoint != 0)
			return u->endpoints[i].packet;
	return 0;
}

void
usb_ask(struct usb *u, const struct usb_transfer *t, hid_fn *fn, void *arg)
{
	usb_submit(u, t, fn, arg);
}

void
usb_drop(struct usb *u, const char *why)
{
	u->reset = true;
	usb_lose(u, why);
}
