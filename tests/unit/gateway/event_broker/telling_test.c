/*
 * When a listener is told something, and what, by exact frames.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define TWO 0x40000002u
#define ME 0x40000003u

#define PRESSED EVENTBIT0_ControlButtonPressed
#define RELEASED EVENTBIT0_ControlButtonReleased
#define UPDATE EVENTBIT0_ControlButtonUpdate
#define ARRIVED EVENTBIT0_ControlButtonArrived
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)
#define CHAIN EVENTBIT2_ControlPortChange

static void observe(struct rig *rig, uint32_t port, uint32_t trigger0)
{
    assert_int_equal(rig_listen(rig, port, LC_Observer, trigger0, 0, 0, 0), 0);
}

/* With zeros for data. */
static int32_t send_event(struct rig *rig, uint8_t event)
{
    const struct portfolio_struct *data = portfolio_event_of(event)->data;
    const size_t size = 28 + (data == NULL ? 0 : data->size);
    uint8_t octets[4 + 28 + 44];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_SendEvent);
    octets_put_u32(octets + 4, (uint32_t)size);
    octets[4 + 16] = event;
    return rig_ask(rig, ME, 0, octets, 4 + size);
}

static void a_record_has_the_octets_of_the_structures(void **state)
{
    struct rig *rig = *state;
    static const uint8_t expected[] = {
        3,  0, 0, 0,                                     /* EB_EventRecord */
        32, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, /* size, system, field 4, submitter */
        1,  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, /* event, pod, position, ordinal, trigger */
        0,  0, 0, 8,                         /* A */
        32, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, /* the same of the Update, captured */
        3,  1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,             /* */
        0,  0, 0, 8,                                     /* */
        0,  0, 0, 0,
    };
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, PRESSED, 0, UPDATE, 0);
    broker_pass(&rig->broker, 2);
    rig_press(rig, pad, ControlA);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, sizeof expected);
    assert_memory_equal(rig->last.octets, expected, sizeof expected);
}

static void only_what_triggers_causes_a_record_and_what_is_captured_comes_along(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, PRESSED, 0, RELEASED | UPDATE | ARRIVED, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_heard(rig, ONE),
                        "1t 1.1.1 08000000 3c 1.1.1 08000000 4c 1.1.1 08000000");
    rig_press(rig, pad, ControlB);
    assert_string_equal(rig_heard(rig, ONE),
                        "1t 1.1.1 04000000 2c 1.1.1 08000000 3c 1.1.1 04000000 4c 1.1.1 04000000");
    rig_press(rig, pad, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
}

static void a_heartbeat_comes_every_field(void **state)
{
    struct rig *rig = *state;
    observe(rig, ONE, ARRIVED);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* there is no pad */
    rig_pad(rig);
    for (unsigned i = 0; i < 5; i++)
        assert_string_equal(rig_heard(rig, ONE), "4t 1.1.1 00000000");
}

static void pods_come_in_the_chains_order(void **state)
{
    struct rig *rig = *state;
    static const uint32_t moved[] = {0, 5, (uint32_t)-3};
    const int32_t first = rig_pad(rig);
    const int32_t mouse = rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    const int32_t second = rig_pad(rig);
    observe(rig, ONE, UPDATE | EVENTBIT0_MouseMoved);
    rig_press(rig, second, ControlB);
    rig_say(rig, mouse, GENERIC_Mouse, moved, 3);
    rig_press(rig, first, ControlA);
    assert_string_equal(rig_heard(rig, ONE),
                        "3t 1.1.1 08000000 8t 2.2.1 00000000 00000005 fffffffd 3t 3.3.2 04000000");
}

static void nobody_is_told_without_a_category_for_it(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_NoSeeUm, UPDATE, CHAIN, 0, 0);
    rig_press(rig, pad, ControlA);
    rig_pad(rig);
    assert_string_equal(rig_heard(rig, ONE), "none");
    assert_int_equal(send_event(rig, EVENTNUM_ControlButtonUpdate), 0);
    assert_string_equal(rig_told(rig, ONE), "none");
}

/* ---- focus ---- */

static void the_focus_is_told_in_the_next_field(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, FOCUS, 0, 0, 0);
    assert_int_equal(rig_focus(rig), ONE);
    assert_string_equal(rig_told(rig, ONE), "none");
    assert_string_equal(rig_heard(rig, ONE), "19t");
    rig_listen(rig, TWO, LC_FocusUI, FOCUS, 0, 0, 0); /* takes it */
    assert_int_equal(rig_focus(rig), TWO);
    assert_string_equal(rig_heard(rig, ONE), "20t");
    assert_string_equal(rig_told(rig, TWO), "19t");
    assert_string_equal(rig_heard(rig, ONE), "none");
    assert_string_equal(rig_told(rig, TWO), "none");
}

static void who_does_not_ask_for_it_is_only_switched(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, EVENTBIT0_GivingFocus, 0);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* captured is not asked for */
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_heard(rig, ONE), "3t 1.1.1 08000000");
}

static void without_the_focus_a_focus_listener_hears_nothing(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, EVENTBIT2_PleaseSaveAndExit, 0, 0);
    rig_listen(rig, TWO, LC_FocusUI, UPDATE, EVENTBIT2_PleaseSaveAndExit, 0, 0);
    broker_field(&rig->broker);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "none");
    assert_string_equal(rig_told(rig, TWO), "3t 1.1.1 08000000");
    send_event(rig, EVENTNUM_PleaseSaveAndExit);
    assert_string_equal(rig_told(rig, ONE), "none");
    assert_string_equal(rig_told(rig, TWO), "70t");
}

static void without_the_focus_a_focus_ui_hears_what_is_not_users(void **state)
{
    struct rig *rig = *state;
    uint8_t octets[4 + 32 + 28];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_SendEvent);
    octets_put_u32(octets + 4, 32);
    octets[4 + 16] = EVENTNUM_ControlButtonUpdate;
    octets_put_u32(octets + 36, 28);
    octets[36 + 16] = EVENTNUM_PleaseSaveAndExit;
    rig_listen(rig, ONE, LC_FocusUI, UPDATE, EVENTBIT2_PleaseSaveAndExit, 0, 0);
    rig_listen(rig, TWO, LC_FocusUI, UPDATE, EVENTBIT2_PleaseSaveAndExit, 0, 0);
    broker_field(&rig->broker);
    assert_int_equal(rig_ask(rig, ME, 0, octets, sizeof octets), 0);
    assert_string_equal(rig_told(rig, ONE), "70t");
    assert_string_equal(rig_told(rig, TWO), "3t 00000000 70t");
    assert_int_equal(send_event(rig, EVENTNUM_ControlButtonUpdate), 0);
    assert_string_equal(rig_told(rig, ONE), "none");
}

static void who_loses_the_focus_gets_no_pads_frames_with_it(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, FOCUS | UPDATE, 0, ARRIVED, 0);
    assert_string_equal(rig_heard(rig, ONE), "19t 4c 1.1.1 00000000");
    rig_listen(rig, TWO, LC_FocusListener, FOCUS | UPDATE, 0, 0, 0);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "20t");
    assert_string_equal(rig_told(rig, TWO), "19t 3t 1.1.1 08000000");
}

static void given_the_focus_one_is_told_what_has_changed_meanwhile(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig), other = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, PRESSED, 0, UPDATE, 20);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 08000000 3c 1.1.1 08000000");
    rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 0);
    rig_press(rig, pad, 0);
    broker_field(&rig->broker);
    rig_press(rig, other, ControlB); /* and let go again: nothing has changed */
    broker_field(&rig->broker);
    rig_press(rig, other, 0);
    broker_field(&rig->broker);
    assert_string_equal(rig_told(rig, ONE), "none");
    assert_int_equal(rig_set_focus(rig, ONE), ONE);
    assert_string_equal(rig_heard(rig, ONE), "3c 1.1.1 00000000");
    rig_set_focus(rig, TWO);
    broker_field(&rig->broker);
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_heard(rig, ONE), "none");
}

static void given_the_focus_one_knows_what_single_presses_told(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, PRESSED | RELEASED, 0, 0, 20);
    rig_press(rig, pad, ControlA | ControlB);
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 0c000000");
    rig_press(rig, pad, ControlB);
    assert_string_equal(rig_heard(rig, ONE), "2t 1.1.1 08000000");
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, 0, 0);
    rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 0);
    broker_field(&rig->broker);
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* B is what it knows */
}

static void a_new_listener_with_the_focus_is_told_what_is_held(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_press(rig, pad, ControlA);
    broker_field(&rig->broker);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, 0, 0);
    rig_listen(rig, TWO, LC_Observer, UPDATE, 0, 0, 0);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    assert_string_equal(rig_told(rig, TWO), "none");
}

/* ---- the chain ---- */

static void a_change_of_the_chain_is_told_by_the_trigger_mask_alone(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_Observer, 0, CHAIN, 0, 0);
    rig_listen(rig, TWO, LC_Observer, UPDATE, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
    const int32_t pad = rig_pad(rig);
    assert_string_equal(rig_heard(rig, ONE), "69t");
    assert_string_equal(rig_told(rig, TWO), "none");
    assert_string_equal(rig_heard(rig, ONE), "none");
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    assert_string_equal(rig_heard(rig, ONE), "69t");
}

static void a_change_of_the_chain_waits_for_the_focus(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, FOCUS, CHAIN, 0, 0);
    rig_heard(rig, ONE);
    rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "20t");
    rig_pad(rig);
    assert_string_equal(rig_heard(rig, ONE), "none");
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_heard(rig, ONE), "69t 19t");
}

static void a_change_of_the_chain_is_not_lost_with_a_full_queue(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, CHAIN, 0, 1);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    rig_pad(rig);
    assert_string_equal(rig_field(rig, ONE), "none");
    broker_record_answered(&rig->broker, ONE);
    assert_string_equal(rig_field(rig, ONE), "72c 69t 3t 1.1.1 08000000 3t 2.2.2 00000000");
}

/* ---- queue and overflow ---- */

static void no_more_are_under_way_than_the_queue_has(void **state)
{
    struct rig *rig = *state;
    static const struct {
        int32_t asked, got;
    } cases[] = {{0, 3}, {-1, 3}, {21, 3}, {1, 1}, {20, 20}};
    const int32_t pad = rig_pad(rig);
    uint32_t buttons = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t port = (uint32_t)(ONE + i);
        int32_t got = 0;
        rig_listen(rig, port, LC_Observer, UPDATE, 0, 0, cases[i].asked);
        for (unsigned field = 0; field < 30; field++) {
            rig_press(rig, pad, buttons ^= ControlA);
            got += strcmp(rig_field(rig, port), "none") != 0;
        }
        assert_int_equal(got, cases[i].got);
        rig_listen(rig, port, LC_NoSeeUm, 0, 0, 0, 0);
    }
}

static void a_bad_queue_length_leaves_the_one_there_was(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 1);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 99);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    rig_press(rig, pad, 0);
    assert_string_equal(rig_field(rig, ONE), "none");
}

static void a_slow_listener_loses_edges_and_never_the_final_state(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, PRESSED | RELEASED, EVENTBIT2_EventQueueOverflow, 0, 1);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "1t 1.1.1 08000000");
    rig_press(rig, pad, ControlB);
    assert_string_equal(rig_field(rig, ONE), "none");
    rig_press(rig, pad, ControlC);
    assert_string_equal(rig_field(rig, ONE), "none");
    assert_string_equal(rig_field(rig, ONE), "none");
    assert_true(broker_record_answered(&rig->broker, ONE)); /* now there is something */
    assert_string_equal(rig_field(rig, ONE), "72t 3c 1.1.1 02000000");
    assert_false(broker_record_answered(&rig->broker, ONE));
    assert_string_equal(rig_field(rig, ONE), "none");
}

static void lost_events_are_told_with_what_happens_next(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, PRESSED | EVENTBIT0_CharacterEntered, 0, 0, 1);
    rig_press(rig, pad, ControlA);
    rig_field(rig, ONE);
    rig_press(rig, pad, ControlB);
    assert_string_equal(rig_field(rig, ONE), "none");
    broker_record_answered(&rig->broker, ONE);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "72c 1t 1.1.1 08000000 3c 1.1.1 08000000");
    send_event(rig, EVENTNUM_CharacterEntered); /* it is full again */
    broker_record_answered(&rig->broker, ONE);
    send_event(rig, EVENTNUM_CharacterEntered);
    assert_string_equal(rig_told(rig, ONE), "72c 3c 1.1.1 08000000 18t 00000000 00000000");
}

static void a_full_queue_loses_nothing_where_there_is_nothing_to_tell(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, 0, 1);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 1); /* it loses the focus, untold */
    broker_field(&rig->broker);
    broker_record_answered(&rig->broker, ONE);
    assert_string_equal(rig_field(rig, ONE), "none");
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_field(rig, ONE), "none");
}

static void the_focus_is_told_late_to_who_has_a_full_queue(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, FOCUS, 0, 0, 1);
    assert_string_equal(rig_field(rig, ONE), "19t");
    rig_listen(rig, TWO, LC_FocusListener, FOCUS, 0, 0, 1);
    assert_string_equal(rig_field(rig, ONE), "none");
    broker_record_answered(&rig->broker, ONE);
    assert_string_equal(rig_field(rig, ONE), "72c 20t");
}

static void a_record_that_cannot_be_sent_is_lost(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, PRESSED, 0, 0, 1);
    rig->is_deaf = true;
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "none");
    rig->is_deaf = false;
    assert_string_equal(rig_field(rig, ONE), "72c 3c 1.1.1 08000000");
}

static void an_answer_that_was_not_asked_for_frees_nothing(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 1);
    broker_record_answered(&rig->broker, ONE);
    broker_record_answered(&rig->broker, TWO);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    rig_press(rig, pad, 0);
    assert_string_equal(rig_field(rig, ONE), "none");
}

/* ---- 1,024 octets ---- */

static void what_does_not_fit_is_lost_and_made_good(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 40; i++)
        rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 20);
    for (int32_t pad = 1; pad <= 40; pad++)
        rig_press(rig, pad, ControlA);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_RECORD, ONE)); /* 31 of 32 octets, and a zero */
    assert_int_equal(rig->last.size, 4 + 31 * 32 + 4);
    /* all pods are owed, of which 31 fit behind the overflow's 28 octets */
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, 4 + 28 + 31 * 32 + 4);
    assert_int_equal(rig->last.octets[4 + 16], EVENTNUM_EventQueueOverflow);
    /* and then those that did not, and no more */
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, 4 + 28 + 9 * 32 + 4);
    assert_int_equal(rig->last.octets[4 + 16], EVENTNUM_EventQueueOverflow);
    assert_int_equal(rig->last.octets[4 + 28 + 17], 32);
    assert_string_equal(rig_field(rig, ONE), "none");
}

/* Of those that fit, one changes while the others are still owed. */
static void what_changes_before_all_is_made_good_is_owed_anew(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 40; i++)
        rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 1);
    for (int32_t pad = 1; pad <= 40; pad++)
        rig_press(rig, pad, ControlA);
    for (unsigned i = 0; i < 2; i++) {
        broker_field(&rig->broker);
        assert_true(rig_take(rig, RIG_RECORD, ONE));
        if (i == 0)
            broker_record_answered(&rig->broker, ONE);
    }
    rig_press(rig, 1, ControlB);
    assert_string_equal(rig_field(rig, ONE), "none");
    broker_record_answered(&rig->broker, ONE);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, 4 + 28 + 10 * 32 + 4);
    assert_int_equal(rig->last.octets[4 + 28 + 17], 1);
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 28 + 28), ControlB);
    assert_int_equal(rig->last.octets[4 + 28 + 32 + 17], 32);
}

static void two_hundred_and_fifty_five_pods_are_all_told_in_the_end(void **state)
{
    struct rig *rig = *state;
    bool is_told[256] = {false};
    unsigned n_records = 0;
    for (unsigned i = 0; i < 255; i++)
        assert_int_equal(rig_pad(rig), i + 1);
    assert_int_equal(rig_pad(rig), (int32_t)0xf14cd006);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 20);
    for (int32_t pad = 1; pad <= 255; pad++)
        rig_press(rig, pad, ControlStart);
    for (;; n_records++) {
        broker_field(&rig->broker);
        if (!rig_take(rig, RIG_RECORD, ONE))
            break;
        broker_record_answered(&rig->broker, ONE);
        const uint8_t *at = rig->last.octets + 4;
        for (; octets_get_u32(at) != 0; at += octets_get_u32(at))
            is_told[at[17]] = true;
    }
    assert_int_equal(n_records, 1 + 9); /* 31, then 255 by 31 */
    for (unsigned pad = 1; pad <= 255; pad++)
        assert_true(is_told[pad]);
}

/* ---- many listeners ---- */

static void five_hundred_listeners_are_each_told(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    for (uint32_t i = 0; i < 500; i++)
        observe(rig, ONE + i, UPDATE);
    for (unsigned field = 0; field < 3; field++) {
        rig_press(rig, pad, field % 2 == 0 ? ControlA : 0);
        broker_field(&rig->broker);
        for (uint32_t i = 0; i < 500; i++)
            assert_string_equal(rig_told(rig, ONE + i),
                                field % 2 == 0 ? "3t 1.1.1 08000000" : "3t 1.1.1 00000000");
    }
}

/* ---- hosts ---- */

static void a_pod_of_another_host_says_so(void **state)
{
    struct rig *rig = *state;
    const struct pod_offer offer = {
        .type = PODID_3DO_BASIC_CONTROL_PAD, .name = "", .provider = RIG_PROVIDER, .system = 9};
    const int32_t pad = broker_attach(&rig->broker, &offer);
    rig_listen(rig, ONE, LC_Observer, UPDATE, CHAIN, 0, 0);
    rig_pad(rig);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "69t 3t 1.1.1 08000000");
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 4), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 28 + 4), 9);
}

/* ---- keys ---- */

static void keys_are_kept_from_who_may_not_be_told(void **state)
{
    struct rig *rig = *state;
    static const uint32_t matrix[8] = {1};
    const int32_t board = rig_attach(rig, PODID_3DO_KEYBOARD, 0, "");
    const int32_t pad = rig_pad(rig);
    rig->may_not_keys = true;
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_KeyboardUpdate | UPDATE, 0,
               EVENTBIT0_CharacterEntered, 1);
    assert_true(rig_take(rig, RIG_KEYS, ONE));
    rig_listen(rig, TWO, LC_Observer, UPDATE, 0, 0, 1);
    assert_false(rig_take(rig, RIG_KEYS, TWO));
    rig_say(rig, board, GENERIC_Keyboard, matrix, 8);
    assert_string_equal(rig_field(rig, ONE), "none");
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 2.2.1 08000000");
    rig_press(rig, pad, 0);
    assert_string_equal(rig_field(rig, ONE), "none");
    broker_record_answered(&rig->broker, ONE); /* nor after an overflow */
    assert_string_equal(rig_field(rig, ONE), "72c 3t 2.2.1 00000000");
}

/* ---- events of the system's ---- */

static void broker_says(struct rig *rig, uint8_t event)
{
    static const uint8_t data[8] = {6, 0, 0, 0x40, 1};
    broker_tell(&rig->broker, event, data, sizeof data);
}

static void what_happens_to_devices_is_told_at_once_by_the_masks(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_Observer, 0, EVENTBIT2_DeviceOnline, 0, 0);
    rig_listen(rig, TWO, LC_Observer, 0, EVENTBIT2_DeviceOffline, 0, 0);
    broker_says(rig, EVENTNUM_DeviceOnline);
    assert_string_equal(rig_told(rig, ONE), "64t 40000006 00000001");
    assert_string_equal(rig_told(rig, TWO), "none");
    broker_says(rig, EVENTNUM_DeviceOffline);
    assert_string_equal(rig_told(rig, ONE), "none");
    assert_string_equal(rig_told(rig, TWO), "65t 40000006 00000001");
}

static void who_listens_for_what_is_lost_is_told_so(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_Observer, 0, EVENTBIT2_DeviceOnline, 0, 0);
    rig_listen(rig, TWO, LC_Observer, UPDATE, EVENTBIT2_DeviceOffline, 0, 0);
    rig_listen(rig, ME, LC_FocusUI, 0, EVENTBIT2_DeviceOnline, 0, 0);
    rig_set_focus(rig, ME);
    (void)rig_heard(rig, ME);
    assert_false(broker_needs_field(&rig->broker, false));
    broker_lose(&rig->broker, EVENTNUM_DeviceOnline);
    assert_true(broker_needs_field(&rig->broker, false));
    assert_string_equal(rig_field(rig, ONE), "72c");
    assert_string_equal(rig_told(rig, TWO), "none");
    assert_string_equal(rig_told(rig, ME), "72c");
    assert_string_equal(rig_field(rig, ONE), "none");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_record_has_the_octets_of_the_structures),
        TEST(only_what_triggers_causes_a_record_and_what_is_captured_comes_along),
        TEST(a_heartbeat_comes_every_field),
        TEST(pods_come_in_the_chains_order),
        TEST(nobody_is_told_without_a_category_for_it),
        TEST(the_focus_is_told_in_the_next_field),
        TEST(who_does_not_ask_for_it_is_only_switched),
        TEST(without_the_focus_a_focus_listener_hears_nothing),
        TEST(without_the_focus_a_focus_ui_hears_what_is_not_users),
        TEST(who_loses_the_focus_gets_no_pads_frames_with_it),
        TEST(given_the_focus_one_is_told_what_has_changed_meanwhile),
        TEST(given_the_focus_one_knows_what_single_presses_told),
        TEST(a_new_listener_with_the_focus_is_told_what_is_held),
        TEST(a_change_of_the_chain_is_told_by_the_trigger_mask_alone),
        TEST(a_change_of_the_chain_waits_for_the_focus),
        TEST(a_change_of_the_chain_is_not_lost_with_a_full_queue),
        TEST(no_more_are_under_way_than_the_queue_has),
        TEST(a_bad_queue_length_leaves_the_one_there_was),
        TEST(a_slow_listener_loses_edges_and_never_the_final_state),
        TEST(lost_events_are_told_with_what_happens_next),
        TEST(a_full_queue_loses_nothing_where_there_is_nothing_to_tell),
        TEST(the_focus_is_told_late_to_who_has_a_full_queue),
        TEST(a_record_that_cannot_be_sent_is_lost),
        TEST(an_answer_that_was_not_asked_for_frees_nothing),
        TEST(what_does_not_fit_is_lost_and_made_good),
        TEST(what_changes_before_all_is_made_good_is_owed_anew),
        TEST(two_hundred_and_fifty_five_pods_are_all_told_in_the_end),
        TEST(five_hundred_listeners_are_each_told),
        TEST(a_pod_of_another_host_says_so),
        TEST(keys_are_kept_from_who_may_not_be_told),
        TEST(what_happens_to_devices_is_told_at_once_by_the_masks),
        TEST(who_listens_for_what_is_lost_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
