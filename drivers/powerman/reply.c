#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/powerman/reply.h"

#define PROMPT		"powerman> "
#define LABEL_MAX	63

ssize_t
reply_frame(const uint8_t *s, size_t len)
{
	size_t	n = strlen(PROMPT);

	if (len > 0 && memcmp(s, PROMPT, len < n ? len : n) == 0)
		return len < n ? 0 : (ssize_t)n;
	return frame_lf(s, len);
}

bool
reply_is_prompt(const char *frame)
{
	return strcmp(frame, PROMPT) == 0;
}

int
reply_parse(char *line, char **text)
{
	char	*end;
	long	 code;

	if (!isdigit((unsigned char)line[0]) || !isdigit((unsigned char)line[1]) || !isdigit((unsigned char)line[2]))
		return -1;
	code = strtol(line, &end, 10);
	if (end != line + 3 || (*end != ' ' && *end != '\r' && *end != '\n' && *end != '\0'))
		return -1;
	*text = end + strspn(end, " ");
	for (end = *text + strlen(*text); end > *text && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	return (int)code;
}

bool
reply_pair(char *text, char **label, char **value)
{
	char	*colon = strstr(text, ": ");

	if (colon == NULL)
		return false;
	*colon = '\0';
	*label = text;
	*value = colon + 2 + strspn(colon + 2, " ");
	return reply_is_label(text);
}

bool
reply_is_label(const char *s)
{
	size_t	i;

	for (i = 0; s[i] != '\0'; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("._-+/@%", s[i]) == NULL)
			return false;
	return i > 0 && i <= LABEL_MAX;
}
