#include <stdlib.h>
#include <string.h>

#include "drivers/megatec/number.h"

/* -- forms --------------------------------------------------------------------------- */

/* Digits and one point at most, no more than a field holds; "--.-" and "00A" are no numbers. */
static bool
read_decimal(const char *s, bool is_signed, struct value *v)
{
	size_t	 len = strlen(s);
	bool	 negative = is_signed && *s == '-';

	if (is_signed && (*s == '-' || *s == '+'))
		s++, len--;
	if (len == 0 || len > 12 || strspn(s, "0123456789.") != len || strspn(s, ".") == len)
		return false;
	*v = value_from_text(s + strspn(s, "0") - (strspn(s, "0") > 0 && (s[strspn(s, "0")] == '.' ||
	    s[strspn(s, "0")] == '\0')));
	if (v->type != V_NUMBER)
		return false;
	v->text = NULL;
	if (negative)
		v->digits = -v->digits;
	return true;
}

static bool
read_hex(const char *s, size_t len, int64_t *n)
{
	char	 copy[16], *end;

	if (len == 0 || len > 8 || strspn(s, "0123456789ABCDEFabcdef") < len)
		return false;
	memcpy(copy, s, len);
	copy[len] = '\0';
	*n = (int64_t)strtoll(copy, &end, 16);
	return *end == '\0';
}

/* One or two numbers with blanks between. */
static bool
read_hexes(enum megatec_form form, const char *s, struct value *v)
{
	size_t	 first = strcspn(s, " ");
	int64_t	 a, b;

	if (!read_hex(s, first, &a))
		return false;
	s += first + strspn(s + first, " ");
	if (form == FORM_HEX) {
		*v = value_number(a, 0);
		return *s == '\0';
	}
	if (!read_hex(s, strlen(s), &b) || (form == FORM_HEX_QUOTIENT && a == 0))
		return false;
	if (form == FORM_HEX_PRODUCT && (a > INT32_MAX || b > INT32_MAX))
		return false;
	*v = form == FORM_HEX_PRODUCT ? value_number(a * b, 0) : value_number(b * 1000 / a, 3);
	return true;
}

/* Parts of digits only, each with what stands behind it. */
static bool
read_parts(const char *s, const char *separators, int64_t parts[4])
{
	char	*end;
	size_t	 i = 0;

	do {
		if (*s < '0' || *s > '9')
			return false;
		parts[i] = strtol(s, &end, 10);
		if (end - s > 6 || *end != separators[i])
			return false;
		s = end + 1;
	} while (separators[i++] != '\0');
	return true;
}

static bool
read_form(const struct megatec_reading *r, const char *s, struct value *v)
{
	int64_t	p[4];

	switch (r->form) {
	case FORM_HEX:
	case FORM_HEX_PRODUCT:
	case FORM_HEX_QUOTIENT:
		return read_hexes(r->form, s, v);
	case FORM_MINUTES_SECONDS:
		if (!read_parts(s, ".", p) || p[1] > 59)
			return false;
		*v = value_number(p[0] * 60 + p[1], 0);
		return true;
	case FORM_UPTIME:
		if (!read_parts(s, ":::", p))
			return false;
		*v = value_number(((p[0] * 24 + p[1]) * 60 + p[2]) * 60 + p[3], 0);
		return true;
	default:
		return read_decimal(s, r->is_signed, v);
	}
}

bool
number_read(const struct megatec_reading *r, const char *text, struct value *v)
{
	if (!read_form(r, text, v))
		return false;
	return (r->above.type == V_NONE || value_compare(v, &r->above) > 0) &&
	    (r->below.type == V_NONE || value_compare(v, &r->below) < 0);
}

/* -- factors ------------------------------------------------------------------------------ */

/* numerator / (denominator * 10^scale); false when it grows beyond what a reading can be. */
struct ratio {
	int64_t	 top, bottom;
	int	 scale;
};

static bool
multiply(int64_t *a, int64_t b)
{
	return !__builtin_mul_overflow(*a, b, a);
}

static bool
find_factor(const struct megatec_factor *f, const struct megatec_memory *m, struct value *v)
{
	*v = f->var == VAR_NONE ? f->number : value_from_text(memory_get(m, f->var));
	return v->type == V_NUMBER;
}

static bool
to_decimals(struct ratio q, unsigned decimals, struct value *v)
{
	int64_t	 half;
	bool	 negative = (q.top < 0) != (q.bottom < 0);

	if (q.bottom == 0)
		return false;
	q.top = q.top < 0 ? -q.top : q.top;
	q.bottom = q.bottom < 0 ? -q.bottom : q.bottom;
	for (; q.scale < (int)decimals; q.scale++)
		if (!multiply(&q.top, 10))
			return false;
	for (; q.scale > (int)decimals; q.scale--)
		if (!multiply(&q.bottom, 10))
			return false;
	if (__builtin_add_overflow(q.top, half = q.bottom / 2, &q.top))
		return false;
	*v = value_number(negative ? -(q.top / q.bottom) : q.top / q.bottom, decimals);
	return true;
}

bool
number_factors(const struct megatec_reading *r, const struct megatec_memory *m, struct value *v)
{
	struct ratio	 q = { v->digits, 1, v->scale };
	struct value	 f;
	size_t		 i;

	for (i = 0; i < r->ntimes; i++) {
		if (!find_factor(&r->times[i], m, &f) || !multiply(&q.top, f.digits))
			return false;
		q.scale += f.scale;
	}
	for (i = 0; i < r->nover; i++) {
		if (!find_factor(&r->over[i], m, &f) || !multiply(&q.bottom, f.digits))
			return false;
		q.scale -= f.scale;
	}
	return to_decimals(q, r->decimals, v);
}
