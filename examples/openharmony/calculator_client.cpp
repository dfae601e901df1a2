// A client of the calculator in C++: the same as calculator_client.c, with owners for the handles
// and a promise for the sum that comes later.
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <IPCKit/ipc_kit.h>
#include <memory>
#include <viaduct_openharmony.h>

#include "calculator.h"

namespace
{

struct Closer {
    void operator()(OHIPCParcel *parcel) const
    {
        OH_IPCParcel_Destroy(parcel);
    }
    void operator()(OHIPCRemoteProxy *proxy) const
    {
        OH_IPCRemoteProxy_Destroy(proxy);
    }
    void operator()(OHIPCRemoteStub *stub) const
    {
        OH_IPCRemoteStub_Destroy(stub);
    }
};
using Parcel = std::unique_ptr<OHIPCParcel, Closer>;
using Proxy = std::unique_ptr<OHIPCRemoteProxy, Closer>;
using Stub = std::unique_ptr<OHIPCRemoteStub, Closer>;

constexpr uint32_t wait_for_service_ms = 5000;
constexpr std::chrono::seconds wait_for_sum{10};

void *allocate(int32_t len)
{
    return std::malloc(static_cast<size_t>(len));
}

class Calculator
{
  public:
    explicit Calculator(Proxy proxy)
        : proxy_(std::move(proxy)),
          callback_(OH_IPCRemoteStub_Create(CALCULATOR_CALLBACK_TOKEN, take_sum, nullptr, this))
    {
    }

    int add(int32_t a, int32_t b, int32_t &sum) const
    {
        Parcel data = numbers(a, b);
        Parcel reply(OH_IPCParcel_Create());
        int error = OH_IPCRemoteProxy_SendRequest(proxy_.get(), CALCULATOR_ADD, data.get(),
                                                  reply.get(), nullptr);
        return error == OH_IPC_SUCCESS ? OH_IPCParcel_ReadInt32(reply.get(), &sum) : error;
    }

    int add_later(int32_t a, int32_t b, int32_t &sum)
    {
        const OH_IPC_MessageOption later = {OH_IPC_REQUEST_MODE_ASYNC, 0, nullptr};
        Parcel data = numbers(a, b);
        int error = OH_IPCParcel_WriteRemoteStub(data.get(), callback_.get());
        if (error == OH_IPC_SUCCESS)
            error = OH_IPCRemoteProxy_SendRequest(proxy_.get(), CALCULATOR_ADD_LATER, data.get(),
                                                  nullptr, &later);
        if (error != OH_IPC_SUCCESS)
            return error;
        auto future = sum_.get_future();
        if (future.wait_for(wait_for_sum) != std::future_status::ready)
            return OH_IPC_INNER_ERROR;
        sum = future.get();
        return OH_IPC_SUCCESS;
    }

  private:
    static Parcel numbers(int32_t a, int32_t b)
    {
        Parcel data(OH_IPCParcel_Create());
        (void)OH_IPCParcel_WriteInterfaceToken(data.get(), CALCULATOR_TOKEN);
        (void)OH_IPCParcel_WriteInt32(data.get(), a);
        (void)OH_IPCParcel_WriteInt32(data.get(), b);
        return data;
    }

    static int take_sum(uint32_t code, const OHIPCParcel *data, OHIPCParcel *, void *user)
    {
        char *token = nullptr;
        int32_t len = 0;
        int32_t numbers[3] = {0, 0, 0};
        if (code != CALCULATOR_SUM)
            return OH_IPC_CODE_OUT_OF_RANGE;
        int error = OH_IPCParcel_ReadInterfaceToken(data, &token, &len, allocate);
        std::free(token);
        for (int32_t &number : numbers)
            if (error == OH_IPC_SUCCESS)
                error = OH_IPCParcel_ReadInt32(data, &number);
        if (error == OH_IPC_SUCCESS)
            static_cast<Calculator *>(user)->sum_.set_value(numbers[2]);
        return error;
    }

    Proxy proxy_;
    std::promise<int32_t> sum_;
    Stub callback_;
};

} // namespace

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : CALCULATOR_NAME;
    OHIPCRemoteProxy *proxy = nullptr;
    via_status status = via_openharmony_get(name, wait_for_service_ms, &proxy);
    if (status != VIA_OK) {
        char words[256];
        via_openharmony_fault(words, sizeof words);
        std::cerr << "no service '" << name << "': " << via_status_name(status) << ' ' << words
                  << '\n';
        return EXIT_FAILURE;
    }
    Calculator calculator{Proxy(proxy)};
    int32_t sum = 0;
    int error = calculator.add(2, 3, sum);
    if (error == OH_IPC_SUCCESS) {
        std::cout << "2 + 3 = " << sum << '\n';
        error = calculator.add_later(20, 22, sum);
    }
    if (error == OH_IPC_SUCCESS)
        std::cout << "later: 20 + 22 = " << sum << '\n';
    else
        std::cerr << "the calculator failed: " << error << '\n';
    return error == OH_IPC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
