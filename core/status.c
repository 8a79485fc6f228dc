#include <string.h>

#include "core/mem.h"
#include "core/status.h"

static const struct word {
	const char	*word;
	unsigned	 bit;
} words[] = {
#define STATUS_ROW(id, word)	{ word, STATUS_##id },
	STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
	/* other spellings that drivers of the field have used */
	{ "BY", STATUS_BYPASS },
	{ "TIP", STATUS_TEST },
};

static unsigned
bit_of(const char *word, size_t len)
{
	size_t	 i;

	for (i = 0; i < nitems(words); i++)
		if (strncmp(words[i].word, word, len) == 0 && words[i].word[len] == '\0')
			return words[i].bit;
	return 0;
}

unsigned
status_parse(const char *text)
{
	unsigned	 set = 0;
	size_t		 len;

	for (; text != NULL && *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		set |= len == 0 ? 0 : bit_of(text, len);
	}
	return set;
}

const char *
status_text(unsigned set, char room[STATUS_TEXT_MAX])
{
	char	*to = room;
	size_t	 i;

	*to = '\0';
	for (i = 0; i < STATUS_WORDS; i++) {
		if ((set & words[i].bit) == 0)
			continue;
		if (to > room)
			*to++ = ' ';
		to = stpcpy(to, words[i].word);
	}
	return room;
}
