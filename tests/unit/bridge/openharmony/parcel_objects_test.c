/*
 * Slots: remote objects and descriptors in a parcel, read in the process that wrote them.
 */
#include <fcntl.h>
#include <unistd.h>

#include "include/openharmony/IPCKit/ipc_kit.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)data;
    (void)reply;
    (void)user;
    return code == 1 ? OH_IPC_SUCCESS : OH_IPC_CODE_OUT_OF_RANGE;
}

static void count(void *user)
{
    ++*(int *)user;
}

static OHIPCRemoteStub *create_stub(void)
{
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("test", answer, NULL, NULL);
    assert_non_null(stub);
    return stub;
}

/* ---- objects ---- */

static void an_object_takes_24_octets(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 24);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 24);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 40);
    OH_IPCRemoteStub_Destroy(stub);
}

static void null_objects_are_refused(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(NULL, stub), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(NULL, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_null(OH_IPCParcel_ReadRemoteStub(NULL));
    assert_null(OH_IPCParcel_ReadRemoteProxy(NULL));
    assert_null(OH_IPCParcel_ReadRemoteStub(parcel));
    assert_null(OH_IPCParcel_ReadRemoteProxy(parcel));
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 0);
    OH_IPCRemoteStub_Destroy(stub);
    OH_IPCRemoteStub_Destroy(NULL);
    OH_IPCRemoteProxy_Destroy(NULL);
}

static void an_object_is_read_either_way_after_its_handle_is_gone(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);

    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_non_null(proxy);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 24);
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(parcel, proxy), OH_IPC_SUCCESS);
    OHIPCRemoteStub *again = OH_IPCParcel_ReadRemoteStub(parcel);
    assert_non_null(again);
    assert_ptr_not_equal(again, stub);
    OHIPCParcel *reply = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(proxy, 1, parcel, reply, NULL), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(reply);
    OH_IPCRemoteStub_Destroy(again);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static void each_read_gives_a_new_handle(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *first = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 0), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *second = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    OH_IPCRemoteProxy_Destroy(first);
    OH_IPCRemoteProxy_Destroy(second);
    OH_IPCRemoteStub_Destroy(stub);
}

static void an_object_is_read_at_its_place_alone(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    assert_null(OH_IPCParcel_ReadRemoteProxy(parcel));
    assert_null(OH_IPCParcel_ReadRemoteStub(parcel));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 0);
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_non_null(proxy);
    OH_IPCRemoteProxy_Destroy(proxy);
    OH_IPCRemoteStub_Destroy(stub);
}

static void values_may_not_enter_a_slot(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 8), OH_IPC_SUCCESS);

    int32_t value = 99;
    assert_null(OH_IPCParcel_ReadBuffer(parcel, 8));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 0);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 3), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_PARCEL_READ_ERROR);
    assert_int_equal(value, 99);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 7); /* moves although it failed */
    assert_null(OH_IPCParcel_ReadString(parcel));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 7);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 24), OH_IPC_SUCCESS);
    int64_t wide = 99;
    assert_int_equal(OH_IPCParcel_ReadInt64(parcel, &wide), OH_IPC_PARCEL_READ_ERROR);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 32);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 28), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 8);
    OH_IPCRemoteStub_Destroy(stub);
}

static void rewinding_forgets_slots_not_wholly_below(void **state)
{
    OHIPCParcel *parcel = *state;
    int destroyed = 0;
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("test", answer, count, &destroyed);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 47), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_non_null(proxy);
    assert_null(OH_IPCParcel_ReadRemoteProxy(parcel));
    OH_IPCRemoteProxy_Destroy(proxy);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 0), OH_IPC_SUCCESS);
    assert_int_equal(destroyed, 0);
    OH_IPCRemoteStub_Destroy(stub); /* nothing else holds it any more */
    assert_int_equal(destroyed, 1);
}

static void append_takes_objects_along(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(data, stub), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_Append(parcel, data), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(data);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 4), OH_IPC_SUCCESS);
    OHIPCRemoteProxy *proxy = OH_IPCParcel_ReadRemoteProxy(parcel);
    assert_non_null(proxy);
    OH_IPCRemoteProxy_Destroy(proxy);
}

static void a_full_parcel_takes_no_object(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[204780] = {0};
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, sizeof octets), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), sizeof octets);
    OH_IPCRemoteStub_Destroy(stub);
}

/* ---- descriptors ---- */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void a_descriptor_is_duplicated_both_ways(void **state)
{
    OHIPCParcel *parcel = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(parcel, ends[1]), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 24);
    assert_true(is_open(ends[1]));
    (void)close(ends[1]);

    int first = -1;
    int second = -1;
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, &first), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 0), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, &second), OH_IPC_SUCCESS);
    assert_int_not_equal(first, second);
    (void)close(first);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 0), OH_IPC_SUCCESS);
    assert_int_equal(write(second, "x", 1), 1); /* usable without the parcel */
    (void)close(second);
    char octets[2];
    assert_int_equal(read(ends[0], octets, 2), 1);
    assert_int_equal(read(ends[0], octets, 2), 0); /* nobody holds a copy any more */
    (void)close(ends[0]);
}

static void bad_descriptors_are_refused(void **state)
{
    OHIPCParcel *parcel = *state;
    int ends[2];
    int fd = 99;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(NULL, 1), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(parcel, -1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(parcel, ends[1]), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 0);
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(NULL, &fd), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, &fd), OH_IPC_PARCEL_READ_ERROR);
    assert_int_equal(fd, 99);
}

static void a_slot_of_another_kind_is_passed(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    int fd = 99;
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(parcel, STDERR_FILENO), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);
    assert_null(OH_IPCParcel_ReadRemoteProxy(parcel));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 24);
    assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, &fd), OH_IPC_PARCEL_READ_ERROR);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 48);
    assert_int_equal(fd, 99);
}

static void append_duplicates_descriptors(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCParcel *data = OH_IPCParcel_Create();
    int fd = -1;
    assert_int_equal(OH_IPCParcel_WriteFileDescriptor(data, STDERR_FILENO), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_Append(parcel, data), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_Append(parcel, parcel), OH_IPC_SUCCESS);
    OH_IPCParcel_Destroy(data);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(OH_IPCParcel_ReadFileDescriptor(parcel, &fd), OH_IPC_SUCCESS);
        assert_true(is_open(fd));
        (void)close(fd);
    }
}

static void slots_are_on_the_tape(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCRemoteStub *stub = create_stub();
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(parcel, stub), OH_IPC_SUCCESS);
    OH_IPCRemoteStub_Destroy(stub);
    assert_true(via_parcel_has_tape(parcel->payload));
    assert_int_equal(via_parcel_n_refs(parcel->payload), 1);
    assert_int_equal(via_parcel_ref_offset(parcel->payload, 0), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_parcel_test(an_object_takes_24_octets),
        kit_parcel_test(null_objects_are_refused),
        kit_parcel_test(an_object_is_read_either_way_after_its_handle_is_gone),
        kit_parcel_test(each_read_gives_a_new_handle),
        kit_parcel_test(an_object_is_read_at_its_place_alone),
        kit_parcel_test(values_may_not_enter_a_slot),
        kit_parcel_test(rewinding_forgets_slots_not_wholly_below),
        kit_parcel_test(append_takes_objects_along),
        kit_parcel_test(a_full_parcel_takes_no_object),
        kit_parcel_test(a_descriptor_is_duplicated_both_ways),
        kit_parcel_test(bad_descriptors_are_refused),
        kit_parcel_test(a_slot_of_another_kind_is_passed),
        kit_parcel_test(append_duplicates_descriptors),
        kit_parcel_test(slots_are_on_the_tape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
