#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "bus/usb-inside.h"
#include "core/mem.h"

/* Devices on USB, through libusb: found, opened, lost and found again. */

#define LOOK_MS		5000	/* how often to look for a device where no event tells */
#define SETTLE_MS	100	/* after it was plugged in */
#define STEADY_MS	5000	/* a device that was lost sooner than that is flapping ... */
#define WAIT_LAST_MS	16000	/* ... and is waited for, longer each time, up to that */
#define DRAIN_MS	1000	/* that a close waits for the kernel to give transfers back */

/* HID 1.11, 7.1 */
#define DESCRIPTOR_HID		0x21
#define DESCRIPTOR_REPORT	0x22

/* Of this process, so that no two of them open the same device. */
static LIST_HEAD(, usb)	wires = LIST_HEAD_INITIALIZER(wires);

/* -- losing it -------------------------------------------------------------------------- */

void
usb_lose(struct usb *u, const char *why)
{
	if (u->lost)
		return;
	u->lost = true;
	u->lost_why = why;
	timer_set(u->turn, 0);
}

/* Transfers belong to the kernel until it gives them back, which it does at once. */
static void
drain(struct usb *u)
{
	int64_t		end = loop_now_us(u->loop) + DRAIN_MS * 1000;
	struct timeval	some = { 0, 10000 };

	if (u->asking && !u->answered)
		libusb_cancel_transfer(u->transfer);
	if (u->listening)
		libusb_cancel_transfer(u->interrupt);
	while (((u->asking && !u->answered) || u->listening) && loop_now_us(u->loop) < end)
		libusb_handle_events_timeout_completed(u->context, &some, NULL);
}

/* The kernel's driver gets its interface back with the release. */
static void
close_device(struct usb *u)
{
	if (u->handle == NULL)
		return;
	u->stopped = true;
	drain(u);
	if (u->reset)
		libusb_reset_device(u->handle);
	libusb_release_interface(u->handle, u->interface);
	libusb_close(u->handle);
	u->handle = NULL;
	usb_end_asks(u);
	usb_free_transfer(u->interrupt);
	u->interrupt = NULL;
	usb_forget_pushed(u);
	timer_stop(u->limit);
	timer_stop(u->rest);
	timer_stop(u->listen_again);
	usbnode_free(&u->node);
	u->class->closed(u);
	u->asking = u->answered = u->listening = u->up = u->lost = u->reset = false;
	u->listener = NULL;
}

/* One that comes and goes is waited for, longer each time: each coming costs lines in the log and polls. */
static void
plan_look(struct usb *u)
{
	if (loop_now(u->loop) - u->opened >= STEADY_MS)
		u->wait_ms = 0;
	timer_set(u->look, u->wait_ms > 0 ? u->wait_ms : SETTLE_MS);
	u->wait_ms = u->wait_ms == 0 ? 500 : u->wait_ms * 2;
	if (u->wait_ms > WAIT_LAST_MS)
		u->wait_ms = WAIT_LAST_MS;
}

/* Takes the reason over; the wire may be closed when it returns. */
static void
tell_down(struct usb *u, char *why)
{
	bool	same = u->why != NULL && strcmp(u->why, why) == 0;

	free(u->why);
	u->why = why;
	if (!same)
		u->changed(u->arg, false, u->why);
}

/* -- opening ------------------------------------------------------------------------------- */

static void
on_turn(void *arg)
{
	struct usb	*u = arg;
	char		*why;

	if (u->lost) {
		why = xasprintf("%s (%s)", u->lost_why, u->node.path);
		close_device(u);
		plan_look(u);
		tell_down(u, why);
		return;
	}
	if (!usb_tell_pushed(u))
		usb_tell_answer(u);
}

void
usb_tell_up(struct usb *u)
{
	u->up = true;
	free(u->why);
	u->why = NULL;
	u->changed(u->arg, true, NULL);
}

/* "1-1.2", as sysfs has it. */
static bool
place_of(libusb_device *device, char room[64])
{
	uint8_t	ports[8];
	int	n = libusb_get_port_numbers(device, ports, nitems(ports)), i, used;

	if (n <= 0)
		return false;
	used = snprintf(room, 64, "%u", libusb_get_bus_number(device));
	for (i = 0; i < n; i++)
		used += snprintf(room + used, 64 - (size_t)used, "%c%u", i == 0 ? '-' : '.', ports[i]);
	return true;
}

static bool
is_taken(const struct usb *u, const char *path)
{
	const struct usb	*other;

	LIST_FOREACH(other, &wires, entry)
		if (other != u && other->handle != NULL && strcmp(other->node.path, path) == 0)
			return true;
	return false;
}

/* The length of the report descriptor, from the HID descriptor among an interface's other bytes (6.2.1). */
static size_t
declared_length(const struct libusb_interface_descriptor *d)
{
	const uint8_t	*s = d->extra;
	int		 left = d->extra_length;

	for (; left >= 2 && s[0] >= 2 && s[0] <= left; left -= s[0], s += s[0])
		if (s[1] == DESCRIPTOR_HID && s[0] >= 9 && s[6] == DESCRIPTOR_REPORT)
			return (size_t)s[7] | (size_t)s[8] << 8;
	return 0;
}

static void
use_endpoints(struct usb *u, const struct libusb_interface_descriptor *d)
{
	uint8_t	 address;
	size_t	 packet, n = 0;
	int	 i;

	u->endpoint = 0;
	memset(u->endpoints, 0, sizeof(u->endpoints));
	for (i = 0; i < d->bNumEndpoints; i++) {
		if ((d->endpoint[i].bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_INTERRUPT)
			continue;
		address = d->endpoint[i].bEndpointAddress;
		packet = d->endpoint[i].wMaxPacketSize & 0x7ff;
		if (n < nitems(u->endpoints)) {
			u->endpoints[n].address = address;
			u->endpoints[n++].packet = packet;
		}
		if (u->endpoint == 0 && (address & LIBUSB_ENDPOINT_IN) != 0) {
			u->endpoint = address;
			u->packet = packet;
		}
	}
}

/* Of HID the first interface that has a report descriptor: some have others in front of it.  Else the first at all. */
static bool
find_interface(struct usb *u, libusb_device *device)
{
	struct libusb_config_descriptor			*config;
	const struct libusb_interface_descriptor	*d;
	bool						 found = false;
	int						 i;

	if (libusb_get_active_config_descriptor(device, &config) != 0)
		return false;
	for (i = 0; !found && i < config->bNumInterfaces; i++) {
		d = config->interface[i].altsetting;
		if (config->interface[i].num_altsetting == 0 ||
		    (u->class->hid && d->bInterfaceClass != LIBUSB_CLASS_HID))
			continue;
		u->declared = declared_length(d);
		found = u->declared > 0 || !u->class->hid;
		u->interface = d->bInterfaceNumber;
		use_endpoints(u, d);
	}
	libusb_free_config_descriptor(config);
	return found;
}

/* What it is, without opening it; false: it is not what the port means. */
static bool
is_meant(struct usb *u, libusb_device *device, struct usbnode *n)
{
	struct libusb_device_descriptor	d;
	char				place[64];

	if (libusb_get_device_descriptor(device, &d) != 0 || d.bDeviceClass == LIBUSB_CLASS_HUB ||
	    !place_of(device, place))
		return false;
	n->vendor = d.idVendor;
	n->product = d.idProduct;
	n->release = d.bcdDevice;
	usbnode_read(n, place, libusb_get_bus_number(device), libusb_get_device_address(device));
	if ((u->port.any ? u->class->known(n) : usbport_means(&u->port, n)) && find_interface(u, device))
		return true;
	usbnode_free(n);
	return false;
}

static void
begin_device(struct usb *u)
{
	u->identity = (struct hid_identity){ u->node.vendor, u->node.product, u->node.release, u->node.maker,
	    u->node.model, u->node.serial, u->node.path };
	u->stopped = false;
	u->opened = loop_now(u->loop);
	usb_begin_asks(u);
	u->class->opened(u);
}

/* NULL, or why it could not be, malloc'd. */
static char *
open_device(struct usb *u, libusb_device *device, struct usbnode *n)
{
	int	error = libusb_open(device, &u->handle);

	if (error == LIBUSB_ERROR_ACCESS)
		return usbnode_denied(n);
	if (error != 0)
		return xasprintf("%s (%04x:%04x) cannot be opened: %s", n->node, n->vendor, n->product,
		    libusb_strerror(error));
	libusb_set_auto_detach_kernel_driver(u->handle, 1);
	error = libusb_claim_interface(u->handle, u->interface);
	if (error == 0) {
		u->node = *n;
		*n = (struct usbnode){ .vendor = 0 };
		begin_device(u);
		return NULL;
	}
	libusb_close(u->handle);
	u->handle = NULL;
	if (error == LIBUSB_ERROR_BUSY)
		return xasprintf("%s (%04x:%04x): another program uses it (a NUT driver?)", n->node, n->vendor, n->product);
	return xasprintf("%s (%04x:%04x) cannot be claimed: %s", n->node, n->vendor, n->product, libusb_strerror(error));
}

static char *
describe(const struct usbport *port)
{
	if (port->any)
		return xstrdup("no UPS that a profile lists is plugged in");
	return xasprintf("no such device is plugged in (%s%.4x %s%.4x%s%s%s%s)",
	    port->vendor < 0 ? "any vendor " : "vendor ", port->vendor < 0 ? 0 : (unsigned)port->vendor,
	    port->product < 0 ? "any product " : "product ", port->product < 0 ? 0 : (unsigned)port->product,
	    port->serial != NULL ? ", serial " : "", port->serial != NULL ? port->serial : "",
	    port->path != NULL ? ", path " : "", port->path != NULL ? port->path : "");
}

/* Why none of them is open, malloc'd; NULL: one is. */
static char *
try_devices(struct usb *u, libusb_device **list)
{
	struct usbnode	 n = { .vendor = 0 };
	char		*why = NULL;
	bool		 taken = false;
	size_t		 i;

	for (i = 0; list[i] != NULL; i++) {
		if (!is_meant(u, list[i], &n))
			continue;
		if (is_taken(u, n.path))
			taken = true;
		else {
			free(why);
			why = open_device(u, list[i], &n);
			if (why == NULL)
				return NULL;
		}
		usbnode_free(&n);
	}
	if (why != NULL)
		return why;
	return taken ? xstrdup("the only such device belongs to another device section") : describe(&u->port);
}

static void
on_look(void *arg)
{
	struct usb		*u = arg;
	libusb_device		**list;
	char			*why;
	ssize_t			 n;

	if (u->handle != NULL)
		return;
	timer_set(u->look, LOOK_MS);
	n = libusb_get_device_list(u->context, &list);
	if (n < 0) {
		tell_down(u, xasprintf("USB devices cannot be listed: %s", libusb_strerror((int)n)));
		return;
	}
	why = try_devices(u, list);
	libusb_free_device_list(list, 1);
	if (why != NULL)
		tell_down(u, why);
	else
		timer_stop(u->look);
}

static int LIBUSB_CALL
on_hotplug(libusb_context *usb, libusb_device *device, libusb_hotplug_event event, void *arg)
{
	struct usb	*u = arg;

	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT) {
		if (u->handle != NULL && libusb_get_device(u->handle) == device)
			usb_lose(u, "it was unplugged");
	} else if (u->handle == NULL && (!timer_running(u->look) || timer_left(u->look) > SETTLE_MS) && u->wait_ms <= 500)
		timer_set(u->look, SETTLE_MS);
	return 0;
}

/* -- beginning and ending ---------------------------------------------------------------------- */

bool
usb_begin(struct usb *u, const struct usb_class *class, struct loop *loop, const struct device_settings *settings,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	int	 error;

	*u = (struct usb){ .class = class, .loop = loop, .changed = changed, .arg = arg };
	if (!usbport_read(&u->port, settings->port, why)) {
		usbport_free(&u->port);
		return false;
	}
	error = libusb_init(&u->context);
	if (error != 0) {
		*why = xasprintf("USB cannot be used: %s", libusb_strerror(error));
		usbport_free(&u->port);
		return false;
	}
	TAILQ_INIT(&u->asks);
	STAILQ_INIT(&u->pushed);
	u->look = timer_new(loop, on_look, u);
	u->turn = timer_new(loop, on_turn, u);
	u->limit = timer_new(loop, usb_on_limit, u);
	u->rest = timer_new(loop, usb_on_rested, u);
	u->listen_again = timer_new(loop, usb_on_listen_again, u);
	usb_follow_fds(u);
	u->plugged = libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0 &&
	    libusb_hotplug_register_callback(u->context,
	    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, LIBUSB_HOTPLUG_MATCH_ANY,
	    LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, u, &u->hotplug) == 0;
	LIST_INSERT_HEAD(&wires, u, entry);
	timer_set(u->look, 0);
	return true;
}

void
usb_end(struct usb *u)
{
	LIST_REMOVE(u, entry);
	close_device(u);
	if (u->plugged)
		libusb_hotplug_deregister_callback(u->context, u->hotplug);
	usb_forget_fds(u);
	libusb_exit(u->context);
	timer_free(u->look);
	timer_free(u->turn);
	timer_free(u->limit);
	timer_free(u->rest);
	timer_free(u->listen_again);
	usbport_free(&u->port);
	free(u->why);
}

char *
usb_check(const struct device_settings *settings, const struct driver *driver)
{
	struct usbport	 port;
	char		*why = NULL;

	usbport_read(&port, settings->port, &why);
	usbport_free(&port);
	return why;
}

void
usb_forget(struct usb *u)
{
	usb_forget_asks(u);
	timer_stop(u->rest);
	u->rested = false;
	u->listener = NULL;
	usb_forget_pushed(u);
}
