#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the load generators measure with.  A histogram of times: 64 linear
 * steps to each power of two, so that a quantile is right within 1.6 %.
 * Start from zeros.
 */
#define STATS_STEP_BITS	6
#define STATS_BUCKETS	((64 - STATS_STEP_BITS) << STATS_STEP_BITS)

struct stats {
	uint64_t	n, max;			/* ns */
	uint64_t	buckets[STATS_BUCKETS];
};

void	 stats_add(struct stats *, uint64_t ns);
double	 stats_quantile(const struct stats *, double q);	/* in us; 0 of nothing */

uint64_t stats_now(void);				/* ns, monotonic */
double	 stats_own_cpu(void);				/* s used by this process */
double	 stats_cpu(const pid_t *, size_t n);		/* s used by those that still run */

#endif
