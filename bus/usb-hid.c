#include <stddef.h>
#include <stdlib.h>

#include "bus/usb-inside.h"
#include "bus/usb.h"
#include "core/buf.h"
#include "core/hidwire.h"
#include "core/mem.h"

/* HID devices: a wire of reports. */

#define DESCRIPTOR_MAX		4096

/* USB 2.0, 9.3 and 9.4; HID 1.11, 7.1 and 7.2 */
#define GET_DESCRIPTOR		0x06
#define FROM_DEVICE		0x80
#define FROM_INTERFACE		0x81
#define CLASS_IN		0xa1
#define CLASS_OUT		0x21
#define DESCRIPTOR_STRING	0x0300
#define DESCRIPTOR_REPORT	0x2200
#define GET_REPORT		0x01
#define SET_REPORT		0x09
#define REPORT_FEATURE		0x0300
#define ENGLISH			0x0409

struct usb_hid {
	struct hid	 hid;		/* first, so that one is the other */
	struct usb	 usb;
	struct buf	 descriptor;
	size_t		 asked;		/* so many bytes of it */
};

static struct usb_hid *
of(struct usb *u)
{
	return (struct usb_hid *)(void *)((char *)u - offsetof(struct usb_hid, usb));
}

static void	got_descriptor(void *, enum result, const char *, const uint8_t *, size_t);

static void
ask_descriptor(struct usb_hid *h)
{
	usb_submit(&h->usb, &(struct usb_transfer){ .kind = USB_CONTROL, .type = FROM_INTERFACE, .request = GET_DESCRIPTOR,
	    .value = DESCRIPTOR_REPORT, .index = h->usb.interface, .len = h->asked }, got_descriptor, h);
}

static void
got_descriptor(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct usb_hid	*h = arg;

	if (result == R_FAILED && usb_overflowed(&h->usb) && h->asked < DESCRIPTOR_MAX) {
		h->asked = DESCRIPTOR_MAX;	/* EcoFlow declares less than it sends */
		ask_descriptor(h);
		return;
	}
	if (result != R_DONE || len == 0) {
		usb_lose(&h->usb, "it does not give its report descriptor");
		return;
	}
	buf_put(&h->descriptor, bytes, len);
	usb_tell_up(&h->usb);
}

static void
hid_opened(struct usb *u)
{
	struct usb_hid	*h = of(u);

	h->asked = u->declared < DESCRIPTOR_MAX ? u->declared : DESCRIPTOR_MAX;
	ask_descriptor(h);
}

static void
hid_closed(struct usb *u)
{
	buf_free(&of(u)->descriptor);
}

static const struct usb_class hid_class = {
	.hid = true, .known = usbnode_known, .opened = hid_opened, .closed = hid_closed,
};

/* -- what drivers ask for ------------------------------------------------------------------------- */

static const struct hid_identity *
identity(const struct hid *hid)
{
	return &((const struct usb_hid *)hid)->usb.identity;
}

static const uint8_t *
descriptor(const struct hid *hid, size_t *len)
{
	const struct usb_hid	*h = (const struct usb_hid *)hid;

	*len = h->descriptor.len;
	return buf_bytes(&h->descriptor);
}

static void
get_feature(struct hid *hid, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	struct usb_hid	*h = (struct usb_hid *)hid;

	usb_submit(&h->usb, &(struct usb_transfer){ .kind = USB_CONTROL, .type = CLASS_IN, .request = GET_REPORT,
	    .value = REPORT_FEATURE | report, .index = h->usb.interface, .len = len }, fn, arg);
}

static void
set_feature(struct hid *hid, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn,
    void *arg)
{
	struct usb_hid	*h = (struct usb_hid *)hid;

	usb_submit(&h->usb, &(struct usb_transfer){ .kind = USB_CONTROL, .type = CLASS_OUT, .request = SET_REPORT,
	    .value = REPORT_FEATURE | report, .index = h->usb.interface, .data = bytes, .len = len,
	    .pause_ms = pause_ms }, fn, arg);
}

/* Those that the kernel has read are in sysfs; on some bridges the number of any other is a command. */
static void
get_string(struct hid *hid, uint8_t index, hid_fn *fn, void *arg)
{
	struct usb_hid	*h = (struct usb_hid *)hid;

	usb_submit(&h->usb, &(struct usb_transfer){ .kind = USB_CONTROL, .type = FROM_DEVICE, .request = GET_DESCRIPTOR,
	    .value = DESCRIPTOR_STRING | index, .index = ENGLISH, .len = 255 }, fn, arg);
}

static void
listen_to(struct hid *hid, size_t longest, hid_fn *fn, void *arg)
{
	struct usb_hid	*h = (struct usb_hid *)hid;

	usb_listen(&h->usb, longest, fn, arg);
}

static const struct hid_ops	ops = {
	.identity = identity, .descriptor = descriptor, .get_feature = get_feature, .set_feature = set_feature,
	.get_string = get_string, .listen = listen_to,
};

/* -- the backend ------------------------------------------------------------------- */

static void *
hid_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct usb_hid	*h = xcalloc(1, sizeof(*h));

	h->hid.ops = &ops;
	if (usb_begin(&h->usb, &hid_class, loop, settings, changed, arg, why))
		return h;
	free(h);
	return NULL;
}

static void
hid_forget(void *handle)
{
	usb_forget(&((struct usb_hid *)handle)->usb);
}

static void
hid_close(void *handle)
{
	usb_end(&((struct usb_hid *)handle)->usb);
	free(handle);
}

const struct wire_backend hid_wire = {
	.wire = WIRE_HID,
	.name = "hid",
	.role = "usb",
	.means = usbport_is,
	.open = hid_open,
	.check = usb_check,
	.forget = hid_forget,
	.close = hid_close,
};
