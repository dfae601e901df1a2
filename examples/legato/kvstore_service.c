/*
 * A store of keys and values: kvstore_service [NAME]. Everyone who has a session hears of every
 * change. A large value comes and goes through a descriptor; while one comes, its request waits for
 * the response, and everything else goes on.
 */
#include "interfaces.h"
#include "kvstore.h"
#include "legato.h"

#define CHUNK_SIZE 65536u /* of a large value, in one turn of the loop */

typedef struct {
    char key[KVSTORE_KEY_SIZE];
    uint8_t *valuePtr; /* with a NUL behind it */
    size_t size;
} Entry_t;

typedef struct {
    le_dls_Link_t link;
    le_msg_SessionRef_t sessionRef;
} Client_t;

/* A large value on its way in. */
typedef struct {
    le_msg_MessageRef_t requestRef;
    le_fdMonitor_Ref_t monitorRef;
    uint8_t *valuePtr;
    size_t size;
    size_t numReceived;
} Transfer_t;

static le_mem_PoolRef_t EntryPool;
static le_mem_PoolRef_t ClientPool;
static le_mem_PoolRef_t TransferPool;
static le_hashmap_Ref_t Entries;
static le_dls_List_t Clients = LE_DLS_LIST_DECL_INIT;

/* ---- entries ---- */

static void EntryDestructor(void *objPtr)
{
    Entry_t *entryPtr = objPtr;
    free(entryPtr->valuePtr);
}

static void TellClients(const char *keyPtr, const Entry_t *entryPtr)
{
    Client_t *clientPtr;
    LE_DLS_FOREACH(&Clients, clientPtr, Client_t, link)
    {
        le_msg_MessageRef_t msgRef = le_msg_CreateMsg(clientPtr->sessionRef);
        kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
        msgPtr->operation = KVSTORE_CHANGED;
        (void)le_utf8_Copy(msgPtr->key, keyPtr, sizeof msgPtr->key, NULL);
        if (entryPtr == NULL) {
            msgPtr->result = LE_NOT_FOUND;
        } else {
            msgPtr->size = entryPtr->size;
            if (entryPtr->size < sizeof msgPtr->value)
                memcpy(msgPtr->value, entryPtr->valuePtr, entryPtr->size);
        }
        le_msg_Send(msgRef);
    }
}

static void Remove(const char *keyPtr)
{
    Entry_t *entryPtr = le_hashmap_Remove(Entries, keyPtr);
    if (entryPtr != NULL)
        le_mem_Release(entryPtr);
}

/* Takes the value. */
static le_result_t Put(const char *keyPtr, uint8_t *valuePtr, size_t size)
{
    Remove(keyPtr);
    if (le_hashmap_Size(Entries) == KVSTORE_ENTRIES_MAX) {
        free(valuePtr);
        return LE_NO_MEMORY;
    }
    Entry_t *entryPtr = le_mem_ForceAlloc(EntryPool);
    (void)le_utf8_Copy(entryPtr->key, keyPtr, sizeof entryPtr->key, NULL);
    entryPtr->valuePtr = valuePtr;
    entryPtr->size = size;
    (void)le_hashmap_Put(Entries, entryPtr->key, entryPtr);
    TellClients(keyPtr, entryPtr);
    return LE_OK;
}

/* ---- requests ---- */

static void Answer(le_msg_MessageRef_t msgRef, le_result_t result)
{
    kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    msgPtr->result = result;
    if (le_msg_NeedsResponse(msgRef))
        le_msg_Respond(msgRef);
    else
        le_msg_ReleaseMsg(msgRef);
}

static le_result_t Set(const kvstore_Message_t *msgPtr)
{
    size_t size = strlen(msgPtr->value);
    uint8_t *valuePtr = calloc(1, size + 1);
    LE_ASSERT(valuePtr != NULL);
    memcpy(valuePtr, msgPtr->value, size);
    return Put(msgPtr->key, valuePtr, size);
}

static le_result_t Get(kvstore_Message_t *msgPtr)
{
    const Entry_t *entryPtr = le_hashmap_Get(Entries, msgPtr->key);
    if (entryPtr == NULL)
        return LE_NOT_FOUND;
    msgPtr->size = entryPtr->size;
    if (entryPtr->size >= sizeof msgPtr->value)
        return LE_OVERFLOW;
    memcpy(msgPtr->value, entryPtr->valuePtr, entryPtr->size + 1);
    return LE_OK;
}

static le_result_t RemoveAsked(const kvstore_Message_t *msgPtr)
{
    if (!le_hashmap_ContainsKey(Entries, msgPtr->key))
        return LE_NOT_FOUND;
    Remove(msgPtr->key);
    TellClients(msgPtr->key, NULL);
    return LE_OK;
}

/* A file without a name that has the value, at its beginning; -1. */
static int OpenCopy(const Entry_t *entryPtr)
{
    FILE *filePtr = tmpfile();
    if (filePtr == NULL)
        return -1;
    int fd = -1;
    if (fwrite(entryPtr->valuePtr, 1, entryPtr->size, filePtr) == entryPtr->size &&
        fflush(filePtr) == 0)
        fd = le_fd_Dup(fileno(filePtr));
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
        (void)le_fd_Close(fd);
        fd = -1;
    }
    (void)fclose(filePtr);
    return fd;
}

static le_result_t Fetch(le_msg_MessageRef_t msgRef)
{
    kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    const Entry_t *entryPtr = le_hashmap_Get(Entries, msgPtr->key);
    if (entryPtr == NULL)
        return LE_NOT_FOUND;
    int fd = OpenCopy(entryPtr);
    if (fd < 0)
        return LE_IO_ERROR;
    msgPtr->size = entryPtr->size;
    le_msg_SetFd(msgRef, fd);
    return LE_OK;
}

/* ---- large values that come ---- */

static void EndTransfer(Transfer_t *transferPtr, int fd, le_result_t result)
{
    const kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(transferPtr->requestRef);
    if (result == LE_OK)
        result = Put(msgPtr->key, transferPtr->valuePtr, transferPtr->size);
    else
        free(transferPtr->valuePtr);
    le_fdMonitor_Delete(transferPtr->monitorRef);
    (void)le_fd_Close(fd);
    Answer(transferPtr->requestRef, result);
    le_mem_Release(transferPtr);
}

static void Receive(int fd, short events)
{
    Transfer_t *transferPtr = le_fdMonitor_GetContextPtr();
    size_t most = transferPtr->size - transferPtr->numReceived;
    ssize_t numRead = 0;
    LE_UNUSED(events);
    if (most > CHUNK_SIZE)
        most = CHUNK_SIZE;
    if (most > 0)
        numRead = le_fd_Read(fd, transferPtr->valuePtr + transferPtr->numReceived, most);
    if (numRead > 0)
        transferPtr->numReceived += (size_t)numRead;
    if (transferPtr->numReceived == transferPtr->size)
        EndTransfer(transferPtr, fd, LE_OK);
    else if (numRead == 0)
        EndTransfer(transferPtr, fd, LE_UNDERFLOW);
    else if (numRead < 0 && errno != EAGAIN)
        EndTransfer(transferPtr, fd, LE_IO_ERROR);
}

/* LE_IN_PROGRESS: it is answered when all of it is there. */
static le_result_t Store(le_msg_MessageRef_t msgRef)
{
    const kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    int fd = le_msg_GetFd(msgRef);
    if (fd < 0)
        return LE_BAD_PARAMETER;
    uint8_t *valuePtr = msgPtr->size <= KVSTORE_LARGE_MAX ? calloc(1, msgPtr->size + 1) : NULL;
    if (valuePtr == NULL) {
        (void)le_fd_Close(fd);
        return LE_OVERFLOW;
    }
    Transfer_t *transferPtr = le_mem_ForceAlloc(TransferPool);
    transferPtr->requestRef = msgRef;
    transferPtr->valuePtr = valuePtr;
    transferPtr->size = msgPtr->size;
    transferPtr->numReceived = 0;
    transferPtr->monitorRef = le_fdMonitor_Create("transfer", fd, Receive, POLLIN);
    le_fdMonitor_SetContextPtr(transferPtr->monitorRef, transferPtr);
    return LE_IN_PROGRESS;
}

/* ---- clients ---- */

static bool IsString(const char *textPtr, size_t size)
{
    return strnlen(textPtr, size) < size;
}

static void HandleMessage(le_msg_MessageRef_t msgRef, void *contextPtr)
{
    kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    le_result_t result = LE_NOT_IMPLEMENTED;
    LE_UNUSED(contextPtr);
    if (msgPtr->key[0] == '\0' || !IsString(msgPtr->key, sizeof msgPtr->key) ||
        !IsString(msgPtr->value, sizeof msgPtr->value)) {
        LE_KILL_CLIENT("A message without a key.");
        le_msg_ReleaseMsg(msgRef);
        return;
    }
    switch (msgPtr->operation) {
    case KVSTORE_SET:
        result = Set(msgPtr);
        break;
    case KVSTORE_GET:
        result = Get(msgPtr);
        break;
    case KVSTORE_REMOVE:
        result = RemoveAsked(msgPtr);
        break;
    case KVSTORE_STORE:
        result = Store(msgRef);
        break;
    case KVSTORE_FETCH:
        result = Fetch(msgRef);
        break;
    default:
        break;
    }
    if (result != LE_IN_PROGRESS)
        Answer(msgRef, result);
}

static void HandleOpen(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    Client_t *clientPtr = le_mem_ForceAlloc(ClientPool);
    uid_t uid = 0;
    pid_t pid = 0;
    LE_UNUSED(contextPtr);
    clientPtr->link = LE_DLS_LINK_INIT;
    clientPtr->sessionRef = sessionRef;
    le_msg_SetSessionContextPtr(sessionRef, clientPtr);
    le_dls_Queue(&Clients, &clientPtr->link);
    if (le_msg_GetClientUserCreds(sessionRef, &uid, &pid) == LE_OK)
        LE_DEBUG("A client of user %u, process %d.", (unsigned)uid, (int)pid);
}

static void HandleClose(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    Client_t *clientPtr = le_msg_GetSessionContextPtr(sessionRef);
    LE_UNUSED(contextPtr);
    le_dls_Remove(&Clients, &clientPtr->link);
    le_mem_Release(clientPtr);
}

COMPONENT_INIT
{
    const char *namePtr = le_arg_NumArgs() > 0 ? le_arg_GetArg(0) : KVSTORE_INTERFACE;

    EntryPool = le_mem_CreatePool("entries", sizeof(Entry_t));
    le_mem_SetDestructor(EntryPool, EntryDestructor);
    ClientPool = le_mem_CreatePool("clients", sizeof(Client_t));
    TransferPool = le_mem_CreatePool("transfers", sizeof(Transfer_t));
    Entries = le_hashmap_Create("entries", KVSTORE_ENTRIES_MAX, le_hashmap_HashString,
                                le_hashmap_EqualsString);

    le_msg_ProtocolRef_t protocolRef =
        le_msg_GetProtocolRef(KVSTORE_PROTOCOL_ID, sizeof(kvstore_Message_t));
    le_msg_ServiceRef_t serviceRef = le_msg_CreateService(protocolRef, namePtr);
    le_msg_SetServiceRecvHandler(serviceRef, HandleMessage, NULL);
    (void)le_msg_AddServiceOpenHandler(serviceRef, HandleOpen, NULL);
    (void)le_msg_AddServiceCloseHandler(serviceRef, HandleClose, NULL);
    le_msg_AdvertiseService(serviceRef);
    printf("%s: ready\n", namePtr);
}
