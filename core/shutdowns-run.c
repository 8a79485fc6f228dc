/* Orders to go off or on: from their taking to their end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rfc1628.h"
#include "core/shutdowns-inside.h"
#include "core/status.h"

#define RETRY_MS	5000		/* of the way back on after a cut */
#define RETRIES		12

struct sending {
	struct job	*job;
	unsigned	 serial;	/* of the order: the job may have another one when the answer comes */
};

const char *
job_word(const struct job *j)
{
	static const char *const words[] = {
		[ORDER_OFF] = "shutdown", [ORDER_ON] = "startup", [ORDER_REBOOT] = "reboot",
	};

	return words[j->kind];
}

/* -- how one ends --------------------------------------------------------------------- */

void
job_answer(struct job *j, enum result result, const char *detail)
{
	result_fn	*fn = j->fn;

	j->fn = NULL;
	if (fn != NULL)
		fn(result, detail, j->fn_arg);
}

static void
forget_kept(struct job *j)
{
	struct shutdowns	*s = j->all;

	if (!s->closing)
		s->calls->keep(s->arg, j->which, NULL);
}

void
job_close(struct job *j, enum result result, const char *detail)
{
	struct shutdowns	*s = j->all;

	if (!s->closing)
		s->calls->tell(s->arg, job_word(j), j->seconds, j->origin, false, result, detail);
	timer_stop(j->timer);
	j->phase = JOB_IDLE;
	j->serial++;
	plan_clear(&j->plan);
	forget_kept(j);
	job_answer(j, result, detail);
	if (!s->closing)
		s->calls->publish(s->arg);
}

void
job_end(struct job *j, enum result result, const char *detail)
{
	if (result != R_DONE)
		log_warning(j->all->device, "%s by %s: %s%s%s", job_word(j), j->origin, result_text(result),
		    detail != NULL ? ", " : "", detail != NULL ? detail : "");
	job_close(j, result, detail);
}

/* -- counting --------------------------------------------------------------------------- */

/*
 * "KIND DUE BOOT SYSTEM RESTART COMMAND ORIGIN": DUE in s since 1970.  What
 * the device would count behind the wait for hosts, busbard counts after a restart.
 */
static void
keep(struct job *j)
{
	struct shutdowns	*s = j->all;
	int64_t			 left = j->due + (j->hosts ? j->plan.given * 1000 : 0) - loop_now(s->loop);
	char			*text;

	text = xasprintf("%d %" PRId64 " %s %d %d %s %s", (int)j->kind,
	    s->calls->wall(s->arg) + (left + 999) / 1000, s->calls->boot(s->arg), j->system, j->restart,
	    var_name(j->plan.steps[j->plan.n - 1].name), j->origin);
	s->calls->keep(s->arg, j->which, text);
	free(text);
}

/* If the device has a delay of its own behind the command, it comes on top: never sooner than was asked. */
static void
start_counting(struct job *j)
{
	struct shutdowns	*s = j->all;
	int64_t			 left = j->due - loop_now(s->loop);
	char			*said;

	j->phase = JOB_COUNTING;
	if (j->kind == ORDER_OFF && s->cut.due > loop_now(s->loop))
		s->cut.open = false;		/* of the order before, which the device was told to stop */
	timer_set(j->timer, left > 0 ? left : 0);
	said = xasprintf(j->hosts ? "hosts have %" PRId64 " s to go" : "busbard counts %" PRId64 " s",
	    left > 0 ? (left + 999) / 1000 : 0);
	job_answer(j, R_DONE, said);
	free(said);
	s->calls->publish(s->arg);
}

static void
end_given(struct job *j)
{
	j->serial++;
	j->phase = JOB_IDLE;
	plan_clear(&j->plan);
	j->all->calls->publish(j->all->arg);
}

/* The device has taken all of it. */
static void
taken(struct job *j)
{
	struct shutdowns	*s = j->all;
	int64_t			 now = loop_now(s->loop);
	char			*said;

	forget_kept(j);
	j->due = now + j->plan.given * 1000;
	if (j->kind != ORDER_ON)
		s->cut = (struct cut){ .open = true, .system = j->system, .restart = j->restart,
		    .due = j->kind == ORDER_OFF ? j->due : now };
	s->calls->tell(s->arg, job_word(j), j->seconds, j->origin, false, R_DONE, NULL);
	said = j->plan.given > 0 ? xasprintf("the device counts %" PRId64 " s", j->plan.given) : NULL;
	j->phase = JOB_GIVEN;
	timer_set(j->timer, j->due - now);
	job_answer(j, R_DONE, said);
	free(said);
	s->calls->publish(s->arg);
}

/* -- steps -------------------------------------------------------------------------------- */

static void	advance(struct job *);

/* After a cut that we made ourselves, the power must come back. */
static bool
try_again(struct job *j)
{
	if (j->kind != ORDER_REBOOT || j->plan.pause <= j->plan.n || ++j->tries >= RETRIES || j->all->closing)
		return false;
	j->phase = JOB_COUNTING;
	timer_set(j->timer, RETRY_MS);
	return true;
}

static void
on_sent(enum result result, const char *detail, void *arg)
{
	struct sending	*sending = arg;
	struct job	*j = sending->job;
	bool		 current = sending->serial == j->serial;

	free(sending);
	if (!current)
		return;
	if (result == R_DONE) {
		j->step++;
		advance(j);
	} else if (!try_again(j)) {
		job_end(j, result, detail);
	}
}

static void
advance(struct job *j)
{
	struct shutdowns	*s = j->all;
	struct sending		*sending;
	const struct step	*step;

	if (j->step == j->plan.n) {
		taken(j);
		return;
	}
	if (j->step == j->plan.pause) {
		start_counting(j);
		return;
	}
	j->phase = JOB_SENDING;
	step = &j->plan.steps[j->step];
	sending = xcalloc(1, sizeof(*sending));
	*sending = (struct sending){ j, j->serial };
	s->calls->send(s->arg, step->kind, step->name, step->value, j->origin, on_sent, sending);
}

/* -- beginning ------------------------------------------------------------------------------ */

/* A command of which nobody said when: whoever is logged in has hostsync to go. */
static void
wait_for_hosts(struct job *j)
{
	struct shutdowns	*s = j->all;
	int64_t			 wait = s->settings.hostsync_ms - j->plan.given * 1000;

	if (!s->settings.fsd_before_shutdown || s->calls->logins(s->arg) == 0 || wait <= 0)
		return;
	j->hosts = true;
	j->due = loop_now(s->loop) + wait;
	j->plan.pause = 0;
}

void
job_begin(struct job *j)
{
	struct shutdowns	*s = j->all;
	int64_t			 now = loop_now(s->loop);

	j->step = 0;
	j->tries = 0;
	j->hosts = false;
	j->serial++;
	j->due = now + (j->seconds < 0 || j->plan.pause == j->plan.n ? j->plan.given : j->seconds) * 1000;
	if (j->kind == ORDER_OFF && j->seconds < 0)
		wait_for_hosts(j);
	log_info(s->device, "%s in %" PRId64 " s by %s: %s, %s", job_word(j), (j->due - now + 999) / 1000, j->origin,
	    var_name(j->plan.steps[j->plan.n - 1].name),
	    j->plan.pause < j->plan.n ? "counted by busbard: it ends with this host" : "counted by the device");
	s->calls->tell(s->arg, job_word(j), j->seconds, j->origin, true, R_DONE, NULL);
	if (j->kind == ORDER_OFF && s->settings.fsd_before_shutdown)
		s->calls->force(s->arg, j->origin);
	if (j->plan.pause < j->plan.n)
		keep(j);
	advance(j);
}

void
job_go_on(struct job *j)
{
	struct shutdowns	*s = j->all;

	j->step = 0;
	j->serial++;
	log_info(s->device, "%s in %" PRId64 " s by %s goes on", job_word(j),
	    (j->due - loop_now(s->loop) + 999) / 1000, j->origin);
	if (j->kind == ORDER_OFF && s->settings.fsd_before_shutdown)
		s->calls->force(s->arg, j->origin);
	start_counting(j);
}

/* -- due ---------------------------------------------------------------------------------------- */

/* Some that are off say no more than that; then it is their input that tells. */
static bool
has_mains(const struct shutdowns *s)
{
	struct readings		 r = s->calls->readings(s->arg);
	const struct value	*v = readings_number(&r, VAR_INPUT_VOLTAGE);

	if (r.state != DEVICE_FRESH || (r.status & STATUS_OB) != 0)
		return false;
	return (r.status & STATUS_OL) != 0 || ((r.status & STATUS_OFF) != 0 && !rfc1628_input_bad(&r) &&
	    (r.flags & FLAG_BIT(FLAG_AWAITING_POWER)) == 0 && (v == NULL || v->digits != 0));
}

/* Mains may have failed since it was asked: then it is to come back with them. */
static void
plan_anew(struct job *j)
{
	struct shutdowns	*s = j->all;
	struct readings		 r = s->calls->readings(s->arg);
	enum var		 command = j->plan.steps[j->plan.n - 1].name;

	if (j->kind == ORDER_OFF && j->seconds >= 0 && j->restart && (r.status & STATUS_OB) != 0 &&
	    command != CMD_SHUTDOWN_RETURN && traits_can(s->calls->traits(s->arg), CMD_SHUTDOWN_RETURN))
		command = CMD_SHUTDOWN_RETURN;
	else if (j->step > 0 || j->hosts)
		return;
	plan_clear(&j->plan);
	j->step = 0;
	if (!plan_tell(s, &j->plan, command))
		plan_add(&j->plan, REQUEST_COMMAND, command, NULL);	/* which is refused, and told */
}

void
job_on_timer(void *arg)
{
	struct job	*j = arg;

	if (j->phase == JOB_GIVEN) {
		end_given(j);
		return;
	}
	if (j->kind != ORDER_OFF && !has_mains(j->all)) {
		if (j->phase != JOB_MAINS)
			log_info(j->all->device, "%s by %s waits for mains", job_word(j), j->origin);
		j->phase = JOB_MAINS;
		j->all->calls->publish(j->all->arg);
		return;
	}
	plan_anew(j);
	j->plan.pause = SIZE_MAX;	/* it is over */
	advance(j);
}
