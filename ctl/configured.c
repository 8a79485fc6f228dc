#include <stdlib.h>
#include <string.h>

#include "ctl/configured.h"

const char *
configured_file(void)
{
	const char	*own = getenv("BUSBAR_CONF");

	return own != NULL ? own : SYSCONFDIR "/busbar/busbar.conf";
}

struct conf *
configured_load(void)
{
	struct conf_errors	 errors = { 0 };
	struct conf		*conf = conf_load(configured_file(), &errors);

	conf_errors_free(&errors);
	return conf;
}

static const char *
port_of(const struct conf_item *section)
{
	size_t	 i;

	for (i = 0; i < section->nitems; i++)
		if (strcmp(section->items[i].name, "port") == 0 && section->items[i].nvalues == 1)
			return section->items[i].values[0].text;
	return NULL;
}

const char *
configured_owner(const struct conf *conf, bool (*is)(const char *, const void *), const void *arg)
{
	const struct conf_item	*items;
	const char		*port;
	size_t			 n, i;

	items = conf_items(conf, &n);
	for (i = 0; i < n; i++)
		if (items[i].section && strcmp(items[i].name, "device") == 0 && items[i].title != NULL &&
		    (port = port_of(&items[i])) != NULL && is(port, arg))
			return items[i].title->text;
	return NULL;
}
