#include <stdlib.h>
#include <string.h>

#include "bus/keys.h"
#include "core/mem.h"

struct secret {			/* a passphrase and what becomes of it */
	struct secret	*next;
	struct keys	*keys;
	int		 auth;
	char		*passphrase;
	uint8_t		 ku[SNMP_KU_MAX];
	size_t		 len;
	bool		 made;
	struct key	*holders;
};

struct key {
	struct key	*next;
	struct secret	*secret;
	void		(*ready)(void *);
	void		*arg;
};

struct keys {			/* of one loop */
	struct keys	*next;
	struct loop	*loop;
	struct timer	*timer;
	struct secret	*secrets;
};

/* Wires are opened one by one and know nothing of each other; this is where they meet. */
static struct keys	*all;

static struct keys *
find_keys(struct loop *loop)
{
	struct keys	*k;

	for (k = all; k != NULL && k->loop != loop; k = k->next)
		;
	return k;
}

/* One in a turn; whoever waits for it is told, and does its work in turns of its own. */
static void
on_timer(void *arg)
{
	struct keys	*k = arg;
	struct secret	*s;
	struct key	*h;

	for (s = k->secrets; s != NULL && s->made; s = s->next)
		;
	if (s == NULL)
		return;
	s->len = snmp_hash(s->auth, s->passphrase, s->ku);
	s->made = true;
	timer_set(k->timer, 0);
	for (h = s->holders; h != NULL; h = h->next)
		h->ready(h->arg);
}

static struct keys *
make_keys(struct loop *loop)
{
	struct keys	*k = xcalloc(1, sizeof(*k));

	*k = (struct keys){ .next = all, .loop = loop };
	k->timer = timer_new(loop, on_timer, k);
	return all = k;
}

static struct secret *
find_secret(struct keys *k, int auth, const char *passphrase)
{
	struct secret	*s;

	for (s = k->secrets; s != NULL; s = s->next)
		if (s->auth == auth && strcmp(s->passphrase, passphrase) == 0)
			return s;
	return NULL;
}

static struct secret *
make_secret(struct keys *k, int auth, const char *passphrase)
{
	struct secret	*s = xcalloc(1, sizeof(*s)), **last;

	*s = (struct secret){ .keys = k, .auth = auth, .passphrase = xstrdup(passphrase) };
	for (last = &k->secrets; *last != NULL; last = &(*last)->next)
		;
	*last = s;
	timer_set(k->timer, 0);
	return s;
}

struct key *
key_hold(struct loop *loop, int auth, const char *passphrase, void (*ready)(void *), void *arg)
{
	struct keys	*k = find_keys(loop);
	struct key	*h = xcalloc(1, sizeof(*h));
	struct secret	*s;

	if (k == NULL)
		k = make_keys(loop);
	if ((s = find_secret(k, auth, passphrase)) == NULL)
		s = make_secret(k, auth, passphrase);
	*h = (struct key){ .next = s->holders, .secret = s, .ready = ready, .arg = arg };
	return s->holders = h;
}

bool
key_made(const struct key *h)
{
	return h->secret->made;
}

const uint8_t *
key_bytes(const struct key *h, size_t *len)
{
	*len = h->secret->len;
	return h->secret->ku;
}

static void
forget_keys(struct keys *k)
{
	struct keys	**place;

	for (place = &all; *place != k; place = &(*place)->next)
		;
	*place = k->next;
	timer_free(k->timer);
	free(k);
}

static void
forget_secret(struct secret *s)
{
	struct keys	*k = s->keys;
	struct secret	**place;

	for (place = &k->secrets; *place != s; place = &(*place)->next)
		;
	*place = s->next;
	explicit_bzero(s->passphrase, strlen(s->passphrase));
	free(s->passphrase);
	explicit_bzero(s->ku, sizeof(s->ku));
	free(s);
	if (k->secrets == NULL)
		forget_keys(k);
}

void
key_release(struct key *h)
{
	struct key	**place;

	if (h == NULL)
		return;
	for (place = &h->secret->holders; *place != h; place = &(*place)->next)
		;
	*place = h->next;
	if (h->secret->holders == NULL)
		forget_secret(h->secret);
	free(h);
}
