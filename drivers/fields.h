#ifndef DRIVERS_FIELDS_H
#define DRIVERS_FIELDS_H

#include "core/driver.h"

/* Reading the settings of one section of a profile, with every mistake told where it stands. */
struct fields {
	const struct conf_item	*section;
	const struct conf_item	*profile;	/* that it is part of, for what its words refer to */
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
bool	fields_integer(const struct fields *, const char *text, struct conf_place, int64_t *out);

#endif
