# The manual.
dist_man_MANS += doc/busbar.conf.5
