#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/values.h"

/* 0 s while mains is there is a device that has not learnt it yet. */
const struct value *
values_runtime(const struct readings *r)
{
	const struct value	*v = rfc1628_runtime(r);

	if (v != NULL && v->digits == 0 && rfc1628_output_source(r) != SOURCE_BATTERY)
		return NULL;
	return v;
}

const struct value *
values_battery_temperature(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_BATTERY_TEMPERATURE);

	if (v == NULL && readings_has_word(r, var_intern(REMARK_OPTIONS), "battery-temp-from-ups"))
		v = readings_number(r, VAR_UPS_TEMPERATURE);
	return v;
}

const struct value *
values_battery_current(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_BATTERY_CURRENT);

	return v != NULL ? v : readings_number(r, VAR_BATTERY_CURRENT_TOTAL);
}

const struct value *
values_output_frequency(const struct readings *r)
{
	const struct value	*v = readings_number(r, VAR_OUTPUT_FREQUENCY);

	if (v == NULL)
		v = readings_number(r, readings_var("output.inverter.frequency"));
	return v == NULL ? NULL : rfc1628_frequency(v);
}

static int64_t
written(const struct readings *r, const char *remark, int64_t first)
{
	const struct value	*v = readings_number(r, var_intern(remark));

	return v != NULL && (v->digits == 1 || v->digits == 2) ? v->digits : first;
}

int64_t
values_shutdown_type(const struct readings *r)
{
	return written(r, REMARK_SHUTDOWN_TYPE, SHUTDOWN_OUTPUT);
}

int64_t
values_auto_restart(const struct readings *r)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*own = readings_text(r, VAR_UPS_START_AUTO, room);

	if (strcasecmp(own, "yes") == 0 || strcasecmp(own, "no") == 0)
		return strcasecmp(own, "no") == 0 ? RESTART_OFF : RESTART_ON;
	return written(r, REMARK_AUTO_RESTART, RESTART_ON);
}

int64_t
values_line_bads(const struct readings *r)
{
	const struct value	*v = readings_number(r, var_intern(REMARK_LINE_BADS));

	return v == NULL ? 0 : value_scaled(v, 0);
}

int64_t
values_time(const struct readings *r, const char *remark)
{
	const struct value	*v = readings_number(r, var_intern(remark));
	int64_t			 ms = v == NULL ? 0 : value_scaled(v, 0);

	return ms < 0 ? 0 : ms;
}

size_t
values_alarms(const struct readings *r, struct alarm alarms[ALARMS_MAX])
{
	char			 room[VALUE_TEXT_MAX];
	const char		*text = readings_text(r, var_intern(REMARK_ALARMS), room);
	size_t			 n = 0;
	long long		 since;
	struct alarm		 a;

	for (; n < ALARMS_MAX && sscanf(text, "%u %u %lld", &a.id, &a.identity, &since) == 3; n++) {
		if (n > 0 && a.id <= alarms[n - 1].id)
			break;
		a.since = since < 0 ? 0 : since;
		alarms[n] = a;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return n;
}

/* -- texts ------------------------------------------------------------------------ */

static size_t
trimmed(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n;
}

/* One byte for each character: '?' stands for what is not ASCII, a blank for a control. */
size_t
display_string(const char *text, char *to, size_t max)
{
	size_t	 n = 0;

	for (text += strspn(text, " \t"); *text != '\0' && n < max; text++) {
		unsigned char	 c = (unsigned char)*text;

		if ((c & 0xc0) == 0x80)		/* inside a character of UTF-8 */
			continue;
		to[n++] = c >= 0x80 ? '?' : isprint(c) ? (char)c : ' ';
	}
	return trimmed(to, n);
}

/* Bytes of the character of UTF-8 that the text begins with; 0: it is none (RFC 3629 4). */
static size_t
character(const char *text)
{
	const unsigned char	*s = (const unsigned char *)text;
	size_t			 len = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	size_t			 i;

	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

size_t
admin_string(const char *text, char *to, size_t max)
{
	size_t	 n = 0, len;

	for (text += strspn(text, " \t"); *text != '\0'; text += len > 0 ? len : 1) {
		len = character(text);
		if (n + (len > 0 ? len : 1) > max)
			break;
		if (len > 1)
			memcpy(to + n, text, len);
		else
			to[n] = len == 0 ? '?' : isprint((unsigned char)*text) ? *text : ' ';
		n += len > 0 ? len : 1;
	}
	return trimmed(to, n);
}
