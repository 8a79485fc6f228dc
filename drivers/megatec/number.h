#ifndef DRIVERS_MEGATEC_NUMBER_H
#define DRIVERS_MEGATEC_NUMBER_H

#include "drivers/megatec/decode.h"

/* What a field says as a number, in its form; false: it is none, or not one that the reading takes. */
bool	number_read(const struct megatec_reading *, const char *text, struct value *);
/* times and over, rounded to the decimals of the reading; false: a variable of them is not known. */
bool	number_factors(const struct megatec_reading *, const struct megatec_memory *, struct value *);

#endif
