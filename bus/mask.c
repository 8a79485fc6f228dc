#include <ctype.h>
#include <string.h>

#include "bus/mask.h"

static uint8_t
masked(uint8_t c)
{
	return isdigit(c) ? '1' : isalpha(c) ? 'X' : c;
}

void
mask_bytes(uint8_t *bytes, size_t len, const char *text)
{
	size_t	 i, n = strlen(text);
	uint8_t	*at;

	while (n > 0 && len >= n && (at = memmem(bytes, len, text, n)) != NULL) {
		for (i = 0; i < n; i++)
			at[i] = masked(at[i]);
		len -= (size_t)(at - bytes) + n;
		bytes = at + n;
	}
}
