/*
 * A service of the family hdf that is made of sbufs alone: what the family's own driver side does
 * with them, without it. Code 1 emits what came in as event 1 and replies with it and a value of
 * each other type; code 2 replies with bound memory. It says "ready" and serves until its standard
 * input ends.
 */
#include <stdio.h>
#include <unistd.h>
#include <viaduct/node.h>
#include <viaduct/object.h>

#include "bridge/hdf/sbuf.h"

static struct via_stub *stub;

static bool fill(struct HdfSBuf *reply, struct HdfSBuf *data)
{
    const char *text = HdfSbufReadString(data);
    return HdfSbufWriteString(reply, text) && HdfSbufWriteInt8(reply, -8) &&
           HdfSbufWriteInt16(reply, -16) && HdfSbufWriteInt32(reply, -32) &&
           HdfSbufWriteInt64(reply, -64) && HdfSbufWriteUint8(reply, 8) &&
           HdfSbufWriteUint16(reply, 16) && HdfSbufWriteUint32(reply, 32) &&
           HdfSbufWriteUint64(reply, 64) && HdfSbufWriteString(reply, NULL) &&
           HdfSbufWriteBuffer(reply, "abc", 3);
}

static void answer(struct via_call *call, const struct HdfSBuf *reply)
{
    struct via_parcel *payload = NULL;
    if (sbuf_payload(reply, &payload) == VIA_OK) {
        (void)via_call_reply(call, 0, payload);
        via_parcel_unref(payload);
    }
}

static void emit(const struct HdfSBuf *data)
{
    struct via_parcel *payload = NULL;
    if (sbuf_payload(data, &payload) == VIA_OK) {
        (void)via_stub_emit(stub, 1, payload);
        via_parcel_unref(payload);
    }
}

static void serve(void *user, struct via_call *call)
{
    static uint32_t memory[] = {1, 2};
    (void)user;
    struct HdfSBuf *data = sbuf_wrap(via_call_request(call));
    struct HdfSBuf *reply = via_call_code(call) == 1
                                ? HdfSbufObtainDefaultSize()
                                : HdfSbufBind((uintptr_t)memory, sizeof memory);
    if (data != NULL && reply != NULL && (via_call_code(call) != 1 || fill(reply, data))) {
        if (via_call_code(call) == 1)
            emit(data);
        answer(call, reply);
    }
    HdfSbufRecycle(data);
    HdfSbufRecycle(reply);
}

int main(void)
{
    char octet = 0;
    struct via_node *node = via_node_default();
    const struct via_stub_ops ops = {.size = sizeof ops, .call = serve};
    if (via_stub_create(node, &ops, NULL, &stub) != VIA_OK ||
        via_node_publish(node, "hdf", "sample_driver", stub, NULL) != VIA_OK) {
        (void)fprintf(stderr, "sbuf_service: cannot be published\n");
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        continue;
    stub = via_stub_unref(stub);
    return 0;
}
