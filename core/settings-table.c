#include <stddef.h>

#include "core/mem.h"
#include "core/settings-table.h"

/* The directives of busbar.conf, a row each. */

static const struct choice tristates[] = {
	{ "yes", SET_YES }, { "no", SET_NO }, { "auto", SET_AUTO }, { NULL, 0 }
};
static const struct choice writables[] = {
	{ "names", WRITABLE_NAMES }, { "test", WRITABLE_TEST }, { "config", WRITABLE_CONFIG },
	{ "control", WRITABLE_CONTROL }, { NULL, 0 }
};
static const struct choice requires[] = {
	{ "none", REQUIRE_NONE }, { "tls", REQUIRE_TLS }, { "certificate", REQUIRE_CERTIFICATE },
	{ NULL, 0 }
};
static const struct choice tls_versions[] = {
	{ "1.0", TLS_1_0 }, { "1.1", TLS_1_1 }, { "1.2", TLS_1_2 }, { "1.3", TLS_1_3 }, { NULL, 0 }
};
static const struct choice low_batteries[] = {
	{ "device", LOW_BATTERY_DEVICE }, { "thresholds", LOW_BATTERY_THRESHOLDS },
	{ "either", LOW_BATTERY_EITHER }, { NULL, 0 }
};
static const struct choice derivations[] = { { "none", false }, { "load", true }, { NULL, 0 } };

static const struct choice upsmon_roles[] = {
	{ "primary", UPSMON_PRIMARY }, { "secondary", UPSMON_SECONDARY }, { NULL, 0 }
};
static const struct choice user_actions[] = {
	{ "SET", ACTION_SET }, { "FSD", ACTION_FSD }, { NULL, 0 }
};

#define AT(member)	.at = offsetof(struct settings, member)
static const struct directive top_rows[] = {
	{ "state-dir", TYPE_TEXT, AT(state_dir), .min = 1, .max = 1024, .check = check_path,
	    .dflt = "\"" LOCALSTATEDIR "/lib/busbar\"",
	    .text = "Directory for what must survive a reboot." },
	{ "run-dir", TYPE_TEXT, AT(run_dir), .min = 1, .max = 90, .check = check_path,
	    .dflt = "\"" RUNDIR "\"",
	    .text = "Directory for the control socket." },
};
#undef AT

#define AT(member)	.at = offsetof(struct agentx_settings, member)
static const struct directive agentx_rows[] = {
	{ "socket", TYPE_TEXT, AT(socket), .min = 1, .max = 255, .check = check_master,
	    .dflt = "\"unix:/var/agentx/master\"",
	    .text = "Where the AgentX master (snmpd) listens: unix:/PATH or tcp:ADDRESS:PORT." },
	{ "default", TYPE_TEXT, AT(dflt), .min = 1, .max = 65, .check = check_word,
	    .text = "The device that is shown in the default SNMP context; without it the first UPS." },
	{ "contexts", TYPE_NUMBER, AT(contexts), .min = 0, .max = 65535, .dflt = "1000",
	    .text = "At most so many devices get an SNMP context of their own." },
	{ "entity", TYPE_CHOICE, AT(entity), .choices = tristates, .dflt = "auto",
	    .text = "Whether ENTITY-MIB and ENTITY-SENSOR-MIB are served; auto: unless another subagent does." },
	{ "writable", TYPE_CHOICES, AT(writable), .choices = writables, .dflt = "{}",
	    .text = "What snmpset may touch at all: names, test (self tests), config (settings), control (outlets, shutdown)." },
};
#undef AT

#define AT(member)	.at = offsetof(struct nut_settings, member)
static const struct directive nut_rows[] = {
	{ "listen", TYPE_STRINGS, AT(listen), .min = 1, .max = 255, .check = check_listen,
	    .required = true, .dflt = "{\"127.0.0.1:3493\", \"[::1]:3493\"}",
	    .text = "Where NUT clients connect, ADDRESS:PORT or [IPV6]:PORT; "
	    "an address that is not there yet is retried." },
	{ "max-connections", TYPE_NUMBER, AT(max_connections), .min = 1, .max = 65536, .dflt = "1024",
	    .text = "At most so many NUT clients at a time." },
	{ "max-per-address", TYPE_NUMBER, AT(max_per_address), .min = 0, .max = 65536, .dflt = "0",
	    .text = "At most so many of them from one address; 0: three quarters of max-connections, "
	    "so that nobody can take all places." },
	{ "certificate", TYPE_PEM, AT(certificate), .min = 1, .max = 1024, .check = check_path,
	    .text = "File of the server's certificate, and behind it those between it and its CA (PEM); "
	    "with it and the key STARTTLS is offered." },
	{ "key", TYPE_PEM, AT(key), .min = 1, .max = 1024, .check = check_path,
	    .text = "File of the certificate's private key (PEM), without a passphrase." },
	{ "client-ca", TYPE_PEM, AT(client_ca), .min = 1, .max = 1024, .check = check_path,
	    .text = "File of the CAs that sign clients' certificates (PEM); with it clients are asked for one, "
	    "and one whose common name is that of a user needs no password." },
	{ "tls-min", TYPE_CHOICE, AT(tls_min), .choices = tls_versions, .dflt = "1.2",
	    .text = "The oldest version of TLS that is spoken." },
	{ "require", TYPE_CHOICE, AT(require), .choices = requires, .dflt = "none",
	    .text = "What a connection must have before it may name a user: "
	    "none, tls, or certificate (TLS and a certificate from client-ca)." },
	{ "allow", TYPE_NETWORKS, AT(allow), .dflt = "{}",
	    .text = "Networks from which clients may connect at all; without it from everywhere." },
	{ "hostsync", TYPE_NUMBER, AT(hostsync), .min = 0, .max = 3600, .dflt = "15",
	    .text = "Seconds for which a primary waits for its secondaries to log out." },
};
#undef AT

#define AT(member)	.at = offsetof(struct control_settings, member)
static const struct directive control_rows[] = {
	{ "users", TYPE_STRINGS, AT(users), .min = 1, .max = 64, .check = check_word, .dflt = "{root}",
	    .text = "Users who may change things with busbarctl." },
	{ "groups", TYPE_STRINGS, AT(groups), .min = 1, .max = 64, .check = check_word, .dflt = "{busbar}",
	    .text = "Groups whose members may change things with busbarctl." },
};
#undef AT

#define AT(member)	.at = offsetof(struct journal_settings, member)
static const struct directive journal_rows[] = {
	{ "events", TYPE_NUMBER, AT(events), .min = 1000, .max = 10000000, .dflt = "100000",
	    .text = "The journal keeps at most so many events; then the oldest go." },
	{ "days", TYPE_NUMBER, AT(days), .min = 0, .max = 36500, .dflt = "400",
	    .text = "The journal keeps events for so many days; 0: however old they are." },
};
#undef AT

#define AT(member)	.at = offsetof(struct user_settings, member)
static const struct directive user_rows[] = {
	{ "password", TYPE_TEXT, AT(password), .min = 1, .max = 512, .secret = true,
	    .text = "The password, or \"@/PATH\" of a file that holds nothing else." },
	{ "password-hash", TYPE_TEXT, AT(password_hash), .min = 1, .max = 384, .check = check_hash,
	    .secret = true,
	    .text = "In its place a hash of it, as busbarctl password prints it." },
	{ "upsmon", TYPE_CHOICE, AT(upsmon), .choices = upsmon_roles,
	    .text = "What an upsmon that logs in as this user is; without it none can log in." },
	{ "allow", TYPE_NETWORKS, AT(allow), .dflt = "{}",
	    .text = "Networks from which this user is accepted; without it from everywhere." },
	{ "actions", TYPE_CHOICES, AT(actions), .choices = user_actions, .dflt = "{}",
	    .text = "SET: may set variables; FSD: may order a forced shutdown." },
	{ "commands", TYPE_STRINGS, AT(commands), .min = 1, .max = 128, .check = check_command, .dflt = "{}",
	    .text = "Instant commands that this user may run: ALL, a name, or a beginning as \"test.*\"; "
	    "\"DEVICE:\" before it means on that device alone." },
	{ "devices", TYPE_STRINGS, AT(devices), .min = 1, .max = 65, .check = check_grant, .dflt = "{\"*\"}",
	    .text = "Devices for which all of this holds; \"*\" is all of them." },
};
#undef AT

/* poll, poll-full and max-age have no default here: the driver gives it. */
#define AT(member)	.at = offsetof(struct device_settings, member)
#define MINUTE		(60 * 1000)
#define HOUR		(60 * MINUTE)
static const struct directive device_rows[] = {
	{ "driver", TYPE_TEXT, AT(driver), .min = 1, .max = 32, .required = true,
	    .text = "How to talk to the device." },
	{ "port", TYPE_TEXT, AT(port), .min = 1, .max = 1024, .required = true,
	    .text = "Where the device is, in the driver's own way: an address or a file." },
	{ "profile", TYPE_TEXT, AT(profile), .min = 1, .max = 64, .check = check_word, .dflt = "auto",
	    .text = "The model's profile by name; auto finds the one that fits." },
	{ "description", TYPE_TEXT, AT(description), .min = 0, .max = 255, .dflt = "\"\"",
	    .text = "A text for people, shown to NUT clients." },
	/* upsIdentAttachedDevices is DisplayString (SIZE (0..63)) */
	{ "attached", TYPE_TEXT, AT(attached), .min = 0, .max = 63, .dflt = "\"\"",
	    .text = "What the device feeds, shown as upsIdentAttachedDevices." },
	{ "poll", TYPE_DURATION, AT(poll_ms), .min = 10, .max = HOUR,
	    .text = "Seconds between quick polls of the status; the default is the driver's." },
	{ "poll-full", TYPE_DURATION, AT(poll_full_ms), .min = 100, .max = 24 * HOUR,
	    .text = "Seconds between polls of everything; the default is the driver's." },
	{ "max-age", TYPE_DURATION, AT(max_age_ms), .min = 200, .max = 24 * HOUR,
	    .text = "Seconds without a good poll after which the device is stale; "
	    "the default is the larger of 15 and three times poll." },
	{ "aliases", TYPE_STRINGS, AT(aliases), .min = 1, .max = 32, .check = check_device, .dflt = "{}",
	    .text = "Further names by which NUT clients may ask." },
	{ "override", TYPE_PAIRS, AT(override), .check = check_variable, .dflt = "{}",
	    .text = "Variables, as NAME=VALUE, that replace what the device says; they are read-only." },
	{ "default", TYPE_PAIRS, AT(dflt), .check = check_variable, .dflt = "{}",
	    .text = "Variables, as NAME=VALUE, for what the device does not say." },
	{ "low-battery", TYPE_CHOICE, AT(low_battery), .choices = low_batteries, .dflt = "device",
	    .text = "Who says that the battery is low: the device, thresholds "
	    "(charge or runtime against their .low), or either." },
	{ "estimates", TYPE_SWITCH, AT(estimates), .dflt = "no",
	    .text = "Whether charge and runtime are computed where the device has none." },
	{ "shutdown", TYPE_STRINGS, AT(shutdown), .min = 1, .max = 64, .check = check_variable,
	    .dflt = "{\"shutdown.return\", \"shutdown.reboot\", \"load.off.delay\"}",
	    .text = "Commands that cut the power at the end of a shutdown; the first that the device has is used." },
	{ "shutdown-order", TYPE_INTEGER, AT(shutdown_order), .min = -1, .max = 1000, .dflt = "0",
	    .text = "Devices are shut down in ascending order of this number; -1: never." },
	{ "allow-killpower", TYPE_SWITCH, AT(allow_killpower), .dflt = "no",
	    .text = "Whether a NUT client may ask for the power to be cut." },
	{ "fsd-clear", TYPE_NUMBER, AT(fsd_clear), .min = 0, .max = 86400, .dflt = "60",
	    .text = "Seconds of good mains before a forced shutdown may be cleared; 0: never." },
	{ "context", TYPE_CHOICE, AT(context), .choices = tristates, .dflt = "auto",
	    .text = "Whether the device has an SNMP context of its own; auto: UPSes have, PDUs have not." },
	{ "units", TYPE_PAIRS, AT(units), .check = check_word, .dflt = "{}",
	    .text = "Names, as UNIT=NAME, for what a source of several devices reports." },
	{ "debug", TYPE_NUMBER, AT(debug), .min = 0, .max = 9, .dflt = "0",
	    .text = "How much this device tells in the log; 0: what matters." },
	{ "fsd-before-shutdown", TYPE_SWITCH, AT(fsd_before_shutdown), .dflt = "yes",
	    .text = "Whether NUT clients are told of a forced shutdown before a command cuts their power; "
	    "whoever is logged in then has the command's delay to go, or nut.hostsync if it has none." },
	{ "restart-on-mains", TYPE_SWITCH, AT(restart_on_mains), .dflt = "no",
	    .text = "Whether a device that should stay off after an SNMP shutdown may come back with the mains, "
	    "if it can do no other." },
	{ "eco-as-bypass", TYPE_SWITCH, AT(eco_as_bypass), .dflt = "no",
	    .text = "Whether the economy mode is shown as bypass in UPS-MIB." },
	{ "battery-temp-from-ups", TYPE_SWITCH, AT(battery_temp_from_ups), .dflt = "no",
	    .text = "Whether the temperature of the UPS stands in for that of a battery that has none." },
	{ "derive", TYPE_SWITCH, AT(derive_load), .choices = derivations, .dflt = "none",
	    .text = "load: an output power that the device does not say is worked out from its load; none: it is left out." },
	{ "options", TYPE_PAIRS, AT(options), .check = check_word, .dflt = "{}",
	    .text = "The driver's own options, as NAME=VALUE; a secret may be NAME=@/PATH." },
	{ "writable", TYPE_CHOICES, AT(writable), .choices = writables,
	    .text = "What of agentx.writable snmpset may touch on this device; the default is all of it." },
	{ "fed-by", TYPE_STRINGS, AT(fed_by), .min = 1, .max = 130, .check = check_feed, .dflt = "{}",
	    .text = "What the device's inlets are plugged into, as DEVICE or DEVICE:OUTLET: "
	    "a load behind a PDU is fed as well as the UPS before it; of several the best counts." },
};
#undef AT

#define AT(member)	.at = offsetof(struct outlet_settings, member)
static const struct directive outlet_rows[] = {
	{ "name", TYPE_TEXT, AT(name), .min = 1, .max = 64,
	    .text = "What it is called, shown as outlet.N.name; the default is the device's own name for it." },
	{ "critical", TYPE_SWITCH, AT(critical), .dflt = "no",
	    .text = "Whether off and cycle are refused unless the command is confirmed." },
	{ "writable", TYPE_SWITCH, AT(writable), .dflt = "yes",
	    .text = "Whether anybody may switch it at all." },
	{ "cycle-off", TYPE_NUMBER, AT(cycle_off), .min = 0, .max = 3600, .dflt = "0",
	    .text = "Seconds for which a cycle leaves it off, counted by busbard; "
	    "0: as the device has it, or 10 where busbard has to count." },
};
#undef AT

#define AT(member)	.at = offsetof(struct group_settings, member)
static const struct directive group_rows[] = {
	{ "members", TYPE_STRINGS, AT(members), .min = 3, .max = 130, .check = check_member, .required = true,
	    .text = "Its outlets, as DEVICE:OUTLET, in the order in which they are switched." },
	{ "interval", TYPE_DURATION, AT(interval_ms), .min = 0, .max = HOUR, .dflt = "0",
	    .text = "Seconds between one member and the next." },
};
#undef AT

#define AT(member)	.at = offsetof(struct load_settings, member)
static const struct directive load_rows[] = {
	{ "feeds", TYPE_STRINGS, AT(feeds), .min = 1, .max = 130, .check = check_feed, .required = true,
	    .text = "What it is plugged into: DEVICE:OUTLET, or DEVICE for one whose whole output feeds it." },
	{ "needed", TYPE_NUMBER, AT(needed), .min = 1, .max = 64, .dflt = "1",
	    .text = "How many good feeds it needs to go on running." },
	{ "description", TYPE_TEXT, AT(description), .min = 0, .max = 255, .dflt = "\"\"",
	    .text = "A text for people, shown to NUT clients." },
};
#undef AT

#define ROWS(rows)	rows, nitems(rows)
const struct section settings_sections[SECTIONS] = {
	[SECTION_TOP] = { "", SECTION_TOP, false, ROWS(top_rows) },
	[SECTION_AGENTX] = { "agentx", SECTION_TOP, false, ROWS(agentx_rows) },
	[SECTION_NUT] = { "nut", SECTION_TOP, false, ROWS(nut_rows) },
	[SECTION_CONTROL] = { "control", SECTION_TOP, false, ROWS(control_rows) },
	[SECTION_JOURNAL] = { "journal", SECTION_TOP, false, ROWS(journal_rows) },
	[SECTION_USER] = { "user", SECTION_TOP, true, ROWS(user_rows) },
	[SECTION_DEVICE] = { "device", SECTION_TOP, true, ROWS(device_rows) },
	[SECTION_OUTLET] = { "outlet", SECTION_DEVICE, true, ROWS(outlet_rows) },
	[SECTION_GROUP] = { "group", SECTION_TOP, true, ROWS(group_rows) },
	[SECTION_LOAD] = { "load", SECTION_TOP, true, ROWS(load_rows) },
};

const struct not_yet settings_not_yet[] = {
	{ NULL, NULL, NULL, NULL }
};
