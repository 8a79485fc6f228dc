#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/megatec.h"

/* Lines of text over whatever the wire is: bytes, or transfers of a USB bridge. */

#define BABBLE_MAX	3	/* reads in a row that fail, until the device is reset */

/* An answer that was to go on has no more of it. */
static void
tell(struct megatec *m, enum result result, char *message, size_t len)
{
	answer_fn	*done = m->answer;

	if (done(m, result, message, len) && result == R_DONE)
		done(m, R_TIMEOUT, NULL, 0);
}

static void
tell_echo(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct megatec	*m = arg;
	char		*echo = xstrdup(m->line);

	tell(m, R_DONE, echo, strlen(echo));
	free(echo);
}

static void
tell_silence(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	tell(arg, R_TIMEOUT, NULL, 0);
}

static void
on_transfer(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct megatec		*m = arg;
	struct usb_transfer	 t = { .kind = USB_REST };
	char			 reply[TUNNEL_REPLY_MAX + 2];
	enum tunnel_next	 next = tunnel_go_on(&m->tunnel, result, bytes, len, &t);

	m->babble = result == R_FAILED ? m->babble + 1 : 0;
	if (m->babble == BABBLE_MAX)
		usb_drop(unit_usb(m->unit), "it babbles");
	if (next == TUNNEL_TRANSFER)
		usb_ask(unit_usb(m->unit), &t, on_transfer, m);
	else if (next == TUNNEL_REPLY) {
		memcpy(reply, m->tunnel.reply, m->tunnel.nreply + 1);
		tell(m, R_DONE, reply, m->tunnel.nreply);
	} else
		tell(m, R_TIMEOUT, NULL, 0);
}

static void
do_first(struct megatec *m, enum tunnel_next next, struct usb_transfer *t)
{
	hid_fn	*then = next == TUNNEL_TRANSFER ? on_transfer : next == TUNNEL_ECHO ? tell_echo : tell_silence;

	if (next != TUNNEL_TRANSFER)
		*t = (struct usb_transfer){ .kind = USB_REST };
	if (t->pause_ms < m->rest_ms)
		t->pause_ms = m->rest_ms;
	usb_ask(unit_usb(m->unit), t, then, m);
}

void
megatec_say(struct megatec *m, const char *text, answer_fn *done)
{
	struct usb_transfer	 t = { .kind = USB_REST };
	size_t			 len;
	char			*line = megatec_seal(m->profile, text, &len);

	if (unit_wire(m->unit) == WIRE_USB) {
		free(m->line);
		m->line = line;
		m->answer = done;
		do_first(m, tunnel_begin(&m->tunnel, line, len, &t), &t);
	} else {
		stream_ask(unit_stream(m->unit), &(struct exchange){ .send = line, .len = len, .frame = frame_cr,
		    .pause_ms = m->rest_ms, .timeout_ms = ANSWER_MS, .done = done, .arg = m });
		free(line);
	}
	m->rest_ms = 0;
}

/* -- which bridge it is --------------------------------------------------------------------- */

static bool
is_text(const char *wanted, const char *there)
{
	return wanted == NULL || (there != NULL && strcmp(wanted, there) == 0);
}

static const struct megatec_product *
find_product(const struct megatec_knowledge *k, const struct hid_identity *id)
{
	const struct megatec_product	*p;
	size_t				 i;

	for (i = 0; i < k->nproducts; i++) {
		p = &k->products[i];
		if (p->vendor == id->vendor && p->product == id->product && is_text(p->maker, id->maker) &&
		    is_text(p->model, id->model))
			return p;
	}
	return NULL;
}

bool
megatec_open(struct megatec *m, const char **profile)
{
	const struct hid_identity	*id = usb_identity(unit_usb(m->unit));
	const struct megatec_product	*p = find_product(unit_knowledge(m->unit), id);
	const char			*named = unit_option(m->unit, "subdriver");
	const char			*language = unit_option(m->unit, "langid_fix");

	m->tunnel.transport = named != NULL ? transport_find(named) : p != NULL ? p->transport : NULL;
	if (m->tunnel.transport == NULL) {
		unit_fail(m->unit, "no bridge of %04x:%04x (%s, %s) is known; the option subdriver may name one",
		    id->vendor, id->product, id->maker != NULL ? id->maker : "no maker",
		    id->model != NULL ? id->model : "no name");
		return false;
	}
	m->tunnel.fixed = language != NULL;
	if (language != NULL)
		m->tunnel.language = (uint16_t)strtoul(language, NULL, 16);
	m->tunnel.packets = usb_packet(unit_usb(m->unit), 0x82) == 64 && usb_packet(unit_usb(m->unit), 0x02) > 0;
	m->tunnel.novendor = strcmp(unit_option(m->unit, "novendor"), "yes") == 0;
	if (p != NULL && p->profile != NULL)
		*profile = p->profile;
	unit_log(m->unit, "a USB bridge of the kind %s", m->tunnel.transport->name);
	return true;
}
