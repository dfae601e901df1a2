/*
 * Portfolio: a table of signals and ports, and the handler of each.
 *
 * Source: docs/event-broker.md, "Tables of handlers"; the system's msgutils.h.
 */
#pragma once

#include "msgport.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** MsgValueTypes - a word of a message, as what it is meant */
typedef union MsgValueTypes {
    int32 msgid;
    int32 status;
    int32 result;
    int32 num;
    int32 inum;
    uint32 unum;
    Err err;
    void *ptr;
    Item item;
} MsgValueTypes;

typedef int32 MSEventHandle;

/** MSEventData - one of the table; in the program's storage until CleanupMSEvents() */
typedef struct MSEventData {
    char *name; /* of a port, made if @port is 0; NULL: a signal */
    int32 (*handler)(struct MSEventData *eventData, void *userContext);
    void *userData;
    int32 signal;             /* 0 with a NULL name: one is allocated */
    Item port;                /* of the calling task's */
    Item msgItem;             /* in the handler: the message that came */
    Message *msgPtr;          /* likewise, its structure */
    MsgValueTypes *msgValues; /* likewise, its data; of a small message its two words */
    MSEventHandle backLink;
} MSEventData;

/** SetupMSEvents() - a table of the calling task's, all enabled.
 * @reserved: 0
 * Return: its handle; NOMEM, BADPTR, and what making ports and signals gives */
MSEventHandle SetupMSEvents(MSEventData eventData[], int32 numEvents, int32 reserved);
/** DispatchMSEvents() - waits, and calls the handler of each signal that comes, and of each
 * message, until one returns other than 0. Return: what that returned; BADITEM (no such handle);
 * ABORTED */
int32 DispatchMSEvents(MSEventHandle mseHandle, void *userContext, int32 reserved);
/** DisableMSEvent() - its handler is not called; what comes waits */
void DisableMSEvent(MSEventData *theEvent, int32 reserved);
void EnableMSEvent(MSEventData *theEvent, int32 reserved);
/** CleanupMSEvents() - the table is no more, nor what was made for it */
void CleanupMSEvents(MSEventHandle mseHandle);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
