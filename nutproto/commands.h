#ifndef NUTPROTO_COMMANDS_H
#define NUTPROTO_COMMANDS_H

#include "config.h"
#include "nutproto/session.h"

#define COMMAND_PROTOCOL	"1.3"
#define COMMAND_PRODUCT		PACKAGE_NAME " " PACKAGE_VERSION " - NUT protocol " COMMAND_PROTOCOL

#define COMMAND_WORDS	5	/* of a request: as many as any command looks at */

/* Runs one request of n words, of which the first COMMAND_WORDS are there. */
void	command_run(struct session *, const char *const *words, size_t n, struct buf *out);
void	command_error(struct buf *out, const char *what);

#endif
