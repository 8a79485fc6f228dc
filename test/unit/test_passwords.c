#include <arpa/inet.h>
#include <stdio.h>

#include "core/log.h"
#include "core/settings.h"
#include "nutproto/digest.h"
#include "nutproto/failures.h"
#include "nutproto/passwords.h"
#include "test/unit/unit.h"

/* Right and wrong passwords, plain and hashed; how late the wrong ones are answered. */

#define SECRET	"$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2"
#define OTHER	"$5$rounds=1000$saltsalt$DqtkTIG04cmrnEJ0mkoECt9ibZmoxRHB02bHnTLkpZD"

static const char	users[] =
	"user plain { password = secret }\n"
	"user near { password = secret allow = {\"10.0.0.0/8\", \"::1\"} }\n"
	"user sha256 { password-hash = \"" SECRET "\" }\n"
	"user sha512 { password-hash = \"$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5k"
	"nV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1\" }\n"
	"user bcrypt { password-hash = \"$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\" }\n"
	"user yescrypt { password-hash = \"$y$j75$saltsaltsaltsalt$DsMjm5uqUiFBUYLB9CLnX8E/M0k0mOVJBUWdpCrUik9\" }\n"
	"user broken { password-hash = \"$6$rounds=1$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" }\n";

struct answer {
	unsigned	 n;		/* times that it came */
	bool		 right;
	struct loop	*loop;
	int64_t		 when;
	struct password_check *forget;	/* another, when this one comes */
};

static void
on_answer(bool right, void *arg)
{
	struct answer	*a = arg;

	a->n++;
	a->right = right;
	a->when = loop_now(a->loop);
	passwords_forget(a->forget);
}

struct stage {
	struct loop	*loop;
	struct settings	*settings;
	struct passwords *passwords;
};

static void
sink(enum log_level level, const char *line, void *arg)
{
	unsigned	*lines = arg;

	(*lines)++;
}

static struct settings *
parse(const char *text)
{
	struct conf_errors	 errors = {0};
	struct settings		*s = settings_parse("t", text, strlen(text), NULL, &errors);

	if (s == NULL)
		fail_msg("%s", errors.texts[0]);
	return s;
}

static unsigned	lines;

static struct stage
open_stage(bool virtual)
{
	struct stage	 s = { .loop = virtual ? loop_new_virtual() : loop_new(), .settings = parse(users) };

	lines = 0;
	log_to(sink, &lines);
	s.passwords = passwords_new(s.loop, s.settings);
	return s;
}

static void
close_stage(struct stage *s)
{
	passwords_free(s->passwords);
	settings_free(s->settings);
	loop_free(s->loop);
	log_to(NULL, NULL);
}

static struct password_check *
ask(struct stage *s, const char *user, const char *password, const char *from, struct answer *a)
{
	uint8_t	 address[16];
	bool	 v6 = strchr(from, ':') != NULL;

	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, from, address), 1);
	*a = (struct answer){ .loop = s->loop };
	return passwords_check(s->passwords, user, password, address, v6, on_answer, a);
}

/* Waits for one answer by the real clock. */
static void
wait_for(struct stage *s, const struct answer *a)
{
	int64_t	 end = loop_now(s->loop) + 20000;

	while (a->n == 0 && loop_now(s->loop) < end)
		loop_once(s->loop, 100);
	assert_int_equal(a->n, 1);
}

/* How late the answer comes, by a virtual clock; -1: it was right. */
static int64_t
lateness(struct stage *s, const char *user, const char *password, const char *from)
{
	int64_t			 start = loop_now(s->loop);
	struct answer		 a;
	struct password_check	*c = ask(s, user, password, from, &a);

	if (c == NULL) {
		assert_int_equal(a.n, 1);
		assert_true(a.right);
		return -1;
	}
	assert_int_equal(a.n, 0);
	while (a.n == 0)
		assert_true(loop_once(s->loop, -1));
	assert_int_equal(a.n, 1);
	assert_false(a.right);
	return a.when - start;
}

/* -- parts -------------------------------------------------------------------------------- */

/* The vector of the paper's appendix A. */
static void
siphash_is_that_of_the_paper(void **state)
{
	const uint64_t	key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t		bytes[15];
	size_t		i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_true(digest_siphash(key, bytes, sizeof(bytes)) == 0xa129ca6149be45e5);
}

static void
failures_are_bounded_and_forgotten(void **state)
{
	struct failures	*f = failures_new();
	struct origin	 o = {{0}};
	unsigned	 i;

	assert_int_equal(failures_note(f, o, 1, 0), 250);
	assert_int_equal(failures_note(f, o, 1, 10), 500);
	assert_int_equal(failures_note(f, o, 2, 10), 250);
	assert_int_equal(failures_note(f, o, 1, 20 + FAILURES_FORGET_MS), 250);
	assert_int_equal(failures_note(f, o, 1, 30 + FAILURES_FORGET_MS), 500);
	failures_clear(f, o, 1);
	assert_int_equal(failures_note(f, o, 1, 40 + FAILURES_FORGET_MS), 250);
	/* So many others that the oldest make room. */
	for (i = 0; i < FAILURES_MAX; i++)
		assert_int_equal(failures_note(f, o, 10 + i, 41 + FAILURES_FORGET_MS + i), 250);
	assert_int_equal(failures_note(f, o, 10 + FAILURES_MAX - 1, 5000 + FAILURES_FORGET_MS), 500);
	assert_int_equal(failures_note(f, o, 1, 5000 + FAILURES_FORGET_MS), 250);
	failures_free(f);
}

static void
origins_of_a_network_are_one(void **state)
{
	static const struct { const char *one, *other; bool same; } rows[] = {
		{ "2001:db8:1:2::1",	"2001:db8:1:2:ffff::9",	true },
		{ "2001:db8:1:2::1",	"2001:db8:1:3::1",	false },
		{ "::ffff:10.0.0.1",	"::ffff:10.0.0.2",	false },
	};
	uint8_t		 one[16], other[16], v4[4];
	struct origin	 a, b;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		inet_pton(AF_INET6, rows[i].one, one);
		inet_pton(AF_INET6, rows[i].other, other);
		a = origin_of(one, true);
		b = origin_of(other, true);
		assert_int_equal(memcmp(&a, &b, sizeof(a)) == 0, rows[i].same);
	}
	inet_pton(AF_INET6, "::ffff:10.0.0.1", one);
	inet_pton(AF_INET, "10.0.0.1", v4);
	a = origin_of(one, true);
	b = origin_of(v4, false);
	assert_memory_equal(&a, &b, sizeof(a));
}

/* -- plain -------------------------------------------------------------------------------- */

static void
wrong_ones_are_late_and_right_ones_never(void **state)
{
	struct stage	 s = open_stage(true);

	assert_int_equal(lateness(&s, "plain", "secret", "10.0.0.1"), -1);
	assert_int_equal(lateness(&s, "plain", "Secret", "10.0.0.1"), 250);
	assert_int_equal(lateness(&s, "plain", "secre", "10.0.0.1"), 500);
	assert_int_equal(lateness(&s, "plain", "secret2", "10.0.0.1"), 1000);
	assert_int_equal(lateness(&s, "plain", "", "10.0.0.1"), 2000);
	assert_int_equal(lateness(&s, "plain", "x", "10.0.0.1"), 2000);
	/* another address, another user, and the right one from the same */
	assert_int_equal(lateness(&s, "plain", "x", "10.0.0.2"), 250);
	assert_int_equal(lateness(&s, "near", "x", "10.0.0.1"), 250);
	assert_int_equal(lateness(&s, "plain", "secret", "10.0.0.1"), -1);
	/* which ends the series */
	assert_int_equal(lateness(&s, "plain", "x", "10.0.0.1"), 250);
	close_stage(&s);
}

static void
nobody_and_nowhere_are_as_late(void **state)
{
	struct stage	 s = open_stage(true);

	assert_int_equal(lateness(&s, "nobody", "secret", "10.0.0.1"), 250);
	assert_int_equal(lateness(&s, "nobody", "secret", "10.0.0.1"), 500);
	assert_int_equal(lateness(&s, "near", "secret", "192.0.2.1"), 250);
	assert_int_equal(lateness(&s, "near", "secret", "::2"), 250);
	assert_int_equal(lateness(&s, "near", "secret", "::1"), -1);
	assert_int_equal(lateness(&s, "near", "secret", "::ffff:10.0.0.1"), -1);
	close_stage(&s);
}

static void
the_log_is_bounded(void **state)
{
	struct stage	 s = open_stage(true);
	struct answer	 a[100];
	struct password_check *c[100];
	char		 user[16];
	size_t		 i;

	for (i = 0; i < nitems(a); i++) {
		snprintf(user, sizeof(user), "u%zu", i);
		c[i] = ask(&s, user, "x", "10.0.0.1", &a[i]);
	}
	assert_int_equal(lines, 10);
	for (i = 0; i < nitems(c); i++)
		passwords_forget(c[i]);
	while (loop_once(s.loop, -1))
		;
	assert_int_equal(lines, 11);		/* how many more there were */
	for (i = 0; i < nitems(a); i++)
		assert_int_equal(a[i].n, 0);
	close_stage(&s);
}

/* -- hashed -------------------------------------------------------------------------------- */

static void
hashes_of_every_method(void **state)
{
	static const char *const names[] = { "sha256", "sha512", "bcrypt", "yescrypt" };
	struct stage	 s = open_stage(false);
	struct answer	 a;
	size_t		 i;

	for (i = 0; i < nitems(names); i++) {
		assert_non_null(ask(&s, names[i], "secret", "10.0.0.1", &a));
		assert_int_equal(a.n, 0);
		wait_for(&s, &a);
		assert_true(a.right);
		assert_non_null(ask(&s, names[i], "Secret", "10.0.0.1", &a));
		wait_for(&s, &a);
		assert_false(a.right);
	}
	ask(&s, "broken", "secret", "10.0.0.1", &a);
	wait_for(&s, &a);
	assert_false(a.right);
	close_stage(&s);
}

static void
right_ones_are_hashed_once(void **state)
{
	struct stage	 s = open_stage(false);
	struct answer	 many[200], a;
	size_t		 i;

	for (i = 0; i < nitems(many); i++)
		assert_non_null(ask(&s, "sha256", "secret", "10.0.0.1", &many[i]));
	wait_for(&s, &many[0]);
	for (i = 0; i < nitems(many); i++) {	/* all at the same time: there was one hash for all */
		assert_int_equal(many[i].n, 1);
		assert_true(many[i].right);
	}
	assert_null(ask(&s, "sha256", "secret", "192.0.2.7", &a));
	assert_true(a.right);
	assert_non_null(ask(&s, "sha256", "secret2", "192.0.2.7", &a));
	wait_for(&s, &a);
	assert_false(a.right);
	passwords_settings(s.passwords, s.settings);
	assert_non_null(ask(&s, "sha256", "secret", "192.0.2.7", &a));
	wait_for(&s, &a);
	assert_true(a.right);
	close_stage(&s);
}

/* A flood from one address: whoever comes from another has his turn, and the flood stays bounded. */
static void
each_address_gets_its_turn(void **state)
{
	struct stage	 s = open_stage(false);
	struct answer	 flood[300], a;
	struct password_check *c[300];
	char		 password[16];
	size_t		 i, answered = 0;

	for (i = 0; i < nitems(flood); i++) {
		snprintf(password, sizeof(password), "x%zu", i);
		c[i] = ask(&s, "sha256", password, "192.0.2.66", &flood[i]);
	}
	ask(&s, "sha256", "secret", "192.0.2.7", &a);
	wait_for(&s, &a);
	assert_true(a.right);
	for (i = 0; i < nitems(flood); i++) {
		answered += flood[i].n;
		assert_false(flood[i].right);
		if (flood[i].n == 0)
			passwords_forget(c[i]);
	}
	assert_true(answered < PASSWORDS_WAITING);
	close_stage(&s);
}

static void
settings_that_change_meanwhile(void **state)
{
	static const char *const	texts[] = {
		"user sha256 { password = secret }", "user sha256 { password = other }",
		"user sha256 { password-hash = \"" OTHER "\" }", "user sha512 { password = secret }",
		"user sha256 { password-hash = \"" SECRET "\" allow = {\"192.0.2.0/24\"} }",
	};
	static const bool		secret[] = { true, false, false, false, false };
	static const bool		other[] = { false, true, true, false, false };
	size_t				i;

	for (i = 0; i < nitems(texts); i++) {
		struct stage	 s = open_stage(false);
		struct settings	*after = parse(texts[i]);
		struct answer	 a, b;

		ask(&s, "sha256", "secret", "10.0.0.1", &a);
		ask(&s, "sha256", "other", "10.0.0.2", &b);
		passwords_settings(s.passwords, after);
		wait_for(&s, &a);
		wait_for(&s, &b);
		assert_int_equal(a.right, secret[i]);
		assert_int_equal(b.right, other[i]);
		close_stage(&s);
		settings_free(after);
	}
}

static void
clients_that_go_meanwhile(void **state)
{
	struct stage	 s = open_stage(false);
	struct answer	 running, waiting, first, second, last;
	struct password_check *c, *other;

	c = ask(&s, "sha256", "a", "10.0.0.1", &running);
	other = ask(&s, "sha256", "b", "10.0.0.1", &waiting);
	passwords_forget(c);
	passwords_forget(other);
	ask(&s, "sha256", "secret", "10.0.0.1", &first);
	c = ask(&s, "sha256", "secret", "10.0.0.1", &second);
	first.forget = c;		/* of the same hash, from inside the first one's answer */
	wait_for(&s, &first);
	assert_true(first.right);
	ask(&s, "sha512", "secret", "10.0.0.1", &last);
	wait_for(&s, &last);
	assert_int_equal(running.n + waiting.n + second.n, 0);
	close_stage(&s);
}

/* Everything at once is taken down: nobody is called, nothing is lost (ASan). */
static void
freed_meanwhile(void **state)
{
	struct stage	 s = open_stage(false);
	struct answer	 a[8];
	char		 password[8];
	size_t		 i;

	for (i = 0; i < nitems(a); i++) {
		snprintf(password, sizeof(password), "p%zu", i);
		ask(&s, i % 2 == 0 ? "sha512" : "plain", password, "10.0.0.1", &a[i]);
	}
	close_stage(&s);
	for (i = 0; i < nitems(a); i++)
		assert_int_equal(a[i].n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_is_that_of_the_paper),
		cmocka_unit_test(failures_are_bounded_and_forgotten),
		cmocka_unit_test(origins_of_a_network_are_one),
		cmocka_unit_test(wrong_ones_are_late_and_right_ones_never),
		cmocka_unit_test(nobody_and_nowhere_are_as_late),
		cmocka_unit_test(the_log_is_bounded),
		cmocka_unit_test(hashes_of_every_method),
		cmocka_unit_test(right_ones_are_hashed_once),
		cmocka_unit_test(each_address_gets_its_turn),
		cmocka_unit_test(settings_that_change_meanwhile),
		cmocka_unit_test(clients_that_go_meanwhile),
		cmocka_unit_test(freed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
