/*
 * nutload: asks a NUT server as fast as it answers, or at a steady rate, and
 * checks every answer.
 *
 * Each connection is opened once and proves by one NETVER that the server
 * serves it; how long that takes for all is ramp_ms.  Only when all are up
 * does each keep its questions in flight.  With -m conn a request is a whole
 * connection instead: connect, GET VAR, close; with -m login it is connect,
 * USERNAME, PASSWORD, LOGIN, LOGOUT.  With -T each connection begins by
 * STARTTLS and its handshake.  Latency runs from just before
 * a question is written to the last byte of its answer; at a steady rate from
 * the moment it was due, so that a server that stood still is not flattered.
 *
 * Exit status: 0 when something was answered and every answer was right, 1
 * when not, 2 usage.
 */
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/mem.h"
#include "test/bench/nutload.h"

#define COMPLAINTS_SHOWN	5
#define SERVERS_MAX		16
#define EVENTS_AT_ONCE		512

struct run {
	struct load		 load;
	struct connection	**connections;
	int			 opened;
	int			 turn;			/* whose turn it is at a steady rate */
	pid_t			 servers[SERVERS_MAX];
	size_t			 nservers;
	unsigned		 complaints;
	uint64_t		 started, up, began, ended;	/* stats_now() */
	double			 due;			/* ns: when the next question is */
	double			 own_cpu, server_cpu;
	uint64_t		 bytes, connects;
};

static void __attribute__((__noreturn__))
usage(void)
{
	fputs("usage: nutload [options] HOST:PORT\n"
	    "  -m MIX     kind[:weight],...  of get type desc listvar listups ver netver bad;\n"
	    "             or one of conn login\n"
	    "  -U USER -P PASSWORD  of login    -T  STARTTLS on every connection\n"
	    "  -c N       connections (1)          -p N   questions in flight on each (1)\n"
	    "  -t SECONDS measured (5)             -w SECONDS  of warm-up before (0.5)\n"
	    "  -R RATE    questions a second in all, instead of as fast as answered\n"
	    "  -u NAME    device (ups), %d in it becomes 1 to N   -n N   devices (1)\n"
	    "  -v LIST    variables, with commas (ups.status)\n"
	    "  -C N       connections opened at once (8)\n"
	    "  -k LINES   that each LIST VAR must have (those of the first answer)\n"
	    "  -S PID,... servers whose CPU time is told\n", stderr);
	exit(2);
}

void
load_complain(struct load *load, const char *fmt, ...)
{
	struct run	*run = (struct run *)load;
	va_list		 ap;

	if (run->complaints++ >= COMPLAINTS_SHOWN)
		return;
	fputs("nutload: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int
load_random(struct load *load, int n)
{
	if (n <= 1)
		return 0;
	load->random ^= load->random << 13;
	load->random ^= load->random >> 7;
	load->random ^= load->random << 17;
	return (int)((load->random >> 33) % (unsigned)n);
}

/* -- what is asked for ------------------------------------------------------ */

/* Calls take() for each part between commas. */
static void
each_part(const char *list, void (*take)(struct run *, const char *, size_t), struct run *run)
{
	size_t	len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		take(run, list, len);
		if (list[len] == '\0')
			return;
	}
}

static void
take_kind(struct run *run, const char *text, size_t len)
{
	const char		*colon = memchr(text, ':', len);
	size_t			 name_len = colon != NULL ? (size_t)(colon - text) : len;
	unsigned		 weight = colon != NULL ? (unsigned)strtoul(colon + 1, NULL, 10) : 1;
	enum question_kind	 kind = ASK_GET;

	if (name_len == 4 && memcmp(text, "conn", 4) == 0)
		run->load.cycles = true;
	else if (!question_find(text, name_len, &kind))
		usage();
	run->load.cycles |= kind == ASK_LOGIN;
	run->load.weights[kind] += weight;
	run->load.weight += weight;
}

static void
take_variable(struct run *run, const char *text, size_t len)
{
	struct load	*load = &run->load;

	load->variables = xreallocarray(load->variables, (size_t)load->nvariables + 1, sizeof(char *));
	load->variables[load->nvariables++] = xstrndup(text, len);
}

static void
take_server(struct run *run, const char *text, size_t len)
{
	if (run->nservers < SERVERS_MAX)
		run->servers[run->nservers++] = (pid_t)strtol(text, NULL, 10);
}

static void
name_devices(struct load *load, const char *pattern)
{
	const char	*mark = strstr(pattern, "%d");

	load->devices = xcalloc((size_t)load->ndevices, sizeof(char *));
	load->lines = xcalloc((size_t)load->ndevices, sizeof(long));
	for (int i = 0; i < load->ndevices; i++)
		load->devices[i] = mark == NULL ? xstrdup(pattern) :
		    xasprintf("%.*s%d%s", (int)(mark - pattern), pattern, i + 1, mark + 2);
}

static void
find_address(struct load *load, const char *text)
{
	const char	*colon = strrchr(text, ':');
	struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo	*found;
	char		*host;

	if (colon == NULL)
		usage();
	host = *text == '[' ? xstrndup(text + 1, (size_t)(colon - text) - 2) :
	    xstrndup(text, (size_t)(colon - text));
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		usage();
	memcpy(&load->address, found->ai_addr, found->ai_addrlen);
	load->address_len = found->ai_addrlen;
	freeaddrinfo(found);
	free(host);
}

static void
read_options(struct run *run, int argc, char **argv)
{
	struct load	*load = &run->load;
	const char	*mix = "get", *pattern = "ups", *variables = "ups.status";
	static const struct tls_options	 nothing_checked = { .min = TLS_1_2, .verify = TLS_VERIFY_NONE };
	struct tls_mistake		 mistake;
	long		 expected = 0;
	int		 option;

	while ((option = getopt(argc, argv, "m:c:p:t:w:R:u:n:v:C:k:S:U:P:T")) != -1)
		switch (option) {
		case 'm': mix = optarg; break;
		case 'c': load->connections = atoi(optarg); break;
		case 'p': load->depth = atoi(optarg); break;
		case 't': load->seconds = atof(optarg); break;
		case 'w': load->warm_up = atof(optarg); break;
		case 'R': load->rate = atof(optarg); break;
		case 'u': pattern = optarg; break;
		case 'n': load->ndevices = atoi(optarg); break;
		case 'v': variables = optarg; break;
		case 'C': load->ramp = atoi(optarg); break;
		case 'k': expected = atol(optarg); break;
		case 'U': load->user = optarg; break;
		case 'P': load->password = optarg; break;
		case 'T': load->tls = tls_client(&nothing_checked, &mistake); break;
		case 'S': each_part(optarg, take_server, run); break;
		default: usage();
		}
	if (optind + 1 != argc || load->connections < 1 || load->depth < 1 || load->ndevices < 1)
		usage();
	each_part(mix, take_kind, run);
	each_part(variables, take_variable, run);
	if (load->weight == 0)
		usage();
	find_address(load, argv[optind]);
	name_devices(load, pattern);
	for (int i = 0; i < load->ndevices; i++)
		load->lines[i] = expected;
	load->devices_listed = load->ndevices > 1 ? load->ndevices : 0;
}

/* -- the run ------------------------------------------------------------------- */

static void
open_more(struct run *run)
{
	struct load	*load = &run->load;

	while (run->opened < load->connections && (load->cycles || load->connecting < load->ramp)) {
		if (!connection_open(run->connections[run->opened]))
			return;
		run->opened++;
	}
}

static void
check_all_up(struct run *run, uint64_t now)
{
	struct load	*load = &run->load;
	bool		 late = now - run->started > (uint64_t)(load->patience * 1e9);

	if (load->all_up || (!late && (run->opened < load->connections ||
	    (!load->cycles && load->running < load->connections))))
		return;
	if (!load->cycles && load->running < load->connections) {
		load_complain(load, "only %d of %d connections are served", load->running, load->connections);
		load->refused += (uint64_t)(load->connections - load->running);
	}
	load->all_up = true;
	run->up = now;
	for (int i = 0; i < load->connections && !load->cycles; i++)
		connection_fill(run->connections[i]);
}

static void
begin_measuring(struct run *run, uint64_t now)
{
	run->load.measuring = true;
	run->began = now;
	run->due = (double)now;
	run->own_cpu = stats_own_cpu();
	run->server_cpu = stats_cpu(run->servers, run->nservers);
	run->bytes = run->load.bytes;
	run->connects = run->load.opened;
}

/* Hands every question that is due to the next connection with room. */
static void
ask_what_is_due(struct run *run, uint64_t now)
{
	struct load	*load = &run->load;
	int		 tries;

	while (run->due <= (double)now) {
		for (tries = 0; tries < load->connections; tries++)
			if (connection_ask(run->connections[run->turn++ % load->connections],
			    (uint64_t)run->due))
				break;
		if (tries == load->connections)
			return;			/* all are busy: it stays due */
		run->due += 1e9 / load->rate;
	}
}

static void
reopen_dead(struct run *run)
{
	run->load.dead = 0;
	for (int i = 0; i < run->opened; i++)
		if (connection_dead(run->connections[i]) && !connection_open(run->connections[i]))
			run->load.dead++;
}

/* How long to wait for events, ns. */
static uint64_t
patience(const struct run *run)
{
	double	left;

	if (run->load.dead > 0)
		return 5000000;
	if (run->load.rate <= 0 || !run->load.measuring)
		return 20000000;
	left = run->due - (double)stats_now();
	return left <= 0 ? 0 : left > 20e6 ? 20000000 : (uint64_t)left;
}

static void
turn(struct run *run)
{
	struct epoll_event	 events[EVENTS_AT_ONCE];
	uint64_t		 wait = patience(run);
	struct timespec		 ts = { .tv_nsec = (long)wait };
	int			 n;

	n = epoll_pwait2(run->load.epoll, events, EVENTS_AT_ONCE, &ts, NULL);
	for (int i = 0; i < n; i++)
		connection_event(events[i].data.ptr, events[i].events);
}

static void
measure(struct run *run)
{
	struct load	*load = &run->load;
	uint64_t	 now;

	run->started = stats_now();
	for (;;) {
		now = stats_now();
		open_more(run);
		check_all_up(run, now);
		if (load->all_up && !load->measuring && now - run->up >= (uint64_t)(load->warm_up * 1e9))
			begin_measuring(run, now);
		if (load->measuring && now - run->began >= (uint64_t)(load->seconds * 1e9))
			break;
		if (load->measuring && load->rate > 0)
			ask_what_is_due(run, now);
		if (load->dead > 0)
			reopen_dead(run);
		turn(run);
	}
	run->ended = now;
	load->stopping = true;
}

/* Of what was never answered, how long the longest has waited: ns. */
static uint64_t
longest_stuck(const struct run *run)
{
	uint64_t	asked, longest = 0;

	for (int i = 0; i < run->load.connections; i++) {
		asked = connection_oldest(run->connections[i]);
		if (asked != 0 && run->ended > asked && run->ended - asked > longest)
			longest = run->ended - asked;
	}
	return longest;
}

static void
report(const struct run *run)
{
	const struct load	*load = &run->load;
	double			 seconds = (double)(run->ended - run->began) / 1e9;
	double			 cpu = stats_cpu(run->servers, run->nservers) - run->server_cpu;
	double			 n = (double)load->latency.n;

	printf("requests_per_s=%.0f p50_us=%.1f p99_us=%.1f p999_us=%.1f max_us=%.1f stuck_us=%.0f "
	    "ramp_ms=%.1f mb_per_s=%.2f connects=%" PRIu64 " own_cpu=%.2f server_cpu=%.2f server_us=%.2f "
	    "errors=%" PRIu64 " malformed=%" PRIu64 " short=%" PRIu64 " closed=%" PRIu64 " refused=%" PRIu64 "\n",
	    n / seconds, stats_quantile(&load->latency, .5), stats_quantile(&load->latency, .99),
	    stats_quantile(&load->latency, .999), (double)load->latency.max / 1e3,
	    (double)longest_stuck(run) / 1e3, (double)(run->up - run->started) / 1e6,
	    (double)(load->bytes - run->bytes) / seconds / 1e6, load->opened - run->connects,
	    (stats_own_cpu() - run->own_cpu) / seconds, cpu / seconds, n > 0 ? cpu * 1e6 / n : 0,
	    load->errors, load->malformed, load->shorts, load->closed, load->refused);
}

static void
allow_many_files(void)
{
	struct rlimit	limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
end(struct run *run)
{
	for (int i = 0; i < run->load.connections; i++)
		connection_free(run->connections[i]);
	for (int i = 0; i < run->load.ndevices; i++)
		free(run->load.devices[i]);
	for (int i = 0; i < run->load.nvariables; i++)
		free(run->load.variables[i]);
	free(run->connections);
	free(run->load.devices);
	free(run->load.variables);
	free(run->load.lines);
	tls_context_free(run->load.tls);
	close(run->load.epoll);
}

int
main(int argc, char **argv)
{
	struct run	*run = xcalloc(1, sizeof(*run));
	struct load	*load = &run->load;
	bool		 right;

	*load = (struct load){ .connections = 1, .depth = 1, .ramp = 8, .seconds = 5, .warm_up = .5,
	    .patience = 10, .ndevices = 1, .user = "", .password = "", .random = 88172645463325252u };
	read_options(run, argc, argv);
	allow_many_files();
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	run->connections = xcalloc((size_t)load->connections, sizeof(*run->connections));
	for (int i = 0; i < load->connections; i++)
		run->connections[i] = connection_new(load);
	measure(run);
	report(run);
	right = load->latency.n > 0 && load->errors + load->malformed + load->shorts == 0;
	end(run);
	free(run);
	return right ? 0 : 1;
}
