#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/driver.h"
#include "core/mem.h"
#include "core/settings-table.h"
#include "core/tls-make.h"

static const struct option snmp_options[] = {
	{ "version", "2c", false, "" }, { "community", "public", true, "" },
	{ "user", NULL, false, "" }, { "auth", NULL, false, "" }, { "auth-secret", NULL, true, "" },
	{ "priv", NULL, false, "" }, { "priv-secret", NULL, true, "" }, { "timeout", "2", false, "" },
	{ NULL, NULL, false, NULL }
};

static const struct driver_facts facts[] = {
	{ "sim", 1000, 1000, NULL }, { "snmp", 5000, 30000, snmp_options }, { NULL, 0, 0, NULL }
};

static struct settings *
parse(const char *text, struct conf_errors *errors)
{
	return settings_parse("t", text, strlen(text), facts, errors);
}

static char *
join(const struct conf_errors *errors)
{
	struct buf	 text = {0};
	char		*all;
	size_t		 i;

	for (i = 0; i < errors->n; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : "\n", errors->texts[i]);
	all = xstrdup(buf_text(&text));
	buf_free(&text);
	return all;
}

/* -- mistakes --------------------------------------------------------------------- */

/* In a device that is right but for the text. */
#define DEVICE(text)	"device ups1 { driver = snmp  port = \"udp:192.0.2.10:161\"\n" text "\n}"

#define USER(text)	"user a { password = x\n" text "\n}\n"
#define HASH	"$y$j9T$FUa5bNKWNzKPX/6mO6pbR1$uMuW5D93tLIBqyZIOz4DGb.9QGKvk3sSJA5HZcoKBr4"
#define WRONG_COMMAND(text)	"t:2: commands: \"" text "\" is wrong; wants ALL, a command as in " \
	"\"load.off\" or \"test.*\", or DEVICE: and one of these"

static const struct {
	const char	*text, *errors;
} bad[] = {
	/* names */
	{ "foo = bar",		"t:1: foo: unknown; busbar.conf(5) has the names" },
	{ "statedir = \"/x\"",	"t:1: statedir: unknown; did you mean \"state-dir\"?" },
	{ "devise ups1 { }",	"t:1: devise: unknown; did you mean \"device\"?" },
	{ "agentx { sockets = x }", "t:1: sockets: unknown in agentx; did you mean \"socket\"?" },
	{ DEVICE("pol = 5"),	"t:2: pol: unknown in device ups1; did you mean \"poll\"?" },
	{ DEVICE("pollfull = 5"), "t:2: pollfull: unknown in device ups1; did you mean \"poll-full\"?" },
	{ "listen = \"[::1]:1\"", "t:1: listen: unknown here; it belongs in nut { ... }" },
	{ "poll = 5",		"t:1: poll: unknown here; it belongs in device NAME { ... }" },
	{ "nut { state-dir = \"/x\" }", "t:1: state-dir: unknown in nut; it belongs outside of all sections" },
	{ DEVICE("device ups2 {\n driver = sim port = x\n}"),
	    "t:2: device: a section of its own, but this is still in device ups1; is a \"}\" missing above?" },
	/* kinds */
	{ "device = ups1",	"t:1: device: this is a section; device NAME { ... }" },
	{ "nut = yes",		"t:1: nut: this is a section; nut { ... }" },
	{ "state-dir { }",	"t:1: state-dir: this is a setting; state-dir = VALUE" },
	{ DEVICE("poll { }"),	"t:2: poll: this is a setting; poll = VALUE" },
	{ "device { driver = sim }", "t:1: device: the name is missing; device NAME { ... }" },
	{ "nut server { }",	"t:1: nut: this section has no name; nut { ... }" },
	{ "run-dir = {\"/a\"}",	"t:1: run-dir: this is a single value; leave out the braces" },
	{ DEVICE("poll = {1, 2}"), "t:2: poll: this is a single value; leave out the braces" },
	/* repetition */
	{ "run-dir = \"/a\"\nrun-dir = \"/b\"", "t:2: run-dir: given twice; the first is on line 1" },
	{ "nut { }\nnut { }",	"t:2: nut: given twice; the first is on line 1" },
	{ DEVICE("poll = 5\npoll = 5"), "t:3: poll: given twice; the first is on line 2" },
	{ DEVICE("driver = sim"), "t:2: driver: given twice; the first is on line 1" },
	{ DEVICE("aliases = {a, a}"),
	    "t:2: aliases: \"a\" is wrong; wants something else: it stands here twice\n"
	    "t:2: alias a: the name is taken by the alias at t:2; names differ in more than their case" },
	{ DEVICE("override = {\"a.b=1\", \"a.b=2\"}"),
	    "t:2: override: \"a.b=2\" is wrong; wants something else: that name stands here twice" },
	{ DEVICE("options = {\"user=a\", \"user=b\"}"),
	    "t:2: options: \"user=b\" is wrong; wants something else: that name stands here twice" },
	/* names of devices */
	{ "device ups1 { driver = sim port = a }\ndevice UPS1 { driver = sim port = b }",
	    "t:2: device UPS1: the name is taken by the device at t:1; names differ in more than their case" },
	{ "device a { driver = sim port = a aliases = {x} }\ndevice b { driver = sim port = b\n aliases = {y, A} }",
	    "t:3: alias A: the name is taken by the device at t:1; names differ in more than their case" },
	{ "device a { driver = sim port = a units = {\"1=B\"} }\ndevice b { driver = sim port = b }",
	    "t:2: device b: the name is taken by the unit at t:1; names differ in more than their case" },
	{ "device \"a b\" { driver = sim port = a }", "t:1: device: \"a b\" is wrong; wants a name of 1 to 32 of A-Z a-z 0-9 . _ -" },
	{ "device \"\" { driver = sim port = a }", "t:1: device: \"\" is wrong; wants a name of 1 to 32 of A-Z a-z 0-9 . _ -" },
	{ "device a23456789012345678901234567890123 { driver = sim port = a }",
	    "t:1: device: \"a23456789012345678901234567890123\" is wrong; wants a name of 1 to 32 of A-Z a-z 0-9 . _ -" },
	{ DEVICE("aliases = {\"a/b\"}"), "t:2: aliases: \"a/b\" is wrong; wants a name of 1 to 32 of A-Z a-z 0-9 . _ -" },
	{ DEVICE("units = {\"1=a b\"}"), "t:2: units: \"1=a b\" is wrong; wants a name of 1 to 32 of A-Z a-z 0-9 . _ - behind the \"=\"" },
	/* what must be there */
	{ "device ups1 { }",	"t:1: driver: missing in device ups1; driver = VALUE\nt:1: port: missing in device ups1; port = VALUE" },
	{ "device ups1 { driver = sim }", "t:1: port: missing in device ups1; port = VALUE" },
	{ "nut { listen = {} }", "t:1: listen: the list is empty; wants at least one value" },
	/* drivers and their options */
	{ "device a { driver = smnp port = x }", "t:1: driver: \"smnp\" is unknown; there are: sim, snmp; did you mean \"snmp\"?" },
	{ "device a { driver = usbhid port = auto }", "t:1: driver: \"usbhid\" is unknown; there are: sim, snmp" },
	{ "device a { driver = {sim} port = x }", "t:1: driver: this is a single value; leave out the braces" },
	{ DEVICE("options = {\"comunity=x\"}"), "t:2: options: \"comunity\" is unknown to driver snmp; did you mean \"community\"?" },
	{ DEVICE("options = {\"baudrate=x\"}"), "t:2: options: \"baudrate\" is unknown to driver snmp; busbar.conf(5) has its options" },
	{ "device a { driver = sim port = x options = {\"a=b\"} }", "t:1: options: driver sim takes none, but here is \"a\"" },
	{ DEVICE("options = {version}"), "t:2: options: \"version\" is wrong; wants NAME=VALUE, in double quotes" },
	{ DEVICE("port = \"\""), "t:2: port: given twice; the first is on line 1" },
	{ "device a { driver = sim port = \"\" }", "t:1: port: \"\" is wrong; wants a text of 1 to 1024 bytes" },
	/* numbers and times */
	{ "agentx { contexts = many }", "t:1: contexts: \"many\" is wrong; wants a number from 0 to 65535" },
	{ "agentx { contexts = -1 }", "t:1: contexts: \"-1\" is wrong; wants a number from 0 to 65535" },
	{ "agentx { contexts = 65536 }", "t:1: contexts: \"65536\" is wrong; wants a number from 0 to 65535" },
	{ "nut { max-connections = 0 }", "t:1: max-connections: \"0\" is wrong; wants a number from 1 to 65536" },
	{ DEVICE("debug = 1.5"), "t:2: debug: \"1.5\" is wrong; wants a number from 0 to 9" },
	{ DEVICE("debug = 99999999999999999999"), "t:2: debug: \"99999999999999999999\" is wrong; wants a number from 0 to 9" },
	{ DEVICE("poll = fast"), "t:2: poll: \"fast\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 0"),	"t:2: poll: \"0\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 0.0099"), "t:2: poll: \"0.0099\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 1."),	"t:2: poll: \"1.\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = .5"),	"t:2: poll: \".5\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 5s"),	"t:2: poll: \"5s\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 3601"), "t:2: poll: \"3601\" is wrong; wants seconds from 0.01 to 3600" },
	{ DEVICE("poll = 10 poll-full = 5"), "t:2: poll-full: 5 is shorter than poll, which is 10; wants at least that" },
	{ DEVICE("poll = 10\nmax-age = 19.5"), "t:3: max-age: 19.5 is less than twice poll, which is 10; wants at least 20" },
	{ DEVICE("max-age = 9"), "t:2: max-age: 9 is less than twice poll, which is 5; wants at least 10" },
	/* words */
	{ DEVICE("low-battery = never"), "t:2: low-battery: \"never\" is wrong; wants device, thresholds or either" },
	{ DEVICE("eco-as-bypass = true"), "t:2: eco-as-bypass: \"true\" is wrong; wants yes or no" },
	{ DEVICE("derive = power"), "t:2: derive: \"power\" is wrong; wants none or load" },
	{ DEVICE("context = Yes"), "t:2: context: \"Yes\" is wrong; wants yes, no or auto" },
	/* texts */
	{ "state-dir = var",	"t:1: state-dir: \"var\" is wrong; wants an absolute path" },
	{ DEVICE("attached = \"1234567890123456789012345678901234567890123456789012345678901234\""),
	    "t:2: attached: \"1234567890123456789012345678901234567890123456789012345678901234\" is wrong; wants a text of 0 to 63 bytes" },
	{ DEVICE("override = {\".type=ups\"}"), "t:2: override: \".type=ups\" is wrong; wants a NUT name, as in \"battery.charge.low\"" },
	{ DEVICE("default = {\"ups mfr=ACME\"}"), "t:2: default: \"ups mfr=ACME\" is wrong; wants a NUT name, as in \"battery.charge.low\"" },
	{ DEVICE("default = {\"=ACME\"}"), "t:2: default: \"=ACME\" is wrong; wants a NUT name, as in \"battery.charge.low\"" },
	{ DEVICE("profile = \"../x\""), "t:2: profile: \"../x\" is wrong; wants a word of A-Z a-z 0-9 . _ -" },
	{ "control { users = {\"a b\"} }", "t:1: users: \"a b\" is wrong; wants a word of A-Z a-z 0-9 . _ -" },
	/* addresses */
	{ "nut { listen = {\"127.0.0.1\"} }", "t:1: listen: \"127.0.0.1\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"127.0.0:3493\"} }", "t:1: listen: \"127.0.0:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"::1:3493\"} }", "t:1: listen: \"::1:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"*:3493\"} }", "t:1: listen: \"*:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"[::g]:3493\"} }", "t:1: listen: \"[::g]:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"localhost:3493\"} }", "t:1: listen: \"localhost:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"[::1:3493\"} }", "t:1: listen: \"[::1:3493\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"127.0.0.1:0\"} }", "t:1: listen: \"127.0.0.1:0\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { listen = {\"127.0.0.1:65536\"} }", "t:1: listen: \"127.0.0.1:65536\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"" },
	{ "nut { allow = {\"10.0.0.0/33\"} }", "t:1: allow: \"10.0.0.0/33\" is wrong; wants an address, or ADDRESS/BITS with no bit set behind the first BITS" },
	{ "nut { allow = {\"10.0.0.1/8\"} }", "t:1: allow: \"10.0.0.1/8\" is wrong; wants an address, or ADDRESS/BITS with no bit set behind the first BITS" },
	{ "nut { allow = {localhost} }", "t:1: allow: \"localhost\" is wrong; wants an address, or ADDRESS/BITS with no bit set behind the first BITS" },
	{ "agentx { socket = \"/var/agentx/master\" }", "t:1: socket: \"/var/agentx/master\" is wrong; wants unix:/PATH (at most 107 bytes) or tcp:ADDRESS:PORT" },
	{ "agentx { socket = \"tcp:localhost:705\" }", "t:1: socket: \"tcp:localhost:705\" is wrong; wants unix:/PATH (at most 107 bytes) or tcp:ADDRESS:PORT" },
	{ "agentx { socket = \"tcp:[fe80::1%eth0]:705\" }", "t:1: socket: \"tcp:[fe80::1%eth0]:705\" is wrong; wants unix:/PATH (at most 107 bytes) or tcp:ADDRESS:PORT" },
	{ "agentx { socket = \"tcp:localhost\" }", "t:1: socket: \"tcp:localhost\" is wrong; wants unix:/PATH (at most 107 bytes) or tcp:ADDRESS:PORT" },
	/* references */
	{ "agentx {\n default = ups2 }\n" DEVICE(""), "t:2: default: there is no device \"ups2\"; did you mean \"ups1\"?" },
	{ "agentx {\n default = UPS }\n" DEVICE("aliases = {ups}"), "t:2: default: \"UPS\" is an alias for NUT clients; wants the device's own name, \"ups1\"" },
	{ "agentx {\n default = rack }\n" DEVICE(""), "t:2: default: there is no device \"rack\"" },
	/* TLS */
	{ "nut { certificate = \"/x\" }", "t:1: certificate: does nothing without key; key = \"/PATH\"" },
	{ "nut { key = \"/x\" }", "t:1: key: does nothing without certificate; certificate = \"/PATH\"" },
	{ "nut { client-ca = \"/x\" }", "t:1: client-ca: does nothing without certificate; certificate = \"/PATH\"" },
	{ "nut { tls-min = 1.3 }", "t:1: tls-min: does nothing without certificate; certificate = \"/PATH\"" },
	{ "nut { require = tls }", "t:1: require: does nothing without certificate; certificate = \"/PATH\"" },
	{ "nut { certificate = \"/x\" key = \"/y\"\n require = certificate }",
	    "t:2: require: does nothing without client-ca; client-ca = \"/PATH\"" },
	{ "nut { certificate = \"/x\" key = \"/y\" tls-min = 1.4 }", "t:1: tls-min: \"1.4\" is wrong; wants 1.0, 1.1, 1.2 or 1.3" },
	{ "nut { certificate = \"x\" key = \"/y\" }", "t:1: certificate: \"x\" is wrong; wants an absolute path" },
	{ "nut { require = both }", "t:1: require: \"both\" is wrong; wants none, tls or certificate" },
	/* users */
	{ "user { password = x }", "t:1: user: the name is missing; user NAME { ... }" },
	{ "user \"a b\" { password = x }", "t:1: user: \"a b\" is wrong; wants a name of 1 to 64 printable characters without blanks" },
	{ "user a { }", "t:1: password: missing in user a; password = VALUE, or password-hash = VALUE as busbarctl password prints it" },
	{ "user a { password = x\n password-hash = \"" HASH "\" }",
	    "t:2: password-hash: user a has a password as well, on line 1; leave one of them out" },
	{ "user a { password = \"\" }", "t:1: password: what stands here is wrong; wants a text of 1 to 512 bytes" },
	{ "user a { password-hash = \"$1$GHuU9BDS$shIVBVdtQxtiY6ZNNJ6VX.aaaaaaaaaaaaa\" }", "t:1: password-hash: what stands here is wrong; "
	    "wants a hash by yescrypt, scrypt, bcrypt, SHA-512 or SHA-256, as busbarctl password prints it" },
	{ "user a { password-hash = secret }", "t:1: password-hash: what stands here is wrong; "
	    "wants a hash by yescrypt, scrypt, bcrypt, SHA-512 or SHA-256, as busbarctl password prints it" },
	{ USER("pasword = y"), "t:2: pasword: unknown in user a; did you mean \"password\"?" },
	{ USER("upsmon = master"), "t:2: upsmon: \"master\" is wrong; wants primary or secondary" },
	{ USER("actions = {SET, REBOOT}"), "t:2: actions: \"REBOOT\" is wrong; wants SET or FSD" },
	{ USER("actions = {set}"), "t:2: actions: \"set\" is wrong; wants SET or FSD" },
	{ USER("actions = {SET, SET}"), "t:2: actions: \"SET\" is wrong; wants something else: it stands here twice" },
	{ USER("commands = {\"a b\"}"), WRONG_COMMAND("a b") },
	{ USER("commands = {\"*\"}"), WRONG_COMMAND("*") },
	{ USER("commands = {\"test*\"}"), WRONG_COMMAND("test*") },
	{ USER("commands = {\"test.*.x\"}"), WRONG_COMMAND("test.*.x") },
	{ USER("commands = {\":load.off\"}"), WRONG_COMMAND(":load.off") },
	{ USER("commands = {\"ups1:\"}"), WRONG_COMMAND("ups1:") },
	{ USER("commands = {\"a:b:load.off\"}"), WRONG_COMMAND("a:b:load.off") },
	{ USER("commands = {\"ups*:load.off\"}"), WRONG_COMMAND("ups*:load.off") },
	{ USER("allow = {\"10.0.0.1/8\"}"), "t:2: allow: \"10.0.0.1/8\" is wrong; wants an address, or ADDRESS/BITS with no bit set behind the first BITS" },
	{ USER("devices = {\"a b\"}"), "t:2: devices: \"a b\" is wrong; wants a device, or \"*\" for all" },
	{ USER("devices = {ups2}") DEVICE(""), "t:2: devices: there is no device \"ups2\"; did you mean \"ups1\"?" },
	{ USER("devices = {ups2-3}") DEVICE(""), "t:2: devices: there is no device \"ups2-3\"; did you mean \"ups1\"?" },
	{ USER("commands = {\"rack:load.off\"}") DEVICE(""), "t:2: commands: there is no device \"rack\"" },
	{ USER("devices = {ups,\n ups1}") DEVICE("aliases = {ups}"), "t:3: devices: \"ups1\" is wrong; wants something else: it stands here twice" },
	{ "user a { password = x }\nuser A { password = x }\nuser a { password = y }", "t:3: user a: given twice; one is at t:1" },
	{ DEVICE("user a {\n password = x\n}"), "t:2: user: a section of its own, but this is still in device ups1; is a \"}\" missing above?" },
	/* what is not there yet */
	{ "group g { members = {\"a:1\"} }", "t:1: members: there is no device \"a\"" },
	{ DEVICE("") "group g { members = {UPS1} }",
	  "t:3: members: \"ups1\" is wrong; wants DEVICE:OUTLET, as in \"pdu1:3\"" },
	{ DEVICE("") "group g { }", "t:3: members: missing in group g; members = VALUE" },
	{ DEVICE("") "group g { members = {\"ups1:1\"} }\nload G { feeds = {ups1} }",
	  "t:4: load G: the name is taken by the group at t:3; names differ in more than their case" },
	{ DEVICE("") "group g { members = {\"ups1:1\", \"ups1:1\"} }",
	  "t:3: members: \"ups1:1\" is wrong; wants something else: it stands here twice" },
	{ DEVICE("") "group g { members = {\"ups1:1\"} }\n" USER("devices = {g}"),
	  "t:5: devices: \"g\" is a group; wants a device" },
	{ "load l { feeds = {\"a:1\"} }", "t:1: feeds: there is no device \"a\"; did you mean \"l\"?" },
	{ DEVICE("") "load l { feeds = {\"ups1:1\"} needed = 2 }", "t:3: needed: load l needs 2 feeds and has 1" },
	{ DEVICE("") "load l { feeds = {\"ups1:\"} }",
	  "t:3: feeds: \"ups1:\" is wrong; wants DEVICE:OUTLET, as in \"pdu1:3\", or DEVICE" },
	{ DEVICE("") "load l { feeds = {ups1} }\nload m { feeds = {l} }",
	  "t:4: feeds: \"l\" is a load; wants a device" },
	{ DEVICE("") "load l { feeds = {ups1} }\nload L { feeds = {ups1} }",
	  "t:4: load L: the name is taken by the load at t:3; names differ in more than their case" },
	{ DEVICE("") "load l { feeds = {ups1} }\nagentx { default = l }",
	  "t:4: default: \"l\" is a load; wants a device" },
	{ DEVICE("fed-by = {ups1}"), "t:1: fed-by: device ups1 is fed by itself in the end" },
	{ DEVICE("fed-by = {\"ups1:2\"} aliases = {u}"), "t:1: fed-by: device ups1 is fed by itself in the end" },
	{ DEVICE("fed-by = {u} aliases = {u}"),
	  "t:2: fed-by: \"u\" is an alias for NUT clients; wants the device's own name, \"ups1\"" },
	{ DEVICE("outlet 3 { critical = maybe }"), "t:2: critical: \"maybe\" is wrong; wants yes or no" },
	{ DEVICE("outlet 3 { } outlet 3 { }"), "t:2: outlet 3: given twice" },
	{ DEVICE("outlet { }"), "t:2: outlet: the name is missing; outlet NAME { ... }" },
	{ DEVICE("outlet 0 { }"),
	  "t:2: outlet: \"0\" is wrong; wants the outlet's number, or the device's own word for it without blanks" },
	{ DEVICE("outlet 3 { crtical = yes }"), "t:2: crtical: unknown in outlet 3; did you mean \"critical\"?" },
	{ "agentx { writable = {name} }", "t:1: writable: \"name\" is wrong; wants names, test, config or control" },
	/* one mistake, one message; several, all of them, in order */
	{ DEVICE("poll 5"),	"t:2: poll 5: the end of the line where \"{\" was expected; poll = \"5\", or poll 5 { ... }" },
	{ "device a { driver = sim\n port \"x\"\n}", "t:2: port x: the end of the line where \"{\" was expected; port = \"x\", or port x { ... }" },
	{ "device a { driver = sim port = \"x\n}", "t:1: a string is not closed on its line; a \" is missing" },
	{ "include \"x.conf\"", "t:1: include \"x.conf\": nothing can be included here" },
	{ "foo = 1\nnut { listen = {\"x\", \"y\"}\n max-connections = no }\ndevice a {\n driver = sim\n poll = \n port = {}\n}\nbar",
	    "t:1: foo: unknown; busbar.conf(5) has the names\n"
	    "t:2: listen: \"x\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"\n"
	    "t:2: listen: \"y\" is wrong; wants ADDRESS:PORT or [IPV6]:PORT, as in \"0.0.0.0:3493\"\n"
	    "t:3: max-connections: \"no\" is wrong; wants a number from 1 to 65536\n"
	    "t:6: poll: a value is missing after \"=\"\n"
	    "t:7: port: this is a single value; leave out the braces\n"
	    "t:9: bar: the end of the file where \"=\" or \"{\" was expected" },
};

static void
test_mistakes(void **state)
{
	struct conf_errors	 errors = {0};
	unsigned		 wrong = 0;
	char			*all;
	size_t			 i;

	for (i = 0; i < nitems(bad); i++) {
		assert_null(parse(bad[i].text, &errors));
		all = join(&errors);
		if (strcmp(all, bad[i].errors) != 0) {
			print_error("for:  %s\nsaid: %s\nnot:  %s\n", bad[i].text, all, bad[i].errors);
			wrong++;
		}
		free(all);
		conf_errors_free(&errors);
	}
	assert_int_equal(wrong, 0);
}

/* -- what is right ------------------------------------------------------------------- */

static struct settings *
parse_good(const char *text)
{
	struct conf_errors	 errors = {0};
	struct settings		*s = parse(text, &errors);

	if (s == NULL)
		fail_msg("%s", errors.texts[0]);
	assert_int_equal(errors.n, 0);
	return s;
}

static void
test_defaults(void **state)
{
	struct settings	*s = parse_good("");

	assert_string_equal(s->state_dir, LOCALSTATEDIR "/lib/busbar");
	assert_string_equal(s->run_dir, RUNDIR);
	assert_true(s->agentx.present);
	assert_string_equal(s->agentx.socket, "unix:/var/agentx/master");
	assert_null(s->agentx.dflt);
	assert_int_equal(s->agentx.contexts, 1000);
	assert_int_equal(s->agentx.entity, SET_AUTO);
	assert_int_equal(s->agentx.writable, 0);
	assert_true(s->nut.present);
	assert_int_equal(s->nut.listen.n, 2);
	assert_string_equal(s->nut.listen.at[0], "127.0.0.1:3493");
	assert_string_equal(s->nut.listen.at[1], "[::1]:3493");
	assert_int_equal(s->nut.max_connections, 1024);
	assert_int_equal(s->nut.allow.n, 0);
	assert_int_equal(s->nut.hostsync, 15);
	assert_int_equal(s->nut.require, REQUIRE_NONE);
	assert_null(s->nut.certificate);
	assert_int_equal(s->nut.tls_min, TLS_1_2);
	assert_int_equal(s->control.users.n, 1);
	assert_string_equal(s->control.users.at[0], "root");
	assert_string_equal(s->control.groups.at[0], "busbar");
	assert_int_equal(s->ndevices, 0);
	assert_string_equal(s->nut_text, "nut {\n}\n");
	assert_string_equal(s->agentx_text, "agentx {\n}\n");
	settings_free(s);
}

static void
test_device_defaults(void **state)
{
	struct settings		*s = parse_good("\ndevice Ups.1_a-b { driver = snmp port = x }");
	struct device_settings	*d = &s->devices[0];

	assert_int_equal(s->ndevices, 1);
	assert_string_equal(d->name, "Ups.1_a-b");
	assert_string_equal(d->place.file, "t");
	assert_int_equal(d->place.line, 2);
	assert_string_equal(d->driver, "snmp");
	assert_string_equal(d->port, "x");
	assert_string_equal(d->profile, "auto");
	assert_string_equal(d->description, "");
	assert_string_equal(d->attached, "");
	assert_int_equal(d->poll_ms, 5000);
	assert_int_equal(d->poll_full_ms, 30000);
	assert_int_equal(d->max_age_ms, 15000);
	assert_int_equal(d->aliases.n + d->override.n + d->dflt.n + d->units.n + d->options.n, 0);
	assert_int_equal(d->low_battery, LOW_BATTERY_DEVICE);
	assert_false(d->estimates);
	assert_int_equal(d->shutdown.n, 3);
	assert_string_equal(d->shutdown.at[2], "load.off.delay");
	assert_int_equal(d->shutdown_order, 0);
	assert_false(d->allow_killpower);
	assert_int_equal(d->fsd_clear, 60);
	assert_int_equal(d->context, SET_AUTO);
	assert_int_equal(d->debug, 0);
	assert_true(d->fsd_before_shutdown);
	assert_false(d->restart_on_mains || d->eco_as_bypass || d->battery_temp_from_ups || d->derive_load);
	assert_int_equal(d->writable, 0);
	settings_free(s);
}

static void
test_everything(void **state)
{
	struct settings		*s = parse_good(
	    "state-dir = \"/s\" run-dir = /r\n"
	    "agentx { socket = \"tcp:[::1]:705\" default = UPS1 contexts = 0 entity = no writable = {} }\n"
	    "nut { listen = {\"127.0.0.1:1\", \"[fe80::1%eth0]:65535\"} max-connections = 65536\n"
	    "  require = none hostsync = 0 allow = {\"10.0.0.0/8\", \"::1\"} }\n"
	    "control { users = {} groups = {ops, power} }\n"
	    "device ups1 { driver = snmp port = \"udp:h:161\" profile = apc description = \"Rack \\\"4\\\"\"\n"
	    "  attached = \"db1 db2\" poll = 0.5 poll-full = 1.25 max-age = 1 aliases = {ups, qnapups}\n"
	    "  override = {\"battery.runtime.low=300\"} default = {\"ups.mfr=A=B\", \"ups.model=\"}\n"
	    "  low-battery = either estimates = no allow-killpower = yes fsd-clear = 0 context = no\n"
	    "  shutdown = {\"load.off\"} shutdown-order = -1\n"
	    "  units = {\"ups=name\"} debug = 2 fsd-before-shutdown = no restart-on-mains = yes eco-as-bypass = yes\n"
	    "  battery-temp-from-ups = yes derive = load options = {\"community=c d\", \"version=1\"} writable = {} }\n");
	struct device_settings	*d = &s->devices[0];

	assert_string_equal(s->run_dir, "/r");
	assert_string_equal(s->agentx.socket, "tcp:[::1]:705");
	assert_string_equal(s->agentx.dflt, "UPS1");
	assert_int_equal(s->agentx.entity, SET_NO);
	assert_int_equal(s->nut.allow.n, 2);
	assert_int_equal(s->nut.allow.at[0].bits, 8);
	assert_int_equal(s->nut.max_connections, 65536);
	assert_int_equal(s->nut.hostsync, 0);
	assert_true(d->allow_killpower);
	assert_int_equal(d->shutdown.n, 1);
	assert_string_equal(d->shutdown.at[0], "load.off");
	assert_int_equal(d->shutdown_order, -1);
	assert_int_equal(s->control.users.n, 0);
	assert_string_equal(d->description, "Rack \"4\"");
	assert_int_equal(d->poll_ms, 500);
	assert_int_equal(d->poll_full_ms, 1250);
	assert_int_equal(d->max_age_ms, 1000);
	assert_string_equal(d->aliases.at[1], "qnapups");
	assert_string_equal(d->override.at[0].name, "battery.runtime.low");
	assert_string_equal(d->override.at[0].value, "300");
	assert_string_equal(d->dflt.at[0].value, "A=B");
	assert_string_equal(d->dflt.at[1].value, "");
	assert_int_equal(d->low_battery, LOW_BATTERY_EITHER);
	assert_int_equal(d->fsd_clear, 0);
	assert_int_equal(d->context, SET_NO);
	assert_true(d->derive_load && d->eco_as_bypass && d->battery_temp_from_ups && d->restart_on_mains);
	assert_false(d->fsd_before_shutdown);
	assert_string_equal(d->options.at[0].value, "c d");
	assert_int_equal(d->debug, 2);
	settings_free(s);
}

/* poll-full and max-age keep up with a slow poll. */
static void
test_slow_poll(void **state)
{
	struct settings	*s = parse_good(DEVICE("poll = 60"));

	assert_int_equal(s->devices[0].poll_full_ms, 60000);
	assert_int_equal(s->devices[0].max_age_ms, 180000);
	settings_free(s);
}

/* Two sections that differ only in blanks, comments and order of lines need no restart. */
static void
test_canonical_device(void **state)
{
	struct settings	*a = parse_good("device u{driver=sim port=x}");
	struct settings	*b = parse_good("# new\n\ndevice u\n{\n  driver = sim # same\n  port = x\n}\n");
	struct settings	*c = parse_good("device u { driver = sim port = y }");

	assert_string_equal(a->devices[0].text, "device u {\n    driver = sim\n    port = x\n}\n");
	assert_string_equal(a->devices[0].text, b->devices[0].text);
	assert_string_not_equal(a->devices[0].text, c->devices[0].text);
	settings_free(a);
	settings_free(b);
	settings_free(c);
}

/* What a role is given parses alone, to the same. */
static void
test_parts(void **state)
{
	struct settings	*s = parse_good(
	    "agentx { default = ups1 contexts = 3 }\n"
	    "nut { listen = {\"0.0.0.0:3493\"} allow = {\"10.0.0.0/8\"} }\n" DEVICE(""));
	struct settings	*agentx = parse_good(s->agentx_text), *nut = parse_good(s->nut_text);

	assert_string_equal(agentx->agentx.dflt, "ups1");
	assert_int_equal(agentx->agentx.contexts, 3);
	assert_string_equal(agentx->agentx_text, s->agentx_text);
	assert_int_equal(nut->nut.listen.n, 1);
	assert_int_equal(nut->nut.allow.n, 1);
	assert_string_equal(nut->nut_text, s->nut_text);
	settings_free(s);
	settings_free(agentx);
	settings_free(nut);
}

/* The nut role is given users as well, and devices by their own names only. */
static void
test_users(void **state)
{
	struct settings	*s = parse_good(
	    "user monuser { password = \"s \\\" c\" upsmon = secondary allow = {\"10.0.0.0/8\"} }\n"
	    "user Admin { password-hash = \"" HASH "\" upsmon = primary actions = {SET, FSD}\n"
	    "  commands = {ALL, \"test.*\", \"UPS:load.off\", \"ups1-2:outlet.3.load.cycle\", \"ups1:ALL\"}\n"
	    "  devices = {UPS, lab, \"ups1-2\"} }\n"
	    DEVICE("aliases = {ups}\n units = {\"2=lab\"}"));
	struct settings		*role = parse_good(s->nut_text);
	struct user_settings	*u = role->users;

	assert_int_equal(role->nusers, 2);
	assert_string_equal(u[0].name, "monuser");
	assert_string_equal(u[0].password, "s \" c");
	assert_null(u[0].password_hash);
	assert_int_equal(u[0].upsmon, UPSMON_SECONDARY);
	assert_int_equal(u[0].allow.n, 1);
	assert_int_equal(u[0].actions, 0);
	assert_int_equal(u[0].commands.n, 0);
	assert_int_equal(u[0].devices.n, 1);
	assert_string_equal(u[0].devices.at[0], "*");
	assert_null(u[1].password);
	assert_string_equal(u[1].password_hash, HASH);
	assert_int_equal(u[1].upsmon, UPSMON_PRIMARY);
	assert_int_equal(u[1].actions, ACTION_SET | ACTION_FSD);
	assert_int_equal(u[1].commands.n, 5);
	assert_string_equal(u[1].commands.at[2], "ups1:load.off");
	assert_string_equal(u[1].devices.at[0], "ups1");
	assert_string_equal(u[1].devices.at[1], "lab");
	assert_string_equal(role->nut_text, s->nut_text);
	settings_free(s);
	settings_free(role);
}

/* The names of a source's devices are not known before it answers. */
static void
test_default_of_source(void **state)
{
	settings_free(parse_good("agentx { default = UPS1-2 }\n" DEVICE("")));
	settings_free(parse_good("agentx { default = lab }\n" DEVICE("units = {\"2=lab\"}")));
}

/* -- secrets --------------------------------------------------------------------------- */

struct place {
	char	 dir[32];
	char	*conf, *secret;
};

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static int
place_new(void **state)
{
	struct place	*p = xcalloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/test_settings.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	p->conf = xasprintf("%s/busbar.conf", p->dir);
	p->secret = xasprintf("%s/secret", p->dir);
	*state = p;
	return 0;
}

static int
place_free(void **state)
{
	struct place	*p = *state;

	remove(p->conf);
	remove(p->secret);
	remove(p->dir);
	free(p->conf);
	free(p->secret);
	free(p);
	return 0;
}

/* Writes busbar.conf and loads it; the message without the file's name, or NULL. */
static char *
load(struct place *p, const char *text, mode_t mode, struct settings **s)
{
	struct conf_errors	 errors = {0};
	char			*message = NULL;

	write_file(p->conf, text, mode);
	*s = settings_load(p->conf, facts, &errors);
	assert_int_equal(errors.n, *s == NULL ? 1 : 0);
	if (errors.n > 0)
		message = xstrdup(errors.texts[0] + strlen(p->conf));
	conf_errors_free(&errors);
	return message;
}

static void
expect_refused(struct place *p, const char *text, mode_t mode, char *expected)
{
	struct settings	*s;
	char		*message = load(p, text, mode, &s);

	assert_null(s);
	assert_string_equal(message, expected);
	free(message);
	free(expected);
}

#define SECRET	"device u { driver = snmp port = x\n options = {\"community=%s%s\"}\n}\n"

static void
test_secret_file(void **state)
{
	struct place	*p = *state;
	char		*text = xasprintf(SECRET, "@", p->secret);
	struct settings	*s;
	mode_t		 mode;

	for (mode = 0400; mode <= 0640; mode += 0240) {		/* 0400, 0640 */
		write_file(p->secret, "s3 \"cr\\et\n", mode);
		assert_null(load(p, text, 0644, &s));
		assert_string_equal(s->devices[0].options.at[0].value, "s3 \"cr\\et");
		assert_non_null(strstr(s->devices[0].text, "\"community=s3 \\\"cr\\\\et\""));
		settings_free(s);
	}
	remove(p->secret);
	expect_refused(p, text, 0600,
	    xasprintf(":2: community: no secret in %s: No such file or directory", p->secret));
	write_file(p->secret, "s3cret", 0604);
	expect_refused(p, text, 0600,
	    xasprintf(":2: community: no secret in %s: everybody may read it; chmod o-rw", p->secret));
	write_file(p->secret, "\n", 0600);
	expect_refused(p, text, 0600,
	    xasprintf(":2: community: no secret in %s: it is empty", p->secret));
	write_file(p->secret, "a\nb\n", 0600);
	expect_refused(p, text, 0600,
	    xasprintf(":2: community: no secret in %s: it is more than one line of text, or has control characters", p->secret));
	free(text);
}

static void
test_exposed_file(void **state)
{
	struct place	*p = *state;
	struct settings	*s;
	char		*text = xasprintf(SECRET, "s3cret", "");

	assert_null(load(p, text, 0640, &s));
	settings_free(s);
	expect_refused(p, text, 0644, xasprintf(":2: community: a secret in a file that everybody may read; "
	    "chmod o-rw %s, or put it in a file of its own and write \"community=@/PATH\"", p->conf));
	free(text);
	text = xasprintf(SECRET SECRET, "s3cret", "", "other", "");
	memcpy(strchr(strchr(text, '}') + 2, 'u'), "v", 1);
	expect_refused(p, text, 0602, xasprintf(":2: community: a secret in a file that everybody may read; "
	    "chmod o-rw %s, or put it in a file of its own and write \"community=@/PATH\"", p->conf));
	free(text);
	text = xasprintf(SECRET, "public", "");		/* the default: everybody knows it */
	assert_null(load(p, text, 0644, &s));
	settings_free(s);
	free(text);
}

#define NUT_TLS	"nut {\n certificate = \"%s\"\n key = \"%s\"\n}\n"

/* The role that needs the certificate gets its text: it opens no files. */
static void
test_certificate_files(void **state)
{
	const struct tls_request request = { .use = TLS_FOR_SERVER, .name = "ups.example", .days = 1 };
	struct tls_pair		 pair = tls_make(&request, NULL), other = tls_make(&request, NULL);
	struct place		*p = *state;
	struct settings		*s, *role;
	char			*text = xasprintf(NUT_TLS, p->secret, p->secret);
	char			*both = xasprintf("Bag \x01 Attributes\r\n%s%s", pair.certificate, pair.key), *wrong;

	write_file(p->secret, both, 0640);
	assert_null(load(p, text, 0644, &s));
	role = parse_good(s->nut_text);
	assert_string_equal(role->nut.certificate, strstr(both, "-----BEGIN"));
	assert_string_equal(role->nut.certificate, s->nut.certificate);
	assert_string_equal(role->nut.key, s->nut.key);
	assert_string_equal(role->nut_text, s->nut_text);
	settings_free(role);
	settings_free(s);
	write_file(p->secret, both, 0644);
	expect_refused(p, text, 0644, xasprintf(":3: key: \"%s\" cannot be used: everybody may read it; chmod o-rw", p->secret));
	wrong = xasprintf("%s%s", pair.certificate, other.key);
	write_file(p->secret, wrong, 0600);
	expect_refused(p, text, 0644, xasprintf(":3: key: \"%s\" cannot be used: it is not the key of the certificate", p->secret));
	write_file(p->secret, pair.key, 0600);
	expect_refused(p, text, 0644, xasprintf(":2: certificate: \"%s\" cannot be used: there is no certificate in it", p->secret));
	write_file(p->secret, both, 0600);
	free(text);
	text = xasprintf(NUT_TLS, p->conf, p->secret);
	expect_refused(p, text, 0644, xasprintf(":2: certificate: \"%s\" cannot be used: "
	    "it is not PEM: it has no line \"-----BEGIN ...\"", p->conf));
	free(text);
	text = xasprintf(NUT_TLS, p->secret, "/nowhere/x");
	expect_refused(p, text, 0644,
	    xasprintf(":3: key: \"/nowhere/x\" cannot be used: No such file or directory"));
	free(text);
	free(both);
	free(wrong);
	tls_pair_free(&pair);
	tls_pair_free(&other);
}

static void
test_user_secret(void **state)
{
	struct place	*p = *state;
	struct settings	*s;
	char		*text = xasprintf("user a { upsmon = primary\n password = \"@%s\"\n}\n", p->secret);

	write_file(p->secret, "s3 \"cr\\et\n", 0600);
	assert_null(load(p, text, 0644, &s));
	assert_string_equal(s->users[0].password, "s3 \"cr\\et");
	assert_non_null(strstr(s->nut_text, "password = \"s3 \\\"cr\\\\et\""));
	settings_free(s);
	write_file(p->secret, "x", 0644);
	expect_refused(p, text, 0600,
	    xasprintf(":2: password: no secret in %s: everybody may read it; chmod o-rw", p->secret));
	expect_refused(p, "user a { password-hash = \"" HASH "\" }\nuser b { password = x }", 0644,
	    xasprintf(":1: password-hash: a secret in a file that everybody may read; "
	    "chmod o-rw %s, or put it in a file of its own and write password-hash = \"@/PATH\"", p->conf));
	free(text);
}

/* settings_parse() opens nothing: what a role is given has its secrets filled in. */
static void
test_secret_stays(void **state)
{
	struct settings	*s = parse_good(DEVICE("options = {\"community=@/nowhere\"}"));

	assert_string_equal(s->devices[0].options.at[0].value, "@/nowhere");
	settings_free(s);
}

/* -- networks ---------------------------------------------------------------------------- */

static void
test_networks(void **state)
{
	static const struct { const char *network, *address; bool in; } rows[] = {
		{ "10.0.0.0/8",		"10.255.0.1",		true },
		{ "10.0.0.0/8",		"11.0.0.1",		false },
		{ "10.0.0.0/8",		"::ffff:10.1.1.1",	true },
		{ "10.0.0.0/8",		"::ffff:11.1.1.1",	false },
		{ "192.0.2.128/25",	"192.0.2.127",		false },
		{ "192.0.2.128/25",	"192.0.2.129",		true },
		{ "192.0.2.1",		"192.0.2.1",		true },
		{ "192.0.2.1",		"192.0.2.2",		false },
		{ "0.0.0.0/0",		"203.0.113.9",		true },
		{ "0.0.0.0/0",		"::1",			false },
		{ "::1",		"::1",			true },
		{ "::1",		"::2",			false },
		{ "2001:db8::/33",	"2001:db8:7fff::1",	true },
		{ "2001:db8::/33",	"2001:db8:8000::1",	false },
		{ "::/0",		"10.0.0.1",		false },
	};
	static const char *const wrong[] = {
		"", "/", "/8", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/0008", "10.0.0/8",
		"::1/129", "::1/0", "fe80::1%lo", "300.0.0.1", "10.0.0.0/8/8", " 10.0.0.0/8",
		"1111111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	uint8_t		 address[16];
	struct network	 n;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		struct networks	list = { 1, &n };
		bool		v6 = strchr(rows[i].address, ':') != NULL;

		assert_true(network_parse(rows[i].network, &n));
		assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, rows[i].address, address), 1);
		assert_int_equal(networks_have(&list, address, v6), rows[i].in);
	}
	for (i = 0; i < nitems(wrong); i++)
		assert_false(network_parse(wrong[i], &n));
	assert_true(networks_have(&(struct networks){ 0, NULL }, address, true));
}

/* -- the files that we ship -------------------------------------------------------------- */

static char *
read_source(const char *name)
{
	const char	*dir = getenv("srcdir");
	char		*path = xasprintf("%s/%s", dir == NULL ? "." : dir, name);
	struct conf_file file;

	if (!conf_read_file(path, &file, NULL))
		fail_msg("%s: not there", path);
	free(path);
	return file.text;
}

/* A "#" that hides a directive, not one before prose. */
static bool
hides(const char *line, const char *hash)
{
	return line + strspn(line, " ") == hash && (strchr("} \n", hash[1]) == NULL ||
	    hash[1] == '}' || strncmp(hash + 1, "    ", 4) == 0);
}

/* As it is shipped, and with all that is commented out in force. */
static void
test_sample(void **state)
{
	char		*text = read_source("conf/busbar.conf.sample"), *line, *hash;
	struct settings	*s = parse_good(text);

	assert_int_equal(s->ndevices, 1);
	settings_free(s);
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		hash = strchr(line, '#');
		if (hash != NULL && hides(line, hash))
			*hash = ' ';
	}
	s = parse_good(text);
	assert_int_equal(s->ndevices, 3);
	assert_int_equal(s->devices[1].options.n, 6);
	assert_string_equal(s->agentx.dflt, "ups1");
	assert_int_equal(s->nut.allow.n, 3);
	settings_free(s);
	free(text);
}

/* What the page has between the marks of a section, copied; each ".It Ic" begins a directive. */
static char *
page_section(const char *page, const char *name)
{
	char		*mark = xasprintf("\n.\\\" section%s%s\n", *name == '\0' ? "" : " ", name);
	const char	*start = strstr(page, mark), *end;

	if (start == NULL)
		fail_msg("no section \"%s\"", name);
	start += strlen(mark);
	end = strstr(start, "\n.Sh ");
	assert_non_null(end);
	free(mark);
	return xstrndup(start, (size_t)(end - start));
}

/* A row as the page must have it, where the build does not choose its default. */
static char *
row_on_page(const struct directive *row)
{
	struct buf	 text = {0};
	char		*copy;

	buf_printf(&text, "%s\n", row->text);
	if (row->type == TYPE_NUMBER || row->type == TYPE_INTEGER)
		buf_printf(&text, "From %lld to %lld.\n", (long long)row->min, (long long)row->max);
	if (row->type == TYPE_DURATION)
		buf_printf(&text, "From %g to %g, fractions allowed.\n", (double)row->min / 1000,
		    (double)row->max / 1000);
	if (row->dflt != NULL && strstr(row->name, "-dir") == NULL)
		buf_printf(&text, "Default: %s.\n", row->dflt);
	if (row->dflt == NULL && row->required)
		buf_puts(&text, "It must be given.\n");
	copy = xstrdup(buf_text(&text));
	buf_free(&text);
	return copy;
}

static void
check_section(const char *page, const struct section *section)
{
	char		*part = page_section(page, section->name), *expected;
	const char	*at = part, *name = NULL;
	size_t		 i;

	for (i = 0; i < section->nrows; i++) {
		if (settings_not_yet_find(section->name, section->rows[i].name) != NULL)
			continue;
		name = strstr(at, ".It Ic ");
		if (name == NULL || strncmp(name + 7, section->rows[i].name,
		    strlen(section->rows[i].name)) != 0 || name[7 + strlen(section->rows[i].name)] != ' ')
			fail_msg("\"%s\" comes next in the table", section->rows[i].name);
		at = strchr(name, '\n') + 1;
		expected = row_on_page(&section->rows[i]);
		if (strncmp(at, expected, strlen(expected)) != 0)
			fail_msg("%s: the page should say: %s", section->rows[i].name, expected);
		free(expected);
	}
	if ((name = strstr(at, ".It Ic ")) != NULL)
		fail_msg("the table has no: %s", name);
	free(part);
}

/* The page has each directive that is accepted, and says of it what its row says; and it has no other. */
static void
test_manual(void **state)
{
	char	*page = read_source("doc/busbar.conf.5");
	size_t	 i;

	for (i = 0; i < SECTIONS; i++)
		if (settings_not_yet_find("", settings_sections[i].name) == NULL)
			check_section(page, &settings_sections[i]);
	free(page);
}

/* Each row is complete: a sentence, bounds that hold its own default. */
static void
test_table(void **state)
{
	size_t	s, i;

	for (s = 0; s < SECTIONS; s++)
		for (i = 0; i < settings_sections[s].nrows; i++) {
			const struct directive	*row = &settings_sections[s].rows[i];

			assert_non_null(row->text);
			assert_int_equal(row->text[strlen(row->text) - 1], '.');
			assert_true(row->min <= row->max);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_device_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_slow_poll),
		cmocka_unit_test(test_canonical_device),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_default_of_source),
		cmocka_unit_test_setup_teardown(test_secret_file, place_new, place_free),
		cmocka_unit_test_setup_teardown(test_exposed_file, place_new, place_free),
		cmocka_unit_test_setup_teardown(test_certificate_files, place_new, place_free),
		cmocka_unit_test_setup_teardown(test_user_secret, place_new, place_free),
		cmocka_unit_test(test_secret_stays),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
