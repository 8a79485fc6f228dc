#ifndef DAEMON_SCAN_H
#define DAEMON_SCAN_H

#include <stdbool.h>

/*
 * busbarctl's scan: tries the devices of a configuration, which comes on
 * standard input, by the very drivers that would poll them.  Of each section
 * that answers it prints what is there, "# NAME: TYPE, MAKER MODEL SERIAL" a
 * device, and then the section's name alone; of one that is alone and does not
 * answer "! WHY", and slow: of each "! PORT: WHY".  Gives the rest up after
 * SCAN_MS; slow: after SCAN_SLOW_MS, as serial lines need it.  Returns the exit code: 0, also when nothing was found; 1 with the
 * mistakes on standard error when the configuration makes no sense.
 */
#define SCAN_ROLE	"scan"
#define SCAN_SLOW_ROLE	"scan-slow"
#define SCAN_MS		8000
#define SCAN_SLOW_MS	20000

int	scan_main(bool slow);

#endif
