#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "hid_dump.h"

char *
hid_dump_path(const char *name, const char *suffix)
{
	const char	*shared = getenv("SHARED");

	return xasprintf("%s/devices/hid/%s.%s", shared == NULL ? "../shared" : shared, name, suffix);
}

static size_t
read_hex(const char *s, uint8_t *bytes, size_t room)
{
	size_t		n = 0;
	unsigned	byte;
	int		used;

	for (; n < room && sscanf(s, " %2x%n", &byte, &used) == 1; s += used)
		bytes[n++] = (uint8_t)byte;
	return n;
}

size_t
hid_dump_descriptor(const char *name, uint8_t bytes[HID_DUMP_MAX])
{
	char	*path = hid_dump_path(name, "desc.hex"), line[256];
	FILE	*f = fopen(path, "r");
	size_t	 n = 0;

	free(path);
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		n += read_hex(line, bytes + n, HID_DUMP_MAX - n);
	fclose(f);
	return n;
}

void
hid_dump_reports(const char *name, const char *kind, struct hid_dump_report reports[256])
{
	char			*path = hid_dump_path(name, "reports.txt"), line[1024];
	FILE			*f = fopen(path, "r");
	struct hid_dump_report	 r;
	size_t			 len = strlen(kind);

	free(path);
	memset(reports, 0, 256 * sizeof(*reports));
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, kind, len) != 0 || line[len] != ' ')
			continue;
		r.len = read_hex(line + len, r.bytes, sizeof(r.bytes));
		if (r.len > 0)
			reports[r.bytes[0]] = r;
	}
	fclose(f);
}

size_t
hid_dump_names(char ***names)
{
	char	*pattern = hid_dump_path("*", "desc.hex");
	glob_t	 found;
	size_t	 i, n;
	char	*base;

	*names = NULL;
	if (glob(pattern, 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	n = found.gl_pathc;
	*names = xcalloc(n + 1, sizeof(**names));
	for (i = 0; i < n; i++) {
		base = strrchr(found.gl_pathv[i], '/') + 1;
		(*names)[i] = xstrndup(base, strcspn(base, "."));
	}
	globfree(&found);
	free(pattern);
	return n;
}
