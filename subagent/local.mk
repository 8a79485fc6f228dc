noinst_LIBRARIES += libsubagent.a
libsubagent_a_SOURCES = \
	subagent/about.c subagent/about.h \
	subagent/address.c subagent/address.h \
	subagent/answer.c subagent/answer.h \
	subagent/bbmib.c \
	subagent/bbset.c \
	subagent/columns.def subagent/columns.h \
	subagent/dial.c subagent/dial.h \
	subagent/entity.c \
	subagent/fleet.c subagent/fleet.h \
	subagent/lines.c subagent/lines.h \
	subagent/notification.c subagent/notification.h \
	subagent/traps.c subagent/traps.h \
	subagent/object.h \
	subagent/objects.c subagent/objects.h \
	subagent/outlets.c \
	subagent/pdu.c subagent/pdu.h \
	subagent/places.c subagent/places.h \
	subagent/power.c subagent/power.h subagent/power-rules.c \
	subagent/role.c \
	subagent/sensing.c \
	subagent/sensors.c subagent/sensors.h \
	subagent/session.c subagent/session.h \
	subagent/set.c subagent/set.h subagent/set_inside.h \
	subagent/setcheck.c \
	subagent/system.c \
	subagent/tree.c subagent/tree.h \
	subagent/upsmib.c subagent/upsmib.h \
	subagent/upsset.c \
	subagent/values.c subagent/values.h
