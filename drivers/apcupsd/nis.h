#ifndef DRIVERS_APCUPSD_NIS_H
#define DRIVERS_APCUPSD_NIS_H

#include "core/driver.h"

/* The pure part of apcupsd's network information server (NIS): frames and lines. */

/* Two bytes of length, the high one first, and as many bytes; none: the end of an answer. */
ssize_t	nis_frame(const uint8_t *, size_t);

enum nis_line {
	NIS_OTHER,		/* a line of no interest, or none at all */
	NIS_READING,
	NIS_STATUS,		/* the STATUS line: the UPS answers */
	NIS_LOST		/* the STATUS line: apcupsd does not reach its UPS */
};

/* Puts what a line "KEY      : value" says, and cuts it up. */
enum nis_line	nis_put(char *line, struct unit *);

#endif
