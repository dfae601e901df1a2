/*
 * Calls that wait for listeners, with calls of the test's own.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/event_broker/settling.h"

/* ---- calls ---- */

struct via_call {
    int n_counts;
    bool is_cancelled;
};

struct via_call *via_call_keep(struct via_call *call)
{
    call->n_counts++;
    return call;
}

struct via_call *via_call_unref(struct via_call *call)
{
    if (call != NULL)
        call->n_counts--;
    return NULL;
}

bool via_call_is_cancelled(const struct via_call *call)
{
    return call->is_cancelled;
}

/* ---- a world ---- */

struct world {
    struct settlings settlings;
    struct listeners listeners;
    struct listener one, two;
    struct via_call calls[SETTLINGS_MAX + 1];
};

/* Two listeners who have answered everything. */
static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.listeners.first = &world.one;
    world.one.next = &world.two;
    *state = &world;
    return 0;
}

static void add(struct world *world, size_t call, uint32_t unanswered)
{
    assert_int_equal(settlings_add(&world->settlings, &world->calls[call], unanswered), VIA_OK);
}

static struct via_call *take(struct world *world)
{
    return settlings_take(&world->settlings, &world->listeners);
}

/* ---- tests ---- */

static void one_is_answered_when_no_listener_has_more_to_answer(void **state)
{
    struct world *world = *state;
    world->one.n_outstanding = 1;
    world->two.n_outstanding = 3;
    add(world, 0, 1);
    assert_int_equal(world->calls[0].n_counts, 1);
    assert_null(take(world));
    world->two.n_outstanding = 2;
    assert_null(take(world));
    world->two.n_outstanding = 1;
    assert_ptr_equal(take(world), &world->calls[0]);
    assert_int_equal(world->calls[0].n_counts, 1); /* which is the test's */
    assert_null(take(world));
}

static void without_listeners_all_are_answered_at_once(void **state)
{
    struct world *world = *state;
    world->listeners.first = NULL;
    assert_null(take(world));
    add(world, 0, 0);
    add(world, 1, 7);
    assert_ptr_equal(take(world), &world->calls[0]);
    assert_ptr_equal(take(world), &world->calls[1]);
    assert_null(take(world));
}

static void each_waits_for_what_it_said_in_the_order_in_which_they_came(void **state)
{
    struct world *world = *state;
    world->one.n_outstanding = 2;
    add(world, 0, 0);
    add(world, 1, 2);
    add(world, 2, 1);
    add(world, 3, 5);
    assert_ptr_equal(take(world), &world->calls[1]);
    assert_ptr_equal(take(world), &world->calls[3]);
    assert_null(take(world));
    world->one.n_outstanding = 0;
    assert_ptr_equal(take(world), &world->calls[0]);
    assert_ptr_equal(take(world), &world->calls[2]);
    assert_null(take(world));
}

static void there_are_so_many_and_who_has_given_up_makes_room(void **state)
{
    struct world *world = *state;
    world->one.n_outstanding = 1;
    for (size_t i = 0; i < SETTLINGS_MAX; i++)
        add(world, i, 0);
    struct via_call *late = &world->calls[SETTLINGS_MAX];
    assert_int_equal(settlings_add(&world->settlings, late, 0), VIA_BUSY);
    assert_int_equal(late->n_counts, 0);
    world->calls[0].is_cancelled = true;
    world->calls[5].is_cancelled = true;
    add(world, SETTLINGS_MAX, 0);
    assert_int_equal(world->calls[0].n_counts, 0);
    assert_int_equal(world->calls[5].n_counts, 0);
    assert_int_equal(world->settlings.n, SETTLINGS_MAX - 1);
    world->one.n_outstanding = 0;
    assert_ptr_equal(take(world), &world->calls[1]);
}

static void the_end_lets_all_go(void **state)
{
    struct world *world = *state;
    world->one.n_outstanding = 1;
    add(world, 0, 0);
    add(world, 1, 0);
    settlings_deinit(&world->settlings);
    assert_int_equal(world->settlings.n, 0);
    assert_int_equal(world->calls[0].n_counts, 0);
    assert_int_equal(world->calls[1].n_counts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_is_answered_when_no_listener_has_more_to_answer, setup),
        cmocka_unit_test_setup(without_listeners_all_are_answered_at_once, setup),
        cmocka_unit_test_setup(each_waits_for_what_it_said_in_the_order_in_which_they_came, setup),
        cmocka_unit_test_setup(there_are_so_many_and_who_has_given_up_makes_room, setup),
        cmocka_unit_test_setup(the_end_lets_all_go, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
