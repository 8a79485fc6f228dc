#ifndef DRIVERS_POWERMAN_REPLY_H
#define DRIVERS_POWERMAN_REPLY_H

#include "core/driver.h"

/* The pure part of powerman's client protocol: frames and lines (powerman(1), client protocol). */

/* A line with its LF, or the prompt, which has none. */
ssize_t	reply_frame(const uint8_t *, size_t);
bool	reply_is_prompt(const char *frame);

enum reply_code {
	REPLY_VERSION = 1, REPLY_DONE = 102, REPLY_QUERY_DONE = 103, REPLY_EXPAND = 105,
	REPLY_COMMAND_ERRORS = 210, REPLY_QUERY_ERRORS = 211, REPLY_STATUS = 303, REPLY_NODE = 307
};

/* The number in front of a line, and what follows it, trimmed in place; -1: there is none. */
int	reply_parse(char *line, char **text);
/* "node7: on": cuts it; false: it is none.  The label has no blanks. */
bool	reply_pair(char *text, char **label, char **value);
/* A name that can be sent as one word, and shown. */
bool	reply_is_label(const char *);

#endif
