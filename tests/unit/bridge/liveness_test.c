/*
 * The watch over a link, without a link: what the kernel would say is made up, and the loop's
 * timers are real, with periods as short as they may be.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bridge/liveness.h"

#define PERIOD_MS LIVENESS_LEAST_MS
#define LIMIT_MS 20000u /* only a failing test reaches it */

struct world {
    struct link link;
    struct liveness liveness;
    struct loop *loop;
    uint64_t heard_ms, said_ms; /* when */
    uint64_t asked_ms, silent_ms;
    unsigned n_asked, n_looks;
    uint32_t allowed_ms;
    bool answers, hears, says, blocked, watched;
    char detail[200];
};

static struct world *of_link(struct link *link)
{
    return (struct world *)link;
}

static struct world *of_liveness(struct liveness *liveness)
{
    return (struct world *)((char *)liveness - offsetof(struct world, liveness));
}

static bool silence(struct link *link, struct link_silence *silence)
{
    struct world *world = of_link(link);
    uint64_t now = loop_now();
    world->n_looks++;
    if (world->hears)
        world->heard_ms = now;
    if (world->says)
        world->said_ms = now;
    silence->received_ms = (uint32_t)(now - world->heard_ms);
    silence->sent_ms = (uint32_t)(now - world->said_ms);
    silence->blocked = world->blocked;
    return world->watched;
}

static void allow(struct link *link, uint32_t ms)
{
    of_link(link)->allowed_ms = ms;
}

static const struct link_ops ops = {.name = "made up", .silence = silence, .allow = allow};

static void ask(struct liveness *liveness)
{
    struct world *world = of_liveness(liveness);
    world->n_asked++;
    world->asked_ms = loop_now();
    if (world->answers)
        world->heard_ms = world->asked_ms;
}

static void silent(struct liveness *liveness, const char *detail)
{
    struct world *world = of_liveness(liveness);
    world->silent_ms = loop_now();
    (void)snprintf(world->detail, sizeof world->detail, "%s", detail);
}

static int start(void **state)
{
    static struct world world;
    world = (struct world){.link.ops = &ops, .watched = true};
    assert_int_equal(loop_create(&world.loop), VIA_OK);
    world.heard_ms = world.said_ms = loop_now();
    world.liveness = (struct liveness){
        .keepalive_ms = PERIOD_MS, .timeout_ms = PERIOD_MS, .ask = ask, .silent = silent};
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    liveness_stop(&world->liveness);
    world->loop = loop_destroy(world->loop);
    return 0;
}

static void watch(struct world *world, bool greets)
{
    assert_int_equal(
        liveness_start(&world->liveness, world->loop, &world->link, greets ? 2 * PERIOD_MS : 0),
        VIA_OK);
}

static void turn_for(struct world *world, uint32_t ms)
{
    uint64_t until = loop_now() + ms;
    while (loop_now() < until && world->silent_ms == 0)
        assert_int_equal(loop_turn(world->loop, (int)(until - loop_now()), NULL), VIA_OK);
}

static void one_that_says_nothing_is_asked_and_then_given_up(void **state)
{
    struct world *world = *state;
    uint64_t begun = loop_now();
    watch(world, false);
    turn_for(world, LIMIT_MS);
    assert_true(world->silent_ms - begun >= UINT64_C(2) * PERIOD_MS);
    assert_true(world->silent_ms - world->asked_ms >= PERIOD_MS - 1);
    assert_int_equal(world->n_asked, 1);
    assert_non_null(strstr(world->detail, "keepalive_ms is 100, timeout_ms 100"));
}

static void one_that_answers_stays(void **state)
{
    struct world *world = *state;
    world->answers = true;
    watch(world, false);
    turn_for(world, 8 * PERIOD_MS);
    assert_int_equal(world->silent_ms, 0);
    assert_in_range(world->n_asked, 2, 8);
}

static void what_we_say_is_no_sign_of_theirs(void **state)
{
    struct world *world = *state;
    world->says = true;
    watch(world, false);
    turn_for(world, LIMIT_MS);
    assert_int_not_equal(world->silent_ms, 0);
    assert_int_equal(world->n_asked, 1);
}

static void one_that_only_hears_says_something_all_the_same(void **state)
{
    struct world *world = *state;
    world->hears = true;
    watch(world, false);
    turn_for(world, 6 * PERIOD_MS);
    assert_int_equal(world->silent_ms, 0);
    assert_in_range(world->n_asked, 2, 6);
}

static void nothing_is_asked_of_one_that_is_busy_both_ways(void **state)
{
    struct world *world = *state;
    world->hears = world->says = true;
    watch(world, false);
    turn_for(world, 6 * PERIOD_MS);
    assert_int_equal(world->n_asked, 0);
    assert_in_range(world->n_looks, 2, 8); /* one in a period, and the first */
}

static void whoever_was_stopped_asks_before_it_gives_up(void **state)
{
    struct world *world = *state;
    watch(world, false);
    world->heard_ms -=
        10 * (uint64_t)PERIOD_MS; /* as if none of our own looks had come for so long */
    turn_for(world, LIMIT_MS);
    assert_int_equal(world->n_asked, 1);
    assert_true(world->silent_ms - world->asked_ms >= PERIOD_MS - 1);
}

static void octets_without_a_greeting_do_not_suffice(void **state)
{
    struct world *world = *state;
    uint64_t begun = loop_now();
    world->hears = true;
    watch(world, true);
    turn_for(world, LIMIT_MS);
    assert_true(world->silent_ms - begun >= UINT64_C(2) * PERIOD_MS);
    assert_non_null(strstr(world->detail, "no greeting"));
}

static void after_the_greeting_octets_suffice(void **state)
{
    struct world *world = *state;
    world->hears = true;
    watch(world, true);
    turn_for(world, PERIOD_MS);
    liveness_greeted(&world->liveness);
    turn_for(world, 5 * PERIOD_MS);
    assert_int_equal(world->silent_ms, 0);
}

static void one_that_takes_nothing_has_more_time_while_it_is_heard(void **state)
{
    struct world *world = *state;
    world->hears = world->says = true;
    watch(world, false);
    turn_for(world, UINT64_C(2) * PERIOD_MS);
    assert_int_equal(world->allowed_ms, UINT64_C(2) * PERIOD_MS);
    world->says = false;
    world->blocked = true;
    turn_for(world, 8 * PERIOD_MS);
    assert_int_equal(world->silent_ms, 0);
    assert_true(world->allowed_ms > UINT64_C(2) * PERIOD_MS + loop_now() - world->said_ms);
    world->says = true;
    world->blocked = false;
    turn_for(world, 3 * PERIOD_MS);
    assert_int_equal(world->allowed_ms, UINT64_C(2) * PERIOD_MS);
}

static void a_link_that_needs_none_is_not_watched(void **state)
{
    struct world *world = *state;
    world->watched = false;
    watch(world, true);
    assert_null(world->liveness.link);
    turn_for(world, 4 * PERIOD_MS);
    assert_int_equal(world->silent_ms, 0);
    assert_int_equal(world->n_looks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_says_nothing_is_asked_and_then_given_up, start,
                                        stop),
        cmocka_unit_test_setup_teardown(one_that_answers_stays, start, stop),
        cmocka_unit_test_setup_teardown(what_we_say_is_no_sign_of_theirs, start, stop),
        cmocka_unit_test_setup_teardown(one_that_only_hears_says_something_all_the_same, start,
                                        stop),
        cmocka_unit_test_setup_teardown(nothing_is_asked_of_one_that_is_busy_both_ways, start,
                                        stop),
        cmocka_unit_test_setup_teardown(whoever_was_stopped_asks_before_it_gives_up, start, stop),
        cmocka_unit_test_setup_teardown(octets_without_a_greeting_do_not_suffice, start, stop),
        cmocka_unit_test_setup_teardown(after_the_greeting_octets_suffice, start, stop),
        cmocka_unit_test_setup_teardown(one_that_takes_nothing_has_more_time_while_it_is_heard,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_link_that_needs_none_is_not_watched, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
