#ifndef NUTPROTO_COMMANDS_H
#define NUTPROTO_COMMANDS_H

#include "nutproto/session.h"

#define COMMAND_WORDS	5	/* of a request: as many as any command looks at */

/* Runs one request of n words, of which the first COMMAND_WORDS are there. */
void	command_run(struct session *, const char *const *words, size_t n, struct buf *out);
void	command_error(struct buf *out, const char *what);

#endif
