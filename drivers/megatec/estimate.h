#ifndef DRIVERS_MEGATEC_ESTIMATE_H
#define DRIVERS_MEGATEC_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the charge and the runtime of a battery may be, of a UPS that does not
 * tell: guesses, and only for users who ask for them.  Pure.
 *
 * Charge: where the voltage is between empty and full.  Runtime: the load to a
 * power, through two points that the user measured, times what is left.
 */
struct estimate {
	double	 high_s, high_load, low_s, low_load;	/* the points, loads in percent; high_s 0: none are given */
	double	 charge_s;		/* from empty to full */
	double	 idle;			/* the least load there is, of 1 */
	double	 power, whole_s;	/* of the points: the exponent, and seconds at full load */
	double	 packs;			/* of the voltage told; 0: not known yet */
	double	 left_s;		/* at full load; below 0: not known yet */
	int64_t	 at;			/* ms, when that was */
};

/* What is known now; negative: it is not. */
struct estimate_from {
	double	 volts, nominal, low, high, packs, charge, load;	/* V, %, %; volts as the device tells them */
	bool	 online;
	int64_t	 now;			/* ms */
};

/* "240,100,720,50" of runtimecal, and the other two options (NULL: their defaults); false: they make no sense. */
bool	estimate_begin(struct estimate *, const char *runtimecal, const char *chargetime, const char *idleload);
/* In percent; negative: it cannot be said. */
double	estimate_charge(struct estimate *, const struct estimate_from *);
/* In seconds, likewise; to be called at every round. */
double	estimate_runtime(struct estimate *, const struct estimate_from *);

#endif
