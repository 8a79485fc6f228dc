#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/settings.h"
#include "ctl/scan.h"
#include "ctl/scan-list.h"

#define AT_ONCE		512		/* addresses that one busbard looks at */
#define BITS_MAX	16		/* of a network that are not given */

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

/* That there is nothing is an answer, but one that should be seen. */
char *
scan_verdict(char *reason, const struct scan_list *list)
{
	if (reason == NULL && list->found == 0)
		fprintf(stderr, "busbarctl: nothing answers there that busbar knows%s%s\n",
		    list->why != NULL ? ": " : "", list->why != NULL ? list->why : "");
	return reason;
}

char *
scan_nut(const char *host, char **options, size_t n)
{
	struct scan_list	 s = { 0 };
	char		*reason = options_mistake(options, n);

	if (reason == NULL) {
		scan_list_add(&s, "site", "nut", host, options, n, NULL);
		reason = scan_list_look(&s);
	}
	/* One server was named: that it is not there is a failure. */
	if (reason == NULL && s.found == 0 && s.why != NULL && strncmp(s.why, host, strlen(host)) == 0)
		reason = xstrdup(s.why);
	else if (reason == NULL && s.found == 0)
		reason = xasprintf("%s: %s", host, s.why != NULL ? s.why : "no NUT server answers there");
	scan_list_free(&s);
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
add_address(struct scan_list *s, const struct network *net, uint32_t i, const char *port, char **options, size_t n)
{
	bool	 versioned = has_option(options, n, "version") || has_option(options, n, "user");
	char	 text[INET6_ADDRSTRLEN], name[32], *where;
	uint8_t	 address[16];

	address_at(net, i, address);
	inet_ntop(net->v6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	name_of(net, i, text, name);
	where = xasprintf(net->v6 ? "udp6:[%s]:%s" : "udp:%s:%s", text, port);
	scan_list_add(s, name, "snmp", where, options, n, versioned ? NULL : "version=2c");
	free(where);
}

static char *
scan_network(const struct network *net, const char *port, char **options, size_t n)
{
	unsigned	 free_bits = (net->v6 ? 128 : 32) - net->bits;
	uint32_t	 count = (uint32_t)1 << free_bits, i;
	bool		 ends = !net->v6 && free_bits > 1;	/* the network's own and its broadcast address */
	uint32_t	 last = count - ends;
	struct scan_list	 s = { 0 };
	char		*reason = NULL;

	for (i = ends; i < last && reason == NULL; i++) {
		add_address(&s, net, i, port, options, n);
		if (s.n < AT_ONCE && i + 1 < last)
			continue;
		if (count > AT_ONCE)
			fprintf(stderr, "busbarctl: %u of %u addresses\n", i + 1, count);
		reason = scan_list_look(&s);
		scan_list_clear(&s);
	}
	reason = scan_verdict(reason, &s);
	scan_list_free(&s);
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
