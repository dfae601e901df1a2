/*
 * Portfolio: semaphores, within one process. Linux's header of that name comes with it, whatever
 * way leads here: so what is ours is guarded, and not the file.
 *
 * Source: docs/event-broker.md, "Semaphores"; the system's semaphore.h.
 */
#pragma GCC system_header /* include_next is an extension */

#ifndef VIADUCT_PORTFOLIO_SEMAPHORE_H
#define VIADUCT_PORTFOLIO_SEMAPHORE_H

#include "item.h"
#include "kernelnodes.h"
#include "list.h"
#include "nodes.h"
#include "task.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct Semaphore {
    ItemNode s;
    uint32 sem_bit;    /* 1: it is locked */
    Item sem_Owner;    /* the task that has it locked; -1: none */
    int32 sem_NestCnt; /* how often */
    List sem_TaskWaitingList;
} Semaphore, *SemaphoreP;

/** CreateSemaphore() - an Item of the calling task's, not locked.
 * @name: NULL for none
 * Return: its number; BADNAME, NOMEM */
Item CreateSemaphore(const char *name, uint8 pri);
/** CreateUniqueSemaphore() - likewise; ER_Kr_UniqueItemExists: another has that name */
Item CreateUniqueSemaphore(const char *name, uint8 pri);
#define FindSemaphore(n) FindNamedItem(MKNODEID(KERNELNODE, SEMAPHORENODE), (n))
/** DeleteSemaphore() - DeleteItem(); whoever waits for it gets BADITEM */
#define DeleteSemaphore(semaphore) DeleteItem(semaphore)

/** LockSemaphore() - for the calling task, which may lock it several times.
 * @flags: SEM_WAIT, or 0: at once or not at all
 * Return: 1: it is; 0: another has it, without SEM_WAIT; BADITEM (also when it is deleted
 * meanwhile); ER_Kr_BadLockArg (other flags). SIGF_ABORT does not end the wait. */
int32 LockSemaphore(Item s, uint32 flags);
/** UnlockSemaphore() - once; when it is for the last time the one that waits longest has it.
 * Return: 0; BADITEM; NOTOWNER (the calling task has not locked it) */
Err UnlockSemaphore(Item s);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif

#include_next <semaphore.h>
