#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/lcd_time.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "bus/snmp.h"
#include "bus/varbinds.h"
#include "core/log.h"
#include "core/mem.h"

#define DUMMY_FD	0	/* net-snmp wants a descriptor; nothing is ever done with it */

/*
 * net-snmp keeps users and engines' clocks in process-wide tables.  Two
 * devices may share an engine ID (clones do) or a user's name, so ours are in
 * those tables only while one message of theirs is made or read.
 */
struct codec {
	struct snmp_identity	 identity;	/* strings owned */
	void			*handle;
	netsnmp_session		*session;	/* inside of handle */
	netsnmp_transport	*transport;	/* owned by handle */
	codec_out_fn		*out;
	void			*arg;
	bool			 sending, too_long;
	const uint8_t		*in;		/* to be received */
	size_t			 in_len;
	struct snmp_engine	 engine;
	struct usmUser		*user;
	unsigned		 serial;	/* of the message that is out */
	/* what came */
	enum codec_result	 result;
	struct varbinds		 found;
	unsigned		 status, answered;
	size_t			 index;
};

/* -- the library ------------------------------------------------------------------- */

static int
on_log(int major, int minor, void *server_arg, void *client_arg)
{
	const struct snmp_log_message	*m = server_arg;
	size_t				 len = strlen(m->msg);

	while (len > 0 && m->msg[len - 1] == '\n')
		len--;
	if (m->priority <= LOG_ERR)
		log_warning("snmp", "%.*s", (int)len, m->msg);
	else
		log_debug("snmp", "%.*s", (int)len, m->msg);
	return 0;
}

/* Once in a process: the library's own state is of the process. */
static void
start_library(void)
{
	static const int	 off[] = { NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
				    NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE };
	static bool		 started;
	size_t			 i;

	if (started)
		return;
	started = true;
	setenv("MIBS", "", 1);
	setenv("MIBDIRS", "", 1);
	setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);	/* or it makes directories */
	for (i = 0; i < nitems(off); i++)
		netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off[i], 1);
	snmp_disable_log();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
	init_snmp("busbar");
	setlocale(LC_CTYPE, "C");	/* which init_snmp() changes for the whole process */
}

/* -- OIDs and values: theirs are of long, ours of 32 bits ----------------------------- */

static size_t
their_oid(struct oid from, oid to[MAX_OID_LEN])
{
	size_t	 i, len = from.len < MAX_OID_LEN ? from.len : MAX_OID_LEN;

	for (i = 0; i < len; i++)
		to[i] = from.ids[i];
	return len;
}

static struct oid
our_oid(const oid *from, size_t len, uint32_t to[OID_MAX_LEN])
{
	size_t	 i;

	if (len > OID_MAX_LEN)
		len = OID_MAX_LEN;
	for (i = 0; i < len; i++)
		to[i] = (uint32_t)from[i];
	return (struct oid){ to, len };
}

static int64_t
counter64(const struct counter64 *c)
{
	uint64_t	 n = (uint64_t)(uint32_t)c->high << 32 | (uint32_t)c->low;

	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static const struct {
	u_char			 asn;
	enum varbind_type	 type;
} types[] = {
	{ ASN_INTEGER,		VB_INTEGER },
	{ ASN_COUNTER,		VB_UNSIGNED },
	{ ASN_GAUGE,		VB_UNSIGNED },
	{ ASN_UINTEGER,		VB_UNSIGNED },
	{ ASN_COUNTER64,	VB_UNSIGNED },
	{ ASN_TIMETICKS,	VB_TIMETICKS },
	{ ASN_OCTET_STR,	VB_OCTETS },
	{ ASN_BIT_STR,		VB_OCTETS },
	{ ASN_OPAQUE,		VB_OCTETS },
	{ ASN_IPADDRESS,	VB_ADDRESS },
	{ ASN_OBJECT_ID,	VB_OID },
};

static enum varbind_type
our_type(u_char asn)
{
	size_t	 i;

	for (i = 0; i < nitems(types); i++)
		if (types[i].asn == asn)
			return types[i].type;
	return VB_ABSENT;
}

static void
keep(struct varbinds *found, const netsnmp_variable_list *v)
{
	uint32_t	 ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct varbind	 b = { .oid = our_oid(v->name, v->name_length, ids), .type = our_type(v->type) };

	if (v->val.string == NULL && b.type != VB_OCTETS)
		b.type = VB_ABSENT;
	if (b.type == VB_ADDRESS && v->val_len != 4)
		b.type = VB_OCTETS;
	if (v->type == ASN_COUNTER64) {
		b.number = counter64(v->val.counter64);
	} else if (b.type == VB_INTEGER) {
		b.number = *v->val.integer;
	} else if (b.type == VB_UNSIGNED || b.type == VB_TIMETICKS) {
		b.number = (uint32_t)*v->val.integer;
	} else if (b.type == VB_OCTETS || b.type == VB_ADDRESS) {
		b.bytes = v->val.string;
		b.len = v->val.string != NULL ? v->val_len : 0;
	} else if (b.type == VB_OID) {
		b.ref = our_oid(v->val.objid, v->val_len / sizeof(oid), ref);
	}
	varbinds_add(found, &b);
}

/* A varbind of a SET. */
static void
add_value(netsnmp_pdu *pdu, const struct varbind *b)
{
	oid		 name[MAX_OID_LEN], ref[MAX_OID_LEN];
	size_t		 len = their_oid(b->oid, name);
	long		 number = (long)b->number;

	switch (b->type) {
	case VB_INTEGER:
		snmp_pdu_add_variable(pdu, name, len, ASN_INTEGER, &number, sizeof(number));
		break;
	case VB_UNSIGNED:
		snmp_pdu_add_variable(pdu, name, len, ASN_GAUGE, &number, sizeof(number));
		break;
	case VB_TIMETICKS:
		snmp_pdu_add_variable(pdu, name, len, ASN_TIMETICKS, &number, sizeof(number));
		break;
	case VB_OCTETS:
		snmp_pdu_add_variable(pdu, name, len, ASN_OCTET_STR, b->bytes, b->len);
		break;
	case VB_ADDRESS:
		snmp_pdu_add_variable(pdu, name, len, ASN_IPADDRESS, b->bytes, b->len);
		break;
	case VB_OID:
		snmp_pdu_add_variable(pdu, name, len, ASN_OBJECT_ID, ref, their_oid(b->ref, ref) * sizeof(oid));
		break;
	case VB_ABSENT:
		snmp_add_null_var(pdu, name, len);
		break;
	}
}

/* -- a transport that only passes bytes on --------------------------------------------- */

static int
on_send(netsnmp_transport *t, const void *bytes, int len, void **opaque, int *olen)
{
	struct codec	*c = *(struct codec **)t->data;

	if (!c->sending)	/* Reports that the library would send by itself */
		return len;
	c->too_long = !c->out(c->arg, bytes, (size_t)len);
	return c->too_long ? -1 : len;
}

static int
on_receive(netsnmp_transport *t, void *room, int size, void **opaque, int *olen)
{
	struct codec	*c = *(struct codec **)t->data;

	*opaque = NULL;
	*olen = 0;
	if (c->in_len > (size_t)size)
		return -1;
	memcpy(room, c->in, c->in_len);
	return (int)c->in_len;
}

static int
on_close(netsnmp_transport *t)
{
	return 0;
}

/* The library frees it, and data, with free(3). */
static netsnmp_transport *
make_transport(struct codec *c)
{
	netsnmp_transport	*t = xcalloc(1, sizeof(*t));
	struct codec		**back = xmalloc(sizeof(*back));

	*back = c;
	t->domain = netsnmpUDPDomain;
	t->domain_length = (int)netsnmpUDPDomain_len;
	t->sock = DUMMY_FD;
	t->msgMaxSize = SNMP_MAX_PACKET_LEN;
	t->data = back;
	t->data_length = sizeof(*back);
	t->f_recv = on_receive;
	t->f_send = on_send;
	t->f_close = on_close;
	return t;
}

/* -- sessions ------------------------------------------------------------------------------ */

static int
on_answer(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct codec		*c = session->myvoid;
	netsnmp_variable_list	*v;

	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || c->in == NULL)
		return 1;
	if (pdu->command != SNMP_MSG_RESPONSE && pdu->command != SNMP_MSG_REPORT)
		return 0;
	c->result = pdu->command == SNMP_MSG_RESPONSE ? CODEC_ANSWER : CODEC_REPORT;
	c->answered = (unsigned)(uintptr_t)magic;
	c->status = (unsigned)pdu->errstat;
	c->index = pdu->errindex > 0 ? (size_t)pdu->errindex : 0;
	for (v = pdu->variables; v != NULL; v = v->next_variable)
		keep(&c->found, v);
	return 0;	/* what was sent is forgotten all at once, see codec_forget() */
}

static const long versions[] = { SNMP_VERSION_1, SNMP_VERSION_2c, SNMP_VERSION_3 };
static const int levels[] = { SNMP_SEC_LEVEL_NOAUTH, SNMP_SEC_LEVEL_AUTHNOPRIV, SNMP_SEC_LEVEL_AUTHPRIV };

static void
fill_session(struct codec *c, netsnmp_session *s)
{
	snmp_sess_init(s);
	s->version = versions[c->identity.version];
	s->retries = 0;
	s->timeout = 1;		/* us: so that codec_forget() can let all of it expire */
	s->myvoid = c;
	s->flags |= SNMP_FLAGS_DONT_PROBE | SNMP_FLAGS_USER_CREATED;
	s->rcvMsgMaxSize = s->sndMsgMaxSize = SNMP_MAX_PACKET_LEN;
	if (c->identity.version != SNMP_V3) {
		s->community = (u_char *)c->identity.community;
		s->community_len = strlen(c->identity.community);
		return;
	}
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityLevel = levels[c->identity.level];
	s->securityName = (char *)c->identity.user;
	s->securityNameLen = strlen(c->identity.user);
	s->contextName = (char *)c->identity.context;
	s->contextNameLen = strlen(c->identity.context);
}

static char *
copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

struct codec *
codec_new(const struct snmp_identity *identity, codec_out_fn *out, void *arg)
{
	struct codec	*c = xcalloc(1, sizeof(*c));
	netsnmp_session	 s;

	start_library();
	c->identity = *identity;
	c->identity.community = copy(identity->community);
	c->identity.write_community = copy(identity->write_community);
	c->identity.user = copy(identity->user);
	c->identity.context = copy(identity->context);
	c->out = out;
	c->arg = arg;
	fill_session(c, &s);
	c->transport = make_transport(c);
	if ((c->handle = snmp_sess_add_ex(&s, c->transport, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) == NULL)
		abort();	/* out of memory is all that it can be */
	c->session = snmp_sess_session(c->handle);
	return c;
}

/* -- v3: a user at an engine ------------------------------------------------------------- */

uint32_t
snmp_engine_time(const struct snmp_engine *e, int64_t now_ms)
{
	return e->time + (uint32_t)((now_ms - e->heard_ms) / 1000);
}

/* Puts what this device needs into the library's tables, see struct codec. */
static void
enter(struct codec *c, int64_t now_ms)
{
	if (c->user == NULL)
		return;
	usm_add_user(c->user);
	set_enginetime(c->engine.id, (u_int)c->engine.len, c->engine.boots, snmp_engine_time(&c->engine, now_ms), TRUE);
}

/* Takes it out again, and the clock as an authentic answer has corrected it. */
static void
leave(struct codec *c, int64_t now_ms)
{
	u_int	 boots, time;

	if (c->user == NULL)
		return;
	if (get_enginetime(c->engine.id, (u_int)c->engine.len, &boots, &time, TRUE) == SNMPERR_SUCCESS &&
	    (boots != c->engine.boots || time != snmp_engine_time(&c->engine, now_ms))) {
		c->engine.boots = boots;
		c->engine.time = time;
		c->engine.heard_ms = now_ms;
	}
	free_enginetime(c->engine.id, c->engine.len);
	usm_remove_user(c->user);
}

static void
set_key(u_char to[SNMP_KU_MAX], size_t *to_len, const uint8_t *ku, size_t len)
{
	if (len > 0)
		memcpy(to, ku, len);
	*to_len = len;
}

/* The library localizes the keys when it makes the user, which is then taken out of its list. */
static struct usmUser *
make_user(struct codec *c, const uint8_t *auth_ku, size_t auth_len, const uint8_t *priv_ku, size_t priv_len)
{
	netsnmp_session	 s;
	struct usmUser	*user = NULL;

	snmp_sess_init(&s);
	s.version = SNMP_VERSION_3;
	s.securityModel = SNMP_SEC_MODEL_USM;
	s.securityLevel = levels[c->identity.level];
	s.securityName = (char *)c->identity.user;
	s.securityNameLen = strlen(c->identity.user);
	s.securityEngineID = c->engine.id;
	s.securityEngineIDLen = c->engine.len;
	s.securityAuthProto = sc_get_auth_oid(c->identity.level >= SNMP_AUTH ? c->identity.auth :
	    NETSNMP_USMAUTH_NOAUTH, &s.securityAuthProtoLen);
	s.securityPrivProto = sc_get_priv_oid(c->identity.level == SNMP_AUTH_PRIV ? c->identity.priv :
	    USM_CREATE_USER_PRIV_NONE, &s.securityPrivProtoLen);
	set_key(s.securityAuthKey, &s.securityAuthKeyLen, auth_ku, auth_len);
	set_key(s.securityPrivKey, &s.securityPrivKeyLen, priv_ku, priv_len);
	if (usm_create_user_from_session(&s) == SNMPERR_SUCCESS)
		user = usm_get_user(c->engine.id, c->engine.len, c->identity.user);
	if (user != NULL)
		usm_remove_user(user);
	explicit_bzero(&s, sizeof(s));
	return user;
}

static void
set_engine_id(u_char **id, size_t *len, const struct snmp_engine *e)
{
	free(*id);
	*id = netsnmp_memdup(e->id, e->len);
	*len = e->len;
}

static void
forget_user(struct codec *c)
{
	if (c->user != NULL)
		usm_free_user(c->user);
	c->user = NULL;
}

void
codec_free(struct codec *c)
{
	if (c == NULL)
		return;
	snmp_sess_close(c->handle);
	forget_user(c);
	varbinds_free(&c->found);
	free((char *)c->identity.community);
	free((char *)c->identity.write_community);
	free((char *)c->identity.user);
	free((char *)c->identity.context);
	free(c);
}

bool
codec_engine(struct codec *c, const struct snmp_engine *engine, const uint8_t *auth_ku, size_t auth_len,
    const uint8_t *priv_ku, size_t priv_len)
{
	codec_forget(c);
	forget_user(c);
	c->engine = *engine;
	if ((c->user = make_user(c, auth_ku, auth_len, priv_ku, priv_len)) == NULL)
		return false;
	set_engine_id(&c->session->securityEngineID, &c->session->securityEngineIDLen, engine);
	set_engine_id(&c->session->contextEngineID, &c->session->contextEngineIDLen, engine);
	return true;
}

const struct snmp_engine *
codec_clock(const struct codec *c)
{
	return &c->engine;
}

size_t
snmp_hash(int auth, const char *passphrase, uint8_t ku[SNMP_KU_MAX])
{
	size_t	 len = SNMP_KU_MAX, oid_len;
	oid	*protocol;

	start_library();
	protocol = sc_get_auth_oid(auth, &oid_len);
	if (protocol == NULL || generate_Ku(protocol, (u_int)oid_len, (const u_char *)passphrase, strlen(passphrase),
	    ku, &len) != SNMPERR_SUCCESS)
		return 0;
	return len;
}

/* -- messages --------------------------------------------------------------------------------- */

static const int commands[] = {
	[MESSAGE_GET] = SNMP_MSG_GET,
	[MESSAGE_GETNEXT] = SNMP_MSG_GETNEXT,
	[MESSAGE_GETBULK] = SNMP_MSG_GETBULK,
	[MESSAGE_SET] = SNMP_MSG_SET,
};

static netsnmp_pdu *
make_pdu(struct codec *c, const struct message *m)
{
	netsnmp_pdu	*pdu = snmp_pdu_create(commands[m->kind]);
	oid		 name[MAX_OID_LEN];
	size_t		 i;

	if (m->kind == MESSAGE_GETBULK) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = m->repetitions;
	}
	if (m->kind == MESSAGE_SET && c->identity.version != SNMP_V3 && c->identity.write_community != NULL) {
		pdu->community_len = strlen(c->identity.write_community);
		pdu->community = netsnmp_memdup(c->identity.write_community, pdu->community_len);
	}
	for (i = 0; i < m->n; i++) {
		if (m->kind == MESSAGE_SET)
			add_value(pdu, &m->binds[i]);
		else
			snmp_add_null_var(pdu, name, their_oid(m->binds[i].oid, name));
	}
	return pdu;
}

bool
codec_send(struct codec *c, const struct message *m, int64_t now_ms)
{
	netsnmp_pdu	*pdu = make_pdu(c, m);
	int		 sent;

	c->serial = m->serial;
	c->sending = true;
	c->too_long = false;
	enter(c, now_ms);
	sent = snmp_sess_async_send(c->handle, pdu, on_answer, (void *)(uintptr_t)m->serial);
	leave(c, now_ms);
	c->sending = false;
	if (sent != 0)
		return true;
	if (c->session->s_snmp_errno == SNMPERR_TOO_LONG)
		c->too_long = true;
	else if (!c->too_long)
		log_debug("snmp", "cannot make a message: %s", snmp_api_errstring(c->session->s_snmp_errno));
	snmp_free_pdu(pdu);
	return !c->too_long;
}

void
codec_forget(struct codec *c)
{
	c->serial = 0;
	snmp_sess_timeout(c->handle);
}

enum codec_result
codec_receive(struct codec *c, const uint8_t *bytes, size_t len, int64_t now_ms, struct answer *answer)
{
	netsnmp_large_fd_set	 fds;

	varbinds_free(&c->found);
	c->result = CODEC_IGNORED;
	c->in = bytes;
	c->in_len = len;
	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	NETSNMP_LARGE_FD_SET(DUMMY_FD, &fds);
	enter(c, now_ms);
	snmp_sess_read2(c->handle, &fds);
	leave(c, now_ms);
	netsnmp_large_fd_set_cleanup(&fds);
	c->in = NULL;
	if (c->result != CODEC_IGNORED && c->answered != c->serial)
		c->result = CODEC_IGNORED;
	*answer = (struct answer){ .serial = c->answered, .status = c->status, .index = c->index,
	    .binds = c->found.at, .n = c->found.n };
	return c->result;
}

void
codec_told(struct codec *c)
{
	varbinds_free(&c->found);
}

/* -- protocols -------------------------------------------------------------------------------- */

/* net-snmp itself knows the spellings of the field: SHA1, SHA256, AES128, AES-256-C, AES256C. */
int
snmp_auth(const char *name)
{
	int	 type;

	start_library();
	type = usm_lookup_auth_type(name);
	return type > NETSNMP_USMAUTH_NOAUTH ? type : -1;
}

int
snmp_priv(const char *name)
{
	int	 type;

	start_library();
	type = usm_lookup_priv_type(name);
	return type > USM_CREATE_USER_PRIV_NONE ? type : -1;
}
