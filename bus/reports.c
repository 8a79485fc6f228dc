#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/mask.h"
#include "bus/reports.h"
#include "core/mem.h"

static const char *const	words[] = {
	[HID_FEATURE] = "feature", [HID_STRING] = "string", [HID_INPUT] = "input",
};

/* -- life ------------------------------------------------------------------------------ */

struct reports *
reports_new(void)
{
	return xcalloc(1, sizeof(struct reports));
}

void
reports_free(struct reports *r)
{
	size_t	 i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		buf_free(&r->events[i].bytes);
	free(r->events);
	buf_free(&r->descriptor);
	free(r->maker);
	free(r->model);
	free(r->serial);
	free(r->place);
	free(r);
}

static void
replace(char **text, const char *with)
{
	free(*text);
	*text = with == NULL ? NULL : xstrdup(with);
}

void
reports_set_device(struct reports *r, const struct hid *h)
{
	const struct hid_identity	*is = h->ops->identity(h);
	const uint8_t			*bytes;
	size_t				 len;

	r->vendor = is->vendor;
	r->product = is->product;
	r->release = is->release;
	replace(&r->maker, is->maker);
	replace(&r->model, is->model);
	replace(&r->serial, is->serial);
	replace(&r->place, is->place);
	bytes = h->ops->descriptor(h, &len);
	buf_clear(&r->descriptor);
	buf_put(&r->descriptor, bytes, len);
}

bool
reports_add(struct reports *r, enum hid_heard what, int64_t at, uint8_t number, const uint8_t *bytes, size_t len)
{
	struct reports_event	*e;

	if (r->size + len + sizeof(*e) > REPORTS_BYTES_MAX || (r->n > 0 && at < r->events[r->n - 1].at))
		return false;
	r->size += len + sizeof(*e);
	r->events = array_room(r->events, r->n, &r->room, sizeof(*e));
	e = &r->events[r->n++];
	*e = (struct reports_event){ .what = what, .at = at, .number = number, .there = bytes != NULL };
	if (bytes != NULL)
		buf_put(&e->bytes, bytes, len);
	return true;
}

const struct reports_event *
reports_find(const struct reports *r, enum hid_heard what, uint8_t number, int64_t at)
{
	const struct reports_event	*found = NULL;
	size_t				 i;

	for (i = 0; i < r->n; i++)
		if (r->events[i].what == what && r->events[i].number == number &&
		    (found == NULL || r->events[i].at <= at))
			found = &r->events[i];
	return found;
}

void
reports_mask(struct reports *r, const char *text)
{
	size_t	 i;

	if (r->serial != NULL)
		mask_bytes((uint8_t *)r->serial, strlen(r->serial), text);
	for (i = 0; i < r->n; i++)
		mask_bytes(buf_bytes(&r->events[i].bytes), r->events[i].bytes.len, text);
}

/* -- as text ----------------------------------------------------------------------------- */

static void
print_hex(struct buf *b, const struct buf *bytes)
{
	size_t	 i;

	for (i = 0; i < bytes->len; i++)
		buf_printf(b, "%02x", buf_bytes(bytes)[i]);
}

/* Without quotes and control characters in it: nobody is called so. */
static void
print_quoted(struct buf *b, const char *text)
{
	buf_puts(b, " \"");
	for (; text != NULL && *text != '\0'; text++)
		buf_putc(b, (unsigned char)*text < ' ' || *text == '"' ? '?' : *text);
	buf_putc(b, '"');
}

static void
print_event(const struct reports_event *e, struct buf *b)
{
	buf_printf(b, "%lld %s", (long long)e->at, words[e->what]);
	if (e->what != HID_INPUT)
		buf_printf(b, " %02x", e->number);
	if (e->there) {
		buf_puts(b, " = ");
		print_hex(b, &e->bytes);
	}
	buf_putc(b, '\n');
}

void
reports_print(const struct reports *r, struct buf *b)
{
	size_t	 i;

	buf_printf(b, "device %04x:%04x %04x", r->vendor, r->product, r->release);
	print_quoted(b, r->maker);
	print_quoted(b, r->model);
	print_quoted(b, r->serial);
	buf_printf(b, " %s\ndescriptor ", r->place != NULL ? r->place : "1-1");
	print_hex(b, &r->descriptor);
	buf_putc(b, '\n');
	for (i = 0; i < r->n; i++)
		print_event(&r->events[i], b);
}

/* -- from text ------------------------------------------------------------------------------ */

static bool
read_hex(const char *s, struct buf *out)
{
	unsigned	 byte;
	int		 used;

	for (; *s != '\0'; s += 2) {
		if (strspn(s, "0123456789abcdefABCDEF") < 2 || sscanf(s, "%2x%n", &byte, &used) != 1 || used != 2)
			return false;
		buf_putc(out, (char)byte);
	}
	return true;
}

/* One in double quotes, *rest behind it; empty: none. */
static bool
read_quoted(char **rest, char **out)
{
	char	*s = *rest, *end;

	if (s[0] != ' ' || s[1] != '"' || (end = strchr(s + 2, '"')) == NULL)
		return false;
	*end = '\0';
	*rest = end + 1;
	replace(out, s[2] == '\0' ? NULL : s + 2);
	return true;
}

static const char *
read_device(struct reports *r, char *s)
{
	unsigned	 vendor, product, release;
	int		 used = 0;

	if (sscanf(s, "device %4x:%4x %4x%n", &vendor, &product, &release, &used) != 3 || used == 0)
		return "wants device VVVV:PPPP RRRR and what follows";
	r->vendor = (uint16_t)vendor;
	r->product = (uint16_t)product;
	r->release = (uint16_t)release;
	s += used;
	if (!read_quoted(&s, &r->maker) || !read_quoted(&s, &r->model) || !read_quoted(&s, &r->serial) || *s != ' ')
		return "wants maker, model and serial number in double quotes, and the place";
	replace(&r->place, s + 1);
	return NULL;
}

static const char *
read_event(struct reports *r, char *s)
{
	struct buf	 bytes = { 0 };
	char		 word[8];
	unsigned	 number = 0;
	long long	 at;
	int		 used = 0;
	size_t		 what;
	const char	*why = NULL;

	if (sscanf(s, "%lld %7[a-z]%n", &at, word, &used) != 2 || at < 0)
		return "wants a time and feature, string or input";
	s += used;
	for (what = 0; what < nitems(words) && strcmp(words[what], word) != 0; what++)
		;
	if (what == nitems(words))
		return "wants a time and feature, string or input";
	used = 0;
	if (what != HID_INPUT && (sscanf(s, " %2x%n", &number, &used) != 1 || used != 3))
		return "wants the number in two digits";
	s += used;
	if (*s != '\0' && (strncmp(s, " = ", 3) != 0 || !read_hex(s + 3, &bytes)))
		why = "wants = and bytes in hexadecimal";
	else if (bytes.len > HID_REPORT_BYTES)
		why = "is too long for a report";
	else if (!reports_add(r, (enum hid_heard)what, at, (uint8_t)number,
	    *s == '\0' ? NULL : bytes.len > 0 ? buf_bytes(&bytes) : (const uint8_t *)"", bytes.len))
		why = "is too much, or before the last one";
	buf_free(&bytes);
	return why;
}

static const char *
read_line(struct reports *r, char *line)
{
	if (strncmp(line, "device ", 7) == 0)
		return read_device(r, line);
	if (strncmp(line, "descriptor ", 11) != 0)
		return read_event(r, line);
	buf_clear(&r->descriptor);
	return read_hex(line + 11, &r->descriptor) ? NULL : "wants bytes in hexadecimal";
}

struct reports *
reports_parse(const char *text, size_t len, char **why)
{
	struct reports	*r = reports_new();
	char		*copy, *rest, *line;
	const char	*mistake = NULL;
	unsigned	 number = 0;

	rest = copy = xmalloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	while (mistake == NULL && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (*line != '\0' && *line != '#')
			mistake = read_line(r, line);
	}
	free(copy);
	if (mistake == NULL && r->descriptor.len > 0)
		return r;
	reports_free(r);
	*why = mistake != NULL ? xasprintf("line %u: %s", number, mistake) : xstrdup("no report descriptor is in it");
	return NULL;
}
