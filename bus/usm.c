#include <string.h>

#include "bus/usm.h"
#include "core/mem.h"

/* -- the message ------------------------------------------------------------------ */

static const uint8_t discovery[USM_DISCOVERY_LEN] = {
	0x30, 0x3e,
	    0x02, 0x01, 0x03,				/* msgVersion 3 */
	    0x30, 0x11,
		0x02, 0x04, 0, 0, 0, 0,			/* msgID */
		0x02, 0x03, 0x00, 0xff, 0xe3,		/* msgMaxSize 65507 */
		0x04, 0x01, 0x04,			/* msgFlags: reportable */
		0x02, 0x01, 0x03,			/* msgSecurityModel: USM */
	    0x04, 0x10,
		0x30, 0x0e,
		    0x04, 0x00,				/* msgAuthoritativeEngineID: who are you? */
		    0x02, 0x01, 0x00, 0x02, 0x01, 0x00,	/* boots, time */
		    0x04, 0x00, 0x04, 0x00, 0x04, 0x00,	/* user, authentication, privacy */
	    0x30, 0x14,
		0x04, 0x00, 0x04, 0x00,			/* contextEngineID, contextName */
		0xa0, 0x0e,				/* GetRequest */
		    0x02, 0x04, 0, 0, 0, 0,		/* request-id */
		    0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x00
};
static const size_t id_places[] = { 9, 52 };

void
usm_discovery(uint8_t room[USM_DISCOVERY_LEN], uint32_t id)
{
	size_t	 i, k;

	memcpy(room, discovery, sizeof(discovery));
	for (i = 0; i < nitems(id_places); i++)
		for (k = 0; k < 4; k++)
			room[id_places[i] + k] = (uint8_t)(id >> (24 - 8 * k));
}

/* -- BER, as much of it as that ------------------------------------------------------- */

enum { TAG_INTEGER = 0x02, TAG_OCTETS = 0x04, TAG_OID = 0x06, TAG_SEQUENCE = 0x30, TAG_REPORT = 0xa8 };

struct run {			/* what is left to read */
	const uint8_t	*p;
	size_t		 len;
};

static bool
take(struct run *from, uint8_t tag, struct run *content)
{
	size_t	 octets, size, i;

	if (from->len < 2 || from->p[0] != tag)
		return false;
	octets = from->p[1] & 0x80 ? from->p[1] & 0x7f : 0;
	if (octets > 3 || (from->p[1] == 0x80) || from->len < 2 + octets)
		return false;
	size = octets > 0 ? 0 : from->p[1];
	for (i = 0; i < octets; i++)
		size = size << 8 | from->p[2 + i];
	if (size > from->len - 2 - octets)
		return false;
	*content = (struct run){ from->p + 2 + octets, size };
	from->p += 2 + octets + size;
	from->len -= 2 + octets + size;
	return true;
}

/* Not negative, and below 2^31. */
static bool
take_number(struct run *from, uint32_t *number)
{
	struct run	 content;
	size_t		 i;

	if (!take(from, TAG_INTEGER, &content) || content.len < 1 || content.len > 4 || (content.p[0] & 0x80) != 0)
		return false;
	*number = 0;
	for (i = 0; i < content.len; i++)
		*number = *number << 8 | content.p[i];
	return true;
}

static bool
take_oid(struct run *from, uint32_t ids[OID_MAX_LEN], size_t *len)
{
	struct run	 content;
	uint32_t	 id = 0;
	size_t		 n = 0, i;

	if (!take(from, TAG_OID, &content) || content.len < 1)
		return false;
	for (i = 0; i < content.len; i++) {
		if (id > UINT32_MAX >> 7)
			return false;
		id = id << 7 | (content.p[i] & 0x7f);
		if (content.p[i] & 0x80)
			continue;
		if (n + (n == 0) >= OID_MAX_LEN)
			return false;
		if (n == 0) {
			ids[n++] = id < 80 ? id / 40 : 2;
			id -= ids[0] * 40;
		}
		ids[n++] = id;
		id = 0;
	}
	*len = n;
	return (content.p[content.len - 1] & 0x80) == 0;
}

/* -- reading --------------------------------------------------------------------------- */

static bool
read_header(struct run *message, struct usm_message *m)
{
	struct run	 header, flags;
	uint32_t	 max_size, model;

	if (!take(message, TAG_SEQUENCE, &header) || !take_number(&header, &m->id) ||
	    !take_number(&header, &max_size) || !take(&header, TAG_OCTETS, &flags) || flags.len != 1 ||
	    !take_number(&header, &model) || model != 3)
		return false;
	m->flags = flags.p[0];
	return true;
}

static bool
read_security(struct run *message, struct usm_message *m)
{
	struct run	 octets, security, engine;

	if (!take(message, TAG_OCTETS, &octets) || !take(&octets, TAG_SEQUENCE, &security) ||
	    !take(&security, TAG_OCTETS, &engine) || !take_number(&security, &m->boots) ||
	    !take_number(&security, &m->time))
		return false;
	m->engine = engine.p;
	m->engine_len = engine.len;
	return true;
}

static void
read_report(struct run message, struct usm_message *m)
{
	struct run	 scoped, skipped, pdu, list, bind;
	uint32_t	 number;

	if (!take(&message, TAG_SEQUENCE, &scoped) || !take(&scoped, TAG_OCTETS, &skipped) ||
	    !take(&scoped, TAG_OCTETS, &skipped) || !take(&scoped, TAG_REPORT, &pdu))
		return;
	/* The request-id may be anything: an agent that could not read ours cannot repeat it. */
	if (!take(&pdu, TAG_INTEGER, &skipped) || !take_number(&pdu, &number) || !take_number(&pdu, &number) ||
	    !take(&pdu, TAG_SEQUENCE, &list))
		return;
	m->report = true;
	if (!take(&list, TAG_SEQUENCE, &bind) || !take_oid(&bind, m->counter, &m->counter_len))
		m->counter_len = 0;
}

bool
usm_parse(const uint8_t *bytes, size_t len, struct usm_message *m)
{
	struct run	 all = { bytes, len }, message;
	uint32_t	 version;

	memset(m, 0, offsetof(struct usm_message, counter));
	m->counter_len = 0;
	if (!take(&all, TAG_SEQUENCE, &message) || !take_number(&message, &version) || version != 3 ||
	    !read_header(&message, m) || !read_security(&message, m))
		return false;
	if ((m->flags & 3) == 0)
		read_report(message, m);
	return true;
}

/* -- what Reports mean: RFC 3414 (usmStats), RFC 3412 (snmpMPDStats), RFC 3413 (snmpUnknownContexts) ---- */

#define USM_STATS(n)	{ 1, 3, 6, 1, 6, 3, 15, 1, 1, n }
#define MPD_STATS(n)	{ 1, 3, 6, 1, 6, 3, 11, 2, 1, n }
#define CONTEXTS(n)	{ 1, 3, 6, 1, 6, 3, 12, 1, n }

static const struct {
	uint32_t	 ids[10];
	size_t		 len;
	enum usm_cause	 cause;
	const char	*text;
} causes[] = {
	{ USM_STATS(1), 10, USM_REFUSED, "the agent does not allow it this security level" },
	{ USM_STATS(2), 10, USM_TIME, "the agent's clock is another" },
	{ USM_STATS(3), 10, USM_REFUSED, "the agent does not know this user" },
	{ USM_STATS(4), 10, USM_ENGINE, "the agent is another engine" },
	{ USM_STATS(5), 10, USM_REFUSED, "authentication failed, auth or auth-secret is wrong" },
	{ USM_STATS(6), 10, USM_REFUSED, "decryption failed, priv or priv-secret is wrong" },
	{ MPD_STATS(1), 10, USM_REFUSED, "the agent does not know this security model" },
	{ MPD_STATS(2), 10, USM_REFUSED, "the agent finds its messages invalid" },
	{ MPD_STATS(3), 10, USM_REFUSED, "the agent has nobody to answer it" },
	{ CONTEXTS(4), 9, USM_REFUSED, "the context is not available" },
	{ CONTEXTS(5), 9, USM_REFUSED, "the agent does not know the context" },
};

enum usm_cause
usm_cause(struct oid counter, const char **text)
{
	size_t	 i;

	for (i = 0; i < nitems(causes); i++) {
		if (oid_below((struct oid){ causes[i].ids, causes[i].len }, counter)) {
			*text = causes[i].text;
			return causes[i].cause;
		}
	}
	*text = "the agent reports a trouble of its own kind";
	return USM_UNKNOWN;
}
