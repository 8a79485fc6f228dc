#ifndef NUTPROTO_STEER_H
#define NUTPROTO_STEER_H

#include "nutproto/call.h"

/* The verbs that need a user name and a password. */
void	steer_login(const struct call *);
void	steer_primary(const struct call *);
void	steer_master(const struct call *);
void	steer_fsd(const struct call *);
void	steer_set(const struct call *);
void	steer_instcmd(const struct call *);

#endif
