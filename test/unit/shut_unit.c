#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "test/unit/shut_unit.h"

struct shut_unit	shut;

/* -- what it is ------------------------------------------------------------------------ */

/* Bits in report 1, charge and runtime in 2, delays in 3 and 4, chemistry in 5, an alarm and a limit in 6. */
static const uint8_t	acme[] = {
	0x05, 0x84, 0x09, 0x04, 0xa1, 0x01, 0x09, 0x24, 0xa1, 0x02,
	0x09, 0x02, 0xa1, 0x02, 0x85, 0x01, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x05, 0x05, 0x85,
	0x09, 0xd0, 0x09, 0x44, 0x09, 0x45, 0x09, 0x42, 0x09, 0x4b, 0x81, 0x02,
	0x09, 0xd0, 0x09, 0x44, 0x09, 0x45, 0x09, 0x42, 0x09, 0x4b, 0xb1, 0x02,
	0x95, 0x03, 0x81, 0x01, 0xb1, 0x01, 0xc0,
	0x85, 0x02, 0x75, 0x08, 0x95, 0x01, 0x25, 0x64, 0x09, 0x66, 0x81, 0x02, 0x09, 0x66, 0xb1, 0x02,
	0x75, 0x10, 0x26, 0xff, 0x7f, 0x66, 0x01, 0x10, 0x09, 0x68, 0x81, 0x02, 0x09, 0x68, 0xb1, 0x02,
	0x05, 0x84, 0x85, 0x03, 0x15, 0xff, 0x09, 0x57, 0xb1, 0x02, 0x85, 0x04, 0x09, 0x56, 0xb1, 0x02,
	0x65, 0x00, 0x15, 0x00, 0x05, 0x85, 0x85, 0x05, 0x75, 0x08, 0x26, 0xff, 0x00, 0x09, 0x89, 0xb1, 0x02,
	0xc0, 0xc0,
};

void
shut_report(const uint8_t *bytes, size_t len)
{
	shut.features[bytes[0]].len = len;
	memcpy(shut.features[bytes[0]].bytes, bytes, len);
}

void
shut_be_acme(void)
{
	memset(&shut, 0, sizeof(shut));
	shut.vendor = 0x1209;
	shut.product = 1;
	shut.signals = 1u << SHUT_SYNC_FULL | 1u << SHUT_SYNC_NONE;
	shut.strings[0] = 1;
	shut.strings[1] = 2;
	strcpy(shut.texts[1], "ACME ");
	strcpy(shut.texts[2], "UPS 700");
	strcpy(shut.texts[4], "PbAc");
	memcpy(shut.descriptor, acme, sizeof(acme));
	shut.descriptor_len = sizeof(acme);
	SHUT_REPORT(1, 0x03);		/* mains, charging */
	SHUT_REPORT(2, 87, 0x58, 0x02);
	SHUT_REPORT(3, 0xff, 0xff);
	SHUT_REPORT(4, 0xff, 0xff);
	SHUT_REPORT(5, 4);
}

static size_t
read_hex(const char *text, uint8_t *out, size_t room)
{
	unsigned	 byte;
	size_t		 n = 0;
	int		 used;

	for (; n < room && sscanf(text, "%2x%n", &byte, &used) == 1; text += used)
		out[n++] = (uint8_t)byte;
	return n;
}

static void
load_line(const char *line)
{
	static const char *const	 words[] = { "imanufacturer", "iproduct", "iserial" };
	uint8_t				 bytes[256];
	unsigned			 n, k;
	size_t				 len;
	int				 at = 0;

	for (k = 0; k < nitems(words); k++)
		if (strncmp(line, words[k], strlen(words[k])) == 0)
			shut.strings[k] = (uint8_t)atoi(line + strlen(words[k]));
	if (sscanf(line, "vid %x", &n) == 1)
		shut.vendor = (uint16_t)n;
	else if (sscanf(line, "pid %x", &n) == 1)
		shut.product = (uint16_t)n;
	else if (sscanf(line, "str %u %n", &n, &at) == 1 && at > 0 && n < 256)
		snprintf(shut.texts[n], sizeof(shut.texts[n]), "%.*s", (int)strcspn(line + at, "\n"), line + at);
	else if (strncmp(line, "desc ", 5) == 0)
		shut.descriptor_len += read_hex(line + 5, shut.descriptor + shut.descriptor_len,
		    sizeof(shut.descriptor) - shut.descriptor_len);
	else if (sscanf(line, "feature %x %n", &n, &at) == 1 && at > 0) {
		len = read_hex(line + at, bytes, sizeof(bytes));
		if (len > 0)
			shut_report(bytes, len);
	}
}

bool
shut_load(const char *name)
{
	const char	*shared = getenv("SHARED");
	char		*path = xasprintf("%s/emulation/usb/devices/%s.ups", shared != NULL ? shared : "../shared", name);
	char		 line[2048];
	FILE		*f = fopen(path, "r");

	free(path);
	if (f == NULL)
		return false;
	memset(&shut, 0, sizeof(shut));
	shut.signals = 1u << SHUT_SYNC_FULL;
	while (fgets(line, sizeof(line), f) != NULL)
		load_line(line);
	fclose(f);
	return true;
}

/* -- sending ----------------------------------------------------------------------------- */

static void
say_byte(struct stage *s, uint8_t byte)
{
	buf_put(&s->saying, &byte, 1);
}

static void
say_frame(struct stage *s, const struct shut_frame *f)
{
	uint8_t	 bytes[SHUT_FRAME_MAX];
	size_t	 n = shut_write(bytes, f);

	if (shut.bad_sums > 0) {
		shut.bad_sums--;
		bytes[n - 1] ^= 0x55;
	}
	if (shut.noises > 0) {
		shut.noises--;
		buf_put(&s->saying, "\xff\x72", 2);
	}
	if (shut.half_frames > 0) {
		shut.half_frames--;
		n /= 2;
	}
	buf_put(&s->saying, bytes, n);
}

static void
say_reply(struct stage *s)
{
	struct shut_frame	 f = { .type = SHUT_RESPONSE };
	size_t			 left = shut.reply_len - shut.reply_at;

	f.len = left < SHUT_PAYLOAD ? left : SHUT_PAYLOAD;
	f.last = f.len == left;
	memcpy(f.payload, shut.reply + shut.reply_at, f.len);
	say_frame(s, &f);
}

void
shut_notify(struct stage *s, const uint8_t *bytes, size_t len)
{
	struct shut_frame	 f = { .type = SHUT_NOTIFICATION };
	size_t			 at;

	for (at = 0; at < len; at += f.len) {
		f.len = len - at < SHUT_PAYLOAD ? len - at : SHUT_PAYLOAD;
		f.last = at + f.len == len;
		memcpy(f.payload, bytes + at, f.len);
		say_frame(s, &f);
		shut.unacked++;
	}
	timer_set(s->turn, 0);
}

static void
say_ack(struct stage *s)
{
	if (shut.note.len > 0) {
		say_frame(s, &shut.note);
		shut.note.len = 0;
		shut.unacked++;
	}
	if (shut.lost_acks > 0)
		shut.lost_acks--;
	else
		say_byte(s, SHUT_ACK);
}

/* -- what it is asked ---------------------------------------------------------------------- */

static void
reply_with(const void *bytes, size_t len)
{
	size_t	 most = shut.setup[6] | (size_t)shut.setup[7] << 8;

	shut.reply_len = len < most ? len : most;
	memcpy(shut.reply, bytes, shut.reply_len);
}

static void
reply_string(const char *text)
{
	uint8_t	 bytes[130] = { 0, 3 };
	size_t	 i;

	for (i = 0; text[i] != '\0'; i++)
		bytes[2 + 2 * i] = (uint8_t)text[i];
	bytes[0] = (uint8_t)(2 + 2 * i);
	reply_with(bytes, bytes[0]);
}

static void
reply_device(void)
{
	const uint8_t	 d[18] = { 18, 1, 0x10, 1, 0, 0, 0, 8, (uint8_t)shut.vendor, (uint8_t)(shut.vendor >> 8),
			    (uint8_t)shut.product, (uint8_t)(shut.product >> 8), (uint8_t)shut.release,
			    (uint8_t)(shut.release >> 8), shut.strings[0], shut.strings[1], shut.strings[2], 1 };

	reply_with(d, sizeof(d));
}

static void
answer(struct stage *s)
{
	const uint8_t	*setup = shut.setup, low = setup[2], high = setup[3];
	const uint8_t	 hid[9] = { 9, 0x21, 0x10, 1, 0x21, 1, 0x22, (uint8_t)shut.descriptor_len,
			    (uint8_t)(shut.descriptor_len >> 8) };

	shut.reply_len = shut.reply_at = 0;
	shut.replying = true;
	if (setup[1] == 0x06 && high == 0x01)
		reply_device();
	else if (setup[1] == 0x06 && high == 0x03 && *shut.texts[low] != '\0')
		reply_string(shut.texts[low]);
	else if (setup[1] == 0x06 && high == 0x21)
		reply_with(hid, sizeof(hid));
	else if (setup[1] == 0x06 && high == 0x22 && low == shut.interface)
		reply_with(shut.descriptor, shut.descriptor_len);
	else if (setup[1] == 0x01 && high == 0x03)
		reply_with(shut.features[low].bytes, shut.features[low].len);
	say_reply(s);
}

static void
take_data(const struct shut_frame *f)
{
	memcpy(shut.written + shut.received, f->payload, f->len);
	shut.received += f->len;
	if (!f->last)
		return;
	shut.writing = false;
	shut.nwritten = shut.received;
	shut.writes++;
	shut_report(shut.written, shut.received);
}

static void
take_request(struct stage *s, const uint8_t *bytes, size_t len)
{
	struct shut_frame	 f;

	if (shut.naks > 0 || !shut_read(bytes, len, &f) || f.type != SHUT_REQUEST) {
		shut.naks -= shut.naks > 0;
		say_byte(s, SHUT_NAK);
		return;
	}
	if (!shut.writing && f.last) {
		memcpy(shut.setup, f.payload, SHUT_PAYLOAD);
		say_ack(s);
		answer(s);
	} else if (shut.refuses_writes) {
		say_byte(s, SHUT_NAK);
	} else {
		if (shut.writing)
			take_data(&f);
		else {
			shut.writing = true;
			shut.received = 0;
		}
		say_ack(s);
	}
}

static void
take_ack(struct stage *s)
{
	if (shut.unacked > 0) {
		shut.unacked--;
		return;
	}
	if (!shut.replying)
		return;
	shut.reply_at += shut.reply_len - shut.reply_at < SHUT_PAYLOAD ? shut.reply_len - shut.reply_at : SHUT_PAYLOAD;
	if (shut.reply_at < shut.reply_len)
		say_reply(s);
	else
		shut.replying = false;
}

static void
take(struct stage *s, const uint8_t *bytes, size_t len)
{
	if (len > 1)
		take_request(s, bytes, len);
	else if (bytes[0] == SHUT_ACK)
		take_ack(s);
	else if (bytes[0] == SHUT_NAK && shut.replying) {
		shut.resent++;
		say_reply(s);
	} else if ((shut.signals & 1u << bytes[0]) != 0) {
		shut.syncs++;
		shut.writing = shut.replying = false;
		shut.unacked = 0;
		say_byte(s, bytes[0]);
	}
}

size_t
shut_peer(struct stage *s, const char *heard, size_t len)
{
	const uint8_t	*bytes = (const uint8_t *)heard;
	ssize_t		 n = shut_token(bytes, len);

	if (n > 0 && !shut.deaf)
		take(s, bytes, (size_t)n);
	return n < 0 ? 1 : (size_t)n;
}
