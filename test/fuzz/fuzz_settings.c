#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/driver.h"
#include "core/settings.h"

/*
 * Any bytes as busbar.conf: settings without a mistake or mistakes without
 * settings; and what a role would be given parses alone, to the same.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct option options[] = {
	{ "community", "public", true, "" }, { "version", "2c", false, "" },
	{ NULL, NULL, false, NULL }
};
static const struct driver_facts facts[] = {
	{ "sim", 1000, 1000, NULL }, { "snmp", 5000, 30000, options }, { NULL, 0, 0, NULL }
};

static struct settings *
parse(const char *text, size_t len)
{
	struct conf_errors	 errors = {0};
	struct settings		*s = settings_parse("fuzz", text, len, facts, &errors);

	if ((s == NULL) != (errors.n > 0))
		abort();
	conf_errors_free(&errors);
	return s;
}

static void
check_parts(const struct settings *s)
{
	struct settings	*nut = parse(s->nut_text, strlen(s->nut_text));
	struct settings	*agentx = parse(s->agentx_text, strlen(s->agentx_text));

	if (nut == NULL || strcmp(nut->nut_text, s->nut_text) != 0)
		abort();
	if (agentx == NULL || strcmp(agentx->agentx_text, s->agentx_text) != 0)
		abort();
	settings_free(nut);
	settings_free(agentx);
}

/* Equal text is what keeps a device from a restart: it must mean the same device. */
static void
check_device(const struct device_settings *d)
{
	struct settings	*s = parse(d->text, strlen(d->text));

	if (s == NULL || s->ndevices != 1 || strcmp(s->devices[0].text, d->text) != 0 ||
	    s->devices[0].max_age_ms != d->max_age_ms || s->devices[0].poll_ms != d->poll_ms)
		abort();
	settings_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct settings	*s = parse((const char *)data, len);
	size_t		 i;

	if (s == NULL)
		return 0;
	check_parts(s);
	for (i = 0; i < s->ndevices; i++)
		check_device(&s->devices[i]);
	settings_free(s);
	return 0;
}
