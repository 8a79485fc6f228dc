#ifndef CORE_SETTINGS_TABLE_H
#define CORE_SETTINGS_TABLE_H

#include <stdint.h>

#include "core/settings.h"
#include "core/tls.h"

/*
 * Every directive is one row: the parser, the defaults, the checks and the
 * manual read the same one.  For core/settings*.c and their test alone.
 */
enum setting_type {
	TYPE_TEXT,		/* char *; min and max are its length in bytes */
	TYPE_SWITCH,		/* bool; yes and no unless choices say otherwise */
	TYPE_NUMBER,		/* unsigned */
	TYPE_INTEGER,		/* int */
	TYPE_DURATION,		/* unsigned, ms; written in seconds, fractions allowed; min and max in ms */
	TYPE_CHOICE,		/* an enum */
	TYPE_CHOICES,		/* unsigned, a set of bits */
	TYPE_STRINGS,		/* struct strings; min and max are the length of each */
	TYPE_PAIRS,		/* struct pairs; check is for the name */
	TYPE_NETWORKS,		/* struct networks */
	TYPE_PEM		/* char *, the text of a file that is given by its path */
};

struct choice {			/* ends with a NULL word */
	const char	*word;
	unsigned	 value;
};

/* NULL when the text is right, else what would be: "an absolute path". */
typedef const char *setting_check(const char *);

struct directive {
	const char		*name;
	enum setting_type	 type;
	size_t			 at;		/* where in its section's struct */
	int64_t			 min, max;
	const struct choice	*choices;
	setting_check		*check;		/* of each text; may be NULL */
	bool			 required;
	bool			 secret;	/* its value is never shown */
	const char		*dflt;		/* as the file would have it; NULL: worked out, or none */
	const char		*text;		/* one sentence for the manual */
};

struct section {
	const char		*name;		/* "": the top level */
	int			 within;	/* the section that it stands in */
	bool			 titled;	/* has a name, and may be there many times */
	const struct directive	*rows;		/* in the order of the manual */
	size_t			 nrows;
};

enum { SECTION_TOP, SECTION_AGENTX, SECTION_NUT, SECTION_CONTROL, SECTION_JOURNAL, SECTION_USER, SECTION_DEVICE, SECTION_OUTLET,
	SECTION_GROUP, SECTION_LOAD, SECTIONS };
extern const struct section settings_sections[SECTIONS];

/*
 * Names that belong to work that is not there yet: refused, so that nobody
 * relies on what nothing acts on.  What the row allows is as good as nothing.
 */
struct not_yet {		/* ends with a NULL name */
	const char	*section, *name;
	const char	*allowed;	/* the one value that is accepted; NULL: none, an empty list is */
	const char	*what;		/* "TLS is" not supported yet */
};
extern const struct not_yet settings_not_yet[];
const struct not_yet	*settings_not_yet_find(const char *section, const char *name);

/* One run over a configuration. */
#define SETTINGS_TLS_PARTS	(TLS_CA + 1)
struct settings_run {
	struct conf			*conf;
	struct conf			*defaults;	/* each section as its rows' defaults */
	const struct driver_facts	*facts;
	struct conf_errors		*errors;
	bool				 files;		/* "@/path" is read, modes are checked */
	const char			*told;		/* the last exposed file that was reported */
	struct settings			*settings;
	const char			*tls_paths[SETTINGS_TLS_PARTS];	/* before their files took their place */
	size_t				 devices_room, users_room, groups_room, loads_room;
};

/* settings-value.c: one directive's text to its field, and back to nothing. */
void	settings_set(struct settings_run *, const struct directive *, const struct conf_item *, void *base);
void	settings_unset(const struct section *, void *base);

/* settings-section.c: a section's items to the fields of its struct, defaults where there are none. */
void	settings_read(struct settings_run *, const struct section *, const struct conf_item *, void *base);
const struct conf_item	*settings_item(const struct conf_item *, const char *name);	/* NULL: not given */
struct conf	*settings_defaults(void);

/*
 * settings-secret.c: a value that is secret from its byte at on: "@/PATH"
 * there becomes what that file says, a secret of its own must stand in a file
 * that not everybody may read.
 */
void	settings_secret(struct settings_run *, const struct conf_value *, size_t at, const char *name);

/* settings-tls.c: certificates; before and after the nut section is read.  The section may be NULL. */
void	settings_tls_files(struct settings_run *, const struct conf_item *);
void	settings_tls(struct settings_run *, const struct conf_item *);

/* settings-user.c, settings-device.c, settings-outlet.c: one section. */
void	settings_user(struct settings_run *, const struct conf_item *);
void	settings_device(struct settings_run *, const struct conf_item *);
void	settings_outlets(struct settings_run *, const struct conf_item *device, struct device_settings *);
void	settings_group(struct settings_run *, const struct conf_item *);
void	settings_load_section(struct settings_run *, const struct conf_item *);

/*
 * settings-names.c: what only the whole file shows.  After the devices and
 * before the users, in whose references aliases become the devices' own names.
 */
void	settings_names(struct settings_run *);

/* settings-check.c */
setting_check	check_path, check_word, check_device, check_variable, check_listen, check_master,
		check_user, check_hash, check_command, check_grant, check_outlet, check_member, check_feed;

#endif
