// The kit's headers as C++, by each standard, with what listings of that system use of them.
// Compiled, not run.
#include <AbilityKit/native_child_process.h>
#include <hilog/log.h>
#include <IPCKit/ipc_kit.h>
#include <viaduct_openharmony.h>

#undef LOG_DOMAIN
#undef LOG_TAG
#define LOG_DOMAIN 0x15B0
#define LOG_TAG "headers"

static_assert(sizeof(void *) != 8 || sizeof(OH_IPC_MessageOption) == 16, "");
static_assert(alignof(OH_IPC_MessageOption) == 4, "");

extern "C" OHIPCRemoteStub *NativeChildProcess_OnConnect();
extern "C" OHIPCRemoteStub *NativeChildProcess_OnConnect()
{
    return nullptr;
}

// malloc, free and memset without their headers.
void use(OHIPCRemoteProxy *proxy);
void use(OHIPCRemoteProxy *proxy)
{
    OH_IPC_MessageOption two = {OH_IPC_REQUEST_MODE_ASYNC, 0};
    OH_IPC_MessageOption three = {OH_IPC_REQUEST_MODE_SYNC, 60, nullptr};
    void *buffer = malloc(4);
    memset(buffer, 0, 4);
    free(buffer);
    OH_LOG_INFO(LOG_APP, "%{public}d %{public}d", two.mode == three.mode,
                OH_IPCRemoteProxy_SendRequest(proxy, 1, nullptr, nullptr, &two));
}
