noinst_LIBRARIES += libnutproto.a
libnutproto_a_SOURCES = \
	nutproto/call.c nutproto/call.h \
	nutproto/client.c nutproto/client.h \
	nutproto/commands.c nutproto/commands.h \
	nutproto/listen.c \
	nutproto/read.c nutproto/read.h \
	nutproto/replies.c nutproto/replies.h \
	nutproto/session.c nutproto/session.h \
	nutproto/transport.c nutproto/transport.h \
	nutproto/ups.c nutproto/ups.h \
	nutproto/users.c nutproto/users.h
