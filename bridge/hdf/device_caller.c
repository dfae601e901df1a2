/*
 * They are in a list while anybody counts on them: those who have clients open are few.
 */
#include "bridge/hdf/device_caller.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"

struct device_caller {
    struct device_caller *next;
    unsigned refs, n_running;
    bool is_told; /* that it was refused; once for each time that too many run */
    int32_t pid;  /* -1: on another host */
    char identity[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct device_caller *callers; /* owned */

static bool is(const struct device_caller *caller, const struct via_caller *facts)
{
    return caller->pid == facts->pid && strcmp(caller->identity, facts->identity) == 0;
}

/* With the lock held. */
static struct device_caller *add(const struct via_caller *facts)
{
    size_t size = strlen(facts->identity) + 1;
    struct device_caller *caller = calloc(1, sizeof *caller + size);
    if (caller == NULL)
        return NULL;
    caller->pid = facts->pid;
    memcpy(caller->identity, facts->identity, size);
    caller->next = callers;
    callers = caller;
    return caller;
}

struct device_caller *device_caller_find(const struct via_caller *facts)
{
    (void)pthread_mutex_lock(&lock);
    struct device_caller *caller = callers;
    while (caller != NULL && !is(caller, facts))
        caller = caller->next;
    if (caller == NULL)
        caller = add(facts);
    if (caller != NULL)
        caller->refs++;
    (void)pthread_mutex_unlock(&lock);
    return caller;
}

void device_caller_unref(struct device_caller *caller)
{
    if (caller == NULL)
        return;
    (void)pthread_mutex_lock(&lock);
    if (--caller->refs == 0) {
        struct device_caller **link = &callers;
        while (*link != caller)
            link = &(*link)->next;
        *link = caller->next;
        free(caller);
    }
    (void)pthread_mutex_unlock(&lock);
}

bool device_caller_enter(struct device_caller *caller)
{
    (void)pthread_mutex_lock(&lock);
    bool may = caller->n_running < DEVICE_CALLER_RUNNING_MAX;
    bool tells = !may && !caller->is_told;
    if (may)
        caller->n_running++;
    else
        caller->is_told = true;
    (void)pthread_mutex_unlock(&lock);
    if (tells)
        log_warn("hdf.caller.busy", "pid=%d identity=\"%s\" most=%u", (int)caller->pid,
                 caller->identity, DEVICE_CALLER_RUNNING_MAX);
    return may;
}

void device_caller_leave(struct device_caller *caller)
{
    (void)pthread_mutex_lock(&lock);
    caller->n_running--;
    caller->is_told = caller->is_told && caller->n_running > 0;
    (void)pthread_mutex_unlock(&lock);
}
