noinst_LIBRARIES += libbus.a
libbus_a_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
libbus_a_SOURCES = \
	bus/file.c bus/file.h \
	bus/get.c \
	bus/keys.c bus/keys.h \
	bus/link.c bus/link.h \
	bus/notify.c bus/notify.h \
	bus/peer.c bus/peer.h \
	bus/question.h \
	bus/recording.c bus/recording.h \
	bus/replay.c bus/replay.h \
	bus/resolve.c bus/resolve.h \
	bus/set.c \
	bus/snmp.c bus/snmp.h \
	bus/snmpoptions.c bus/snmpoptions.h \
	bus/snmpwire.c bus/snmpwire.h \
	bus/tcp.c bus/tcp.h \
	bus/usm.c bus/usm.h \
	bus/varbinds.c bus/varbinds.h \
	bus/walk.c
