#ifndef NUTPROTO_READ_H
#define NUTPROTO_READ_H

#include "nutproto/call.h"

/* Everything that can be asked: GET and LIST. */
void	read_get(const struct call *);
void	read_list(const struct call *);

#endif
