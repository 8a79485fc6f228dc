#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/* busbarctl's end of the control socket (ctl/words.h).  It waits: nothing else is to be done. */
struct client;

struct client	*client_open(const char *path);		/* NULL and errno */
void		 client_free(struct client *);		/* NULL is fine */
bool		 client_ask(struct client *, const char *const *words, size_t n);
/* The words of the next line, borrowed until the next call; 0: the daemon hung up. */
size_t		 client_next(struct client *, const char **words, size_t max);

#endif
