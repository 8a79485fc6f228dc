#ifndef DRIVERS_SNMP_COMPILE_H
#define DRIVERS_SNMP_COMPILE_H

#include "drivers/snmp/fields.h"
#include "drivers/snmp/profile.h"

/*
 * From the sections of a profile to its tables.  A profile is made in layers:
 * itself and what it is like, where what one layer says of a variable, state,
 * alarm or command is not asked of the next; then what it falls back on (also
 * and the common sections), which is looked at where those before have no
 * answer.
 */
#define LAYERS_MAX	16

struct compile_layers {
	size_t			 n;
	struct compile_layer {
		const struct conf_item	*profile;
		bool			 fallback;
	} at[LAYERS_MAX];
};

struct snmp_profile	*compile_profile(const struct compile_layers *, struct conf_errors *);
void			 compile_free(struct snmp_profile *);

/* -- among compile*.c -------------------------------------------------------------- */

/* What one layer has given, so that the next need not. */
struct given {
	const char	*kind, *title;
	size_t		 layer;
};

struct compile {
	struct snmp_profile	*p;
	struct conf_errors	*errors;
	const struct conf_item	*layer;
	size_t			 nlayer;
	bool			 fallback;
	struct given		*given;
	size_t			 ngiven, given_room;
	const char		**titles;	/* of each reading that is a status */
	size_t			 titles_room;
	size_t			 objects_room, readings_room, alarms_room, commands_room, tables_room, columns_room;
};

struct fields	compile_fields(const struct compile *, const struct conf_item *section);
bool		compile_titled(struct compile *, const struct conf_item *);	/* else told */
/* True when an earlier layer said it; otherwise remembers that this one does. */
bool		compile_given(struct compile *, const char *kind, const char *title);
uint32_t	compile_object(struct compile *, struct oid);	/* takes the OID over */

/* compile-reading.c: the sections often and seldom, and what columns share with them */
void		compile_readings(struct compile *, const struct conf_item *section, bool often);
void		compile_kind(struct compile *, const struct fields *, const char *name, struct snmp_reading *);
void		compile_absent(struct compile *, const struct fields *, struct snmp_reading *);
void		compile_unit(struct compile *, const struct fields *, struct snmp_reading *);
void		compile_words(struct compile *, const struct conf_item *values, struct snmp_reading *);
void		compile_set(const struct fields *, struct snmp_reading *);

/* compile-command.c, and what columns that are commands share with it */
void		compile_command(struct compile *, const struct conf_item *);
void		compile_step_type(const struct fields *, struct snmp_step *);
void		compile_operand(struct compile *, const struct fields *, struct snmp_step *);

/* compile-table.c */
void		compile_table(struct compile *, const struct conf_item *);
void		compile_free_table(struct snmp_table *);
void		compile_free_reading(struct snmp_reading *);

#endif
