/*
 * Objects as the gateway sees them: who keeps them, and who is told of their death.
 */
#include <cmocka.h>

#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    fake_world_deinit(&gateway);
    return 0;
}

static void hold(struct gateway_object *object, struct fake_session *fake)
{
    assert_int_equal(objects_reserve_hold(object), VIA_OK);
    objects_hold(object, &fake->session);
}

static void the_last_to_let_go_gives_it_back_to_its_owner(void **state)
{
    (void)state;
    struct fake_session *owner = fake_session_create(&gateway), *a = fake_session_create(&gateway);
    struct gateway_object *object = fake_object(owner, 7);
    hold(object, a);
    objects_unref(object);
    assert_string_equal(fake_kinds(owner), "");
    objects_let_go(object, &a->session);
    assert_int_equal(owner->notes[0].handle, 7);
    assert_string_equal(fake_kinds(owner), "G");
    fake_session_end(a, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
}

static void every_holder_is_told_of_the_death_once(void **state)
{
    (void)state;
    struct fake_session *owner = fake_session_create(&gateway);
    struct fake_session *holders[9];
    struct gateway_object *object = fake_object(owner, 1);
    for (size_t i = 0; i < 9; i++) {
        holders[i] = fake_session_create(&gateway);
        hold(object, holders[i]);
    }
    objects_let_go(object, &holders[4]->session); /* no longer a watcher */
    objects_died(object, VIA_WITHDRAWN);
    objects_died(object, VIA_CRASHED); /* too late: it is dead */
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(holders[i]->n_notes, i == 4 ? 0 : 1);
        if (i == 4)
            continue;
        assert_int_equal(holders[i]->notes[0].code, VIA_WITHDRAWN);
        assert_ptr_equal(holders[i]->notes[0].object, object);
        objects_let_go(object, &holders[i]->session);
    }
    objects_unref(object);
    assert_string_equal(fake_kinds(owner), "G"); /* counts of the dead go back, too */
    for (size_t i = 0; i < 9; i++)
        fake_session_end(holders[i], VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
}

static void an_owner_that_ended_is_told_nothing(void **state)
{
    (void)state;
    struct fake_session *owner = fake_session_create(&gateway), *a = fake_session_create(&gateway);
    struct gateway_object *object = fake_object(owner, 1);
    hold(object, a);
    fake_session_end(owner, VIA_CRASHED, &object, 1);
    struct fake_session *next = fake_session_create(&gateway);
    assert_null(objects_owner(object));
    assert_string_equal(fake_kinds(a), "D");
    objects_let_go(object, &a->session);
    objects_unref(object);
    assert_string_equal(fake_kinds(next), "");
    fake_session_end(next, VIA_EXITED, NULL, 0);
    fake_session_end(a, VIA_EXITED, NULL, 0);
}

static void a_caller_dies_with_its_session(void **state)
{
    (void)state;
    struct fake_session *caller = fake_session_create(&gateway), *a = fake_session_create(&gateway);
    struct gateway_object *self, *again;
    assert_int_equal(objects_self(&caller->session, &self), VIA_OK);
    assert_int_equal(objects_self(&caller->session, &again), VIA_OK);
    assert_ptr_equal(self, again);
    hold(self, a);
    fake_session_end(caller, VIA_LINK_LOST, NULL, 0);
    assert_int_equal(a->notes[0].code, VIA_LINK_LOST);
    assert_string_equal(fake_kinds(a), "D");
    objects_let_go(self, &a->session);
    fake_session_end(a, VIA_EXITED, NULL, 0);
}

static void objects_come_from_a_pool_without_what_they_had(void **state)
{
    (void)state;
    struct fake_session *owner = fake_session_create(&gateway);
    struct gateway_object *object = fake_object(owner, 1);
    object->has_layout = true;
    objects_died(object, VIA_EXITED);
    objects_unref(object);
    struct gateway_object *next = fake_object(owner, 2);
    assert_ptr_equal(next, object);
    assert_false(next->has_layout);
    assert_int_equal(next->death, VIA_ALIVE);
    assert_int_equal(next->n_holders, 0);
    objects_unref(next);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
}

static void a_sessions_key_is_not_used_again_soon(void **state)
{
    (void)state;
    struct fake_session *fake = fake_session_create(&gateway);
    uint32_t key = session_key(&fake->session);
    assert_ptr_equal(sessions_get(&gateway.sessions, key), &fake->session);
    fake_session_end(fake, VIA_EXITED, NULL, 0);
    for (unsigned i = 0; i < 5000; i++) {
        fake = fake_session_create(&gateway);
        assert_int_not_equal(session_key(&fake->session), key);
        assert_null(sessions_get(&gateway.sessions, key));
        fake_session_end(fake, VIA_EXITED, NULL, 0);
    }
    assert_null(sessions_get(&gateway.sessions, 0));
    assert_null(sessions_get(&gateway.sessions, UINT32_MAX));
}

static void sessions_are_limited(void **state)
{
    (void)state;
    struct fake_session *all[100], extra = {0};
    for (size_t i = 0; i < 100; i++)
        all[i] = fake_session_create(&gateway);
    assert_int_equal(sessions_add(&gateway.sessions, &extra.session, 0), VIA_BUSY);
    for (size_t i = 0; i < 100; i++)
        fake_session_end(all[i], VIA_EXITED, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_to_let_go_gives_it_back_to_its_owner, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(every_holder_is_told_of_the_death_once, init, deinit),
        cmocka_unit_test_setup_teardown(an_owner_that_ended_is_told_nothing, init, deinit),
        cmocka_unit_test_setup_teardown(a_caller_dies_with_its_session, init, deinit),
        cmocka_unit_test_setup_teardown(objects_come_from_a_pool_without_what_they_had, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(a_sessions_key_is_not_used_again_soon, init, deinit),
        cmocka_unit_test_setup_teardown(sessions_are_limited, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
