/*
 * Sbufs when memory runs out, at each request in turn: the one thing fails, what was there stays,
 * and nothing is left.
 */
#include <unistd.h>

#include "codecs/parcel.h"
#include "tests/unit/bridge/hdf/sbuf_case.h"
#include "tests/unit/bridge/scarce_memory.h"

enum { LARGE = 5000 };
static const uint8_t large[LARGE] = {1, 2, 3};

/* The pool would hide what is asked for. */
static enum via_status end(struct HdfSBuf *sbuf, bool is_done)
{
    HdfSbufRecycle(sbuf);
    parcel_pool_drain();
    return is_done ? VIA_OK : VIA_NO_MEMORY;
}

static enum via_status obtain(void)
{
    struct HdfSBuf *sbuf = HdfSbufObtain(LARGE);
    return end(sbuf, sbuf != NULL);
}

/* A write that fails leaves what was written before. */
static enum via_status write_on(void)
{
    struct HdfSBuf *sbuf = HdfSbufObtainDefaultSize();
    if (sbuf == NULL)
        return end(NULL, false);
    uint32_t value = 0;
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    bool is_done = HdfSbufWriteBuffer(sbuf, large, LARGE);
    assert_int_equal(HdfSbufGetDataSize(sbuf), is_done ? 4 + 4 + LARGE : 4);
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 7);
    return end(sbuf, is_done);
}

static enum via_status copy_and_move(void)
{
    struct HdfSBuf *sbuf = HdfSbufObtain(LARGE);
    if (sbuf == NULL)
        return end(NULL, false);
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    struct HdfSBuf *copy = HdfSbufCopy(sbuf);
    struct HdfSBuf *moved = HdfSbufMove(sbuf);
    bool is_done = copy != NULL && moved != NULL;
    assert_int_equal(HdfSbufGetDataSize(sbuf), moved == NULL ? 4 : 0);
    HdfSbufRecycle(copy);
    HdfSbufRecycle(moved);
    return end(sbuf, is_done);
}

static enum via_status bind_and_grow(void)
{
    void *block = malloc(8);
    if (block == NULL)
        return end(NULL, false);
    memset(block, 0, 8);
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)block, 8);
    if (sbuf == NULL) {
        free(block);
        return end(NULL, false);
    }
    HdfSbufTransDataOwnership(sbuf);
    bool is_done = HdfSbufWriteBuffer(sbuf, large, LARGE);
    assert_int_equal(HdfSbufGetDataSize(sbuf), is_done ? 8 + 4 + LARGE : 8);
    return end(sbuf, is_done);
}

static enum via_status receive(void)
{
    struct via_parcel *payload = NULL;
    enum via_status status = via_parcel_create(&payload);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    status = via_parcel_append(payload, large, LARGE, VIA_TAG_PAD, NULL);
    struct HdfSBuf *sbuf = status == VIA_OK ? sbuf_wrap(payload) : NULL;
    via_parcel_unref(payload);
    return end(sbuf, sbuf != NULL);
}

static enum via_status receive_with_descriptor(void)
{
    struct via_parcel *payload = NULL;
    enum via_status status = via_parcel_create(&payload);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    status = via_parcel_append(payload, large, LARGE, VIA_TAG_PAD, NULL);
    int fd = dup(STDIN_FILENO);
    if (status != VIA_OK || via_parcel_add_fd(payload, 0, fd) != VIA_OK) {
        (void)close(fd);
        via_parcel_unref(payload);
        return end(NULL, false);
    }
    struct HdfSBuf *sbuf = sbuf_wrap(payload);
    via_parcel_unref(payload);
    return end(sbuf, sbuf != NULL);
}

static enum via_status send_bound(void)
{
    static uint32_t memory[LARGE / 4];
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)memory, sizeof memory);
    if (sbuf == NULL)
        return end(NULL, false);
    struct via_parcel *payload = NULL;
    enum via_status status = sbuf_payload(sbuf, &payload);
    if (status == VIA_OK)
        via_parcel_unref(payload);
    return end(sbuf, status == VIA_OK);
}

static enum via_status write_ipc(void)
{
    struct HdfSBuf *sbuf = HdfSbufTypedObtain(SBUF_IPC);
    if (sbuf == NULL)
        return end(NULL, false);
    const struct HdfRemoteService *service = (const struct HdfRemoteService *)large;
    bool is_done = HdfSbufWriteUint32(sbuf, 7);
    for (int i = 0; i < 6; i++)
        is_done = is_done && HdfSbufWriteRemoteService(sbuf, service) == HDF_SUCCESS;
    for (int i = 0; i < 6; i++)
        is_done = is_done && HdfSbufWriteFileDescriptor(sbuf, STDIN_FILENO);
    is_done = is_done && HdfSbufWriteUnpadBuffer(sbuf, large, LARGE);
    if (!is_done) /* no slot without what it is for */
        assert_int_equal(HdfSbufGetDataSize(sbuf) % 4, 0);
    return end(sbuf, is_done);
}

#define CHECK(scenario, least)                                                                     \
    static void scenario##_without_memory(void **state)                                            \
    {                                                                                              \
        (void)state;                                                                               \
        parcel_pool_drain();                                                                       \
        assert_true(memory_fail_each(scenario) >= (least));                                        \
    }

CHECK(obtain, 3)
CHECK(write_on, 3)
CHECK(copy_and_move, 7)
CHECK(bind_and_grow, 4)
CHECK(receive, 3)
CHECK(receive_with_descriptor, 5)
CHECK(send_bound, 3)
CHECK(write_ipc, 6)

/* Without memory for the tape the values are written all the same. */
static void without_a_tape_values_are_written(void **state)
{
    (void)state;
    struct HdfSBuf *sbuf = HdfSbufObtain(LARGE);
    assert_non_null(sbuf);
    memory_fail(0, 1);
    for (int i = 0; i < 300; i++) {
        assert_true(HdfSbufWriteUint8(sbuf, 1));
        assert_true(HdfSbufWriteInt16(sbuf, 1));
    }
    memory_fail(MEMORY_ENOUGH, 0);
    struct via_parcel *payload = NULL;
    assert_int_equal(sbuf_payload(sbuf, &payload), VIA_OK);
    assert_false(via_parcel_has_tape(payload));
    assert_int_equal(via_parcel_size(payload), 2400);
    via_parcel_unref(payload);
    HdfSbufRecycle(sbuf);
    parcel_pool_drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(obtain_without_memory),
        cmocka_unit_test(write_on_without_memory),
        cmocka_unit_test(copy_and_move_without_memory),
        cmocka_unit_test(bind_and_grow_without_memory),
        cmocka_unit_test(receive_without_memory),
        cmocka_unit_test(receive_with_descriptor_without_memory),
        cmocka_unit_test(send_bound_without_memory),
        cmocka_unit_test(write_ipc_without_memory),
        cmocka_unit_test(without_a_tape_values_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
