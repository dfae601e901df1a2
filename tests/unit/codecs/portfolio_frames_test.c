/*
 * Chains of frames: as the broker writes them, as hostile peers do, and as programs send them.
 */
#include <cmocka.h>
#include <stdbool.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "include/portfolio/event.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 2048u
#define PARAM_ERROR ((int32_t)0xf14cd017)
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)

/* A frame of @size octets with event @number, both two digits. */
#define FRAME(size, number, data)                                                                  \
    size "000000 00000000 d01b0000 00000000" number "010101 01000000 00000000" data
#define PAD FRAME("20", "03", "00000009")
#define CHANGE FRAME("1c", "45", "")
#define CUSTOM FRAME("20", "80", "2a000000")
#define END "00000000"

/* ---- records ---- */

static void a_frame_is_these_octets(void **state)
{
    (void)state;
    static const uint8_t bits[] = {0, 0, 0, 9};
    uint8_t octets[ROOM], expected[ROOM];
    struct portfolio_frame frame = {.time = 7120,
                                    .number = EVENTNUM_ControlButtonUpdate,
                                    .pod = 1,
                                    .position = 1,
                                    .generic = 1,
                                    .is_trigger = 1,
                                    .data = bits,
                                    .size = sizeof bits};
    size_t size = octets_of(PAD, expected, sizeof expected);
    assert_int_equal(portfolio_frame_size(sizeof bits), size);
    assert_ptr_equal(portfolio_frame_put(octets, &frame), octets + size);
    assert_memory_equal(octets, expected, size);

    frame.size = 3; /* a zero is added */
    memset(octets, 0xee, sizeof octets);
    assert_ptr_equal(portfolio_frame_put(octets, &frame), octets + size);
    assert_int_equal(octets[31], 0);
    frame.size = 0;
    frame.data = NULL;
    assert_ptr_equal(portfolio_frame_put(octets, &frame), octets + 28);
    assert_int_equal(octets[0], 28);
}

static void a_record_is_walked_frame_by_frame(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    struct portfolio_frame frame;
    size_t size = octets_of("03000000" CHANGE PAD END, octets, sizeof octets);
    size_t at = PORTFOLIO_FRAMES_AT;
    assert_int_equal(portfolio_frames_check(octets, size, NULL), VIA_OK);
    assert_true(portfolio_frames_next(octets, size, &at, &frame));
    assert_int_equal(frame.at, 4);
    assert_int_equal(frame.number, EVENTNUM_ControlPortChange);
    assert_int_equal(frame.size, 0);
    assert_true(portfolio_frames_next(octets, size, &at, &frame));
    assert_int_equal(frame.at, 32);
    assert_int_equal(frame.number, EVENTNUM_ControlButtonUpdate);
    assert_int_equal(frame.time, 7120);
    assert_int_equal(frame.pod, 1);
    assert_int_equal(frame.is_trigger, 1);
    assert_int_equal(frame.size, 4);
    assert_int_equal(octets_get_u32(frame.data), 0x09000000);
    assert_false(portfolio_frames_next(octets, size, &at, &frame));
}

static void refuse_record(const char *hex, size_t at, const char *words)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    struct portfolio_fault fault = {.words = NULL};
    assert_int_equal(portfolio_frames_check(octets, size, &fault), VIA_BAD_PAYLOAD);
    assert_string_equal(fault.words, words);
    assert_int_equal(fault.at, at);
}

static void a_record_that_lies_is_refused(void **state)
{
    (void)state;
    refuse_record("", 0, "the header goes past the end");
    refuse_record("030000", 3, "the header goes past the end");
    refuse_record("03000000", 4, "the frames have no end");
    refuse_record("03000000" CHANGE, 32, "the frames have no end");
    refuse_record("03000000" CHANGE "0000", 32, "the frames have no end");
    refuse_record("03000000" CHANGE END END, 32, "something is behind the end of the frames");
    refuse_record("03000000" CHANGE END PAD, 32, "something is behind the end of the frames");
    refuse_record("03000000" FRAME("1b", "45", "") END, 4, "a frame shorter than its own head");
    refuse_record("03000000" FRAME("04", "45", "") END, 4, "a frame shorter than its own head");
    refuse_record("03000000" FRAME("24", "45", "") END, 4, "a frame goes past the end");
    refuse_record("03000000" FRAME("1d", "45", "00000000") END, 4,
                  "a frame whose size is no multiple of 4");
    refuse_record("03000000 ffffffff" PAD END, 4, "a frame goes past the end");
    refuse_record("03000000 fcffffff" PAD END, 4, "a frame goes past the end");
    refuse_record("03000000 00000080" PAD END, 4, "a frame goes past the end");
    refuse_record("03000000" CHANGE "e4ffffff" END, 32,
                  "a frame goes past the end"); /* backwards */
}

static void a_cut_record_is_refused_and_not_read_beyond(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    size_t size = octets_of("03000000" CHANGE PAD END, octets, sizeof octets);
    for (size_t cut = 0; cut < size; cut++) {
        struct portfolio_frame frame;
        size_t at = PORTFOLIO_FRAMES_AT;
        uint8_t *exact = malloc(cut + 1);
        assert_non_null(exact);
        memcpy(exact, octets, cut);
        assert_int_equal(portfolio_frames_check(exact, cut, NULL), VIA_BAD_PAYLOAD);
        while (portfolio_frames_next(exact, cut, &at, &frame))
            assert_true(at <= cut);
        free(exact);
    }
}

/* ---- what programs send ---- */

static void expect_taken(const char *hex, const char *frames)
{
    uint8_t octets[ROOM], record[PORTFOLIO_RECORD_MAX], expected[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets), record_size = 0;
    size_t n = octets_of(frames, expected, sizeof expected);
    assert_int_equal(portfolio_send_event_take(octets, size, true, record, &record_size, NULL), 0);
    assert_int_equal(octets_get_u32(record), EB_EventRecord);
    assert_int_equal(portfolio_frames_check(record, record_size, NULL), VIA_OK);
    assert_int_equal(record_size, 4 + n + 4);
    assert_memory_equal(record + 4, expected, n);
}

#define TAKEN(size, number, data)                                                                  \
    size "000000 00000000 d01b0000 00000000" number "010101 00000000 00000000" data

static void what_is_sent_becomes_a_record(void **state)
{
    (void)state;
    expect_taken("05000000" CUSTOM END, TAKEN("20", "80", "2a000000"));
    expect_taken("05000000" CUSTOM, TAKEN("20", "80", "2a000000")); /* without an end */
    expect_taken("05000000" PAD CUSTOM END PAD,
                 TAKEN("20", "03", "00000009") TAKEN("20", "80", "2a000000"));
    expect_taken("05000000" END, "");
    expect_taken("05000000", "");
}

static void sizes_are_rounded_up(void **state)
{
    (void)state;
    expect_taken("05000000" FRAME("1f", "80", "616263ff") CUSTOM,
                 TAKEN("20", "80", "61626300") TAKEN("20", "80", "2a000000"));
    expect_taken("05000000" FRAME("1d", "80", "61"), TAKEN("20", "80", "61000000"));
}

static void a_sender_does_not_say_who_it_is(void **state)
{
    (void)state;
    expect_taken("05000000 1c000000 07000000 00000000 05000040 80010203 01ffffff ffffffff",
                 "1c000000 07000000 00000000 00000000 80010203 00000000 00000000");
}

static void refuse_sent(const char *hex, bool may_inject, int32_t err, size_t at, const char *words)
{
    uint8_t octets[ROOM], record[PORTFOLIO_RECORD_MAX];
    size_t size = octets_of(hex, octets, sizeof octets), record_size = 99;
    struct portfolio_fault fault = {.words = NULL};
    assert_int_equal(
        portfolio_send_event_take(octets, size, may_inject, record, &record_size, &fault), err);
    assert_int_equal(record_size, 99);
    assert_string_equal(fault.words, words);
    assert_int_equal(fault.at, at);
}

static void what_is_no_chain_is_not_sent(void **state)
{
    (void)state;
    refuse_sent("05000000" FRAME("1b", "80", ""), true, PARAM_ERROR, 4,
                "a frame shorter than its own head");
    refuse_sent("05000000" CUSTOM FRAME("20", "80", ""), true, PARAM_ERROR, 36,
                "a frame goes past the end");
    refuse_sent("05000000" CUSTOM "01", true, PARAM_ERROR, 36, "a frame goes past the end");
    refuse_sent("05000000" CUSTOM "fcffffff", true, PARAM_ERROR, 36, "a frame goes past the end");
    refuse_sent("05000000 ffffffff" CUSTOM, true, PARAM_ERROR, 4, "a frame goes past the end");
    refuse_sent("05000000" FRAME("1c", "00", ""), true, PARAM_ERROR, 4, "event 0");
}

static void the_systems_events_want_the_right(void **state)
{
    (void)state;
    static const char words[] = "an event of the system's, without the right to it";
    refuse_sent("05000000" PAD, false, NOT_PRIVILEGED, 4, words);
    refuse_sent("05000000" CUSTOM FRAME("1c", "46", "") END, false, NOT_PRIVILEGED, 36, words);
    expect_taken("05000000" FRAME("1c", "46", ""), TAKEN("1c", "46", ""));
    uint8_t octets[ROOM], record[PORTFOLIO_RECORD_MAX];
    static const char *const free_numbers[] = {"21", "3f", "49", "7f", "80", "ff"};
    for (size_t i = 0; i < sizeof free_numbers / sizeof *free_numbers; i++) {
        size_t size = octets_of("05000000" FRAME("1c", "00", ""), octets, sizeof octets), n;
        (void)octets_of(free_numbers[i], octets + 20, 1);
        assert_int_equal(portfolio_send_event_take(octets, size, false, record, &n, NULL), 0);
    }
}

static void some_events_are_the_brokers_alone(void **state)
{
    (void)state;
    static const char words[] = "an event that only the broker tells of";
    refuse_sent("05000000" FRAME("1c", "13", ""), true, PARAM_ERROR, 4, words);
    refuse_sent("05000000" FRAME("1c", "14", ""), true, PARAM_ERROR, 4, words);
    refuse_sent("05000000" FRAME("1c", "48", ""), true, PARAM_ERROR, 4, words);
}

static void data_are_as_long_as_listeners_believe(void **state)
{
    (void)state;
    static const char words[] = "an event with data of another size";
    refuse_sent("05000000" FRAME("1c", "03", ""), true, PARAM_ERROR, 4, words);
    refuse_sent("05000000" FRAME("20", "40", "01000000"), true, PARAM_ERROR, 4, words);
    refuse_sent("05000000" FRAME("28", "41", "01000000 00000000 00000000"), true, PARAM_ERROR, 4,
                words);
    refuse_sent("05000000" FRAME("1c", "42", ""), true, PARAM_ERROR, 4, words);
    expect_taken("05000000" FRAME("24", "40", "01000000 02000000"),
                 TAKEN("24", "40", "01000000 02000000"));
}

static void as_much_is_sent_as_a_record_holds(void **state)
{
    (void)state;
    uint8_t octets[ROOM] = {EB_SendEvent}, record[PORTFOLIO_RECORD_MAX];
    struct portfolio_fault fault;
    size_t n = 99;
    octets_put_u32(octets + 4, PORTFOLIO_FRAMES_MAX - 4); /* one frame, and the end */
    octets[20] = 200;
    assert_int_equal(portfolio_send_event_take(octets, sizeof octets, false, record, &n, NULL), 0);
    assert_int_equal(n, PORTFOLIO_RECORD_MAX);
    octets_put_u32(octets + 4, PORTFOLIO_FRAMES_MAX - 3);
    assert_int_equal(portfolio_send_event_take(octets, sizeof octets, false, record, &n, &fault),
                     PARAM_ERROR);
    assert_string_equal(fault.words, "the frames are more than 1024 octets");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_these_octets),
        cmocka_unit_test(a_record_is_walked_frame_by_frame),
        cmocka_unit_test(a_record_that_lies_is_refused),
        cmocka_unit_test(a_cut_record_is_refused_and_not_read_beyond),
        cmocka_unit_test(what_is_sent_becomes_a_record),
        cmocka_unit_test(sizes_are_rounded_up),
        cmocka_unit_test(a_sender_does_not_say_who_it_is),
        cmocka_unit_test(what_is_no_chain_is_not_sent),
        cmocka_unit_test(the_systems_events_want_the_right),
        cmocka_unit_test(some_events_are_the_brokers_alone),
        cmocka_unit_test(data_are_as_long_as_listeners_believe),
        cmocka_unit_test(as_much_is_sent_as_a_record_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
