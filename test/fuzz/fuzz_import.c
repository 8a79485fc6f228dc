#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/driver.h"
#include "core/settings.h"
#include "ctl/import.h"

/*
 * Any bytes as NUT's files, all four of them alike: what is made of them is a
 * busbar.conf without a mistake.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct option snmp_options[] = {
	{ "version", NULL, false, "" }, { "community", "public", true, "" }, { "user", NULL, false, "" },
	{ "level", NULL, false, "" }, { "auth", NULL, false, "" }, { "auth-secret", NULL, true, "" },
	{ "priv", NULL, false, "" }, { "priv-secret", NULL, true, "" }, { "timeout", NULL, false, "" },
	{ "retries", NULL, false, "" }, { NULL, NULL, false, NULL }
};
static const struct option nut_options[] = {
	{ "ups", NULL, false, "" }, { "user", NULL, false, "" }, { "password", NULL, true, "" },
	{ NULL, NULL, false, NULL }
};
static const struct option smart_options[] = {
	{ "cable", NULL, false, "" }, { "sdtype", NULL, false, "" }, { "awd", NULL, false, "" }, { "cshdelay", NULL, false, "" },
	{ NULL, NULL, false, NULL }
};
static const struct option qx_options[] = { { "subdriver", NULL, false, "" }, { NULL, NULL, false, NULL } };
static const struct driver_facts facts[] = {
	{ "sim", 1000, 1000, NULL }, { "snmp", 5000, 30000, snmp_options },
	{ "nut", 2000, 2000, nut_options }, { "apcupsd", 2000, 2000, NULL }, { "usbhid", 2000, 30000, NULL },
	{ "shut", 2000, 30000, NULL }, { "apcsmart", 2000, 30000, smart_options }, { "megatec", 2000, 30000, qx_options },
	{ "contact", 2000, 30000, NULL }, { NULL, 0, 0, NULL }
};

static void
check(struct import *im)
{
	struct conf_errors	 errors = {0};
	const char		*text = buf_text(&im->out);
	struct settings		*s = settings_parse("made", text, im->out.len, facts, &errors);

	if (s == NULL) {
		fprintf(stderr, "%s\n%s", errors.texts[0], text);
		abort();
	}
	settings_free(s);
	conf_errors_free(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct nut_file	*file = nut_file_parse("nut", (const char *)data, len);
	struct import	 im = { .ups = file, .upsd = file, .users = file, .upsmon = file, .dir = "/etc/nut" };

	import_all(&im);
	check(&im);
	buf_free(&im.out);
	buf_free(&im.notes);
	buf_free(&im.masked);
	nut_file_free(file);
	return 0;
}
