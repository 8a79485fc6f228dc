#ifndef NUTPROTO_COMMANDS_H
#define NUTPROTO_COMMANDS_H

#include "config.h"
#include "nutproto/session.h"

#define COMMAND_PROTOCOL	"1.3"
/*
 * What VER says has to look like upsd's: WinNUT wants "Network" first and the version as fifth
 * word, HON95's exporter "upsd VERSION -".  Scanners hold "Network UPS Tools upsd" for NUT itself.
 */
#define COMMAND_PRODUCT		"Network UPS server upsd " PACKAGE_NAME "-" PACKAGE_VERSION \
				" - NUT protocol " COMMAND_PROTOCOL

#define COMMAND_WORDS	5	/* of a request: as many as any command looks at */

/* Runs one request of n words, of which the first COMMAND_WORDS are there. */
void	command_run(struct session *, const char *const *words, size_t n, struct buf *out);
void	command_error(struct buf *out, const char *what);

#endif
