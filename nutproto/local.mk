noinst_LIBRARIES += libnutproto.a
libnutproto_a_SOURCES = \
	nutproto/commands.c nutproto/commands.h \
	nutproto/replies.c nutproto/replies.h \
	nutproto/session.c nutproto/session.h \
	nutproto/ups.c nutproto/ups.h
