noinst_LIBRARIES += libbus.a
libbus_a_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS) $(LIBUSB_CFLAGS) $(SERIALPORT_CFLAGS)
libbus_a_SOURCES = \
	bus/devicenode.c bus/devicenode.h \
	bus/dialogue.c bus/dialogue.h \
	bus/file.c bus/file.h \
	bus/get.c \
	bus/keys.c bus/keys.h \
	bus/link.c bus/link.h \
	bus/notify.c bus/notify.h \
	bus/peer.c bus/peer.h \
	bus/question.h \
	bus/recording.c bus/recording.h \
	bus/replay.c bus/replay.h \
	bus/mask.c bus/mask.h \
	bus/replayfile.c bus/replayfile.h \
	bus/replayhid.c bus/replayhid.h \
	bus/reports.c bus/reports.h \
	bus/replaywire.c bus/replaywire.h \
	bus/resolve.c bus/resolve.h \
	bus/serial.c bus/serial.h \
	bus/serialwire.c bus/serialwire.h \
	bus/set.c \
	bus/snmp.c bus/snmp.h \
	bus/snmpoptions.c bus/snmpoptions.h \
	bus/snmpwire.c bus/snmpwire.h \
	bus/tcp.c bus/tcp.h \
	bus/usb.c bus/usb.h bus/usb-fds.c bus/usb-hid.c bus/usb-inside.h \
	bus/usb-listen.c bus/usb-raw.c bus/usb-transfer.c \
	bus/usbport.c bus/usbport.h \
	bus/termios.c bus/termios.h \
	bus/tty.c bus/tty.h \
	bus/ttylock.c bus/ttylock.h \
	bus/usm.c bus/usm.h \
	bus/varbinds.c bus/varbinds.h \
	bus/walk.c

# Devices that a port of "auto" may mean.
bus/usb_ids.h: $(srcdir)/conf/usb-ids.awk $(usb_profiles)
	$(AM_V_GEN)$(MKDIR_P) bus && $(AWK) -v as=header -f $(srcdir)/conf/usb-ids.awk \
		$(usb_profiles:%=$(srcdir)/%) >$@.tmp && mv $@.tmp $@
bus/usb_tunnels.h: $(srcdir)/conf/usb-ids.awk $(srcdir)/drivers/profiles/megatec/usb.conf
	$(AM_V_GEN)$(MKDIR_P) bus && $(AWK) -v as=header -f $(srcdir)/conf/usb-ids.awk \
		$(srcdir)/drivers/profiles/megatec/usb.conf >$@.tmp && mv $@.tmp $@
BUILT_SOURCES += bus/usb_ids.h bus/usb_tunnels.h
CLEANFILES += bus/usb_ids.h bus/usb_tunnels.h
