/*
 * Messages and answers octet by octet, and what is refused of them.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_message.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 512u

/* A lookup of "dev/x" in object 9 of port 0x40000005, without what was left in o.raw. */
#define LOOKUP_HEAD "0b000000 d2040000 04000000 05000040 0900000000000000 00000000"
#define LOOKUP_SIZES "0600000000000000 0000000000000000"
#define ZEROS16 "00000000000000000000000000000000"
#define ZEROS64 ZEROS16 ZEROS16 ZEROS16 ZEROS16
#define NAME "6465762f7800"

static const uint8_t zeros[PHOENIX_RAW_SIZE];

static struct phoenix_request lookup(void)
{
    return (struct phoenix_request){
        .type = PHOENIX_LOOKUP,
        .pid = 1234,
        .priority = 4,
        .oid = {.port = 0x40000005, .id = 9},
        .in_raw = zeros,
        .in_data = "dev/x",
        .in_size = 6,
    };
}

static size_t encode(const struct phoenix_request *request, uint8_t *octets)
{
    size_t size = 0;
    assert_int_equal(phoenix_request_size(request, &size), VIA_OK);
    assert_true(size < ROOM);
    memset(octets, 0xee, ROOM);
    phoenix_request_encode(request, octets);
    assert_int_equal(octets[size], 0xee);
    return size;
}

static void expect(const struct phoenix_request *request, const char *hex)
{
    uint8_t octets[ROOM], expected[ROOM];
    size_t size = encode(request, octets);
    assert_int_equal(size, octets_of(hex, expected, sizeof expected));
    assert_memory_equal(octets, expected, size);
}

static void a_message_is_these_octets(void **state)
{
    (void)state;
    struct phoenix_request request = lookup();
    expect(&request, LOOKUP_HEAD "05000000" LOOKUP_SIZES ZEROS64 NAME "00");

    request.out_raw = zeros; /* the same */
    expect(&request, LOOKUP_HEAD "05000000" LOOKUP_SIZES ZEROS64 NAME "00");

    uint8_t raw[PHOENIX_RAW_SIZE] = {[63] = 7};
    request.out_raw = raw;
    request.err = -2;
    expect(&request, "0b000000 d2040000 04000000 05000040 0900000000000000 feffffff"
                     "01000000" LOOKUP_SIZES ZEROS64 ZEROS16 ZEROS16 ZEROS16
                     "00000000000000000000000000000007" NAME "00");
}

static void data_of_no_octets_are_there_or_not(void **state)
{
    (void)state;
    struct phoenix_request request = lookup();
    request.in_size = 0;
    expect(&request, LOOKUP_HEAD "05000000" ZEROS16 ZEROS64 "00");
    request.in_data = NULL;
    expect(&request, LOOKUP_HEAD "04000000" ZEROS16 ZEROS64);
    request.has_out = true;
    expect(&request, LOOKUP_HEAD "06000000" ZEROS16 ZEROS64);
    request.out_size = 16;
    expect(&request, LOOKUP_HEAD "06000000 0000000000000000 1000000000000000" ZEROS64);
}

static void a_pulse_wants_no_data_back(void **state)
{
    (void)state;
    struct phoenix_request request = lookup();
    request.is_pulse = true;
    request.has_out = true;
    request.out_size = 4096;
    expect(&request, LOOKUP_HEAD "0d000000" LOOKUP_SIZES ZEROS64 NAME "00");
}

static void the_abi_and_an_ioctl_are_in_the_flags(void **state)
{
    (void)state;
    struct phoenix_request request = {
        .type = PHOENIX_DEVCTL, .abi = PHOENIX_ABI_SPARCV8LEON, .is_ioctl = true, .in_raw = zeros};
    expect(&request, "05000000" ZEROS16 "0000000000000000"
                     "14070000" ZEROS16 ZEROS64);
}

static void expect_equal(const struct phoenix_request *a, const struct phoenix_request *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->priority, b->priority);
    assert_int_equal(a->err, b->err);
    assert_int_equal(a->oid.port, b->oid.port);
    assert_int_equal(a->oid.id, b->oid.id);
    assert_int_equal(a->abi, b->abi);
    assert_int_equal(a->is_pulse, b->is_pulse);
    assert_int_equal(a->is_ioctl, b->is_ioctl);
    assert_int_equal(a->has_out, b->has_out);
    assert_int_equal(a->out_size, b->out_size);
    assert_int_equal(a->in_data == NULL, b->in_data == NULL);
    assert_int_equal(a->in_size, b->in_size);
    assert_memory_equal(a->in_raw, b->in_raw, PHOENIX_RAW_SIZE);
    assert_memory_equal(a->out_raw != NULL ? a->out_raw : zeros,
                        b->out_raw != NULL ? b->out_raw : zeros, PHOENIX_RAW_SIZE);
    if (a->in_size > 0)
        assert_memory_equal(a->in_data, b->in_data, a->in_size);
}

static void what_was_encoded_decodes_alike(void **state)
{
    (void)state;
    uint8_t in_raw[PHOENIX_RAW_SIZE], out_raw[PHOENIX_RAW_SIZE], octets[ROOM];
    for (size_t i = 0; i < sizeof in_raw; i++) {
        in_raw[i] = (uint8_t)i;
        out_raw[i] = (uint8_t)(255 - i);
    }
    for (unsigned bits = 0; bits < 64; bits++) {
        struct phoenix_request request = {.type = bits & 1 ? PHOENIX_DEVCTL : -7,
                                          .pid = -1,
                                          .priority = bits % 8,
                                          .err = INT32_MIN,
                                          .oid = {.port = UINT32_MAX, .id = UINT64_MAX},
                                          .abi = abis[bits % N_ABIS].abi,
                                          .is_ioctl = bits & 1,
                                          .is_pulse = (bits & 2) != 0,
                                          .has_out = (bits & 6) == 4,
                                          .out_size = (bits & 6) == 4 ? PHOENIX_DATA_MOST : 0,
                                          .in_raw = in_raw,
                                          .out_raw = bits & 8 ? out_raw : NULL,
                                          .in_data = bits & 16 ? "data" : NULL,
                                          .in_size = (bits & 48) == 48 ? 4 : 0};
        struct phoenix_request decoded;
        size_t size = encode(&request, octets);
        assert_int_equal(phoenix_request_decode(octets, size, (uint32_t)request.type, &decoded),
                         VIA_OK);
        expect_equal(&decoded, &request);
        if (decoded.in_data != NULL) /* for whoever takes them for a string */
            assert_int_equal(((const char *)decoded.in_data)[decoded.in_size], 0);
    }
}

static void sizes_and_data_agree(void **state)
{
    (void)state;
    size_t size = 0;
    struct phoenix_request request = lookup();
    request.in_data = NULL;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_INVALID);
    request = lookup();
    request.out_size = 1;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_INVALID);
    request = lookup();
    request.in_size = PHOENIX_DATA_MOST + 1;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_TOO_LARGE);
    request.in_size = PHOENIX_DATA_MOST;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_OK);
    request.has_out = true;
    request.out_size = PHOENIX_DATA_MOST + 1;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_TOO_LARGE);
    request.out_size = SIZE_MAX;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_TOO_LARGE);
}

/* The message @hex, whose frame has @code. */
static enum via_status decode(const char *hex, uint32_t code)
{
    uint8_t octets[ROOM];
    struct phoenix_request request;
    size_t size = octets_of(hex, octets, sizeof octets);
    return phoenix_request_decode(octets, size, code, &request);
}

static void a_message_is_refused_at_every_cut(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {1}, octets[ROOM];
    for (int with_raw = 0; with_raw < 2; with_raw++) {
        struct phoenix_request request = lookup(), decoded;
        request.out_raw = with_raw ? raw : NULL;
        size_t size = encode(&request, octets);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *copy = malloc(cut + 1); /* so that nobody looks behind it unseen */
            assert_non_null(copy);
            memcpy(copy, octets, cut);
            assert_int_equal(phoenix_request_decode(copy, cut, PHOENIX_LOOKUP, &decoded),
                             VIA_BAD_PAYLOAD);
            free(copy);
        }
        assert_int_equal(phoenix_request_decode(octets, size + 1, PHOENIX_LOOKUP, &decoded),
                         VIA_BAD_PAYLOAD);
    }
}

static void hostile_messages_are_refused(void **state)
{
    (void)state;
    const uint32_t code = PHOENIX_LOOKUP;
    assert_int_equal(decode(LOOKUP_HEAD "05000000" LOOKUP_SIZES ZEROS64 NAME "00", code), VIA_OK);
    /* Another type than the frame's, by which rules have judged it. */
    assert_int_equal(decode(LOOKUP_HEAD "05000000" LOOKUP_SIZES ZEROS64 NAME "00", 3),
                     VIA_BAD_PAYLOAD);
    /* No NUL behind the data. */
    assert_int_equal(decode(LOOKUP_HEAD "05000000" LOOKUP_SIZES ZEROS64 NAME "01", code),
                     VIA_BAD_PAYLOAD);
    /* i.size without data, and data without i.size. */
    assert_int_equal(decode(LOOKUP_HEAD "04000000" LOOKUP_SIZES ZEROS64, code), VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "04000000" LOOKUP_SIZES ZEROS64 NAME "00", code),
                     VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "05000000" ZEROS16 ZEROS64 NAME "00", code),
                     VIA_BAD_PAYLOAD);
    /* i.size next to what sums would wrap at. */
    assert_int_equal(
        decode(LOOKUP_HEAD "05000000 ffffffffffffffff 0000000000000000" ZEROS64 "00", code),
        VIA_TOO_LARGE);
    assert_int_equal(
        decode(LOOKUP_HEAD "05000000 0000000001000000 0000000000000000" ZEROS64 "00", code),
        VIA_TOO_LARGE);
    assert_int_equal(
        decode(LOOKUP_HEAD "05000000 0100f00300000000 0000000000000000" ZEROS64 "00", code),
        VIA_TOO_LARGE);
    /* o.size without data, one over the limit, and in a pulse. */
    assert_int_equal(decode(LOOKUP_HEAD "04000000 0000000000000000 0100000000000000" ZEROS64, code),
                     VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "06000000 0000000000000000 0100f00300000000" ZEROS64, code),
                     VIA_TOO_LARGE);
    assert_int_equal(decode(LOOKUP_HEAD "06000000 0000000000000000 ffffffffffffffff" ZEROS64, code),
                     VIA_TOO_LARGE);
    assert_int_equal(decode(LOOKUP_HEAD "0e000000 0000000000000000 0100000000000000" ZEROS64, code),
                     VIA_BAD_PAYLOAD);
    /* Flags that nobody has given a meaning, and an ioctl that is none. */
    assert_int_equal(decode(LOOKUP_HEAD "24000000" ZEROS16 ZEROS64, code), VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "04200000" ZEROS16 ZEROS64, code), VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "04000080" ZEROS16 ZEROS64, code), VIA_BAD_PAYLOAD);
    assert_int_equal(decode(LOOKUP_HEAD "14000000" ZEROS16 ZEROS64, code), VIA_BAD_PAYLOAD);
}

static void a_priority_is_at_most_the_lowest(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    struct phoenix_request request = lookup(), decoded;
    request.priority = UINT32_MAX;
    size_t size = encode(&request, octets);
    assert_int_equal(phoenix_request_decode(octets, size, PHOENIX_LOOKUP, &decoded), VIA_OK);
    assert_int_equal(decoded.priority, 7);
}

static void data_stand_where_structures_may(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {1};
    _Alignas(16) uint8_t octets[ROOM];
    for (int with_raw = 0; with_raw < 2; with_raw++) {
        struct phoenix_request request = lookup(), decoded;
        request.out_raw = with_raw ? raw : NULL;
        size_t size = encode(&request, octets);
        assert_int_equal(phoenix_request_decode(octets, size, PHOENIX_LOOKUP, &decoded), VIA_OK);
        assert_int_equal((uintptr_t)decoded.in_data % 16, 0);
    }
    assert_int_equal(PHOENIX_REPLY_SIZE % 16, 0);
}

/* ---- answers ---- */

static void an_answer_is_these_octets(void **state)
{
    (void)state;
    static const char head[] = "feffffff 00080000 0200000000000000 07";
    uint8_t octets[PHOENIX_REPLY_SIZE + 8] = {0}, expected[PHOENIX_REPLY_SIZE + 8];
    const uint8_t raw[PHOENIX_RAW_SIZE] = {7};
    memcpy(octets + PHOENIX_REPLY_SIZE, "ab\0\0\0\0\0", 8);
    assert_int_equal(phoenix_reply_encode(-2, PHOENIX_ABI_ALIGN4, raw, 8, octets), 82);
    (void)octets_of(head, expected, sizeof expected);
    memcpy(expected + PHOENIX_REPLY_SIZE, "ab", 2);
    assert_memory_equal(octets, expected, sizeof expected);
}

static void zeros_at_the_end_are_left_out(void **state)
{
    (void)state;
    uint8_t octets[PHOENIX_REPLY_SIZE + 300] = {0};
    const struct phoenix_question question = {.type = PHOENIX_READ, .out_size = 300};
    struct phoenix_reply reply;
    for (size_t n = 0; n <= 300; n++) {
        memset(octets + PHOENIX_REPLY_SIZE, 0, 300);
        if (n > 0)
            octets[PHOENIX_REPLY_SIZE + n - 1] = 1;
        size_t size = phoenix_reply_encode(0, PHOENIX_ABI_LP64, zeros, 300, octets);
        assert_int_equal(size, PHOENIX_REPLY_SIZE + n);
        assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_OK);
        assert_int_equal(reply.n, n);
        assert_ptr_equal(reply.out_data, octets + PHOENIX_REPLY_SIZE);
    }
}

static void an_answer_is_refused_at_every_cut(void **state)
{
    (void)state;
    uint8_t octets[PHOENIX_REPLY_SIZE + 8];
    const struct phoenix_question question = {.type = PHOENIX_READ, .out_size = 8};
    struct phoenix_reply reply;
    memset(octets, 1, sizeof octets);
    size_t size = phoenix_reply_encode(8, PHOENIX_ABI_LP64, zeros, 8, octets);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(phoenix_reply_decode(octets, cut, &question, &reply), VIA_BAD_PAYLOAD);
    assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_OK);
}

static void hostile_answers_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "00000000 00200000 0000000000000000" ZEROS64,             /* flags */
        "00000000 01000000 0000000000000000" ZEROS64,             /* flags of requests */
        "00000000 00000000 0100000000000000" ZEROS64,             /* data that are not there */
        "00000000 00000000 0000000000000000" ZEROS64 "01",        /* and that nobody counted */
        "00000000 00000000 ffffffffffffffff" ZEROS64 "01",        /* a sum that wraps */
        "00000000 00000000 0500000000000000" ZEROS64 "0102030405" /* more than was asked for */
    };
    const struct phoenix_question question = {.type = PHOENIX_READ, .out_size = 4};
    uint8_t octets[ROOM];
    struct phoenix_reply reply;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t size = octets_of(bad[i], octets, sizeof octets);
        assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_BAD_PAYLOAD);
    }
}

static void more_data_may_come_where_the_structure_is_larger(void **state)
{
    (void)state;
    uint8_t octets[PHOENIX_REPLY_SIZE + 240];
    struct phoenix_question question = {
        .type = PHOENIX_GETATTRALL, .abi = PHOENIX_ABI_IA32, .out_size = 180};
    struct phoenix_reply reply;
    memset(octets, 1, sizeof octets);
    size_t size = phoenix_reply_encode(0, PHOENIX_ABI_LP64, zeros, 240, octets);
    assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_OK);
    size = phoenix_reply_encode(0, PHOENIX_ABI_IA32, zeros, 181, octets);
    assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_BAD_PAYLOAD);
    question.out_size = 179;
    size = phoenix_reply_encode(0, PHOENIX_ABI_LP64, zeros, 180, octets);
    assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_BAD_PAYLOAD);
}

static void heads_are_what_stands_before_the_data(void **state)
{
    (void)state;
    uint8_t whole[ROOM], head[ROOM], raw[PHOENIX_RAW_SIZE] = {1};
    for (int has_raw = 0; has_raw < 2; has_raw++) {
        struct phoenix_request request = lookup();
        request.out_raw = has_raw ? raw : NULL;
        size_t size = encode(&request, whole);
        size_t head_size = phoenix_request_encode_head(&request, head);
        assert_int_equal(head_size, has_raw ? PHOENIX_HEAD_MAX : PHOENIX_HEAD_MAX - sizeof raw);
        assert_int_equal(size, head_size + request.in_size + 1);
        assert_memory_equal(head, whole, head_size);
    }
    memset(whole, 0, sizeof whole);
    memcpy(whole + PHOENIX_REPLY_SIZE, "data", 4);
    const size_t size = phoenix_reply_encode(7, PHOENIX_ABI_LP64, raw, 100, whole);
    assert_int_equal(
        phoenix_reply_encode_head(7, PHOENIX_ABI_LP64, raw, (const uint8_t *)"data\0", 6, head),
        size - PHOENIX_REPLY_SIZE);
    assert_memory_equal(head, whole, PHOENIX_REPLY_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_these_octets),
        cmocka_unit_test(data_of_no_octets_are_there_or_not),
        cmocka_unit_test(a_pulse_wants_no_data_back),
        cmocka_unit_test(the_abi_and_an_ioctl_are_in_the_flags),
        cmocka_unit_test(what_was_encoded_decodes_alike),
        cmocka_unit_test(sizes_and_data_agree),
        cmocka_unit_test(a_message_is_refused_at_every_cut),
        cmocka_unit_test(hostile_messages_are_refused),
        cmocka_unit_test(a_priority_is_at_most_the_lowest),
        cmocka_unit_test(data_stand_where_structures_may),
        cmocka_unit_test(an_answer_is_these_octets),
        cmocka_unit_test(zeros_at_the_end_are_left_out),
        cmocka_unit_test(an_answer_is_refused_at_every_cut),
        cmocka_unit_test(hostile_answers_are_refused),
        cmocka_unit_test(heads_are_what_stands_before_the_data),
        cmocka_unit_test(more_data_may_come_where_the_structure_is_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
