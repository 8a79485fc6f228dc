#include <libusb.h>
#include <stdlib.h>
#include <string.h>

#include "bus/usb-inside.h"
#include "core/buf.h"
#include "core/mem.h"

/* Transfers that were asked for. */

#define TRANSFER_MS	5000	/* of one, where its asker says nothing */
#define FAILURES_MAX	5	/* in a row, until the device is opened anew */

struct usb_ask {
	TAILQ_ENTRY(usb_ask)	 entry;
	struct usb_transfer	 t;
	uint8_t			*data;		/* what is written; NULL: something is read */
	bool			 string;	/* its answer becomes UTF-8 */
	hid_fn			*done;
	void			*arg;
};

static void	start_next(struct usb *);

static void
free_ask(struct usb_ask *a)
{
	free(a->data);
	free(a);
}

void
usb_free_transfer(struct libusb_transfer *t)
{
	if (t == NULL)
		return;
	free(t->buffer);
	libusb_free_transfer(t);
}

void
usb_begin_asks(struct usb *u)
{
	u->transfer = libusb_alloc_transfer(0);
	u->transfer->buffer = xcalloc(1, USB_SETUP + USB_BYTES_MAX);
	u->rested = false;
	u->failures = 0;
}

void
usb_forget_asks(struct usb *u)
{
	struct usb_ask	*a, *next;

	for (a = TAILQ_FIRST(&u->asks); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		a->done = NULL;
		if (!u->asking || a != TAILQ_FIRST(&u->asks)) {
			TAILQ_REMOVE(&u->asks, a, entry);
			free_ask(a);
		}
	}
}

void
usb_end_asks(struct usb *u)
{
	struct usb_ask	*a;

	usb_free_transfer(u->transfer);
	u->transfer = NULL;
	while ((a = TAILQ_FIRST(&u->asks)) != NULL) {
		TAILQ_REMOVE(&u->asks, a, entry);
		free_ask(a);
	}
}

static void LIBUSB_CALL
on_transfer(struct libusb_transfer *t)
{
	struct usb	*u = t->user_data;

	u->answered = true;
	timer_set(u->turn, 0);
}

void
usb_on_limit(void *arg)
{
	struct usb	*u = arg;

	if (u->asking && !u->answered)
		libusb_cancel_transfer(u->transfer);
}

bool
usb_overflowed(const struct usb *u)
{
	return u->transfer->status == LIBUSB_TRANSFER_OVERFLOW;
}

static enum result
result_of(const struct usb *u, const char **detail)
{
	switch (u->transfer->status) {
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

static void
tell(const struct usb_ask *a, enum result result, const char *detail, struct buf *bytes)
{
	if (a->done == NULL)
		return;
	if (a->string && result == R_DONE)
		tell_string(a, buf_bytes(bytes), bytes->len);
	else
		a->done(a->arg, result, detail, bytes->len > 0 ? buf_bytes(bytes) : NULL, bytes->len);
}

static bool
reads(const struct usb_ask *a)
{
	return ((a->t.kind == USB_CONTROL ? a->t.type : a->t.endpoint) & LIBUSB_ENDPOINT_IN) != 0;
}

static void
take_bytes(struct usb *u, const struct usb_ask *a, struct buf *bytes)
{
	const uint8_t	*at = u->transfer->buffer;

	if (a->t.kind == USB_CONTROL)
		at += USB_SETUP;
	if (reads(a) && u->transfer->actual_length > 0)
		buf_put(bytes, at, (size_t)u->transfer->actual_length);
}

/* An interrupt that says nothing is no failure. */
static void
count_failures(struct usb *u, const struct usb_ask *a, enum result result)
{
	bool	 failed = result == R_FAILED || (result == R_TIMEOUT && a->t.kind == USB_CONTROL);

	u->failures = failed ? u->failures + 1 : 0;
	if (u->transfer->status == LIBUSB_TRANSFER_NO_DEVICE)
		usb_lose(u, "it was unplugged");
	if (u->failures >= FAILURES_MAX)
		usb_lose(u, "it no longer answers");
}

bool
usb_tell_answer(struct usb *u)
{
	struct usb_ask	*a = TAILQ_FIRST(&u->asks);
	struct buf	 bytes = { 0 };
	const char	*detail = NULL;
	enum result	 result = R_DONE;

	if (!u->asking || !u->answered)
		return false;
	timer_stop(u->limit);
	TAILQ_REMOVE(&u->asks, a, entry);
	u->asking = u->answered = u->rested = false;
	if (a->t.kind != USB_REST) {
		result = result_of(u, &detail);
		take_bytes(u, a, &bytes);
		if (result == R_TIMEOUT && bytes.len > 0 && a->t.kind == USB_INTERRUPT)
			result = R_DONE;
		if (result == R_UNKNOWN && a->t.kind == USB_INTERRUPT)
			libusb_clear_halt(u->handle, a->t.endpoint);
		count_failures(u, a, result);
	}
	start_next(u);
	tell(a, result, detail, &bytes);
	buf_free(&bytes);
	free_ask(a);
	return true;
}

void
usb_on_rested(void *arg)
{
	struct usb	*u = arg;

	u->rested = true;
	start_next(u);
}

static void
fill(struct usb *u, const struct usb_ask *a)
{
	uint8_t	*buffer = u->transfer->buffer, *data = buffer;

	if (a->t.kind == USB_CONTROL) {
		libusb_fill_control_setup(buffer, a->t.type, a->t.request, a->t.value, a->t.index, (uint16_t)a->t.len);
		data += USB_SETUP;
	}
	if (a->data != NULL)
		memcpy(data, a->data, a->t.len);
	if (a->t.kind == USB_CONTROL)
		libusb_fill_control_transfer(u->transfer, u->handle, buffer, on_transfer, u, 0);
	else
		libusb_fill_interrupt_transfer(u->transfer, u->handle, a->t.endpoint, buffer, (int)a->t.len, on_transfer,
		    u, 0);
}

static void
start_next(struct usb *u)
{
	struct usb_ask	*a = TAILQ_FIRST(&u->asks);
	int		 error;

	if (a == NULL || u->asking || u->lost || u->handle == NULL || timer_running(u->rest))
		return;
	if (a->t.pause_ms > 0 && !u->rested) {
		timer_set(u->rest, a->t.pause_ms);
		return;
	}
	u->asking = true;
	if (a->t.kind == USB_REST) {
		u->answered = true;
		timer_set(u->turn, 0);
		return;
	}
	fill(u, a);
	error = libusb_submit_transfer(u->transfer);
	if (error == 0) {
		timer_set(u->limit, a->t.timeout_ms > 0 ? a->t.timeout_ms : TRANSFER_MS);
		return;
	}
	u->transfer->actual_length = 0;
	u->transfer->status = error == LIBUSB_ERROR_NO_DEVICE ? LIBUSB_TRANSFER_NO_DEVICE : LIBUSB_TRANSFER_ERROR;
	on_transfer(u->transfer);
}

void
usb_submit(struct usb *u, const struct usb_transfer *t, hid_fn *fn, void *arg)
{
	struct usb_ask	*a = xcalloc(1, sizeof(*a));

	a->t = *t;
	if (a->t.len > USB_BYTES_MAX)
		a->t.len = USB_BYTES_MAX;
	if (t->data != NULL) {
		a->data = xmalloc(a->t.len + 1);
		memcpy(a->data, t->data, a->t.len);
		a->t.data = NULL;
	}
	a->string = u->class->hid && t->kind == USB_CONTROL && t->request == LIBUSB_REQUEST_GET_DESCRIPTOR &&
	    t->value >> 8 == LIBUSB_DT_STRING;
	a->done = fn;
	a->arg = arg;
	TAILQ_INSERT_TAIL(&u->asks, a, entry);
	start_next(u);
}
