# The program: main, the engine, the roles.

sbin_PROGRAMS += busbard
busbard_SOURCES = \
	daemon/backends.c daemon/backends.h \
	daemon/busbard.c \
	daemon/control.c daemon/control.h \
	daemon/engine.c daemon/engine.h \
	daemon/facts.c daemon/facts.h \
	daemon/hosting.c daemon/hosting.h daemon/hosting-main.c \
	daemon/index-file.c daemon/index-file.h \
	daemon/keeper.c daemon/keeper.h \
	daemon/late.c daemon/late.h daemon/late-device.c daemon/late-device.h \
	daemon/listeners.c daemon/listeners.h \
	daemon/members.c daemon/members.h \
	daemon/notify.h \
	daemon/record.c daemon/record.h \
	daemon/role.c daemon/role.h daemon/role-main.c \
	daemon/scan.c daemon/scan.h \
	daemon/spawn.c daemon/spawn.h \
	daemon/trim.c daemon/trim.h
if WITH_SYSTEMD
busbard_SOURCES += daemon/notify-systemd.c
else
busbard_SOURCES += daemon/notify-none.c
endif
busbard_LDADD = libnutproto.a libsubagent.a libstore.a libdrivers.a libbus.a libctl.a libcore.a \
	$(CORE_LIBS) $(LIBUSB_LIBS) $(SERIALPORT_LIBS) $(NETSNMP_LIBS) $(SQLITE_LIBS) $(CRYPT_LIBS) $(JANSSON_LIBS) $(SYSTEMD_LIBS)
