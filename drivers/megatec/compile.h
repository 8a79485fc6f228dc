#ifndef DRIVERS_MEGATEC_COMPILE_H
#define DRIVERS_MEGATEC_COMPILE_H

#include "drivers/fields.h"
#include "drivers/megatec/profile.h"

/*
 * From the sections of a profile and of what it is like, the farthest first,
 * to its tables: a section of the same kind and title stands in for an
 * earlier one.
 */
#define LAYERS_MAX	8

struct dialect_layers {
	size_t			 n;
	const struct conf_item	*at[LAYERS_MAX];
};

struct megatec_profile	*dialect_profile(const struct dialect_layers *, struct conf_errors *);
void			 dialect_free(struct megatec_profile *);

/* -- among compile*.c ----------------------------------------------------------- */

struct compile {
	struct megatec_profile	 *p;
	struct conf_errors	 *errors;
	const struct conf_item	**items;	/* the sections that stand */
	size_t			  nitems, room;
};

struct fields	dialect_fields(const struct compile *, const struct conf_item *section);
void		dialect_ask(struct compile *, const struct conf_item *, struct megatec_ask *);
void		dialect_strings(const struct fields *, const char *name, char ***, size_t *);
void		dialect_conditions(const struct fields *, struct megatec_conditions *);
void		dialect_rows(const struct fields *, bool meanings, struct megatec_row **, size_t *);
bool		dialect_switch(const struct fields *, const char *name, bool dflt);
void		dialect_text(const struct fields *, const char *name, char **);	/* malloc'd */
void		dialect_free_ask(struct megatec_ask *);
void		dialect_free_rows(struct megatec_row *, size_t);
void		dialect_free_conditions(struct megatec_conditions *);

#endif
