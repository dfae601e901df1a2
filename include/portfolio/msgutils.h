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
    char *name; /* of a port, made if @port is 0; "": a port without one; NULL: signals */
    int32 (*handler)(struct MSEventData *eventData, void *userContext);
    void *userData;
    int32 signal;             /* one or several; 0: one is allocated. Of a port, its own */
    Item port;                /* of the calling task's */
    Item msgItem;             /* in the handler: the message that came, or which signals did */
    Message *msgPtr;          /* likewise, its structure; NULL: signals */
    MsgValueTypes *msgValues; /* likewise, its data; of a small message its two words */
    MSEventHandle backLink;   /* 0: it is in no table */
} MSEventData;

/**
 * SetupMSEvents() - a table of the calling task's, all enabled
 * @eventData: the caller's, until CleanupMSEvents(); each has a handler
 * @reserved:  0
 *
 * Return: its handle, from 1; NOMEM, BADPTR (no table, or no handler), BADSIZE (@numEvents is
 * negative), BADITEM, NOTOWNER (a port that is none, or another task's), ER_Kr_NoSigs, and what
 * making ports gives: then the table is as it was.
 */
MSEventHandle SetupMSEvents(MSEventData eventData[], int32 numEvents, int32 reserved);
/**
 * DispatchMSEvents() - calls the handlers, and waits when there is nothing to call one for
 *
 * Those of signals once for all that came, those of ports for each message, which they reply to or
 * keep; in the order of the table. It goes on until one returns other than 0. Return: that; BADITEM
 * (no such table of the calling task's, or not any more; its port is gone); ABORTED (SIGF_ABORT
 * came, and none of them has it).
 */
int32 DispatchMSEvents(MSEventHandle mseHandle, void *userContext, int32 reserved);
/** DisableMSEvent() - its handler is not called, also not for what came already, until
 * EnableMSEvent(): nothing is lost. Handlers may disable themselves and each other */
void DisableMSEvent(MSEventData *theEvent, int32 reserved);
void EnableMSEvent(MSEventData *theEvent, int32 reserved);
/** CleanupMSEvents() - the table is no more, nor what was made for it; other handles do nothing. Of
 * what was made the fields are 0 again, so the table may be set up anew */
void CleanupMSEvents(MSEventHandle mseHandle);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
