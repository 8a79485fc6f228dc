noinst_LIBRARIES += libcore.a
libcore_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
libcore_a_SOURCES = \
	core/buf.c core/buf.h \
	core/conf.c core/conf.h \
	core/conf-file.c \
	core/conf-parse.c \
	core/conf-tree.h \
	core/condition.h \
	core/driver.h \
	core/flags.c core/flags.h \
	core/line.c core/line.h \
	core/log.c core/log.h \
	core/loop.c core/loop.h \
	core/mem.c core/mem.h \
	core/mirror.h \
	core/oid.c core/oid.h \
	core/model.c core/model.h \
	core/publisher.h \
	core/readings.c core/readings.h \
	core/remarks.h \
	core/settings.c core/settings.h \
	core/settings-check.c \
	core/settings-device.c \
	core/settings-names.c \
	core/settings-section.c \
	core/settings-table.c core/settings-table.h \
	core/settings-value.c \
	core/rfc1628.c core/rfc1628.h \
	core/snapshot.c core/snapshot.h \
	core/status.c core/status.h \
	core/traits.c core/traits.h \
	core/unit.h \
	core/update.h \
	core/value.c core/value.h \
	core/vars.c core/vars.def core/vars.h \
	core/wire.h
