/* The queue of exchanges on virtual time, over a line that a test holds in its hands. */
#include "core/buf.h"
#include "core/stream.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

struct line {
	struct loop	*loop;
	struct stream	*stream;
	struct buf	 sent;
	bool		 full, freed;
	unsigned	 drops, secures;
	char		*why;
	struct buf	 told;		/* what the callbacks heard, a line each */
	unsigned	 goes_on;	/* messages after which the answer goes on */
	bool		 drop_inside, forget_inside, free_inside, ask_inside;
};

static bool
line_send(void *arg, const void *bytes, size_t len)
{
	struct line	*l = arg;

	if (l->full)
		return false;
	buf_put(&l->sent, bytes, len);
	return true;
}

static void
line_drop(void *arg, const char *why)
{
	struct line	*l = arg;

	l->drops++;
	free(l->why);
	l->why = xstrdup(why);
	stream_down(l->stream);
}

static bool
line_secure(void *arg)
{
	struct line	*l = arg;

	l->secures++;
	return !l->full;
}

static void
line_free(void *arg)
{
	((struct line *)arg)->freed = true;
}

static const struct stream_ops ops = {
	.send = line_send, .drop = line_drop, .secure = line_secure, .free = line_free,
};

static bool	on_answer(void *, enum result, char *, size_t);

static void
ask_with(struct line *l, const char *text, unsigned pause_ms, bool early)
{
	stream_ask(l->stream, &(struct exchange){ .send = text, .len = strlen(text), .frame = frame_lf,
	    .pause_ms = pause_ms, .timeout_ms = 1000, .early = early, .done = on_answer, .arg = l });
}

static bool
on_answer(void *arg, enum result result, char *message, size_t len)
{
	struct line	*l = arg;

	if (result == R_DONE) {
		assert_int_equal(strlen(message), len);
		message[len - 1] = '\0';	/* it is ours */
	}
	buf_printf(&l->told, "%s;", result == R_DONE ? message : result_text(result));
	if (l->ask_inside) {
		l->ask_inside = false;
		ask_with(l, "inside\n", 0, true);
	}
	if (l->drop_inside)
		stream_drop(l->stream, "nonsense");
	if (l->forget_inside)
		stream_forget(l->stream);
	if (l->free_inside)
		stream_free(l->stream);
	if (l->goes_on == 0)
		return false;
	l->goes_on--;
	return true;
}

static struct line *
line_new(void)
{
	struct line	*l = xcalloc(1, sizeof(*l));

	l->loop = loop_new_virtual();
	l->stream = stream_new(l->loop, &ops, l);
	stream_up(l->stream);
	return l;
}

static void
line_end(struct line *l)
{
	if (!l->freed)
		stream_free(l->stream);
	assert_true(l->freed);
	loop_free(l->loop);
	buf_free(&l->sent);
	buf_free(&l->told);
	free(l->why);
	free(l);
}

static void
run_for(struct line *l, int64_t ms)
{
	elapse(l->loop, ms);
}

static bool
feed(struct line *l, const char *text)
{
	return stream_feed(l->stream, text, strlen(text));
}

#define assert_sent(l, text)	assert_string_equal(buf_text(&(l)->sent), text)
#define assert_told(l, text)	assert_string_equal(buf_text(&(l)->told), text)

static void
asks_run_one_after_the_other(void **state)
{
	struct line	*l = line_new();

	ask_with(l, "one\n", 0, false);
	ask_with(l, "two\n", 0, false);
	assert_sent(l, "");		/* nothing happens before the ask has returned */
	run_for(l, 1);
	assert_sent(l, "one\n");
	feed(l, "a\n");
	assert_sent(l, "one\ntwo\n");
	feed(l, "b\n");
	assert_told(l, "a;b;");
	line_end(l);
}

static void
early_ones_go_out_together_and_no_more_than_the_window(void **state)
{
	struct line	*l = line_new();
	int		 i;

	for (i = 0; i < 100; i++)
		ask_with(l, "x\n", 0, true);
	run_for(l, 1);
	assert_int_equal(l->sent.len, 2 * 64);
	feed(l, "1\n2\n3\n");
	assert_int_equal(l->sent.len, 2 * 67);
	assert_told(l, "1;2;3;");
	line_end(l);
}

static void
an_answer_in_any_pieces_is_the_same(void **state)
{
	const char	*text = "first\nsecond\nthird\n";
	size_t		 cut, i;

	for (cut = 1; cut <= strlen(text); cut++) {
		struct line	*l = line_new();

		l->goes_on = 1;
		ask_with(l, "q\n", 0, true);
		ask_with(l, "r\n", 0, true);
		run_for(l, 1);
		for (i = 0; i < strlen(text); i += cut)
			stream_feed(l->stream, text + i, strlen(text) - i < cut ? strlen(text) - i : cut);
		assert_told(l, "first;second;third;");
		line_end(l);
	}
}

static void
silence_ends_an_ask_and_each_message_gives_it_more_time(void **state)
{
	struct line	*l = line_new();

	l->goes_on = 2;
	ask_with(l, "q\n", 0, true);
	ask_with(l, "r\n", 0, true);
	run_for(l, 900);
	feed(l, "a\n");
	run_for(l, 900);
	feed(l, "b\nhalf");
	run_for(l, 1001);
	assert_told(l, "a;b;the device did not answer;");
	run_for(l, 1001);
	assert_told(l, "a;b;the device did not answer;the device did not answer;");
	line_end(l);
}

static void
a_message_without_an_end_fails(void **state)
{
	struct line	*l = line_new();
	char		*junk = xcalloc(1, STREAM_FRAME_MAX + 2);

	memset(junk, 'x', STREAM_FRAME_MAX + 1);
	ask_with(l, "q\n", 0, true);
	run_for(l, 1);
	feed(l, junk);
	assert_int_equal(l->told.len, strlen(result_text(R_FAILED)) + 1);
	free(junk);
	line_end(l);
}

static void
a_pause_holds_an_ask_back(void **state)
{
	struct line	*l = line_new();

	ask_with(l, "one\n", 0, true);
	ask_with(l, "two\n", 100, true);
	ask_with(l, "three\n", 0, true);
	run_for(l, 1);
	assert_sent(l, "one\n");
	feed(l, "a\n");
	run_for(l, 90);
	assert_sent(l, "one\n");
	run_for(l, 11);
	assert_sent(l, "one\ntwo\nthree\n");
	line_end(l);
}

static void
asking_from_within_an_answer_comes_last(void **state)
{
	struct line	*l = line_new();

	l->ask_inside = true;
	ask_with(l, "one\n", 0, true);
	ask_with(l, "two\n", 0, true);
	run_for(l, 1);
	feed(l, "a\nb\nc\n");
	assert_sent(l, "one\ntwo\ninside\n");
	assert_told(l, "a;b;c;");
	line_end(l);
}

static void
a_drop_forgets_all_and_happens_later(void **state)
{
	struct line	*l = line_new();

	l->drop_inside = true;
	l->goes_on = 9;
	ask_with(l, "one\n", 0, true);
	ask_with(l, "two\n", 0, true);
	run_for(l, 1);
	feed(l, "a\nb\nc\n");
	assert_told(l, "a;");
	assert_int_equal(l->drops, 0);
	ask_with(l, "three\n", 0, true);	/* goes nowhere */
	run_for(l, 1);
	assert_int_equal(l->drops, 1);
	assert_string_equal(l->why, "nonsense");
	assert_sent(l, "one\ntwo\n");
	l->drop_inside = false;
	l->goes_on = 0;
	stream_up(l->stream);
	run_for(l, 5000);
	ask_with(l, "four\n", 0, true);
	run_for(l, 1);
	feed(l, "d\n");
	assert_sent(l, "one\ntwo\nfour\n");
	assert_told(l, "a;d;");
	line_end(l);
}

static void
forgetting_and_freeing_from_within_are_fine(void **state)
{
	struct line	*l = line_new();

	l->forget_inside = true;
	l->goes_on = 9;
	ask_with(l, "one\n", 0, true);
	ask_with(l, "two\n", 0, true);
	run_for(l, 1);
	assert_true(feed(l, "a\nb\n"));
	assert_told(l, "a;");
	l->forget_inside = false;
	l->free_inside = true;
	ask_with(l, "three\n", 0, true);
	run_for(l, 1);
	assert_false(feed(l, "c\nd\n"));
	assert_told(l, "a;c;");
	line_end(l);
}

static void
what_nobody_waits_for_goes_to_the_listener(void **state)
{
	struct line	*l = line_new();

	feed(l, "lost\nhal");
	stream_listen(l->stream, frame_lf, on_answer, l);
	feed(l, "f\nnews\n");
	ask_with(l, "q\n", 0, true);
	run_for(l, 1);
	feed(l, "a\nmore\n");
	assert_told(l, "f;news;a;more;");
	line_end(l);
}

static void
what_the_listener_asks_is_sent(void **state)
{
	struct line	*l = line_new();

	stream_listen(l->stream, frame_lf, on_answer, l);
	run_for(l, 10);
	l->ask_inside = true;
	feed(l, "news\n");
	run_for(l, 1);
	assert_int_equal(l->sent.len, strlen("inside\n"));
	feed(l, "answer\n");
	assert_told(l, "news;answer;");
	line_end(l);
}

static void
a_line_that_takes_nothing_is_dropped(void **state)
{
	struct line	*l = line_new();

	l->full = true;
	ask_with(l, "q\n", 0, true);
	run_for(l, 2);
	assert_int_equal(l->drops, 1);
	assert_told(l, "");
	line_end(l);
}

static void
tls_begins_in_its_turn_and_after_nothing_in_the_clear(void **state)
{
	struct line	*l = line_new();

	ask_with(l, "STARTTLS\n", 0, false);
	stream_secure(l->stream, 1000, on_answer, l);
	ask_with(l, "secret\n", 0, true);
	run_for(l, 1);
	assert_int_equal(l->secures, 0);
	feed(l, "OK\n");
	assert_int_equal(l->secures, 1);
	assert_sent(l, "STARTTLS\n");
	assert_true(stream_secured(l->stream, "no trust"));
	assert_sent(l, "STARTTLS\nsecret\n");
	assert_told(l, "OK;it was not done;");
	assert_true(stream_secured(l->stream, NULL));		/* nobody waits for it */
	stream_secure(l->stream, 1000, on_answer, l);
	feed(l, "b\nmore\n");
	run_for(l, 2);
	assert_int_equal(l->secures, 1);
	assert_string_equal(l->why, "bytes in the clear where TLS begins");
	line_end(l);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(asks_run_one_after_the_other),
		cmocka_unit_test(early_ones_go_out_together_and_no_more_than_the_window),
		cmocka_unit_test(an_answer_in_any_pieces_is_the_same),
		cmocka_unit_test(silence_ends_an_ask_and_each_message_gives_it_more_time),
		cmocka_unit_test(a_message_without_an_end_fails),
		cmocka_unit_test(a_pause_holds_an_ask_back),
		cmocka_unit_test(asking_from_within_an_answer_comes_last),
		cmocka_unit_test(a_drop_forgets_all_and_happens_later),
		cmocka_unit_test(forgetting_and_freeing_from_within_are_fine),
		cmocka_unit_test(what_nobody_waits_for_goes_to_the_listener),
		cmocka_unit_test(what_the_listener_asks_is_sent),
		cmocka_unit_test(a_line_that_takes_nothing_is_dropped),
		cmocka_unit_test(tls_begins_in_its_turn_and_after_nothing_in_the_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
