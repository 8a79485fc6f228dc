#ifndef DAEMON_LATE_H
#define DAEMON_LATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The last act of a halting host (busbard -k): tells devices to cut their power
 * now.  Nothing runs but a process for each device, nothing is written, and no
 * busbard need be there.  Devices of one shutdown-order are told side by side,
 * LATE_MS for each, those of the next when they have ended.
 *
 * Without names: every UPS that does not forbid it (shutdown-order = -1), but
 * for those of another daemon, whose own affair they are.  Returns the exit
 * status: 0 when all that were to be told have taken it.
 */
#define LATE_MS		20000

/* loud: the log goes to standard error, as in the foreground; else only what came of it does. */
int	late_main(const char *config, char *const *names, size_t n, bool loud);

#endif
