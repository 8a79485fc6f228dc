#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include "ctl/show.h"

/*
 * The view of snmpd.conf(5) that opens the commands of one device, or of one
 * of its outlets, and nothing else: made of the record VIEW, and printed.
 */
extern const struct shower show_view;

#endif
