/*
 * A program of Legato's, as it is there: no main(), a component, a thread, a timer.
 */
#include "legato.h"

#include "interfaces.h"

static int count;

static void Finish(void *param1Ptr, void *param2Ptr)
{
    LE_UNUSED(param2Ptr);
    LE_ASSERT(param1Ptr == &count);
    LE_INFO("counted to %d", count);
    exit(count == 3 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void TimerExpired(le_timer_Ref_t timerRef)
{
    count++;
    if (le_timer_GetExpiryCount(timerRef) == 3) {
        le_event_QueueFunctionToThread((le_thread_Ref_t)le_timer_GetContextPtr(timerRef), Finish,
                                       &count, NULL);
    }
}

static void *ThreadMain(void *contextPtr)
{
    le_timer_Ref_t timerRef = le_timer_Create("ticks");
    LE_ASSERT_OK(le_timer_SetMsInterval(timerRef, 1));
    LE_ASSERT_OK(le_timer_SetRepeat(timerRef, 3));
    LE_ASSERT_OK(le_timer_SetHandler(timerRef, TimerExpired));
    LE_ASSERT_OK(le_timer_SetContextPtr(timerRef, contextPtr));
    LE_ASSERT_OK(le_timer_Start(timerRef));
    le_event_RunLoop();
}

COMPONENT_INIT
{
    LE_FATAL_IF(le_arg_NumArgs() != 0, "it takes no arguments");
    le_thread_Start(le_thread_Create("ticker", ThreadMain, le_thread_GetCurrent()));
}
