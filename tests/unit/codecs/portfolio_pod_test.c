/*
 * What providers of pods say, octet by octet, and what is refused of it.
 */
#include <cmocka.h>

#include "codecs/portfolio_pod.h"
#include "include/portfolio/event.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM (PORTFOLIO_POD_PAYLOAD_MAX + 64u)

static void expect(const uint8_t *octets, size_t size, const char *hex)
{
    uint8_t expected[ROOM];
    assert_int_equal(size, octets_of(hex, expected, sizeof expected));
    assert_memory_equal(octets, expected, size);
    assert_true(portfolio_pod_is(octets, size));
}

static void a_pod_is_attached_by_type_and_name(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    struct portfolio_pod_attach attach = {.type = PODID_3DO_MOUSE,
                                          .flags = POD_IsMouse,
                                          .name = "desk"},
                                got;
    size_t size = portfolio_pod_put_attach(&attach, octets);
    expect(octets, size, "03000000 49000000 00000040 6465736b00");
    assert_int_equal(portfolio_pod_get_attach(octets, size, &got, NULL), VIA_OK);
    assert_int_equal(got.type, PODID_3DO_MOUSE);
    assert_int_equal(got.flags, POD_IsMouse);
    assert_string_equal(got.name, "desk");
    attach.name = NULL;
    size = portfolio_pod_put_attach(&attach, octets);
    expect(octets, size, "03000000 49000000 00000040");
    assert_int_equal(portfolio_pod_get_attach(octets, size, &got, NULL), VIA_OK);
    assert_null(got.name);
    attach.name = "";
    assert_int_equal(portfolio_pod_put_attach(&attach, octets), 0);
}

static void states_are_of_one_class_or_several(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    static const uint8_t pad[4] = {0, 0, 0, 8}, stick[16] = {0, 0, 0, 0, 1};
    struct portfolio_pod_states states = {.number = 2,
                                          .n = 2,
                                          .states = {{GENERIC_ControlPad, pad},
                                                     {GENERIC_Stick, stick}}},
                                got;
    size_t size = portfolio_pod_put_states(&states, octets);
    expect(octets, size,
           "03000000 02000000 00000000 00000008 07000000 00000000 01000000 00000000 00000000");
    assert_int_equal(portfolio_pod_get_states(octets, size, &got, NULL), VIA_OK);
    assert_int_equal(got.number, 2);
    assert_int_equal(got.n, 2);
    assert_int_equal(got.states[1].class, GENERIC_Stick);
    assert_memory_equal(got.states[1].data, stick, sizeof stick);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(portfolio_pod_get_states(octets, cut, &got, NULL),
                         cut == 16 ? VIA_OK : VIA_BAD_PAYLOAD); /* the first alone */
    states.states[1].class = GENERIC_AudioCtlr;
    assert_int_equal(portfolio_pod_put_states(&states, octets), 0);
    states.n = 0;
    assert_int_equal(portfolio_pod_put_states(&states, octets), 0);
    states.n = PORTFOLIO_CLASSES + 1;
    assert_int_equal(portfolio_pod_put_states(&states, octets), 0);
}

static void a_number_stands_alone(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    uint32_t number = 0;
    size_t size = portfolio_pod_put_number(60, octets);
    expect(octets, size, "03000000 3c000000");
    assert_int_equal(portfolio_pod_get_number(octets, size, &number, NULL), VIA_OK);
    assert_int_equal(number, 60);
}

static void the_name_of_an_item_ends_with_its_data(void **state)
{
    (void)state;
    static const char name[] = "sda1\0";
    struct portfolio_answer answer = {.kind = PORTFOLIO_PROVIDER, .data = name};
    for (; answer.size <= sizeof name; answer.size++)
        assert_ptr_equal(portfolio_item_name_of(&answer), answer.size == 5 ? name : NULL);
    answer.data = "sd\n1";
    answer.size = 5;
    assert_null(portfolio_item_name_of(&answer));
    answer.data = "";
    answer.size = 1;
    assert_null(portfolio_item_name_of(&answer));
}

static void outputs_are_octets_with_an_id(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    static const uint8_t stereo[] = {GENERIC_AudioCtlr, GENERIC_AUDIO_SetChannels,
                                     AUDIO_Channels_Stereo};
    struct portfolio_pod_output output = {.number = 1,
                                          .kind = PORTFOLIO_POD_RAW,
                                          .id = 7,
                                          .octets = stereo,
                                          .size = sizeof stereo},
                                got;
    size_t size = portfolio_pod_put_output(&output, octets);
    expect(octets, size, "03000000 01000000 01000000 07000000 040003");
    assert_int_equal(portfolio_pod_get_output(octets, size, &got, NULL), VIA_OK);
    assert_int_equal(got.kind, PORTFOLIO_POD_RAW);
    assert_int_equal(got.id, 7);
    assert_int_equal(got.size, 3);
    assert_memory_equal(got.octets, stereo, 3);
    output.size = PORTFOLIO_POD_OUTPUT_MAX + 1;
    assert_int_equal(portfolio_pod_put_output(&output, octets), 0);
}

static void an_output_is_confirmed_with_a_result(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    struct portfolio_pod_done done = {.number = 1, .id = 7, .result = -1, .octets = "x", .size = 1},
                              got;
    size_t size = portfolio_pod_put_done(&done, octets);
    expect(octets, size, "03000000 01000000 07000000 ffffffff 78");
    assert_int_equal(portfolio_pod_get_done(octets, size, &got, NULL), VIA_OK);
    assert_int_equal(got.result, -1);
    assert_int_equal(got.id, 7);
    assert_int_equal(got.size, 1);
    done.size = PORTFOLIO_POD_RETURN_MAX + 1;
    assert_int_equal(portfolio_pod_put_done(&done, octets), 0);
}

/* ---- what is refused ---- */

enum what { ATTACH, STATES, OUTPUT, DONE, NUMBER };

static enum via_status get(enum what what, const uint8_t *octets, size_t size,
                           struct portfolio_fault *fault)
{
    struct portfolio_pod_attach attach;
    struct portfolio_pod_states states;
    struct portfolio_pod_output output;
    struct portfolio_pod_done done;
    uint32_t number;
    switch (what) {
    case ATTACH:
        return portfolio_pod_get_attach(octets, size, &attach, fault);
    case STATES:
        return portfolio_pod_get_states(octets, size, &states, fault);
    case OUTPUT:
        return portfolio_pod_get_output(octets, size, &output, fault);
    case DONE:
        return portfolio_pod_get_done(octets, size, &done, fault);
    case NUMBER:
        return portfolio_pod_get_number(octets, size, &number, fault);
    }
    return VIA_OK;
}

static void refuse(enum what what, const char *hex, size_t room, size_t at, const char *words)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    struct portfolio_fault fault = {.words = NULL};
    if (room > size)
        size = room;
    assert_int_equal(get(what, octets, size, &fault), VIA_BAD_PAYLOAD);
    assert_string_equal(fault.words, words);
    assert_int_equal(fault.at, at);
    assert_int_equal(get(what, octets, size, NULL), VIA_BAD_PAYLOAD);
}

static void what_no_provider_says_is_refused(void **state)
{
    (void)state;
    static const char early[] = "the payload ends too early", other[] = "not of a provider of pods",
                      none[] = "a number that no pod has";
    for (int what = ATTACH; what <= NUMBER; what++) {
        refuse((enum what)what, "03000000 010000", 0, 7, early);
        refuse((enum what)what, "00010000 01000000 00000000 00000000", 0, 0, other);
    }
    refuse(STATES, "03000000 00000000 00000000 00000000", 0, 4, none);
    refuse(OUTPUT, "03000000 00010000 00000000 00000000", 0, 4, none);
    refuse(DONE, "03000000 ffffffff 00000000 00000000", 0, 4, none);
    refuse(NUMBER, "03000000 01000000 00", 0, 8, "something is behind the number");
    refuse(ATTACH, "03000000 80000000 00000088 61", 0, 12, "a name that no pod may have");
    refuse(ATTACH, "03000000 80000000 00000088 610061", 0, 12, "a name that no pod may have");
    refuse(ATTACH, "03000000 80000000 00000088 610000", 0, 12, "a name that no pod may have");
    refuse(STATES, "03000000 01000000 04000000 00000000", 0, 8, "a class that has no state");
    refuse(STATES, "03000000 01000000 ffffffff 00000000", 0, 8, "a class that has no state");
    refuse(STATES, "03000000 01000000 01000000 00000000", 0, 8, "a state goes past the end");
    refuse(STATES, "03000000 01000000 00000000 00000000 00", 0, 16, "a class that has no state");
    refuse(STATES, "03000000 01000000 00000000 00000008 00000000 00000008", 0, 16,
           "two states of one class");
    refuse(OUTPUT, "03000000 01000000 02000000 00000000", 0, 8, "no kind of outputs");
    refuse(OUTPUT, "03000000 01000000", 16 + PORTFOLIO_POD_OUTPUT_MAX + 1, 16,
           "more octets than are for a pod");
    refuse(DONE, "03000000 01000000", 16 + PORTFOLIO_POD_RETURN_MAX + 1, 16,
           "more octets than a pod returns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pod_is_attached_by_type_and_name),
        cmocka_unit_test(states_are_of_one_class_or_several),
        cmocka_unit_test(a_number_stands_alone),
        cmocka_unit_test(the_name_of_an_item_ends_with_its_data),
        cmocka_unit_test(outputs_are_octets_with_an_id),
        cmocka_unit_test(an_output_is_confirmed_with_a_result),
        cmocka_unit_test(what_no_provider_says_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
