/*
 * Both ends have a word: no program sends what is over its own limit, and none is made to find
 * memory for what is over its own. It is read once. One that is misspelt is not taken for the
 * default: nothing is carried then, not even without data.
 */
#include "bridge/phoenix/data_max.h"

#include <pthread.h>
#include <stdio.h>
#include <viaduct/parcel.h>

#include "bridge/environment.h"
#include "bridge/peer.h"

#define VARIABLE "VIADUCT_PHOENIX_MAX_DATA_SIZE"

_Static_assert(PHOENIX_DATA_MAX + PHOENIX_HEAD_MAX + 1 <= PEER_FRAME_MAX_DEFAULT,
               "a link carries it by default, with its head, and a NUL");
_Static_assert(PHOENIX_DATA_MOST + PEER_HEADS_MAX <= VIA_PARCEL_SIZE_MAX, "in one parcel");

static uint64_t most = PHOENIX_DATA_MAX;
static bool is_known; /* what is in the environment is a number */

static void read_environment(void)
{
    is_known = environment_octets(VARIABLE, 0, PHOENIX_DATA_MOST, &most);
    if (!is_known)
        (void)fprintf(stderr, "viaduct: " VARIABLE " is no number of octets from 0 to %u.\n",
                      PHOENIX_DATA_MOST);
}

enum via_status data_max_check(size_t in_size, size_t out_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, read_environment);
    if (!is_known)
        return VIA_NO_MEMORY;
    return in_size > most || out_size > most ? VIA_TOO_LARGE : VIA_OK;
}
