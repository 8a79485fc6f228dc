#ifndef DRIVERS_MEGATEC_TUNNEL_H
#define DRIVERS_MEGATEC_TUNNEL_H

#include "drivers/megatec/transport.h"

/*
 * Lines of text through a USB bridge.  Pure: it says which transfer is next,
 * and is told what came of it.
 */

#define TUNNEL_LINE_MAX	64	/* bytes of a command */
#define TUNNEL_REPLY_MAX 512

/* A device's, from its start to its end. */
struct tunnel {
	const struct transport	*transport;
	uint16_t		 language;	/* of its strings; 0: not known yet */
	bool			 fixed;		/* it was given, and a string is only good with its true length */
	bool			 packets;	/* armac: the newer kind, by its endpoints */
	bool			 novendor;	/* hunnox: the string of I is left alone */
	unsigned		 locked;	/* hunnox: where the lock-step is */
	/* the exchange */
	char			 line[TUNNEL_LINE_MAX + 1];	/* with its CR */
	size_t			 len;
	unsigned		 phase, step, tries;
	struct transport_index	 index;		/* of the string that is the command */
	uint8_t			 bytes[TUNNEL_LINE_MAX];	/* of the next transfer */
	char			 reply[TUNNEL_REPLY_MAX + 2];	/* with a CR */
	size_t			 nreply;
};

enum tunnel_next {
	TUNNEL_TRANSFER,	/* the next one is in *t */
	TUNNEL_REPLY,		/* it is in reply, a CR behind it */
	TUNNEL_ECHO,		/* the bridge has no such command: as if it had come back */
	TUNNEL_SILENCE		/* there is no reply */
};

/* The line with its CR; a longer one than TUNNEL_LINE_MAX is an echo. */
enum tunnel_next	tunnel_begin(struct tunnel *, const char *line, size_t len, struct usb_transfer *t);
/* What came of the transfer. */
enum tunnel_next	tunnel_go_on(struct tunnel *, enum result, const uint8_t *, size_t, struct usb_transfer *t);

#endif
