# Unit tests: one program a subject, linked with its layer and those below.
# Fuzz targets: with --enable-fuzzer libFuzzer drives them; otherwise
# test/fuzz/replay.c gives them their seeds, so that make check covers them.

TEST_LIBS = libcore.a $(CORE_LIBS) $(CMOCKA_LIBS)
TESTS += $(check_PROGRAMS) $(check_SCRIPTS)
AM_TESTS_ENVIRONMENT = srcdir='$(srcdir)' builddir='$(builddir)' CC='$(CC)' \
	SHARED="$${SHARED:-$(abs_top_srcdir)/../shared}" UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1; \
	export srcdir builddir CC SHARED UBSAN_OPTIONS;
TEST_EXTENSIONS = .sh .py
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = python3 -B

# The shape of the tree, and live tests: busbard between real peers, one at a
# time.  Each exits 77 where what it needs is missing.
live_tests = \
	test/live/abuse.py test/live/cli.py test/live/ddl705.py test/live/faults.py \
	test/live/foreign.py test/live/reload.py test/live/roundtrip.py test/live/soak.py \
	test/live/walk.py
dist_check_SCRIPTS = test/devices.sh test/layers.sh test/mibs.py test/smilint.sh $(live_tests)
TESTS += $(dist_check_SCRIPTS)
EXTRA_DIST += try test/install.sh test/packages test/source.sh test/tally.sh
# Not in EXTRA_DIST: make would take the file check for its target of that name.
dist-hook:
	cp -p $(srcdir)/check $(distdir)/check
EXTRA_DIST += test/live/harness.py test/live/show.py test/live/snmp.py

# libFuzzer's own main never ends by itself: then they are built, not run.
fuzz_programs =
if WITH_FUZZER
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
noinst_PROGRAMS += $(fuzz_programs)
else
FUZZ_MAIN = test/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
check_PROGRAMS += $(fuzz_programs)
endif
EXTRA_DIST += test/fuzz/seeds

check_PROGRAMS += test_value
test_value_SOURCES = test/unit/test_value.c
test_value_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_log
test_log_SOURCES = test/unit/test_log.c
test_log_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_hosted
test_hosted_SOURCES = test/unit/test_hosted.c
test_hosted_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_oid
test_oid_SOURCES = test/unit/test_oid.c
test_oid_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_outlet
test_outlet_SOURCES = test/unit/test_outlet.c
test_outlet_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_shutdowns
test_shutdowns_SOURCES = test/unit/test_shutdowns.c
test_shutdowns_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_outlets
test_outlets_SOURCES = test/unit/test_outlets.c
test_outlets_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_loads
test_loads_SOURCES = test/unit/test_loads.c
test_loads_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_groups
test_groups_SOURCES = test/unit/test_groups.c
test_groups_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_nut_session
test_nut_session_SOURCES = test/unit/test_nut_session.c test/nut_stand.c test/nut_stand.h
test_nut_session_LDADD = libnutproto.a $(TEST_LIBS) $(CRYPT_LIBS)
EXTRA_DIST += test/nut/errors.talk test/nut/long.talk test/nut/plain.talk test/nut/read.talk \
	test/nut/users.talk test/nut/words.talk

live_tests += test/live/outlets.py
live_tests += test/live/damage.py
live_tests += test/live/events.py test/live/traps.py test/live/kills.py
EXTRA_DIST += test/live/receiver.py
live_tests += test/live/shutdown.py test/live/nut_difference.py test/live/nut_clients.py test/live/nut_hosts.py \
	test/live/nut_abuse.py

# Programs that others wrote, at the NUT listener; clients/ has what drives their libraries.
live_tests += test/live/nut_libraries.py test/live/nut_programs.py test/live/nut_transcripts.py
EXTRA_DIST += test/live/nut_stage.py test/live/clients

check_PROGRAMS += test_nut_logins
test_nut_logins_SOURCES = test/unit/test_nut_logins.c test/nut_stand.c test/nut_stand.h
test_nut_logins_LDADD = libnutproto.a $(TEST_LIBS) $(CRYPT_LIBS)

check_PROGRAMS += test_nut_listen
test_nut_listen_SOURCES = test/unit/test_nut_listen.c
test_nut_listen_LDADD = libnutproto.a $(TEST_LIBS) $(CRYPT_LIBS)

fuzz_programs += fuzz_line fuzz_nut_session
fuzz_line_SOURCES = test/fuzz/fuzz_line.c $(FUZZ_MAIN)
fuzz_line_LDFLAGS = $(FUZZ_LINK)
fuzz_line_LDADD = libcore.a $(CORE_LIBS)
fuzz_nut_session_SOURCES = test/fuzz/fuzz_nut_session.c test/nut_stand.c test/nut_stand.h $(FUZZ_MAIN)
fuzz_nut_session_LDFLAGS = $(FUZZ_LINK)
fuzz_nut_session_LDADD = libnutproto.a libcore.a $(CORE_LIBS) $(CRYPT_LIBS)

check_PROGRAMS += test_line
test_line_SOURCES = test/unit/test_line.c
test_line_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_conf
test_conf_SOURCES = test/unit/test_conf.c
test_conf_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_peer
test_peer_SOURCES = test/unit/test_peer.c
test_peer_LDADD = libbus.a $(TEST_LIBS)

check_PROGRAMS += test_recording
test_recording_SOURCES = test/unit/test_recording.c
test_recording_LDADD = libbus.a $(TEST_LIBS)

check_PROGRAMS += test_pdu
test_pdu_SOURCES = test/unit/test_pdu.c
test_pdu_LDADD = libsubagent.a $(TEST_LIBS)

check_PROGRAMS += test_set
test_set_SOURCES = test/unit/test_set.c
test_set_LDADD = libsubagent.a $(TEST_LIBS)

check_PROGRAMS += test_answer
test_answer_SOURCES = test/unit/test_answer.c test/fake_tree.c test/fake_tree.h
test_answer_LDADD = libsubagent.a $(TEST_LIBS)

check_PROGRAMS += test_session
test_session_SOURCES = test/unit/test_session.c test/unit/master.c test/unit/master.h \
	test/fake_tree.c test/fake_tree.h
test_session_LDADD = libsubagent.a $(TEST_LIBS)

check_PROGRAMS += test_agentx_role
test_agentx_role_SOURCES = test/unit/test_agentx_role.c test/unit/master.c test/unit/master.h
test_agentx_role_LDADD = libsubagent.a $(TEST_LIBS)

fuzz_programs += fuzz_tree
fuzz_tree_SOURCES = test/fuzz/fuzz_tree.c $(FUZZ_MAIN)
fuzz_tree_LDFLAGS = $(FUZZ_LINK)
fuzz_tree_LDADD = libsubagent.a libcore.a $(CORE_LIBS)

fuzz_programs += fuzz_event
fuzz_event_SOURCES = test/fuzz/fuzz_event.c $(FUZZ_MAIN)
fuzz_event_LDFLAGS = $(FUZZ_LINK)
fuzz_event_LDADD = libsubagent.a libcore.a $(CORE_LIBS)
fuzz_programs += fuzz_agentx
fuzz_agentx_SOURCES = test/fuzz/fuzz_agentx.c test/fake_tree.c test/fake_tree.h $(FUZZ_MAIN)
fuzz_agentx_LDFLAGS = $(FUZZ_LINK)
fuzz_agentx_LDADD = libsubagent.a libcore.a $(CORE_LIBS)

# Not a test of its own: what live tests and measurements of the session start.
noinst_PROGRAMS += agentx_demo
agentx_demo_SOURCES = test/live/agentx_demo.c test/fake_tree.c test/fake_tree.h
agentx_demo_LDADD = libsubagent.a libcore.a $(CORE_LIBS)
live_tests += test/live/agentx_session.py test/live/mibs.py test/live/set.py
live_tests += test/live/access.py test/live/pdu_mib.py test/live/pdu_set.py test/live/switching.py

check_PROGRAMS += test_dev test_sim test_file
test_dev_SOURCES = test/unit/test_dev.c
test_dev_LDADD = libdrivers.a $(TEST_LIBS)
test_sim_SOURCES = test/unit/test_sim.c
test_sim_LDADD = libdrivers.a $(TEST_LIBS)
test_file_SOURCES = test/unit/test_file.c
test_file_LDADD = libbus.a $(TEST_LIBS)

snmp_stage = test/unit/snmp_stage.c test/unit/snmp_stage.h
check_PROGRAMS += test_snmp_driver test_snmp_profile test_snmp_recordings test_snmp_pdus test_snmp_tables
test_snmp_recordings_SOURCES = test/unit/test_snmp_recordings.c $(snmp_stage)
test_snmp_pdus_SOURCES = test/unit/test_snmp_pdus.c test/unit/snmp_families.c test/unit/snmp_families.h $(snmp_stage)
fuzz_programs += fuzz_snmp_answers
fuzz_snmp_answers_SOURCES = test/fuzz/fuzz_snmp_answers.c $(snmp_stage) $(FUZZ_MAIN)
fuzz_snmp_answers_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test/unit
fuzz_snmp_answers_LDFLAGS = $(FUZZ_LINK)
fuzz_snmp_answers_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
test_snmp_recordings_LDADD = libdrivers.a $(TEST_LIBS)
test_snmp_pdus_LDADD = libdrivers.a $(TEST_LIBS)
test_snmp_tables_SOURCES = test/unit/test_snmp_tables.c $(snmp_stage)
test_snmp_tables_LDADD = libdrivers.a $(TEST_LIBS)
test_snmp_profile_SOURCES = test/unit/test_snmp_profile.c $(snmp_stage)
test_snmp_profile_LDADD = libdrivers.a $(TEST_LIBS)
test_snmp_driver_SOURCES = test/unit/test_snmp_driver.c $(snmp_stage)
test_snmp_driver_LDADD = libdrivers.a $(TEST_LIBS)

check_PROGRAMS += test_settings
test_settings_SOURCES = test/unit/test_settings.c
test_settings_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_tree
test_tree_SOURCES = test/unit/test_tree.c test/unit/dump.c test/unit/dump.h
test_tree_LDADD = libsubagent.a $(TEST_LIBS)

fuzz_programs += fuzz_conf fuzz_settings
fuzz_conf_SOURCES = test/fuzz/fuzz_conf.c $(FUZZ_MAIN)
fuzz_conf_LDFLAGS = $(FUZZ_LINK)
fuzz_conf_LDADD = libcore.a $(CORE_LIBS)
fuzz_settings_SOURCES = test/fuzz/fuzz_settings.c $(FUZZ_MAIN)
fuzz_settings_LDFLAGS = $(FUZZ_LINK)
fuzz_settings_LDADD = libcore.a $(CORE_LIBS)

check_PROGRAMS += test_loop test_model test_mirror
EXTRA_DIST += test/unit/unit.h test/unit/elapse.h
test_loop_SOURCES = test/unit/test_loop.c
test_loop_LDADD = $(TEST_LIBS)
test_model_SOURCES = test/unit/test_model.c
test_model_LDADD = $(TEST_LIBS)
test_mirror_SOURCES = test/unit/test_mirror.c
test_mirror_LDADD = $(TEST_LIBS)
# Not a test of its own: how live tests of the wire ask.
noinst_PROGRAMS += snmp_ask
snmp_ask_SOURCES = test/live/snmp_ask.c
snmp_ask_LDADD = libbus.a libcore.a $(NETSNMP_LIBS) $(CORE_LIBS)
check_PROGRAMS += test_condition
test_condition_SOURCES = test/unit/test_condition.c
test_condition_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_unit
test_unit_SOURCES = test/unit/test_unit.c
test_unit_LDADD = $(TEST_LIBS)
check_PROGRAMS += test_control
test_control_SOURCES = test/unit/test_control.c daemon/control.c daemon/control.h daemon/members.c daemon/members.h
test_control_LDADD = libctl.a libbus.a $(TEST_LIBS)
check_PROGRAMS += test_members
test_members_SOURCES = test/unit/test_members.c daemon/members.c daemon/members.h
test_members_LDADD = libbus.a $(TEST_LIBS)
check_PROGRAMS += test_spawn
test_spawn_SOURCES = test/unit/test_spawn.c daemon/spawn.c daemon/spawn.h
test_spawn_LDADD = $(TEST_LIBS)
check_PROGRAMS += test_rfc1628
test_rfc1628_SOURCES = test/unit/test_rfc1628.c test/unit/dump.c test/unit/dump.h
test_rfc1628_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_simhost
test_simhost_SOURCES = test/unit/test_simhost.c test/unit/unit.h
test_simhost_LDADD = libdrivers.a libbus.a $(TEST_LIBS)

fuzz_programs += fuzz_dev
fuzz_dev_SOURCES = test/fuzz/fuzz_dev.c $(FUZZ_MAIN)
fuzz_dev_LDFLAGS = $(FUZZ_LINK)
fuzz_dev_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
fuzz_programs += fuzz_mirror
fuzz_mirror_SOURCES = test/fuzz/fuzz_mirror.c $(FUZZ_MAIN)
fuzz_mirror_LDFLAGS = $(FUZZ_LINK)
fuzz_mirror_LDADD = libcore.a $(CORE_LIBS)
live_tests += test/live/test_snmpwire.sh
check_PROGRAMS += test_usm
test_usm_SOURCES = test/unit/test_usm.c
test_usm_LDADD = libbus.a $(TEST_LIBS)

fuzz_programs += fuzz_snmp
fuzz_snmp_SOURCES = test/fuzz/fuzz_snmp.c $(FUZZ_MAIN)
fuzz_snmp_LDFLAGS = $(FUZZ_LINK)
fuzz_snmp_LDADD = libbus.a libcore.a $(CORE_LIBS)

check_PROGRAMS += test_nut_file
test_nut_file_SOURCES = test/unit/test_nut_file.c ctl/nut-file.c ctl/nut-file.h
test_nut_file_LDADD = $(TEST_LIBS)
live_tests += test/live/import_nut.py
fuzz_programs += fuzz_import
fuzz_import_SOURCES = test/fuzz/fuzz_import.c ctl/import.c ctl/import.h ctl/import-device.h ctl/import-devices.c \
	ctl/import-ports.c ctl/import-users.c \
	ctl/nut-file.c ctl/nut-file.h $(FUZZ_MAIN)
fuzz_import_LDFLAGS = $(FUZZ_LINK)
fuzz_import_LDADD = libcore.a $(CORE_LIBS)
check_PROGRAMS += test_nut_users test_passwords
test_passwords_SOURCES = test/unit/test_passwords.c
test_passwords_LDADD = libnutproto.a $(TEST_LIBS) $(CRYPT_LIBS)
test_nut_users_SOURCES = test/unit/test_nut_users.c
test_nut_users_LDADD = libnutproto.a $(TEST_LIBS) $(CRYPT_LIBS)
check_PROGRAMS += test_fsd
test_fsd_SOURCES = test/unit/test_fsd.c
test_fsd_LDADD = $(TEST_LIBS)
check_PROGRAMS += test_resolve
test_resolve_SOURCES = test/unit/test_resolve.c
test_resolve_LDADD = libbus.a $(TEST_LIBS)

check_PROGRAMS += test_tls
test_tls_SOURCES = test/unit/test_tls.c
test_tls_LDADD = $(TEST_LIBS)

check_PROGRAMS += test_stream
test_stream_SOURCES = test/unit/test_stream.c
test_stream_LDADD = $(TEST_LIBS)
check_PROGRAMS += test_usbport
test_usbport_SOURCES = test/unit/test_usbport.c
test_usbport_LDADD = libbus.a $(TEST_LIBS)
check_PROGRAMS += test_reports
test_reports_SOURCES = test/unit/test_reports.c
test_reports_LDADD = libbus.a $(TEST_LIBS)
fuzz_programs += fuzz_reports
fuzz_reports_SOURCES = test/fuzz/fuzz_reports.c $(FUZZ_MAIN)
fuzz_reports_LDFLAGS = $(FUZZ_LINK)
fuzz_reports_LDADD = libbus.a libcore.a $(CORE_LIBS)
check_PROGRAMS += test_dialogue
test_dialogue_SOURCES = test/unit/test_dialogue.c
test_dialogue_LDADD = libbus.a $(TEST_LIBS)
fuzz_programs += fuzz_dialogue
fuzz_dialogue_SOURCES = test/fuzz/fuzz_dialogue.c $(FUZZ_MAIN)
fuzz_dialogue_LDFLAGS = $(FUZZ_LINK)
fuzz_dialogue_LDADD = libbus.a libcore.a $(CORE_LIBS)
check_PROGRAMS += test_contact
test_contact_SOURCES = test/unit/test_contact.c
test_contact_LDADD = libdrivers.a $(TEST_LIBS)
check_PROGRAMS += test_serialwire
test_serialwire_SOURCES = test/unit/test_serialwire.c
test_serialwire_LDADD = libbus.a $(SERIALPORT_LIBS) $(TEST_LIBS)
live_tests += test/live/nutsource.py
fuzz_programs += fuzz_profile
fuzz_profile_SOURCES = test/fuzz/fuzz_profile.c $(FUZZ_MAIN)
fuzz_profile_LDFLAGS = $(FUZZ_LINK)
fuzz_profile_LDADD = libdrivers.a libcore.a $(CORE_LIBS)

stream_stage = test/unit/stream_stage.c test/unit/stream_stage.h test/unit/no_usb.c \
	test/unit/knowledge.c test/unit/knowledge.h
check_PROGRAMS += test_nut_source
test_nut_source_SOURCES = test/unit/test_nut_source.c $(stream_stage)
test_nut_source_LDADD = libdrivers.a $(TEST_LIBS)
check_PROGRAMS += test_powerman
test_powerman_SOURCES = test/unit/test_powerman.c $(stream_stage)
test_powerman_LDADD = libdrivers.a $(TEST_LIBS)
fuzz_programs += fuzz_powerman
fuzz_powerman_SOURCES = test/fuzz/fuzz_powerman.c $(stream_stage) $(FUZZ_MAIN)
fuzz_powerman_LDFLAGS = $(FUZZ_LINK)
fuzz_powerman_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
live_tests += test/live/powerman.py
EXTRA_DIST += test/live/plugs.py test/live/link.py
live_tests += test/live/pdus.py

check_PROGRAMS += test_megatec
test_megatec_SOURCES = test/unit/test_megatec.c $(stream_stage)
test_megatec_LDADD = libdrivers.a $(TEST_LIBS)
live_tests += test/live/megatec.py test/live/bridges.py test/live/dialects.py
EXTRA_DIST += test/live/qx.py
check_PROGRAMS += test_shut
test_shut_SOURCES = test/unit/test_shut.c test/unit/shut_unit.c test/unit/shut_unit.h $(stream_stage)
test_shut_LDADD = libdrivers.a $(TEST_LIBS) -lm
fuzz_programs += fuzz_shut
fuzz_shut_SOURCES = test/fuzz/fuzz_shut.c $(stream_stage) $(FUZZ_MAIN)
fuzz_shut_LDFLAGS = $(FUZZ_LINK)
fuzz_shut_LDADD = libdrivers.a libcore.a $(CORE_LIBS) -lm

check_PROGRAMS += test_devices
test_devices_SOURCES = test/unit/test_devices.c daemon/facts.c daemon/facts.h
test_devices_LDADD = libdrivers.a libbus.a libcore.a $(LIBUSB_LIBS) $(SERIALPORT_LIBS) $(NETSNMP_LIBS) \
	$(CORE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_apcsmart
test_apcsmart_SOURCES = test/unit/test_apcsmart.c test/unit/smart_unit.c test/unit/smart_unit.h $(stream_stage)
test_apcsmart_LDADD = libdrivers.a $(TEST_LIBS)
fuzz_programs += fuzz_apcsmart
fuzz_apcsmart_SOURCES = test/fuzz/fuzz_apcsmart.c $(stream_stage) $(FUZZ_MAIN)
fuzz_apcsmart_LDFLAGS = $(FUZZ_LINK)
fuzz_apcsmart_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
live_tests += test/live/apcsmart.py test/live/shut.py
EXTRA_DIST += test/live/shutups.py test/live/smartups.py

check_PROGRAMS += test_apcupsd
test_apcupsd_SOURCES = test/unit/test_apcupsd.c $(stream_stage)
test_apcupsd_LDADD = libdrivers.a $(TEST_LIBS)

check_PROGRAMS += test_estimate
test_estimate_SOURCES = test/unit/test_estimate.c
test_estimate_LDADD = libdrivers.a $(TEST_LIBS)
check_PROGRAMS += test_tunnel
test_tunnel_SOURCES = test/unit/test_tunnel.c
test_tunnel_LDADD = libdrivers.a $(TEST_LIBS)
fuzz_programs += fuzz_tunnel
fuzz_tunnel_SOURCES = test/fuzz/fuzz_tunnel.c $(FUZZ_MAIN)
fuzz_tunnel_LDFLAGS = $(FUZZ_LINK)
fuzz_tunnel_LDADD = libdrivers.a libcore.a $(CORE_LIBS)

fuzz_programs += fuzz_megatec
fuzz_megatec_SOURCES = test/fuzz/fuzz_megatec.c $(stream_stage) $(FUZZ_MAIN)
fuzz_megatec_LDFLAGS = $(FUZZ_LINK)
fuzz_megatec_LDADD = libdrivers.a libcore.a $(CORE_LIBS)

fuzz_programs += fuzz_nut_source fuzz_apcupsd
fuzz_nut_source_SOURCES = test/fuzz/fuzz_nut_source.c $(stream_stage) $(FUZZ_MAIN)
fuzz_nut_source_LDFLAGS = $(FUZZ_LINK)
fuzz_nut_source_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
fuzz_apcupsd_SOURCES = test/fuzz/fuzz_apcupsd.c $(stream_stage) $(FUZZ_MAIN)
fuzz_apcupsd_LDFLAGS = $(FUZZ_LINK)
fuzz_apcupsd_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
live_tests += test/live/apcupsd.py
check_PROGRAMS += test_indexes
test_indexes_SOURCES = test/unit/test_indexes.c
test_indexes_LDADD = $(TEST_LIBS)
check_PROGRAMS += test_fleet
fleet_stage = test/unit/fleet_stage.c test/unit/fleet_stage.h test/unit/dump.c test/unit/dump.h
test_fleet_SOURCES = test/unit/test_fleet.c $(fleet_stage)
test_fleet_LDADD = libsubagent.a $(TEST_LIBS)
check_PROGRAMS += test_power
test_power_SOURCES = test/unit/test_power.c $(fleet_stage)
test_power_LDADD = libsubagent.a $(TEST_LIBS)
check_PROGRAMS += test_power_recordings
test_power_recordings_SOURCES = test/unit/test_power_recordings.c $(fleet_stage) $(snmp_stage)
test_power_recordings_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test/unit
test_power_recordings_LDADD = libsubagent.a libdrivers.a $(TEST_LIBS)
live_tests += test/live/nuttls.py
check_PROGRAMS += test_index_file
test_index_file_SOURCES = test/unit/test_index_file.c daemon/index-file.c daemon/index-file.h
test_index_file_LDADD = $(TEST_LIBS)
live_tests += test/live/tls.py test/live/scan.py

fuzz_programs += fuzz_indexes
fuzz_indexes_SOURCES = test/fuzz/fuzz_indexes.c $(FUZZ_MAIN)
fuzz_indexes_LDFLAGS = $(FUZZ_LINK)
fuzz_indexes_LDADD = libcore.a $(EVENT_LIBS)
fuzz_programs += fuzz_tls
fuzz_tls_SOURCES = test/fuzz/fuzz_tls.c $(FUZZ_MAIN)
fuzz_tls_LDFLAGS = $(FUZZ_LINK)
fuzz_tls_LDADD = libcore.a $(CORE_LIBS)

hid_dump = test/unit/hid_dump.c test/unit/hid_dump.h
check_PROGRAMS += test_hid
test_hid_SOURCES = test/unit/test_hid.c $(hid_dump)
test_hid_LDADD = libdrivers.a $(TEST_LIBS) -lm
fuzz_programs += fuzz_hid
fuzz_hid_SOURCES = test/fuzz/fuzz_hid.c $(FUZZ_MAIN)
fuzz_hid_LDFLAGS = $(FUZZ_LINK)
fuzz_hid_LDADD = libdrivers.a libcore.a $(CORE_LIBS)
check_PROGRAMS += test_events test_kept test_store
test_events_SOURCES = test/unit/test_events.c
test_events_LDADD = $(TEST_LIBS)
test_kept_SOURCES = test/unit/test_kept.c
test_kept_LDADD = $(TEST_LIBS)
test_store_SOURCES = test/unit/test_store.c
test_store_LDADD = libstore.a $(TEST_LIBS) $(SQLITE_LIBS)
hid_stage = test/unit/hid_stage.c test/unit/hid_stage.h test/unit/knowledge.c test/unit/knowledge.h
check_PROGRAMS += test_usbhid
fuzz_programs += fuzz_usbhid
fuzz_usbhid_SOURCES = test/fuzz/fuzz_usbhid.c $(hid_stage) $(FUZZ_MAIN)
fuzz_usbhid_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test/unit
fuzz_usbhid_LDFLAGS = $(FUZZ_LINK)
fuzz_usbhid_LDADD = libdrivers.a libcore.a $(CORE_LIBS) -lm
test_usbhid_SOURCES = test/unit/test_usbhid.c $(hid_stage) $(hid_dump)
test_usbhid_LDADD = libdrivers.a $(TEST_LIBS) -lm

# Emulated USB devices; without umockdev the live test skips.
if HAVE_UMOCKDEV
noinst_PROGRAMS += usb_stage
usb_stage_SOURCES = test/live/usb_stage.c
usb_stage_CFLAGS = $(WARN_CFLAGS) $(UMOCKDEV_CFLAGS)
usb_stage_LDFLAGS = -pthread
usb_stage_LDADD = $(UMOCKDEV_LIBS)
endif
live_tests += test/live/usb.py test/live/usb_nut.py

# UPS-MIB as a black box: a program for any agent, and its own test.
EXTRA_DIST += test/conformance/README.md test/conformance/control.py test/conformance/known-failures.tsv test/conformance/manager.py \
	test/conformance/objects.py test/conformance/order.py test/conformance/report.py test/conformance/rfc1628.py \
	test/conformance/sizes.py test/conformance/tests.py test/conformance/ups_mib.py test/conformance/version1.py \
	test/conformance/writes.py
live_tests += test/live/conformance.py
# What gives pseudo terminals the wires of a serial port: a shared object, for LD_PRELOAD.
noinst_PROGRAMS += wires.so
wires_so_SOURCES = test/live/wires.c
wires_so_CFLAGS = $(WARN_CFLAGS) -fPIC
wires_so_LDFLAGS = -shared
live_tests += test/live/serial.py
live_tests += test/live/conformance.py test/live/nms.py
live_tests += test/live/conformance.py test/live/nms.py test/live/snmpd_conf.py
live_tests += test/live/serial.py test/live/late.py test/live/record.py
EXTRA_DIST += test/live/serialport.py
