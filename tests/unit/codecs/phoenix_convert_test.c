/*
 * Vectors of every message and every ABI: each as it stands in a program there, turned into each of
 * the others.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_convert.h"
#include "tests/unit/codecs/phoenix_octets.h"

/* In all vectors: port 0x40000005 and id 0x11223344. */
#define OID64 "05000040 00000000 44332211 00000000 "
#define OID_IA32 "05000040 44332211 00000000 "
#define OID32 "05000040 44332211 "
#define OID_BIG "40000005 11223344 "

#define SAME_LITTLE(hex) hex, hex, hex, hex
#define OIDS OID64, OID_IA32, OID64, OID32, OID_BIG

enum part { IN_RAW, OUT_RAW, IN_DATA, OUT_DATA };

struct vector {
    int32_t type;
    enum part part;
    const char *octets[N_ABIS];
};

#define IO                                                                                         \
    {                                                                                              \
        "0807060504030201 0d0c0b0a00000000 08100000", "0807060504030201 0d0c0b0a 08100000",        \
            "0807060504030201 0d0c0b0a 08100000", "0807060504030201 0d0c0b0a 08100000",            \
            "0102030405060708 0a0b0c0d 00001008"                                                   \
    }
#define ATTR                                                                                       \
    {                                                                                              \
        SAME_LITTLE("feffffffffffffff 03000000"), "fffffffffffffffe 00000003"                      \
    }

static const struct vector vectors[] = {
    {PHOENIX_OPEN, IN_RAW, {SAME_LITTLE("04110000"), "00001104"}},
    {PHOENIX_CLOSE, IN_RAW, {SAME_LITTLE("04100000"), "00001004"}},
    {PHOENIX_READ, IN_RAW, IO},
    {PHOENIX_WRITE, IN_RAW, IO},
    {PHOENIX_TRUNCATE, IN_RAW, IO},
    {PHOENIX_DEVCTL, IN_RAW, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {PHOENIX_DEVCTL, OUT_RAW, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {PHOENIX_CREATE,
     IN_RAW,
     {"02000000 b6210000" OID64, "02000000 b6210000" OID_IA32, "02000000 b6210000" OID64,
      "02000000 b6210000" OID32, "00000002 000021b6" OID_BIG}},
    {PHOENIX_CREATE, OUT_RAW, {OIDS}},
    {PHOENIX_DESTROY, IN_RAW, {SAME_LITTLE("01020304"), "01020304"}},
    {PHOENIX_SETATTR, IN_RAW, ATTR},
    {PHOENIX_SETATTR, IN_DATA, {OIDS}},
    {PHOENIX_GETATTR, IN_RAW, ATTR},
    {PHOENIX_GETATTR, OUT_RAW, {SAME_LITTLE("feffffffffffffff"), "fffffffffffffffe"}},
    {PHOENIX_LOOKUP,
     OUT_RAW,
     {OID64 OID64, OID_IA32 OID_IA32, OID64 OID64, OID32 OID32, OID_BIG OID_BIG}},
    {PHOENIX_LINK, IN_RAW, {OIDS}},
    {PHOENIX_UNLINK, IN_RAW, {OIDS}},
    {PHOENIX_READDIR, IN_RAW, {SAME_LITTLE("0807060504030201"), "0102030405060708"}},
    {PHOENIX_READDIR,
     OUT_DATA,
     {SAME_LITTLE("0807060504030201 04000000 1000 0300 61626300"),
      "0102030405060708 00000004 0010 0003 61626300"}},
    {PHOENIX_MOUNT,
     IN_RAW,
     {OID64 "0403020100000000 6d6574657266730000", OID_IA32 "04030201 6d6574657266730000",
      OID64 "04030201 6d6574657266730000", OID32 "04030201 6d6574657266730000",
      OID_BIG "01020304 6d6574657266730000"}},
    {PHOENIX_MOUNT, OUT_RAW, {OIDS}},
    {PHOENIX_UMOUNT, IN_RAW, {SAME_LITTLE("01020304"), "01020304"}},
    {PHOENIX_SYNC, IN_RAW, {OIDS}},
    {PHOENIX_MOUNT_POINT, OUT_RAW, {OIDS}},
    {0x50c30000, IN_RAW, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {0x50c30000, OUT_RAW, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {0x50c30000, IN_DATA, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {0x50c30000, OUT_DATA, {SAME_LITTLE("0102030405060708"), "0102030405060708"}},
    {PHOENIX_STAT,
     OUT_DATA,
     {"0002000000000000 0004000000000000"
      "0807060504030201 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
      "0600000000000000 0700000000000000 0100000000000000 ff00000000000000",
      "00020000 00040000"
      "0807060504030201 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
      "0600000000000000 07000000 01000000 ff000000",
      "00020000 00040000"
      "0807060504030201 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
      "0600000000000000 07000000 01000000 ff000000 00000000",
      "00020000 00040000"
      "0807060504030201 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
      "0600000000000000 07000000 01000000 ff000000 00000000",
      "00000200 00000400"
      "0102030405060708 0000000000000002 0000000000000003 0000000000000004 0000000000000005"
      "0000000000000006 00000007 00000001 000000ff 00000000"}},
};

#define ATTRIBUTES 15u

static struct phoenix_request request_of(int32_t type, uint32_t abi, const uint8_t *raw)
{
    return (struct phoenix_request){.type = type, .abi = abi, .in_raw = raw};
}

static void check_in(const struct vector *vector, size_t from, size_t to)
{
    static const uint8_t zeros[PHOENIX_RAW_SIZE];
    static const char *const at_dev[] = {"0000000000000000 0e000000", "0000000000000000 0000000e"};
    uint8_t given[PHOENIX_RAW_SIZE], expected[PHOENIX_RAW_SIZE], raw[PHOENIX_RAW_SIZE];
    size_t size = octets_of(vector->octets[from], given, sizeof given);
    size_t expected_size = octets_of(vector->octets[to], expected, sizeof expected);
    struct phoenix_room room;
    struct phoenix_request request = request_of(vector->type, abis[from].abi, zeros);
    (void)octets_of(at_dev[from == N_ABIS - 1], raw, sizeof raw);
    if (vector->part == IN_RAW) {
        request.in_raw = given;
    } else if (vector->part == OUT_RAW) {
        request.out_raw = given;
    } else {
        request.in_raw = raw;
        request.in_data = given;
        request.in_size = size;
    }
    assert_int_equal(phoenix_request_convert(&request, abis[to].abi, &room), VIA_OK);
    assert_int_equal(request.abi, abis[to].abi);
    if (vector->part == IN_RAW) {
        assert_memory_equal(request.in_raw, expected, sizeof expected);
    } else if (vector->part == OUT_RAW) {
        assert_memory_equal(request.out_raw, expected, sizeof expected);
    } else {
        assert_int_equal(request.in_size, expected_size);
        assert_memory_equal(request.in_data, expected, expected_size);
        assert_int_equal(((const uint8_t *)request.in_data)[expected_size], 0);
    }
}

static void check_out(const struct vector *vector, size_t from, size_t to)
{
    static const uint8_t zeros[PHOENIX_RAW_SIZE];
    uint8_t given[256], expected[256], raw[PHOENIX_RAW_SIZE], data[256];
    size_t size = octets_of(vector->octets[from], given, sizeof given);
    size_t expected_size = octets_of(vector->octets[to], expected, sizeof expected);
    bool is_raw = vector->part == OUT_RAW;
    const struct phoenix_question question = {
        .type = vector->type, .abi = abis[to].abi, .out_size = is_raw ? 0 : expected_size};
    const struct phoenix_reply reply = {.abi = abis[from].abi,
                                        .out_raw = is_raw ? given : zeros,
                                        .out_data = given,
                                        .n = is_raw ? 0 : size};
    memset(data, 0xff, sizeof data);
    assert_int_equal(phoenix_reply_take(&reply, &question, raw, data), VIA_OK);
    if (is_raw)
        assert_memory_equal(raw, expected, sizeof raw);
    else
        assert_memory_equal(data, expected, expected_size);
    if (!is_raw)
        assert_int_equal(data[expected_size], 0xff);
}

static void every_vector_becomes_every_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (size_t from = 0; from < N_ABIS; from++)
            for (size_t to = 0; to < N_ABIS; to++) {
                if (vectors[i].part != OUT_DATA)
                    check_in(&vectors[i], from, to);
                if (vectors[i].part == OUT_RAW || vectors[i].part == OUT_DATA)
                    check_out(&vectors[i], from, to);
            }
}

static void every_standard_type_has_a_vector(void **state)
{
    (void)state;
    for (int32_t number = 0; number <= PHOENIX_MOUNT_POINT; number++) {
        const struct phoenix_type *type = phoenix_type_of(number);
        bool has_in = type->in.n_members == 0, has_out = type->out.n_members == 0;
        for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
            has_in |= vectors[i].type == number && vectors[i].part == IN_RAW;
            has_out |= vectors[i].type == number && vectors[i].part == OUT_RAW;
        }
        assert_true(has_in && has_out);
    }
}

/* struct _attrAll as a program of @abi has it: each value its place, each error one less than it;
 * the last is -ENOSYS, in @enosys's numbers. */
static size_t attributes(size_t abi, int32_t enosys, uint8_t *octets)
{
    bool is_big = abi == N_ABIS - 1;
    size_t step = abi == 1 ? 12 : 16;
    memset(octets, 0, 256);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        uint8_t *at = octets + i * step;
        uint32_t err = i == ATTRIBUTES - 1 ? (uint32_t)-enosys : 0;
        at[is_big ? 7 : 0] = (uint8_t)i;
        for (size_t j = 0; j < 4; j++)
            at[8 + j] = (uint8_t)(err >> 8 * (is_big ? 3 - j : j));
    }
    return ATTRIBUTES * step;
}

static void attributes_cross_with_their_errors(void **state)
{
    (void)state;
    static const uint8_t raw[PHOENIX_RAW_SIZE];
    for (size_t from = 0; from < N_ABIS; from++)
        for (size_t to = 0; to < N_ABIS; to++)
            for (size_t dialect = 0; dialect < 4; dialect++) {
                uint32_t theirs = dialect & 1 ? PHOENIX_ABI_ERRNO : 0;
                uint32_t ours = dialect & 2 ? PHOENIX_ABI_ERRNO : 0;
                uint8_t given[256], expected[256], out_raw[PHOENIX_RAW_SIZE], data[256];
                size_t size = attributes(from, theirs ? 35 : 38, given);
                size_t expected_size = attributes(to, ours ? 35 : 38, expected);
                const struct phoenix_question question = {.type = PHOENIX_GETATTRALL,
                                                          .abi = abis[to].abi | ours,
                                                          .out_size = expected_size};
                const struct phoenix_reply reply = {
                    .abi = abis[from].abi | theirs, .out_raw = raw, .out_data = given, .n = size};
                assert_int_equal(phoenix_reply_take(&reply, &question, out_raw, data), VIA_OK);
                assert_memory_equal(data, expected, expected_size);
            }
}

static void an_answer_is_filled_up_with_zeros(void **state)
{
    (void)state;
    static const uint8_t raw[PHOENIX_RAW_SIZE], some[] = {1, 2, 3};
    for (size_t to = 0; to < N_ABIS; to++) {
        uint8_t out_raw[PHOENIX_RAW_SIZE], data[300], expected[300] = {1, 2, 3};
        const struct phoenix_reply reply = {.out_raw = raw, .out_data = some, .n = 3};
        const struct phoenix_question question = {
            .type = PHOENIX_READ, .abi = abis[to].abi, .out_size = sizeof data};
        memset(data, 0xff, sizeof data);
        assert_int_equal(phoenix_reply_take(&reply, &question, out_raw, data), VIA_OK);
        assert_memory_equal(data, expected, sizeof data);
    }
}

static void sizes_of_data_follow_the_structure(void **state)
{
    (void)state;
    const uint32_t from = PHOENIX_ABI_IA32, to = PHOENIX_ABI_LP64;
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 180, from, to), 240);
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 200, from, to), 260);
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 179, from, to), 179);
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, PHOENIX_DATA_MOST, from, to),
                     PHOENIX_DATA_MOST);
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 0, from, to), 0);
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 239, to, from), 179); /* too small too */
    assert_int_equal(phoenix_out_size(PHOENIX_GETATTRALL, 240, to, from), 180);
    assert_int_equal(phoenix_out_size(PHOENIX_STAT, 88, to, PHOENIX_ABI_ARMV7M), 72);
    assert_int_equal(phoenix_out_size(PHOENIX_READDIR, 272, to, from), 272);
    assert_int_equal(phoenix_out_size(PHOENIX_READ, 4096, to, from), 4096);
    static const uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_room room;
    struct phoenix_request request = {
        .type = PHOENIX_GETATTRALL, .abi = from, .in_raw = raw, .has_out = true, .out_size = 180};
    assert_int_equal(phoenix_request_convert(&request, to, &room), VIA_OK);
    assert_int_equal(request.out_size, 240);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {0}, out_raw[PHOENIX_RAW_SIZE], data[256];
    struct phoenix_room room;
    struct phoenix_request request = request_of(PHOENIX_READ, PHOENIX_ABI_LP64, raw);
    (void)octets_of("0000000000000000 0000000001000000", raw, sizeof raw); /* io.len: 4 GiB */
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_IA32, &room), VIA_INVALID);
    assert_int_equal(request.abi, PHOENIX_ABI_LP64);
    assert_ptr_equal(request.in_raw, raw);

    request = request_of(PHOENIX_LINK, PHOENIX_ABI_LP64, raw);
    (void)octets_of("01000000 00000000 0000000001000000", raw, sizeof raw); /* an id */
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_IA32, &room), VIA_OK);
    request = request_of(PHOENIX_LINK, PHOENIX_ABI_LP64, raw);
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_ARMV7M, &room), VIA_INVALID);

    memset(raw, 0, sizeof raw);
    request = request_of(PHOENIX_DESTROY, PHOENIX_ABI_LP64, raw);
    request.oid.id = UINT64_C(1) << 32; /* the message's own */
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_ARMV7M, &room), VIA_INVALID);

    (void)octets_of("01000000 00000000 0000000001000000", raw, sizeof raw);
    struct phoenix_reply reply = {.abi = PHOENIX_ABI_LP64, .out_raw = raw};
    const struct phoenix_question question = {.type = PHOENIX_LOOKUP,
                                              .abi = PHOENIX_ABI_SPARCV8LEON};
    assert_int_equal(phoenix_reply_take(&reply, &question, out_raw, data), VIA_INVALID);
    reply.err = -2; /* then nobody looks */
    assert_int_equal(phoenix_reply_take(&reply, &question, out_raw, data), VIA_OK);
}

static void what_a_client_left_in_o_raw_stops_nothing(void **state)
{
    (void)state;
    uint8_t in_raw[PHOENIX_RAW_SIZE] = {0}, raw[PHOENIX_RAW_SIZE] = {0};
    struct phoenix_room room;
    struct phoenix_request request = request_of(PHOENIX_LOOKUP, PHOENIX_ABI_LP64, in_raw);
    memset(raw, 0xff, sizeof raw);
    request.out_raw = raw;
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_ARMV7M, &room), VIA_OK);
    for (size_t i = 0; i < sizeof raw; i++)
        assert_int_equal(request.out_raw[i], i < 32 ? 0 : 0xff);
}

static void octets_behind_the_structure_stay(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    struct phoenix_room room;
    for (size_t i = 24; i < sizeof raw; i++)
        raw[i] = (uint8_t)i;
    struct phoenix_request request = request_of(PHOENIX_READ, PHOENIX_ABI_LP64, raw);
    assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_SPARCV8LEON, &room), VIA_OK);
    assert_memory_equal(request.in_raw, raw, sizeof raw);
    assert_ptr_not_equal(request.in_raw, raw);
}

static void of_ones_own_abi_all_stays_where_it_is(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE], out_raw[PHOENIX_RAW_SIZE];
    memset(raw, 0xff, sizeof raw);
    for (size_t abi = 0; abi < N_ABIS; abi++) {
        struct phoenix_room room;
        struct phoenix_request request = request_of(PHOENIX_CREATE, abis[abi].abi, raw);
        assert_int_equal(phoenix_request_convert(&request, abis[abi].abi, &room), VIA_OK);
        assert_ptr_equal(request.in_raw, raw);
        const struct phoenix_reply reply = {.abi = abis[abi].abi, .out_raw = raw};
        const struct phoenix_question question = {.type = PHOENIX_CREATE, .abi = abis[abi].abi};
        assert_int_equal(phoenix_reply_take(&reply, &question, out_raw, NULL), VIA_OK);
        assert_memory_equal(out_raw, raw, sizeof raw);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_becomes_every_other),
        cmocka_unit_test(every_standard_type_has_a_vector),
        cmocka_unit_test(attributes_cross_with_their_errors),
        cmocka_unit_test(an_answer_is_filled_up_with_zeros),
        cmocka_unit_test(sizes_of_data_follow_the_structure),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(what_a_client_left_in_o_raw_stops_nothing),
        cmocka_unit_test(octets_behind_the_structure_stay),
        cmocka_unit_test(of_ones_own_abi_all_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
