/*
 * What a service of the kit does in these tests; which of it, the request code says. It runs as it
 * is in the same process, in another one, and on another host.
 */
#include "tests/integration/kit_service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/kit_world.h"

#define NOTES_MAX 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int32_t notes[NOTES_MAX];
static size_t n_notes;
static OHIPCRemoteProxy *kept;
static atomic_int n_destroyed;
static OHIPCRemoteStub *self; /* for those that call back with it */

static int32_t read_number(const OHIPCParcel *data)
{
    int32_t number = 0;
    (void)OH_IPCParcel_ReadInt32(data, &number);
    return number;
}

static int result(const OHIPCParcel *data, OHIPCParcel *reply)
{
    int32_t returned = read_number(data);
    if (read_number(data) != 0)
        (void)OH_IPCParcel_WriteInt32(reply, 42);
    return returned;
}

/* ---- who is calling ---- */

static int who(OHIPCParcel *reply)
{
    (void)OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetCallingPid());
    (void)OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetCallingUid());
    (void)OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetCallingTokenId());
    (void)OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetFirstTokenId());
    (void)OH_IPCParcel_WriteInt32(reply, OH_IPCSkeleton_IsLocalCalling());
    return OH_IPCParcel_WriteInt32(reply, OH_IPCSkeleton_IsHandlingTransaction());
}

static int who_there(const OHIPCParcel *data, OHIPCParcel *reply)
{
    OHIPCRemoteProxy *there = OH_IPCParcel_ReadRemoteProxy(data);
    OHIPCParcel *question = OH_IPCParcel_Create();
    OHIPCParcel *answer = OH_IPCParcel_Create();
    int error = OH_IPCRemoteProxy_SendRequest(there, KIT_WHO, question, answer, NULL);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_Append(reply, answer);
    OH_IPCParcel_Destroy(question);
    OH_IPCParcel_Destroy(answer);
    OH_IPCRemoteProxy_Destroy(there);
    return error;
}

static void write_caller(OHIPCParcel *reply)
{
    (void)OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetCallingPid());
    (void)OH_IPCParcel_WriteInt32(reply, OH_IPCSkeleton_IsLocalCalling());
}

static int reset(OHIPCParcel *reply)
{
    char *identity = NULL;
    int32_t len = 0;
    int error = OH_IPCSkeleton_ResetCallingIdentity(&identity, &len, kit_allocate);
    if (error != OH_IPC_SUCCESS)
        return error;
    (void)OH_IPCParcel_WriteString(reply, identity);
    write_caller(reply);
    (void)OH_IPCSkeleton_SetCallingIdentity(identity);
    write_caller(reply);
    (void)OH_IPCParcel_WriteInt32(reply, OH_IPCSkeleton_SetCallingIdentity(""));
    identity[len - 2] = 'x';
    (void)OH_IPCParcel_WriteInt32(reply, OH_IPCSkeleton_SetCallingIdentity(identity));
    free(identity);
    return OH_IPC_SUCCESS; /* the reset ends with the handler */
}

/* ---- objects that are passed ---- */

static int depth(const OHIPCParcel *data, OHIPCParcel *reply)
{
    OHIPCRemoteProxy *there = OH_IPCParcel_ReadRemoteProxy(data);
    int32_t n = read_number(data);
    int32_t deep = 0;
    int error = OH_IPC_SUCCESS;
    if (n > 0) {
        OHIPCParcel *question = OH_IPCParcel_Create();
        OHIPCParcel *answer = OH_IPCParcel_Create();
        (void)OH_IPCParcel_WriteRemoteStub(question, self);
        (void)OH_IPCParcel_WriteInt32(question, n - 1);
        error = OH_IPCRemoteProxy_SendRequest(there, KIT_DEPTH, question, answer, NULL);
        deep = error == OH_IPC_SUCCESS ? read_number(answer) + 1 : 0;
        OH_IPCParcel_Destroy(question);
        OH_IPCParcel_Destroy(answer);
    }
    OH_IPCRemoteProxy_Destroy(there);
    return error == OH_IPC_SUCCESS ? OH_IPCParcel_WriteInt32(reply, deep) : error;
}

struct later {
    OHIPCRemoteProxy *there;
    int32_t n;
};

static void *call_later(void *user)
{
    struct later *later = user;
    for (int32_t i = 0; i < later->n; i++) {
        OHIPCParcel *reply = NULL;
        (void)kit_call(later->there, 1, kit_numbers(1, &later->n), &reply);
        OH_IPCParcel_Destroy(reply);
    }
    OH_IPCRemoteProxy_Destroy(later->there);
    free(later);
    return NULL;
}

static int begin_later(const OHIPCParcel *data)
{
    pthread_t thread;
    struct later *later = malloc(sizeof *later);
    later->there = OH_IPCParcel_ReadRemoteProxy(data);
    later->n = read_number(data);
    if (pthread_create(&thread, NULL, call_later, later) != 0)
        return OH_IPC_INNER_ERROR;
    return pthread_detach(thread) == 0 ? OH_IPC_SUCCESS : OH_IPC_INNER_ERROR;
}

static int32_t take_note(int32_t number)
{
    pthread_mutex_lock(&lock);
    if (n_notes < NOTES_MAX)
        notes[n_notes++] = number;
    int32_t n = (int32_t)n_notes;
    pthread_mutex_unlock(&lock);
    return n;
}

static int note_last(const OHIPCParcel *data)
{
    OHIPCRemoteProxy *there = OH_IPCParcel_ReadRemoteProxy(data);
    int32_t n = take_note(read_number(data));
    OHIPCParcel *question = kit_numbers(1, &n);
    int error = OH_IPCRemoteProxy_SendRequest(there, 1, question, NULL, &kit_async);
    OH_IPCParcel_Destroy(question);
    OH_IPCRemoteProxy_Destroy(there);
    return error;
}

static int give_notes(OHIPCParcel *reply)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_notes; i++)
        (void)OH_IPCParcel_WriteInt32(reply, notes[i]);
    n_notes = 0;
    pthread_mutex_unlock(&lock);
    return OH_IPC_SUCCESS;
}

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user);

static void count_destroyed(void *user)
{
    (void)user;
    atomic_fetch_add(&n_destroyed, 1);
}

static int make_new(OHIPCParcel *reply)
{
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("test.new", answer, count_destroyed, NULL);
    int error = OH_IPCParcel_WriteRemoteStub(reply, stub);
    OH_IPCRemoteStub_Destroy(stub);
    return error;
}

static int keep(OHIPCRemoteProxy *proxy)
{
    pthread_mutex_lock(&lock);
    OHIPCRemoteProxy *before = kept;
    kept = proxy;
    pthread_mutex_unlock(&lock);
    OH_IPCRemoteProxy_Destroy(before);
    return OH_IPC_SUCCESS;
}

static int write_to(const OHIPCParcel *data, OHIPCParcel *reply)
{
    int32_t fd = -1;
    int error = OH_IPCParcel_ReadFileDescriptor(data, &fd);
    if (error == OH_IPC_SUCCESS && write(fd, "x", 1) != 1)
        error = OH_IPC_INNER_ERROR;
    if (fd >= 0)
        (void)close(fd);
    return OH_IPCParcel_WriteInt32(reply, error);
}

_Noreturn static void hang(void)
{
    for (;;)
        (void)pause();
}

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)user;
    switch ((enum kit_code)code) {
    case KIT_ECHO:
        return OH_IPCParcel_Append(reply, data);
    case KIT_RESULT:
        return result(data, reply);
    case KIT_WHO:
        return who(reply);
    case KIT_WHO_THERE:
        return who_there(data, reply);
    case KIT_RESET:
        return reset(reply);
    case KIT_DEPTH:
        return depth(data, reply);
    case KIT_LATER:
        return begin_later(data);
    case KIT_NOTE:
        (void)take_note(read_number(data));
        return OH_IPC_SUCCESS;
    case KIT_NOTE_LAST:
        return note_last(data);
    case KIT_NOTES:
        return give_notes(reply);
    case KIT_NEW:
        return make_new(reply);
    case KIT_N_DESTROYED:
        return OH_IPCParcel_WriteInt32(reply, atomic_load(&n_destroyed));
    case KIT_KEEP:
        return keep(OH_IPCParcel_ReadRemoteProxy(data));
    case KIT_DROP:
        return keep(NULL);
    case KIT_WRITE:
        return write_to(data, reply);
    case KIT_HANG:
        hang();
    case KIT_SET_MAX:
        return OH_IPCSkeleton_SetMaxWorkThreadNum(read_number(data));
    case KIT_EXIT:
        exit(EXIT_SUCCESS);
    }
    return OH_IPC_CODE_OUT_OF_RANGE;
}

OHIPCRemoteStub *kit_service_create(void)
{
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create(KIT_SERVICE_DESCRIPTOR, answer, NULL, NULL);
    self = stub;
    return stub;
}
