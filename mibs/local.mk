# MIB modules.  BUSBAR-MIB is made for the configured enterprise OID; base/ has
# what ours import, for systems that have no such files (Debian ships none).
mibdir = $(datadir)/snmp/mibs
basemibdir = $(datadir)/busbar/mibs
dist_basemib_DATA = mibs/base/SNMP-FRAMEWORK-MIB.txt mibs/base/SNMPv2-CONF.txt \
	mibs/base/SNMPv2-SMI.txt mibs/base/SNMPv2-TC.txt
nodist_mib_DATA = mibs/BUSBAR-MIB.txt
dist_mib_DATA = mibs/UPS-MIB.txt
EXTRA_DIST += mibs/BUSBAR-MIB.txt.in mibs/make.awk

mibs/BUSBAR-MIB.txt: $(srcdir)/mibs/BUSBAR-MIB.txt.in $(srcdir)/mibs/make.awk Makefile
	$(AM_V_GEN)$(MKDIR_P) mibs && $(AWK) -v oid='$(ENTERPRISE_OID)' -f $(srcdir)/mibs/make.awk \
	    $(srcdir)/mibs/BUSBAR-MIB.txt.in >$@.new && mv $@.new $@
CLEANFILES += mibs/BUSBAR-MIB.txt mibs/BUSBAR-MIB.txt.new
