#ifndef CORE_STATUS_H
#define CORE_STATUS_H

/*
 * The words of ups.status as a set.  Their order does not matter, nor do
 * words that are not listed here: "OL CHRG NEW" is { OL, CHRG }.
 *
 *	id, word
 */
#define STATUS_LIST(S) \
	S(OL, "OL")		/* mains is good at the input */ \
	S(OB, "OB")		/* mains is not good: energy comes from the battery */ \
	S(LB, "LB")		/* battery nearly empty */ \
	S(HB, "HB")		/* battery too high */ \
	S(RB, "RB")		/* battery should be replaced */ \
	S(CHRG, "CHRG")		/* battery is being charged */ \
	S(DISCHRG, "DISCHRG")	/* battery is being discharged */ \
	S(BYPASS, "BYPASS")	/* load is fed around the inverter */ \
	S(CAL, "CAL")		/* runtime calibration */ \
	S(OFF, "OFF")		/* output is off */ \
	S(OVER, "OVER")		/* overloaded */ \
	S(TRIM, "TRIM")		/* voltage is being reduced */ \
	S(BOOST, "BOOST")	/* voltage is being raised */ \
	S(FSD, "FSD")		/* shutdown has been ordered */ \
	S(ALARM, "ALARM")	/* ups.alarm has a text */ \
	S(WAIT, "WAIT")		/* a remote server has no data yet */ \
	S(ECO, "ECO")		/* high-efficiency mode */ \
	S(TEST, "TEST")		/* self test runs */ \
	S(OVERHEAT, "OVERHEAT")	/* too hot */ \
	S(COMMFAULT, "COMMFAULT") /* internal fault */ \
	S(DEPLETED, "DEPLETED")	/* battery empty */

enum {
#define STATUS_NUMBER(id, word)	STATUS_NUMBER_##id,
	STATUS_LIST(STATUS_NUMBER)
#undef STATUS_NUMBER
	STATUS_WORDS		/* how many there are */
};

enum {
#define STATUS_BIT(id, word)	STATUS_##id = 1 << STATUS_NUMBER_##id,
	STATUS_LIST(STATUS_BIT)
#undef STATUS_BIT
};

#define STATUS_TEXT_MAX	128	/* all words and their blanks fit, NUL included */

unsigned	 status_parse(const char *words);	/* NULL: none */
/* The words in the order above, one blank apart; returns room. */
const char	*status_text(unsigned set, char room[STATUS_TEXT_MAX]);

#endif
