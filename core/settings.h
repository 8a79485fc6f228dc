#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/tls.h"

/*
 * busbar.conf as the program uses it: every value checked, every default
 * filled in.  Immutable once loaded; doc/busbar.conf.5 has the meanings.
 */
enum writable { WRITABLE_NAMES = 1, WRITABLE_TEST = 2, WRITABLE_CONFIG = 4, WRITABLE_CONTROL = 8 };
enum low_battery { LOW_BATTERY_DEVICE, LOW_BATTERY_THRESHOLDS, LOW_BATTERY_EITHER };
enum tristate { SET_NO, SET_YES, SET_AUTO };
enum nut_require { REQUIRE_NONE, REQUIRE_TLS, REQUIRE_CERTIFICATE };
enum upsmon_role { UPSMON_NONE, UPSMON_SECONDARY, UPSMON_PRIMARY };
enum user_action { ACTION_SET = 1, ACTION_FSD = 2 };

struct strings {
	size_t	 n;
	char   **at;
};

struct pair {			/* "name=value" */
	char	*name, *value;
};

struct pairs {
	size_t		 n;
	struct pair	*at;
};

struct network {		/* an address and how many of its bits count */
	bool	 v6;
	uint8_t	 address[16];
	unsigned bits;
};

struct networks {		/* none: everywhere */
	size_t		 n;
	struct network	*at;
};

struct agentx_settings {
	bool		 present;	/* always: without such a section all its defaults hold */
	char		*socket;
	char		*dflt;		/* NULL: the first UPS */
	unsigned	 contexts;
	enum tristate	 entity;
	unsigned	 writable;
};

struct nut_settings {
	bool		 present;	/* likewise */
	struct strings	 listen;
	unsigned	 max_connections;
	unsigned	 max_per_address;	/* 0: three quarters of max_connections */
	char		*certificate, *key, *client_ca;	/* PEM texts; NULL: none */
	enum tls_version tls_min;
	enum nut_require require;
	struct networks	 allow;
	unsigned	 hostsync;	/* s */
};

struct journal_settings {
	unsigned	 events, days;	/* days 0: however old */
};

struct control_settings {
	struct strings	 users, groups;
};

struct user_settings {
	char		*name;
	char		*password, *password_hash;	/* one of them; the other is NULL */
	enum upsmon_role upsmon;
	struct networks	 allow;
	unsigned	 actions;
	struct strings	 commands;	/* "ALL", "load.off", "test.*"; "ups1:" before it: of that device alone */
	struct strings	 devices;	/* their own names, no aliases; or "*" */
};

struct outlet_settings {
	char		*label;		/* a number, or the device's own word */
	char		*name;		/* NULL: the device's own */
	bool		 critical;
	bool		 writable;
	unsigned	 cycle_off;	/* s; 0: the device's own time, or OUTLET_CYCLE_OFF */
};

struct device_settings {
	char		*name;
	char		*text;		/* the section in canonical form: two that are equal need no restart */
	struct conf_place place;	/* its file is the one below */
	char		*file;
	char		*driver, *port, *profile, *description, *attached;
	unsigned	 poll_ms, poll_full_ms, max_age_ms;
	struct strings	 aliases;
	struct pairs	 override, dflt;
	enum low_battery low_battery;
	bool		 estimates;
	struct strings	 shutdown;
	int		 shutdown_order;
	bool		 allow_killpower;
	unsigned	 fsd_clear;	/* s */
	enum tristate	 context;
	struct pairs	 units, options;
	unsigned	 debug;
	bool		 fsd_before_shutdown, restart_on_mains, eco_as_bypass, battery_temp_from_ups, derive_load;
	unsigned	 writable;
	struct strings	 fed_by;	/* "ups1", "ups1:2": what its inlets are plugged into */
	struct outlet_settings *outlets;
	size_t		 noutlets;
};

struct group_settings {
	char		*name;
	struct strings	 members;	/* "pdu1:3", in the order of switching */
	unsigned	 interval_ms;
};

struct load_settings {
	char		*name;
	char		*description;
	struct strings	 feeds;		/* "pdu1:3", or "ups1" for all that it gives */
	unsigned	 needed;
};

struct settings {
	char			*state_dir, *run_dir;
	struct agentx_settings	 agentx;
	struct nut_settings	 nut;
	struct control_settings	 control;
	struct journal_settings	 journal;
	struct user_settings	*users;
	struct device_settings	*devices;
	struct group_settings	*groups;
	struct load_settings	*loads;
	size_t			 nusers, ndevices, ngroups, nloads;
	char			*nut_text;	/* the nut and user sections, secrets filled in, for the nut role */
	char			*agentx_text;	/* likewise */
};

/* What settings know of a driver, so that core need not know drivers/. */
struct option;
struct driver_facts {
	const char		*name;
	unsigned		 poll_ms, poll_full_ms;
	const struct option	*options;	/* core/driver.h; NULL: takes none */
};

/*
 * NULL when anything is wrong, and errors say what; facts is NULL-name ended.
 * settings_parse() opens no file: includes are mistakes, "@/path" stands for
 * itself.  With it a role reads its nut_text or agentx_text, which mention
 * devices without having any: those references are checked by the engine.
 */
struct settings	*settings_load(const char *path, const struct driver_facts *, struct conf_errors *);
struct settings	*settings_parse(const char *name, const char *text, size_t len,
		    const struct driver_facts *, struct conf_errors *);
void		 settings_free(struct settings *);
/*
 * Parts "pdu1:3" or "pdu1": the length of the device's name, and the outlet's
 * number or label behind the colon; NULL: the whole device.
 */
size_t		 feed_parse(const char *, const char **outlet);
bool		 network_parse(const char *, struct network *);		/* "10.0.0.0/8", "::1" */
bool		 networks_have(const struct networks *, const uint8_t *address, bool v6);	/* none: all */

#endif
