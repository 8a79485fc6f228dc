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
/*
 * The journal.  The record is an event's line without its serial, whose key
 * and text are kept in the same transaction; false also when it is no event.
 */
bool		 database_note(struct database *, uint64_t serial, const char *line);
bool		 database_sent(struct database *, uint64_t serial);	/* this notification need not be kept */
/* Drops what is too much or too old; its count adds up. */
bool		 database_trim(struct database *, uint64_t keep, int64_t older_ms);
uint64_t	 database_trimmed(struct database *);
uint64_t	 database_last(struct database *);	/* the highest serial ever */

struct journal_row {
	uint64_t	 serial;
	int64_t		 time;		/* ms since 1970 */
	const char	*kind, *device, *fields;	/* fields: as in the event's line */
};
typedef void	 journal_fn(void *, const struct journal_row *);
/* Notifications that are not sent yet, in order. */
bool		 database_each_unsent(struct database *, journal_fn *, void *arg);
/* At most so many rows behind that serial, since that time, of that device ("": any). */
bool		 database_each(struct database *, uint64_t after, int64_t since_ms, const char *device,
		    unsigned most, journal_fn *, void *arg);

bool		 database_each_kept(struct database *, void (*)(void *, const char *key, const char *text), void *arg);

#endif
