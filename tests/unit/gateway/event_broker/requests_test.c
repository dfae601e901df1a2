/*
 * Each flavor with its reply, and which error comes first.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define BAD_ITEM ((int32_t)0xf14cd001)
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)
#define NO_MEM ((int32_t)0xf14cd006)
#define SOFT_ERR ((int32_t)0xf14cd008)
#define BAD_PTR ((int32_t)0xf14cd009)
#define BAD_NAME ((int32_t)0xf14cd00e)
#define NOT_SUPPORTED ((int32_t)0xf14cd010)
#define PARAM_ERROR ((int32_t)0xf14cd017)

#define ONE 0x40000001u
#define TWO 0x40000002u
#define THREE 0x40000003u

static int32_t ask_word(struct rig *rig, uint32_t flavor, size_t size)
{
    uint8_t octets[512];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, flavor);
    return rig_ask(rig, ONE, RIG_BIG, octets, size);
}

static void what_is_no_request_is_refused_before_its_flavor_is_looked_at(void **state)
{
    struct rig *rig = *state;
    for (size_t size = 0; size < 4; size++)
        assert_int_equal(ask_word(rig, EB_NoOp, size), BAD_PTR);
    broker_request(&rig->broker, &(struct broker_request){
                                     .handle = (void *)1000, .is_small = true, .sender.port = ONE});
    assert_int_equal(rig_answer_of(rig, 1000), BAD_PTR);
}

static void flavors_that_are_no_requests_are_not_supported(void **state)
{
    struct rig *rig = *state;
    static const uint32_t flavors[] = {EB_EventRecord, EB_EventReply, EB_Command, 31, 32,
                                       0x7fffffff,     0x80000000,    0xffffffff};
    for (size_t i = 0; i < sizeof flavors / sizeof *flavors; i++)
        assert_int_equal(ask_word(rig, flavors[i], 4), NOT_SUPPORTED);
    for (uint32_t flavor = 2; flavor <= 30; flavor += 2)
        assert_int_equal(ask_word(rig, flavor, 512), NOT_SUPPORTED);
}

static void a_structure_cut_short_is_a_wrong_parameter(void **state)
{
    struct rig *rig = *state;
    static const struct {
        uint32_t flavor;
        size_t least;
    } cases[] = {{EB_Configure, 108},  {EB_RegisterEvent, 264}, {EB_SetFocus, 8},
                 {EB_ReadPodData, 16}, {EB_WritePodData, 16},   {EB_LockPod, 16},
                 {EB_UnlockPod, 16},   {EB_IssuePodCmd, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t size = 4; size < cases[i].least; size++)
            assert_int_equal(ask_word(rig, cases[i].flavor, size), PARAM_ERROR);
        if (cases[i].flavor != EB_IssuePodCmd) /* whose data are too short by what they say */
            assert_int_not_equal(ask_word(rig, cases[i].flavor, cases[i].least), PARAM_ERROR);
    }
}

static void no_op_does_nothing(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(ask_word(rig, EB_NoOp, 4), 0);
    assert_int_equal(rig->last.size, 0);
    assert_int_equal(ask_word(rig, EB_NoOp, 100), 0);
}

static void who_has_no_reply_port_cannot_listen_lock_or_have_a_table(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    assert_int_equal(rig_listen(rig, 0, LC_Observer, 0, 0, 0, 0), BAD_ITEM);
    assert_int_equal(rig_ask_header(rig, 0, EB_MakeTable), BAD_ITEM);
    assert_int_equal(rig_pod(rig, 0, EB_LockPod, 1, 0, NULL, 0), BAD_ITEM);
    assert_int_equal(rig_pod(rig, 0, EB_UnlockPod, 1, 0, NULL, 0), BAD_ITEM);
    assert_int_equal(rig_ask_header(rig, 0, EB_DescribePods), 0);
    assert_int_equal(rig->broker.listeners.n, 0);
}

/* ---- listening ---- */

static void configure_answers_with_a_header(void **state)
{
    struct rig *rig = *state;
    static const uint8_t header[] = {2, 0, 0, 0};
    assert_int_equal(rig_listen(rig, ONE, LC_Observer, 0, 0, 0, 0), 0);
    assert_int_equal(rig->last.size, sizeof header);
    assert_memory_equal(rig->last.octets, header, sizeof header);
}

static void a_wrong_category_makes_no_listener(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig_listen(rig, ONE, 4, 0, 0, 0, 0), PARAM_ERROR);
    assert_int_equal(rig->last.size, 0);
    assert_int_equal(rig_listen(rig, ONE, 0xffffffff, 0, 0, 0, 0), PARAM_ERROR);
    assert_int_equal(rig->broker.listeners.n, 0);
    rig_listen(rig, ONE, LC_Observer, 5, 0, 0, 0);
    assert_int_equal(rig_listen(rig, ONE, 4, 0, 0, 0, 0), PARAM_ERROR);
    assert_int_equal(rig->broker.listeners.first->category, LC_Observer);
    assert_int_equal(rig->broker.listeners.first->trigger.words[0], 5);
}

static void there_may_be_only_so_many_listeners(void **state)
{
    struct rig *rig = *state;
    for (uint32_t i = 0; i < LISTENERS_MAX; i++)
        assert_int_equal(rig_listen(rig, ONE + i, LC_Observer, 0, 0, 0, 0), 0);
    assert_int_equal(rig_listen(rig, ONE - 1, LC_Observer, 0, 0, 0, 0), SOFT_ERR);
    assert_int_equal(rig_ask_header(rig, ONE - 1, EB_MakeTable), NO_MEM);
    assert_int_equal(rig_listen(rig, ONE, LC_FocusUI, 0, 0, 0, 0), 0); /* not a new one */
    assert_int_equal(rig_ask_header(rig, ONE, EB_GetListeners), 0);
    assert_int_equal(rig->last.size, 8 + 8 * LISTENERS_MAX);
}

static void listeners_are_listed_the_newest_first(void **state)
{
    struct rig *rig = *state;
    static const uint8_t expected[] = {12, 0, 0, 0,    3, 0, 0, 0, 3, 0, 0, 0x40, 0, 0, 0, 0,
                                       2,  0, 0, 0x40, 2, 0, 0, 0, 1, 0, 0, 0x40, 3, 0, 0, 0};
    rig_listen(rig, ONE, LC_FocusListener, 0, 0, 0, 0);
    rig_listen(rig, TWO, LC_Observer, 0, 0, 0, 0);
    rig_listen(rig, THREE, LC_NoSeeUm, 0, 0, 0, 0);
    rig_listen(rig, ONE, LC_FocusUI, 0, 0, 0, 0); /* stays where it is */
    assert_int_equal(rig_ask_header(rig, ONE, EB_GetListeners), 0);
    assert_int_equal(rig->last.size, sizeof expected);
    assert_memory_equal(rig->last.octets, expected, sizeof expected);
}

static void lists_need_a_buffer_that_they_fit_in(void **state)
{
    struct rig *rig = *state;
    static const uint32_t flavors[] = {EB_GetListeners, EB_DescribePods};
    static const size_t sizes[] = {8, 40};
    for (unsigned n = 0; n < 3; n++) {
        for (unsigned i = 0; i < 2; i++) {
            const size_t size = 8 + sizes[i] * n;
            uint8_t header[4];
            octets_put_u32(header, flavors[i]);
            assert_int_equal(rig_ask(rig, ONE, 0, header, 4), NO_MEM); /* a standard message */
            assert_int_equal(rig_ask(rig, ONE, (uint32_t)size - 1, header, 4), NO_MEM);
            assert_int_equal(rig->last.size, 0);
            assert_int_equal(rig_ask(rig, ONE, (uint32_t)size, header, 4), 0);
            assert_int_equal(rig->last.size, size);
            assert_int_equal(octets_get_u32(rig->last.octets), flavors[i] + 1);
            assert_int_equal(octets_get_u32(rig->last.octets + 4), n);
        }
        rig_listen(rig, ONE + n, LC_Observer, 0, 0, 0, 0);
        rig_pad(rig);
    }
}

/* ---- focus ---- */

static void the_newest_that_can_have_the_focus_takes_it(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig_focus(rig), 0);
    rig_listen(rig, ONE, LC_Observer, 0, 0, 0, 0);
    assert_int_equal(rig_focus(rig), 0);
    rig_listen(rig, ONE, LC_FocusListener, 0, 0, 0, 0); /* now it can */
    assert_int_equal(rig_focus(rig), ONE);
    rig_listen(rig, TWO, LC_FocusUI, 0, 0, 0, 0);
    assert_int_equal(rig_focus(rig), TWO);
    rig_listen(rig, ONE, LC_FocusUI, 0, 0, 0, 0); /* it could before: no reason to take it */
    assert_int_equal(rig_focus(rig), TWO);
}

static void who_cannot_have_the_focus_any_more_gives_it_up(void **state)
{
    struct rig *rig = *state;
    static const uint32_t categories[] = {LC_NoSeeUm, LC_Observer};
    for (unsigned i = 0; i < 2; i++) {
        rig_listen(rig, ONE, LC_FocusListener, 0, 0, 0, 0);
        rig_listen(rig, TWO, LC_FocusUI, 0, 0, 0, 0);
        rig_listen(rig, THREE, LC_FocusUI, 0, 0, 0, 0);
        rig_listen(rig, THREE, categories[i], 0, 0, 0, 0);
        assert_int_equal(rig_focus(rig), TWO);
        rig_listen(rig, ONE, categories[i], 0, 0, 0, 0); /* which did not have it */
        assert_int_equal(rig_focus(rig), TWO);
        rig_listen(rig, TWO, categories[i], 0, 0, 0, 0);
        assert_int_equal(rig_focus(rig), 0);
    }
}

static void who_hid_with_the_focus_is_told_of_it_again(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, EVENTBIT0_GivingFocus, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "19t");
    rig_listen(rig, ONE, LC_NoSeeUm, EVENTBIT0_GivingFocus, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
    rig_listen(rig, ONE, LC_FocusListener, EVENTBIT0_GivingFocus, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "19t");
}

static void the_focus_can_be_set_for_who_can_have_it(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, 0, 0, 0, 0);
    rig_listen(rig, TWO, LC_Observer, 0, 0, 0, 0);
    rig_listen(rig, THREE, LC_FocusUI, 0, 0, 0, 0);
    assert_int_equal(rig_set_focus(rig, ONE), ONE);
    assert_int_equal(rig->last.size, 0);
    assert_int_equal(rig_focus(rig), ONE);
    assert_int_equal(rig_set_focus(rig, TWO), BAD_ITEM);
    assert_int_equal(rig_set_focus(rig, 12345), BAD_ITEM);
    assert_int_equal(rig_set_focus(rig, 0), BAD_ITEM);
    assert_int_equal(rig_focus(rig), ONE);
}

static void the_focus_is_for_who_may_have_it(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, 0, 0, 0, 0);
    rig->may_not_focus = true;
    assert_int_equal(rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 0), NOT_PRIVILEGED);
    assert_int_equal(rig_listen(rig, TWO, LC_FocusUI, 0, 0, 0, 0), NOT_PRIVILEGED);
    assert_int_equal(rig_set_focus(rig, ONE), NOT_PRIVILEGED);
    assert_int_equal(rig->broker.listeners.n, 1);
    assert_int_equal(rig_listen(rig, TWO, LC_Observer, 0, 0, 0, 0), 0);
    assert_int_equal(rig_focus(rig), ONE);
}

/* ---- custom events ---- */

static int32_t register_event(struct rig *rig, const char *name, size_t size, uint32_t is_user)
{
    uint8_t octets[264];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_RegisterEvent);
    octets_put_u32(octets + 4, is_user);
    memcpy(octets + 8, name, size);
    return rig_ask(rig, ONE, 0, octets, sizeof octets);
}

static void events_are_numbered_by_name_and_kind(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(register_event(rig, "door", 4, 0), 192);
    assert_int_equal(register_event(rig, "swipe", 5, 1), 128);
    assert_int_equal(rig->last.size, 0);
    assert_int_equal(register_event(rig, "DoOr", 4, 0), 192);
    assert_int_equal(register_event(rig, "bell", 4, 0), 193);
    assert_int_equal(register_event(rig, "pinch", 5, 0xffffffff), 129);
    assert_int_equal(register_event(rig, "door", 4, 1), PARAM_ERROR);
    assert_int_equal(register_event(rig, "Swipe", 5, 0), PARAM_ERROR);
    assert_int_equal(rig->last.size, 0);
    assert_string_equal(rig->broker.events.names[192 - 128], "door"); /* as it came first */
}

static void events_have_names_that_can_be_read(void **state)
{
    struct rig *rig = *state;
    char name[256];
    assert_int_equal(register_event(rig, "", 0, 0), BAD_NAME);
    assert_int_equal(register_event(rig, "a\nb", 3, 0), BAD_NAME);
    assert_int_equal(register_event(rig, "a\x7f", 2, 0), BAD_NAME);
    memset(name, 'x', sizeof name);
    assert_int_equal(register_event(rig, name, 256, 0), BAD_NAME); /* has no end */
    assert_int_equal(register_event(rig, name, 255, 0), 192);
}

static void when_all_numbers_are_taken_there_is_no_more(void **state)
{
    struct rig *rig = *state;
    for (uint32_t is_user = 0; is_user < 2; is_user++) {
        for (int32_t i = 0; i < 64; i++) {
            char name[8];
            (void)snprintf(name, sizeof name, "%c%d", is_user ? 'u' : 'o', i);
            assert_int_equal(register_event(rig, name, strlen(name), is_user),
                             (is_user ? 128 : 192) + i);
        }
        assert_int_equal(register_event(rig, "more", 4, is_user), NO_MEM);
    }
    assert_int_equal(register_event(rig, "U5", 2, 1), 128 + 5);
}

static void who_shows_names_is_told_of_each_new_one(void **state)
{
    struct rig *rig = *state;
    static const char names[] = "\3\0\0\0\x80swipe\0\xc0"
                                "door";
    uint8_t octets[sizeof names];
    assert_int_equal(register_event(rig, "door", 4, 0), 192);
    assert_true(rig_take(rig, RIG_NAMED, 0));
    assert_int_equal(register_event(rig, "swipe", 5, 1), 128);
    assert_true(rig_take(rig, RIG_NAMED, 0));
    assert_int_equal(custom_events_write(&rig->broker.events, octets), sizeof names);
    assert_memory_equal(octets, names, sizeof names);
    assert_int_equal(register_event(rig, "DoOr", 4, 0), 192);
    assert_int_equal(register_event(rig, "", 0, 0), BAD_NAME);
    assert_false(rig_take(rig, RIG_NAMED, 0));
}

static void names_of_the_systems_events_are_taken(void **state)
{
    struct rig *rig = *state;
    static const char *const taken[] = {"ControlButtonUpdate", "mousemoved", "EVENTQUEUEOVERFLOW"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        assert_int_equal(register_event(rig, taken[i], strlen(taken[i]), 1), BAD_NAME);
        assert_int_equal(custom_events_fix(&rig->broker.events, 128, taken[i]),
                         CUSTOM_EVENTS_NAME_TAKEN);
    }
    assert_int_equal(register_event(rig, "ControlButtonUpdate2", 20, 1), 128);
}

static void events_may_have_names_from_the_start(void **state)
{
    struct rig *rig = *state;
    struct custom_events *events = &rig->broker.events;
    assert_int_equal(custom_events_fix(events, 192, "door"), CUSTOM_EVENTS_FIXED);
    assert_int_equal(custom_events_fix(events, 128, "swipe"), CUSTOM_EVENTS_FIXED);
    assert_int_equal(custom_events_fix(events, 255, "last"), CUSTOM_EVENTS_FIXED);
    assert_int_equal(custom_events_fix(events, 127, "x"), CUSTOM_EVENTS_NUMBER_TAKEN);
    assert_int_equal(custom_events_fix(events, 256, "x"), CUSTOM_EVENTS_NUMBER_TAKEN);
    assert_int_equal(custom_events_fix(events, 192, "x"), CUSTOM_EVENTS_NUMBER_TAKEN);
    assert_int_equal(custom_events_fix(events, 200, "DOOR"), CUSTOM_EVENTS_NAME_TAKEN);
    assert_int_equal(custom_events_fix(events, 200, ""), CUSTOM_EVENTS_BAD_NAME);
    assert_int_equal(register_event(rig, "Door", 4, 0), 192);
    assert_int_equal(register_event(rig, "bell", 4, 0), 193);
    assert_int_equal(register_event(rig, "swipe", 5, 0), PARAM_ERROR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_request_is_refused_before_its_flavor_is_looked_at),
        TEST(flavors_that_are_no_requests_are_not_supported),
        TEST(a_structure_cut_short_is_a_wrong_parameter),
        TEST(no_op_does_nothing),
        TEST(who_has_no_reply_port_cannot_listen_lock_or_have_a_table),
        TEST(configure_answers_with_a_header),
        TEST(a_wrong_category_makes_no_listener),
        TEST(there_may_be_only_so_many_listeners),
        TEST(listeners_are_listed_the_newest_first),
        TEST(lists_need_a_buffer_that_they_fit_in),
        TEST(the_newest_that_can_have_the_focus_takes_it),
        TEST(who_cannot_have_the_focus_any_more_gives_it_up),
        TEST(who_hid_with_the_focus_is_told_of_it_again),
        TEST(the_focus_can_be_set_for_who_can_have_it),
        TEST(the_focus_is_for_who_may_have_it),
        TEST(events_are_numbered_by_name_and_kind),
        TEST(events_have_names_that_can_be_read),
        TEST(when_all_numbers_are_taken_there_is_no_more),
        TEST(who_shows_names_is_told_of_each_new_one),
        TEST(names_of_the_systems_events_are_taken),
        TEST(events_may_have_names_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
