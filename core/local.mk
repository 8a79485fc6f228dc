noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
	core/buf.h core/conf.h core/driver.h core/log.h core/loop.h core/mem.h \
	core/mirror.h core/model.h core/publisher.h core/remarks.h core/settings.h \
	core/unit.h core/update.h core/value.h core/vars.def core/vars.h core/wire.h
