/*
 * The path of a call from session to session, with sessions that only write down.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/router.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *caller, *owner;
static struct gateway_object *object;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    caller = fake_session_create(&gateway);
    owner = fake_session_create(&gateway);
    object = fake_object(owner, 9);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    objects_unref(object);
    if (caller != NULL)
        fake_session_end(caller, VIA_EXITED, NULL, 0);
    if (owner != NULL)
        fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static const struct frame call_frame = {.kind = FRAME_CALL, .code = 5};

static struct message call_message(void)
{
    return (struct message){.frame = &call_frame, .from = &caller->session};
}

static void a_call_goes_to_the_owner_and_its_reply_to_the_caller(void **state)
{
    (void)state;
    const struct message message = call_message();
    uint64_t context;
    assert_int_equal(router_call(&message, object, 33, &context), VIA_OK);
    assert_int_equal(owner->notes[0].handle, 9);
    assert_int_equal(owner->notes[0].code, 5);
    assert_ptr_equal(owner->notes[0].from, &caller->session);

    const struct frame answer = {
        .kind = FRAME_REPLY, .body = (const uint8_t *)"yes", .body_size = 3};
    const struct message reply = {.frame = &answer, .from = &owner->session};
    router_reply(&reply, owner->notes[0].context);
    assert_int_equal(caller->notes[0].id, 33);
    assert_string_equal(caller->notes[0].body, "yes");
    assert_string_equal(fake_kinds(caller), "R");

    router_cancel(&gateway, context);
    assert_int_equal(owner->notes[1].id, owner->notes[0].id);
    assert_string_equal(fake_kinds(owner), "CX");
}

static void who_cannot_be_called_is_said_at_once(void **state)
{
    (void)state;
    const struct message message = call_message();
    struct gateway_object *self;
    uint64_t context;
    assert_int_equal(objects_self(&owner->session, &self), VIA_OK);
    assert_int_equal(router_call(&message, self, 1, &context), VIA_UNSUPPORTED);
    owner->refuses = VIA_BUSY;
    assert_int_equal(router_call(&message, object, 1, &context), VIA_BUSY);
    assert_int_equal(router_oneway(&message, object, 1), VIA_BUSY);
    owner->refuses = VIA_OK;

    owner->session.leaving = VIA_EXITED;
    assert_int_equal(router_cause(object), VIA_EXITED);
    objects_died(object, VIA_WITHDRAWN);
    assert_int_equal(router_call(&message, object, 1, &context), VIA_DEAD);
    assert_int_equal(router_oneway(&message, object, 1), VIA_DEAD);
    assert_int_equal(router_cause(object), VIA_WITHDRAWN);
    assert_string_equal(fake_kinds(owner), "");
}

static void what_comes_for_who_has_ended_is_dropped(void **state)
{
    (void)state;
    const struct message message = call_message();
    uint64_t context;
    assert_int_equal(router_call(&message, object, 33, &context), VIA_OK);
    uint64_t back = owner->notes[0].context;
    fake_session_end(caller, VIA_CRASHED, NULL, 0);
    caller = NULL;
    struct fake_session *next = fake_session_create(&gateway);
    const struct frame answer = {.kind = FRAME_REPLY};
    const struct message reply = {.frame = &answer, .from = &owner->session};
    router_reply(&reply, back);
    router_reply(&reply, 0);
    assert_string_equal(fake_kinds(next), "");
    fake_session_end(next, VIA_EXITED, NULL, 0);

    fake_session_end(owner, VIA_CRASHED, &object, 1);
    owner = NULL;
    router_cancel(&gateway, context); /* nobody is there to hear it */
}

static void a_refused_oneway_is_told_to_its_sender_once(void **state)
{
    (void)state;
    const struct message message = call_message();
    for (uint32_t number = 100; number < 103; number++)
        assert_int_equal(router_oneway(&message, object, number), VIA_OK);
    uint32_t second = owner->notes[1].id;
    router_refused(&owner->session, second, VIA_NOT_FOUND);
    router_refused(&owner->session, second, VIA_NOT_FOUND);
    assert_int_equal(caller->notes[0].id, 101);
    assert_int_equal(caller->notes[0].handle, call_frame.object);
    assert_int_equal(caller->notes[0].code, VIA_NOT_FOUND);
    assert_string_equal(fake_kinds(caller), "N");
    router_refused(&owner->session, second + SESSION_ONEWAYS, VIA_BUSY); /* never sent */
    assert_string_equal(fake_kinds(caller), "");
    assert_string_equal(fake_kinds(owner), "OOO");
}

static void only_the_last_oneways_are_remembered(void **state)
{
    (void)state;
    const struct message message = call_message();
    for (uint32_t number = 0; number <= SESSION_ONEWAYS; number++) {
        assert_int_equal(router_oneway(&message, object, number), VIA_OK);
        owner->n_notes = 0;
    }
    router_refused(&owner->session, 1, VIA_BUSY); /* the first: its place is taken */
    assert_string_equal(fake_kinds(caller), "");
    router_refused(&owner->session, 2, VIA_BUSY);
    assert_string_equal(fake_kinds(caller), "N");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_goes_to_the_owner_and_its_reply_to_the_caller, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(who_cannot_be_called_is_said_at_once, init, deinit),
        cmocka_unit_test_setup_teardown(what_comes_for_who_has_ended_is_dropped, init, deinit),
        cmocka_unit_test_setup_teardown(a_refused_oneway_is_told_to_its_sender_once, init, deinit),
        cmocka_unit_test_setup_teardown(only_the_last_oneways_are_remembered, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
