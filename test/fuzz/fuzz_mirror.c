/*
 * Any bytes as lines of a mirror: the model stays whole, and what a feed then
 * says of it makes the same model again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/mirror.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
on_broken(void *arg)
{
}

static void
on_line(void *arg, const char *word, const char *text, int fd)
{
	if (fd != -1)
		close(fd);
}

static void
take_lines(struct mirror *m, const uint8_t *data, size_t len)
{
	char	*copy = xmalloc(len + 1), *rest = copy, *line;

	memcpy(copy, data, len);
	copy[len] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		mirror_take(m, line);
	free(copy);
}

static void
assert_equal(const struct snapshot *a, const struct snapshot *b)
{
	size_t	 i;

	assert(snapshot_size(a) == snapshot_size(b));
	for (i = 0; i < snapshot_size(a); i++) {
		assert(snapshot_at(a, i)->var == snapshot_at(b, i)->var);
		assert(value_equal(&snapshot_at(a, i)->value, &snapshot_at(b, i)->value));
	}
}

/* What came in is carried on to a third model. */
static void
carry_on(struct loop *loop, struct model *model)
{
	struct model	*copy = model_new();
	struct device	*d = NULL, *c;
	struct feed	*feed;
	struct mirror	*m;
	int		 ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		abort();
	feed = feed_new(loop, model, ends[0], on_broken, NULL);
	m = mirror_new(loop, copy, ends[1], on_broken, NULL);
	mirror_on_line(m, on_line, NULL);
	loop_run(loop);
	assert(model_size(copy) == model_size(model));
	while ((d = model_next(model, d)) != NULL) {
		c = model_find(copy, device_name(d), strlen(device_name(d)));
		assert(c != NULL && device_state(c) == device_state(d));
		assert_equal(device_now(d), device_now(c));
	}
	mirror_free(m);
	feed_free(feed);
	model_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct loop	*loop = loop_new_virtual();
	struct model	*model = model_new();
	struct mirror	*m;
	int		 ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		abort();
	m = mirror_new(loop, model, ends[0], on_broken, NULL);
	mirror_on_line(m, on_line, NULL);
	take_lines(m, data, len);
	mirror_free(m);
	close(ends[1]);
	carry_on(loop, model);
	model_free(model);
	loop_free(loop);
	return 0;
}
