#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/tunnel.h"

#define IN_ENDPOINT	0x81
#define OUT_ENDPOINT	0x02
#define ARMAC_IN	0x82	/* of its newer kind */
#define CLASS_OUT	0x21	/* class, interface */
#define CLASS_IN	0xa1
#define VENDOR_OUT	0x42	/* vendor, endpoint */
#define DEVICE_IN	0x80
#define GET_DESCRIPTOR	0x06
#define GET_REPORT	0x01
#define SET_REPORT	0x09
#define STRING		0x0300
#define ENGLISH		0x0409
#define READ_MS		1000
#define NO_ACK		"UPS No Ack"

enum { PREPARE, WRITE, READ };

/* -- transfers -------------------------------------------------------------------------------- */

static struct usb_transfer
read_interrupt(uint8_t endpoint, size_t len, unsigned ms)
{
	return (struct usb_transfer){ .kind = USB_INTERRUPT, .endpoint = endpoint, .len = len, .timeout_ms = ms };
}

static struct usb_transfer
read_string(const struct tunnel *n, uint8_t index, size_t len)
{
	return (struct usb_transfer){ .kind = USB_CONTROL, .type = DEVICE_IN, .request = GET_DESCRIPTOR,
	    .value = (uint16_t)(STRING | index), .index = index == 0 ? 0 : n->language, .len = len, .timeout_ms = READ_MS };
}

static struct usb_transfer
set_report(const struct tunnel *n, size_t len)
{
	return (struct usb_transfer){ .kind = USB_CONTROL, .type = CLASS_OUT, .request = SET_REPORT,
	    .value = n->transport->value, .data = n->bytes, .len = len, .timeout_ms = n->transport->write_ms };
}

/* -- before the command ------------------------------------------------------------------------ */

/*
 * Hunnox answers only who has read some strings before: the languages twice
 * and the first string, and then before each command one of three in turn, but
 * not the very one that is the command.
 */
static bool
next_lock(struct tunnel *n, struct usb_transfer *t)
{
	static const uint8_t	before[] = { 0, 0, 1 }, turns[] = { 0x0d, 0x03, 0x0c };
	uint8_t			index;

	if (n->locked < nitems(before)) {
		*t = read_string(n, before[n->locked++], 1026);
		n->step = n->locked == nitems(before);		/* that was all for the first command */
		return true;
	}
	if (n->step > 0)
		return false;
	n->step = 1;
	index = turns[n->locked % nitems(turns)];
	n->locked = n->locked + 1 < 2 * nitems(turns) ? n->locked + 1 : nitems(before);
	if (index == n->index.index || (index == 0x0c && n->novendor))
		return false;
	*t = read_string(n, index, 102);
	return true;
}

static bool
next_preparation(struct tunnel *n, struct usb_transfer *t)
{
	bool	 armac = n->transport->write == WRITE_ARMAC;

	switch (n->transport->prepare) {
	case PREPARE_DRAIN:
		if ((armac && n->packets) || n->step == (armac ? 10 : 8))
			return false;
		*t = read_interrupt(IN_ENDPOINT, 8, armac ? 100 : READ_MS);
		n->step++;
		return true;
	case PREPARE_THROW_AWAY:
		*t = read_interrupt(IN_ENDPOINT, 102, READ_MS);
		return n->step++ == 0;
	case PREPARE_LANGUAGE:
		*t = read_string(n, 0, 255);
		return n->language == 0 && n->step++ == 0;
	case PREPARE_LOCK:
		return next_lock(n, t);
	default:
		return false;
	}
}

/* True: there is no more to prepare. */
static bool
take_preparation(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len)
{
	if (n->transport->prepare == PREPARE_LANGUAGE)
		n->language = result == R_DONE && len >= 4 && bytes[1] == STRING >> 8 ?
		    (uint16_t)(bytes[2] | bytes[3] << 8) : ENGLISH;
	return n->transport->prepare == PREPARE_DRAIN && (result != R_DONE || len == 0);
}

/* -- the command ----------------------------------------------------------------------------------- */

/* False: all of it was sent. */
static bool
next_piece(struct tunnel *n, size_t head, struct usb_transfer *t)
{
	size_t	 piece = n->transport->size - head, at = n->step * piece;
	size_t	 len = n->len - at < piece ? n->len - at : piece;

	if (at >= n->len)
		return false;
	memset(n->bytes, 0, sizeof(n->bytes));
	memcpy(n->bytes + head, n->line + at, len);
	if (head > 0)
		n->bytes[0] = (uint8_t)(len + (n->transport->write == WRITE_ARMAC ? 0xa0 : 0));
	*t = set_report(n, n->transport->size);
	n->step++;
	return true;
}

static struct usb_transfer
write_interrupt(const struct tunnel *n, size_t len)
{
	return (struct usb_transfer){ .kind = USB_INTERRUPT, .endpoint = OUT_ENDPOINT, .data = n->bytes, .len = len,
	    .timeout_ms = n->transport->write_ms };
}

static uint8_t
expected_length(const char *line)
{
	static const struct { const char *line; uint8_t len; } rows[] = { { "Q1", 47 }, { "F", 22 }, { "I", 39 } };
	size_t	 i;

	for (i = 0; i < nitems(rows); i++)
		if (strncmp(line, rows[i].line, strlen(rows[i].line)) == 0 && line[strlen(rows[i].line)] == '\r')
			return rows[i].len;
	return 0;
}

static bool
next_write(struct tunnel *n, struct usb_transfer *t)
{
	bool	 first = n->step == 0;

	switch (n->transport->write) {
	case WRITE_STRING:
		return false;
	case WRITE_PIECES:
		return next_piece(n, 0, t);
	case WRITE_COUNTED:
		return next_piece(n, 1, t);
	case WRITE_ARMAC:
		if (!n->packets)
			return next_piece(n, 1, t);
		n->bytes[0] = (uint8_t)(0xa0 + n->len);
		memcpy(n->bytes + 1, n->line, n->len + 1);
		*t = write_interrupt(n, n->len + 2);
		break;
	case WRITE_FUJI:
		memset(n->bytes, 0, sizeof(n->bytes));
		memcpy(n->bytes, (const uint8_t [4]){ 0x80, 0x06, (uint8_t)n->len, 0x03 }, 4);
		memcpy(n->bytes + 4, n->line, n->len - 1);
		n->bytes[7] = expected_length(n->line);
		*t = write_interrupt(n, 8);
		break;
	case WRITE_VENDOR:
		*t = (struct usb_transfer){ .kind = USB_CONTROL, .type = VENDOR_OUT, .request = 0x0d, .data = n->line,
		    .len = n->len, .timeout_ms = n->transport->write_ms };
		break;
	case WRITE_REPORT:
		memset(n->bytes, 0, sizeof(n->bytes));
		memcpy(n->bytes, (const uint8_t [3]){ 0x05, 0x00, (uint8_t)n->len }, 3);
		memcpy(n->bytes + 3, n->line, n->len);
		*t = set_report(n, n->transport->size);
		break;
	}
	n->step++;
	return first;
}

/* -- the reply ----------------------------------------------------------------------------------------- */

/* Phoenixtec's has no reply to what acts: the word, and then no capital letter. */
static bool
has_no_reply(const struct tunnel *n)
{
	static const char *const	words[] = { "T", "TL", "S", "C", "CT", "M", "N", "O", "SRC", "FCLR", "SS", "TUD",
						    "SSN" };
	size_t				i, len;

	for (i = 0; n->transport->write == WRITE_VENDOR && i < nitems(words); i++) {
		len = strlen(words[i]);
		if (strncmp(n->line, words[i], len) == 0 && !isupper((unsigned char)n->line[len]))
			return true;
	}
	return false;
}

static enum tunnel_next
next_read(struct tunnel *n, unsigned pause_ms, struct usb_transfer *t)
{
	const struct transport	*p = n->transport;

	if (n->step == 0 && has_no_reply(n))
		return TUNNEL_SILENCE;
	switch (p->read) {
	case READ_STRING:
		*t = read_string(n, n->index.index, p->rsize);
		pause_ms = p->prepare == PREPARE_LOCK ? 10 : pause_ms;
		break;
	case READ_REPORT:
		*t = (struct usb_transfer){ .kind = USB_CONTROL, .type = CLASS_IN, .request = GET_REPORT,
		    .value = p->value, .len = p->rsize, .timeout_ms = READ_MS };
		pause_ms = 500;
		break;
	case READ_ARMAC:
		*t = read_interrupt(n->packets ? ARMAC_IN : IN_ENDPOINT, n->packets ? 64 : 8, READ_MS);
		if (n->step == 0)
			pause_ms = 2;
		break;
	default:
		*t = read_interrupt(IN_ENDPOINT, p->rsize, READ_MS);
	}
	n->step++;
	t->pause_ms = pause_ms;
	return TUNNEL_TRANSFER;
}

/* Up to its CR, or with one that was missing. */
static enum tunnel_next
end_reply(struct tunnel *n)
{
	char	*cr = memchr(n->reply, '\r', n->nreply);

	if (cr != NULL)
		n->nreply = (size_t)(cr + 1 - n->reply);
	else
		n->reply[n->nreply++] = '\r';
	n->reply[n->nreply] = '\0';
	return TUNNEL_REPLY;
}

static void
add(struct tunnel *n, const uint8_t *bytes, size_t len)
{
	size_t	 i;

	for (i = 0; i < len && n->nreply < TUNNEL_REPLY_MAX; i++)
		if (bytes[i] != 0 || n->transport->write != WRITE_FUJI)
			n->reply[n->nreply++] = (char)bytes[i];
}

static enum tunnel_next
take_packet(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	if (result != R_DONE || n->nreply == TUNNEL_REPLY_MAX)
		return TUNNEL_SILENCE;
	add(n, bytes, len);
	return memchr(n->reply, '\r', n->nreply) != NULL ? end_reply(n) : next_read(n, 0, t);
}

static enum tunnel_next
take_one(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len)
{
	const uint8_t	*cr = len > 0 ? memchr(bytes, '\r', len) : NULL;
	size_t		 i;

	if (result != R_DONE)
		return TUNNEL_SILENCE;
	for (i = 0; cr == NULL && i < len && bytes[i] != 0; i++)
		;
	add(n, bytes, cr != NULL ? (size_t)(cr - bytes) : i);
	return end_reply(n);
}

static enum tunnel_next
take_counted(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	size_t	 count;

	if (result != R_DONE || len == 0 || n->nreply == TUNNEL_REPLY_MAX)
		return n->nreply > 0 ? end_reply(n) : TUNNEL_SILENCE;
	count = bytes[0] < len - 1 ? bytes[0] : len - 1;
	add(n, bytes + 1, count < 7 ? count : 7);
	return memchr(n->reply, '\r', n->nreply) != NULL ? end_reply(n) : next_read(n, 0, t);
}

/* False: no string is in it. */
static bool
take_text(struct tunnel *n, const uint8_t *bytes, size_t len)
{
	size_t	 i;

	if (len < 2 || bytes[1] != STRING >> 8 || bytes[0] > len || (n->fixed && bytes[0] != len))
		return false;
	for (i = 2; i + 1 < bytes[0] && n->nreply < TUNNEL_REPLY_MAX; i += 2)
		n->reply[n->nreply++] = bytes[i + 1] == 0 ? (char)bytes[i] : '?';
	return true;
}

static enum tunnel_next
take_string(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	size_t	 no_ack = strlen(NO_ACK);
	bool	 is_text;

	n->nreply = 0;
	is_text = result == R_DONE && take_text(n, bytes, len);
	if (is_text && n->nreply >= no_ack && memcmp(n->reply, NO_ACK, no_ack) == 0) {
		n->nreply = 0;
		is_text = n->transport->no_ack;
	}
	if (is_text) {
		if (n->index.first != '\0' && n->nreply > 0)
			n->reply[0] = n->index.first;
		return end_reply(n);
	}
	return ++n->tries < n->transport->tries ? next_read(n, 100, t) : TUNNEL_SILENCE;
}

static enum tunnel_next	next_transfer(struct tunnel *, struct usb_transfer *);

/* Of the wrong length it is another reply, or half of one: the command is sent again. */
static enum tunnel_next
take_report(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	const uint8_t	*cr = result == R_DONE && len > 0 ? memchr(bytes, '\r', len) : NULL;
	size_t		 wanted = expected_length(n->line);

	if (cr != NULL && (wanted == 0 || (size_t)(cr + 1 - bytes) == wanted)) {
		add(n, bytes, (size_t)(cr - bytes));
		return end_reply(n);
	}
	if (++n->tries == n->transport->tries)
		return TUNNEL_SILENCE;
	n->phase = WRITE;
	n->step = 0;
	return next_transfer(n, t);
}

/* A zero that stands where the states are is a 0 that they got wrong. */
static enum tunnel_next
take_armac(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	size_t	 count, i;

	if (result != R_DONE || len == 0 || (bytes[0] & 0x3f) == 0 || n->nreply == TUNNEL_REPLY_MAX)
		return n->nreply > 0 ? end_reply(n) : TUNNEL_SILENCE;
	count = bytes[0] & 0x3f;
	for (i = 1; i <= count && i < len && n->nreply < TUNNEL_REPLY_MAX; i++) {
		if (bytes[i] == 0 && n->nreply < 38)
			return n->nreply > 0 ? end_reply(n) : TUNNEL_SILENCE;
		n->reply[n->nreply++] = bytes[i] == 0 ? '0' : (char)bytes[i];
		if (bytes[i] == '\r')
			return end_reply(n);
	}
	return next_read(n, count <= 2 ? 10 : 0, t);
}

static enum tunnel_next
take_reply(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	switch (n->transport->read) {
	case READ_PACKETS:
		return take_packet(n, result, bytes, len, t);
	case READ_ONE:
		return take_one(n, result, bytes, len);
	case READ_COUNTED:
		return take_counted(n, result, bytes, len, t);
	case READ_STRING:
		return take_string(n, result, bytes, len, t);
	case READ_REPORT:
		return take_report(n, result, bytes, len, t);
	default:
		return take_armac(n, result, bytes, len, t);
	}
}

/* -- the exchange ------------------------------------------------------------------------------------------ */

static enum tunnel_next
next_transfer(struct tunnel *n, struct usb_transfer *t)
{
	if (n->phase == PREPARE) {
		if (next_preparation(n, t))
			return TUNNEL_TRANSFER;
		n->phase = WRITE;
		n->step = 0;
	}
	if (n->phase == WRITE) {
		if (next_write(n, t))
			return TUNNEL_TRANSFER;
		n->phase = READ;
		n->step = 0;
	}
	return next_read(n, 0, t);
}

enum tunnel_next
tunnel_begin(struct tunnel *n, const char *line, size_t len, struct usb_transfer *t)
{
	n->phase = n->step = n->tries = 0;
	n->nreply = 0;
	if (len == 0 || len > TUNNEL_LINE_MAX - 2 || line[len - 1] != '\r')
		return TUNNEL_ECHO;
	memcpy(n->line, line, len - 1);
	n->line[len - 1] = '\0';
	n->index = (struct transport_index){ NULL, 0, '\0' };
	if (!transport_takes(n->transport, n->line, len, &n->index))
		return TUNNEL_ECHO;
	if (n->transport->write == WRITE_FUJI)
		len = strlen(n->line) + 1;
	memcpy(n->line + len - 1, "\r", 2);
	n->len = len;
	if (n->transport->prepare != PREPARE_LANGUAGE && n->language == 0)
		n->language = ENGLISH;
	return next_transfer(n, t);
}

enum tunnel_next
tunnel_go_on(struct tunnel *n, enum result result, const uint8_t *bytes, size_t len, struct usb_transfer *t)
{
	if (n->phase == PREPARE) {
		if (take_preparation(n, result, bytes, len)) {
			n->phase = WRITE;
			n->step = 0;
		}
		return next_transfer(n, t);
	}
	if (n->phase == WRITE)
		return result == R_DONE ? next_transfer(n, t) : TUNNEL_SILENCE;
	return take_reply(n, result, bytes, len, t);
}
