/*
 * An SNMP agent on the network: the link to it, the codec for its dialect and
 * the peer that drivers see, put together.  For SNMPv3 it first asks the agent
 * who it is, without waiting, and asks anew when the agent says that it is
 * another one or that its clock is.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bus/keys.h"
#include "bus/link.h"
#include "bus/replay.h"
#include "bus/resolve.h"
#include "bus/snmp.h"
#include "bus/snmpoptions.h"
#include "bus/snmpwire.h"
#include "bus/usm.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/mem.h"

#define AGAIN_MS	1000		/* what failed is tried anew after this, then after twice that ... */
#define AGAIN_MAX_MS	32000
#define REVIVALS	2		/* of one message: sent again because the agent told us better */
#define IDS_KEPT	8		/* of v3 messages that may still be answered */
#define TIME_WINDOW	150		/* s, RFC 3414 2.2.3 */
#define LOOK_AGAIN_MS	30000		/* a name of an agent that does not answer is looked up anew after this */
#define RECORDING_MAX	(64u << 20)

enum stage {
	STAGE_CLOSED,			/* no link */
	STAGE_ASKING,			/* v3: who are you? */
	STAGE_KEYS,			/* v3: keys are being made */
	STAGE_UP
};

struct snmpwire {
	struct loop		*loop;
	char			*name;
	struct peer		*peer;
	struct codec		*codec;
	struct link		*link;
	struct link_port	 port;
	struct link_address	 address;	/* that the link goes to */
	struct lookup		*lookup;	/* of the port's host, which is a name */
	int64_t			 looked_up_ms;	/* when it was last; 0: never, it is numeric */
	enum stage		 stage;
	struct timer		*timer;		/* opens, asks again, or goes on with keys */
	unsigned		 timeout_ms, retries;
	int64_t			 again_ms;
	bool			 told_up;	/* what changed() said last */
	bool			 waits;		/* a message was to be sent while it could not */
	unsigned		 serial;	/* of the last message */
	unsigned		 revived;	/* so often */
	/* v3 */
	bool			 v3;
	char			*user;
	int			 auth_protocol;
	char			*auth_secret, *priv_secret;	/* NULL: none wanted */
	struct key		*auth, *priv;	/* of those, held once the agent is there */
	unsigned		 asked;		/* how often, without an answer */
	uint32_t		 discovery_id;
	uint32_t		 ids[IDS_KEPT];
	unsigned		 nids;
	struct snmp_engine	 engine;	/* as it told by itself */

	void			(*changed)(void *arg, bool up, const char *why);
	void			*arg;
};

/* -- up and down --------------------------------------------------------------------- */

static void	open_link(struct snmpwire *);

static void
back_off(struct snmpwire *w)
{
	timer_set(w->timer, w->again_ms);
	if ((w->again_ms *= 2) > AGAIN_MAX_MS)
		w->again_ms = AGAIN_MAX_MS;
}

/* The caller returns after this: whoever is told may close the wire. */
static void
lost(struct snmpwire *w, const char *why)
{
	link_free(w->link);
	w->link = NULL;
	w->stage = STAGE_CLOSED;
	w->told_up = false;
	back_off(w);
	w->changed(w->arg, false, why);
}

static void
ready(struct snmpwire *w)
{
	bool	 waits = w->waits, told = w->told_up;

	w->stage = STAGE_UP;
	w->waits = false;
	w->told_up = true;
	timer_stop(w->timer);
	if (waits)
		peer_resend(w->peer);
	if (!told)
		w->changed(w->arg, true, NULL);
}

/* -- v3: who are you? ------------------------------------------------------------------ */

static void
send_discovery(struct snmpwire *w)
{
	uint8_t	 bytes[USM_DISCOVERY_LEN];

	if (getrandom(&w->discovery_id, sizeof(w->discovery_id), GRND_NONBLOCK) == -1)
		w->discovery_id = (uint32_t)loop_now_us(w->loop) * 2654435761u;
	w->discovery_id = (w->discovery_id & 0x7fffffff) | USM_ID_MIN;
	usm_discovery(bytes, w->discovery_id);
	link_send(w->link, bytes, sizeof(bytes));
}

static void
discover(struct snmpwire *w)
{
	w->stage = STAGE_ASKING;
	w->asked = 1;
	send_discovery(w);
	timer_set(w->timer, w->timeout_ms);
}

/* Silence: quickly at first, then ever more slowly, but for ever. */
static void
discover_again(struct snmpwire *w)
{
	send_discovery(w);
	if (w->asked++ < w->retries) {
		timer_set(w->timer, w->timeout_ms);
		return;
	}
	back_off(w);
	if (w->asked != w->retries + 1)
		return;
	w->told_up = false;
	w->changed(w->arg, false, "no answer to SNMPv3 discovery");
}

static void
on_key(void *arg)
{
	struct snmpwire	*w = arg;

	if (w->stage == STAGE_KEYS)
		timer_set(w->timer, 0);
}

/* Only for an agent that is there: those that are silent cost no hashing. */
static void
hold_keys(struct snmpwire *w)
{
	if (w->auth == NULL && w->auth_secret != NULL)
		w->auth = key_hold(w->loop, w->auth_protocol, w->auth_secret, on_key, w);
	if (w->priv == NULL && w->priv_secret != NULL)
		w->priv = key_hold(w->loop, w->auth_protocol, w->priv_secret, on_key, w);
}

static void
engage(struct snmpwire *w)
{
	const uint8_t	*auth = NULL, *priv = NULL;
	size_t		 auth_len = 0, priv_len = 0;

	hold_keys(w);
	if ((w->auth != NULL && !key_made(w->auth)) || (w->priv != NULL && !key_made(w->priv))) {
		w->stage = STAGE_KEYS;		/* on_key() will be told */
		timer_stop(w->timer);
		return;
	}
	if (w->auth != NULL)
		auth = key_bytes(w->auth, &auth_len);
	if (w->priv != NULL)
		priv = key_bytes(w->priv, &priv_len);
	if (!codec_engine(w->codec, &w->engine, auth, auth_len, priv, priv_len)) {
		lost(w, "net-snmp cannot use these protocols and secrets");
		return;
	}
	w->nids = 0;
	ready(w);
}

/* Is that the engine that we know, at a time that agrees? */
static bool
same_engine(const struct snmpwire *w, const struct usm_message *m)
{
	const struct snmp_engine	*e = codec_clock(w->codec);
	int64_t				 off = (int64_t)m->time - snmp_engine_time(e, loop_now(w->loop));

	return e->len == m->engine_len && memcmp(e->id, m->engine, e->len) == 0 && e->boots == m->boots &&
	    off >= -TIME_WINDOW && off <= TIME_WINDOW;
}

static void
found_engine(struct snmpwire *w, const struct usm_message *m)
{
	w->discovery_id = 0;
	if (m->engine_len == 0 || m->engine_len > SNMP_ENGINE_MAX || w->stage == STAGE_KEYS)
		return;
	if (w->stage == STAGE_UP) {		/* a retry asked */
		if (same_engine(w, m)) {
			peer_hint(w->peer, "the agent is there, but does not answer this user; is a secret wrong?");
			return;
		}
		if (w->revived++ >= REVIVALS)
			return;
		log_info(w->name, "another SNMPv3 engine, or its clock was changed");
		w->waits = true;
	}
	memcpy(w->engine.id, m->engine, m->engine_len);
	w->engine.len = m->engine_len;
	w->engine.boots = m->boots;
	w->engine.time = m->time;
	w->engine.heard_ms = loop_now(w->loop);
	w->again_ms = AGAIN_MS;
	engage(w);
}

/* The agent says that it is another, or at another time; the message then goes out anew. */
static void
rediscover(struct snmpwire *w)
{
	if (w->revived++ >= REVIVALS)
		return;
	w->waits = true;
	discover(w);
}

static bool
is_ours(const struct snmpwire *w, uint32_t id)
{
	unsigned	 i;

	for (i = 0; i < w->nids && i < IDS_KEPT; i++)
		if (w->ids[i] == id)
			return true;
	return false;
}

static void
refused(struct snmpwire *w, const char *text)
{
	char	 detail[120];

	snprintf(detail, sizeof(detail), "user \"%s\": %s", w->user, text);
	peer_refused(w->peer, detail);
}

/* A Report, genuine or not: those that refuse us cannot be, as we have no key in common with the agent. */
static void
on_report(struct snmpwire *w, struct oid counter, bool genuine)
{
	const char	*text;
	enum usm_cause	 cause = usm_cause(counter, &text);

	if (cause == USM_REFUSED || cause == USM_UNKNOWN)
		refused(w, text);
	else if (cause == USM_TIME && genuine && w->revived++ < REVIVALS)
		peer_resend(w->peer);		/* the codec has the right time now */
	else
		rediscover(w);
}

/* True when nothing is left for the codec to do. */
static bool
on_outside(struct snmpwire *w, const struct usm_message *m)
{
	if (!m->report)
		return !is_ours(w, m->id);
	if (w->discovery_id != 0 && m->id == w->discovery_id)
		found_engine(w, m);
	else if (w->stage == STAGE_UP && is_ours(w, m->id))
		on_report(w, (struct oid){ m->counter, m->counter_len }, false);
	return true;
}

/* -- the link ------------------------------------------------------------------------------ */

static void
on_up(void *arg)
{
	struct snmpwire	*w = arg;

	w->again_ms = AGAIN_MS;
	if (w->v3)
		discover(w);
	else
		ready(w);
}

static void
on_message(void *arg, const uint8_t *bytes, size_t len)
{
	struct snmpwire		*w = arg;
	struct usm_message	 outside;
	struct answer		 answer;
	enum codec_result	 result;

	if (w->v3 && (!usm_parse(bytes, len, &outside) || on_outside(w, &outside)))
		return;
	if (w->stage != STAGE_UP)
		return;
	result = codec_receive(w->codec, bytes, len, loop_now(w->loop), &answer);
	if (result == CODEC_ANSWER) {
		peer_answer(w->peer, &answer);
		codec_told(w->codec);
	} else if (result == CODEC_REPORT && answer.n > 0 && w->v3)	/* without users it says nothing */
		on_report(w, answer.binds[0].oid, true);
	else if (w->v3)
		peer_hint(w->peer, "its answers fail authentication, or are from another time");
}

static void
on_unreached(void *arg, const char *why)
{
	peer_unreached(((struct snmpwire *)arg)->peer, why);
}

static void
on_down(void *arg, const char *why)
{
	lost(arg, why);
}

static const struct link_events link_events = { on_up, on_message, on_unreached, on_down };

static void
on_address(void *arg, const char *address, const char *why)
{
	struct snmpwire		*w = arg;
	struct link_address	 found = { .len = 0 };

	w->lookup = NULL;
	w->looked_up_ms = loop_now(w->loop);
	if (address == NULL || !link_address_parse(&w->port, address, &found)) {
		if (w->link == NULL)
			lost(w, address == NULL ? why : "its name has no address of that kind");
		return;
	}
	if (w->link != NULL) {
		if (found.len == w->address.len && memcmp(&found.sa, &w->address.sa, found.len) == 0)
			return;
		log_info(w->name, "%s is at %s now", w->port.host, address);
		link_free(w->link);
		w->stage = STAGE_CLOSED;
		timer_stop(w->timer);
	}
	w->address = found;
	w->link = link_new(w->loop, w->port.tcp, &w->address, &link_events, w);
}

static void
look_up(struct snmpwire *w)
{
	if (w->lookup == NULL && resolver_used() != NULL)
		w->lookup = resolver_ask(resolver_used(), w->port.host, w->port.family, on_address, w);
}

static void
open_link(struct snmpwire *w)
{
	if (link_address_parse(&w->port, w->port.host, &w->address))
		w->link = link_new(w->loop, w->port.tcp, &w->address, &link_events, w);
	else if (resolver_used() == NULL)
		lost(w, "names are not looked up here; use a numeric address");
	else
		look_up(w);
}

static void
on_timer(void *arg)
{
	struct snmpwire	*w = arg;

	if (w->stage == STAGE_CLOSED && w->link == NULL)
		open_link(w);
	else if (w->stage == STAGE_ASKING)
		discover_again(w);
	else if (w->stage == STAGE_KEYS)
		engage(w);
}

/* -- what the peer asks for ---------------------------------------------------------------------- */

static bool
on_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	struct snmpwire		*w = arg;
	struct usm_message	 outside;

	if (w->v3 && usm_parse(bytes, len, &outside))
		w->ids[w->nids++ % IDS_KEPT] = outside.id;
	return link_send(w->link, bytes, len);
}

static bool
wire_send(void *wire, const struct message *m)
{
	struct snmpwire	*w = wire;
	bool		 again = m->serial == w->serial;

	if (!again) {
		w->serial = m->serial;
		w->revived = 0;
	}
	if (w->stage != STAGE_UP) {
		w->waits = true;
		return true;
	}
	if (again && w->looked_up_ms != 0 && loop_now(w->loop) - w->looked_up_ms >= LOOK_AGAIN_MS)
		look_up(w);
	if (again && w->v3)	/* no answer: is it still the one that we knew? */
		send_discovery(w);
	return codec_send(w->codec, m, loop_now(w->loop));
}

static void
wire_forget(void *wire)
{
	struct snmpwire	*w = wire;

	w->waits = false;
	w->nids = 0;
	codec_forget(w->codec);
}

static void
forget_secret(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void
wire_free(void *wire)
{
	struct snmpwire	*w = wire;

	lookup_cancel(w->lookup);
	link_free(w->link);
	codec_free(w->codec);
	key_release(w->auth);
	key_release(w->priv);
	timer_free(w->timer);
	forget_secret(w->auth_secret);
	forget_secret(w->priv_secret);
	free(w->user);
	free(w->name);
	free(w);
}

static const struct peer_ops wire_ops = { wire_send, wire_forget, wire_free };

/* -- opening ---------------------------------------------------------------------------------------- */

static struct recording *
read_recording(const char *path, char **why)
{
	struct recording *recording = NULL;
	struct buf	 text = { 0 };
	char		*wrong = NULL;
	size_t		 n;
	FILE		*f;

	if ((f = fopen(path, "re")) == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	while (text.len <= RECORDING_MAX && (n = fread(buf_reserve(&text, 65536), 1, 65536, f)) > 0)
		buf_grew(&text, n);
	if (ferror(f))
		*why = xasprintf("%s: %s", path, strerror(errno));
	else if (text.len > RECORDING_MAX)
		*why = xasprintf("%s: too large for a recording", path);
	else if ((recording = recording_parse(buf_text(&text), text.len, &wrong)) == NULL)
		*why = xasprintf("%s: %s", path, wrong);
	free(wrong);
	fclose(f);
	buf_free(&text);
	return recording;
}

static struct snmpwire *
make_wire(struct loop *loop, const char *name, const struct snmp_options *o)
{
	struct snmpwire	*w = xcalloc(1, sizeof(*w));

	*w = (struct snmpwire){ .loop = loop, .port = o->port, .timeout_ms = o->timeout_ms, .retries = o->retries,
	    .again_ms = AGAIN_MS, .v3 = o->identity.version == SNMP_V3, .auth_protocol = o->identity.auth };
	w->name = xstrdup(name);
	w->codec = codec_new(&o->identity, on_bytes, w);
	w->timer = timer_new(loop, on_timer, w);
	timer_set(w->timer, 0);
	if (!w->v3)
		return w;
	w->user = xstrdup(o->identity.user);
	if (o->identity.level >= SNMP_AUTH)
		w->auth_secret = xstrdup(o->auth_secret);
	if (o->identity.level == SNMP_AUTH_PRIV)
		w->priv_secret = xstrdup(o->priv_secret);
	return w;
}

static void *
snmpwire_open(struct loop *loop, const struct device_settings *s, const struct driver *d,
    void (*changed)(void *arg, bool up, const char *why), void *arg, char **why)
{
	struct snmp_options	 o;
	struct recording	*recording;
	struct snmpwire		*w;
	struct peer_options	 peer = { .name = s->name };

	if (!snmp_options_read(s, d, &o, why))
		return NULL;
	peer.timeout_ms = o.timeout_ms;
	peer.retries = o.retries;
	peer.v1 = o.identity.version == SNMP_V1;
	if (o.recording != NULL) {
		if ((recording = read_recording(o.recording, why)) == NULL)
			return NULL;
		return replay_new(loop, recording, &peer, changed, arg);
	}
	w = make_wire(loop, s->name, &o);
	w->changed = changed;
	w->arg = arg;
	return w->peer = peer_new(loop, &wire_ops, w, &peer);
}

static char *
snmpwire_check(const struct device_settings *s, const struct driver *d)
{
	struct snmp_options	 o;
	char			*why = NULL;

	return snmp_options_read(s, d, &o, &why) ? NULL : why;
}

static void
snmpwire_forget(void *handle)
{
	peer_forget(handle);
}

static void
snmpwire_close(void *handle)
{
	peer_free(handle);
}

const struct wire_backend snmp_wire = {
	.wire = WIRE_SNMP,
	.name = "snmp",
	.open = snmpwire_open,
	.check = snmpwire_check,
	.forget = snmpwire_forget,
	.close = snmpwire_close,
};
