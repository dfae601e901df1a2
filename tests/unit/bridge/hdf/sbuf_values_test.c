/*
 * Values in raw sbufs: their octets, what the tape says of them, and octets from anybody.
 */
#include "codecs/buffer.h"
#include "codecs/json_payload.h"
#include "codecs/parcel.h"
#include "tests/unit/bridge/hdf/sbuf_case.h"

/* ---- octets ---- */

static void each_value_stands_octet_by_octet(void **state)
{
    struct HdfSBuf *sbuf = *state;
    /* What was there before is not to be seen in the padding. */
    memset(HdfSbufGetData(sbuf), 0x55, HdfSbufGetCapacity(sbuf));

#define EXPECT(call, ...)                                                                          \
    do {                                                                                           \
        static const uint8_t octets[] = {__VA_ARGS__};                                             \
        HdfSbufFlush(sbuf);                                                                        \
        assert_true(call);                                                                         \
        sbuf_case_holds(sbuf, octets, sizeof octets);                                              \
    } while (0)

    EXPECT(HdfSbufWriteUint8(sbuf, 0xab), 0xab, 0, 0, 0);
    EXPECT(HdfSbufWriteInt8(sbuf, -1), 0xff, 0, 0, 0);
    EXPECT(HdfSbufWriteUint16(sbuf, 0x1234), 0x34, 0x12, 0, 0);
    EXPECT(HdfSbufWriteInt16(sbuf, -1), 0xff, 0xff, 0, 0);
    EXPECT(HdfSbufWriteUint32(sbuf, 0x12345678), 0x78, 0x56, 0x34, 0x12);
    EXPECT(HdfSbufWriteInt32(sbuf, -2), 0xfe, 0xff, 0xff, 0xff);
    EXPECT(HdfSbufWriteUint64(sbuf, 1), 1, 0, 0, 0, 0, 0, 0, 0);
    EXPECT(HdfSbufWriteInt64(sbuf, -2), 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    EXPECT(HdfSbufWriteString(sbuf, "test"), 5, 0, 0, 0, 't', 'e', 's', 't', 0, 0, 0, 0);
    EXPECT(HdfSbufWriteString(sbuf, "abc"), 4, 0, 0, 0, 'a', 'b', 'c', 0);
    EXPECT(HdfSbufWriteString(sbuf, ""), 1, 0, 0, 0, 0, 0, 0, 0);
    EXPECT(HdfSbufWriteString(sbuf, NULL), 0, 0, 0, 0);
    EXPECT(HdfSbufWriteBuffer(sbuf, "abcde", 5), 5, 0, 0, 0, 'a', 'b', 'c', 'd', 'e', 0, 0, 0);
    EXPECT(HdfSbufWriteBuffer(sbuf, "abcd", 4), 4, 0, 0, 0, 'a', 'b', 'c', 'd');
    EXPECT(HdfSbufWriteBuffer(sbuf, NULL, 9), 0, 0, 0, 0);
    EXPECT(HdfSbufWriteBuffer(sbuf, "abcd", 0), 0, 0, 0, 0);
#undef EXPECT
}

static void wide_numbers_stand_at_multiples_of_four(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_true(HdfSbufWriteUint8(sbuf, 1));
    assert_true(HdfSbufWriteUint64(sbuf, 0x0807060504030201));
    sbuf_case_holds(sbuf, "\1\0\0\0\1\2\3\4\5\6\7\x8", 12);
}

/* ---- and back ---- */

#define CHECK_NUMBER(NAME, TYPE, SIZE, ...)                                                        \
    static void NAME##_comes_back(void **state)                                                    \
    {                                                                                              \
        struct HdfSBuf *sbuf = *state;                                                             \
        static const TYPE values[] = {__VA_ARGS__};                                                \
        TYPE value = 0;                                                                            \
        assert_false(HdfSbufWrite##NAME(NULL, 1));                                                 \
        assert_false(HdfSbufRead##NAME(NULL, &value));                                             \
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {                            \
            assert_true(HdfSbufWrite##NAME(sbuf, values[i]));                                      \
            assert_int_equal(HdfSbufGetDataSize(sbuf), (i + 1) * (SIZE));                          \
        }                                                                                          \
        assert_false(HdfSbufRead##NAME(sbuf, NULL)); /* nothing is consumed */                     \
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {                            \
            assert_true(HdfSbufRead##NAME(sbuf, &value));                                          \
            assert_int_equal(value, values[i]);                                                    \
        }                                                                                          \
        value = 77;                                                                                \
        assert_false(HdfSbufRead##NAME(sbuf, &value));                                             \
        assert_int_equal(value, 77);                                                               \
    }

CHECK_NUMBER(Int8, int8_t, 4, 0, 1, -1, INT8_MIN, INT8_MAX)
CHECK_NUMBER(Int16, int16_t, 4, 0, 1, -1, INT16_MIN, INT16_MAX)
CHECK_NUMBER(Int32, int32_t, 4, 0, 1, -1, INT32_MIN, INT32_MAX)
CHECK_NUMBER(Int64, int64_t, 8, 0, 1, -1, INT64_MIN, INT64_MAX)
CHECK_NUMBER(Uint8, uint8_t, 4, 0, 1, UINT8_MAX)
CHECK_NUMBER(Uint16, uint16_t, 4, 0, 1, UINT16_MAX)
CHECK_NUMBER(Uint32, uint32_t, 4, 0, 1, UINT32_MAX)
CHECK_NUMBER(Uint64, uint64_t, 8, 0, 1, UINT64_MAX)

static void signed_and_unsigned_share_one_encoding(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    int8_t i8 = 0;
    assert_true(HdfSbufWriteInt8(sbuf, -1) && HdfSbufWriteInt16(sbuf, -1) &&
                HdfSbufWriteUint32(sbuf, 0x12ff));
    assert_true(HdfSbufReadUint8(sbuf, &u8) && HdfSbufReadUint16(sbuf, &u16) &&
                HdfSbufReadInt8(sbuf, &i8));
    assert_int_equal(u8, 0xff);
    assert_int_equal(u16, 0xffff);
    assert_int_equal(i8, -1); /* the first octet */
}

static void reads_and_writes_alternate(void **state)
{
    struct HdfSBuf *sbuf = *state;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t value = 0;
        assert_true(HdfSbufWriteUint32(sbuf, i));
        assert_true(HdfSbufWriteString(sbuf, "between"));
        assert_true(HdfSbufReadUint32(sbuf, &value));
        assert_int_equal(value, i);
        assert_string_equal(HdfSbufReadString(sbuf), "between");
        assert_null(HdfSbufReadString(sbuf));
    }
}

static void buffers_come_back_where_they_stand(void **state)
{
    struct HdfSBuf *sbuf = *state;
    const void *data = "";
    uint32_t size = 9;
    assert_false(HdfSbufWriteBuffer(NULL, "a", 1));
    assert_false(HdfSbufReadBuffer(NULL, &data, &size));
    assert_true(HdfSbufWriteBuffer(sbuf, "abcde", 5));
    assert_true(HdfSbufWriteBuffer(sbuf, NULL, 3));
    assert_true(HdfSbufWriteBuffer(sbuf, "ab", 2));
    assert_false(HdfSbufReadBuffer(sbuf, NULL, &size));
    assert_false(HdfSbufReadBuffer(sbuf, &data, NULL));
    assert_true(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_ptr_equal(data, HdfSbufGetData(sbuf) + 4);
    assert_int_equal(size, 5);
    assert_true(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_null(data);
    assert_int_equal(size, 0);
    assert_true(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_memory_equal(data, "ab", 2);
    assert_false(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_int_equal(size, 2); /* untouched */
}

static void a_null_string_is_passed_and_an_empty_one_is_there(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_false(HdfSbufWriteString(NULL, "a"));
    assert_null(HdfSbufReadString(NULL));
    assert_true(HdfSbufWriteString(sbuf, NULL) && HdfSbufWriteString(sbuf, "") &&
                HdfSbufWriteString(sbuf, "b"));
    assert_null(HdfSbufReadString(sbuf));
    assert_string_equal(HdfSbufReadString(sbuf), "");
    assert_string_equal(HdfSbufReadString(sbuf), "b");
    assert_null(HdfSbufReadString(sbuf));
}

static void longer_strings_are_written_and_not_read(void **state)
{
    (void)state;
    for (size_t length = 32765; length <= 32767; length++) {
        struct HdfSBuf *sbuf = HdfSbufObtain(40000);
        char *text = malloc(length + 1);
        assert_non_null(text);
        memset(text, 'x', length);
        text[length] = '\0';
        assert_true(HdfSbufWriteString(sbuf, text));
        const char *back = HdfSbufReadString(sbuf);
        if (length <= 32766) {
            assert_string_equal(back, text);
        } else {
            uint32_t value = 0;
            assert_null(back);
            assert_true(HdfSbufReadUint32(sbuf, &value)); /* the length is still there */
            assert_int_equal(value, 32768);
        }
        free(text);
        HdfSbufRecycle(sbuf);
    }
}

/* ---- octets from anybody ---- */

static struct HdfSBuf *bind_block(const void *octets, size_t size, uint8_t **blockp)
{
    *blockp = sbuf_case_block(octets, size);
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)*blockp, size);
    assert_non_null(sbuf);
    return sbuf;
}

static void lengths_that_lie_are_put_back(void **state)
{
    (void)state;
    static const struct {
        uint8_t octets[12];
        size_t size;
        uint32_t length;
    } rows[] = {
        {{5, 0, 0, 0, 'a', 'b', 'c', 'd'}, 8, 5},            /* one more than there is */
        {{2, 0, 0, 0, 'a', 'b'}, 6, 2},                      /* the padding is missing */
        {{1, 0, 0, 0}, 4, 1},                                /* nothing is there */
        {{0xff, 0xff, 0xff, 0x7f, 'a', 'b'}, 8, 0x7fffffff}, /* padded it is 2^31 */
        {{0xfd, 0xff, 0xff, 0x7f, 'a', 'b'}, 8, 0x7ffffffd},
        {{0, 0x80, 0, 0, 'a', 'b'}, 8, 0x8000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *block = NULL;
        struct HdfSBuf *sbuf = bind_block(rows[i].octets, rows[i].size, &block);
        const void *data = block;
        uint32_t size = 77;
        assert_null(HdfSbufReadString(sbuf));
        assert_false(HdfSbufReadBuffer(sbuf, &data, &size));
        assert_ptr_equal(data, block); /* untouched */
        assert_int_equal(size, 77);
        assert_true(HdfSbufReadUint32(sbuf, &size));
        assert_int_equal(size, rows[i].length);
        HdfSbufRecycle(sbuf);
        free(block);
    }
}

static void negative_lengths_are_passed(void **state)
{
    (void)state;
    static const int32_t lengths[] = {-1, -2, -3, -4, -5, INT32_MIN, INT32_MIN + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const int32_t words[3] = {lengths[i], lengths[i], 7};
        uint8_t *block = NULL;
        struct HdfSBuf *sbuf = bind_block(words, sizeof words, &block);
        const void *data = block;
        uint32_t size = 77;
        int32_t value = 0;
        assert_false(HdfSbufReadBuffer(sbuf, &data, &size));
        assert_null(data);
        assert_int_equal(size, 0);
        assert_null(HdfSbufReadString(sbuf));
        assert_true(HdfSbufReadInt32(sbuf, &value));
        assert_int_equal(value, 7);
        HdfSbufRecycle(sbuf);
        free(block);
    }
}

static void a_length_that_is_cut_is_not_read(void **state)
{
    (void)state;
    for (size_t size = 1; size < 4; size++) {
        uint8_t *block = NULL;
        struct HdfSBuf *sbuf = bind_block("\1\0\0", size, &block);
        const void *data = NULL;
        uint32_t length = 77;
        uint64_t wide = 77;
        uint8_t small = 77;
        assert_null(HdfSbufReadString(sbuf));
        assert_false(HdfSbufReadBuffer(sbuf, &data, &length));
        assert_false(HdfSbufReadUint8(sbuf, &small));
        assert_false(HdfSbufReadUint64(sbuf, &wide));
        assert_int_equal(length + wide + small, 3 * 77);
        HdfSbufRecycle(sbuf);
        free(block);
    }
}

static void a_string_gets_its_end(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_true(HdfSbufWriteBuffer(sbuf, "abcd", 4));
    assert_string_equal(HdfSbufReadString(sbuf), "abc");
    sbuf_case_holds(sbuf, "\4\0\0\0abc", 8);
}

/* What is bound may be constants, as long as it is only read. */
static void a_string_that_ends_is_not_written_to(void **state)
{
    (void)state;
    static const _Alignas(4) uint8_t constant[] = {3, 0, 0, 0, 'a', 'b', 0, 0};
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)constant, sizeof constant);
    assert_string_equal(HdfSbufReadString(sbuf), "ab");
    HdfSbufRecycle(sbuf);
}

/* ---- the tape ---- */

static void expect_json(const struct HdfSBuf *sbuf, const char *text)
{
    struct via_parcel *parcel = NULL;
    struct payload payload;
    struct buffer out;
    assert_int_equal(sbuf_payload(sbuf, &parcel), VIA_OK);
    parcel_payload(parcel, &payload);
    buffer_init(&out, SIZE_MAX);
    assert_int_equal(json_payload_write(&out, &payload, NULL), VIA_OK);
    assert_int_equal(out.size, strlen(text));
    assert_memory_equal(out.data, text, out.size);
    buffer_deinit(&out);
    via_parcel_unref(parcel);
}

static void typed_values_are_shown_in_order(void **state)
{
    struct HdfSBuf *sbuf = *state;
    expect_json(sbuf, "[]");
    assert_true(HdfSbufWriteString(sbuf, "hello") && HdfSbufWriteInt32(sbuf, -5) &&
                HdfSbufWriteUint8(sbuf, 171) && HdfSbufWriteInt16(sbuf, -1) &&
                HdfSbufWriteUint64(sbuf, 7) && HdfSbufWriteString(sbuf, NULL) &&
                HdfSbufWriteBuffer(sbuf, "abc", 3) && HdfSbufWriteBuffer(sbuf, NULL, 0));
    expect_json(sbuf, "[\"hello\",-5,{\"u8\":171},{\"i16\":-1},{\"u64\":\"7\"},null,"
                      "{\"bytes\":\"YWJj\"},{\"bytes\":\"\"}]");
    HdfSbufFlush(sbuf);
    assert_true(HdfSbufWriteInt32(sbuf, 1) && HdfSbufWriteInt32(sbuf, 2) &&
                HdfSbufWriteInt64(sbuf, 3));
    HdfSbufSetDataSize(sbuf, 8); /* at the end of a value */
    expect_json(sbuf, "[1,2]");
    struct HdfSBuf *copy = HdfSbufCopy(sbuf);
    struct HdfSBuf *moved = HdfSbufMove(sbuf);
    expect_json(copy, "[1,2]");
    expect_json(moved, "[1,2]");
    assert_true(HdfSbufWriteString(moved, "on"));
    expect_json(moved, "[1,2,\"on\"]");
    HdfSbufRecycle(copy);
    HdfSbufRecycle(moved);
}

static void octets_without_a_tape_are_base64(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t memory[1] = {0x64636261};
    struct HdfSBuf *bound = HdfSbufBind((uintptr_t)memory, sizeof memory);
    expect_json(bound, "{\"raw\":\"YWJjZA==\"}");
    HdfSbufRecycle(bound);

    assert_true(HdfSbufWriteInt32(sbuf, 1) && HdfSbufWriteInt64(sbuf, 2));
    HdfSbufSetDataSize(sbuf, 8); /* inside a value */
    expect_json(sbuf, "{\"raw\":\"AQAAAAIAAAA=\"}");
    HdfSbufSetDataSize(sbuf, 12); /* what was written in place, for all anybody knows */
    expect_json(sbuf, "{\"raw\":\"AQAAAAIAAAAAAAAA\"}");
    HdfSbufFlush(sbuf);
    assert_true(HdfSbufWriteInt32(sbuf, 3));
    expect_json(sbuf, "[3]"); /* from the start all is known again */
}

/* ---- what a raw sbuf does not have ---- */

static void raw_sbufs_have_none_of_the_rest(void **state)
{
    struct HdfSBuf *raw = *state;
    struct HdfSBuf *const sbufs[] = {raw, NULL};
    static const char16_t units[] = {'a'};
    const struct HdfRemoteService *service = (const struct HdfRemoteService *)units;
    float f32 = 0;
    double f64 = 0;
    assert_true(HdfSbufWriteUint64(raw, 1));
    for (size_t i = 0; i < 2; i++) {
        struct HdfSBuf *sbuf = sbufs[i];
        assert_false(HdfSbufWriteFloat(sbuf, 1));
        assert_false(HdfSbufWriteDouble(sbuf, 1));
        assert_false(HdfSbufReadFloat(sbuf, &f32));
        assert_false(HdfSbufReadDouble(sbuf, &f64));
        assert_false(HdfSbufWriteString16(sbuf, units, 1));
        assert_false(HdfSBufWriteString16(sbuf, units, 1));
        assert_null(HdfSbufReadString16(sbuf));
        assert_false(HdfSbufWriteUnpadBuffer(sbuf, (const uint8_t *)"a", 1));
        assert_null(HdfSbufReadUnpadBuffer(sbuf, 1));
        assert_false(HdfSbufWriteFileDescriptor(sbuf, 0));
        assert_int_equal(HdfSbufReadFileDescriptor(sbuf), -1);
        assert_int_not_equal(HdfSbufWriteRemoteService(sbuf, service), HDF_SUCCESS);
        assert_null(HdfSbufReadRemoteService(sbuf));
    }
    assert_int_equal(HdfSbufWriteRemoteService(raw, service), HDF_ERR_NOT_SUPPORT);
    assert_int_equal(HdfSbufWriteRemoteService(NULL, service), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfSbufGetDataSize(raw), 8);
}

static int drain(void **state)
{
    (void)state;
    parcel_pool_drain();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sbuf_test(each_value_stands_octet_by_octet),
        sbuf_test(wide_numbers_stand_at_multiples_of_four),
        sbuf_test(Int8_comes_back),
        sbuf_test(Int16_comes_back),
        sbuf_test(Int32_comes_back),
        sbuf_test(Int64_comes_back),
        sbuf_test(Uint8_comes_back),
        sbuf_test(Uint16_comes_back),
        sbuf_test(Uint32_comes_back),
        sbuf_test(Uint64_comes_back),
        sbuf_test(signed_and_unsigned_share_one_encoding),
        sbuf_test(reads_and_writes_alternate),
        sbuf_test(buffers_come_back_where_they_stand),
        sbuf_test(a_null_string_is_passed_and_an_empty_one_is_there),
        cmocka_unit_test(longer_strings_are_written_and_not_read),
        cmocka_unit_test(lengths_that_lie_are_put_back),
        cmocka_unit_test(negative_lengths_are_passed),
        cmocka_unit_test(a_length_that_is_cut_is_not_read),
        sbuf_test(a_string_gets_its_end),
        cmocka_unit_test(a_string_that_ends_is_not_written_to),
        sbuf_test(typed_values_are_shown_in_order),
        sbuf_test(octets_without_a_tape_are_base64),
        sbuf_test(raw_sbufs_have_none_of_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
