/*
 * Asks the store, or listens to it:
 *
 *     kvstore_client set KEY VALUE | get KEY | remove KEY | store KEY FILE | fetch KEY FILE
 *     kvstore_client watch [COUNT]
 *
 * Who watches waits for the store, whichever is started first, and for its return.
 */
#include "interfaces.h"
#include "kvstore.h"
#include "legato.h"

#define CHUNK_SIZE 65536u

static le_msg_SessionRef_t SessionRef;
static const char *Words[3] = {"", "", ""}; /* operation, key, value or file */
static size_t NumWords;
static int NumToSee; /* changes, 0: without end */

static void TakeWord(const char *wordPtr)
{
    if (NumWords == NUM_ARRAY_MEMBERS(Words)) {
        (void)fprintf(stderr, "kvstore_client: '%s' is too much\n", wordPtr);
        exit(EXIT_FAILURE);
    }
    Words[NumWords++] = wordPtr;
}

static void Fail(const char *textPtr)
{
    (void)fprintf(stderr, "kvstore_client: %s %s: %s\n", Words[0], Words[1], textPtr);
    exit(EXIT_FAILURE);
}

/* ---- watching ---- */

static void ShowChange(le_msg_MessageRef_t msgRef, void *contextPtr)
{
    const kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    LE_UNUSED(contextPtr);
    if (msgPtr->result == LE_NOT_FOUND)
        printf("%s is gone\n", msgPtr->key);
    else if (msgPtr->size < sizeof msgPtr->value)
        printf("%s = %s\n", msgPtr->key, msgPtr->value);
    else
        printf("%s has %" PRIu64 " octets\n", msgPtr->key, msgPtr->size);
    le_msg_ReleaseMsg(msgRef);
    if (NumToSee > 0 && --NumToSee == 0)
        exit(EXIT_SUCCESS);
}

static void ShowOpen(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    LE_UNUSED(sessionRef);
    LE_UNUSED(contextPtr);
    puts("watching");
}

static void OpenAgain(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    LE_UNUSED(contextPtr);
    puts("the store is gone");
    le_msg_OpenSession(sessionRef, ShowOpen, NULL);
}

static void Watch(void)
{
    if (NumWords > 1 && le_utf8_ParseInt(&NumToSee, Words[1]) != LE_OK)
        Fail("this is no number");
    le_msg_SetSessionRecvHandler(SessionRef, ShowChange, NULL);
    le_msg_SetSessionCloseHandler(SessionRef, OpenAgain, NULL);
    le_msg_OpenSession(SessionRef, ShowOpen, NULL);
}

/* ---- asking ---- */

/* What everyone with a session is told; who asks one thing does not care. */
static void Ignore(le_msg_MessageRef_t msgRef, void *contextPtr)
{
    LE_UNUSED(contextPtr);
    le_msg_ReleaseMsg(msgRef);
}

static void HandleClose(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    LE_UNUSED(sessionRef);
    LE_UNUSED(contextPtr);
    Fail("the store is gone");
}

static le_msg_MessageRef_t Ask(kvstore_Operation_t operation, int fd, uint64_t size)
{
    le_msg_MessageRef_t msgRef = le_msg_CreateMsg(SessionRef);
    kvstore_Message_t *msgPtr = le_msg_GetPayloadPtr(msgRef);
    msgPtr->operation = operation;
    msgPtr->size = size;
    if (le_utf8_Copy(msgPtr->key, Words[1], sizeof msgPtr->key, NULL) != LE_OK)
        Fail("this is too long a key");
    if (operation == KVSTORE_SET &&
        le_utf8_Copy(msgPtr->value, Words[2], sizeof msgPtr->value, NULL) != LE_OK)
        Fail("this is too long: store it");
    if (fd >= 0)
        le_msg_SetFd(msgRef, fd);
    le_msg_MessageRef_t responseRef = le_msg_RequestSyncResponse(msgRef);
    if (responseRef == NULL)
        Fail("no response");
    const kvstore_Message_t *responsePtr = le_msg_GetPayloadPtr(responseRef);
    if (responsePtr->result != LE_OK)
        Fail(LE_RESULT_TXT((le_result_t)responsePtr->result));
    return responseRef;
}

static void Get(void)
{
    le_msg_MessageRef_t responseRef = Ask(KVSTORE_GET, -1, 0);
    const kvstore_Message_t *responsePtr = le_msg_GetPayloadPtr(responseRef);
    puts(responsePtr->value);
    le_msg_ReleaseMsg(responseRef);
}

static void Store(void)
{
    struct stat status;
    int fd = le_fd_Open(Words[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        Fail("there is no such file");
    le_msg_ReleaseMsg(Ask(KVSTORE_STORE, fd, (uint64_t)status.st_size));
    printf("%s: %lld octets stored\n", Words[1], (long long)status.st_size);
}

static void Fetch(void)
{
    static uint8_t chunk[CHUNK_SIZE];
    le_msg_MessageRef_t responseRef = Ask(KVSTORE_FETCH, -1, 0);
    const kvstore_Message_t *responsePtr = le_msg_GetPayloadPtr(responseRef);
    uint64_t size = 0;
    ssize_t numRead = 0;
    int fd = le_msg_GetFd(responseRef);
    FILE *filePtr = fopen(Words[2], "wb");
    if (fd < 0 || filePtr == NULL)
        Fail("this cannot be written");
    while ((numRead = le_fd_Read(fd, chunk, sizeof chunk)) > 0) {
        size += (uint64_t)numRead;
        if (fwrite(chunk, 1, (size_t)numRead, filePtr) != (size_t)numRead)
            Fail("this cannot be written");
    }
    (void)le_fd_Close(fd);
    if (fclose(filePtr) != 0 || numRead < 0 || size != responsePtr->size)
        Fail("this is not all of it");
    printf("%s: %" PRIu64 " octets fetched\n", Words[1], size);
    le_msg_ReleaseMsg(responseRef);
}

static void AskOnce(void)
{
    le_msg_SetSessionRecvHandler(SessionRef, Ignore, NULL);
    le_msg_SetSessionCloseHandler(SessionRef, HandleClose, NULL);
    le_result_t result = le_msg_TryOpenSessionSync(SessionRef);
    if (result != LE_OK)
        Fail(LE_RESULT_TXT(result));
    if (strcmp(Words[0], "set") == 0 && NumWords == 3)
        le_msg_ReleaseMsg(Ask(KVSTORE_SET, -1, 0));
    else if (strcmp(Words[0], "get") == 0 && NumWords == 2)
        Get();
    else if (strcmp(Words[0], "remove") == 0 && NumWords == 2)
        le_msg_ReleaseMsg(Ask(KVSTORE_REMOVE, -1, 0));
    else if (strcmp(Words[0], "store") == 0 && NumWords == 3)
        Store();
    else if (strcmp(Words[0], "fetch") == 0 && NumWords == 3)
        Fetch();
    else
        Fail("set KEY VALUE, get KEY, remove KEY, store KEY FILE, fetch KEY FILE, watch [COUNT]");
    le_msg_DeleteSession(SessionRef);
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    le_arg_AddPositionalCallback(TakeWord);
    le_arg_AllowMorePositionalArgsThanCallbacks();
    le_arg_Scan();

    SessionRef = le_msg_CreateSession(
        le_msg_GetProtocolRef(KVSTORE_PROTOCOL_ID, sizeof(kvstore_Message_t)), KVSTORE_INTERFACE);
    if (strcmp(Words[0], "watch") == 0)
        Watch();
    else
        AskOnce();
}
