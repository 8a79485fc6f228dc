/*
 * Any bytes as lines: the words of a line are free of control bytes, and
 * quoted they come back the same; what is cut is the beginning of the whole.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/mem.h"

#define WORDS	8

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_word(const char *word)
{
	for (; *word != '\0'; word++)
		assert((uint8_t)*word >= ' ' && *word != 0x7f);
}

static bool
starts_character(char c)
{
	return ((uint8_t)c & 0xc0) != 0x80;
}

static void
check_cut(const char *word, size_t max)
{
	struct buf	 b = {0};
	const char	*part;
	bool		 whole = line_quote_cut(&b, word, max);
	size_t		 len;

	assert(b.len >= 2 && b.len <= max);
	buf_putc(&b, '\n');
	assert(line_length((char *)buf_bytes(&b), b.len) == b.len);
	assert(line_split((char *)buf_bytes(&b), b.len - 1, &part, 1) == 1);
	len = strlen(part);
	assert(strncmp(word, part, len) == 0);
	assert(whole ? word[len] == '\0' : len == 0 || starts_character(word[len]));
	buf_free(&b);
}

static void
check_line(char *line, size_t len)
{
	const char	*words[WORDS], *again[WORDS];
	struct buf	 b = {0};
	size_t		 i, n = line_split(line, len, words, WORDS), kept = n < WORDS ? n : WORDS;

	for (i = 0; i < kept; i++) {
		check_word(words[i]);
		line_quote(&b, words[i]);
		buf_putc(&b, ' ');
		check_cut(words[i], 2 + len % 32);
	}
	buf_putc(&b, '\n');
	assert(line_length((char *)buf_bytes(&b), b.len) == b.len);
	assert(line_split((char *)buf_bytes(&b), b.len - 1, again, WORDS) == kept);
	for (i = 0; i < kept; i++)
		assert(strcmp(words[i], again[i]) == 0);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	*copy = xmalloc(len + 1), *p = copy;
	size_t	 n;

	memcpy(copy, data, len);
	copy[len] = '\0';
	while ((n = line_length(p, len)) > 0) {
		assert(n <= len && p[n - 1] == '\n');
		check_line(p, n - 1);
		p += n;
		len -= n;
	}
	check_line(p, len);
	free(copy);
	return 0;
}
