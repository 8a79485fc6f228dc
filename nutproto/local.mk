noinst_LIBRARIES += libnutproto.a
libnutproto_a_SOURCES =
