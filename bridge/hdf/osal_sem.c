/*
 * Semaphores: a count, and a condition for those who wait. Not sem_t: its wait with a time limit
 * runs by the date, which may be set. A post is over, as far as the semaphore goes, once it lets go
 * of the mutex that a waiter needs to take the one posted: who has taken it may destroy the whole.
 */
#include "include/hdf/osal_sem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "bridge/hdf/deadline.h"

struct semaphore {
    pthread_mutex_t mutex;
    pthread_cond_t is_there; /* by the monotonic clock */
    uint32_t count;          /* at most INT_MAX */
};

static struct semaphore *real(const struct OsalSem *sem)
{
    return sem == NULL ? NULL : sem->realSemaphore;
}

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

int32_t OsalSemInit(struct OsalSem *sem, uint32_t value)
{
    if (sem == NULL)
        return HDF_ERR_INVALID_PARAM;
    sem->realSemaphore = NULL;
    if (value > INT_MAX)
        return HDF_FAILURE;
    struct semaphore *made = malloc(sizeof *made);
    if (made == NULL)
        return HDF_ERR_MALLOC_FAIL;
    if (!init_condition(&made->is_there)) {
        free(made);
        return HDF_FAILURE;
    }
    (void)pthread_mutex_init(&made->mutex, NULL);
    made->count = value;
    sem->realSemaphore = made;
    return HDF_SUCCESS;
}

int32_t OsalSemWait(struct OsalSem *sem, uint32_t ms)
{
    struct semaphore *semaphore = real(sem);
    if (semaphore == NULL)
        return HDF_ERR_INVALID_PARAM;
    struct timespec end = deadline_after((uint64_t)ms * US_PER_MS);
    int error = 0;
    (void)pthread_mutex_lock(&semaphore->mutex);
    while (semaphore->count == 0 && error == 0) {
        if (ms == HDF_WAIT_FOREVER)
            error = pthread_cond_wait(&semaphore->is_there, &semaphore->mutex);
        else
            error = pthread_cond_timedwait(&semaphore->is_there, &semaphore->mutex, &end);
    }
    bool is_taken = semaphore->count > 0;
    if (is_taken)
        semaphore->count--;
    (void)pthread_mutex_unlock(&semaphore->mutex);
    if (is_taken)
        return HDF_SUCCESS;
    return error == ETIMEDOUT ? HDF_ERR_TIMEOUT : HDF_FAILURE;
}

int32_t OsalSemPost(struct OsalSem *sem)
{
    struct semaphore *semaphore = real(sem);
    if (semaphore == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_mutex_lock(&semaphore->mutex);
    bool has_room = semaphore->count < INT_MAX;
    if (has_room) {
        semaphore->count++;
        (void)pthread_cond_signal(&semaphore->is_there);
    }
    (void)pthread_mutex_unlock(&semaphore->mutex);
    return has_room ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t OsalSemDestroy(struct OsalSem *sem)
{
    struct semaphore *semaphore = real(sem);
    if (semaphore == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_cond_destroy(&semaphore->is_there);
    (void)pthread_mutex_destroy(&semaphore->mutex);
    free(semaphore);
    sem->realSemaphore = NULL;
    return HDF_SUCCESS;
}
