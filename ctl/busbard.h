#ifndef CTL_BUSBARD_H
#define CTL_BUSBARD_H

/* The busbard beside this program, as in a build tree; else the installed one.  Malloc'd. */
char	*busbard_path(void);

#endif
