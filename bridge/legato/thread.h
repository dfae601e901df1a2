/*
 * Legato threads: a pthread that has a FIFO of deferred functions, and an epoll descriptor beside
 * it (bridge/legato/event_loop.h). All that happens in a thread happens in its FIFO's order, one
 * function at a time, with no lock of this library held.
 *
 * The main thread is one from the library's constructor on; le_thread_Start() makes others, and
 * le_thread_InitLegatoThreadData() makes one of any pthread. A thread's object outlives its pthread
 * for as long as somebody holds a count of it: what is queued to a thread that has ended is
 * dropped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LEGATO_THREAD_NAME_MAX 47

struct legato_thread;

typedef void (*legato_deferred_fn)(void *param1, void *param2);

/* The calling thread; borrowed. Fatal where the pthread was never initialised. */
struct legato_thread *legato_thread_here(void);
/* The calling thread, or NULL where the pthread was never initialised: for what any thread may do.
 */
struct legato_thread *legato_thread_find(void);
static inline bool legato_thread_is_here(const struct legato_thread *thread)
{
    return legato_thread_find() == thread;
}
/* The main thread; borrowed, there as long as the process. */
struct legato_thread *legato_thread_main(void);

struct legato_thread *legato_thread_ref(struct legato_thread *thread);
struct legato_thread *legato_thread_unref(struct legato_thread *thread); /* NULL allowed; NULL */

/* For messages, whatever has become of it: a string that lives as long as the object. */
const char *legato_thread_name(const struct legato_thread *thread);

/*
 * Puts a function at the end of @thread's FIFO; its loop need not run yet. Any thread, also one
 * that is no Legato thread, with any lock of the caller's held: it calls nothing back. Return:
 * false when @thread has ended: @func never runs. What still waits when a thread ends is dropped
 * after its at_end functions have run.
 */
bool legato_thread_queue(struct legato_thread *thread, legato_deferred_fn func, void *param1,
                         void *param2);
/* Drops every waiting call of @func with these parameters. Any thread. Return: whether one waited.
 */
bool legato_thread_unqueue(struct legato_thread *thread, legato_deferred_fn func, void *param1,
                           void *param2);

/*
 * When @thread ends, however it does (return, le_thread_Exit(), le_thread_Cancel(), clean-up of a
 * foreign pthread; not exit() of the process), @fn runs in it, once, after the program's own
 * destructors, the newest first. Its queue still takes functions then, but runs none any more.
 * Call it in @thread itself, or before it starts.
 */
void legato_thread_at_end(struct legato_thread *thread, void (*fn)(void *context), void *context);

/*
 * When @thread is cancelled, @call_off runs in the thread that does it, maybe more than once, with
 * a lock held. NULL: no more, and none is running.
 */
void legato_thread_set_call_off(struct legato_thread *thread, void (*call_off)(void *context),
                                void *context);
