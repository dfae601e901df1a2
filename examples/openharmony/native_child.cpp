// A service in a child process, and the program that starts it, in one listing, as OpenHarmony's
// own documents show it. Compiled twice: into libipcCapiDemo.so, which the child process loads, and
// into an executable, which is the parent. Nothing here knows of Viaduct.
//
//   1. The parent starts the child, and is given a proxy of the child's stub.
//   2. It asks for a sum, asynchronously, and passes a stub of its own.
//   3. The child computes on a thread of its own and calls that stub back.
//   4. The parent tells the child to end.
#include <AbilityKit/native_child_process.h>
#include <chrono>
#include <condition_variable>
#include <hilog/log.h>
#include <IPCKit/ipc_kit.h>
#include <mutex>
#include <string>
#include <thread>

#undef LOG_DOMAIN
#undef LOG_TAG
#define LOG_DOMAIN 0x15B0
#define LOG_TAG "IpcCapiDemo"

namespace
{

constexpr int REQUEST_ADD = 1;
constexpr int REQUEST_EXIT = 2;
constexpr int RESULT_SUM = 1;
constexpr int MAX_ALLOCATION = 204800;
const std::string SERVICE_TOKEN = "native.remote.stub";
const std::string RESULT_TOKEN = "native.remote.stub.async.call";

void *LocalMemoryAllocator(int32_t len)
{
    if (len < 0 || len > MAX_ALLOCATION) {
        return nullptr;
    }
    void *buffer = malloc(len);
    if (buffer != nullptr) {
        memset(buffer, 0, len);
    }
    return buffer;
}

bool ReadToken(const OHIPCParcel *data, const std::string &expected)
{
    char *token = nullptr;
    int32_t len = 0;
    if (OH_IPCParcel_ReadInterfaceToken(data, &token, &len, LocalMemoryAllocator) !=
        OH_IPC_SUCCESS) {
        return false;
    }
    bool equal = token != nullptr && expected == token;
    free(token);
    return equal;
}

// ---- the child: a stub that adds ----

class Service
{
  public:
    Service()
    {
        stub_ = OH_IPCRemoteStub_Create(SERVICE_TOKEN.c_str(), OnRequest, nullptr, this);
    }
    ~Service()
    {
        OH_IPCRemoteStub_Destroy(stub_);
    }

    OHIPCRemoteStub *Stub()
    {
        return stub_;
    }

    void MainProc()
    {
        std::unique_lock<std::mutex> guard(mutex_);
        exit_.wait(guard, [this] { return ended_; });
    }

  private:
    static int OnRequest(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *userData)
    {
        (void)reply;
        auto *service = static_cast<Service *>(userData);
        if (!ReadToken(data, SERVICE_TOKEN)) {
            return OH_IPC_CHECK_PARAM_ERROR;
        }
        switch (code) {
        case REQUEST_ADD:
            return Add(data);
        case REQUEST_EXIT:
            service->Exit();
            return OH_IPC_SUCCESS;
        default:
            return OH_IPC_CODE_OUT_OF_RANGE;
        }
    }

    static int Add(const OHIPCParcel *data)
    {
        int32_t a = 0;
        int32_t b = 0;
        if (OH_IPCParcel_ReadInt32(data, &a) != OH_IPC_SUCCESS ||
            OH_IPCParcel_ReadInt32(data, &b) != OH_IPC_SUCCESS) {
            return OH_IPC_PARCEL_READ_ERROR;
        }
        OHIPCRemoteProxy *callback = OH_IPCParcel_ReadRemoteProxy(data);
        if (callback == nullptr) {
            return OH_IPC_PARCEL_READ_ERROR;
        }
        // The request has been answered long before the sum is known.
        std::thread(SendSum, callback, a + b).detach();
        return OH_IPC_SUCCESS;
    }

    static void SendSum(OHIPCRemoteProxy *callback, int32_t sum)
    {
        OHIPCParcel *data = OH_IPCParcel_Create();
        OHIPCParcel *reply = OH_IPCParcel_Create();
        OH_IPC_MessageOption option = {OH_IPC_REQUEST_MODE_SYNC, 0};
        OH_IPCParcel_WriteInt32(data, sum);
        int ret = OH_IPCRemoteProxy_SendRequest(callback, RESULT_SUM, data, reply, &option);
        OH_LOG_INFO(LOG_APP, "the sum was sent, ret=%{public}d", ret);
        OH_IPCParcel_Destroy(data);
        OH_IPCParcel_Destroy(reply);
        OH_IPCRemoteProxy_Destroy(callback);
    }

    void Exit()
    {
        std::lock_guard<std::mutex> guard(mutex_);
        ended_ = true;
        exit_.notify_all();
    }

    OHIPCRemoteStub *stub_ = nullptr;
    std::mutex mutex_;
    std::condition_variable exit_;
    bool ended_ = false;
};

// Made when the library is loaded, destroyed when the child exits.
Service g_service;

// ---- the parent: a proxy of it, and a stub for the sum ----

class Client
{
  public:
    explicit Client(OHIPCRemoteProxy *proxy) : proxy_(proxy)
    {
        result_ = OH_IPCRemoteStub_Create(RESULT_TOKEN.c_str(), OnResult, nullptr, this);
        recipient_ = OH_IPCDeathRecipient_Create(OnDeath, nullptr, this);
        OH_IPCRemoteProxy_AddDeathRecipient(proxy_, recipient_);
    }

    ~Client()
    {
        OH_IPCRemoteProxy_Destroy(proxy_);
        OH_IPCDeathRecipient_Destroy(recipient_);
        OH_IPCRemoteStub_Destroy(result_);
    }

    int AsyncAdd(int32_t a, int32_t b, int32_t &sum)
    {
        OHIPCParcel *data = OH_IPCParcel_Create();
        OH_IPC_MessageOption option = {OH_IPC_REQUEST_MODE_ASYNC, 0};
        OH_IPCParcel_WriteInterfaceToken(data, SERVICE_TOKEN.c_str());
        OH_IPCParcel_WriteInt32(data, a);
        OH_IPCParcel_WriteInt32(data, b);
        OH_IPCParcel_WriteRemoteStub(data, result_);
        int ret = OH_IPCRemoteProxy_SendRequest(proxy_, REQUEST_ADD, data, nullptr, &option);
        OH_IPCParcel_Destroy(data);
        if (ret != OH_IPC_SUCCESS) {
            return ret;
        }
        std::unique_lock<std::mutex> guard(mutex_);
        if (!arrived_.wait_for(guard, std::chrono::seconds(3), [this] { return hasSum_; })) {
            return OH_IPC_INNER_ERROR;
        }
        sum = sum_;
        return OH_IPC_SUCCESS;
    }

    int RequestExitChildProcess()
    {
        OHIPCParcel *data = OH_IPCParcel_Create();
        OHIPCParcel *reply = OH_IPCParcel_Create();
        OH_IPC_MessageOption option = {OH_IPC_REQUEST_MODE_SYNC, 0};
        OH_IPCParcel_WriteInterfaceToken(data, SERVICE_TOKEN.c_str());
        int ret = OH_IPCRemoteProxy_SendRequest(proxy_, REQUEST_EXIT, data, reply, &option);
        OH_IPCParcel_Destroy(data);
        OH_IPCParcel_Destroy(reply);
        return ret;
    }

  private:
    static int OnResult(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *userData)
    {
        (void)reply;
        auto *client = static_cast<Client *>(userData);
        int32_t sum = 0;
        if (code != RESULT_SUM || OH_IPCParcel_ReadInt32(data, &sum) != OH_IPC_SUCCESS) {
            return OH_IPC_CHECK_PARAM_ERROR;
        }
        std::lock_guard<std::mutex> guard(client->mutex_);
        client->sum_ = sum;
        client->hasSum_ = true;
        client->arrived_.notify_all();
        return OH_IPC_SUCCESS;
    }

    static void OnDeath(void *userData)
    {
        (void)userData; // it may be gone by now
        OH_LOG_INFO(LOG_APP, "the stub is dead!");
    }

    OHIPCRemoteProxy *proxy_;
    OHIPCRemoteStub *result_ = nullptr;
    OHIPCDeathRecipient *recipient_ = nullptr;
    std::mutex mutex_;
    std::condition_variable arrived_;
    bool hasSum_ = false;
    int32_t sum_ = 0;
};

Client *g_client = nullptr;

void OnStarted(int errCode, OHIPCRemoteProxy *remoteProxy)
{
    if (errCode != NCP_NO_ERROR) {
        OH_LOG_ERROR(LOG_APP, "the child did not start: %{public}d", errCode);
        return;
    }
    g_client = new Client(remoteProxy);
}

} // namespace

extern "C" {

OHIPCRemoteStub *NativeChildProcess_OnConnect()
{
    return g_service.Stub();
}

void NativeChildProcess_MainProc()
{
    g_service.MainProc();
}

} // extern "C"

int main()
{
    if (OH_Ability_CreateNativeChildProcess("libipcCapiDemo.so", OnStarted) != NCP_NO_ERROR ||
        g_client == nullptr) {
        return -1;
    }
    int32_t sum = 0;
    int ret = g_client->AsyncAdd(2, 3, sum);
    OH_LOG_INFO(LOG_APP, "AsyncAdd: %d + %d = %d, ret=%d", 2, 3, sum, ret);
    int exitRet = g_client->RequestExitChildProcess();
    OH_LOG_INFO(LOG_APP, "RequestExitChildProcess: ret=%{public}d", exitRet);
    delete g_client;
    g_client = nullptr;
    return ret == OH_IPC_SUCCESS && sum == 5 ? 0 : 1;
}
