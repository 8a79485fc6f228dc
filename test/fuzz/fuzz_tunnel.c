/*
 * Any USB bridge: the first byte chooses the transport, the second the line;
 * then each transfer is answered by a byte of length (255: a time-out, 254: a
 * stall) and so many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/megatec/tunnel.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const lines[] = { "Q1\r", "F\r", "I\r", "S.5R0003\r", "S02R0000\r", "QGS\r", "T\r", "BL\r" };

static enum tunnel_next
answer(struct tunnel *n, const uint8_t **data, size_t *size, struct usb_transfer *t)
{
	uint8_t		 len = **data, *copy;
	enum tunnel_next next;

	++*data;
	--*size;
	if (len >= 254)
		return tunnel_go_on(n, len == 255 ? R_TIMEOUT : R_UNKNOWN, NULL, 0, t);
	if (len > *size)
		len = (uint8_t)*size;
	/* of its own, so that a byte too far is seen */
	copy = malloc(len + 1u);
	memcpy(copy, *data, len);
	copy = realloc(copy, len > 0 ? len : 1);
	*data += len;
	*size -= len;
	next = tunnel_go_on(n, R_DONE, len > 0 ? copy : NULL, len, t);
	free(copy);
	return next;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct transport	*transport = NULL;
	struct tunnel		 n = { .packets = false };
	struct usb_transfer	 t = { .kind = USB_REST };
	enum tunnel_next	 next;
	unsigned		 i, rounds;

	if (size < 2)
		return 0;
	for (i = 0; i <= data[0] % 14u; i++)
		transport = transport_next(transport);
	n.transport = transport;
	n.packets = data[0] >= 128;
	n.fixed = data[1] >= 128;
	i = data[1] % 8u;
	data += 2;
	size -= 2;
	for (rounds = 0; rounds < 3; rounds++) {
		next = tunnel_begin(&n, lines[(i + rounds) % 8], strlen(lines[(i + rounds) % 8]), &t);
		while (next == TUNNEL_TRANSFER && size > 0)
			next = answer(&n, &data, &size, &t);
		if (next == TUNNEL_REPLY && (n.nreply == 0 || n.reply[n.nreply - 1] != '\r' || n.reply[n.nreply] != '\0'))
			abort();
	}
	return 0;
}
