#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * STATE_DIR/busbar.db: what must survive a power cut (SQLite, write-ahead log,
 * every commit synced).  One process at a time has it.  A call that fails says
 * why in database_error() and leaves no transaction open.
 */
struct database;

/*
 * Opens the file, makes or upgrades its tables, and checks it.  One that is
 * damaged, or without a byte, is moved aside, which *moved names (malloc'd;
 * else NULL), and a new one is begun.  NULL, with *why malloc'd, when there can
 * be none now: the disk is full or read-only, another process has it, a newer
 * busbar made it.
 */
struct database	*database_open(const char *folder, char **moved, char **why);
void		 database_close(struct database *);	/* NULL is fine */
/* The file turned out to be damaged: closes it, moves it aside and returns its new name, malloc'd; NULL: it cannot be. */
char		*database_abandon(struct database *);

const char	*database_error(const struct database *);	/* of the last call that failed */
bool		 database_damaged(const struct database *);	/* that one found the file damaged */

/* A transaction; after a false commit nothing of it is there. */
bool		 database_begin(struct database *);
bool		 database_commit(struct database *);
void		 database_undo(struct database *);

/* Writes something and changes nothing: whether the disk takes writes. */
bool		 database_probe(struct database *);

bool		 database_keep(struct database *, const char *key, const char *text);	/* NULL: away with it */
bool		 database_each_kept(struct database *, void (*)(void *, const char *key, const char *text), void *arg);

#endif
