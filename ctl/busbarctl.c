/* busbarctl: asks and steers a running busbard.  doc/busbarctl.8 says how it is used. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "core/mem.h"
#include "ctl/busbard.h"
#include "ctl/client.h"
#include "ctl/import.h"
#include "ctl/password.h"
#include "ctl/record.h"
#include "ctl/scan.h"
#include "ctl/show.h"
#include "ctl/tls-init.h"
#include "ctl/view.h"
#include "ctl/words.h"

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_NO_DAEMON };

struct options {
	const char		*socket;
	bool			 json, confirm, clear, yes;
	const char		*since, *device;	/* of events; NULL: not given */
	const char		*seconds;	/* of record; NULL: not given */
	char			**args;		/* of the verb */
	const struct shower	*shower;
};

/* -- usage ------------------------------------------------------------------------ */

static const char	usage_text[] =
"usage: busbarctl [-s SOCKET] [--json] VERB ...\n"
"\n"
"  list                                  one line for each device\n"
"  list --server                         the NUT listener's counters and limits\n"
"  show DEVICE                           every variable, as upsc prints it\n"
"  watch [DEVICE]                        changes as they happen\n"
"  run DEVICE COMMAND [ARG] [--confirm]  an instant command; waits for its outcome\n"
"  set DEVICE VARIABLE VALUE [--confirm] likewise\n"
"  fsd DEVICE [--clear]                  a forced shutdown: its hosts must go; or takes it back\n"
"  snmpd-view DEVICE[:OUTLET] or GROUP   the view of snmpd.conf that opens just its commands\n"
"  events [--since TIME] [--device D]    the journal: what happened, who commanded what\n"
"  check [FILE]                          checks a configuration, as busbard -n does\n"
"  reload                                has the daemon read its configuration again\n"
"  password                              reads a password, prints a password-hash line\n"
"  import-nut DIR                        prints a busbar.conf made of NUT's files\n"
"  record DEVICE FILE [--for SECONDS]    what goes over its wire, to be sent to us and replayed\n"
"  scan snmp NETWORK [NAME=VALUE ...]    finds devices, prints their sections of busbar.conf\n"
"  scan nut HOST[:PORT] [NAME=VALUE ...] likewise, those of another NUT server\n"
"  scan usb                              likewise, those on USB\n"
"  scan serial PORT ... --yes            likewise, those on serial ports\n"
"  tls-init DIR NAME                     makes certificates for the NUT listener and its clients\n"
"\n"
"  -s SOCKET   the daemon's control socket, default " RUNDIR "/control\n"
"  --json      JSON instead of text\n"
"  --confirm   yes, even though it is critical\n"
"  -V          version\n";

static int
usage(const char *what, const char *word)
{
	fprintf(stderr, "busbarctl: %s%s%s\n%s", what, word != NULL ? " " : "", word != NULL ? word : "",
	    usage_text);
	return EXIT_USAGE;
}

/* -- verbs that ask the daemon ------------------------------------------------------- */

/* Shows the records up to OK or ERR. */
static int
show_answer(struct client *client, const struct shower *shower, struct show *show, char **reason)
{
	const char	*words[WORDS_ANSWER_MAX];
	size_t		 n;

	while ((n = client_next(client, words, nitems(words))) > 0) {
		if (strcmp(words[0], "OK") == 0)
			return EXIT_DONE;
		if (strcmp(words[0], "ERR") == 0) {
			*reason = xstrdup(n > 1 ? words[1] : "refused");
			return EXIT_REFUSED;
		}
		shower->record(show, words, n);
	}
	*reason = xstrdup("the daemon hung up");
	return EXIT_NO_DAEMON;
}

static int
ask(const struct options *o, const char *verb, const char *const *words, size_t n)
{
	struct client	*client = client_open(o->socket);
	struct show	*show;
	char		*reason = NULL;
	int		 status;

	if (client == NULL && (errno == EACCES || errno == EPERM)) {
		fprintf(stderr, "busbarctl: %s: %s\n", o->socket, strerror(errno));
		return EXIT_REFUSED;
	}
	if (client == NULL) {
		fprintf(stderr, "busbarctl: no daemon at %s: %s\n", o->socket, strerror(errno));
		return EXIT_NO_DAEMON;
	}
	show = o->shower->begin(verb);
	if (!client_ask(client, words, n)) {
		reason = xstrdup("the daemon hung up");
		status = EXIT_NO_DAEMON;
	} else
		status = show_answer(client, o->shower, show, &reason);
	/* What is watched comes after the OK, and ends only with a reason. */
	if (status == EXIT_DONE && strcmp(verb, "watch") == 0)
		status = show_answer(client, o->shower, show, &reason);
	o->shower->end(show, reason);
	client_free(client);
	free(reason);
	return status;
}

static int
verb_list(const struct options *o, size_t n)
{
	if (n == 0)
		return ask(o, "list", (const char *[]){ "LIST" }, 1);
	if (strcmp(o->args[0], "--server") != 0)
		return usage("what is", o->args[0]);
	return ask(o, "show", (const char *[]){ "SERVER" }, 1);
}

static int
verb_show(const struct options *o, size_t n)
{
	return ask(o, "show", (const char *[]){ "SHOW", o->args[0] }, 2);
}

static int
verb_watch(const struct options *o, size_t n)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	return ask(o, "watch", (const char *[]){ "WATCH", o->args[0] }, n + 1);
}

static int
verb_run(const struct options *o, size_t n)
{
	return ask(o, "run", (const char *[]){ "RUN", o->confirm ? "yes" : "no", o->args[0], o->args[1],
	    n > 2 ? o->args[2] : NULL }, n + 2);
}

static int
verb_set(const struct options *o, size_t n)
{
	return ask(o, "set", (const char *[]){ "SET", o->confirm ? "yes" : "no", o->args[0], o->args[1],
	    o->args[2] }, n + 2);
}

static int
verb_snmpd_view(const struct options *o, size_t n)
{
	struct options	view = *o;

	view.shower = &show_view;
	return ask(&view, "snmpd-view", (const char *[]){ "VIEW", o->args[0] }, 2);
}

static int
verb_fsd(const struct options *o, size_t n)
{
	return ask(o, "fsd", (const char *[]){ "FSD", o->clear ? "clear" : "set", o->args[0] }, 3);
}

/* "2026-11-27", "2026-11-27 13:45", "2026-11-27T13:45:10", "90m", "12h", "7d" (ago), seconds since 1970; -1: none of them. */
static time_t
parse_time(const char *text)
{
	static const char *const	 forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
					    "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	static const struct { char unit; time_t s; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char				*end;
	unsigned long long		 number = strtoull(text, &end, 10);
	size_t				 i;

	if (end != text && *end == '\0' && *text != '-')
		return (time_t)number;
	for (i = 0; i < nitems(units); i++)
		if (end != text && *text != '-' && *end == units[i].unit && end[1] == '\0')
			return time(NULL) - (time_t)number * units[i].s;
	for (i = 0; i < nitems(forms); i++) {
		struct tm	 tm = { .tm_isdst = -1 };
		const char	*rest = strptime(text, forms[i], &tm);

		if (rest != NULL && *rest == '\0')
			return mktime(&tm);
	}
	return -1;
}

static int
verb_events(const struct options *o, size_t n)
{
	const char	*words[] = { "EVENTS", NULL, o->device };
	time_t		 since = o->since == NULL ? 0 : parse_time(o->since);
	char		*text;
	int		 status;

	if (since == -1)
		return usage("no time is", o->since);
	text = xasprintf("%lld", (long long)since);
	words[1] = text;
	status = ask(o, "events", words, o->device == NULL ? 2 : 3);
	free(text);
	return status;
}

static int
verb_reload(const struct options *o, size_t n)
{
	return ask(o, "reload", (const char *[]){ "RELOAD" }, 1);
}

/* -- check: busbard itself does it ------------------------------------------------------ */

struct checking {
	const struct shower	*shower;
	struct show		*show;
};

/* Its mistakes, one a line on standard error, become records. */
static void
show_mistake(void *arg, char *line)
{
	const struct checking	*c = arg;
	const char		*words[2] = { "MISTAKE", line };

	c->shower->record(c->show, words, nitems(words));
}

static int
verb_check(const struct options *o, size_t n)
{
	const char		*args[] = { "-n", n > 0 ? "-c" : NULL, n > 0 ? o->args[0] : NULL, NULL };
	struct checking		 checking = { o->shower, o->shower->begin("check") };
	struct busbard_run	 run = { .args = args, .input = -1, .output = STDERR_FILENO,
				    .quiet = o->json,	/* its "FILE: ok" is none */
				    .line = show_mistake, .arg = &checking };
	int			 status = -1;
	char			*reason = busbard_run(&run, &status);
	bool			 well = reason == NULL && status == 0;

	if (reason == NULL && !well)
		reason = xstrdup("the configuration is wrong");
	o->shower->end(checking.show, reason);
	free(reason);
	return well ? EXIT_DONE : EXIT_REFUSED;
}

/* -- verbs that need no daemon ----------------------------------------------------------- */

/* reason: NULL, or why not, which is freed. */
static int
outcome(char *reason)
{
	if (reason == NULL)
		return EXIT_DONE;
	fprintf(stderr, "busbarctl: %s\n", reason);
	free(reason);
	return EXIT_REFUSED;
}

static int
verb_password(const struct options *o, size_t n)
{
	return outcome(password_print());
}

static int
verb_import_nut(const struct options *o, size_t n)
{
	return outcome(import_nut(o->args[0]));
}

static int
verb_scan(const struct options *o, size_t n)
{
	bool	serial = strcmp(o->args[0], "serial") == 0;

	if (strcmp(o->args[0], "usb") == 0)
		return n == 1 ? outcome(scan_usb()) : usage("too many arguments for", "scan usb");
	if (n < 2)
		return usage("scan wants a network, a host or ports behind", o->args[0]);
	if (o->yes && !serial)
		return usage("nothing to agree to with", o->args[0]);
	if (serial)
		return outcome(scan_serial(o->args + 1, n - 1, o->yes));
	if (strcmp(o->args[0], "snmp") == 0)
		return outcome(scan_snmp(o->args[1], o->args + 2, n - 2));
	if (strcmp(o->args[0], "nut") == 0)
		return outcome(scan_nut(o->args[1], o->args + 2, n - 2));
	return usage("nothing to scan by the name of", o->args[0]);
}

static int
verb_record(const struct options *o, size_t n)
{
	return outcome(record_device(o->args[0], o->args[1], o->seconds != NULL ? o->seconds : "60"));
}

static int
verb_tls_init(const struct options *o, size_t n)
{
	return tls_init(o->args[0], o->args[1]) == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* -- verbs -------------------------------------------------------------------------------- */

enum { TAKES_JSON = 1, TAKES_CONFIRM = 2, TAKES_CLEAR = 4, TAKES_SINCE = 8, TAKES_YES = 16, TAKES_FOR = 32 };

static const struct verb {
	const char	*name;
	size_t		 least, most;	/* arguments */
	int		(*run)(const struct options *, size_t n);
	unsigned	 takes;		/* options besides the common ones */
} verbs[] = {
	{ "list",	0, 1, verb_list,	TAKES_JSON },
	{ "show",	1, 1, verb_show,	TAKES_JSON },
	{ "watch",	0, 1, verb_watch,	TAKES_JSON },
	{ "run",	2, 3, verb_run,		TAKES_JSON | TAKES_CONFIRM },
	{ "set",	3, 3, verb_set,		TAKES_JSON | TAKES_CONFIRM },
	{ "fsd",	1, 1, verb_fsd,		TAKES_JSON | TAKES_CLEAR },
	{ "snmpd-view",	1, 1, verb_snmpd_view,	0 },
	{ "events",	0, 0, verb_events,	TAKES_JSON | TAKES_SINCE },
	{ "check",	0, 1, verb_check,	TAKES_JSON },
	{ "reload",	0, 0, verb_reload,	TAKES_JSON },
	{ "password",	0, 0, verb_password,	0 },
	{ "import-nut",	1, 1, verb_import_nut,	0 },
	{ "scan",	1, 2 + SCAN_OPTIONS, verb_scan, TAKES_YES },
	{ "record",	2, 2, verb_record,	TAKES_FOR },
	{ "tls-init",	2, 2, verb_tls_init,	0 },
};

static int
run_verb(const struct options *o, const char *name, size_t n)
{
	size_t	i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			break;
	if (i == nitems(verbs))
		return usage("no verb", name);
	if (n < verbs[i].least)
		return usage("too few arguments for", name);
	if (n > verbs[i].most)
		return usage("too many arguments for", name);
	if (o->confirm && !(verbs[i].takes & TAKES_CONFIRM))
		return usage("nothing to confirm with", name);
	if (o->clear && !(verbs[i].takes & TAKES_CLEAR))
		return usage("nothing to clear with", name);
	if ((o->since != NULL || o->device != NULL) && !(verbs[i].takes & TAKES_SINCE))
		return usage("no --since and --device of", name);
	if (o->seconds != NULL && !(verbs[i].takes & TAKES_FOR))
		return usage("no --for of", name);
	if (o->yes && !(verbs[i].takes & TAKES_YES))
		return usage("nothing to agree to with", name);
	if (o->json && !(verbs[i].takes & TAKES_JSON))
		return usage("no JSON of", name);
	return verbs[i].run(o, n);
}

/* -- options --------------------------------------------------------------------------------- */

enum { OPTION_JSON = 256, OPTION_CONFIRM };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "confirm", no_argument, NULL, OPTION_CONFIRM },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/*
 * Behind the verb only whole words are options, so that a value may begin
 * with a dash; what follows "--" is none at all.  Returns how many are left.
 */
static size_t
take_options(struct options *o, char **args)
{
	size_t	n = 0;
	bool	open = true;

	for (; *args != NULL; args++) {
		if (open && strcmp(*args, "--") == 0)
			open = false;
		else if (open && strcmp(*args, "--json") == 0)
			o->json = true;
		else if (open && strcmp(*args, "--confirm") == 0)
			o->confirm = true;
		else if (open && strcmp(*args, "--clear") == 0)
			o->clear = true;
		else if (open && strcmp(*args, "--yes") == 0)
			o->yes = true;
		else if (open && strcmp(*args, "--since") == 0 && args[1] != NULL)
			o->since = *++args;
		else if (open && strcmp(*args, "--device") == 0 && args[1] != NULL)
			o->device = *++args;
		else if (open && strcmp(*args, "--for") == 0 && args[1] != NULL)
			o->seconds = *++args;
		else
			o->args[n++] = *args;
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct options	o = { .socket = RUNDIR "/control" };
	const char	*verb;
	size_t		 n;
	int		 c;

	while ((c = getopt_long(argc, argv, "+s:hV", long_options, NULL)) != -1) {
		switch (c) {
		case 's': o.socket = optarg; break;
		case OPTION_JSON: o.json = true; break;
		case OPTION_CONFIRM: o.confirm = true; break;
		case 'h': fputs(usage_text, stdout); return EXIT_DONE;
		case 'V': puts("busbarctl " PACKAGE_VERSION); return EXIT_DONE;
		default: fputs(usage_text, stderr); return EXIT_USAGE;
		}
	}
	if ((verb = argv[optind]) == NULL)
		return usage("what shall be done?", NULL);
	o.args = argv + optind;		/* the verb's place is free for them */
	n = take_options(&o, argv + optind + 1);
	o.shower = o.json ? &show_json : &show_text;
	return run_verb(&o, verb, n);
}
