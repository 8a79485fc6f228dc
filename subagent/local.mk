noinst_LIBRARIES += libsubagent.a
libsubagent_a_SOURCES = subagent/tree.h
