/*
 * A count, and a condition for those who wait. Not sem_t, nor a mutex that is locked for long:
 * their waits with a time limit run by the date, which may be set, or are unknown to the thread
 * sanitizer that programs are tested with. Giving is over, as far as the memory goes, once it lets
 * go of the mutex that a taker needs: who has taken what was given may destroy the whole.
 */
#include "bridge/hdf/permits.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "bridge/hdf/deadline.h"

struct permits {
    pthread_mutex_t mutex;
    pthread_cond_t is_there; /* by the monotonic clock */
    uint32_t n;
    uint32_t most;
};

static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool is_made = pthread_cond_init(condition, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return is_made;
}

struct permits *permits_create(uint32_t n, uint32_t most)
{
    struct permits *permits = malloc(sizeof *permits);
    if (permits == NULL)
        return NULL;
    if (!init_condition(&permits->is_there)) {
        free(permits);
        return NULL;
    }
    (void)pthread_mutex_init(&permits->mutex, NULL);
    permits->n = n;
    permits->most = most;
    return permits;
}

void permits_destroy(struct permits *permits)
{
    (void)pthread_cond_destroy(&permits->is_there);
    (void)pthread_mutex_destroy(&permits->mutex);
    free(permits);
}

/* False: the time is over, and there is none. */
static bool wait_locked(struct permits *permits, uint32_t ms)
{
    int error = 0;
    if (ms == UINT32_MAX) {
        while (permits->n == 0)
            (void)pthread_cond_wait(&permits->is_there, &permits->mutex);
        return true;
    }
    struct timespec end = deadline_after((uint64_t)ms * US_PER_MS);
    while (permits->n == 0 && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&permits->is_there, &permits->mutex, &end);
    return permits->n > 0;
}

bool permits_take(struct permits *permits, uint32_t ms)
{
    (void)pthread_mutex_lock(&permits->mutex);
    bool is_taken = permits->n > 0 || wait_locked(permits, ms);
    if (is_taken)
        permits->n--;
    (void)pthread_mutex_unlock(&permits->mutex);
    return is_taken;
}

bool permits_give(struct permits *permits)
{
    (void)pthread_mutex_lock(&permits->mutex);
    bool has_room = permits->n < permits->most;
    if (has_room) {
        permits->n++;
        (void)pthread_cond_signal(&permits->is_there);
    }
    (void)pthread_mutex_unlock(&permits->mutex);
    return has_room;
}

bool permits_are_whole(struct permits *permits)
{
    (void)pthread_mutex_lock(&permits->mutex);
    bool are_whole = permits->n == permits->most;
    (void)pthread_mutex_unlock(&permits->mutex);
    return are_whole;
}
