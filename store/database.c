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

#include "core/mem.h"
#include "store/database.h"

#define BUSY_MS		2000	/* for a store before us that is just going */

enum statement { BEGIN, COMMIT, UNDO, PROBE, KEEP, FORGET, EACH_KEPT, STATEMENTS };

static const char *const statement_texts[] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[UNDO] = "ROLLBACK",
	/* Something must really change, or SQLite writes nothing. */
	[PROBE] = ("INSERT INTO kept (key, value) VALUES ('/probe', hex(randomblob(2000))) "
	    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
	[KEEP] = "INSERT INTO kept (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
	[FORGET] = "DELETE FROM kept WHERE key = ?1",
	[EACH_KEPT] = "SELECT key, value FROM kept WHERE key <> '/probe' ORDER BY key",
};

/* Row n leads from version n to n + 1 (PRAGMA user_version). */
static const char *const upgrades[] = {
	"CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
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
