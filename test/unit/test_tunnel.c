/* USB bridges: which transfers a command is, and what of their answers is its reply. */
#include "test/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "drivers/megatec/tunnel.h"

/* One transfer as text, and what comes of it; a text is bytes but where it begins with "u:", a string descriptor. */
struct step {
	const char	*transfer, *answer;
	enum result	 result;
	size_t		 len;		/* of the answer; 0: as strlen() says */
};

struct exchange_row {
	const char	*transport, *line;
	bool		 armac_packets, fixed;
	struct step	 steps[16];
	enum tunnel_next next;
	const char	*reply;
};

#define REPLY	"(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000"

static const struct exchange_row rows[] = {
	{ "cypress", "Q1", false, false, {
	    { "control 21 09 0200 0 5000: 51 31 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(226.0 1", R_DONE, 0 }, { "interrupt 81 8 1000", "95.0\r\0\0\0", R_DONE, 8 } },
	  TUNNEL_REPLY, "(226.0 195.0\r" },
	{ "cypress", "S.5R0003", false, false, {
	    { "control 21 09 0200 0 5000: 53 2e 35 52 30 30 30 33", "", R_DONE, 0 },
	    { "control 21 09 0200 0 5000: 0d 00 00 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", NULL, R_TIMEOUT, 0 } }, TUNNEL_SILENCE, NULL },
	{ "cypress", "Q1", false, false, {
	    { "control 21 09 0200 0 5000: 51 31 0d 00 00 00 00 00", NULL, R_UNKNOWN, 0 } }, TUNNEL_SILENCE, NULL },
	{ "cypress", "Q1", false, false, {
	    { "control 21 09 0200 0 5000: 51 31 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(226.0 1", R_DONE, 0 }, { "interrupt 81 8 1000", NULL, R_FAILED, 0 } },
	  TUNNEL_SILENCE, NULL },
	{ "sgs", "Q1", false, false, {
	    { "control 21 09 0200 0 5000: 03 51 31 0d 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "\7(226.0 ", R_DONE, 0 }, { "interrupt 81 8 1000", "\3 95xxxx", R_DONE, 0 },
	    { "interrupt 81 8 1000", NULL, R_TIMEOUT, 0 } }, TUNNEL_REPLY, "(226.0  95\r" },
	{ "sgs", "S.5R0003", false, false, {
	    { "control 21 09 0200 0 5000: 07 53 2e 35 52 30 30 30", "", R_DONE, 0 },
	    { "control 21 09 0200 0 5000: 02 33 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", NULL, R_TIMEOUT, 0 } }, TUNNEL_SILENCE, NULL },
	{ "sgs", "Q1", false, false, {
	    { "control 21 09 0200 0 5000: 03 51 31 0d 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "\xff" "ab", R_DONE, 0 }, { "interrupt 81 8 1000", "\2\r", R_DONE, 0 } },
	  TUNNEL_REPLY, "ab\r" },
	{ "phoenix", "Q1", false, false, {
	    { "interrupt 81 8 1000", "old", R_DONE, 0 }, { "interrupt 81 8 1000", NULL, R_TIMEOUT, 0 },
	    { "control 21 09 0200 0 1000: 51 31 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(226.0\r", R_DONE, 0 } }, TUNNEL_REPLY, "(226.0\r" },
	{ "ippon", "Q1", false, false, {
	    { "control 21 09 0002 0 1000: 51 31 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 64 1000", REPLY "\rleft", R_DONE, 0 } }, TUNNEL_REPLY, REPLY "\r" },
	{ "ippon", "C", false, false, {
	    { "control 21 09 0002 0 1000: 43 0d 00 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 64 1000", "\0\r", R_DONE, 2 } }, TUNNEL_REPLY, "" },
	{ "omron", "Bl ?", false, false, {
	    { "control 21 09 0002 0 1000: 42 6c 20 3f 0d 00 00 00 00 00 00 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 64 1000", "100\0\0", R_DONE, 5 } }, TUNNEL_REPLY, "100\r" },
	{ "krauler", "Q1", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0303 409 1000 255", "u:UPS No Ack", R_DONE, 0 },
	    { "control 80 06 0303 409 1000 255", NULL, R_UNKNOWN, 0 },
	    { "control 80 06 0303 409 1000 255", "u:?226.0", R_DONE, 0 } }, TUNNEL_REPLY, "(226.0\r" },
	{ "krauler", "T", false, false, {
	    { "control 80 06 0300 0 1000 255", NULL, R_UNKNOWN, 0 },
	    { "control 80 06 0304 409 1000 255", "u:xyz", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "krauler", "S.5R0003", false, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
	{ "krauler", "QGS", false, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
	{ "fabula", "F", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 030d 409 1000 255", "u:#220.0", R_DONE, 0 } }, TUNNEL_REPLY, "#220.0\r" },
	{ "fabula", "S.5R0003", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0318 409 1000 255", "u:UPS No Ack", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "fabula", "S02R0000", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0370 409 1000 255", "u:UPS No Ack", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "fabula", "S.9R0001", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0358 409 1000 255", "u:UPS No Ack", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "fabula", "S10R0001", false, false, {
	    { "control 80 06 0300 0 1000 255", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 03f8 409 1000 255", "u:UPS No Ack", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "fabula", "S11R0001", false, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
	{ "fabula", "T", false, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
	{ "hunnox", "Q", false, false, {
	    { "control 80 06 0300 0 1000 1026", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0300 0 1000 1026", "u:\x09\x04", R_DONE, 0 },
	    { "control 80 06 0301 409 1000 1026", NULL, R_UNKNOWN, 0 },
	    { "control 80 06 0307 409 1000 102", "u:UPS No Ack", R_DONE, 0 } }, TUNNEL_REPLY, "\r" },
	{ "snr", "Q1", false, false, {
	    { "interrupt 81 102 1000", NULL, R_TIMEOUT, 0 },
	    { "control 80 06 0303 409 1000 102", "u:?226.0", R_DONE, 0 } }, TUNNEL_REPLY, "(226.0\r" },
	{ "snr", "Q1", false, true, {
	    { "interrupt 81 102 1000", "?", R_DONE, 0 },
	    { "control 80 06 0303 409 1000 102", "\x0a\3(\0" "1\0", R_DONE, 6 },
	    { "control 80 06 0303 409 1000 102", "u:?226.0", R_DONE, 0 } }, TUNNEL_REPLY, "(226.0\r" },
	{ "fuji", "Q1", false, false, {
	    { "interrupt 02 5000: 80 06 03 03 51 31 00 2f", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(226.0\0\0", R_DONE, 8 }, { "interrupt 81 8 1000", " 195\r", R_DONE, 0 } },
	  TUNNEL_REPLY, "(226.0 195\r" },
	{ "fuji", "S.5R0003", false, false, {
	    { "interrupt 02 5000: 80 06 04 03 53 2e 35 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", NULL, R_TIMEOUT, 0 } }, TUNNEL_SILENCE, NULL },
	{ "fuji", "S.5R0000", false, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
	{ "phoenixtec", "WH", false, false, {
	    { "control 42 0d 0000 0 1000: 57 48 0d", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(00 01\r", R_DONE, 0 } }, TUNNEL_REPLY, "(00 01\r" },
	{ "phoenixtec", "S.5R0003", false, false, {
	    { "control 42 0d 0000 0 1000: 53 2e 35 52 30 30 30 33 0d", "", R_DONE, 0 } }, TUNNEL_SILENCE, NULL },
	{ "phoenixtec", "MSO", false, false, {
	    { "control 42 0d 0000 0 1000: 4d 53 4f 0d", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "(220\r", R_DONE, 0 } }, TUNNEL_REPLY, "(220\r" },
	{ "ablerex", "Q1", false, false, {
	    { "control 21 09 0305 0 1000: 05 00 03 51 31 0d 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	      "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "", R_DONE, 0 },
	    { "control a1 01 0305 0 1000 47", "(short\r", R_DONE, 0 },
	    { "control 21 09 0305 0 1000: 05 00 03 51 31 0d 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	      "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "", R_DONE, 0 },
	    { "control a1 01 0305 0 1000 47", REPLY "\r", R_DONE, 0 } }, TUNNEL_REPLY, REPLY "\r" },
	{ "gtec", "Q4", false, false, {
	    { "control 21 09 0002 0 5000: 51 34 0d 00 00 00 00 00", "", R_DONE, 0 },
	    { "interrupt 81 128 1000", "(236.7 IM\r", R_DONE, 0 } }, TUNNEL_REPLY, "(236.7 IM\r" },
	{ "armac", "Q1", true, false, {
	    { "interrupt 02 5000: a3 51 31 0d 00", "", R_DONE, 0 },
	    { "interrupt 82 64 1000", "\x86(226.0more", R_DONE, 0 }, { "interrupt 82 64 1000", "\x81\r", R_DONE, 0 } },
	  TUNNEL_REPLY, "(226.0\r" },
	{ "armac", "Q1", false, false, {
	    { "interrupt 81 8 100", NULL, R_TIMEOUT, 0 },
	    { "control 21 09 0200 0 5000: a3 51 31 0d", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "\x87(226.0 ", R_DONE, 0 }, { "interrupt 81 8 1000", "\x80", R_DONE, 0 } },
	  TUNNEL_REPLY, "(226.0 \r" },
	{ "armac", "T10", false, false, {
	    { "interrupt 81 8 100", NULL, R_TIMEOUT, 0 },
	    { "control 21 09 0200 0 5000: a3 54 31 30", "", R_DONE, 0 },
	    { "control 21 09 0200 0 5000: a1 0d 00 00", "", R_DONE, 0 },
	    { "interrupt 81 8 1000", "\x81\0", R_DONE, 2 } }, TUNNEL_SILENCE, NULL },
	{ "armac", "QPI", true, false, { { NULL, NULL, R_DONE, 0 } }, TUNNEL_ECHO, NULL },
};

static char *
describe(const struct usb_transfer *t)
{
	struct buf	 text = { 0 };
	char		*copy;
	size_t		 i;

	if (t->kind == USB_CONTROL)
		buf_printf(&text, "control %02x %02x %04x %x %u", t->type, t->request, t->value, t->index, t->timeout_ms);
	else if (t->data != NULL)
		buf_printf(&text, "interrupt %02x %u", t->endpoint, t->timeout_ms);
	else
		buf_printf(&text, "interrupt %02x %zu %u", t->endpoint, t->len, t->timeout_ms);
	if (t->data == NULL && t->kind == USB_CONTROL)
		buf_printf(&text, " %zu", t->len);
	for (i = 0; t->data != NULL && i < t->len; i++)
		buf_printf(&text, "%s %02x", i == 0 ? ":" : "", ((const uint8_t *)t->data)[i]);
	copy = xstrdup(buf_text(&text));
	buf_free(&text);
	return copy;
}

/* A string descriptor of the text; the two bytes of a language are one of its letters. */
static size_t
make_string(const char *text, uint8_t out[255])
{
	size_t	 len = strlen(text), i;

	out[1] = 3;
	if (len == 2 && text[1] == 4) {
		memcpy(out + 2, text, 2);
		return out[0] = 4;
	}
	for (i = 0; i < len; i++) {
		out[2 + 2 * i] = (uint8_t)text[i];
		out[3 + 2 * i] = 0;
	}
	return out[0] = (uint8_t)(2 + 2 * len);
}

static enum tunnel_next
answer(struct tunnel *n, const struct step *s, struct usb_transfer *t)
{
	uint8_t	 bytes[255];
	size_t	 len = 0;

	if (s->answer != NULL && strncmp(s->answer, "u:", 2) == 0)
		len = make_string(s->answer + 2, bytes);
	else if (s->answer != NULL) {
		len = s->len > 0 ? s->len : strlen(s->answer);
		memcpy(bytes, s->answer, len);
	}
	return tunnel_go_on(n, s->result, len > 0 ? bytes : NULL, len, t);
}

static void
every_bridge_carries_lines_its_way(void **state)
{
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		const struct exchange_row	*r = &rows[i];
		struct tunnel			 n = { .transport = transport_find(r->transport),
						    .packets = r->armac_packets, .fixed = r->fixed };
		struct usb_transfer		 t = { .kind = USB_REST };
		const struct step		*s = r->steps;
		char				*line = xasprintf("%s\r", r->line), *found;
		enum tunnel_next		 next = tunnel_begin(&n, line, strlen(line), &t);

		for (; next == TUNNEL_TRANSFER; s++) {
			found = describe(&t);
			if (s->transfer == NULL || strcmp(s->transfer, found) != 0)
				fail_msg("%s, %s: %s, not %s", r->transport, r->line, found, s->transfer);
			free(found);
			next = answer(&n, s, &t);
		}
		if (next != r->next || s->transfer != NULL)
			fail_msg("%s, %s: ends as %d at %s", r->transport, r->line, next, s->transfer);
		if (r->next == TUNNEL_REPLY && *r->reply != '\0')
			assert_string_equal(n.reply, r->reply);
		free(line);
	}
}

static void
every_transport_is_tested(void **state)
{
	const struct transport	*t = NULL;
	size_t			 i, n = 0;

	while ((t = transport_next(t)) != NULL) {
		for (i = 0; i < nitems(rows) && strcmp(rows[i].transport, t->name) != 0; i++)
			;
		if (i == nitems(rows))
			fail_msg("%s is not", t->name);
		n++;
	}
	assert_int_equal(n, 14);
	assert_null(transport_find("smoke"));
}

/* The languages twice and the first string at first, then one of three in turn, but never the command itself. */
static void
hunnox_keeps_to_its_order(void **state)
{
	static const struct { const char *line; unsigned strings[5]; } turns[] = {
		{ "Q1", { 0x00, 0x00, 0x01, 0x03 } }, { "Q1", { 0x0d, 0x03 } }, { "Q1", { 0x03 } },
		{ "Q1", { 0x0c, 0x03 } }, { "F", { 0x0d } }, { "BL", { 0x03, 0xf3 } },
	};
	struct tunnel		 n = { .transport = transport_find("hunnox") };
	struct usb_transfer	 t;
	size_t			 i, k;

	for (i = 0; i < nitems(turns); i++) {
		char			*line = xasprintf("%s\r", turns[i].line);
		enum tunnel_next	 next = tunnel_begin(&n, line, strlen(line), &t);
		const struct step	 says = { NULL, "u:(1", R_DONE, 0 };

		for (k = 0; next == TUNNEL_TRANSFER; k++) {
			if ((t.value & 0xff) != turns[i].strings[k])
				fail_msg("turn %zu: string %02x, not %02x", i, t.value & 0xffu, turns[i].strings[k]);
			next = answer(&n, &says, &t);
		}
		assert_int_equal(next, TUNNEL_REPLY);
		assert_string_equal(n.reply, "(1\r");
		free(line);
	}
}

static void
long_replies_and_lines_end(void **state)
{
	const struct step	 more = { NULL, "xxxxxxxx", R_DONE, 0 };
	struct tunnel		 n = { .transport = transport_find("cypress") };
	struct usb_transfer	 t;
	enum tunnel_next	 next = tunnel_begin(&n, "Q1\r", 3, &t);
	char			 line[200];
	size_t			 i;

	for (i = 0; next == TUNNEL_TRANSFER && i < 1000; i++)
		next = answer(&n, &more, &t);
	assert_int_equal(next, TUNNEL_SILENCE);
	memset(line, 'Q', sizeof(line));
	line[199] = '\r';
	assert_int_equal(tunnel_begin(&n, line, sizeof(line), &t), TUNNEL_ECHO);
	assert_int_equal(tunnel_begin(&n, "Q1", 2, &t), TUNNEL_ECHO);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_bridge_carries_lines_its_way),
		cmocka_unit_test(every_transport_is_tested),
		cmocka_unit_test(hunnox_keeps_to_its_order),
		cmocka_unit_test(long_replies_and_lines_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
