#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/ups.h"

bool
hid_use_logical(const struct hid_ups *s, const struct hid_use *use, bool pushed, int64_t *logical)
{
	const struct field	*f = pushed ? use->input : use->feature;
	const struct hid_cache	*c;

	if (f == NULL)
		return false;
	c = f->kind == HID_INPUT ? &s->inputs[f->report] : &s->features[f->report];
	return c->ever && c->fresh && field_read(f, c->bytes, c->len, logical);
}

static const struct field *
field_of(const struct hid_use *use)
{
	return use->feature != NULL ? use->feature : use->input;
}

/*
 * What words are for: the number as it is meant where that is whole.  Where it
 * is not, a left-over exponent stands in the descriptor, and the bits count.
 */
static int64_t
whole_number(const struct hid_use *use, int64_t logical)
{
	struct value	v = field_physical(field_of(use), logical);
	int64_t		n = value_floor(&v, 0);

	if (n != value_ceil(&v, 0))
		n = logical;
	if (use->row->mask != 0)
		n &= (int64_t)use->row->mask;
	return n >> use->row->shift;
}

const struct hid_word *
hid_use_word(const struct hid_use *use, int64_t logical)
{
	const struct hid_row	*r = use->row;
	int64_t			 n = whole_number(use, logical);
	const struct hid_word	*w, *other = NULL;

	for (w = r->words; w < r->words + r->nwords; w++) {
		if (w->other)
			other = w;
		else if (w->raw == n)
			return w;
	}
	return other;
}

uint8_t
hid_use_string(const struct hid_use *use, int64_t logical)
{
	/* An exponent that was left over from another field says nothing of a string's number. */
	return use->row->form == FORM_STRING && logical > 0 && logical < 256 ? (uint8_t)logical : 0;
}

/* -- forms ----------------------------------------------------------------------------- */

static struct value
rounded(struct value v, int decimals)
{
	if (v.type != V_NUMBER || decimals < 0)
		return v;
	return value_number(value_scaled(&v, (unsigned)decimals), (unsigned)decimals);
}

static struct value
number(const char *text)
{
	return value_from_text(text);
}

static bool
is_between(const struct value *v, const char *low, const char *high)
{
	struct value	a = number(low), b = number(high);

	return value_compare(v, &a) >= 0 && value_compare(v, &b) <= 0;
}

static struct value
celsius(struct value v)
{
	struct value	zero = number("273.15");

	if (!is_between(&v, "273", "373"))
		return v;
	return value_number(value_scaled(&v, 2) - value_scaled(&zero, 2), 2);
}

/* Line voltages with their digits right and their power of ten wrong: 0.0002392, 0.002392. */
static struct value
with_power(struct hid_ups *s, struct value v)
{
	static const int64_t	powers[] = { 1, 100000, 10000000 };

	if (is_between(&v, "0", "0.00005"))
		s->power = 2;
	else if (is_between(&v, "0", "0.005"))
		s->power = 1;
	return value_times(&v, powers[s->power], 0);
}

/* What another variable of this round is; V_NONE: not known. */
static struct value
other_value(struct hid_ups *s, enum var var)
{
	char		room[HID_STRING_MAX];
	struct value	v;
	int64_t		n;
	size_t		i;

	for (i = 0; i < s->nuses; i++)
		if (s->uses[i].row->var == var && hid_use_logical(s, &s->uses[i], false, &n) &&
		    hid_use_value(s, &s->uses[i], n, room, &v) && v.type == V_NUMBER)
			return v;
	return (struct value){ .type = V_NONE };
}

/* Some report half as much again as there is: decided once, when more than 1.4 times the nominal voltage shows. */
static struct value
two_thirds(struct hid_ups *s, struct value v)
{
	struct value	nominal;

	if (s->thirds == THIRDS_UNKNOWN) {
		nominal = other_value(s, VAR_BATTERY_VOLTAGE_NOMINAL);
		if (nominal.type == V_NONE)
			return v;
		nominal = value_times(&nominal, 14, 1);
		s->thirds = value_compare(&v, &nominal) > 0 ? THIRDS_YES : THIRDS_NO;
	}
	if (s->thirds == THIRDS_NO)
		return v;
	v = value_times(&v, 2000000, 0);
	v.digits /= 3;
	return value_number(v.digits, v.scale + 6u);
}

static struct value
tenths(struct value v)
{
	struct value	tenth = value_times(&v, 1, 1);

	return !is_between(&v, "45", "65") && is_between(&tenth, "45", "65") ? tenth : v;
}

/* openUPS: hundredths that a thermistor reads, every 5 degrees from -40 on. */
static struct value
thermistor(struct value v)
{
	static const int	table[] = {
		0x31, 0x40, 0x53, 0x68, 0x82, 0xa0, 0xc3, 0xe9, 0x113, 0x13f, 0x16e, 0x19f, 0x1cf, 0x200, 0x22f, 0x25c,
		0x286, 0x2ae, 0x2d3, 0x2f4, 0x312, 0x32d, 0x345, 0x35a, 0x36d, 0x37e, 0x38c, 0x399, 0x3a5, 0x3af, 0x3b7,
		0x3bf, 0x3c6, 0x3cc,
	};
	int64_t			n = value_scaled(&v, 2);
	size_t			i;

	if (n <= table[0])
		return value_number(-40, 0);
	for (i = 1; i < nitems(table); i++)
		if (n <= table[i])
			return value_number(-4000 + 500 * (int64_t)(i - 1) +
			    500 * (n - table[i - 1]) / (table[i] - table[i - 1]), 2);
	return value_number(125, 0);
}

static struct value
text(char room[HID_STRING_MAX])
{
	return (struct value){ .type = V_TEXT, .text = room };
}

static struct value
date(int64_t n, char room[HID_STRING_MAX])
{
	if (n <= 0)
		return (struct value){ .type = V_NONE };
	snprintf(room, HID_STRING_MAX, "%04d/%02d/%02d", 1980 + (int)(n >> 9 & 0x7f), (int)(n >> 5 & 15), (int)(n & 31));
	return text(room);
}

static struct value
date_bcd(int64_t n, char room[HID_STRING_MAX])
{
	int	year = (int)(n >> 4 & 15) * 10 + (int)(n & 15);

	if (n <= 0)
		return (struct value){ .type = V_NONE };
	snprintf(room, HID_STRING_MAX, "%04d/%02x/%02x", year + (year >= 70 ? 1900 : 2000), (unsigned)(n >> 16 & 0xff),
	    (unsigned)(n >> 8 & 0xff));
	return text(room);
}

static struct value
string(const struct hid_ups *s, int64_t n, char room[HID_STRING_MAX])
{
	const char	*found = n > 0 && n < 256 ? s->strings[n] : NULL;

	if (found == NULL || *found == '\0')
		return (struct value){ .type = V_NONE };
	snprintf(room, HID_STRING_MAX, "%s", found);
	return text(room);
}

/* The forms that the profile wants only for products that give the factor. */
static bool
has_factor(const struct hid_ups *s, const struct hid_row *r)
{
	return r->factor != NO_FACTOR && s->product != NULL && s->product->factors[r->factor].type == V_NUMBER;
}

static struct value
formed(struct hid_ups *s, const struct hid_row *r, struct value v)
{
	switch (r->form) {
	case FORM_TEMPERATURE:
		return celsius(v);
	case FORM_POWER:
		return with_power(s, v);
	case FORM_THIRDS:
		return has_factor(s, r) ? two_thirds(s, v) : v;
	case FORM_TENTHS:
		return has_factor(s, r) ? tenths(v) : v;
	case FORM_THERMISTOR:
		return thermistor(v);
	default:
		return v;
	}
}

static struct value
measured(struct hid_ups *s, const struct hid_use *use, int64_t logical)
{
	const struct hid_row	*r = use->row;
	struct value		 v;

	if (r->mask != 0 || r->shift != 0)
		v = value_number(whole_number(use, logical), 0);
	else
		v = field_physical(field_of(use), logical);
	v = formed(s, r, v);
	v = value_times(&v, r->times.digits, r->times.scale);
	if (has_factor(s, r))
		v = value_times(&v, s->product->factors[r->factor].digits, s->product->factors[r->factor].scale);
	if (v.type == V_NUMBER && r->max.type == V_NUMBER && value_compare(&v, &r->max) > 0)
		v = r->max;
	return rounded(v, r->decimals);
}

bool
hid_use_value(struct hid_ups *s, const struct hid_use *use, int64_t logical, char room[HID_STRING_MAX],
    struct value *out)
{
	const struct hid_word	*w;

	switch (use->row->form) {
	case FORM_STRING:
		*out = string(s, hid_use_string(use, logical), room);
		break;
	case FORM_DATE:
		*out = date(logical, room);
		break;
	case FORM_DATE_BCD:
		*out = date_bcd(logical, room);
		break;
	case FORM_SECONDS:
	case FORM_SECONDS_OFF:
		*out = value_number((logical >> 8 & 0xff) * 60 + (logical & 0x3f), 0);
		break;
	case FORM_MINUTES:
		*out = value_number(((logical & 0xff) << 8 | (logical >> 8 & 0xff)) * 60, 0);
		break;
	default:
		if (use->row->nwords == 0) {
			*out = measured(s, use, logical);
			break;
		}
		w = hid_use_word(use, logical);
		*out = value_from_text(w == NULL ? NULL : w->text);
	}
	return out->type != V_NONE;
}

/* -- what is written ------------------------------------------------------------------- */

static bool
encode_word(const struct hid_row *r, const char *s, int64_t *logical)
{
	size_t	i;

	for (i = 0; i < r->nwords; i++)
		if (!r->words[i].other && strcmp(r->words[i].text, s) == 0) {
			*logical = r->words[i].raw;
			return true;
		}
	return false;
}

static bool
read_date(const char *s, int *year, int *month, int *day)
{
	int	used = 0;

	return sscanf(s, "%4d/%2d/%2d%n", year, month, day, &used) == 3 && s[used] == '\0' && *month >= 1 &&
	    *month <= 12 && *day >= 1 && *day <= 31;
}

static bool
encode_date(enum hid_form form, const char *s, int64_t *logical)
{
	int	year, month, day;

	if (!read_date(s, &year, &month, &day))
		return false;
	if (form == FORM_DATE) {
		*logical = (int64_t)(year - 1980) << 9 | (int64_t)month << 5 | day;
		return year >= 1980 && year < 1980 + 128;
	}
	*logical = (int64_t)(month / 10 * 16 + month % 10) << 16 | (int64_t)(day / 10 * 16 + day % 10) << 8 |
	    (year % 100 / 10 * 16 + year % 10);
	return year >= 1970 && year < 2070;
}

/* PowerCOM: bit 6 lets it start again when mains is back, bit 7 keeps it off; 0 would mean never. */
static bool
encode_seconds(enum hid_form form, int64_t seconds, int64_t *logical)
{
	if (seconds < 0 || seconds > 255 * 60)
		return false;
	if (seconds == 0)
		seconds = 1;
	*logical = seconds / 60 << 8 | seconds % 60 | (form == FORM_SECONDS ? 0x40 : 0x80);
	return true;
}

static bool
encode_minutes(int64_t seconds, int64_t *logical)
{
	int64_t	minutes = seconds / 60;

	*logical = (minutes & 0xff) << 8 | minutes >> 8;
	return seconds >= 0 && minutes <= 0xffff;
}

bool
hid_encode(const struct hid_row *r, enum hid_form form, const struct field *f, const char *s, int64_t *logical)
{
	struct value	v = value_from_text(s);

	if (r != NULL && r->nwords > 0)
		return encode_word(r, s, logical);
	if (form == FORM_DATE || form == FORM_DATE_BCD)
		return encode_date(form, s, logical);
	if (v.type != V_NUMBER)
		return false;
	if (form == FORM_SECONDS || form == FORM_SECONDS_OFF)
		return encode_seconds(form, value_scaled(&v, 0), logical);
	if (form == FORM_MINUTES)
		return encode_minutes(value_scaled(&v, 0), logical);
	return form == FORM_NUMBER && field_logical(f, &v, logical);
}
