/*
 * A stand-in for the server's side of what Legato's interface generator makes: it calls all that
 * such code calls. Handlers of clients stand behind references, and go with their sessions; Greet
 * is answered when the server says so.
 */
#include "greeting_server.h"

#include "greeting_messages.h"
#include "greeting_service.h"
#include "legato.h"

typedef void (*RemoveHandlerFunc_t)(void *handlerRef);

typedef struct {
    le_msg_SessionRef_t clientSessionRef;
    void *contextPtr;
    greeting_HeardHandlerRef_t handlerRef;
    RemoveHandlerFunc_t removeHandlerFunc;
} ServerData_t;

struct greeting_ServerCmd {
    le_msg_MessageRef_t msgRef;
    le_dls_Link_t cmdLink;
};

#define HIGH_SERVER_DATA_COUNT 3
#define HIGH_SERVER_CMD_COUNT 5
LE_MEM_DEFINE_STATIC_POOL(greeting_ServerData, HIGH_SERVER_DATA_COUNT, sizeof(ServerData_t));
LE_MEM_DEFINE_STATIC_POOL(greeting_ServerCmd, HIGH_SERVER_CMD_COUNT,
                          sizeof(struct greeting_ServerCmd));
LE_REF_DEFINE_STATIC_MAP(greeting_ServerHandlers,
                         LE_MEM_BLOCKS(greeting_ServerData, HIGH_SERVER_DATA_COUNT));

static le_mem_PoolRef_t ServerDataPool;
static le_mem_PoolRef_t ServerCmdPool;
static le_ref_MapRef_t HandlerRefMap;
static pthread_mutex_t Mutex = PTHREAD_MUTEX_INITIALIZER;
static le_log_TraceRef_t TraceRef;

LE_CDATA_DECLARE({
    le_msg_ServiceRef_t serverServiceRef;
    le_thread_Ref_t serverThreadRef;
    le_msg_SessionRef_t clientSessionRef;
});

#define LOCK LE_ASSERT(pthread_mutex_lock(&Mutex) == 0)
#define UNLOCK LE_ASSERT(pthread_mutex_unlock(&Mutex) == 0)

le_msg_ServiceRef_t greeting_GetServiceRef(void)
{
    return LE_CDATA_THIS->serverServiceRef;
}

le_msg_SessionRef_t greeting_GetClientSessionRef(void)
{
    return LE_CDATA_THIS->clientSessionRef;
}

static void CleanupClientData(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    LE_UNUSED(contextPtr);
    LOCK;
    LE_CDATA_THIS->clientSessionRef = sessionRef;
    le_ref_IterRef_t iterRef = le_ref_GetIterator(HandlerRefMap);
    while (le_ref_NextNode(iterRef) == LE_OK) {
        ServerData_t *dataPtr = le_ref_GetValue(iterRef);
        if (dataPtr->clientSessionRef != sessionRef)
            continue;
        if (dataPtr->removeHandlerFunc != NULL)
            dataPtr->removeHandlerFunc(dataPtr->handlerRef);
        le_mem_Release(dataPtr);
        le_ref_DeleteRef(HandlerRefMap, (void *)(uintptr_t)le_ref_GetSafeRef(iterRef));
    }
    LE_CDATA_THIS->clientSessionRef = NULL;
    UNLOCK;
}

static void SendMsgToClientQueued(void *msgRef, void *unused)
{
    LE_UNUSED(unused);
    le_msg_Send(msgRef);
}

/* From any thread. */
static void SendMsgToClient(le_msg_MessageRef_t msgRef)
{
    if (le_thread_GetCurrent() != LE_CDATA_THIS->serverThreadRef)
        le_event_QueueFunctionToThread(LE_CDATA_THIS->serverThreadRef, SendMsgToClientQueued,
                                       msgRef, NULL);
    else
        le_msg_Send(msgRef);
}

/* ---- functions ---- */

static void AsyncResponse_greeting_AddHeardHandler(const char *name, void *contextPtr)
{
    const ServerData_t *dataPtr = contextPtr;
    le_msg_MessageRef_t msgRef = le_msg_CreateMsg(dataPtr->clientSessionRef);
    Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    uint8_t *bufferPtr = msgPtr->buffer;
    msgPtr->id = MSGID_greeting_AddHeardHandler;
    LE_ASSERT(le_pack_PackReference(&bufferPtr, dataPtr->contextPtr));
    LE_ASSERT(le_pack_PackString(&bufferPtr, name, GREETING_NAME_LEN));
    SendMsgToClient(msgRef);
}

static void RemoveHeard(void *handlerRef)
{
    greeting_RemoveHeardHandler(handlerRef);
}

static void Handle_greeting_AddHeardHandler(le_msg_MessageRef_t msgRef, uint8_t *bufferPtr)
{
    uint8_t *startPtr = bufferPtr;
    void *contextPtr = NULL;
    if (!le_pack_UnpackReference(&bufferPtr, &contextPtr)) {
        LE_KILL_CLIENT("Error unpacking inputs");
        le_msg_ReleaseMsg(msgRef);
        return;
    }
    ServerData_t *dataPtr = le_mem_Alloc(ServerDataPool);
    dataPtr->clientSessionRef = le_msg_GetSession(msgRef);
    dataPtr->contextPtr = contextPtr;
    dataPtr->removeHandlerFunc = RemoveHeard;
    dataPtr->handlerRef = greeting_AddHeardHandler(AsyncResponse_greeting_AddHeardHandler, dataPtr);
    LOCK;
    void *dataRef = le_ref_CreateRef(HandlerRefMap, dataPtr);
    UNLOCK;
    LE_ASSERT(le_pack_PackReference(&startPtr, dataRef));
    le_msg_Respond(msgRef);
}

static void Handle_greeting_RemoveHeardHandler(le_msg_MessageRef_t msgRef, uint8_t *bufferPtr)
{
    void *dataRef = NULL;
    (void)le_pack_UnpackReference(&bufferPtr, &dataRef);
    LOCK;
    ServerData_t *dataPtr = le_ref_Lookup(HandlerRefMap, dataRef);
    if (dataPtr != NULL)
        le_ref_DeleteRef(HandlerRefMap, dataRef);
    UNLOCK;
    if (dataPtr == NULL) {
        LE_KILL_CLIENT("Invalid reference");
        le_msg_ReleaseMsg(msgRef);
        return;
    }
    greeting_RemoveHeardHandler(dataPtr->handlerRef);
    le_mem_Release(dataPtr);
    le_msg_Respond(msgRef);
}

static void Handle_greeting_Greet(le_msg_MessageRef_t msgRef, uint8_t *bufferPtr)
{
    char name[GREETING_NAME_LEN + 1];
    uint32_t textSize = 0;
    if (!le_pack_UnpackString(&bufferPtr, name, sizeof name, GREETING_NAME_LEN) ||
        !le_pack_UnpackUint32(&bufferPtr, &textSize)) {
        LE_KILL_CLIENT("Error unpacking inputs");
        le_msg_ReleaseMsg(msgRef);
        return;
    }
    greeting_ServerCmdRef_t cmdRef = le_mem_Alloc(ServerCmdPool);
    cmdRef->cmdLink = LE_DLS_LINK_INIT;
    cmdRef->msgRef = msgRef;
    greeting_Greet(cmdRef, name, textSize);
}

void greeting_GreetRespond(greeting_ServerCmdRef_t cmdRef, le_result_t result, const char *text)
{
    le_msg_MessageRef_t msgRef = cmdRef->msgRef;
    uint8_t *bufferPtr = ((Message_t *)le_msg_GetPayloadPtr(msgRef))->buffer;
    LE_FATAL_IF(!le_msg_NeedsResponse(msgRef), "Response has already been sent");
    LE_ASSERT(le_pack_PackResult(&bufferPtr, result));
    LE_ASSERT(le_pack_PackString(&bufferPtr, text, GREETING_TEXT_LEN));
    LE_TRACE(TraceRef, "Sending response to client session %p", (void *)le_msg_GetSession(msgRef));
    le_msg_Respond(msgRef);
    le_mem_Release(cmdRef);
}

static void Handle_greeting_Shout(le_msg_MessageRef_t msgRef, uint8_t *bufferPtr)
{
    int loud = -1;
    le_result_t result = greeting_Shout(le_msg_GetFd(msgRef), &loud);
    LE_ASSERT(le_pack_PackResult(&bufferPtr, result));
    if (loud >= 0)
        le_msg_SetFd(msgRef, loud);
    le_msg_Respond(msgRef);
}

static void ServerMsgRecvHandler(le_msg_MessageRef_t msgRef, void *contextPtr)
{
    Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    LE_UNUSED(contextPtr);
    LE_CDATA_THIS->clientSessionRef = le_msg_GetSession(msgRef);
    switch (msgPtr->id) {
    case MSGID_greeting_Greet:
        Handle_greeting_Greet(msgRef, msgPtr->buffer);
        break;
    case MSGID_greeting_Shout:
        Handle_greeting_Shout(msgRef, msgPtr->buffer);
        break;
    case MSGID_greeting_AddHeardHandler:
        Handle_greeting_AddHeardHandler(msgRef, msgPtr->buffer);
        break;
    case MSGID_greeting_RemoveHeardHandler:
        Handle_greeting_RemoveHeardHandler(msgRef, msgPtr->buffer);
        break;
    default:
        LE_ERROR("Unknown msg id = %u", msgPtr->id);
        le_msg_ReleaseMsg(msgRef);
        break;
    }
    LE_CDATA_THIS->clientSessionRef = NULL;
}

void greeting_AdvertiseService(void)
{
    TraceRef = le_log_GetTraceRef("ipc");
    ServerDataPool =
        le_mem_InitStaticPool(greeting_ServerData, HIGH_SERVER_DATA_COUNT, sizeof(ServerData_t));
    ServerCmdPool = le_mem_InitStaticPool(greeting_ServerCmd, HIGH_SERVER_CMD_COUNT,
                                          sizeof(struct greeting_ServerCmd));
    HandlerRefMap = le_ref_InitStaticMap(
        greeting_ServerHandlers, LE_MEM_BLOCKS(greeting_ServerData, HIGH_SERVER_DATA_COUNT));
    le_msg_ProtocolRef_t protocolRef = le_msg_GetProtocolRef(PROTOCOL_ID_STR, sizeof(Message_t));
    LE_CDATA_THIS->serverServiceRef = le_msg_CreateService(protocolRef, SERVICE_INSTANCE_NAME);
    le_msg_SetServiceRecvHandler(LE_CDATA_THIS->serverServiceRef, ServerMsgRecvHandler, NULL);
    le_msg_AdvertiseService(LE_CDATA_THIS->serverServiceRef);
    (void)le_msg_AddServiceCloseHandler(LE_CDATA_THIS->serverServiceRef, CleanupClientData, NULL);
    LE_CDATA_THIS->serverThreadRef = le_thread_GetCurrent();
}
