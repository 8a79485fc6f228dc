/*
 * Asks an SNMP agent through the wire that drivers use, for live tests.
 *
 *	snmp_ask PORT NAME=VALUE... get OID... | walk OID... | set OID NUMBER | again OID
 *
 * prints "up", or "down: WHY", then "OID = VALUE" lines and "result: ...".
 * "again" gets the OID each time that a line comes on standard input.
 * Ends with 0 when the result was R_DONE, with 2 after 20 s.
 *
 *	snmp_ask PORT NAME=VALUE... crowd COUNT
 *
 * opens so many devices on as many addresses from PORT on (127.0.0.1,
 * 127.0.0.2 ...), each with a passphrase of its own, waits for 5 s, and prints
 * how many are up, and the longest time that the loop was held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/resolve.h"
#include "bus/snmpwire.h"
#include "core/log.h"
#include "core/mem.h"

#define WORDS		64
#define GIVE_UP_MS	20000
#define CROWD_MS	5000

struct asker {
	struct loop	*loop;
	struct peer	*peer;
	int		 nwords;
	char	       **words;		/* the verb and its arguments */
	int		 status;
	bool		 asked;
	unsigned	 ups;
	struct io	*input;
};

static struct oid
parse(const char *dotted, uint32_t ids[OID_MAX_LEN])
{
	size_t	len;

	if (!oid_parse(dotted, ids, &len)) {
		fprintf(stderr, "%s: not an OID\n", dotted);
		exit(2);
	}
	return (struct oid){ ids, len };
}

static void
print_oid(struct oid oid)
{
	for (size_t i = 0; i < oid.len; i++)
		printf("%s%u", i > 0 ? "." : "", oid.ids[i]);
}

static void
print(const struct varbind *b)
{
	print_oid(b->oid);
	printf(" = ");
	if (b->type == VB_ABSENT)
		printf("absent");
	else if (b->type == VB_OCTETS)
		printf("\"%.*s\"", (int)b->len, (const char *)b->bytes);
	else if (b->type == VB_ADDRESS)
		printf("%u.%u.%u.%u", b->bytes[0], b->bytes[1], b->bytes[2], b->bytes[3]);
	else if (b->type == VB_OID)
		print_oid(b->ref);
	else
		printf("%lld", (long long)b->number);
	putchar('\n');
}

static void
told(void *arg, enum result result, const char *detail, const struct varbind *binds, size_t n)
{
	struct asker	*s = arg;
	size_t		 i;

	for (i = 0; i < n; i++)
		print(&binds[i]);
	printf("result: %d%s%s\n", result, detail != NULL ? " " : "", detail != NULL ? detail : "");
	fflush(stdout);
	s->status = result == R_DONE ? 0 : 1;
	if (s->input == NULL)
		loop_stop(s->loop);
}

static void
ask(struct asker *s)
{
	static uint32_t	 ids[WORDS][OID_MAX_LEN];
	struct oid	 oids[WORDS];
	struct varbind	 bind = { .type = VB_INTEGER };
	bool		 set = strcmp(s->words[0], "set") == 0;
	size_t		 n = set ? 1 : (size_t)s->nwords - 1, i;

	for (i = 0; i < n; i++)
		oids[i] = parse(s->words[i + 1], ids[i]);
	if (set) {
		bind.oid = oids[0];
		bind.number = atoll(s->words[2]);
		peer_set(s->peer, &bind, 1, told, s);
	} else if (strcmp(s->words[0], "walk") == 0) {
		peer_walk_columns(s->peer, oids, n, 0, told, s);
	} else {
		peer_get(s->peer, oids, n, told, s);
	}
}

static void
changed(void *arg, bool up, const char *why)
{
	struct asker	*s = arg;

	s->ups += up;
	if (s->words == NULL)
		return;
	printf(up ? "up\n" : "down: %s\n", why);
	fflush(stdout);
	if (up && !s->asked && s->input == NULL)
		ask(s);
	s->asked = s->asked || up;
}

static void
on_input(int fd, unsigned what, void *arg)
{
	struct asker	*s = arg;
	char		 bytes[64];

	if (read(fd, bytes, sizeof(bytes)) <= 0)
		loop_stop(s->loop);
	else
		ask(s);
}

static void
give_up(void *arg)
{
	struct asker	*s = arg;

	s->status = 2;
	loop_stop(s->loop);
}

static struct peer *
open_peer(struct loop *loop, struct device_settings *d, struct asker *s)
{
	char		*why = NULL;
	struct peer	*peer = snmp_wire.open(loop, d, NULL, changed, s, &why);

	if (peer == NULL) {
		printf("wrong: %s\n", why);
		exit(2);
	}
	return peer;
}

static void
end_crowd(void *arg)
{
	loop_stop(arg);
}

/* The device's number goes into its secrets. */
static void
number_secrets(struct device_settings *d, unsigned i, char rooms[WORDS][64])
{
	for (size_t k = 0; k < d->options.n; k++) {
		if (strstr(d->options.at[k].name, "secret") == NULL)
			continue;
		snprintf(rooms[k], sizeof(rooms[k]), "passphrase%zu-%u", k, i);
		d->options.at[k].value = rooms[k];
	}
}

static int
crowd(struct loop *loop, struct device_settings *d, unsigned count)
{
	struct asker	 s = { .loop = loop };
	struct peer	**peers = xcalloc(count, sizeof(*peers));
	struct timer	*end = timer_new(loop, end_crowd, loop);
	const char	*port = strrchr(d->port, ':');
	int64_t		 start = loop_now_us(loop);
	char		 address[64], rooms[WORDS][64];
	unsigned	 i;

	for (i = 0; i < count; i++) {
		snprintf(address, sizeof(address), "udp:127.0.%u.%u%s", i / 250, 1 + i % 250, port);
		d->port = address;
		number_secrets(d, i, rooms);
		peers[i] = open_peer(loop, d, &s);
	}
	printf("opened: %lld us\n", (long long)(loop_now_us(loop) - start));
	timer_set(end, CROWD_MS);
	loop_run(loop);
	printf("up: %u\nlongest: %lld us\n", s.ups, (long long)loop_longest_us(loop));
	for (i = 0; i < count; i++)
		snmp_wire.close(peers[i]);
	timer_free(end);
	free(peers);
	return 0;
}

static int
single(struct loop *loop, struct device_settings *d, int nwords, char **words)
{
	struct asker	 s = { .loop = loop, .nwords = nwords, .words = words };
	struct timer	*limit = timer_new(loop, give_up, &s);

	if (strcmp(words[0], "again") == 0)
		s.input = io_new(loop, STDIN_FILENO, IO_READ, on_input, &s);
	s.peer = open_peer(loop, d, &s);
	timer_set(limit, GIVE_UP_MS);
	loop_run(loop);
	snmp_wire.close(s.peer);
	io_free(s.input);
	timer_free(limit);
	return s.status;
}

static int
start_resolver(void *arg)
{
	int	 ends[2];
	pid_t	 pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1 || (pid = fork()) == -1)
		return -1;
	if (pid == 0) {
		close(ends[0]);
		_exit(resolve_main(ends[1]));
	}
	close(ends[1]);
	return ends[0];
}

int
main(int argc, char **argv)
{
	struct pair		 pairs[WORDS];
	struct device_settings	 d = { .name = (char *)"agent", .port = argv[1], .options = { 0, pairs } };
	struct loop		*loop = loop_new();
	struct resolver		*resolver = resolver_new(loop, start_resolver, NULL);
	int			 i = 2, status;
	char			*equals;

	for (; i < argc && (equals = strchr(argv[i], '=')) != NULL && d.options.n < WORDS; i++) {
		*equals = '\0';
		pairs[d.options.n++] = (struct pair){ argv[i], equals + 1 };
	}
	if (i + 1 >= argc || argc - i > WORDS) {
		fprintf(stderr, "usage: snmp_ask PORT [NAME=VALUE...] get|walk|set|again|crowd ...\n");
		return 2;
	}
	log_verbosity(1);
	resolver_use(resolver);
	if (strcmp(argv[i], "crowd") == 0)
		status = crowd(loop, &d, (unsigned)atoi(argv[i + 1]));
	else
		status = single(loop, &d, argc - i, argv + i);
	resolver_free(resolver);
	loop_free(loop);
	return status;
}
