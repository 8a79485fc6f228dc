#include "bus/file.h"
#include "bus/replayhid.h"
#include "bus/replaywire.h"
#include "bus/serialwire.h"
#include "bus/snmpwire.h"
#include "bus/tcp.h"
#include "bus/usb.h"
#include "daemon/backends.h"

const struct wire_backend *const wire_backends[] = {
	&snmp_wire,
	&tcp_wire,
	&file_wire,
	&hid_wire,
	&usb_wire,
	&serial_wire,
	&replay_hid_wire,
	&replay_serial_wire,	/* before the other: who speaks on both was recorded on a serial line */
	&replay_stream_wire,
	NULL,
};
