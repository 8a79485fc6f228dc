noinst_LIBRARIES += libdrivers.a
libdrivers_a_SOURCES =
