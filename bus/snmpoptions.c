#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bus/snmpoptions.h"
#include "core/mem.h"

#define SECRET_MIN	8		/* RFC 3414, 11.2 */
#define NAME_MAX_LEN	32		/* SnmpAdminString of users and contexts, RFC 3414 and 3415 */
#define TIMEOUT_MAX	60		/* s */
#define RETRIES_MAX	20

/* As configured, else the driver's default, else NULL. */
static const char *
find(const struct device_settings *s, const struct driver *d, const char *name)
{
	const struct option	*o;
	size_t			 i;

	for (i = 0; i < s->options.n; i++)
		if (strcasecmp(s->options.at[i].name, name) == 0)
			return s->options.at[i].value;
	for (o = d != NULL ? d->options : NULL; o != NULL && o->name != NULL; o++)
		if (strcasecmp(o->name, name) == 0)
			return o->dflt;
	return NULL;
}

struct word {
	const char	*word;
	int		 value;
};

static const struct word versions[] = {
	{ "1", SNMP_V1 }, { "v1", SNMP_V1 }, { "2c", SNMP_V2C }, { "v2c", SNMP_V2C }, { "2", SNMP_V2C },
	{ "3", SNMP_V3 }, { "v3", SNMP_V3 }, { NULL, 0 }
};

static const struct word levels[] = {
	{ "noAuthNoPriv", SNMP_NO_AUTH }, { "authNoPriv", SNMP_AUTH }, { "authPriv", SNMP_AUTH_PRIV }, { NULL, 0 }
};

static int
look_up(const struct word *words, const char *text)
{
	for (; words->word != NULL; words++)
		if (strcasecmp(words->word, text) == 0)
			return words->value;
	return -1;
}

/* Decimal seconds or a count: digits, and at most three after a point when scaled by 1000. */
static bool
read_unsigned(const char *text, unsigned scale, unsigned max, unsigned *result)
{
	char	*end;
	double	 n;

	if (text[strspn(text, scale > 1 ? "0123456789." : "0123456789")] != '\0' || strlen(text) > 8)
		return false;
	n = strtod(text, &end);
	if (end == text || *end != '\0' || n > max)
		return false;
	*result = (unsigned)(n * scale + 0.5);
	return true;
}

static bool
read_times(const struct device_settings *s, const struct driver *d, struct snmp_options *o, char **why)
{
	const char	*timeout = find(s, d, "timeout"), *retries = find(s, d, "retries");

	o->timeout_ms = 1000;
	o->retries = 3;
	if (timeout != NULL && (!read_unsigned(timeout, 1000, TIMEOUT_MAX, &o->timeout_ms) || o->timeout_ms == 0)) {
		*why = xasprintf("timeout=%s: seconds are wanted, up to %d", timeout, TIMEOUT_MAX);
		return false;
	}
	if (retries != NULL && !read_unsigned(retries, 1, RETRIES_MAX, &o->retries)) {
		*why = xasprintf("retries=%s: a number is wanted, up to %d", retries, RETRIES_MAX);
		return false;
	}
	return true;
}

static bool
secret_fits(const char *name, const char *secret, char **why)
{
	if (secret == NULL)
		*why = xasprintf("%s is wanted at this level", name);
	else if (strlen(secret) < SECRET_MIN)
		*why = xasprintf("%s is too short: at least %d characters are wanted", name, SECRET_MIN);
	else
		return true;
	return false;
}

static bool
read_protocols(const struct device_settings *s, const struct driver *d, struct snmp_options *o, char **why)
{
	const char	*auth = find(s, d, "auth"), *priv = find(s, d, "priv");

	if (o->identity.level >= SNMP_AUTH) {
		o->identity.auth = snmp_auth(auth != NULL ? auth : "SHA");
		if (o->identity.auth == -1) {
			*why = xasprintf("auth=%s: MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512 is wanted", auth);
			return false;
		}
		if (!secret_fits("auth-secret", o->auth_secret, why))
			return false;
	}
	if (o->identity.level == SNMP_AUTH_PRIV) {
		o->identity.priv = snmp_priv(priv != NULL ? priv : "AES");
		if (o->identity.priv == -1) {
			*why = xasprintf("priv=%s: DES, AES, AES-192, AES-256, AES-192-C or AES-256-C is wanted, "
			    "as far as net-snmp has them", priv);
			return false;
		}
		if (o->priv_secret == NULL)	/* the habit of the field: one secret for both */
			o->priv_secret = o->auth_secret;
		if (!secret_fits("priv-secret", o->priv_secret, why))
			return false;
	}
	return true;
}

/* Without a level, the secrets that are given say it. */
static bool
read_user(const struct device_settings *s, const struct driver *d, struct snmp_options *o, char **why)
{
	const char	*level = find(s, d, "level"), *context = find(s, d, "context");
	int		 n;

	o->identity.user = find(s, d, "user");
	o->identity.context = context != NULL ? context : "";
	o->auth_secret = find(s, d, "auth-secret");
	o->priv_secret = find(s, d, "priv-secret");
	if (o->identity.user == NULL || o->identity.user[0] == '\0') {
		*why = xstrdup("version=3 wants a user");
		return false;
	}
	if (strlen(o->identity.user) > NAME_MAX_LEN || strlen(o->identity.context) > NAME_MAX_LEN) {
		*why = xasprintf("user and context have at most %d characters", NAME_MAX_LEN);
		return false;
	}
	if (level != NULL)
		n = look_up(levels, level);
	else
		n = o->priv_secret != NULL ? SNMP_AUTH_PRIV : o->auth_secret != NULL ? SNMP_AUTH : SNMP_NO_AUTH;
	if (n == -1) {
		*why = xasprintf("level=%s: noAuthNoPriv, authNoPriv or authPriv is wanted", level);
		return false;
	}
	o->identity.level = (enum snmp_level)n;
	return read_protocols(s, d, o, why);
}

bool
snmp_options_read(const struct device_settings *s, const struct driver *d, struct snmp_options *o, char **why)
{
	const char	*version = find(s, d, "version"), *community = find(s, d, "community");
	int		 n;

	*o = (struct snmp_options){ .identity = { .auth = -1, .priv = -1, .context = "" } };
	if (s->port == NULL) {
		*why = xstrdup("a port is wanted, as \"udp:192.0.2.10:161\"");
		return false;
	}
	if (strncmp(s->port, "replay:", strlen("replay:")) == 0)
		o->recording = s->port + strlen("replay:");
	else if (!link_port_parse(s->port, &o->port, why))
		return false;
	if (version == NULL)
		version = find(s, d, "user") != NULL ? "3" : "2c";
	if ((n = look_up(versions, version)) == -1) {
		*why = xasprintf("version=%s: 1, 2c or 3 is wanted", version);
		return false;
	}
	o->identity.version = (enum snmp_version)n;
	o->identity.community = community != NULL ? community : "public";
	o->identity.write_community = find(s, d, "write-community");
	if (!read_times(s, d, o, why))
		return false;
	return o->identity.version != SNMP_V3 || o->recording != NULL || read_user(s, d, o, why);
}
