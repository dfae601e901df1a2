/*
 * EB_SendEvent: chains that are taken, and those that are not.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define ME 0x40000003u
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)
#define PARAM_ERROR ((int32_t)0xf14cd017)

struct message {
    size_t size;
    uint8_t octets[2048];
};

static void begin(struct message *message)
{
    memset(message, 0, sizeof *message);
    octets_put_u32(message->octets, EB_SendEvent);
    message->size = 4;
}

/* A frame that says of itself that it has @said octets, with @size octets of data. */
static void add(struct message *message, uint8_t event, uint32_t said, const void *data,
                size_t size)
{
    uint8_t *at = message->octets + message->size;
    octets_put_u32(at, said);
    at[16] = event;
    (void)octets_append(at + 28, data, size);
    message->size += 28 + size;
}

static int32_t ask(struct rig *rig, const struct message *message)
{
    return rig_ask(rig, ME, 0, message->octets, message->size);
}

static int32_t send_one(struct rig *rig, uint8_t event, const void *data, size_t size)
{
    struct message message;
    begin(&message);
    add(&message, event, (uint32_t)(28 + size), data, size);
    return ask(rig, &message);
}

/* With zeros for data, as many as its structure has. */
static int32_t send_whole(struct rig *rig, uint8_t event)
{
    static const uint8_t data[64];
    const struct portfolio_event *known = portfolio_event_of(event);
    return send_one(rig, event, data, known == NULL || known->data == NULL ? 0 : known->data->size);
}

/* All words of the trigger mask are @word. */
static void listen(struct rig *rig, uint32_t port, uint32_t word)
{
    uint8_t octets[108];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_Configure);
    octets_put_u32(octets + 4, LC_Observer);
    for (size_t i = 0; i < 8; i++)
        octets_put_u32(octets + 8 + 4 * i, word);
    octets_put_u32(octets + 72, 20);
    assert_int_equal(rig_ask(rig, port, 0, octets, sizeof octets), 0);
}

static void a_frame_is_told_at_once_with_who_sent_it(void **state)
{
    struct rig *rig = *state;
    static const uint8_t expected[] = {
        3,   0,   0,   0,                                          /* */
        32,  0,   0,   0,   5, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0x40, /* system, field, submitter */
        200, 7,   8,   9,   1, 0, 0, 0, 0, 0, 0, 0,                /* */
        'd', 'a', 't', 'a', 0, 0, 0, 0,
    };
    struct message message;
    listen(rig, ONE, 0xffffffff);
    begin(&message);
    add(&message, 200, 32, "data", 4);
    memset(message.octets + 4 + 4, 0xee, 12); /* system, time and submitter */
    octets_put_u32(message.octets + 4 + 8, 0);
    memcpy(message.octets + 4 + 17, "\7\10\11\2\377\377\377\377\377\377\377", 11);
    message.size += 4; /* the zero at the end */
    rig->system = 5;
    broker_pass(&rig->broker, 8);
    assert_int_equal(ask(rig, &message), 0);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, sizeof expected);
    assert_memory_equal(rig->last.octets, expected, sizeof expected);
    octets_put_u32(message.octets + 4 + 8, 77); /* a field of its own */
    assert_int_equal(ask(rig, &message), 0);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(octets_get_u32(rig->last.octets + 4 + 8), 77);
}

static void the_sender_hears_it_too(void **state)
{
    struct rig *rig = *state;
    listen(rig, ME, 0xffffffff);
    listen(rig, ONE, 0);
    assert_int_equal(send_one(rig, 128, NULL, 0), 0);
    assert_string_equal(rig_told(rig, ME), "128t");
    assert_string_equal(rig_told(rig, ONE), "none");
}

static void each_number_goes_to_who_has_its_bit(void **state)
{
    struct rig *rig = *state;
    listen(rig, ONE, 0xffffffff);
    for (unsigned event = 1; event <= 255; event++) {
        const bool is_own = event == 19 || event == 20 || event == 72;
        assert_int_equal(send_whole(rig, (uint8_t)event), is_own ? PARAM_ERROR : 0);
        assert_int_equal(rig_take(rig, RIG_RECORD, ONE), !is_own);
        broker_record_answered(&rig->broker, ONE);
    }
    assert_int_equal(send_one(rig, 0, NULL, 0), PARAM_ERROR);
}

static void the_systems_own_events_need_the_right_to_them(void **state)
{
    struct rig *rig = *state;
    listen(rig, ONE, 0xffffffff);
    rig->may_not_inject = true;
    for (unsigned event = 1; event <= 255; event++) {
        const bool is_builtin = event <= 32 || (event >= 64 && event <= 72);
        assert_int_equal(send_one(rig, (uint8_t)event, NULL, 0), is_builtin ? NOT_PRIVILEGED : 0);
        assert_int_equal(rig_take(rig, RIG_RECORD, ONE), !is_builtin);
        broker_record_answered(&rig->broker, ONE);
    }
}

static void one_frame_that_is_refused_refuses_all(void **state)
{
    struct rig *rig = *state;
    struct message message;
    listen(rig, ONE, 0xffffffff);
    rig->may_not_inject = true;
    begin(&message);
    add(&message, 200, 28, NULL, 0);
    add(&message, 3, 28, NULL, 0);
    add(&message, 201, 28, NULL, 0);
    assert_int_equal(ask(rig, &message), NOT_PRIVILEGED);
    rig->may_not_inject = false;
    assert_int_equal(ask(rig, &message), PARAM_ERROR);
    assert_string_equal(rig_told(rig, ONE), "none");
}

static void what_pods_say_has_the_data_that_programs_read(void **state)
{
    struct rig *rig = *state;
    static const uint8_t data[48];
    for (uint8_t event = 1; event <= 32; event++) {
        const struct portfolio_event *known = portfolio_event_of(event);
        for (size_t size = 0; known->data != NULL && size <= sizeof data; size += 4)
            assert_int_equal(send_one(rig, event, data, size),
                             size < known->data->size ? PARAM_ERROR : 0);
    }
}

static void device_events_have_data_of_their_size(void **state)
{
    struct rig *rig = *state;
    static const uint8_t data[40];
    for (uint8_t event = 64; event <= 68; event++)
        for (size_t size = 0; size <= sizeof data; size += 4)
            assert_int_equal(send_one(rig, event, data, size),
                             size == (event < 66 ? 8 : 36) ? 0 : PARAM_ERROR);
}

static void frames_keep_their_order_and_who_wants_some_gets_some(void **state)
{
    struct rig *rig = *state;
    struct message message;
    listen(rig, ONE, 0xffffffff);
    rig_listen(rig, ONE + 1, LC_Observer, EVENTBIT0_ControlButtonUpdate, 0, EVENTBIT0_MouseUpdate,
               0);
    begin(&message);
    add(&message, 200, 28, NULL, 0);
    add(&message, 7, 40, "abcdefghijkl", 12);
    add(&message, 3, 32, "efgh", 4);
    assert_int_equal(ask(rig, &message), 0);
    assert_string_equal(rig_told(rig, ONE), "200t 7t 64636261 68676665 6c6b6a69 3t 68676665");
    assert_string_equal(rig_told(rig, ONE + 1), "7c 64636261 68676665 6c6b6a69 3t 68676665");
}

/* ---- chains ---- */

static void a_chain_ends_with_a_zero_or_with_the_data(void **state)
{
    struct rig *rig = *state;
    struct message message;
    listen(rig, ONE, 0xffffffff);
    begin(&message);
    assert_int_equal(ask(rig, &message), 0); /* no frame at all */
    assert_string_equal(rig_told(rig, ONE), "none");
    add(&message, 200, 28, NULL, 0);
    assert_int_equal(ask(rig, &message), 0);
    assert_string_equal(rig_told(rig, ONE), "200t");
    message.size += 4;
    add(&message, 201, 28, NULL, 0); /* behind the zero */
    assert_int_equal(ask(rig, &message), 0);
    assert_string_equal(rig_told(rig, ONE), "200t");
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    struct rig *rig = *state;
    static const uint32_t sizes[] = {1,  4,    27,         33,         36,         1024,
                                     65, 2044, 0x7fffffff, 0x80000000, 0xffffffe4, 0xffffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct message message;
        begin(&message);
        add(&message, 200, sizes[i], "data", 4);
        assert_int_equal(ask(rig, &message), PARAM_ERROR);
    }
    for (size_t cut = 1; cut < 32; cut++) { /* at every octet of a frame but the whole */
        struct message message;
        begin(&message);
        add(&message, 200, 32, "data", 4);
        message.size = 4 + cut;
        assert_int_equal(ask(rig, &message), PARAM_ERROR);
    }
}

static void a_size_is_rounded_up(void **state)
{
    struct rig *rig = *state;
    struct message message;
    listen(rig, ONE, 0xffffffff);
    begin(&message);
    add(&message, 200, 29, "xyz", 4);
    add(&message, 201, 30, "ab", 2); /* which the data end before */
    assert_int_equal(ask(rig, &message), 0);
    assert_string_equal(rig_told(rig, ONE), "200t 00000078 201t 00006261");
}

static void a_chain_has_at_most_what_a_record_has(void **state)
{
    struct rig *rig = *state;
    static const uint8_t data[1024];
    listen(rig, ONE, 0xffffffff);
    assert_int_equal(send_one(rig, 200, data, 1024 - 4 - 28), 0);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    assert_int_equal(rig->last.size, 4 + 1024);
    assert_int_equal(send_one(rig, 200, data, 1024 - 4 - 27), PARAM_ERROR);
    assert_int_equal(send_one(rig, 200, data, 1024), PARAM_ERROR);
    struct message message;
    begin(&message);
    for (unsigned i = 0; i < 36; i++)
        add(&message, 200, 28, NULL, 0);
    assert_int_equal(ask(rig, &message), 0);
    assert_true(rig_take(rig, RIG_RECORD, ONE));
    add(&message, 200, 28, NULL, 0);
    assert_int_equal(ask(rig, &message), PARAM_ERROR);
}

static void what_does_not_fit_beside_others_is_lost(void **state)
{
    struct rig *rig = *state;
    static const uint8_t data[1024];
    rig_pad(rig);
    listen(rig, ONE, 0xffffffff);
    broker_field(&rig->broker); /* a heartbeat */
    rig_take(rig, RIG_RECORD, ONE);
    rig_pad(rig); /* ControlPortChange comes first */
    assert_int_equal(send_one(rig, 200, data, 1024 - 4 - 28), 0);
    assert_string_equal(rig_told(rig, ONE), "69t");
    assert_string_equal(rig_field(rig, ONE),
                        "72t 3t 1.1.1 00000000 4t 1.1.1 00000000 3t 2.2.2 00000000 "
                        "4t 2.2.2 00000000");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_frame_is_told_at_once_with_who_sent_it),
        TEST(the_sender_hears_it_too),
        TEST(each_number_goes_to_who_has_its_bit),
        TEST(the_systems_own_events_need_the_right_to_them),
        TEST(one_frame_that_is_refused_refuses_all),
        TEST(what_pods_say_has_the_data_that_programs_read),
        TEST(device_events_have_data_of_their_size),
        TEST(frames_keep_their_order_and_who_wants_some_gets_some),
        TEST(a_chain_ends_with_a_zero_or_with_the_data),
        TEST(sizes_that_cannot_be_are_refused),
        TEST(a_size_is_rounded_up),
        TEST(a_chain_has_at_most_what_a_record_has),
        TEST(what_does_not_fit_beside_others_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
