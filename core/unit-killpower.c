/*
 * The driver host: driver.killpower, NUT's name for "cut the power, whatever it
 * takes".  It stands for the first command of the setting shutdown that the
 * device has, and is there where the configuration allows it.
 */
#include "core/host.h"
#include "core/traits.h"

static enum var
killpower(void)
{
	return var_intern("driver.killpower");
}

static enum var
shutdown_command(const struct target *t)
{
	const struct strings	*list = &t->unit->settings->shutdown;
	enum var		 command;
	size_t			 i;

	for (i = 0; i < list->n; i++)
		if (traits_can(t->traits, command = var_intern(list->at[i])))
			return command;
	return VAR_NONE;
}

void
target_offer_killpower(const struct target *t, struct update *u)
{
	if (t->unit->settings->allow_killpower && shutdown_command(t) != VAR_NONE)
		update_command(u, killpower());
}

enum var
target_command_of(const struct target *t, enum var name)
{
	return name == killpower() && t->unit->settings->allow_killpower ? shutdown_command(t) : name;
}
