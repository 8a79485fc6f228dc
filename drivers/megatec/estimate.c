#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "drivers/megatec/estimate.h"

#define CHARGE_S	43200
#define IDLE_PERCENT	10

static bool
read_number(const char *text, double low, double high, double *out)
{
	char	*end;

	if (text == NULL)
		return true;
	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out >= low && *out <= high;
}

static bool
read_points(struct estimate *e, const char *text)
{
	char	 rest;

	if (sscanf(text, "%lf,%lf,%lf,%lf%c", &e->high_s, &e->high_load, &e->low_s, &e->low_load, &rest) != 4)
		return false;
	if (!(e->high_s > 0 && e->low_s > e->high_s && e->low_s < 1e7 && e->low_load > 0 && e->high_load > e->low_load &&
	    e->high_load <= 100))
		return false;
	e->power = log(e->low_s / e->high_s) / log(e->high_load / e->low_load);
	e->whole_s = e->high_s * pow(e->high_load / 100, e->power);
	return true;
}

bool
estimate_begin(struct estimate *e, const char *runtimecal, const char *chargetime, const char *idleload)
{
	double	 idle = IDLE_PERCENT;

	*e = (struct estimate){ .charge_s = CHARGE_S, .left_s = -1 };
	if (!read_number(chargetime, 1, 1e7, &e->charge_s) || !read_number(idleload, 1, 100, &idle))
		return false;
	e->idle = idle / 100;
	return runtimecal == NULL || read_points(e, runtimecal);
}

/*
 * A battery of lead whose voltage is told of a part of it: how many such parts
 * fit the nominal voltage.
 */
static double
count_packs(double volts, double nominal)
{
	static const double	usual[] = { 120, 100, 80, 60, 48, 36, 30, 24, 18, 12, 8, 6, 4, 3, 2, 1, 0.5 };
	size_t			i;

	for (i = 0; i < nitems(usual); i++)
		if (usual[i] * volts >= 0.8 * nominal && usual[i] * volts <= 1.25 * nominal)
			return usual[i];
	return -1;
}

/*
 * Of the voltage between two others, 0 to 1; negative: it cannot be said.  The
 * parts are counted once: half the voltage is an empty battery, not two of them.
 */
static double
part_of(struct estimate *e, const struct estimate_from *f, double low, double high)
{
	double	 packs = f->packs, part;

	if (f->volts <= 0)
		return -1;
	if (e->packs <= 0)
		e->packs = f->nominal > 0 ? count_packs(f->volts, f->nominal) : 1;
	if (packs <= 0)
		packs = e->packs;
	if (packs <= 0 || low <= 0 || high <= low)
		return -1;
	part = (f->volts * packs - low) / (high - low);
	return part < 0 ? 0 : part > 1 ? 1 : part;
}

/* A nominal 12 V are 10.4 V when empty and 13 V when full. */
double
estimate_charge(struct estimate *e, const struct estimate_from *f)
{
	double	 low = f->low > 0 ? f->low : f->nominal * 104 / 120;
	double	 high = f->high > 0 ? f->high : f->nominal * 130 / 120;
	double	 part = part_of(e, f, low, high);

	return part < 0 ? -1 : 100 * part;
}

static void
begin_left(struct estimate *e, const struct estimate_from *f)
{
	double	 part = f->charge >= 0 ? f->charge / 100 : part_of(e, f, f->nominal, f->nominal * 1.15);

	e->left_s = part < 0 ? -1 : e->whole_s * part;
	e->at = f->now;
}

double
estimate_runtime(struct estimate *e, const struct estimate_from *f)
{
	double	 load, seconds = (double)(f->now - e->at) / 1000, volts;

	if (e->high_s <= 0 || f->load < 0)
		return -1;
	if (e->left_s < 0)
		begin_left(e, f);
	if (e->left_s < 0)
		return -1;
	load = pow(f->load / 100, e->power);
	if (load < e->idle)
		load = e->idle;
	if (f->now > e->at)
		e->left_s += f->online ? e->whole_s * seconds / e->charge_s : -load * seconds;
	e->at = f->now;
	if (f->charge >= 0)
		e->left_s = e->whole_s * f->charge / 100;
	volts = estimate_charge(e, f);
	if (f->charge < 0 && volts >= 0 && e->left_s > e->whole_s * volts / 100)
		e->left_s = e->whole_s * volts / 100;
	e->left_s = e->left_s < 0 ? 0 : e->left_s > e->whole_s ? e->whole_s : e->left_s;
	return e->left_s / load;
}
