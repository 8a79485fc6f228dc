#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "bus/replayhid.h"
#include "bus/reports.h"

static const char	recorded[] =
    "# busbar 0.1.0, driver usbhid, profile auto\n"
    "device 051d:0002 0106 \"APC\" \"Back-UPS\" \"SN123\" 1-1.2\n"
    "descriptor 05840904a101c0\n"
    "10 feature 01 = 0108\n"
    "20 feature 05\n"
    "30 string 03 = 534e313233\n"
    "40 feature 06 = \n"
    "500 input = 0104\n"
    "900 feature 01 = 0104\n";

static struct reports *
parse(const char *text)
{
	char		*why = NULL;
	struct reports	*r = reports_parse(text, strlen(text), &why);

	if (r == NULL)
		fail_msg("%s", why);
	return r;
}

static void
prints_what_it_parsed(void **state)
{
	static const char	 text[] = "device 051d:0002 0106 \"APC\" \"Back-UPS\" \"\" 1-1.2\ndescriptor 0584\n"
				    "10 feature 01 = 0108\n20 feature 05\n30 string 03 = 534e\n40 feature 06 = \n"
				    "500 input = 0104\n";
	struct reports		*r = parse(text);
	struct buf		 out = { 0 };

	assert_int_equal(r->vendor, 0x051d);
	assert_int_equal(r->release, 0x0106);
	assert_string_equal(r->model, "Back-UPS");
	assert_null(r->serial);
	assert_string_equal(r->place, "1-1.2");
	assert_int_equal(r->descriptor.len, 2);
	assert_int_equal(r->n, 5);
	assert_false(r->events[1].there);
	assert_true(r->events[3].there);
	reports_print(r, &out);
	assert_string_equal(buf_text(&out), text);
	buf_free(&out);
	reports_free(r);
}

static void
tells_of_mistakes(void **state)
{
	static const struct {
		const char	*text, *said;
	} wrong[] = {
		{ "", "no report descriptor" },
		{ "device 051d", "line 1: wants device" },
		{ "device 051d:0002 0106 APC", "in double quotes" },
		{ "device 051d:0002 0106 \"a\" \"b\" \"c\"", "and the place" },
		{ "descriptor 05840", "in hexadecimal" },
		{ "descriptor 0584\nfeature", "line 2: wants a time" },
		{ "descriptor 0584\n1 output 01 = 00", "wants a time and feature" },
		{ "descriptor 0584\n1 feature 1 = 00", "in two digits" },
		{ "descriptor 0584\n1 feature 01 00", "wants =" },
		{ "descriptor 0584\n1 feature 01 = 0g", "wants =" },
		{ "descriptor 0584\n2 input = 00\n1 input = 00", "line 3: is too much, or before" },
	};
	struct reports	*r;
	char		*why;
	size_t		 i;

	for (i = 0; i < nitems(wrong); i++) {
		why = NULL;
		r = reports_parse(wrong[i].text, strlen(wrong[i].text), &why);
		assert_null(r);
		if (strstr(why, wrong[i].said) == NULL)
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", wrong[i].text, why, wrong[i].said);
		free(why);
	}
}

static void
masks_serial_numbers(void **state)
{
	struct reports	*r = parse("device 051d:0002 0106 \"APC\" \"Back-UPS\" \"SN123\" 1-1.2\ndescriptor 0584\n"
			    "30 string 03 = 534e313233\n");

	reports_mask(r, "SN123");
	assert_string_equal(r->serial, "XX111");
	assert_memory_equal(buf_bytes(&r->events[0].bytes), "XX111", 5);
	reports_free(r);
}

/* -- the wire --------------------------------------------------------------------------- */

struct player {
	struct loop	*loop;
	struct hid	*hid;
	bool		 up;
	enum result	 result;
	uint8_t		 bytes[16];
	size_t		 len;
	unsigned	 told;
};

static void
changed(void *arg, bool up, const char *why)
{
	struct player	*p = arg;

	p->up = up;
}

static void
on_bytes(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct player	*p = arg;

	p->told++;
	p->result = result;
	p->len = len;
	if (result == R_DONE && len > 0)
		memcpy(p->bytes, bytes, len);
}

static void
wait_told(struct player *p)
{
	unsigned	 before = p->told;

	while (p->told == before)
		loop_once(p->loop, 0);
}

static void
get(struct player *p, uint8_t report)
{
	hid_get_feature(p->hid, report, 2, on_bytes, p);
	wait_told(p);
}

static char *
write_recording(char *path)
{
	int	 fd = mkstemp(path);

	assert_int_equal(write(fd, recorded, strlen(recorded)), strlen(recorded));
	close(fd);
	return xasprintf("replay:%s", path);
}

static void
answers_as_the_device_did(void **state)
{
	char			 path[] = "/tmp/busbar-reports-XXXXXX", *port = write_recording(path), *why = NULL;
	struct device_settings	 settings = { .port = port };
	struct player		 p = { .loop = loop_new_virtual() };
	size_t			 len;

	assert_true(replay_hid_wire.means(port));
	assert_null(replay_hid_wire.check(&settings, NULL));
	p.hid = replay_hid_wire.open(p.loop, &settings, NULL, changed, &p, &why);
	assert_non_null(p.hid);
	while (!p.up)
		loop_once(p.loop, 0);
	assert_string_equal(hid_identity(p.hid)->serial, "SN123");
	assert_memory_equal(hid_descriptor(p.hid, &len), "\x05\x84\x09\x04\xa1\x01\xc0", 7);
	assert_int_equal(len, 7);
	get(&p, 1);
	assert_int_equal(p.result, R_DONE);
	assert_memory_equal(p.bytes, "\x01\x08", 2);
	get(&p, 5);
	assert_int_equal(p.result, R_UNKNOWN);
	get(&p, 9);
	assert_int_equal(p.result, R_UNKNOWN);
	hid_get_string(p.hid, 3, on_bytes, &p);
	wait_told(&p);
	assert_int_equal(p.len, 5);
	hid_set_feature(p.hid, 1, (const uint8_t *)"\x01\x00", 2, 0, on_bytes, &p);
	wait_told(&p);
	assert_int_equal(p.result, R_FAILED);
	hid_listen(p.hid, 2, on_bytes, &p);
	wait_told(&p);
	assert_int_equal(loop_now(p.loop) % 1000, 500);
	assert_memory_equal(p.bytes, "\x01\x04", 2);
	replay_hid_wire.forget(p.hid);
	replay_hid_wire.close(p.hid);
	unlink(path);
	why = replay_hid_wire.check(&settings, NULL);
	assert_non_null(strstr(why, "No such file"));
	free(why);
	free(port);
	loop_free(p.loop);
}

/* -- overhearing ---------------------------------------------------------------------------- */

struct heard {
	unsigned	 devices, features, absent, inputs;
};

static void
on_device(void *arg, const struct hid *h)
{
	((struct heard *)arg)->devices++;
}

static void
on_heard(void *arg, enum hid_heard what, uint8_t number, const uint8_t *bytes, size_t len)
{
	struct heard	*h = arg;

	h->features += what == HID_FEATURE && number == 1 && bytes != NULL && len == 2;
	h->absent += what == HID_FEATURE && bytes == NULL;
	h->inputs += what == HID_INPUT && bytes != NULL;
}

static void
overhears_what_a_driver_gets(void **state)
{
	static const struct hid_ear	 ear = { on_device, on_heard };
	char				 path[] = "/tmp/busbar-reports-XXXXXX", *port = write_recording(path), *why = NULL;
	struct device_settings		 settings = { .port = port };
	struct player			 p = { .loop = loop_new_virtual() };
	struct heard			 heard = { 0 };
	size_t				 len;

	p.hid = replay_hid_wire.open(p.loop, &settings, NULL, changed, &p, &why);
	hid_overhear(&ear, &heard);
	while (!p.up)
		loop_once(p.loop, 0);
	hid_descriptor(p.hid, &len);
	get(&p, 1);
	get(&p, 5);
	hid_listen(p.hid, 2, on_bytes, &p);
	wait_told(&p);
	assert_int_equal(heard.devices, 1);
	assert_int_equal(heard.features, 1);
	assert_int_equal(heard.absent, 1);
	assert_int_equal(heard.inputs, 1);
	hid_get_feature(p.hid, 1, 2, on_bytes, &p);	/* never answered */
	replay_hid_wire.close(p.hid);
	hid_overhear(NULL, NULL);
	unlink(path);
	free(port);
	loop_free(p.loop);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(prints_what_it_parsed),
		cmocka_unit_test(tells_of_mistakes),
		cmocka_unit_test(masks_serial_numbers),
		cmocka_unit_test(answers_as_the_device_did),
		cmocka_unit_test(overhears_what_a_driver_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
