#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/value.h"

#define SCALE_MAX	18

static int64_t
power_of_ten(unsigned n)
{
	int64_t	p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

/* "230.4" without its point is digits 2304, scale 1.  False: not a number, or one too long. */
static bool
parse_number(const char *s, struct value *v)
{
	bool		 negative = *s == '-', point = false;
	unsigned	 scale = 0, seen = 0;
	int64_t		 digits = 0;

	if (*s == '-' || *s == '+')
		s++;
	for (; *s != '\0'; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*s) || (point && ++scale > SCALE_MAX))
			return false;
		if (__builtin_mul_overflow(digits, 10, &digits) ||
		    __builtin_add_overflow(digits, *s - '0', &digits))
			return false;
		seen++;
	}
	if (seen == 0)
		return false;
	*v = value_number(negative ? -digits : digits, scale);
	return true;
}

struct value
value_number(int64_t digits, unsigned scale)
{
	while (scale > SCALE_MAX) {
		digits /= 10;
		scale--;
	}
	return (struct value){ .type = V_NUMBER, .scale = (uint8_t)scale, .digits = digits };
}

struct value
value_from_text(const char *text)
{
	struct value	 v = { .type = V_NONE };
	char		 room[VALUE_TEXT_MAX];

	if (text == NULL)
		return v;
	if (!parse_number(text, &v))
		return (struct value){ .type = V_TEXT, .text = text };
	if (strcmp(value_text(&v, room), text) != 0)
		v.text = text;
	return v;
}

const char *
value_text(const struct value *v, char room[VALUE_TEXT_MAX])
{
	uint64_t	 magnitude, unit;

	if (v->text != NULL)
		return v->text;
	if (v->type != V_NUMBER)
		return "";
	if (v->scale == 0) {
		snprintf(room, VALUE_TEXT_MAX, "%" PRId64, v->digits);
		return room;
	}
	magnitude = v->digits < 0 ? -(uint64_t)v->digits : (uint64_t)v->digits;
	unit = (uint64_t)power_of_ten(v->scale);
	snprintf(room, VALUE_TEXT_MAX, "%s%" PRIu64 ".%0*" PRIu64, v->digits < 0 ? "-" : "",
	    magnitude / unit, v->scale > SCALE_MAX ? SCALE_MAX : (int)v->scale, magnitude % unit);
	return room;
}

static int64_t
scaled_up(const struct value *v, unsigned scale)
{
	int64_t	n;

	if (scale - v->scale > SCALE_MAX ||
	    __builtin_mul_overflow(v->digits, power_of_ten(scale - v->scale), &n))
		return v->digits == 0 ? 0 : v->digits < 0 ? INT64_MIN : INT64_MAX;
	return n;
}

/*
 * The value in units of 10^-scale, cut off towards zero, and what is left over
 * as rest / unit; nothing is left over of a text, or where digits are added.
 */
static int64_t
whole_part(const struct value *v, unsigned scale, int64_t *rest, int64_t *unit)
{
	*rest = 0;
	*unit = 1;
	if (v->type != V_NUMBER)
		return 0;
	if (scale >= v->scale)
		return scaled_up(v, scale);
	*unit = power_of_ten(v->scale - scale);
	*rest = v->digits % *unit;
	return v->digits / *unit;
}

int64_t
value_scaled(const struct value *v, unsigned scale)
{
	int64_t	rest, unit, n = whole_part(v, scale, &rest, &unit);

	if (rest >= unit - rest)
		return n + 1;
	return rest < 0 && -rest >= unit + rest ? n - 1 : n;
}

int64_t
value_floor(const struct value *v, unsigned scale)
{
	int64_t	rest, unit, n = whole_part(v, scale, &rest, &unit);

	return rest < 0 ? n - 1 : n;
}

int64_t
value_ceil(const struct value *v, unsigned scale)
{
	int64_t	rest, unit, n = whole_part(v, scale, &rest, &unit);

	return rest > 0 ? n + 1 : n;
}

int
value_compare(const struct value *a, const struct value *b)
{
	__int128	x = a->digits, y = b->digits;

	if (a->scale < b->scale)
		x *= power_of_ten(b->scale - a->scale);
	else
		y *= power_of_ten(a->scale - b->scale);
	return x < y ? -1 : x > y;
}

struct value
value_times(const struct value *v, int64_t num, unsigned scale)
{
	struct value	 r = value_number(0, 0);
	unsigned	 total = v->scale + scale;

	if (v->type != V_NUMBER)
		return (struct value){ .type = V_NONE };
	if (total > SCALE_MAX || __builtin_mul_overflow(v->digits, num, &r.digits))
		return (struct value){ .type = V_NONE };
	r.scale = (uint8_t)total;
	return r;
}

bool
value_equal(const struct value *a, const struct value *b)
{
	char	 x[VALUE_TEXT_MAX], y[VALUE_TEXT_MAX];

	if (a->type != b->type)
		return false;
	if (a->text == NULL && b->text == NULL)
		return a->digits == b->digits && a->scale == b->scale;
	return strcmp(value_text(a, x), value_text(b, y)) == 0;
}
