#ifndef DRIVERS_SHUT_FRAME_H
#define DRIVERS_SHUT_FRAME_H

#include "core/driver.h"

/*
 * SHUT, the serial HID UPS transfer of MGE: USB's control transfers cut into
 * frames of up to 8 bytes, each acknowledged by one.  The pure part.
 *
 *	> 16			synchronise; < 16
 *	> 81 88 a1 01 20 03 00 00 02 00 81	get feature report 32, the last frame
 *	< 06			taken
 *	< 84 22 20 64 44	report 32 says 100; > 06
 */
enum {
	SHUT_ACK = 0x06, SHUT_NAK = 0x15,
	SHUT_SYNC_FULL = 0x16, SHUT_SYNC_REDUCED = 0x17, SHUT_SYNC_NONE = 0x18	/* with all, some, no notifications */
};

enum shut_type { SHUT_REQUEST = 1, SHUT_RESPONSE = 4, SHUT_NOTIFICATION = 5 };

#define SHUT_PAYLOAD	8
#define SHUT_FRAME_MAX	(SHUT_PAYLOAD + 3)

struct shut_frame {
	enum shut_type	 type;
	bool		 last;		/* of a transfer */
	size_t		 len;
	uint8_t		 payload[SHUT_PAYLOAD];
};

/* A signal is one byte, a frame 3 to 11; a frame whose two lengths differ is 2; everything else is noise. */
ssize_t	shut_token(const uint8_t *, size_t);
bool	shut_is_signal(const uint8_t *, size_t len, uint8_t signal);
/* Of a token that is no signal.  False: its lengths or its sum are wrong. */
bool	shut_read(const uint8_t *, size_t len, struct shut_frame *);
size_t	shut_write(uint8_t out[SHUT_FRAME_MAX], const struct shut_frame *);

/* The setup packet of a control transfer (USB 2.0, 9.3). */
void	shut_setup(uint8_t out[SHUT_PAYLOAD], uint8_t type, uint8_t request, uint16_t value, uint16_t length);

/* A string descriptor (USB 2.0, 9.6.7) as UTF-8 without blanks at its ends; NUL-ended, cut at a character. */
void	shut_string(const uint8_t *, size_t len, char *out, size_t room);

#endif
