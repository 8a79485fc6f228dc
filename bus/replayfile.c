#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bus/replayfile.h"
#include "core/mem.h"

#define PREFIX		"replay:"
#define PIECE		65536
#define SIZE_LAST	(16 << 20)

bool
replayfile_is(const char *port)
{
	return strncmp(port, PREFIX, strlen(PREFIX)) == 0;
}

bool
replayfile_read(const char *port, struct buf *text, char **why)
{
	const char	*path = port + strlen(PREFIX);
	FILE		*f = fopen(path, "re");
	size_t		 n;

	*why = NULL;
	if (f == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	while (text->len <= SIZE_LAST && (n = fread(buf_reserve(text, PIECE), 1, PIECE, f)) > 0)
		buf_grew(text, n);
	if (ferror(f) || text->len > SIZE_LAST)
		*why = xasprintf("%s: %s", path, ferror(f) ? strerror(errno) : "too large");
	fclose(f);
	if (*why != NULL)
		buf_free(text);
	return *why == NULL;
}
