/*
 * Semaphores: a count, who waits for it, and the list in which they are found by their names.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "include/legato/le_semaphore.h"

#define NAME_SIZE 32u
#define NSEC_PER_USEC 1000L

struct le_sem {
    struct le_sem *next; /* older */
    pthread_mutex_t mutex;
    pthread_cond_t posted;
    int count;
    unsigned int n_waiting;
    char name[NAME_SIZE];
};

static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct le_sem *all; /* owned by the program */

static void check(const struct le_sem *sem, const char *function)
{
    if (sem == NULL)
        legato_fatal("%s: NULL is no semaphore", function);
}

le_sem_Ref_t le_sem_Create(const char *name, int32_t initialCount)
{
    struct le_sem *sem = legato_allocate(sizeof *sem);
    memcpy(sem->name, name, strnlen(name, NAME_SIZE - 1));
    sem->count = initialCount;
    (void)pthread_mutex_init(&sem->mutex, NULL);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sem->posted, &attributes);
    (void)pthread_condattr_destroy(&attributes);

    (void)pthread_mutex_lock(&all_mutex);
    sem->next = all;
    all = sem;
    (void)pthread_mutex_unlock(&all_mutex);
    return sem;
}

static void take_out(struct le_sem *sem)
{
    (void)pthread_mutex_lock(&all_mutex);
    struct le_sem **link = &all;
    while (*link != NULL && *link != sem)
        link = &(*link)->next;
    bool is_there = *link != NULL;
    if (is_there)
        *link = sem->next;
    (void)pthread_mutex_unlock(&all_mutex);
    if (!is_there)
        legato_fatal("le_sem_Delete: %p is no semaphore", (void *)sem);
}

void le_sem_Delete(le_sem_Ref_t semaphorePtr)
{
    check(semaphorePtr, __func__);
    take_out(semaphorePtr);
    (void)pthread_mutex_lock(&semaphorePtr->mutex);
    unsigned int n_waiting = semaphorePtr->n_waiting;
    (void)pthread_mutex_unlock(&semaphorePtr->mutex);
    if (n_waiting > 0)
        legato_fatal("%s: %u threads wait for semaphore '%s'", __func__, n_waiting,
                     semaphorePtr->name);
    (void)pthread_cond_destroy(&semaphorePtr->posted);
    (void)pthread_mutex_destroy(&semaphorePtr->mutex);
    free(semaphorePtr);
}

le_sem_Ref_t le_sem_FindSemaphore(const char *name)
{
    (void)pthread_mutex_lock(&all_mutex);
    struct le_sem *sem = all;
    while (sem != NULL && strncmp(sem->name, name, NAME_SIZE - 1) != 0)
        sem = sem->next;
    (void)pthread_mutex_unlock(&all_mutex);
    return sem;
}

/* A thread that is cancelled while it waits holds the mutex then. */
static void leave_wait(void *argument)
{
    struct le_sem *sem = argument;
    sem->n_waiting--;
    (void)pthread_mutex_unlock(&sem->mutex);
}

/* Until @limit, NULL for ever. Return: whether it got one. */
static bool wait_until(struct le_sem *sem, const struct timespec *limit)
{
    int error = 0;
    bool has_one = false;
    (void)pthread_mutex_lock(&sem->mutex);
    sem->n_waiting++;
    pthread_cleanup_push(leave_wait, sem);
    while (sem->count <= 0 && error != ETIMEDOUT)
        error = limit == NULL ? pthread_cond_wait(&sem->posted, &sem->mutex)
                              : pthread_cond_timedwait(&sem->posted, &sem->mutex, limit);
    has_one = sem->count > 0;
    if (has_one)
        sem->count--;
    pthread_cleanup_pop(1);
    return has_one;
}

void le_sem_Wait(le_sem_Ref_t semaphorePtr)
{
    check(semaphorePtr, __func__);
    (void)wait_until(semaphorePtr, NULL);
}

le_result_t le_sem_TryWait(le_sem_Ref_t semaphorePtr)
{
    check(semaphorePtr, __func__);
    (void)pthread_mutex_lock(&semaphorePtr->mutex);
    bool has_one = semaphorePtr->count > 0;
    if (has_one)
        semaphorePtr->count--;
    (void)pthread_mutex_unlock(&semaphorePtr->mutex);
    return has_one ? LE_OK : LE_WOULD_BLOCK;
}

le_result_t le_sem_WaitWithTimeOut(le_sem_Ref_t semaphorePtr, le_clk_Time_t timeToWait)
{
    check(semaphorePtr, __func__);
    le_clk_Time_t end = le_clk_Add(le_clk_GetRelativeTime(), timeToWait);
    struct timespec limit = {.tv_sec = end.sec, .tv_nsec = end.usec * NSEC_PER_USEC};
    return wait_until(semaphorePtr, &limit) ? LE_OK : LE_TIMEOUT;
}

void le_sem_Post(le_sem_Ref_t semaphorePtr)
{
    check(semaphorePtr, __func__);
    (void)pthread_mutex_lock(&semaphorePtr->mutex);
    semaphorePtr->count++;
    (void)pthread_cond_signal(&semaphorePtr->posted);
    (void)pthread_mutex_unlock(&semaphorePtr->mutex);
}

int le_sem_GetValue(le_sem_Ref_t semaphorePtr)
{
    check(semaphorePtr, __func__);
    (void)pthread_mutex_lock(&semaphorePtr->mutex);
    int count = semaphorePtr->count;
    (void)pthread_mutex_unlock(&semaphorePtr->mutex);
    return count;
}
