/*
 * HELLO and WELCOME: what one side says the other side hears, and nobody becomes root by silence.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/fields.h"
#include "codecs/hello.h"
#include "tests/unit/codecs/seed.h"

static const struct hello welcome = {
    .features = 0x8000000000000001,
    .frame_max = 1u << 20,
    .calls_max = 65536,
    .handles_max = 262144,
    .epoch = 0x1234567890abcdef,
    .name = "lab-7",
    .pid = 4242,
    .uid = 1000,
    .gid = 100,
    .token = 0xfeedface,
    .identity = "ann@example.org",
    .session = 0xabcdef0123456789,
    .secret = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .received = 0x100000001,
    .resumed = 1,
    .grace_ms = 15000,
    .credit = 262144,
    .transfers_max = 64,
    .streams_max = 256,
};

static void expect_equal(const struct hello *one, const struct hello *other)
{
    assert_true(one->features == other->features);
    assert_int_equal(one->frame_max, other->frame_max);
    assert_int_equal(one->calls_max, other->calls_max);
    assert_int_equal(one->handles_max, other->handles_max);
    assert_true(one->epoch == other->epoch);
    assert_string_equal(one->name, other->name);
    assert_int_equal(one->pid, other->pid);
    assert_int_equal(one->uid, other->uid);
    assert_int_equal(one->gid, other->gid);
    assert_true(one->token == other->token);
    assert_string_equal(one->identity, other->identity);
    assert_true(one->session == other->session);
    assert_memory_equal(one->secret, other->secret, HELLO_SECRET_SIZE);
    assert_true(one->received == other->received);
    assert_int_equal(one->resumed, other->resumed);
    assert_int_equal(one->grace_ms, other->grace_ms);
    assert_int_equal(one->credit, other->credit);
    assert_int_equal(one->transfers_max, other->transfers_max);
    assert_int_equal(one->streams_max, other->streams_max);
}

static void every_field_survives_the_round_trip(void **state)
{
    (void)state;
    uint8_t octets[HELLO_SIZE_MAX];
    size_t size = hello_encode(&welcome, octets);
    struct hello again;
    assert_int_equal(hello_decode(octets, size, &again), VIA_OK);
    expect_equal(&again, &welcome);
}

static void the_longest_names_survive_the_round_trip(void **state)
{
    (void)state;
    struct hello hello = welcome, again;
    memset(hello.name, 'n', HELLO_NAME_MAX);
    memset(hello.identity, 'i', sizeof hello.identity - 1);
    uint8_t octets[HELLO_SIZE_MAX];
    size_t size = hello_encode(&hello, octets);
    assert_int_equal(hello_decode(octets, size, &again), VIA_OK);
    expect_equal(&again, &hello);
}

static void silence_makes_nobody_root(void **state)
{
    (void)state;
    static const struct hello empty;
    uint8_t octets[HELLO_SIZE_MAX];
    struct hello again;
    assert_int_equal(hello_encode(&empty, octets), 0);
    assert_int_equal(hello_decode(octets, 0, &again), VIA_OK);
    assert_int_equal(again.pid, -1);
    assert_int_equal(again.uid, 0xffffffff);
    assert_int_equal(again.gid, 0xffffffff);
    assert_true(again.token == 0);
    assert_int_equal(hello_encode(&again, octets), 0);
}

static void root_is_told_as_such(void **state)
{
    (void)state;
    struct hello hello = {.pid = 1}, again;
    uint8_t octets[HELLO_SIZE_MAX];
    size_t size = hello_encode(&hello, octets);
    assert_int_equal(hello_decode(octets, size, &again), VIA_OK);
    expect_equal(&again, &hello);
}

static void a_cut_is_refused_unless_it_is_between_fields(void **state)
{
    (void)state;
    uint8_t octets[HELLO_SIZE_MAX];
    size_t size = hello_encode(&welcome, octets), boundary = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        struct hello again;
        enum via_status status = hello_decode(octets, cut, &again);
        assert_int_equal(status, cut == boundary ? VIA_OK : VIA_BAD_PAYLOAD);
        struct field field;
        if (cut == boundary && field_get(octets + cut, size - cut, &field))
            boundary += field.whole;
    }
}

static void expect_bad_field(uint16_t tag, const void *content, uint16_t size)
{
    uint8_t octets[512], *out = octets;
    memcpy(field_put(&out, tag, size), content, size);
    struct hello hello;
    assert_int_equal(hello_decode(octets, (size_t)(out - octets), &hello), VIA_BAD_PAYLOAD);
}

static void fields_of_another_size_are_refused(void **state)
{
    (void)state;
    static const char zeros[300];
    static const uint16_t sizes[] = {1, 3, 5, 7, 9, 19, 21, 256};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint16_t tag = 0; tag <= 16; tag++)
            expect_bad_field(tag, zeros, sizes[i]);
}

static void what_is_said_of_no_session_is_refused(void **state)
{
    (void)state;
    static const uint8_t ones[HELLO_SECRET_SIZE] = {1};
    expect_bad_field(10, ones, HELLO_SECRET_SIZE);
    expect_bad_field(11, ones, 8);
    expect_bad_field(12, ones, 4);
    expect_bad_field(13, ones, 4);
}

static void names_with_control_characters_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a\nb", "a\x1b[2J", "a\x7f", "a\0b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        expect_bad_field(6, names[i], 3);
        expect_bad_field(8, names[i], 3);
    }
}

static void a_name_over_255_octets_is_refused(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', sizeof name);
    expect_bad_field(6, name, sizeof name);
    expect_bad_field(8, name, sizeof name);
}

static void a_field_twice_or_out_of_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t twice[] = {2, 0, 4, 0, 1, 0, 0, 0, 2, 0, 4, 0, 1, 0, 0, 0};
    static const uint8_t back[] = {3, 0, 4, 0, 1, 0, 0, 0, 2, 0, 4, 0, 1, 0, 0, 0};
    struct hello hello;
    assert_int_equal(hello_decode(twice, sizeof twice, &hello), VIA_BAD_PAYLOAD);
    assert_int_equal(hello_decode(back, sizeof back, &hello), VIA_BAD_PAYLOAD);
}

static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
    uint8_t octets[HELLO_SIZE_MAX];
    size_t size = hello_encode(&welcome, octets);
    uint8_t *out = octets + size;
    memset(field_put(&out, 17, 3), 0xff, 3);
    (void)field_put(&out, 0xffff, 0);
    struct hello again;
    assert_int_equal(hello_decode(octets, (size_t)(out - octets), &again), VIA_OK);
    expect_equal(&again, &welcome);
}

static void more_than_the_largest_hello_is_refused(void **state)
{
    (void)state;
    static uint8_t octets[HELLO_SIZE_MAX + 4];
    uint8_t *out = octets;
    (void)field_put(&out, 9, HELLO_SIZE_MAX);
    struct hello hello;
    assert_int_equal(hello_decode(octets, sizeof octets, &hello), VIA_TOO_LARGE);
}

static void whatever_is_accepted_means_the_same_when_said_again(void **state)
{
    (void)state;
    struct seed seed = seed_start("hello mutations");
    unsigned n_accepted = 0;
    for (unsigned round = 0; round < 50000; round++) {
        uint8_t octets[HELLO_SIZE_MAX];
        size_t size = hello_encode(&welcome, octets);
        octets[seed_below(&seed, (uint32_t)size)] = (uint8_t)seed_next(&seed);
        struct hello hello, again;
        if (hello_decode(octets, size, &hello) != VIA_OK)
            continue;
        n_accepted++;
        size = hello_encode(&hello, octets);
        assert_int_equal(hello_decode(octets, size, &again), VIA_OK);
        expect_equal(&again, &hello);
    }
    assert_true(n_accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives_the_round_trip),
        cmocka_unit_test(the_longest_names_survive_the_round_trip),
        cmocka_unit_test(silence_makes_nobody_root),
        cmocka_unit_test(root_is_told_as_such),
        cmocka_unit_test(a_cut_is_refused_unless_it_is_between_fields),
        cmocka_unit_test(fields_of_another_size_are_refused),
        cmocka_unit_test(what_is_said_of_no_session_is_refused),
        cmocka_unit_test(names_with_control_characters_are_refused),
        cmocka_unit_test(a_name_over_255_octets_is_refused),
        cmocka_unit_test(a_field_twice_or_out_of_order_is_refused),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(more_than_the_largest_hello_is_refused),
        cmocka_unit_test(whatever_is_accepted_means_the_same_when_said_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
