#include <arpa/inet.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings-table.h"

/* Is a text what its directive wants?  Each answers NULL, or what would be right. */

#define DIGITS	"0123456789"
#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool
consists_of(const char *text, const char *bytes)
{
	return *text != '\0' && text[strspn(text, bytes)] == '\0';
}

const char *
check_path(const char *text)
{
	return *text == '/' ? NULL : "an absolute path";
}

const char *
check_word(const char *text)
{
	return consists_of(text, LETTERS DIGITS "._-") ? NULL : "a word of A-Z a-z 0-9 . _ -";
}

const char *
check_device(const char *text)
{
	return strlen(text) <= 32 && check_word(text) == NULL ? NULL :
	    "a name of 1 to 32 of A-Z a-z 0-9 . _ -";
}

/* A leading dot marks the engine's own remarks. */
const char *
check_variable(const char *text)
{
	return *text != '.' && check_word(text) == NULL ? NULL :
	    "a NUT name, as in \"battery.charge.low\"";
}

/* -- users ------------------------------------------------------------------- */

/* It is one word of the protocol, and of our log. */
const char *
check_user(const char *text)
{
	const char	*c;

	for (c = text; *c > ' ' && *c <= '~'; c++)
		;
	return *c == '\0' && c > text && c - text <= 64 ? NULL :
	    "a name of 1 to 64 printable characters without blanks";
}

/* crypt(5): those methods that are worth their name. */
const char *
check_hash(const char *text)
{
	static const char *const methods[] = { "$y$", "$gy$", "$7$", "$2b$", "$2y$", "$2a$", "$6$", "$5$" };
	size_t			 i;

	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strncmp(text, methods[i], strlen(methods[i])) == 0 && strlen(text) >= 40 &&
		    consists_of(text, LETTERS DIGITS "./$="))
			return NULL;
	return "a hash by yescrypt, scrypt, bcrypt, SHA-512 or SHA-256, as busbarctl password prints it";
}

static bool
right_command(const char *text)
{
	size_t	len = strcspn(text, "*");

	if (text[len] == '*' && (len < 2 || text[len - 1] != '.' || text[len + 1] != '\0'))
		return false;
	return *text != '.' && consists_of(text, LETTERS DIGITS "._-*");
}

const char *
check_command(const char *text)
{
	size_t	device = strspn(text, LETTERS DIGITS "._-");

	if (text[device] == ':' && device > 0)
		text += device + 1;
	return right_command(text) ? NULL :
	    "ALL, a command as in \"load.off\" or \"test.*\", or DEVICE: and one of these";
}

const char *
check_grant(const char *text)
{
	return strcmp(text, "*") == 0 || check_word(text) == NULL ? NULL : "a device, or \"*\" for all";
}

/* -- addresses --------------------------------------------------------------- */

static bool
right_port(const char *text)
{
	return consists_of(text, DIGITS) && strlen(text) <= 5 && *text != '0' &&
	    atoi(text) <= 65535;
}

/* A name would have to be looked up, and nothing here may wait for that. */
static bool
right_v4(const char *host)
{
	struct in_addr	address;

	return inet_pton(AF_INET, host, &address) == 1;
}

static bool
right_v6(char *host, bool scoped)
{
	struct in6_addr	 address;
	char		*scope = strchr(host, '%');

	if (scoped && scope != NULL) {
		*scope++ = '\0';
		if (!consists_of(scope, LETTERS DIGITS ".-_"))
			return false;
	}
	return inet_pton(AF_INET6, host, &address) == 1;
}

static bool
right_endpoint(const char *text, bool scoped)
{
	char	 host[256], *end;
	int	 len;

	len = snprintf(host, sizeof(host), "%s", text);
	if (len < 0 || (size_t)len >= sizeof(host))
		return false;
	end = strrchr(host, ':');
	if (end == NULL || !right_port(end + 1))
		return false;
	*end = '\0';
	if (*host != '[')
		return right_v4(host);
	if (end[-1] != ']')
		return false;
	end[-1] = '\0';
	return right_v6(host + 1, scoped);
}

const char *
check_listen(const char *text)
{
	return right_endpoint(text, true) ? NULL :
	    "ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"";
}

/* A path in sockaddr_un has room for 107 bytes. */
const char *
check_master(const char *text)
{
	if (strncmp(text, "unix:/", 6) == 0 && strlen(text + 5) <= 107)
		return NULL;
	if (strncmp(text, "tcp:", 4) == 0 && right_endpoint(text + 4, false))
		return NULL;
	return "unix:/PATH (at most 107 bytes) or tcp:ADDRESS:PORT";
}

/* -- networks ------------------------------------------------------------------- */

static bool
bits_clear_from(const struct network *n, unsigned length)
{
	unsigned	i;

	for (i = n->bits; i < length; i++)
		if ((n->address[i / 8] & (0x80 >> i % 8)) != 0)
			return false;
	return true;
}

/* Bits beyond the prefix are refused: was the host meant, or its network? */
bool
network_parse(const char *text, struct network *n)
{
	const char	*slash = strchr(text, '/');
	size_t		 len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char		 address[64];
	unsigned	 length;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	memset(n, 0, sizeof(*n));
	n->v6 = strchr(address, ':') != NULL;
	length = n->v6 ? 128 : 32;
	if (inet_pton(n->v6 ? AF_INET6 : AF_INET, address, n->address) != 1)
		return false;
	n->bits = length;
	if (slash == NULL)
		return true;
	if (!consists_of(slash + 1, DIGITS) || strlen(slash + 1) > 3)
		return false;
	n->bits = (unsigned)atoi(slash + 1);
	return n->bits <= length && bits_clear_from(n, length);
}

static bool
network_has(const struct network *n, const uint8_t *address)
{
	unsigned	whole = n->bits / 8, rest = n->bits % 8;

	return memcmp(n->address, address, whole) == 0 &&
	    (rest == 0 || ((n->address[whole] ^ address[whole]) & (0xff00 >> rest) & 0xff) == 0);
}

/* RFC 4291, 2.5.5.2: how a v6 socket shows a v4 client. */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool
networks_have(const struct networks *list, const uint8_t *address, bool v6)
{
	const uint8_t	*v4 = v6 ? NULL : address;
	size_t		 i;

	if (list->n == 0)
		return true;
	if (v6 && memcmp(address, mapped, sizeof(mapped)) == 0)
		v4 = address + sizeof(mapped);
	for (i = 0; i < list->n; i++) {
		if (list->at[i].v6 && v6 && network_has(&list->at[i], address))
			return true;
		if (!list->at[i].v6 && v4 != NULL && network_has(&list->at[i], v4))
			return true;
	}
	return false;
}
