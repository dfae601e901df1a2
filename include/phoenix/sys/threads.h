/*
 * Phoenix-RTOS: threads, mutexes and conditions. Times are in microseconds, 0 being without limit.
 * Results are 0 or a negative errno; no signal interrupts any of them.
 *
 * A handle is of the process that made it; a child of fork() has all of them, nothing being locked
 * there and nobody waiting. A handle that does not exist, or no more, or is of the other kind,
 * gives -EINVAL.
 *
 * Source: docs/phoenix.md, "Threads"; the system's sys/threads.h.
 */
#pragma once

#include <stddef.h>
#include <sys/rb.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- threads ---- */

/** beginthreadex() - starts a thread.
 * @start:    what it runs; when that returns, the thread ends
 * @priority: its own, 0 (highest) to 7: priority()
 * @stack:    not used, however large: such stacks are of 512 octets. The library gives a normal one
 * @stacksz:  the stack is at least as large
 * @id:       set to its number before this returns; may be NULL
 * Return: 0, -EINVAL, -ENOMEM, -EAGAIN (the system gives no more threads) */
int beginthreadex(void (*start)(void *), unsigned int priority, void *stack, unsigned int stacksz,
                  void *arg, handle_t *id);
/** beginthread() - likewise; nobody wants the number */
static inline int beginthread(void (*start)(void *), unsigned int priority, void *stack,
                              unsigned int stacksz, void *arg)
{
    return beginthreadex(start, priority, stack, stacksz, arg, NULL);
}
/** endthread() - ends the calling thread, whatever began it */
__attribute__((noreturn)) void endthread(void);
/** threadJoin() - waits until a thread that beginthreadex() began has ended, once for each.
 * @tid: its number; less than 0: any, whichever ends first
 * Return: the number; -ETIME; -EDEADLK (oneself); -EINVAL (no such thread, or it was joined, or so
 * many ended since that it is forgotten: 4,096) */
int threadJoin(int tid, time_t timeout);
/** gettid() - the calling thread's number: Linux's, and libc's function of that name */
#if defined(__cplusplus) && defined(__THROW)
int gettid(void) __THROW;
#else
int gettid(void);
#endif
/** priority() - the calling thread's priority, which messages carry to servers, and nothing more.
 * @priority: 0 (highest) to 7; -1: only asks
 * Return: what it is now (4 at first), or -EINVAL */
int priority(int priority);

/* ---- mutexes ---- */

/** mutexCreate() - *@h is set. Return: 0, -ENOMEM, -EFAULT (NULL) */
int mutexCreate(handle_t *h);
/** mutexLock() - waits for it; for ever when it is the calling thread's already.
 * Return: 0, or -EINVAL: also when it is destroyed meanwhile */
int mutexLock(handle_t h);
/** mutexTry() - locks it if nobody has it. Return: 0, -EBUSY, -EINVAL */
int mutexTry(handle_t h);
/** mutexUnlock() - any thread may. Return: 0, -EPERM (nobody has it), -EINVAL */
int mutexUnlock(handle_t h);

/** mutexLock2() - locks two, without having one while it waits for the other. Return: 0, -EINVAL
 * (also when they are one; then neither is locked) */
int mutexLock2(handle_t h1, handle_t h2);

/* ---- conditions ---- */

/** condCreate() - *@h is set. Return: 0, -ENOMEM, -EFAULT (NULL) */
int condCreate(handle_t *h);
/** condWait() - unlocks @m, waits for @h to be signalled, and locks @m again.
 * Return: 0; -ETIME; -EINVAL, also when either is destroyed meanwhile, @m being locked if it is
 * there; -EPERM (@m is not locked) */
int condWait(handle_t h, handle_t m, time_t timeout);
/** condSignal() - wakes the one that waits longest. When nobody waits, the next one to wait does
 * not: one, however often it was signalled. Return: 0, -EINVAL */
int condSignal(handle_t h);
/** condBroadcast() - wakes all that wait; when nobody does, as condSignal() */
int condBroadcast(handle_t h);

/* ---- semaphores ---- */

/** semaphore_t - a count; in the program's storage, not to be copied */
typedef struct {
    handle_t mutex;
    handle_t cond;
    volatile unsigned int v;
} semaphore_t;

/** semaphoreCreate() - begins with @v. Return: 0, -ENOMEM, -EINVAL (NULL, or @v is above INT_MAX)
 */
int semaphoreCreate(semaphore_t *s, unsigned int v);
/** semaphoreDown() - takes one, or waits for one. Return: 0; -ETIME; -EINVAL (semaphoreDone()) */
int semaphoreDown(semaphore_t *s, time_t timeout);
/** semaphoreUp() - adds one. Return: 0; -EOVERFLOW (there are INT_MAX); -EINVAL (semaphoreDone())
 */
int semaphoreUp(semaphore_t *s);
/** semaphoreDone() - it is no more; whoever waits for it gets -EINVAL. Return: 0 */
int semaphoreDone(semaphore_t *s);

/* ---- both kinds of handles ---- */

/** resourceDestroy() - a mutex or a condition is no more.
 * Return: 0; -EBUSY: likewise, but some threads waited for it, which got -EINVAL; -EINVAL */
int resourceDestroy(handle_t h);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
