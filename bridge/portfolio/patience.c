/*
 * Messages of that system have no deadlines; who runs a program may give it some.
 */
#include "bridge/portfolio/patience.h"

#include <pthread.h>

#include "bridge/environment.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t ms; /* 0: no limit */

static void read_it(void)
{
    (void)environment_octets("VIADUCT_TIMEOUT_MS", 0, UINT32_MAX, &ms);
}

uint32_t patience_ms(void)
{
    (void)pthread_once(&once, read_it);
    return (uint32_t)ms;
}
