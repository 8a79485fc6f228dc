#ifndef CTL_IMPORT_H
#define CTL_IMPORT_H

#include "core/buf.h"
#include "ctl/nut-file.h"

/*
 * From NUT's files to a busbar.conf that serves the same clients.  Offline:
 * text in, text out.  What has no counterpart is said in the notes.
 */
struct import {
	struct nut_file	*ups, *upsd, *users, *upsmon;	/* NULL: not there */
	const char	*dir;		/* for names of files beside them */
	struct buf	 out;		/* the busbar.conf */
	struct buf	 notes;		/* a line each */
	struct buf	 masked;	/* units of what is replaced, with a blank before each */
	unsigned	 kept;		/* devices whose NUT driver must go on */
};

#define IMPORT_PORT	"3494"		/* where the upsd of such drivers is to listen */

/* NULL, or why nothing was made (malloc'd). */
char	*import_nut(const char *dir);

/* Of the files that are there to out and notes; ups is there. */
void	 import_all(struct import *);

/* The parts, each to out and notes. */
void	 import_listener(struct import *);
void	 import_users(struct import *);
void	 import_devices(struct import *);

void	 import_note(struct import *, const struct nut_file *, unsigned line, const char *fmt, ...)
	     __attribute__((__format__(__printf__, 4, 5)));
void	 import_quote(struct buf *, const char *);	/* as a string of busbar.conf */
bool	 import_consists(const char *, const char *bytes);	/* of these alone, and of at least one */

#define IMPORT_WORD	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

#endif
