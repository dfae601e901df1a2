/* A whole service: tells the time, and ticks every second for those who subscribe. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

static void answer_time(void *user, struct via_call *call)
{
    struct via_parcel *reply;
    (void)user;
    if (via_parcel_create(&reply) != VIA_OK)
        return;
    if (via_parcel_write_i64(reply, (int64_t)time(NULL)) == VIA_OK)
        (void)via_call_reply(call, 0, reply);
    via_parcel_unref(reply);
}

int main(void)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = answer_time};
    struct via_stub *stub;
    enum via_status status = via_stub_create(via_node_default(), &ops, NULL, &stub);
    if (status == VIA_OK)
        status = via_node_publish(via_node_default(), "core", "clock", stub, NULL);
    if (status != VIA_OK)
        return fprintf(stderr, "clock: %s\n", via_status_name(status)), 1;
    puts("clock: ready");
    for (fflush(stdout);; sleep(1))
        status = via_stub_emit(stub, 1, NULL); /* kept for nobody while the gateway is away */
}
