#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/peer.h"
#include "bus/recording.h"
#include "bus/varbinds.h"
#include "core/mem.h"

#define RECORDS_MAX	1000000
#define VALUE_MAX	65535

struct recording {
	struct varbinds	 objects;	/* sorted */
	bool		*writable;
	size_t		 room;
};

/* One line, cut at its bars; nothing is NUL-ended. */
struct record {
	const char	*oid, *tag, *value;
	size_t		 oid_len, tag_len, value_len;
};

/* -- values --------------------------------------------------------------------- */

struct tag {
	unsigned		 number;	/* of the ASN.1 type, as in the file */
	enum varbind_type	 type;
	bool			 (*read)(struct varbind *, const char *, size_t, uint8_t *);
};

static bool
read_number(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	char	 copy[24], *end;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	if (v->type == VB_INTEGER || copy[0] == '-') {
		v->number = strtoll(copy, &end, 10);
	} else {
		unsigned long long	 n = strtoull(copy, &end, 10);

		v->number = n > INT64_MAX ? INT64_MAX : (int64_t)n;
	}
	return errno == 0 && *end == '\0';
}

static bool
read_bytes(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	v->bytes = (const uint8_t *)text;
	v->len = len;
	return true;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
read_hex(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	size_t	 i;

	if (len % 2 != 0)
		return false;
	for (i = 0; i < len; i += 2) {
		int	 high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		room[i / 2] = (uint8_t)(high << 4 | low);
	}
	v->bytes = room;
	v->len = len / 2;
	return true;
}

static bool
read_address(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	unsigned	 a[4];
	char		 copy[16], extra;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "%3u.%3u.%3u.%3u%c", &a[0], &a[1], &a[2], &a[3], &extra) != 4)
		return false;
	for (int i = 0; i < 4; i++) {
		if (a[i] > 255)
			return false;
		room[i] = (uint8_t)a[i];
	}
	v->bytes = room;
	v->len = 4;
	return true;
}

/* 0.0 and the like are values, though not encodable by the rules for names; they are no use to anybody. */
static bool
read_oid(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	char	 copy[OID_MAX_LEN * 11 + 2];

	v->ref.ids = (const uint32_t *)(void *)room;
	v->ref.len = 0;
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return len == 0 || oid_parse(copy, (uint32_t *)(void *)room, &v->ref.len);
}

static bool
read_nothing(struct varbind *v, const char *text, size_t len, uint8_t *room)
{
	return true;
}

static const struct tag tags[] = {
	{ 2,	VB_INTEGER,	read_number },
	{ 4,	VB_OCTETS,	read_bytes },
	{ 5,	VB_ABSENT,	read_nothing },
	{ 6,	VB_OID,		read_oid },
	{ 64,	VB_ADDRESS,	read_address },
	{ 65,	VB_UNSIGNED,	read_number },
	{ 66,	VB_UNSIGNED,	read_number },
	{ 67,	VB_TIMETICKS,	read_number },
	{ 68,	VB_OCTETS,	read_bytes },		/* Opaque */
	{ 70,	VB_UNSIGNED,	read_number },
	{ 128,	VB_ABSENT,	read_nothing },
	{ 129,	VB_ABSENT,	read_nothing },
};

/* -- lines ------------------------------------------------------------------------ */

static bool
cut(const char *line, size_t len, struct record *r)
{
	const char	*bar = memchr(line, '|', len), *second;

	if (bar == NULL || (second = memchr(bar + 1, '|', len - (size_t)(bar + 1 - line))) == NULL)
		return false;
	r->oid = line;
	r->oid_len = (size_t)(bar - line);
	r->tag = bar + 1;
	r->tag_len = (size_t)(second - bar - 1);
	r->value = second + 1;
	r->value_len = len - (size_t)(second + 1 - line);
	return true;
}

/* The text after name= up to the next comma in a variation's parameters. */
static bool
parameter(struct record *r, const char *name)
{
	const char	*p = r->value, *end = r->value + r->value_len, *comma;
	size_t		 len = strlen(name);

	for (; p < end; p = comma + 1) {
		if ((comma = memchr(p, ',', (size_t)(end - p))) == NULL)
			comma = end;
		if ((size_t)(comma - p) > len && memcmp(p, name, len) == 0 && p[len] == '=') {
			r->value = p + len + 1;
			r->value_len = (size_t)(comma - r->value);
			return true;
		}
		if (comma == end)
			break;
	}
	return false;
}

/* A variation's first value takes the record's place; false: it has none. */
static bool
vary(struct record *r, bool *writable)
{
	const char	*colon = memchr(r->tag, ':', r->tag_len);
	size_t		 rest;

	*writable = false;
	if (colon == NULL)
		return true;
	rest = r->tag_len - (size_t)(colon + 1 - r->tag);
	*writable = rest == strlen("writecache") && memcmp(colon + 1, "writecache", rest) == 0;
	r->tag_len = (size_t)(colon - r->tag);
	return parameter(r, "value") || parameter(r, "hexvalue") || parameter(r, "initial");
}

static const struct tag *
find_tag(const struct record *r, bool *hex)
{
	size_t	 len = r->tag_len, i;
	unsigned number = 0;

	if ((*hex = len > 0 && r->tag[len - 1] == 'x'))
		len--;
	if (len == 0 || len > 3)
		return NULL;
	for (i = 0; i < len; i++) {
		if (r->tag[i] < '0' || r->tag[i] > '9')
			return NULL;
		number = number * 10 + (unsigned)(r->tag[i] - '0');
	}
	for (i = 0; i < nitems(tags); i++)
		if (tags[i].number == number)
			return &tags[i];
	return NULL;
}

/* NULL, or what is wrong with the line. */
static const char *
read_line(struct recording *rec, const char *line, size_t len, uint8_t *room)
{
	char		 dotted[OID_MAX_LEN * 11 + 2];
	uint32_t	 ids[OID_MAX_LEN];
	struct varbind	 v = { .oid = { ids, 0 } };
	struct record	 r;
	const struct tag *tag;
	bool		 writable, hex;

	if (!cut(line, len, &r))
		return "not OID|TAG|VALUE";
	if (r.oid_len >= sizeof(dotted))
		return "the OID is too long";
	memcpy(dotted, r.oid, r.oid_len);
	dotted[r.oid_len] = '\0';
	if (!oid_parse(dotted, ids, &v.oid.len))
		return "not an OID";
	if (!vary(&r, &writable))
		return NULL;
	if ((tag = find_tag(&r, &hex)) == NULL)
		return "no such tag";
	v.type = tag->type;
	if (r.value_len > VALUE_MAX)
		return "the value is too long";
	if (!(hex ? read_hex : tag->read)(&v, r.value, r.value_len, room))
		return "not a value of that type";
	if (rec->objects.n == RECORDS_MAX)
		return "more than a million objects";
	rec->writable = array_room(rec->writable, rec->objects.n, &rec->room, sizeof(*rec->writable));
	rec->writable[rec->objects.n] = writable;
	varbinds_add(&rec->objects, &v);
	return NULL;
}

/* -- the whole ------------------------------------------------------------------------ */

struct place {
	struct varbind	 bind;
	bool		 writable;
	size_t		 line;
};

static int
by_oid(const void *a, const void *b)
{
	const struct place	*x = a, *y = b;
	int			 order = oid_compare(x->bind.oid, y->bind.oid);

	return order != 0 ? order : x->line < y->line ? -1 : 1;
}

/* Recordings are sorted as a rule, but not all; of two equal OIDs the first counts. */
static void
sort(struct recording *rec)
{
	size_t		 n = rec->objects.n, kept = 0, i;
	struct place	*places = xcalloc(n + 1, sizeof(*places));

	for (i = 0; i < n; i++)
		places[i] = (struct place){ rec->objects.at[i], rec->writable[i], i };
	qsort(places, n, sizeof(*places), by_oid);
	for (i = 0; i < n; i++) {
		if (kept > 0 && oid_compare(rec->objects.at[kept - 1].oid, places[i].bind.oid) == 0)
			continue;
		rec->objects.at[kept] = places[i].bind;
		rec->writable[kept++] = places[i].writable;
	}
	rec->objects.n = kept;
	free(places);
}

struct recording *
recording_parse(const char *text, size_t len, char **why)
{
	struct recording *rec = xcalloc(1, sizeof(*rec));
	uint8_t		*room = xmalloc(VALUE_MAX + 1 + OID_MAX_LEN * sizeof(uint32_t));
	const char	*p = text, *end = text + len, *eol, *wrong = NULL;
	size_t		 line = 0, width;

	for (; p < end && wrong == NULL; p = eol + 1) {
		if ((eol = memchr(p, '\n', (size_t)(end - p))) == NULL)
			eol = end;
		line++;
		width = (size_t)(eol - p);
		if (width > 0 && p[width - 1] == '\r')
			width--;
		if (width > 0 && p[0] != '#')
			wrong = read_line(rec, p, width, room);
		if (eol == end)
			break;
	}
	free(room);
	if (wrong != NULL) {
		*why = xasprintf("line %zu: %s", line, wrong);
		recording_free(rec);
		return NULL;
	}
	sort(rec);
	return rec;
}

void
recording_free(struct recording *rec)
{
	if (rec == NULL)
		return;
	varbinds_free(&rec->objects);
	free(rec->writable);
	free(rec);
}

size_t
recording_size(const struct recording *rec)
{
	return rec->objects.n;
}

/* The first object at or after oid. */
static size_t
lower_bound(const struct recording *rec, struct oid oid)
{
	size_t	 low = 0, high = rec->objects.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (oid_compare(rec->objects.at[mid].oid, oid) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct varbind *
recording_get(const struct recording *rec, struct oid oid)
{
	size_t	 i = lower_bound(rec, oid);

	return i < rec->objects.n && oid_compare(rec->objects.at[i].oid, oid) == 0 ? &rec->objects.at[i] : NULL;
}

const struct varbind *
recording_next(const struct recording *rec, struct oid oid)
{
	size_t	 i = lower_bound(rec, oid);

	if (i < rec->objects.n && oid_compare(rec->objects.at[i].oid, oid) == 0)
		i++;
	return i < rec->objects.n ? &rec->objects.at[i] : NULL;
}

unsigned
recording_set(struct recording *rec, const struct varbind *bind)
{
	size_t	 i = lower_bound(rec, bind->oid);

	if (i == rec->objects.n || oid_compare(rec->objects.at[i].oid, bind->oid) != 0)
		return AGENT_NO_CREATION;
	if (!rec->writable[i])
		return AGENT_NOT_WRITABLE;
	if (rec->objects.at[i].type != bind->type)
		return AGENT_WRONG_TYPE;
	rec->objects.at[i] = varbinds_keep(&rec->objects, bind);
	return AGENT_NO_ERROR;
}
