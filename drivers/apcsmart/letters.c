#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/apcsmart/letters.h"

/* -- letters -------------------------------------------------------------------------- */

bool
letters_have(const struct letters *l, letter x)
{
	return (x >> 8) == 0 ? l->plain[x & 0xff] : (x >> 8) == LETTER_PREFIX && l->behind[x & 0xff];
}

void
letters_add(struct letters *l, letter x)
{
	if ((x >> 8) == 0)
		l->plain[x & 0xff] = true;
	else if ((x >> 8) == LETTER_PREFIX)
		l->behind[x & 0xff] = true;
}

size_t
letter_bytes(letter x, char room[2])
{
	size_t	 n = 0;

	if ((x >> 8) != 0)
		room[n++] = (char)(x >> 8);
	room[n++] = (char)(x & 0xff);
	return n;
}

/* Of prefix, ':' and bytes; those of an unknown prefix are of no use. */
static void
add_group(struct letters *l, const char *s, size_t len)
{
	size_t	 i;

	if (len < 2 || s[1] != ':' || (unsigned char)s[0] != LETTER_PREFIX)
		return;
	for (i = 2; i < len; i++)
		l->behind[(unsigned char)s[i]] = true;
}

static const char *
end_of_field(const char *s, const char *end)
{
	const char	*dot = memchr(s, '.', (size_t)(end - s));

	return dot != NULL ? dot : end;
}

bool
letters_parse(struct letters *l, const char *answer, size_t len)
{
	const char	*end = answer + len, *alerts, *plain, *behind, *s;

	*l = (struct letters){ { false }, { false } };
	alerts = end_of_field(answer, end);
	if (alerts == end || !isdigit((unsigned char)*answer))
		return false;
	plain = end_of_field(alerts + 1, end);
	if (plain == end || plain + 1 == end)
		return false;
	behind = end_of_field(++plain, end);
	for (s = plain; s < behind; s++)
		l->plain[(unsigned char)*s] = true;
	while (behind < end) {
		s = behind + 1;
		behind = end_of_field(s, end);
		add_group(l, s, (size_t)(behind - s));
	}
	return true;
}

/* -- the line ---------------------------------------------------------------------------- */

void
hearer_begin(struct hearer *h, enum hearing how)
{
	h->how = how;
	h->len = 0;
	h->text[0] = '\0';
}

bool
is_alert(char c)
{
	return c != '\0' && strchr("$!%+#?=*", c) != NULL;
}

/* Answers to a, and the lists of choices, have bytes that mean something else elsewhere. */
static bool
is_part(const struct hearer *h, char c)
{
	if (c == '\r')
		return false;
	if (h->how == HEAR_LETTERS || (h->how == HEAR_CHOICES && c == '#'))
		return true;
	return !is_alert(c) && c != '|' && c != '&';
}

enum heard
hearer_take(struct hearer *h, char c)
{
	if (c == '\n')
		return HEARD_END;
	if (h->how == HEAR_SHUTDOWN && c == '*') {
		hearer_begin(h, h->how);
		h->text[h->len++] = c;
		h->text[h->len] = '\0';
		return HEARD_END;
	}
	if (!is_part(h, c))
		return is_alert(c) ? HEARD_ALERT : HEARD_PART;
	if (h->len == ANSWER_MAX)
		return HEARD_TOO_LONG;
	h->text[h->len++] = c;
	h->text[h->len] = '\0';
	return HEARD_PART;
}

bool
smart_status(const char *answer, unsigned *bits)
{
	if (strlen(answer) != 2 || !isxdigit((unsigned char)answer[0]) || !isxdigit((unsigned char)answer[1]))
		return false;
	*bits = (unsigned)strtoul(answer, NULL, 16);
	return true;
}

/* -- values -------------------------------------------------------------------------------- */

void
smart_tidy(char *answer)
{
	char	*from, *to = answer;

	for (from = answer + strspn(answer, " "); *from != '\0'; from++)
		if (*from >= ' ' && *from <= '~')
			*to++ = *from;
	while (to > answer && to[-1] == ' ')
		to--;
	*to = '\0';
}

bool
smart_refuses(const char *answer)
{
	return *answer == '\0' || strcmp(answer, "NA") == 0 || strcmp(answer, "NO") == 0;
}

bool
smart_matches(const char *form, const char *answer)
{
	for (; *form != '\0'; form++, answer++)
		if (*form == 'd' ? !isdigit((unsigned char)*answer) : *form != *answer)
			return false;
	return *answer == '\0';
}

static bool
is_decimal(const char *s)
{
	size_t	 whole, part = 0;

	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.')
		part = strspn(++s, "0123456789");
	return whole > 0 && whole + part <= 15 && s[part] == '\0';
}

/* In seconds, without a fraction that is none. */
static bool
put_seconds(const char *text, int64_t seconds, char room[SMART_VALUE_MAX])
{
	char		 printed[VALUE_TEXT_MAX];
	struct value	 v;

	if (!is_decimal(text))
		return false;
	v = value_from_text(text);
	v.text = NULL;
	v = value_times(&v, seconds, 0);
	while (v.scale > 0 && v.digits % 10 == 0)
		v = value_number(v.digits / 10, v.scale - 1u);
	snprintf(room, SMART_VALUE_MAX, "%s", value_text(&v, printed));
	return true;
}

/* "0042:" */
static bool
put_minutes(const char *answer, char room[SMART_VALUE_MAX])
{
	char	 digits[16];
	size_t	 n = strspn(answer, "0123456789");

	if (n == 0 || n >= sizeof(digits) || strcmp(answer + n + (answer[n] == ':'), "") != 0)
		return false;
	memcpy(digits, answer, n);
	digits[n] = '\0';
	return put_seconds(digits, 60, room);
}

/* A test of every so many hours; or ON, with each start, and OFF. */
static bool
put_hours(const char *answer, char room[SMART_VALUE_MAX])
{
	if (strcmp(answer, "ON") != 0 && strcmp(answer, "OFF") != 0)
		return put_seconds(answer, 3600, room);
	snprintf(room, SMART_VALUE_MAX, "%s", answer);
	return true;
}

static bool
put_hexadecimal(const char *answer, char room[SMART_VALUE_MAX])
{
	size_t	 n = strspn(answer, "0123456789abcdefABCDEF");

	if (n == 0 || n > 8 || answer[n] != '\0')
		return false;
	snprintf(room, SMART_VALUE_MAX, "%lu", strtoul(answer, NULL, 16));
	return true;
}

/* "21.3.I" */
static bool
is_version(const char *s)
{
	unsigned	 part;
	size_t		 n;

	for (part = 0; part < 3; part++) {
		for (n = 0; isalnum((unsigned char)s[n]); n++)
			;
		s += n;
		if (n == 0 || (part < 2 && *s++ != '.'))
			return false;
	}
	return *s == '\0';
}

bool
smart_value(enum form form, const char *answer, char room[SMART_VALUE_MAX])
{
	if (smart_refuses(answer) || strlen(answer) >= SMART_VALUE_MAX)
		return false;
	if (form == FORM_HOURS)
		return put_hours(answer, room);
	if (form == FORM_MINUTES)
		return put_minutes(answer, room);
	if (form == FORM_HEXADECIMAL)
		return put_hexadecimal(answer, room);
	if ((form == FORM_DECIMAL && !is_decimal(answer)) || (form == FORM_VERSION && !is_version(answer)))
		return false;
	snprintf(room, SMART_VALUE_MAX, "%s", answer);
	return true;
}

/* -- choices ---------------------------------------------------------------------------------- */

/* Behind the first '#': letter, locale, how many, how wide, and the texts; Matrix units part them by '#'. */
bool
choices_next(const char *answer, size_t len, char locale, size_t *at, struct choices *c)
{
	const char	*item;
	size_t		 n, width;

	if (*at == 0 && (len == 0 || answer[(*at)++] != '#'))
		return false;
	for (;;) {
		while (*at < len && answer[*at] == '#')
			(*at)++;
		item = answer + *at;
		if (len - *at < 4 || item[2] < '0' || item[2] > '~' || item[3] < '0' || item[3] > '~')
			return false;
		n = (size_t)(item[2] - '0');
		width = (size_t)(item[3] - '0');
		if (len - *at - 4 < n * width)
			return false;
		*at += 4 + n * width;
		if (item[1] != '4' && item[1] != locale)
			continue;
		*c = (struct choices){ (unsigned char)item[0], n, width, item + 4 };
		return true;
	}
}
