#ifndef DRIVERS_CONTACT_WIRING_H
#define DRIVERS_CONTACT_WIRING_H

#include "core/driver.h"

/*
 * What the wires of a contact closure cable mean.  A signal is written as NUT's
 * genericups writes it: "CTS", "-CTS" (when it is low), "DTR+RTS" (these high,
 * the other low).
 */
struct contact_input {
	unsigned	 wire;		/* of enum serial_wire; 0: the cable has no such signal */
	bool		 high;
};

enum contact_shutdown { CONTACT_NONE, CONTACT_LEVEL, CONTACT_BREAK };	/* none: nobody knows how */

struct wiring {
	unsigned		 power;		/* CP: the outputs that feed the cable */
	struct contact_input	 online, low, replace, bypass;	/* OL LB RB BYPASS */
	enum contact_shutdown	 how;		/* SD */
	unsigned		 shutdown;	/* the outputs then; CONTACT_LEVEL */
};

extern const char *const wiring_signals[];	/* "CP" "OL" "LB" "RB" "BYPASS" "SD", NULL-ended */

/* NULL, or what would be right, as "one of CTS DSR DCD RI, or none, with - before it when it is low". */
const char	*wiring_set(struct wiring *, const char *signal, const char *text);
/* The words of ups.status; without a signal for mains it is always there.  Returns room. */
#define WIRING_STATUS_MAX	24
const char	*wiring_status(const struct wiring *, unsigned wires, char room[WIRING_STATUS_MAX]);

#endif
