#include <termios.h>

#include "bus/termios.h"
#include "core/mem.h"

static const struct {
	unsigned	 baud;
	speed_t		 speed;
} speeds[] = {
	{ 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 },
	{ 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
};

static const tcflag_t sizes[] = { CS5, CS6, CS7, CS8 };

static bool
set_speed(struct termios *t, unsigned baud)
{
	size_t	 i;

	for (i = 0; i < nitems(speeds); i++)
		if (speeds[i].baud == baud)
			return cfsetispeed(t, speeds[i].speed) == 0 && cfsetospeed(t, speeds[i].speed) == 0;
	return false;
}

bool
termios_set(int fd, const struct serial_line *line)
{
	struct termios	 t;

	if (tcgetattr(fd, &t) == -1 || !set_speed(&t, line->speed))
		return false;
	cfmakeraw(&t);
	t.c_cflag &= ~(tcflag_t)(CSIZE | CSTOPB | PARENB | PARODD | HUPCL | CRTSCTS);
	t.c_cflag |= sizes[line->bits - 5] | CLOCAL | CREAD;
	if (line->stop == 2)
		t.c_cflag |= CSTOPB;
	if (line->parity != 'N')
		t.c_cflag |= line->parity == 'O' ? PARENB | PARODD : PARENB;
	if (line->xonxoff)
		t.c_iflag |= IXON | IXOFF;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t) == 0;
}

bool
termios_keep_wires(int fd)
{
	struct termios	 t;

	if (tcgetattr(fd, &t) == -1)
		return false;
	t.c_cflag &= ~(tcflag_t)HUPCL;
	t.c_cflag |= CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t) == 0;
}
