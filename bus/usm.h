#ifndef BUS_USM_H
#define BUS_USM_H

#include "core/oid.h"

/*
 * The little of SNMPv3 that is done here and not by net-snmp, which would wait
 * for the agent: asking who it is (RFC 3414, section 4), and reading Reports
 * that come without authentication.  Pure: bytes in, bytes out.
 */

#define USM_DISCOVERY_LEN	64
#define USM_ID_MIN		0x01000000u	/* msgIDs that fit the message: up to 0x7fffffff */

/* A message that any agent answers with a Report which tells its engine ID, boots and time. */
void	usm_discovery(uint8_t room[USM_DISCOVERY_LEN], uint32_t id);

/* What is readable of any v3 message: its outside; and of a plain Report what it counts. */
struct usm_message {
	uint32_t	 id;			/* msgID */
	uint8_t		 flags;			/* 1: authenticated, 2: encrypted, 4: reportable */
	const uint8_t	*engine;		/* msgAuthoritativeEngineID, borrowed from the bytes */
	size_t		 engine_len;
	uint32_t	 boots, time;
	bool		 report;		/* plain, and a Report */
	uint32_t	 counter[OID_MAX_LEN];	/* the first object of a Report */
	size_t		 counter_len;
};
bool	usm_parse(const uint8_t *, size_t, struct usm_message *);	/* false: no SNMPv3 message of USM */

/* What a Report wants of the one who gets it. */
enum usm_cause {
	USM_UNKNOWN,			/* a counter of which we know nothing */
	USM_REFUSED,			/* asking again does not help */
	USM_TIME,			/* our idea of its clock is wrong */
	USM_ENGINE			/* it is another engine */
};
enum usm_cause	usm_cause(struct oid counter, const char **text);	/* *text: what it means to the user's messages */

#endif
