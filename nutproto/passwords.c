#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/mem.h"
#include "nutproto/digest.h"
#include "nutproto/failures.h"
#include "nutproto/passwords.h"
#include "nutproto/users.h"
#include "nutproto/workers.h"

#define LINES		10	/* of refusals in the log, a minute */
#define MINUTE_MS	60000

TAILQ_HEAD(checks, password_check);
TAILQ_HEAD(jobs, job);

/* One caller who waits for an answer: in its job's list, or late in that of the passwords. */
struct password_check {
	TAILQ_ENTRY(password_check) entry;
	struct passwords *all;
	struct job	*job;		/* NULL: known to be wrong, to be said when the timer fires */
	struct timer	*timer;
	char		*user;
	uint8_t		 address[16];
	bool		 v6;
	int64_t		 begun;
	passwords_fn	*fn;
	void		*arg;
};

/* One hash to be made, for all who gave the same user and password. */
struct job {
	TAILQ_ENTRY(job) entry;
	struct passwords *all;
	struct checks	 checks;
	char		*user, *password, *hash;
	struct digest	 credentials;
	struct origin	 origin;	/* of its first check */
	unsigned	 rank;		/* jobs of that origin that were there before it */
	bool		 running;
};

struct passwords {
	struct loop	*loop;
	const struct settings *settings;
	struct workers	*workers;
	struct failures	*failures;
	struct digest_key key;
	struct jobs	 jobs;		/* by age */
	unsigned	 waiting;	/* jobs that do not run yet */
	struct checks	 late;
	struct digest	 known[PASSWORDS_KNOWN];	/* credentials that were right: a ring */
	unsigned	 nknown, next_known;
	struct timer	*minute;	/* of the log */
	unsigned	 lines, untold;
};

/* -- the log ---------------------------------------------------------------------------- */

static void
on_minute(void *arg)
{
	struct passwords	*p = arg;

	if (p->untold > 0)
		log_warning("nut", "%u more logins were refused within a minute", p->untold);
	p->lines = p->untold = 0;
}

static void
tell(struct passwords *p, const struct password_check *c, const char *why)
{
	char	 text[INET6_ADDRSTRLEN];

	if (!timer_running(p->minute))
		timer_set(p->minute, MINUTE_MS);
	if (p->lines == LINES) {
		p->untold++;
		return;
	}
	p->lines++;
	inet_ntop(c->v6 ? AF_INET6 : AF_INET, c->address, text, sizeof(text));
	log_warning("nut", "user %.64s from %s is refused: %s", c->user, text, why);
}

/* -- what is known without a hash ------------------------------------------------------- */

static struct digest
credentials_of(struct passwords *p, const char *user, const char *password)
{
	char		*text = xasprintf("%s%c%s", user, '\n', password);
	size_t		 len = strlen(text);
	struct digest	 d = digest_of(&p->key, text, len);

	explicit_bzero(text, len);
	free(text);
	return d;
}

/* Two keyed digests are compared, so that time tells nothing of the texts. */
static bool
same_password(struct passwords *p, const char *a, const char *b)
{
	return digest_equal(digest_of(&p->key, a, strlen(a)), digest_of(&p->key, b, strlen(b)));
}

static bool
is_known(const struct passwords *p, struct digest credentials)
{
	unsigned	 i;

	for (i = 0; i < p->nknown; i++)
		if (digest_equal(p->known[i], credentials))
			return true;
	return false;
}

static void
remember(struct passwords *p, struct digest credentials)
{
	p->known[p->next_known] = credentials;
	p->next_known = (p->next_known + 1) % PASSWORDS_KNOWN;
	if (p->nknown < PASSWORDS_KNOWN)
		p->nknown++;
}

/* -- answers -------------------------------------------------------------------------------- */

static uint64_t
user_number(const struct passwords *p, const char *user)
{
	return digest_siphash(p->key.at, user, strlen(user));
}

static void
check_free(struct password_check *c)
{
	timer_free(c->timer);
	free(c->user);
	free(c);
}

static void
on_late(void *arg)
{
	struct password_check	*c = arg;
	passwords_fn		*fn = c->fn;
	void			*fn_arg = c->arg;

	TAILQ_REMOVE(&c->all->late, c, entry);
	check_free(c);
	fn(false, fn_arg);
}

/* The check is in no list. */
static void
refuse(struct password_check *c, const char *why)
{
	struct passwords	*p = c->all;
	int64_t			 now = loop_now(p->loop), delay;

	tell(p, c, why);
	delay = failures_note(p->failures, origin_of(c->address, c->v6), user_number(p, c->user), now);
	delay -= now - c->begun;
	c->job = NULL;
	c->timer = timer_new(p->loop, on_late, c);
	timer_set(c->timer, delay > 0 ? delay : 0);
	TAILQ_INSERT_TAIL(&p->late, c, entry);
}

static void
accept_check(struct password_check *c)
{
	struct passwords	*p = c->all;
	passwords_fn		*fn = c->fn;
	void			*arg = c->arg;

	failures_clear(p->failures, origin_of(c->address, c->v6), user_number(p, c->user));
	check_free(c);
	fn(true, arg);
}

/* -- jobs ------------------------------------------------------------------------------------ */

static void
job_free(struct job *j)
{
	explicit_bzero(j->password, strlen(j->password));
	free(j->user);
	free(j->password);
	free(j->hash);
	free(j);
}

static void
job_unlink(struct job *j)
{
	TAILQ_REMOVE(&j->all->jobs, j, entry);
	if (!j->running)
		j->all->waiting--;
}

/* Answers all who wait for it.  Who asks again meanwhile asks anew. */
static void
job_end(struct job *j, bool right, const char *why)
{
	struct passwords		*p = j->all;
	const struct user_settings	*u;
	struct password_check		*c;

	job_unlink(j);
	j->running = true;		/* not for passwords_forget() to free */
	while ((c = TAILQ_FIRST(&j->checks)) != NULL) {
		TAILQ_REMOVE(&j->checks, c, entry);
		u = users_find(p->settings, j->user);
		if (!right || u == NULL)
			refuse(c, why);
		else if (!users_accept(p->settings, u, c->address, c->v6))
			refuse(c, "not from there");
		else
			accept_check(c);
	}
	job_free(j);
}

static void	start_jobs(struct passwords *);

/* The settings may have changed while it was hashed. */
static void
on_hashed(bool right, void *arg)
{
	struct job			*j = arg;
	struct passwords		*p = j->all;
	const struct user_settings	*u = users_find(p->settings, j->user);

	if (u != NULL && u->password_hash != NULL && strcmp(u->password_hash, j->hash) == 0) {
		if (right)
			remember(p, j->credentials);
		job_end(j, right, "wrong password");
	} else {
		j->running = false;
		p->waiting++;
	}
	start_jobs(p);
}

static void
job_start(struct job *j)
{
	struct passwords		*p = j->all;
	const struct user_settings	*u = users_find(p->settings, j->user);

	if (u == NULL || u->password_hash == NULL) {
		job_end(j, u != NULL && same_password(p, u->password, j->password), "wrong password");
		return;
	}
	free(j->hash);
	j->hash = xstrdup(u->password_hash);
	j->running = true;
	p->waiting--;
	workers_begin(p->workers, j->password, j->hash, on_hashed, j);
}

/* The next one: the first of each address comes before the second of any. */
static struct job *
next_job(struct passwords *p)
{
	struct job	*j, *best = NULL;

	TAILQ_FOREACH(j, &p->jobs, entry)
		if (!j->running && (best == NULL || j->rank < best->rank))
			best = j;
	return best;
}

/* The last one, which makes room. */
static struct job *
last_job(struct passwords *p)
{
	struct job	*j, *worst = NULL;

	TAILQ_FOREACH(j, &p->jobs, entry)
		if (!j->running && (worst == NULL || j->rank >= worst->rank))
			worst = j;
	return worst;
}

static void
start_jobs(struct passwords *p)
{
	while (p->waiting > PASSWORDS_WAITING)
		job_end(last_job(p), false, "too many passwords to verify");
	while (p->waiting > 0 && workers_ready(p->workers))
		job_start(next_job(p));
	while (p->waiting > 0 && !workers_busy(p->workers))
		job_end(next_job(p), false, "no thread to verify the password");
}

static struct job *
job_new(struct passwords *p, const char *user, const char *password, struct digest credentials,
    struct origin origin)
{
	struct job	*j = xcalloc(1, sizeof(*j)), *other;

	j->all = p;
	TAILQ_INIT(&j->checks);
	j->user = xstrdup(user);
	j->password = xstrdup(password);
	j->credentials = credentials;
	j->origin = origin;
	TAILQ_FOREACH(other, &p->jobs, entry)
		if (memcmp(&other->origin, &origin, sizeof(origin)) == 0)
			j->rank++;
	TAILQ_INSERT_TAIL(&p->jobs, j, entry);
	p->waiting++;
	return j;
}

/* The job for these credentials, which may be there already. */
static struct job *
job_for(struct password_check *c, const char *password, struct digest credentials)
{
	struct job	*j;

	TAILQ_FOREACH(j, &c->all->jobs, entry)
		if (digest_equal(j->credentials, credentials))
			return j;
	return job_new(c->all, c->user, password, credentials, origin_of(c->address, c->v6));
}

/* -- checks ------------------------------------------------------------------------------------ */

static struct password_check *
check_new(struct passwords *p, const char *user, const uint8_t *address, bool v6, passwords_fn *fn,
    void *arg)
{
	struct password_check	*c = xcalloc(1, sizeof(*c));

	c->all = p;
	c->user = xstrdup(user);
	memcpy(c->address, address, v6 ? 16 : 4);
	c->v6 = v6;
	c->begun = loop_now(p->loop);
	c->fn = fn;
	c->arg = arg;
	return c;
}

/* NULL: ended, its caller knows. */
static struct password_check *
begin(struct password_check *c, const struct user_settings *u, const char *password)
{
	struct digest	 credentials = credentials_of(c->all, u->name, password);

	if (u->password_hash == NULL ? same_password(c->all, u->password, password) :
	    is_known(c->all, credentials)) {
		accept_check(c);
		return NULL;
	}
	if (u->password_hash == NULL) {
		refuse(c, "wrong password");
		return c;
	}
	c->job = job_for(c, password, credentials);
	TAILQ_INSERT_TAIL(&c->job->checks, c, entry);
	start_jobs(c->all);
	return c;
}

struct password_check *
passwords_check(struct passwords *p, const char *user, const char *password, const uint8_t *address,
    bool v6, passwords_fn *fn, void *arg)
{
	struct password_check		*c = check_new(p, user, address, v6, fn, arg);
	const struct user_settings	*u = users_find(p->settings, user);

	if (u != NULL && users_accept(p->settings, u, address, v6))
		return begin(c, u, password);
	refuse(c, u == NULL ? "no such user" : "not from there");
	return c;
}

void
passwords_forget(struct password_check *c)
{
	struct job	*j;

	if (c == NULL)
		return;
	j = c->job;
	TAILQ_REMOVE(j == NULL ? &c->all->late : &j->checks, c, entry);
	check_free(c);
	if (j != NULL && !j->running && TAILQ_EMPTY(&j->checks)) {
		job_unlink(j);
		job_free(j);
	}
}

/* -- all of it ----------------------------------------------------------------------------------- */

struct passwords *
passwords_new(struct loop *loop, const struct settings *settings)
{
	struct passwords	*p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->settings = settings;
	p->workers = workers_new(loop);
	p->failures = failures_new();
	p->minute = timer_new(loop, on_minute, p);
	digest_key_make(&p->key);
	TAILQ_INIT(&p->jobs);
	TAILQ_INIT(&p->late);
	return p;
}

void
passwords_settings(struct passwords *p, const struct settings *settings)
{
	p->settings = settings;
	p->nknown = p->next_known = 0;
}

static void
free_checks(struct checks *checks)
{
	struct password_check	*c;

	while ((c = TAILQ_FIRST(checks)) != NULL) {
		TAILQ_REMOVE(checks, c, entry);
		check_free(c);
	}
}

void
passwords_free(struct passwords *p)
{
	struct job	*j;

	workers_free(p->workers);
	while ((j = TAILQ_FIRST(&p->jobs)) != NULL) {
		free_checks(&j->checks);
		job_unlink(j);
		job_free(j);
	}
	free_checks(&p->late);
	failures_free(p->failures);
	timer_free(p->minute);
	explicit_bzero(p, sizeof(*p));
	free(p);
}
