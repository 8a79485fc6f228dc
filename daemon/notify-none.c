#include "daemon/notify.h"

void
notify_ready(void)
{
}

void
notify_reloading(void)
{
}

void
notify_stopping(void)
{
}

void
notify_alive(void)
{
}

int64_t
notify_alive_ms(void)
{
	return 0;
}
