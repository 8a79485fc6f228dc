#ifndef DRIVERS_APCSMART_LETTERS_H
#define DRIVERS_APCSMART_LETTERS_H

#include "core/driver.h"

/*
 * The pure part of APC's smart protocol: bytes to answers and alerts, what an
 * answer says, which letters a unit has and what it lets be set.
 *
 *	> Y			enter smart mode
 *	< SM\r\n
 *	> L			what is the input voltage
 *	< 231!.8\r\n		231.8, and mains has failed meanwhile
 */

/* -- letters: one byte, or a prefix and one ------------------------------------------- */

typedef uint16_t letter;		/* the prefix is the high byte, 0: none */

#define LETTER_PREFIX	0x9f		/* the only one that is known */

struct letters {
	bool	 plain[256];
	bool	 behind[256];		/* LETTER_PREFIX */
};

bool	letters_have(const struct letters *, letter);
void	letters_add(struct letters *, letter);
size_t	letter_bytes(letter, char room[2]);
/*
 * The answer to "a": version, alerts and letters, and perhaps letters behind
 * prefixes, with dots between them.  False: it is none of that form.
 */
bool	letters_parse(struct letters *, const char *answer, size_t len);

/* -- the line -------------------------------------------------------------------------- */

enum hearing {
	HEAR_ANSWER,		/* alerts, '|', '&' and CR are no part of it */
	HEAR_SHUTDOWN,		/* likewise, and '*' ends it: the output goes off now */
	HEAR_CHOICES,		/* '#' is part of it */
	HEAR_LETTERS		/* all is part of it, but for CR */
};

#define ANSWER_MAX	2048	/* the longest that is known is a list of choices, below 700 */

struct hearer {
	enum hearing	 how;
	size_t		 len;
	char		 text[ANSWER_MAX + 1];	/* a NUL follows; the bytes may be any */
};

enum heard { HEARD_PART, HEARD_ALERT, HEARD_END, HEARD_TOO_LONG };

void		hearer_begin(struct hearer *, enum hearing);
enum heard	hearer_take(struct hearer *, char);
bool		is_alert(char);

/* The bits of the status byte, which "Q" tells in two hexadecimal digits; 0: the output is off. */
enum {
	SMART_CAL = 1, SMART_TRIM = 2, SMART_BOOST = 4, SMART_OL = 8, SMART_OB = 16, SMART_OVER = 32,
	SMART_LB = 64, SMART_RB = 128
};

bool	smart_status(const char *answer, unsigned *bits);

/* -- values ----------------------------------------------------------------------------- */

enum form { FORM_TEXT, FORM_DECIMAL, FORM_DECIMALS, FORM_HOURS, FORM_MINUTES, FORM_HEXADECIMAL, FORM_VERSION };

#define SMART_VALUE_MAX	64

/*
 * What an answer says in that form; FORM_DECIMALS is taken apart by the
 * caller.  False: it has another form.
 */
bool	smart_value(enum form, const char *answer, char room[SMART_VALUE_MAX]);
/* Digits where the form has a 'd', all else as it is. */
bool	smart_matches(const char *form, const char *answer);
/* Blanks and what does not print are off at both ends, and nothing but ASCII is left. */
void	smart_tidy(char *answer);
bool	smart_refuses(const char *answer);	/* NA, NO, or nothing */

/* -- choices ------------------------------------------------------------------------------ */

/* A setting of the answer to 0x1a: the letter, and n texts of so many bytes back to back. */
struct choices {
	unsigned char	 letter;
	size_t		 n, width;
	const char	*texts;		/* in the answer */
};

/* The next that applies to units whose firmware ends so; *at moves on.  False: no more. */
bool	choices_next(const char *answer, size_t len, char locale, size_t *at, struct choices *);

#endif
