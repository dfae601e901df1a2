/*
 * Tables of pods: what is told when one is asked for, and afterwards.
 */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "gateway/event_broker/pod_class.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define TWO 0x40000002u

/* "class.ordinal@field words" of each entry. */
static const char *entries(const uint8_t *octets, size_t size)
{
    static char words[1 << 18];
    size_t length = 0;
    words[0] = '\0';
    for (const uint8_t *at = octets; at < octets + size;) {
        length +=
            (size_t)snprintf(words + length, sizeof words - length,
                             "%s%" PRIu32 ".%" PRIu32 "@%" PRIu32, length == 0 ? "" : " ",
                             octets_get_u32(at), octets_get_u32(at + 4), octets_get_u32(at + 8));
        const unsigned n = pod_class_words(octets_get_u32(at));
        at += 12;
        for (unsigned i = 0; i < n; i++, at += 4)
            length += (size_t)snprintf(words + length, sizeof words - length, " %" PRIx32,
                                       octets_get_u32(at));
        assert_true(at <= octets + size);
    }
    return words;
}

static const char *made(struct rig *rig, uint32_t port)
{
    static const uint8_t header[] = {30, 0, 0, 0};
    assert_int_equal(rig_ask(rig, port, 0, (const uint8_t[]){29, 0, 0, 0}, 4), 0);
    assert_int_equal(rig->last.size, sizeof header);
    assert_memory_equal(rig->last.octets, header, sizeof header);
    return entries(rig->last.more, rig->last.more_size);
}

static const char *told(struct rig *rig, uint32_t port)
{
    broker_field(&rig->broker);
    if (!rig_take(rig, RIG_TABLE, port))
        return "none";
    assert_int_equal(octets_get_u32(rig->last.octets), EB_MakeTableReply);
    return entries(rig->last.octets + 4, rig->last.size - 4);
}

static void a_table_begins_with_what_there_is(void **state)
{
    struct rig *rig = *state;
    assert_string_equal(made(rig, ONE), "");
    rig_pad(rig);
    rig_attach(rig, PODID_3DO_KEYBOARD, 0, ""); /* is in no table */
    rig_attach(rig, PODID_3DO_ANALOG_JOYSTICK, 0, "");
    rig_pad(rig);
    rig_press(rig, 1, ControlA);
    broker_field(&rig->broker);
    assert_string_equal(made(rig, TWO), "0.1@2 8000000 0.2@1 0 7.1@1 c0000 200 200 200");
    assert_string_equal(told(rig, TWO), "none"); /* it has just been told */
}

static void a_field_tells_what_changed_in_it(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pad(rig);
    made(rig, ONE);
    assert_string_equal(told(rig, ONE), "none");
    rig_press(rig, 2, ControlB);
    assert_string_equal(told(rig, ONE), "0.2@3 4000000");
    broker_table_answered(&rig->broker, ONE);
    assert_string_equal(told(rig, ONE), "none");
}

static void until_it_is_answered_the_newest_wins(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pad(rig);
    made(rig, ONE);
    rig_press(rig, 1, ControlA);
    assert_string_equal(told(rig, ONE), "0.1@2 8000000");
    rig_press(rig, 1, ControlB);
    assert_string_equal(told(rig, ONE), "none");
    rig_press(rig, 2, ControlB);
    rig_press(rig, 1, ControlC);
    assert_string_equal(told(rig, ONE), "none");
    assert_false(broker_needs_field(&rig->broker, true));
    assert_true(broker_table_answered(&rig->broker, ONE));
    assert_true(broker_needs_field(&rig->broker, false));
    assert_string_equal(told(rig, ONE), "0.1@4 2000000 0.2@4 4000000");
    assert_false(broker_table_answered(&rig->broker, ONE));
}

static void a_pod_that_goes_leaves_zeros_and_others_close_up(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pad(rig);
    rig_press(rig, 2, ControlB);
    broker_field(&rig->broker);
    made(rig, ONE);
    broker_detach(&rig->broker, RIG_PROVIDER, 1);
    assert_string_equal(told(rig, ONE), "0.1@2 4000000 0.2@0 0");
    broker_table_answered(&rig->broker, ONE);
    rig_pad(rig);
    assert_string_equal(told(rig, ONE), "0.2@3 0");
}

static void what_cannot_be_sent_is_told_later(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    made(rig, ONE);
    rig->is_deaf = true;
    rig_press(rig, 1, ControlA);
    assert_string_equal(told(rig, ONE), "none");
    rig->is_deaf = false;
    assert_string_equal(told(rig, ONE), "0.1@2 8000000");
}

static void who_asks_for_a_table_becomes_a_listener_that_hears_nothing(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    made(rig, ONE);
    rig_listen(rig, TWO, LC_Observer, 0, 0, 0, 0);
    assert_int_equal(rig_ask_header(rig, ONE, EB_GetListeners), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 16), ONE);
    assert_int_equal(octets_get_u32(rig->last.octets + 20), LC_NoSeeUm);
    /* its first EB_Configure makes it the newest */
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_ControlButtonUpdate, 0, 0, 0);
    assert_int_equal(rig_ask_header(rig, ONE, EB_GetListeners), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 8), ONE);
    rig_press(rig, 1, ControlA);
    assert_string_equal(told(rig, ONE), "0.1@2 8000000");
    assert_string_equal(rig_told(rig, ONE), "3t 1.1.1 08000000");
}

static void a_port_that_dies_ends_its_table(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    made(rig, ONE);
    made(rig, TWO);
    broker_port_died(&rig->broker, ONE);
    broker_table_answered(&rig->broker, ONE);
    rig_press(rig, 1, ControlA);
    assert_string_equal(told(rig, ONE), "none");
    assert_true(rig_take(rig, RIG_TABLE, TWO));
}

static void tables_hold_all_pods_that_there_can_be(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 255; i++)
        rig_attach(rig, 0x100, 0xffff0000, "");
    made(rig, ONE);
    assert_int_equal(rig->last.more_size, 255 * (5 * 12 + 4 * (1 + 3 + 3 + 3 + 4)));
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    broker_field(&rig->broker);
    assert_true(rig_take(rig, RIG_TABLE, ONE));
    assert_int_equal(rig->last.size, 4 + 255 * (5 * 12 + 4 * (1 + 3 + 3 + 3 + 4)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_table_begins_with_what_there_is),
        TEST(a_field_tells_what_changed_in_it),
        TEST(until_it_is_answered_the_newest_wins),
        TEST(a_pod_that_goes_leaves_zeros_and_others_close_up),
        TEST(what_cannot_be_sent_is_told_later),
        TEST(who_asks_for_a_table_becomes_a_listener_that_hears_nothing),
        TEST(a_port_that_dies_ends_its_table),
        TEST(tables_hold_all_pods_that_there_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
