#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "ctl/busbard.h"
#include "ctl/configured.h"
#include "ctl/private.h"
#include "ctl/record.h"

#define SECONDS_MAX	86400

/* What of its section says how it is reached; the rest may speak of what is not there. */
static const char *const reached[] = { "driver", "port", "profile", "options", "units", "poll", "poll-full" };

static bool
is_reached(const char *name)
{
	size_t	 i;

	for (i = 0; i < nitems(reached); i++)
		if (strcmp(reached[i], name) == 0)
			return true;
	return false;
}

static void
put_section(struct buf *b, const struct conf_item *section)
{
	char	*line;
	size_t	 i;

	buf_printf(b, "device %s {\n", section->title->text);
	for (i = 0; i < section->nitems; i++) {
		if (!is_reached(section->items[i].name))
			continue;
		line = conf_print(&section->items[i]);
		buf_printf(b, "%s\n", line);
		free(line);
	}
	buf_puts(b, "}\n");
}

/* NULL, or why not, malloc'd. */
static char *
find_section(const char *device, struct buf *text)
{
	struct conf		*conf = configured_load();
	const struct conf_item	*items;
	size_t			 n, i;

	items = conf_items(conf, &n);
	for (i = 0; i < n && text->len == 0; i++)
		if (items[i].section && strcmp(items[i].name, "device") == 0 && items[i].title != NULL &&
		    strcasecmp(items[i].title->text, device) == 0)
			put_section(text, &items[i]);
	conf_free(conf);
	return text->len > 0 ? NULL : xasprintf("%s has no device %s", configured_file(), device);
}

static void
write_line(void *arg, char *line)
{
	fprintf(arg, "%s\n", line);
}

static char *
run(int input, const char *seconds, FILE *to)
{
	static const char *const	 none[] = { NULL };
	char				*role = xasprintf("BUSBAR_ROLE=record %s", seconds);
	const struct busbard_run	 how = { .args = none, .variable = role, .input = input,
					    .output = STDOUT_FILENO, .line = write_line, .arg = to };
	int				 status = -1;
	char				*reason = busbard_run(&how, &status);

	free(role);
	if (reason == NULL && status != 0)
		reason = xstrdup("nothing was recorded");	/* it said why */
	return reason;
}

static char *
record_into(FILE *to, const struct buf *section, const char *seconds)
{
	int	 input = private_file(section);
	char	*reason;

	if (input == -1)
		return xasprintf("cannot hand the section on: %s", strerror(errno));
	reason = run(input, seconds, to);
	close(input);
	if (reason == NULL && (fflush(to) == EOF || ferror(to)))
		reason = xstrdup(strerror(errno));
	return reason;
}

char *
record_device(const char *device, const char *file, const char *seconds)
{
	struct buf	 section = { 0 };
	char		*end, *reason;
	long		 time = strtol(seconds, &end, 10);
	FILE		*to;

	if (*end != '\0' || time < 1 || time > SECONDS_MAX)
		return xasprintf("--for %s: wants 1 to %d seconds", seconds, SECONDS_MAX);
	if ((reason = find_section(device, &section)) == NULL) {
		if ((to = fopen(file, "wxe")) == NULL) {
			reason = xasprintf("%s: %s", file, strerror(errno));
		} else {
			reason = record_into(to, &section, seconds);
			fclose(to);
			if (reason != NULL)
				unlink(file);
		}
	}
	buf_free(&section);
	return reason;
}
