#ifndef DRIVERS_APCSMART_PROFILE_H
#define DRIVERS_APCSMART_PROFILE_H

#include "drivers/apcsmart/letters.h"

/* What a file of profiles/apcsmart/ says: what the letters mean, and who has which. */

struct smart_word {
	const char	*from, *to;
};

struct smart_variable {
	enum var		 var;
	const char		*name;		/* FORM_DECIMALS: a 0 stands for the number of the probe */
	letter			 ask;
	letter			 with;		/* only a unit that has this letter too; 0: any */
	enum form		 form;
	const char		*pattern;	/* that an answer has (smart_matches); NULL: any */
	enum { SELDOM, OFTEN, ONCE } poll;
	bool			 text;		/* it can be set to any 8 characters */
	bool			 identity;	/* another answer: another unit */
	struct smart_word	*words;		/* in place of answers; others are shown as they are */
	size_t			 nwords;
};

enum smart_how { HOW_ONCE, HOW_TWICE, HOW_RETURN };

struct smart_command {
	enum var	 name;
	letter		 send;		/* HOW_RETURN: none */
	enum smart_how	 how;
	bool		 silent;	/* no answer is as good as OK */
	unsigned	 unless, only;	/* bits of the status with which it is not, or with all of which it is sent */
};

struct smart_firmware {
	const char	*name;
	const char	*model;		/* of a unit that does not say; NULL: nothing is said */
	struct letters	 letters;
};

struct smart_profile {
	struct smart_profile	*next;
	const char		*name, *title;
	struct smart_variable	*variables;
	struct smart_command	*commands;
	struct smart_firmware	*firmwares;
	size_t			 nvariables, ncommands, nfirmwares;
	const struct smart_firmware *hexadecimal, *other;	/* never NULL in a profile without mistakes */
};

/* The texts are those of the files, which outlive it. */
struct smart_profile	*smart_learn(const struct conf *const *, size_t n, struct conf_errors *);
void			 smart_forget(struct smart_profile *);
const struct smart_profile	*smart_profile_find(const struct smart_profile *, const char *name);
const struct smart_firmware	*smart_firmware_find(const struct smart_profile *, const char *text);

#endif
