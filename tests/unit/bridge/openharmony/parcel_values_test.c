/*
 * Values: their octets, their limits, and the quirks that programs rely on.
 */
#include <limits.h>
#include <math.h>

#include "codecs/parcel.h"
#include "include/openharmony/IPCKit/ipc_kit.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

#define CHECK_NUMBER(NAME, TYPE, SIZE, ...)                                                        \
    static void NAME##_comes_back(void **state)                                                    \
    {                                                                                              \
        OHIPCParcel *parcel = *state;                                                              \
        static const TYPE values[] = {__VA_ARGS__};                                                \
        TYPE value = 0;                                                                            \
        assert_int_equal(OH_IPCParcel_Write##NAME(NULL, 1), OH_IPC_CHECK_PARAM_ERROR);             \
        assert_int_equal(OH_IPCParcel_Read##NAME(NULL, &value), OH_IPC_CHECK_PARAM_ERROR);         \
        assert_int_equal(OH_IPCParcel_Read##NAME(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);         \
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {                            \
            assert_int_equal(OH_IPCParcel_Write##NAME(parcel, values[i]), OH_IPC_SUCCESS);         \
            assert_int_equal(OH_IPCParcel_GetDataSize(parcel), (int)(i + 1) * (SIZE));             \
        }                                                                                          \
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {                            \
            assert_int_equal(OH_IPCParcel_Read##NAME(parcel, &value), OH_IPC_SUCCESS);             \
            assert_memory_equal(&value, &values[i], sizeof value);                                 \
        }                                                                                          \
        TYPE before = value;                                                                       \
        int position = OH_IPCParcel_GetReadPosition(parcel);                                       \
        assert_int_equal(OH_IPCParcel_Read##NAME(parcel, &value), OH_IPC_PARCEL_READ_ERROR);       \
        assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), position);                          \
        assert_memory_equal(&value, &before, sizeof value);                                        \
    }

CHECK_NUMBER(Int8, int8_t, 4, 0, 1, -1, INT8_MIN, INT8_MAX)
CHECK_NUMBER(Int16, int16_t, 4, 0, 1, -1, INT16_MIN, INT16_MAX)
CHECK_NUMBER(Int32, int32_t, 4, 0, 1, -1, INT32_MIN, INT32_MAX)
CHECK_NUMBER(Int64, int64_t, 8, 0, 1, -1, INT64_MIN, INT64_MAX)
CHECK_NUMBER(Uint8, uint8_t, 4, 0, 1, UINT8_MAX)
CHECK_NUMBER(Uint16, uint16_t, 4, 0, 1, UINT16_MAX)
CHECK_NUMBER(Uint32, uint32_t, 4, 0, 1, UINT32_MAX)
CHECK_NUMBER(Uint64, uint64_t, 8, 0, 1, UINT64_MAX)
CHECK_NUMBER(Float, float, 4, 0, 1.5f, -1.5f, INFINITY)
CHECK_NUMBER(Double, double, 8, 0, 1.5, -1.5, INFINITY)

static void small_numbers_are_widened_with_their_sign(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[] = {0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff,
                                     0xff, 0,    0,    0,    0xfe, 0xff, 0,    0};
    assert_int_equal(OH_IPCParcel_WriteInt8(parcel, -1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt16(parcel, -2), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteUint8(parcel, 0xff), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteUint16(parcel, 0xfffe), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), sizeof octets);
    assert_memory_equal(OH_IPCParcel_ReadBuffer(parcel, sizeof octets), octets, sizeof octets);
}

static void another_type_reads_garbage_and_no_error(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 0x12345678), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt64(parcel, -2), OH_IPC_SUCCESS);
    int8_t small = 0;
    int32_t low = 0;
    int32_t high = 0;
    assert_int_equal(OH_IPCParcel_ReadInt8(parcel, &small), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &low), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &high), OH_IPC_SUCCESS);
    assert_int_equal(small, 0x78);
    assert_int_equal(low, -2);
    assert_int_equal(high, -1);
}

static void wide_numbers_stand_unaligned(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt64(parcel, INT64_MIN), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 12);
}

/* ---- strings and buffers ---- */

static void strings_are_padded_to_four(void **state)
{
    OHIPCParcel *parcel = *state;
    static const struct {
        const char *text;
        int size;
    } rows[] = {{"", 4}, {"a", 4}, {"abc", 4}, {"abcd", 8}, {"\xff\xfe", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int before = OH_IPCParcel_GetDataSize(parcel);
        assert_int_equal(OH_IPCParcel_WriteString(parcel, rows[i].text), OH_IPC_SUCCESS);
        assert_int_equal(OH_IPCParcel_GetDataSize(parcel) - before, rows[i].size);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(OH_IPCParcel_ReadString(parcel), rows[i].text);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(parcel), 0);
    assert_null(OH_IPCParcel_ReadString(parcel));
    assert_int_equal(OH_IPCParcel_WriteString(NULL, "a"), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteString(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_null(OH_IPCParcel_ReadString(NULL));
}

static void a_string_without_its_end_is_none(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, -1), OH_IPC_SUCCESS);
    assert_null(OH_IPCParcel_ReadString(parcel));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 0);
}

static void the_longest_string_fills_the_parcel(void **state)
{
    OHIPCParcel *parcel = *state;
    char *text = malloc(204801);
    memset(text, 'x', 204800);
    text[204800] = '\0';
    assert_int_equal(OH_IPCParcel_WriteString(parcel, text), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 0);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 0);
    text[204799] = '\0';
    assert_int_equal(OH_IPCParcel_WriteString(parcel, text), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 204800);
    assert_string_equal(OH_IPCParcel_ReadString(parcel), text);
    free(text);
}

static void an_odd_buffer_shifts_what_is_read_next(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[] = {1, 2, 3, 4, 5};
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, 5), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 8);
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 0x11223344), OH_IPC_SUCCESS);
    assert_memory_equal(OH_IPCParcel_ReadBuffer(parcel, 5), octets, 5);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 5);
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 0x44000000);
    assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 8), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 0x11223344);
}

static void bad_buffers_are_refused(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[204804] = {0};
    assert_int_equal(OH_IPCParcel_WriteBuffer(NULL, octets, 1), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, NULL, 1), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, 0), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, -1), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, INT32_MIN), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, 204801), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 0);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, 204800), OH_IPC_SUCCESS);
    assert_null(OH_IPCParcel_ReadBuffer(NULL, 1));
    assert_null(OH_IPCParcel_ReadBuffer(parcel, 0));
    assert_null(OH_IPCParcel_ReadBuffer(parcel, -1));
    assert_null(OH_IPCParcel_ReadBuffer(parcel, 204801));
    assert_null(OH_IPCParcel_ReadBuffer(parcel, INT32_MAX));
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 0);
    assert_non_null(OH_IPCParcel_ReadBuffer(parcel, 204800));
}

/* ---- interface tokens ---- */

static void assert_token(OHIPCParcel *parcel, const char *expected)
{
    char *token = NULL;
    int32_t len = -1;
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, &token, &len, kit_allocate),
                     OH_IPC_SUCCESS);
    assert_string_equal(token, expected);
    assert_int_equal(len, strlen(expected) + 1);
    free(token);
}

static void a_token_has_the_systems_octets(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[] = {0, 1, 0,   0, 0,    0,    0, 0, 2, 0,
                                     0, 0, 'a', 0, 0xac, 0x20, 0, 0, 0, 0};
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, "a\xe2\x82\xac"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), sizeof octets);
    assert_memory_equal(OH_IPCParcel_ReadBuffer(parcel, sizeof octets), octets, sizeof octets);
}

static void tokens_come_back(void **state)
{
    OHIPCParcel *parcel = *state;
    static const char *const tokens[] = {"a",        "ab",           "ohos.test",
                                         "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80!"};
    static const int sizes[] = {16, 20, 32, 16, 16, 20};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        int before = OH_IPCParcel_GetDataSize(parcel);
        assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, tokens[i]), OH_IPC_SUCCESS);
        assert_int_equal(OH_IPCParcel_GetDataSize(parcel) - before, sizes[i]);
    }
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        assert_token(parcel, tokens[i]);
    assert_int_equal(OH_IPCParcel_GetReadableBytes(parcel), 0);
}

static void the_longest_token_has_102393_characters(void **state)
{
    OHIPCParcel *parcel = *state;
    char *text = malloc(204802);
    memset(text, 't', 204801);
    text[204801] = '\0';
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, text), OH_IPC_CHECK_PARAM_ERROR);
    text[204800] = '\0';
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, text), OH_IPC_PARCEL_WRITE_ERROR);
    text[102394] = '\0';
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, text), OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 0);
    text[102393] = '\0';
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, text), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetDataSize(parcel), 204800);
    assert_token(parcel, text);
    free(text);
}

static void a_token_grows_the_capacity_piece_by_piece(void **state)
{
    OHIPCParcel *parcel = *state;
    uint8_t octets[8168] = {0};
    /* With 12 octets and 12 more: 8,192 fit what the 8,180 before them made room for. */
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, sizeof octets), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, "abcde"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 8192);
    assert_int_equal(OH_IPCParcel_GetWritableBytes(parcel), 0);
}

static void bad_tokens_are_refused(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(NULL, "t"), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, ""), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, "a\xe2\x82"),
                     OH_IPC_PARCEL_WRITE_ERROR);
    assert_int_equal(OH_IPCParcel_GetWritePosition(parcel), 0);

    char *token = NULL;
    int32_t len = 0;
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(NULL, &token, &len, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, NULL, &len, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, &token, NULL, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, &token, &len, NULL),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_null(token);
    assert_int_equal(len, 0);
}

static void without_memory_a_token_can_be_read_again(void **state)
{
    OHIPCParcel *parcel = *state;
    char *token = (char *)1;
    int32_t len = 99;
    assert_int_equal(OH_IPCParcel_WriteInt32(parcel, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, "again"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_ReadInt32(parcel, &len), OH_IPC_SUCCESS);
    len = 99;
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, &token, &len, kit_refuse),
                     OH_IPC_MEM_ALLOCATOR_ERROR);
    assert_null(token);
    assert_int_equal(len, 99);
    assert_int_equal(OH_IPCParcel_GetReadPosition(parcel), 4);
    assert_token(parcel, "again");
}

static void where_no_token_is_there_is_an_empty_one(void **state)
{
    OHIPCParcel *parcel = *state;
    assert_token(parcel, "");
    /* A length that is negative, too large, or without the zero behind the units. */
    static const int32_t words[][4] = {
        {0x100, 0, -1, 0}, {0x100, 0, 2, 0}, {0x100, 0, INT32_MAX, 0}, {0x100, 0, 1, 0x00410041}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_int_equal(OH_IPCParcel_RewindReadPosition(parcel, 0), OH_IPC_SUCCESS);
        assert_int_equal(OH_IPCParcel_RewindWritePosition(parcel, 0), OH_IPC_SUCCESS);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(OH_IPCParcel_WriteInt32(parcel, words[i][k]), OH_IPC_SUCCESS);
        assert_token(parcel, "");
    }
}

static void units_that_are_no_text_are_an_error(void **state)
{
    OHIPCParcel *parcel = *state;
    static const int32_t words[] = {0x100, 0, 1, 0x0000d800};
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(OH_IPCParcel_WriteInt32(parcel, words[k]), OH_IPC_SUCCESS);
    char *token = NULL;
    int32_t len = 0;
    assert_int_equal(OH_IPCParcel_ReadInterfaceToken(parcel, &token, &len, kit_allocate),
                     OH_IPC_PARCEL_READ_ERROR);
    assert_null(token);
}

static void every_write_is_on_the_tape(void **state)
{
    OHIPCParcel *parcel = *state;
    static const uint8_t octets[] = {1, 2, 3};
    assert_int_equal(OH_IPCParcel_WriteInterfaceToken(parcel, "odd"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt8(parcel, -1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteUint16(parcel, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteString(parcel, "text"), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteBuffer(parcel, octets, 3), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteDouble(parcel, 0.5), OH_IPC_SUCCESS);

    static const enum via_tag tags[] = {VIA_TAG_STR16, VIA_TAG_I8,    VIA_TAG_U16,
                                        VIA_TAG_STR,   VIA_TAG_BYTES, VIA_TAG_F64};
    struct payload payload;
    struct payload_cursor cursor;
    struct value value;
    parcel_payload(parcel->payload, &payload);
    assert_int_equal(payload_check(&payload), VIA_OK);
    payload_start(&cursor, &payload);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        assert_int_equal(payload_next(&cursor, &value), VIA_OK);
        assert_int_equal(value.tag, tags[i]);
        if (value.tag == VIA_TAG_STR)
            assert_memory_equal(value.text.octets, "text", value.text.size);
        if (value.tag == VIA_TAG_STR16)
            assert_int_equal(value.text.size, 6);
        if (value.tag == VIA_TAG_BYTES)
            assert_int_equal(value.text.size, 3);
    }
    assert_int_equal(payload_next(&cursor, &value), VIA_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_parcel_test(Int8_comes_back),
        kit_parcel_test(Int16_comes_back),
        kit_parcel_test(Int32_comes_back),
        kit_parcel_test(Int64_comes_back),
        kit_parcel_test(Uint8_comes_back),
        kit_parcel_test(Uint16_comes_back),
        kit_parcel_test(Uint32_comes_back),
        kit_parcel_test(Uint64_comes_back),
        kit_parcel_test(Float_comes_back),
        kit_parcel_test(Double_comes_back),
        kit_parcel_test(small_numbers_are_widened_with_their_sign),
        kit_parcel_test(another_type_reads_garbage_and_no_error),
        kit_parcel_test(wide_numbers_stand_unaligned),
        kit_parcel_test(strings_are_padded_to_four),
        kit_parcel_test(a_string_without_its_end_is_none),
        kit_parcel_test(the_longest_string_fills_the_parcel),
        kit_parcel_test(an_odd_buffer_shifts_what_is_read_next),
        kit_parcel_test(bad_buffers_are_refused),
        kit_parcel_test(a_token_has_the_systems_octets),
        kit_parcel_test(tokens_come_back),
        kit_parcel_test(the_longest_token_has_102393_characters),
        kit_parcel_test(a_token_grows_the_capacity_piece_by_piece),
        kit_parcel_test(bad_tokens_are_refused),
        kit_parcel_test(without_memory_a_token_can_be_read_again),
        kit_parcel_test(where_no_token_is_there_is_an_empty_one),
        kit_parcel_test(units_that_are_no_text_are_an_error),
        kit_parcel_test(every_write_is_on_the_tape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
