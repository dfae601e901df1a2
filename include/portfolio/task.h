/*
 * Portfolio: tasks, threads and signals. Here every thread of a process is a task, from its first
 * call of this library on; those that CreateThread() started belong to the one that did. Where
 * there is no memory to make it one, calls give NOMEM, AllocSignal() 0.
 *
 * Source: docs/event-broker.md, "Tasks and signals"; the system's task.h.
 */
#pragma once

#include "item.h"
#include "kernelnodes.h"
#include "list.h"
#include "nodes.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Task - t.n_Name is the program's, or what CreateThread() was given. t_SigBits and t_WaitBits are
 * current in the task itself */
typedef struct Task {
    ItemNode t;
    struct Task *t_ThreadTask; /* whose thread it is; NULL: nobody's */
    uint32 t_WaitBits;         /* what it waits for */
    uint32 t_SigBits;          /* what came */
    uint32 t_AllocatedSigs;    /* what it may be sent; waiting for all of them is allowed */
    int32 t_StackSize;         /* as given to CreateThread() */
} Task, *TaskP;

/* priorities, for SetItemPri() */
#define TASK_MIN_PRIORITY 10
#define TASK_MAX_PRIORITY 199

/* Signals of the system. Those from 0x100 to 0x40000000 are allocated. */
#define SIGF_MEMGONE 1
#define SIGF_MEMLOW 2
#define SIGF_ABORT 4 /* ends every wait but that for a semaphore */
#define SIGF_IODONE 8
#define SIGF_DEADTASK 0x10 /* a thread of this task's has ended */
#define SIGF_ONESHOT 0x20

/* ---- threads ---- */

/**
 * CreateThread() - starts a thread, which is an Item of the calling task's
 * @name:      its task's
 * @pri:       a number and no more; 0: the calling task's
 * @code:      what it runs; when that returns, the thread ends, and with it all its Items
 * @stacksize: octets; it gets the system's normal size where that is more
 *
 * Its end sends SIGF_DEADTASK to the task that made it.
 * Return: its task's number; BADNAME (also NULL), ER_Kr_BadStackSize (negative), ER_Kr_BadPriority,
 * NOMEM (also where the system gives no more threads).
 */
Item CreateThread(const char *name, uint8 pri, void (*code)(void), int32 stacksize);
/** DeleteThread() - DeleteItem() of a thread of the calling task's, or of itself. Its number is no
 * Item's any more at once; the thread ends at its next call of this library, or in the one in which
 * it waits, and SIGF_DEADTASK tells when. Return: 0 (not to the thread itself); BADITEM; BADPRIV */
Err DeleteThread(Item x);
/** Yield() - lets other threads run */
void Yield(void);
#define FindTask(n) FindNamedItem(MKNODEID(KERNELNODE, TASKNODE), (n))

/* ---- signals ---- */

/** AllocSignal() - signals for the calling task's own use, cleared.
 * @sigMask: those; 0: the lowest one that is free
 * Return: them; 0: one is allocated already, or none is free; ILLEGALSIGNAL (one of the system's)
 */
int32 AllocSignal(uint32 sigMask);
/** FreeSignal() - gives them back. Return: 0; ILLEGALSIGNAL (one is not allocated, or the system's)
 */
Err FreeSignal(uint32 sigMask);
/** SendSignal() - to a task of this process; 0: to the calling task.
 * Return: 0; BADITEM; BADPRIV (one of the system's); ILLEGALSIGNAL (one is not allocated there) */
Err SendSignal(Item task, uint32 sigMask);
/** WaitSignal() - waits for any of these, or SIGF_ABORT, which are cleared.
 * Return: what came; ILLEGALSIGNAL (one is not allocated) */
int32 WaitSignal(uint32 sigMask);

#define GetTaskSignals(t) ((t)->t_SigBits)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
