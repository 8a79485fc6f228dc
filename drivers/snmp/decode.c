#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/decode.h"

/* -- texts ------------------------------------------------------------------------ */

/* Bytes of the UTF-8 character at s, 0 when there is none or it is a control character. */
static size_t
character_len(const uint8_t *s, size_t len)
{
	size_t	i, n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	if (n == 0 || n > len || (n == 1 && (*s < 0x20 || *s == 0x7f)))
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *
hexadecimal(const uint8_t *s, size_t len, char room[SNMP_TEXT_MAX])
{
	size_t	i, at = 0;

	room[0] = '\0';
	for (i = 0; i < len && at + 4 <= SNMP_TEXT_MAX; i++)
		at += (size_t)snprintf(room + at, SNMP_TEXT_MAX - at, i == 0 ? "%02X" : " %02X", s[i]);
	return room;
}

/* Line breaks within become blanks; what has no place in a text makes all of it hexadecimal. */
static const char *
printable(const uint8_t *s, size_t len, char room[SNMP_TEXT_MAX])
{
	size_t	i, n, at = 0;

	for (i = 0; i < len; i += n) {
		n = is_blank(s[i]) ? 1 : character_len(s + i, len - i);
		if (n == 0)
			return hexadecimal(s, len, room);
		if (at + n >= SNMP_TEXT_MAX)
			break;
		memcpy(room + at, s + i, n);
		if (is_blank(s[i]))
			room[at] = ' ';
		at += n;
	}
	room[at] = '\0';
	return room;
}

static const char *
oid_text(struct oid oid, char room[SNMP_TEXT_MAX])
{
	size_t	i, at = 0;

	room[0] = '\0';
	for (i = 0; i < oid.len && at + 12 < SNMP_TEXT_MAX; i++)
		at += (size_t)snprintf(room + at, SNMP_TEXT_MAX - at, i == 0 ? "%" PRIu32 : ".%" PRIu32,
		    oid.ids[i]);
	return room;
}

/* Agents written in C send whole buffers: what follows the end of the text is none of it. */
static size_t
before_nul(const uint8_t *s, size_t len)
{
	const uint8_t	*nul = memchr(s, '\0', len);

	if (nul == NULL || (nul == s && s[len - 1] != '\0'))	/* binary */
		return len;
	return (size_t)(nul - s);
}

const char *
snmp_text(const struct varbind *vb, char room[SNMP_TEXT_MAX])
{
	const uint8_t	*s = vb->bytes;
	size_t		 len = vb->len;

	switch (vb->type) {
	case VB_OCTETS:
		break;
	case VB_ADDRESS:
		if (len != 4)
			return hexadecimal(s, len, room);
		snprintf(room, SNMP_TEXT_MAX, "%u.%u.%u.%u", s[0], s[1], s[2], s[3]);
		return room;
	case VB_OID:
		return oid_text(vb->ref, room);
	default:
		snprintf(room, SNMP_TEXT_MAX, "%" PRId64, vb->number);
		return room;
	}
	room[0] = '\0';
	len = len == 0 ? 0 : before_nul(s, len);
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	while (len > 0 && is_blank(*s))
		s++, len--;
	return len == 0 ? room : printable(s, len, room);
}

/* -- numbers ---------------------------------------------------------------------- */

/*
 * What a quantity can be, by the ends of its variable's name; the first row
 * that fits decides.  Fillers are what agents put in fields of 16 and 32 bits
 * that they have nothing for.  The bounds are of the published value.
 */
enum fillers { NO_FILLERS, WIDE_FILLERS, ALL_FILLERS };	/* wide: but -1 is a value */

static const struct quantity {
	const char	*prefix, *suffix;
	enum fillers	 fillers;
	int64_t		 min, max;
} quantities[] = {
	{ "ups.timer.",	"",		NO_FILLERS,	INT64_MIN,	INT64_MAX },
	{ "ups.delay.",	"",		NO_FILLERS,	INT64_MIN,	INT64_MAX },
	{ "",		".energy",	NO_FILLERS,	0,		INT64_MAX },
	{ "",		"temperature",	ALL_FILLERS,	-200,		500 },	/* -273: no sensor */
	{ "battery.",	"current",	WIDE_FILLERS,	-100000,	100000 },
	{ "battery.",	"current.total", WIDE_FILLERS,	-100000,	100000 },
	{ "",		"power",	ALL_FILLERS,	-1000000,	100000000 },	/* idle phases say -4 W */
	{ "",		"powerfactor",	ALL_FILLERS,	-1,		1000 },
	{ "",		"phases",	ALL_FILLERS,	0,		3 },
	{ "",		"charge",	ALL_FILLERS,	0,		200 },
	{ "",		"load",		ALL_FILLERS,	0,		1000 },
	{ "",		"percent",	ALL_FILLERS,	0,		1000 },
	{ "",		"frequency",	ALL_FILLERS,	0,		1000 },
	{ "",		"voltage",	ALL_FILLERS,	0,		1000000 },
	{ "",		"current",	ALL_FILLERS,	0,		100000 },
	{ "",		"runtime",	ALL_FILLERS,	0,		1000000000 },	/* 30 years */
	{ "",		"",		ALL_FILLERS,	0,		INT64_MAX },
};

static bool
is_filler(enum fillers which, int64_t raw)
{
	static const int64_t	fillers[] = { -1, 65535, INT32_MAX, INT32_MIN, UINT32_MAX, -32768 };
	size_t			i;

	if (which == NO_FILLERS || (which == WIDE_FILLERS && raw == -1))
		return false;
	for (i = 0; i < nitems(fillers); i++)
		if (raw == fillers[i])
			return true;
	return false;
}

static bool
ends_in(const char *s, const char *suffix)
{
	size_t	n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static const struct quantity *
quantity_of(const char *name)
{
	const struct quantity	*q;

	for (q = quantities; strncmp(name, q->prefix, strlen(q->prefix)) != 0 ||
	    !ends_in(name, q->suffix); q++)
		;
	return q;
}

static bool
is_sane(const struct snmp_reading *r, int64_t raw, const struct value *v)
{
	const struct quantity	*q = quantity_of(var_name(r->var));

	return !is_filler(q->fillers, raw) && value_ceil(v, 0) >= q->min && value_floor(v, 0) <= q->max;
}

bool
snmp_number(const struct varbind *vb, struct value *v)
{
	char	room[SNMP_TEXT_MAX];

	switch (vb->type) {
	case VB_INTEGER:
	case VB_UNSIGNED:
	case VB_TIMETICKS:
		*v = value_number(vb->number, 0);
		return true;
	case VB_OCTETS:
		*v = value_from_text(snmp_text(vb, room));
		v->text = NULL;
		return v->type == V_NUMBER;
	default:
		return false;
	}
}

static bool
is_absent(const struct snmp_reading *r, int64_t raw)
{
	size_t	i;

	for (i = 0; i < r->nabsent; i++)
		if (r->absent[i] == raw)
			return true;
	return false;
}

static struct value
number(const struct snmp_reading *r, const struct varbind *vb)
{
	struct value	v, none = { .type = V_NONE };
	int64_t		raw;

	if (!snmp_number(vb, &v))
		return none;
	raw = value_floor(&v, 0);
	if (is_absent(r, raw))
		return none;
	if (vb->type == VB_TIMETICKS)
		v = value_number(v.digits / 100, 0);
	v = value_times(&v, r->times, r->scale);
	if (v.type != V_NUMBER || !is_sane(r, raw, &v))
		return none;
	return v;
}

/* -- words ------------------------------------------------------------------------ */

static const struct snmp_word *
find_word(const struct snmp_reading *r, const struct varbind *vb)
{
	struct value	v;
	size_t		i;

	if (!snmp_number(vb, &v) || v.scale != 0)
		return NULL;
	for (i = 0; i < r->nwords; i++)
		if (r->words[i].raw == v.digits)
			return &r->words[i];
	return NULL;
}

const struct snmp_meaning *
snmp_decode_status(const struct snmp_reading *r, const struct varbind *vb)
{
	const struct snmp_word	*w = find_word(r, vb);

	return w == NULL ? NULL : &w->meaning;
}

static struct value
word(const struct snmp_reading *r, const struct varbind *vb)
{
	const struct snmp_word	*w = find_word(r, vb);

	if (w == NULL || *w->text == '\0')
		return (struct value){ .type = V_NONE };
	return value_from_text(w->text);
}

/* American dates are brought into the order that NUT's record asks for. */
static struct value
date_mdy(const struct varbind *vb, char room[SNMP_TEXT_MAX])
{
	unsigned	 month, day, year;
	char		 rest;

	if (vb->type != VB_OCTETS ||
	    sscanf(snmp_text(vb, room), "%2u/%2u/%4u%c", &month, &day, &year, &rest) != 3 ||
	    month < 1 || month > 12 || day < 1 || day > 31 || year < 1000)
		return (struct value){ .type = V_NONE };
	snprintf(room, SNMP_TEXT_MAX, "%04u-%02u-%02u", year, month, day);
	return value_from_text(room);
}

static bool
says_nothing(const char *text)
{
	return strcmp(text, "N/A") == 0 || strcmp(text, "n/a") == 0;
}

struct value
snmp_decode(const struct snmp_reading *r, const struct varbind *vb, char room[SNMP_TEXT_MAX])
{
	const char	*text;

	if (r->read == READ_CONSTANT)
		return value_from_text(r->text);
	if (vb->type == VB_ABSENT)
		return (struct value){ .type = V_NONE };
	switch (r->read) {
	case READ_NUMBER:
		return number(r, vb);
	case READ_WORD:
		return word(r, vb);
	case READ_DATE_MDY:
		return date_mdy(vb, room);
	case READ_TEXT:
		text = snmp_text(vb, room);
		if (!says_nothing(text))
			return value_from_text(text);
		break;
	default:
		break;
	}
	return (struct value){ .type = V_NONE };
}

struct value
snmp_celsius(const struct value *v, const char *unit)
{
	int64_t	tenths = value_scaled(v, 1);

	if (v->type != V_NUMBER || strcmp(unit, "celsius") == 0)
		return *v;
	if (tenths < -100000 || tenths > 100000)
		return (struct value){ .type = V_NONE };
	if (strcmp(unit, "kelvin") == 0)
		return value_number(value_scaled(&(struct value){ .type = V_NUMBER, .scale = 2,
		    .digits = value_scaled(v, 2) - 27315 }, 1), 1);
	if (strcmp(unit, "fahrenheit") != 0)
		return (struct value){ .type = V_NONE };
	tenths = (tenths - 320) * 5;
	return value_number((tenths + (tenths < 0 ? -4 : 4)) / 9, 1);
}

/* -- the way back ------------------------------------------------------------------- */

static const struct snmp_word *
word_of_text(const struct snmp_reading *r, const char *text)
{
	size_t	i;

	for (i = 0; i < r->nwords; i++)
		if (strcmp(r->words[i].text, text) == 0)
			return &r->words[i];
	return NULL;
}

/* raw = published * 10^scale / times, in whole numbers only. */
static const char *
raw_number(const struct snmp_reading *r, const char *text, int64_t *raw)
{
	const struct snmp_word	*w;
	struct value		 v = value_from_text(text);

	if (r->read == READ_WORD) {
		w = word_of_text(r, text);
		*raw = w == NULL ? 0 : w->raw;
		return w == NULL ? "not a word that it takes" : NULL;
	}
	if (v.type != V_NUMBER)
		return "not a number";
	*raw = value_scaled(&v, r->scale);
	if (value_floor(&v, r->scale) != *raw || *raw % r->times != 0)
		return "finer than the device takes";
	*raw /= r->times;
	return NULL;
}

const char *
snmp_encode(const struct snmp_reading *r, const char *text, struct varbind *vb)
{
	static const enum varbind_type	types[] = {
		[SET_INTEGER] = VB_INTEGER, [SET_GAUGE] = VB_UNSIGNED,
		[SET_TIMETICKS] = VB_TIMETICKS, [SET_STRING] = VB_OCTETS,
	};
	const char	*why;

	vb->type = types[r->set_as];
	if (r->set_as == SET_STRING) {
		vb->bytes = (const uint8_t *)text;
		vb->len = strlen(text);
		return vb->len > r->maxlen ? "too long" : NULL;
	}
	why = raw_number(r, text, &vb->number);
	if (why != NULL)
		return why;
	if (r->set_as == SET_TIMETICKS && __builtin_mul_overflow(vb->number, 100, &vb->number))
		return "too large";
	if (vb->number > (r->set_as == SET_INTEGER ? INT32_MAX : (int64_t)UINT32_MAX) ||
	    vb->number < (r->set_as == SET_INTEGER ? INT32_MIN : 0))
		return "out of the range of its type";
	return NULL;
}
