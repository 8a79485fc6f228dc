#ifndef SUBAGENT_LINES_H
#define SUBAGENT_LINES_H

#include "core/readings.h"

/*
 * The lines of a device's input, output and bypass, one to three, and what
 * is known of each: NUT's names without a phase for a single-phase device,
 * with one (L1-N, L1, L1-L2) for the others.
 */
enum lines_kind { LINES_INPUT, LINES_OUTPUT, LINES_BYPASS, LINES_KINDS };

struct line_values {		/* one column of a line table */
	enum lines_kind		 kind;
	const char		*names[2];	/* "voltage": below the kind's own prefix; the first that there is */
	bool			 between;	/* may be given between two lines only */
	const char		*whole;		/* stands for each line where no line has its own; or NULL */
	const char		*single;	/* likewise, on a single-phase device only; or NULL */
	const struct value	*(*believe)(const struct value *);
	bool			 derived;	/* may be load x rating, where the option asks for it */
	unsigned		 scale;
	int64_t			 max;
};

extern const struct line_values
	lines_input_frequency, lines_input_voltage, lines_input_current, lines_input_power,
	lines_output_voltage, lines_output_current, lines_output_power, lines_output_load,
	lines_bypass_voltage, lines_bypass_current, lines_bypass_power;

struct lines {
	unsigned	 phases;	/* 1: names without a phase come first */
	unsigned	 rows;		/* of the table; the same whatever the state of the device */
	bool		 named;		/* some reading has a phase in its name */
};

struct lines	lines_of(const struct device *, const struct readings *, enum lines_kind);
/* The value of one line, borrowed or computed into room; NULL: absent. */
const struct value *lines_value(const struct readings *, const struct line_values *,
		    const struct lines *, unsigned line, struct value *room);

#endif
