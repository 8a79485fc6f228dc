# What a new installation starts from.
busbarconfdir = $(sysconfdir)/busbar
dist_busbarconf_DATA = conf/busbar.conf.sample

# What the service manager needs, and how snmpd is set up.
EXTRA_DIST += conf/busbard.service.in
EXTRA_DIST += conf/demo/rack1.dev conf/demo/hall1.dev conf/demo/desk1.dev conf/demo/pdu1.dev conf/demo/pdu2.dev

systemdsystemunit_DATA = conf/busbard.service
conf/busbard.service: $(srcdir)/conf/busbard.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed 's|@sbindir[@]|$(sbindir)|' $(srcdir)/conf/busbard.service.in >$@
CLEANFILES += conf/busbard.service

# Run by systemd when everything else has ended: the UPS may cut the power now.
EXTRA_DIST += conf/busbar-shutdown.in
systemdshutdowndir = $(systemdsystemunitdir)-shutdown
systemdshutdown_SCRIPTS = conf/busbar-shutdown
conf/busbar-shutdown: $(srcdir)/conf/busbar-shutdown.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed 's|@sbindir[@]|$(sbindir)|' $(srcdir)/conf/busbar-shutdown.in >$@.tmp && \
		chmod +x $@.tmp && mv $@.tmp $@
CLEANFILES += conf/busbar-shutdown

sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = conf/sysusers/busbar.conf

examplesdir = $(docdir)/examples
dist_examples_DATA = conf/snmpd/busbar-unix.conf conf/snmpd/busbar-tcp.conf conf/snmpd/busbar-v2c.conf \
	conf/snmpd/busbar-v3.conf conf/snmpd/busbar-traps.conf
nodist_examples_DATA = conf/snmpd/busbar-views.conf
EXTRA_DIST += conf/snmpd/busbar-views.conf.in
conf/snmpd/busbar-views.conf: $(srcdir)/conf/snmpd/busbar-views.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf/snmpd && \
	    sed 's|@ENTERPRISE_OID[@]|.$(ENTERPRISE_OID)|' $(srcdir)/conf/snmpd/busbar-views.conf.in >$@.tmp && mv $@.tmp $@
CLEANFILES += conf/snmpd/busbar-views.conf

EXTRA_DIST += conf/usb-ids.awk
udevrules_DATA = conf/63-busbar.rules
conf/63-busbar.rules: $(srcdir)/conf/usb-ids.awk $(usb_profiles) drivers/profiles/megatec/usb.conf
	$(AM_V_GEN)$(MKDIR_P) conf && $(AWK) -f $(srcdir)/conf/usb-ids.awk $(usb_profiles:%=$(srcdir)/%) \
		$(srcdir)/drivers/profiles/megatec/usb.conf >$@.tmp && mv $@.tmp $@
CLEANFILES += conf/63-busbar.rules
