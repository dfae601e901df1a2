/*
 * Threads, detached. What a thread needs goes with it and is its own: the program may destroy what
 * it holds of the thread as soon as it has been started.
 */
#include "include/hdf/osal_thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define NAME_MAX_SIZE 16u /* with its NUL: what Linux has */
/* Programs name sizes that suit a kernel's threads; ours have a C library's frames beneath them. */
#define STACK_LEAST ((size_t)128 * 1024)

struct thread {
    OsalThreadEntry entry;
    void *argument; /* borrowed */
};

struct start {
    struct thread thread;
    char name[NAME_MAX_SIZE]; /* "": none */
};

static struct thread *real(const struct OsalThread *thread)
{
    return thread == NULL ? NULL : thread->realThread;
}

int32_t OsalThreadCreate(struct OsalThread *thread, OsalThreadEntry threadEntry, void *entryPara)
{
    if (thread == NULL || threadEntry == NULL)
        return HDF_ERR_INVALID_PARAM;
    thread->realThread = NULL;
    struct thread *made = malloc(sizeof *made);
    if (made == NULL)
        return HDF_ERR_MALLOC_FAIL;
    made->entry = threadEntry;
    made->argument = entryPara;
    thread->realThread = made;
    return HDF_SUCCESS;
}

static void *run(void *argument)
{
    struct start *start = argument;
    struct thread thread = start->thread;
    if (start->name[0] != '\0')
        (void)pthread_setname_np(pthread_self(), start->name);
    free(start);
    (void)thread.entry(thread.argument);
    return NULL;
}

static int priority_number(OSAL_THREAD_PRIORITY priority)
{
    switch (priority) {
    case OSAL_THREAD_PRI_LOW:
        return 10;
    case OSAL_THREAD_PRI_DEFAULT:
        return 50;
    case OSAL_THREAD_PRI_HIGH:
        return 90;
    case OSAL_THREAD_PRI_HIGHEST:
        return 99;
    }
    return 10;
}

static bool is_real_time(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* Whether a thread runs now, which has @start from then on. */
static bool launch(struct start *start, const struct OsalThreadParam *param, bool in_real_time)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    int error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (error == 0 && param->stackSize > 0)
        error = pthread_attr_setstacksize(
            &attributes, param->stackSize < STACK_LEAST ? STACK_LEAST : param->stackSize);
    if (error == 0 && in_real_time) {
        struct sched_param priority = {.sched_priority = priority_number(param->priority)};
        (void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        (void)pthread_attr_setschedpolicy(&attributes, param->policy);
        error = pthread_attr_setschedparam(&attributes, &priority);
    }
    pthread_t id;
    if (error == 0)
        error = pthread_create(&id, &attributes, run, start);
    (void)pthread_attr_destroy(&attributes);
    return error == 0;
}

int32_t OsalThreadStart(struct OsalThread *thread, const struct OsalThreadParam *param)
{
    if (real(thread) == NULL || param == NULL)
        return HDF_ERR_INVALID_PARAM;
    struct start *start = calloc(1, sizeof *start);
    if (start != NULL) {
        start->thread = *real(thread);
        if (param->name != NULL)
            memcpy(start->name, param->name, strnlen(param->name, NAME_MAX_SIZE - 1));
        if (is_real_time(param->policy) && launch(start, param, true))
            return HDF_SUCCESS;
        /* A process without the privilege has its thread all the same. */
        if (launch(start, param, false))
            return HDF_SUCCESS;
    }
    free(start);
    (void)OsalThreadDestroy(thread);
    return HDF_FAILURE;
}

int32_t OsalThreadDestroy(struct OsalThread *thread)
{
    if (thread != NULL) {
        free(thread->realThread);
        thread->realThread = NULL;
    }
    return HDF_SUCCESS;
}
