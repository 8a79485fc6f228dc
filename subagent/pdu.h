#ifndef SUBAGENT_PDU_H
#define SUBAGENT_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "subagent/object.h"

/*
 * AgentX PDUs to and from bytes (RFC 2741 sections 5 and 6).  Pure: no socket,
 * no clock, no memory but the buffer that is written to.  Reads both byte
 * orders, writes network byte order.
 */
enum pdu_type {			/* RFC 2741 6.1 */
	PDU_OPEN = 1, PDU_CLOSE, PDU_REGISTER, PDU_UNREGISTER, PDU_GET, PDU_GET_NEXT, PDU_GET_BULK,
	PDU_TEST_SET, PDU_COMMIT_SET, PDU_UNDO_SET, PDU_CLEANUP_SET, PDU_NOTIFY, PDU_PING,
	PDU_INDEX_ALLOCATE, PDU_INDEX_DEALLOCATE, PDU_ADD_AGENT_CAPS, PDU_REMOVE_AGENT_CAPS, PDU_RESPONSE
};

enum pdu_flag {
	PDU_INSTANCE_REGISTRATION = 1, PDU_NEW_INDEX = 2, PDU_ANY_INDEX = 4,
	PDU_NON_DEFAULT_CONTEXT = 8, PDU_NETWORK_BYTE_ORDER = 16
};

enum pdu_error {		/* RFC 2741 6.2.16 and 7.2.4; below 256 those of SNMP */
	PDU_OK = 0, PDU_TOO_BIG = 1, PDU_GEN_ERR = 5, PDU_WRONG_TYPE = 7, PDU_WRONG_LENGTH = 8,
	PDU_WRONG_VALUE = 10, PDU_NO_CREATION = 11, PDU_INCONSISTENT_VALUE = 12, PDU_RESOURCE_UNAVAILABLE = 13,
	PDU_COMMIT_FAILED = 14, PDU_UNDO_FAILED = 15, PDU_NOT_WRITABLE = 17,
	PDU_OPEN_FAILED = 256, PDU_NOT_OPEN = 257, PDU_UNSUPPORTED_CONTEXT = 262,
	PDU_DUPLICATE_REGISTRATION = 263, PDU_UNKNOWN_REGISTRATION = 264, PDU_PARSE_ERROR = 266,
	PDU_REQUEST_DENIED = 267, PDU_PROCESSING_ERROR = 268
};

enum pdu_close_reason {		/* RFC 2741 6.2.2 */
	PDU_REASON_OTHER = 1, PDU_REASON_PARSE_ERROR, PDU_REASON_PROTOCOL_ERROR,
	PDU_REASON_TIMEOUTS, PDU_REASON_SHUTDOWN, PDU_REASON_BY_MANAGER
};

const char	*pdu_error_text(unsigned);		/* "duplicateRegistration" */
const char	*pdu_close_text(unsigned);

#define PDU_HEADER_LEN	20
#define PDU_LEN_MAX	(1u << 20)	/* of a payload: more than any SNMP message can ask for */

struct pdu {
	unsigned	 type, flags;
	uint32_t	 session, transaction, packet;
	const uint8_t	*payload;	/* borrowed */
	size_t		 len;
};

/* -- reading ------------------------------------------------------------------ */

enum pdu_framing { PDU_WHOLE, PDU_PARTIAL, PDU_GARBAGE };
/* The PDU that the bytes begin with; it is PDU_HEADER_LEN + len of them.  Garbage cannot be recovered from. */
enum pdu_framing pdu_frame(const uint8_t *, size_t len, struct pdu *);

/*
 * Takes the parts of a payload one after the other.  What runs over the end or
 * breaks a rule turns bad on, and from then on everything reads as zero.
 */
struct pdu_reader {
	const uint8_t	*at, *end;
	bool		 network, bad;
};

struct pdu_reader pdu_read(const struct pdu *);
bool		 pdu_more(const struct pdu_reader *);	/* some payload is left, and it was good so far */
uint16_t	 pdu_read_u16(struct pdu_reader *);
uint32_t	 pdu_read_u32(struct pdu_reader *);
const uint8_t	*pdu_read_octets(struct pdu_reader *, size_t *len);	/* borrows; never NULL when good */
/* An OID is written into ids and is good as long as they are. */
struct oid	 pdu_read_oid(struct pdu_reader *, uint32_t ids[OID_MAX_LEN], bool *include);
/* The context that the PDU speaks of, "" when it names none; borrowed and not NUL-ended. */
const char	*pdu_read_context(struct pdu_reader *, const struct pdu *, size_t *len);
/* A varbind; its OID value lands in ref, its octets are borrowed. */
void		 pdu_read_object(struct pdu_reader *, struct object *, uint32_t ids[OID_MAX_LEN],
		    uint32_t ref[OID_MAX_LEN]);

/* -- writing ------------------------------------------------------------------ */

/*
 * Begins a PDU at the end of the buffer, with the ids and flags of head
 * (network byte order is added) and, where the flags say so, a context.
 * Returns where it begins, for pdu_end() and pdu_respond_error(); the buffer
 * must not be eaten from in between.
 */
size_t	pdu_begin(struct buf *, const struct pdu *head, const char *context);
void	pdu_end(struct buf *, size_t begin);			/* fills in the length */
void	pdu_put_u8x4(struct buf *, uint8_t, uint8_t, uint8_t, uint8_t);
void	pdu_put_u32(struct buf *, uint32_t);
void	pdu_put_octets(struct buf *, const void *, size_t len);
void	pdu_put_oid(struct buf *, struct oid, bool include);
void	pdu_put_object(struct buf *, struct oid name, const struct object *);	/* the name stands for object->oid */

/* A Response to a request: begin, varbinds, pdu_end(). */
size_t	pdu_respond(struct buf *, const struct pdu *request);
/* Drops what the Response has so far, and ends it with an error. */
void	pdu_respond_error(struct buf *, size_t begin, enum pdu_error, size_t index);

#endif
