# The manual.
dist_man_MANS += doc/busbar.conf.5 doc/busbar-sim.7 doc/busbard.8 doc/busbarctl.8
dist_doc_DATA = doc/devices.md doc/drivers.md
EXTRA_DIST += doc/architecture.md doc/access.md data/devices.tsv data/devices.awk
