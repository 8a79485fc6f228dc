#ifndef CTL_SCAN_LIST_H
#define CTL_SCAN_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Sections of a busbar.conf that busbard is to try, and what it prints of those that answer. */
struct scan_section {
	char	*name, *text;
	bool	 found;
};

struct scan_list {
	struct scan_section	*at;
	size_t			 n, room;
	size_t			 found;		/* so far, also of what was cleared since */
	bool			 slow;		/* they need their time; why one does not answer is told on standard error */
	char			*why;		/* else: what is in the way of the only one; NULL: nobody knows */
};

/* Of the options, port= is left out; more: one more option, or NULL. */
void	 scan_list_add(struct scan_list *, const char *name, const char *driver, const char *port, char **options,
	    size_t n, const char *more);
/* Prints the sections of what answers.  NULL, or what went wrong, malloc'd. */
char	*scan_list_look(struct scan_list *);
void	 scan_list_clear(struct scan_list *);	/* can be filled anew */
void	 scan_list_free(struct scan_list *);
/* The reason, and if there is none, a word on standard error where nothing was found. */
char	*scan_verdict(char *reason, const struct scan_list *);

#endif
