#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bus/link.h"
#include "bus/usm.h"
#include "core/mem.h"

/* An agent's answer to discovery: usmStatsUnknownEngineIDs, engine 80001f8804 "abc", boots 7, time 1000. */
static const uint8_t report[] = {
	0x30, 0x61,
	    0x02, 0x01, 0x03,
	    0x30, 0x0f, 0x02, 0x03, 0x12, 0x34, 0x56, 0x02, 0x02, 0x05, 0xdc, 0x04, 0x01, 0x00, 0x02, 0x01, 0x03,
	    0x04, 0x1a, 0x30, 0x18, 0x04, 0x08, 0x80, 0x00, 0x1f, 0x88, 0x04, 'a', 'b', 'c',
		0x02, 0x01, 0x07, 0x02, 0x03, 0x00, 0x03, 0xe8, 0x04, 0x00, 0x04, 0x00, 0x04, 0x00,
	    0x30, 0x2f,
		0x04, 0x08, 0x80, 0x00, 0x1f, 0x88, 0x04, 'a', 'b', 'c', 0x04, 0x00,
		0xa8, 0x21, 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00,
		    0x30, 0x13, 0x30, 0x11, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x06, 0x03, 0x0f, 0x01, 0x01, 0x04, 0x00,
			0x41, 0x03, 0x01, 0x00, 0x00
};

static void
test_discovery(void **state)
{
	uint8_t			 bytes[USM_DISCOVERY_LEN];
	struct usm_message	 m;

	usm_discovery(bytes, 0x7abbccdd);
	assert_int_equal(link_frame(bytes, sizeof(bytes)), sizeof(bytes));
	assert_true(usm_parse(bytes, sizeof(bytes), &m));
	assert_int_equal(m.id, 0x7abbccdd);
	assert_int_equal(m.flags, 4);
	assert_int_equal(m.engine_len, 0);
	assert_false(m.report);
	assert_memory_equal(bytes + 52, "\x7a\xbb\xcc\xdd", 4);
}

static void
test_report(void **state)
{
	struct usm_message	 m;
	const char		*text;

	assert_true(usm_parse(report, sizeof(report), &m));
	assert_int_equal(m.id, 0x123456);
	assert_int_equal(m.flags, 0);
	assert_int_equal(m.engine_len, 8);
	assert_memory_equal(m.engine, "\x80\0\x1f\x88\x04" "abc", 8);
	assert_int_equal(m.boots, 7);
	assert_int_equal(m.time, 1000);
	assert_true(m.report);
	assert_int_equal(m.counter_len, 11);
	assert_int_equal(m.counter[9], 4);
	assert_int_equal(usm_cause((struct oid){ m.counter, m.counter_len }, &text), USM_ENGINE);
	m.counter[9] = 3;
	assert_int_equal(usm_cause((struct oid){ m.counter, m.counter_len }, &text), USM_REFUSED);
	assert_string_equal(text, "the agent does not know this user");
	m.counter[9] = 2;
	assert_int_equal(usm_cause((struct oid){ m.counter, m.counter_len }, &text), USM_TIME);
	assert_int_equal(usm_cause((struct oid){ m.counter, 3 }, &text), USM_UNKNOWN);
}

/* Of no truncation is anything read that is not there: each is in memory of just its size. */
static void
test_truncated(void **state)
{
	struct usm_message	 m;
	uint8_t			*bytes;
	size_t			 len;

	for (len = 0; len < sizeof(report); len++) {
		bytes = xmalloc(len + 1);
		memcpy(bytes + 1, report, len);
		assert_false(usm_parse(bytes + 1, len, &m));
		free(bytes);
	}
}

static void
test_encrypted(void **state)
{
	uint8_t			 bytes[sizeof(report)];
	struct usm_message	 m;

	memcpy(bytes, report, sizeof(bytes));
	bytes[18] = 3;				/* msgFlags: what follows is not for us */
	assert_true(usm_parse(bytes, sizeof(bytes), &m));
	assert_int_equal(m.flags, 3);
	assert_false(m.report);
	bytes[18] = 0;
	bytes[4] = 1;				/* another version */
	assert_false(usm_parse(bytes, sizeof(bytes), &m));
}

static void
test_frame(void **state)
{
	static const struct { uint8_t bytes[6]; size_t len; ssize_t frame; } cases[] = {
		{ { 0 }, 0, 0 },
		{ { 0x30 }, 1, 0 },
		{ { 0x30, 0x05 }, 2, 7 },
		{ { 0x30, 0x82, 0x01 }, 3, 0 },
		{ { 0x30, 0x82, 0x01, 0x00 }, 4, 260 },
		{ { 0x30, 0x80 }, 2, -1 },
		{ { 0x30, 0x85 }, 2, -1 },
		{ { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff }, 6, -1 },
		{ { 0x02, 0x05 }, 2, -1 },
	};

	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(link_frame(cases[i].bytes, cases[i].len), cases[i].frame);
}

static void
test_ports(void **state)
{
	static const struct { const char *text, *host, *service; bool tcp, numeric; } right[] = {
		{ "udp:192.0.2.10:161", "192.0.2.10", "161", false, true },
		{ "udp:192.0.2.10", "192.0.2.10", "161", false, true },
		{ "192.0.2.10:1161", "192.0.2.10", "1161", false, true },
		{ "udp6:[2001:db8::1]:162", "2001:db8::1", "162", false, true },
		{ "udp6:2001:db8::1", "2001:db8::1", "161", false, true },
		{ "tcp:[::1]:16100", "::1", "16100", true, true },
		{ "tcp:ups.example.net:161", "ups.example.net", "161", true, false },
	};
	static const char *const wrong[] = { "", "udp:", "udp:[::1", "udp:host:", "udp:host:0", "udp:host:70000",
	    "udp:host:x", "udp:ho st", "udp:[::1]161" };
	struct link_address	 address;
	struct link_port	 port;
	char			*why;

	for (size_t i = 0; i < nitems(right); i++) {
		assert_true(link_port_parse(right[i].text, &port, &why));
		assert_string_equal(port.host, right[i].host);
		assert_string_equal(port.service, right[i].service);
		assert_int_equal(port.tcp, right[i].tcp);
		assert_int_equal(link_address_parse(&port, port.host, &address), right[i].numeric);
	}
	for (size_t i = 0; i < nitems(wrong); i++) {
		assert_false(link_port_parse(wrong[i], &port, &why));
		assert_non_null(strstr(why, "is no SNMP port"));
		free(why);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_discovery),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
