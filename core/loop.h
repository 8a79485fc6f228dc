#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The event loop: descriptors through libevent, timers in a heap of our own
 * on a clock that tests can replace.  Callbacks may add and free anything,
 * themselves included; what was freed is never called again, not even in the
 * same turn.  No callback may run longer than 10 ms; a debug log says which
 * one did.
 */
struct loop;
struct io;		/* interest in one descriptor */
struct timer;		/* fires once each time that it is set */

struct loop	*loop_new(void);
struct loop	*loop_new_virtual(void);	/* time stands still, then jumps to the next
						   timer when no descriptor is ready */
void		 loop_free(struct loop *);	/* after all its io and timers are freed */
int64_t		 loop_now(const struct loop *);	/* ms, monotonic; constant within a callback */
int64_t		 loop_now_us(const struct loop *);	/* the clock itself, not cached */
int64_t		 loop_longest_us(const struct loop *);	/* the slowest callback so far */

bool		 loop_once(struct loop *, int timeout_ms);	/* one turn; false: stopped, or
								   a virtual loop has nothing left */
void		 loop_run(struct loop *);			/* until loop_stop() */
void		 loop_stop(struct loop *);

enum { IO_READ = 1, IO_WRITE = 2 };
typedef void io_fn(int fd, unsigned what, void *arg);
struct io	*io_new(struct loop *, int fd, unsigned want, io_fn *, void *arg);
void		 io_want(struct io *, unsigned want);	/* 0: nothing for now; cheap when unchanged */
void		 io_free(struct io *);			/* the descriptor stays open; NULL is fine */

typedef void timer_fn(void *arg);
struct timer	*timer_new(struct loop *, timer_fn *, void *arg);	/* not running */
void		 timer_set(struct timer *, int64_t ms);	/* from now; replaces an earlier setting */
void		 timer_stop(struct timer *);
bool		 timer_running(const struct timer *);
int64_t		 timer_left(const struct timer *);	/* ms; -1 when not running */
void		 timer_free(struct timer *);		/* NULL is fine */

typedef void signal_fn(int signo, void *arg);
void		 loop_signal(struct loop *, int signo, signal_fn *, void *arg);

#endif
