/*
 * Sizes, cursors and capacity as programs see them, to the octet.
 */
#include "include/openharmony/IPCKit/ipc_kit.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

static void a_new_parcel_has_no_capacity(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 0);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 0);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(parcel), 0);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 0);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 0);
}

static void no_parcel_is_refused(void **state)
{
    (void)state;
    OH_IPCParcel_Destroy(NULL);
    assert_int_equal(OH_IPCParcel_GetDataSize(NULL), -1);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(NULL), -1);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(NULL), -1);
    assert_int_equal(OH_IPCParcel_GetReadPosition(NULL), -1);
    assert_int_equal(OH_IPCParcel_GetWritePosition(NULL), -1);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(NULL, 0), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(NULL, 0), OH_IPC_CHECK_PARAM_ERROR);
}

static void capacity_grows_as_the_systems_does(void **state)
{
    (void)state;
    static const struct {
        int need, capacity;
    } rows[] = {{1, 64},          {64, 64},         {65, 128},        {68, 128},
                {2048, 2048},     {2052, 4096},     {4092, 4096},     {4096, 4096},
                {4097, 8192},     {8188, 8192},     {8192, 12288},    {196608, 200704},
                {200700, 200704}, {200704, 204800}, {200708, 204800}, {204800, 204800}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OHIPCParcel *parcel = OH_IPCParcel_Create();
        uint8_t *octets = calloc(1, (size_t)rows[i].need);
        assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, rows[i].need), OH_IPC_SUCCESS);
        int position = OH_IPCParcel_GetWritePosition(parcel);
        assert_int_equal(position, (rows[i].need + 3) / 4 * 4);
        assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), rows[i].capacity - position);
        free(octets);
        OH_IPCParcel_Destroy(parcel);
    }
}

static void ten_writes_take_forty_octets(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 1), OH_IPC_SUCCESS);
    int before = OH_IPCParcel_GetWritableBytes(parcel);
    for (int i = 0; i < 10; i++)
        assert_int_equal(OH_IPCParcel_WriteInt32(parcel, i), OH_IPC_SUCCESS);
    assert_int_equal(before - OH_IPCParcel_GetWritableBytes(parcel), 40);
}

static void what_fits_is_204800_octets(void **state)
{
    OHIPCParcel *parcel = *state;
    for (int i = 0; i < 51200; i++)
        assert_int_equal(OH_IPCParcel_WriteInt8(parcel, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt8(parcel, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 204800);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 0);

    OHIPCParcel *wide = OH_IPCParcel_Create();
    for (int i = 0; i < 25600; i++)
        assert_int_equal(OH_IPCParcel_WriteDouble(wide, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteDouble(wide, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(wide), 204800);
    OH_IPCParcel_Destroy(wide);
}

static void the_read_cursor_goes_anywhere_in_the_data(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 0x04030201), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 0x08070605), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 3), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(parcel), 5);
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 0x07060504);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 7);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 8), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 9), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, UINT32_MAX), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 8);
}

static void rewinding_the_write_cursor_cuts_the_data(void **state)
{
    OHIPCParcel *parcel = *state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(OH_IPCParcel_WriteInt32(parcel, i), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 12), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 17), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, UINT32_MAX), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 4), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 4);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 4);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 60);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 12); /* stays, now beyond the data */
    assert_int_equal(OH_IPCParcel_GetReadableBytes(parcel), 0);
    int32_t value = 7;
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_PARCEL_READ_ERROR);
    assert_int_equal(value, 7);
    assert_null(OH_IPCParcel_ReadString(parcel));
    assert_null(OH_IPCParcel_ReadBuffer(parcel, 1));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 12);
}

static void append_takes_all_whatever_the_cursors(void **state)
{
    OHIPCParcel *parcel = *state;
    OHIPCParcel *data = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_Append(NULL, data), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_Append(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_Append(parcel, data), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 0);

    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_WriteInt32(data, 11), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(data, 12), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(data, &value), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 10), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_Append(parcel, data), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetReadPosition(data), 4);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 12);
    for (int32_t expected = 10; expected <= 12; expected++) {
        assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
        assert_int_equal(value, expected);
    }
    OH_IPCParcel_Destroy(data);
}

static void a_parcel_may_be_appended_to_itself(void **state)
{
    OHIPCParcel *parcel = *state;
    for (int32_t i = 0; i < 500; i++)
        assert_int_equal(OH_IPCParcel_WriteInt32(parcel, i), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_Append(parcel, parcel), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 4000);
    for (int32_t i = 0; i < 1000; i++) {
        int32_t value = -1;
        assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
        assert_int_equal(value, i % 500);
    }
}

static void append_without_room_changes_nothing(void **state)
{
    OHIPCParcel *parcel = *state;
    uint8_t octets[102404] = {0};
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, sizeof octets), OH_IPC_SUCCESS);
    int room = OH_IPCParcel_GetWritableBytes(parcel);
    assert_int_equal(OH_IPCParcel_Append(parcel, parcel), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), sizeof octets);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), room);
}

static void a_received_parcel_is_read_only(void **state)
{
    OHIPCParcel *source = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(source, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(source, 2), OH_IPC_SUCCESS);
    struct OHIPCParcel received;
    oh_parcel_init_received(&received, source->payload);

    assert_int_equal(OH_IPCParcel_GetDataSize(&received), 8);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(&received), 8);
    assert_int_equal(OH_IPCParcel_GetReadPosition(&received), 0);
    assert_int_equal(OH_IPCParcel_GetWritePosition(&received), 0);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(&received), 8);
    uint8_t octet = 0;
    assert_int_equal(OH_IPCParcel_WriteInt8(&received, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_WriteDouble(&received, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_WriteString(&received, ""), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(&received, &octet, 1), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(&received, "t"), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_Append(&received, source), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_Append(source, &received), OH_IPC_SUCCESS);
    oh_parcel_deinit(&received);
}

static void a_reused_reply_is_replaced(void **state)
{
    OHIPCParcel *reply = *state;
    OHIPCParcel *answer = OH_IPCParcel_Create();
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_WriteInt32(reply, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &value), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(answer, 5), OH_IPC_SUCCESS);
    oh_parcel_take_received(reply, via_parcel_ref(answer->payload));
    OH_IPCParcel_Destroy(answer);
    assert_int_equal(OH_IPCParcel_GetReadPosition(reply), 0);
    assert_int_equal(OH_IPCParcel_ReadInt32(reply, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 5);
    assert_int_equal(OH_IPCParcel_WriteInt32(reply, 1), OH_IPC_PARCEL_WRITE_ERROR);

    assert_int_equal(oh_parcel_reset(reply), VIA_OK);
    a_new_parcel_has_no_capacity(state);
    assert_int_equal(OH_IPCParcel_WriteInt32(reply, 1), OH_IPC_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_parcel_test(a_new_parcel_has_no_capacity),
        cmocka_unit_test(no_parcel_is_refused),
        cmocka_unit_test(capacity_grows_as_the_systems_does),
        kit_parcel_test(ten_writes_take_forty_octets),
        kit_parcel_test(what_fits_is_204800_octets),
        kit_parcel_test(the_read_cursor_goes_anywhere_in_the_data),
        kit_parcel_test(rewinding_the_write_cursor_cuts_the_data),
        kit_parcel_test(append_takes_all_whatever_the_cursors),
        kit_parcel_test(a_parcel_may_be_appended_to_itself),
        kit_parcel_test(append_without_room_changes_nothing),
        kit_parcel_test(a_received_parcel_is_read_only),
        kit_parcel_test(a_reused_reply_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
