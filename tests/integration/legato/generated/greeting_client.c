/*
 * A stand-in for the client's side of what Legato's interface generator makes: it calls all that
 * such code calls. A session a thread; synchronous requests; handlers behind references.
 */
#include "greeting_interface.h"
#include "greeting_messages.h"
#include "greeting_service.h"
#include "legato.h"

typedef struct {
    greeting_HeardHandlerFunc_t handlerPtr;
    void *contextPtr;
    void *handlerRef;
    le_thread_Ref_t callersThreadRef;
} ClientData_t;

typedef struct {
    le_msg_SessionRef_t sessionRef;
    int clientCount;
    greeting_DisconnectHandler_t disconnectHandler;
    void *contextPtr;
} ClientThreadData_t;

#define HIGH_CLIENT_DATA_COUNT 2
LE_MEM_DEFINE_STATIC_POOL(greeting_ClientData, HIGH_CLIENT_DATA_COUNT, sizeof(ClientData_t));
LE_REF_DEFINE_STATIC_MAP(greeting_ClientHandlers,
                         LE_MEM_BLOCKS(greeting_ClientData, HIGH_CLIENT_DATA_COUNT));

static le_mem_PoolRef_t ClientDataPool;
static le_mem_PoolRef_t ClientThreadDataPool;
static le_ref_MapRef_t HandlerRefMap;
static pthread_key_t ThreadDataKey;
static pthread_mutex_t Mutex = PTHREAD_MUTEX_INITIALIZER;
static bool CommonDataInitialized;
static le_log_TraceRef_t TraceRef;

#define LOCK LE_ASSERT(pthread_mutex_lock(&Mutex) == 0)
#define UNLOCK LE_ASSERT(pthread_mutex_unlock(&Mutex) == 0)
#define TRACE(...) LE_TRACE(TraceRef, __VA_ARGS__)

static void ClientIndicationRecvHandler(le_msg_MessageRef_t msgRef, void *contextPtr);

static void InitCommonData(void)
{
    LOCK;
    if (!CommonDataInitialized) {
        ClientDataPool = le_mem_InitStaticPool(greeting_ClientData, HIGH_CLIENT_DATA_COUNT,
                                               sizeof(ClientData_t));
        ClientThreadDataPool =
            le_mem_CreatePool("greeting_ClientThreadData", sizeof(ClientThreadData_t));
        LE_ASSERT(pthread_key_create(&ThreadDataKey, NULL) == 0);
        HandlerRefMap = le_ref_InitStaticMap(
            greeting_ClientHandlers, LE_MEM_BLOCKS(greeting_ClientData, HIGH_CLIENT_DATA_COUNT));
        TraceRef = le_log_GetTraceRef("ipc");
        CommonDataInitialized = true;
    }
    UNLOCK;
}

static ClientThreadData_t *GetThreadData(void)
{
    ClientThreadData_t *threadPtr = pthread_getspecific(ThreadDataKey);
    LE_FATAL_IF(threadPtr == NULL, "greeting_ConnectService() not called for current thread");
    return threadPtr;
}

static le_result_t DoConnectService(bool isBlocking)
{
    InitCommonData();
    ClientThreadData_t *threadPtr = pthread_getspecific(ThreadDataKey);
    if (threadPtr != NULL) {
        threadPtr->clientCount++;
        return LE_OK;
    }
    le_msg_ProtocolRef_t protocolRef = le_msg_GetProtocolRef(PROTOCOL_ID_STR, sizeof(Message_t));
    le_msg_SessionRef_t sessionRef = le_msg_CreateSession(protocolRef, SERVICE_INSTANCE_NAME);
    le_msg_SetSessionRecvHandler(sessionRef, ClientIndicationRecvHandler, NULL);
    if (isBlocking) {
        le_msg_OpenSessionSync(sessionRef);
    } else {
        le_result_t result = le_msg_TryOpenSessionSync(sessionRef);
        if (result != LE_OK) {
            LE_DEBUG("Could not connect to '%s': %s", SERVICE_INSTANCE_NAME, LE_RESULT_TXT(result));
            le_msg_DeleteSession(sessionRef);
            return result;
        }
    }
    threadPtr = le_mem_ForceAlloc(ClientThreadDataPool);
    memset(threadPtr, 0, sizeof *threadPtr);
    threadPtr->sessionRef = sessionRef;
    threadPtr->clientCount = 1;
    LE_FATAL_IF(pthread_setspecific(ThreadDataKey, threadPtr) != 0, "pthread_setspecific()");
    return LE_OK;
}

void greeting_ConnectService(void)
{
    (void)DoConnectService(true);
}

le_result_t greeting_TryConnectService(void)
{
    return DoConnectService(false);
}

static void ForgetThreadData(ClientThreadData_t *threadPtr)
{
    le_msg_DeleteSession(threadPtr->sessionRef);
    le_mem_Release(threadPtr);
    LE_FATAL_IF(pthread_setspecific(ThreadDataKey, NULL) != 0, "pthread_setspecific()");
}

static void SessionCloseHandler(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    ClientThreadData_t *threadPtr = contextPtr;
    greeting_DisconnectHandler_t disconnectHandler = threadPtr->disconnectHandler;
    void *disconnectContextPtr = threadPtr->contextPtr;
    LE_ASSERT(sessionRef == threadPtr->sessionRef);
    ForgetThreadData(threadPtr);
    if (disconnectHandler != NULL)
        disconnectHandler(disconnectContextPtr);
    LE_FATAL("Component for greeting disconnected");
}

void greeting_SetServerDisconnectHandler(greeting_DisconnectHandler_t disconnectHandler,
                                         void *contextPtr)
{
    ClientThreadData_t *threadPtr = GetThreadData();
    threadPtr->disconnectHandler = disconnectHandler;
    threadPtr->contextPtr = contextPtr;
    le_msg_SetSessionCloseHandler(threadPtr->sessionRef, SessionCloseHandler, threadPtr);
}

void greeting_DisconnectService(void)
{
    ClientThreadData_t *threadPtr = pthread_getspecific(ThreadDataKey);
    if (threadPtr == NULL)
        LE_CRIT("Trying to stop non-existent client session");
    else if (threadPtr->clientCount > 1)
        threadPtr->clientCount--;
    else
        ForgetThreadData(threadPtr);
}

/* ---- functions ---- */

static le_msg_MessageRef_t Begin(uint32_t id, uint8_t **bufferPtr)
{
    le_msg_MessageRef_t msgRef = le_msg_CreateMsg(GetThreadData()->sessionRef);
    Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    msgPtr->id = id;
    *bufferPtr = msgPtr->buffer;
    return msgRef;
}

static le_msg_MessageRef_t Ask(le_msg_MessageRef_t msgRef, uint8_t **bufferPtr)
{
    le_msg_SessionRef_t sessionRef = le_msg_GetSession(msgRef);
    TRACE("Sending message to server and waiting for response");
    le_msg_MessageRef_t responseRef = le_msg_RequestSyncResponse(msgRef);
    if (responseRef == NULL) {
        le_msg_SessionEventHandler_t closeHandler = NULL;
        void *closeContextPtr = NULL;
        le_msg_GetSessionCloseHandler(sessionRef, &closeHandler, &closeContextPtr);
        if (closeHandler != NULL)
            closeHandler(sessionRef, closeContextPtr);
        LE_FATAL("Error receiving response from server");
    }
    *bufferPtr = ((Message_t *)le_msg_GetPayloadPtr(responseRef))->buffer;
    return responseRef;
}

le_result_t greeting_Greet(const char *name, char *text, size_t textSize)
{
    uint8_t *bufferPtr = NULL;
    le_result_t result = LE_OK;
    le_msg_MessageRef_t msgRef = Begin(MSGID_greeting_Greet, &bufferPtr);
    LE_ASSERT(le_pack_PackString(&bufferPtr, name, GREETING_NAME_LEN));
    LE_ASSERT(le_pack_PackUint32(&bufferPtr, (uint32_t)textSize));
    le_msg_MessageRef_t responseRef = Ask(msgRef, &bufferPtr);
    LE_ASSERT(le_pack_UnpackResult(&bufferPtr, &result));
    LE_ASSERT(le_pack_UnpackString(&bufferPtr, text, textSize, GREETING_TEXT_LEN));
    le_msg_ReleaseMsg(responseRef);
    return result;
}

le_result_t greeting_Shout(int quiet, int *loudPtr)
{
    uint8_t *bufferPtr = NULL;
    le_result_t result = LE_OK;
    le_msg_MessageRef_t msgRef = Begin(MSGID_greeting_Shout, &bufferPtr);
    le_msg_SetFd(msgRef, quiet);
    le_msg_MessageRef_t responseRef = Ask(msgRef, &bufferPtr);
    LE_ASSERT(le_pack_UnpackResult(&bufferPtr, &result));
    *loudPtr = le_msg_GetFd(responseRef);
    le_msg_ReleaseMsg(responseRef);
    return result;
}

greeting_HeardHandlerRef_t greeting_AddHeardHandler(greeting_HeardHandlerFunc_t handlerPtr,
                                                    void *contextPtr)
{
    uint8_t *bufferPtr = NULL;
    ClientData_t *dataPtr = le_mem_Alloc(ClientDataPool);
    dataPtr->handlerPtr = handlerPtr;
    dataPtr->contextPtr = contextPtr;
    dataPtr->callersThreadRef = le_thread_GetCurrent();
    LOCK;
    void *dataRef = le_ref_CreateRef(HandlerRefMap, dataPtr);
    UNLOCK;
    le_msg_MessageRef_t msgRef = Begin(MSGID_greeting_AddHeardHandler, &bufferPtr);
    LE_ASSERT(le_pack_PackReference(&bufferPtr, dataRef));
    le_msg_MessageRef_t responseRef = Ask(msgRef, &bufferPtr);
    LE_ASSERT(le_pack_UnpackReference(&bufferPtr, &dataPtr->handlerRef));
    le_msg_ReleaseMsg(responseRef);
    return dataRef;
}

void greeting_RemoveHeardHandler(greeting_HeardHandlerRef_t handlerRef)
{
    uint8_t *bufferPtr = NULL;
    LOCK;
    ClientData_t *dataPtr = le_ref_Lookup(HandlerRefMap, handlerRef);
    LE_FATAL_IF(dataPtr == NULL, "Invalid reference");
    le_ref_DeleteRef(HandlerRefMap, handlerRef);
    UNLOCK;
    le_msg_MessageRef_t msgRef = Begin(MSGID_greeting_RemoveHeardHandler, &bufferPtr);
    LE_ASSERT(le_pack_PackReference(&bufferPtr, dataPtr->handlerRef));
    le_mem_Release(dataPtr);
    le_msg_ReleaseMsg(Ask(msgRef, &bufferPtr));
}

/* ---- what the server says ---- */

static void HandleHeard(void *reportPtr, void *dataPtr)
{
    le_msg_MessageRef_t msgRef = reportPtr;
    const ClientData_t *clientDataPtr = dataPtr;
    uint8_t *bufferPtr = ((Message_t *)le_msg_GetPayloadPtr(msgRef))->buffer;
    void *dataRef = NULL;
    char name[GREETING_NAME_LEN + 1];
    LE_ASSERT(le_pack_UnpackReference(&bufferPtr, &dataRef));
    LE_ASSERT(le_pack_UnpackString(&bufferPtr, name, sizeof name, GREETING_NAME_LEN));
    clientDataPtr->handlerPtr(name, clientDataPtr->contextPtr);
    le_msg_ReleaseMsg(msgRef);
}

static void ClientIndicationRecvHandler(le_msg_MessageRef_t msgRef, void *contextPtr)
{
    const Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    uint8_t *bufferPtr = ((Message_t *)le_msg_GetPayloadPtr(msgRef))->buffer;
    void *dataRef = NULL;
    LE_UNUSED(contextPtr);
    LE_FATAL_IF(!le_pack_UnpackReference(&bufferPtr, &dataRef), "Failed to unpack message");
    LOCK;
    ClientData_t *dataPtr = le_ref_Lookup(HandlerRefMap, dataRef);
    UNLOCK;
    if (dataPtr == NULL) {
        LE_DEBUG("Ignore reported event after handler removed");
        le_msg_ReleaseMsg(msgRef);
        return;
    }
    LE_FATAL_IF(msgPtr->id != MSGID_greeting_AddHeardHandler, "Unknown msg id = %u", msgPtr->id);
    le_event_QueueFunctionToThread(dataPtr->callersThreadRef, HandleHeard, msgRef, dataPtr);
}
