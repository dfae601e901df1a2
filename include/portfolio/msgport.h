/*
 * Portfolio: message ports and messages.
 *
 * A port is owned by the task that made it; that task alone takes messages from it. A message is
 * held by the task that made it or took it from a port: it alone may send it on. A message that was
 * sent comes back to its reply port, with a result.
 *
 * Source: docs/event-broker.md, "Messages"; the system's msgport.h.
 */
#pragma once

#include "item.h"
#include "kernelnodes.h"
#include "list.h"
#include "nodes.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct MsgPort {
    ItemNode mp;
    uint32 mp_Signal; /* what its owner is sent when a message comes; 0: another process's port */
    List mp_Msgs;
    void *mp_UserData;
    uint32 mp_Reserved;
} MsgPort;

/* mp.n_Flags */
#define MSGPORT_SIGNAL_ALLOCATED 1 /* the signal goes with the port */

enum msgport_tags {
    CREATEPORT_TAG_SIGNAL = TAG_ITEM_LAST + 1, /* 0, or none: one is allocated */
    CREATEPORT_TAG_USERDATA
};

typedef struct Message {
    ItemNode msg;
    Item msg_ReplyPort;
    uint32 msg_Result; /* of ReplyMsg(); 0 while it is sent */
    void *msg_DataPtr;
    int32 msg_DataSize;
    Item msg_MsgPort;       /* the port it is queued on, or the task that holds it */
    uint32 msg_DataPtrSize; /* octets of its buffer; 0: it has none */
    Item msg_SigItem;
    uint32 msg_Waiters;
} Message;
#define Msg Message

/* msg.n_Flags */
#define MESSAGE_SENT 0x1          /* sent, and not taken */
#define MESSAGE_REPLIED 0x2       /* replied to, and not taken */
#define MESSAGE_SMALL 0x4         /* two words, in msg_DataPtr and msg_DataSize */
#define MESSAGE_PASS_BY_VALUE 0x8 /* it has a buffer */

enum message_tags {
    CREATEMSG_TAG_REPLYPORT = TAG_ITEM_LAST + 1,
    CREATEMSG_TAG_MSG_IS_SMALL, /* whatever its value */
    CREATEMSG_TAG_DATA_SIZE     /* octets of its buffer */
};

/* ---- ports ---- */

/**
 * CreateMsgPort() - a port of the calling task's
 * @name:   other programs find it by that; NULL for none
 * @signal: sent to the task when a message comes; 0: one is allocated
 *
 * Return: its number, the same in every process of the gateway; ER_Kr_NoSigs, BADNAME, BADPRIV
 * (@signal is one of the low eight), ILLEGALSIGNAL (the highest), NOMEM.
 */
Item CreateMsgPort(const char *name, uint8 pri, uint32 signal);
/** CreateUniqueMsgPort() - likewise; ER_Kr_UniqueItemExists: another has that name */
Item CreateUniqueMsgPort(const char *name, uint8 pri, uint32 signal);
/** FindMsgPort() - FindItem() of a port: of this process, or any that the gateway reaches */
#define FindMsgPort(n) FindNamedItem(MKNODEID(KERNELNODE, MSGPORTNODE), (n))
/** DeleteMsgPort() - DeleteItem(); replies that wait there are free, and requests go back to their
 * senders with the result BADITEM */
#define DeleteMsgPort(x) DeleteItem(x)

/* ---- messages ---- */

/**
 * CreateMsg() - a standard message: what is sent with it is copied from the program's own memory
 * @pri: of several that wait on a port the one with the highest is taken first
 * @mp:  its reply port, the calling task's own
 *
 * Return: its number; ER_Kr_ReplyPortNeeded (@mp is 0), BADITEM (no such port), NOTOWNER, BADNAME,
 * NOMEM.
 */
Item CreateMsg(const char *name, uint8 pri, Item mp);
/** CreateSmallMsg() - likewise; it carries two words */
Item CreateSmallMsg(const char *name, uint8 pri, Item mp);
/** CreateBufferedMsg() - likewise; it has a buffer of @buffsize octets for what is sent and what is
 * replied; 0: none, it is a standard message */
Item CreateBufferedMsg(const char *name, uint8 pri, Item mp, uint32 buffsize);
/** DeleteMsg() - DeleteItem(); one that is under way is pulled back */
#define DeleteMsg(x) DeleteItem(x)

/**
 * SendMsg() - sends a message that the calling task holds
 * @mp:       to this port
 * @dataptr:  copied; what it points to is the caller's again when this returns
 * @datasize: octets; 0: whatever @dataptr is
 *
 * Waits for nobody; only where the link to another process's port is full, for a second at most.
 * Return: 0; BADITEM (no such message; no such port, or it is gone); NOTOWNER (the calling task
 * does not hold the message: it is sent already, say); BADPTR (NULL); BADSIZE (more than its buffer
 * has, or negative); BADPRIV (it may not be sent there); NOMEM (also where the link stays full).
 */
Err SendMsg(Item mp, Item msg, const void *dataptr, int32 datasize);
/** SendSmallMsg() - likewise with two words, for a small message */
Err SendSmallMsg(Item mp, Item msg, uint32 val1, uint32 val2);
/** GetMsg() - takes the next message from a port of the calling task's, without waiting; the signal
 * stays as it is. Return: its number; 0 (there is none); BADITEM; NOTOWNER */
Item GetMsg(Item mp);
/** GetThisMsg() - takes this message from the port on which it is, if the message or the port is
 * the calling task's. Return: @msg; -1 (it is on no port); BADITEM; BADPRIV */
Item GetThisMsg(Item msg);
/**
 * WaitPort() - waits for a message on a port of the calling task's, and takes it
 * @msg: this one; others stay where they are. 0: the next one
 *
 * Return: its number; BADITEM (no such port or message, or the message was deleted meanwhile);
 * NOTOWNER; ABORTED (SIGF_ABORT came).
 */
Item WaitPort(Item mp, Item msg);
/**
 * ReplyMsg() - sends a message back to its reply port
 * @result: becomes its msg_Result
 * @dataptr, @datasize: as with SendMsg()
 *
 * Return: 0; BADITEM; BADPRIV (no task of this program holds it); BADSIZE; BADPTR;
 * ER_Kr_NoReplyPort (that port is gone); NOMEM.
 */
Err ReplyMsg(Item msg, int32 result, const void *dataptr, int32 datasize);
/** ReplySmallMsg() - likewise with two words, for a small message */
Err ReplySmallMsg(Item msg, int32 result, uint32 val1, uint32 val2);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
