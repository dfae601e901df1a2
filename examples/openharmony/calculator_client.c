/*
 * A client of the calculator in C: one call that waits, one whose sum comes through a callback,
 * and a death recipient. The service may be on this host or on another one: VIADUCT_GATEWAY says
 * where, and nothing here does.
 *
 *   via-calculator-client [NAME]         adds, and ends
 *   via-calculator-client --stay [NAME]  then waits until the calculator is gone
 */
#include <IPCKit/ipc_kit.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <viaduct_openharmony.h>

#include "calculator.h"

#define WAIT_FOR_SERVICE_MS 5000u
#define WAIT_FOR_SUM_S 10

/* What the callbacks, which run on the kit's workers, tell the main thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool summed;
static bool gone;

static void tell(bool *what)
{
    pthread_mutex_lock(&lock);
    *what = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *allocate(int32_t len)
{
    return malloc((size_t)len);
}

/* ---- what the calculator tells us ---- */

static int take_sum(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)reply;
    (void)user;
    char *token = NULL;
    int32_t len = 0;
    int32_t a = 0;
    int32_t b = 0;
    int32_t sum = 0;
    if (code != CALCULATOR_SUM)
        return OH_IPC_CODE_OUT_OF_RANGE;
    if (OH_IPCParcel_ReadInterfaceToken(data, &token, &len, allocate) != OH_IPC_SUCCESS)
        return OH_IPC_PARCEL_READ_ERROR;
    bool ours = strcmp(token, CALCULATOR_CALLBACK_TOKEN) == 0;
    free(token);
    if (!ours || OH_IPCParcel_ReadInt32(data, &a) != OH_IPC_SUCCESS ||
        OH_IPCParcel_ReadInt32(data, &b) != OH_IPC_SUCCESS ||
        OH_IPCParcel_ReadInt32(data, &sum) != OH_IPC_SUCCESS)
        return OH_IPC_PARCEL_READ_ERROR;
    printf("later: %d + %d = %d\n", a, b, sum);
    tell(&summed);
    return OH_IPC_SUCCESS;
}

static void service_died(void *user)
{
    (void)user;
    puts("the calculator is gone");
    tell(&gone);
}

/* ---- what we ask of it ---- */

static OHIPCParcel *numbers(int32_t a, int32_t b)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    if (OH_IPCParcel_WriteInterfaceToken(data, CALCULATOR_TOKEN) == OH_IPC_SUCCESS &&
        OH_IPCParcel_WriteInt32(data, a) == OH_IPC_SUCCESS &&
        OH_IPCParcel_WriteInt32(data, b) == OH_IPC_SUCCESS)
        return data;
    OH_IPCParcel_Destroy(data);
    return NULL;
}

static int add(const OHIPCRemoteProxy *calculator, int32_t a, int32_t b)
{
    int32_t sum = 0;
    OHIPCParcel *data = numbers(a, b);
    OHIPCParcel *reply = OH_IPCParcel_Create();
    int error = OH_IPCRemoteProxy_SendRequest(calculator, CALCULATOR_ADD, data, reply, NULL);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCParcel_ReadInt32(reply, &sum);
    if (error == OH_IPC_SUCCESS)
        printf("%d + %d = %d\n", a, b, sum);
    OH_IPCParcel_Destroy(data);
    OH_IPCParcel_Destroy(reply);
    return error;
}

static int wait_for_sum(void)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_FOR_SUM_S;
    pthread_mutex_lock(&lock);
    int late = 0;
    while (!summed && !gone && late == 0)
        late = pthread_cond_timedwait(&changed, &lock, &end);
    int error = summed ? OH_IPC_SUCCESS : OH_IPC_INNER_ERROR;
    pthread_mutex_unlock(&lock);
    return error;
}

static int add_later(const OHIPCRemoteProxy *calculator, int32_t a, int32_t b)
{
    const OH_IPC_MessageOption later = {OH_IPC_REQUEST_MODE_ASYNC, 0, NULL};
    OHIPCRemoteStub *callback =
        OH_IPCRemoteStub_Create(CALCULATOR_CALLBACK_TOKEN, take_sum, NULL, NULL);
    OHIPCParcel *data = numbers(a, b);
    int error = OH_IPCParcel_WriteRemoteStub(data, callback);
    if (error == OH_IPC_SUCCESS)
        error = OH_IPCRemoteProxy_SendRequest(calculator, CALCULATOR_ADD_LATER, data, NULL, &later);
    OH_IPCParcel_Destroy(data);
    if (error == OH_IPC_SUCCESS)
        error = wait_for_sum();
    OH_IPCRemoteStub_Destroy(callback);
    return error;
}

static OHIPCRemoteProxy *find(const char *name)
{
    OHIPCRemoteProxy *calculator = NULL;
    enum via_status status = via_openharmony_get(name, WAIT_FOR_SERVICE_MS, &calculator);
    if (status == VIA_OK)
        return calculator;
    char words[256];
    via_openharmony_fault(words, sizeof words);
    (void)fprintf(stderr, "no service '%s': %s %s\n", name, via_status_name(status), words);
    return NULL;
}

int main(int argc, char **argv)
{
    bool stay = argc > 1 && strcmp(argv[1], "--stay") == 0;
    OHIPCRemoteProxy *calculator = find(argc > 1 + stay ? argv[1 + stay] : CALCULATOR_NAME);
    if (calculator == NULL)
        return EXIT_FAILURE;
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(service_died, NULL, NULL);
    int error = OH_IPCRemoteProxy_AddDeathRecipient(calculator, recipient);
    if (error == OH_IPC_SUCCESS)
        error = add(calculator, 2, 3);
    if (error == OH_IPC_SUCCESS)
        error = add_later(calculator, 20, 22);
    if (error == OH_IPC_SUCCESS && stay) {
        (void)fflush(stdout);
        pthread_mutex_lock(&lock);
        while (!gone)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    (void)OH_IPCRemoteProxy_RemoveDeathRecipient(calculator, recipient);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCRemoteProxy_Destroy(calculator);
    if (error != OH_IPC_SUCCESS)
        (void)fprintf(stderr, "the calculator failed: %d\n", error);
    return error == OH_IPC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
