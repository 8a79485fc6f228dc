#ifndef DRIVERS_HID_PROFILE_H
#define DRIVERS_HID_PROFILE_H

#include "core/driver.h"
#include "drivers/hid/descriptor.h"

/*
 * What the profile files of HID devices say, as tables: immutable once learnt,
 * and shared by all units.  Syntax in doc/drivers.md.
 */

/* Where a value stands in a device's descriptor. */
struct hid_path {
	size_t		 n;
	uint32_t	 usages[HID_PATH_MAX];
};

/* When a row is read: by every poll, by full ones, by the first full one. */
enum hid_when { WHEN_OFTEN, WHEN_SELDOM, WHEN_ONCE };

/* How the number in the report becomes what is published.  Names in profile.c. */
enum hid_form {
	FORM_NUMBER,		/* times, decimals, words */
	FORM_STRING,		/* the number of a string of the device */
	FORM_TEMPERATURE,	/* degrees Celsius, or kelvins where it lies between 273 and 373 */
	FORM_DATE,		/* days, months and years since 1980 in 5, 4 and 7 bits */
	FORM_DATE_BCD,		/* bytes of two digits: day, month, year from the second byte up */
	FORM_POWER,		/* of the right digits, but of an unknown power of ten: a line voltage */
	FORM_THIRDS,		/* CyberPower: battery voltage that may be half too high */
	FORM_TENTHS,		/* CyberPower: a frequency that may be ten times too high */
	FORM_SECONDS,		/* PowerCOM: minutes in the high byte, seconds in the low one; flags when written */
	FORM_SECONDS_OFF,	/* likewise, and stays off */
	FORM_MINUTES,		/* PowerCOM: minutes with their bytes swapped */
	FORM_THERMISTOR,	/* openUPS */
	FORM_END
};

struct hid_word {
	bool		 other;		/* for all numbers that no other word is for */
	int64_t		 raw;
	char		*text;		/* of a variable */
	uint64_t	 begin, end;	/* of a status: states */
};

#define HID_FACTORS_MAX	8
#define NO_FACTOR	UINT8_MAX

/* A reading, or (VAR_NONE) what a number says of the state; "kept" ones are never read. */
struct hid_row {
	enum var	 var;
	struct hid_path	 path;
	enum hid_when	 when;
	enum hid_form	 form;
	bool		 kept, alarm, settable, offered;
	uint8_t		 factor;	/* place in hid_profile.factors; NO_FACTOR: none */
	int8_t		 decimals;	/* -1: as many as there are */
	struct value	 times;
	uint64_t	 mask;		/* 0: all bits */
	unsigned	 shift;
	struct value	 max, value;	/* V_NONE: none; what a kept one begins with */
	int64_t		 step;		/* of a kept one: raised to whole multiples */
	unsigned	 maxlen;
	uint64_t	 unless;	/* states in which a status says nothing */
	size_t		 nwords;
	struct hid_word	*words;
};

struct hid_command {
	enum var	 name;
	struct hid_path	 path;
	enum hid_form	 form;
	struct value	 value;
	bool		 argument;	/* the caller may give another value */
};

#define HID_SKIPS_MAX	8

/* A product that a profile is for, and what is special about it. */
struct hid_product {
	uint16_t	 vendor, product;
	char		*claims;	/* a word of its maker or model without which it is another's; NULL: none */
	char		*model;		/* how its model begins; NULL: any */
	bool		 quiet;		/* does not report by itself */
	bool		 inputs;	/* has nothing but what it reports by itself */
	bool		 wide;		/* answers with more bytes than it declares */
	unsigned	 mend;		/* place in mend_names; UINT_MAX: nothing */
	size_t		 nskips;
	uint8_t		 skips[HID_SKIPS_MAX];	/* reports that must not be read */
	struct value	 factors[HID_FACTORS_MAX];	/* V_NONE: 1 */
};

struct hid_profile {
	char			*name, *title;
	int64_t			 order;		/* among those that list a product: the lowest */
	size_t			 nproducts, nrows, ncommands, nfactors;
	struct hid_product	*products;
	struct hid_row		*rows;
	struct hid_command	*commands;
	char			*factors[HID_FACTORS_MAX];
	struct hid_profile	*next;		/* by order */
};

struct hid_knowledge {
	struct hid_profile	*first;
};

/* Never NULL; what could be understood is there. */
struct hid_knowledge	*hid_learn(const struct conf *const *, size_t n, struct conf_errors *);
void			 hid_forget(struct hid_knowledge *);
const struct hid_profile *hid_profile_find(const struct hid_knowledge *, const char *name);

/* What a device is by its ids and names, and which product of the profile; both may be NULL for none. */
const struct hid_profile *hid_profile_claim(const struct hid_knowledge *, const struct hid_identity *,
		    const struct hid_product **);
/* The product of a profile that was named. */
const struct hid_product *hid_profile_product(const struct hid_profile *, const struct hid_identity *);

#endif
