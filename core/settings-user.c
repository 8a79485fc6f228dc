#include <string.h>

#include "core/mem.h"
#include "core/settings-table.h"

/* A user section: its credentials, and what it may. */

static void
read_credential(struct settings_run *run, const struct conf_item *user, const char *name)
{
	const struct conf_item	*item = settings_item(user, name);

	if (item != NULL && !item->broken && !item->section && item->nvalues == 1)
		settings_secret(run, &item->values[0], 0, name);
}

/* A user without a password would be there for everybody, or for nobody: neither was meant. */
static void
check_credentials(struct settings_run *run, const struct conf_item *user)
{
	const struct conf_item	*password = settings_item(user, "password");
	const struct conf_item	*hash = settings_item(user, "password-hash");

	if (password == NULL && hash == NULL)
		conf_error(run->errors, user->place, "password: missing in user %s; password = VALUE, "
		    "or password-hash = VALUE as busbarctl password prints it", user->title->text);
	if (password != NULL && hash != NULL)
		conf_error(run->errors, hash->place, "password-hash: user %s has a password as well, "
		    "on line %u; leave one of them out", user->title->text, password->place.line);
}

void
settings_user(struct settings_run *run, const struct conf_item *item)
{
	struct settings		*s = run->settings;
	const char		*want = check_user(item->title->text);
	struct user_settings	*u;

	if (want != NULL)
		conf_error(run->errors, item->title->place, "user: \"%s\" is wrong; wants %s",
		    item->title->text, want);
	s->users = array_room(s->users, s->nusers, &run->users_room, sizeof(*s->users));
	u = &s->users[s->nusers++];
	memset(u, 0, sizeof(*u));
	u->name = xstrdup(item->title->text);
	read_credential(run, item, "password");
	read_credential(run, item, "password-hash");
	check_credentials(run, item);
	settings_read(run, &settings_sections[SECTION_USER], item, u);
}
