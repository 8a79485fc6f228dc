noinst_LIBRARIES += libbus.a
libbus_a_SOURCES = \
	bus/file.c bus/file.h bus/notify.c bus/notify.h \
	bus/question.h \
	bus/get.c \
	bus/peer.c bus/peer.h \
	bus/recording.c bus/recording.h \
	bus/replay.c bus/replay.h \
	bus/set.c \
	bus/varbinds.c bus/varbinds.h \
	bus/walk.c
