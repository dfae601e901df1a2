/*
 * The library that the tests of child processes start. KIT_CHILD in the environment says what it
 * does, so that one library is enough.
 */
#include "tests/integration/kit_child.h"

#include <AbilityKit/native_child_process.h>
#include <fcntl.h>
#include <IPCKit/ipc_kit.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ended;

static void never(int error, OHIPCRemoteProxy *proxy)
{
    (void)error;
    (void)proxy;
    abort();
}

static void end_main(void)
{
    pthread_mutex_lock(&lock);
    ended = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)data;
    (void)user;
    switch ((enum kit_child_code)code) {
    case KIT_CHILD_PIDS:
        (void)OH_IPCParcel_WriteInt32(reply, getpid());
        return OH_IPCParcel_WriteUint64(reply, OH_IPCSkeleton_GetCallingPid());
    case KIT_CHILD_END:
        end_main();
        return OH_IPC_SUCCESS;
    case KIT_CHILD_NEST:
        return OH_IPCParcel_WriteInt32(reply,
                                       OH_Ability_CreateNativeChildProcess("libany.so", never));
    }
    return OH_IPC_CODE_OUT_OF_RANGE;
}

static bool does(const char *what)
{
    const char *said = getenv("KIT_CHILD");
    return said != NULL && strcmp(said, what) == 0;
}

static void wait_for_fifo(void)
{
    const char *path = getenv("KIT_CHILD_FIFO");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    char octet;
    while (fd >= 0 && read(fd, &octet, 1) > 0)
        continue;
    if (fd >= 0)
        (void)close(fd);
}

OHIPCRemoteStub *NativeChildProcess_OnConnect(void);
void NativeChildProcess_MainProc(void);

__attribute__((visibility("default"))) OHIPCRemoteStub *NativeChildProcess_OnConnect(void)
{
    if (does("crash"))
        _exit(1);
    if (does("wait"))
        wait_for_fifo();
    return does("null") ? NULL : OH_IPCRemoteStub_Create("test.child", answer, NULL, NULL);
}

__attribute__((visibility("default"))) void NativeChildProcess_MainProc(void)
{
    if (does("return"))
        return;
    pthread_mutex_lock(&lock);
    while (!ended)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}
