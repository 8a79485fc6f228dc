/* USB, for tests of a driver that has it among its wires, on another. */
#include <stdlib.h>

#include "core/wire.h"

const struct hid_identity *
usb_identity(const struct usb *u)
{
	abort();
}

size_t
usb_packet(const struct usb *u, uint8_t endpoint)
{
	abort();
}

void
usb_ask(struct usb *u, const struct usb_transfer *t, hid_fn *fn, void *arg)
{
	abort();
}

void
usb_drop(struct usb *u, const char *why)
{
	abort();
}
