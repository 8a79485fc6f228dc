#include <libserialport.h>
#include <stdlib.h>

#include "bus/serial.h"
#include "bus/ttylock.h"
#include "core/mem.h"

struct serial {
	struct sp_port	*port;
	int		 fd;
};

struct serial *
serial_new(const char *path)
{
	struct serial	*s = xcalloc(1, sizeof(*s));
	char		*real = ttylock_device(path);

	/* The library looks the name up in /sys, where no link of /dev/serial is. */
	if (sp_get_port_by_name(real, &s->port) == SP_OK) {
		if (sp_open(s->port, SP_MODE_READ_WRITE) == SP_OK &&
		    sp_get_port_handle(s->port, &s->fd) == SP_OK) {
			free(real);
			return s;
		}
		sp_free_port(s->port);
	}
	free(real);
	free(s);
	return NULL;
}

void
serial_free(struct serial *s)
{
	sp_close(s->port);
	sp_free_port(s->port);
	free(s);
}

int
serial_fd(const struct serial *s)
{
	return s->fd;
}

static enum sp_parity
parity_of(char letter)
{
	return letter == 'E' ? SP_PARITY_EVEN : letter == 'O' ? SP_PARITY_ODD : SP_PARITY_NONE;
}

/* What a configuration does not mention stays: so DTR and RTS do. */
bool
serial_set(struct serial *s, const struct serial_line *line)
{
	struct sp_port_config	*c;
	bool			 well;

	if (sp_new_config(&c) != SP_OK)
		return false;
	well = sp_set_config_baudrate(c, (int)line->speed) == SP_OK &&
	    sp_set_config_bits(c, (int)line->bits) == SP_OK &&
	    sp_set_config_parity(c, parity_of(line->parity)) == SP_OK &&
	    sp_set_config_stopbits(c, (int)line->stop) == SP_OK &&
	    sp_set_config_xon_xoff(c, line->xonxoff ? SP_XONXOFF_INOUT : SP_XONXOFF_DISABLED) == SP_OK &&
	    sp_set_config(s->port, c) == SP_OK;
	sp_free_config(c);
	return well;
}
