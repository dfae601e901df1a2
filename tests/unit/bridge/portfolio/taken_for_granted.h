/*
 * What programs take for granted of types.h, event.h and stdio.h alone, whatever was included
 * before or is after.
 */
#pragma once

#include "event.h"
#include "stdio.h"
#include "types.h"

static inline int32 taken_for_granted(const char *words)
{
    /* malloc() and its kin, a list, waiting, errors and semaphores, with no other header */
    char *copy = (char *)malloc(strlen(words) + 1);
    List list;
    bool is_empty;
    Err err = copy == NULL ? NOMEM : 0;
    InitList(&list, words);
    is_empty = (bool)IsEmptyList(&list);
    if (err < 0)
        PrintfSysErr(err);
    free(copy);
    if (is_empty && LockSemaphore(1, SEM_WAIT) < 0)
        return (int32)SendSignal(0, SIGF_ONESHOT);
    return WaitSignal(SIGF_ABORT | EVENTBIT0_ControlButtonUpdate);
}

/* POSIX's, by the name that both have */
static inline int post(void *semaphore)
{
#ifdef SEM_FAILED
    return sem_post((sem_t *)semaphore);
#else
#error "Linux's semaphore.h did not come"
#endif
}
