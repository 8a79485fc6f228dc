/*
 * Serial ports: nothing tells what is on one but to ask, and a question is an
 * order to some.  So only named ports are asked, after a word of consent, by
 * one driver after the other, never those that a device of the configuration
 * has, and never for what drivers cannot ask (contact closure).
 */
#include <sys/stat.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ctl/configured.h"
#include "ctl/scan.h"
#include "ctl/scan-list.h"

#define NAME_MAX_LENGTH	32

/*
 * APC's protocol comes first: it begins with one letter that means nothing to
 * the others, while letters of their questions are orders (self-test,
 * calibration) to an APC unit that listens.
 */
static const char *const askers[] = { "apcsmart", "megatec" };

/* -- which may be asked ------------------------------------------------------------------ */

static bool
is_port(const char *configured, const void *port)
{
	char	*x = realpath(configured, NULL), *y = realpath(port, NULL);
	bool	 same = x != NULL && y != NULL ? strcmp(x, y) == 0 : strcmp(configured, port) == 0;

	free(x);
	free(y);
	return same;
}

static char *
mistake_of(const struct conf *conf, const char *port)
{
	const char	*owner = configured_owner(conf, is_port, port);
	struct stat	 st;

	if (owner != NULL)
		return xasprintf("%s: device %s of the configuration has it", port, owner);
	if (*port != '/' || stat(port, &st) == -1 || !S_ISCHR(st.st_mode))
		return xasprintf("%s: no serial port; /dev/ttyS0 is, or one of /dev/serial/by-id", port);
	return NULL;
}

static char *
mistake(char *const *ports, size_t n)
{
	struct conf	*conf = configured_load();
	char		*reason = NULL;
	size_t		 i;

	for (i = 0; i < n && reason == NULL; i++)
		reason = mistake_of(conf, ports[i]);
	conf_free(conf);
	return reason;
}

/* -- asking ------------------------------------------------------------------------------- */

/* "ups-ttyS0", "ups2-ttyS1", of letters that a name may have. */
static void
name_of(const char *port, size_t number, char name[NAME_MAX_LENGTH + 1])
{
	const char	*last = strrchr(port, '/') + 1;
	char		*p;

	if (number == 0)
		snprintf(name, NAME_MAX_LENGTH + 1, "ups-%.28s", last);
	else
		snprintf(name, NAME_MAX_LENGTH + 1, "ups%u-%.18s", (unsigned)number + 1, last);
	for (p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			*p = '-';
}

/* Those that have not answered yet. */
static char *
ask_with(const char *driver, char *const *ports, bool *answered, size_t n, size_t *found)
{
	struct scan_list	 list = { .slow = true };
	char			 name[NAME_MAX_LENGTH + 1], *reason;
	size_t			 i, at = 0;

	for (i = 0; i < n; i++) {
		name_of(ports[i], i, name);
		if (!answered[i])
			scan_list_add(&list, name, driver, ports[i], NULL, 0, NULL);
	}
	reason = list.n > 0 ? scan_list_look(&list) : NULL;
	for (i = 0; i < n; i++)
		if (!answered[i])
			answered[i] = list.at[at++].found;
	*found += list.found;
	scan_list_free(&list);
	return reason;
}

char *
scan_serial(char *const *ports, size_t n, bool confirmed)
{
	struct scan_list	 all = { 0 };
	bool			*answered;
	char			*reason = mistake(ports, n);
	size_t			 i;

	if (reason == NULL && !confirmed)
		reason = xstrdup("questions for UPSes may be orders to what else is on a port: --yes if no such thing is");
	if (reason != NULL)
		return reason;
	answered = xcalloc(n, sizeof(bool));
	for (i = 0; i < nitems(askers) && reason == NULL; i++)
		reason = ask_with(askers[i], ports, answered, n, &all.found);
	free(answered);
	return scan_verdict(reason, &all);
}
