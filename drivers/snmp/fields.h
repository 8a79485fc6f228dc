#ifndef DRIVERS_SNMP_FIELDS_H
#define DRIVERS_SNMP_FIELDS_H

#include "drivers/snmp/profile.h"

/* Reading the settings of one section of a profile, with every mistake told where it stands. */
struct fields {
	const struct conf_item	*section;
	const struct conf_item	*profile;	/* whose roots its OIDs begin with */
	struct conf_errors	*errors;
};

/* Tells of every item that is not one of the NULL-ended words, and of each that stands twice. */
void	fields_check(const struct fields *, const char *const *known);

/* The setting or section of that name; NULL: there is none. */
const struct conf_item	*fields_find(const struct fields *, const char *name);

/* These leave *out alone and give false when the setting is missing or (told) wrong. */
bool	fields_text(const struct fields *, const char *name, const char **out);	/* borrowed */
bool	fields_number(const struct fields *, const char *name, int64_t *out);
bool	fields_decimal(const struct fields *, const char *name, struct value *out);
bool	fields_choice(const struct fields *, const char *name, const char *const *words, unsigned *out);

/*
 * An OID, malloc'd: all numbers, or one that begins with a word of roots.
 * The arc x becomes the line, if that is not 0; x+4 becomes the line and 4.
 */
bool	fields_oid(const struct fields *, const struct conf_value *, unsigned line, struct oid *out);

/* "RB battery-bad": words of ups.status in capitals, of core/flags.h in small letters. */
bool	fields_meaning(const struct fields *, const struct conf_value *, struct snmp_meaning *out);
bool	fields_integer(const struct fields *, const char *text, struct conf_place, int64_t *out);

#endif
