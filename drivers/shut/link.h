#ifndef DRIVERS_SHUT_LINK_H
#define DRIVERS_SHUT_LINK_H

#include "core/buf.h"
#include "drivers/shut/frame.h"

/*
 * The link to one unit: one transfer at a time over the unit's stream, with
 * frames that are sent again, and a new synchronisation where the two have
 * lost each other.  What the unit notifies comes at any time.
 */
struct shut_link;

/* R_UNKNOWN: the unit refuses it.  R_TIMEOUT: it is not there.  The link may be gone when it returns. */
typedef void shut_fn(struct shut_link *, enum result, const uint8_t *bytes, size_t len);

enum shut_state { SHUT_IDLE, SHUT_SYNCING, SHUT_SENDING, SHUT_RECEIVING };

#define SHUT_TRANSFER_MAX	0x1800	/* a report descriptor is no longer */
#define SHUT_REPORT_MAX		256	/* of what a unit notifies */

struct shut_link {
	struct unit	*unit;
	uint8_t		 signal;		/* with which the unit synchronises, or is asked to first */
	enum shut_state	 state;
	bool		 synced;
	unsigned	 tries;			/* of what is being sent, or of the signal */
	unsigned	 syncs;			/* within this transfer */
	unsigned	 stray;			/* tokens that were no answer */
	/* the transfer */
	uint8_t		 setup[SHUT_PAYLOAD];
	struct buf	 out, in;		/* a report that is written; what was read */
	bool		 writing;
	size_t		 sent;			/* bytes of out, the frame under way apart */
	bool		 setup_sent;
	unsigned	 pause_ms;
	shut_fn		*done;
	void		*arg;			/* the caller's */
	/* notifications */
	uint8_t		 note[SHUT_REPORT_MAX];
	size_t		 nnote;
	hid_fn		*heard;			/* NULL: nobody listens */
	void		*heard_arg;
};

void	shut_begin(struct shut_link *, struct unit *, uint8_t signal);
void	shut_end(struct shut_link *);
void	shut_get(struct shut_link *, const uint8_t setup[SHUT_PAYLOAD], shut_fn *, void *arg);
void	shut_set(struct shut_link *, const uint8_t setup[SHUT_PAYLOAD], const uint8_t *, size_t len, unsigned pause_ms,
	    shut_fn *, void *arg);

#endif
