/*
 * SBUF_IPC: what it has beyond a raw sbuf, what it has not, and its capacity.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecs/parcel.h"
#include "tests/unit/bridge/hdf/sbuf_case.h"

static void it_starts_without_memory(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 77;
    assert_null(HdfSbufGetData(sbuf));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 0);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    assert_false(HdfSbufReadUint32(sbuf, &value));
    assert_null(HdfSbufReadString(sbuf));
    assert_null(HdfSbufReadUnpadBuffer(sbuf, 1));
    assert_null(HdfSbufReadUnpadBuffer(sbuf, 0));
    HdfSbufSetDataSize(sbuf, 4);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    HdfSbufFlush(sbuf);

    static const size_t capacities[] = {0, 1, 256, 524289, SIZE_MAX}; /* taken no notice of */
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        struct HdfSBuf *other = HdfSbufTypedObtainCapacity(SBUF_IPC, capacities[i]);
        assert_int_equal(HdfSbufGetCapacity(other), 0);
        HdfSbufRecycle(other);
    }
}

static void it_grows_by_powers_and_pages(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static const struct {
        size_t size, capacity;
    } rows[] = {{4, 64},      {64, 64},      {68, 128},        {4096, 4096},     {4100, 8192},
                {8192, 8192}, {8196, 12288}, {200704, 200704}, {200708, 204800}, {204800, 204800}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        while (HdfSbufGetDataSize(sbuf) < rows[i].size)
            assert_true(HdfSbufWriteUint32(sbuf, 0xffffffff));
        assert_int_equal(HdfSbufGetCapacity(sbuf), rows[i].capacity);
    }
    assert_false(HdfSbufWriteUint8(sbuf, 1));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 204800);
    HdfSbufFlush(sbuf);
    assert_null(HdfSbufGetData(sbuf));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 0);
    assert_true(HdfSbufWriteUint32(sbuf, 1));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 64);
    HdfSbufSetDataSize(sbuf, 64);
    uint64_t value = 0;
    assert_true(HdfSbufReadUint64(sbuf, &value));
    assert_int_equal(value, 1); /* new memory is zero */
}

static void numbers_strings_and_buffers_come_back(void **state)
{
    struct HdfSBuf *sbuf = *state;
    int8_t i8 = 0;
    uint16_t u16 = 0;
    int64_t i64 = 0;
    const void *data = NULL;
    uint32_t size = 0;
    assert_true(HdfSbufWriteInt8(sbuf, -1) && HdfSbufWriteUint16(sbuf, 0xffff) &&
                HdfSbufWriteInt64(sbuf, INT64_MIN) && HdfSbufWriteString(sbuf, "text") &&
                HdfSbufWriteBuffer(sbuf, "octets", 6));
    assert_true(HdfSbufReadInt8(sbuf, &i8) && HdfSbufReadUint16(sbuf, &u16) &&
                HdfSbufReadInt64(sbuf, &i64));
    assert_int_equal(i8, -1);
    assert_int_equal(u16, 0xffff);
    assert_true(i64 == INT64_MIN);
    assert_string_equal(HdfSbufReadString(sbuf), "text");
    assert_true(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_int_equal(size, 6);
    assert_memory_equal(data, "octets", 6);
    size_t before = HdfSbufGetDataSize(sbuf);
    assert_false(HdfSbufWriteString(sbuf, NULL));
    assert_false(HdfSbufWriteBuffer(sbuf, NULL, 4));
    assert_false(HdfSbufWriteBuffer(sbuf, "a", 0));
    assert_int_equal(HdfSbufGetDataSize(sbuf), before);
}

static void long_strings_are_read_too(void **state)
{
    struct HdfSBuf *sbuf = *state;
    enum { LENGTH = 100000 };
    char *text = malloc(LENGTH + 1);
    assert_non_null(text);
    memset(text, 'x', LENGTH);
    text[LENGTH] = '\0';
    assert_true(HdfSbufWriteString(sbuf, text));
    assert_string_equal(HdfSbufReadString(sbuf), text);
    assert_false(HdfSbufWriteBuffer(sbuf, text, 204800));
    free(text);
}

static void floats_come_back(void **state)
{
    struct HdfSBuf *sbuf = *state;
    float f32 = 0;
    double f64 = 0;
    assert_true(HdfSbufWriteFloat(sbuf, 1.5f) && HdfSbufWriteDouble(sbuf, -2.25));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 12);
    assert_false(HdfSbufReadFloat(sbuf, NULL));
    assert_false(HdfSbufReadDouble(sbuf, NULL));
    assert_true(HdfSbufReadFloat(sbuf, &f32) && HdfSbufReadDouble(sbuf, &f64));
    assert_true(f32 == 1.5f && f64 == -2.25);
    assert_false(HdfSbufReadFloat(sbuf, &f32));
    assert_false(HdfSbufReadDouble(sbuf, &f64));
}

static void buffers_without_a_length(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 0;
    assert_false(HdfSbufWriteUnpadBuffer(sbuf, NULL, 4));
    assert_false(HdfSbufWriteUnpadBuffer(sbuf, (const uint8_t *)"a", 0));
    assert_true(HdfSbufWriteUnpadBuffer(sbuf, (const uint8_t *)"abcde", 5));
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_null(HdfSbufReadUnpadBuffer(sbuf, 13));
    assert_null(HdfSbufReadUnpadBuffer(sbuf, SIZE_MAX));
    assert_memory_equal(HdfSbufReadUnpadBuffer(sbuf, 5), "abcde", 5);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    assert_int_equal(value, 7);
}

static void utf16_comes_back_with_its_end(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static const char16_t units[] = {'a', 0xd83d, 0xde00, 'z'};
    assert_false(HdfSbufWriteString16(sbuf, NULL, 2));
    assert_false(HdfSbufWriteString16(sbuf, units, UINT32_MAX));
    assert_false(HdfSbufWriteString16(sbuf, units, 102401));
    assert_true(HdfSbufWriteString16(sbuf, units, 3));
    assert_true(HdfSBufWriteString16(sbuf, units, 0));
    assert_true(HdfSbufWriteString16(sbuf, units, 4));
    const char16_t *back = HdfSbufReadString16(sbuf);
    assert_memory_equal(back, units, 3 * sizeof *units);
    assert_int_equal(back[3], 0);
    back = HdfSbufReadString16(sbuf);
    assert_int_equal(back[0], 0);
    back = HdfSbufReadString16(sbuf);
    assert_memory_equal(back, units, sizeof units);
    assert_int_equal(back[4], 0);
    assert_null(HdfSbufReadString16(sbuf));
}

static void utf16_that_is_none_is_put_back(void **state)
{
    (void)state;
    static const struct {
        uint32_t words[3];
        size_t size;
    } rows[] = {
        {{1, 0x00410041, 0}, 8}, /* no zero behind it */
        {{2, 0, 0}, 8},          /* its zero is cut off */
        {{UINT32_MAX, 0, 0}, 12}, {{0x7fffffff, 0, 0}, 12}, {{0, 0, 0}, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *block = sbuf_case_block(rows[i].words, rows[i].size);
        struct HdfSBuf *sbuf = HdfSbufTypedBind(SBUF_IPC, (uintptr_t)block, rows[i].size);
        uint32_t value = 0;
        assert_null(HdfSbufReadString16(sbuf));
        assert_true(HdfSbufReadUint32(sbuf, &value));
        assert_int_equal(value, rows[i].words[0]);
        HdfSbufRecycle(sbuf);
        free(block);
    }
}

/* ---- descriptors and services ---- */

static bool is_same_file(int fd, int other)
{
    struct stat one;
    struct stat two;
    return fstat(fd, &one) == 0 && fstat(other, &two) == 0 && one.st_ino == two.st_ino &&
           one.st_dev == two.st_dev;
}

static void descriptors_come_back_as_duplicates(void **state)
{
    struct HdfSBuf *sbuf = *state;
    int ends[2] = {-1, -1};
    uint32_t value = 0;
    assert_int_equal(pipe(ends), 0);
    assert_false(HdfSbufWriteFileDescriptor(sbuf, -1));
    assert_true(HdfSbufWriteFileDescriptor(sbuf, ends[0]));
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_true(HdfSbufWriteFileDescriptor(sbuf, ends[1]));
    int first = HdfSbufReadFileDescriptor(sbuf);
    assert_true(first >= 0 && first != ends[0] && is_same_file(first, ends[0]));
    assert_true((fcntl(first, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(HdfSbufReadFileDescriptor(sbuf), -1); /* a number stands there */
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 7);
    int second = HdfSbufReadFileDescriptor(sbuf);
    assert_true(second >= 0 && is_same_file(second, ends[1]));
    assert_int_equal(HdfSbufReadFileDescriptor(sbuf), -1);
    const int all[] = {first, second, ends[0], ends[1]};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(close(all[i]), 0);
    assert_false(HdfSbufWriteFileDescriptor(sbuf, ends[0])); /* no longer open */
}

static void descriptors_are_closed_with_it(void **state)
{
    (void)state;
    int ends[2] = {-1, -1};
    char octet = 0;
    for (int round = 0; round < 3; round++) {
        struct HdfSBuf *sbuf = HdfSbufTypedObtain(SBUF_IPC);
        assert_int_equal(pipe(ends), 0);
        assert_true(HdfSbufWriteUint32(sbuf, 1));
        assert_true(HdfSbufWriteFileDescriptor(sbuf, ends[1]));
        assert_int_equal(close(ends[1]), 0);
        if (round == 0)
            HdfSbufFlush(sbuf);
        else if (round == 1)
            HdfSbufSetDataSize(sbuf, 4);
        else
            HdfSbufRecycle(sbuf);
        assert_int_equal(read(ends[0], &octet, 1), 0); /* nobody can write any more */
        assert_int_equal(close(ends[0]), 0);
        if (round < 2)
            HdfSbufRecycle(sbuf);
    }
}

static void it_takes_250_descriptors(void **state)
{
    struct HdfSBuf *sbuf = *state;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(null >= 0);
    for (unsigned i = 0; i < 250; i++)
        assert_true(HdfSbufWriteFileDescriptor(sbuf, null));
    assert_false(HdfSbufWriteFileDescriptor(sbuf, null));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 1000); /* no slot is left behind */
    assert_int_equal(close(null), 0);
}

static void services_come_back_as_they_are(void **state)
{
    struct HdfSBuf *sbuf = *state;
    enum { N = 10 };
    static int marks[N];
    uint32_t value = 0;
    assert_int_equal(HdfSbufWriteRemoteService(sbuf, NULL), HDF_ERR_INVALID_PARAM);
    assert_null(HdfSbufReadRemoteService(sbuf));
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(
            HdfSbufWriteRemoteService(sbuf, (const struct HdfRemoteService *)&marks[i]),
            HDF_SUCCESS);
        assert_true(HdfSbufWriteUint32(sbuf, 7));
    }
    for (size_t i = 0; i < N; i++) {
        assert_ptr_equal(HdfSbufReadRemoteService(sbuf), &marks[i]);
        assert_null(HdfSbufReadRemoteService(sbuf)); /* a number stands there */
        assert_true(HdfSbufReadUint32(sbuf, &value));
    }
    /* No slot is taken for another's when there are other octets in its place. */
    HdfSbufSetDataSize(sbuf, 0);
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_null(HdfSbufReadRemoteService(sbuf));
}

static void without_room_there_is_no_service(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static int mark;
    HdfSbufFlush(sbuf);
    while (HdfSbufWriteUint64(sbuf, 1))
        continue;
    assert_int_equal(HdfSbufWriteRemoteService(sbuf, (const struct HdfRemoteService *)&mark),
                     HDF_FAILURE);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_false(HdfSbufWriteFileDescriptor(sbuf, null));
    assert_int_equal(close(null), 0);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 204800);
}

/* ---- what it does not have ---- */

static void it_is_neither_copied_nor_moved_nor_sent(void **state)
{
    struct HdfSBuf *sbuf = *state;
    struct via_parcel *payload = NULL;
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_null(HdfSbufCopy(sbuf));
    assert_null(HdfSbufMove(sbuf));
    HdfSbufTransDataOwnership(sbuf);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 4);
    assert_int_equal(sbuf_payload(sbuf, &payload), VIA_BAD_TYPE);
    assert_null(payload);
    assert_int_equal(via_parcel_create(&payload), VIA_OK);
    assert_int_equal(sbuf_fill(sbuf, payload), VIA_BAD_TYPE);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    via_parcel_unref(payload);
}

static void bound_memory_never_grows(void **state)
{
    (void)state;
    uint32_t memory[2] = {7, 8};
    uint32_t value = 0;
    struct HdfSBuf *sbuf = HdfSbufTypedBind(SBUF_IPC, (uintptr_t)memory, sizeof memory);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 8);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    assert_int_equal(value, 7);
    assert_false(HdfSbufWriteUint32(sbuf, 9));
    assert_false(HdfSbufWriteFileDescriptor(sbuf, STDERR_FILENO));
    assert_int_equal(HdfSbufReadFileDescriptor(sbuf), -1);
    HdfSbufSetDataSize(sbuf, 4);
    assert_true(HdfSbufWriteFloat(sbuf, 0));
    HdfSbufTransDataOwnership(sbuf);
    assert_false(HdfSbufWriteUint32(sbuf, 9));
    HdfSbufFlush(sbuf);
    assert_null(HdfSbufGetData(sbuf));
    assert_false(HdfSbufWriteUint32(sbuf, 9));
    HdfSbufRecycle(sbuf);
    assert_int_equal(memory[0], 7);
    assert_null(HdfSbufTypedBind(SBUF_IPC, 0, 4));
    assert_null(HdfSbufTypedBind(SBUF_IPC, (uintptr_t)memory, 0));
    assert_null(HdfSbufTypedBind(SBUF_IPC, (uintptr_t)memory + 2, 4));
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
        sbuf_ipc_test(it_starts_without_memory),
        sbuf_ipc_test(it_grows_by_powers_and_pages),
        sbuf_ipc_test(numbers_strings_and_buffers_come_back),
        sbuf_ipc_test(long_strings_are_read_too),
        sbuf_ipc_test(floats_come_back),
        sbuf_ipc_test(buffers_without_a_length),
        sbuf_ipc_test(utf16_comes_back_with_its_end),
        cmocka_unit_test(utf16_that_is_none_is_put_back),
        sbuf_ipc_test(descriptors_come_back_as_duplicates),
        cmocka_unit_test(descriptors_are_closed_with_it),
        sbuf_ipc_test(it_takes_250_descriptors),
        sbuf_ipc_test(services_come_back_as_they_are),
        sbuf_ipc_test(without_room_there_is_no_service),
        sbuf_ipc_test(it_is_neither_copied_nor_moved_nor_sent),
        cmocka_unit_test(bound_memory_never_grows),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
