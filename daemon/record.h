#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

/*
 * busbarctl's record: runs the one device of a configuration, which comes on
 * standard input, for so many seconds, and prints what went over its wire, as a
 * port "replay:FILE" plays it (bus/dialogue.h), with what the driver made of it
 * as comments.  Serial numbers that the driver found are masked.  0, or 1 with
 * the reason on standard error: nothing could be recorded.
 */
#define RECORD_ROLE	"record "	/* and the seconds */

int	record_main(const char *seconds);

#endif
