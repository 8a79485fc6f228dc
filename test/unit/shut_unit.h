#ifndef TEST_UNIT_SHUT_UNIT_H
#define TEST_UNIT_SHUT_UNIT_H

#include "drivers/shut/frame.h"
#include "test/unit/stream_stage.h"

/* A unit that speaks HID in SHUT's frames, held in a test's hands, with the faults of real lines.  One at a time. */
struct shut_unit {
	uint16_t	 vendor, product, release;
	uint8_t		 strings[3];		/* numbers of maker, model, serial */
	char		 texts[256][64];
	uint8_t		 descriptor[8192];
	size_t		 descriptor_len;
	uint8_t		 interface;		/* its descriptor has this number, and the other one is of no use */
	struct { size_t len; uint8_t bytes[256]; } features[256];
	unsigned	 signals;		/* that it knows, a bit each: 1 << SHUT_SYNC_FULL; others are not answered */
	/* faults, so many times */
	unsigned	 naks, bad_sums, lost_acks, half_frames, noises;
	bool		 deaf, refuses_writes;
	struct shut_frame note;			/* comes before the next ACK; len 0: none */
	/* what it saw */
	unsigned	 syncs, resent;
	uint8_t		 written[256];		/* the last report that was written */
	size_t		 nwritten, writes;
	/* a transfer under way */
	uint8_t		 setup[SHUT_PAYLOAD];
	bool		 writing;
	size_t		 received;
	uint8_t		 reply[8192];
	size_t		 reply_len, reply_at;
	bool		 replying;
	unsigned	 unacked;		/* notifications */
};

extern struct shut_unit	shut;

void	shut_be_acme(void);			/* a small unit of its own */
bool	shut_load(const char *name);		/* a device file of the emulation, from $SHARED; false: not there */
void	shut_report(const uint8_t *, size_t len);	/* a feature report of it, by its id */
void	shut_notify(struct stage *, const uint8_t *, size_t len);
size_t	shut_peer(struct stage *, const char *heard, size_t len);

#define SHUT_REPORT(...) \
	shut_report((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define SHUT_NOTIFY(s, ...) \
	shut_notify(s, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

#endif
