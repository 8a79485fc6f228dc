noinst_LIBRARIES += libdrivers.a
libdrivers_a_SOURCES = drivers/drivers.c drivers/fields.c drivers/fields.h

libdrivers_a_SOURCES += \
	drivers/sim/act.c drivers/sim/act.h drivers/sim/dev.c drivers/sim/dev.h \
	drivers/sim/orders.c drivers/sim/points.c drivers/sim/points.h \
	drivers/sim/rights.c drivers/sim/rights.h drivers/sim/sim.c drivers/sim/sim.h \
	drivers/sim/state.c drivers/sim/state.h

libdrivers_a_SOURCES += \
	drivers/snmp/compile.c drivers/snmp/compile.h drivers/snmp/compile-command.c \
	drivers/snmp/compile-reading.c drivers/snmp/compile-table.c drivers/snmp/control.c \
	drivers/snmp/decode.c drivers/snmp/decode.h drivers/snmp/driver.h \
	drivers/snmp/fields.c drivers/snmp/fields.h drivers/snmp/plan.c drivers/snmp/plan.h \
	drivers/snmp/profile.c drivers/snmp/profile.h \
	drivers/snmp/round.c drivers/snmp/snmp.c drivers/snmp/snmp.h drivers/snmp/table.c

libdrivers_a_SOURCES += \
	drivers/hid/compile.c drivers/hid/compile.h drivers/hid/compile-row.c drivers/hid/control.c \
	drivers/hid/decode.c drivers/hid/descriptor.c drivers/hid/descriptor.h \
	drivers/hid/mend.c drivers/hid/mend.h drivers/hid/profile.c drivers/hid/profile.h \
	drivers/hid/report.c drivers/hid/state.c drivers/hid/state.h drivers/hid/ups.c drivers/hid/ups.h \
	drivers/hid/usages.c drivers/hid/usages.h drivers/usbhid/usbhid.c drivers/usbhid/usbhid.h

libdrivers_a_SOURCES += \
	drivers/shut/frame.c drivers/shut/frame.h drivers/shut/link.c drivers/shut/link.h \
	drivers/shut/shut.c drivers/shut/shut.h

libdrivers_a_SOURCES += \
	drivers/apcsmart/apcsmart.c drivers/apcsmart/apcsmart.h drivers/apcsmart/control.c \
	drivers/apcsmart/detect.c drivers/apcsmart/letters.c drivers/apcsmart/letters.h \
	drivers/apcsmart/profile.c drivers/apcsmart/profile.h drivers/apcsmart/settings.c \
	drivers/apcsmart/talk.c

apcsmartprofilesdir = $(datadir)/busbar/profiles/apcsmart
dist_apcsmartprofiles_DATA = drivers/profiles/apcsmart/smart.conf

libdrivers_a_SOURCES += \
	drivers/apcupsd/apcupsd.c drivers/apcupsd/apcupsd.h \
	drivers/apcupsd/nis.c drivers/apcupsd/nis.h \
	drivers/nut/devices.c drivers/nut/nut.c drivers/nut/nut.h drivers/nut/readings.c \
	drivers/nut/remote.c drivers/nut/remote.h drivers/nut/source.h drivers/nut/talk.c \
	drivers/powerman/powerman.c drivers/powerman/powerman.h \
	drivers/powerman/reply.c drivers/powerman/reply.h

libdrivers_a_SOURCES += \
	drivers/megatec/compile.c drivers/megatec/compile.h drivers/megatec/compile-ask.c \
	drivers/megatec/control.c drivers/megatec/decode.c drivers/megatec/decode.h \
	drivers/megatec/detect.c drivers/megatec/driver.h \
	drivers/megatec/estimate.c drivers/megatec/estimate.h drivers/megatec/line.c \
	drivers/megatec/megatec.c drivers/megatec/megatec.h \
	drivers/megatec/number.c drivers/megatec/number.h drivers/megatec/profile.c \
	drivers/megatec/profile.h drivers/megatec/question.c \
	drivers/megatec/transport.c drivers/megatec/transport.h \
	drivers/megatec/tunnel.c drivers/megatec/tunnel.h drivers/megatec/wording.c

megatecprofilesdir = $(datadir)/busbar/profiles/megatec
dist_megatecprofiles_DATA = \
	drivers/profiles/megatec/axpert.conf drivers/profiles/megatec/bestups.conf \
	drivers/profiles/megatec/masterguard.conf drivers/profiles/megatec/omron.conf \
	drivers/profiles/megatec/q1.conf drivers/profiles/megatec/three-phase.conf \
	drivers/profiles/megatec/usb.conf drivers/profiles/megatec/voltronic.conf

libdrivers_a_SOURCES += \
	drivers/contact/cables.c drivers/contact/cables.h drivers/contact/contact.c drivers/contact/contact.h \
	drivers/contact/wiring.c drivers/contact/wiring.h

contactprofilesdir = $(datadir)/busbar/profiles/contact
dist_contactprofiles_DATA = drivers/profiles/contact/cables.conf

snmpprofilesdir = $(datadir)/busbar/profiles/snmp
dist_snmpprofiles_DATA = \
	drivers/profiles/snmp/apc_pdu.conf drivers/profiles/snmp/apcc.conf \
	drivers/profiles/snmp/ats.conf drivers/profiles/snmp/bestpower.conf \
	drivers/profiles/snmp/common.conf drivers/profiles/snmp/cpqpower.conf \
	drivers/profiles/snmp/cyberpower.conf drivers/profiles/snmp/cyberpower_pdu.conf \
	drivers/profiles/snmp/delta_ups.conf drivers/profiles/snmp/eaton_pdu.conf \
	drivers/profiles/snmp/eaton_pw_nm2.conf drivers/profiles/snmp/eaton_pxg_ups.conf \
	drivers/profiles/snmp/enlogic.conf drivers/profiles/snmp/hpe_pdu.conf \
	drivers/profiles/snmp/huawei.conf drivers/profiles/snmp/ietf.conf \
	drivers/profiles/snmp/mge.conf drivers/profiles/snmp/netvision.conf \
	drivers/profiles/snmp/netvision7.conf drivers/profiles/snmp/panduit.conf \
	drivers/profiles/snmp/pdus.conf drivers/profiles/snmp/raritan.conf \
	drivers/profiles/snmp/sensors.conf drivers/profiles/snmp/sentry.conf \
	drivers/profiles/snmp/vertiv.conf drivers/profiles/snmp/xppc.conf

usbhidprofilesdir = $(datadir)/busbar/profiles/usbhid
dist_usbhidprofiles_DATA = $(usb_profiles)
usb_profiles = \
	drivers/profiles/usbhid/apc.conf drivers/profiles/usbhid/arduino.conf \
	drivers/profiles/usbhid/belkin.conf drivers/profiles/usbhid/cps.conf \
	drivers/profiles/usbhid/delta.conf drivers/profiles/usbhid/ecoflow.conf \
	drivers/profiles/usbhid/ever.conf drivers/profiles/usbhid/generic.conf \
	drivers/profiles/usbhid/idowell.conf drivers/profiles/usbhid/legrand.conf \
	drivers/profiles/usbhid/liebert.conf drivers/profiles/usbhid/mge.conf \
	drivers/profiles/usbhid/openups.conf drivers/profiles/usbhid/powercom.conf \
	drivers/profiles/usbhid/powervar.conf drivers/profiles/usbhid/salicru.conf \
	drivers/profiles/usbhid/tripplite.conf drivers/profiles/usbhid/usages.conf
