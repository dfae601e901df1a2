/*
 * What a program sees of its thread's loop: functions that it queues, and the loop itself.
 */
#include "bridge/legato/fatal.h"
#include "bridge/legato/thread_state.h"
#include "include/legato/le_eventLoop.h"

static _Thread_local bool loop_runs;

/* One count of the thread that a program names, NULL for its own. */
static struct legato_thread *named_thread(le_thread_Ref_t reference, const char *function)
{
    if (reference == NULL)
        return legato_thread_ref(legato_thread_here());
    struct legato_thread *thread = legato_thread_of(reference);
    if (thread == NULL)
        legato_fatal("%s: %p is no thread", function, (void *)reference);
    return thread;
}

static void check_function(le_event_DeferredFunc_t func, const char *function)
{
    if (func == NULL)
        legato_fatal("%s: no function", function);
}

void le_event_QueueFunction(le_event_DeferredFunc_t func, void *param1Ptr, void *param2Ptr)
{
    check_function(func, __func__);
    (void)legato_thread_queue(legato_thread_here(), func, param1Ptr, param2Ptr);
}

void le_event_QueueFunctionToThread(le_thread_Ref_t thread, le_event_DeferredFunc_t func,
                                    void *param1Ptr, void *param2Ptr)
{
    check_function(func, __func__);
    struct legato_thread *target = named_thread(thread, __func__);
    (void)legato_thread_queue(target, func, param1Ptr, param2Ptr);
    (void)legato_thread_unref(target);
}

le_result_t le_event_QueueFunctionToThreadUnique(le_thread_Ref_t thread,
                                                 le_event_DeferredFunc_t func, void *param1Ptr,
                                                 void *param2Ptr)
{
    check_function(func, __func__);
    struct legato_thread *target = named_thread(thread, __func__);
    bool is_new = event_loop_queue_unique(legato_thread_loop(target), func, param1Ptr, param2Ptr);
    (void)legato_thread_unref(target);
    return is_new ? LE_OK : LE_DUPLICATE;
}

void le_event_RunLoop(void)
{
    struct legato_thread *thread = legato_thread_here();
    if (loop_runs)
        legato_fatal("the event loop of thread '%s' runs already", legato_thread_name(thread));
    loop_runs = true;
    event_loop_run(legato_thread_loop(thread));
}

int le_event_GetFd(void)
{
    return legato_thread_loop(legato_thread_here())->epoll_fd;
}

le_result_t le_event_ServiceLoop(void)
{
    return event_loop_service(legato_thread_loop(legato_thread_here())) ? LE_OK : LE_WOULD_BLOCK;
}
