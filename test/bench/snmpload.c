/*
 * snmpload: keeps a number of requests in flight at one SNMP agent and prints
 * how many requests and varbinds it answers a second, and how fast.
 *
 * get asks for the instances found below the OIDs given, round robin; next and
 * bulk walk them as the columns of one request, each slot on its own, over and
 * over.  What lies outside the columns is not counted.
 *
 * Exit status: 0 when something was answered and nothing went wrong, 1 when
 * not, 2 usage.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "test/bench/stats.h"

#define COLUMNS_MAX	64
#define SERVERS_MAX	16
#define SOCKET_BUFFER	(1 << 20)

struct name {
	oid		 ids[MAX_OID_LEN];
	size_t		 len;
};

struct run;

struct slot {			/* one request in flight */
	struct run	*run;
	void		*session;
	bool		 busy;
	uint64_t	 asked;
	struct name	 at[COLUMNS_MAX];	/* where each column stands; len 0: at its end */
};

struct run {
	/* asked for */
	int		 command;		/* SNMP_MSG_GET, _GETNEXT, _GETBULK */
	int		 slots, sessions, repetitions, per_get;
	double		 seconds, warm_up;
	long		 timeout_ms;
	const char	*community;
	struct name	 roots[COLUMNS_MAX];
	int		 nroots;
	pid_t		 servers[SERVERS_MAX];
	size_t		 nservers;
	/* how far it is */
	struct name	*instances;
	size_t		 ninstances, room, next;
	bool		 measuring;
	/* counted */
	struct stats	 latency;
	uint64_t	 varbinds, walks, timeouts, errors;
	double		 own_cpu, server_cpu;	/* s, when measuring began */
};

static void __attribute__((__noreturn__))
usage(void)
{
	fputs("usage: snmpload [options] HOST:PORT OID...\n"
	    "  -m get|next|bulk  (get)           -q N  requests in flight (8)\n"
	    "  -t SECONDS measured (5)           -w SECONDS  of warm-up before (0.5)\n"
	    "  -r N  max-repetitions of bulk (20)    -k N  varbinds in a get (1)\n"
	    "  -T MS  until a request counts as lost (2000)    -s N  sockets (1)\n"
	    "  -c COMMUNITY  (public)            -S PID,...  servers whose CPU time is told\n", stderr);
	exit(2);
}

static void __attribute__((__noreturn__))
give_up(const char *why)
{
	fprintf(stderr, "snmpload: %s\n", why);
	exit(1);
}

static bool
is_below(const struct name *root, const oid *ids, size_t len)
{
	return len >= root->len && snmp_oid_compare(root->ids, root->len, ids, root->len) == 0;
}

static void
copy_name(struct name *to, const oid *ids, size_t len)
{
	memcpy(to->ids, ids, len * sizeof(*ids));
	to->len = len;
}

static bool
is_value(const netsnmp_variable_list *varbind)
{
	return varbind->type != SNMP_NOSUCHOBJECT && varbind->type != SNMP_NOSUCHINSTANCE &&
	    varbind->type != SNMP_ENDOFMIBVIEW;
}

/* -- asking and counting ------------------------------------------------------ */

static void
start_over(struct slot *slot)
{
	memcpy(slot->at, slot->run->roots, (size_t)slot->run->nroots * sizeof(slot->at[0]));
}

static unsigned
count_values(struct run *run, const netsnmp_pdu *answer)
{
	unsigned	n = 0;

	for (const netsnmp_variable_list *v = answer->variables; v != NULL; v = v->next_variable) {
		n++;
		if (!is_value(v))
			run->errors += run->measuring;
	}
	return n;
}

/* Moves the slot's columns on.  The varbinds of a walk come row by row. */
static unsigned
follow_walk(struct slot *slot, const netsnmp_pdu *answer)
{
	struct run	*run = slot->run;
	unsigned	 n = 0;
	int		 column = 0;
	bool		 ended = answer->variables == NULL;

	for (const netsnmp_variable_list *v = answer->variables; v != NULL; v = v->next_variable) {
		struct name	*at = &slot->at[column];

		if (!is_value(v) || !is_below(&run->roots[column], v->name, v->name_length)) {
			at->len = 0;
			ended = true;
		} else {
			if (at->len > 0)
				copy_name(at, v->name, v->name_length);
			n++;
		}
		column = (column + 1) % run->nroots;
	}
	if (ended) {
		start_over(slot);
		run->walks += run->measuring;
	}
	return n;
}

static int
answered(int operation, netsnmp_session *session, int id, netsnmp_pdu *answer, void *arg)
{
	struct slot	*slot = arg;
	struct run	*run = slot->run;
	unsigned	 n;

	if (operation == NETSNMP_CALLBACK_OP_RESEND)
		return 1;
	slot->busy = false;
	if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
		run->timeouts += run->measuring;
		start_over(slot);
		return 1;
	}
	if (answer->command == SNMP_MSG_REPORT || answer->errstat != SNMP_ERR_NOERROR) {
		run->errors += run->measuring;
		start_over(slot);
		return 1;
	}
	n = run->command == SNMP_MSG_GET ? count_values(run, answer) : follow_walk(slot, answer);
	if (run->measuring) {
		run->varbinds += n;
		stats_add(&run->latency, stats_now() - slot->asked);
	}
	return 1;
}

static void
ask(struct slot *slot)
{
	struct run		*run = slot->run;
	netsnmp_pdu		*pdu = snmp_pdu_create(run->command);
	const struct name	*name;

	if (run->command == SNMP_MSG_GETBULK) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = run->repetitions;
	}
	if (run->command == SNMP_MSG_GET)
		for (int i = 0; i < run->per_get; i++) {
			name = &run->instances[run->next++ % run->ninstances];
			snmp_add_null_var(pdu, name->ids, name->len);
		}
	else
		for (int i = 0; i < run->nroots; i++)
			snmp_add_null_var(pdu, slot->at[i].ids, slot->at[i].len);
	slot->asked = stats_now();
	slot->busy = snmp_sess_async_send(slot->session, pdu, answered, slot) != 0;
	if (!slot->busy) {
		snmp_free_pdu(pdu);
		run->errors++;
	}
}

/* -- what there is ------------------------------------------------------------- */

static netsnmp_pdu *
ask_and_wait(void *session, netsnmp_pdu *pdu)
{
	netsnmp_pdu	*answer = NULL;

	if (snmp_sess_synch_response(session, pdu, &answer) != STAT_SUCCESS || answer == NULL)
		give_up("the agent does not answer");
	return answer;
}

static void
add_instance(struct run *run, const netsnmp_variable_list *v)
{
	run->instances = array_room(run->instances, run->ninstances, &run->room, sizeof(*run->instances));
	copy_name(&run->instances[run->ninstances++], v->name, v->name_length);
}

/* Adds the instance at root, or all below it. */
static void
find_instances(struct run *run, void *session, const struct name *root)
{
	struct name	 at = *root;
	netsnmp_pdu	*pdu = snmp_pdu_create(SNMP_MSG_GET), *answer;
	bool		 more;

	snmp_add_null_var(pdu, root->ids, root->len);
	answer = ask_and_wait(session, pdu);
	more = answer->variables == NULL || !is_value(answer->variables);
	if (!more)
		add_instance(run, answer->variables);
	snmp_free_pdu(answer);
	while (more) {
		pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
		pdu->non_repeaters = 0;
		pdu->max_repetitions = 20;
		snmp_add_null_var(pdu, at.ids, at.len);
		answer = ask_and_wait(session, pdu);
		more = false;
		for (netsnmp_variable_list *v = answer->variables; v != NULL; v = v->next_variable) {
			more = is_value(v) && is_below(root, v->name, v->name_length);
			if (!more)
				break;
			add_instance(run, v);
			copy_name(&at, v->name, v->name_length);
		}
		snmp_free_pdu(answer);
	}
}

/* -- the run -------------------------------------------------------------------- */

static void
read_answers(void *session, int fd)
{
	netsnmp_large_fd_set	set;

	netsnmp_large_fd_set_init(&set, fd + 1);
	NETSNMP_LARGE_FD_ZERO(&set);
	NETSNMP_LARGE_FD_SET(fd, &set);
	snmp_sess_read2(session, &set);
	netsnmp_large_fd_set_cleanup(&set);
}

/* Returns how many seconds were measured. */
static double
measure(struct run *run, struct slot *slots, void **sessions, struct pollfd *fds)
{
	uint64_t	started = stats_now(), now, checked = started, began = 0;

	for (;;) {
		now = stats_now();
		if (!run->measuring && now - started >= (uint64_t)(run->warm_up * 1e9)) {
			run->measuring = true;
			began = now;
			run->own_cpu = stats_own_cpu();
			run->server_cpu = stats_cpu(run->servers, run->nservers);
		}
		if (run->measuring && now - began >= (uint64_t)(run->seconds * 1e9))
			return (double)(now - began) / 1e9;
		for (int i = 0; i < run->slots; i++)
			if (!slots[i].busy)
				ask(&slots[i]);
		if (poll(fds, (nfds_t)run->sessions, 50) > 0)
			for (int i = 0; i < run->sessions; i++)
				if (fds[i].revents != 0)
					read_answers(sessions[i], fds[i].fd);
		if (now - checked > 50000000) {
			for (int i = 0; i < run->sessions; i++)
				snmp_sess_timeout(sessions[i]);
			checked = now;
		}
	}
}

static void *
open_session(const struct run *run, const char *peer)
{
	netsnmp_session	 template;
	void		*session;
	int		 size = SOCKET_BUFFER;

	snmp_sess_init(&template);
	template.peername = (char *)peer;
	template.version = SNMP_VERSION_2c;
	template.community = (u_char *)run->community;
	template.community_len = strlen(run->community);
	template.timeout = run->timeout_ms * 1000;
	template.retries = 0;
	if ((session = snmp_sess_open(&template)) == NULL)
		give_up("cannot open a session");
	setsockopt(snmp_sess_transport(session)->sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return session;
}

static void
read_options(struct run *run, int argc, char **argv)
{
	int	option;

	while ((option = getopt(argc, argv, "m:q:t:w:r:k:T:s:c:S:")) != -1)
		switch (option) {
		case 'm':
			run->command = strcmp(optarg, "get") == 0 ? SNMP_MSG_GET :
			    strcmp(optarg, "next") == 0 ? SNMP_MSG_GETNEXT :
			    strcmp(optarg, "bulk") == 0 ? SNMP_MSG_GETBULK : 0;
			break;
		case 'q': run->slots = atoi(optarg); break;
		case 't': run->seconds = atof(optarg); break;
		case 'w': run->warm_up = atof(optarg); break;
		case 'r': run->repetitions = atoi(optarg); break;
		case 'k': run->per_get = atoi(optarg); break;
		case 'T': run->timeout_ms = atol(optarg); break;
		case 's': run->sessions = atoi(optarg); break;
		case 'c': run->community = optarg; break;
		case 'S':
			for (char *pid = strtok(optarg, ","); pid != NULL && run->nservers < SERVERS_MAX;
			    pid = strtok(NULL, ","))
				run->servers[run->nservers++] = atoi(pid);
			break;
		default: usage();
		}
	if (run->command == 0 || run->slots < 1 || run->sessions < 1 || run->per_get < 1 ||
	    argc - optind < 2 || argc - optind - 1 > COLUMNS_MAX)
		usage();
	for (int i = optind + 1; i < argc; i++) {
		struct name	*root = &run->roots[run->nroots++];

		root->len = MAX_OID_LEN;
		if (!snmp_parse_oid(argv[i], root->ids, &root->len))
			usage();
	}
}

static void
report(const struct run *run, double seconds)
{
	double	own_cpu = stats_own_cpu() - run->own_cpu;
	double	server_cpu = stats_cpu(run->servers, run->nservers) - run->server_cpu;

	printf("requests_per_s=%.0f varbinds_per_s=%.0f p50_us=%.1f p99_us=%.1f max_us=%.1f walks=%llu "
	    "own_cpu=%.2f server_cpu=%.2f timeouts=%llu errors=%llu\n",
	    (double)run->latency.n / seconds, (double)run->varbinds / seconds,
	    stats_quantile(&run->latency, .5), stats_quantile(&run->latency, .99),
	    (double)run->latency.max / 1e3, (unsigned long long)run->walks, own_cpu / seconds,
	    server_cpu / seconds, (unsigned long long)run->timeouts, (unsigned long long)run->errors);
}

/* Keeps the library from reading files of the host's. */
static void
begin_library(void)
{
	setenv("MIBS", "", 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	init_snmp("snmpload");
}

int
main(int argc, char **argv)
{
	struct run	*run = xcalloc(1, sizeof(*run));
	struct slot	*slots;
	struct pollfd	*fds;
	void		**sessions;
	bool		 right;

	*run = (struct run){ .command = SNMP_MSG_GET, .slots = 8, .sessions = 1, .repetitions = 20,
	    .per_get = 1, .seconds = 5, .warm_up = .5, .timeout_ms = 2000, .community = "public" };
	begin_library();
	read_options(run, argc, argv);
	sessions = xcalloc((size_t)run->sessions, sizeof(*sessions));
	fds = xcalloc((size_t)run->sessions, sizeof(*fds));
	for (int i = 0; i < run->sessions; i++) {
		sessions[i] = open_session(run, argv[optind]);
		fds[i] = (struct pollfd){ .fd = snmp_sess_transport(sessions[i])->sock, .events = POLLIN };
	}
	for (int i = 0; i < run->nroots && run->command == SNMP_MSG_GET; i++)
		find_instances(run, sessions[0], &run->roots[i]);
	if (run->command == SNMP_MSG_GET && run->ninstances == 0)
		give_up("there is no instance below the OIDs given");
	slots = xcalloc((size_t)run->slots, sizeof(*slots));
	for (int i = 0; i < run->slots; i++) {
		slots[i].run = run;
		slots[i].session = sessions[i % run->sessions];
		start_over(&slots[i]);
	}
	report(run, measure(run, slots, sessions, fds));
	right = run->latency.n > 0 && run->timeouts + run->errors == 0;
	for (int i = 0; i < run->sessions; i++)
		snmp_sess_close(sessions[i]);
	free(slots);
	free(fds);
	free(sessions);
	free(run->instances);
	free(run);
	return right ? 0 : 1;
}
