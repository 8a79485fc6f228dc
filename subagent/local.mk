noinst_LIBRARIES += libsubagent.a
libsubagent_a_SOURCES = subagent/object.h subagent/tree.h
