/* Orders to go off or on: what is shown of them, and what the device shows. */
#include <inttypes.h>

#include "core/flags.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/shutdowns-inside.h"
#include "core/status.h"

enum var
job_timer(enum order_kind kind)
{
	static const enum var	 timers[] = {
		[ORDER_OFF] = VAR_UPS_TIMER_SHUTDOWN, [ORDER_ON] = VAR_UPS_TIMER_START,
		[ORDER_REBOOT] = VAR_UPS_TIMER_REBOOT,
	};

	return timers[kind];
}

bool
job_is_counted(const struct job *j)
{
	return j->phase == JOB_COUNTING || j->phase == JOB_MAINS;
}

#define SHOWN_MS	3000	/* after it was told to count: from then on the device's own reading is believed */

static int64_t
left_of(const struct shutdowns *s, const struct job *j)
{
	int64_t	 left = j->due - loop_now(s->loop);

	return left > 0 ? left : 0;
}

/* Whether the device itself shows the countdown, or says that there is none any more. */
static bool
device_shows(const struct shutdowns *s, const struct job *j, const struct update *u)
{
	const struct value	*v = update_get(u, job_timer(j->kind));

	if (v == NULL || v->type != V_NUMBER)
		return false;
	if (v->digits > 0 && value_scaled(v, 0) != 65535)
		return !job_is_counted(j);
	return j->phase == JOB_GIVEN && loop_now(s->loop) - (j->due - j->plan.given * 1000) > SHOWN_MS;
}

static void
put_job(struct shutdowns *s, const struct job *j, struct update *u)
{
	int64_t	 left = left_of(s, j), next = (left + 999) % 1000 + 1;

	if (j->phase == JOB_IDLE)
		return;
	update_put_text(u, var_internf("experimental.%s.counter", var_name(job_timer(j->kind))),
	    job_is_counted(j) ? "busbard" : "device");
	if (device_shows(s, j, u))
		return;
	update_put(u, job_timer(j->kind), value_number((left + 999) / 1000, 0));
	if (left > 0 && (!timer_running(s->tick) || timer_left(s->tick) > next))
		timer_set(s->tick, next);
}

void
shutdowns_put(struct shutdowns *s, struct update *u)
{
	timer_stop(s->tick);
	put_job(s, &s->off, u);
	put_job(s, &s->on, u);
	if (s->cut.open && loop_now(s->loop) >= s->cut.due && (update_get_state(u) != DEVICE_FRESH ||
	    (readings_of_update(u).status & STATUS_OFF) != 0))
		s->cut.seen = true;
}

uint64_t
shutdowns_flags(const struct shutdowns *s, const struct update *u)
{
	struct readings	 r = readings_of_update(u);
	uint64_t	 flags;

	if (!s->cut.open || loop_now(s->loop) < s->cut.due || (r.status & STATUS_OFF) == 0)
		return 0;
	flags = FLAG_BIT(s->cut.system ? FLAG_UPS_OFF_AS_REQUESTED : FLAG_OUTPUT_OFF_AS_REQUESTED);
	if (s->cut.restart && (r.status & STATUS_OB) != 0)
		flags |= FLAG_BIT(FLAG_AWAITING_POWER);
	return flags;
}

static void
look_for_return(struct shutdowns *s)
{
	struct readings	 r = s->calls->readings(s->arg);
	int64_t		 late = loop_now(s->loop) - s->cut.due;

	if (late <= 0 || r.state != DEVICE_FRESH || (r.status & STATUS_OL) == 0 || (r.status & STATUS_OFF) != 0 ||
	    (!s->cut.seen && late < SHUTDOWN_SEEN_MS))
		return;
	s->cut.open = false;
	if (s->cut.seen)
		log_info(s->device, "it is on again after the shutdown");
	else
		log_warning(s->device, "%" PRId64 " s after it was to go off it still feeds its output", late / 1000);
	s->calls->publish(s->arg);
}

/* A device that counts coarsely shows what it made of the delay that it was set to. */
static void
take_real_delay(struct shutdowns *s, struct job *j)
{
	int64_t	 own;

	if (j->phase != JOB_GIVEN || j->kind == ORDER_REBOOT)
		return;
	own = plan_own_delay(s, j->plan.steps[j->plan.n - 1].name);
	if (own <= j->plan.given)
		return;
	j->due += (own - j->plan.given) * 1000;
	j->plan.given = own;
	timer_set(j->timer, left_of(s, j));
	if (j->kind == ORDER_OFF)
		s->cut.due = j->due;
	s->calls->publish(s->arg);
}

void
shutdowns_seen(struct shutdowns *s, bool polled)
{
	if (!polled)
		return;
	take_real_delay(s, &s->off);
	take_real_delay(s, &s->on);
	if (s->on.phase == JOB_MAINS)
		job_on_timer(&s->on);
	if (s->cut.open)
		look_for_return(s);
}

bool
shutdowns_pending(const struct shutdowns *s)
{
	return s->off.phase != JOB_IDLE || s->cut.open || (s->on.kind == ORDER_REBOOT && s->on.phase != JOB_IDLE);
}
