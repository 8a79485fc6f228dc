#ifndef CTL_PASSWORD_H
#define CTL_PASSWORD_H

/*
 * Reads a password, twice from a terminal and once from anything else, and
 * prints the line of busbar.conf that has its hash.  NULL, or what was wrong
 * (malloc'd).
 */
char	*password_print(void);

#endif
