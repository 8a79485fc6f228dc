#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "ctl/busbard.h"
#include "ctl/import.h"
#include "ctl/private.h"
#include "ctl/scan-list.h"

/* daemon/scan.h */
#define SCAN_ROLE	"BUSBAR_ROLE=scan"
#define SLOW_ROLE	"BUSBAR_ROLE=scan-slow"

/* -- one run of busbard ---------------------------------------------------------------- */

static void
note_reason(struct scan_list *list, const char *why)
{
	if (list->slow) {
		fprintf(stderr, "busbarctl: %s\n", why);
		return;
	}
	free(list->why);
	list->why = xstrdup(why);
}

/* Comments pass; a name becomes its section, as it was given and not as it was read (secrets). */
static void
show_found(void *arg, char *line)
{
	struct scan_list	*list = arg;
	size_t		 i;

	if (*line == '#')
		puts(line);
	if (strncmp(line, "! ", 2) == 0)
		note_reason(list, line + 2);
	for (i = 0; i < list->n; i++)
		if (strcmp(list->at[i].name, line) == 0) {
			printf("%s\n", list->at[i].text);
			list->at[i].found = true;
			list->found++;
		}
}

static char *
look_with(int input, struct scan_list *list)
{
	static const char *const	 none[] = { NULL };
	const struct busbard_run	 run = { .args = none, .variable = list->slow ? SLOW_ROLE : SCAN_ROLE, .input = input,
					    .output = STDOUT_FILENO, .line = show_found, .arg = list };
	int				 status = -1;
	char				*reason = busbard_run(&run, &status);

	if (reason == NULL && status != 0)
		reason = xstrdup("nothing was looked for");	/* it said why */
	return reason;
}

char *
scan_list_look(struct scan_list *list)
{
	struct buf	 text = { 0 };
	char		*reason;
	size_t		 i;
	int		 fd;

	for (i = 0; i < list->n; i++)
		buf_printf(&text, "%s", list->at[i].text);
	fd = private_file(&text);
	reason = fd == -1 ? xasprintf("cannot hand the addresses on: %s", strerror(errno)) :
	    look_with(fd, list);
	if (fd != -1)
		close(fd);
	buf_free(&text);
	return reason;
}

/* -- sections ------------------------------------------------------------------------------ */

/* more: one more option; NULL: none. */
void
scan_list_add(struct scan_list *s, const char *name, const char *driver, const char *port, char **options, size_t n,
    const char *more)
{
	struct buf	 text = { 0 }, *b = &text;
	const char	*between = "";
	size_t		 i;

	buf_printf(b, "device %s {\n\tdriver = %s\n\tport = ", name, driver);
	import_quote(b, port);
	buf_printf(b, n > 0 || more != NULL ? "\n\toptions = {" : "\n");
	for (i = 0; i < n; i++) {
		if (strncmp(options[i], "port=", 5) == 0)
			continue;
		buf_printf(b, "%s", between);
		import_quote(b, options[i]);
		between = ", ";
	}
	if (more != NULL) {
		buf_printf(b, "%s", between);
		import_quote(b, more);
	}
	buf_printf(b, n > 0 || more != NULL ? "}\n}\n" : "}\n");
	s->at = array_room(s->at, s->n, &s->room, sizeof(*s->at));
	s->at[s->n++] = (struct scan_section){ xstrdup(name), xstrdup(buf_text(b)), false };
	buf_free(b);
}

void
scan_list_clear(struct scan_list *s)
{
	while (s->n > 0) {
		free(s->at[--s->n].name);
		free(s->at[s->n].text);
	}
}

void
scan_list_free(struct scan_list *s)
{
	scan_list_clear(s);
	free(s->at);
	free(s->why);
	s->at = NULL;
	s->why = NULL;
	s->room = 0;
}
