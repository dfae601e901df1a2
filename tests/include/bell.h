/*
 * A bell: threads of a test tell each other that something has happened, and wait for it, with a
 * limit that only a failing test reaches.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define BELL_LIMIT_S 20

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    unsigned rung;
};

#define BELL_INIT                                                                                  \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER                        \
    }

static inline void bell_ring(struct bell *bell)
{
    (void)pthread_mutex_lock(&bell->lock);
    bell->rung++;
    (void)pthread_cond_broadcast(&bell->cond);
    (void)pthread_mutex_unlock(&bell->lock);
}

/* Whether it has rung @n times in all before the limit. */
static inline bool bell_wait(struct bell *bell, unsigned n)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += BELL_LIMIT_S;
    int number = 0;
    (void)pthread_mutex_lock(&bell->lock);
    while (bell->rung < n && number == 0)
        number = pthread_cond_timedwait(&bell->cond, &bell->lock, &until);
    bool rung = bell->rung >= n;
    (void)pthread_mutex_unlock(&bell->lock);
    return rung;
}

static inline unsigned bell_count(struct bell *bell)
{
    (void)pthread_mutex_lock(&bell->lock);
    unsigned rung = bell->rung;
    (void)pthread_mutex_unlock(&bell->lock);
    return rung;
}
