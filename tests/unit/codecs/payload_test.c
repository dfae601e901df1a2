/*
 * Walking a payload: tape and octets agree from end to end, or it is said that they do not.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/frame.h"
#include "codecs/payload.h"

static struct payload payload_of(const uint8_t *octets, size_t size, const uint8_t *tape,
                                 size_t tape_size)
{
    return (struct payload){
        .layout = VIA_LAYOUT_RAW,
        .octets = octets,
        .size = size,
        .tape = tape,
        .tape_size = tape_size,
    };
}

/* i32 2, i32 3, str "abc", bytes ff fe, u8 7 */
static const uint8_t octets[] = {2,   0,   0,   0, 3, 0, 0, 0, 3,    0,    0, 0,
                                 'a', 'b', 'c', 0, 2, 0, 0, 0, 0xff, 0xfe, 7};
static const uint8_t tape[] = {0x83, 2, 12, 14, 2, 5};

static void values_come_in_order_and_then_the_end(void **state)
{
    (void)state;
    struct payload payload = payload_of(octets, sizeof octets, tape, sizeof tape);
    struct payload_cursor cursor;
    struct value value;
    payload_start(&cursor, &payload);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.tag, VIA_TAG_I32);
    assert_int_equal(value.i, 2);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.i, 3);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.tag, VIA_TAG_STR);
    assert_int_equal(value.text.size, 3);
    assert_memory_equal(value.text.octets, "abc", 3);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.tag, VIA_TAG_BYTES);
    assert_int_equal(value.text.size, 2);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.tag, VIA_TAG_U8);
    assert_int_equal(value.u, 7);
    assert_int_equal(payload_next(&cursor, &value), VIA_END);
    assert_int_equal(payload_next(&cursor, &value), VIA_END);
    assert_int_equal(payload_check(&payload), VIA_OK);
}

static void a_tape_may_be_padded(void **state)
{
    (void)state;
    static const uint8_t padded[] = {0x83, 2, 12, 14, 2, 5, 0, 0};
    struct payload payload = payload_of(octets, sizeof octets, padded, sizeof padded);
    assert_int_equal(payload_check(&payload), VIA_OK);
}

static void octets_cut_anywhere_disagree(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < sizeof octets; cut++) {
        struct payload payload = payload_of(octets, cut, tape, sizeof tape);
        assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    }
}

static void a_tape_cut_anywhere_disagrees(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < sizeof tape; cut++) {
        struct payload payload = payload_of(octets, sizeof octets, tape, cut);
        assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    }
}

static void octets_left_over_disagree(void **state)
{
    (void)state;
    uint8_t more[sizeof octets + 1] = {0};
    memcpy(more, octets, sizeof octets);
    struct payload payload = payload_of(more, sizeof more, tape, sizeof tape);
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
}

static void nothing_agrees_with_nothing(void **state)
{
    (void)state;
    struct payload payload = payload_of(NULL, 0, NULL, 0);
    assert_int_equal(payload_check(&payload), VIA_OK);
    payload = payload_of(NULL, 0, tape, sizeof tape);
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    payload = payload_of(octets, sizeof octets, NULL, 0);
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
}

static void a_layout_without_natural_form_agrees_with_no_tape(void **state)
{
    (void)state;
    struct payload payload = payload_of(octets, sizeof octets, tape, sizeof tape);
    payload.layout = VIA_LAYOUT_PHOENIX;
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    payload.layout = (enum via_layout)0x7777;
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
}

/* A count that no octets stand behind costs no time: the walk ends with the octets. */
static void a_run_longer_than_the_octets_disagrees(void **state)
{
    (void)state;
    static const uint8_t tapes[][6] = {
        {0x81, 24, 0},                        /* one i8 more than there are octets */
        {0x83, 6, 0},                         /* i32: 24 octets of 23 */
        {0x83, 0xff, 0xff, 0xff, 0xff, 0x0f}, /* 2^32 - 1 */
        {0x88, 0x80, 0x80, 0x80, 0x80, 0x02}, /* u64: 2^29, whose octets wrap 32 bits */
        {0x8b, 0xff, 0xff, 0xff, 0xff, 0x0f}, /* bool */
        {0x8c, 0xff, 0xff, 0xff, 0xff, 0x0f}, /* str */
        {0x8f, 0xff, 0xff, 0xff, 0xff, 0x0f}, /* ref */
    };
    for (size_t i = 0; i < sizeof tapes / sizeof *tapes; i++) {
        struct payload payload = payload_of(octets, sizeof octets, tapes[i], sizeof tapes[i]);
        assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    }
    static const uint8_t good[] = {0x81, 23};
    struct payload payload = payload_of(octets, sizeof octets, good, sizeof good);
    assert_int_equal(payload_check(&payload), VIA_OK);
}

static void references_and_slots_must_meet(void **state)
{
    (void)state;
    static const uint8_t slots[] = {1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t tags[] = {5, 15, 15};
    uint8_t refs[2 * FRAME_REF_SIZE];
    struct payload payload = payload_of(slots, sizeof slots, tags, sizeof tags);
    payload.refs = refs;
    payload.n_refs = 1;

    frame_ref_put(refs, 0, &(struct frame_ref){1, 17, 0, 0});
    assert_int_equal(payload_check(&payload), VIA_OK);
    struct payload_cursor cursor;
    struct value value;
    payload_start(&cursor, &payload);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_int_equal(value.tag, VIA_TAG_REF);
    assert_false(value.null);
    assert_int_equal(value.index, 0);
    assert_int_equal(payload_next(&cursor, &value), VIA_OK);
    assert_true(value.null);
    assert_int_equal(payload_next(&cursor, &value), VIA_END);

    static const uint32_t elsewhere[] = {0, 2, 4, 6};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        frame_ref_put(refs, 0, &(struct frame_ref){elsewhere[i], 17, 0, 0});
        assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    }
    frame_ref_put(refs, 0, &(struct frame_ref){5, 17, 0, 0}); /* in the slot for none */
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    payload.n_refs = 0; /* the object is gone: an empty slot */
    assert_int_equal(payload_check(&payload), VIA_OK);
}

static void a_place_inside_a_value_is_not_found(void **state)
{
    (void)state;
    static const bool starts[sizeof octets + 1] = {
        [0] = true, [4] = true, [8] = true, [16] = true, [22] = true, [23] = true};
    for (size_t place = 0; place <= sizeof octets; place++) {
        struct payload payload = payload_of(octets, sizeof octets, tape, sizeof tape);
        struct payload_cursor cursor;
        payload_start(&cursor, &payload);
        assert_int_equal(payload_skip(&cursor, place), starts[place] ? VIA_OK : VIA_BAD_TAPE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_order_and_then_the_end),
        cmocka_unit_test(a_tape_may_be_padded),
        cmocka_unit_test(octets_cut_anywhere_disagree),
        cmocka_unit_test(a_tape_cut_anywhere_disagrees),
        cmocka_unit_test(octets_left_over_disagree),
        cmocka_unit_test(nothing_agrees_with_nothing),
        cmocka_unit_test(a_layout_without_natural_form_agrees_with_no_tape),
        cmocka_unit_test(a_run_longer_than_the_octets_disagrees),
        cmocka_unit_test(references_and_slots_must_meet),
        cmocka_unit_test(a_place_inside_a_value_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
