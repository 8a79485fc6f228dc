#include <libusb.h>
#include <stdlib.h>
#include <string.h>

#include "bus/usb-inside.h"
#include "core/mem.h"

/* What a device sends by itself. */

#define PAUSE_MS	1000	/* before it is listened to again after an error */
#define PUSHED_MAX	64	/* reports that wait for the driver; more are dropped, the oldest first */

static void	submit_interrupt(struct usb *);

static void
keep_pushed(struct usb *u, const uint8_t *bytes, size_t len)
{
	struct usb_pushed	*p = xmalloc(sizeof(*p) + len), *first;

	p->len = len;
	memcpy(p->bytes, bytes, len);
	STAILQ_INSERT_TAIL(&u->pushed, p, entry);
	if (u->npushed++ < PUSHED_MAX)
		return;
	first = STAILQ_FIRST(&u->pushed);
	STAILQ_REMOVE_HEAD(&u->pushed, entry);
	free(first);
	u->npushed--;
}

static void LIBUSB_CALL
on_interrupt(struct libusb_transfer *t)
{
	struct usb	*u = t->user_data;

	u->listening = false;
	if (u->stopped)
		return;
	switch (t->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		if (t->actual_length > 0)
			keep_pushed(u, t->buffer, (size_t)t->actual_length);
		timer_set(u->turn, 0);
		submit_interrupt(u);
		break;
	case LIBUSB_TRANSFER_NO_DEVICE:
		usb_lose(u, "it was unplugged");
		break;
	default:
		u->halted = t->status == LIBUSB_TRANSFER_STALL;
		timer_set(u->listen_again, PAUSE_MS);
	}
}

static void
submit_interrupt(struct usb *u)
{
	int	error;

	if (u->listening || u->listener == NULL || u->handle == NULL || u->interrupt == NULL)
		return;
	libusb_fill_interrupt_transfer(u->interrupt, u->handle, u->endpoint, u->interrupt->buffer, (int)u->longest,
	    on_interrupt, u, 0);
	error = libusb_submit_transfer(u->interrupt);
	u->listening = error == 0;
	if (error == LIBUSB_ERROR_NO_DEVICE)
		usb_lose(u, "it was unplugged");
	else if (error != 0)
		timer_set(u->listen_again, PAUSE_MS);
}

void
usb_on_listen_again(void *arg)
{
	struct usb	*u = arg;

	if (u->halted && u->handle != NULL)
		libusb_clear_halt(u->handle, u->endpoint);
	u->halted = false;
	submit_interrupt(u);
}

/* True when something was told: the wire may be gone. */
bool
usb_tell_pushed(struct usb *u)
{
	struct usb_pushed	*p = STAILQ_FIRST(&u->pushed);

	if (p == NULL)
		return false;
	STAILQ_REMOVE_HEAD(&u->pushed, entry);
	u->npushed--;
	timer_set(u->turn, 0);
	if (u->listener != NULL)
		u->listener(u->listener_arg, R_DONE, NULL, p->bytes, p->len);
	free(p);
	return true;
}

void
usb_forget_pushed(struct usb *u)
{
	struct usb_pushed	*p;

	while ((p = STAILQ_FIRST(&u->pushed)) != NULL) {
		STAILQ_REMOVE_HEAD(&u->pushed, entry);
		free(p);
	}
	u->npushed = 0;
}

void
usb_listen(struct usb *u, size_t longest, hid_fn *fn, void *arg)
{
	u->listener = fn;
	u->listener_arg = arg;
	if (u->endpoint == 0 || u->handle == NULL)
		return;
	if (u->interrupt == NULL) {
		u->longest = longest > u->packet ? longest : u->packet;
		u->interrupt = libusb_alloc_transfer(0);
		u->interrupt->buffer = xcalloc(1, u->longest + 1);
	}
	submit_interrupt(u);
}
