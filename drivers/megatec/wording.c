#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "drivers/megatec/decode.h"

/* Messages as they are on the line: frames, checks, commands. */

ssize_t
frame_cr(const uint8_t *bytes, size_t len)
{
	const uint8_t	*cr;

	if (len > 0 && (bytes[0] == '\n' || bytes[0] == '\0'))
		return -1;
	cr = memchr(bytes, '\r', len);
	return cr == NULL ? 0 : cr + 1 - bytes;
}

/* CRC-16, polynomial 0x1021, beginning with 0; bytes that mean something on the line are sent one higher. */
uint16_t
megatec_crc(const void *bytes, size_t len)
{
	const uint8_t	*b = bytes;
	uint16_t	 crc = 0;
	unsigned	 bit;
	size_t		 i;

	for (i = 0; i < len; i++) {
		crc ^= (uint16_t)(b[i] << 8);
		for (bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	for (bit = 0; bit <= 8; bit += 8) {
		uint8_t	 byte = (uint8_t)(crc >> bit);

		if (byte == '\n' || byte == '\r' || byte == '(')
			crc = (uint16_t)(crc + (1 << bit));
	}
	return crc;
}

char *
megatec_seal(const struct megatec_profile *p, const char *text, size_t *len)
{
	size_t		 n = strlen(text);
	char		*out = xcalloc(n + 4, 1);
	uint16_t	 crc;

	memcpy(out, text, n);
	if (p->crc) {
		crc = megatec_crc(text, n);
		out[n++] = (char)(crc >> 8);
		out[n++] = (char)crc;
	}
	out[n++] = '\r';
	*len = n;
	return out;
}

/* -- binary fields of QS --------------------------------------------------------------- */

/*
 * "#" and fields of bytes with blanks between, in which 0x28 and a small number
 * stand for bytes that mean something on the line.  The bytes become two
 * hexadecimal digits each, those of the 10th and 11th field eight bits.
 */
static bool
qs_hex(struct buf *out, const uint8_t *s, size_t len)
{
	static const uint8_t	 escaped[] = { '\r', 0x11, 0x13, '\n', ' ' };
	unsigned		 field = 1, bit;
	size_t			 i;
	uint8_t			 byte;

	buf_putc(out, '#');
	for (i = 1; i < len; i++) {
		if (s[i] == ' ') {
			buf_putc(out, ' ');
			field++;
			continue;
		}
		byte = s[i];
		if (byte == '(' && i + 1 < len && s[i + 1] < sizeof(escaped))
			byte = escaped[s[++i]];
		if (field < 10)
			buf_printf(out, "%02X", byte);
		for (bit = 8; field >= 10 && bit-- > 0; )
			buf_putc(out, byte >> bit & 1 ? '1' : '0');
	}
	return out->len == 46 || out->len == 55;
}

/* -- replies ------------------------------------------------------------------------------ */

static bool
begins_with_one(char *const *words, size_t n, const char *text, size_t len)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) <= len && memcmp(words[i], text, strlen(words[i])) == 0)
			return true;
	return false;
}

static bool
crc_right(const char *s, size_t len)
{
	uint16_t	 crc;

	if (len < 3)
		return false;
	crc = megatec_crc(s, len - 2);
	return (uint8_t)s[len - 2] == crc >> 8 && (uint8_t)s[len - 1] == (crc & 0xff);
}

enum megatec_reply
megatec_reply(const struct megatec_profile *p, const struct megatec_ask *ask, const char *sent, const char *message,
    size_t len, char **text)
{
	struct buf	 hex = { 0 };
	const char	*first;
	bool		 right;

	if (len > 0 && message[len - 1] == '\r')
		len--;
	if (len == strlen(sent) && memcmp(message, sent, len) == 0)
		return REPLY_ECHO;
	if (begins_with_one(p->refuse, p->nrefuse, message, len))
		return REPLY_REFUSED;
	/* What came before the first character is noise, or the rest of what was cut off. */
	if (ask->first != '\0') {
		first = memchr(message, ask->first, len);
		if (first == NULL)
			return REPLY_BROKEN;
		len -= (size_t)(first - message);
		message = first;
	}
	if (p->crc && !crc_right(message, len))
		return REPLY_BROKEN;
	if (p->crc)
		len -= 2;
	if (ask->qs_hex) {
		right = qs_hex(&hex, (const uint8_t *)message, len);
		if (right)
			*text = xstrndup(buf_text(&hex), hex.len);
		buf_free(&hex);
		return right ? REPLY_GOOD : REPLY_BROKEN;
	}
	/* The lengths of the facts count the CR; behind a CRC they count that too. */
	if (len + 1 + (p->crc ? 2 : 0) < ask->length || len == 0 || memchr(message, '\0', len) != NULL)
		return REPLY_BROKEN;
	*text = xstrndup(message, len);
	return REPLY_GOOD;
}

/* -- delays ---------------------------------------------------------------------------------- */

/* Steps of 6 s up to 54 s, of a minute above. */
int64_t
megatec_off_seconds(int64_t s)
{
	if (s <= 12)
		return 12;
	return s <= 54 ? (s + 5) / 6 * 6 : s <= 5940 ? (s + 59) / 60 * 60 : 5940;
}

int64_t
megatec_back_seconds(int64_t s)
{
	return s <= 0 ? 0 : s <= 599940 ? (s + 59) / 60 * 60 : 599940;
}

static void
put_off(struct buf *out, int64_t s)
{
	s = megatec_off_seconds(s);
	if (s < 60)
		buf_printf(out, ".%d", (int)(s / 6));
	else
		buf_printf(out, "%02d", (int)(s / 60));
}

static int64_t
remembered(const struct megatec_memory *m, enum var var)
{
	struct value	 v = value_from_text(memory_get(m, var));

	return v.type == V_NUMBER ? value_ceil(&v, 0) : 0;
}

/* -- commands --------------------------------------------------------------------------------- */

static bool
put_part(struct buf *out, const char *name, const struct megatec_memory *m, int64_t argument, const char *value)
{
	int64_t		 back = megatec_back_seconds(remembered(m, VAR_UPS_DELAY_START)) / 60;
	const char	*known;

	if (strcmp(name, "off") == 0)
		put_off(out, remembered(m, VAR_UPS_DELAY_SHUTDOWN));
	else if (strcmp(name, "back") == 0 && back > 0)
		buf_printf(out, "R%04d", (int)back);
	else if (strcmp(name, "back4") == 0)
		buf_printf(out, "%04d", (int)back);
	else if (strcmp(name, "test") == 0)
		put_off(out, argument);
	else if (strcmp(name, "minutes") == 0)
		buf_printf(out, "%02d", (int)((argument + 59) / 60));
	else if (strcmp(name, "value") == 0 && value != NULL)
		buf_puts(out, value);
	else if (strcmp(name, "back") != 0) {
		known = memory_get(m, var_intern(name));
		if (known == NULL)
			return false;
		buf_puts(out, known);
	}
	return true;
}

char *
megatec_compose(const char *form, const struct megatec_memory *m, int64_t argument, const char *value)
{
	struct buf	 out = { 0 };
	char		 name[64], *text;
	size_t		 len;
	bool		 right = true;

	for (; right && *form != '\0'; form++) {
		len = *form == '{' ? strcspn(form + 1, "}") : 0;
		if (len == 0 || len >= sizeof(name) || form[1 + len] != '}') {
			buf_putc(&out, *form);
			continue;
		}
		memcpy(name, form + 1, len);
		name[len] = '\0';
		right = put_part(&out, name, m, argument, value);
		form += len + 1;
	}
	text = right && out.len > 0 ? xstrndup(buf_text(&out), out.len) : NULL;
	buf_free(&out);
	return text;
}

char *
megatec_encode(const struct megatec_setting *s, const char *text)
{
	struct value	 v = value_from_text(text);
	int64_t		 n, whole = 1;
	size_t		 i;

	for (i = 0; i < s->nrows; i++)
		if (strcmp(s->rows[i].text, text) == 0)
			return xstrdup(s->rows[i].raw);
	if (s->nrows > 0)
		return NULL;
	if (s->maxlen > 0)
		return strlen(text) <= s->maxlen ? xstrdup(text) : NULL;
	if (v.type != V_NUMBER || v.digits < 0)
		return NULL;
	n = value_scaled(&v, s->decimals);
	n = (n + s->unit - 1) / s->unit;
	for (i = 0; i < s->decimals; i++)
		whole *= 10;
	if (s->decimals == 0)
		return xasprintf("%0*lld", (int)s->width, (long long)n);
	return xasprintf("%0*lld.%0*lld", (int)(s->width > s->decimals ? s->width - s->decimals - 1 : 0),
	    (long long)(n / whole), (int)s->decimals, (long long)(n % whole));
}
