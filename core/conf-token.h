#ifndef CORE_CONF_TOKEN_H
#define CORE_CONF_TOKEN_H

#include "core/conf-tree.h"

/* The words and marks of a configuration, for core/conf-parse.c alone. */

enum token { T_END, T_LINE, T_WORD, T_STRING, T_OPEN, T_CLOSE, T_IS, T_COMMA };

struct source {			/* one file being read, and those that include it */
	struct source		*from;
	const char		*at, *end;
	struct conf_place	 place;
};

struct parser {
	struct conf		*conf;
	struct conf_errors	*errors;
	conf_reader		*read;
	void			*arg;
	struct source		*source;
	enum token		 token;
	struct conf_value	 value;		/* of T_WORD and T_STRING; place of each token */
	bool			 spoiled;	/* a mistake within a token of this item is reported */
	bool			 unclosed;	/* the end of this file came within a section: reported */
	unsigned		 depth;		/* of sections */
	unsigned		 bare_line;	/* a setting ended in a bare word on this line */
};

void		 token_next(struct parser *);
void		 token_skip_lines(struct parser *);
/* Leaves the wreck of an item: to the end of its line, and of each brace that it opened. */
void		 token_recover(struct parser *);
/* What stands at the present token, for a message; and what a kind of token is called. */
const char	*token_here(const struct parser *);
const char	*token_name(enum token);

#endif
