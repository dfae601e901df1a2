/*
 * A monitor belongs to the thread that made it. The loop knows it by its reference alone, so that
 * an event that waits in the FIFO finds nothing when the monitor is gone. A plain file, which epoll
 * does not take, is stood in for by an eventfd that is always ready.
 */
#include "bridge/legato/fd_monitor.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bridge/legato/event_loop.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/thread_state.h"
#include "include/legato/le_fdMonitor.h"

#define NAME_SIZE 32u
#define ALWAYS_TOLD ((short)(POLLHUP | POLLERR | POLLRDHUP))

struct fd_monitor {
    struct fd_monitor *next;      /* of the thread's */
    struct legato_thread *thread; /* borrowed: it deletes its monitors when it ends */
    void *reference;
    le_fdMonitor_HandlerFunc_t handler;
    void *context; /* the program's */
    int fd;        /* borrowed */
    int stand_in;  /* owned, -1 unless @fd is a plain file */
    short events;
    char name[NAME_SIZE];
};

static _Thread_local struct fd_monitor *mine;    /* owned */
static _Thread_local struct fd_monitor *handled; /* whose handler runs, NULL once it is deleted */

static struct fd_monitor *monitor_of(le_fdMonitor_Ref_t reference, const char *function)
{
    struct fd_monitor *monitor = reference_find(REFERENCE_FD_MONITOR, reference);
    if (monitor == NULL)
        legato_fatal("%s: %p is no monitor", function, (void *)reference);
    if (monitor->thread != legato_thread_here())
        legato_fatal("%s: monitor '%s' belongs to thread '%s', this is '%s'", function,
                     monitor->name, legato_thread_name(monitor->thread),
                     legato_thread_name(legato_thread_here()));
    return monitor;
}

static int watch(struct fd_monitor *monitor, bool is_new)
{
    struct event_loop *loop = legato_thread_loop(monitor->thread);
    /* the bits of poll() are those of epoll */
    uint32_t events = (uint32_t)(monitor->events | ALWAYS_TOLD);
    if (monitor->stand_in >= 0)
        events = (uint32_t)monitor->events;
    return event_loop_watch(loop, monitor->stand_in >= 0 ? monitor->stand_in : monitor->fd, events,
                            monitor->reference, is_new);
}

static void destroy(struct fd_monitor *monitor)
{
    event_loop_unwatch(legato_thread_loop(monitor->thread),
                       monitor->stand_in >= 0 ? monitor->stand_in : monitor->fd);
    if (monitor->stand_in >= 0)
        (void)close(monitor->stand_in);
    (void)reference_delete(REFERENCE_FD_MONITOR, monitor->reference);
    if (handled == monitor)
        handled = NULL;
    free(monitor);
}

static void delete_mine(void *context)
{
    (void)context;
    while (mine != NULL) {
        struct fd_monitor *monitor = mine;
        mine = monitor->next;
        destroy(monitor);
    }
}

static void begin(struct fd_monitor *monitor)
{
    int error = watch(monitor, true);
    if (error == EPERM) {
        monitor->stand_in = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        error = monitor->stand_in < 0 ? errno : watch(monitor, true);
    }
    if (error != 0)
        legato_fatal("monitor '%s' cannot watch descriptor %d: %s", monitor->name, monitor->fd,
                     strerrorname_np(error));
}

le_fdMonitor_Ref_t le_fdMonitor_Create(const char *name, int fd,
                                       le_fdMonitor_HandlerFunc_t handlerFunc, short events)
{
    struct legato_thread *thread = legato_thread_here();
    if (handlerFunc == NULL)
        legato_fatal("monitor '%s' has no handler", name);
    struct fd_monitor *monitor = legato_allocate(sizeof *monitor);
    *monitor = (struct fd_monitor){
        .thread = thread, .handler = handlerFunc, .fd = fd, .stand_in = -1, .events = events};
    memcpy(monitor->name, name, strnlen(name, NAME_SIZE - 1));
    monitor->reference = reference_create(REFERENCE_FD_MONITOR, monitor);
    begin(monitor);
    if (mine == NULL)
        legato_thread_at_end(thread, delete_mine, NULL);
    monitor->next = mine;
    mine = monitor;
    return monitor->reference;
}

void le_fdMonitor_Delete(le_fdMonitor_Ref_t monitorRef)
{
    struct fd_monitor *monitor = monitor_of(monitorRef, __func__);
    struct fd_monitor **link = &mine;
    while (*link != monitor)
        link = &(*link)->next;
    *link = monitor->next;
    destroy(monitor);
}

static void change(struct fd_monitor *monitor, short events)
{
    if (monitor->events == events)
        return;
    monitor->events = events;
    int error = watch(monitor, false);
    if (error != 0)
        legato_fatal("monitor '%s' cannot watch descriptor %d: %s", monitor->name, monitor->fd,
                     strerrorname_np(error));
}

void le_fdMonitor_Enable(le_fdMonitor_Ref_t monitorRef, short events)
{
    struct fd_monitor *monitor = monitor_of(monitorRef, __func__);
    change(monitor, (short)(monitor->events | events));
}

void le_fdMonitor_Disable(le_fdMonitor_Ref_t monitorRef, short events)
{
    struct fd_monitor *monitor = monitor_of(monitorRef, __func__);
    change(monitor, (short)(monitor->events & ~events));
}

void le_fdMonitor_SetDeferrable(le_fdMonitor_Ref_t monitorRef, bool isDeferrable)
{
    (void)monitor_of(monitorRef, __func__);
    (void)isDeferrable; /* it is about systems that sleep */
}

void le_fdMonitor_SetContextPtr(le_fdMonitor_Ref_t monitorRef, void *contextPtr)
{
    monitor_of(monitorRef, __func__)->context = contextPtr;
}

static struct fd_monitor *monitor_handled(const char *function)
{
    if (handled == NULL)
        legato_fatal("%s: no monitor's handler runs", function);
    return handled;
}

void *le_fdMonitor_GetContextPtr(void)
{
    return monitor_handled(__func__)->context;
}

le_fdMonitor_Ref_t le_fdMonitor_GetMonitor(void)
{
    return monitor_handled(__func__)->reference;
}

int le_fdMonitor_GetFd(le_fdMonitor_Ref_t monitorRef)
{
    return monitor_of(monitorRef, __func__)->fd;
}

void fd_monitor_ready(void *reference, void *bits)
{
    struct fd_monitor *monitor = reference_find(REFERENCE_FD_MONITOR, reference);
    if (monitor == NULL)
        return;
    /* what was disabled since it was seen is not told */
    short events = (short)((short)(uintptr_t)bits & (monitor->events | ALWAYS_TOLD));
    if (events == 0)
        return;
    handled = monitor;
    monitor->handler(monitor->fd, events);
    handled = NULL;
}
