#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One reading, exact.  A number is digits / 10^scale, never a float: "230.4"
 * is { 2304, 1 }, leaves as 230.4 at a NUT client and as 2304 in a MIB object
 * of tenths, without rounding on the way.
 *
 * A text that reads as a decimal number is a number.  When printing the
 * number would not give the source text back ("014", "+5", "1e3" is no
 * number at all), that text is kept beside it and is what leaves.
 */
enum value_type { V_NONE, V_NUMBER, V_TEXT };

struct value {
	enum value_type	 type;
	uint8_t		 scale;		/* V_NUMBER: digits after the point, 0 to 18 */
	int64_t		 digits;	/* V_NUMBER */
	const char	*text;		/* V_TEXT: the text, never NULL.  V_NUMBER: NULL, or its source */
};

#define VALUE_TEXT_MAX	48		/* any number prints in fewer bytes, NUL included */

struct value	 value_number(int64_t digits, unsigned scale);
struct value	 value_from_text(const char *);	/* borrows the text; NULL gives V_NONE */

/* Rounds half away from zero, saturates at the ends of int64_t.  A text or nothing gives 0. */
int64_t		 value_scaled(const struct value *, unsigned scale);
int64_t		 value_floor(const struct value *, unsigned scale);	/* towards minus infinity */
int64_t		 value_ceil(const struct value *, unsigned scale);	/* towards plus infinity */
int		 value_compare(const struct value *, const struct value *);	/* two numbers */
struct value	 value_times(const struct value *, int64_t num, unsigned scale); /* x num / 10^scale, exact */

bool		 value_equal(const struct value *, const struct value *);	/* would print the same */
/* The text of a value: borrowed from the value, or printed into room. */
const char	*value_text(const struct value *, char room[VALUE_TEXT_MAX]);

#endif
