/*
 * A calculator, as a service written against OpenHarmony's IPC Kit has it, but for one line: it is
 * published under a name. Which gateway carries it is said by VIADUCT_GATEWAY alone.
 */
#include <IPCKit/ipc_kit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct_openharmony.h>

#include "calculator.h"

static void *allocate(int32_t len)
{
    return malloc((size_t)len);
}

/* The kit checks no token by itself. */
static bool is_for_us(const OHIPCParcel *data)
{
    char *token = NULL;
    int32_t len = 0;
    if (OH_IPCParcel_ReadInterfaceToken(data, &token, &len, allocate) != OH_IPC_SUCCESS)
        return false;
    bool equal = strcmp(token, CALCULATOR_TOKEN) == 0;
    free(token);
    return equal;
}

static int read_numbers(const OHIPCParcel *data, int32_t *ap, int32_t *bp, int32_t *sump)
{
    if (!is_for_us(data) || OH_IPCParcel_ReadInt32(data, ap) != OH_IPC_SUCCESS ||
        OH_IPCParcel_ReadInt32(data, bp) != OH_IPC_SUCCESS)
        return OH_IPC_PARCEL_READ_ERROR;
    return __builtin_add_overflow(*ap, *bp, sump) ? CALCULATOR_OVERFLOW : OH_IPC_SUCCESS;
}

static void client_died(void *user)
{
    (void)user;
    puts("calculator: a client died before it had its sum");
}

/* Asynchronously, so that a slow client does not hold up the calculator. */
static int send_sum(OHIPCRemoteProxy *callback, int32_t a, int32_t b, int32_t sum)
{
    const OH_IPC_MessageOption later = {OH_IPC_REQUEST_MODE_ASYNC, 0, NULL};
    OHIPCParcel *data = OH_IPCParcel_Create();
    if (data == NULL)
        return OH_IPC_INNER_ERROR;
    int error = OH_IPCParcel_WriteInterfaceToken(data, CALCULATOR_CALLBACK_TOKEN);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_WriteInt32(data, a);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_WriteInt32(data, b);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_WriteInt32(data, sum);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCRemoteProxy_SendRequest(callback, CALCULATOR_SUM, data, NULL, &later);
    OH_IPCParcel_Destroy(data);
    return error;
}

static int add_later(const OHIPCParcel *data)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t sum = 0;
    int error = read_numbers(data, &a, &b, &sum);
    if (error != OH_IPC_SUCCESS)
        return error;
    OHIPCRemoteProxy *callback = OH_IPCParcel_ReadRemoteProxy(data);
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(client_died, NULL, NULL);
    if (callback == NULL || recipient == NULL) {
        OH_IPCRemoteProxy_Destroy(callback);
        OH_IPCDeathRecipient_Destroy(recipient);
        return OH_IPC_PARCEL_READ_ERROR;
    }
    bool watched = OH_IPCRemoteProxy_AddDeathRecipient(callback, recipient) == OH_IPC_SUCCESS;
    error = send_sum(callback, a, b, sum);
    if (watched)
        (void)OH_IPCRemoteProxy_RemoveDeathRecipient(callback, recipient);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteProxy_Destroy(callback);
    return error;
}

static int add(const OHIPCParcel *data, OHIPCParcel *reply)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t sum = 0;
    int error = read_numbers(data, &a, &b, &sum);
    return error == OH_IPC_SUCCESS ? OH_IPCParcel_WriteInt32(reply, sum) : error;
}

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)user;
    switch (code) {
    case CALCULATOR_ADD:
        return add(data, reply);
    case CALCULATOR_ADD_LATER:
        return add_later(data);
    default:
        return OH_IPC_CODE_OUT_OF_RANGE;
    }
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : CALCULATOR_NAME;
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create(CALCULATOR_TOKEN, answer, NULL, NULL);
    if (stub == NULL)
        return EXIT_FAILURE;
    enum via_status status = via_openharmony_publish(name, stub);
    if (status != VIA_OK) {
        char words[256];
        via_openharmony_fault(words, sizeof words);
        (void)fprintf(stderr, "calculator: cannot publish '%s': %s %s\n", name,
                      via_status_name(status), words);
        return EXIT_FAILURE;
    }
    printf("calculator: serving as '%s'\n", name);
    (void)fflush(stdout);
    OH_IPCSkeleton_JoinWorkThread();
    OH_IPCRemoteStub_Destroy(stub);
    return EXIT_SUCCESS;
}
