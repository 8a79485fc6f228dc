#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/conf.h"

/*
 * Any bytes: no crash, at least one message or a tree; and a tree without a
 * mistake prints to text that parses to the same tree, which prints the same.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Half of the files are there, and include others; the names tell which. */
static bool
read_some(const char *path, struct conf_file *file, void *arg)
{
	size_t	len = strlen(path);

	if (len % 2 == 1) {
		errno = ENOENT;
		return false;
	}
	file->text = strdup(strpbrk(path, "*?[") != NULL ? "ab\nx\n" : "a = b include xyz\n");
	if (file->text == NULL)
		abort();
	file->len = strlen(file->text);
	return true;
}

static char *
print_all(const struct conf *conf)
{
	const struct conf_item	*items;
	struct buf		 text = {0};
	size_t			 i, n;
	char			*one;

	items = conf_items(conf, &n);
	for (i = 0; i < n; i++) {
		one = conf_print(&items[i]);
		buf_puts(&text, one);
		free(one);
	}
	one = strdup(buf_text(&text));
	buf_free(&text);
	return one;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf_errors	 errors = {0};
	struct conf		*conf, *again;
	char			*text, *twice;

	conf = conf_parse("fuzz", (const char *)data, len, read_some, NULL, &errors);
	text = print_all(conf);
	if (errors.n == 0) {
		again = conf_parse("again", text, strlen(text), NULL, NULL, &errors);
		if (errors.n > 0)
			abort();
		twice = print_all(again);
		if (strcmp(text, twice) != 0)
			abort();
		free(twice);
		conf_free(again);
	}
	free(text);
	conf_free(conf);
	conf_errors_free(&errors);
	return 0;
}
