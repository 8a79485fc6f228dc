# The control socket: the daemon's end, and busbarctl.
noinst_LIBRARIES += libctl.a
libctl_a_SOURCES = ctl/session.c ctl/session.h ctl/session-command.c ctl/session-follow.c ctl/session-inside.h \
	ctl/session-show.c ctl/words.h

bin_PROGRAMS += busbarctl
busbarctl_CPPFLAGS = $(AM_CPPFLAGS) -DSBINDIR='"$(sbindir)"'
busbarctl_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPT_CFLAGS)
busbarctl_SOURCES = \
	ctl/busbarctl.c \
	ctl/busbard.c ctl/busbard.h \
	ctl/client.c ctl/client.h \
	ctl/configured.c ctl/configured.h \
	ctl/import.c ctl/import.h \
	ctl/import-device.h ctl/import-devices.c ctl/import-ports.c \
	ctl/import-users.c \
	ctl/json.c \
	ctl/nut-file.c ctl/nut-file.h \
	ctl/password.c ctl/password.h \
	ctl/private.c ctl/private.h \
	ctl/record.c ctl/record.h \
	ctl/scan.c ctl/scan.h \
	ctl/scan-list.c ctl/scan-list.h \
	ctl/scan-serial.c ctl/scan-usb.c \
	ctl/show.h \
	ctl/text.c \
	ctl/tls-init.c ctl/tls-init.h \
	ctl/view.c ctl/view.h \
	ctl/words.h
busbarctl_LDADD = libcore.a $(JANSSON_LIBS) $(CRYPT_LIBS) $(OPENSSL_LIBS)
