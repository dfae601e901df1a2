/* Asks the clock once; it may be on another host: VIADUCT_GATEWAY says where. */
#include <inttypes.h>
#include <stdio.h>
#include <viaduct/viaduct.h>

int main(void)
{
    struct via_proxy *clock;
    struct via_parcel *reply;
    int64_t seconds = 0;
    enum via_status status = via_node_find(via_node_default(), "core", "clock", 1000, &clock);
    if (status == VIA_OK)
        status = via_proxy_call(clock, 1, NULL, 1000, NULL, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_i64(reply, &seconds);
    if (status != VIA_OK)
        return fprintf(stderr, "clock: %s\n", via_status_name(status)), 1;
    printf("%" PRId64 " seconds since 1970\n", seconds);
    via_parcel_unref(reply);
    via_proxy_unref(clock);
    return 0;
}
