#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"

/* -- commands ------------------------------------------------------------------------------ */

/* How a SET carries the value. */
void
compile_step_type(const struct fields *f, struct snmp_step *s)
{
	static const char *const	types[] = { "integer", "gauge", "timeticks", "string", "oid", NULL };
	static const enum varbind_type	varbinds[] = { VB_INTEGER, VB_UNSIGNED, VB_TIMETICKS, VB_OCTETS, VB_OID };
	unsigned			type = 0;

	fields_choice(f, "type", types, &type);
	s->type = varbinds[type];
}

void
compile_operand(struct compile *c, const struct fields *f, struct snmp_step *s)
{
	const struct conf_item	*value = fields_find(f, "value");

	if (value == NULL || value->nvalues != 1) {
		conf_error(c->errors, f->section->place, "%s wants a value: a number, argument or same",
		    f->section->name);
		return;
	}
	if (strcmp(value->values[0].text, "argument") == 0)
		s->operand = OPERAND_ARGUMENT;
	else if (strcmp(value->values[0].text, "same") == 0)
		s->operand = OPERAND_SAME;
	else if (s->type == VB_OID)
		fields_oid(f, &value->values[0], 0, &s->ref);
	else if (s->type == VB_OCTETS)
		s->text = xstrdup(value->values[0].text);
	else
		fields_integer(f, value->values[0].text, value->values[0].place, &s->number);
	fields_number(f, "default", &s->number);
	if (s->operand != OPERAND_GIVEN && (s->type == VB_OID || s->type == VB_OCTETS))
		conf_error(c->errors, value->place, "argument and same are for numbers");
}

static void
compile_step(struct compile *c, const struct fields *f, const struct conf_value *oid,
    struct snmp_command *cmd)
{
	struct snmp_step	*s;

	if (cmd->nsteps == SNMP_STEPS_MAX) {
		conf_error(c->errors, f->section->place, "a command has at most %d steps", SNMP_STEPS_MAX);
		return;
	}
	cmd->steps = xreallocarray(cmd->steps, cmd->nsteps + 1, sizeof(*cmd->steps));
	s = &cmd->steps[cmd->nsteps];
	*s = (struct snmp_step){ .operand = OPERAND_GIVEN };
	if (!fields_oid(f, oid, 0, &s->oid))
		return;
	cmd->nsteps++;
	compile_step_type(f, s);
	compile_operand(c, f, s);
}

static void
compile_steps(struct compile *c, const struct conf_item *it, struct snmp_command *cmd)
{
	static const char *const	known[] = { "type", "value", "default", NULL };
	struct fields			f;
	size_t				i;

	for (i = 0; i < it->nitems; i++) {
		if (strcmp(it->items[i].name, "set") != 0 || !compile_titled(c, &it->items[i]))
			continue;
		f = compile_fields(c, &it->items[i]);
		fields_check(&f, known);
		compile_step(c, &f, it->items[i].title, cmd);
	}
}

void
compile_command(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "oid", "type", "value", "default", "set", NULL };
	struct fields			f = compile_fields(c, it);
	struct snmp_profile		*p = c->p;
	const struct conf_item		*oid = fields_find(&f, "oid");
	struct snmp_command		cmd = { .steps = NULL };

	if (!compile_titled(c, it) || compile_given(c, "command", it->title->text))
		return;
	fields_check(&f, known);
	cmd.name = var_intern(it->title->text);
	if (oid != NULL && oid->nvalues == 1)
		compile_step(c, &f, &oid->values[0], &cmd);
	compile_steps(c, it, &cmd);
	if (cmd.nsteps == 0)
		conf_error(c->errors, it->place, "%s wants oid = OID and value = ..., or set OID { value = ... }",
		    it->title->text);
	p->commands = array_room(p->commands, p->ncommands, &c->commands_room, sizeof(*p->commands));
	p->commands[p->ncommands++] = cmd;
}
