/*
 * Legato: threads with an event loop. Calls of this library from a pthread that is none of them are
 * fatal, but for those that say otherwise.
 *
 * Source: docs/legato.md, "Threads"; the framework's le_thread.h.
 */
#pragma once

#include <stddef.h>

#include "le_basics.h"
#include "le_config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_thread *le_thread_Ref_t;
typedef void *(*le_thread_MainFunc_t)(void *context);
typedef void (*le_thread_Destructor_t)(void *context);
typedef struct le_thread_Destructor *le_thread_DestructorRef_t;

/** le_thread_Priority_t - IDLE runs when nothing else does; LOW and HIGH are nice values around
 * MEDIUM; RT_1 to RT_32 are of the real-time scheduler, the highest the most urgent */
typedef enum {
    LE_THREAD_PRIORITY_IDLE = 0,
    LE_THREAD_PRIORITY_LOW,
    LE_THREAD_PRIORITY_MEDIUM,
    LE_THREAD_PRIORITY_HIGH,
    LE_THREAD_PRIORITY_RT_1,
    LE_THREAD_PRIORITY_RT_2,
    LE_THREAD_PRIORITY_RT_3,
    LE_THREAD_PRIORITY_RT_4,
    LE_THREAD_PRIORITY_RT_5,
    LE_THREAD_PRIORITY_RT_6,
    LE_THREAD_PRIORITY_RT_7,
    LE_THREAD_PRIORITY_RT_8,
    LE_THREAD_PRIORITY_RT_9,
    LE_THREAD_PRIORITY_RT_10,
    LE_THREAD_PRIORITY_RT_11,
    LE_THREAD_PRIORITY_RT_12,
    LE_THREAD_PRIORITY_RT_13,
    LE_THREAD_PRIORITY_RT_14,
    LE_THREAD_PRIORITY_RT_15,
    LE_THREAD_PRIORITY_RT_16,
    LE_THREAD_PRIORITY_RT_17,
    LE_THREAD_PRIORITY_RT_18,
    LE_THREAD_PRIORITY_RT_19,
    LE_THREAD_PRIORITY_RT_20,
    LE_THREAD_PRIORITY_RT_21,
    LE_THREAD_PRIORITY_RT_22,
    LE_THREAD_PRIORITY_RT_23,
    LE_THREAD_PRIORITY_RT_24,
    LE_THREAD_PRIORITY_RT_25,
    LE_THREAD_PRIORITY_RT_26,
    LE_THREAD_PRIORITY_RT_27,
    LE_THREAD_PRIORITY_RT_28,
    LE_THREAD_PRIORITY_RT_29,
    LE_THREAD_PRIORITY_RT_30,
    LE_THREAD_PRIORITY_RT_31,
    LE_THREAD_PRIORITY_RT_32
} le_thread_Priority_t;
#define LE_THREAD_PRIORITY_RT_LOWEST LE_THREAD_PRIORITY_RT_1
#define LE_THREAD_PRIORITY_RT_HIGHEST LE_THREAD_PRIORITY_RT_32

/**
 * le_thread_Create() - a thread that waits for le_thread_Start()
 * @name:     copied; longer than 47 octets: cut, with a warning
 * @mainFunc: what it runs; to return from it is to end the thread
 * @context:  for @mainFunc; borrowed
 *
 * Functions may be queued to it at once. Return: it. Fatal where there is no memory.
 */
LE_SHARED le_thread_Ref_t le_thread_Create(const char *name, le_thread_MainFunc_t mainFunc,
                                           void *context);
/** le_thread_SetPriority() - also of one that runs. LE_OK; LE_OUT_OF_RANGE. What the system does
 * not permit is logged, and the thread runs as it would otherwise */
LE_SHARED le_result_t le_thread_SetPriority(le_thread_Ref_t thread, le_thread_Priority_t priority);
/** le_thread_SetStackSize() - in octets, before it starts. LE_OK; LE_OVERFLOW: too small;
 * LE_OUT_OF_RANGE: too large */
LE_SHARED le_result_t le_thread_SetStackSize(le_thread_Ref_t thread, size_t size);
/** le_thread_SetJoinable() - it stays until le_thread_Join(); call it before it starts */
LE_SHARED void le_thread_SetJoinable(le_thread_Ref_t thread);
/** le_thread_Start() - once; fatal where the system starts none */
LE_SHARED void le_thread_Start(le_thread_Ref_t thread);
/**
 * le_thread_Join() - waits for the end of @thread, whose reference is gone with it
 * @resultValuePtr: what it ended with; may be NULL
 * Return: LE_OK; LE_FAULT: not joinable, or somebody else waits; LE_NOT_FOUND: there is no such
 * thread, or it never started; LE_DEADLOCK: it is the caller's own, or it waits for the caller.
 */
LE_SHARED le_result_t le_thread_Join(le_thread_Ref_t thread, void **resultValuePtr);
/** le_thread_Exit() - ends the calling thread; its destructors run */
LE_SHARED void le_thread_Exit(void *resultValue) __attribute__((noreturn));
/** le_thread_Cancel() - ends another at its next cancellation point, such as the wait of its loop.
 * LE_OK; LE_NOT_FOUND: there is none, or it has not started */
LE_SHARED LE_FULL_API le_result_t le_thread_Cancel(le_thread_Ref_t threadToCancel);

LE_SHARED le_thread_Ref_t le_thread_GetCurrent(void);
/** le_thread_GetName() - into @buffPtr, cut to @buffSize octets with its NUL */
LE_SHARED void le_thread_GetName(le_thread_Ref_t threadRef, char *buffPtr, size_t buffSize);
/** le_thread_GetMyName() - borrowed, lives as long as the thread */
LE_SHARED const char *le_thread_GetMyName(void);
/** le_thread_Sleep() - seconds; nothing of the thread's runs meanwhile. Any pthread */
LE_SHARED void le_thread_Sleep(int sec);

/** le_thread_AddDestructor() - when the calling thread ends, however it does, @destructor runs in
 * it, the newest first. Not when the process exits */
LE_SHARED le_thread_DestructorRef_t le_thread_AddDestructor(le_thread_Destructor_t destructor,
                                                            void *context);
/** le_thread_AddChildDestructor() - the same for a thread that has not started: fatal after that */
LE_SHARED void le_thread_AddChildDestructor(le_thread_Ref_t thread,
                                            le_thread_Destructor_t destructor, void *context);
/** le_thread_RemoveDestructor() - of the calling thread's own; fatal otherwise */
LE_SHARED void le_thread_RemoveDestructor(le_thread_DestructorRef_t destructor);

/** le_thread_InitLegatoThreadData() - makes the calling pthread a Legato thread, named @name */
LE_SHARED void le_thread_InitLegatoThreadData(const char *name);
/** le_thread_CleanupLegatoThreadData() - and no more: its destructors run. Comes by itself when the
 * pthread ends */
LE_SHARED void le_thread_CleanupLegatoThreadData(void);

#ifdef __cplusplus
}
#endif
