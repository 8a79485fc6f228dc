#ifndef CORE_CONF_TREE_H
#define CORE_CONF_TREE_H

#include "core/conf.h"

/* The tree behind core/conf.h, for core/conf*.c alone. */
struct conf_chunk {
	struct conf_chunk	*next;
	max_align_t		 bytes[];
};

struct conf_source_file {
	const char	*name;
	bool		 exposed;
};

struct conf {
	struct conf_chunk	*chunks;	/* all that items point to */
	struct conf_source_file	*files;
	size_t			 nfiles, files_room;
	size_t			 size;		/* bytes of text read */
	const struct conf_item	*items;
	size_t			 nitems;
};

/* Memory that lives as long as the conf. */
void	*conf_keep(struct conf *, const void *, size_t);
char	*conf_keep_text(struct conf *, const char *, size_t len);

/* May this byte stand in a bare word? */
bool	 conf_bare(unsigned char);

#endif
