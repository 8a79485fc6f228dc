#ifndef NUTPROTO_PASSWORDS_H
#define NUTPROTO_PASSWORDS_H

#include "core/loop.h"
#include "core/settings.h"

/*
 * Is this the user's password?  A plain one is compared, a hashed one goes to
 * a worker; what was right once is remembered until the settings change, so
 * that only the first of many equal logins costs a hash.  What is right is
 * answered as soon as it is known, whatever came before from that address;
 * what is wrong is answered late (nutproto/failures.h), and logged.
 *
 * Bounded: a check a caller, PASSWORDS_WAITING hashes, of which each address
 * gets its turn; beyond that the last of the address with the most is refused.
 */
struct passwords;
struct password_check;

#define PASSWORDS_WAITING	64
#define PASSWORDS_KNOWN		64	/* right ones that are remembered */

/* The settings are borrowed until others come or it is freed. */
struct passwords	*passwords_new(struct loop *, const struct settings *);
void	 passwords_settings(struct passwords *, const struct settings *);	/* forgets all that was right */
void	 passwords_free(struct passwords *);	/* calls nobody; waits for a hash under way */

/*
 * fn is called exactly once, possibly before this returns; what is returned
 * is good until then, and NULL when it has ended already.  right: the user is
 * there, may come from that address (4 bytes, or 16), and this is the
 * password.  fn must not free the passwords.
 */
typedef void passwords_fn(bool right, void *arg);
struct password_check	*passwords_check(struct passwords *, const char *user, const char *password,
			    const uint8_t *address, bool v6, passwords_fn *, void *arg);
void	 passwords_forget(struct password_check *);	/* fn is not called any more; NULL is fine */

#endif
