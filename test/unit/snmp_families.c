#include <stddef.h>

#include "snmp_families.h"

#define F(recording, oid, variable, how)	{ recording, oid, variable, how, 0, false, 0 },
#define FROM_0(recording, oid, variable, how)	{ recording, oid, variable, how, 1, false, 0 },
#define UNITS_FROM_0(recording, oid, variable, how)	{ recording, oid, variable, how, 0, true, 0 },
#define FIRST(most, recording, oid, variable, how)	{ recording, oid, variable, how, 0, false, most },
#define O(recording, command, argument, oid, number)	{ recording, command, argument, oid, number, NULL },
#define T(recording, command, oid, text)	{ recording, command, NULL, oid, 0, text },

#define APC	"1.3.6.1.4.1.318.1.1."

const struct recorded	recorded[] = {
	{ "ssd_apc-8932", "apc_rpdu2", "pdu" },
	{ "lnms_apc_ap8959eu3", "apc_rpdu2", "pdu" },
	{ "lnms_apc_ap7900b", "apc_rpdu2", "pdu" },
	{ "nav_apc-ap7853", "apc_rpdu", "pdu" },
	{ "lnms_apc_masterswitch2", "apc_masterswitch", "pdu" },
	{ "lnms_apc-epdu_epdu1116s", "apc_epdu", "pdu" },
	{ "lnms_apc_isx-pdu", "apc_xpdu", "pdu" },
	{ "lnms_apc-cpdu", "apc_cpdu", "pdu" },
	{ NULL, NULL, NULL }
};

const struct figure	figures[] = {
	/* rPDU2: off 1, on 2 */
	F("ssd_apc-8932", APC "26.9.2.3.1.5.n", "outlet.#.status", "1=off 2=on")
	F("ssd_apc-8932", APC "26.9.2.1.1.3.n", "outlet.#.name", "=")
	F("ssd_apc-8932", APC "26.9.2.1.1.7.n", "outlet.#.delay.reboot", "1")
	F("ssd_apc-8932", APC "26.6.3.1.5.n", "input.current", "0.1")
	F("ssd_apc-8932", APC "26.6.3.1.6.n", "input.voltage", "1")
	F("ssd_apc-8932", APC "26.4.3.1.5.n", "input.realpower", "10")
	F("ssd_apc-8932", APC "26.4.3.1.16.n", "input.power", "10")
	F("ssd_apc-8932", APC "26.4.3.1.9.n", "input.energy", "100")
	F("ssd_apc-8932", APC "26.8.3.1.5.n", "outlet.group.#.current", "0.1")
	F("ssd_apc-8932", APC "26.8.2.1.5.n", "outlet.group.#.current.nominal", "1")
	F("ssd_apc-8932", APC "26.2.1.8.n", "device.model", "=")
	F("ssd_apc-8932", APC "26.2.1.9.n", "device.serial", "=")
	F("lnms_apc_ap8959eu3", APC "4.4.2.1.3.n", "outlet.#.status", "1=on 2=off")
	F("lnms_apc_ap8959eu3", APC "4.4.2.1.4.n", "outlet.#.name", "=")
	F("lnms_apc_ap8959eu3", APC "26.6.3.1.5.n", "input.current", "0.1")
	F("lnms_apc_ap8959eu3", APC "26.4.3.1.9.n", "input.energy", "100")
	F("lnms_apc_ap7900b", APC "4.4.2.1.3.n", "outlet.#.status", "1=on 2=off")
	/* rPDU and sPDU: on 1, off 2 */
	F("nav_apc-ap7853", APC "12.1.5.n", "device.model", "=")
	F("nav_apc-ap7853", APC "12.2.4.1.1.4.n", "outlet.group.#.current.high.critical", "1")
	F("lnms_apc_masterswitch2", APC "4.4.2.1.3.n", "outlet.#.status", "1=on 2=off")
	F("lnms_apc_masterswitch2", APC "4.4.2.1.4.n", "outlet.#.name", "=")
	F("lnms_apc-epdu_epdu1116s", APC "30.4.2.1.4.n", "input.L#.voltage", "0.1")
	F("lnms_apc-epdu_epdu1116s", APC "30.4.2.1.5.n", "input.L#.current", "0.01")
	F("lnms_apc_isx-pdu", APC "15.3.4.14.1.4.n", "output.L#.current", "0.1")
	F("lnms_apc_isx-pdu", APC "15.3.4.3.n", "output.realpower", "100")
	F("lnms_apc_isx-pdu", APC "15.4.1.2.1.2.n", "outlet.group.#.name", "=")
	F("lnms_apc_isx-pdu", APC "15.4.1.2.1.3.n", "outlet.group.#.protect.status", "1=open 2=closed")
	{ .recording = NULL }
};

const struct order	orders[] = {
	O("ssd_apc-8932", "outlet.3.load.on", NULL, APC "26.9.2.4.1.5.3", 1)
	O("ssd_apc-8932", "outlet.3.load.off", NULL, APC "26.9.2.4.1.5.3", 2)
	O("ssd_apc-8932", "outlet.3.load.cycle", NULL, APC "26.9.2.4.1.5.3", 3)
	O("ssd_apc-8932", "outlet.3.load.off.delay", NULL, APC "26.9.2.4.1.5.3", 6)
	O("lnms_apc_masterswitch2", "outlet.8.load.on", NULL, APC "4.4.2.1.3.8", 1)
	O("lnms_apc_masterswitch2", "outlet.8.load.off", NULL, APC "4.4.2.1.3.8", 2)
	O("lnms_apc_masterswitch2", "outlet.8.load.cycle", NULL, APC "4.4.2.1.3.8", 3)
	O("lnms_apc_masterswitch2", "outlet.8.load.off.delay", NULL, APC "4.4.2.1.3.8", 6)
	{ .recording = NULL }
};
