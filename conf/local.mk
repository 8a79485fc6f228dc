# What a new installation starts from.
busbarconfdir = $(sysconfdir)/busbar
dist_busbarconf_DATA = conf/busbar.conf.sample
