/*
 * A thread is one of the family's from its first step to its end.
 */
#include "bridge/hdf/own_thread.h"

#include <pthread.h>

static _Thread_local bool is_one;

void own_thread_begin(const char *name)
{
    is_one = true;
    (void)pthread_setname_np(pthread_self(), name);
}

bool own_thread_is_here(void)
{
    return is_one;
}
