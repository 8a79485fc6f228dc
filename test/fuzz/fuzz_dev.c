/* Recordings (.dev and .seq), and what a device that plays one makes of commands. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/sim/act.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const commands[] = {
	"load.off", "load.on", "shutdown.return", "test.battery.start.quick", "test.failure.start",
	"outlet.1.load.cycle", "beeper.toggle", "calibrate.start", "bypass.start", "shutdown.stop",
};

/* A name is kept for ever once it is given a number, so that only known ones are played. */
static bool
names_known(const struct dev *dev)
{
	size_t	i;

	for (i = 0; i < dev->nlines; i++)
		if (var_find(dev->lines[i].name, strlen(dev->lines[i].name)) == VAR_NONE)
			return false;
	return true;
}

static void
play(struct dev *dev)
{
	struct act	*act = act_new();
	const char	*detail;
	int64_t		 now = 0, next;
	size_t		 i;

	act_file(act, dev, true, now);
	for (i = 0; i < 5 * nitems(commands); i++) {
		act_command(act, commands[i % nitems(commands)], NULL, now, &detail);
		next = act_next(act, now);
		now += next < 0 || next > 1000 ? 1000 : next;
		act_play(act, now);
	}
	act_free(act);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		*why = NULL;
	struct dev	*dev = dev_parse((const char *)data, size, &why);

	if (dev == NULL) {
		if (why == NULL || strlen(why) == 0)
			abort();
		free(why);
		return 0;
	}
	if (names_known(dev))
		play(dev);
	else
		dev_free(dev);
	return 0;
}
