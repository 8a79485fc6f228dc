#include <sys/mman.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/settings.h"
#include "ctl/busbard.h"
#include "ctl/import.h"
#include "ctl/scan.h"

#define SCAN_ROLE	"BUSBAR_ROLE=scan"
#define AT_ONCE		512		/* addresses that one busbard looks at */
#define BITS_MAX	16		/* of a network that are not given */

struct section {
	char	*name, *text;
};

struct sections {
	struct section	*at;
	size_t		 n, room;
	size_t		 found;		/* so far */
	char		*why;		/* what is in the way of the only one; NULL: nobody knows */
};

/* -- one run of busbard ---------------------------------------------------------------- */

/* The configuration as a file that only we can read: it may have secrets. */
static int
private_file(const struct buf *text)
{
	int	 fd = memfd_create("busbar.conf", MFD_CLOEXEC);
	size_t	 done = 0;
	ssize_t	 n;

	if (fd == -1)
		return -1;
	if (fchmod(fd, 0600) == -1)
		done = text->len + 1;
	while (done < text->len && (n = write(fd, buf_bytes(text) + done, text->len - done)) > 0)
		done += (size_t)n;
	if (done == text->len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Comments pass; a name becomes its section, as it was given and not as it was read (secrets). */
static void
show_found(void *arg, char *line)
{
	struct sections	*sections = arg;
	size_t		 i;

	if (*line == '#')
		puts(line);
	if (strncmp(line, "! ", 2) == 0) {
		free(sections->why);
		sections->why = xstrdup(line + 2);
	}
	for (i = 0; i < sections->n; i++)
		if (strcmp(sections->at[i].name, line) == 0) {
			printf("%s\n", sections->at[i].text);
			sections->found++;
		}
}

static char *
look_with(int input, struct sections *sections)
{
	static const char *const	 none[] = { NULL };
	const struct busbard_run	 run = { .args = none, .variable = SCAN_ROLE, .input = input,
					    .output = STDOUT_FILENO, .line = show_found, .arg = sections };
	int				 status = -1;
	char				*reason = busbard_run(&run, &status);

	if (reason == NULL && status != 0)
		reason = xstrdup("nothing was looked for");	/* it said why */
	return reason;
}

static char *
look(struct sections *sections)
{
	struct buf	 text = { 0 };
	char		*reason;
	size_t		 i;
	int		 fd;

	for (i = 0; i < sections->n; i++)
		buf_printf(&text, "%s", sections->at[i].text);
	fd = private_file(&text);
	reason = fd == -1 ? xasprintf("cannot hand the addresses on: %s", strerror(errno)) :
	    look_with(fd, sections);
	if (fd != -1)
		close(fd);
	buf_free(&text);
	return reason;
}

/* -- sections ------------------------------------------------------------------------------ */

static char *
options_mistake(char **options, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (strchr(options[i], '=') == NULL || options[i][0] == '=')
			return xasprintf("%s: an option is NAME=VALUE", options[i]);
	return NULL;
}

static bool
has_option(char **options, size_t n, const char *name)
{
	size_t	 i, len = strlen(name);

	for (i = 0; i < n; i++)
		if (strncmp(options[i], name, len) == 0 && options[i][len] == '=')
			return true;
	return false;
}

static void
forget_sections(struct sections *s)
{
	while (s->n > 0) {
		free(s->at[--s->n].name);
		free(s->at[s->n].text);
	}
}

static void
free_sections(struct sections *s)
{
	forget_sections(s);
	free(s->at);
	free(s->why);
}

/* more: one more option; NULL: none. */
static void
add_section(struct sections *s, const char *name, const char *driver, const char *port, char **options, size_t n,
    const char *more)
{
	struct buf	 text = { 0 }, *b = &text;
	const char	*between = "";
	size_t		 i;

	buf_printf(b, "device %s {\n\tdriver = %s\n\tport = ", name, driver);
	import_quote(b, port);
	buf_printf(b, "\n\toptions = {");
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
	buf_printf(b, "}\n}\n");
	s->at = array_room(s->at, s->n, &s->room, sizeof(*s->at));
	s->at[s->n++] = (struct section){ xstrdup(name), xstrdup(buf_text(b)) };
	buf_free(b);
}

char *
scan_nut(const char *host, char **options, size_t n)
{
	struct sections	 s = { 0 };
	char		*reason = options_mistake(options, n);

	if (reason == NULL) {
		add_section(&s, "site", "nut", host, options, n, NULL);
		reason = look(&s);
	}
	/* One server was named: that it is not there is a failure. */
	if (reason == NULL && s.found == 0 && s.why != NULL && strncmp(s.why, host, strlen(host)) == 0)
		reason = xstrdup(s.why);
	else if (reason == NULL && s.found == 0)
		reason = xasprintf("%s: %s", host, s.why != NULL ? s.why : "no NUT server answers there");
	free_sections(&s);
	return reason;
}

/* -- a network ------------------------------------------------------------------------------- */

/* The address so far from the beginning of the network. */
static void
address_at(const struct network *net, uint32_t i, uint8_t address[16])
{
	size_t	 len = net->v6 ? 16 : 4, at;

	memcpy(address, net->address, len);
	for (at = len; i > 0 && at-- > 0; i >>= 8)
		address[at] |= (uint8_t)i;
}

/* "192.0.2.7" as a name; of an IPv6 address, which is too long for one, its number in the network. */
static void
name_of(const struct network *net, uint32_t i, const char *text, char name[32])
{
	char	*p;

	if (net->v6)
		snprintf(name, 32, "snmp-%u", i);
	else
		snprintf(name, 32, "snmp-%.16s", text);
	for (p = name; *p != '\0'; p++)
		if (*p == '.')
			*p = '-';
}

static void
add_address(struct sections *s, const struct network *net, uint32_t i, const char *port, char **options, size_t n)
{
	bool	 versioned = has_option(options, n, "version") || has_option(options, n, "user");
	char	 text[INET6_ADDRSTRLEN], name[32], *where;
	uint8_t	 address[16];

	address_at(net, i, address);
	inet_ntop(net->v6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	name_of(net, i, text, name);
	where = xasprintf(net->v6 ? "udp6:[%s]:%s" : "udp:%s:%s", text, port);
	add_section(s, name, "snmp", where, options, n, versioned ? NULL : "version=2c");
	free(where);
}

static char *
scan_network(const struct network *net, const char *port, char **options, size_t n)
{
	unsigned	 free_bits = (net->v6 ? 128 : 32) - net->bits;
	uint32_t	 count = (uint32_t)1 << free_bits, i;
	bool		 ends = !net->v6 && free_bits > 1;	/* the network's own and its broadcast address */
	uint32_t	 last = count - ends;
	struct sections	 s = { 0 };
	char		*reason = NULL;

	for (i = ends; i < last && reason == NULL; i++) {
		add_address(&s, net, i, port, options, n);
		if (s.n < AT_ONCE && i + 1 < last)
			continue;
		if (count > AT_ONCE)
			fprintf(stderr, "busbarctl: %u of %u addresses\n", i + 1, count);
		reason = look(&s);
		forget_sections(&s);
	}
	/* That nothing is in a network is an answer, but one that should be seen. */
	if (reason == NULL && s.found == 0)
		fprintf(stderr, "busbarctl: nothing answers there that busbar knows%s%s\n",
		    s.why != NULL ? ": " : "", s.why != NULL ? s.why : "");
	free_sections(&s);
	return reason;
}

static bool
is_port(const char *text)
{
	char	*end;
	long	 port = strtol(text, &end, 10);

	return *text >= '1' && *text <= '9' && *end == '\0' && port <= 65535;
}

char *
scan_snmp(const char *network, char **options, size_t n)
{
	struct network	 net;
	const char	*port = "161";
	char		*reason = options_mistake(options, n);
	size_t		 i;

	if (reason != NULL)
		return reason;
	if (!network_parse(network, &net))
		return xasprintf("%s: neither an address nor a network, as 192.0.2.0/24", network);
	if ((net.v6 ? 128 : 32) - net.bits > BITS_MAX)
		return xasprintf("%s: more than %u addresses", network, 1u << BITS_MAX);
	for (i = 0; i < n; i++)
		if (strncmp(options[i], "port=", 5) == 0)
			port = options[i] + 5;
	if (!is_port(port))
		return xasprintf("port=%s: a number from 1 to 65535 is wanted", port);
	return scan_network(&net, port, options, n);
}
