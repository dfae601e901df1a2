/*
 * Moments by the clock that conditions wait by, and times in microseconds.
 */
#pragma once

#include <pthread.h>
#include <sys/time.h>
#include <time.h>

/* In @timeout microseconds; before now when that is less than 0, at the end of time at most. */
struct timespec moment_in(time_t timeout);

/* A condition whose waits end at moments. */
void moment_condition_init(pthread_cond_t *condition);
