/*
 * An SNMP agent on the network: the link to it, the codec for its dialect and
 * the peer that drivers see, put together.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/link.h"
#include "bus/replay.h"
#include "bus/snmp.h"
#include "bus/snmpoptions.h"
#include "bus/snmpwire.h"
#include "core/buf.h"
#include "core/mem.h"

#define AGAIN_MS	1000		/* a link that broke is opened anew after this, then after twice that ... */
#define AGAIN_MAX_MS	32000
#define RECORDING_MAX	(64u << 20)

struct snmpwire {
	struct loop		*loop;
	struct peer		*peer;
	struct codec		*codec;
	struct link		*link;		/* NULL: waiting to be opened */
	struct link_port	 port;
	struct timer		*again;
	int64_t			 again_ms;
	bool			 up, waits;	/* waits: a message was to be sent while down */
	void			(*changed)(void *arg, bool up, const char *why);
	void			*arg;
};

/* -- the link --------------------------------------------------------------------- */

static void	open_link(struct snmpwire *);

static void
lost(struct snmpwire *w, const char *why)
{
	link_free(w->link);
	w->link = NULL;
	w->up = false;
	timer_set(w->again, w->again_ms);
	if ((w->again_ms *= 2) > AGAIN_MAX_MS)
		w->again_ms = AGAIN_MAX_MS;
	w->changed(w->arg, false, why);
}

static void
on_up(void *arg)
{
	struct snmpwire	*w = arg;
	bool		 waits = w->waits;

	w->up = true;
	w->waits = false;
	if (waits)
		peer_resend(w->peer);
	w->changed(w->arg, true, NULL);
}

static void
on_message(void *arg, const uint8_t *bytes, size_t len)
{
	struct snmpwire	*w = arg;
	struct answer	 answer;

	if (codec_receive(w->codec, bytes, len, loop_now(w->loop), &answer) != CODEC_ANSWER)
		return;
	w->again_ms = AGAIN_MS;
	peer_answer(w->peer, &answer);
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
open_link(struct snmpwire *w)
{
	struct link_address	 address;

	if (!link_address_parse(&w->port, w->port.host, &address)) {
		lost(w, "not a numeric address");
		return;
	}
	w->link = link_new(w->loop, w->port.tcp, &address, &link_events, w);
}

static void
on_again(void *arg)
{
	open_link(arg);
}

/* -- what the peer asks for ---------------------------------------------------------- */

static bool
on_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	return link_send(((struct snmpwire *)arg)->link, bytes, len);
}

static bool
wire_send(void *wire, const struct message *m)
{
	struct snmpwire	*w = wire;

	if (!w->up) {
		w->waits = true;
		return true;
	}
	return codec_send(w->codec, m, loop_now(w->loop));
}

static void
wire_forget(void *wire)
{
	struct snmpwire	*w = wire;

	w->waits = false;
	codec_forget(w->codec);
}

static void
wire_free(void *wire)
{
	struct snmpwire	*w = wire;

	link_free(w->link);
	codec_free(w->codec);
	timer_free(w->again);
	free(w);
}

static const struct peer_ops wire_ops = { wire_send, wire_forget, wire_free };

/* -- opening ----------------------------------------------------------------------------- */

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
	w = xcalloc(1, sizeof(*w));
	*w = (struct snmpwire){ .loop = loop, .port = o.port, .again_ms = AGAIN_MS, .changed = changed, .arg = arg };
	w->codec = codec_new(&o.identity, on_bytes, w);
	w->again = timer_new(loop, on_again, w);
	timer_set(w->again, 0);
	return w->peer = peer_new(loop, &wire_ops, w, &peer);
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
	.close = snmpwire_close,
};
