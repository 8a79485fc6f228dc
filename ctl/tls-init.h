#ifndef CTL_TLS_INIT_H
#define CTL_TLS_INIT_H

/*
 * Makes a CA, a server's and a client's certificate in the directory, and
 * prints what to write where.  0, or -1 after a line on standard error: then
 * nothing that was there has changed.
 */
int	tls_init(const char *directory, const char *name);

#endif
