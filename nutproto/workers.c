#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "nutproto/workers.h"

struct task {			/* under the lock, but for what its state gives away */
	enum { FREE, READY, RUNNING, DONE } state;
	char		*password, *hash;	/* RUNNING: the thread's */
	bool		 right;
	workers_fn	*fn;			/* the loop's */
	void		*arg;
};

struct workers {
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;		/* something is READY, or stopping */
	bool		 stopping;
	struct task	 tasks[WORKERS_MAX];
	/* the loop's alone */
	pthread_t	 threads[WORKERS_MAX];
	unsigned	 nthreads, most;
	unsigned	 ntasks;	/* not FREE */
	int		 done;		/* eventfd: some are DONE */
	struct io	*io;
	bool		 told;		/* in the log: no thread */
};

/* -- in a thread --------------------------------------------------------------------- */

/* The time that it takes tells nothing of where they differ. */
static bool
same_text(const char *a, const char *b)
{
	size_t		 i, len = strlen(a);
	unsigned char	 different = 0;

	if (strlen(b) != len)
		return false;
	for (i = 0; i < len; i++)
		different |= (unsigned char)(a[i] ^ b[i]);
	return different == 0;
}

static bool
matches(const char *password, const char *hash, struct crypt_data *data)
{
	const char	*made;
	bool		 right;

	memset(data, 0, sizeof(*data));
	made = crypt_r(password, hash, data);
	right = made != NULL && *made != '*' && same_text(made, hash);
	explicit_bzero(data, sizeof(*data));
	return right;
}

static struct task *
find_task(struct workers *w, int state)
{
	size_t	 i;

	for (i = 0; i < WORKERS_MAX; i++)
		if ((int)w->tasks[i].state == state)
			return &w->tasks[i];
	return NULL;
}

static void
forget_texts(struct task *t)
{
	explicit_bzero(t->password, strlen(t->password));
	free(t->password);
	free(t->hash);
	t->password = t->hash = NULL;
}

static void
run_task(struct workers *w, struct task *t, struct crypt_data *data)
{
	bool	 right;

	t->state = RUNNING;
	pthread_mutex_unlock(&w->lock);
	right = matches(t->password, t->hash, data);
	forget_texts(t);
	pthread_mutex_lock(&w->lock);
	t->right = right;
	t->state = DONE;
	eventfd_write(w->done, 1);
}

static void *
work(void *arg)
{
	struct workers		*w = arg;
	struct crypt_data	*data = xcalloc(1, sizeof(*data));
	struct task		*t;

	pthread_mutex_lock(&w->lock);
	while (!w->stopping) {
		t = find_task(w, READY);
		if (t != NULL)
			run_task(w, t, data);
		else
			pthread_cond_wait(&w->wake, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	free(data);
	return NULL;
}

/* -- in the loop ------------------------------------------------------------------------ */

/* Takes one that is DONE; false: there is none. */
static bool
take_done(struct workers *w, struct task *taken)
{
	struct task	*t;

	pthread_mutex_lock(&w->lock);
	t = find_task(w, DONE);
	if (t != NULL) {
		*taken = *t;
		t->state = FREE;
	}
	pthread_mutex_unlock(&w->lock);
	return t != NULL;
}

static void
on_done(int fd, unsigned what, void *arg)
{
	struct workers	*w = arg;
	struct task	 t;
	eventfd_t	 n;

	eventfd_read(fd, &n);
	while (take_done(w, &t)) {
		w->ntasks--;
		t.fn(t.right, t.arg);
	}
}

struct workers *
workers_new(struct loop *loop)
{
	struct workers	*w = xcalloc(1, sizeof(*w));
	long		 processors = sysconf(_SC_NPROCESSORS_ONLN);

	w->most = processors < 4 ? 1 : processors / 2 < WORKERS_MAX ? (unsigned)processors / 2 : WORKERS_MAX;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->done == -1)
		log_error("nut", "hashed passwords cannot be verified: %s", strerror(errno));
	else
		w->io = io_new(loop, w->done, IO_READ, on_done, w);
	return w;
}

void
workers_free(struct workers *w)
{
	struct task	*t;

	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	while (w->nthreads > 0)
		pthread_join(w->threads[--w->nthreads], NULL);
	while ((t = find_task(w, READY)) != NULL) {
		forget_texts(t);
		t->state = FREE;
	}
	io_free(w->io);
	if (w->done != -1)
		close(w->done);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Signals are the loop's: a thread takes none. */
static bool
add_thread(struct workers *w)
{
	sigset_t	 all, before;
	int		 error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->threads[w->nthreads], NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		w->nthreads++;
	else if (!w->told)
		log_error("nut", "no thread to hash passwords: %s", strerror(error));
	w->told = error != 0;
	return error == 0;
}

bool
workers_ready(struct workers *w)
{
	if (w->done == -1)
		return false;
	return w->ntasks < w->nthreads || (w->nthreads < w->most && add_thread(w));
}

bool
workers_busy(const struct workers *w)
{
	return w->ntasks > 0;
}

void
workers_begin(struct workers *w, const char *password, const char *hash, workers_fn *fn, void *arg)
{
	struct task	 task = {
		.state = READY, .password = xstrdup(password), .hash = xstrdup(hash), .fn = fn, .arg = arg
	};

	w->ntasks++;
	pthread_mutex_lock(&w->lock);
	*find_task(w, FREE) = task;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}
