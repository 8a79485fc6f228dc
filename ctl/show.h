#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <stdbool.h>
#include <stddef.h>

/* How busbarctl shows what the daemon answers to one question: as text, or as JSON. */
struct show;

struct shower {
	struct show	*(*begin)(const char *verb);
	void		 (*record)(struct show *, const char **words, size_t n);
	/* The answer is complete; reason: why it was refused, or NULL.  Frees the show. */
	void		 (*end)(struct show *, const char *reason);
};

extern const struct shower show_text, show_json;

#endif
