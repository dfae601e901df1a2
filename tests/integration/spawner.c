/*
 * A program whose services run in child processes on its gateway's host. It does what its input
 * says, line by line, and answers each with a line; when its input ends, so does it, and they with
 * it.
 *
 * spawner LIBRARY
 *   start     the child's process id, or "error N"
 *   ask       that of the last one again, or "error N"
 *   await     "dead", once the last one is
 */
#include <AbilityKit/native_child_process.h>
#include <IPCKit/ipc_kit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/include/bell.h"
#include "tests/integration/kit_child.h"

static struct bell told = BELL_INIT, died = BELL_INIT;
static int told_error;
static OHIPCRemoteProxy *told_proxy;
static OHIPCRemoteProxy *child; /* the last one */
static OHIPCDeathRecipient *recipient;
static unsigned n_told, n_died;

static void note_start(int error, OHIPCRemoteProxy *proxy)
{
    told_error = error;
    told_proxy = proxy;
    bell_ring(&told);
}

static void note_death(void *user)
{
    (void)user;
    bell_ring(&died);
}

static void say_pid(void)
{
    int32_t pid = -1;
    OHIPCParcel *data = OH_IPCParcel_Create(), *reply = OH_IPCParcel_Create();
    int error = OH_IPCRemoteProxy_SendRequest(child, KIT_CHILD_PIDS, data, reply, NULL);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_ReadInt32(reply, &pid);
    if (error == OH_IPC_SUCCESS)
        printf("%d\n", (int)pid);
    else
        printf("error %d\n", error);
    OH_IPCParcel_Destroy(data);
    OH_IPCParcel_Destroy(reply);
}

static void let_go(void)
{
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteProxy_Destroy(child);
    recipient = NULL;
    child = NULL;
}

static void start(const char *library)
{
    int error = OH_Ability_CreateNativeChildProcess(library, note_start);
    if (error == NCP_NO_ERROR) {
        bool is_told = bell_wait(&told, ++n_told);
        error = is_told ? told_error : NCP_ERR_TIMEOUT;
    }
    if (error != NCP_NO_ERROR) {
        printf("error %d\n", error);
        return;
    }
    let_go();
    child = told_proxy;
    recipient = OH_IPCDeathRecipient_Create(note_death, NULL, NULL);
    if (OH_IPCRemoteProxy_AddDeathRecipient(child, recipient) != OH_IPC_SUCCESS)
        bell_ring(&died);
    say_pid();
}

int main(int argc, char **argv)
{
    char line[16];
    if (argc != 2) {
        (void)fprintf(stderr, "usage: spawner LIBRARY\n");
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "start\n") == 0)
            start(argv[1]);
        else if (strcmp(line, "ask\n") == 0)
            say_pid();
        else if (bell_wait(&died, ++n_died))
            puts("dead");
        (void)fflush(stdout);
    }
    let_go();
    return 0;
}
