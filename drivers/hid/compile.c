#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/compile.h"
#include "drivers/hid/mend.h"

/* -- products ---------------------------------------------------------------------- */

uint8_t
compile_hid_factor(struct compile *c, const char *name, struct conf_place at)
{
	struct hid_profile	*p = c->p;
	size_t			 i;

	for (i = 0; i < p->nfactors; i++)
		if (strcmp(p->factors[i], name) == 0)
			return (uint8_t)i;
	if (p->nfactors == HID_FACTORS_MAX) {
		conf_error(c->errors, at, "at most %d factors", HID_FACTORS_MAX);
		return NO_FACTOR;
	}
	p->factors[p->nfactors] = xstrdup(name);
	return (uint8_t)p->nfactors++;
}

static bool
read_ids(const struct conf_value *title, struct hid_product *out)
{
	const char	*s = title->text;
	char		*end;

	if (strlen(s) != 9 || s[4] != ':' || strspn(s, "0123456789abcdef") != 4 ||
	    strspn(s + 5, "0123456789abcdef") != 4)
		return false;
	out->vendor = (uint16_t)strtoul(s, &end, 16);
	out->product = (uint16_t)strtoul(s + 5, &end, 16);
	return true;
}

static void
read_skips(struct compile *c, const struct fields *f, struct hid_product *out)
{
	const struct conf_item	*it = fields_find(f, "skip");
	int64_t			 n;
	size_t			 i;

	for (i = 0; it != NULL && i < it->nvalues; i++) {
		if (!fields_integer(f, it->values[i].text, it->values[i].place, &n))
			continue;
		if (n < 1 || n > 255 || out->nskips == HID_SKIPS_MAX)
			conf_error(c->errors, it->place, "skip wants at most %d numbers of reports", HID_SKIPS_MAX);
		else
			out->skips[out->nskips++] = (uint8_t)n;
	}
}

static void
read_factors(struct compile *c, const struct fields *f, struct hid_product *out)
{
	const struct conf_item	*section = fields_find(f, "factors"), *it;
	struct fields		 in = { section, c->layer, c->errors };
	uint8_t			 place;

	if (section == NULL)
		return;
	for (it = section->items; it < section->items + section->nitems; it++) {
		place = compile_hid_factor(c, it->name, it->place);
		if (place != NO_FACTOR)
			fields_decimal(&in, it->name, &out->factors[place]);
	}
}

static char *
read_word(const struct fields *f, const char *name)
{
	const char	*text;

	return fields_text(f, name, &text) ? xstrdup(text) : NULL;
}

static void
compile_product(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "claims", "model", "interrupt", "mend", "skip", "factors", "wide", NULL };
	static const char *const	interrupts[] = { "yes", "no", "only", NULL };
	static const char *const	yes_no[] = { "no", "yes", NULL };
	struct fields			f = { it, c->layer, c->errors };
	struct hid_profile		*p = c->p;
	struct hid_product		d = { .mend = UINT_MAX };
	unsigned			interrupt = 0, wide = 0;

	fields_check(&f, known);
	if (it->title == NULL || !read_ids(it->title, &d)) {
		conf_error(c->errors, it->place, "a product wants its ids in small hexadecimal digits: product 051d:0002 { }");
		return;
	}
	d.claims = read_word(&f, "claims");
	d.model = read_word(&f, "model");
	fields_choice(&f, "interrupt", interrupts, &interrupt);
	fields_choice(&f, "wide", yes_no, &wide);
	fields_choice(&f, "mend", mend_names, &d.mend);
	d.quiet = interrupt == 1;
	d.inputs = interrupt == 2;
	d.wide = wide == 1;
	read_skips(c, &f, &d);
	read_factors(c, &f, &d);
	p->products = array_room(p->products, p->nproducts, &c->products_room, sizeof(*p->products));
	p->products[p->nproducts++] = d;
}

/* -- the profile ------------------------------------------------------------------------ */

static const struct {
	const char	*name;
	void		(*compile)(struct compile *, const struct conf_item *);
} kinds[] = {
	{ "variable", compile_hid_variable }, { "keep", compile_hid_variable }, { "status", compile_hid_status },
	{ "alarm", compile_hid_alarm }, { "command", compile_hid_command },
};

static void
compile_section(struct compile *c, const struct conf_item *it)
{
	size_t	i;

	for (i = 0; i < nitems(kinds); i++)
		if (strcmp(kinds[i].name, it->name) == 0)
			kinds[i].compile(c, it);
}

static void
compile_layer(struct compile *c, bool own)
{
	static const char *const	known[] = { "title", "order", "like", "product", "usages", "variable", "keep", "status",
					    "alarm", "command", NULL };
	struct fields			f = { c->layer, c->layer, c->errors };
	const struct conf_item		*it, *end = c->layer->items + c->layer->nitems;
	const char			*text;

	fields_check(&f, known);
	if (own && fields_text(&f, "title", &text))
		c->p->title = xstrdup(text);
	if (own)
		fields_number(&f, "order", &c->p->order);
	for (it = c->layer->items; it < end; it++)
		if (it->section && strcmp(it->name, "usages") == 0)
			usages_add(&c->own, it, c->errors);
	usages_sort(&c->own);
	for (it = c->layer->items; it < end; it++) {
		if (it->section && own && strcmp(it->name, "product") == 0)
			compile_product(c, it);
		if (it->section)
			compile_section(c, it);
	}
	usages_free(&c->own);
}

struct hid_profile *
compile_hid(const struct conf_item *const *layers, size_t n, const struct usages *standard, struct conf_errors *errors)
{
	struct compile	c = { .p = xcalloc(1, sizeof(*c.p)), .errors = errors, .standard = standard };
	size_t		i;

	c.p->name = xstrdup(layers[0]->title->text);
	c.p->order = 100;
	for (i = 0; i < n; i++) {
		c.layer = layers[i];
		compile_layer(&c, i == 0);
	}
	if (c.p->title == NULL)
		c.p->title = xstrdup(c.p->name);
	if (c.p->nrows == 0)
		conf_error(errors, layers[0]->place, "profile %s reads nothing", c.p->name);
	return c.p;
}

static void
free_row(struct hid_row *r)
{
	size_t	i;

	for (i = 0; i < r->nwords; i++)
		free(r->words[i].text);
	free(r->words);
	free((void *)(uintptr_t)r->value.text);
}

void
compile_hid_free(struct hid_profile *p)
{
	size_t	i;

	for (i = 0; i < p->nrows; i++)
		free_row(&p->rows[i]);
	for (i = 0; i < p->nproducts; i++) {
		free(p->products[i].claims);
		free(p->products[i].model);
	}
	for (i = 0; i < p->nfactors; i++)
		free(p->factors[i]);
	free(p->rows);
	free(p->products);
	free(p->commands);
	free(p->name);
	free(p->title);
	free(p);
}
