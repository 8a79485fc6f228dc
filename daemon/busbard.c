/* busbard: options, one process or several, signals. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"
#include "bus/resolve.h"
#include "core/log.h"
#include "core/mem.h"
#include "daemon/engine.h"
#include "daemon/hosting.h"
#include "daemon/late.h"
#include "daemon/notify.h"
#include "daemon/record.h"
#include "daemon/role.h"
#include "daemon/scan.h"
#include "daemon/spawn.h"

#define EXIT_USAGE	2
#define LOG_VARIABLE	"BUSBAR_LOG"	/* for roles: stderr or syslog, and how much */

struct options {
	struct engine_options	 engine;
	bool			 foreground, check, late;
	char			**names;	/* of devices, for late */
	size_t			 nnames;
	int			 verbose;
};

struct program {
	struct loop	*loop;
	struct engine	*engine;
	struct timer	*alive;
};

static const struct publisher *const publishers[] = { &nut_publisher, &agentx_publisher, &store_publisher };

/* -- options -------------------------------------------------------------------------- */

static _Noreturn void
usage(void)
{
	fprintf(stderr, "usage: busbard [-1fnvV] [-c FILE] [-S STATE_DIR] [-R RUN_DIR]\n"
	    "       busbard -k [-v] [-c FILE] [DEVICE ...]\n");
	exit(EXIT_USAGE);
}

static _Noreturn void
version(void)
{
	printf("busbard %s\n", PACKAGE_VERSION);
	exit(0);
}

static struct options
parse_options(int argc, char **argv)
{
	struct options	 o = { .engine.config = SYSCONFDIR "/busbar/busbar.conf" };
	int		 c;

	while ((c = getopt(argc, argv, "1c:fknvR:S:V")) != -1)
		switch (c) {
		case '1': o.engine.alone = true; break;
		case 'c': o.engine.config = optarg; break;
		case 'f': o.foreground = true; break;
		case 'k': o.late = true; break;
		case 'n': o.check = true; break;
		case 'v': o.verbose++; break;
		case 'R': o.engine.run_dir = optarg; break;
		case 'S': o.engine.state_dir = optarg; break;
		case 'V': version();
		default: usage();
		}
	if (optind < argc && !o.late)
		usage();
	o.names = argv + optind;
	o.nnames = (size_t)(argc - optind);
	return o;
}

/* -- checking ---------------------------------------------------------------------------- */

static void
print_errors(const struct conf_errors *errors, FILE *to)
{
	size_t	 i;

	for (i = 0; i < errors->n; i++)
		fprintf(to, "%s\n", errors->texts[i]);
}

static int
check(const char *file, bool quiet)
{
	struct conf_errors	 errors = { 0 };
	bool			 well = engine_check(file, &errors);

	print_errors(&errors, stderr);
	if (well && !quiet)
		printf("%s: ok\n", file);
	conf_errors_free(&errors);
	return !well;
}

/* -- signals --------------------------------------------------------------------------------- */

static void
on_stop(int signo, void *arg)
{
	struct program	*p = arg;

	log_info("busbar", "ending: %s", strsignal(signo));
	notify_stopping();
	loop_stop(p->loop);
}

static void
on_reload(int signo, void *arg)
{
	struct program		*p = arg;
	struct conf_errors	 errors = { 0 };

	notify_reloading();
	engine_reload(p->engine, &errors);
	conf_errors_free(&errors);
	notify_ready();
}

static void
on_child(int signo, void *arg)
{
	struct program	*p = arg;

	engine_reap(p->engine);
}

static void
on_alive(void *arg)
{
	struct program	*p = arg;

	notify_alive();
	timer_set(p->alive, notify_alive_ms());
}

/* -- running ------------------------------------------------------------------------------------ */

static void
raise_limit(void)
{
	struct rlimit	 limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Where these three are missing, a socket would take their place, and the log would be written to it. */
static void
open_standard(void)
{
	int	 fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

/* Roles learn from the environment where their lines go. */
static void
start_log(bool to_syslog, int verbose)
{
	char	*value = xasprintf("%s %d", to_syslog ? "syslog" : "stderr", verbose);

	setenv(LOG_VARIABLE, value, 1);
	free(value);
	log_verbosity(verbose);
	if (to_syslog)
		log_to_syslog("busbard");
}

/* It ends when the engine closes its socket; signals of a terminal are the engine's business. */
static int
run_resolver(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	return resolve_main(ROLE_FD);
}

static int
run_role(const char *name)
{
	const char	*how = getenv(LOG_VARIABLE);
	size_t		 i;

	if (how != NULL && strlen(how) > 7)
		start_log(strncmp(how, "syslog", 6) == 0, atoi(how + 7));
	if (strcmp(name, RESOLVE_ROLE) == 0 || strcmp(name, NAMES_ROLE) == 0)
		return run_resolver();
	if (strcmp(name, SCAN_ROLE) == 0 || strcmp(name, SCAN_SLOW_ROLE) == 0)
		return scan_main(strcmp(name, SCAN_SLOW_ROLE) == 0);
	if (strncmp(name, RECORD_ROLE, strlen(RECORD_ROLE)) == 0)
		return record_main(name + strlen(RECORD_ROLE));
	for (i = 0; i < nitems(publishers); i++)
		if (strcmp(publishers[i]->name, name) == 0)
			return role_main(publishers[i]);
	if (hosting_is(name))
		return hosting_main(name);
	log_error("busbar", "there is no role %s", name);
	return 1;
}

static int
run(const struct options *o)
{
	struct program		 p = { .loop = loop_new() };
	struct conf_errors	 errors = { 0 };

	p.engine = engine_new(p.loop, &o->engine, &errors);
	if (p.engine == NULL) {
		for (size_t i = 0; i < errors.n; i++)
			log_error("busbar", "%s", errors.texts[i]);
		conf_errors_free(&errors);
		loop_free(p.loop);
		return 1;
	}
	conf_errors_free(&errors);
	loop_signal(p.loop, SIGTERM, on_stop, &p);
	loop_signal(p.loop, SIGINT, on_stop, &p);
	loop_signal(p.loop, SIGHUP, on_reload, &p);
	loop_signal(p.loop, SIGCHLD, on_child, &p);
	p.alive = timer_new(p.loop, on_alive, &p);
	if (notify_alive_ms() > 0)
		timer_set(p.alive, notify_alive_ms());
	log_info("busbar", "%s started", PACKAGE_VERSION);
	notify_ready();
	loop_run(p.loop);
	timer_free(p.alive);
	engine_free(p.engine);
	loop_free(p.loop);
	return 0;
}

int
main(int argc, char **argv)
{
	const char	*role = getenv(ROLE_VARIABLE);
	struct options	 o;

	signal(SIGPIPE, SIG_IGN);
	open_standard();
	raise_limit();
	if (role != NULL)
		return run_role(role);
	o = parse_options(argc, argv);
	if (o.check)
		return check(o.engine.config, false);
	if (o.late) {
		log_verbosity(o.verbose);
		return late_main(o.engine.config, o.names, o.nnames, o.verbose > 0);
	}
	/* A background process tells of a wrong configuration before it goes there. */
	if (!o.foreground) {
		if (check(o.engine.config, true) != 0)
			return 1;
		if (daemon(1, 0) == -1) {
			fprintf(stderr, "busbard: cannot go to the background: %s\n", strerror(errno));
			return 1;
		}
	}
	start_log(!o.foreground, o.verbose);
	return run(&o);
}
