#include "test/bench/stats.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static unsigned
bucket_of(uint64_t ns)
{
	unsigned	power;

	if (ns < 1u << STATS_STEP_BITS)
		return (unsigned)ns;
	power = 63 - (unsigned)__builtin_clzll(ns) - STATS_STEP_BITS;
	return ((power + 1) << STATS_STEP_BITS) + (unsigned)((ns >> power) - (1u << STATS_STEP_BITS));
}

static uint64_t
middle_of(unsigned bucket)
{
	unsigned	power;
	uint64_t	step;

	if (bucket < 1u << STATS_STEP_BITS)
		return bucket;
	power = (bucket >> STATS_STEP_BITS) - 1;
	step = (1u << STATS_STEP_BITS) + (bucket & ((1u << STATS_STEP_BITS) - 1));
	return (step << power) + ((1ull << power) >> 1);
}

void
stats_add(struct stats *stats, uint64_t ns)
{
	unsigned	bucket = bucket_of(ns);

	stats->buckets[bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1]++;
	stats->n++;
	if (ns > stats->max)
		stats->max = ns;
}

double
stats_quantile(const struct stats *stats, double q)
{
	uint64_t	wanted = (uint64_t)(q * (double)stats->n), seen = 0, ns;

	if (stats->n == 0)
		return 0;
	for (unsigned i = 0; i < STATS_BUCKETS; i++) {
		seen += stats->buckets[i];
		if (seen <= wanted)
			continue;
		ns = middle_of(i);
		return (double)(ns < stats->max ? ns : stats->max) / 1e3;
	}
	return (double)stats->max / 1e3;
}

uint64_t
stats_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

double
stats_own_cpu(void)
{
	struct rusage	use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* From /proc/PID/schedstat, whose first figure is the time on a CPU in ns. */
double
stats_cpu(const pid_t *pids, size_t n)
{
	char			path[64];
	unsigned long long	ns;
	double			total = 0;
	FILE			*file;

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pids[i]);
		if ((file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%llu", &ns) == 1)
			total += (double)ns / 1e9;
		fclose(file);
	}
	return total;
}
