/*
 * Legato: low-level messaging. A server makes a service and advertises it; a client makes a session
 * for an interface of its own and opens it; somebody else has bound the one to the other. Both then
 * send messages of a fixed size, each with at most one descriptor, and the client asks for
 * responses.
 *
 * Whoever called CreateSession owns the session, whoever called CreateService the service and its
 * sessions. Handlers and callbacks run on the owner's event loop, one at a time, with no lock held.
 * "Owner" means that the function is fatal from any other thread, "Client" and "Server" that it is
 * fatal on the other side. NULL for a reference is fatal in every function, and so is a session,
 * service or handler that is gone. Fatal: a line in the log, then exit(EXIT_FAILURE).
 *
 * Source: docs/legato.md, "Messaging"; the framework's le_messaging.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "le_basics.h"
#include "le_log.h"
#include "le_mem.h"
#include "le_semaphore.h"
#include "le_thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/** LE_MSG_PROTOCOL_ID_MAX, LE_MSG_INTERFACE_NAME_MAX - octets without the NUL; longer is fatal */
#define LE_MSG_PROTOCOL_ID_MAX 127
#define LE_MSG_INTERFACE_NAME_MAX 127

typedef struct le_msg_Protocol *le_msg_ProtocolRef_t;
typedef struct le_msg_Interface *le_msg_InterfaceRef_t;
typedef struct le_msg_Service *le_msg_ServiceRef_t;
typedef struct le_msg_ClientInterface *le_msg_ClientInterfaceRef_t;
typedef struct le_msg_Session *le_msg_SessionRef_t;
typedef struct le_msg_Message *le_msg_MessageRef_t;
typedef struct le_msg_SessionEventHandler *le_msg_SessionEventHandlerRef_t;

typedef void (*le_msg_SessionEventHandler_t)(le_msg_SessionRef_t sessionRef, void *contextPtr);
/** le_msg_ReceiveHandler_t - the message is the handler's: le_msg_ReleaseMsg() or le_msg_Respond()
 * it, then or later */
typedef void (*le_msg_ReceiveHandler_t)(le_msg_MessageRef_t msgRef, void *contextPtr);
/** le_msg_ResponseCallback_t - the response, the callback's to release, or NULL: there is none */
typedef void (*le_msg_ResponseCallback_t)(le_msg_MessageRef_t msgRef, void *contextPtr);

/* ---- protocols ---- */

/**
 * le_msg_GetProtocolRef() - what client and server have to agree on
 * @protocolId:     copied
 * @largestMsgSize: octets of every message's payload, may be 0
 *
 * Return: one for each id, for as long as the process. Fatal for one id with two sizes. Thread:
 * any.
 */
LE_SHARED le_msg_ProtocolRef_t le_msg_GetProtocolRef(const char *protocolId, size_t largestMsgSize);
/** le_msg_GetProtocolIdStr() - borrowed, as long as the process. Thread: any */
LE_SHARED const char *le_msg_GetProtocolIdStr(le_msg_ProtocolRef_t protocolRef);
LE_SHARED size_t le_msg_GetProtocolMaxMsgSize(le_msg_ProtocolRef_t protocolRef);

/* ---- sessions ---- */

/**
 * le_msg_CreateSession() - a session that is closed; the calling thread owns it
 * @interfaceName: the client's own name for what it wants, copied
 *
 * Return: it; le_msg_DeleteSession() it. Fatal where the protocol's messages are larger than
 * Viaduct carries: VIADUCT_MAX_FRAME_SIZE octets, 16 MiB without it.
 */
LE_SHARED le_msg_SessionRef_t le_msg_CreateSession(le_msg_ProtocolRef_t protocolRef,
                                                   const char *interfaceName);
/** le_msg_SetSessionContextPtr() / le_msg_GetSessionContextPtr() - a word of the caller's own, NULL
 * at first; client and server each have theirs. Thread: any */
LE_SHARED void le_msg_SetSessionContextPtr(le_msg_SessionRef_t sessionRef, void *contextPtr);
LE_SHARED void *le_msg_GetSessionContextPtr(le_msg_SessionRef_t sessionRef);
/** le_msg_DeleteSession() - closes it; the reference is gone, messages of it may still be released.
 * Client, owner */
LE_SHARED void le_msg_DeleteSession(le_msg_SessionRef_t sessionRef);
/** le_msg_SetSessionRecvHandler() - for what the server sends of its own accord; without one that
 * is dropped, with a warning. Client */
LE_SHARED void le_msg_SetSessionRecvHandler(le_msg_SessionRef_t sessionRef,
                                            le_msg_ReceiveHandler_t handlerFunc, void *contextPtr);
/** le_msg_SetSessionCloseHandler() - runs when the server, or the way to it, closes the session,
 * not for le_msg_CloseSession(). Without one the process ends then. Client */
LE_SHARED void le_msg_SetSessionCloseHandler(le_msg_SessionRef_t sessionRef,
                                             le_msg_SessionEventHandler_t handlerFunc,
                                             void *contextPtr);
LE_SHARED void le_msg_GetSessionCloseHandler(le_msg_SessionRef_t sessionRef,
                                             le_msg_SessionEventHandler_t *handlerFuncPtr,
                                             void **contextPtrPtr);
/**
 * le_msg_OpenSession() - opens it without blocking, waiting for binding and service
 * @callbackFunc: runs from the loop when it is open, never from within the call; may be NULL
 *
 * Fatal where it is open or being opened, where the service speaks another protocol, and where no
 * gateway can be reached. Client, owner.
 */
LE_SHARED void le_msg_OpenSession(le_msg_SessionRef_t sessionRef,
                                  le_msg_SessionEventHandler_t callbackFunc, void *contextPtr);
/** le_msg_OpenSessionSync() - the same, and returns when it is open. Nothing else of the thread
 * runs meanwhile. Client, owner */
LE_SHARED void le_msg_OpenSessionSync(le_msg_SessionRef_t sessionRef);
/**
 * le_msg_TryOpenSessionSync() - opens it if that can be done now; else it stays closed
 *
 * Return: LE_OK            it is open
 *         LE_UNAVAILABLE   its interface is bound, but the service is not advertised
 *         LE_NOT_PERMITTED its interface is not bound, or the gateway's rules forbid it
 *         LE_COMM_ERROR    no gateway can be reached
 * Client, owner.
 */
LE_SHARED le_result_t le_msg_TryOpenSessionSync(le_msg_SessionRef_t sessionRef);
/** le_msg_CloseSession() - what was sent before goes out first. Client: every callback that waits
 * gets NULL before this returns; on a closed session nothing. Server: close handlers run, then the
 * reference is gone. Owner */
LE_SHARED void le_msg_CloseSession(le_msg_SessionRef_t sessionRef);
LE_SHARED void le_msg_CloseSessionLocked(le_msg_SessionRef_t sessionRef);
LE_SHARED le_msg_ProtocolRef_t le_msg_GetSessionProtocol(le_msg_SessionRef_t sessionRef);
/** le_msg_GetSessionInterface() - one's own: the client's at the client, the service's at the
 * server. Thread: any */
LE_SHARED le_msg_InterfaceRef_t le_msg_GetSessionInterface(le_msg_SessionRef_t sessionRef);
/** le_msg_GetClientUserId(), le_msg_GetClientProcessId(), le_msg_GetClientUserCreds() - who opened
 * it, by the gateway's word: effective user and process; for a client on another host the user is
 * 65534 and the process the gateway. LE_OK; LE_CLOSED. Server. Thread: any */
LE_SHARED le_result_t le_msg_GetClientUserId(le_msg_SessionRef_t sessionRef, uid_t *userIdPtr);
LE_SHARED le_result_t le_msg_GetClientProcessId(le_msg_SessionRef_t sessionRef,
                                                pid_t *processIdPtr);
/* Either may be NULL. */
LE_SHARED le_result_t le_msg_GetClientUserCreds(le_msg_SessionRef_t sessionRef, uid_t *userIdPtr,
                                                pid_t *processIdPtr);

/* ---- messages ---- */

/** le_msg_CreateMsg() - an empty one, its payload all zeros, one reference. Never fails. Thread:
 * any
 */
LE_SHARED le_msg_MessageRef_t le_msg_CreateMsg(le_msg_SessionRef_t sessionRef);
/** le_msg_AddRef() / le_msg_ReleaseMsg() - one reference more, one less. A request that is released
 * without an answer closes its session. Thread: any */
LE_SHARED void le_msg_AddRef(le_msg_MessageRef_t msgRef);
LE_SHARED void le_msg_ReleaseMsg(le_msg_MessageRef_t msgRef);
/** le_msg_NeedsResponse() - at the server, of a request that is not answered. Thread: any */
LE_SHARED bool le_msg_NeedsResponse(le_msg_MessageRef_t msgRef);
/** le_msg_GetPayloadPtr() - its octets, all of the protocol's size, aligned for anything */
LE_SHARED void *le_msg_GetPayloadPtr(le_msg_MessageRef_t msgRef);
LE_SHARED size_t le_msg_GetMaxPayloadSize(le_msg_MessageRef_t msgRef);
/** le_msg_SetFd() - takes @fd, which is closed here once the message is on its way, or dies; of a
 * request the server sets the response's. A second one is fatal. Thread: any */
LE_SHARED void le_msg_SetFd(le_msg_MessageRef_t msgRef, int fd);
/** le_msg_GetFd() - takes what came with it: the caller's to close. -1: nothing, or taken already
 */
LE_SHARED int le_msg_GetFd(le_msg_MessageRef_t msgRef);
/** le_msg_Send() - one way, in either direction; takes a reference. Never blocks for the other
 * side. Where the session is not open the message is dropped. A request is answered. Owner */
LE_SHARED void le_msg_Send(le_msg_MessageRef_t msgRef);
/** le_msg_GetSession() - what it belongs to. Thread: any */
LE_SHARED le_msg_SessionRef_t le_msg_GetSession(le_msg_MessageRef_t msgRef);
/** le_msg_RequestResponse() - @handlerFunc runs exactly once, from the loop or within a close;
 * takes a reference. Fatal where the session is not open. Client, owner */
LE_SHARED void le_msg_RequestResponse(le_msg_MessageRef_t msgRef,
                                      le_msg_ResponseCallback_t handlerFunc, void *contextPtr);
/** le_msg_RequestSyncResponse() - waits for the response, the caller's to release; takes a
 * reference. NULL: the session is broken, or the server is of this thread. Fatal where the session
 * is not open. Client, owner */
LE_SHARED le_msg_MessageRef_t le_msg_RequestSyncResponse(le_msg_MessageRef_t msgRef);
/** le_msg_Respond() - the request's payload, as it is now, is the response; takes a reference.
 * Dropped where the session is gone. Fatal where no response is needed. Server, owner */
LE_SHARED void le_msg_Respond(le_msg_MessageRef_t msgRef);

/* ---- services ---- */

/** le_msg_CreateService() - one that nobody sees yet; the calling thread owns it. Fatal where the
 * process has it already, and for messages that are too large */
LE_SHARED le_msg_ServiceRef_t le_msg_CreateService(le_msg_ProtocolRef_t protocolRef,
                                                   const char *interfaceName);
/** le_msg_DeleteService() - hides it and closes its sessions; the reference is gone. Owner */
LE_SHARED void le_msg_DeleteService(le_msg_ServiceRef_t serviceRef);
/** le_msg_AddServiceOpenHandler(), le_msg_AddServiceCloseHandler() - any number; the newest runs
 * first. Open: before the session's first message. Close: once a session, whoever ended it, while
 * the reference is still good. Owner */
LE_SHARED le_msg_SessionEventHandlerRef_t le_msg_AddServiceOpenHandler(
    le_msg_ServiceRef_t serviceRef, le_msg_SessionEventHandler_t handlerFunc, void *contextPtr);
LE_SHARED le_msg_SessionEventHandlerRef_t le_msg_AddServiceCloseHandler(
    le_msg_ServiceRef_t serviceRef, le_msg_SessionEventHandler_t handlerFunc, void *contextPtr);
/** le_msg_RemoveServiceHandler() - also from within a handler, itself too. A reference that is gone
 * is logged */
LE_SHARED void le_msg_RemoveServiceHandler(le_msg_SessionEventHandlerRef_t handlerRef);
/** le_msg_SetServiceRecvHandler() - for all messages of its sessions. Owner */
LE_SHARED void le_msg_SetServiceRecvHandler(le_msg_ServiceRef_t serviceRef,
                                            le_msg_ReceiveHandler_t handlerFunc, void *contextPtr);
/** le_msg_SetServiceContextPtr() / le_msg_GetServiceContextPtr() - a word of one's own, NULL at
 * first. Thread: any */
LE_SHARED void le_msg_SetServiceContextPtr(le_msg_ServiceRef_t serviceRef, void *contextPtr);
LE_SHARED void *le_msg_GetServiceContextPtr(le_msg_ServiceRef_t serviceRef);
/** le_msg_AdvertiseService() - clients find it from now on, those that wait in the order in which
 * they came. Fatal where it is advertised already, and where another process of the same user
 * advertises the name. Owner */
LE_SHARED void le_msg_AdvertiseService(le_msg_ServiceRef_t serviceRef);
/** le_msg_HideService() - nobody finds it from now on; sessions go on. Owner */
LE_SHARED void le_msg_HideService(le_msg_ServiceRef_t serviceRef);

/* ---- names ---- */

/** le_msg_GetInterfaceName() - borrowed, as long as the process. Thread: any */
LE_SHARED const char *le_msg_GetInterfaceName(le_msg_InterfaceRef_t interfaceRef);
LE_SHARED le_msg_ProtocolRef_t le_msg_GetInterfaceProtocol(le_msg_InterfaceRef_t interfaceRef);

/* ---- bad clients ---- */

/** le_msg_GetServiceRxMsg() - the message whose service receive handler runs on this thread, or
 * NULL */
LE_SHARED le_msg_MessageRef_t le_msg_GetServiceRxMsg(void);

/** LE_KILL_CLIENT() - (format, ...) in a service's receive handler: logs, closes the session of the
 * message, and goes on; the message is still to be released or answered. Fatal anywhere else */
#define LE_KILL_CLIENT(...)                                                                        \
    do {                                                                                           \
        le_msg_MessageRef_t _le_msg_killed = le_msg_GetServiceRxMsg();                             \
        if (_le_msg_killed != NULL) {                                                              \
            LE_EMERG(__VA_ARGS__);                                                                 \
            le_msg_CloseSession(le_msg_GetSession(_le_msg_killed));                                \
        } else {                                                                                   \
            LE_FATAL(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

/* ---- services of one process, without a gateway ---- */

/** struct le_msg_Service - how a service begins; programs make local ones alone */
struct le_msg_Service {
    enum { LE_MSG_SERVICE_NULL = 0, LE_MSG_SERVICE_UNIX_SOCKET, LE_MSG_SERVICE_LOCAL } type;
};

/** struct le_msg_Message - how a message begins */
struct le_msg_Message {
    le_msg_SessionRef_t sessionRef;
};

typedef struct le_msg_LocalReceiver {
    le_thread_Ref_t thread;
    le_msg_ReceiveHandler_t handler;
    void *contextPtr;
} le_msg_LocalReceiver_t;

typedef struct le_msg_LocalService {
    struct le_msg_Service service;
    bool serviceReady;
    le_msg_LocalReceiver_t receiver;
    le_mem_PoolRef_t messagePool;
} le_msg_LocalService_t;

#ifndef __cplusplus
typedef struct le_msg_LocalMessage {
    struct le_msg_Message message;
    int fd;
    le_sem_Ref_t responseReady;
    bool needsResponse;
    le_msg_ResponseCallback_t completionCallback;
    void *contextPtr;
    uint8_t data[] __attribute__((aligned));
} le_msg_LocalMessage_t;

/** LE_MSG_LOCAL_HEADER_SIZE - octets of a pool's object before its payload */
#define LE_MSG_LOCAL_HEADER_SIZE sizeof(le_msg_LocalMessage_t)
#endif

/**
 * le_msg_InitLocalService() - a service for sessions of le_msg_CreateLocalSession() alone
 * @servicePtr:       the caller's, as long as the process
 * @serviceNameStr:   for messages of the log
 * @messagingPoolRef: objects of LE_MSG_LOCAL_HEADER_SIZE and the largest message
 *
 * The functions above then serve it, too. Its messages are one object that goes to and fro, so
 * their payload is not zeroed and a response is its request; le_msg_OpenSession() calls back at
 * once; there are no open or close handlers, no protocol and no interface.
 */
LE_SHARED le_msg_ServiceRef_t le_msg_InitLocalService(le_msg_LocalService_t *servicePtr,
                                                      const char *serviceNameStr,
                                                      le_mem_PoolRef_t messagingPoolRef);
/** le_msg_CreateLocalSession() - NULL where the service is NULL, or not initialised */
LE_SHARED le_msg_SessionRef_t le_msg_CreateLocalSession(le_msg_LocalService_t *servicePtr);

#ifdef __cplusplus
}
#endif
