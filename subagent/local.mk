noinst_LIBRARIES += libsubagent.a
libsubagent_a_SOURCES = \
	subagent/answer.c subagent/answer.h \
	subagent/dial.c subagent/dial.h \
	subagent/object.h \
	subagent/pdu.c subagent/pdu.h \
	subagent/places.c subagent/places.h \
	subagent/role.c \
	subagent/session.c subagent/session.h \
	subagent/tree.h
