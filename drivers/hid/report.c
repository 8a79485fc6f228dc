#include "drivers/hid/descriptor.h"

#define UNEVEN_DIGITS	6	/* after the point, of a scale that does not divide */

/* -- bits --------------------------------------------------------------------------- */

static uint64_t
get_bits(const uint8_t *s, uint32_t offset, unsigned size)
{
	uint64_t	n = 0;
	unsigned	i;

	for (i = 0; i < size; i++, offset++)
		n |= (uint64_t)(s[offset / 8] >> offset % 8 & 1) << i;
	return n;
}

static void
put_bits(uint8_t *s, uint32_t offset, unsigned size, uint64_t n)
{
	unsigned	i;

	for (i = 0; i < size; i++, offset++) {
		s[offset / 8] &= (uint8_t)~(1u << offset % 8);
		s[offset / 8] |= (uint8_t)((n >> i & 1) << offset % 8);
	}
}

static bool
is_within(const struct field *f, size_t len)
{
	uint64_t	elements = f->count == 0 ? 1 : f->count;

	return f->size <= 64 && f->offset + elements * f->size <= (uint64_t)len * 8;
}

/* How many bits the limits need, the sign apart. */
static unsigned
needed_bits(const struct field *f)
{
	uint64_t	low = (uint64_t)(f->logical_min < 0 ? -(f->logical_min + 1) : f->logical_min);
	uint64_t	high = (uint64_t)(f->logical_max < 0 ? -(f->logical_max + 1) : f->logical_max);
	uint64_t	most = low > high ? low : high;

	return most == 0 ? 0 : 64 - (unsigned)__builtin_clzll(most);
}

static int64_t
extend(uint64_t n, unsigned sign)
{
	if (sign < 64 && (n >> sign & 1) != 0)
		n |= ~UINT64_C(0) << sign;
	return (int64_t)n;
}

/*
 * Devices fill more bits than their limits need with whatever they have
 * there, so those count alone.  Without limits all bits do.
 */
static int64_t
within_limits(const struct field *f, uint64_t n)
{
	unsigned	bits = needed_bits(f);
	int64_t		v;

	if (f->logical_max <= f->logical_min)
		return (int64_t)n;
	if (f->logical_min < 0) {
		if (bits > f->size - 1u)
			bits = f->size;		/* no room for a sign */
		else if (bits < 63)
			n &= (UINT64_C(2) << bits) - 1;
		v = extend(n, bits);
	} else
		v = (int64_t)(bits < 63 ? n & ((UINT64_C(1) << bits) - 1) : n & INT64_MAX);
	if (v < f->logical_min)
		return f->logical_min;
	return v > f->logical_max ? f->logical_max : v;
}

static bool
is_chosen(const struct field *f, const uint8_t *s)
{
	uint32_t	offset = f->offset;
	unsigned	i;

	for (i = 0; i < f->count; i++, offset += f->size)
		if ((int64_t)get_bits(s, offset, f->size) == f->choice)
			return true;
	return false;
}

bool
field_read(const struct field *f, const uint8_t *s, size_t len, int64_t *logical)
{
	if (!is_within(f, len))
		return false;
	*logical = f->count > 0 ? is_chosen(f, s) : within_limits(f, get_bits(s, f->offset, f->size));
	return true;
}

/* A choice is made by being put into the first element; that something is not chosen cannot be written. */
bool
field_write(const struct field *f, uint8_t *s, size_t len, int64_t logical)
{
	if (f->constant || !is_within(f, len) || (f->count > 0 && logical != 1))
		return false;
	put_bits(s, f->offset, f->size, (uint64_t)(f->count > 0 ? f->choice : logical));
	return true;
}

/* -- units ----------------------------------------------------------------------------- */

static int
nibble(uint32_t unit, unsigned place)
{
	int	n = (int)(unit >> 4 * place & 0xf);

	return n > 7 ? n - 16 : n;
}

/*
 * 6.2.2.7: the linear system of units is that of centimetre and gram, so that
 * a volt, which is kg m^2 / (s^3 A), is 10^7 of its units.
 */
static int
power_of_unit(const struct field *f)
{
	return nibble(f->unit, 0) == 1 ? 2 * nibble(f->unit, 1) + 3 * nibble(f->unit, 2) : 0;
}

static __int128
power_of_ten(int n)
{
	__int128	p = 1;

	for (; n > 0; n--)
		p *= 10;
	return p;
}

static struct value
saturated(__int128 digits, int scale)
{
	for (; scale > 18; scale--)
		digits /= 10;
	if (digits > INT64_MAX)
		digits = INT64_MAX;
	if (digits < INT64_MIN)
		digits = INT64_MIN;
	return value_number((int64_t)digits, (unsigned)scale);
}

static __int128
divide_rounded(__int128 n, __int128 by)
{
	return n < 0 ? (n - by / 2) / by : (n + by / 2) / by;
}

/* digits / 10^scale, times the power of ten that exponent and unit say. */
static struct value
in_unit(const struct field *f, __int128 digits, int scale)
{
	int	power = f->exponent - power_of_unit(f) - scale;

	return power >= 0 ? saturated(digits * power_of_ten(power > 18 ? 18 : power), 0) : saturated(digits, -power);
}

struct value
field_physical(const struct field *f, int64_t logical)
{
	__int128	n, by = (__int128)f->logical_max - f->logical_min;

	if (!f->scaled)
		return in_unit(f, logical, 0);
	n = ((__int128)logical - f->logical_min) * (f->physical_max - f->physical_min) + by * f->physical_min;
	if (n % by == 0)
		return in_unit(f, n / by, 0);
	return in_unit(f, divide_rounded(n * power_of_ten(UNEVEN_DIGITS), by), UNEVEN_DIGITS);
}

/* The number in the field's own units, rounded; false: it has more digits than can be. */
static bool
own_units(const struct field *f, const struct value *v, __int128 *n)
{
	int	power = power_of_unit(f) - f->exponent - v->scale;

	if (power > 18)
		return false;
	*n = power >= 0 ? v->digits * power_of_ten(power) :
	    divide_rounded(v->digits, power_of_ten(power < -36 ? 36 : -power));
	return true;
}

/* The most that the field's bits hold, where it has no limits. */
static bool
fits(const struct field *f, __int128 n)
{
	if (f->logical_max > f->logical_min)
		return n >= f->logical_min && n <= f->logical_max;
	return n >= 0 && (f->size >= 63 || n < (__int128)1 << f->size);
}

bool
field_logical(const struct field *f, const struct value *v, int64_t *logical)
{
	__int128	n;

	if (v->type != V_NUMBER || !own_units(f, v, &n))
		return false;
	if (f->scaled)
		n = divide_rounded((n - f->physical_min) * ((__int128)f->logical_max - f->logical_min),
		    f->physical_max - f->physical_min) + f->logical_min;
	if (!fits(f, n))
		return false;
	*logical = (int64_t)n;
	return true;
}
