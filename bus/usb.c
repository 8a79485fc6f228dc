/*
 * HID devices on USB.  Transfers are asynchronous; what libusb calls back only
 * notes what came, and a later turn of the loop tells the driver, which may
 * then do whatever it likes, even close the wire.  Opening and claiming may
 * wait in the kernel, which is why a role of its own hosts these units.
 */
#include "bus/usb.h"

#include <libusb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/time.h>

#include "bus/usbport.h"
#include "core/buf.h"
#include "core/mem.h"

#define TRANSFER_MS	5000	/* of one control transfer */
#define LOOK_MS		5000	/* how often to look for a device where no event tells */
#define SETTLE_MS	100	/* after it was plugged in */
#define STEADY_MS	5000	/* a device that was lost sooner than that is flapping ... */
#define WAIT_LAST_MS	16000	/* ... and is waited for, longer each time, up to that */
#define DRAIN_MS	1000	/* that a close waits for the kernel to give transfers back */
#define PAUSE_MS	1000	/* before it is listened to again after an error */
#define FAILURES_MAX	5	/* transfers in a row, until the device is opened anew */
#define PUSHED_MAX	64	/* reports that wait for the driver; more are dropped, the oldest first */
#define DESCRIPTOR_MAX	4096
#define FDS_MAX		16

/* HID 1.11: 7.1 and 7.2 */
#define DESCRIPTOR_HID		0x21
#define DESCRIPTOR_REPORT	0x22
#define GET_REPORT		0x01
#define SET_REPORT		0x09
#define REPORT_FEATURE		0x0300
#define ENGLISH			0x0409

struct usb_ask {
	TAILQ_ENTRY(usb_ask)	 entry;
	uint8_t			 setup[LIBUSB_CONTROL_SETUP_SIZE];
	uint8_t			*data;		/* what is sent; NULL: something is read */
	size_t			 len;
	unsigned		 pause_ms;
	bool			 string;
	hid_fn			*done;
	void			*arg;
};

struct pushed {
	STAILQ_ENTRY(pushed)	 entry;
	size_t			 len;
	uint8_t			 bytes[];
};

struct hid {
	LIST_ENTRY(hid)		 entry;
	struct loop		*loop;
	struct usbport		 port;
	void			(*changed)(void *, bool, const char *);
	void			*arg;
	libusb_context		*usb;
	libusb_hotplug_callback_handle hotplug;
	bool			 plugged;	/* hotplug events come */
	struct io		*fds[FDS_MAX];
	int			 fd[FDS_MAX];
	struct timer		*look;		/* for the device */
	struct timer		*turn;		/* to tell the driver what came */
	struct timer		*limit;		/* of the transfer in progress */
	struct timer		*rest;		/* before the next one */
	struct timer		*listen_again;
	char			*why;		/* it is not up; NULL: it is, or nothing was looked at yet */
	unsigned		 wait_ms;	/* before a device that flaps is looked for again */
	/* the device, while it is open */
	libusb_device_handle	*handle;
	struct usbnode		 node;
	struct hid_identity	 identity;
	uint8_t			 interface, endpoint;
	size_t			 packet;
	int64_t			 opened;
	bool			 up, lost;
	const char		*lost_why;
	unsigned		 failures;
	struct buf		 descriptor;
	size_t			 descriptor_len;
	/* control transfers */
	TAILQ_HEAD(ask_list, usb_ask) asks;
	struct libusb_transfer	*control;
	bool			 asking, answered, rested;
	/* what it sends by itself */
	struct libusb_transfer	*interrupt;
	bool			 listening, stopped;
	bool			 halted;	/* by a stall, which has to be cleared */
	hid_fn			*listener;
	void			*listener_arg;
	size_t			 longest;
	STAILQ_HEAD(pushed_list, pushed) pushed;
	size_t			 npushed;
};

/* Of this process, so that no two of them open the same device. */
static LIST_HEAD(, hid)	wires = LIST_HEAD_INITIALIZER(wires);

static void	start_next(struct hid *);
static void	submit_interrupt(struct hid *);

/* -- libusb's descriptors in our loop ------------------------------------------------- */

static void
on_fd(int fd, unsigned what, void *arg)
{
	struct hid	*h = arg;
	struct timeval	 none = { 0, 0 };

	libusb_handle_events_timeout_completed(h->usb, &none, NULL);
}

static unsigned
wanted(short events)
{
	return ((events & POLLIN) != 0 ? IO_READ : 0) | ((events & POLLOUT) != 0 ? IO_WRITE : 0);
}

static void LIBUSB_CALL
on_fd_added(int fd, short events, void *arg)
{
	struct hid	*h = arg;
	size_t		 i;

	for (i = 0; i < FDS_MAX; i++)
		if (h->fds[i] == NULL) {
			h->fd[i] = fd;
			h->fds[i] = io_new(h->loop, fd, wanted(events), on_fd, h);
			return;
		}
}

static void LIBUSB_CALL
on_fd_removed(int fd, void *arg)
{
	struct hid	*h = arg;
	size_t		 i;

	for (i = 0; i < FDS_MAX; i++)
		if (h->fds[i] != NULL && h->fd[i] == fd) {
			io_free(h->fds[i]);
			h->fds[i] = NULL;
			return;
		}
}

static void
follow_fds(struct hid *h)
{
	const struct libusb_pollfd	**list = libusb_get_pollfds(h->usb);
	size_t				  i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		on_fd_added(list[i]->fd, list[i]->events, h);
	libusb_free_pollfds(list);
	libusb_set_pollfd_notifiers(h->usb, on_fd_added, on_fd_removed, h);
}

/* -- losing it -------------------------------------------------------------------------- */

/* In a later turn it is closed and told. */
static void
lose(struct hid *h, const char *why)
{
	if (h->lost)
		return;
	h->lost = true;
	h->lost_why = why;
	timer_set(h->turn, 0);
}

static void
free_ask(struct usb_ask *a)
{
	free(a->data);
	free(a);
}

static void
forget_asks(struct hid *h)
{
	struct usb_ask	*a, *next;

	for (a = TAILQ_FIRST(&h->asks); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		/* the one that runs goes on without anybody to tell */
		a->done = NULL;
		if (!h->asking || a != TAILQ_FIRST(&h->asks)) {
			TAILQ_REMOVE(&h->asks, a, entry);
			free_ask(a);
		}
	}
}

static void
forget_pushed(struct hid *h)
{
	struct pushed	*p;

	while ((p = STAILQ_FIRST(&h->pushed)) != NULL) {
		STAILQ_REMOVE_HEAD(&h->pushed, entry);
		free(p);
	}
	h->npushed = 0;
}

/* Transfers belong to the kernel until it gives them back, which it does at once. */
static void
drain(struct hid *h)
{
	int64_t		end = loop_now_us(h->loop) + DRAIN_MS * 1000;
	struct timeval	some = { 0, 10000 };

	if (h->asking && !h->answered)
		libusb_cancel_transfer(h->control);
	if (h->listening)
		libusb_cancel_transfer(h->interrupt);
	while (((h->asking && !h->answered) || h->listening) && loop_now_us(h->loop) < end)
		libusb_handle_events_timeout_completed(h->usb, &some, NULL);
}

static void
free_transfer(struct libusb_transfer *t)
{
	if (t == NULL)
		return;
	free(t->buffer);
	libusb_free_transfer(t);
}

/* The kernel's driver gets its interface back with the release. */
static void
close_device(struct hid *h)
{
	struct usb_ask	*a;

	if (h->handle == NULL)
		return;
	h->stopped = true;
	drain(h);
	libusb_release_interface(h->handle, h->interface);
	libusb_close(h->handle);
	h->handle = NULL;
	free_transfer(h->control);
	free_transfer(h->interrupt);
	h->control = h->interrupt = NULL;
	while ((a = TAILQ_FIRST(&h->asks)) != NULL) {
		TAILQ_REMOVE(&h->asks, a, entry);
		free_ask(a);
	}
	forget_pushed(h);
	timer_stop(h->limit);
	timer_stop(h->rest);
	timer_stop(h->listen_again);
	usbnode_free(&h->node);
	buf_free(&h->descriptor);
	h->asking = h->answered = h->listening = h->up = h->lost = false;
	h->listener = NULL;
}

/* One that comes and goes is waited for, longer each time: each coming costs lines in the log and polls. */
static void
plan_look(struct hid *h)
{
	if (loop_now(h->loop) - h->opened >= STEADY_MS)
		h->wait_ms = 0;
	timer_set(h->look, h->wait_ms > 0 ? h->wait_ms : SETTLE_MS);
	h->wait_ms = h->wait_ms == 0 ? 500 : h->wait_ms * 2;
	if (h->wait_ms > WAIT_LAST_MS)
		h->wait_ms = WAIT_LAST_MS;
}

/* Takes the reason over; the wire may be closed when it returns. */
static void
tell_down(struct hid *h, char *why)
{
	bool	same = h->why != NULL && strcmp(h->why, why) == 0;

	free(h->why);
	h->why = why;
	if (!same)
		h->changed(h->arg, false, h->why);
}

/* -- control transfers -------------------------------------------------------------------- */

static void LIBUSB_CALL
on_control(struct libusb_transfer *t)
{
	struct hid	*h = t->user_data;

	h->answered = true;
	timer_set(h->turn, 0);
}

static void
on_limit(void *arg)
{
	struct hid	*h = arg;

	if (h->asking && !h->answered)
		libusb_cancel_transfer(h->control);
}

static enum result
result_of(const struct hid *h, const char **detail)
{
	switch (h->control->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		*detail = NULL;
		return R_DONE;
	case LIBUSB_TRANSFER_STALL:
		*detail = "the device has none";
		return R_UNKNOWN;
	case LIBUSB_TRANSFER_CANCELLED:
	case LIBUSB_TRANSFER_TIMED_OUT:
		*detail = "the device does not answer";
		return R_TIMEOUT;
	case LIBUSB_TRANSFER_NO_DEVICE:
		*detail = "it was unplugged";
		return R_FAILED;
	case LIBUSB_TRANSFER_OVERFLOW:
		*detail = "more bytes came than were asked for";
		return R_FAILED;
	default:
		*detail = "the transfer failed";
		return R_FAILED;
	}
}

static void
put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80)
		buf_putc(out, (char)c);
	else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* A string descriptor (USB 2.0, 9.6.7) as UTF-8; surrogates and control characters become a question mark. */
static void
decode_string(const uint8_t *s, size_t len, struct buf *out)
{
	size_t		i;
	uint32_t	c;

	if (len < 2)
		return;
	if (s[0] < len)
		len = s[0];
	for (i = 2; i + 1 < len; i += 2) {
		c = s[i] | (uint32_t)s[i + 1] << 8;
		if (c == 0)
			break;
		put_utf8(out, c < ' ' || c == 0x7f || (c >= 0xd800 && c < 0xe000) ? '?' : c);
	}
}

static void
tell_string(const struct usb_ask *a, const uint8_t *bytes, size_t len)
{
	struct buf	text = { 0 };

	decode_string(bytes, len, &text);
	if (text.len == 0)
		a->done(a->arg, R_UNKNOWN, "the string is empty", NULL, 0);
	else
		a->done(a->arg, R_DONE, NULL, (const uint8_t *)buf_text(&text), text.len);
	buf_free(&text);
}

/* The wire may be closed by what is told: nothing of it is touched afterwards. */
static void
tell_answer(struct hid *h)
{
	struct usb_ask	*a = TAILQ_FIRST(&h->asks);
	struct buf	 bytes = { 0 };
	const char	*detail;
	enum result	 result = result_of(h, &detail);

	timer_stop(h->limit);
	TAILQ_REMOVE(&h->asks, a, entry);
	h->asking = h->answered = h->rested = false;
	if (result == R_DONE && a->data == NULL && h->control->actual_length > 0)
		buf_put(&bytes, libusb_control_transfer_get_data(h->control), (size_t)h->control->actual_length);
	if (h->control->status == LIBUSB_TRANSFER_NO_DEVICE)
		lose(h, "it was unplugged");
	h->failures = result == R_FAILED || result == R_TIMEOUT ? h->failures + 1 : 0;
	if (h->failures >= FAILURES_MAX)
		lose(h, "it no longer answers");
	start_next(h);
	if (a->done != NULL && a->string && result == R_DONE)
		tell_string(a, buf_bytes(&bytes), bytes.len);
	else if (a->done != NULL)
		a->done(a->arg, result, detail, bytes.len > 0 ? buf_bytes(&bytes) : NULL, bytes.len);
	buf_free(&bytes);
	free_ask(a);
}

static void
on_rested(void *arg)
{
	struct hid	*h = arg;

	h->rested = true;
	start_next(h);
}

static void
fill_control(struct hid *h, const struct usb_ask *a)
{
	uint8_t	*buffer = h->control->buffer;

	memcpy(buffer, a->setup, sizeof(a->setup));
	if (a->data != NULL)
		memcpy(buffer + sizeof(a->setup), a->data, a->len);
	libusb_fill_control_transfer(h->control, h->handle, buffer, on_control, h, 0);
}

static void
start_next(struct hid *h)
{
	struct usb_ask	*a = TAILQ_FIRST(&h->asks);
	int		 error;

	if (a == NULL || h->asking || h->lost || h->handle == NULL || timer_running(h->rest))
		return;
	if (a->pause_ms > 0 && !h->rested) {
		timer_set(h->rest, a->pause_ms);
		return;
	}
	fill_control(h, a);
	h->asking = true;
	error = libusb_submit_transfer(h->control);
	if (error == 0) {
		timer_set(h->limit, TRANSFER_MS);
		return;
	}
	h->control->status = error == LIBUSB_ERROR_NO_DEVICE ? LIBUSB_TRANSFER_NO_DEVICE : LIBUSB_TRANSFER_ERROR;
	on_control(h->control);
}

/* len counts what follows the setup. */
static void
ask(struct hid *h, uint8_t type, uint8_t request, uint16_t value, uint16_t index, const uint8_t *data, size_t len,
    unsigned pause_ms, hid_fn *fn, void *arg)
{
	struct usb_ask	*a = xcalloc(1, sizeof(*a));

	if (len > HID_REPORT_BYTES)
		len = HID_REPORT_BYTES;
	libusb_fill_control_setup(a->setup, type, request, value, index, (uint16_t)len);
	if (data != NULL) {
		a->data = xmalloc(len + 1);
		memcpy(a->data, data, len);
	}
	a->len = len;
	a->pause_ms = pause_ms;
	a->string = request == LIBUSB_REQUEST_GET_DESCRIPTOR && value >> 8 == LIBUSB_DT_STRING;
	a->done = fn;
	a->arg = arg;
	TAILQ_INSERT_TAIL(&h->asks, a, entry);
	start_next(h);
}

/* -- what it sends by itself ------------------------------------------------------------- */

static void
keep_pushed(struct hid *h, const uint8_t *bytes, size_t len)
{
	struct pushed	*p = xmalloc(sizeof(*p) + len), *first;

	p->len = len;
	memcpy(p->bytes, bytes, len);
	STAILQ_INSERT_TAIL(&h->pushed, p, entry);
	if (h->npushed++ < PUSHED_MAX)
		return;
	first = STAILQ_FIRST(&h->pushed);
	STAILQ_REMOVE_HEAD(&h->pushed, entry);
	free(first);
	h->npushed--;
}

static void LIBUSB_CALL
on_interrupt(struct libusb_transfer *t)
{
	struct hid	*h = t->user_data;

	h->listening = false;
	if (h->stopped)
		return;
	switch (t->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		if (t->actual_length > 0)
			keep_pushed(h, t->buffer, (size_t)t->actual_length);
		timer_set(h->turn, 0);
		submit_interrupt(h);
		break;
	case LIBUSB_TRANSFER_NO_DEVICE:
		lose(h, "it was unplugged");
		break;
	default:
		h->halted = t->status == LIBUSB_TRANSFER_STALL;
		timer_set(h->listen_again, PAUSE_MS);
	}
}

static void
submit_interrupt(struct hid *h)
{
	int	error;

	if (h->listening || h->listener == NULL || h->handle == NULL || h->interrupt == NULL)
		return;
	libusb_fill_interrupt_transfer(h->interrupt, h->handle, h->endpoint, h->interrupt->buffer, (int)h->longest,
	    on_interrupt, h, 0);
	error = libusb_submit_transfer(h->interrupt);
	h->listening = error == 0;
	if (error == LIBUSB_ERROR_NO_DEVICE)
		lose(h, "it was unplugged");
	else if (error != 0)
		timer_set(h->listen_again, PAUSE_MS);
}

static void
on_listen_again(void *arg)
{
	struct hid	*h = arg;

	if (h->halted && h->handle != NULL)
		libusb_clear_halt(h->handle, h->endpoint);
	h->halted = false;
	submit_interrupt(h);
}

/* True when something was told: the wire may be gone. */
static bool
tell_pushed(struct hid *h)
{
	struct pushed	*p = STAILQ_FIRST(&h->pushed);

	if (p == NULL)
		return false;
	STAILQ_REMOVE_HEAD(&h->pushed, entry);
	h->npushed--;
	timer_set(h->turn, 0);
	if (h->listener != NULL)
		h->listener(h->listener_arg, R_DONE, NULL, p->bytes, p->len);
	free(p);
	return true;
}

/* -- opening ------------------------------------------------------------------------------- */

static void
on_turn(void *arg)
{
	struct hid	*h = arg;
	char		*why;

	if (h->lost) {
		why = xasprintf("%s (%s)", h->lost_why, h->node.path);
		close_device(h);
		plan_look(h);
		tell_down(h, why);
		return;
	}
	if (tell_pushed(h))
		return;
	if (h->asking && h->answered)
		tell_answer(h);
}

static void
got_descriptor(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct hid	*h = arg;

	if (result == R_FAILED && h->control->status == LIBUSB_TRANSFER_OVERFLOW && h->descriptor_len < DESCRIPTOR_MAX) {
		/* EcoFlow declares less than it sends */
		h->descriptor_len = DESCRIPTOR_MAX;
		ask(h, LIBUSB_ENDPOINT_IN | LIBUSB_RECIPIENT_INTERFACE, LIBUSB_REQUEST_GET_DESCRIPTOR,
		    DESCRIPTOR_REPORT << 8, h->interface, NULL, DESCRIPTOR_MAX, 0, got_descriptor, h);
		return;
	}
	if (result != R_DONE || len == 0) {
		lose(h, "it does not give its report descriptor");
		return;
	}
	buf_put(&h->descriptor, bytes, len);
	h->identity = (struct hid_identity){ h->node.vendor, h->node.product, h->node.release, h->node.maker,
	    h->node.model, h->node.serial, h->node.path };
	h->up = true;
	free(h->why);
	h->why = NULL;
	h->changed(h->arg, true, NULL);
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
is_taken(const struct hid *h, const char *path)
{
	const struct hid	*other;

	LIST_FOREACH(other, &wires, entry)
		if (other != h && other->handle != NULL && strcmp(other->node.path, path) == 0)
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
use_endpoints(struct hid *h, const struct libusb_interface_descriptor *d)
{
	int	i;

	h->endpoint = 0;
	for (i = 0; i < d->bNumEndpoints; i++)
		if ((d->endpoint[i].bEndpointAddress & LIBUSB_ENDPOINT_IN) != 0 &&
		    (d->endpoint[i].bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_INTERRUPT) {
			h->endpoint = d->endpoint[i].bEndpointAddress;
			h->packet = d->endpoint[i].wMaxPacketSize & 0x7ff;
			return;
		}
}

/* The first interface of the HID class that has a report descriptor: some have others in front of it. */
static bool
find_interface(struct hid *h, libusb_device *device)
{
	struct libusb_config_descriptor			*config;
	const struct libusb_interface_descriptor	*d;
	bool						 found = false;
	int						 i;

	if (libusb_get_active_config_descriptor(device, &config) != 0)
		return false;
	for (i = 0; !found && i < config->bNumInterfaces; i++) {
		d = config->interface[i].altsetting;
		if (config->interface[i].num_altsetting == 0 || d->bInterfaceClass != LIBUSB_CLASS_HID)
			continue;
		found = (h->descriptor_len = declared_length(d)) > 0;
		h->interface = d->bInterfaceNumber;
		use_endpoints(h, d);
	}
	libusb_free_config_descriptor(config);
	return found;
}

/* What it is, without opening it; false: it is not what the port means. */
static bool
is_meant(struct hid *h, libusb_device *device, struct usbnode *n)
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
	if (usbport_means(&h->port, n) && find_interface(h, device))
		return true;
	usbnode_free(n);
	return false;
}

static void
begin_device(struct hid *h)
{
	h->control = libusb_alloc_transfer(0);
	h->control->buffer = xcalloc(1, LIBUSB_CONTROL_SETUP_SIZE + HID_REPORT_BYTES);
	h->stopped = h->rested = false;
	h->failures = 0;
	h->opened = loop_now(h->loop);
	if (h->descriptor_len > DESCRIPTOR_MAX)
		h->descriptor_len = DESCRIPTOR_MAX;
	ask(h, LIBUSB_ENDPOINT_IN | LIBUSB_RECIPIENT_INTERFACE, LIBUSB_REQUEST_GET_DESCRIPTOR,
	    DESCRIPTOR_REPORT << 8, h->interface, NULL, h->descriptor_len, 0, got_descriptor, h);
}

/* NULL, or why it could not be, malloc'd. */
static char *
open_device(struct hid *h, libusb_device *device, struct usbnode *n)
{
	int	error = libusb_open(device, &h->handle);

	if (error == LIBUSB_ERROR_ACCESS)
		return usbnode_denied(n);
	if (error != 0)
		return xasprintf("%s (%04x:%04x) cannot be opened: %s", n->node, n->vendor, n->product,
		    libusb_strerror(error));
	libusb_set_auto_detach_kernel_driver(h->handle, 1);
	error = libusb_claim_interface(h->handle, h->interface);
	if (error == 0) {
		h->node = *n;
		*n = (struct usbnode){ .vendor = 0 };
		begin_device(h);
		return NULL;
	}
	libusb_close(h->handle);
	h->handle = NULL;
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
try_devices(struct hid *h, libusb_device **list)
{
	struct usbnode	 n = { .vendor = 0 };
	char		*why = NULL;
	bool		 taken = false;
	size_t		 i;

	for (i = 0; list[i] != NULL; i++) {
		if (!is_meant(h, list[i], &n))
			continue;
		if (is_taken(h, n.path))
			taken = true;
		else {
			free(why);
			why = open_device(h, list[i], &n);
			if (why == NULL)
				return NULL;
		}
		usbnode_free(&n);
	}
	if (why != NULL)
		return why;
	return taken ? xstrdup("the only such device belongs to another device section") : describe(&h->port);
}

static void
on_look(void *arg)
{
	struct hid		*h = arg;
	libusb_device		**list;
	char			*why;
	ssize_t			 n;

	if (h->handle != NULL)
		return;
	timer_set(h->look, LOOK_MS);
	n = libusb_get_device_list(h->usb, &list);
	if (n < 0) {
		tell_down(h, xasprintf("USB devices cannot be listed: %s", libusb_strerror((int)n)));
		return;
	}
	why = try_devices(h, list);
	libusb_free_device_list(list, 1);
	if (why != NULL)
		tell_down(h, why);
	else
		timer_stop(h->look);
}

static int LIBUSB_CALL
on_hotplug(libusb_context *usb, libusb_device *device, libusb_hotplug_event event, void *arg)
{
	struct hid	*h = arg;

	if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT) {
		if (h->handle != NULL && libusb_get_device(h->handle) == device)
			lose(h, "it was unplugged");
	} else if (h->handle == NULL && (!timer_running(h->look) || timer_left(h->look) > SETTLE_MS) && h->wait_ms <= 500)
		timer_set(h->look, SETTLE_MS);
	return 0;
}

/* -- the backend ---------------------------------------------------------------------------- */

static void *
usb_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct hid	*h = xcalloc(1, sizeof(*h));
	int		 error;

	if (!usbport_read(&h->port, settings->port, why)) {
		usbport_free(&h->port);
		free(h);
		return NULL;
	}
	error = libusb_init(&h->usb);
	if (error != 0) {
		*why = xasprintf("USB cannot be used: %s", libusb_strerror(error));
		usbport_free(&h->port);
		free(h);
		return NULL;
	}
	h->loop = loop;
	h->changed = changed;
	h->arg = arg;
	TAILQ_INIT(&h->asks);
	STAILQ_INIT(&h->pushed);
	h->look = timer_new(loop, on_look, h);
	h->turn = timer_new(loop, on_turn, h);
	h->limit = timer_new(loop, on_limit, h);
	h->rest = timer_new(loop, on_rested, h);
	h->listen_again = timer_new(loop, on_listen_again, h);
	follow_fds(h);
	h->plugged = libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0 &&
	    libusb_hotplug_register_callback(h->usb,
	    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, LIBUSB_HOTPLUG_MATCH_ANY,
	    LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, h, &h->hotplug) == 0;
	LIST_INSERT_HEAD(&wires, h, entry);
	timer_set(h->look, 0);
	return h;
}

static char *
usb_check(const struct device_settings *settings, const struct driver *driver)
{
	struct usbport	 port;
	char		*why = NULL;

	usbport_read(&port, settings->port, &why);
	usbport_free(&port);
	return why;
}

static void
usb_forget(void *handle)
{
	struct hid	*h = handle;

	forget_asks(h);
	timer_stop(h->rest);
	h->rested = false;
	h->listener = NULL;
	forget_pushed(h);
}

static void
usb_close(void *handle)
{
	struct hid	*h = handle;
	size_t		 i;

	LIST_REMOVE(h, entry);
	close_device(h);
	if (h->plugged)
		libusb_hotplug_deregister_callback(h->usb, h->hotplug);
	libusb_set_pollfd_notifiers(h->usb, NULL, NULL, NULL);
	for (i = 0; i < FDS_MAX; i++)
		io_free(h->fds[i]);
	libusb_exit(h->usb);
	timer_free(h->look);
	timer_free(h->turn);
	timer_free(h->limit);
	timer_free(h->rest);
	timer_free(h->listen_again);
	usbport_free(&h->port);
	free(h->why);
	free(h);
}

const struct wire_backend usb_wire = {
	.wire = WIRE_HID,
	.name = "usb",
	.role = "usb",
	.open = usb_open,
	.check = usb_check,
	.forget = usb_forget,
	.close = usb_close,
};

/* -- for drivers ------------------------------------------------------------------------------- */

const struct hid_identity *
hid_identity(const struct hid *h)
{
	return &h->identity;
}

const uint8_t *
hid_descriptor(const struct hid *h, size_t *len)
{
	*len = h->descriptor.len;
	return buf_bytes(&h->descriptor);
}

void
hid_get_feature(struct hid *h, uint8_t report, size_t len, hid_fn *fn, void *arg)
{
	ask(h, LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_CLASS | LIBUSB_RECIPIENT_INTERFACE, GET_REPORT,
	    REPORT_FEATURE | report, h->interface, NULL, len, 0, fn, arg);
}

void
hid_set_feature(struct hid *h, uint8_t report, const uint8_t *bytes, size_t len, unsigned pause_ms, hid_fn *fn,
    void *arg)
{
	ask(h, LIBUSB_ENDPOINT_OUT | LIBUSB_REQUEST_TYPE_CLASS | LIBUSB_RECIPIENT_INTERFACE, SET_REPORT,
	    REPORT_FEATURE | report, h->interface, bytes, len, pause_ms, fn, arg);
}

/* Those that the kernel has read are in sysfs; on some bridges the number of any other is a command. */
void
hid_get_string(struct hid *h, uint8_t index, hid_fn *fn, void *arg)
{
	ask(h, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR, (uint16_t)(LIBUSB_DT_STRING << 8 | index), ENGLISH,
	    NULL, 255, 0, fn, arg);
}

void
hid_listen(struct hid *h, size_t longest, hid_fn *fn, void *arg)
{
	h->listener = fn;
	h->listener_arg = arg;
	if (h->endpoint == 0 || h->handle == NULL)
		return;
	if (h->interrupt == NULL) {
		h->longest = longest > h->packet ? longest : h->packet;
		h->interrupt = libusb_alloc_transfer(0);
		h->interrupt->buffer = xcalloc(1, h->longest + 1);
	}
	submit_interrupt(h);
}
