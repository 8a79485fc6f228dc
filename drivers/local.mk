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
	drivers/hid/descriptor.c drivers/hid/descriptor.h \
	drivers/hid/mend.c drivers/hid/mend.h drivers/hid/report.c

libdrivers_a_SOURCES += \
	drivers/apcupsd/apcupsd.c drivers/apcupsd/apcupsd.h \
	drivers/apcupsd/nis.c drivers/apcupsd/nis.h \
	drivers/nut/devices.c drivers/nut/nut.c drivers/nut/nut.h drivers/nut/readings.c \
	drivers/nut/remote.c drivers/nut/remote.h drivers/nut/source.h drivers/nut/talk.c

snmpprofilesdir = $(datadir)/busbar/profiles/snmp
dist_snmpprofiles_DATA = \
	drivers/profiles/snmp/apc_pdu.conf drivers/profiles/snmp/apcc.conf \
	drivers/profiles/snmp/bestpower.conf \
	drivers/profiles/snmp/common.conf drivers/profiles/snmp/cpqpower.conf \
	drivers/profiles/snmp/cyberpower.conf drivers/profiles/snmp/delta_ups.conf \
	drivers/profiles/snmp/eaton_pw_nm2.conf drivers/profiles/snmp/eaton_pxg_ups.conf \
	drivers/profiles/snmp/huawei.conf drivers/profiles/snmp/ietf.conf \
	drivers/profiles/snmp/mge.conf drivers/profiles/snmp/netvision.conf \
	drivers/profiles/snmp/netvision7.conf \
	drivers/profiles/snmp/xppc.conf
