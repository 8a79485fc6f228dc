#ifndef NUTPROTO_REPORT_H
#define NUTPROTO_REPORT_H

#include "core/buf.h"
#include "core/publisher.h"

/*
 * The role's counters and limits on their way to the operator (busbarctl list
 * --server): written at most once a second, and told when they differ.
 */
struct report;

#define REPORT_MS	1000

/* Writes the lines; false: nothing will change until report_soon(). */
typedef bool report_fn(struct buf *, void *arg);

struct report	*report_new(const struct publish *, report_fn *, void *arg);	/* tells at once, and then */
void		 report_free(struct report *);
void		 report_soon(struct report *);

#endif
