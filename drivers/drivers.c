#include <string.h>

#include "core/driver.h"
#include "drivers/apcsmart/apcsmart.h"
#include "drivers/apcupsd/apcupsd.h"
#include "drivers/contact/contact.h"
#include "drivers/megatec/driver.h"
#include "drivers/nut/nut.h"
#include "drivers/powerman/powerman.h"
#include "drivers/shut/shut.h"
#include "drivers/sim/sim.h"
#include "drivers/snmp/driver.h"
#include "drivers/usbhid/usbhid.h"

const struct driver *const drivers[] = {
	&sim_driver,
	&snmp_driver,
	&nut_driver,
	&apcupsd_driver,
	&powerman_driver,
	&usbhid_driver,
	&megatec_driver,
	&apcsmart_driver,
	&shut_driver,
	&contact_driver,
	NULL
};

const struct driver *
driver_find(const char *name)
{
	size_t	i;

	for (i = 0; drivers[i] != NULL; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}
