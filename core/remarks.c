/* Which remarks can be kept. */
#include <stdbool.h>

#include "core/mem.h"
#include "core/remarks.h"

#define DIGITS_MAX	5

static const struct {
	const char	*pattern;
	size_t		 max;
} kept[] = {
#define KEPT_ROW(pattern, max)	{ pattern, max },
	REMARK_KEPT_LIST(KEPT_ROW)
#undef KEPT_ROW
};

/* A number without leading zeros: each has one name only. */
static bool
take_number(const char **name)
{
	const char	*from = *name;

	if (*from < '1' || *from > '9')
		return false;
	while (**name >= '0' && **name <= '9')
		++*name;
	return *name - from <= DIGITS_MAX;
}

static bool
fits(const char *name, const char *pattern)
{
	for (; *pattern != '\0'; pattern++)
		if (*pattern == '#') {
			if (!take_number(&name))
				return false;
		} else if (*name++ != *pattern) {
			return false;
		}
	return *name == '\0';
}

size_t
remark_kept_max(const char *name)
{
	size_t	 i;

	for (i = 0; i < nitems(kept); i++)
		if (fits(name, kept[i].pattern))
			return kept[i].max;
	return 0;
}
