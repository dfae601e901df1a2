/*
 * A program of OpenHarmony's, as it is there: a stub that doubles a number, called in one process.
 */
#include <AbilityKit/native_child_process.h>
#include <hilog/log.h>
#include <IPCKit/ipc_kit.h>

static int on_request(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user_data)
{
    (void)code, (void)user_data;
    int32_t number = 0;
    int error = OH_IPCParcel_ReadInt32(data, &number);
    if (error != OH_IPC_SUCCESS)
        return error;
    return OH_IPCParcel_WriteInt32(reply, number * 2);
}

int main(void)
{
    OHIPCParcel *data = OH_IPCParcel_Create();
    OHIPCParcel *reply = OH_IPCParcel_Create();
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("consumer", on_request, NULL, NULL);
    if (data == NULL || reply == NULL || stub == NULL)
        return 1;

    /* a stub becomes a proxy by way of a parcel */
    if (OH_IPCParcel_WriteRemoteStub(data, stub) != OH_IPC_SUCCESS)
        return 2;
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(data);
    if (proxy == NULL)
        return 3;

    OHIPCParcel *request = OH_IPCParcel_Create();
    OH_IPC_MessageOption option = {OH_IPC_REQUEST_MODE_SYNC, 0, NULL};
    int32_t doubled = 0;
    if (request == NULL || OH_IPCParcel_WriteInt32(request, 21) != OH_IPC_SUCCESS ||
        OH_IPCRemoteProxy_SendRequest(proxy, 1, request, reply, &option) != OH_IPC_SUCCESS ||
        OH_IPCParcel_ReadInt32(reply, &doubled) != OH_IPC_SUCCESS || doubled != 42)
        return 4;

    OH_LOG_Print(LOG_APP, LOG_INFO, 0, "consumer", "doubled to %{public}d", doubled);
    OH_IPCParcel_Destroy(request);
    OH_IPCRemoteProxy_Destroy(proxy);
    OH_IPCRemoteStub_Destroy(stub);
    OH_IPCParcel_Destroy(reply);
    OH_IPCParcel_Destroy(data);
    return 0;
}
