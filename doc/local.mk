# The manual.
dist_man_MANS += doc/busbar.conf.5
dist_man_MANS += doc/busbar.conf.5 doc/busbard.8
EXTRA_DIST += doc/architecture.md
