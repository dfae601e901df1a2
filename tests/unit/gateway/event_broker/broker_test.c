/*
 * Deaths, fields, and that the same in gives the same out.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define TWO 0x40000002u
#define THREE 0x40000003u
#define UPDATE EVENTBIT0_ControlButtonUpdate
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)

static void a_port_that_dies_with_the_focus_leaves_it_to_the_newest(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusListener, FOCUS, 0, 0, 0);
    rig_listen(rig, TWO, LC_FocusUI, FOCUS, 0, 0, 0);
    rig_listen(rig, THREE, LC_Observer, 0, 0, 0, 0);
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_field(rig, ONE), "19t");
    rig_listen(rig, THREE + 1, LC_FocusListener, FOCUS, 0, 0, 0);
    broker_port_died(&rig->broker, THREE + 1);
    assert_int_equal(rig_focus(rig), TWO);
    assert_true(broker_needs_field(&rig->broker, false));
    assert_string_equal(rig_field(rig, TWO), "19t");
    broker_port_died(&rig->broker, TWO);
    assert_int_equal(rig_focus(rig), ONE);
    broker_port_died(&rig->broker, ONE);
    assert_int_equal(rig_focus(rig), 0);
    assert_int_equal(rig->broker.listeners.n, 1);
}

static void a_port_that_dies_is_forgotten_with_what_it_owes(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 1);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    broker_port_died(&rig->broker, ONE);
    broker_record_answered(&rig->broker, ONE); /* too late */
    rig_press(rig, pad, 0);
    assert_string_equal(rig_field(rig, ONE), "none");
    rig_listen(rig, ONE, LC_Observer, UPDATE, 0, 0, 1); /* another one, with nothing out */
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
}

static void a_stranger_that_dies_changes_nothing(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, 0, 0);
    broker_field(&rig->broker);
    broker_port_died(&rig->broker, TWO);
    assert_int_equal(rig_focus(rig), ONE);
    assert_false(broker_needs_field(&rig->broker, true));
}

static void a_pod_that_goes_is_forgotten_by_those_who_knew_its_buttons(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_FocusListener, UPDATE, 0, 0, 20);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_field(rig, ONE), "3t 1.1.1 08000000");
    rig_listen(rig, TWO, LC_FocusListener, 0, 0, 0, 0);
    broker_detach(&rig->broker, RIG_PROVIDER, pad);
    assert_int_equal(rig_pad(rig), pad); /* back, with nothing held */
    broker_field(&rig->broker);
    rig_set_focus(rig, ONE);
    assert_string_equal(rig_field(rig, ONE), "none");
}

static void
a_field_is_needed_for_what_is_told_every_field_only_while_somebody_hears_it(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_ControlButtonArrived, 0, 0, 1);
    assert_false(broker_needs_field(&rig->broker, true)); /* no pad */
    rig_pad(rig);
    assert_true(broker_needs_field(&rig->broker, true));
    assert_false(broker_needs_field(&rig->broker, false));
    broker_field(&rig->broker);
    assert_true(broker_needs_field(&rig->broker, true)); /* that the next one is lost is news */
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true)); /* it has to answer first */
    broker_record_answered(&rig->broker, ONE);
    assert_true(broker_needs_field(&rig->broker, false));
    rig_listen(rig, ONE, LC_Observer, 0, 0, EVENTBIT0_ControlButtonArrived, 20);
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true)); /* captured is no reason */
    rig_listen(rig, ONE, LC_NoSeeUm, EVENTBIT0_ControlButtonArrived, 0, 0, 20);
    assert_false(broker_needs_field(&rig->broker, true));
}

static void a_light_gun_needs_fields_while_it_is_tracked(void **state)
{
    struct rig *rig = *state;
    const int32_t gun = rig_attach(rig, PODID_3DO_LIGHTGUN, 0, "");
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_LightGunFireTracking, 0, 0, 20);
    assert_false(broker_needs_field(&rig->broker, true));
    rig_say(rig, gun, GENERIC_LightGun, (const uint32_t[]){LightGunTrigger, 0, 0}, 3);
    broker_field(&rig->broker);
    assert_true(broker_needs_field(&rig->broker, true));
    rig_say(rig, gun, GENERIC_LightGun, (const uint32_t[]){0, 0, 0}, 3);
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true));
}

static void a_new_chain_needs_a_field_where_somebody_triggers_on_it(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig, ONE, LC_FocusUI, 0, EVENTBIT2_ControlPortChange, 0, 0);
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true));
    rig_pad(rig);
    assert_true(broker_needs_field(&rig->broker, false));
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true));
}

static void fields_are_counted_and_never_zero(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig->broker.time, 1);
    broker_pass(&rig->broker, 41);
    broker_field(&rig->broker);
    assert_int_equal(rig->broker.time, 43);
    broker_pass(&rig->broker, UINT32_MAX - 43);
    assert_int_equal(rig->broker.time, UINT32_MAX);
    broker_field(&rig->broker);
    assert_int_equal(rig->broker.time, 1);
}

static void requests_that_wait_are_answered_at_the_end(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pod(rig, ONE, EB_LockPod, 1, 0, NULL, 0);
    assert_int_equal(rig_pod(rig, TWO, EB_LockPod, 1, 1, NULL, 0), RIG_WAITS);
    broker_deinit(&rig->broker);
    assert_int_equal(rig_answer_of(rig, 2), (int32_t)0xf14cd00a);
    memset(&rig->broker, 0, sizeof rig->broker);
}

/* ---- pods that go ---- */

#define BAD_UNIT ((int32_t)0xf14cd00b)
#define EDGES (EVENTBIT0_ControlButtonPressed | EVENTBIT0_ControlButtonReleased)

static uint32_t n_described(struct rig *rig)
{
    assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
    return octets_get_u32(rig->last.octets + 4);
}

/* A pad that has pressed and let go A, for ONE to hear of. */
static int32_t tapped_pad(struct rig *rig)
{
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, EDGES, EVENTBIT2_ControlPortChange, 0, 20);
    rig_press(rig, pad, ControlA);
    rig_press(rig, pad, 0);
    return pad;
}

static void a_pod_that_goes_says_first_what_it_had_said(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = tapped_pad(rig);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    assert_int_equal(n_described(rig), 1);
    assert_true(broker_needs_field(&rig->broker, false));
    assert_string_equal(rig_field(rig, ONE), "1t 1.1.1 08000000");
    assert_int_equal(n_described(rig), 1);
    assert_string_equal(rig_field(rig, ONE), "2t 1.1.1 08000000");
    assert_int_equal(n_described(rig), 0);
    assert_string_equal(rig_field(rig, ONE), "69t");
    assert_false(broker_needs_field(&rig->broker, true));
}

static void pods_whose_provider_goes_say_first_what_they_had_said(void **state)
{
    struct rig *rig = *state;
    const int32_t quiet = rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    assert_int_equal(quiet, 1);
    assert_int_equal(tapped_pad(rig), 2);
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    assert_int_equal(n_described(rig), 1); /* who has nothing to say is gone */
    assert_string_equal(rig_field(rig, ONE), "69t 1t 2.1.1 08000000");
    assert_string_equal(rig_field(rig, ONE), "2t 2.1.1 08000000");
    assert_string_equal(rig_field(rig, ONE), "69t");
    assert_int_equal(n_described(rig), 0);
}

static void a_pod_that_is_leaving_says_nothing_new_and_takes_nothing(void **state)
{
    static const uint8_t mute[] = {GENERIC_AudioCtlr, GENERIC_AUDIO_SetChannels, 0};
    static const uint8_t none[4] = {0};
    struct rig *rig = *state;
    const int32_t pad = tapped_pad(rig);
    assert_int_equal(rig_pod(rig, TWO, EB_LockPod, pad, 0, NULL, 0), 0);
    assert_int_equal(rig_pod(rig, THREE, EB_LockPod, pad, 1, NULL, 0), RIG_WAITS);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    assert_int_equal(rig_answer_of(rig, rig->n_requests), BAD_UNIT);
    assert_int_equal(broker_pod_says(&rig->broker, RIG_PROVIDER, pad, GENERIC_ControlPad, none, 4),
                     BAD_UNIT);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), BAD_UNIT);
    assert_int_equal(rig_pod(rig, TWO, EB_IssuePodCmd, pad, 0, mute, sizeof mute), BAD_UNIT);
    assert_int_equal(rig_pod(rig, TWO, EB_ReadPodData, pad, 0, NULL, 0), BAD_UNIT);
    assert_int_equal(rig_pod(rig, TWO, EB_WritePodData, pad, 0, mute, sizeof mute), BAD_UNIT);
    assert_int_equal(rig_pod(rig, TWO, EB_LockPod, pad, 0, NULL, 0), BAD_UNIT);
    assert_int_equal(rig_pod(rig, TWO, EB_UnlockPod, pad, 0, NULL, 0), BAD_UNIT);
    assert_int_equal(n_described(rig), 1);
    assert_int_equal(octets_get_u32(rig->last.octets + 8 + 36), 0); /* and nobody locks it */
}

static void a_pod_that_is_back_before_it_has_gone_goes_on_with_nothing_held(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = tapped_pad(rig);
    rig_press(rig, pad, ControlB);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, ""), pad + 1); /* is another */
    assert_int_equal(rig_pad(rig), pad);
    assert_int_equal(n_described(rig), 2);
    rig_press(rig, pad, ControlC);
    assert_string_equal(rig_field(rig, ONE), "69t 1t 1.1.1 08000000");
    assert_string_equal(rig_field(rig, ONE), "1t 1.1.1 04000000 2t 1.1.1 08000000");
    assert_string_equal(rig_field(rig, ONE), "1t 1.1.1 02000000 2t 1.1.1 04000000");
    assert_string_equal(rig_field(rig, ONE), "none");
    assert_int_equal(n_described(rig), 2);
}

static void a_table_has_what_a_pod_says_at_last_before_it_is_empty(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    assert_int_equal(rig_ask_header(rig, ONE, EB_MakeTable), 0);
    rig_press(rig, pad, ControlA);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_TABLE, ONE));
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 8), rig->broker.time);
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 12), ControlA);
    broker_table_answered(&rig->broker, ONE);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_TABLE, ONE));
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 8), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 12), 0);
}

/* ---- determinism ---- */

/* Something of everything, by the numbers of a generator. */
static void play(struct rig *rig, uint32_t seed)
{
    for (unsigned i = 0; i < 4000; i++) {
        seed = seed * 1664525u + 1013904223u;
        const uint32_t port = ONE + (seed >> 8 & 7);
        const int32_t pod = (int32_t)(seed >> 12 & 3) + 1;
        switch (seed >> 28) {
        case 0:
            rig_listen(rig, port, seed >> 16 & 3, seed, 0xffffffff, ~seed, (int32_t)(seed & 7));
            break;
        case 1:
            rig_set_focus(rig, port);
            break;
        case 2:
            if (rig->broker.pods.n < 4)
                rig_pad(rig);
            break;
        case 3:
            (void)broker_detach(&rig->broker, RIG_PROVIDER, pod);
            break;
        case 4:
            broker_port_died(&rig->broker, port);
            break;
        case 5:
            (void)rig_pod(rig, port, seed & 1 ? EB_LockPod : EB_UnlockPod, pod, 1, NULL, 0);
            break;
        case 6:
            (void)rig_ask_header(rig, port, EB_MakeTable);
            break;
        case 7:
        case 8:
            broker_record_answered(&rig->broker, port);
            broker_table_answered(&rig->broker, port);
            break;
        default:
            if (pods_find(&rig->broker.pods, pod) != NULL)
                rig_press(rig, pod, seed & 0xff000000);
            broker_field(&rig->broker);
            break;
        }
    }
}

static void the_same_in_gives_the_same_out(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        void *first = NULL, *second = NULL;
        rig_setup(&first);
        rig_setup(&second);
        struct rig *one = first, *two = second;
        play(one, seed);
        play(two, seed);
        assert_true(one->n_outs > 100);
        assert_int_equal(one->n_outs, two->n_outs);
        for (size_t i = 0; i < one->n_outs; i++) {
            const struct rig_out *a = &one->outs[i], *b = &two->outs[i];
            assert_int_equal(a->kind, b->kind);
            assert_int_equal(a->who, b->who);
            assert_int_equal(a->result, b->result);
            assert_int_equal(a->size, b->size);
            assert_memory_equal(a->octets, b->octets, a->size);
        }
        rig_teardown(&first);
        rig_teardown(&second);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_port_that_dies_with_the_focus_leaves_it_to_the_newest),
        TEST(a_port_that_dies_is_forgotten_with_what_it_owes),
        TEST(a_stranger_that_dies_changes_nothing),
        TEST(a_pod_that_goes_is_forgotten_by_those_who_knew_its_buttons),
        TEST(a_field_is_needed_for_what_is_told_every_field_only_while_somebody_hears_it),
        TEST(a_light_gun_needs_fields_while_it_is_tracked),
        TEST(a_new_chain_needs_a_field_where_somebody_triggers_on_it),
        TEST(fields_are_counted_and_never_zero),
        TEST(requests_that_wait_are_answered_at_the_end),
        TEST(a_pod_that_goes_says_first_what_it_had_said),
        TEST(pods_whose_provider_goes_say_first_what_they_had_said),
        TEST(a_pod_that_is_leaving_says_nothing_new_and_takes_nothing),
        TEST(a_pod_that_is_back_before_it_has_gone_goes_on_with_nothing_held),
        TEST(a_table_has_what_a_pod_says_at_last_before_it_is_empty),
        cmocka_unit_test(the_same_in_gives_the_same_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
