#ifndef BUS_SNMP_H
#define BUS_SNMP_H

#include "bus/peer.h"

/*
 * net-snmp, and nothing else of it than its single-session API: messages to
 * bytes and bytes to answers.  It is given no socket, no time-out and no file,
 * and never discovers an engine: it cannot wait for anything.
 */

enum snmp_version { SNMP_V1, SNMP_V2C, SNMP_V3 };
enum snmp_level { SNMP_NO_AUTH, SNMP_AUTH, SNMP_AUTH_PRIV };

#define SNMP_KU_MAX		64
#define SNMP_ENGINE_MAX		32	/* SnmpEngineID, RFC 3411 */

/* How a device is spoken to.  All borrowed. */
struct snmp_identity {
	enum snmp_version	 version;
	const char		*community, *write_community;	/* the latter NULL: the former */
	const char		*user, *context;
	enum snmp_level		 level;
	int			 auth, priv;	/* of snmp_auth() and snmp_priv() */
};

/* Protocols by the names that are usual: "SHA-256", "sha256", "AES", "AES-256-C"; -1: unknown here. */
int	snmp_auth(const char *name);
int	snmp_priv(const char *name);

/* A passphrase of 8 bytes and more to Ku (RFC 3414 A.2): 1 MiB is hashed, some 2 ms.  0: failed. */
size_t	snmp_hash(int auth, const char *passphrase, uint8_t ku[SNMP_KU_MAX]);

/* An authoritative engine, and its clock when it was last heard of. */
struct snmp_engine {
	uint8_t		 id[SNMP_ENGINE_MAX];
	size_t		 len;
	uint32_t	 boots, time;	/* time: s */
	int64_t		 heard_ms;	/* loop_now() then */
};
uint32_t	 snmp_engine_time(const struct snmp_engine *, int64_t now_ms);	/* what its clock should say now */

struct codec;
typedef bool codec_out_fn(void *arg, const uint8_t *, size_t);	/* false: too long for the wire */

/* Keeps copies of what it is given. */
struct codec	*codec_new(const struct snmp_identity *, codec_out_fn *, void *arg);
void		 codec_free(struct codec *);
/* v3, before anything is sent: whom to speak to, with which keys (len 0: none).  False: they do not fit. */
bool		 codec_engine(struct codec *, const struct snmp_engine *, const uint8_t *auth_ku, size_t auth_len,
		    const uint8_t *priv_ku, size_t priv_len);
const struct snmp_engine *codec_clock(const struct codec *);	/* the engine, as authentic answers left it */

/* One try.  False: too long. */
bool		 codec_send(struct codec *, const struct message *, int64_t now_ms);
void		 codec_forget(struct codec *);	/* no answer to what was sent so far counts any more */

enum codec_result {
	CODEC_IGNORED,		/* not for us, or not genuine */
	CODEC_ANSWER,
	CODEC_REPORT		/* a genuine Report; what it counts is in binds[0] */
};
/* The answer is borrowed until codec_told(), or the next call. */
enum codec_result codec_receive(struct codec *, const uint8_t *, size_t, int64_t now_ms, struct answer *);
void		 codec_told(struct codec *);	/* what came has been used: forgets it */

#endif
