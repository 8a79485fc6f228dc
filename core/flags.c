#include "core/flags.h"

#include <string.h>

/* The words of core/flags.h, found and named. */

static const struct {
	const char	*word, *text;
} flags[FLAG_END] = {
#define FLAG_ROW(number, id, word, text)	[number] = { word, text },
	FLAG_LIST(FLAG_ROW)
#undef FLAG_ROW
};

enum flag
flag_find(const char *word, size_t len)
{
	for (enum flag flag = FLAG_NONE + 1; flag < FLAG_END; flag++) {
		if (strlen(flags[flag].word) == len && memcmp(flags[flag].word, word, len) == 0)
			return flag;
	}
	return FLAG_NONE;
}

const char *
flag_word(enum flag flag)
{
	return flags[flag].word;
}

const char *
flag_text(enum flag flag)
{
	return flags[flag].text;
}

uint64_t
flags_parse(const char *words)
{
	uint64_t set = 0;

	if (words == NULL)
		return 0;
	for (;;) {
		words += strspn(words, " ");
		size_t len = strcspn(words, " ");
		if (len == 0)
			return set & ~FLAG_BIT(FLAG_NONE);
		set |= FLAG_BIT(flag_find(words, len));
		words += len;
	}
}
