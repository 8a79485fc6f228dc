#ifndef SUBAGENT_DIAL_H
#define SUBAGENT_DIAL_H

#include <stdbool.h>

/* The master's address: "unix:/path", "tcp:192.0.2.1:705" or "tcp:[2001:db8::1]:705"; no names. */
bool	dial_understands(const char *address);

/*
 * A socket on its way to the master, non-blocking; that it got there (or why
 * not: SO_ERROR) shows when it can be written to.  -1 and errno when it cannot
 * even set out.
 */
int	dial(const char *address);

#endif
