#ifndef CTL_BUSBARD_H
#define CTL_BUSBARD_H

#include <stdbool.h>

/* What busbarctl has busbard do: a run of it, to its end. */
struct busbard_run {
	const char *const	*args;		/* behind its name, NULL-ended */
	const char		*variable;	/* "NAME=VALUE" besides our environment; NULL: none */
	int			 input;		/* its standard input; -1: ours */
	int			 output;	/* which of its descriptors is read: 1 or 2 */
	bool			 quiet;		/* its standard output, if it is not read, goes nowhere */
	void			(*line)(void *arg, char *line);	/* each line of that, without its end */
	void			*arg;
};

/*
 * The busbard beside this program, as in a build tree; else the installed one.
 * NULL when it ran and ended, with its exit status in *status (-1: by a
 * signal); or why it did not, malloc'd.
 */
char	*busbard_run(const struct busbard_run *, int *status);

#endif
