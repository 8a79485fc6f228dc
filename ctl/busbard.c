#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "ctl/busbard.h"

char *
busbard_path(void)
{
	char	 self[PATH_MAX], *beside;
	ssize_t	 n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return xstrdup(SBINDIR "/busbard");
	self[n] = '\0';
	beside = xasprintf("%s/busbard", dirname(self));
	if (access(beside, X_OK) == 0)
		return beside;
	free(beside);
	return xstrdup(SBINDIR "/busbard");
}
