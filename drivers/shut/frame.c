#include <string.h>

#include "drivers/shut/frame.h"

static bool
is_signal(uint8_t b)
{
	return b == SHUT_ACK || b == SHUT_NAK || (b >= SHUT_SYNC_FULL && b <= SHUT_SYNC_NONE);
}

static bool
is_type(uint8_t b)
{
	unsigned	 type = b & 0x0f;

	return (b & 0x70) == 0 && (type == SHUT_REQUEST || type == SHUT_RESPONSE || type == SHUT_NOTIFICATION);
}

static bool
lengths_agree(uint8_t b)
{
	return (b & 0x0f) == b >> 4 && (b & 0x0f) <= SHUT_PAYLOAD;
}

ssize_t
shut_token(const uint8_t *bytes, size_t len)
{
	size_t	 whole;

	if (len == 0)
		return 0;
	if (is_signal(bytes[0]))
		return 1;
	if (!is_type(bytes[0]))
		return -1;
	if (len < 2)
		return 0;
	if (!lengths_agree(bytes[1]))
		return 2;
	whole = 3u + (bytes[1] & 0x0f);
	return len < whole ? 0 : (ssize_t)whole;
}

bool
shut_is_signal(const uint8_t *bytes, size_t len, uint8_t signal)
{
	return len == 1 && bytes[0] == signal;
}

bool
shut_read(const uint8_t *bytes, size_t len, struct shut_frame *f)
{
	uint8_t	 sum = 0;
	size_t	 i;

	if (len < 3 || len != 3u + (bytes[1] & 0x0f))
		return false;
	*f = (struct shut_frame){ .type = bytes[0] & 0x0f, .last = (bytes[0] & 0x80) != 0, .len = len - 3 };
	for (i = 0; i < f->len; i++)
		sum ^= f->payload[i] = bytes[2 + i];
	return sum == bytes[len - 1];
}

size_t
shut_write(uint8_t out[SHUT_FRAME_MAX], const struct shut_frame *f)
{
	uint8_t	 sum = 0;
	size_t	 i;

	out[0] = (uint8_t)(f->type | (f->last ? 0x80 : 0));
	out[1] = (uint8_t)(f->len << 4 | f->len);
	for (i = 0; i < f->len; i++)
		sum ^= out[2 + i] = f->payload[i];
	out[2 + f->len] = sum;
	return f->len + 3;
}

void
shut_setup(uint8_t out[SHUT_PAYLOAD], uint8_t type, uint8_t request, uint16_t value, uint16_t length)
{
	const uint8_t	 setup[SHUT_PAYLOAD] = { type, request, (uint8_t)value, (uint8_t)(value >> 8), 0, 0,
			    (uint8_t)length, (uint8_t)(length >> 8) };

	memcpy(out, setup, sizeof(setup));
}

/* What is above the basic plane, or none of a text, is a question mark. */
static size_t
put_character(unsigned c, char out[3])
{
	if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c <= 0xdfff))
		c = '?';
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

void
shut_string(const uint8_t *bytes, size_t len, char *out, size_t room)
{
	size_t	 i, n, used = 0;
	char	 character[3];

	if (len > 0 && bytes[0] < len)
		len = bytes[0];
	for (i = 2; i + 1 < len && (bytes[i] | bytes[i + 1]) != 0; i += 2) {
		if (used == 0 && bytes[i] == ' ' && bytes[i + 1] == 0)
			continue;
		n = put_character(bytes[i] | (unsigned)bytes[i + 1] << 8, character);
		if (used + n >= room)
			break;
		memcpy(out + used, character, n);
		used += n;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}
