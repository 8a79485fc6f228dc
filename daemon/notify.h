#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

/* What the service manager is told (sd_notify); without one these do nothing. */
void	notify_ready(void);
void	notify_reloading(void);
void	notify_stopping(void);
void	notify_alive(void);
int64_t	notify_alive_ms(void);		/* how often it wants to hear that we live; 0: never */

#endif
