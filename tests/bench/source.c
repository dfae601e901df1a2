/*
 * Its events are eight numbers, as a program writes them.
 */
#include "tests/bench/source.h"

#include <time.h>

struct via_stub *source_open(void)
{
    const struct via_stub_ops ops = {.size = sizeof ops};
    struct via_stub *stub = NULL;
    if (via_stub_create(via_node_default(), &ops, NULL, &stub) != VIA_OK)
        return NULL;
    if (via_node_publish(via_node_default(), "core", SOURCE_NAME, stub, NULL) != VIA_OK) {
        via_stub_unref(stub);
        return NULL;
    }
    return stub;
}

static int emit(struct via_stub *source, struct via_parcel *parcel)
{
    static const struct timespec moment = {.tv_nsec = 100000};
    enum via_status status;
    while ((status = via_stub_emit(source, 1, parcel)) == VIA_BUSY)
        (void)nanosleep(&moment, NULL);
    return status != VIA_OK;
}

int source_emit(struct via_stub *source, struct via_parcel *parcel)
{
    static uint64_t number;
    struct via_parcel *small;
    if (parcel != NULL)
        return emit(source, parcel);
    if (via_parcel_create(&small) != VIA_OK)
        return 1;
    int failed = 0;
    number++;
    for (unsigned i = 0; i < 8; i++)
        failed = failed || via_parcel_write_u64(small, number) != VIA_OK;
    failed = failed || emit(source, small);
    via_parcel_unref(small);
    return failed;
}
