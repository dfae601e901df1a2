/*
 * Legato: descriptors that an event loop watches, level triggered. Only the thread that made a
 * monitor may touch it; another one, NULL and a stale reference are fatal.
 *
 * Source: docs/legato.md, "Descriptors"; the framework's le_fdMonitor.h.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_fdMonitor *le_fdMonitor_Ref_t;
/** le_fdMonitor_HandlerFunc_t - gets the bits of poll(2) that are set */
typedef void (*le_fdMonitor_HandlerFunc_t)(int fd, short events);

/**
 * le_fdMonitor_Create() - watches @fd on the calling thread's loop
 * @name:        for messages; copied
 * @fd:          borrowed, yours to close, after le_fdMonitor_Delete(). A plain file is always ready
 * @handlerFunc: what is told
 * @events:      POLLIN, POLLPRI, POLLOUT; POLLHUP, POLLERR and POLLRDHUP are told in any case
 *
 * Fatal where the system does not watch it.
 */
LE_SHARED le_fdMonitor_Ref_t le_fdMonitor_Create(const char *name, int fd,
                                                 le_fdMonitor_HandlerFunc_t handlerFunc,
                                                 short events);
/** le_fdMonitor_Enable(), le_fdMonitor_Disable() - begins or ceases to tell of @events */
LE_SHARED void le_fdMonitor_Enable(le_fdMonitor_Ref_t monitorRef, short events);
LE_SHARED void le_fdMonitor_Disable(le_fdMonitor_Ref_t monitorRef, short events);
/** le_fdMonitor_SetDeferrable() - whether the system may sleep on it: says nothing here */
LE_SHARED void le_fdMonitor_SetDeferrable(le_fdMonitor_Ref_t monitorRef, bool isDeferrable);
LE_SHARED void le_fdMonitor_SetContextPtr(le_fdMonitor_Ref_t monitorRef, void *contextPtr);
/** le_fdMonitor_GetContextPtr() - of the monitor whose handler runs; fatal outside of one */
LE_SHARED void *le_fdMonitor_GetContextPtr(void);
/** le_fdMonitor_GetMonitor() - that monitor; fatal outside of a handler */
LE_SHARED le_fdMonitor_Ref_t le_fdMonitor_GetMonitor(void);
LE_SHARED int le_fdMonitor_GetFd(le_fdMonitor_Ref_t monitorRef);
/** le_fdMonitor_Delete() - also inside its handler. What waits in the queue is not told any more */
LE_SHARED void le_fdMonitor_Delete(le_fdMonitor_Ref_t monitorRef);

#ifdef __cplusplus
}
#endif
