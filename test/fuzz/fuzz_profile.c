/*
 * Any bytes as a profile file of the snmp driver, alone and beside the shipped
 * file that others build on: tables come of it, or mistakes with their lines,
 * and never both silence and nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/mem.h"
#include "drivers/snmp/profile.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
no_files(const char *path, struct conf_file *file, void *arg)
{
	return false;
}

static void
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	struct snmp_knowledge	*knowledge = snmp_learn(profiles, n, errors);

	assert(knowledge != NULL || errors->n > 0);
	if (knowledge != NULL)
		snmp_forget(knowledge);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char	 ground[] = "profile ground { probe = 1.3.6.1.2.1.1.1.0\n"
				    "often { variable ups.load { oid = 1.3.6.1.2.1.33.1.4.4.1.5.1 } } }\n";
	struct conf_errors	 errors = { 0 };
	struct conf		*fuzzed, *shipped;

	fuzzed = conf_parse("fuzz", (const char *)data, len, no_files, NULL, &errors);
	shipped = conf_parse("ground", ground, strlen(ground), no_files, NULL, &errors);
	learn((const struct conf *const []){ fuzzed }, 1, &errors);
	learn((const struct conf *const []){ shipped, fuzzed }, 2, &errors);
	conf_free(fuzzed);
	conf_free(shipped);
	conf_errors_free(&errors);
	return 0;
}
