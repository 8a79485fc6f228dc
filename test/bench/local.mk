# Load generators and measuring peers; test/bench/bench drives them.
noinst_PROGRAMS += nutload nutnull
nutload_SOURCES = test/bench/nutload.c test/bench/nutload.h test/bench/connection.c \
	test/bench/question.c test/bench/question.h test/bench/stats.c test/bench/stats.h
nutload_LDADD = libcore.a $(CORE_LIBS)
nutnull_SOURCES = test/bench/nutnull.c
nutnull_LDADD = libcore.a $(CORE_LIBS)

noinst_PROGRAMS += snmpload
snmpload_SOURCES = test/bench/snmpload.c test/bench/stats.c test/bench/stats.h
snmpload_CPPFLAGS = $(AM_CPPFLAGS) $(NETSNMP_CFLAGS)
snmpload_LDADD = libcore.a $(NETSNMP_LIBS)

noinst_PROGRAMS += snmpagent
snmpagent_SOURCES = test/bench/snmpagent.c test/bench/stats.c test/bench/stats.h
snmpagent_LDADD = libcore.a

noinst_PROGRAMS += nutserve
nutserve_SOURCES = test/bench/nutserve.c
nutserve_LDADD = libnutproto.a libcore.a $(CORE_LIBS) $(CRYPT_LIBS)
EXTRA_DIST += test/bench/bench test/bench/pdus test/bench/pdu_objects.py test/bench/pass.py test/bench/rack.dev test/bench/ups.objects
