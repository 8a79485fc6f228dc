#ifndef CTL_SCAN_H
#define CTL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds devices and prints their sections of a busbar.conf.  It is busbard's
 * own drivers that look (daemon/scan.h), so that what is found is what would
 * be polled.  The options are the driver's own, "NAME=VALUE", and stand in the
 * sections as they are given: a secret is better given as "NAME=@/path".
 *
 * network: an address, or "192.0.2.0/24", at most 65,536 of them; the option
 * port=N is for all.  NULL, or what was wrong (malloc'd); to find nothing is
 * not wrong.
 */
#define SCAN_OPTIONS	24

char	*scan_snmp(const char *network, char **options, size_t n);
char	*scan_nut(const char *host, char **options, size_t n);
/* Asks only what is confirmed, and never a port of a configured device ($BUSBAR_CONF, or the usual file). */
char	*scan_serial(char *const *ports, size_t n, bool confirmed);
char	*scan_usb(void);

#endif
