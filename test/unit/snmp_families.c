#include <stddef.h>

#include "snmp_families.h"

#define F(recording, oid, variable, how)	{ recording, oid, variable, how, 0, false, 0 },
#define FROM_0(recording, oid, variable, how)	{ recording, oid, variable, how, 1, false, 0 },
#define UNITS_FROM_0(recording, oid, variable, how)	{ recording, oid, variable, how, 0, true, 0 },
#define LINES_FROM_0(recording, oid, variable, how)	{ recording, oid, variable, how, 1, false, 2 },
#define FIRST(most, recording, oid, variable, how)	{ recording, oid, variable, how, 0, false, most },
#define O(recording, command, argument, oid, number)	{ recording, command, argument, oid, number, NULL },
#define T(recording, command, oid, text)	{ recording, command, NULL, oid, 0, text },

#define ENT	"1.3.6.1.4.1."
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
	{ "lnms_eatonpdu_2", "eaton_marlin", "pdu" },
	{ "lnms_eatonpdu_dbq", "eaton_revelation", "pdu" },
	{ "lnms_hpe-mapdu_pdu2", "hpe_pdu2", "pdu" },
	{ "lnms_hpe-mapdu_pdu3", "hpe_pdu3", "pdu" },
	{ "lnms_raritan-pdu_px2", "raritan_px2", "pdu" },
	{ "lnms_raritan-pdu_px3", "raritan_px2", "pdu" },
	{ "nav_raritan-px2", "raritan_px2", "pdu" },
	{ "lnms_raritan-pdu", "raritan", "pdu" },
	{ "lnms_sentry4", "sentry4", "pdu" },
	{ "lnms_sentry3", "sentry3", "pdu" },
	{ "lnms_sentry3_switched", "sentry3", "pdu" },
	{ "cent_cyberpower-ats", "cyberpower_epdu2", "pdu" },	/* it has no object of a transfer switch */
	{ "lnms_apc_ats", "apc_ats", "ats" },
	{ "lnms_aos-emu2_ap9320", "apc_env", "other" },
	{ "lnms_apc_environmental-manager", "apc_env", "other" },
	{ "lnms_gude-esb_7213-12-1", "gude_esb", "other" },
	{ "lnms_gude-esb_7214-12", "gude_esb", "other" },
	{ "ssd_geist-temperature-sensor", "geist", "other" },
	{ "lnms2025_poweralert_poweralert", "tripplite_pdu", "pdu" },
	{ "lnms_poweralert_pdu", "tripplite_pdu", "pdu" },
	{ "lnms_dell-rpdu", "dell_pdu", "pdu" },
	{ "lnms_digital-loggers", "energy_object", "pdu" },
	{ "lnms_enlogic-pdu_v2", "enlogic", "pdu" },
	{ "lnms_gude-epc_8031", "gude_epc", "pdu" },
	{ "lnms_iboot_pdu8-2n15", "iboot_pdu", "pdu" },
	{ "lnms_liebert_mph2rg", "liebert_pdu", "pdu" },
	{ "lnms_panduit", "panduit", "pdu" },
	{ "lnms_vertiv-pdu_mg02e4w1", "vertiv", "pdu" },
	{ "lnms_wti-power", "wti", "pdu" },
	{ "lnms_schleifenbauer_dpm27e", "schleifenbauer", "pdu" },
	{ "lnms_conteg-pdu", "conteg", "pdu" },
	{ "lnms_ipoman", "ipoman", "pdu" },
	{ "lnms_e3meter", "e3meter", "pdu" },
	{ "lnms_rnx-updu_rn3214", "rnx_updu", "pdu" },
	{ "lnms_ict-pdu", "ict_pdu", "pdu" },
	{ "lnms_ats", "ingrasys_ats", "ats" },
	{ "lnms_panduit-eagle", "eagle_i", "other" },
	{ "lnms_apc-netbotz_netbotz750", "netbotz", "other" },
	{ "lnms_rittal-cmc", "rittal_cmc", "other" },
	{ "lnms_janitza-umg96_umg96", "janitza_umg96", "other" },
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
	F("lnms_apc_isx-pdu", APC "15.4.1.2.1.3.n", "outlet.group.#.breaker.status", "1=open 2=closed")
	/* Eaton G3: units and outlets, off 0, on 1; mV, mA, W, Wh */
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.6.1.2.u.n", "outlet.#.status", "0=off 1=on 2=on 3=off")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.1.1.3.u.n", "outlet.#.name", "=")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.4.1.3.u.n", "outlet.#.current", "0.001")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.4.1.2.u.n", "outlet.#.current.nominal", "0.001")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.5.1.3.u.n", "outlet.#.realpower", "1")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.5.1.4.u.n", "outlet.#.energy", "1")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.6.5.1.6.u.n", "outlet.#.powerfactor", "0.001")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.3.3.1.4.u.1.n", "input.current", "0.001")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.3.2.1.3.u.1.n", "input.voltage", "0.001")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.3.5.1.5.u.n", "input.energy", "1")
	UNITS_FROM_0("lnms_eatonpdu_2", ENT "534.6.6.7.3.5.1.4.u.n", "input.realpower", "1")
	/* Eaton managed: off 0, on 1; outlets from 0; mA, V */
	FROM_0("lnms_eatonpdu_dbq", ENT "534.6.6.6.1.2.2.1.3.n", "outlet.#.status", "0=off 1=on 2=on")
	FROM_0("lnms_eatonpdu_dbq", ENT "534.6.6.6.1.2.2.1.4.n", "outlet.#.current", "0.001")
	FROM_0("lnms_eatonpdu_dbq", ENT "534.6.6.6.1.2.2.1.6.n", "outlet.#.voltage", "1")
	FROM_0("lnms_eatonpdu_dbq", ENT "534.6.6.6.1.2.2.1.7.n", "outlet.#.realpower", "1")
	/* HPE: off 1, on 2 */
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.5.2.1.1.u.n", "outlet.#.status", "1=off 2=on 3=on 4=off")
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.5.1.1.2.u.n", "outlet.#.name", "=")
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.5.1.1.5.u.n", "outlet.#.current", "0.001")
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.2.2.1.3.u.n", "input.voltage", "0.001")
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.2.2.1.11.u.n", "input.current", "0.001")
	UNITS_FROM_0("lnms_hpe-mapdu_pdu2", ENT "232.165.7.2.1.1.5.u", "input.realpower", "1")
	F("lnms_hpe-mapdu_pdu3", ENT "232.165.11.5.2.1.1.u.n", "outlet.#.status", "1=off 2=on 3=on 4=off")
	F("lnms_hpe-mapdu_pdu3", ENT "232.165.11.5.1.1.2.u.n", "outlet.#.name", "=")
	F("lnms_hpe-mapdu_pdu3", ENT "232.165.11.5.1.1.5.u.n", "outlet.#.current", "0.01")
	F("lnms_hpe-mapdu_pdu3", ENT "232.165.11.5.1.1.13.u.n", "outlet.#.realpower", "1")
	FIRST(1, "lnms_hpe-mapdu_pdu3", ENT "232.165.11.2.2.1.3.u.n", "input.voltage", "0.1")
	FIRST(1, "lnms_hpe-mapdu_pdu3", ENT "232.165.11.2.2.1.11.u.n", "input.current", "0.01")
	F("lnms_hpe-mapdu_pdu3", ENT "232.165.11.2.1.1.5.u", "input.realpower", "1")
	/* Raritan PX2: on 7, off 8; the digits are the recording's own */
	F("lnms_raritan-pdu_px2", ENT "13742.6.5.4.3.1.4.u.n.1", "outlet.#.current", "0.001")
	F("lnms_raritan-pdu_px2", ENT "13742.6.5.4.3.1.4.u.n.5", "outlet.#.realpower", "1")
	F("lnms_raritan-pdu_px2", ENT "13742.6.5.2.3.1.4.u.1.1", "input.current", "0.001")
	F("lnms_raritan-pdu_px2", ENT "13742.6.5.2.3.1.4.u.1.4", "input.voltage", "1")
	F("lnms_raritan-pdu_px2", ENT "13742.6.5.2.3.1.4.u.1.23", "input.frequency", "0.1")
	F("lnms_raritan-pdu_px2", ENT "13742.6.3.5.3.1.3.u.n", "outlet.#.name", "=")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.3.u.n.14", "outlet.#.status", "7=on 8=off 17=off")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.4.u.n.1", "outlet.#.current", "0.001")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.4.u.n.4", "outlet.#.voltage", "1")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.4.u.n.5", "outlet.#.realpower", "1")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.4.u.n.7", "outlet.#.powerfactor", "0.01")
	F("lnms_raritan-pdu_px3", ENT "13742.6.5.4.3.1.4.u.n.8", "outlet.#.energy", "1")
	F("lnms_raritan-pdu_px3", ENT "13742.6.3.2.1.1.3.u", "device.model", "=")
	F("lnms_raritan-pdu_px3", ENT "13742.6.3.5.3.1.29.u.n", "outlet.#.type", "=")
	F("nav_raritan-px2", ENT "13742.6.3.4.3.1.2.u.n", "outlet.group.#.id", "=")
	/* Raritan Dominion PX: mA, mV */
	F("lnms_raritan-pdu", ENT "13742.4.1.2.2.1.4.n", "outlet.#.current", "0.001")
	F("lnms_raritan-pdu", ENT "13742.4.1.2.2.1.2.n", "outlet.#.name", "=")
	F("lnms_raritan-pdu", ENT "13742.4.1.20.2.1.8.n", "input.voltage", "0.001")
	F("lnms_raritan-pdu", ENT "13742.4.1.20.2.1.7.n", "input.current", "0.001")
	F("lnms_raritan-pdu", ENT "13742.4.1.20.2.1.9.n", "input.realpower", "1")
	F("lnms_raritan-pdu", ENT "13742.4.3.3.1.4.n", "ambient.#.name", "=")
	/* Sentry: 0.01 A, 0.1 V, 0.1 kWh; outlets of infeeds and cords from 101 */
	F("lnms_sentry4", ENT "1718.4.1.3.3.1.3.u.1", "input.realpower", "1")
	F("lnms_sentry4", ENT "1718.4.1.3.3.1.10.u.1", "input.energy", "100")
	F("lnms_sentry4", ENT "1718.4.1.4.3.1.3.u.1.n", "input.L#.current", "0.01")
	F("lnms_sentry4", ENT "1718.4.1.5.3.1.3.u.1.n", "input.L#.voltage", "0.1")
	F("lnms_sentry4", ENT "1718.4.1.7.2.1.4.u.k.n", "outlet.group.#.name", "=")
	F("lnms_sentry4", ENT "1718.4.1.6.3.1.1.u.k.n", "outlet.group.#.breaker.status", "0=closed 12=tripped 13=open")
	F("lnms_sentry4", ENT "1718.4.1.9.2.1.3.u.n", "ambient.#.name", "=")
	F("lnms_sentry3_switched", ENT "1718.3.2.3.1.3.u.k.n", "outlet.#.name", "=")
	F("lnms_sentry3_switched", ENT "1718.3.2.3.1.2.u.k.n", "outlet.#.id", "=")
	F("lnms_sentry3_switched", ENT "1718.3.2.3.1.7.u.k.n", "outlet.#.current", "0.01")
	F("lnms_sentry3_switched", ENT "1718.3.2.2.1.7.u.n", "input.L#.current", "0.01")
	F("lnms_sentry3_switched", ENT "1718.3.2.2.1.11.u.n", "input.L#.voltage", "0.1")
	F("lnms_sentry3_switched", ENT "1718.3.2.1.1.7.u", "device.model", "=")
	F("lnms_sentry3", ENT "1718.3.2.2.1.7.u.n", "input.current", "0.01")
	F("lnms_sentry3", ENT "1718.3.2.5.1.10.u.n", "ambient.#.humidity", "1")
	F("lnms_sentry3", ENT "1718.3.2.5.1.3.u.n", "ambient.#.name", "=")
	/* CyberPower: on 1, off 2 */
	F("cent_cyberpower-ats", ENT "3808.1.1.6.6.1.4.1.5.n", "outlet.#.status", "1=on 2=off")
	F("cent_cyberpower-ats", ENT "3808.1.1.6.6.1.4.1.4.n", "outlet.#.name", "=")
	F("cent_cyberpower-ats", ENT "3808.1.1.6.4.4.1.5.n", "input.current", "0.1")
	F("cent_cyberpower-ats", ENT "3808.1.1.6.4.4.1.6.n", "input.voltage", "0.1")
	F("cent_cyberpower-ats", ENT "3808.1.1.6.3.4.1.9.n", "input.energy", "100")
	F("cent_cyberpower-ats", ENT "3808.1.1.6.3.4.1.18.n", "input.realpower", "1")
	/* transfer switches and sensors */
	F("lnms_apc_ats", ENT "318.1.1.8.5.1.2.n", "input.source", "1=1 2=2")
	F("lnms_apc_ats", ENT "318.1.1.8.1.5.n", "device.model", "=")
	F("lnms_apc_ats", ENT "318.1.1.8.5.1.12.n", "input.1.voltage.status", "1=fault 2=good")
	F("lnms_aos-emu2_ap9320", ENT "318.1.1.10.3.13.1.1.2.n", "ambient.#.name", "=")
	F("lnms_aos-emu2_ap9320", ENT "318.1.1.10.3.14.1.1.3.n", "ambient.contacts.#.status", "1=closed 2=open")
	F("lnms_aos-emu2_ap9320", ENT "318.1.1.10.3.16.1.1.3.n", "outlet.#.status", "1=on 2=off")
	F("lnms_apc_environmental-manager", ENT "318.1.1.10.4.2.3.1.5.0.n", "ambient.#.temperature", "1")
	F("lnms_apc_environmental-manager", ENT "318.1.1.10.4.2.3.1.6.0.n", "ambient.#.humidity", "1")
	F("lnms_gude-esb_7213-12-1", ENT "28507.66.1.6.1.1.2.n", "ambient.#.temperature", "0.1")
	F("lnms_gude-esb_7214-12", ENT "28507.67.1.6.1.1.3.n", "ambient.#.humidity", "0.1")
	F("ssd_geist-temperature-sensor", ENT "21239.5.1.2.1.5.n", "ambient.#.temperature", "0.1")
	F("ssd_geist-temperature-sensor", ENT "21239.5.1.2.1.6.n", "ambient.#.humidity", "1")
	F("ssd_geist-temperature-sensor", ENT "21239.5.1.4.1.5.n", "ambient.#.temperature", "0.1")
	/* the others */
	F("lnms_enlogic-pdu_v2", ENT "38446.1.2.4.1.4.u", "input.realpower", "1")
	F("lnms_enlogic-pdu_v2", ENT "38446.1.2.4.1.9.u", "input.energy", "100")
	F("lnms_enlogic-pdu_v2", ENT "38446.1.3.4.1.5.u.n", "input.L#.current", "0.01")
	F("lnms_enlogic-pdu_v2", ENT "38446.1.3.4.1.6.u.n", "input.L#.voltage", "1")
	F("lnms_enlogic-pdu_v2", ENT "38446.1.4.4.1.5.u.n", "outlet.group.#.current", "0.01")
	F("lnms_panduit", ENT "19536.10.1.2.1.1.5.u", "input.realpower", "1")
	F("lnms_panduit", ENT "19536.10.1.2.1.1.8.u", "input.energy", "1")
	F("lnms_panduit", ENT "19536.10.1.3.1.1.12.u.n", "outlet.group.#.current", "0.01")
	F("lnms_panduit", ENT "19536.10.1.3.1.1.5.u.n", "outlet.group.#.voltage", "0.1")
	F("lnms_vertiv-pdu_mg02e4w1", ENT "21239.5.2.3.2.1.4.n", "input.L#.voltage", "0.1")
	F("lnms_vertiv-pdu_mg02e4w1", ENT "21239.5.2.3.2.1.8.n", "input.L#.current", "0.01")
	F("lnms_vertiv-pdu_mg02e4w1", ENT "21239.5.2.3.1.1.12.n", "input.energy", "1")
	F("lnms_vertiv-pdu_mg02e4w1", ENT "21239.5.2.3.3.1.4.n", "outlet.group.#.current", "0.01")
	F("lnms_gude-epc_8031", ENT "28507.81.1.3.1.2.1.3.n", "outlet.#.status", "0=off 1=on")
	F("lnms_iboot_pdu8-2n15", ENT "1418.6.5.1.2.0", "outlet.1.name", "=")
	F("lnms_wti-power", ENT "2634.3.100.200.1.3.n", "outlet.#.status", "0=off 1=on")
	F("lnms_wti-power", ENT "2634.3.100.200.1.5.n", "outlet.#.name", "=")
	F("lnms_wti-power", ENT "2634.3.200.10.1.2.n", "device.model", "=")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.50.20.1.10.1.2.n", "outlet.#.name", "=")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.50.20.1.95.1.2.n", "outlet.#.status", "1=off 2=on 3=off")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.50.20.1.61.1.2.n", "outlet.#.current", "0.01")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.50.20.1.85.1.2.n", "outlet.#.energy", "100")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.30.20.1.65.u.n", "input.realpower", "1")
	F("lnms_liebert_mph2rg", ENT "476.1.42.3.8.30.40.1.22.u.1.n", "input.current", "0.01")
	F("lnms_poweralert_pdu", ENT "850.1.1.3.2.3.3.1.1.4.u.n", "outlet.#.status", "1=off 2=on")
	F("lnms_poweralert_pdu", ENT "850.1.1.3.2.3.3.1.1.2.u.n", "outlet.#.name", "=")
	F("lnms_poweralert_pdu", ENT "850.1.1.3.2.3.5.1.1.2.u.n", "outlet.group.#.breaker.status", "0=open 1=closed")
	F("lnms_dell-rpdu", ENT "674.10903.200.2.200.120.2.1.4.n", "input.current", "0.1")
	F("lnms_dell-rpdu", ENT "674.10903.200.2.200.120.2.1.5.n", "input.voltage", "1")
	F("lnms_dell-rpdu", ENT "674.10903.200.2.200.130.2.2.1.3.n", "outlet.#.name", "=")
	F("lnms_digital-loggers", "1.3.6.1.2.1.229.1.2.1.9.n", "outlet.#.status", "257=off 258=off 259=on 513=on 516=off 517=off")
	/* Schleifenbauer and Conteg: units from 1 */
	F("lnms_schleifenbauer_dpm27e", ENT "31034.12.1.1.2.7.1.1.2.u.n", "outlet.#.name", "=")
	F("lnms_schleifenbauer_dpm27e", ENT "31034.12.1.1.2.7.2.1.7.u.n", "outlet.#.voltage", "0.01")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.2.u.1", "input.energy", "1000")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.4.u.1", "input.powerfactor", "0.0001")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.5.u.1", "input.current", "0.01")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.7.u.1", "input.voltage", "0.01")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.9.u.1", "input.power", "1")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.6.1.1.10.u.1", "input.realpower", "1")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.7.2.1.5.u.n", "outlet.#.current", "0.01")
	F("lnms_conteg-pdu", ENT "28402.12.1.1.2.7.2.1.7.u.n", "outlet.#.voltage", "0.01")
	/* iPoMan: mA, 0.1 V, Wh */
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.1.3.1.2.n", "input.#.voltage", "0.1")
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.1.3.1.3.n", "input.#.current", "0.001")
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.1.3.1.4.n", "input.#.frequency", "0.1")
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.2.2.1.2.n", "outlet.#.name", "=")
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.2.3.1.3.n", "outlet.#.current", "0.001")
	F("lnms_ipoman", ENT "2468.1.4.2.1.3.2.3.1.4.n", "outlet.#.energy", "1")
	/* E3METER: lines from 0, of which the last is the neutral */
	LINES_FROM_0("lnms_e3meter", ENT "21695.1.10.7.2.1.2.n", "input.L#.energy", "1")
	LINES_FROM_0("lnms_e3meter", ENT "21695.1.10.7.2.1.5.n", "input.L#.realpower", "1")
	LINES_FROM_0("lnms_e3meter", ENT "21695.1.10.7.2.1.8.n", "input.L#.voltage", "0.001")
	LINES_FROM_0("lnms_e3meter", ENT "21695.1.10.7.2.1.9.n", "input.L#.current", "0.001")
	F("lnms_e3meter", ENT "21695.1.10.7.3.1.4.0", "ambient.1.temperature", "0.1")
	/* RNX: the PDU, its lines, outlets of modules */
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.4.0.0", "input.energy", "1")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.7.0.0", "input.realpower", "1")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.7.0.2", "input.L2.realpower", "1")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.10.0.3", "input.L3.voltage", "0.001")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.7.1.8", "outlet.8.realpower", "1")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.11.2.3", "outlet.103.current", "0.001")
	F("lnms_rnx-updu_rn3214", ENT "55108.1.3.1.1.4.6.8", "outlet.508.energy", "1")
	/* ICT: outputs from 0; enabled 1, disabled 2 */
	FROM_0("lnms_ict-pdu", ENT "39145.10.8.1.5.n", "outlet.#.status", "1=on 2=off")
	FROM_0("lnms_ict-pdu", ENT "39145.10.8.1.4.n", "outlet.group.#.breaker.status", "1=closed 2=open")
	F("lnms_ict-pdu", ENT "39145.10.6.0", "input.voltage", "1")
	/* Ingrasys transfer switch */
	F("lnms_ats", ENT "37662.1.2.2.1.1.2.2.0", "input.1.voltage.status", "1=fault 2=good")
	F("lnms_ats", ENT "37662.1.2.2.1.1.2.3.0", "input.1.voltage", "1")
	F("lnms_ats", ENT "37662.1.2.2.1.1.2.6.0", "input.2.voltage", "1")
	F("lnms_ats", ENT "37662.1.2.2.1.1.2.7.0", "input.2.frequency", "0.1")
	F("lnms_ats", ENT "37662.1.2.2.1.1.3.4.0", "output.current", "0.1")
	/* sensors and meters */
	F("lnms_panduit-eagle", ENT "3711.24.1.1.1.2.2.1.7.1", "ambient.1.temperature", "0.1")
	F("lnms_panduit-eagle", ENT "3711.24.1.1.1.2.2.1.7.2", "ambient.2.humidity", "0.1")
	F("lnms_apc-netbotz_netbotz750", ENT "52674.500.4.1.1.1.7.n", "ambient.#.temperature", "1")
	F("lnms_apc-netbotz_netbotz750", ENT "52674.500.4.1.1.1.4.n", "ambient.#.name", "=")
	F("lnms_apc-netbotz_netbotz750", ENT "52674.500.4.1.2.1.7.n", "ambient.#.humidity", "1")
	F("lnms_rittal-cmc", ENT "2606.4.2.3.5.2.1.4.1", "ambient.1.water", "4=clear")
	F("lnms_rittal-cmc", ENT "2606.4.2.4.5.2.1.5.13", "ambient.113.temperature", "1")
	F("lnms_rittal-cmc", ENT "2606.4.2.4.5.2.1.3.23", "ambient.123.name", "=")
	F("lnms_janitza-umg96_umg96", ENT "34278.1.2.0", "input.L2.voltage", "0.1")
	F("lnms_janitza-umg96_umg96", ENT "34278.1.7.0", "input.L1.current", "0.001")
	F("lnms_janitza-umg96_umg96", ENT "34278.1.15.0", "input.L3.realpower", "1")
	F("lnms_janitza-umg96_umg96", ENT "34278.1.24.0", "input.L3.powerfactor", "0.001")
	F("lnms_janitza-umg96_umg96", ENT "34278.4.1.0", "input.energy", "100")
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
	O("lnms_eatonpdu_2", "outlet.5.load.off", NULL, ENT "534.6.6.7.6.6.1.3.0.5", 0)
	O("lnms_eatonpdu_2", "outlet.5.load.on", NULL, ENT "534.6.6.7.6.6.1.4.0.5", 0)
	O("lnms_eatonpdu_2", "outlet.5.load.cycle", NULL, ENT "534.6.6.7.6.6.1.5.0.5", 0)
	O("lnms_eatonpdu_dbq", "outlet.1.load.off", NULL, ENT "534.6.6.6.1.2.2.1.3.0", 0)
	O("lnms_eatonpdu_dbq", "outlet.1.load.on", NULL, ENT "534.6.6.6.1.2.2.1.3.0", 1)
	O("lnms_eatonpdu_dbq", "outlet.1.load.cycle", NULL, ENT "534.6.6.6.1.2.2.1.3.0", 2)
	O("lnms_raritan-pdu_px3", "outlet.4.load.off", NULL, ENT "13742.6.4.1.2.1.2.1.4", 0)
	O("lnms_raritan-pdu_px3", "outlet.4.load.on", NULL, ENT "13742.6.4.1.2.1.2.1.4", 1)
	O("lnms_raritan-pdu_px3", "outlet.4.load.cycle", NULL, ENT "13742.6.4.1.2.1.2.1.4", 2)
	O("cent_cyberpower-ats", "outlet.2.load.on", NULL, ENT "3808.1.1.6.6.1.5.1.5.2", 1)
	O("cent_cyberpower-ats", "outlet.2.load.off", NULL, ENT "3808.1.1.6.6.1.5.1.5.2", 2)
	O("cent_cyberpower-ats", "outlet.2.load.off.delay", NULL, ENT "3808.1.1.6.6.1.5.1.5.2", 5)
	O("lnms_liebert_mph2rg", "outlet.3.load.off", NULL, ENT "476.1.42.3.8.50.20.1.100.1.2.3", 0)
	O("lnms_liebert_mph2rg", "outlet.3.load.on", NULL, ENT "476.1.42.3.8.50.20.1.100.1.2.3", 1)
	O("lnms_poweralert_pdu", "outlet.2.load.off", NULL, ENT "850.1.1.3.2.3.3.1.1.6.1.2", 1)
	O("lnms_poweralert_pdu", "outlet.2.load.on", NULL, ENT "850.1.1.3.2.3.3.1.1.6.1.2", 2)
	O("lnms_iboot_pdu8-2n15", "outlet.1.load.off", NULL, ENT "1418.6.5.1.5.0", 0)
	O("lnms_iboot_pdu8-2n15", "outlet.1.load.on", NULL, ENT "1418.6.5.1.5.0", 1)
	O("lnms_gude-epc_8031", "outlet.1.load.on", NULL, ENT "28507.81.1.3.1.2.1.3.1", 1)
	O("lnms_eatonpdu_2", "outlet.5.load.off.delay", "45", ENT "534.6.6.7.6.6.1.3.0.5", 45)
	O("lnms_conteg-pdu", "outlet.2.load.off", NULL, ENT "28402.12.1.1.2.7.3.1.2.1.2", 0)
	O("lnms_conteg-pdu", "outlet.2.load.on", NULL, ENT "28402.12.1.1.2.7.3.1.2.1.2", 1)
	O("lnms_schleifenbauer_dpm27e", "outlet.3.load.cycle", NULL, ENT "31034.12.1.1.2.7.3.1.6.1.3", 1)
	O("lnms_ipoman", "outlet.4.load.on", NULL, ENT "2468.1.4.2.1.3.2.4.1.2.4", 3)
	O("lnms_ipoman", "outlet.4.load.off", NULL, ENT "2468.1.4.2.1.3.2.4.1.2.4", 4)
	O("lnms_ipoman", "outlet.4.load.cycle", NULL, ENT "2468.1.4.2.1.3.2.4.1.2.4", 5)
	O("lnms_ict-pdu", "outlet.2.load.off", NULL, ENT "39145.10.8.1.5.1", 2)
	O("lnms_ict-pdu", "outlet.3.load.on", NULL, ENT "39145.10.8.1.5.2", 1)
	{ .recording = NULL }
};
