/*
 * snmpagent: SNMP devices by the thousand, for benchmarks: one UDP port of
 * 127.0.0.1 each, all with the same objects, answering GET, GETNEXT and
 * GETBULK of v1 and v2c with any community.
 *
 * The objects are read from FILE, one a line: OID|TYPE|VALUE, TYPE being the
 * BER tag in decimal, in the order of the OIDs.  The ports are printed on the
 * first line; they follow each other.  Commands on standard input:
 *
 *	set DEVICE OID INTEGER	one object of one device (0 is the first) changes;
 *				"answered DEVICE NS" is printed when it is first
 *				told, in ns of CLOCK_MONOTONIC
 *	count			prints "requests N varbinds N"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/oid.h"
#include "test/bench/stats.h"

#define ANSWER_MAX	1400		/* bytes, as one Ethernet frame carries */
#define VARBINDS_MAX	512
#define EVENTS_AT_ONCE	128

enum {
	TAG_INTEGER = 0x02, TAG_OCTETS = 0x04, TAG_NULL = 0x05, TAG_OID = 0x06, TAG_SEQUENCE = 0x30,
	TAG_ADDRESS = 0x40, TAG_NO_SUCH_INSTANCE = 0x81, TAG_END_OF_MIB_VIEW = 0x82,
	TAG_GET = 0xa0, TAG_NEXT = 0xa1, TAG_RESPONSE = 0xa2, TAG_BULK = 0xa5
};

enum { ERROR_TOO_BIG = 1, ERROR_NO_SUCH_NAME = 2 };

struct entry {
	uint32_t	 ids[OID_MAX_LEN];
	size_t		 len;
	struct buf	 name, value;		/* both encoded */
};

struct device {
	int		 fd;
	const struct entry *changed;		/* the object that set changed; NULL: none */
	struct buf	 value;
	bool		 told;
};

struct agent {
	struct entry	*entries;
	size_t		 nentries, room;
	struct device	*devices;
	size_t		 ndevices;
	int		 epoll;
	unsigned long	 requests, varbinds;
};

struct request {
	struct device	*device;
	int64_t		 version, id, non_repeaters, repetitions;
	uint8_t		 command;
	struct bytes { const uint8_t *at; size_t len; } community;
	struct oid	 names[VARBINDS_MAX];
	uint32_t	*ids;			/* of all names */
	size_t		 nnames;
	struct buf	 varbinds;		/* of the answer */
	int		 error;
	size_t		 error_index;
};

/* -- BER ------------------------------------------------------------------------ */

static void
put_head(struct buf *b, unsigned tag, size_t len)
{
	buf_putc(b, (char)tag);
	if (len >= 0x100) {
		buf_putc(b, (char)0x82);
		buf_putc(b, (char)(len >> 8));
	} else if (len >= 0x80)
		buf_putc(b, (char)0x81);
	buf_putc(b, (char)len);
}

static void
put_bytes(struct buf *b, unsigned tag, const void *bytes, size_t len)
{
	put_head(b, tag, len);
	buf_put(b, bytes, len);
}

static void
put_number(struct buf *b, unsigned tag, int64_t number)
{
	uint8_t	bytes[8];
	size_t	skip = 0;

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
	while (skip < 7 && ((bytes[skip] == 0 && bytes[skip + 1] < 0x80) ||
	    (bytes[skip] == 0xff && bytes[skip + 1] >= 0x80)))
		skip++;
	put_bytes(b, tag, bytes + skip, 8 - skip);
}

static void
put_arc(struct buf *b, uint32_t arc)
{
	for (int shift = 28; shift > 0; shift -= 7)
		if (arc >> shift != 0)
			buf_putc(b, (char)((arc >> shift & 0x7f) | 0x80));
	buf_putc(b, (char)(arc & 0x7f));
}

static void
put_oid(struct buf *b, const uint32_t *ids, size_t len)
{
	struct buf	body = {0};

	put_arc(&body, ids[0] * 40 + (len > 1 ? ids[1] : 0));
	for (size_t i = 2; i < len; i++)
		put_arc(&body, ids[i]);
	put_bytes(b, TAG_OID, buf_bytes(&body), body.len);
	buf_free(&body);
}

/* Takes one element off the front.  False: there is none of that tag (0: any). */
static bool
take(struct bytes *from, unsigned tag, struct bytes *body, uint8_t *found)
{
	size_t	len, head = 2, extra;

	if (from->len < 2 || (tag != 0 && from->at[0] != tag))
		return false;
	len = from->at[1];
	if (len >= 0x80) {
		extra = len & 0x7f;
		if (extra > 3 || from->len < 2 + extra)
			return false;
		len = 0;
		while (extra-- > 0)
			len = len << 8 | from->at[head++];
	}
	if (len > from->len - head)
		return false;
	if (found != NULL)
		*found = from->at[0];
	*body = (struct bytes){ from->at + head, len };
	from->at += head + len;
	from->len -= head + len;
	return true;
}

static bool
take_number(struct bytes *from, int64_t *number)
{
	struct bytes	body;

	if (!take(from, TAG_INTEGER, &body, NULL) || body.len == 0 || body.len > 8)
		return false;
	*number = (int8_t)body.at[0];
	for (size_t i = 1; i < body.len; i++)
		*number = (int64_t)((uint64_t)*number << 8 | body.at[i]);
	return true;
}

static bool
take_oid(struct bytes *from, uint32_t *ids, size_t *len)
{
	struct bytes	body;
	uint32_t	arc = 0;
	size_t		n = 1;

	if (!take(from, TAG_OID, &body, NULL) || body.len == 0)
		return false;
	for (size_t i = 0; i < body.len; i++) {
		arc = arc << 7 | (body.at[i] & 0x7f);
		if (body.at[i] >= 0x80)
			continue;
		if (n == OID_MAX_LEN)
			return false;
		ids[n++] = arc;
		arc = 0;
	}
	if (n == 1)
		return false;
	ids[0] = ids[1] < 80 ? ids[1] / 40 : 2;
	ids[1] -= ids[0] * 40;
	*len = n;
	return true;
}

/* -- the objects ------------------------------------------------------------------- */

/* The first entry at the name (include) or after it; nentries: none. */
static size_t
find(const struct agent *agent, struct oid name, bool include)
{
	size_t	low = 0, high = agent->nentries, middle;
	int	order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = oid_compare((struct oid){ agent->entries[middle].ids, agent->entries[middle].len }, name);
		if (order < 0 || (order == 0 && !include))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
put_value(struct buf *b, unsigned tag, const char *text)
{
	uint32_t	ids[OID_MAX_LEN];
	struct in_addr	address;
	size_t		len;

	if (tag == TAG_OCTETS)
		put_bytes(b, tag, text, strlen(text));
	else if (tag == TAG_OID && oid_parse(text, ids, &len))
		put_oid(b, ids, len);
	else if (tag == TAG_ADDRESS && inet_pton(AF_INET, text, &address) == 1)
		put_bytes(b, tag, &address, sizeof(address));
	else
		put_number(b, tag, strtoll(text, NULL, 10));
}

static void
read_objects(struct agent *agent, const char *path)
{
	char		 line[1024], *type, *text;
	struct entry	*entry;
	FILE		*file = fopen(path, "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((type = strchr(line, '|')) == NULL || (text = strchr(type + 1, '|')) == NULL)
			continue;
		*type++ = *text++ = '\0';
		agent->entries = array_room(agent->entries, agent->nentries, &agent->room, sizeof(*entry));
		entry = &agent->entries[agent->nentries++];
		memset(entry, 0, sizeof(*entry));
		if (!oid_parse(line, entry->ids, &entry->len)) {
			fprintf(stderr, "snmpagent: %s: not an OID: %s\n", path, line);
			exit(1);
		}
		put_oid(&entry->name, entry->ids, entry->len);
		put_value(&entry->value, (unsigned)strtoul(type, NULL, 10), text);
	}
	if (file == NULL || agent->nentries == 0) {
		fprintf(stderr, "snmpagent: %s: no objects\n", path);
		exit(1);
	}
	fclose(file);
}

/* -- answering ------------------------------------------------------------------------ */

static void
add_varbind(struct agent *agent, struct request *request, const struct buf *name, const struct buf *value)
{
	put_head(&request->varbinds, TAG_SEQUENCE, name->len + value->len);
	buf_put(&request->varbinds, buf_bytes(name), name->len);
	buf_put(&request->varbinds, buf_bytes(value), value->len);
	agent->varbinds++;
}

static void
add_entry(struct agent *agent, struct request *request, const struct entry *entry)
{
	struct device	*device = request->device;

	if (device->changed != entry) {
		add_varbind(agent, request, &entry->name, &entry->value);
		return;
	}
	add_varbind(agent, request, &entry->name, &device->value);
	if (!device->told)
		printf("answered %zu %llu\n", (size_t)(device - agent->devices), (unsigned long long)stats_now());
	device->told = true;
}

static void
add_nothing(struct agent *agent, struct request *request, size_t index, unsigned tag)
{
	struct buf	name = {0}, value = {0};

	if (request->version == 0 && request->error == 0) {
		request->error = ERROR_NO_SUCH_NAME;
		request->error_index = index + 1;
		tag = TAG_NULL;
	}
	put_oid(&name, request->names[index].ids, request->names[index].len);
	put_head(&value, tag, 0);
	add_varbind(agent, request, &name, &value);
	buf_free(&name);
	buf_free(&value);
}

static void
add_exact(struct agent *agent, struct request *request, size_t index)
{
	size_t	at = find(agent, request->names[index], true);

	if (at < agent->nentries && oid_compare(request->names[index],
	    (struct oid){ agent->entries[at].ids, agent->entries[at].len }) == 0)
		add_entry(agent, request, &agent->entries[at]);
	else
		add_nothing(agent, request, index, TAG_NO_SUCH_INSTANCE);
}

/* The object after names[index], which moves there.  False: there is none. */
static bool
add_next(struct agent *agent, struct request *request, size_t index)
{
	size_t	at = find(agent, request->names[index], false);

	if (at == agent->nentries) {
		add_nothing(agent, request, index, TAG_END_OF_MIB_VIEW);
		return false;
	}
	add_entry(agent, request, &agent->entries[at]);
	request->names[index] = (struct oid){ agent->entries[at].ids, agent->entries[at].len };
	return true;
}

static void
add_bulk(struct agent *agent, struct request *request)
{
	size_t	first = request->non_repeaters < 0 ? 0 : (size_t)request->non_repeaters;
	bool	more = true;

	if (first > request->nnames)
		first = request->nnames;
	for (size_t i = 0; i < first; i++)
		add_next(agent, request, i);
	for (int64_t n = 0; n < request->repetitions && more && request->varbinds.len < ANSWER_MAX; n++) {
		size_t	whole = request->varbinds.len;

		more = false;
		for (size_t i = first; i < request->nnames; i++)
			more |= add_next(agent, request, i);
		if (request->varbinds.len > ANSWER_MAX)
			request->varbinds.len = whole;		/* as many rows as there is room for */
	}
}

static void
add_answers(struct agent *agent, struct request *request)
{
	if (request->command == TAG_BULK) {
		add_bulk(agent, request);
		return;
	}
	for (size_t i = 0; i < request->nnames; i++)
		if (request->command == TAG_NEXT)
			add_next(agent, request, i);
		else
			add_exact(agent, request, i);
	if (request->varbinds.len > ANSWER_MAX) {
		buf_clear(&request->varbinds);
		request->error = ERROR_TOO_BIG;
	}
}

/* False: not a request that can be answered. */
static bool
parse(struct request *request, struct bytes data)
{
	struct bytes	message, pdu, list, row;
	size_t		used = 0;

	if (!take(&data, TAG_SEQUENCE, &message, NULL) || !take_number(&message, &request->version) ||
	    !take(&message, TAG_OCTETS, &request->community, NULL) ||
	    !take(&message, 0, &pdu, &request->command) || !take_number(&pdu, &request->id) ||
	    !take_number(&pdu, &request->non_repeaters) || !take_number(&pdu, &request->repetitions) ||
	    !take(&pdu, TAG_SEQUENCE, &list, NULL))
		return false;
	if (request->command != TAG_GET && request->command != TAG_NEXT && request->command != TAG_BULK)
		return false;
	while (take(&list, TAG_SEQUENCE, &row, NULL)) {
		struct oid	*name = &request->names[request->nnames];

		if (request->nnames == VARBINDS_MAX || !take_oid(&row, request->ids + used, &name->len))
			return false;
		name->ids = request->ids + used;
		used += OID_MAX_LEN;
		request->nnames++;
	}
	return true;
}

static void
answer(struct agent *agent, struct request *request, struct buf *out)
{
	struct buf	pdu = {0}, message = {0};

	add_answers(agent, request);
	put_number(&pdu, TAG_INTEGER, request->id);
	put_number(&pdu, TAG_INTEGER, request->error);
	put_number(&pdu, TAG_INTEGER, (int64_t)request->error_index);
	put_bytes(&pdu, TAG_SEQUENCE, buf_bytes(&request->varbinds), request->varbinds.len);
	put_number(&message, TAG_INTEGER, request->version);
	put_bytes(&message, TAG_OCTETS, request->community.at, request->community.len);
	put_bytes(&message, TAG_RESPONSE, buf_bytes(&pdu), pdu.len);
	put_bytes(out, TAG_SEQUENCE, buf_bytes(&message), message.len);
	buf_free(&pdu);
	buf_free(&message);
}

static void
serve(struct agent *agent, struct device *device, uint32_t *ids)
{
	uint8_t			 data[65536];
	struct sockaddr_in	 peer;
	socklen_t		 peer_len = sizeof(peer);
	struct request		 request = { .device = device, .ids = ids };
	struct buf		 out = {0};
	ssize_t			 n;

	n = recvfrom(device->fd, data, sizeof(data), 0, (struct sockaddr *)&peer, &peer_len);
	if (n <= 0 || !parse(&request, (struct bytes){ data, (size_t)n }))
		return;
	agent->requests++;
	answer(agent, &request, &out);
	sendto(device->fd, buf_bytes(&out), out.len, 0, (struct sockaddr *)&peer, peer_len);
	buf_free(&request.varbinds);
	buf_free(&out);
}

/* -- commands and the run ---------------------------------------------------------------- */

static void
change(struct agent *agent, size_t number, const char *dotted, long long value)
{
	uint32_t	 ids[OID_MAX_LEN];
	struct oid	 name = { .ids = ids };
	struct device	*device;
	size_t		 at;

	if (number >= agent->ndevices || !oid_parse(dotted, ids, &name.len))
		return;
	if ((at = find(agent, name, true)) == agent->nentries)
		return;
	device = &agent->devices[number];
	device->changed = &agent->entries[at];
	device->told = false;
	buf_clear(&device->value);
	put_number(&device->value, agent->entries[at].value.data[0], value);
}

/* False: standard input has ended. */
static bool
command(struct agent *agent)
{
	char		line[512], dotted[256];
	size_t		number;
	long long	value;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	if (sscanf(line, "set %zu %255s %lld", &number, dotted, &value) == 3)
		change(agent, number, dotted, value);
	else if (strcmp(line, "count\n") == 0)
		printf("requests %lu varbinds %lu\n", agent->requests, agent->varbinds);
	return true;
}

/* Opens ports that follow each other, from the first run of free ones. */
static unsigned
open_ports(struct agent *agent)
{
	struct sockaddr_in	address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned		first = 20000;
	size_t			i = 0;

	while (i < agent->ndevices && first + agent->ndevices < 32768) {
		int	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		address.sin_port = htons((uint16_t)(first + i));
		if (fd < 0) {
			perror("snmpagent: socket");
			exit(1);
		}
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
			agent->devices[i++].fd = fd;
			continue;
		}
		close(fd);
		first += (unsigned)i + 1;
		while (i > 0)
			close(agent->devices[--i].fd);
	}
	if (i < agent->ndevices) {
		fputs("snmpagent: not so many free ports\n", stderr);
		exit(1);
	}
	return first;
}

static void
run(struct agent *agent)
{
	uint32_t		*ids = xcalloc((size_t)VARBINDS_MAX * OID_MAX_LEN, sizeof(*ids));
	struct epoll_event	 events[EVENTS_AT_ONCE], event = { .events = EPOLLIN };
	int			 n;

	agent->epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(agent->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	for (size_t i = 0; i < agent->ndevices; i++) {
		event.data.ptr = &agent->devices[i];
		epoll_ctl(agent->epoll, EPOLL_CTL_ADD, agent->devices[i].fd, &event);
	}
	for (;;) {
		n = epoll_wait(agent->epoll, events, EVENTS_AT_ONCE, -1);
		for (int i = 0; i < n; i++)
			if (events[i].data.ptr != NULL)
				serve(agent, events[i].data.ptr, ids);
			else if (!command(agent)) {
				free(ids);
				return;
			}
	}
}

int
main(int argc, char **argv)
{
	struct agent	agent = { .ndevices = argc == 3 ? strtoul(argv[1], NULL, 10) : 0 };
	struct rlimit	limit;

	if (agent.ndevices < 1 || agent.ndevices > 10000) {
		fputs("usage: snmpagent DEVICES FILE\n", stderr);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_objects(&agent, argv[2]);
	agent.devices = xcalloc(agent.ndevices, sizeof(*agent.devices));
	printf("port %u\n", open_ports(&agent));
	run(&agent);
	return 0;
}
