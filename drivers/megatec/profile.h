#ifndef DRIVERS_MEGATEC_PROFILE_H
#define DRIVERS_MEGATEC_PROFILE_H

#include "core/driver.h"

/*
 * What the profiles say of the dialects of Megatec's protocol, as tables:
 * immutable once learnt, shared by all units.  doc/drivers.md has the syntax.
 * A variable whose name begins with a dot is only remembered, for conditions
 * and factors, and never shown.
 */

/* -- words -------------------------------------------------------------------- */

/* The words of ups.status in the order in which they are shown. */
#define MEGATEC_WORDS(W) \
	W(OFF) W(OL) W(OB) W(LB) W(HB) W(RB) W(CHRG) W(DISCHRG) W(BYPASS) W(CAL) \
	W(TEST) W(OVER) W(TRIM) W(BOOST) W(ECO) W(FSD)

enum megatec_word {
#define MEGATEC_WORD_ENUM(word)	WORD_##word,
	MEGATEC_WORDS(MEGATEC_WORD_ENUM)
#undef MEGATEC_WORD_ENUM
	WORD_END
};

const char	*megatec_word(enum megatec_word);

/* What a state means: words of ups.status, words of core/flags.h, a text for ups.alarm. */
struct megatec_meaning {
	uint32_t	 words;		/* 1 << enum megatec_word */
	uint64_t	 flags;		/* FLAG_BIT() */
	char		*alarm;		/* NULL: none */
};

/* One row of values { raw = ... }. */
struct megatec_row {
	char			*raw;
	char			*text;		/* of a variable; NULL in a status */
	struct megatec_meaning	 meaning;	/* of a status */
};

/* Holds when one of the words is what the variable says. */
struct megatec_condition {
	enum var	 var;
	bool		 no;		/* holds when none is */
	size_t		 nwords;
	char	       **words;
};

struct megatec_conditions {
	size_t			  n;
	struct megatec_condition *at;
};

/* -- readings ------------------------------------------------------------------ */

enum megatec_form {
	FORM_NUMBER,
	FORM_TEXT,
	FORM_WORD,		/* by values to a text, or to a meaning */
	FORM_LETTERS,		/* every character by itself, by values to meanings */
	FORM_BITS,		/* likewise, by the places of those that are 1 */
	FORM_LETTER,		/* of E...D...: whether one letter is enabled or disabled */
	FORM_BYPASS,		/* 1: what the output is to the input, as trim, same or boost */
	FORM_HEX,		/* one hexadecimal number */
	FORM_HEX_PRODUCT,	/* of two: their product */
	FORM_HEX_QUOTIENT,	/* the second by the first */
	FORM_MINUTES_SECONDS,	/* mmm.ss */
	FORM_UPTIME,		/* dddd:hh:mm:ss */
	FORM_DATE		/* yyyymmdd, published as yyyy-mm-dd */
};

/* Where in a reply: characters from and to, both in; or of the field's, when there is one. */
#define TO_THE_END	UINT32_MAX

struct megatec_place {
	unsigned	 field;		/* 1 is the first; 0: the whole reply */
	uint32_t	 from, to;
};

struct megatec_factor {
	enum var	 var;		/* VAR_NONE: the number */
	struct value	 number;
};

#define FACTORS_MAX	3

struct megatec_reading {
	enum var		 var;		/* VAR_NONE: a status */
	enum megatec_form	 form;
	struct megatec_place	 place;
	uint8_t			 decimals;
	bool			 is_signed, must;	/* must: without it the reply is another dialect's */
	char			 letter;
	char			*lacking;	/* FORM_LETTERS: none of these there is "none" of the values */
	char			*prefix;	/* before a text */
	char			*unless_option;	/* not looked at when that option is yes */
	size_t			 nrows, ntimes, nover;
	struct megatec_row	*rows;
	struct megatec_factor	 times[FACTORS_MAX], over[FACTORS_MAX];
	struct value		 above, below;	/* V_NONE: any raw number */
	struct megatec_conditions only;
};

enum megatec_when { WHEN_QUICK, WHEN_FULL, WHEN_ONCE };

/* A question, and what its reply says. */
struct megatec_ask {
	char			*send;		/* without the CR; {.name} stands for what is remembered */
	enum megatec_when	 when;
	char			 first;		/* character of the reply; 0: any */
	size_t			 length;	/* of the reply at least, with its CR; 0: any */
	char			 split;		/* between fields */
	bool			 qs_hex;	/* bytes that are to become hexadecimal text */
	bool			 may_refuse;	/* a refusal claims as well as a reply */
	char			*unless_option;
	size_t			 nreadings;
	struct megatec_reading	*readings;
	struct megatec_conditions only;
};

/* -- commands and settings --------------------------------------------------------- */

#define SENDS_MAX	3

struct megatec_command {
	enum var		 name;
	size_t			 nsends;
	char			*sends[SENDS_MAX];	/* with {off} {back} {test} {minutes} {.name} */
	int64_t			 dflt, min, max;	/* of the argument, in seconds; max 0: it takes none */
	struct megatec_conditions only;
};

struct megatec_setting {
	enum var		 var;
	char			*send;		/* with {value}; NULL: busbar keeps it */
	int64_t			 dflt;
	struct range		*ranges;
	size_t			 nranges, nrows;
	struct megatec_row	*rows;		/* raw is sent for the text */
	unsigned		 width, decimals;	/* of the number sent */
	int64_t			 unit;		/* it is sent in units of so many, rounded up */
	unsigned		 maxlen;
	struct megatec_conditions only;
};

struct megatec_constant {
	enum var	 var;
	char		*text;
};

/* -- the whole ---------------------------------------------------------------------- */

struct megatec_profile {
	char			*name, *title;
	bool			 scd;		/* a solar charger and inverter, no UPS */
	int64_t			 order;		/* in which they are tried */
	bool			 automatic;	/* else only where the configuration names it */
	bool			 crc;		/* of CCITT behind every message */
	size_t			 nclaims, naccept, nrefuse, nactions;
	char		       **claims;	/* questions of which all must be answered */
	char		       **accept;	/* how the answer to a command begins */
	char		       **refuse;
	char		       **actions;	/* what acts here, though no command below sends it */
	bool			 silence;	/* no answer is an acceptance */
	size_t			 nasks, ncommands, nsettings, nconstants;
	struct megatec_ask	*asks;
	struct megatec_command	*commands;
	struct megatec_setting	*settings;
	struct megatec_constant	*constants;
	struct megatec_profile	*next;		/* by order */
};

/* A USB bridge. */
struct megatec_product {
	uint16_t			 vendor, product;
	char				*maker, *model;		/* as the device says; NULL: whichever */
	char				*profile;		/* of the UPS behind it; NULL: whichever it speaks */
	const struct transport		*transport;
};

struct megatec_knowledge {
	struct megatec_profile	*first;
	size_t			 nproducts, products_room;
	struct megatec_product	*products;
};

/* Never NULL; what could be understood is there. */
struct megatec_knowledge *megatec_learn(const struct conf *const *, size_t n, struct conf_errors *);
void			 megatec_forget(struct megatec_knowledge *);
const struct megatec_profile *megatec_profile_find(const struct megatec_knowledge *, const char *name);
/* NULL: it does not ask that. */
const struct megatec_ask *megatec_ask_find(const struct megatec_profile *, const char *send);

#endif
