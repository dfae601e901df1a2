/*
 * Events that are published. A report is copied once for each handler, into the FIFO of that
 * handler's thread, with the handler's reference: a handler that is gone when the report's turn
 * comes is not found. An event is for ever; a handler is its own thread's, which removes it when it
 * ends.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/thread_state.h"
#include "include/legato/le_eventLoop.h"
#include "include/legato/le_mem.h"

#define NAME_SIZE 32u

struct handler {
    struct handler *next;         /* of its event: the newer one */
    struct handler *next_mine;    /* of its thread */
    struct legato_thread *thread; /* borrowed: it removes its handlers when it ends */
    struct published *event;
    void *reference;
    le_event_LayeredHandlerFunc_t function;
    void *second_layer; /* the program's */
    void *context;      /* the program's */
    char name[NAME_SIZE];
};

struct published {
    struct handler *handlers; /* owned; under the mutex */
    size_t payload_size;
    bool is_counted; /* the payload is one reference of an object */
    char name[NAME_SIZE];
};

struct report {
    struct report *outer; /* while it is delivered: the one in whose handler it is */
    bool is_counted;
    void *object; /* owned when counted */
    _Alignas(16) unsigned char payload[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct handler *mine;
static _Thread_local struct handler *running;
static _Thread_local struct report *delivered; /* owned: its handler may end the thread */

static void copy_name(char *target, const char *name)
{
    memcpy(target, name, strnlen(name, NAME_SIZE - 1));
}

static le_event_Id_t create(const char *name, size_t payload_size, bool is_counted)
{
    struct published *event = legato_allocate(sizeof *event);
    event->payload_size = payload_size;
    event->is_counted = is_counted;
    copy_name(event->name, name);
    return reference_create(REFERENCE_EVENT, event);
}

le_event_Id_t le_event_CreateId(const char *name, size_t payloadSize)
{
    return create(name, payloadSize, false);
}

le_event_Id_t le_event_CreateIdWithRefCounting(const char *name)
{
    return create(name, 0, true);
}

static struct published *event_of(le_event_Id_t id, const char *function)
{
    struct published *event = reference_find(REFERENCE_EVENT, id);
    if (event == NULL)
        legato_fatal("%s: %p is no event", function, (void *)id);
    return event;
}

/* ---- handlers ---- */

static void remove_handler(struct handler *handler)
{
    (void)pthread_mutex_lock(&mutex);
    struct handler **link = &handler->event->handlers;
    while (*link != handler)
        link = &(*link)->next;
    *link = handler->next;
    (void)pthread_mutex_unlock(&mutex);
    link = &mine;
    while (*link != handler)
        link = &(*link)->next_mine;
    *link = handler->next_mine;
    (void)reference_delete(REFERENCE_EVENT_HANDLER, handler->reference);
    if (running == handler)
        running = NULL;
    free(handler);
}

static void remove_mine(void *context)
{
    (void)context;
    while (mine != NULL)
        remove_handler(mine);
    while (delivered != NULL) {
        struct report *report = delivered;
        delivered = report->outer;
        free(report);
    }
}

le_event_HandlerRef_t le_event_AddLayeredHandler(const char *name, le_event_Id_t eventId,
                                                 le_event_LayeredHandlerFunc_t firstLayerFunc,
                                                 void *secondLayerFunc)
{
    struct published *event = event_of(eventId, __func__);
    if (firstLayerFunc == NULL)
        legato_fatal("%s: handler '%s' has no function", __func__, name);
    struct handler *handler = legato_allocate(sizeof *handler);
    *handler = (struct handler){.next_mine = mine,
                                .thread = legato_thread_here(),
                                .event = event,
                                .function = firstLayerFunc,
                                .second_layer = secondLayerFunc};
    copy_name(handler->name, name);
    handler->reference = reference_create(REFERENCE_EVENT_HANDLER, handler);
    if (mine == NULL)
        legato_thread_at_end(handler->thread, remove_mine, NULL);
    mine = handler;

    (void)pthread_mutex_lock(&mutex);
    struct handler **link = &event->handlers;
    while (*link != NULL)
        link = &(*link)->next;
    *link = handler;
    (void)pthread_mutex_unlock(&mutex);
    return handler->reference;
}

/* What a handler of one layer is: its function stands where the second layer's does. */
static void call_only_layer(void *report, void *function)
{
    le_event_HandlerFunc_t handler = NULL;
    memcpy(&handler, &function, sizeof handler);
    handler(report);
}

le_event_HandlerRef_t le_event_AddHandler(const char *name, le_event_Id_t eventId,
                                          le_event_HandlerFunc_t handlerFunc)
{
    void *function = NULL;
    if (handlerFunc == NULL)
        legato_fatal("%s: handler '%s' has no function", __func__, name);
    memcpy(&function, &handlerFunc, sizeof function);
    return le_event_AddLayeredHandler(name, eventId, call_only_layer, function);
}

static struct handler *handler_of(le_event_HandlerRef_t reference, const char *function)
{
    struct handler *handler = reference_find(REFERENCE_EVENT_HANDLER, reference);
    if (handler == NULL)
        legato_fatal("%s: %p is no handler", function, (void *)reference);
    if (handler->thread != legato_thread_here())
        legato_fatal("%s: handler '%s' belongs to thread '%s', this is '%s'", function,
                     handler->name, legato_thread_name(handler->thread),
                     legato_thread_name(legato_thread_here()));
    return handler;
}

void le_event_RemoveHandler(le_event_HandlerRef_t handlerRef)
{
    remove_handler(handler_of(handlerRef, __func__));
}

void le_event_SetContextPtr(le_event_HandlerRef_t handlerRef, void *contextPtr)
{
    handler_of(handlerRef, __func__)->context = contextPtr;
}

void *le_event_GetContextPtr(void)
{
    if (running == NULL)
        legato_fatal("%s: no event's handler runs", __func__);
    return running->context;
}

/* ---- reports ---- */

static void drop_report(void *argument, void *reference)
{
    (void)reference;
    struct report *report = argument;
    if (report->is_counted)
        le_mem_Release(report->object);
    free(report);
}

static void deliver(void *argument, void *reference)
{
    struct report *report = argument;
    struct handler *handler = reference_find(REFERENCE_EVENT_HANDLER, reference);
    if (handler == NULL) {
        drop_report(report, NULL);
        return;
    }
    report->outer = delivered;
    delivered = report;
    running = handler;
    handler->function(report->is_counted ? report->object : report->payload, handler->second_layer);
    running = NULL;
    delivered = report->outer;
    free(report); /* the object is the handler's */
}

/* To each handler; an object is given one reference for each. */
static void publish(struct published *event, const void *payload, size_t size, void *object)
{
    (void)pthread_mutex_lock(&mutex);
    for (struct handler *handler = event->handlers; handler != NULL; handler = handler->next) {
        struct report *report = legato_allocate(sizeof *report + event->payload_size);
        report->is_counted = event->is_counted;
        report->object = object;
        if (size > 0)
            memcpy(report->payload, payload, size);
        if (object != NULL)
            le_mem_AddRef(object);
        if (!event_loop_queue(legato_thread_loop(handler->thread), deliver, report,
                              handler->reference, drop_report))
            drop_report(report, NULL);
    }
    (void)pthread_mutex_unlock(&mutex);
}

void le_event_Report(le_event_Id_t eventId, void *payloadPtr, size_t payloadSize)
{
    struct published *event = event_of(eventId, __func__);
    if (event->is_counted || payloadSize > event->payload_size)
        legato_fatal("%s: event '%s' has no room for %zu octets", __func__, event->name,
                     payloadSize);
    publish(event, payloadPtr, payloadSize, NULL);
}

void le_event_ReportWithRefCounting(le_event_Id_t eventId, void *objectPtr)
{
    struct published *event = event_of(eventId, __func__);
    if (!event->is_counted)
        legato_fatal("%s: event '%s' reports no objects", __func__, event->name);
    publish(event, NULL, 0, objectPtr);
    le_mem_Release(objectPtr);
}
