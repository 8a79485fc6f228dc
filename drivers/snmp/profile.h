#ifndef DRIVERS_SNMP_PROFILE_H
#define DRIVERS_SNMP_PROFILE_H

#include "core/driver.h"

/*
 * What profile files say, as tables.  Immutable once learnt and shared by all
 * units; doc/drivers.md has the syntax.  Every OID that a poll reads is in
 * objects[] once; readings refer to it by number.  Readings stand in the order
 * in which they are to be looked at.
 */
struct snmp_profile;

/* -- words -------------------------------------------------------------------- */

/* The words of ups.status in the order in which they are shown. */
#define SNMP_TOKENS(T) \
	T(OFF) T(OL) T(OB) T(LB) T(HB) T(RB) T(CHRG) T(DISCHRG) T(BYPASS) T(CAL) \
	T(OVER) T(TRIM) T(BOOST) T(ECO) T(FSD)

enum snmp_token {
#define SNMP_TOKEN_ENUM(word)	TOKEN_##word,
	SNMP_TOKENS(SNMP_TOKEN_ENUM)
#undef SNMP_TOKEN_ENUM
	TOKEN_END
};

const char	*snmp_token_word(enum snmp_token);

/* What a state means: words of ups.status, words of core/flags.h, a text for ups.alarm. */
struct snmp_meaning {
	uint32_t	 tokens;	/* 1 << enum snmp_token */
	uint64_t	 flags;		/* FLAG_BIT() */
	char		*alarm;		/* NULL: none */
};

/* One value of an enumeration. */
struct snmp_word {
	int64_t			 raw;
	char			*text;		/* of a variable; NULL in a status */
	struct snmp_meaning	 meaning;	/* of a status */
};

/* -- readings ------------------------------------------------------------------ */

enum snmp_lines { LINES_INPUT, LINES_BYPASS, LINES_OUTPUT, LINES_NONE };

enum snmp_read {
	READ_NUMBER,
	READ_TEXT,
	READ_WORD,		/* by words[] to a text */
	READ_STATUS,		/* by words[] to a meaning */
	READ_DATE_MDY,		/* mm/dd/yyyy, published as yyyy-mm-dd */
	READ_CONSTANT		/* text, with no object */
};

/* How a SET carries the value. */
enum snmp_set_as { SET_NOT, SET_INTEGER, SET_GAUGE, SET_TIMETICKS, SET_STRING };

#define NO_OBJECT	UINT32_MAX

struct snmp_reading {
	enum var	 var;		/* VAR_NONE: a status */
	enum snmp_read	 read;
	uint32_t	 object;	/* NO_OBJECT: a constant */
	uint32_t	 group;		/* the first reading of this variable or state: the first that answers wins */
	int64_t		 times;		/* published = raw * times / 10^scale */
	uint8_t		 scale;
	uint8_t		 line;		/* 1 to 3: of that line; 0: of none */
	bool		 alone;		/* of the only line of its lines */
	bool		 often;
	bool		 fallback;	/* of another profile, named in also */
	enum snmp_lines	 lines;		/* whose; of "input.phases" and its like, those that it counts */
	size_t		 nwords, nabsent, nranges;
	struct snmp_word *words;
	int64_t		*absent;	/* raw values that say nothing */
	char		*text;		/* READ_CONSTANT */
	enum snmp_set_as set_as;
	unsigned	 maxlen;	/* of a text that can be set */
	struct range	*ranges;
	uint32_t	 unit;		/* object whose words[] say celsius, fahrenheit or kelvin; NO_OBJECT: none */
};

/* A row of a table of alarms: the OID that tells which. */
struct snmp_alarm {
	struct oid		 oid;
	struct snmp_meaning	 meaning;
};

/* -- commands -------------------------------------------------------------------- */

enum snmp_operand {
	OPERAND_GIVEN,		/* number, text or ref as written */
	OPERAND_ARGUMENT,	/* the caller's, else number */
	OPERAND_SAME		/* what the object holds now: a TestAndIncr lock */
};

struct snmp_step {
	struct oid		 oid;
	enum varbind_type	 type;
	enum snmp_operand	 operand;
	int64_t			 number;
	char			*text;
	struct oid		 ref;
};

#define SNMP_STEPS_MAX	8

/* All steps go in one SET, so that an agent does all or nothing. */
struct snmp_command {
	enum var	 name;
	size_t		 nsteps;
	struct snmp_step *steps;
};

/* -- tables ------------------------------------------------------------------------ */

/*
 * How the OIDs of a column go on behind its root: numbers, and letters that
 * differ from row to row.  u is the unit of a chain, n the row, and k what the
 * row is of (a cord, a bank): row 3 of the second is 103.
 */
enum snmp_arc_kind { ARC_NUMBER, ARC_UNIT, ARC_HUNDRED, ARC_ROW };

struct snmp_arc {
	enum snmp_arc_kind	 kind;
	int64_t			 number;	/* itself, or what is added to the letter: n-1 */
};

#define SNMP_ARCS_MAX	8

struct snmp_pattern {
	struct oid		 root;
	size_t			 narcs;
	struct snmp_arc		 arcs[SNMP_ARCS_MAX];
};

/* What stands for the letters; 0 for one that a pattern does not have. */
struct snmp_key {
	uint32_t		 unit, hundred, row;
};

#define NO_COLUMN	UINT16_MAX
#define SNMP_NAME_MAX	100	/* bytes of a name in a table */

/* Holds where that column of the row has one of the numbers (or none of them). */
struct snmp_condition {
	uint16_t		 column;		/* NO_COLUMN: always holds */
	bool			 not;
	size_t			 n;
	int64_t			*numbers;
};

enum snmp_column_kind { COLUMN_READING, COLUMN_COMMAND, COLUMN_HELP };

/* A column of a table whose rows are not known before: outlets, sensors. */
struct snmp_column {
	enum snmp_column_kind	 kind;
	char			*name;		/* "outlet.n.status", "input.Ln.current": n is the row; NULL: a help */
	char			*alone;		/* the name where there is one row only; NULL: the same */
	struct snmp_pattern	 at;
	bool			 often;
	uint16_t		 group;		/* the first column of this name: the first that answers wins */
	struct snmp_reading	 reading;	/* of no variable yet */
	struct snmp_step	 step;		/* with no OID yet */
	/* Helps, which are read when the rows are looked for: the digits behind the
	 * point, entPhysicalSensorScale, a power of ten, the unit of a temperature. */
	uint16_t		 digits, magnitude, exponent, unit;
	struct snmp_condition	 when;
	struct snmp_condition	 valid;		/* read each time with the value */
};

struct snmp_table {
	size_t			 ncolumns;
	struct snmp_column	*columns;
	uint16_t		 unit, number;	/* columns that say of which unit a row is, and which */
	struct snmp_condition	 when;
};

/* -- the whole ------------------------------------------------------------------- */

struct snmp_object {
	struct oid	 oid;
};

struct snmp_profile {
	char			*name, *title, *type;
	int64_t			 first_unit;	/* what the agent calls the first unit of a chain */
	int64_t			 order;		/* among those that answer a probe: the lowest */
	size_t			 nsysobjectids, nprobes;
	struct oid		*sysobjectids, *probes;
	size_t			 nobjects, nreadings, nalarms, ncommands, ntables;
	struct snmp_object	*objects;
	struct snmp_reading	*readings;
	uint32_t		 alarm_count;	/* object; NO_OBJECT: always walk */
	struct oid		 alarm_column;	/* len 0: no table of alarms */
	struct snmp_alarm	*alarms;
	struct snmp_command	*commands;
	struct snmp_table	*tables;
	struct snmp_profile	*next;		/* by order */
};

struct snmp_knowledge {
	struct snmp_profile	*first;
};

/* Never NULL; what could be understood is there. */
struct snmp_knowledge	*snmp_learn(const struct conf *const *, size_t n, struct conf_errors *);
void			 snmp_forget(struct snmp_knowledge *);
const struct snmp_profile *snmp_profile_find(const struct snmp_knowledge *, const char *name);
size_t			 snmp_probe_count(const struct snmp_knowledge *);	/* of all profiles */
/* By the agent's sysObjectID and its answers to the probes of all profiles, one after the other; NULL: none fits. */
const struct snmp_profile *snmp_recognise(const struct snmp_knowledge *, const struct varbind *id,
			    const struct varbind *probes);

#endif
