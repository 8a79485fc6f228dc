/* The SQLite file.  Nothing else knows SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/event.h"
#include "core/mem.h"
#include "store/database.h"

#define BUSY_MS		2000	/* for a store before us that is just going */

enum statement { BEGIN, COMMIT, UNDO, PROBE, KEEP, FORGET, EACH_KEPT,
	NOTE, UNSENT, SENT, LAST, EACH_UNSENT, EACH, TRIM, TRIMMED, TRIMMED_MORE, STATEMENTS };

static const char *const statement_texts[] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[UNDO] = "ROLLBACK",
	/* Something must really change, or SQLite writes nothing. */
	[PROBE] = ("INSERT INTO kept (key, value) VALUES ('/probe', hex(randomblob(2000))) "
	    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
	[KEEP] = "INSERT INTO kept (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
	[FORGET] = "DELETE FROM kept WHERE key = ?1",
	[EACH_KEPT] = "SELECT key, value FROM kept WHERE key NOT IN ('/probe', '/trimmed') ORDER BY key",
	[NOTE] = "INSERT OR REPLACE INTO journal (serial, time, kind, device, fields) VALUES (?1, ?2, ?3, ?4, ?5)",
	[UNSENT] = "INSERT OR IGNORE INTO unsent (serial) VALUES (?1)",
	[SENT] = "DELETE FROM unsent WHERE serial = ?1",
	/* The last one is never trimmed away. */
	[LAST] = "SELECT ifnull(max(serial), 0) FROM journal",
	[EACH_UNSENT] = "SELECT serial, time, kind, device, fields FROM unsent JOIN journal USING (serial) ORDER BY serial",
	[EACH] = "SELECT serial, time, kind, device, fields FROM journal WHERE serial > ?1 AND time >= ?2 "
	    "AND (?3 = '' OR device = ?3 COLLATE NOCASE) ORDER BY serial LIMIT ?4",
	[TRIM] = "DELETE FROM journal WHERE serial IN (SELECT serial FROM journal WHERE "
	    "(serial <= ifnull((SELECT serial FROM journal ORDER BY serial DESC LIMIT 1 OFFSET ?1), 0) OR time < ?2) "
	    "AND serial < (SELECT max(serial) FROM journal) "
	    "AND serial NOT IN (SELECT serial FROM unsent) ORDER BY serial LIMIT 5000)",
	[TRIMMED] = "SELECT ifnull((SELECT CAST(value AS INTEGER) FROM kept WHERE key = '/trimmed'), 0)",
	[TRIMMED_MORE] = "INSERT INTO kept (key, value) VALUES ('/trimmed', ?1) "
	    "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + ?1",
};

/* Row n leads from version n to n + 1 (PRAGMA user_version). */
static const char *const upgrades[] = {
	"CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
	"CREATE TABLE journal (serial INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, "
	    "device TEXT NOT NULL, fields TEXT NOT NULL);"
	"CREATE TABLE unsent (serial INTEGER PRIMARY KEY);",
};

struct database {
	sqlite3		*handle;
	sqlite3_stmt	*statements[STATEMENTS];
	char		*path;
	char		*error;
	int		 code;		/* of the last failure */
};

/* -- running statements ---------------------------------------------------------- */

static bool
failed(struct database *db)
{
	db->code = sqlite3_errcode(db->handle);
	free(db->error);
	db->error = xstrdup(sqlite3_errmsg(db->handle));
	return false;
}

static sqlite3_stmt *
prepared(struct database *db, enum statement which)
{
	sqlite3_stmt	**s = &db->statements[which];

	if (*s == NULL &&
	    sqlite3_prepare_v3(db->handle, statement_texts[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
		return NULL;
	return *s;
}

static bool
finish(struct database *db, sqlite3_stmt *s)
{
	bool	 well = s != NULL && sqlite3_step(s) == SQLITE_DONE;

	if (!well)
		failed(db);
	if (s != NULL) {
		sqlite3_reset(s);
		sqlite3_clear_bindings(s);
	}
	return well;
}

static void
bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (s != NULL && text != NULL)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static bool
run(struct database *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || failed(db);
}

/* The first column of the first row; -1 and an error otherwise. */
static int64_t
number(struct database *db, const char *sql)
{
	sqlite3_stmt	*s = NULL;
	int64_t		 n = -1;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	else
		failed(db);
	sqlite3_finalize(s);
	return n;
}

/* -- opening --------------------------------------------------------------------------- */

static bool
code_is_damage(int code)
{
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static bool
complain(struct database *db, const char *text)
{
	free(db->error);
	db->error = xstrdup(text);
	db->code = SQLITE_ERROR;
	return false;
}

static bool
upgrade(struct database *db)
{
	int64_t	 version = number(db, "PRAGMA user_version");
	char	*note;
	bool	 well;

	if (version < 0)
		return false;
	if (version > (int64_t)nitems(upgrades))
		return complain(db, "a newer busbar made it");
	for (; version < (int64_t)nitems(upgrades); version++) {
		note = xasprintf("PRAGMA user_version = %d", (int)version + 1);
		well = run(db, "BEGIN IMMEDIATE") && run(db, upgrades[version]) && run(db, note) && run(db, "COMMIT");
		free(note);
		if (!well) {
			sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
			return false;
		}
	}
	return true;
}

static bool
sound(struct database *db)
{
	sqlite3_stmt	*s = NULL;
	bool		 well = false;

	if (sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW) {
		failed(db);
	} else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0) {
		complain(db, (const char *)sqlite3_column_text(s, 0));
		db->code = SQLITE_CORRUPT;
	} else {
		well = true;
	}
	sqlite3_finalize(s);
	return well;
}

/* Only we have the file: without the shared index a killed process leaves nothing to be cleaned up. */
static bool
set_up(struct database *db)
{
	sqlite3_extended_result_codes(db->handle, 0);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	return run(db, "PRAGMA locking_mode = EXCLUSIVE") && run(db, "PRAGMA journal_mode = WAL") &&
	    run(db, "PRAGMA synchronous = FULL") && run(db, "PRAGMA journal_size_limit = 4194304") &&
	    run(db, "BEGIN IMMEDIATE") && run(db, "COMMIT") && sound(db) && upgrade(db);
}

static struct database *
open_file(const char *path)
{
	struct database	*db = xcalloc(1, sizeof(*db));

	db->path = xstrdup(path);
	if (sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
	    NULL) == SQLITE_OK)
		set_up(db);
	else
		failed(db);
	return db;
}

static struct database *
open_failed(const char *path, const char *why)
{
	struct database	*db = xcalloc(1, sizeof(*db));

	db->path = xstrdup(path);
	complain(db, why);
	return db;
}

static void
close_file(struct database *db)
{
	size_t	 i;

	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->handle);
}

void
database_close(struct database *db)
{
	if (db == NULL)
		return;
	close_file(db);
	free(db->path);
	free(db->error);
	free(db);
}

/*
 * The log belongs to the file: applied to a new one it would damage that.
 * NULL, with errno: one of them cannot be moved; what was moved is put back.
 */
static char *
move_aside(const char *path)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal", "" };
	char			*aside = xasprintf("%s.damaged-%lld", path, (long long)time(NULL)), *from[4], *to[4];
	bool			 well = true;
	size_t			 i, n;
	int			 error = 0;

	for (n = 0; n < nitems(ends) && well; n++) {
		from[n] = xasprintf("%s%s", path, ends[n]);
		to[n] = xasprintf("%s%s", aside, ends[n]);
		well = rename(from[n], to[n]) == 0 || errno == ENOENT;
		error = errno;
	}
	for (i = 0; i < n; i++) {
		if (!well)
			rename(to[i], from[i]);
		free(from[i]);
		free(to[i]);
	}
	if (well)
		return aside;
	free(aside);
	errno = error;
	return NULL;
}

/* In bytes; -1: it is not there. */
static int64_t
size_of(const char *path)
{
	struct stat	 st;

	return lstat(path, &st) == 0 ? st.st_size : -1;
}

/* No file, or one without a byte, where its log or its name says that there was one. */
static bool
was_emptied(const char *path)
{
	char	*log = xasprintf("%s-wal", path);
	int64_t	 size = size_of(path), log_size = size_of(log);

	free(log);
	return size == 0 || (size == -1 && log_size > 0);
}

/* What is in the folder now is there after a power cut as well. */
static void
sync_folder(const char *folder)
{
	int	 fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

/* One that has its name is whole: whatever ends us before leaves a file that nobody takes for the database. */
static struct database *
begin_file(const char *folder, const char *path)
{
	static const char *const ends[] = { "", "-wal", "-journal" };
	char			*new = xasprintf("%s.new", path), *old;
	struct database		*db;
	size_t			 i;

	for (i = 0; i < nitems(ends); i++) {
		old = xasprintf("%s%s", new, ends[i]);
		unlink(old);
		free(old);
	}
	db = open_file(new);
	if (db->code == SQLITE_OK) {
		database_close(db);
		db = rename(new, path) == 0 ? open_file(path) : open_failed(path, strerror(errno));
		sync_folder(folder);
	}
	free(new);
	return db;
}

char *
database_abandon(struct database *db)
{
	char	*aside, *path = xstrdup(db->path);

	database_close(db);
	aside = move_aside(path);
	free(path);
	return aside;
}

/* Consumes db, which may be NULL; one that cannot be moved stays where it is, and says so. */
static struct database *
replace(struct database *db, const char *folder, const char *path, char **moved)
{
	char	*why;

	database_close(db);
	if ((*moved = move_aside(path)) != NULL)
		return begin_file(folder, path);
	why = xasprintf("it is damaged, and cannot be moved aside: %s", strerror(errno));
	db = open_failed(path, why);
	free(why);
	return db;
}

struct database *
database_open(const char *folder, char **moved, char **why)
{
	char		*path = xasprintf("%s/busbar.db", folder);
	struct database	*db;

	*moved = *why = NULL;
	if (mkdir(folder, 0755) == -1 && errno != EEXIST) {
		*why = xasprintf("%s: %s", folder, strerror(errno));
		free(path);
		return NULL;
	}
	if (was_emptied(path))
		db = replace(NULL, folder, path, moved);
	else if (size_of(path) == -1)
		db = begin_file(folder, path);
	else if (code_is_damage((db = open_file(path))->code))
		db = replace(db, folder, path, moved);
	if (db->code != SQLITE_OK) {
		*why = xasprintf("%s: %s", path, db->error);
		database_close(db);
		db = NULL;
	}
	free(path);
	return db;
}

const char *
database_error(const struct database *db)
{
	return db->error == NULL ? "no error" : db->error;
}

bool
database_damaged(const struct database *db)
{
	return code_is_damage(db->code);
}

/* -- transactions ------------------------------------------------------------------------- */

bool
database_begin(struct database *db)
{
	return finish(db, prepared(db, BEGIN));
}

void
database_undo(struct database *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, statement_texts[UNDO], NULL, NULL, NULL);
}

bool
database_commit(struct database *db)
{
	if (finish(db, prepared(db, COMMIT)))
		return true;
	database_undo(db);
	return false;
}

bool
database_probe(struct database *db)
{
	return finish(db, prepared(db, PROBE));
}

/* -- the journal ----------------------------------------------------------------------------- */

static bool
with_serial(struct database *db, enum statement which, uint64_t serial)
{
	sqlite3_stmt	*s = prepared(db, which);

	if (s != NULL)
		sqlite3_bind_int64(s, 1, (int64_t)serial);
	return finish(db, s);
}

/* What follows the six words of an event's line is stored as it came. */
static const char *
fields_of(const char *line)
{
	unsigned	 i;

	for (i = 0; i < 6 && line != NULL; i++)
		if ((line = strchr(line, ' ')) != NULL)
			line++;
	return line == NULL ? "" : line;
}

static bool
note_row(struct database *db, uint64_t serial, const struct event *e, const char *fields)
{
	sqlite3_stmt	*s = prepared(db, NOTE);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, (int64_t)serial);
		sqlite3_bind_int64(s, 2, e->time);
	}
	bind_text(s, 3, event_facts(e->kind)->word);
	bind_text(s, 4, e->device);
	bind_text(s, 5, fields);
	return finish(db, s);
}

bool
database_note(struct database *db, uint64_t serial, const char *line)
{
	char		*copy = xstrdup(line);
	struct event	 e;
	bool		 well = true;

	if (event_read(copy, &e))
		well = note_row(db, serial, &e, fields_of(line)) &&
		    (e.quiet || with_serial(db, UNSENT, serial)) &&
		    (e.key == NULL || database_keep(db, e.key, e.keep));
	free(copy);
	return well;
}

bool
database_sent(struct database *db, uint64_t serial)
{
	return with_serial(db, SENT, serial);
}

static uint64_t
one_number(struct database *db, enum statement which)
{
	sqlite3_stmt	*s = prepared(db, which);
	uint64_t	 n = 0;

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(s, 0);
	else
		failed(db);
	sqlite3_reset(s);
	return n;
}

uint64_t
database_last(struct database *db)
{
	return one_number(db, LAST);
}

uint64_t
database_trimmed(struct database *db)
{
	return one_number(db, TRIMMED);
}

bool
database_trim(struct database *db, uint64_t keep, int64_t older_ms)
{
	sqlite3_stmt	*s = prepared(db, TRIM);
	int		 gone;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, (int64_t)keep);
		sqlite3_bind_int64(s, 2, older_ms);
	}
	if (!finish(db, s))
		return false;
	gone = sqlite3_changes(db->handle);
	return gone == 0 || with_serial(db, TRIMMED_MORE, (uint64_t)gone);
}

static bool
each_row(struct database *db, sqlite3_stmt *s, journal_fn *fn, void *arg)
{
	struct journal_row	 row;
	int			 code = SQLITE_ERROR;

	while (s != NULL && (code = sqlite3_step(s)) == SQLITE_ROW) {
		row = (struct journal_row){ .serial = (uint64_t)sqlite3_column_int64(s, 0),
		    .time = sqlite3_column_int64(s, 1), .kind = (const char *)sqlite3_column_text(s, 2),
		    .device = (const char *)sqlite3_column_text(s, 3),
		    .fields = (const char *)sqlite3_column_text(s, 4) };
		fn(arg, &row);
	}
	if (code != SQLITE_DONE)
		failed(db);
	sqlite3_reset(s);
	return code == SQLITE_DONE;
}

bool
database_each_unsent(struct database *db, journal_fn *fn, void *arg)
{
	return each_row(db, prepared(db, EACH_UNSENT), fn, arg);
}

bool
database_each(struct database *db, uint64_t after, int64_t since_ms, const char *device, unsigned most,
    journal_fn *fn, void *arg)
{
	sqlite3_stmt	*s = prepared(db, EACH);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, (int64_t)after);
		sqlite3_bind_int64(s, 2, since_ms);
		sqlite3_bind_int64(s, 4, most);
	}
	bind_text(s, 3, device);
	return each_row(db, s, fn, arg);
}

/* -- kept values ------------------------------------------------------------------------------ */

bool
database_keep(struct database *db, const char *key, const char *text)
{
	sqlite3_stmt	*s = prepared(db, text == NULL ? FORGET : KEEP);

	bind_text(s, 1, key);
	bind_text(s, 2, text);
	return finish(db, s);
}

bool
database_each_kept(struct database *db, void (*fn)(void *, const char *, const char *), void *arg)
{
	sqlite3_stmt	*s = prepared(db, EACH_KEPT);
	int		 code = SQLITE_ERROR;

	while (s != NULL && (code = sqlite3_step(s)) == SQLITE_ROW)
		fn(arg, (const char *)sqlite3_column_text(s, 0), (const char *)sqlite3_column_text(s, 1));
	if (code != SQLITE_DONE)
		failed(db);
	sqlite3_reset(s);
	return code == SQLITE_DONE;
}
