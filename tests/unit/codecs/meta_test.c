/*
 * META: its fields one by one, in their one order, and what is unknown passed on.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/fields.h"
#include "codecs/meta.h"
#include "tests/unit/codecs/seed.h"

static const uint8_t trace[25] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                  14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 1};
static const uint8_t unknown[] = {6, 0, 2, 0, 0xaa, 0xbb, 0, 0, 6, 0, 0, 0, 0xff, 0xff, 0, 0};

static struct meta whole_meta(void)
{
    struct meta meta = {
        .has_caller = true,
        .has_first = true,
        .has_chain = true,
        .has_trace = true,
        .caller = 0x10,
        .first = 0x20,
        .chain = 0x1122334455667788,
        .depth = 3,
        .n_introductions = 2,
        .introductions =
            {
                {.number = 0x10,
                 .pid = 4242,
                 .uid = 1000,
                 .gid = 100,
                 .token = 0xabcdef,
                 .identity = "ann",
                 .identity_size = 3},
                {.number = 0x20,
                 .pid = -1,
                 .uid = 0xffffffff,
                 .gid = 0xffffffff,
                 .remote = true,
                 .identity = "device-7",
                 .identity_size = 8},
            },
        .unknown = unknown,
        .unknown_size = sizeof unknown,
    };
    memcpy(meta.trace, trace, sizeof trace);
    return meta;
}

static size_t encode(const struct meta *meta, uint8_t *out, size_t room)
{
    size_t size = meta_size(meta);
    assert_true(size <= room);
    meta_encode(meta, out);
    return size;
}

static void every_field_survives_the_round_trip(void **state)
{
    (void)state;
    struct meta meta = whole_meta(), again;
    uint8_t octets[512];
    size_t size = encode(&meta, octets, sizeof octets);
    assert_int_equal(meta_decode(octets, size, &again), VIA_OK);
    assert_true(again.has_caller && again.has_first && again.has_chain && again.has_trace);
    assert_int_equal(again.caller, 0x10);
    assert_int_equal(again.first, 0x20);
    assert_true(again.chain == 0x1122334455667788);
    assert_int_equal(again.depth, 3);
    assert_memory_equal(again.trace, trace, sizeof trace);
    assert_int_equal(again.n_introductions, 2);
    const struct meta_introduction *local = &again.introductions[0];
    assert_int_equal(local->number, 0x10);
    assert_int_equal(local->pid, 4242);
    assert_int_equal(local->uid, 1000);
    assert_int_equal(local->gid, 100);
    assert_true(local->token == 0xabcdef);
    assert_false(local->remote);
    assert_int_equal(local->identity_size, 3);
    assert_memory_equal(local->identity, "ann", 3);
    const struct meta_introduction *remote = &again.introductions[1];
    assert_int_equal(remote->pid, -1);
    assert_int_equal(remote->uid, 0xffffffff);
    assert_true(remote->remote);
    assert_memory_equal(remote->identity, "device-7", 8);
    assert_int_equal(again.unknown_size, sizeof unknown);
    assert_memory_equal(again.unknown, unknown, sizeof unknown);
}

static void no_field_is_a_good_meta(void **state)
{
    (void)state;
    struct meta meta;
    assert_int_equal(meta_decode(NULL, 0, &meta), VIA_OK);
    assert_false(meta.has_caller || meta.has_first || meta.has_chain || meta.has_trace);
    assert_int_equal(meta.n_introductions, 0);
    assert_int_equal(meta_size(&meta), 0);
}

static void a_cut_is_refused_unless_it_is_between_fields(void **state)
{
    (void)state;
    struct meta meta = whole_meta();
    uint8_t octets[512];
    size_t size = encode(&meta, octets, sizeof octets);
    size_t boundary = 0;
    struct field field = {.whole = 0};
    unsigned n_good = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        struct meta again;
        enum via_status status = meta_decode(octets, cut, &again);
        if (cut == boundary) {
            /* The second introduction is only good with the field FIRST behind it. */
            n_good += status == VIA_OK;
            if (cut < size) {
                assert_true(field_get(octets + cut, size - cut, &field));
                boundary += field.whole;
            }
        } else {
            assert_int_equal(status, VIA_BAD_META);
        }
    }
    assert_int_equal(n_good, 9); /* of ten boundaries, both ends included */
}

static void expect_bad(const uint8_t *octets, size_t size)
{
    struct meta meta;
    assert_int_equal(meta_decode(octets, size, &meta), VIA_BAD_META);
}

static void expect_bad_field(uint16_t tag, uint16_t size)
{
    uint8_t octets[600], *out = octets;
    memset(field_put(&out, tag, size), 0, size);
    expect_bad(octets, (size_t)(out - octets));
}

static void fields_of_another_size_are_refused(void **state)
{
    (void)state;
    static const uint16_t sizes[] = {0, 1, 3, 5, 8, 11, 13, 24, 26, 27, 29 + 255};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint16_t tag = 0; tag <= 5; tag++)
            expect_bad_field(tag, sizes[i]);
    expect_bad_field(0, 4);
}

static void a_size_past_the_end_is_refused(void **state)
{
    (void)state;
    static const uint8_t just[] = {6, 0, 5, 0, 1, 2, 3, 4};
    static const uint8_t huge[] = {6, 0, 0xff, 0xff, 1, 2, 3, 4};
    static const uint8_t unpadded[] = {6, 0, 1, 0, 1};
    expect_bad(just, sizeof just);
    expect_bad(huge, sizeof huge);
    expect_bad(unpadded, sizeof unpadded);
}

static void padding_that_is_set_is_refused(void **state)
{
    (void)state;
    static const uint8_t octets[] = {6, 0, 1, 0, 1, 0, 0, 9};
    expect_bad(octets, sizeof octets);
}

static void a_field_twice_or_out_of_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t twice[] = {1, 0, 4, 0, 1, 0, 0, 0, 1, 0, 4, 0, 1, 0, 0, 0};
    static const uint8_t back[] = {3, 0, 4, 0, 1, 0, 0, 0, 1, 0, 4, 0, 1, 0, 0, 0};
    static const uint8_t unknown_first[] = {6, 0, 0, 0, 1, 0, 4, 0, 1, 0, 0, 0};
    expect_bad(twice, sizeof twice);
    expect_bad(back, sizeof back);
    expect_bad(unknown_first, sizeof unknown_first);
}

static void a_depth_of_zero_is_refused(void **state)
{
    (void)state;
    struct meta meta = {.has_chain = true, .chain = 7, .depth = 0};
    uint8_t octets[64];
    expect_bad(octets, encode(&meta, octets, sizeof octets));
}

static void introductions_of_strangers_are_refused(void **state)
{
    (void)state;
    uint8_t octets[512];
    struct meta meta = whole_meta();
    meta.introductions[0].number = 0x30;
    expect_bad(octets, encode(&meta, octets, sizeof octets));
    meta = whole_meta();
    meta.introductions[1].number = 0x10; /* the caller twice */
    expect_bad(octets, encode(&meta, octets, sizeof octets));
    meta = whole_meta();
    meta.has_first = false;
    expect_bad(octets, encode(&meta, octets, sizeof octets));
}

static void three_introductions_are_refused(void **state)
{
    (void)state;
    struct meta meta = {
        .has_caller = true, .caller = 1, .n_introductions = 1, .introductions = {{.number = 1}}};
    uint8_t octets[256];
    size_t size = encode(&meta, octets, sizeof octets); /* CALLER 8, INTRODUCTION 32 */
    memcpy(octets + size, octets + 8, 32);
    memcpy(octets + size + 32, octets + 8, 32);
    expect_bad(octets, size + 64);
}

static void unknown_flags_of_an_introduction_are_refused(void **state)
{
    (void)state;
    struct meta meta = whole_meta();
    uint8_t octets[512];
    size_t size = encode(&meta, octets, sizeof octets);
    octets[8 + 4 + 24] = 2;
    expect_bad(octets, size);
}

static void an_identity_may_have_255_octets_and_no_more(void **state)
{
    (void)state;
    char identity[256];
    memset(identity, 'x', sizeof identity);
    struct meta meta = {.has_caller = true,
                        .caller = 1,
                        .n_introductions = 1,
                        .introductions = {{.number = 1,
                                           .identity = identity,
                                           .identity_size = META_IDENTITY_MAX}}},
                again;
    uint8_t octets[512];
    size_t size = encode(&meta, octets, sizeof octets);
    assert_int_equal(meta_decode(octets, size, &again), VIA_OK);
    assert_int_equal(again.introductions[0].identity_size, META_IDENTITY_MAX);
    meta.introductions[0].identity_size++;
    expect_bad(octets, encode(&meta, octets, sizeof octets));
}

/* A hop may add all it knows to the largest unknown part and still make a good META. */
static void unknown_fields_leave_room_for_all_known_ones(void **state)
{
    (void)state;
    static uint8_t many[META_UNKNOWN_MAX + 4];
    for (size_t at = 0; at < sizeof many; at += 4)
        many[at] = 9;
    static char identity[META_IDENTITY_MAX];
    struct meta meta = whole_meta(), again;
    for (unsigned i = 0; i < 2; i++) {
        meta.introductions[i].identity = identity;
        meta.introductions[i].identity_size = sizeof identity;
    }
    meta.unknown = many;
    meta.unknown_size = META_UNKNOWN_MAX;
    uint8_t octets[META_SIZE_MAX];
    size_t size = encode(&meta, octets, sizeof octets);
    assert_int_equal(meta_decode(octets, size, &again), VIA_OK);
    meta.unknown_size += 4;
    expect_bad(octets, encode(&meta, octets, sizeof octets));
}

static void more_than_the_largest_meta_is_refused(void **state)
{
    (void)state;
    static uint8_t octets[META_SIZE_MAX + 4];
    uint8_t *out = octets;
    (void)field_put(&out, 1, META_SIZE_MAX);
    expect_bad(octets, sizeof octets);
}

static void whatever_is_accepted_encodes_to_the_same_octets(void **state)
{
    (void)state;
    struct seed seed = seed_start("meta mutations");
    unsigned n_accepted = 0;
    for (unsigned round = 0; round < 50000; round++) {
        struct meta meta = whole_meta(), again;
        uint8_t octets[512], octets_again[512];
        size_t size = encode(&meta, octets, sizeof octets);
        for (unsigned n = 1 + seed_below(&seed, 2); n > 0; n--)
            octets[seed_below(&seed, (uint32_t)size)] = (uint8_t)seed_next(&seed);
        if (meta_decode(octets, size, &again) != VIA_OK)
            continue;
        n_accepted++;
        assert_int_equal(meta_size(&again), size);
        meta_encode(&again, octets_again);
        assert_memory_equal(octets_again, octets, size);
    }
    assert_true(n_accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives_the_round_trip),
        cmocka_unit_test(no_field_is_a_good_meta),
        cmocka_unit_test(a_cut_is_refused_unless_it_is_between_fields),
        cmocka_unit_test(fields_of_another_size_are_refused),
        cmocka_unit_test(a_size_past_the_end_is_refused),
        cmocka_unit_test(padding_that_is_set_is_refused),
        cmocka_unit_test(a_field_twice_or_out_of_order_is_refused),
        cmocka_unit_test(a_depth_of_zero_is_refused),
        cmocka_unit_test(introductions_of_strangers_are_refused),
        cmocka_unit_test(three_introductions_are_refused),
        cmocka_unit_test(unknown_flags_of_an_introduction_are_refused),
        cmocka_unit_test(an_identity_may_have_255_octets_and_no_more),
        cmocka_unit_test(unknown_fields_leave_room_for_all_known_ones),
        cmocka_unit_test(more_than_the_largest_meta_is_refused),
        cmocka_unit_test(whatever_is_accepted_encodes_to_the_same_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
