/*
 * The tape: what is added is read again, in the fewest octets, and nothing else is taken for one.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/tape.h"
#include "tests/unit/codecs/seed.h"

struct store {
    struct tape tape;
    uint8_t octets[8192];
};

static void start(struct store *store)
{
    store->tape = (struct tape){.octets = store->octets};
}

static void expect_octets(const struct store *store, const uint8_t *octets, size_t size)
{
    assert_int_equal(store->tape.size, size);
    assert_memory_equal(store->octets, octets, size);
}

static void a_value_takes_one_octet(void **state)
{
    (void)state;
    struct store store;
    start(&store);
    tape_add(&store.tape, VIA_TAG_I32, 0);
    tape_add(&store.tape, VIA_TAG_STR, 0);
    tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t expected[] = {3, 12, 3};
    expect_octets(&store, expected, sizeof expected);
}

static void equal_values_make_a_run(void **state)
{
    (void)state;
    struct store store;
    start(&store);
    tape_add(&store.tape, VIA_TAG_STR, 0);
    for (unsigned i = 0; i < 2; i++)
        tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t two[] = {12, 0x83, 2};
    expect_octets(&store, two, sizeof two);
    for (unsigned i = 2; i < 127; i++)
        tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t most_of_one_octet[] = {12, 0x83, 127};
    expect_octets(&store, most_of_one_octet, sizeof most_of_one_octet);
    tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t least_of_two_octets[] = {12, 0x83, 0x80, 1};
    expect_octets(&store, least_of_two_octets, sizeof least_of_two_octets);
    for (unsigned i = 128; i < 16384; i++)
        tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t least_of_three_octets[] = {12, 0x83, 0x80, 0x80, 1};
    expect_octets(&store, least_of_three_octets, sizeof least_of_three_octets);
}

static void bytes_carry_their_length_and_make_no_run(void **state)
{
    (void)state;
    struct store store;
    start(&store);
    tape_add(&store.tape, VIA_TAG_BYTES, 5);
    tape_add(&store.tape, VIA_TAG_BYTES, 5);
    tape_add(&store.tape, VIA_TAG_BYTES, 300);
    tape_add(&store.tape, VIA_TAG_BYTES, 0xffffffff);
    static const uint8_t expected[] = {14, 5, 14, 5, 14, 0xac, 2, 14, 0xff, 0xff, 0xff, 0xff, 0x0f};
    expect_octets(&store, expected, sizeof expected);
}

static void a_length_that_looks_like_a_tag_makes_no_run(void **state)
{
    (void)state;
    struct store store;
    start(&store);
    tape_add(&store.tape, VIA_TAG_BYTES, VIA_TAG_I32);
    tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t expected[] = {14, 3, 3};
    expect_octets(&store, expected, sizeof expected);
}

static enum via_status next(const uint8_t *octets, size_t size, struct tape_entry *entryp)
{
    size_t position = 0;
    enum via_status status = tape_next(octets, size, &position, entryp);
    assert_int_equal(position, status == VIA_OK ? size : 0);
    return status;
}

#define expect_next(expected, ...)                                                                 \
    do {                                                                                           \
        const uint8_t octets[] = {__VA_ARGS__};                                                    \
        struct tape_entry entry;                                                                   \
        assert_int_equal(next(octets, sizeof octets, &entry), expected);                           \
    } while (0)

static void unknown_tags_are_refused(void **state)
{
    (void)state;
    for (unsigned octet = 18; octet < 0x80; octet++)
        expect_next(VIA_BAD_TAPE, (uint8_t)octet);
    for (unsigned octet = 0x80 + 18; octet < 0x100; octet++)
        expect_next(VIA_BAD_TAPE, (uint8_t)octet, 2);
}

static void runs_of_nothing_one_or_bytes_are_refused(void **state)
{
    (void)state;
    expect_next(VIA_BAD_TAPE, 0x80, 2); /* of padding */
    expect_next(VIA_BAD_TAPE, 0x83, 0);
    expect_next(VIA_BAD_TAPE, 0x83, 1);
    expect_next(VIA_OK, 0x83, 2);
    expect_next(VIA_BAD_TAPE, 0x8e, 2);
}

static void numbers_that_are_cut_or_too_large_are_refused(void **state)
{
    (void)state;
    expect_next(VIA_BAD_TAPE, 14);
    expect_next(VIA_BAD_TAPE, 0x83);
    expect_next(VIA_BAD_TAPE, 14, 0x80);
    expect_next(VIA_BAD_TAPE, 14, 0xff, 0xff, 0xff, 0xff);
    expect_next(VIA_OK, 14, 0xff, 0xff, 0xff, 0xff, 0x0f);
    expect_next(VIA_BAD_TAPE, 14, 0xff, 0xff, 0xff, 0xff, 0x1f);
    expect_next(VIA_BAD_TAPE, 14, 0x80, 0x80, 0x80, 0x80, 0x80, 1);
    expect_next(VIA_BAD_TAPE, 14, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
}

static void a_number_has_one_form(void **state)
{
    (void)state;
    expect_next(VIA_OK, 14, 0);
    expect_next(VIA_BAD_TAPE, 14, 0x80, 0);
    expect_next(VIA_BAD_TAPE, 0x83, 0x82, 0);
}

static void only_zeros_may_follow_zeros(void **state)
{
    (void)state;
    expect_next(VIA_END, 0);
    expect_next(VIA_END, 0, 0, 0, 0, 0, 0, 0);
    expect_next(VIA_BAD_TAPE, 0, 0, 3);
    struct tape_entry entry;
    assert_int_equal(next(NULL, 0, &entry), VIA_END);
}

static void what_was_added_is_read_again(void **state)
{
    (void)state;
    struct seed seed = seed_start("tape round trip");
    for (unsigned round = 0; round < 2000; round++) {
        enum { VALUES = 600 };
        struct store store;
        start(&store);
        struct tape_entry added[VALUES];
        enum via_tag tag = VIA_TAG_I8;
        for (size_t i = 0; i < VALUES; i++) {
            if (seed_below(&seed, 8) == 0)
                tag = (enum via_tag)(1 + seed_below(&seed, 17));
            uint32_t size = tag == VIA_TAG_BYTES ? (uint32_t)seed_next(&seed) : 0;
            added[i] = (struct tape_entry){tag, 1, size >> seed_below(&seed, 32)};
            tape_add(&store.tape, added[i].tag, added[i].size);
        }
        assert_true(store.tape.size <= sizeof store.octets);
        size_t position = 0, n = 0;
        struct tape_entry entry;
        while (tape_next(store.octets, store.tape.size, &position, &entry) == VIA_OK)
            for (uint32_t i = 0; i < entry.count; i++, n++) {
                assert_true(n < VALUES);
                assert_int_equal(entry.tag, added[n].tag);
                assert_int_equal(entry.size, added[n].size);
            }
        assert_int_equal(n, VALUES);
        assert_int_equal(position, store.tape.size);
    }
}

static void a_run_added_whole_goes_on_growing(void **state)
{
    (void)state;
    struct store store;
    start(&store);
    tape_add_run(&store.tape, VIA_TAG_U8, 1);
    tape_add(&store.tape, VIA_TAG_U8, 0);
    tape_add_run(&store.tape, VIA_TAG_I32, 127);
    tape_add(&store.tape, VIA_TAG_I32, 0);
    static const uint8_t expected[] = {0x85, 2, 0x83, 0x80, 1};
    expect_octets(&store, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_takes_one_octet),
        cmocka_unit_test(equal_values_make_a_run),
        cmocka_unit_test(bytes_carry_their_length_and_make_no_run),
        cmocka_unit_test(a_length_that_looks_like_a_tag_makes_no_run),
        cmocka_unit_test(unknown_tags_are_refused),
        cmocka_unit_test(runs_of_nothing_one_or_bytes_are_refused),
        cmocka_unit_test(numbers_that_are_cut_or_too_large_are_refused),
        cmocka_unit_test(a_number_has_one_form),
        cmocka_unit_test(only_zeros_may_follow_zeros),
        cmocka_unit_test(what_was_added_is_read_again),
        cmocka_unit_test(a_run_added_whole_goes_on_growing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
