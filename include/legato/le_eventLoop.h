/*
 * Legato: the event loop, how a program is begun, and events that are published and subscribed to.
 *
 * Each thread has one FIFO: functions that were queued, descriptors that became ready, timers that
 * ran out, reports of events. One turn of the loop runs what waited when it began, so that a
 * function which queues itself again keeps nobody waiting.
 *
 * Source: docs/legato.md, "The event loop"; the framework's le_eventLoop.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"
#include "le_config.h"
#include "le_thread.h"

#ifdef __cplusplus
extern "C" {
#define LE_CI_LINKAGE extern "C"
#else
#define LE_CI_LINKAGE
#endif

/* ---- how a program begins ---- */

/** struct le_event_Component_ - what a COMPONENT_INIT is to main(); written by the macros alone */
struct le_event_Component_ {
    struct le_event_Component_ *nextPtr;
    void (*init)(void *param1Ptr, void *param2Ptr);
    bool isOnce;
};
LE_SHARED void le_event_AddComponent_(struct le_event_Component_ *componentPtr);

#ifdef LE_COMPONENT_NAME
#define LE_COMPONENT_FUNCTION_(suffix) CAT(CAT(_, LE_COMPONENT_NAME), suffix)
#else
#define LE_COMPONENT_FUNCTION_(suffix) CAT(_le, suffix)
#endif
#define COMPONENT_INIT_NAME LE_COMPONENT_FUNCTION_(_COMPONENT_INIT)
#define COMPONENT_INIT_ONCE_NAME LE_COMPONENT_FUNCTION_(_COMPONENT_INIT_ONCE)

/* NOLINTBEGIN(bugprone-macro-parentheses): names that are declared */
#define LE_COMPONENT_INIT_(function, component, announce, once)                                    \
    LE_CI_LINKAGE LE_SHARED void function(void *, void *);                                         \
    static struct le_event_Component_ component = {NULL, function, once};                          \
    __attribute__((constructor)) static void announce(void)                                        \
    {                                                                                              \
        le_event_AddComponent_(&component);                                                        \
    }                                                                                              \
    void function(void *param1Ptr __attribute__((unused)), void *param2Ptr __attribute__((unused)))
/* NOLINTEND(bugprone-macro-parentheses) */

/** COMPONENT_INIT - { what the program does first }: runs on the main thread's event loop. A
 * program that has no main() of its own gets one from the library, which queues it and runs the
 * loop */
#define COMPONENT_INIT                                                                             \
    LE_COMPONENT_INIT_(COMPONENT_INIT_NAME, CAT(_leComponent, COMPONENT_INIT_NAME),                \
                       CAT(_leAnnounce, COMPONENT_INIT_NAME), false)
/** COMPONENT_INIT_ONCE - runs before every COMPONENT_INIT */
#define COMPONENT_INIT_ONCE                                                                        \
    LE_COMPONENT_INIT_(COMPONENT_INIT_ONCE_NAME, CAT(_leComponent, COMPONENT_INIT_ONCE_NAME),      \
                       CAT(_leAnnounce, COMPONENT_INIT_ONCE_NAME), true)
#define LE_EVENT_INIT_HANDLER COMPONENT_INIT

/* ---- functions that are queued ---- */

typedef void (*le_event_DeferredFunc_t)(void *param1Ptr, void *param2Ptr);

/** le_event_QueueFunction() - @func runs from the calling thread's loop */
LE_SHARED void le_event_QueueFunction(le_event_DeferredFunc_t func, void *param1Ptr,
                                      void *param2Ptr);
/** le_event_QueueFunctionToThread() - from the loop of @thread, which may not have started yet;
 * NULL: the calling one. A thread that is not there is fatal. Thread: any pthread, but for NULL */
LE_SHARED void le_event_QueueFunctionToThread(le_thread_Ref_t thread, le_event_DeferredFunc_t func,
                                              void *param1Ptr, void *param2Ptr);
/** le_event_QueueFunctionToThreadUnique() - the same. LE_OK; LE_DUPLICATE: it waits there already,
 * with the same parameters */
LE_SHARED le_result_t le_event_QueueFunctionToThreadUnique(le_thread_Ref_t thread,
                                                           le_event_DeferredFunc_t func,
                                                           void *param1Ptr, void *param2Ptr);

/* ---- the loop ---- */

/** le_event_RunLoop() - runs the calling thread's loop for ever; a second call is fatal */
LE_SHARED void le_event_RunLoop(void) __attribute__((noreturn));
/** le_event_GetFd() - for a loop of somebody else's: readable when le_event_ServiceLoop() has
 * something to do. The library's: do not read or close it */
LE_SHARED LE_FULL_API int le_event_GetFd(void);
/** le_event_ServiceLoop() - runs at most one event. LE_OK: call it again before you wait;
 * LE_WOULD_BLOCK: there was nothing */
LE_SHARED LE_FULL_API le_result_t le_event_ServiceLoop(void);

/* ---- events ---- */

typedef struct le_event_Id *le_event_Id_t;
typedef struct le_event_Handler *le_event_HandlerRef_t;
typedef void (*le_event_HandlerFunc_t)(void *reportPtr);
typedef void (*le_event_LayeredHandlerFunc_t)(void *reportPtr, void *secondLayerFunc);

/** le_event_CreateId() - an event whose reports are of at most @payloadSize octets; for ever */
LE_SHARED le_event_Id_t le_event_CreateId(const char *name, size_t payloadSize);
/** le_event_CreateIdWithRefCounting() - one whose reports are objects of le_mem pools */
LE_SHARED le_event_Id_t le_event_CreateIdWithRefCounting(const char *name);
/** le_event_AddHandler() - @handlerFunc gets each report, on the calling thread's loop; the report
 * is good until it returns. An object it gets is its own to release */
LE_SHARED le_event_HandlerRef_t le_event_AddHandler(const char *name, le_event_Id_t eventId,
                                                    le_event_HandlerFunc_t handlerFunc);
/** le_event_AddLayeredHandler() - @firstLayerFunc gets @secondLayerFunc with each report */
LE_SHARED le_event_HandlerRef_t
le_event_AddLayeredHandler(const char *name, le_event_Id_t eventId,
                           le_event_LayeredHandlerFunc_t firstLayerFunc, void *secondLayerFunc);
/** le_event_RemoveHandler() - no report reaches it any more, those that wait neither. Fatal from
 * another thread than its own, or when it is gone */
LE_SHARED void le_event_RemoveHandler(le_event_HandlerRef_t handlerRef);
/** le_event_Report() - a copy of @payloadSize octets to every handler there is now; zeros fill what
 * the event has more. More than it has is fatal. Thread: any */
LE_SHARED void le_event_Report(le_event_Id_t eventId, void *payloadPtr, size_t payloadSize);
/** le_event_ReportWithRefCounting() - takes the caller's reference; each handler gets one */
LE_SHARED void le_event_ReportWithRefCounting(le_event_Id_t eventId, void *objectPtr);
LE_SHARED void le_event_SetContextPtr(le_event_HandlerRef_t handlerRef, void *contextPtr);
/** le_event_GetContextPtr() - that of the handler that runs; fatal outside of one */
LE_SHARED void *le_event_GetContextPtr(void);

#ifdef __cplusplus
}
#endif
