/*
 * AgentX PDUs to and from bytes (RFC 2741 sections 5 and 6).
 */

#include "subagent/pdu.h"

#include <string.h>

#include "core/mem.h"

#define VERSION		1
#define INTERNET	4	/* numbers in 1.3.6.1, which a prefix byte stands for */

/* Longest OID on the wire, and of one with an object's other fixed parts. */
#define OID_ROOM	(4 + 4 * OID_MAX_LEN)

static const uint32_t internet[INTERNET] = { 1, 3, 6, 1 };

struct text {
	unsigned	 number;
	const char	*text;
};

static const struct text errors[] = {
	{ PDU_OK, "noError" },
	{ PDU_GEN_ERR, "genErr" },
	{ PDU_OPEN_FAILED, "openFailed" },
	{ PDU_NOT_OPEN, "notOpen" },
	{ PDU_UNSUPPORTED_CONTEXT, "unsupportedContext" },
	{ PDU_DUPLICATE_REGISTRATION, "duplicateRegistration" },
	{ PDU_UNKNOWN_REGISTRATION, "unknownRegistration" },
	{ PDU_PARSE_ERROR, "parseError" },
	{ PDU_REQUEST_DENIED, "requestDenied" },
	{ PDU_PROCESSING_ERROR, "processingError" },
};

static const struct text close_reasons[] = {
	{ PDU_REASON_OTHER, "for no stated reason" },
	{ PDU_REASON_PARSE_ERROR, "it could not parse us" },
	{ PDU_REASON_PROTOCOL_ERROR, "protocol error" },
	{ PDU_REASON_TIMEOUTS, "too many time-outs" },
	{ PDU_REASON_SHUTDOWN, "it shuts down" },
	{ PDU_REASON_BY_MANAGER, "by a manager" },
};

static const char *
text_find(const struct text *texts, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i].number == number)
			return texts[i].text;
	return "unknown error";
}

const char *
pdu_error_text(unsigned error)
{
	return text_find(errors, nitems(errors), error);
}

const char *
pdu_close_text(unsigned reason)
{
	return text_find(close_reasons, nitems(close_reasons), reason);
}

/* -- numbers ------------------------------------------------------------------ */

/* Its own inverse: the host's order to network order (or the other), and back. */
static inline uint32_t
ordered32(uint32_t v, bool network)
{
	return network == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap32(v);
}

static inline uint32_t
load32(const uint8_t *p, bool network)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return ordered32(v, network);
}

static inline uint8_t *
store32(uint8_t *p, uint32_t v)
{
	v = ordered32(v, true);
	memcpy(p, &v, sizeof v);
	return p + sizeof v;
}

/* -- reading ------------------------------------------------------------------ */

enum pdu_framing
pdu_frame(const uint8_t *bytes, size_t len, struct pdu *pdu)
{
	bool network;
	uint32_t payload;

	/* The version is looked at as soon as it is there: garbage need not be long. */
	if (len > 0 && bytes[0] != VERSION)
		return PDU_GARBAGE;
	if (len < PDU_HEADER_LEN)
		return PDU_PARTIAL;
	network = bytes[2] & PDU_NETWORK_BYTE_ORDER;
	payload = load32(bytes + 16, network);
	if (payload % 4 != 0 || payload > PDU_LEN_MAX)
		return PDU_GARBAGE;
	if (len - PDU_HEADER_LEN < payload)
		return PDU_PARTIAL;

	pdu->type = bytes[1];
	pdu->flags = bytes[2];
	pdu->session = load32(bytes + 4, network);
	pdu->transaction = load32(bytes + 8, network);
	pdu->packet = load32(bytes + 12, network);
	pdu->payload = bytes + PDU_HEADER_LEN;
	pdu->len = payload;
	return PDU_WHOLE;
}

struct pdu_reader
pdu_read(const struct pdu *pdu)
{
	return (struct pdu_reader){
		.at = pdu->payload, .end = pdu->payload + pdu->len,
		.network = pdu->flags & PDU_NETWORK_BYTE_ORDER,
	};
}

bool
pdu_more(const struct pdu_reader *reader)
{
	return !reader->bad && reader->at < reader->end;
}

/* The next n bytes, or NULL. */
static inline const uint8_t *
take(struct pdu_reader *reader, size_t n)
{
	const uint8_t *p = reader->at;

	if (reader->bad || (size_t)(reader->end - p) < n) {
		reader->bad = true;
		return NULL;
	}
	reader->at += n;
	return p;
}

uint16_t
pdu_read_u16(struct pdu_reader *reader)
{
	const uint8_t *p = take(reader, 2);

	if (p == NULL)
		return 0;
	return reader->network ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
}

uint32_t
pdu_read_u32(struct pdu_reader *reader)
{
	const uint8_t *p = take(reader, 4);

	return p == NULL ? 0 : load32(p, reader->network);
}

static uint64_t
read_u64(struct pdu_reader *reader)
{
	uint64_t first = pdu_read_u32(reader), second = pdu_read_u32(reader);

	return reader->network ? first << 32 | second : second << 32 | first;
}

const uint8_t *
pdu_read_octets(struct pdu_reader *reader, size_t *len)
{
	uint32_t n = pdu_read_u32(reader);
	const uint8_t *p;

	/* Compared before it is rounded up, which could overflow. */
	*len = 0;
	if (reader->bad || n > (size_t)(reader->end - reader->at)) {
		reader->bad = true;
		return NULL;
	}
	p = take(reader, ((size_t)n + 3) & ~(size_t)3);
	if (p != NULL)
		*len = n;
	return p;
}

struct oid
pdu_read_oid(struct pdu_reader *reader, uint32_t ids[OID_MAX_LEN], bool *include)
{
	const struct oid none = { ids, 0 };
	const uint8_t *head = take(reader, 4), *p;
	size_t len = 0, n;

	*include = false;
	if (head == NULL)
		return none;
	n = head[0];
	if (n + (head[1] != 0 ? INTERNET + 1 : 0) > OID_MAX_LEN || (p = take(reader, 4 * n)) == NULL) {
		reader->bad = true;
		return none;
	}
	if (head[1] != 0) {
		memcpy(ids, internet, sizeof internet);
		ids[INTERNET] = head[1];
		len = INTERNET + 1;
	}
	for (size_t i = 0; i < n; i++)
		ids[len++] = load32(p + 4 * i, reader->network);
	*include = head[2] != 0;
	return (struct oid){ ids, len };
}

const char *
pdu_read_context(struct pdu_reader *reader, const struct pdu *pdu, size_t *len)
{
	const uint8_t *context;

	*len = 0;
	if (!(pdu->flags & PDU_NON_DEFAULT_CONTEXT))
		return "";
	context = pdu_read_octets(reader, len);
	return context == NULL ? "" : (const char *)context;
}

static void
read_integer(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	object->number = (uint64_t)(int64_t)(int32_t)pdu_read_u32(reader);
}

static void
read_unsigned(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	object->number = pdu_read_u32(reader);
}

static void
read_long(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	object->number = read_u64(reader);
}

static void
read_octets(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	object->bytes = pdu_read_octets(reader, &object->len);
}

static void
read_address(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	read_octets(reader, object, ids);
	if (object->len != 4)
		reader->bad = true;
}

static void
read_ref(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
	bool include;

	object->ref = pdu_read_oid(reader, ids, &include);
}

static void
read_nothing(struct pdu_reader *reader, struct object *object, uint32_t *ids)
{
}

typedef void value_fn(struct pdu_reader *, struct object *, uint32_t *ids);

static value_fn *const value_readers[] = {
	[OBJECT_INTEGER] = read_integer,
	[OBJECT_OCTETS] = read_octets,
	[OBJECT_NULL] = read_nothing,
	[OBJECT_OID] = read_ref,
	[OBJECT_ADDRESS] = read_address,
	[OBJECT_COUNTER32] = read_unsigned,
	[OBJECT_GAUGE32] = read_unsigned,
	[OBJECT_TIMETICKS] = read_unsigned,
	[OBJECT_OPAQUE] = read_octets,
	[OBJECT_COUNTER64] = read_long,
	[OBJECT_NO_SUCH_OBJECT] = read_nothing,
	[OBJECT_NO_SUCH_INSTANCE] = read_nothing,
	[OBJECT_END_OF_MIB_VIEW] = read_nothing,
};

void
pdu_read_object(struct pdu_reader *reader, struct object *object, uint32_t ids[OID_MAX_LEN],
    uint32_t ref[OID_MAX_LEN])
{
	unsigned type = pdu_read_u16(reader);
	bool include;

	*object = (struct object){ .type = OBJECT_NULL };
	pdu_read_u16(reader);
	object->oid = pdu_read_oid(reader, ids, &include);
	if (type >= nitems(value_readers) || value_readers[type] == NULL) {
		reader->bad = true;
		return;
	}
	object->type = type;
	value_readers[type](reader, object, ref);
}

/* -- writing ------------------------------------------------------------------ */

size_t
pdu_begin(struct buf *buf, const struct pdu *head, const char *context)
{
	size_t begin = buf->len;
	uint8_t *p = buf_reserve(buf, PDU_HEADER_LEN);

	*p++ = VERSION;
	*p++ = head->type;
	*p++ = head->flags | PDU_NETWORK_BYTE_ORDER;
	*p++ = 0;
	p = store32(p, head->session);
	p = store32(p, head->transaction);
	p = store32(p, head->packet);
	store32(p, 0);
	buf_grew(buf, PDU_HEADER_LEN);
	if (head->flags & PDU_NON_DEFAULT_CONTEXT)
		pdu_put_octets(buf, context, strlen(context));
	return begin;
}

void
pdu_end(struct buf *buf, size_t begin)
{
	store32(buf_bytes(buf) + begin + 16, buf->len - begin - PDU_HEADER_LEN);
}

void
pdu_put_u8x4(struct buf *buf, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[] = { a, b, c, d };

	buf_put(buf, bytes, sizeof bytes);
}

void
pdu_put_u32(struct buf *buf, uint32_t v)
{
	store32(buf_reserve(buf, 4), v);
	buf_grew(buf, 4);
}

/* The three that store a part take where it goes and return where it ends. */
static uint8_t *
store_octets(uint8_t *p, const void *bytes, size_t len)
{
	size_t pad = -len & 3;

	p = store32(p, len);
	if (len > 0)
		memcpy(p, bytes, len);
	memset(p + len, 0, pad);
	return p + len + pad;
}

static uint8_t *
store_oid(uint8_t *p, struct oid oid, bool include)
{
	size_t skip = 0;
	uint8_t prefix = 0;

	/* A prefix of 0 means none, so 1.3.6.1.0 has to be written out. */
	if (oid.len > INTERNET && memcmp(oid.ids, internet, sizeof internet) == 0 &&
	    oid.ids[INTERNET] >= 1 && oid.ids[INTERNET] <= UINT8_MAX) {
		prefix = oid.ids[INTERNET];
		skip = INTERNET + 1;
	}
	*p++ = oid.len - skip;
	*p++ = prefix;
	*p++ = include;
	*p++ = 0;
	for (size_t i = skip; i < oid.len; i++)
		p = store32(p, oid.ids[i]);
	return p;
}

static uint8_t *
store_value(uint8_t *p, const struct object *object)
{
	switch (object->type) {
	case OBJECT_INTEGER:
	case OBJECT_COUNTER32:
	case OBJECT_GAUGE32:
	case OBJECT_TIMETICKS:
		return store32(p, object->number);
	case OBJECT_COUNTER64:
		return store32(store32(p, object->number >> 32), object->number);
	case OBJECT_OCTETS:
	case OBJECT_ADDRESS:
	case OBJECT_OPAQUE:
		return store_octets(p, object->bytes, object->len);
	case OBJECT_OID:
		return store_oid(p, object->ref, false);
	default:
		return p;
	}
}

void
pdu_put_octets(struct buf *buf, const void *bytes, size_t len)
{
	uint8_t *p = buf_reserve(buf, len + 8);

	buf_grew(buf, store_octets(p, bytes, len) - p);
}

void
pdu_put_oid(struct buf *buf, struct oid oid, bool include)
{
	uint8_t *p = buf_reserve(buf, OID_ROOM);

	buf_grew(buf, store_oid(p, oid, include) - p);
}

void
pdu_put_object(struct buf *buf, struct oid name, const struct object *object)
{
	/* One reservation a varbind: this is the inner loop of every walk. */
	uint8_t *begin = buf_reserve(buf, 4 + 2 * OID_ROOM + object->len + 8), *p = begin;

	p = store32(p, (uint32_t)object->type << 16);
	p = store_oid(p, name, false);
	p = store_value(p, object);
	buf_grew(buf, p - begin);
}

size_t
pdu_respond(struct buf *buf, const struct pdu *request)
{
	const struct pdu head = {
		.type = PDU_RESPONSE, .session = request->session,
		.transaction = request->transaction, .packet = request->packet,
	};
	size_t begin = pdu_begin(buf, &head, NULL);

	pdu_put_u32(buf, 0);	/* res.sysUpTime is the master's to fill */
	pdu_put_u32(buf, 0);	/* res.error, res.index */
	return begin;
}

void
pdu_respond_error(struct buf *buf, size_t begin, enum pdu_error error, size_t index)
{
	buf->len = begin + PDU_HEADER_LEN + 4;
	pdu_put_u32(buf, (uint32_t)error << 16 | (index & UINT16_MAX));
	pdu_end(buf, begin);
}
