/* Outlets: what is said of them, and which commands are offered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/outlets-inside.h"
#include "core/remarks.h"
#include "core/traits.h"

#define TICK_MS		1000	/* between looks at a countdown that ends soon */
#define TICK_LATER_MS	10000	/* at another one */
#define SOON_S		60

/* -- what is said ------------------------------------------------------------------------------ */

static bool
is_called(const struct update *u, unsigned number, const char *label)
{
	const struct value	*v;
	char			 name[64], room[VALUE_TEXT_MAX];
	size_t			 i;
	int			 len;

	for (i = 0; outlet_labels[i] != NULL; i++) {
		len = snprintf(name, sizeof(name), "outlet.%u.%s", number, outlet_labels[i]);
		v = update_get(u, var_find(name, (size_t)len));
		if (v != NULL && strcasecmp(value_text(v, room), label) == 0)
			return true;
	}
	return false;
}

/* The number of a configured outlet: its label, or that of the outlet which the device calls so. */
unsigned
outlets_resolve(const struct traits *traits, const struct update *u, const char *label)
{
	unsigned	 number = 0, last = 0;
	const char	*rest;
	char		*end;
	size_t		 i;

	if (strspn(label, "0123456789") == strlen(label)) {
		number = (unsigned)strtoul(label, &end, 10);
		return number <= OUTLET_MAX ? number : 0;
	}
	for (i = 0; i < traits_commands(traits); i++) {
		number = outlet_number(var_name(traits_command(traits, i)), &rest);
		if (number != 0 && number != last && is_called(u, number, label))
			return number;
		last = number;
	}
	return 0;
}

static void
remark(struct update *u, unsigned number, const char *what, const char *text)
{
	update_put_text(u, var_internf(REMARK_OUTLET "%u.%s", number, what), text);
}

static void
put_configured(struct outlets *all, const struct traits *traits, struct update *u)
{
	const struct outlet_settings	*o;
	size_t				 i;

	for (i = 0; i < all->nsettings; i++) {
		o = &all->settings[i];
		all->numbers[i] = outlets_resolve(traits, u, o->label);
		if (all->numbers[i] == 0)
			continue;
		if (o->name != NULL)
			update_put(u, var_internf("outlet.%u.name", all->numbers[i]),
			    (struct value){ .type = V_TEXT, .text = o->name });
		if (o->critical)
			remark(u, all->numbers[i], REMARK_OUTLET_CRITICAL, "yes");
		if (!o->writable)
			remark(u, all->numbers[i], REMARK_OUTLET_READONLY, "yes");
	}
}

/* A label that is misspelt protects nothing: the log says so, once the device has said what it has. */
static void
tell_missing(struct outlets *all)
{
	size_t	 i;

	for (i = 0; i < all->nsettings && !all->told; i++)
		if (all->numbers[i] == 0)
			log_warning(all->device, "outlet %s: the device has none that is called so",
			    all->settings[i].label);
	all->told = true;
}

/* -- countdowns ------------------------------------------------------------------------------ */

void
outlets_on_tick(void *arg)
{
	struct outlets	*all = arg;

	all->calls->publish(all->arg);
}

/* Until it goes off and comes back; -1: it will not, or nobody knows when. */
struct countdown {
	int64_t	 off, on;	/* s */
};

static struct countdown
countdown_of(const struct outlet *o)
{
	int64_t			 left = (o->due - loop_now(o->outlets->loop) + 999) / 1000;
	struct countdown	 c = { -1, -1 };

	if (left < 0)
		left = 0;
	if (o->phase == PHASE_REST) {
		c.on = left;
	} else if (o->phase == PHASE_DELAY) {
		if (outlet_cuts_power(o->command))
			c.off = left;
		if (o->command == OUTLET_DELAYED_ON)
			c.on = left;
		else if (o->command == OUTLET_DELAYED_CYCLE && !o->own_cycle)
			c.on = left + o->rest;
	}
	return c;
}

static void
put_countdown(struct outlet *o, struct update *u)
{
	struct outlets		*all = o->outlets;
	struct countdown	 c = countdown_of(o);
	int64_t			 next = c.off >= 0 ? c.off : c.on;

	if (c.off >= 0)
		update_put(u, var_internf("outlet.%u.timer.shutdown", o->number), value_number(c.off, 0));
	if (c.on >= 0)
		update_put(u, var_internf("outlet.%u.timer.start", o->number), value_number(c.on, 0));
	if (next < 0)
		return;
	next = next > SOON_S ? TICK_LATER_MS : TICK_MS;
	if (!timer_running(all->tick) || timer_left(all->tick) > next)
		timer_set(all->tick, next);
}

static void
put_active(struct outlet *o, struct update *u)
{
	char	*text;

	if (o->phase != PHASE_IDLE) {
		text = outlet_pending_text(o->command, o->due);
		remark(u, o->number, REMARK_OUTLET_PENDING, text);
		free(text);
	}
	if (o->last != OUTLET_NONE) {
		text = outlet_last_text(o->last_result, o->last, o->last_time, o->last_origin);
		remark(u, o->number, REMARK_OUTLET_LAST, text);
		free(text);
	}
}

static void
add_offer(struct outlets *all, unsigned number, enum outlet_command command)
{
	all->offers = array_room(all->offers, all->noffers, &all->offers_room, sizeof(*all->offers));
	all->offers[all->noffers++] = outlet_command_var(number, command);
}

/* An outlet that can be put on and off can be cycled, and all of it later. */
static void
offer_outlet(struct outlets *all, const struct traits *traits, enum var known)
{
	unsigned		 number, command;
	enum outlet_command	 which = outlet_command_of(known, &number);
	bool			 cycle;

	if (which != OUTLET_ON && which != OUTLET_OFF && which != OUTLET_CYCLE)
		return;
	cycle = outlets_switchable(traits, number, OUTLET_CYCLE);
	for (command = OUTLET_ON; command < OUTLET_CANCEL; command++)
		if (outlet_base_of(command) == which || (cycle && outlet_base_of(command) == OUTLET_CYCLE))
			add_offer(all, number, command);
	add_offer(all, number, OUTLET_CANCEL);
}

/* Made anew only when the driver's own commands are others: a PDU has hundreds. */
static void
offer(struct outlets *all, const struct traits *traits, struct update *u)
{
	size_t	 i;

	if (all->from == NULL || !traits_equal(all->from, traits)) {
		traits_release(all->from);
		all->from = traits_copy(traits);
		all->noffers = 0;
		for (i = 0; i < traits_commands(traits); i++)
			offer_outlet(all, traits, traits_command(traits, i));
	}
	for (i = 0; i < all->noffers; i++)
		update_command(u, all->offers[i]);
}

void
outlets_put(struct outlets *all, const struct traits *traits, struct update *u)
{
	struct outlet	*o;

	put_configured(all, traits, u);
	timer_stop(all->tick);
	if (update_get_state(u) == DEVICE_FRESH)
		tell_missing(all);
	if (update_get_state(u) != DEVICE_WAITING)
		offer(all, traits, u);
	TAILQ_FOREACH(o, &all->list, entry) {
		put_active(o, u);
		if (update_get_state(u) != DEVICE_WAITING)
			put_countdown(o, u);
	}
}
