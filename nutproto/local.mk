noinst_LIBRARIES += libnutproto.a
libnutproto_a_CFLAGS = $(AM_CFLAGS) $(CRYPT_CFLAGS)
libnutproto_a_SOURCES = \
	nutproto/call.c nutproto/call.h \
	nutproto/certificate.c nutproto/certificate.h \
	nutproto/client.c nutproto/client.h \
	nutproto/commands.c nutproto/commands.h \
	nutproto/crowd.c nutproto/crowd.h \
	nutproto/desk.h \
	nutproto/logins.c nutproto/logins.h \
	nutproto/digest.c nutproto/digest.h \
	nutproto/failures.c nutproto/failures.h \
	nutproto/listen.c \
	nutproto/passwords.c nutproto/passwords.h \
	nutproto/read.c nutproto/read.h \
	nutproto/refusals.c nutproto/refusals.h \
	nutproto/replies.c nutproto/replies.h \
	nutproto/report.c nutproto/report.h \
	nutproto/session.c nutproto/session.h \
	nutproto/steer.c nutproto/steer.h \
	nutproto/tracking.c nutproto/tracking.h \
	nutproto/transport.c nutproto/transport.h \
	nutproto/ups.c nutproto/ups.h \
	nutproto/users.c nutproto/users.h \
	nutproto/workers.c nutproto/workers.h
