#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "bus/dialogue.h"
#include "bus/replaywire.h"
#include "core/stream.h"
#include "core/wire.h"

static const char	recorded[] =
    "# busbar 0.1.0, driver megatec, profile auto\n"
    "0 =\n"
    "10 > \"Q1\\r\"\n"
    "60 < \"(226.0 \\\"x\\\" \\x00\\xff\\r\"\n"
    "100 > \"I\\r\"\n"
    "150 < \"#ACME SN123-A4\\r\"\n"
    "900 < \"!\"\n"
    "1000 = CTS DCD\n"
    "1010 > \"Q1\\r\"\n"
    "1060 < \"(000.0\\r\"\n";

static struct dialogue *
parse(const char *text)
{
	char		*why = NULL;
	struct dialogue	*d = dialogue_parse(text, strlen(text), &why);

	if (d == NULL)
		fail_msg("%s", why);
	return d;
}

static void
prints_what_it_parsed(void **state)
{
	struct dialogue	*d = parse(recorded);
	struct buf	 text = { 0 };

	assert_int_equal(d->n, 9);
	assert_int_equal(d->events[2].kind, DIALOGUE_CAME);
	assert_int_equal(d->events[2].bytes.len, 14);
	assert_memory_equal(buf_bytes(&d->events[2].bytes), "(226.0 \"x\" \0\xff\r", 14);
	assert_int_equal(d->events[6].wires, SERIAL_CTS | SERIAL_DCD);
	dialogue_print(d, &text);
	assert_string_equal(buf_text(&text), strchr(recorded, '\n') + 1);
	buf_free(&text);
	dialogue_free(d);
}

static void
tells_of_mistakes(void **state)
{
	static const struct {
		const char	*text, *said;
	} wrong[] = {
		{ "", "nothing in it" },
		{ "# busbar\n", "nothing in it" },
		{ "Q1", "line 1: wants a time" },
		{ "1 > \"a\"\n2", "line 2: wants a time" },
		{ "-1 > \"a\"", "line 1: wants a time" },
		{ "1 ? \"a\"", "wants a time" },
		{ "1 > a", "double quotes" },
		{ "1 > \"a", "double quotes" },
		{ "1 > \"a\" b", "double quotes" },
		{ "1 > \"\\q\"", "double quotes" },
		{ "1 > \"\\x0g\"", "double quotes" },
		{ "1 = DTR", "knows the wires" },
		{ "2 > \"a\"\n1 > \"b\"", "line 2: is too much, or before" },
	};
	struct dialogue	*d;
	char		*why;
	size_t		 i;

	for (i = 0; i < nitems(wrong); i++) {
		why = NULL;
		d = dialogue_parse(wrong[i].text, strlen(wrong[i].text), &why);
		assert_null(d);
		if (strstr(why, wrong[i].said) == NULL)
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", wrong[i].text, why, wrong[i].said);
		free(why);
	}
}

static void
masks_and_keeps_the_form(void **state)
{
	struct dialogue	*d = dialogue_new();

	/* What came in pieces is masked as one. */
	assert_true(dialogue_add(d, DIALOGUE_CAME, 0, "#ACME SN1", 9));
	assert_true(dialogue_add(d, DIALOGUE_CAME, 50, "23-a4 SN123-a4\r", 15));
	assert_int_equal(d->n, 1);
	dialogue_mask(d, "SN123-a4");
	dialogue_mask(d, "");
	assert_string_equal(buf_text(&d->events[0].bytes), "#ACME XX111-X1 XX111-X1\r");
	dialogue_free(d);
}

static void
has_an_end(void **state)
{
	struct dialogue	*d = dialogue_new();
	char		 block[65536] = { 0 };
	size_t		 i = 0;

	while (dialogue_add(d, DIALOGUE_CAME, (int64_t)i * 1000, block, sizeof block))
		i++;
	assert_true(i * sizeof block < DIALOGUE_BYTES_MAX && i * sizeof block > DIALOGUE_BYTES_MAX / 2);
	dialogue_free(d);
}

static void
finds_what_was_sent_round_the_end(void **state)
{
	struct dialogue	*d = parse(recorded);

	assert_int_equal(dialogue_find(d, 0, "Q1\r", 3), 1);
	assert_int_equal(dialogue_find(d, 2, "Q1\r", 3), 7);
	assert_int_equal(dialogue_find(d, 8, "Q1\r", 3), 1);
	assert_int_equal(dialogue_find(d, 0, "S.5R0003\r", 9), d->n);
	assert_int_equal(dialogue_find(d, 0, "!", 1), d->n);	/* came, and was not sent */
	dialogue_free(d);
}

/* -- the wire ------------------------------------------------------------------------ */

struct player {
	struct loop	*loop;
	struct stream	*stream;
	bool		 up;
	char		 heard[256];
	int64_t		 at;
};

static void
changed(void *arg, bool up, const char *why)
{
	struct player	*p = arg;

	p->up = up;
}

static bool
on_answer(void *arg, enum result result, char *message, size_t len)
{
	struct player	*p = arg;

	snprintf(p->heard, sizeof p->heard, "%s", result == R_DONE ? message : "(nothing)");
	p->at = loop_now(p->loop);
	return false;
}

static const char *
ask(struct player *p, const char *question)
{
	int64_t	 began = loop_now(p->loop);

	*p->heard = '\0';
	stream_ask(p->stream, &(struct exchange){ .send = question, .len = strlen(question), .frame = frame_any,
	    .timeout_ms = 3000, .done = on_answer, .arg = p });
	while (*p->heard == '\0')
		loop_once(p->loop, 0);
	p->at -= began;
	return p->heard;
}

static void
answers_as_the_device_did(void **state)
{
	char			 path[] = "/tmp/busbar-dialogue-XXXXXX";
	int			 fd = mkstemp(path);
	char			*port = xasprintf("replay:%s", path), *why = NULL;
	struct device_settings	 settings = { .port = port };
	struct player		 p = { .loop = loop_new_virtual() };
	unsigned		 wires;

	assert_int_equal(write(fd, recorded, strlen(recorded)), strlen(recorded));
	close(fd);
	assert_true(replay_serial_wire.means(port));
	assert_null(replay_serial_wire.check(&settings, NULL));
	p.stream = replay_serial_wire.open(p.loop, &settings, NULL, changed, &p, &why);
	assert_non_null(p.stream);
	replay_serial_wire.line(p.stream, &(struct serial_line){ .speed = 2400 });
	while (!p.up)
		loop_once(p.loop, 0);
	assert_true(serial_read(p.stream, &wires));
	assert_int_equal(wires, 0);
	assert_memory_equal(ask(&p, "Q1\r"), "(226.0 ", 7);
	assert_int_equal(p.at, 50);
	assert_string_equal(ask(&p, "I\r"), "#ACME SN123-A4\r");
	assert_string_equal(ask(&p, "Q1\r"), "(000.0\r");
	assert_memory_equal(ask(&p, "Q1\r"), "(226.0 ", 7);	/* from the beginning */
	assert_string_equal(ask(&p, "S.5R0003\r"), "(nothing)");
	assert_true(serial_read(p.stream, &wires));
	assert_int_equal(wires, SERIAL_CTS | SERIAL_DCD);
	replay_serial_wire.close(p.stream);
	unlink(path);
	assert_non_null(why = replay_serial_wire.check(&settings, NULL));
	assert_non_null(strstr(why, "No such file"));
	free(why);
	free(port);
	loop_free(p.loop);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(prints_what_it_parsed),
		cmocka_unit_test(tells_of_mistakes),
		cmocka_unit_test(masks_and_keeps_the_form),
		cmocka_unit_test(has_an_end),
		cmocka_unit_test(finds_what_was_sent_round_the_end),
		cmocka_unit_test(answers_as_the_device_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
